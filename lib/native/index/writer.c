#include "native/index/writer.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "native/index/inverter.h"
#include "native/index/merge.h"
#include "native/index/merge_policy.h"
#include "native/index/obsolete.h"
#include "native/index/resolve.h"

/* Between two tries for the lock. */
#define WAIT_STEP_MS 10U

typedef struct lane {
    lede_inverter *inverter;
    const lede_schema *schema; /* of its articles; one of the writer's */
    lede_batch deletes;        /* since its last flush, */
    lede_arena *keys;          /* and their keys */
    uint64_t last_put;         /* sequence in the inverter; 0: none */
    uint64_t newest;           /* sequence of any change since the commit */
    bool touched;              /* there was one */
} lane;

struct lede_native_writer {
    lede_native_place place;
    lede_engine_writer_settings settings;
    const lede_forms *forms;
    lane *lanes;
    uint64_t share;             /* bytes of a lane */
    lede_manifest *now;         /* the last commit */
    lede_native_snapshot *base; /* of it; NULL if it could not be opened */
    pthread_mutex_t mutex;      /* of all below, while lanes are busy */
    lede_part **parts;          /* of the next commit */
    uint32_t count;
    size_t capacity;
    lede_schema **schemas; /* that segments and lanes refer to */
    size_t schema_count;
    size_t schema_capacity;
    lede_deletes deletes;
    lede_obsolete made; /* new files, of no commit yet */
    lede_obsolete obsolete;
    lede_status failed; /* until a rollback */
    bool poisoned;      /* for good */
    lede_error why;
    lede_shard shard;
};

static bool is_synced(const lede_native_writer *w)
{
    return w->settings.durability != LEDE_NOT_DURABLE;
}

static lede_segment_target target_of(const lede_native_writer *w,
                                     const char *name,
                                     const lede_schema *schema)
{
    return (lede_segment_target){ w->place.dir, name, schema, w->forms };
}

/* ---- Failures ----------------------------------------------------------- */

static void drop_parts(lede_native_writer *w)
{
    while (w->count > 0)
        lede_part_free(w->parts[--w->count]);
}

static void remove_made(lede_native_writer *w)
{
    lede_obsolete_settle(&w->made);
    lede_obsolete_unlink(&w->made, w->place.dir);
}

/* Remembers a failure until the rollback. What was made since the commit is
 * removed now, for the disk may be full; unless nobody knows what it is of. */
static lede_status give_up(lede_native_writer *w, lede_status status,
                           lede_error *err)
{
    if (w->failed != LEDE_OK)
        return status;
    w->failed = status;
    if (err)
        w->why = *err;
    w->shard.status = status;
    w->shard.message = w->why.message;
    drop_parts(w);
    if (status != LEDE_ERR_UNKNOWN_COMMIT)
        remove_made(w);
    return status;
}

static lede_status tell_failure(const lede_native_writer *w, lede_error *err)
{
    if (err)
        *err = w->why;
    return lede_fail_plain(err, w->failed);
}

/* ---- Parts -------------------------------------------------------------- */

/* Takes ownership of the part unless it fails. */
static lede_status add_part(lede_native_writer *w, lede_part *part)
{
    if (!lede_grow(w->place.allocator, &w->parts, &w->capacity, w->count + 1U,
                   sizeof(lede_part *)))
        return LEDE_ERR_NOMEM;
    w->parts[w->count++] = part;
    return LEDE_OK;
}

/* Begins again from the last commit. */
static lede_status load_parts(lede_native_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    drop_parts(w);
    if (!w->base)
        status = lede_native_snapshot_of(&w->base, w->place.shelf, w->now, err);
    for (uint32_t i = 0; status == LEDE_OK && i < w->base->count; i++) {
        const lede_snapshot_part *from = &w->base->parts[i];
        lede_part *part = NULL;

        status =
            lede_part_new(&part, &w->now->segments[i], w->now->field_count,
                          from->segment, from->live, w->place.allocator, err);
        if (status != LEDE_OK)
            break;
        part->forms_version = w->now->forms_version;
        status = lede_fail_plain(err, add_part(w, part));
        if (status != LEDE_OK)
            lede_part_free(part);
    }
    return status;
}

static uint64_t next_generation(const lede_native_writer *w)
{
    return w->now->generation + 1;
}

