#include "support/crash.h"

#include <stdlib.h>
#include <xxhash.h>

#include "support/chance.h"
#include "support/suite.h"

#define SECTOR        512U
#define PENDING_MAX   512U
#define NAMES_MAX     128U
#define DIGITS_MAX    4096U
#define MOST_DEFAULT  4096U
#define SAMPLES_SHARE 4U /* samples: `most` divided by this */

typedef struct inode {
    const uint8_t *bytes;
    size_t len;
    size_t synced;                /* bytes that hold */
    size_t doubt_from, doubt_end; /* that a failed sync covered */
} inode;

typedef struct entry {
    char name[LEDE_DIR_NAME_MAX + 1];
    uint32_t file;
} entry;

typedef struct names {
    entry at[NAMES_MAX];
    uint32_t count;
} names;

/* An operation on names that may or may not have been done. */
typedef struct pending {
    const dir_record *record;
    uint32_t file; /* what the name meant */
    bool doubtful; /* a failed sync covered it */
} pending;

typedef struct disk {
    inode *files;
    uint8_t **bytes; /* of files, whole */
    uint32_t count;
    names durable;
    names present; /* as the process sees it */
    pending pending[PENDING_MAX];
    uint32_t pending_count;
    crash_point point;
} disk;

/* A number with a radix of its own for each digit: one state. */
typedef struct odometer {
    uint32_t radix[DIGITS_MAX];
    uint32_t digit[DIGITS_MAX];
    uint32_t count;
} odometer;

/* Files of the names chosen. */
typedef struct state {
    uint8_t *bytes[NAMES_MAX];
    size_t len[NAMES_MAX];
} state;

typedef struct walk {
    crash_explorer *explorer;
    disk disk;
    names chosen; /* by the digits of the directory */
    bool all_names;
    uint64_t *seen; /* open addressing, hashes of states */
    size_t seen_capacity;
    size_t seen_count;
    chance chance;
} walk;

/* As ck_assert, which writes to a pipe, and here would for every state. */
static void insist(bool holds)
{
    if (!holds)
        ck_abort_msg("the explorer of crashes ran out of something");
}

/* ---- Names ---- */

static entry *find(names *in, const char *name)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (strcmp(in->at[i].name, name) == 0)
            return &in->at[i];
    return NULL;
}

static void link_name(names *in, const char *name, uint32_t file)
{
    entry *there = find(in, name);

    if (!there) {
        insist(in->count < NAMES_MAX);
        there = &in->at[in->count++];
        strcpy(there->name, name);
    }
    there->file = file;
}

static void unlink_name(names *in, const char *name)
{
    entry *there = find(in, name);

    if (there)
        *there = in->at[--in->count];
}

static void apply(names *to, const pending *p)
{
    const entry *from;

    switch (p->record->kind) {
    case DIR_RECORD_CREATE:
        link_name(to, p->record->name, p->file);
        break;
    case DIR_RECORD_RENAME:
        from = find(to, p->record->name);
        if (from && from->file == p->file)
            unlink_name(to, p->record->name);
        link_name(to, p->record->to, p->file);
        break;
    case DIR_RECORD_UNLINK:
        unlink_name(to, p->record->name);
        break;
    default:
        break;
    }
}

/* ---- The disk after a prefix ---- */

static void add_pending(disk *d, const dir_record *record)
{
    const entry *named = find(&d->present, record->name);
    pending *p = &d->pending[d->pending_count++];

    insist(d->pending_count < PENDING_MAX);
    *p = (pending){ record, named ? named->file : record->file, false };
    if (record->kind == DIR_RECORD_CREATE)
        p->file = record->file;
    apply(&d->present, p);
}

