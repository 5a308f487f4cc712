/*
 * article/writer.c - what is pending is kept twice: `now` is what the next
 * commit will make true, `committed` what a rollback returns to.
 *
 * Analysis runs on the calling thread, into lane 0. More lanes need a queue of
 * copied documents in front of `analyse`; nothing else here knows of lanes.
 */
#include "article/writer.h"

#include <inttypes.h>

#include "article/analysis.h"
#include "article/notes.h"
#include "base/alloc.h"
#include "base/cpu.h"
#include "base/error.h"
#include "document/schema.h"

/* Another writer may change the schema between our look at it and our lock. */
#define OPEN_TRIES_MAX 8

/* Of them, what the analyser takes for the words it remembers. */
#define ANALYSIS_BYTES 1310720U

#define MEMORY_BYTES_MIN     ((uint64_t)8 << 20)
#define MEMORY_BYTES_DEFAULT ((uint64_t)256 << 20)

struct lede_article_writer {
    const lede_engine *engine;
    lede_engine_writer *writer;
    lede_form_cache *cache;
    const lede_limits *limits;
    const lede_allocator *allocator;
    lede_analysis *analysis;

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
    lede_engine_writer_settings settings = {
        .lanes = 1,
        .threads = options->threads ? options->threads : lede_cpu_count(),
        .memory_bytes = (options->memory_bytes ? options->memory_bytes
                                               : MEMORY_BYTES_DEFAULT) -
                        ANALYSIS_BYTES,
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
    status = lock_and_read(w, source->index, options, err);
    if (status == LEDE_OK) {
        status = lede_analysis_new(&w->analysis, w->committed, w->limits,
                                   w->allocator);
        if (status != LEDE_OK)
            (void)lede_fail_plain(err, status);
    }
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

static lede_status name_limit(const lede_article_writer *w, lede_status status,
                              lede_error *err)
{
    if (status != LEDE_ERR_LIMIT ||
        w->analysis->source.status != LEDE_ERR_LIMIT)
        return lede_fail_plain(err, status);
    return lede_fail(err, status, "document_tokens",
                     "a document of more than %" PRIu32 " words",
                     w->limits->document_tokens);
}

static void count_put(lede_article_writer *w)
{
    const lede_analysis_counts *of = &w->analysis->counts;

    w->counts.put++;
    w->counts.text_bytes += of->text_bytes;
    w->counts.tokens += of->tokens;
    w->counts.skipped_tokens += of->skipped_tokens;
    w->counts.invalid_bytes += of->invalid_bytes;
    w->counts.dates_dropped += of->dates_dropped;
}

static lede_status put(lede_article_writer *w, lede_bytes key,
                       const lede_document *doc, lede_error *err)
{
    lede_engine_change change = { .key = key, .sequence = w->sequence + 1 };
    lede_status status = lede_analysis_start(w->analysis, doc, err);

    if (status != LEDE_OK)
        return status;
    change.document = w->analysis->document;
    change.schema = w->schema ? w->schema : w->committed;
    change.tokens = &w->analysis->source;
    change.text_bytes = w->analysis->counts.text_bytes;
    status = w->engine->apply(w->writer, 0, &change, err);
    if (status != LEDE_OK)
        return name_limit(w, status, err);
    w->sequence++;
    count_put(w);
    return LEDE_OK;
}

lede_status lede_article_writer_put(lede_article_writer *w, lede_bytes key,
                                    const lede_document *doc, lede_error *err)
{
    lede_error own;

    if (w->failure != LEDE_OK)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
    return settle(w, put(w, key, doc, err), err);
}

lede_status lede_article_writer_delete(lede_article_writer *w, lede_bytes key,
                                       lede_error *err)
{
    lede_engine_change change = { .key = key, .sequence = w->sequence + 1 };
    lede_error own;
    lede_status status;

    if (w->failure != LEDE_OK)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
    status = w->engine->apply(w->writer, 0, &change, err);
    if (status != LEDE_OK)
        return settle(w, lede_fail_plain(err, status), err);
    w->sequence++;
    w->counts.deleted++;
    return LEDE_OK;
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
        status = lede_schema_copy(&copy, schema, w->allocator);
    if (status != LEDE_OK) {
        lede_forms_free(forms);
        return lede_fail_plain(err, status);
    }
    lede_analysis_set_schema(w->analysis, copy);
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

    if (w->failure != LEDE_OK)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
    return settle(w, set_schema(w, schema, err), err);
}

lede_status lede_article_writer_set_note(lede_article_writer *w,
                                         const char *name, lede_bytes text,
                                         lede_error *err)
{
    lede_error own;
    lede_status status;

    if (w->failure != LEDE_OK)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
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

    if (w->failure != LEDE_OK)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
    return settle_finish(w, commit(w, generation, err), err);
}

lede_status lede_article_writer_optimize(lede_article_writer *w,
                                         const lede_task *task, lede_error *err)
{
    lede_engine_finish finish = { .kind = LEDE_FINISH_OPTIMIZE, .task = task };
    lede_error own;
    lede_status status;

    if (w->failure != LEDE_OK)
        return repeat_failure(w, err);
    err = err ? err : &own;
    lede_error_clear(err);
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
    status = w->engine->finish(w->writer, &finish, NULL, err);
    if (status == LEDE_OK)
        status = restore_notes(w);
    if (status != LEDE_OK)
        return settle_finish(w, lede_fail_plain(err, status), err);
    lede_analysis_set_schema(w->analysis, w->committed);
    lede_schema_free(w->schema);
    lede_forms_free(w->new_forms);
    w->schema = NULL;
    w->new_forms = NULL;
    w->failure = LEDE_OK;
    return LEDE_OK;
}

const lede_writer_counts *lede_article_writer_count(lede_article_writer *w)
{
    w->counts.memory_bytes = w->engine->writer_memory(w->writer);
    w->counts.merge_failures = w->engine->merge_failures
                                   ? w->engine->merge_failures(w->writer)
                                   : 0;
    return &w->counts;
}

const lede_shard *lede_article_writer_shard(lede_article_writer *w, size_t at)
{
    uint32_t count = 0;
    const lede_shard *shards = w->engine->writer_shards(w->writer, &count);

    return at < count ? &shards[at] : NULL;
}
