/*
 * native/codec/terms.c - reads the dictionary that terms_writer.c writes.
 *
 * A block is taken apart as a whole; of its texts only as many are put together
 * as are passed. The least a block can take is what bounds how far a damaged
 * one is read: everything goes through the bounded cursor.
 */
#include "native/codec/terms.h"

#include "base/alloc.h"
#include "native/codec/front.h"
#include "native/codec/postings.h"

#define INDEX_HEAD 16U

/* ---- The table ---- */

static bool take_index(lede_terms_table *table, lede_bytes index,
                       uint64_t *terms)
{
    uint32_t zeros;

    return lede_take_u32(&index, &table->blocks) &&
           lede_take_u64(&index, terms) && lede_take_u32(&index, &zeros) &&
           zeros == 0 &&
           lede_take(&index, (uint64_t)table->blocks * 4, &table->prefixes) &&
           lede_column_open(&table->offsets, index, table->blocks);
}

/* Blocks of a space are full but for its last. */
static bool spaces_agree(const lede_terms_space *spaces, uint32_t count,
                         uint32_t blocks, uint64_t terms)
{
    uint64_t block_sum = 0, term_sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t full = (uint64_t)spaces[i].blocks * LEDE_TERMS_BLOCK;

        if ((i > 0 && spaces[i].space <= spaces[i - 1].space) ||
            spaces[i].terms > full ||
            spaces[i].terms + LEDE_TERMS_BLOCK <= full)
            return false;
        block_sum += spaces[i].blocks;
        term_sum += spaces[i].terms;
    }
    return block_sum == blocks && term_sum == terms;
}

lede_status lede_terms_table_open(lede_terms_table *table,
                                  lede_bytes dictionary, lede_bytes index,
                                  const lede_terms_space *spaces,
                                  uint32_t space_count)
{
    lede_terms_table made = { .dictionary = dictionary,
                              .spaces = spaces,
                              .space_count = space_count };
    uint64_t terms;

    if (!take_index(&made, index, &terms) ||
        !spaces_agree(spaces, space_count, made.blocks, terms))
        return LEDE_ERR_CORRUPT;
    *table = made;
    return LEDE_OK;
}

/* The first block of a space and its place; false if it has no terms. */
static bool find_space(const lede_terms_table *table, uint32_t space,
                       uint32_t *place, uint32_t *first)
{
    *first = 0;
    for (*place = 0; *place < table->space_count; ++*place) {
        if (table->spaces[*place].space == space)
            return table->spaces[*place].blocks > 0;
        *first += table->spaces[*place].blocks;
    }
    return false;
}

/* ---- A block, taken apart ---- */

typedef struct cursor {
    lede_terms_cursor face;
    const lede_allocator *allocator;
    const lede_terms_table *table;

    uint32_t place; /* of the space at hand */
    uint32_t first; /* block of the space */
    uint32_t end;   /* behind its last block */
    uint32_t block; /* at hand; `end`: none */
    bool loaded;
    bool waiting; /* the text at hand was not given yet */

    uint32_t n;
    uint32_t listed;   /* terms before the one at hand with df > 16 */
    uint32_t spread;   /* with df > 128 */
    uint64_t postings; /* where the next one's begin */
    uint64_t positions;
    uint32_t names;
    uint32_t scaled;
    uint32_t few; /* terms before the one at hand with df <= 16 */
    uint32_t few_count;
    bool few_scaled;
    uint64_t few_postings;
    uint64_t few_len;
    uint8_t few_documents[LEDE_TERMS_BLOCK];

    lede_front front;
    uint32_t documents[LEDE_BLOCK_MAX];
    uint32_t extra[LEDE_BLOCK_MAX];
    uint32_t list[LEDE_BLOCK_MAX];
    uint32_t spreads[LEDE_BLOCK_MAX];
} cursor;

lede_status lede_terms_cursor_new(lede_terms_cursor **out,
                                  const lede_terms_table *table,
                                  const lede_allocator *allocator)
{
    cursor *made = lede_alloc(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->face.term = lede_bytes_of(NULL, 0);
    made->face.status = LEDE_OK;
    made->allocator = allocator;
    made->table = table;
    made->block = made->first = made->end = 0;
    made->place = 0;
    made->loaded = made->waiting = false;
    *out = &made->face;
    return LEDE_OK;
}

void lede_terms_cursor_free(lede_terms_cursor *cursor_)
{
    cursor *c = (cursor *)cursor_;

    if (!c)
        return;
    lede_release(c->allocator, c, sizeof *c);
}

static bool take_column(lede_bytes *in, bool kept, uint32_t n, uint32_t *out)
{
    return !kept || n == 0 || lede_block_take(in, n, out);
}

/* Counts the terms with df > 16 and df > 128, and notes the others'. */
static void sort_out(cursor *c, uint32_t *listed, uint32_t *spread)
{
    *listed = *spread = c->few_count = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->documents[i] < LEDE_POSTINGS_FEW)
            c->few_documents[c->few_count++] = (uint8_t)(c->documents[i] + 1);
        *listed += c->documents[i] >= LEDE_POSTINGS_FEW;
        *spread += c->documents[i] >= LEDE_POSTINGS_SHORT;
    }
}

