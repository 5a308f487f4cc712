/*
 * article/writer.c - what is pending is kept twice: `now` is what the next
 * commit will make true, `committed` what a rollback returns to.
 *
 * With one thread analysis runs on the calling one, into lane 0. With several
 * the calling one checks, and article/lanes does the rest: before anything that
 * finishes what was put, they are drained.
 */
#include "article/writer.h"

#include <inttypes.h>

#include "article/lanes.h"
#include "article/notes.h"
#include "base/alloc.h"
#include "base/cpu.h"
#include "base/error.h"
#include "document/schema.h"

/* Another writer may change the schema between our look at it and our lock. */
#define OPEN_TRIES_MAX 8

/* Of a lane, what the analyser takes for the words it remembers. */
#define ANALYSIS_BYTES 1310720U

#define MEMORY_BYTES_MIN     ((uint64_t)8 << 20)
#define MEMORY_BYTES_DEFAULT ((uint64_t)128 << 20)

/* Lanes are as many as have that much memory each, but no more than these; and
 * this share of all may wait for them. */
#define LANE_BYTES  ((uint64_t)16 << 20)
#define LANES_MAX   64U
#define QUEUE_SHARE 8U

struct lede_article_writer {
    const lede_engine *engine;
    lede_engine_writer *writer;
    lede_form_cache *cache;
    const lede_limits *limits;
    const lede_allocator *allocator;
    lede_analysis *analysis;
    lede_lanes *lanes; /* NULL: changes are applied at once */
    uint32_t lane_count;
    uint64_t memory_bytes;

    lede_schema *committed; /* what the engine has ... */
    lede_forms *forms;      /* ... and borrows */
    lede_schema *schema;    /* since set_schema; NULL: as committed */
    lede_forms *new_forms;  /* with it */
    lede_notes notes;
    lede_buffer committed_notes;
    bool notes_changed;
    uint64_t sequence; /* of the last change */

    lede_status failure; /* sticks */
    bool poisoned;       /* for ever */
    lede_error cause;    /* of the failure */
    lede_writer_counts counts;
};