/* A name for a new file, remembered before the file is made. */
static lede_status new_name(lede_native_writer *w,
                            char name[LEDE_DIR_NAME_MAX + 1],
                            const char *suffix)
{
    lede_file_name(name, w->place.dir, next_generation(w), suffix);
    return lede_obsolete_add(&w->made, name);
}

/* ---- Opening ------------------------------------------------------------ */

static lede_status take_lock(const lede_native_writer *w, lede_error *err)
{
    const struct timespec step = { 0, (long)WAIT_STEP_MS * 1000000 };
    uint32_t waited = 0;

    for (;;) {
        lede_status status = lede_dir_lock(w->place.dir, LEDE_LOCK_NAME, err);

        if (status != LEDE_ERR_BUSY || waited >= w->settings.wait_ms)
            return status;
        (void)nanosleep(&step, NULL);
        waited += WAIT_STEP_MS;
        lede_error_clear(err);
    }
}

/* What a crash left goes once the present commit is known to be durable;
 * without syncs, never. */
static lede_status clean(lede_native_writer *w, lede_error *err)
{
    lede_status status =
        lede_obsolete_find(&w->obsolete, w->place.dir, w->now, err);

    if (status != LEDE_OK)
        return status;
    if (w->obsolete.count == 0 || !is_synced(w))
        return LEDE_OK;
    status = lede_dir_sync(w->place.dir, err);
    if (status == LEDE_OK) {
        lede_obsolete_settle(&w->obsolete);
        lede_obsolete_unlink(&w->obsolete, w->place.dir);
    }
    return status;
}

static lede_status keep_schema(lede_native_writer *w, const lede_schema *schema,
                               const lede_schema **kept)
{
    lede_schema *copy = NULL;
    lede_status status;

    for (size_t i = w->schema_count; i-- > 0;) {
        if (lede_schema_equal(w->schemas[i], schema)) {
            *kept = w->schemas[i];
            return LEDE_OK;
        }
    }
    if (!lede_grow(w->place.allocator, &w->schemas, &w->schema_capacity,
                   w->schema_count + 1, sizeof(lede_schema *)))
        return LEDE_ERR_NOMEM;
    status = lede_schema_copy(&copy, schema, w->place.allocator);
    if (status != LEDE_OK)
        return status;
    w->schemas[w->schema_count++] = copy;
    *kept = copy;
    return LEDE_OK;
}

static lede_status open_lane(lede_native_writer *w, lane *l)
{
    lede_status status = keep_schema(w, w->now->schema, &l->schema);

    lede_batch_init(&l->deletes, w->place.allocator);
    l->keys = lede_arena_new(w->place.allocator);
    if (!l->keys)
        return LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        status = lede_inverter_new(&l->inverter, l->schema, w->place.allocator);
    return status;
}

static lede_status open_lanes(lede_native_writer *w)
{
    lede_status status;

    w->lanes = lede_alloc_zero(w->place.allocator,
                               w->settings.lanes * sizeof *w->lanes);
    if (!w->lanes)
        return LEDE_ERR_NOMEM;
    status = lede_deletes_init(&w->deletes, w->place.allocator);
    for (uint32_t i = 0; status == LEDE_OK && i < w->settings.lanes; i++)
        status = open_lane(w, &w->lanes[i]);
    return status;
}

static void close_lanes(lede_native_writer *w)
{
    for (uint32_t i = 0; w->lanes && i < w->settings.lanes; i++) {
        lane *l = &w->lanes[i];

        if (l->inverter)
            lede_inverter_free(l->inverter);
        lede_batch_fini(&l->deletes);
        lede_arena_free(l->keys);
    }
    lede_release(w->place.allocator, w->lanes,
                 w->settings.lanes * sizeof *w->lanes);
    lede_deletes_fini(&w->deletes);
}

static void release(lede_native_writer *w)
{
    const lede_allocator *allocator = w->place.allocator;

    drop_parts(w);
    lede_release(allocator, w->parts, w->capacity * sizeof(lede_part *));
    close_lanes(w);
    lede_obsolete_fini(&w->made);
    lede_obsolete_fini(&w->obsolete);
    if (w->base)
        lede_native_snapshot_release(w->base);
    lede_manifest_release(w->now);
    for (size_t i = 0; i < w->schema_count; i++)
        lede_schema_free(w->schemas[i]);
    lede_release(allocator, w->schemas,
                 w->schema_capacity * sizeof(lede_schema *));
    (void)pthread_mutex_destroy(&w->mutex);
    lede_release(allocator, w, sizeof *w);
}

