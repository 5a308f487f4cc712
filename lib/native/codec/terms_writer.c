/*
 * native/codec/terms_writer.c - the dictionary, as stored.
 *
 *     block   n:u8 space:varint postings:varint positions:varint
 *             shared:block(n) rest:block(n) [byte]     (front.h)
 *             documents:block(n)
 *             extra:block(m) list:block(m)             m terms with df > 1
 *             spread:block(l)                          l terms with df > 128
 *             single:block(n - m) times:block(n - m)   the others
 *             gaps                                     their positions, a run
 *             names:u32
 *     index   blocks:u32 terms:u64 zeros:4 [prefix:u64] [offset:u64]
 *
 * Blocks of no numbers are left out. extra and times only with frequencies,
 * spread and gaps only with positions, names only for words, whose space is
 * even. FORMAT.md says what the numbers are.
 */
#include "native/codec/terms.h"

#include "base/alloc.h"
#include "native/codec/front.h"
#include "native/codec/postings.h"

_Static_assert(LEDE_TERMS_BLOCK <= LEDE_FRONT_MAX, "a block is front-coded");

struct lede_terms_writer {
    const lede_allocator *allocator;
    lede_terms_space *spaces;
    uint32_t space_count;
    uint32_t at; /* the space at hand */

    /* The block being filled. */
    uint32_t n;
    lede_terms_entry entries[LEDE_TERMS_BLOCK];
    size_t ends[LEDE_TERMS_BLOCK]; /* of terms in `bytes` */
    lede_buffer bytes;
    uint32_t *gaps; /* of terms in one document */
    size_t gap_count;
    size_t gap_capacity;

    uint32_t blocks;
    uint64_t terms;
    uint64_t offset; /* of the next block */
    lede_buffer prefixes;
    lede_buffer offsets;
};

lede_status lede_terms_writer_new(lede_terms_writer **out,
                                  lede_terms_space *spaces, uint32_t count,
                                  const lede_allocator *allocator)
{
    lede_terms_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->spaces = spaces;
    made->space_count = count;
    for (uint32_t i = 0; i < count; i++) {
        spaces[i].blocks = 0;
        spaces[i].terms = 0;
    }
    lede_buffer_init(&made->bytes, allocator);
    lede_buffer_init(&made->prefixes, allocator);
    lede_buffer_init(&made->offsets, allocator);
    *out = made;
    return LEDE_OK;
}

void lede_terms_writer_free(lede_terms_writer *writer)
{
    if (!writer)
        return;
    lede_buffer_fini(&writer->bytes);
    lede_buffer_fini(&writer->prefixes);
    lede_buffer_fini(&writer->offsets);
    lede_release(writer->allocator, writer->gaps,
                 writer->gap_capacity * sizeof *writer->gaps);
    lede_release(writer->allocator, writer, sizeof *writer);
}

/* One column of a block: the numbers of some of its terms. */
typedef struct column {
    uint32_t n;
    uint32_t values[LEDE_TERMS_BLOCK];
} column;

static void put_column(lede_buffer *out, const column *c)
{
    uint8_t *at;

    if (c->n == 0)
        return;
    at = lede_buffer_reserve(out, LEDE_BLOCK_BYTES_MAX);
    if (at)
        out->len += lede_block_write(at, c->values, c->n);
}

