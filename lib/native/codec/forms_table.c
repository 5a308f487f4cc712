/*
 * native/codec/forms_table.c - reads the table that forms_table_writer.c
 * writes.
 */
#include "native/codec/forms_table.h"

bool lede_forms_table_open(lede_forms_table *table, lede_bytes forms,
                           lede_bytes index)
{
    lede_forms_table made = { .forms = forms };
    uint32_t zeros;

    if (!lede_take_u32(&index, &made.blocks) ||
        !lede_take_u64(&index, &made.keys) || !lede_take_u32(&index, &zeros) ||
        zeros != 0 ||
        !lede_take(&index, (uint64_t)made.blocks * 8, &made.prefixes) ||
        !lede_take(&index, (uint64_t)made.blocks * 8, &made.offsets) ||
        index.len != 0)
        return false;
    *table = made;
    return true;
}

static uint64_t number_at(lede_bytes numbers, uint32_t at)
{
    lede_bytes in = lede_bytes_of(numbers.at + (size_t)at * 8, 8);
    uint64_t number = 0;

    (void)lede_take_u64(&in, &number);
    return number;
}

/* A block, taken apart: its keys, and behind `in` their words. */
typedef struct block {
    lede_front front;
    uint32_t terms[LEDE_BLOCK_MAX]; /* - 1 */
    lede_bytes in;
} block;

static lede_status open_block(const lede_forms_table *table, uint32_t at,
                              block *b)
{
    uint64_t begin = number_at(table->offsets, at);
    uint64_t end = at + 1 < table->blocks ? number_at(table->offsets, at + 1)
                                          : table->forms.len;
    lede_bytes rest = table->forms;
    lede_status status = LEDE_OK;
    uint8_t n;

    if (begin > end || !lede_take(&rest, begin, &b->in) ||
        !lede_take(&rest, end - begin, &b->in))
        return LEDE_ERR_CORRUPT;
    if (table->need)
        status = table->need(table->need_ctx, b->in.at, b->in.len);
    if (status != LEDE_OK)
        return status;
    if (!lede_take_u8(&b->in, &n) || !lede_front_take(&b->front, &b->in, n) ||
        !lede_block_take(&b->in, n, b->terms) || !lede_front_next(&b->front))
        return LEDE_ERR_CORRUPT;
    return LEDE_OK;
}

/* Order of the text at hand and a kind with a key. */
static int compare(const lede_front *front, uint8_t kind, lede_bytes key)
{
    if (front->len == 0 || front->text[0] != kind)
        return front->len > 0 && front->text[0] > kind ? 1 : -1;
    return lede_bytes_compare(lede_bytes_of(front->text + 1, front->len - 1),
                              key);
}

static uint64_t prefix_of(uint8_t kind, lede_bytes key)
{
    uint64_t prefix = kind;

    for (size_t i = 0; i < 7; i++)
        prefix = prefix << 8 | (i < key.len ? key.at[i] : 0);
    return prefix;
}

/* The last block that does not begin above the key; 0 if none is. */
static lede_status find_block(const lede_forms_table *table, uint8_t kind,
                              lede_bytes key, block *b, uint32_t *found)
{
    uint64_t prefix = prefix_of(kind, key);
    uint32_t low = 0, high = table->blocks;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t own = number_at(table->prefixes, middle);
        lede_status status = LEDE_OK;

        if (own == prefix)
            status = open_block(table, middle, b);
        if (status != LEDE_OK)
            return status;
        if (own > prefix ||
            (own == prefix && compare(&b->front, kind, key) > 0))
            high = middle;
        else
            low = middle;
    }
    *found = low;
    return LEDE_OK;
}

static bool skip_ordinals(lede_bytes *in, uint32_t terms)
{
    uint64_t left = (uint64_t)terms + 1;

    while (left > 0) {
        uint32_t n = left < LEDE_BLOCK_MAX ? (uint32_t)left : LEDE_BLOCK_MAX;

        if (!lede_block_skip(in, n))
            return false;
        left -= n;
    }
    return true;
}

static void begin_ordinals(lede_ordinals *ordinals, lede_bytes in,
                           uint32_t terms)
{
    ordinals->in = in;
    ordinals->left = (uint64_t)terms + 1;
    ordinals->base = 0;
    ordinals->n = ordinals->at = 0;
    ordinals->broken = false;
}