static lede_status open_commit(lede_native_writer *w, lede_error *err)
{
    lede_status status =
        lede_manifest_read(&w->now, w->place.dir, w->place.allocator, err);

    if (status == LEDE_OK)
        status = clean(w, err);
    if (status == LEDE_OK)
        status = load_parts(w, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(err, open_lanes(w));
    if (status == LEDE_OK)
        w->shard =
            (lede_shard){ w->place.address, w->now->generation, LEDE_OK, "" };
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
    if (pthread_mutex_init(&w->mutex, NULL) != 0) {
        lede_release(place->allocator, w, sizeof *w);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    w->place = *place;
    w->settings = *settings;
    w->forms = settings->forms;
    w->share = settings->memory_bytes / settings->lanes;
    lede_obsolete_init(&w->made, place->allocator);
    lede_obsolete_init(&w->obsolete, place->allocator);
    status = take_lock(w, err);
    if (status == LEDE_OK) {
        status = open_commit(w, err);
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
    drop_parts(writer);
    if (!writer->poisoned)
        remove_made(writer);
    release(writer);
    lede_dir_unlock(dir);
}

/* ---- Flushing a lane ---------------------------------------------------- */

static void clear_lane(lane *l)
{
    lede_inverter_clear(l->inverter);
    lede_batch_clear(&l->deletes);
    lede_arena_clear(l->keys);
    l->last_put = 0;
}

static lede_status write_lane(lede_native_writer *w, lane *l, lede_part **made,
                              lede_error *err)
{
    char name[LEDE_DIR_NAME_MAX + 1] = "";
    lede_segment_target target = target_of(w, name, l->schema);
    lede_segment_made wrote;
    lede_status status;

    (void)pthread_mutex_lock(&w->mutex);
    status = new_name(w, name, "segment");
    (void)pthread_mutex_unlock(&w->mutex);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status =
        lede_inverter_flush(l->inverter, &target, is_synced(w), &wrote, err);
    return status == LEDE_OK
               ? lede_part_open(made, &target, &wrote, w->place.allocator, err)
               : status;
}

/* The articles of the inverter, beside the deletes. */
static lede_status batch_up(lane *l)
{
    uint32_t count = lede_inverter_documents(l->inverter);
    lede_status status = LEDE_OK;

    for (uint32_t doc = 0; status == LEDE_OK && doc < count; doc++) {
        lede_bytes key;
        uint64_t sequence;

        lede_inverter_document(l->inverter, doc, &key, &sequence);
        status = lede_batch_add(&l->deletes, key, sequence, doc);
    }
    return status;
}

/* Under the lock. Takes ownership of `made`, which may be NULL. */
static lede_status take_in(lede_native_writer *w, lane *l, lede_part *made,
                           lede_error *err)
{
    lede_status status = lede_fail_plain(err, batch_up(l));

    if (status == LEDE_OK)
        status = lede_batch_resolve(&l->deletes, w->parts, w->count, made,
                                    &w->deletes, err);
    if (status == LEDE_OK && made)
        status = lede_fail_plain(err, add_part(w, made));
    if (status != LEDE_OK)
        lede_part_free(made);
    else if (w->settings.lanes == 1)
        lede_deletes_clear(&w->deletes); /* nothing older can come */
    return status;
}

static lede_status flush(lede_native_writer *w, lane *l, lede_error *err)
{
    lede_part *made = NULL;
    lede_error fault;
    lede_status status = LEDE_OK;

    lede_error_clear(&fault);
    if (lede_inverter_documents(l->inverter) > 0)
        status = write_lane(w, l, &made, &fault);
    else if (l->deletes.count == 0)
        return LEDE_OK;
    (void)pthread_mutex_lock(&w->mutex);
    if (status == LEDE_OK && w->failed != LEDE_OK) {
        lede_part_free(made);
        status = tell_failure(w, &fault);
    } else if (status == LEDE_OK) {
        status = take_in(w, l, made, &fault);
    }
    if (status != LEDE_OK) {
        (void)give_up(w, status, &fault);
        remove_made(w);
    }
    (void)pthread_mutex_unlock(&w->mutex);
    if (status != LEDE_OK && err)
        *err = fault;
    clear_lane(l);
    return status;
}

/* ---- Changes ------------------------------------------------------------ */

static lede_status look_at_failure(lede_native_writer *w, lede_error *err)
{
    lede_status status;

    (void)pthread_mutex_lock(&w->mutex);
    status = w->failed == LEDE_OK ? LEDE_OK : tell_failure(w, err);
    (void)pthread_mutex_unlock(&w->mutex);
    return status;
}

/* A lane's segment has one schema: the newer one begins another. */
static lede_status use_schema(lede_native_writer *w, lane *l,
                              const lede_schema *schema, lede_error *err)
{
    const lede_schema *kept = NULL;
    lede_status status;

    if (!schema || lede_schema_equal(schema, l->schema))
        return LEDE_OK;
    status = flush(w, l, err);
    if (status != LEDE_OK)
        return status;
    (void)pthread_mutex_lock(&w->mutex);
    status = keep_schema(w, schema, &kept);
    (void)pthread_mutex_unlock(&w->mutex);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    l->schema = kept;
    lede_inverter_set_schema(l->inverter, kept);
    return LEDE_OK;
}

static uint64_t memory_of(const lane *l)
{
    return lede_inverter_memory(l->inverter) + lede_arena_bytes(l->keys) +
           l->deletes.capacity * sizeof *l->deletes.changes;
}

static lede_status delete_key(lane *l, const lede_engine_change *change)
{
    const char *copy =
        lede_arena_text(l->keys, change->key.at, change->key.len);

    return copy ? lede_batch_add(&l->deletes,
                                 lede_bytes_of(copy, change->key.len),
                                 change->sequence, LEDE_NO_DOC)
                : LEDE_ERR_NOMEM;
}

static lede_status put(lede_native_writer *w, lane *l,
                       const lede_engine_change *change, lede_error *err)
{
    lede_status status = use_schema(w, l, change->schema, err);

    /* Sequences rise within a segment. */
    if (status == LEDE_OK && change->sequence <= l->last_put)
        status = flush(w, l, err);
    if (status == LEDE_OK)
        status = lede_inverter_put(l->inverter, change, err);
    if (status == LEDE_OK)
        l->last_put = change->sequence;
    return status;
}

lede_status lede_native_writer_apply(lede_native_writer *writer,
                                     uint32_t lane_at,
                                     const lede_engine_change *change,
                                     lede_error *err)
{
    lane *l = &writer->lanes[lane_at];
    lede_status status = look_at_failure(writer, err);

    if (status == LEDE_OK && memory_of(l) >= writer->share &&
        (l->last_put || l->deletes.count))
        status = flush(writer, l, err);
    if (status != LEDE_OK)
        return status;
    if (change->document)
        status = put(writer, l, change, err);
    else
        status = lede_fail_plain(err, delete_key(l, change));
    if (status != LEDE_OK)
        return status;
    l->touched = true;
    if (change->sequence > l->newest)
        l->newest = change->sequence;
    return LEDE_OK;
}

/* ---- Merging ------------------------------------------------------------ */

static void tell(const lede_native_writer *w, lede_log_level level,
                 const lede_error *fault)
{
    char line[640];

    if (!w->place.log)
        return;
    (void)snprintf(line, sizeof line, "a merge failed: %s (%s)", fault->message,
                   fault->where);
    w->place.log(w->place.log_ctx, level, line);
}

/* Puts a part in the place of those picked. */
static void replace(lede_native_writer *w, const lede_merge_pick *pick,
                    lede_part *made)
{
    uint32_t kept = 0, picked = 0;

    for (uint32_t i = 0; i < w->count; i++) {
        if (picked < pick->count && pick->at[picked] == i) {
            lede_part_free(w->parts[i]);
            if (picked++ == 0)
                w->parts[kept++] = made;
        } else {
            w->parts[kept++] = w->parts[i];
        }
    }
    w->count = kept;
}

static lede_status merge(lede_native_writer *w, lede_part *const *parts,
                         uint32_t count, const lede_task *task,
                         lede_part **made, lede_error *err)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_merge m = {
        .parts = parts,
        .count = count,
        .sync = is_synced(w),
        .task = task,
        .allocator = w->place.allocator,
    };
    const lede_schema *schema = w->lanes[0].schema;
    lede_status status = new_name(w, name, "segment");

    if (status == LEDE_OK)
        status = keep_schema(w, w->now->schema, &schema);
    for (uint32_t i = 0; i < w->settings.lanes; i++)
        if (lede_schema_count(w->lanes[i].schema) > lede_schema_count(schema))
            schema = w->lanes[i].schema;
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    m.target = target_of(w, name, schema);
    status = lede_merge_parts(made, &m, err);
    if (status != LEDE_OK)
        (void)lede_dir_unlink(w->place.dir, name, NULL);
    return status;
}

static lede_status merge_pick(lede_native_writer *w,
                              const lede_merge_pick *pick,
                              const lede_task *task, lede_error *err)
{
    lede_part *parts[LEDE_MERGE_MOST], *made = NULL;
    lede_status status;

    for (uint32_t i = 0; i < pick->count; i++)
        parts[i] = w->parts[pick->at[i]];
    status = merge(w, parts, pick->count, task, &made, err);
    if (status == LEDE_OK)
        replace(w, pick, made);
    return status;
}

/* Parts of which nothing lives are of no commit. */
static void drop_dead(lede_native_writer *w)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < w->count; i++) {
        if (w->parts[i]->entry.live == 0)
            lede_part_free(w->parts[i]);
        else
            w->parts[kept++] = w->parts[i];
    }
    w->count = kept;
}

