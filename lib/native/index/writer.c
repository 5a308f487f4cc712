#include "native/index/writer.h"

#include <inttypes.h>
#include <time.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "native/index/commit.h"
#include "native/index/lane.h"
#include "native/index/merges.h"

#define MIB 1048576U

/* Between two tries for the lock. */
#define WAIT_STEP_MS 10U

/* Whoever writes a segment holds records to learn from, at most a 32nd of all
 * memory; and takes a few times as much to learn, and some for buffers. */
#define HOLD_SHARE   32U
#define HOLD_MOST    ((uint64_t)4 << 20)
#define HOLD_TIMES   3U
#define HOLD_ALONE   6U /* of what is left beside an optimize's buffers */
#define BUFFER_BYTES ((uint64_t)1 << 19)

/* A merge takes as much; more for what it learns words in, and for each of its
 * parts; and for a document what the longest list does, and a bit or two. */
#define MERGE_BUFFER_BYTES   ((uint64_t)4 << 20)
#define MERGE_DOCUMENT_BYTES 2U

/* With less, merges have no thread: they would leave too little to lanes. */
#define THREAD_LEAST ((uint64_t)24 << 20)

struct lede_native_writer {
    lede_native_place place;
    lede_draft draft;
    lede_merges merges;
    lede_lane *lanes;
    uint32_t lane_count; /* open */
    uint32_t lanes_most;
    lede_shard shard;
    uint64_t merge_buffers;  /* bytes of a merge, beside those by document */
    uint64_t optimized_most; /* documents that one merge of all may have */
};

/* ---- Opening and closing ------------------------------------------------ */

static lede_status take_lock(lede_dir *dir, uint32_t wait_ms, lede_error *err)
{
    const struct timespec step = { 0, (long)WAIT_STEP_MS * 1000000 };
    uint32_t waited = 0;

    for (;;) {
        lede_status status = lede_dir_lock(dir, LEDE_LOCK_NAME, err);

        if (status != LEDE_ERR_BUSY || waited >= wait_ms)
            return status;
        (void)nanosleep(&step, NULL);
        waited += WAIT_STEP_MS;
        lede_error_clear(err);
    }
}

/* How many documents one merge may have, whose buffers take so much. */
static uint64_t documents_within(uint64_t bytes, uint64_t buffers)
{
    uint64_t left = bytes > buffers ? bytes - buffers : 0;

    return (left > buffers / 4 ? left : buffers / 4) / MERGE_DOCUMENT_BYTES;
}

/* Of an optimize, beside which nothing is in memory. */
static uint64_t hold_alone(uint64_t bytes, uint64_t hold)
{
    uint64_t most = bytes > MERGE_BUFFER_BYTES
                        ? (bytes - MERGE_BUFFER_BYTES) / HOLD_ALONE
                        : 0;

    most = most < HOLD_MOST ? most : HOLD_MOST;
    return most > hold ? most : hold;
}

/* What a merge may use is a fourth where it has a thread; without one, all of
 * it, for the lanes are empty then. The rest is the lanes', less what writing a
 * segment takes. */
static uint64_t share_memory(lede_native_writer *w, uint64_t bytes,
                             bool threaded)
{
    uint64_t hold =
        bytes / HOLD_SHARE < HOLD_MOST ? bytes / HOLD_SHARE : HOLD_MOST;
    uint64_t written = HOLD_TIMES * hold + BUFFER_BYTES;
    uint64_t merge = HOLD_TIMES * hold + MERGE_BUFFER_BYTES;
    uint64_t merging = bytes, rest = bytes;

    if (threaded) {
        merging = bytes / 4 > merge + merge / 4 ? bytes / 4 : merge + merge / 4;
        rest = bytes - merging;
    }
    w->draft.hold_bytes = hold;
    w->draft.alone_bytes = hold_alone(bytes, hold);
    w->merge_buffers = merge;
    w->optimized_most = documents_within(bytes, merge);
    if (documents_within(merging, merge) < w->draft.rules.documents_most)
        w->draft.rules.documents_most = documents_within(merging, merge);
    written *= w->lanes_most;
    return rest > written ? (rest - written) / w->lanes_most : 0;
}

