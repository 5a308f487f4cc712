#include "support/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/index/manifest.h"
#include "native/index/recover.h"
#include "support/dir_copy.h"
#include "support/dir_faulty.h"
#include "support/larder.h"
#include "support/native_at.h"
#include "support/picture.h"
#include "support/suite.h"

#define READERS 4U

/* Mixed into names of files, beside those of the story before. */
#define SEQUEL_NAMES ((uint64_t)1 << 60)
#define WORLDS_MAX   (MODEL_STEPS_MAX + 1)
#define HISTORY_MAX  (2 * MODEL_STEPS_MAX + 2)

/* A disk between two deaths of the process that writes. */
typedef struct world {
    lede_dir *memory;
    lede_dir *faulty;
    lede_dir *recording;
    dir_mutant mutant; /* what the writer has */
    dir_faults faults;
    dir_log log;
} world;

typedef struct reader {
    lede_snapshot *snapshot;
    picture seen;
} reader;

/* A commit. */
typedef struct moment {
    picture picture;
    lede_durability durability;
    bool acknowledged;
} moment;

struct model {
    world *worlds[WORLDS_MAX];
    uint32_t world_count;
    world *here;
    larder larder;
    lede_index_options options;
    lede_durability durability;
    bool flushes;
    lede_index *index;
    lede_writer *writer;
    lede_index *other;    /* of a process that only reads */
    lede_dir *looking_at; /* instead of what is there */
    uint64_t generation;

    uint64_t ever[PICTURE_KEYS]; /* bit n % 64: n was put by the key */
    picture now;                 /* with what was put */
    picture last;                /* the commit that is there */
    picture synced;              /* the last one that was durable */
    moment history[HISTORY_MAX];
    uint32_t commits; /* in it; the last is that which is there */

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
    dir_mutation mutation;
    size_t begun_at;   /* records of the log that were there before */
    size_t created_at; /* records before there is an index */
};

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

/* ---- Failures -------------------------------------------------------------- */

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
    dir_recording_open(&w->recording, w->faulty, &w->log);
    dir_mutant_init(&w->mutant, w->recording, m->mutation);
    m->worlds[m->world_count++] = w;
    m->here = w;
    m->begun_at = w->log.count;
    m->created_at = 0;
}

