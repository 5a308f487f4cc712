#include "native/index/snapshot.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/codec/records.h"
#include "native/index/key_walk.h"
#include "native/index/keywords.h"

#define TRIES_MAX 16

/* A segment that is open; on the shelf as long as a snapshot has it. */
typedef struct volume {
    lede_segment *segment;
    lede_manifest *manifest; /* whose schema the segment was opened with */
    uint32_t users;
    struct volume *next;
} volume;

struct lede_shelf {
    pthread_mutex_t lock; /* over all that follows */
    volume *volumes;
    struct opened *newest; /* held; NULL at first */
    lede_manifest *seen;   /* the newest one read, */
    lede_file *pin;        /* and its file, so that no other gets its stamp; or
                            * an older one. NULL: to be read every time */
    bool distrust;
    lede_dir *dir;
    const lede_allocator *allocator;
    lede_records_cursor *_Atomic spare; /* not under the lock, */
    lede_arena_spare room;              /* nor this */
};

/* A snapshot and what it needs to be given back. */
typedef struct opened {
    lede_native_snapshot face;
    lede_shelf *shelf;
    atomic_uint holders;
    volume **volumes; /* by part */
    uint64_t *field_tokens;
    lede_shard shard;
} opened;

lede_status lede_shelf_new(lede_shelf **out, lede_dir *dir,
                           const lede_allocator *allocator)
{
    lede_shelf *shelf = lede_alloc_zero(allocator, sizeof *shelf);

    if (!shelf)
        return LEDE_ERR_NOMEM;
    if (pthread_mutex_init(&shelf->lock, NULL) != 0) {
        lede_release(allocator, shelf, sizeof *shelf);
        return LEDE_ERR_NOMEM;
    }
    atomic_init(&shelf->spare, NULL);
    atomic_init(&shelf->room, NULL);
    shelf->dir = dir;
    shelf->allocator = allocator;
    *out = shelf;
    return LEDE_OK;
}

void lede_shelf_distrust(lede_shelf *shelf)
{
    shelf->distrust = true;
}

void lede_shelf_free(lede_shelf *shelf)
{
    opened *newest;

    if (!shelf)
        return;
    newest = shelf->newest;
    shelf->newest = NULL;
    if (newest)
        lede_native_snapshot_release(&newest->face);
    lede_manifest_release(shelf->seen);
    lede_file_close(shelf->pin);
    lede_records_cursor_free(atomic_load(&shelf->spare));
    lede_arena_spare_free(&shelf->room, shelf->allocator);
    (void)pthread_mutex_destroy(&shelf->lock);
    lede_release(shelf->allocator, shelf, sizeof *shelf);
}

/* ---- Segments ----------------------------------------------------------- */

/* Under the lock. */
static void put_back(lede_shelf *shelf, volume *v)
{
    volume **at = &shelf->volumes;

    if (!v || --v->users > 0)
        return;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    lede_segment_release(v->segment);
    lede_manifest_release(v->manifest);
    lede_release(shelf->allocator, v, sizeof *v);
}

static lede_status open_volume(volume **out, lede_shelf *shelf,
                               lede_manifest *manifest,
                               const lede_manifest_segment *listed,
                               lede_error *err)
{
    volume *v = lede_alloc_zero(shelf->allocator, sizeof *v);
    lede_status status;

    if (!v)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status =
        lede_segment_open(&v->segment, shelf->dir, listed->name, &listed->mark,
                          manifest->schema, shelf->allocator, err);
    if (status == LEDE_OK &&
        lede_segment_documents(v->segment) != listed->documents)
        status = lede_fail(err, LEDE_ERR_CORRUPT, listed->name,
                           "it holds other articles than the manifest says");
    if (status == LEDE_OK && shelf->distrust)
        status = lede_segment_check(v->segment, NULL, err);
    if (status != LEDE_OK) {
        lede_segment_release(v->segment);
        lede_release(shelf->allocator, v, sizeof *v);
        return status;
    }
    v->manifest = lede_manifest_hold(manifest);
    v->next = shelf->volumes;
    shelf->volumes = v;
    *out = v;
    return LEDE_OK;
}