static lede_status open_lanes(lede_native_writer *w, uint64_t share)
{
    lede_status status = LEDE_OK;

    w->lanes =
        lede_alloc_zero(w->place.allocator, w->lanes_most * sizeof *w->lanes);
    if (!w->lanes)
        return LEDE_ERR_NOMEM;
    while (status == LEDE_OK && w->lane_count < w->lanes_most)
        status = lede_lane_init(&w->lanes[w->lane_count++], &w->draft, share,
                                w->lanes_most == 1);
    return status;
}

/* Without its merges. */
static void release(lede_native_writer *w)
{
    const lede_allocator *allocator = w->place.allocator;

    for (uint32_t i = 0; i < w->lane_count; i++)
        lede_lane_fini(&w->lanes[i]);
    lede_release(allocator, w->lanes, w->lanes_most * sizeof *w->lanes);
    lede_draft_fini(&w->draft);
    lede_release(allocator, w, sizeof *w);
}

/* With the lock. */
static lede_status open_commit(lede_native_writer *w,
                               const lede_engine_writer_settings *settings,
                               lede_error *err)
{
    bool threaded =
        settings->threads > 1 && settings->memory_bytes >= THREAD_LEAST;
    lede_status status = lede_draft_open(&w->draft, err);

    if (status == LEDE_OK)
        status = lede_commit_clean(&w->draft, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(
            err,
            open_lanes(w, share_memory(w, settings->memory_bytes, threaded)));
    if (status == LEDE_OK)
        status = lede_fail_plain(
            err, lede_merges_open(&w->merges, &w->draft, threaded));
    return status;
}

lede_status lede_native_writer_open(lede_native_writer **out,
                                    const lede_native_place *place,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err)
{
    lede_native_writer *w = lede_alloc_zero(place->allocator, sizeof *w);
    lede_status status;

    if (!w)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->place = *place;
    w->lanes_most = settings->lanes;
    status = lede_draft_init(&w->draft, &w->place, settings->durability,
                             settings->forms);
    if (status != LEDE_OK) {
        lede_release(place->allocator, w, sizeof *w);
        return lede_fail_plain(err, status);
    }
    status = take_lock(place->dir, settings->wait_ms, err);
    if (status == LEDE_OK) {
        status = open_commit(w, settings, err);
        if (status != LEDE_OK)
            lede_dir_unlock(place->dir);
    }
    if (status != LEDE_OK) {
        release(w);
        return status;
    }
    *out = w;
    return LEDE_OK;
}

void lede_native_writer_close(lede_native_writer *writer)
{
    lede_dir *dir;

    if (!writer)
        return;
    dir = writer->place.dir;
    (void)pthread_mutex_lock(&writer->draft.mutex);
    lede_draft_abandon(&writer->draft);
    (void)pthread_mutex_unlock(&writer->draft.mutex);
    lede_merges_close(&writer->merges, true);
    release(writer);
    lede_dir_unlock(dir);
}

/* ---- Changing ----------------------------------------------------------- */

lede_status lede_native_writer_apply(lede_native_writer *writer, uint32_t lane,
                                     const lede_engine_change *change,
                                     lede_error *err)
{
    return lede_lane_apply(&writer->lanes[lane], change, err);
}

/* ---- Finishing ---------------------------------------------------------- */

static bool differs(const lede_manifest *now, const lede_engine_finish *finish)
{
    return (finish->schema &&
            !lede_schema_equal(finish->schema, now->schema)) ||
           (finish->notes &&
            !lede_bytes_equal(*finish->notes,
                              lede_bytes_of(now->notes, now->notes_len))) ||
           (finish->forms &&
            lede_forms_version(finish->forms) != now->forms_version);
}

/* Whether there is anything to commit. */
static bool has_news(lede_native_writer *w, const lede_engine_finish *finish)
{
    bool news;

    (void)pthread_mutex_lock(&w->draft.mutex);
    news = differs(w->draft.now, finish);
    (void)pthread_mutex_unlock(&w->draft.mutex);
    for (uint32_t i = 0; i < w->lane_count; i++)
        news = news || w->lanes[i].touched;
    return news;
}

/* Brings what the lanes have into the draft. */
static lede_status flush_lanes(lede_native_writer *w, const lede_schema *schema,
                               lede_error *err)
{
    lede_status status = lede_lane_flush_all(w->lanes, w->lane_count, err);

    for (uint32_t i = 0; i < w->lane_count && status == LEDE_OK; i++)
        status = lede_lane_use_schema(&w->lanes[i], schema, err);
    return status;
}

static lede_status publish(lede_native_writer *w,
                           const lede_engine_finish *finish, lede_error *err)
{
    lede_commit_terms terms = { .schema = finish->schema,
                                .notes = finish->notes };
    lede_status status;

    for (uint32_t i = 0; i < w->lane_count; i++)
        if (w->lanes[i].newest > terms.last_sequence)
            terms.last_sequence = w->lanes[i].newest;
    status = lede_commit(&w->draft, &terms, err);
    for (uint32_t i = 0; i < w->lane_count && status == LEDE_OK; i++)
        lede_lane_rest(&w->lanes[i]);
    return status;
}

/* Under the mutex, with everything in the draft. */
static lede_status commit(lede_native_writer *w,
                          const lede_engine_finish *finish, lede_error *err)
{
    const lede_forms *before = w->draft.forms;
    lede_status status;

    if (finish->forms)
        w->draft.forms = finish->forms;
    lede_parts_drop_dead(&w->draft.parts);
    status = lede_merges_renew(&w->merges, finish->task, err);
    if (status == LEDE_OK && finish->kind != LEDE_FINISH_OPTIMIZE)
        lede_merges_due(&w->merges);
    if (status == LEDE_OK)
        status = publish(w, finish, err);
    /* The new ones are borrowed only by a commit that is one. */
    if (status != LEDE_OK)
        w->draft.forms = before;
    return status;
}

/* Whether one merge of all is within the memory it may take. */
static lede_status check_memory(const lede_native_writer *w, lede_error *err)
{
    const lede_parts *parts = &w->draft.parts;
    uint64_t documents = 0;

    for (uint32_t i = 0; i < parts->count; i++)
        documents += parts->at[i]->entry.live;
    if (documents <= w->optimized_most)
        return LEDE_OK;
    return lede_fail(
        err, LEDE_ERR_LIMIT, "memory_bytes",
        "%" PRIu64 " articles become one segment in %" PRIu64 " MiB at least",
        documents,
        (w->merge_buffers + documents * MERGE_DOCUMENT_BYTES) / MIB + 1);
}

/* All parts become one, and that a commit. */
static lede_status optimize(lede_native_writer *w, const lede_task *task,
                            lede_error *err)
{
    static const lede_engine_finish as_before = { .kind = LEDE_FINISH_COMMIT };
    uint64_t bytes = lede_parts_text_bytes(&w->draft.parts);
    bool worked = false;
    lede_status status = check_memory(w, err);

    if (status == LEDE_OK)
        status = lede_merges_all(&w->merges, &worked, task, err);
    if (!worked)
        return status;
    status = publish(w, &as_before, err);
    if (status == LEDE_OK && task && task->progress)
        task->progress(task->ctx, bytes, bytes);
    return status;
}

/* Whether merges on their thread would be in the way: of new forms, which the
 * old ones do not outlive, and of one merge of all. */
static bool is_exclusive(const lede_native_writer *w,
                         const lede_engine_finish *finish)
{
    return finish->kind == LEDE_FINISH_OPTIMIZE ||
           (finish->forms && finish->forms != w->draft.forms);
}

/* Under the mutex. */
static lede_status finish_draft(lede_native_writer *w,
                                const lede_engine_finish *finish, bool news,
                                lede_error *err)
{
    lede_draft *draft = &w->draft;
    bool exclusive = is_exclusive(w, finish);
    lede_status status;

    if (exclusive)
        lede_merges_pause(&w->merges);
    status = lede_draft_failure(draft, err);
    if (status == LEDE_OK && news)
        status = commit(w, finish, err);
    else if (status == LEDE_OK && finish->forms)
        draft->forms = finish->forms;
    if (status == LEDE_OK && draft->failed == LEDE_OK &&
        finish->kind == LEDE_FINISH_OPTIMIZE)
        status = optimize(w, finish->task, err);
    if (status != LEDE_OK)
        (void)lede_draft_fail(draft, status, err);
    if (exclusive)
        lede_merges_resume(&w->merges);
    return status;
}

static lede_status finish_lanes(lede_native_writer *w,
                                const lede_engine_finish *finish,
                                lede_error *err)
{
    lede_status status = lede_draft_ask(&w->draft, err);
    bool news = has_news(w, finish);

    if (status == LEDE_OK && news)
        status = flush_lanes(w, finish->schema, err);
    (void)pthread_mutex_lock(&w->draft.mutex);
    if (status == LEDE_OK)
        status = finish_draft(w, finish, news, err);
    else
        (void)lede_draft_fail(&w->draft, status, err);
    lede_merges_wake(&w->merges);
    (void)pthread_mutex_unlock(&w->draft.mutex);
    return status;
}

static lede_status roll_back(lede_native_writer *w, lede_error *err)
{
    lede_status status;

    (void)pthread_mutex_lock(&w->draft.mutex);
    status = lede_draft_roll_back(&w->draft, err);
    for (uint32_t i = 0; i < w->lane_count && !w->draft.poisoned; i++)
        lede_lane_roll_back(&w->lanes[i]);
    (void)pthread_mutex_unlock(&w->draft.mutex);
    return status;
}

static uint64_t generation_of(lede_native_writer *w)
{
    uint64_t generation;

    (void)pthread_mutex_lock(&w->draft.mutex);
    generation = w->draft.now->generation;
    (void)pthread_mutex_unlock(&w->draft.mutex);
    return generation;
}

lede_status lede_native_writer_finish(lede_native_writer *writer,
                                      const lede_engine_finish *finish,
                                      uint64_t *generation, lede_error *err)
{
    lede_error fault;
    lede_status status;

    lede_error_clear(&fault);
    status = finish->kind == LEDE_FINISH_ROLLBACK
                 ? roll_back(writer, &fault)
                 : finish_lanes(writer, finish, &fault);
    if (status != LEDE_OK) {
        if (err)
            *err = fault;
        return lede_fail_plain(err, status);
    }
    if (generation)
        *generation = generation_of(writer);
    return LEDE_OK;
}

/* ---- Telling ------------------------------------------------------------ */

const lede_shard *lede_native_writer_shards(lede_native_writer *writer,
                                            uint32_t *count)
{
    lede_draft *draft = &writer->draft;

    (void)pthread_mutex_lock(&draft->mutex);
    writer->shard = (lede_shard){ writer->place.address, draft->now->generation,
                                  draft->failed, draft->why.message };
    (void)pthread_mutex_unlock(&draft->mutex);
    *count = 1;
    return &writer->shard;
}

uint64_t lede_native_writer_memory(lede_native_writer *writer)
{
    uint64_t sum = lede_merges_memory(&writer->merges);

    for (uint32_t i = 0; i < writer->lane_count; i++)
        sum += lede_lane_memory(&writer->lanes[i]);
    return sum;
}

uint64_t lede_native_writer_merge_failures(lede_native_writer *writer)
{
    uint64_t failures;

    (void)pthread_mutex_lock(&writer->draft.mutex);
    failures = writer->merges.failures;
    (void)pthread_mutex_unlock(&writer->draft.mutex);
    return failures;
}
