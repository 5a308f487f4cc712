/*
 * native/codec/terms.h - the dictionary: terms in order, with their numbers.
 *
 *     lede_terms_writer_add(writer, space, term, &entry);
 *     if (lede_terms_writer_is_full(writer))
 *         lede_terms_writer_end_block(writer, &dictionary, bytes, scaled);
 *     lede_terms_writer_end(writer, &index);
 *
 *     lede_terms_table_open(&table, dictionary, index, spaces, space_count);
 *     lede_terms_cursor_new(&cursor, &table, alloc);
 *     status = lede_terms_find(cursor, space, term, &entry);
 *
 *     lede_terms_cursor_seek(cursor, space, from);
 *     while (lede_terms_cursor_next(cursor))
 *         ... cursor->term, cursor->entry
 *
 * Grammar in FORMAT.md, "Dictionary". A space is 2 x field for words, one more
 * for whole values.
 *
 * Errors    CORRUPT for bytes that cannot be a dictionary; a block is checked
 *           when it is read.
 * Memory    A table borrows its bytes. A cursor holds one block unpacked.
 * Threads   A table is frozen, cursors are confined.
 */
#ifndef LEDE_NATIVE_CODEC_TERMS_H
#define LEDE_NATIVE_CODEC_TERMS_H

#include "base/buffer.h"
#include "native/codec/column.h"

#define LEDE_TERMS_BLOCK 32U

/* Bits of a block's flags. */
#define LEDE_TERMS_NAMES      1U /* some terms are names */
#define LEDE_TERMS_SCALED     2U /* some lists are scaled */
#define LEDE_TERMS_FEW_SCALED 4U /* so are those of few */

/* A value (keyword) is longer than a word. */
#define LEDE_TERM_LEN_MAX 1024U

/* Bytes of a block's prefix in the index. */
#define LEDE_TERMS_PREFIX 8U

/* The first 8 bytes of a term, as a number: prefixes compare as terms do. */
static inline uint64_t lede_terms_prefix(lede_bytes term)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < LEDE_TERMS_PREFIX; i++)
        prefix = prefix << 8 | (i < term.len ? term.at[i] : 0);
    return prefix;
}

/* What a space's fields decide about its terms' numbers. */
typedef struct lede_terms_space {
    uint32_t space;
    bool frequencies; /* words; values have none */
    bool positions;
    uint32_t blocks; /* filled in by the writer; stored in the summary */
    uint64_t terms;
    uint32_t
        usual; /* length, of the tops of its lists (codec/top.h); so, too */
} lede_terms_space;

/* The numbers of a term, and where its list is. */
typedef struct lede_terms_entry {
    uint64_t ordinal;     /* among all terms of the space; set by the reader */
    uint32_t documents;   /* df, 1 or more */
    uint64_t occurrences; /* cf; df for a value; 0 for a list of few words: see
                           * lede_postings_occurrences */
    bool name;
    bool scaled;       /* the list begins its positions with a scale */
    uint64_t postings; /* offset and length in the section; of lists of few, of
                        * all that are written together */
    uint64_t postings_len;
    uint64_t positions; /* df > 128 and positions */
    uint64_t positions_len;
    /* Lists of few: documents of those written together, and which of them is
     * this one. Set by the reader. */
    uint8_t few[LEDE_TERMS_BLOCK];
    uint32_t few_count;
    uint32_t few_at;
} lede_terms_entry;

/* ---- Writing ---- */

typedef struct lede_terms_writer lede_terms_writer;

/* `spaces` rise and are borrowed until the end, where blocks and terms are
 * filled in. */
lede_status lede_terms_writer_new(lede_terms_writer **out,
                                  lede_terms_space *spaces, uint32_t count,
                                  const lede_allocator *allocator);
void lede_terms_writer_free(lede_terms_writer *writer);

/* Adds a term to the block being filled, which is not full and of the same
 * space. Terms rise by space, then bytes; postings and positions follow one
 * another in that order without gaps. */
lede_status lede_terms_writer_add(lede_terms_writer *writer, uint32_t space,
                                  lede_bytes term,
                                  const lede_terms_entry *entry);

/* Whether the block being filled must be ended before another term comes. */
bool lede_terms_writer_is_full(const lede_terms_writer *writer);

/*
 * Appends the block being filled, if any, to `dictionary`, which the caller may
 * empty between calls. Behind the lists of its terms stand `few_len` bytes of
 * its lists of few, whose positions begin with a scale if `few_scaled`.
 */
lede_status lede_terms_writer_end_block(lede_terms_writer *writer,
                                        lede_buffer *dictionary,
                                        uint64_t few_len, bool few_scaled);

/* Appends the index; the last block was ended. */
lede_status lede_terms_writer_end(lede_terms_writer *writer,
                                  lede_buffer *index);

/* ---- Reading ---- */

typedef struct lede_terms_table {
    lede_bytes dictionary;
    lede_bytes prefixes;
    lede_column offsets;
    uint32_t blocks;
    const lede_terms_space *spaces; /* borrowed */
    uint32_t space_count;
    /* Called before bytes of the dictionary are read; NULL: they are verified.
     * Set after opening. */
    lede_status (*need)(void *ctx, const uint8_t *at, size_t len);
    void *need_ctx;
} lede_terms_table;

lede_status lede_terms_table_open(lede_terms_table *table,
                                  lede_bytes dictionary, lede_bytes index,
                                  const lede_terms_space *spaces,
                                  uint32_t space_count);

typedef struct lede_terms_cursor lede_terms_cursor;
struct lede_terms_cursor {
    lede_bytes term; /* borrowed until next */
    lede_terms_entry entry;
    lede_status status;
    bool bare; /* set by who wants few of the entries: next leaves them to
                * lede_terms_cursor_read */
};

lede_status lede_terms_cursor_new(lede_terms_cursor **out,
                                  const lede_terms_table *table,
                                  const lede_allocator *allocator);
void lede_terms_cursor_free(lede_terms_cursor *cursor);

/* The numbers of one term; LEDE_ERR_NOT_FOUND. Uses the cursor's room: its
 * place is lost. */
lede_status lede_terms_find(lede_terms_cursor *cursor, uint32_t space,
                            lede_bytes term, lede_terms_entry *entry);

/* Stands before the first term of the space that is not below `from`. Costs
 * less where that is not far behind the term at hand. */
void lede_terms_cursor_seek(lede_terms_cursor *cursor, uint32_t space,
                            lede_bytes from);

/* Stands before the term with an ordinal of the space. */
void lede_terms_cursor_seek_ordinal(lede_terms_cursor *cursor, uint32_t space,
                                    uint64_t ordinal);

/* The next term of the space; false at its end and on failure. */
bool lede_terms_cursor_next(lede_terms_cursor *cursor);

/* Fills in the entry of the term at hand; false on failure. */
bool lede_terms_cursor_read(lede_terms_cursor *cursor);

/* In how many documents the term at hand is, and whether it was seen as a name;
 * false on failure. Costs less than its entry. */
bool lede_terms_cursor_count(lede_terms_cursor *cursor, uint32_t *documents,
                             bool *name);

/* The ordinal alone of the term at hand. */
uint64_t lede_terms_cursor_ordinal(const lede_terms_cursor *cursor);

#endif