bool lede_ordinals_next(lede_ordinals *ordinals, uint32_t *ordinal)
{
    if (ordinals->at == ordinals->n) {
        uint32_t n = ordinals->left < LEDE_BLOCK_MAX ? (uint32_t)ordinals->left
                                                     : LEDE_BLOCK_MAX;

        if (n == 0 || ordinals->broken)
            return false;
        ordinals->broken = !lede_block_take_rising(
            &ordinals->in, n, ordinals->base, ordinals->values);
        if (ordinals->broken)
            return false;
        ordinals->left -= n;
        ordinals->base = (uint64_t)ordinals->values[n - 1] + 1;
        ordinals->n = n;
        ordinals->at = 0;
    }
    *ordinal = ordinals->values[ordinals->at++];
    return true;
}

lede_status lede_forms_table_find(const lede_forms_table *table, uint8_t kind,
                                  lede_bytes key, lede_ordinals *ordinals)
{
    block b;
    uint32_t at = 0;
    lede_status status;

    if (table->blocks == 0)
        return LEDE_ERR_NOT_FOUND;
    status = find_block(table, kind, key, &b, &at);
    if (status == LEDE_OK)
        status = open_block(table, at, &b);
    if (status != LEDE_OK)
        return status;
    do {
        int order = compare(&b.front, kind, key);

        if (order > 0)
            return LEDE_ERR_NOT_FOUND;
        if (order == 0) {
            begin_ordinals(ordinals, b.in, b.terms[b.front.at - 1]);
            return LEDE_OK;
        }
        if (!skip_ordinals(&b.in, b.terms[b.front.at - 1]))
            return LEDE_ERR_CORRUPT;
    } while (lede_front_next(&b.front));
    return b.front.broken ? LEDE_ERR_CORRUPT : LEDE_ERR_NOT_FOUND;
}

/* ---- All of it ---- */

typedef struct walk {
    const lede_forms_table *table;
    bool (*each)(void *ctx, lede_bytes key, uint32_t ordinal);
    void *ctx;
    uint8_t last[LEDE_FRONT_LEN_MAX]; /* of the block before */
    size_t last_len;
    uint64_t keys;
} walk;

static bool walk_key(const walk *w, block *b)
{
    lede_bytes text = lede_bytes_of(b->front.text, b->front.len);
    lede_ordinals ordinals;
    uint32_t ordinal;

    begin_ordinals(&ordinals, b->in, b->terms[b->front.at - 1]);
    while (lede_ordinals_next(&ordinals, &ordinal))
        if (!w->each(w->ctx, text, ordinal))
            return false;
    b->in = ordinals.in;
    return !ordinals.broken;
}

static bool walk_block(walk *w, uint32_t at, block *b)
{
    lede_bytes first = lede_bytes_of(b->front.text, b->front.len);

    if (first.len < 2 ||
        number_at(w->table->prefixes, at) !=
            prefix_of(first.at[0],
                      lede_bytes_of(first.at + 1, first.len - 1)) ||
        (w->keys > 0 &&
         lede_bytes_compare(first, lede_bytes_of(w->last, w->last_len)) <= 0))
        return false;
    do {
        w->keys++;
        if (b->front.len < 2 || !walk_key(w, b))
            return false;
    } while (lede_front_next(&b->front));
    memcpy(w->last, b->front.text, b->front.len);
    w->last_len = b->front.len;
    return !b->front.broken && b->in.len == 0;
}

lede_status lede_forms_table_walk(const lede_forms_table *table,
                                  bool (*each)(void *ctx, lede_bytes key,
                                               uint32_t ordinal),
                                  void *ctx)
{
    walk w = { .table = table, .each = each, .ctx = ctx };
    block b;

    if (table->blocks > 0 && number_at(table->offsets, 0) != 0)
        return LEDE_ERR_CORRUPT;
    for (uint32_t at = 0; at < table->blocks; at++) {
        lede_status status = open_block(table, at, &b);

        if (status != LEDE_OK)
            return status;
        if (!walk_block(&w, at, &b))
            return LEDE_ERR_CORRUPT;
    }
    return w.keys == table->keys ? LEDE_OK : LEDE_ERR_CORRUPT;
}
