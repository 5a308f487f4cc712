#include "native/index/lane.h"

#include "base/alloc.h"
#include "base/error.h"

/* A flush of less is over before a thread has begun. */
#define THREAD_BYTES ((uint64_t)2 << 20)

lede_status lede_lane_init(lede_lane *lane, lede_draft *draft, uint64_t share,
                           bool only)
{
    const lede_allocator *allocator = draft->place->allocator;
    lede_status status;

    *lane = (lede_lane){
        .draft = draft, .share = share, .only = only, .schema = draft->schema
    };
    lede_batch_init(&lane->deletes, allocator);
    lane->keys = lede_arena_new(allocator);
    if (!lane->keys)
        return LEDE_ERR_NOMEM;
    status = lede_inverter_new(&lane->inverter, lane->schema, allocator);
    if (status != LEDE_OK)
        lane->inverter = NULL;
    else
        lede_inverter_hold(lane->inverter, draft->hold_bytes);
    return status;
}

void lede_lane_fini(lede_lane *lane)
{
    if (lane->inverter)
        lede_inverter_free(lane->inverter);
    lane->inverter = NULL;
    lede_batch_fini(&lane->deletes);
    lede_arena_free(lane->keys);
    lane->keys = NULL;
}

uint64_t lede_lane_memory(const lede_lane *lane)
{
    return lede_inverter_memory(lane->inverter) + lede_arena_bytes(lane->keys) +
           lede_batch_bytes(&lane->deletes);
}

/* ---- Flushing ----------------------------------------------------------- */

static void clear(lede_lane *lane)
{
    lede_inverter_clear(lane->inverter);
    lede_batch_clear(&lane->deletes);
    lede_arena_clear(lane->keys);
    lane->last_put = 0;
}

static lede_status write_part(lede_lane *lane, lede_part **made,
                              lede_error *err)
{
    lede_draft *draft = lane->draft;
    char name[LEDE_DIR_NAME_MAX + 1] = "";
    lede_segment_target target = { draft->place->dir, name, lane->schema,
                                   draft->forms };
    lede_segment_made wrote;
    lede_status status;

    (void)pthread_mutex_lock(&draft->mutex);
    status = lede_draft_name(draft, name, "segment");
    (void)pthread_mutex_unlock(&draft->mutex);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = lede_inverter_flush(lane->inverter, &target,
                                 lede_draft_is_synced(draft), &wrote, err);
    return status == LEDE_OK ? lede_part_open(made, &target, &wrote,
                                              draft->place->allocator, err)
                             : status;
}

/* The articles of the inverter, beside the deletes. */
static lede_status batch_up(lede_lane *lane)
{
    uint32_t count = lede_inverter_documents(lane->inverter);
    lede_status status =
        lede_batch_reserve(&lane->deletes, lane->deletes.count + count);

    for (uint32_t doc = 0; status == LEDE_OK && doc < count; doc++) {
        lede_bytes key;
        uint64_t sequence;

        lede_inverter_document(lane->inverter, doc, &key, &sequence);
        status = lede_batch_add(&lane->deletes, key, sequence, doc);
    }
    return status;
}

/* Under the mutex. Takes ownership of `made`, which may be NULL. */
static lede_status take_in(lede_lane *lane, lede_part *made, lede_error *err)
{
    lede_draft *draft = lane->draft;
    lede_status status = lede_draft_failure(draft, err);

    if (status == LEDE_OK)
        status = lede_fail_plain(err, batch_up(lane));
    if (status == LEDE_OK)
        status = lede_batch_resolve(&lane->deletes, draft->parts.at,
                                    draft->parts.count, made,
                                    lane->only ? NULL : &draft->deletes, err);
    if (status == LEDE_OK && made)
        status = lede_fail_plain(err, lede_parts_add(&draft->parts, made));
    if (status != LEDE_OK)
        lede_part_free(made);
    return status;
}

lede_status lede_lane_flush(lede_lane *lane, lede_error *err)
{
    lede_draft *draft = lane->draft;
    lede_part *made = NULL;
    lede_error fault;
    lede_status status = LEDE_OK;

    lede_error_clear(&fault);
    if (lede_inverter_documents(lane->inverter) > 0)
        status = write_part(lane, &made, &fault);
    else if (lane->deletes.count == 0)
        return LEDE_OK;
    (void)pthread_mutex_lock(&draft->mutex);
    if (status == LEDE_OK)
        status = take_in(lane, made, &fault);
    if (status != LEDE_OK)
        (void)lede_draft_fail(draft, status, &fault);
    (void)pthread_mutex_unlock(&draft->mutex);
    if (status != LEDE_OK && err)
        *err = fault;
    clear(lane);
    return status;
}

/* One of several that are flushed at once. */
typedef struct flushing {
    lede_lane *lane;
    pthread_t thread;
    bool threaded;
    lede_status status;
    lede_error err;
} flushing;

