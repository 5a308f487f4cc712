/*
 * native/codec/forms_table.c - reads the table that forms_table_writer.c
 * writes.
 */
#include "native/codec/forms_table.h"

bool lede_forms_table_open(lede_forms_table *table, lede_bytes forms,
                           lede_bytes index)
{
    lede_forms_table made = { .forms = forms };

    if (!lede_take_u32(&index, &made.blocks) ||
        !lede_take_u64(&index, &made.keys) ||
        !lede_take_u32(&index, &made.left_out) ||
        made.left_out > LEDE_FORMS_ALL ||
        !lede_take(&index, made.blocks, &made.kinds) ||
        !lede_take(&index, (uint64_t)made.blocks * 4, &made.prefixes) ||
        !lede_column_open(&made.offsets, index, made.blocks))
        return false;
    *table = made;
    return true;
}

/* ---- Words ---- */

static void open_gaps(lede_ordinals *o, lede_bytes in, uint64_t count)
{
    o->in = in;
    o->unread = count;
    o->n = o->at = 0;
    o->left = 0;
    o->begun = true;
    o->broken = false;
}

/* How many gaps the next block has. */
static uint32_t block_size(const lede_ordinals *o)
{
    return o->unread < LEDE_BLOCK_MAX ? (uint32_t)o->unread : LEDE_BLOCK_MAX;
}

/* Makes a gap the one at hand; false if there is none. */
static bool load_gaps(lede_ordinals *o)
{
    uint32_t n = block_size(o);

    if (o->at < o->n)
        return true;
    if (o->broken || n == 0 || !lede_block_take(&o->in, n, o->gaps)) {
        o->broken = true;
        return false;
    }
    o->unread -= n;
    o->n = n;
    o->at = 0;
    return true;
}

/* Passes gaps of a block's first keys; none was read yet. */
static bool pass_gaps(lede_ordinals *o, uint64_t count)
{
    while (count >= LEDE_BLOCK_MAX && count <= o->unread) {
        if (!lede_block_skip(&o->in, LEDE_BLOCK_MAX))
            return false;
        o->unread -= LEDE_BLOCK_MAX;
        count -= LEDE_BLOCK_MAX;
    }
    if (count == 0)
        return true;
    if (!load_gaps(o) || count > o->n)
        return false;
    o->at = (uint32_t)count;
    return true;
}

static void begin_key(lede_ordinals *o, uint32_t first, uint32_t more)
{
    o->next = first;
    o->left = more;
    o->begun = false;
}

bool lede_ordinals_next(lede_ordinals *ordinals, uint32_t *ordinal)
{
    if (ordinals->broken)
        return false;
    if (!ordinals->begun) {
        ordinals->begun = true;
    } else {
        if (ordinals->left == 0 || !load_gaps(ordinals))
            return false;
        ordinals->left--;
        ordinals->next += ordinals->gaps[ordinals->at++];
    }
    if (ordinals->next >= UINT32_MAX) {
        ordinals->broken = true;
        return false;
    }
    *ordinal = (uint32_t)ordinals->next++;
    return true;
}

/* ---- A block ---- */

/* A block: its keys, and when its words are opened their first ones, and behind
 * `in` the gaps to the others. */
typedef struct block {
    uint8_t kind;
    uint8_t n;
    lede_front front;
    uint32_t terms[LEDE_BLOCK_MAX]; /* - 1 */
    uint32_t firsts[LEDE_BLOCK_MAX];
    uint64_t gaps;
    lede_bytes in;
} block;

static lede_status open_block(const lede_forms_table *table, uint32_t at,
                              block *b)
{
    uint64_t begin = lede_column_at(&table->offsets, at);
    uint64_t end = at + 1 < table->blocks
                       ? lede_column_at(&table->offsets, at + 1)
                       : table->forms.len;
    lede_bytes rest = table->forms;
    lede_status status = LEDE_OK;

    if (begin > end || !lede_take(&rest, begin, &b->in) ||
        !lede_take(&rest, end - begin, &b->in))
        return LEDE_ERR_CORRUPT;
    if (table->need)
        status = table->need(table->need_ctx, b->in.at, b->in.len);
    if (status != LEDE_OK)
        return status;
    if (!lede_take_u8(&b->in, &b->n) || !lede_take_u8(&b->in, &b->kind) ||
        b->kind != table->kinds.at[at] ||
        !lede_front_take(&b->front, &b->in, b->n))
        return LEDE_ERR_CORRUPT;
    return LEDE_OK;
}

/* Takes the words of a block. */
static bool take_words(block *b)
{
    uint32_t steps[LEDE_BLOCK_MAX];
    uint64_t base;

    if (!lede_block_take(&b->in, b->n, b->terms) ||
        !lede_take_varint(&b->in, &base) || base > UINT32_MAX ||
        (b->n > 1 && !lede_block_take(&b->in, b->n - 1U, steps)))
        return false;
    b->firsts[0] = (uint32_t)base;
    b->gaps = b->terms[0];
    for (uint32_t i = 1; i < b->n; i++) {
        uint32_t step = steps[i - 1];

        step = step >> 1 ^ (step & 1 ? UINT32_MAX : 0);
        b->firsts[i] = b->firsts[i - 1] + step;
        b->gaps += b->terms[i];
    }
    return true;
}

/* ---- Finding ---- */

static lede_bytes text_of(const block *b)
{
    return lede_bytes_of(b->front.text, b->front.len);
}