static void sync_names(disk *d, bool failed)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < d->pending_count; i++) {
        if (failed)
            d->pending[i].doubtful = true;
        /* In order: what follows an operation in doubt is in doubt too. */
        if (d->pending[i].doubtful || kept > 0)
            d->pending[kept++] = d->pending[i];
        else
            apply(&d->durable, &d->pending[i]);
    }
    d->pending_count = kept;
    if (!failed)
        d->point.settled = d->point.noted;
}

static void sync_file(inode *file, bool failed)
{
    if (!failed) {
        file->synced = file->len;
        return;
    }
    if (file->doubt_end == 0)
        file->doubt_from = file->synced;
    file->doubt_end = file->len;
}

static void sync_named(disk *d, const dir_record *record)
{
    const entry *named = find(&d->present, record->name);

    if (named)
        sync_file(&d->files[named->file], record->failed);
}

static void append(disk *d, const dir_record *record)
{
    inode *file = &d->files[record->file];

    d->bytes[record->file] =
        realloc(d->bytes[record->file], file->len + record->len);
    insist(d->bytes[record->file] != NULL);
    memcpy(d->bytes[record->file] + file->len, record->bytes, record->len);
    file->bytes = d->bytes[record->file];
    file->len += record->len;
}

static void step(disk *d, const dir_record *record)
{
    switch (record->kind) {
    case DIR_RECORD_WRITE:
        append(d, record);
        break;
    case DIR_RECORD_SYNC:
        sync_file(&d->files[record->file], record->failed);
        break;
    case DIR_RECORD_DIR_SYNC:
        sync_names(d, record->failed);
        break;
    case DIR_RECORD_NOTE:
        d->point.noted = record->note;
        break;
    case DIR_RECORD_SYNC_FILE:
        sync_named(d, record);
        break;
    case DIR_RECORD_CLOSE:
        break;
    default:
        add_pending(d, record);
        break;
    }
    d->point.operations++;
}

/* ---- States ---- */

static void add_digit(odometer *o, uint32_t radix)
{
    insist(o->count < DIGITS_MAX);
    o->radix[o->count] = radix;
    o->digit[o->count++] = 0;
}

static bool turn(odometer *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (++o->digit[i] < o->radix[i])
            return true;
        o->digit[i] = 0;
    }
    return false;
}

static uint64_t span_of(const odometer *o)
{
    uint64_t span = 1;

    for (uint32_t i = 0; i < o->count && span < UINT32_MAX; i++)
        span *= o->radix[i];
    return span;
}

/* Runs `each` over all states of the digits, or a part of them if there are too
 * many. Digit 0 is the whole, the greatest one nothing. */
static void run(walk *w, odometer *o, uint32_t most,
                void (*each)(walk *w, odometer *o))
{
    if (span_of(o) <= most) {
        do
            each(w, o);
        while (turn(o));
        return;
    }
    each(w, o);
    for (uint32_t i = o->count; i-- > 0;) {
        o->digit[i] = o->radix[i] - 1;
        each(w, o);
    }
    for (uint32_t n = 0; n < most / SAMPLES_SHARE; n++) {
        for (uint32_t i = 0; i < o->count; i++)
            o->digit[i] = chance_below(&w->chance, o->radix[i]);
        each(w, o);
    }
    memset(o->digit, 0, o->count * sizeof *o->digit);
}

static bool is_dirty(const inode *file)
{
    return file->synced < file->len || file->doubt_end > 0;
}

/* Where the sectors begin that may not be there. */
static size_t first_doubt(const inode *file)
{
    size_t from = file->synced;

    if (file->doubt_end > 0 && file->doubt_from < from)
        from = file->doubt_from;
    return from / SECTOR * SECTOR;
}

static size_t end_doubt(const inode *file)
{
    return file->synced < file->len ? file->len : file->doubt_end;
}

static bool holds(const inode *file, size_t at)
{
    return at < file->synced &&
           !(at >= file->doubt_from && at < file->doubt_end);
}

