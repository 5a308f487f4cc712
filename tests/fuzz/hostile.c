#include "fuzz/hostile.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The specimens are at most 30 KB. Stored records may unpack to 2,000 times
 * their bytes, and few numbers of a column stand for many. */
#define MEMORY_MAX  ((size_t)192 << 20)
#define CHECKED_MAX 16381U

static size_t in_use;

static void count(size_t more, size_t less)
{
    in_use += more;
    in_use -= less;
    assert(in_use <= MEMORY_MAX);
}

static void *allocate(void *ctx, size_t size)
{
    (void)ctx;
    count(size, 0);
    return malloc(size);
}

static void *resize(void *ctx, void *at, size_t old_size, size_t size)
{
    (void)ctx;
    count(size, old_size);
    return realloc(at, size);
}

static void release(void *ctx, void *at, size_t size)
{
    (void)ctx;
    count(0, size);
    free(at);
}

const lede_allocator *hostile_allocator(void)
{
    static const lede_allocator bounded = { NULL, allocate, resize, release };

    return &bounded;
}

/* Ways to end; of records there may be a later version. */
static bool is_clean(lede_status status)
{
    return status == LEDE_OK || status == LEDE_ERR_CORRUPT ||
           status == LEDE_ERR_VERSION || status == LEDE_ERR_LIMIT ||
           status == LEDE_ERR_NOMEM || status == LEDE_ERR_UNSUPPORTED;
}

void hostile_judge(const hostile *h, lede_status status, const lede_error *err)
{
    bool missed = h->sound && status == LEDE_ERR_CORRUPT;

    if (missed)
        fprintf(stderr, "the check missed: %s: %s\n", err->where, err->message);
    assert(is_clean(status) && !missed);
}

static void open_snapshot(hostile *h)
{
    const lede_allocator *allocator = hostile_allocator();

    assert(lede_manifest_new(&h->manifest, h->specimen->schema,
                             lede_bytes_of("", 0), allocator) == LEDE_OK);
    assert(lede_manifest_add(h->manifest, &h->entry, SPECIMEN_FIELDS) ==
           LEDE_OK);
    assert(lede_shelf_new(&h->shelf, h->dir, allocator) == LEDE_OK);
    assert(lede_native_snapshot_of(&h->snapshot, h->shelf, h->manifest, NULL) ==
           LEDE_OK);
}

/* Whether a check finds nothing. It takes longer than most questions, and most
 * inputs differ in what is asked: what was found is kept. */
static bool is_sound(const hostile *h, lede_bytes changes)
{
    static struct {
        const specimen *specimen;
        uint64_t hash;
        bool sound;
    } kept[CHECKED_MAX];
    uint64_t hash = XXH3_64bits(changes.at, changes.len);
    size_t slot = (hash + h->specimen->documents) % CHECKED_MAX;

    if (kept[slot].specimen != h->specimen || kept[slot].hash != hash) {
        lede_status status = lede_segment_check(h->segment, NULL, NULL);

        assert(is_clean(status));
        kept[slot].specimen = h->specimen;
        kept[slot].hash = hash;
        kept[slot].sound = status == LEDE_OK;
    }
    return kept[slot].sound;
}

bool hostile_open(hostile *h, uint8_t which, lede_bytes changes)
{
    *h = (hostile){ .entry = { .name = SPECIMEN_NAME } };
    h->specimen = specimen_of(which);
    h->entry.tokens = h->tokens;
    assert(lede_dir_open_memory(&h->dir, NULL) == LEDE_OK);
    specimen_damage(&h->entry.mark, h->specimen, changes, h->dir);
    if (lede_segment_open(&h->segment, h->dir, SPECIMEN_NAME, &h->entry.mark,
                          h->specimen->schema, hostile_allocator(),
                          NULL) != LEDE_OK)
        return false;
    h->entry.documents = h->entry.live = lede_segment_documents(h->segment);
    h->sound = is_sound(h, changes);
    open_snapshot(h);
    return true;
}

void hostile_close(hostile *h)
{
    lede_native_snapshot_release(h->snapshot);
    lede_shelf_free(h->shelf);
    lede_manifest_release(h->manifest);
    lede_segment_release(h->segment);
    lede_dir_close(h->dir);
    assert(in_use == 0);
}