/* In the order of their first sequences. */
static void sort_parts(lede_native_writer *w)
{
    for (uint32_t i = 1; i < w->count; i++) {
        lede_part *part = w->parts[i];
        uint32_t at = i;

        while (at > 0 &&
               w->parts[at - 1]->first_sequence > part->first_sequence) {
            w->parts[at] = w->parts[at - 1];
            at--;
        }
        w->parts[at] = part;
    }
}

/* Parts whose forms are of another version are written again. */
static lede_status renew_forms(lede_native_writer *w, const lede_task *task,
                               lede_error *err)
{
    uint64_t version = lede_forms_version(w->forms);
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->count && status == LEDE_OK; i++) {
        lede_merge_pick pick = { .at = { i }, .count = 1 };

        if (w->parts[i]->forms_version != version)
            status = merge_pick(w, &pick, task, err);
    }
    return status;
}

static lede_status fill(lede_merge_candidate **out, const lede_native_writer *w)
{
    lede_merge_candidate *list =
        lede_alloc_array(w->place.allocator, w->count, sizeof *list);

    if (!list)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < w->count; i++) {
        const lede_manifest_segment *entry = &w->parts[i]->entry;

        list[i] = (lede_merge_candidate){ entry->mark.length, entry->documents,
                                          entry->live };
    }
    *out = list;
    return LEDE_OK;
}