/* The bytes of a file in a state; takes its digits. */
static size_t make_file(const inode *file, const uint32_t **digit, uint8_t *out)
{
    size_t len = file->len;

    if (len)
        memcpy(out, file->bytes, len);
    if (!is_dirty(file))
        return len;
    if (file->synced < file->len)
        len -= *(*digit)++;
    for (size_t s = first_doubt(file); s < end_doubt(file); s += SECTOR) {
        uint32_t kind = *(*digit)++;

        for (size_t i = s; i < s + SECTOR && i < len && kind; i++)
            if (!holds(file, i))
                out[i] = kind == 2 ? 0 : (uint8_t)(0xA5 ^ i * 7);
    }
    return len;
}

static void add_file_digits(odometer *o, const inode *file)
{
    if (!is_dirty(file))
        return;
    if (file->synced < file->len)
        add_digit(o, (uint32_t)(file->len - file->synced) + 1);
    for (size_t s = first_doubt(file); s < end_doubt(file); s += SECTOR)
        add_digit(o, 3);
}

/* Whether a state is new. */
static bool remember(walk *w, uint64_t hash)
{
    hash |= 1;
    if (w->seen_count * 2 >= w->seen_capacity) {
        size_t old = w->seen_capacity;
        uint64_t *before = w->seen;

        w->seen_capacity = old * 2 + 1024;
        w->seen = calloc(w->seen_capacity, sizeof *w->seen);
        insist(w->seen != NULL);
        w->seen_count = 0;
        for (size_t i = 0; i < old; i++)
            if (before[i])
                (void)remember(w, before[i]);
        free(before);
    }
    for (size_t i = (size_t)(hash % w->seen_capacity);;
         i = (i + 1) % w->seen_capacity) {
        if (w->seen[i] == hash)
            return false;
        if (w->seen[i] == 0) {
            w->seen[i] = hash;
            w->seen_count++;
            return true;
        }
    }
}

static void put_file(lede_dir *dir, const char *name, const uint8_t *at,
                     size_t len)
{
    lede_out *out = NULL;

    insist(lede_dir_create(dir, &out, name, NULL) == LEDE_OK);
    insist(lede_out_write(out, at, len, NULL) == LEDE_OK);
    insist(lede_out_close(out, NULL) == LEDE_OK);
}

static uint64_t mix(uint64_t hash, lede_bytes bytes)
{
    return XXH3_64bits_withSeed(bytes.at, bytes.len, hash);
}

/* A directory with the files of a state. */
static void make_dir(lede_dir **out, const walk *w, const state *of)
{
    static const uint8_t no_bytes[1] = { 0 };

    insist(lede_dir_open_memory(out, NULL) == LEDE_OK);
    for (uint32_t i = 0; i < w->chosen.count; i++)
        put_file(*out, w->chosen.at[i].name,
                 of->len[i] ? of->bytes[i] : no_bytes, of->len[i]);
}

static void free_state(const walk *w, state *of)
{
    for (uint32_t i = 0; i < w->chosen.count; i++)
        free(of->bytes[i]);
}

/* The files of the digits; returns their hash. */
static uint64_t make_state(walk *w, const odometer *o, state *out)
{
    const uint32_t *digit = o->digit;
    uint64_t hash =
        mix(w->disk.point.noted + 1, lede_bytes_of(&w->disk.point.settled, 8));
    bool whole = w->all_names;

    for (uint32_t i = 0; i < o->count; i++)
        whole = whole && o->digit[i] == 0;
    w->disk.point.whole = whole;
    for (uint32_t i = 0; i < w->chosen.count; i++) {
        const inode *file = &w->disk.files[w->chosen.at[i].file];

        out->bytes[i] = malloc(file->len + 1);
        insist(out->bytes[i] != NULL);
        out->len[i] = make_file(file, &digit, out->bytes[i]);
        hash = mix(hash, lede_bytes_of_text(w->chosen.at[i].name));
        hash = mix(hash, lede_bytes_of(out->bytes[i], out->len[i]));
    }
    return hash + whole * 2U;
}