/* Under the lock. */
static lede_status take_volume(volume **out, lede_shelf *shelf,
                               lede_manifest *manifest,
                               const lede_manifest_segment *listed,
                               lede_error *err)
{
    volume *v = shelf->volumes;
    lede_status status = LEDE_OK;

    while (v && strcmp(lede_segment_name(v->segment), listed->name) != 0)
        v = v->next;
    if (!v)
        status = open_volume(&v, shelf, manifest, listed, err);
    if (status == LEDE_OK) {
        v->users++;
        *out = v;
    }
    return status;
}

static lede_status open_part(opened *o, uint32_t at, lede_error *err)
{
    lede_manifest *manifest = o->face.manifest;
    const lede_manifest_segment *listed = &manifest->segments[at];
    lede_snapshot_part *part = &o->face.parts[at];
    lede_status status =
        take_volume(&o->volumes[at], o->shelf, manifest, listed, err);

    if (status != LEDE_OK)
        return status;
    part->segment = o->volumes[at]->segment;
    part->documents = listed->documents;
    part->first_doc = o->face.documents;
    if (listed->bitmap[0])
        status = lede_live_read(&part->live, o->shelf->dir, listed->bitmap,
                                &listed->bitmap_mark, listed->documents,
                                o->shelf->allocator, err);
    o->face.documents += part->documents;
    o->face.live += part->live ? part->live->live : part->documents;
    return status;
}

/* ---- Snapshots ---------------------------------------------------------- */

/* Under the lock. */
static void end(opened *o)
{
    const lede_allocator *allocator = o->shelf->allocator;
    lede_manifest *manifest = o->face.manifest;
    uint32_t count = manifest->segment_count;

    for (uint32_t i = 0; o->face.parts && i < count; i++)
        lede_live_release(o->face.parts[i].live);
    for (uint32_t i = 0; o->volumes && i < count; i++)
        put_back(o->shelf, o->volumes[i]);
    lede_release(allocator, o->face.parts, count * sizeof *o->face.parts);
    lede_release(allocator, o->volumes, count * sizeof(volume *));
    lede_release(allocator, o->field_tokens,
                 manifest->field_count * sizeof *o->field_tokens);
    for (uint32_t i = 0; o->face.keywords && i < manifest->field_count; i++)
        lede_keywords_free(atomic_load(&o->face.keywords[i]));
    lede_release(allocator, o->face.keywords,
                 manifest->field_count * sizeof *o->face.keywords);
    lede_manifest_release(manifest);
    lede_release(allocator, o, sizeof *o);
}

static void describe(opened *o)
{
    const lede_manifest *manifest = o->face.manifest;
    lede_engine_description *d = &o->face.description;

    for (uint32_t i = 0; i < manifest->segment_count; i++)
        for (uint32_t field = 0; field < manifest->field_count; field++)
            o->field_tokens[field] += manifest->segments[i].tokens[field];
    o->shard =
        (lede_shard){ o->shelf->dir->path, manifest->generation, LEDE_OK, "" };
    d->generation = manifest->generation;
    d->last_sequence = manifest->last_sequence;
    d->schema = manifest->schema;
    d->notes = lede_bytes_of(manifest->notes, manifest->notes_len);
    d->documents = o->face.documents;
    d->field_tokens = o->field_tokens;
    d->field_count = manifest->field_count;
    d->forms_version = manifest->forms_version;
    d->shards = &o->shard;
    d->shard_count = 1;
}

static bool make_slots(opened *o, size_t fields)
{
    o->face.keywords =
        lede_alloc_array(o->shelf->allocator, fields, sizeof *o->face.keywords);
    for (size_t i = 0; o->face.keywords && i < fields; i++)
        atomic_init(&o->face.keywords[i], NULL);
    return o->face.keywords != NULL;
}