static void add_to(column *c, uint64_t value)
{
    c->values[c->n++] = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void put_numbers(const lede_terms_writer *w, lede_buffer *out,
                        const lede_terms_space *space)
{
    column documents = { 0 }, extra = { 0 }, list = { 0 }, spread = { 0 };
    column single = { 0 }, times = { 0 };
    uint32_t names = 0;

    for (uint32_t i = 0; i < w->n; i++) {
        const lede_terms_entry *e = &w->entries[i];

        add_to(&documents, e->documents - 1);
        names |= e->name ? 1U << i : 0;
        if (e->documents == 1) {
            add_to(&single, e->document);
            add_to(&times, e->frequency - 1);
            continue;
        }
        add_to(&extra, e->occurrences - e->documents);
        add_to(&list, e->postings_len);
        if (e->documents > LEDE_POSTINGS_SHORT)
            add_to(&spread, e->positions_len);
    }
    put_column(out, &documents);
    if (space->frequencies)
        put_column(out, &extra);
    put_column(out, &list);
    if (space->positions)
        put_column(out, &spread);
    put_column(out, &single);
    if (space->frequencies)
        put_column(out, &times);
    if (space->positions)
        lede_run_write(out, w->gaps, w->gap_count);
    if (space->space % 2 == 0)
        lede_put_u32(out, names);
}

/* 4 bytes of the space and the first 4 of the term, as a number. */
static uint64_t prefix_of(uint32_t space, lede_bytes term)
{
    uint64_t prefix = space;

    for (size_t i = 0; i < 4; i++)
        prefix = prefix << 8 | (i < term.len ? term.at[i] : 0);
    return prefix;
}

static lede_status end_block(lede_terms_writer *w, lede_buffer *out)
{
    lede_terms_space *space = &w->spaces[w->at];
    lede_bytes terms[LEDE_TERMS_BLOCK];
    uint64_t postings = 0, positions = 0;
    size_t before = out->len;
    bool listed = false, spread = false;

    if (w->n == 0)
        return LEDE_OK;
    for (uint32_t i = 0; i < w->n; i++) {
        const lede_terms_entry *e = &w->entries[i];
        size_t begin = i ? w->ends[i - 1] : 0;

        terms[i] = lede_bytes_of(w->bytes.at + begin, w->ends[i] - begin);
        if (e->documents > 1 && !listed)
            postings = e->postings;
        if (e->documents > LEDE_POSTINGS_SHORT && !spread)
            positions = e->positions;
        listed |= e->documents > 1;
        spread |= e->documents > LEDE_POSTINGS_SHORT;
    }
    lede_put_u64(&w->prefixes, prefix_of(space->space, terms[0]));
    lede_put_u64(&w->offsets, w->offset);
    lede_put_u8(out, (uint8_t)w->n);
    lede_put_varint(out, space->space);
    lede_put_varint(out, postings);
    lede_put_varint(out, positions);
    lede_front_write(out, terms, w->n);
    put_numbers(w, out, space);
    w->offset += out->len - before;
    space->blocks++;
    space->terms += w->n;
    w->blocks++;
    w->terms += w->n;
    w->n = 0;
    w->gap_count = 0;
    lede_buffer_clear(&w->bytes);
    return out->status;
}

static lede_status add_gaps(lede_terms_writer *w, const lede_terms_entry *e)
{
    uint32_t base = 0;

    if (!lede_grow(w->allocator, &w->gaps, &w->gap_capacity,
                   w->gap_count + e->frequency, sizeof *w->gaps))
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < e->frequency; i++) {
        w->gaps[w->gap_count++] = e->at[i] - base;
        base = e->at[i] + 1;
    }
    return LEDE_OK;
}

lede_status lede_terms_writer_add(lede_terms_writer *writer,
                                  lede_buffer *dictionary, uint32_t space,
                                  lede_bytes term,
                                  const lede_terms_entry *entry)
{
    lede_status status = LEDE_OK;

    if (writer->n == LEDE_TERMS_BLOCK ||
        writer->spaces[writer->at].space != space)
        status = end_block(writer, dictionary);
    while (writer->at + 1 < writer->space_count &&
           writer->spaces[writer->at].space != space)
        writer->at++;
    if (status == LEDE_OK && entry->documents == 1 &&
        writer->spaces[writer->at].positions)
        status = add_gaps(writer, entry);
    if (status != LEDE_OK)
        return status;
    lede_put(&writer->bytes, term.at, term.len);
    writer->entries[writer->n] = *entry;
    writer->ends[writer->n] = writer->bytes.len;
    writer->n++;
    return writer->bytes.status;
}

lede_status lede_terms_writer_end(lede_terms_writer *writer,
                                  lede_buffer *dictionary, lede_buffer *index)
{
    lede_status status = end_block(writer, dictionary);

    lede_put_u32(index, writer->blocks);
    lede_put_u64(index, writer->terms);
    lede_put_u32(index, 0);
    lede_put(index, writer->prefixes.at, writer->prefixes.len);
    lede_put(index, writer->offsets.at, writer->offsets.len);
    if (status == LEDE_OK)
        status = writer->prefixes.status;
    if (status == LEDE_OK)
        status = writer->offsets.status;
    return status == LEDE_OK ? index->status : status;
}