static void leave_all(model *m)
{
    for (uint32_t i = 0; i < m->world_count; i++) {
        world *w = m->worlds[i];

        if (w->faults.open_outs)
            complain(m, "%llu files were never closed",
                     (unsigned long long)w->faults.open_outs);
        lede_dir_close(w->recording);
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

    native_at(&m->here->mutant.face, NULL);
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

/* The handle of a process that only reads. */
static lede_status open_other(model *m)
{
    lede_index_options options = m->options;

    if (m->other)
        return LEDE_OK;
    options.allocator = NULL;
    options.flags = LEDE_INDEX_READ_ONLY;
    native_at(m->looking_at ? m->looking_at : m->here->memory, NULL);
    return lede_index_open(&m->other, NATIVE_AT, &options, NULL);
}

/* ---- What must be there ------------------------------------------------- */

static lede_status look_at(model *m, const picture *p, const char **message)
{
    static char text[PICTURE_TEXT_MAX];
    lede_snapshot *snapshot = NULL;
    lede_status status = open_other(m);

    *message = text;
    text[0] = '\0';
    if (status == LEDE_OK)
        status = lede_snapshot_open(&snapshot, m->other, NULL);
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

static void push(model *m, const picture *p, bool acknowledged)
{
    m->last = *p;
    m->history[m->commits++] = (moment){ *p, m->durability, acknowledged };
}

/* From what is there, as if it had been there for good. */
static void begin_history(model *m)
{
    m->commits = 0;
    push(m, &m->last, true);
    m->history[0].durability = LEDE_DURABLE;
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
    push(m, &m->now, true);
    if (m->durability == LEDE_DURABLE)
        m->synced = m->now;
    dir_log_note(&m->here->log, m->commits - 1);
    m->counts->commits++;
}

/* After a commit of which nobody knows: the old one is there or the new. */
static void find_out(model *m)
{
    const char *message;
    lede_status status = look_at(m, &m->last, &message);

    if (status == LEDE_OK && message[0]) {
        push(m, &m->now, false);
        expect_last(m);
        m->generation++;
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
    m->ever[key] |= (uint64_t)1 << value % 64;
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
        (void)lede_index_generation(m->other, &generation, NULL);
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
    dir_name_list *there = dir_names(m->here->memory);

    if (lede_manifest_read(&manifest, m->here->memory, NULL, NULL) != LEDE_OK)
        complain(m, "there is no manifest");
    for (uint32_t i = 0;
         manifest && lede_manifest_is_synced(manifest) && i < there->count; i++)
        if (strcmp(there->at[i], LEDE_MANIFEST_NAME) != 0 &&
            strcmp(there->at[i], LEDE_LOCK_NAME) != 0 &&
            !lede_manifest_names(manifest, there->at[i]))
            complain(m, "%s was left behind", there->at[i]);
    lede_manifest_release(manifest);
    free(there);
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
    if (!m->ended && !struck && m->durability == LEDE_DURABLE)
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
    lede_dir *image = dir_copy(m->here->memory);

    bury(m);
    enter(m, image);
    begin_history(m);
    open_again(m);
}

/* The commits that may be there after a crash, and whether damage may be. */
typedef struct range {
    uint32_t least, most;
    bool loose;
} range;

static range range_of(const model *m, const crash_point *at)
{
    uint32_t noted = (uint32_t)at->noted;
    range r = { 0, noted + 1, false };

    while (r.most < m->commits && !m->history[r.most].acknowledged)
        r.most++;
    if (r.most >= m->commits)
        r.most = m->commits - 1;
    for (uint32_t i = 1; i <= noted; i++)
        if (m->history[i].acknowledged &&
            m->history[i].durability == LEDE_DURABLE)
            r.least = i;
    for (uint32_t i = r.least + 1; i <= r.most; i++)
        r.loose = r.loose || m->history[i].durability == LEDE_NOT_DURABLE;
    if (!r.loose && at->settled > r.least)
        r.least = (uint32_t)at->settled;
    if (at->whole)
        r = (range){ noted, r.most, false };
    return r;
}

/* Finds the newest commit that may be there. Without syncs damage may be, but
 * it is told. */
static lede_status find_commit(model *m, const range *r, picture *found,
                               const char **message)
{
    lede_status status = LEDE_OK;

    *message = "";
    for (uint32_t i = r->most + 1; i-- > r->least;) {
        status = look_at(m, &m->history[i].picture, message);
        if (status == LEDE_OK && !(*message)[0])
            *found = m->history[i].picture;
        if (status != LEDE_OK || !(*message)[0])
            break;
    }
    return status;
}

/* After a failed sync of the directory nobody knows what will ever be there. */
static bool is_in_doubt(const dir_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        if (log->records[i].kind == DIR_RECORD_DIR_SYNC &&
            log->records[i].failed)
            return true;
    return false;
}

static bool is_empty(const picture *p)
{
    uint32_t k = 0;

    while (k < PICTURE_KEYS && !p->value[k])
        k++;
    return k == PICTURE_KEYS;
}

/* What is damaged can be recovered: the rest, and nothing that never was. Where
 * the last synced commit has no segment, nothing may be left. */
static void salvage(model *m)
{
    lede_error err;
    picture there;
    lede_status status = lede_native_recover(m->here->memory, NULL, NULL, &err);

    if (status == LEDE_ERR_CORRUPT && is_empty(&m->synced))
        return;
    if (status == LEDE_OK)
        status = native_at_picture(&there, m->here->memory, &err);
    if (status != LEDE_OK) {
        complain(m, "after recover: %s: %s: %s", lede_status_name(status),
                 err.where, err.message);
        return;
    }
    for (uint32_t k = 0; k < PICTURE_KEYS; k++)
        if (there.value[k] && !(m->ever[k] >> there.value[k] % 64 & 1))
            complain(m, "recover brings n=%u by k%u, which never was",
                     there.value[k], k);
    m->counts->salvaged++;
}

static void crash(model *m, uint32_t seed)
{
    const char *message;
    crash_point at;
    lede_dir *image;
    lede_status status;
    range r;

    if (is_in_doubt(&m->here->log)) {
        kill_process(m);
        return;
    }
    image = crash_sample(&m->here->log, seed, &at);
    r = range_of(m, &at);
    bury(m);
    enter(m, image);
    status = find_commit(m, &r, &m->last, &message);
    m->ended = r.loose && status != LEDE_OK;
    if (m->ended)
        salvage(m);
    if (m->ended)
        return;
    if (status != LEDE_OK)
        complain(m, "after the crash a reader gets %s",
                 lede_status_name(status));
    else if (message[0])
        complain(m, "after the crash no commit from %u to %u is there: %s",
                 r.least, r.most, message);
    if (m->broken)
        return;
    begin_history(m);
    m->generation = 0;
    (void)lede_index_generation(m->other, &m->generation, NULL);
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
    status = open_other(m);
    if (status == LEDE_OK)
        status = lede_snapshot_open(&r->snapshot,
                                    slot % 2 ? m->index : m->other, NULL);
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

/* An index of its own. */
static void create(model *m)
{
    lede_schema *schema = picture_schema(0);
    lede_dir *memory = NULL;
    lede_status status;

    if (lede_dir_open_memory(&memory, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    enter(m, memory);
    native_at(&m->here->mutant.face, NULL);
    status = lede_index_create(&m->index, NATIVE_AT, schema, &m->options, NULL);
    lede_schema_free(schema);
    if (status != LEDE_OK)
        complain(m, "an index cannot be made");
    lede_index_close(m->index);
    m->index = NULL;
    m->created_at = m->here->log.count;
}

static void begin(model *m, const model_beginning *beginning)
{
    larder_init(&m->larder);
    m->options = native_at_options();
    m->options.allocator = &m->larder.allocator;
    if (beginning)
        m->mutation = beginning->mutation;
    if (beginning && beginning->image) {
        enter(m, dir_copy(beginning->image));
        m->here->faults.names = SEQUEL_NAMES;
        m->last = *beginning->there;
    } else {
        create(m);
    }
    begin_history(m);
    if (beginning && beginning->fail_at)
        m->here->faults.fail_at = beginning->fail_at;
    open_again(m);
}

/* The end of a story that nobody else looks at. */
static void finish(model *m)
{
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
}

/* Closes everything, which must leave nothing. */
static bool end(model *m)
{
    bool well;

    for (uint32_t i = 0; i < READERS; i++)
        drop(m, i);
    heal(m);
    close_handles(m);
    lede_index_close(m->other);
    leave_all(m);
    if (m->larder.blocks || m->larder.bytes)
        complain(m, "%llu blocks of %llu bytes are left",
                 (unsigned long long)m->larder.blocks,
                 (unsigned long long)m->larder.bytes);
    well = !m->broken;
    free(m);
    return well;
}

model *model_tell(const model_script *script, const model_beginning *beginning,
                  model_failure *failure, model_counts *counts)
{
    model *m = calloc(1, sizeof *m);

    ck_assert_ptr_nonnull(m);
    m->failure = failure;
    m->counts = counts;
    begin(m, beginning);
    for (; m->at < script->count && !m->ended && !m->broken; m->at++) {
        take(m, &script->steps[m->at]);
        counts->steps++;
    }
    return m;
}

bool model_run(const model_script *script, model_failure *failure,
               model_counts *counts)
{
    model *m = model_tell(script, NULL, failure, counts);

    finish(m);
    counts->looks += m->looks;
    return end(m);
}

/* ---- Crashes of a story ------------------------------------------------- */

const dir_log *model_log(const model *m, size_t *begun_at)
{
    *begun_at = m->begun_at;
    return &m->here->log;
}

bool model_finds(model *m, lede_dir *dir, const crash_point *at, picture *found)
{
    range r = range_of(m, at);
    const char *message = "";
    lede_status status;

    lede_index_close(m->other);
    m->other = NULL;
    m->looking_at = dir;
    status = find_commit(m, &r, found, &message);
    lede_index_close(m->other);
    m->other = NULL;
    m->looking_at = NULL;
    return status == LEDE_OK && !message[0];
}

static bool look_quickly(const model *m, const picture *there, const range *r)
{
    for (uint32_t i = r->least; i <= r->most; i++)
        if (picture_alike(there, &m->history[i].picture))
            return true;
    return false;
}

bool model_holds(model *m, lede_dir *dir, const crash_point *at, bool *damaged)
{
    range r = range_of(m, at);
    picture there;
    lede_status status = native_at_picture(&there, dir, NULL);

    *damaged = status != LEDE_OK;
    if (status != LEDE_OK)
        return r.loose ||
               (status == LEDE_ERR_NOT_FOUND && at->operations < m->created_at);
    return look_quickly(m, &there, &r) &&
           (!at->whole || model_finds(m, dir, at, &there));
}

bool model_end(model *m)
{
    return end(m);
}