static bool make_room(opened *o)
{
    const lede_allocator *allocator = o->shelf->allocator;
    size_t count = o->face.manifest->segment_count;
    size_t fields = o->face.manifest->field_count;

    o->face.parts = lede_alloc_array(allocator, count, sizeof *o->face.parts);
    o->volumes = lede_alloc_array(allocator, count, sizeof(volume *));
    o->field_tokens =
        lede_alloc_array(allocator, fields, sizeof *o->field_tokens);
    if (o->face.parts)
        memset(o->face.parts, 0, count * sizeof *o->face.parts);
    for (size_t i = 0; o->volumes && i < count; i++)
        o->volumes[i] = NULL;
    for (size_t i = 0; o->field_tokens && i < fields; i++)
        o->field_tokens[i] = 0;
    return make_slots(o, fields) && o->face.parts && o->volumes &&
           o->field_tokens;
}

static lede_status walk_keys(const opened *o, lede_segment *const *segments,
                             lede_error *err)
{
    lede_key_walk *walk = NULL;
    bool twice = false;
    lede_status status =
        lede_key_walk_new(&walk, segments, o->face.count, o->shelf->allocator);

    while (status == LEDE_OK && !twice && lede_key_walk_next(walk)) {
        uint32_t living = 0;

        for (uint32_t i = 0; i < walk->count; i++)
            living +=
                lede_live_has(o->face.parts[walk->holders[i].segment].live,
                              walk->holders[i].doc);
        twice = living > 1;
    }
    if (status == LEDE_OK)
        status = walk->status;
    lede_key_walk_free(walk);
    if (status == LEDE_OK && twice)
        return lede_fail(err, LEDE_ERR_CORRUPT, LEDE_MANIFEST_NAME,
                         "a key lives in two segments");
    return lede_fail_plain(err, status);
}

/* What files that are each whole may still lie about together. */
static lede_status check_keys(const opened *o, lede_error *err)
{
    const lede_allocator *allocator = o->shelf->allocator;
    lede_segment **segments =
        lede_alloc_array(allocator, o->face.count, sizeof(lede_segment *));
    lede_status status;

    if (!segments)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; i < o->face.count; i++)
        segments[i] = o->face.parts[i].segment;
    status = walk_keys(o, segments, err);
    lede_release(allocator, segments, o->face.count * sizeof(lede_segment *));
    return status;
}

/* Under the lock. */
static lede_status open_manifest(opened **out, lede_shelf *shelf,
                                 lede_manifest *manifest, lede_error *err)
{
    opened *o = lede_alloc_zero(shelf->allocator, sizeof *o);
    lede_status status = LEDE_OK;

    if (!o)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    o->shelf = shelf;
    o->face.allocator = shelf->allocator;
    o->face.spare = &shelf->spare;
    o->face.room = &shelf->room;
    o->face.manifest = lede_manifest_hold(manifest);
    atomic_init(&o->holders, 1);
    if (!make_room(o))
        status = lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; status == LEDE_OK && i < manifest->segment_count;
         i++) {
        status = open_part(o, i, err);
        o->face.count = i + 1;
    }
    if (status == LEDE_OK && shelf->distrust)
        status = check_keys(o, err);
    if (status != LEDE_OK) {
        end(o);
        return status;
    }
    describe(o);
    *out = o;
    return LEDE_OK;
}

/* Reads the manifest, with its file kept open from before. */
static lede_status read_manifest(lede_shelf *shelf, lede_error *err)
{
    lede_manifest *manifest = NULL;
    lede_file *pin = NULL;
    lede_status status =
        lede_dir_map(shelf->dir, &pin, LEDE_MANIFEST_NAME, err);

    if (status == LEDE_OK)
        status =
            lede_manifest_read(&manifest, shelf->dir, shelf->allocator, err);
    if (status != LEDE_OK || !pin->pins) {
        lede_file_close(pin);
        pin = NULL;
    }
    lede_file_close(shelf->pin);
    shelf->pin = pin;
    if (status != LEDE_OK)
        return status;
    lede_manifest_release(shelf->seen);
    shelf->seen = manifest;
    return LEDE_OK;
}

/* Under the lock: the newest manifest, read again only if it is another. */
static lede_status look(lede_shelf *shelf, lede_manifest **manifest,
                        lede_error *err)
{
    lede_status status = LEDE_OK;
    uint64_t stamp[3] = { 0 };

    if (shelf->pin)
        status = lede_dir_stamp(shelf->dir, LEDE_MANIFEST_NAME, stamp, err);
    if (status == LEDE_OK &&
        (!shelf->pin || memcmp(stamp, shelf->pin->stamp, sizeof stamp) != 0))
        status = read_manifest(shelf, err);
    if (status == LEDE_OK)
        *manifest = lede_manifest_hold(shelf->seen);
    return status;
}

