#include "support/model_inside.h"

#include <stdlib.h>

#include "support/dir_copy.h"
#include "support/native_at.h"
#include "support/suite.h"

/* ---- What became of a call ---------------------------------------------- */

static void acknowledge(model *m, uint64_t generation)
{
    bool changed = !picture_equal(&m->now, &m->last);

    if (generation < m->generation || (changed && generation == m->generation))
        model_complain(m, "generation %llu follows %llu",
                       (unsigned long long)generation,
                       (unsigned long long)m->generation);
    if (generation == m->generation) /* nothing was written */
        return;
    m->generation = generation;
    model_push(m, &m->now, true);
    model_keep_names(m);
    if (m->durability == LEDE_DURABLE)
        m->synced = m->now;
    dir_log_note(&m->here->log, m->commits - 1);
    m->counts->commits++;
}

/* After a commit of which nobody knows: the old one is there or the new, which
 * may look the same. */
static void find_out(model *m)
{
    const char *message;
    uint64_t generation = m->generation;
    lede_status status = model_look_at(m, &m->last, &message);

    if (status == LEDE_OK)
        status = lede_index_generation(m->other, &generation, NULL);
    if (status != LEDE_OK) {
        model_complain(m, "a reader gets %s after a failed commit",
                       lede_status_name(status));
    } else if (message[0] || generation > m->generation) {
        model_push(m, message[0] ? &m->now : &m->last, false);
        model_expect_last(m);
        m->generation = generation;
    }
}

/* Whether a call did what it says; if not, whether it may have failed. */
static bool succeeds(model *m, const char *what, lede_status status)
{
    bool struck = model_is_struck(m);

    (void)struck;
    if (m->failed != LEDE_OK) {
        if (status == LEDE_OK)
            model_complain(m, "%s succeeds after %s", what,
                           lede_status_name(m->failed));
        return false;
    }
    if (status == LEDE_OK)
        return true;
    if (!m->tainted || status == LEDE_ERR_CORRUPT ||
        status == LEDE_ERR_INVALID || status == LEDE_ERR_LIMIT)
        model_complain(m, "%s says %s", what, lede_status_name(status));
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

/* New forms stop merges. */
static lede_status ask_commit(model *m, uint64_t *generation)
{
    lede_status status;

    if (m->now.fields == m->last.fields)
        return lede_writer_commit(m->writer, generation, NULL);
    model_let_merge(m);
    gate_open(&m->gate);
    status = lede_writer_commit(m->writer, generation, NULL);
    gate_shut(&m->gate);
    return status;
}

static void commit(model *m)
{
    uint64_t generation = 0;
    bool failed = m->failed != LEDE_OK;

    if (succeeds(m, "commit", ask_commit(m, &generation))) {
        acknowledge(m, generation);
        model_expect_last(m);
    } else if (!failed && m->failed == LEDE_ERR_UNKNOWN_COMMIT) {
        find_out(m);
    } else {
        model_expect_last(m);
    }
}

/* Stopped half-way, what was put may be committed. */
static void optimize(model *m)
{
    bool failed = m->failed != LEDE_OK;
    uint64_t generation = 0;
    lede_status status;

    model_let_merge(m);
    gate_open(&m->gate);
    status = lede_writer_optimize(m->writer, NULL, NULL);
    gate_shut(&m->gate);
    if (succeeds(m, "optimize", status)) {
        (void)lede_index_generation(m->other, &generation, NULL);
        acknowledge(m, generation);
        model_expect_last(m);
        m->counts->merges++;
    } else if (failed) {
        model_expect_last(m);
    } else {
        find_out(m);
    }
}

/* A failed sync of the directory, or of files that an earlier writer left
 * unsynced, leaves a writer no way but to be closed. */
static bool may_be_poisoned(const model *m)
{
    const dir_log *log = &m->here->log;

    if (m->failed == LEDE_ERR_UNKNOWN_COMMIT)
        return true;
    for (size_t i = m->opened_at; i < log->count; i++)
        if (log->records[i].failed &&
            (log->records[i].kind == DIR_RECORD_DIR_SYNC ||
             log->records[i].kind == DIR_RECORD_SYNC_FILE))
            return true;
    return false;
}

static void roll_back(model *m)
{
    lede_status status = lede_writer_rollback(m->writer, NULL);
    bool struck = model_is_struck(m);

    if (status != LEDE_OK) {
        if (!struck && !may_be_poisoned(m))
            model_complain(m, "rollback says %s", lede_status_name(status));
        m->failed = status;
    } else {
        if (m->failed == LEDE_ERR_UNKNOWN_COMMIT)
            model_complain(m, "rollback heals an unknown commit");
        m->failed = LEDE_OK;
        m->tainted = false;
        m->now = m->last;
    }
    model_expect_last(m);
}

/* ---- Merges beside it --------------------------------------------------- */

static void await_merge(model *m)
{
    if (!m->merges || !gate_await(&m->gate))
        model_complain(m, "no merge comes");
}

/* What fails there costs the merge alone, but in the switch. */
static void let_merge(model *m)
{
    bool failed = m->failed != LEDE_OK, tainted = m->tainted;
    bool struck;

    model_let_merge(m);
    struck = model_is_struck(m);
    if (!failed)
        m->failed = lede_writer_shard(m->writer, 0)->status;
    m->tainted = tainted || m->failed != LEDE_OK;
    if (!failed && m->failed != LEDE_OK && !struck)
        model_complain(m, "after a merge the writer says %s",
                       lede_status_name(m->failed));
    model_notice(m);
    model_expect_last(m);
    m->counts->merges++;
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
    if (status != LEDE_OK &&
        (!model_is_struck(m) || status == LEDE_ERR_CORRUPT))
        model_complain(m, "an old snapshot gets %s", lede_status_name(status));
    else if (status == LEDE_OK && message[0])
        model_complain(m, "in an old snapshot %s", message);
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
    status = model_open_other(m);
    if (status == LEDE_OK)
        status = lede_snapshot_open(&r->snapshot,
                                    slot % 2 ? m->index : m->other, NULL);
    if (status != LEDE_OK &&
        (!model_is_struck(m) || status == LEDE_ERR_CORRUPT))
        model_complain(m, "a snapshot gets %s", lede_status_name(status));
    r->seen = m->last;
    look(m, slot);
}

static void check(model *m)
{
    lede_error err;
    lede_status status = native_at_check(m->here->memory, &err);

    if (status != LEDE_OK)
        model_complain(m, "check says %s: %s", lede_status_name(status),
                       err.message);
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
        model_reopen(m, step->a, step->b);
        break;
    case MODEL_KILL:
        model_kill_process(m);
        break;
    case MODEL_CRASH:
        model_crash(m, step->a);
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
        model_heal(m);
        break;
    case MODEL_AWAIT:
        await_merge(m);
        break;
    case MODEL_MERGE:
        let_merge(m);
        break;
    default:
        check(m);
        break;
    }
    (void)model_is_struck(m);
}