/* Order of the text at hand and a kind with a key. */
static int compare(const block *b, uint8_t kind, lede_bytes key)
{
    return b->kind != kind ? (b->kind > kind) - (b->kind < kind)
                           : lede_bytes_compare(text_of(b), key);
}

/* Kind and the first 4 bytes of a key, as a number. */
static uint64_t prefix_of(uint8_t kind, lede_bytes key)
{
    uint64_t prefix = kind;

    for (size_t i = 0; i < 4; i++)
        prefix = prefix << 8 | (i < key.len ? key.at[i] : 0);
    return prefix;
}

static uint64_t prefix_at(const lede_forms_table *table, uint32_t at)
{
    return (uint64_t)table->kinds.at[at] << 32 |
           lede_read_u32(table->prefixes.at + (size_t)at * 4);
}

/* The last block that does not begin above the key; 0 if none is. */
static lede_status find_block(const lede_forms_table *table, uint8_t kind,
                              lede_bytes key, block *b, uint32_t *found)
{
    uint64_t prefix = prefix_of(kind, key);
    uint32_t low = 0, high = table->blocks;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t own = prefix_at(table, middle);
        lede_status status = LEDE_OK;

        if (own == prefix) {
            status = open_block(table, middle, b);
            if (status == LEDE_OK && !lede_front_next(&b->front))
                status = LEDE_ERR_CORRUPT;
        }
        if (status != LEDE_OK)
            return status;
        if (own > prefix || (own == prefix && compare(b, kind, key) > 0))
            high = middle;
        else
            low = middle;
    }
    *found = low;
    return LEDE_OK;
}

/* The words of the key that the block's front stands at. */
static bool open_words(block *b, lede_ordinals *ordinals)
{
    uint32_t at = b->front.at - 1;
    uint64_t before = 0;

    if (!take_words(b))
        return false;
    for (uint32_t i = 0; i < at; i++)
        before += b->terms[i];
    open_gaps(ordinals, b->in, b->gaps);
    if (!pass_gaps(ordinals, before))
        return false;
    begin_key(ordinals, b->firsts[at], b->terms[at]);
    return true;
}

lede_status lede_forms_table_find(const lede_forms_table *table, uint8_t kind,
                                  lede_bytes key, lede_ordinals *ordinals)
{
    block b;
    uint32_t at = 0;
    lede_status status;
    bool equal;

    if (table->blocks == 0)
        return LEDE_ERR_NOT_FOUND;
    status = find_block(table, kind, key, &b, &at);
    if (status == LEDE_OK)
        status = open_block(table, at, &b);
    if (status != LEDE_OK)
        return status;
    if (b.kind != kind)
        return LEDE_ERR_NOT_FOUND;
    if (lede_front_seek(&b.front, key, &equal) && equal)
        return open_words(&b, ordinals) ? LEDE_OK : LEDE_ERR_CORRUPT;
    return b.front.broken ? LEDE_ERR_CORRUPT : LEDE_ERR_NOT_FOUND;
}

/* ---- All of it ---- */

typedef struct walk {
    const lede_forms_table *table;
    bool (*each)(void *ctx, lede_bytes key, uint32_t ordinal);
    void *ctx;
    uint8_t last[1 + LEDE_FRONT_LEN_MAX]; /* kind and key, the last one met */
    size_t last_len;
    uint64_t keys;
    lede_ordinals ordinals;
} walk;

/* Makes the key of the block's front the last one met; false where it is no
 * key, or not above the one before. */
static bool meet_key(walk *w, const block *b)
{
    lede_bytes before = lede_bytes_of(w->last + 1, w->last_len - 1);
    bool rises =
        w->keys == 0 || b->kind > w->last[0] ||
        (b->kind == w->last[0] && lede_bytes_compare(text_of(b), before) > 0);

    if (b->front.len == 0 || !rises)
        return false;
    w->keys++;
    w->last[0] = b->kind;
    memcpy(w->last + 1, b->front.text, b->front.len);
    w->last_len = 1 + b->front.len;
    return true;
}

static bool walk_block(walk *w, uint32_t at, block *b)
{
    if (!lede_front_next(&b->front) ||
        prefix_at(w->table, at) != prefix_of(b->kind, text_of(b)))
        return false;
    open_gaps(&w->ordinals, b->in, b->gaps);
    do {
        uint32_t i = b->front.at - 1, ordinal;

        if (!meet_key(w, b))
            return false;
        begin_key(&w->ordinals, b->firsts[i], b->terms[i]);
        while (lede_ordinals_next(&w->ordinals, &ordinal))
            if (!w->each(w->ctx, lede_bytes_of(w->last, w->last_len), ordinal))
                return false;
        if (w->ordinals.broken)
            return false;
    } while (lede_front_next(&b->front));
    return !b->front.broken && w->ordinals.in.len == 0;
}

lede_status lede_forms_table_walk(const lede_forms_table *table,
                                  bool (*each)(void *ctx, lede_bytes key,
                                               uint32_t ordinal),
                                  void *ctx)
{
    walk w = { .table = table, .each = each, .ctx = ctx, .last_len = 1 };
    block b;

    if (table->blocks > 0 && lede_column_at(&table->offsets, 0) != 0)
        return LEDE_ERR_CORRUPT;
    for (uint32_t at = 0; at < table->blocks; at++) {
        lede_status status = open_block(table, at, &b);

        if (status != LEDE_OK)
            return status;
        if (!take_words(&b) || !walk_block(&w, at, &b))
            return LEDE_ERR_CORRUPT;
    }
    return w.keys == table->keys ? LEDE_OK : LEDE_ERR_CORRUPT;
}
