/*
 * native/codec/terms.c - reads the dictionary that terms_writer.c writes.
 *
 * Of a block's texts only as many are put together as are passed, and its
 * numbers are taken apart when those of one of its terms are asked for: most
 * blocks are opened to find where a term is not. The least a block can take is
 * what bounds how far a damaged one is read: everything goes through the bounded
 * cursor.
 */
#include "native/codec/terms.h"

#include "base/alloc.h"
#include "native/codec/front.h"
#include "native/codec/postings.h"

/* ---- The table ---- */

static bool take_index(lede_terms_table *table, lede_bytes index,
                       uint64_t *terms)
{
    uint32_t zeros;

    return lede_take_u32(&index, &table->blocks) &&
           lede_take_u64(&index, terms) && lede_take_u32(&index, &zeros) &&
           zeros == 0 &&
           lede_take(&index, (uint64_t)table->blocks * LEDE_TERMS_PREFIX,
                     &table->prefixes) &&
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
    uint8_t flags;
    lede_bytes numbers; /* of the block, until they are taken */
    bool taken;

    /* The numbers of the terms before `passed` are passed. */
    uint32_t passed;
    uint32_t listed;   /* of these, with df > 16 */
    uint32_t spread;   /* with df > 128 */
    uint32_t few;      /* with df <= 16 */
    uint64_t postings; /* where the next one's begin */
    uint64_t positions;
    uint32_t names;
    uint32_t scaled;
    uint64_t few_postings;
    uint64_t few_len;

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
    made->loaded = made->waiting = made->face.bare = false;
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

/* Counts the terms with df > 16 and df > 128. */
static void count_lists(const cursor *c, uint32_t *listed, uint32_t *spread)
{
    uint32_t above_few = 0, above_short = 0;

    for (uint32_t i = 0; i < c->n; i++) {
        above_few += c->documents[i] >= LEDE_POSTINGS_FEW;
        above_short += c->documents[i] >= LEDE_POSTINGS_SHORT;
    }
    *listed = above_few;
    *spread = above_short;
}

static bool take_lists(cursor *c, lede_bytes *in)
{
    const lede_terms_space *space = &c->table->spaces[c->place];
    uint32_t listed, spread;

    count_lists(c, &listed, &spread);
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

static bool take_numbers(cursor *c)
{
    bool words = c->table->spaces[c->place].space % 2 == 0;
    lede_bytes in = c->numbers;

    c->passed = c->listed = c->spread = c->few = 0;
    c->names = c->scaled = 0;
    c->positions = c->few_len = 0;
    if (!lede_block_take(&in, c->n, c->documents) || !take_lists(c, &in))
        return false;
    if ((c->flags & LEDE_TERMS_NAMES) != 0 &&
        (!words || !lede_take_u32(&in, &c->names)))
        return false;
    if ((c->flags & LEDE_TERMS_SCALED) != 0 && !lede_take_u32(&in, &c->scaled))
        return false;
    c->taken = true;
    return in.len == 0;
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

    /* All blocks of a space but the last are full. */
    c->n = c->block + 1 == c->end
               ? (uint32_t)((space->terms - 1) % LEDE_TERMS_BLOCK) + 1
               : LEDE_TERMS_BLOCK;
    if (!lede_take_u8(&in, &c->flags) ||
        c->flags >= 2 * LEDE_TERMS_FEW_SCALED ||
        !lede_front_take(&c->front, &in, c->n))
        return false;
    c->numbers = in;
    c->taken = false;
    return true;
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

/* Passes the numbers of a term. */
static void pass(cursor *c)
{
    uint32_t documents = c->documents[c->passed++];

    if (documents < LEDE_POSTINGS_FEW) {
        c->few++;
        return;
    }
    c->postings += c->list[c->listed++];
    if (documents >= LEDE_POSTINGS_SHORT &&
        c->table->spaces[c->place].positions)
        c->positions += c->spreads[c->spread++];
}

static void fill_few(const cursor *c, lede_terms_entry *e)
{
    if (!c->table->spaces[c->place].frequencies)
        e->occurrences = e->documents;
    e->scaled = (c->flags & LEDE_TERMS_FEW_SCALED) != 0;
    e->postings = c->few_postings;
    e->postings_len = c->few_len;
    for (uint32_t i = 0; i < c->n; i++)
        if (c->documents[i] < LEDE_POSTINGS_FEW)
            e->few[e->few_count++] = (uint8_t)(c->documents[i] + 1);
    e->few_at = c->few;
}

static void fill_listed(const cursor *c, lede_terms_entry *e)
{
    const lede_terms_space *space = &c->table->spaces[c->place];

    e->occurrences = e->documents;
    if (space->frequencies)
        e->occurrences += c->extra[c->listed];
    e->postings = c->postings;
    e->postings_len = c->list[c->listed];
    if (space->positions && e->documents > LEDE_POSTINGS_SHORT) {
        e->positions = c->positions;
        e->positions_len = c->spreads[c->spread];
    }
}

uint64_t lede_terms_cursor_ordinal(const lede_terms_cursor *cursor_)
{
    const cursor *c = (const cursor *)cursor_;

    return (uint64_t)(c->block - c->first) * LEDE_TERMS_BLOCK + c->front.at - 1;
}

/* Takes the numbers apart of the block of term i, in some documents. */
static bool know(cursor *c, uint32_t i)
{
    if (!c->taken && !take_numbers(c))
        return fail(c, LEDE_ERR_CORRUPT);
    return c->documents[i] < UINT32_MAX || fail(c, LEDE_ERR_CORRUPT);
}

/* The entry of the text that the front stands at. */
static bool fill(cursor *c, lede_terms_entry *e)
{
    uint32_t i = c->front.at - 1;

    if (!know(c, i))
        return false;
    while (c->passed < i)
        pass(c);
    *e = (lede_terms_entry){
        .ordinal = lede_terms_cursor_ordinal(&c->face),
        .documents = c->documents[i] + 1,
        .name = (c->names >> i & 1) != 0,
        .scaled = (c->scaled >> i & 1) != 0,
    };
    if (e->documents > LEDE_POSTINGS_FEW)
        fill_listed(c, e);
    else
        fill_few(c, e);
    return true;
}

static uint64_t prefix_at(const lede_terms_table *table, uint32_t block)
{
    const uint8_t *at = table->prefixes.at + (size_t)block * LEDE_TERMS_PREFIX;

    return lede_read_u32(at) | (uint64_t)lede_read_u32(at + 4) << 32;
}

/* Makes the text that the front stands at the one at hand. */
static bool show(cursor *c)
{
    c->face.term = lede_bytes_of(c->front.text, c->front.len);
    if (c->front.at == 1 &&
        prefix_at(c->table, c->block) != lede_terms_prefix(c->face.term))
        return fail(c, LEDE_ERR_CORRUPT);
    return c->face.bare || fill(c, &c->face.entry);
}

/* Makes the next text of the block the one at hand. */
static bool step(cursor *c)
{
    if (lede_front_next(&c->front))
        return show(c);
    return c->front.broken ? fail(c, LEDE_ERR_CORRUPT) : false;
}

/* ---- Finding ---- */

/* Whether a block begins above a term of the same space, with its prefix. */
static bool block_is_above(cursor *c, uint32_t block, uint64_t prefix,
                           lede_bytes term)
{
    uint64_t own = prefix_at(c->table, block);

    if (own != prefix)
        return own > prefix;
    if (!load(c, block))
        return false;
    if (!lede_front_next(&c->front))
        return fail(c, LEDE_ERR_CORRUPT);
    return lede_bytes_compare(lede_bytes_of(c->front.text, c->front.len),
                              term) > 0;
}

/* Loads the last block of the space that does not begin above the term. */
static bool find_block(cursor *c, uint32_t space, lede_bytes term)
{
    uint64_t prefix = lede_terms_prefix(term);
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
    bool equal = false;

    if (find_block(c, space, term)) {
        if (lede_front_seek(&c->front, term, &equal) && equal)
            (void)fill(c, entry);
        else if (c->front.broken)
            (void)fail(c, LEDE_ERR_CORRUPT);
    }
    if (c->face.status != LEDE_OK)
        return c->face.status;
    return equal ? LEDE_OK : LEDE_ERR_NOT_FOUND;
}

/* Whether the first term not below `from` is behind the one at hand, in its
 * block. */
static bool is_ahead(const cursor *c, uint32_t space, lede_bytes from)
{
    return c->loaded && c->block < c->end && c->front.at > 0 &&
           c->table->spaces[c->place].space == space &&
           (c->block + 1 == c->end ||
            prefix_at(c->table, c->block + 1) > lede_terms_prefix(from)) &&
           lede_bytes_compare(lede_bytes_of(c->front.text, c->front.len),
                              from) < 0;
}

void lede_terms_cursor_seek(lede_terms_cursor *cursor_, uint32_t space,
                            lede_bytes from)
{
    cursor *c = (cursor *)cursor_;
    bool equal;

    if (!is_ahead(c, space, from) && !find_block(c, space, from))
        return;
    c->waiting = false;
    /* Passing the last term of the block leaves it to next to load another. */
    if (lede_front_seek(&c->front, from, &equal))
        c->waiting = show(c);
    else if (c->front.broken)
        (void)fail(c, LEDE_ERR_CORRUPT);
}

void lede_terms_cursor_seek_ordinal(lede_terms_cursor *cursor_, uint32_t space,
                                    uint64_t ordinal)
{
    cursor *c = (cursor *)cursor_;
    uint32_t before = (uint32_t)(ordinal % LEDE_TERMS_BLOCK), block;
    bool there;

    c->face.status = LEDE_OK;
    c->waiting = false;
    if (!find_space(c->table, space, &c->place, &c->first) ||
        ordinal >= c->table->spaces[c->place].terms) {
        c->loaded = false;
        c->block = c->end = 0;
        return;
    }
    c->end = c->first + c->table->spaces[c->place].blocks;
    block = c->first + (uint32_t)(ordinal / LEDE_TERMS_BLOCK);
    /* Words of one form are neighbours. */
    there = c->loaded && c->block == block && before > 0;
    c->taken = false;
    if ((there || load(c, block)) && before > 0 &&
        !lede_front_jump(&c->front, before - 1))
        (void)fail(c, LEDE_ERR_CORRUPT);
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

bool lede_terms_cursor_read(lede_terms_cursor *cursor_)
{
    cursor *c = (cursor *)cursor_;

    return c->loaded && fill(c, &c->face.entry);
}

bool lede_terms_cursor_count(lede_terms_cursor *cursor_, uint32_t *documents,
                             bool *name)
{
    cursor *c = (cursor *)cursor_;
    uint32_t i = c->front.at - 1;

    if (!c->loaded || !know(c, i))
        return false;
    *documents = c->documents[i] + 1;
    *name = (c->names >> i & 1) != 0;
    return true;
}