/* An index of its own. */
static void create(model *m)
{
    lede_schema *schema = picture_schema(0);
    lede_dir *memory = NULL;
    lede_status status;

    if (lede_dir_open_memory(&memory, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    model_enter(m, memory);
    native_at(&m->here->mutant.face, NULL);
    status = lede_index_create(&m->index, NATIVE_AT, schema, &m->options, NULL);
    lede_schema_free(schema);
    if (status != LEDE_OK)
        model_complain(m, "an index cannot be made");
    lede_index_close(m->index);
    m->index = NULL;
    m->created_at = m->here->log.count;
}

static void begin(model *m, const model_beginning *beginning)
{
    larder_init(&m->larder);
    m->options = native_at_options();
    m->options.allocator = &m->larder.allocator;
    gate_init(&m->gate);
    if (beginning) {
        m->mutation = beginning->mutation;
        m->beside = beginning->beside;
    }
    if (beginning && beginning->image) {
        model_enter(m, dir_copy(beginning->image));
        m->here->faults.names = SEQUEL_NAMES;
        m->last = *beginning->there;
    } else {
        create(m);
    }
    model_begin_history(m);
    if (beginning && beginning->fail_at)
        m->here->faults.fail_at = beginning->fail_at;
    model_open_again(m);
}

/* The end of a story that nobody else looks at. */
static void finish(model *m)
{
    model_heal(m);
    for (uint32_t i = 0; i < READERS && !m->broken; i++)
        look(m, i);
    for (uint32_t i = 0; i < READERS; i++)
        drop(m, i);
    if (!m->broken && !m->ended) {
        if (m->failed != LEDE_OK)
            model_reopen(m, 0, 0);
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
    model_heal(m);
    model_close_handles(m);
    lede_index_close(m->other);
    model_leave_all(m);
    if (m->larder.blocks || m->larder.bytes)
        model_complain(m, "%llu blocks of %llu bytes are left",
                       (unsigned long long)m->larder.blocks,
                       (unsigned long long)m->larder.bytes);
    well = !m->broken;
    gate_fini(&m->gate);
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

bool model_end(model *m)
{
    return end(m);
}