static void visit_state(walk *w, odometer *o)
{
    crash_explorer *e = w->explorer;
    lede_dir *dir = NULL;
    state files;

    if (e->stop && e->violations)
        return;
    if (remember(w, make_state(w, o, &files))) {
        make_dir(&dir, w, &files);
        e->states++;
        if (!e->visit(e->ctx, dir, &w->disk.point) && e->violations++ == 0)
            e->first = w->disk.point;
        lede_dir_close(dir);
    } else {
        e->same++;
    }
    free_state(w, &files);
}

static uint32_t most_of(const crash_explorer *e)
{
    return e->most ? e->most : MOST_DEFAULT;
}

/* What one choice of what was done to names leaves. */
static void choose_names(walk *w, const odometer *o, odometer *files)
{
    w->chosen = w->disk.durable;
    w->all_names = true;
    for (uint32_t i = 0; i < w->disk.pending_count; i++) {
        if (o->digit[i] == 0)
            apply(&w->chosen, &w->disk.pending[i]);
        else
            w->all_names = false;
    }
    files->count = 0;
    for (uint32_t i = 0; i < w->chosen.count; i++)
        add_file_digits(files, &w->disk.files[w->chosen.at[i].file]);
}

/* All states of the files for one choice of names. */
static void visit_names(walk *w, odometer *o)
{
    odometer files;

    choose_names(w, o, &files);
    run(w, &files, most_of(w->explorer), visit_state);
}

static void visit_point(walk *w)
{
    odometer digits = { .count = 0 };

    for (uint32_t i = 0; i < w->disk.pending_count; i++)
        add_digit(&digits, 2);
    run(w, &digits, most_of(w->explorer), visit_names);
}

static void begin(walk *w, const dir_log *log)
{
    w->disk.count = log->files;
    w->disk.files = calloc(log->files + 1, sizeof *w->disk.files);
    w->disk.bytes = calloc(log->files + 1, sizeof *w->disk.bytes);
    insist(w->disk.files && w->disk.bytes);
}

static void end(walk *w)
{
    for (uint32_t i = 0; i < w->disk.count; i++)
        free(w->disk.bytes[i]);
    free(w->disk.bytes);
    free(w->disk.files);
    free(w->seen);
    free(w);
}

void crash_explore(crash_explorer *explorer)
{
    const dir_log *log = explorer->log;
    walk *w = calloc(1, sizeof *w);

    insist(w != NULL);
    w->explorer = explorer;
    w->chance.state = explorer->seed;
    begin(w, log);
    if (explorer->from == 0)
        visit_point(w);
    for (size_t i = 0; i < log->count; i++) {
        step(&w->disk, &log->records[i]);
        if (i + 1 >= explorer->from)
            visit_point(w);
    }
    end(w);
}

/* Half of the time everything is there. */
static void throw_digits(odometer *o, chance *c)
{
    bool all = chance_one_in(c, 2);

    for (uint32_t i = 0; i < o->count; i++)
        o->digit[i] = all ? 0 : chance_below(c, o->radix[i]);
}

lede_dir *crash_sample(const dir_log *log, uint64_t seed, crash_point *at)
{
    walk *w = calloc(1, sizeof *w);
    lede_dir *dir = NULL;
    odometer digits = { .count = 0 }, files;
    state made;

    insist(w != NULL);
    w->chance.state = seed;
    begin(w, log);
    for (size_t i = 0; i < log->count; i++)
        step(&w->disk, &log->records[i]);
    for (uint32_t i = 0; i < w->disk.pending_count; i++)
        add_digit(&digits, 2);
    throw_digits(&digits, &w->chance);
    choose_names(w, &digits, &files);
    throw_digits(&files, &w->chance);
    (void)make_state(w, &files, &made);
    make_dir(&dir, w, &made);
    free_state(w, &made);
    *at = w->disk.point;
    end(w);
    return dir;
}