static bool take_lists(cursor *c, lede_bytes *in)
{
    const lede_terms_space *space = &c->table->spaces[c->place];
    uint32_t listed, spread;

    sort_out(c, &listed, &spread);
    if (!lede_take_varint(in, &c->postings) ||
        !take_column(in, space->frequencies, listed, c->extra) ||
        !take_column(in, true, listed, c->list))
        return false;
    if (space->positions && spread > 0 &&
        (!lede_take_varint(in, &c->positions) ||
         !lede_block_take(in, spread, c->spreads)))
        return false;
    c->few_postings = c->postings;
    for (uint32_t i = 0; i < listed; i++)
        c->few_postings += c->list[i];
    return listed == c->n || lede_take_varint(in, &c->few_len);
}

static bool take_numbers(cursor *c, lede_bytes *in, uint8_t flags)
{
    bool words = c->table->spaces[c->place].space % 2 == 0;

    if (!lede_block_take(in, c->n, c->documents) || !take_lists(c, in))
        return false;
    c->few_scaled = (flags & LEDE_TERMS_FEW_SCALED) != 0;
    if ((flags & LEDE_TERMS_NAMES) != 0 &&
        (!words || !lede_take_u32(in, &c->names)))
        return false;
    return (flags & LEDE_TERMS_SCALED) == 0 || lede_take_u32(in, &c->scaled);
}

/* The bytes of a block: up to where the next one begins. */
static bool find_bytes(const lede_terms_table *table, uint32_t block,
                       lede_bytes *out)
{
    lede_bytes in = table->dictionary, passed;
    uint64_t begin = lede_column_at(&table->offsets, block);
    uint64_t end = block + 1 < table->blocks
                       ? lede_column_at(&table->offsets, block + 1)
                       : table->dictionary.len;

    return begin <= end && lede_take(&in, begin, &passed) &&
           lede_take(&in, end - begin, out);
}

static bool take_block(cursor *c, lede_bytes in)
{
    const lede_terms_space *space = &c->table->spaces[c->place];
    uint8_t flags;

    /* All blocks of a space but the last are full. */
    c->n = c->block + 1 == c->end
               ? (uint32_t)((space->terms - 1) % LEDE_TERMS_BLOCK) + 1
               : LEDE_TERMS_BLOCK;
    c->listed = c->spread = c->few = 0;
    c->names = c->scaled = 0;
    c->positions = c->few_len = 0;
    return lede_take_u8(&in, &flags) && flags < 2 * LEDE_TERMS_FEW_SCALED &&
           lede_front_take(&c->front, &in, c->n) &&
           take_numbers(c, &in, flags) && in.len == 0;
}

static bool fail(cursor *c, lede_status status)
{
    if (c->face.status == LEDE_OK)
        c->face.status = status;
    c->block = c->end;
    c->loaded = false;
    return false;
}

static bool load(cursor *c, uint32_t block)
{
    lede_status status = LEDE_OK;
    lede_bytes in;

    c->block = block;
    c->loaded = c->waiting = false;
    if (!find_bytes(c->table, block, &in))
        return fail(c, LEDE_ERR_CORRUPT);
    if (c->table->need)
        status = c->table->need(c->table->need_ctx, in.at, in.len);
    if (status != LEDE_OK)
        return fail(c, status);
    if (!take_block(c, in))
        return fail(c, LEDE_ERR_CORRUPT);
    c->loaded = true;
    return true;
}

/* ---- Terms of a block ---- */

static void fill_few(cursor *c, lede_terms_entry *e)
{
    if (!c->table->spaces[c->place].frequencies)
        e->occurrences = e->documents;
    e->scaled = c->few_scaled;
    e->postings = c->few_postings;
    e->postings_len = c->few_len;
    memcpy(e->few, c->few_documents, c->few_count);
    e->few_count = c->few_count;
    e->few_at = c->few++;
}

static void fill_listed(cursor *c, lede_terms_entry *e)
{
    const lede_terms_space *space = &c->table->spaces[c->place];

    e->occurrences = e->documents;
    if (space->frequencies)
        e->occurrences += c->extra[c->listed];
    e->postings = c->postings;
    e->postings_len = c->list[c->listed];
    c->postings += e->postings_len;
    c->listed++;
    if (!space->positions || e->documents <= LEDE_POSTINGS_SHORT)
        return;
    e->positions = c->positions;
    e->positions_len = c->spreads[c->spread];
    c->positions += e->positions_len;
    c->spread++;
}