static void *flush_one(void *ctx)
{
    flushing *f = ctx;

    f->status = lede_lane_flush(f->lane, &f->err);
    return NULL;
}

static lede_status flush_at_once(flushing *all, lede_lane *lanes,
                                 uint32_t count, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < count; i++) {
        flushing *f = &all[i];

        f->lane = &lanes[i];
        lede_error_clear(&f->err);
        f->threaded = i > 0 && lede_lane_memory(f->lane) >= THREAD_BYTES &&
                      pthread_create(&f->thread, NULL, flush_one, f) == 0;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!all[i].threaded)
            (void)flush_one(&all[i]);
    for (uint32_t i = 0; i < count; i++) {
        if (all[i].threaded)
            (void)pthread_join(all[i].thread, NULL);
        if (status == LEDE_OK && all[i].status != LEDE_OK) {
            status = all[i].status;
            if (err)
                *err = all[i].err;
        }
    }
    return status;
}

lede_status lede_lane_flush_all(lede_lane *lanes, uint32_t count,
                                lede_error *err)
{
    const lede_allocator *allocator = lanes->draft->place->allocator;
    flushing *all;
    lede_status status;

    if (count == 1)
        return lede_lane_flush(lanes, err);
    all = lede_alloc_array(allocator, count, sizeof *all);
    if (!all)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = flush_at_once(all, lanes, count, err);
    lede_release(allocator, all, count * sizeof *all);
    return status;
}

/* ---- Changes ------------------------------------------------------------ */

lede_status lede_lane_use_schema(lede_lane *lane, const lede_schema *schema,
                                 lede_error *err)
{
    const lede_schema *kept = NULL;
    lede_status status;

    if (!schema || lede_schema_equal(schema, lane->schema))
        return LEDE_OK;
    /* A segment has one schema: the newer one begins another. */
    status = lede_lane_flush(lane, err);
    if (status != LEDE_OK)
        return status;
    (void)pthread_mutex_lock(&lane->draft->mutex);
    status = lede_draft_keep_schema(lane->draft, schema, &kept);
    (void)pthread_mutex_unlock(&lane->draft->mutex);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    lane->schema = kept;
    lede_inverter_set_schema(lane->inverter, kept);
    return LEDE_OK;
}

static lede_status delete_key(lede_lane *lane, const lede_engine_change *change)
{
    const char *copy =
        lede_arena_text(lane->keys, change->key.at, change->key.len);

    return copy ? lede_batch_add(&lane->deletes,
                                 lede_bytes_of(copy, change->key.len),
                                 change->sequence, LEDE_NO_DOC)
                : LEDE_ERR_NOMEM;
}

/* A merge may commit at any time. */
static uint64_t next_generation(lede_lane *lane)
{
    uint64_t generation;

    (void)pthread_mutex_lock(&lane->draft->mutex);
    generation = lede_draft_generation(lane->draft);
    (void)pthread_mutex_unlock(&lane->draft->mutex);
    return generation;
}

static lede_status put(lede_lane *lane, const lede_engine_change *change,
                       lede_error *err)
{
    lede_status status = lede_lane_use_schema(lane, change->schema, err);

    /* Sequences rise within a segment. */
    if (status == LEDE_OK && change->sequence <= lane->last_put)
        status = lede_lane_flush(lane, err);
    if (status == LEDE_OK && lede_inverter_documents(lane->inverter) == 0)
        lede_inverter_spill(lane->inverter, lane->draft->place->dir,
                            next_generation(lane));
    if (status == LEDE_OK)
        status = lede_inverter_put(lane->inverter, change, err);
    if (status == LEDE_OK)
        lane->last_put = change->sequence;
    return status;
}

lede_status lede_lane_apply(lede_lane *lane, const lede_engine_change *change,
                            lede_error *err)
{
    lede_status status = lede_draft_ask(lane->draft, err);

    if (status == LEDE_OK && lede_lane_memory(lane) >= lane->share &&
        (lane->last_put || lane->deletes.count))
        status = lede_lane_flush(lane, err);
    if (status != LEDE_OK)
        return status;
    if (change->document)
        status = put(lane, change, err);
    else
        status = lede_fail_plain(err, delete_key(lane, change));
    if (status != LEDE_OK)
        return status;
    lane->touched = true;
    if (change->sequence > lane->newest)
        lane->newest = change->sequence;
    return LEDE_OK;
}

void lede_lane_rest(lede_lane *lane)
{
    lane->newest = 0;
    lane->touched = false;
}

void lede_lane_roll_back(lede_lane *lane)
{
    clear(lane);
    lede_lane_rest(lane);
    if (lane->draft->schema)
        lane->schema = lane->draft->schema;
    lede_inverter_set_schema(lane->inverter, lane->schema);
}
