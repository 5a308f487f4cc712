#include "native/segment/tape.h"

#include "base/error.h"

void lede_tape_init(lede_tape *tape, lede_dir *dir, const char *name,
                    const lede_allocator *allocator)
{
    lede_spool_init(&tape->spool, dir, name, allocator);
    tape->spool.most = LEDE_TAPE_BYTES;
    tape->count = 0;
    tape->at = NULL;
}

void lede_tape_fini(lede_tape *tape)
{
    lede_spool_fini(&tape->spool);
    tape->at = NULL;
}

lede_status lede_tape_put(lede_tape *tape, uint32_t number, lede_error *err)
{
    /* As this machine keeps numbers: the file does not outlive the tape. */
    lede_put(&tape->spool.bytes, &number, sizeof number);
    tape->count++;
    return lede_spool_settle(&tape->spool, err);
}

lede_status lede_tape_end(lede_tape *tape, lede_error *err)
{
    lede_bytes all;
    lede_status status = lede_spool_read(&tape->spool, &all, err);

    if (status == LEDE_OK)
        tape->at = (const uint32_t *)(const void *)all.at;
    return status;
}

uint64_t lede_tape_memory(const lede_tape *tape)
{
    return tape->spool.bytes.capacity;
}
