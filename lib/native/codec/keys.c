/*
 * native/codec/keys.c - keys in order, as stored.
 *
 *     keys    blocks:u32 count:u32 [offset:u64] [block]
 *     block   up to 32 keys (front.h); all blocks but the last have 32
 *
 * Offsets are from the section's first byte and rise.
 */
#include "native/codec/keys.h"

#define HEAD_BYTES 8U

static uint32_t block_count(uint32_t count)
{
    return count / LEDE_FRONT_MAX + (count % LEDE_FRONT_MAX != 0);
}

static uint32_t block_size(uint32_t count, uint32_t block)
{
    uint32_t left = count - block * LEDE_FRONT_MAX;

    return left < LEDE_FRONT_MAX ? left : LEDE_FRONT_MAX;
}

bool lede_keys_open(lede_keys *table, lede_bytes bytes, uint32_t count)
{
    lede_bytes in = bytes, offsets;
    uint32_t blocks, stored;

    if (!lede_take_u32(&in, &blocks) || !lede_take_u32(&in, &stored) ||
        stored != count || blocks != block_count(count) ||
        !lede_take(&in, (uint64_t)blocks * 8, &offsets))
        return false;
    *table = (lede_keys){ bytes, count };
    return true;
}

static bool open_block(const lede_keys *table, uint32_t block,
                       lede_front *front)
{
    lede_bytes in =
        lede_bytes_of(table->bytes.at + HEAD_BYTES + 8 * (size_t)block, 8);
    lede_bytes passed;
    uint64_t offset;

    if (!lede_take_u64(&in, &offset))
        return false;
    in = table->bytes;
    return lede_take(&in, offset, &passed) &&
           lede_front_take(front, &in, block_size(table->count, block));
}

/* The last block whose first key is not above `key`; 0 if none is. */
static lede_status find_block(const lede_keys *table, lede_bytes key,
                              lede_front *front, uint32_t *block)
{
    uint32_t low = 0, high = block_count(table->count);

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (!open_block(table, middle, front) || !lede_front_next(front))
            return LEDE_ERR_CORRUPT;
        if (lede_bytes_compare(lede_bytes_of(front->text, front->len), key) <=
            0)
            low = middle;
        else
            high = middle;
    }
    *block = low;
    return LEDE_OK;
}

lede_status lede_keys_find(const lede_keys *table, lede_bytes key,
                           uint32_t *rank)
{
    lede_front front;
    uint32_t block;
    bool equal;
    lede_status status;

    if (table->count == 0)
        return LEDE_ERR_NOT_FOUND;
    status = find_block(table, key, &front, &block);
    if (status != LEDE_OK)
        return status;
    if (!open_block(table, block, &front))
        return LEDE_ERR_CORRUPT;
    if (lede_front_seek(&front, key, &equal) && equal) {
        *rank = block * LEDE_FRONT_MAX + front.at - 1;
        return LEDE_OK;
    }
    return front.broken ? LEDE_ERR_CORRUPT : LEDE_ERR_NOT_FOUND;
}

lede_status lede_keys_at(const lede_keys *table, uint32_t rank,
                         lede_front *front)
{
    return open_block(table, rank / LEDE_FRONT_MAX, front) &&
                   lede_front_jump(front, rank % LEDE_FRONT_MAX)
               ? LEDE_OK
               : LEDE_ERR_CORRUPT;
}

void lede_keys_cursor_init(lede_keys_cursor *cursor, const lede_keys *table)
{
    cursor->table = table;
    cursor->next = 0;
    cursor->broken = false;
}

bool lede_keys_cursor_next(lede_keys_cursor *cursor)
{
    const lede_keys *table = cursor->table;
    uint32_t rank = cursor->next;

    if (rank == table->count || cursor->broken)
        return false;
    cursor->broken =
        (rank % LEDE_FRONT_MAX == 0 &&
         !open_block(table, rank / LEDE_FRONT_MAX, &cursor->front)) ||
        !lede_front_next(&cursor->front);
    cursor->rank = rank;
    cursor->next++;
    return !cursor->broken;
}