/* Merges what is due. Each merge costs only itself: after a failure the parts
 * are committed as they are. */
static void merge_due(lede_native_writer *w)
{
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && w->count > 0) {
        lede_merge_candidate *candidates = NULL;
        lede_merge_pick pick;
        lede_error fault;
        uint32_t count = w->count;
        bool due;

        lede_error_clear(&fault);
        if (fill(&candidates, w) != LEDE_OK)
            return;
        due = lede_merge_choose(&pick, candidates, count);
        lede_release(w->place.allocator, candidates,
                     count * sizeof *candidates);
        if (!due)
            return;
        status = merge_pick(w, &pick, NULL, &fault);
        if (status != LEDE_OK)
            tell(w, LEDE_LOG_ERROR, &fault);
    }
}

/* ---- Committing --------------------------------------------------------- */

static lede_status write_live(lede_native_writer *w, lede_part *part,
                              lede_error *err)
{
    lede_manifest_segment *entry = &part->entry;
    lede_status status;

    if (!part->changed)
        return LEDE_OK;
    status = lede_fail_plain(err, new_name(w, entry->bitmap, "live"));
    return status == LEDE_OK
               ? lede_live_write(part->live, w->place.dir, entry->bitmap,
                                 is_synced(w), &entry->bitmap_mark,
                                 w->place.allocator, err)
               : status;
}

static uint64_t newest_sequence(const lede_native_writer *w)
{
    uint64_t newest = w->now->last_sequence;

    for (uint32_t i = 0; i < w->settings.lanes; i++)
        if (w->lanes[i].newest > newest)
            newest = w->lanes[i].newest;
    return newest;
}