/* Takes the state of the newest commit. */
static lede_status read_state(lede_article_writer *w, lede_engine_index *index,
                              lede_error *err)
{
    const lede_engine_description *description;
    lede_engine_snapshot *snapshot;
    lede_status status = w->engine->snapshot(&snapshot, index, err);

    if (status != LEDE_OK)
        return status;
    description = w->engine->describe(snapshot);
    lede_schema_free(w->committed);
    w->committed = NULL;
    w->sequence = description->last_sequence;
    status = lede_schema_copy(&w->committed, description->schema, w->allocator);
    if (status == LEDE_OK)
        status = lede_notes_read(&w->notes, description->notes);
    if (status == LEDE_OK) {
        lede_buffer_clear(&w->committed_notes);
        lede_notes_write(&w->committed_notes, &w->notes);
        status = w->committed_notes.status;
    }
    w->engine->snapshot_close(snapshot);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

static lede_status make_forms(lede_forms **out, const lede_schema *schema,
                              lede_form_cache *cache, lede_error *err)
{
    lede_status status =
        lede_form_cache_get(out, cache, lede_schema_analyzer(schema));

    return status == LEDE_OK
               ? status
               : lede_fail(err, status, "languages",
                           "the forms of the schema cannot be kept");
}

static lede_status lock(lede_article_writer *w, lede_engine_index *index,
                        const lede_writer_options *options, lede_error *err)
{
    uint64_t queue = w->lane_count > 1 ? w->memory_bytes / QUEUE_SHARE : 0;
    lede_engine_writer_settings settings = {
        .lanes = w->lane_count,
        .threads = options->threads ? options->threads : lede_cpu_count(),
        .memory_bytes =
            w->memory_bytes - queue - (uint64_t)w->lane_count * ANALYSIS_BYTES,
        .wait_ms = options->wait_ms,
        .durability = options->durability,
        .forms = w->forms,
    };

    return w->engine->writer(&w->writer, index, &settings, err);
}

/* The lock is taken with the forms of the schema, which is certain only once
 * the lock is held: look, lock, look again. */
static lede_status lock_and_read(lede_article_writer *w,
                                 lede_engine_index *index,
                                 const lede_writer_options *options,
                                 lede_error *err)
{
    lede_status status = read_state(w, index, err);

    for (int tries = 0; status == LEDE_OK && tries < OPEN_TRIES_MAX; tries++) {
        lede_schema *seen = w->committed;
        bool same;

        lede_forms_free(w->forms);
        w->forms = NULL;
        status = make_forms(&w->forms, seen, w->cache, err);
        if (status == LEDE_OK)
            status = lock(w, index, options, err);
        if (status != LEDE_OK)
            return status;
        w->committed = NULL;
        status = read_state(w, index, err);
        same = status == LEDE_OK && lede_schema_equal(seen, w->committed);
        lede_schema_free(seen);
        if (same || status != LEDE_OK)
            return status;
        w->engine->writer_close(w->writer);
        w->writer = NULL;
    }
    return status == LEDE_OK
               ? lede_fail(err, LEDE_ERR_BUSY, NULL,
                           "other writers keep changing the schema")
               : status;
}

static lede_status check_options(const lede_writer_options *options,
                                 lede_error *err)
{
    if (options->memory_bytes && options->memory_bytes < MEMORY_BYTES_MIN)
        return lede_fail(err, LEDE_ERR_INVALID, "memory_bytes",
                         "%" PRIu64 " bytes; the least is %" PRIu64,
                         options->memory_bytes, MEMORY_BYTES_MIN);
    if (options->durability < LEDE_DURABLE ||
        options->durability > LEDE_NOT_DURABLE)
        return lede_fail(err, LEDE_ERR_INVALID, "durability",
                         "%d is no durability", (int)options->durability);
    return LEDE_OK;
}

/* How many lanes an engine that has them is given. */
static uint32_t count_lanes(const lede_article_writer *w,
                            const lede_writer_options *options)
{
    uint32_t threads = options->threads ? options->threads : lede_cpu_count();
    uint64_t most = w->memory_bytes / LANE_BYTES;

    if (!w->engine->parallel || most < 2)
        return 1;
    most = most < LANES_MAX ? most : LANES_MAX;
    return threads < most ? threads : (uint32_t)most;
}

static lede_status begin_analysis(lede_article_writer *w)
{
    lede_lanes_settings settings = {
        .engine = w->engine,
        .writer = w->writer,
        .schema = w->committed,
        .limits = w->limits,
        .allocator = w->allocator,
        .count = w->lane_count,
        .queue_bytes = w->memory_bytes / QUEUE_SHARE,
    };
    lede_status status =
        lede_analysis_new(&w->analysis, w->committed, w->limits, w->allocator);

    if (status == LEDE_OK && w->lane_count > 1)
        status = lede_lanes_new(&w->lanes, &settings);
    return status;
}

lede_status lede_article_writer_open(lede_article_writer **out,
                                     const lede_view_source *source,
                                     const lede_writer_options *options,
                                     lede_error *err)
{
    lede_article_writer *w;
    lede_status status = check_options(options, err);

    if (status != LEDE_OK)
        return status;
    w = lede_alloc_zero(source->allocator, sizeof *w);
    if (!w)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->engine = source->engine;
    w->cache = source->forms;
    w->limits = source->limits;
    w->allocator = source->allocator;
    lede_notes_init(&w->notes, w->allocator);
    lede_buffer_init(&w->committed_notes, w->allocator);
    w->memory_bytes =
        options->memory_bytes ? options->memory_bytes : MEMORY_BYTES_DEFAULT;
    w->lane_count = count_lanes(w, options);
    status = lock_and_read(w, source->index, options, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(err, begin_analysis(w));
    if (status != LEDE_OK) {
        lede_article_writer_close(w);
        return status;
    }
    *out = w;
    return LEDE_OK;
}

void lede_article_writer_close(lede_article_writer *w)
{
    if (!w)
        return;
    lede_lanes_free(w->lanes);
    if (w->writer)
        w->engine->writer_close(w->writer);
    lede_analysis_free(w->analysis);
    lede_forms_free(w->new_forms);
    lede_schema_free(w->schema);
    lede_forms_free(w->forms);
    lede_schema_free(w->committed);
    lede_buffer_fini(&w->committed_notes);
    lede_notes_fini(&w->notes);
    lede_release(w->allocator, w, sizeof *w);
}

/* Every call passes its status through here. INVALID and LIMIT refuse the call
 * alone; anything else is kept, for all calls until rollback. */
static lede_status settle(lede_article_writer *w, lede_status status,
                          lede_error *err)
{
    if (status == LEDE_OK || status == LEDE_ERR_INVALID ||
        status == LEDE_ERR_LIMIT)
        return status;
    if (w->failure == LEDE_OK) {
        w->failure = status;
        w->cause = *err;
    }
    if (status == LEDE_ERR_UNKNOWN_COMMIT)
        w->poisoned = true;
    return status;
}

static lede_status repeat_failure(const lede_article_writer *w, lede_error *err)
{
    if (w->failure != LEDE_OK && err)
        *err = w->cause;
    return w->failure;
}

/* Begins a call, whose errors go to `own` where the caller wants none; false
 * where one failed before, which is told again. */
static bool begin(const lede_article_writer *w, lede_error **err,
                  lede_error *own)
{
    if (repeat_failure(w, *err) != LEDE_OK)
        return false;
    *err = *err ? *err : own;
    lede_error_clear(*err);
    return true;
}

static lede_status name_limit(const lede_article_writer *w, lede_status status,
                              lede_error *err)
{
    if (status != LEDE_ERR_LIMIT ||
        w->analysis->source.status != LEDE_ERR_LIMIT)
        return lede_fail_plain(err, status);
    return lede_analysis_limit(w->limits, err);
}

static void count_put(lede_article_writer *w, uint64_t dates_dropped)
{
    const lede_analysis_counts *of = &w->analysis->counts;

    w->counts.put++;
    w->counts.dates_dropped += dates_dropped;
    if (w->lanes) /* they count the rest */
        return;
    w->counts.text_bytes += of->text_bytes;
    w->counts.tokens += of->tokens;
    w->counts.skipped_tokens += of->skipped_tokens;
    w->counts.invalid_bytes += of->invalid_bytes;
}

/* Applies what the analysis was started with. */
static lede_status apply(lede_article_writer *w, lede_bytes key,
                         lede_error *err)
{
    lede_engine_change change = {
        .key = key,
        .sequence = w->sequence + 1,
        .document = w->analysis->document,
        .schema = w->schema ? w->schema : w->committed,
        .tokens = &w->analysis->source,
        .text_bytes = w->analysis->counts.text_bytes,
    };
    lede_status status = w->engine->apply(w->writer, 0, &change, err);

    return status == LEDE_OK ? LEDE_OK : name_limit(w, status, err);
}

static lede_status put(lede_article_writer *w, lede_bytes key,
                       const lede_document *doc, lede_error *err)
{
    lede_status status = lede_analysis_start(w->analysis, doc, err);
    uint64_t dates_dropped = w->analysis->counts.dates_dropped;

    if (status == LEDE_OK)
        status = w->lanes ? lede_lanes_put(w->lanes, key, w->sequence + 1,
                                           w->analysis, err)
                          : apply(w, key, err);
    if (status != LEDE_OK)
        return status;
    w->sequence++;
    count_put(w, dates_dropped);
    return LEDE_OK;
}

lede_status lede_article_writer_put(lede_article_writer *w, lede_bytes key,
                                    const lede_document *doc, lede_error *err)
{
    lede_error own;

    if (!begin(w, &err, &own))
        return w->failure;
    return settle(w, put(w, key, doc, err), err);
}

lede_status lede_article_writer_delete(lede_article_writer *w, lede_bytes key,
                                       lede_error *err)
{
    lede_engine_change change = { .key = key, .sequence = w->sequence + 1 };
    lede_error own;
    lede_status status;

    if (!begin(w, &err, &own))
        return w->failure;
    status = w->lanes
                 ? lede_lanes_put(w->lanes, key, change.sequence, NULL, err)
                 : w->engine->apply(w->writer, 0, &change, err);
    if (status != LEDE_OK)
        return settle(w, lede_fail_plain(err, status), err);
    w->sequence++;
    w->counts.deleted++;
    return LEDE_OK;
}

/* What was put is applied, or dropped: no lane is busy. */
static lede_status drain(lede_article_writer *w, lede_error *err)
{
    return w->lanes ? lede_lanes_drain(w->lanes, err) : LEDE_OK;
}

static void use_schema(lede_article_writer *w, const lede_schema *schema)
{
    lede_analysis_set_schema(w->analysis, schema);
    if (w->lanes)
        lede_lanes_set_schema(w->lanes, schema);
}

static lede_status set_schema(lede_article_writer *w, const lede_schema *schema,
                              lede_error *err)
{
    const lede_schema *now = w->schema ? w->schema : w->committed;
    lede_status status = lede_schema_status(schema);
    lede_schema *copy = NULL;
    lede_forms *forms = NULL;

    if (status != LEDE_OK)
        return lede_fail(err, status, NULL, "the schema holds a failed call");
    if (lede_schema_equal(schema, now))
        return LEDE_OK;
    status = lede_schema_extends(schema, now, err);
    if (status == LEDE_OK)
        status = make_forms(&forms, schema, w->cache, err);
    if (status == LEDE_OK)
        status = drain(w, err);
    if (status == LEDE_OK)
        status = lede_schema_copy(&copy, schema, w->allocator);
    if (status != LEDE_OK) {
        lede_forms_free(forms);
        return lede_fail_plain(err, status);
    }
    use_schema(w, copy);
    lede_schema_free(w->schema);
    lede_forms_free(w->new_forms);
    w->schema = copy;
    w->new_forms = forms;
    return LEDE_OK;
}

lede_status lede_article_writer_set_schema(lede_article_writer *w,
                                           const lede_schema *schema,
                                           lede_error *err)
{
    lede_error own;

    if (!begin(w, &err, &own))
        return w->failure;
    return settle(w, set_schema(w, schema, err), err);
}

lede_status lede_article_writer_set_note(lede_article_writer *w,
                                         const char *name, lede_bytes text,
                                         lede_error *err)
{
    lede_error own;
    lede_status status;

    if (!begin(w, &err, &own))
        return w->failure;
    status = lede_notes_set(&w->notes, name, (const char *)text.at, text.len);
    if (status == LEDE_ERR_LIMIT)
        return lede_fail(err, status, name,
                         "all notes together have at most %d bytes",
                         LEDE_NOTES_BYTES_MAX);
    if (status != LEDE_OK)
        return settle(w, lede_fail_plain(err, status), err);
    w->notes_changed = true;
    return LEDE_OK;
}

/* What was pending is committed. */
static void adopt(lede_article_writer *w, lede_buffer *notes)
{
    if (w->schema) {
        lede_schema_free(w->committed);
        lede_forms_free(w->forms);
        w->committed = w->schema;
        w->forms = w->new_forms;
        w->schema = NULL;
        w->new_forms = NULL;
    }
    if (w->notes_changed) {
        lede_buffer old = w->committed_notes;

        w->committed_notes = *notes;
        *notes = old;
        w->notes_changed = false;
    }
}

static lede_status commit(lede_article_writer *w, uint64_t *generation,
                          lede_error *err)
{
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT };
    lede_status status = LEDE_OK;
    lede_buffer notes;
    lede_bytes bytes;

    lede_buffer_init(&notes, w->allocator);
    if (w->schema) {
        finish.schema = w->schema;
        finish.forms = w->new_forms;
    }
    if (w->notes_changed) {
        lede_notes_write(&notes, &w->notes);
        bytes = lede_buffer_bytes(&notes);
        finish.notes = &bytes;
        status = notes.status;
    }
    if (status == LEDE_OK)
        status = drain(w, err);
    if (status == LEDE_OK)
        status = w->engine->finish(w->writer, &finish, generation, err);
    if (status == LEDE_OK)
        adopt(w, &notes);
    lede_buffer_fini(&notes);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

/* A commit that fails has not committed: even what is usually the fault of one
 * call sticks here. */
static lede_status settle_finish(lede_article_writer *w, lede_status status,
                                 lede_error *err)
{
    if (status != LEDE_OK && w->failure == LEDE_OK) {
        w->failure = status;
        w->cause = *err;
    }
    return settle(w, status, err);
}

lede_status lede_article_writer_commit(lede_article_writer *w,
                                       uint64_t *generation, lede_error *err)
{
    lede_error own;

    if (!begin(w, &err, &own))
        return w->failure;
    return settle_finish(w, commit(w, generation, err), err);
}

lede_status lede_article_writer_optimize(lede_article_writer *w,
                                         const lede_task *task, lede_error *err)
{
    lede_engine_finish finish = { .kind = LEDE_FINISH_OPTIMIZE, .task = task };
    lede_error own;
    lede_status status;

    if (!begin(w, &err, &own))
        return w->failure;
    status = commit(w, NULL, err);
    if (status == LEDE_OK) {
        status = w->engine->finish(w->writer, &finish, NULL, err);
        if (status != LEDE_OK)
            (void)lede_fail_plain(err, status);
    }
    return settle_finish(w, status, err);
}

static lede_status restore_notes(lede_article_writer *w)
{
    lede_status status = LEDE_OK;

    if (w->notes_changed)
        status =
            lede_notes_read(&w->notes, lede_buffer_bytes(&w->committed_notes));
    if (status == LEDE_OK)
        w->notes_changed = false;
    return status;
}

lede_status lede_article_writer_rollback(lede_article_writer *w,
                                         lede_error *err)
{
    static const lede_engine_finish finish = { .kind = LEDE_FINISH_ROLLBACK };
    lede_error own;
    lede_status status;

    if (w->poisoned)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
    if (w->lanes)
        lede_lanes_discard(w->lanes);
    status = w->engine->finish(w->writer, &finish, NULL, err);
    if (status == LEDE_OK)
        status = restore_notes(w);
    if (status != LEDE_OK)
        return settle_finish(w, lede_fail_plain(err, status), err);
    use_schema(w, w->committed);
    lede_schema_free(w->schema);
    lede_forms_free(w->new_forms);
    w->schema = NULL;
    w->new_forms = NULL;
    w->failure = LEDE_OK;
    return LEDE_OK;
}

/* A lane that works cannot be asked how much memory it has. */
static void count_applied(lede_article_writer *w)
{
    lede_analysis_counts applied;

    (void)drain(w, NULL);
    applied = lede_lanes_counts(w->lanes);
    w->counts.text_bytes = applied.text_bytes;
    w->counts.tokens = applied.tokens;
    w->counts.skipped_tokens = applied.skipped_tokens;
    w->counts.invalid_bytes = applied.invalid_bytes;
}

const lede_writer_counts *lede_article_writer_count(lede_article_writer *w)
{
    if (w->lanes)
        count_applied(w);
    w->counts.memory_bytes = w->engine->writer_memory(w->writer);
    w->counts.merge_failures =
        w->engine->merge_failures ? w->engine->merge_failures(w->writer) : 0;
    return &w->counts;
}

const lede_shard *lede_article_writer_shard(lede_article_writer *w, size_t at)
{
    uint32_t count = 0;
    const lede_shard *shards = w->engine->writer_shards(w->writer, &count);

    return at < count ? &shards[at] : NULL;
}