/* Makes the next text of the block the one at hand. */
static bool step(cursor *c)
{
    uint32_t i = c->front.at;
    lede_terms_entry *e = &c->face.entry;

    if (!lede_front_next(&c->front)) {
        if (c->front.broken)
            return fail(c, LEDE_ERR_CORRUPT);
        return false;
    }
    *e = (lede_terms_entry){ 0 };
    e->ordinal = (uint64_t)(c->block - c->first) * LEDE_TERMS_BLOCK + i;
    e->name = (c->names >> i & 1) != 0;
    e->scaled = (c->scaled >> i & 1) != 0;
    if (c->documents[i] == UINT32_MAX)
        return fail(c, LEDE_ERR_CORRUPT);
    e->documents = c->documents[i] + 1;
    c->face.term = lede_bytes_of(c->front.text, c->front.len);
    if (e->documents > LEDE_POSTINGS_FEW)
        fill_listed(c, e);
    else
        fill_few(c, e);
    return true;
}

/* ---- Finding ---- */

static uint32_t prefix_of(lede_bytes term)
{
    uint32_t prefix = 0;

    for (size_t i = 0; i < 4; i++)
        prefix = prefix << 8 | (i < term.len ? term.at[i] : 0);
    return prefix;
}

/* Order of a block's first term and a term of the same space. */
static bool block_is_above(cursor *c, uint32_t block, uint32_t prefix,
                           lede_bytes term)
{
    uint32_t own = lede_read_u32(c->table->prefixes.at + (size_t)block * 4);

    if (own != prefix)
        return own > prefix;
    return load(c, block) && lede_front_next(&c->front) &&
           lede_bytes_compare(lede_bytes_of(c->front.text, c->front.len),
                              term) > 0;
}

/* Loads the last block of the space that does not begin above the term. */
static bool find_block(cursor *c, uint32_t space, lede_bytes term)
{
    uint32_t prefix = prefix_of(term);
    uint32_t low, high;

    c->face.status = LEDE_OK;
    c->loaded = c->waiting = false;
    if (!find_space(c->table, space, &c->place, &c->first)) {
        c->block = c->end = 0;
        return false;
    }
    c->end = c->first + c->table->spaces[c->place].blocks;
    low = c->first;
    high = c->end;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (block_is_above(c, middle, prefix, term))
            high = middle;
        else
            low = middle;
        if (c->face.status != LEDE_OK)
            return false;
    }
    return load(c, low);
}

lede_status lede_terms_find(lede_terms_cursor *cursor_, uint32_t space,
                            lede_bytes term, lede_terms_entry *entry)
{
    cursor *c = (cursor *)cursor_;

    if (find_block(c, space, term))
        while (step(c)) {
            int order = lede_bytes_compare(c->face.term, term);

            if (order > 0)
                break;
            if (order == 0) {
                *entry = c->face.entry;
                return LEDE_OK;
            }
        }
    return c->face.status == LEDE_OK ? LEDE_ERR_NOT_FOUND : c->face.status;
}

void lede_terms_cursor_seek(lede_terms_cursor *cursor_, uint32_t space,
                            lede_bytes from)
{
    cursor *c = (cursor *)cursor_;

    if (!find_block(c, space, from))
        return;
    /* Passing the last term of the block leaves it to next to load another. */
    while (step(c))
        if (lede_bytes_compare(c->face.term, from) >= 0) {
            c->waiting = true;
            return;
        }
}

void lede_terms_cursor_seek_ordinal(lede_terms_cursor *cursor_, uint32_t space,
                                    uint64_t ordinal)
{
    cursor *c = (cursor *)cursor_;
    uint64_t block = ordinal / LEDE_TERMS_BLOCK;

    c->face.status = LEDE_OK;
    c->loaded = c->waiting = false;
    if (!find_space(c->table, space, &c->place, &c->first) ||
        ordinal >= c->table->spaces[c->place].terms) {
        c->block = c->end = 0;
        return;
    }
    c->end = c->first + c->table->spaces[c->place].blocks;
    if (!load(c, c->first + (uint32_t)block))
        return;
    for (uint64_t i = 0; i < ordinal % LEDE_TERMS_BLOCK; i++)
        if (!step(c))
            return;
}

bool lede_terms_cursor_next(lede_terms_cursor *cursor_)
{
    cursor *c = (cursor *)cursor_;

    if (c->waiting) {
        c->waiting = false;
        return true;
    }
    while (c->face.status == LEDE_OK && c->block < c->end) {
        if (!c->loaded)
            return false;
        if (step(c))
            return true;
        if (c->face.status != LEDE_OK || c->block + 1 == c->end)
            break;
        if (!load(c, c->block + 1))
            return false;
    }
    c->block = c->end;
    return false;
}
