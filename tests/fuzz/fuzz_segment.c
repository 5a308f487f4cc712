/* A segment whose checksums are all right and whose structure is not: it opens
 * or is refused; every question to it ends, in bounded memory, with an answer
 * or CORRUPT; and where a check finds nothing wrong, nothing is.
 *
 *     input   specimen:u8 asked:u8 changes
 *
 * `asked` has a bit for each kind of question, 0 for all: so that most inputs
 * take little time. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "fuzz/questions.h"
#include "fuzz/specimen.h"
#include "native/index/merge.h"

/* The specimens are at most 30 KB. Stored records may unpack to 2,000 times
 * their bytes, and few numbers of a column stand for many. */
#define MEMORY_MAX ((size_t)192 << 20)

#define ASK_MERGE   128U
#define MERGED_NAME "0000000000000002-0000000000000002.segment"

/* ---- Bounded memory ---- */

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

static const lede_allocator bounded = { NULL, allocate, resize, release };

/* ---- One segment ---- */

typedef struct hostile {
    const specimen *specimen;
    lede_dir *dir;
    lede_manifest_segment entry;
    uint64_t tokens[SPECIMEN_FIELDS];
    uint8_t asked;
    bool sound; /* the check found nothing */
} hostile;

/* Ways to end; of records there may be a later version. */
static bool is_clean(lede_status status)
{
    return status == LEDE_OK || status == LEDE_ERR_CORRUPT ||
           status == LEDE_ERR_VERSION || status == LEDE_ERR_LIMIT ||
           status == LEDE_ERR_NOMEM || status == LEDE_ERR_UNSUPPORTED;
}

/* A failure is damage, and the check has seen it. */
static void judge(const hostile *h, lede_status status, const lede_error *err)
{
    bool missed = h->sound && status == LEDE_ERR_CORRUPT;

    if (missed)
        fprintf(stderr, "the check missed: %s: %s\n", err->where, err->message);
    assert(is_clean(status) && !missed);
}

static void tell(void *ctx, const lede_problem *problem)
{
    if (((const hostile *)ctx)->sound)
        fprintf(stderr, "%s at %llu: %s\n", problem->section,
                (unsigned long long)problem->offset, problem->message);
}

static void merge(hostile *h, lede_segment *segment)
{
    lede_task task = LEDE_TASK;
    lede_error err = { 0 };
    lede_part *part = NULL, *made = NULL;
    lede_merge merge = { .parts = &part,
                         .count = 1,
                         .target = { h->dir, MERGED_NAME, h->specimen->schema,
                                     h->specimen->forms },
                         .allocator = &bounded };
    lede_status status = lede_part_new(&part, &h->entry, SPECIMEN_FIELDS,
                                       segment, NULL, &bounded, &err);

    judge(h, status, &err);
    if (status != LEDE_OK)
        return;
    task.problem = tell;
    task.ctx = h;
    if (h->entry.documents % 3 == 1)
        (void)lede_part_kill(part, 0, NULL);
    status = lede_merge_parts(&made, &merge, &err);
    judge(h, status, &err);
    if (status == LEDE_OK)
        judge(h, lede_segment_check(made->segment, &task, &err), &err);
    lede_part_free(made);
    lede_part_free(part);
}

static void ask(hostile *h)
{
    lede_manifest *manifest = NULL;
    lede_native_snapshot *snapshot;
    lede_shelf *shelf = NULL;
    lede_error err = { 0 };
    lede_status status;

    assert(lede_manifest_new(&manifest, h->specimen->schema,
                             lede_bytes_of("", 0), &bounded) == LEDE_OK);
    assert(lede_manifest_add(manifest, &h->entry, SPECIMEN_FIELDS) == LEDE_OK);
    assert(lede_shelf_new(&shelf, h->dir, &bounded) == LEDE_OK);
    status = lede_native_snapshot_of(&snapshot, shelf, manifest, NULL);
    assert(status == LEDE_OK);
    status = questions_ask(snapshot, h->asked, &bounded, &err);
    judge(h, status, &err);
    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    lede_manifest_release(manifest);
}

static void open_and_ask(hostile *h)
{
    lede_segment *segment = NULL;
    lede_status status;

    if (lede_segment_open(&segment, h->dir, SPECIMEN_NAME, &h->entry.mark,
                          h->specimen->schema, &bounded, NULL) != LEDE_OK)
        return;
    h->entry.documents = h->entry.live = lede_segment_documents(segment);
    status = lede_segment_check(segment, NULL, NULL);
    assert(is_clean(status));
    h->sound = status == LEDE_OK;
    ask(h);
    if ((h->asked & ASK_MERGE) && h->entry.documents > 0)
        merge(h, segment);
    lede_segment_release(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size);
    hostile h = { .entry = { .name = SPECIMEN_NAME } };
    uint8_t which;

    if (!lede_take_u8(&in, &which) || !lede_take_u8(&in, &h.asked))
        return 0;
    if (h.asked == 0)
        h.asked = UINT8_MAX;
    h.specimen = specimen_of(which);
    h.entry.tokens = h.tokens;
    assert(lede_dir_open_memory(&h.dir, NULL) == LEDE_OK);
    specimen_damage(&h.entry.mark, h.specimen, in, h.dir);
    open_and_ask(&h);
    lede_dir_close(h.dir);
    assert(in_use == 0);
    return 0;
}
