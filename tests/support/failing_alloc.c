#include "support/failing_alloc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ALIVE 0x6C697665U
#define DEAD  0x64656164U

/* Stands before each block; a multiple of the strictest alignment long. */
typedef union header {
    struct {
        size_t size;
        uint32_t state;
    } block;
    max_align_t align;
} header;

bool failing_alloc_strikes(failing_alloc *failing)
{
    uint64_t call = ++failing->calls;
    bool now = failing->fail_at && (failing->sticky ? call >= failing->fail_at
                                                    : call == failing->fail_at);

    failing->failures += now;
    return now;
}

static header *header_of(void *at, size_t size)
{
    header *head = (header *)at - 1;

    /* An assertion that holds costs a system call. */
    if (head->block.state != ALIVE)
        ck_abort_msg("a block that is not outstanding comes back");
    if (head->block.size != size)
        ck_abort_msg("a block of %zu bytes comes back as %zu", head->block.size,
                     size);
    return head;
}

static void *allocate(void *ctx, size_t size)
{
    failing_alloc *failing = ctx;
    header *head;

    if (size == 0)
        ck_abort_msg("nothing is asked for");
    if (failing_alloc_strikes(failing))
        return NULL;
    head = malloc(sizeof *head + size);
    if (!head)
        return NULL;
    head->block.size = size;
    head->block.state = ALIVE;
    memset(head + 1, 0xA5, size);
    failing->blocks++;
    failing->bytes += size;
    return head + 1;
}

static void release(void *ctx, void *at, size_t size)
{
    failing_alloc *failing = ctx;
    header *head;

    if (!at)
        ck_abort_msg("NULL comes back");
    head = header_of(at, size);
    memset(head + 1, 0x5A, size);
    head->block.state = DEAD;
    failing->blocks--;
    failing->bytes -= size;
    free(head);
}

/* Always moves, so that a pointer kept too long is seen. */
static void *resize(void *ctx, void *at, size_t old_size, size_t size)
{
    void *moved;

    (void)header_of(at, old_size);
    moved = allocate(ctx, size);
    if (!moved)
        return NULL;
    memcpy(moved, at, old_size < size ? old_size : size);
    release(ctx, at, old_size);
    return moved;
}

void failing_alloc_init(failing_alloc *failing, uint64_t fail_at, bool sticky)
{
    memset(failing, 0, sizeof *failing);
    failing->allocator = (lede_allocator){ failing, allocate, resize, release };
    failing->fail_at = fail_at;
    failing->sticky = sticky;
}

void failing_alloc_check(const failing_alloc *failing)
{
    ck_assert_msg(failing->blocks == 0 && failing->bytes == 0,
                  "call %llu failed: %llu blocks of %llu bytes in all are left",
                  (unsigned long long)failing->fail_at,
                  (unsigned long long)failing->blocks,
                  (unsigned long long)failing->bytes);
}

uint64_t failing_alloc_sweep(lede_status (*run)(const lede_allocator *allocator,
                                                void *ctx),
                             void *ctx)
{
    failing_alloc failing;

    for (int sticky = 0; sticky < 2; sticky++) {
        uint64_t at = 0;

        do {
            lede_status status;

            failing_alloc_init(&failing, ++at, sticky);
            status = run(&failing.allocator, ctx);
            failing_alloc_check(&failing);
            ck_assert_msg(status ==
                              (failing.failures ? LEDE_ERR_NOMEM : LEDE_OK),
                          "call %llu failed: the status is %s",
                          (unsigned long long)at, lede_status_name(status));
        } while (failing.failures);
    }
    return failing.calls;
}