lede_status lede_shelf_generation(lede_shelf *shelf, uint64_t *generation,
                                  lede_error *err)
{
    lede_manifest *manifest = NULL;
    lede_status status;

    (void)pthread_mutex_lock(&shelf->lock);
    status = look(shelf, &manifest, err);
    (void)pthread_mutex_unlock(&shelf->lock);
    if (status == LEDE_OK)
        *generation = manifest->generation;
    lede_manifest_release(manifest);
    return status;
}

/* The newest commit; takes over what was the newest so far, to be released
 * without the lock. */
static lede_status open_newest(opened **out, opened **former, lede_shelf *shelf,
                               lede_error *err)
{
    lede_status status = LEDE_ERR_NOT_FOUND;
    uint64_t missed = UINT64_MAX; /* generation whose files were not there */

    for (int i = 0; status == LEDE_ERR_NOT_FOUND && i < TRIES_MAX; i++) {
        lede_manifest *manifest = NULL;
        lede_error fault = { 0 };

        status = look(shelf, &manifest, err);
        if (status != LEDE_OK)
            return status;
        if (shelf->newest &&
            shelf->newest->face.manifest->generation == manifest->generation) {
            *out = shelf->newest;
        } else if (manifest->generation == missed) {
            status = lede_fail(err, LEDE_ERR_CORRUPT, shelf->dir->path,
                               "a file that the manifest names is missing");
        } else {
            missed = manifest->generation;
            status = open_manifest(out, shelf, manifest, &fault);
            if (status == LEDE_OK) {
                *former = shelf->newest;
                shelf->newest = *out;
            } else if (err) {
                *err = fault;
            }
        }
        lede_manifest_release(manifest);
    }
    return status;
}

lede_status lede_native_snapshot_open(lede_native_snapshot **out,
                                      lede_shelf *shelf, lede_error *err)
{
    opened *o = NULL, *former = NULL;
    lede_status status;

    (void)pthread_mutex_lock(&shelf->lock);
    status = open_newest(&o, &former, shelf, err);
    if (status == LEDE_OK)
        *out = lede_native_snapshot_hold(&o->face);
    (void)pthread_mutex_unlock(&shelf->lock);
    if (former)
        lede_native_snapshot_release(&former->face);
    return status;
}

lede_status lede_native_snapshot_of(lede_native_snapshot **out,
                                    lede_shelf *shelf, lede_manifest *manifest,
                                    lede_error *err)
{
    opened *o = NULL;
    lede_status status;

    (void)pthread_mutex_lock(&shelf->lock);
    status = open_manifest(&o, shelf, manifest, err);
    (void)pthread_mutex_unlock(&shelf->lock);
    if (status == LEDE_OK)
        *out = &o->face;
    return status;
}

lede_native_snapshot *lede_native_snapshot_hold(lede_native_snapshot *snapshot)
{
    (void)atomic_fetch_add(&((opened *)snapshot)->holders, 1);
    return snapshot;
}

void lede_native_snapshot_release(lede_native_snapshot *snapshot)
{
    opened *o = (opened *)snapshot;
    lede_shelf *shelf;

    if (!o || atomic_fetch_sub(&o->holders, 1) > 1)
        return;
    shelf = o->shelf;
    (void)pthread_mutex_lock(&shelf->lock);
    end(o);
    (void)pthread_mutex_unlock(&shelf->lock);
}

const lede_snapshot_part *lede_native_snapshot_part(
    const lede_native_snapshot *snapshot, lede_doc doc, uint32_t *local)
{
    uint32_t low = 0, high = snapshot->count;

    if (doc >= snapshot->documents)
        return NULL;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (snapshot->parts[middle].first_doc <= doc)
            low = middle;
        else
            high = middle;
    }
    *local = (uint32_t)(doc - snapshot->parts[low].first_doc);
    return &snapshot->parts[low];
}
