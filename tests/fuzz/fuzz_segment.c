/* A segment whose checksums are all right and whose structure is not: it opens
 * or is refused; every question to it ends, in bounded memory, with an answer
 * or CORRUPT; and where a check finds nothing wrong, nothing is.
 *
 *     input   specimen:u8 asked:u8 changes
 *
 * `asked` is a kind of question, of eight; the largest are all of them. So most
 * inputs take little time. */
#include <assert.h>
#include <stdio.h>

#include "fuzz/hostile.h"
#include "fuzz/questions.h"
#include "native/index/merge.h"

#define ASK_MERGE   128U
#define ASK_ALL     248U
#define MERGED_NAME "0000000000000002-0000000000000002.segment"

static void tell(void *ctx, const lede_problem *problem)
{
    if (((const hostile *)ctx)->sound)
        fprintf(stderr, "%s at %llu: %s\n", problem->section,
                (unsigned long long)problem->offset, problem->message);
}

static void merge(hostile *h)
{
    lede_task task = LEDE_TASK;
    lede_error err = { 0 };
    lede_part *part = NULL, *made = NULL;
    lede_merge merge = { .parts = &part,
                         .count = 1,
                         .target = { h->dir, MERGED_NAME, h->specimen->schema,
                                     h->specimen->forms },
                         .allocator = hostile_allocator() };
    lede_status status =
        lede_part_new(&part, &h->entry, SPECIMEN_FIELDS, h->segment, NULL,
                      hostile_allocator(), &err);

    hostile_judge(h, status, &err);
    if (status != LEDE_OK)
        return;
    task.problem = tell;
    task.ctx = h;
    if (h->entry.documents % 3 == 1)
        (void)lede_part_kill(part, 0, NULL);
    status = lede_merge_parts(&made, &merge, &err);
    hostile_judge(h, status, &err);
    if (status == LEDE_OK)
        hostile_judge(h, lede_segment_check(made->segment, &task, &err), &err);
    lede_part_free(made);
    lede_part_free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size);
    lede_error err = { 0 };
    uint8_t which, asked;
    unsigned questions;
    hostile h;

    if (!lede_take_u8(&in, &which) || !lede_take_u8(&in, &asked))
        return 0;
    questions = asked < ASK_ALL ? 1U << asked % 8 : UINT8_MAX;
    if (hostile_open(&h, which, in)) {
        lede_status status =
            questions_ask(h.snapshot, questions, hostile_allocator(), &err);

        hostile_judge(&h, status, &err);
        if ((questions & ASK_MERGE) && h.entry.documents > 0)
            merge(&h);
    }
    hostile_close(&h);
    return 0;
}
