#include "support/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/index/manifest.h"
#include "support/crash.h"
#include "support/dir_faulty.h"
#include "support/native_at.h"
#include "support/picture.h"
#include "support/suite.h"

#define READERS     4U
#define WORLDS_MAX  (MODEL_STEPS_MAX + 1)
#define HISTORY_MAX (2 * MODEL_STEPS_MAX + 2)

/* A disk between two deaths of the process that writes. */
typedef struct world {
    lede_dir *memory;
    lede_dir *faulty;
    dir_faults faults;
    dir_log log;
} world;

typedef struct reader {
    lede_snapshot *snapshot;
    picture seen;
} reader;

/* Fails when told, and counts what is outstanding. */
typedef struct larder {
    lede_allocator allocator;
    uint64_t calls;
    uint64_t fail_at;
    bool sticky;
    uint64_t failures;
    uint64_t blocks;
    uint64_t bytes;
} larder;

typedef struct model {
    world *worlds[WORLDS_MAX];
    uint32_t world_count;
    world *here;
    larder larder;
    lede_index_options options;
    lede_durability durability;
    bool flushes;
    lede_index *index;
    lede_writer *writer;
    lede_index *other; /* of a process that only reads */
    uint64_t generation;

    picture now;  /* with what was put */
    picture last; /* the commit that is there */
    picture history[HISTORY_MAX];
    uint32_t commits; /* in it; the last is that which is there */
    uint32_t floor;   /* the power fails: no older one may be there */
    bool loose;       /* some since the floor was not synced */

    lede_status failed; /* what every call must go on saying */
    bool tainted;       /* something failed since the writer was as new */
    uint64_t strikes;   /* at the last look */
    size_t opened_at;   /* records of the log before the writer */
    bool ended;         /* damage that was to be expected */
    reader readers[READERS];
    uint32_t looks;
    uint32_t at;
    model_failure *failure;
    model_counts *counts;
    bool broken;
} model;

__attribute__((format(printf, 2, 3))) static void complain(model *m,
                                                           const char *format,
                                                           ...)
{
    va_list arguments;

    if (m->broken)
        return;
    m->broken = true;
    m->failure->at = m->at;
    va_start(arguments, format);
    (void)vsnprintf(m->failure->message, sizeof m->failure->message, format,
                    arguments);
    va_end(arguments);
}

/* ---- Memory that ends --------------------------------------------------- */

static bool starves(larder *l)
{
    uint64_t call = ++l->calls;
    bool now =
        l->fail_at && (l->sticky ? call >= l->fail_at : call == l->fail_at);

    l->failures += now;
    return now;
}

static void *allocate(void *ctx, size_t size)
{
    larder *l = ctx;
    void *at = starves(l) ? NULL : malloc(size);

    if (at) {
        l->blocks++;
        l->bytes += size;
    }
    return at;
}

static void *resize(void *ctx, void *at, size_t old_size, size_t size)
{
    larder *l = ctx;
    void *moved = starves(l) ? NULL : realloc(at, size);

    if (moved)
        l->bytes += size - old_size;
    return moved;
}

static void release(void *ctx, void *at, size_t size)
{
    larder *l = ctx;

    l->blocks--;
    l->bytes -= size;
    free(at);
}

static void heal(model *m)
{
    m->here->faults.fail_at = 0;
    m->larder.fail_at = 0;
}

/* Whether anything failed since the last look. */
static bool is_struck(model *m)
{
    uint64_t strikes = m->larder.failures;
    bool more;

    for (uint32_t i = 0; i < m->world_count; i++)
        strikes += m->worlds[i]->faults.failures;
    more = strikes > m->strikes;
    m->counts->strikes += strikes - m->strikes;
    m->strikes = strikes;
    m->tainted = m->tainted || more;
    return more;
}

/* ---- Worlds ------------------------------------------------------------- */

typedef struct listing {
    char names[256][LEDE_DIR_NAME_MAX + 1];
    uint32_t count;
} listing;

static void list_name(void *ctx, const char *name, uint64_t length)
{
    listing *l = ctx;

    (void)length;
    ck_assert_uint_lt(l->count, 256);
    strcpy(l->names[l->count++], name);
}