static lede_status make_manifest(lede_native_writer *w, lede_manifest **out,
                                 const lede_engine_finish *finish,
                                 lede_error *err)
{
    lede_bytes notes = finish->notes
                           ? *finish->notes
                           : lede_bytes_of(w->now->notes, w->now->notes_len);
    const lede_schema *schema =
        finish->schema ? finish->schema : w->now->schema;
    lede_manifest *made = NULL;
    lede_status status = lede_fail_plain(
        err, lede_manifest_new(&made, schema, notes, w->place.allocator));

    if (status != LEDE_OK)
        return status;
    made->generation = next_generation(w);
    made->last_sequence = newest_sequence(w);
    made->forms_version = lede_forms_version(w->forms);
    sort_parts(w);
    for (uint32_t i = 0; i < w->count && status == LEDE_OK; i++) {
        lede_part *part = w->parts[i];

        status = write_live(w, part, err);
        if (status == LEDE_OK)
            status = lede_fail_plain(
                err, lede_manifest_add(made, &part->entry, part->field_count));
    }
    if (status != LEDE_OK) {
        lede_manifest_release(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

/* Files of the last commit, and of those made for this one, that it does not
 * name. */
static void find_obsolete(lede_native_writer *w, const lede_manifest *next)
{
    lede_obsolete_replace(&w->obsolete, w->now, next);
    for (size_t i = 0; i < w->made.count; i++)
        if (!lede_manifest_names(next, w->made.names[i]))
            (void)lede_obsolete_add(&w->obsolete, w->made.names[i]);
    w->made.count = 0;
}

/* A durable commit lets go of all files that it does not name. An ordered one
 * synced the directory before its rename: that settled the commit before. */
static void unlink_obsolete(lede_native_writer *w, const lede_manifest *next)
{
    if (w->settings.durability == LEDE_ORDERED)
        lede_obsolete_settle(&w->obsolete);
    find_obsolete(w, next);
    if (w->settings.durability == LEDE_DURABLE)
        lede_obsolete_settle(&w->obsolete);
    lede_obsolete_unlink(&w->obsolete, w->place.dir);
}

/* Goes on from a commit that was acknowledged. */
static void advance(lede_native_writer *w, lede_manifest *next)
{
    lede_error fault;
    lede_status status;

    lede_manifest_release(w->now);
    w->now = next;
    lede_native_snapshot_release(w->base);
    w->base = NULL;
    for (uint32_t i = 0; i < w->settings.lanes; i++) {
        w->lanes[i].newest = 0;
        w->lanes[i].touched = false;
    }
    lede_deletes_clear(&w->deletes);
    w->shard.generation = next->generation;
    lede_error_clear(&fault);
    status = load_parts(w, &fault);
    if (status != LEDE_OK)
        (void)give_up(w, status, &fault);
}

static lede_status publish(lede_native_writer *w,
                           const lede_engine_finish *finish, lede_error *err)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_manifest *next = NULL;
    lede_status status = make_manifest(w, &next, finish, err);

    if (status != LEDE_OK)
        return status;
    status = lede_manifest_write(next, w->place.dir, name,
                                 w->settings.durability, err);
    if (status == LEDE_OK)
        status = lede_manifest_publish(
            w->place.dir, name, w->settings.durability, &w->poisoned, err);
    if (status != LEDE_OK) {
        lede_manifest_release(next);
        return status;
    }
    unlink_obsolete(w, next);
    advance(w, next);
    return LEDE_OK;
}

static lede_status flush_lanes(lede_native_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->settings.lanes && status == LEDE_OK; i++)
        status = flush(w, &w->lanes[i], err);
    return status;
}

/* Whether there is anything to commit. */
static bool has_news(const lede_native_writer *w,
                     const lede_engine_finish *finish)
{
    for (uint32_t i = 0; i < w->settings.lanes; i++)
        if (w->lanes[i].touched)
            return true;
    return (finish->schema &&
            !lede_schema_equal(finish->schema, w->now->schema)) ||
           (finish->notes &&
            !lede_bytes_equal(
                *finish->notes,
                lede_bytes_of(w->now->notes, w->now->notes_len))) ||
           (finish->forms &&
            lede_forms_version(finish->forms) != w->now->forms_version);
}

static lede_status use_finish_schema(lede_native_writer *w,
                                     const lede_schema *schema, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->settings.lanes && status == LEDE_OK; i++)
        status = use_schema(w, &w->lanes[i], schema, err);
    return status;
}

