/*
 * native/codec/terms_writer.c - the dictionary, as stored.
 *
 *     block   flags:u8
 *             front(n)     (front.c)
 *             documents:block(n) postings:varint
 *             extra:block(m) list:block(m)             m terms with df > 16
 *             positions:varint spread:block(l)         l terms with df > 128
 *             few:varint                               if m < n
 *             names:u32 scaled:u32                     if the flags say so
 *     flags   1 names, 2 scaled, 4 the lists of few are scaled
 *     index   blocks:u32 terms:u64 zeros:4 [prefix:u64] offsets:column
 *
 * Blocks of no numbers are left out. extra only with frequencies, positions and
 * spread only with positions, names only for words, whose space is even.
 * FORMAT.md says what the numbers are.
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

    uint32_t blocks;
    uint64_t terms;
    uint64_t offset; /* of the next block */
    lede_buffer prefixes;
    uint64_t *offsets; /* of blocks */
    size_t offset_capacity;
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
    *out = made;
    return LEDE_OK;
}

void lede_terms_writer_free(lede_terms_writer *writer)
{
    if (!writer)
        return;
    lede_buffer_fini(&writer->bytes);
    lede_buffer_fini(&writer->prefixes);
    lede_release(writer->allocator, writer->offsets,
                 writer->offset_capacity * sizeof *writer->offsets);
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
        out->len += lede_block_write_uneven(at, c->values, c->n);
}

static void add_to(column *c, uint64_t value)
{
    c->values[c->n++] = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/* What a block says of its terms: a bit for each that has it. */
typedef struct marks {
    uint32_t names;
    uint32_t scaled;
} marks;

static marks find_marks(const lede_terms_writer *w)
{
    marks found = { 0 };

    for (uint32_t i = 0; i < w->n; i++) {
        found.names |= w->entries[i].name ? 1U << i : 0;
        found.scaled |= w->entries[i].scaled ? 1U << i : 0;
    }
    return found;
}

static void put_numbers(const lede_terms_writer *w, lede_buffer *out,
                        uint64_t few_len)
{
    const lede_terms_space *space = &w->spaces[w->at];
    column documents = { 0 }, extra = { 0 }, list = { 0 }, spread = { 0 };

    for (uint32_t i = 0; i < w->n; i++) {
        const lede_terms_entry *e = &w->entries[i];

        add_to(&documents, e->documents - 1);
        if (e->documents <= LEDE_POSTINGS_FEW)
            continue;
        add_to(&extra, e->occurrences - e->documents);
        add_to(&list, e->postings_len);
        if (e->documents > LEDE_POSTINGS_SHORT)
            add_to(&spread, e->positions_len);
    }
    put_column(out, &documents);
    lede_put_varint(out, w->entries[0].postings);
    if (space->frequencies)
        put_column(out, &extra);
    put_column(out, &list);
    if (space->positions && spread.n > 0) {
        lede_put_varint(out, w->entries[0].positions);
        put_column(out, &spread);
    }
    if (list.n < w->n)
        lede_put_varint(out, few_len);
}

static void put_terms(const lede_terms_writer *w, lede_buffer *out,
                      lede_bytes *first)
{
    lede_bytes terms[LEDE_TERMS_BLOCK];

    for (uint32_t i = 0; i < w->n; i++) {
        size_t begin = i ? w->ends[i - 1] : 0;

        terms[i] = lede_bytes_of(w->bytes.at + begin, w->ends[i] - begin);
    }
    *first = terms[0];
    lede_front_write(out, terms, w->n);
}

lede_status lede_terms_writer_end_block(lede_terms_writer *writer,
                                        lede_buffer *dictionary,
                                        uint64_t few_len, bool few_scaled)
{
    lede_terms_writer *w = writer;
    lede_terms_space *space = &w->spaces[w->at];
    size_t before = dictionary->len;
    lede_bytes first = { 0 };
    marks marked;

    if (w->n == 0)
        return LEDE_OK;
    if (!lede_grow(w->allocator, &w->offsets, &w->offset_capacity,
                   (size_t)w->blocks + 1, sizeof *w->offsets))
        return LEDE_ERR_NOMEM;
    marked = find_marks(w);
    lede_put_u8(dictionary, (marked.names ? LEDE_TERMS_NAMES : 0) |
                                (marked.scaled ? LEDE_TERMS_SCALED : 0) |
                                (few_scaled ? LEDE_TERMS_FEW_SCALED : 0));
    put_terms(w, dictionary, &first);
    put_numbers(w, dictionary, few_len);
    if (marked.names)
        lede_put_u32(dictionary, marked.names);
    if (marked.scaled)
        lede_put_u32(dictionary, marked.scaled);
    lede_put_u64(&w->prefixes, lede_terms_prefix(first));
    w->offsets[w->blocks++] = w->offset;
    w->offset += dictionary->len - before;
    space->blocks++;
    space->terms += w->n;
    w->terms += w->n;
    w->n = 0;
    lede_buffer_clear(&w->bytes);
    return dictionary->status;
}

lede_status lede_terms_writer_add(lede_terms_writer *writer, uint32_t space,
                                  lede_bytes term,
                                  const lede_terms_entry *entry)
{
    uint32_t at = writer->at;

    while (at + 1 < writer->space_count && writer->spaces[at].space != space)
        at++;
    if (writer->n == LEDE_TERMS_BLOCK || (writer->n > 0 && at != writer->at))
        return LEDE_ERR_INVALID;
    writer->at = at;
    lede_put(&writer->bytes, term.at, term.len);
    writer->entries[writer->n] = *entry;
    writer->ends[writer->n] = writer->bytes.len;
    writer->n++;
    return writer->bytes.status;
}

bool lede_terms_writer_is_full(const lede_terms_writer *writer)
{
    return writer->n == LEDE_TERMS_BLOCK;
}

lede_status lede_terms_writer_end(lede_terms_writer *writer, lede_buffer *index)
{
    lede_put_u32(index, writer->blocks);
    lede_put_u64(index, writer->terms);
    lede_put_u32(index, 0);
    lede_put(index, writer->prefixes.at, writer->prefixes.len);
    lede_column_write(index, writer->offsets, writer->blocks);
    return writer->prefixes.status != LEDE_OK ? writer->prefixes.status
                                              : index->status;
}