static lede_dir *copy_dir(lede_dir *dir)
{
    listing *l = calloc(1, sizeof *l);
    lede_dir *copy = NULL;

    ck_assert_ptr_nonnull(l);
    if (lede_dir_open_memory(&copy, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    (void)lede_dir_list(dir, list_name, l, NULL);
    for (uint32_t i = 0; i < l->count; i++) {
        lede_file *file = NULL;
        lede_out *out = NULL;

        if (lede_dir_map(dir, &file, l->names[i], NULL) != LEDE_OK ||
            lede_dir_create(copy, &out, l->names[i], NULL) != LEDE_OK ||
            (file->bytes.len &&
             lede_out_write(out, file->bytes.at, file->bytes.len, NULL) !=
                 LEDE_OK))
            ck_abort_msg("a file cannot be copied");
        (void)lede_out_close(out, NULL);
        lede_file_close(file);
    }
    free(l);
    return copy;
}

/* Takes ownership of `memory`. */
static void enter(model *m, lede_dir *memory)
{
    world *w = calloc(1, sizeof *w);

    ck_assert_ptr_nonnull(w);
    w->memory = memory;
    w->faults = (dir_faults)DIR_FAULTS;
    w->faults.names = (uint64_t)m->world_count << 32;
    dir_faulty_open(&w->faulty, w->memory, &w->faults);
    dir_log_begin(&w->log, w->memory);
    m->worlds[m->world_count++] = w;
    m->here = w;
}

static void leave_all(model *m)
{
    for (uint32_t i = 0; i < m->world_count; i++) {
        world *w = m->worlds[i];

        if (w->faults.open_outs)
            complain(m, "%llu files were never closed",
                     (unsigned long long)w->faults.open_outs);
        lede_dir_close(w->faulty);
        lede_dir_close(w->memory);
        dir_log_fini(&w->log);
        free(w);
    }
}

static lede_status open_handles(model *m, lede_error *err)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_status status;

    native_at(m->here->faulty, &m->here->log);
    native_at_memory(m->flushes ? 1 : 0);
    options.threads = 1;
    options.memory_bytes = 8 << 20;
    options.durability = m->durability;
    m->opened_at = m->here->log.count;
    status = lede_index_open(&m->index, NATIVE_AT, &m->options, err);
    if (status == LEDE_OK)
        status = lede_writer_open(&m->writer, m->index, &options, err);
    return status;
}

static void close_handles(model *m)
{
    lede_writer_close(m->writer);
    lede_index_close(m->index);
    m->writer = NULL;
    m->index = NULL;
}

/* Closes what the dead process had: into a world that nobody looks at. */
static void bury(model *m)
{
    heal(m);
    close_handles(m);
    lede_index_close(m->other);
    m->other = NULL;
    m->counts->deaths++;
}

static lede_index *other(model *m)
{
    lede_index_options options = m->options;

    options.allocator = NULL;
    options.flags = LEDE_INDEX_READ_ONLY;
    native_at(m->here->memory, NULL);
    if (!m->other &&
        lede_index_open(&m->other, NATIVE_AT, &options, NULL) != LEDE_OK)
        return NULL;
    return m->other;
}

/* ---- What must be there ------------------------------------------------- */

static lede_status look_at(model *m, const picture *p, const char **message)
{
    static char text[PICTURE_TEXT_MAX];
    lede_snapshot *snapshot = NULL;
    lede_index *index = other(m);
    lede_status status =
        index ? lede_snapshot_open(&snapshot, index, NULL) : LEDE_ERR_CORRUPT;

    *message = text;
    text[0] = '\0';
    if (status == LEDE_OK)
        status = picture_compare(p, snapshot, m->looks++, text);
    lede_snapshot_close(snapshot);
    return status;
}

static void expect_last(model *m)
{
    const char *message;
    lede_status status = look_at(m, &m->last, &message);

    if (status != LEDE_OK)
        complain(m, "a reader gets %s", lede_status_name(status));
    else if (message[0])
        complain(m, "%s", message);
}

static void push(model *m, const picture *p)
{
    m->last = *p;
    m->history[m->commits++] = *p;
}

static void begin_history(model *m)
{
    m->commits = 0;
    m->floor = 0;
    m->loose = false;
    push(m, &m->last);
    m->now = m->last;
    m->failed = LEDE_OK;
    m->tainted = false;
}

static void acknowledge(model *m, uint64_t generation)
{
    bool changed = !picture_equal(&m->now, &m->last);

    if (generation < m->generation || (changed && generation == m->generation))
        complain(m, "generation %llu follows %llu",
                 (unsigned long long)generation,
                 (unsigned long long)m->generation);
    if (generation == m->generation) /* nothing was written */
        return;
    m->generation = generation;
    push(m, &m->now);
    dir_log_note(&m->here->log, m->commits - 1);
    if (m->durability == LEDE_DURABLE) {
        m->floor = m->commits - 1;
    } else if (m->durability == LEDE_NOT_DURABLE) {
        m->loose = true;
    }
    m->counts->commits++;
}

/* After a commit of which nobody knows: the old one is there or the new. */
static void find_out(model *m)
{
    const char *message;
    lede_status status = look_at(m, &m->last, &message);

    if (status == LEDE_OK && message[0]) {
        push(m, &m->now);
        expect_last(m);
        m->generation++;
        m->loose = m->loose || m->durability == LEDE_NOT_DURABLE;
    } else if (status != LEDE_OK) {
        complain(m, "a reader gets %s after a failed commit",
                 lede_status_name(status));
    }
}

/* Whether a call did what it says; if not, whether it may have failed. */
static bool succeeds(model *m, const char *what, lede_status status)
{
    bool struck = is_struck(m);

    (void)struck;
    if (m->failed != LEDE_OK) {
        if (status == LEDE_OK)
            complain(m, "%s succeeds after %s", what,
                     lede_status_name(m->failed));
        return false;
    }
    if (status == LEDE_OK)
        return true;
    if (!m->tainted || status == LEDE_ERR_CORRUPT ||
        status == LEDE_ERR_INVALID || status == LEDE_ERR_LIMIT)
        complain(m, "%s says %s", what, lede_status_name(status));
    m->failed = status;
    return false;
}

/* ---- Steps of the writer ------------------------------------------------ */

static void put(model *m, uint32_t key, uint32_t value)
{
    lede_document *doc = picture_document(value, m->now.fields);
    char name[16];
    size_t len = picture_key(name, key);
    lede_status status = lede_writer_put(m->writer, name, len, doc, NULL);

    lede_document_free(doc);
    if (succeeds(m, "put", status))
        picture_put(&m->now, key, value);
}

static void fill(model *m, uint32_t value)
{
    for (uint32_t key = 0; key < PICTURE_KEYS && !m->broken; key++)
        put(m, key, value + key);
}

static void delete_key(model *m, uint32_t key)
{
    char name[16];
    size_t len = picture_key(name, key);

    if (succeeds(m, "delete", lede_writer_delete(m->writer, name, len, NULL)))
        picture_delete(&m->now, key);
}

static void leave_note(model *m, uint32_t note)
{
    char text[16];
    size_t len = picture_note(text, note);

    if (succeeds(m, "a note",
                 lede_writer_set_note(m->writer, "note", text, len, NULL)))
        m->now.note = note;
}

static void add_field(model *m)
{
    lede_schema *schema;

    if (m->now.fields == PICTURE_FIELDS_MAX)
        return;
    schema = picture_schema(m->now.fields + 1);
    if (succeeds(m, "a schema",
                 lede_writer_set_schema(m->writer, schema, NULL)))
        m->now.fields++;
    lede_schema_free(schema);
}

static void commit(model *m)
{
    uint64_t generation = 0;
    bool failed = m->failed != LEDE_OK;

    if (succeeds(m, "commit",
                 lede_writer_commit(m->writer, &generation, NULL))) {
        acknowledge(m, generation);
        expect_last(m);
    } else if (!failed && m->failed == LEDE_ERR_UNKNOWN_COMMIT) {
        find_out(m);
    } else {
        expect_last(m);
    }
}

/* Stopped half-way, what was put may be committed. */
static void optimize(model *m)
{
    bool failed = m->failed != LEDE_OK;
    uint64_t generation = 0;

    if (succeeds(m, "optimize", lede_writer_optimize(m->writer, NULL, NULL))) {
        (void)lede_index_generation(other(m), &generation, NULL);
        acknowledge(m, generation);
        expect_last(m);
        m->counts->merges++;
    } else if (failed) {
        expect_last(m);
    } else {
        find_out(m);
    }
}

/* A failed sync of the directory poisons, whatever the call said. */
static bool may_be_poisoned(const model *m)
{
    const dir_log *log = &m->here->log;

    if (m->failed == LEDE_ERR_UNKNOWN_COMMIT)
        return true;
    for (size_t i = m->opened_at; i < log->count; i++)
        if (log->records[i].kind == DIR_RECORD_DIR_SYNC &&
            log->records[i].failed)
            return true;
    return false;
}

static void roll_back(model *m)
{
    lede_status status = lede_writer_rollback(m->writer, NULL);
    bool struck = is_struck(m);

    if (status != LEDE_OK) {
        if (!struck && !may_be_poisoned(m))
            complain(m, "rollback says %s", lede_status_name(status));
        m->failed = status;
    } else {
        if (m->failed == LEDE_ERR_UNKNOWN_COMMIT)
            complain(m, "rollback heals an unknown commit");
        m->failed = LEDE_OK;
        m->tainted = false;
        m->now = m->last;
    }
    expect_last(m);
}

/* ---- Deaths ------------------------------------------------------------- */

/* Nothing is there but what the commit names; or what the last one that was
 * synced may. */
static void expect_no_leftovers(model *m)
{
    lede_manifest *manifest = NULL;
    listing *l = calloc(1, sizeof *l);

    ck_assert_ptr_nonnull(l);
    (void)lede_dir_list(m->here->memory, list_name, l, NULL);
    if (lede_manifest_read(&manifest, m->here->memory, NULL, NULL) != LEDE_OK)
        complain(m, "there is no manifest");
    for (uint32_t i = 0;
         manifest && lede_manifest_is_synced(manifest) && i < l->count; i++)
        if (strcmp(l->names[i], LEDE_MANIFEST_NAME) != 0 &&
            strcmp(l->names[i], LEDE_LOCK_NAME) != 0 &&
            !lede_manifest_names(manifest, l->names[i]))
            complain(m, "%s was left behind", l->names[i]);
    lede_manifest_release(manifest);
    free(l);
}

static void open_again(model *m)
{
    lede_error err;
    lede_status status = open_handles(m, &err);
    bool struck = is_struck(m);

    if (status != LEDE_OK && (!struck || status == LEDE_ERR_CORRUPT))
        complain(m, "opening says %s: %s", lede_status_name(status),
                 err.message);
    if (status != LEDE_OK) {
        heal(m);
        close_handles(m);
        status = open_handles(m, &err);
    }
    if (status != LEDE_OK) {
        complain(m, "opening again says %s: %s", lede_status_name(status),
                 err.message);
        m->ended = true;
    }
    m->now = m->last;
    m->failed = LEDE_OK;
    m->tainted = false;
    expect_last(m);
    if (!m->ended && !struck && m->durability == LEDE_DURABLE && !m->loose)
        expect_no_leftovers(m);
}

static void reopen(model *m, uint32_t durability, bool flushes)
{
    close_handles(m);
    (void)is_struck(m);
    m->durability = (lede_durability)(durability % 3);
    m->flushes = flushes;
    open_again(m);
}

static void kill_process(model *m)
{
    lede_dir *image = copy_dir(m->here->memory);

    bury(m);
    enter(m, image);
    begin_history(m);
    open_again(m);
}

/* Which commit is there: the newest that may be. Without syncs damage may be,
 * but it is found. */
static void find_commit(model *m, uint32_t least, bool loose)
{
    const char *message = "";
    lede_status status = LEDE_OK;

    for (uint32_t i = m->commits; i-- > least;) {
        status = look_at(m, &m->history[i], &message);
        if (status == LEDE_OK && !message[0]) {
            m->last = m->history[i];
            return;
        }
        if (status != LEDE_OK)
            break;
    }
    if (loose && status != LEDE_OK)
        m->ended = true;
    else if (status != LEDE_OK)
        complain(m, "after the crash a reader gets %s",
                 lede_status_name(status));
    else
        complain(m, "after the crash no commit from %u to %u is there: %s",
                 least, m->commits - 1, message);
}

/* After a failed sync of the directory nobody knows what will ever be there;
 * then only the process dies. */
static void crash(model *m, uint32_t seed)
{
    const dir_log *log = &m->here->log;
    bool loose = m->loose;
    uint32_t least = m->floor;
    crash_point at;
    lede_dir *image;

    for (size_t i = 0; i < log->count; i++) {
        if (log->records[i].kind == DIR_RECORD_DIR_SYNC &&
            log->records[i].failed) {
            kill_process(m);
            return;
        }
    }
    image = crash_sample(log, seed, &at);
    if (!loose && at.settled > least)
        least = (uint32_t)at.settled;
    bury(m);
    enter(m, image);
    find_commit(m, least, loose);
    if (m->ended || m->broken)
        return;
    begin_history(m);
    m->generation = 0;
    (void)lede_index_generation(other(m), &m->generation, NULL);
    open_again(m);
}

/* ---- Steps of readers --------------------------------------------------- */

static void look(model *m, uint32_t slot)
{
    reader *r = &m->readers[slot % READERS];
    char message[PICTURE_TEXT_MAX];
    lede_status status;

    if (!r->snapshot)
        return;
    status = picture_compare(&r->seen, r->snapshot, m->looks++, message);
    if (status != LEDE_OK && (!is_struck(m) || status == LEDE_ERR_CORRUPT))
        complain(m, "an old snapshot gets %s", lede_status_name(status));
    else if (status == LEDE_OK && message[0])
        complain(m, "in an old snapshot %s", message);
}

static void drop(model *m, uint32_t slot)
{
    reader *r = &m->readers[slot % READERS];

    lede_snapshot_close(r->snapshot);
    r->snapshot = NULL;
}

static void read_newest(model *m, uint32_t slot)
{
    reader *r = &m->readers[slot % READERS];
    lede_status status;

    drop(m, slot);
    status =
        lede_snapshot_open(&r->snapshot, slot % 2 ? m->index : other(m), NULL);
    if (status != LEDE_OK && (!is_struck(m) || status == LEDE_ERR_CORRUPT))
        complain(m, "a snapshot gets %s", lede_status_name(status));
    r->seen = m->last;
    look(m, slot);
}

static void check(model *m)
{
    lede_error err;
    lede_status status = native_at_check(m->here->memory, &err);

    if (status != LEDE_OK)
        complain(m, "check says %s: %s", lede_status_name(status), err.message);
}

static void plan_failure(model *m, const model_step *step)
{
    if (step->kind == MODEL_FAIL) {
        m->here->faults.fail_at = m->here->faults.calls + step->a;
        m->here->faults.sticky = step->b != 0;
    } else {
        m->larder.fail_at = m->larder.calls + step->a;
        m->larder.sticky = step->b != 0;
    }
}

/* ---- Running ------------------------------------------------------------ */

/* NOLINTNEXTLINE(readability-function-size): one line for each kind */
static void take(model *m, const model_step *step)
{
    uint32_t key = step->a % PICTURE_KEYS;

    switch (step->kind) {
    case MODEL_PUT:
        put(m, key, step->b + 1);
        break;
    case MODEL_FILL:
        fill(m, step->a + 1);
        break;
    case MODEL_DELETE:
        delete_key(m, key);
        break;
    case MODEL_NOTE:
        leave_note(m, step->a + 1);
        break;
    case MODEL_FIELD:
        add_field(m);
        break;
    case MODEL_COMMIT:
        commit(m);
        break;
    case MODEL_ROLLBACK:
        roll_back(m);
        break;
    case MODEL_OPTIMIZE:
        optimize(m);
        break;
    case MODEL_REOPEN:
        reopen(m, step->a, step->b != 0);
        break;
    case MODEL_KILL:
        kill_process(m);
        break;
    case MODEL_CRASH:
        crash(m, step->a);
        break;
    case MODEL_READ:
        read_newest(m, step->a);
        break;
    case MODEL_LOOK:
        look(m, step->a);
        break;
    case MODEL_DROP:
        drop(m, step->a);
        break;
    case MODEL_FAIL:
    case MODEL_STARVE:
        plan_failure(m, step);
        break;
    case MODEL_HEAL:
        heal(m);
        break;
    default:
        check(m);
        break;
    }
    (void)is_struck(m);
}

static void begin(model *m)
{
    lede_schema *schema = picture_schema(0);
    lede_dir *memory = NULL;
    lede_status status;

    m->larder.allocator =
        (lede_allocator){ &m->larder, allocate, resize, release };
    m->options = native_at_options();
    m->options.allocator = &m->larder.allocator;
    if (lede_dir_open_memory(&memory, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    enter(m, memory);
    native_at(m->here->faulty, &m->here->log);
    status = lede_index_create(&m->index, NATIVE_AT, schema, &m->options, NULL);
    lede_schema_free(schema);
    if (status != LEDE_OK)
        complain(m, "an index cannot be made");
    lede_index_close(m->index);
    m->index = NULL;
    begin_history(m);
    open_again(m);
}

static void end(model *m)
{
    if (m->here)
        heal(m);
    for (uint32_t i = 0; i < READERS && !m->broken; i++)
        look(m, i);
    for (uint32_t i = 0; i < READERS; i++)
        drop(m, i);
    if (!m->broken && !m->ended) {
        if (m->failed != LEDE_OK)
            reopen(m, 0, false);
        commit(m);
        check(m);
    }
    close_handles(m);
    lede_index_close(m->other);
    leave_all(m);
    if (m->larder.blocks || m->larder.bytes)
        complain(m, "%llu blocks of %llu bytes are left",
                 (unsigned long long)m->larder.blocks,
                 (unsigned long long)m->larder.bytes);
}

bool model_run(const model_script *script, model_failure *failure,
               model_counts *counts)
{
    model *m = calloc(1, sizeof *m);
    bool well;

    ck_assert_ptr_nonnull(m);
    m->failure = failure;
    m->counts = counts;
    begin(m);
    for (; m->at < script->count && !m->ended && !m->broken; m->at++) {
        take(m, &script->steps[m->at]);
        counts->steps++;
    }
    end(m);
    counts->looks += m->looks;
    well = !m->broken;
    free(m);
    return well;
}