static lede_status commit(lede_native_writer *w,
                          const lede_engine_finish *finish, lede_error *err)
{
    lede_status status;

    if (!has_news(w, finish)) {
        if (finish->forms)
            w->forms = finish->forms;
        return LEDE_OK;
    }
    status = flush_lanes(w, err);
    if (status == LEDE_OK)
        status = use_finish_schema(w, finish->schema, err);
    if (status != LEDE_OK)
        return status;
    if (finish->forms)
        w->forms = finish->forms;
    drop_dead(w);
    status = renew_forms(w, finish->task, err);
    if (status == LEDE_OK && finish->kind != LEDE_FINISH_OPTIMIZE)
        merge_due(w);
    return status == LEDE_OK ? publish(w, finish, err) : status;
}

static bool is_optimal(const lede_native_writer *w)
{
    return w->count == 0 || (w->count == 1 && w->parts[0]->entry.live ==
                                                  w->parts[0]->entry.documents);
}

static uint64_t live_bytes(const lede_native_writer *w)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < w->count; i++)
        sum += w->parts[i]->entry.text_bytes;
    return sum;
}

/* All parts become one, and that a commit. */
static lede_status optimize(lede_native_writer *w, const lede_task *task,
                            lede_error *err)
{
    static const lede_engine_finish as_before = { .kind = LEDE_FINISH_COMMIT };
    uint64_t bytes = live_bytes(w);
    lede_part *made = NULL;
    lede_status status;

    if (task && lede_cancel_is_set(task->cancel))
        return lede_fail_plain(err, LEDE_ERR_CANCELLED);
    if (is_optimal(w))
        return LEDE_OK;
    status = merge(w, w->parts, w->count, task, &made, err);
    if (status != LEDE_OK)
        return status;
    drop_parts(w);
    w->parts[w->count++] = made;
    status = publish(w, &as_before, err);
    if (status == LEDE_OK && task && task->progress)
        task->progress(task->ctx, bytes, bytes);
    return status;
}

static lede_status roll_back(lede_native_writer *w, lede_error *err)
{
    lede_status status;

    if (w->poisoned)
        return tell_failure(w, err);
    for (uint32_t i = 0; i < w->settings.lanes; i++) {
        lane *l = &w->lanes[i];

        clear_lane(l);
        l->newest = 0;
        l->touched = false;
        for (size_t s = 0; s < w->schema_count; s++)
            if (lede_schema_equal(w->schemas[s], w->now->schema))
                l->schema = w->schemas[s];
        lede_inverter_set_schema(l->inverter, l->schema);
    }
    lede_deletes_clear(&w->deletes);
    drop_parts(w);
    remove_made(w);
    w->failed = LEDE_OK;
    lede_error_clear(&w->why);
    w->shard.status = LEDE_OK;
    w->shard.message = "";
    status = load_parts(w, err);
    return status == LEDE_OK ? LEDE_OK : give_up(w, status, err);
}

lede_status lede_native_writer_finish(lede_native_writer *writer,
                                      const lede_engine_finish *finish,
                                      uint64_t *generation, lede_error *err)
{
    lede_error fault;
    lede_status status;

    lede_error_clear(&fault);
    if (finish->kind == LEDE_FINISH_ROLLBACK) {
        status = roll_back(writer, &fault);
    } else {
        status = look_at_failure(writer, &fault);
        if (status == LEDE_OK)
            status = commit(writer, finish, &fault);
        if (status == LEDE_OK && writer->failed == LEDE_OK &&
            finish->kind == LEDE_FINISH_OPTIMIZE)
            status = optimize(writer, finish->task, &fault);
        if (status != LEDE_OK)
            (void)give_up(writer, status, &fault);
    }
    if (status != LEDE_OK) {
        if (err)
            *err = fault;
        return lede_fail_plain(err, status);
    }
    if (generation)
        *generation = writer->now->generation;
    return LEDE_OK;
}

const lede_shard *lede_native_writer_shards(lede_native_writer *writer,
                                            uint32_t *count)
{
    *count = 1;
    return &writer->shard;
}

uint64_t lede_native_writer_memory(const lede_native_writer *writer)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < writer->settings.lanes; i++)
        sum += memory_of(&writer->lanes[i]);
    return sum;
}
