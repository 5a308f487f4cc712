/*
 * native/codec/postings.h - the documents that hold one term.
 *
 *     lede_postings_writer_begin(&writer, frequencies, positions);
 *     lede_postings_writer_add(&writer, doc, tf, positions, length);
 *     lede_postings_writer_end(&writer, &postings, &positions, &entry);
 *
 *     lede_postings_open(list, &source, &entry);
 *     for (doc = lede_postings_seek(list, 0); doc != LEDE_DOC_END;
 *          doc = lede_postings_seek(list, doc + 1))
 *         ... list->frequency, lede_postings_positions(list, &count)
 *     status = list->status;
 *
 * Grammar in FORMAT.md, "Postings" and "Runs of gaps". One reader for all
 * shapes: one document, short, long. A reader works a block at a time: those
 * that match in bulk take whole blocks.
 *
 * Errors    Damaged bytes end the list early and say so in `status`.
 * Memory    A reader lives in the caller's storage, borrows the section bytes
 *           and needs no closing.
 * Threads   Confined; readers over the same bytes are independent.
 */
#ifndef LEDE_NATIVE_CODEC_POSTINGS_H
#define LEDE_NATIVE_CODEC_POSTINGS_H

#include "native/codec/block.h"
#include "native/codec/terms.h"

/* Larger than any document number. */
#define LEDE_DOC_END UINT32_MAX

/* A list of more documents is written in blocks. */
#define LEDE_POSTINGS_SHORT 128U

/* ---- Writing ---- */

typedef struct lede_postings_writer lede_postings_writer;

lede_status lede_postings_writer_new(lede_postings_writer **out,
                                     const lede_allocator *allocator);
void lede_postings_writer_free(lede_postings_writer *writer);

/* Begins a list. */
void lede_postings_writer_begin(lede_postings_writer *writer, bool frequencies,
                                bool positions);

/* Adds a document, above the last. `positions` rise, `frequency` of them; NULL
 * where they are not kept. `length` is what the bound is about: of the default
 * fields together, or of a field named only. */
lede_status lede_postings_writer_add(lede_postings_writer *writer, uint32_t doc,
                                     uint32_t frequency,
                                     const uint32_t *positions,
                                     uint64_t length);

/* Documents of a list, above those before. */
typedef struct lede_postings_batch {
    uint32_t n; /* 1 to LEDE_BLOCK_MAX */
    uint32_t docs[LEDE_BLOCK_MAX];
    uint32_t times[LEDE_BLOCK_MAX]; /* frequency - 1; 0 where none are kept */
    const uint32_t *positions;      /* of one document after the other, where
                                     * they are kept */
    size_t position_count;          /* sum of the frequencies */
    uint64_t least; /* of their lengths; for a batch that is a list of fewer
                       * than LEDE_BLOCK_MAX, any number */
} lede_postings_batch;

/* Adds a batch: the list comes in full ones and a last one, or by
 * lede_postings_writer_add. */
lede_status lede_postings_writer_add_batch(lede_postings_writer *writer,
                                           const lede_postings_batch *batch);

/*
 * Adds all documents of a list just opened, moved by `shift`, as the blocks
 * they are in: for merges of segments where nothing was deleted. Blocks it
 * leaves half full stay so. UNSUPPORTED, with nothing added, for a short list.
 */
struct lede_postings;
lede_status lede_postings_writer_copy(lede_postings_writer *writer,
                                      struct lede_postings *list,
                                      uint32_t shift);

/* Appends the list to the sections and fills in the entry's numbers (all but
 * `name`); offsets are the buffers' lengths plus the bases given. For df = 1
 * `at` points into the writer until the next begin. */
lede_status lede_postings_writer_end(
    lede_postings_writer *writer, lede_buffer *postings, uint64_t postings_base,
    lede_buffer *positions, uint64_t positions_base, lede_terms_entry *entry);

/* ---- Reading ---- */

/* Where lists are read from, and what their field keeps. */
typedef struct lede_postings_source {
    lede_bytes postings; /* whole sections */
    lede_bytes positions;
    bool frequencies;
    bool has_positions;
    uint32_t documents; /* of the segment: numbers are below it */
    /* Called before bytes of a section are read; NULL: they are verified. */
    lede_status (*need)(void *ctx, const uint8_t *at, size_t len);
    void *need_ctx;
} lede_postings_source;

/* A block as it is stored, to be copied. */
typedef struct lede_postings_raw {
    uint32_t first;
    uint32_t last;
    uint32_t size; /* documents */
    uint32_t most; /* frequency - 1 */
    uint32_t least;
    lede_bytes body;
    lede_bytes spread; /* its positions */
} lede_postings_raw;

typedef struct lede_postings {
    uint32_t doc; /* the present document, LEDE_DOC_END at the end */
    uint32_t
        frequency; /* in it, 1 or more; 0 before the first and at the end */
    uint32_t documents; /* df */
    lede_status status;

    /* The block at hand, for those who take it whole. */
    uint32_t n;
    uint32_t at; /* of doc in it */
    uint32_t docs[LEDE_BLOCK_MAX];
    uint32_t frequencies[LEDE_BLOCK_MAX]; /* see lede_postings_frequencies */

    /* ---- Private ---- */
    const lede_postings_source *source;
    lede_terms_entry entry;

    /* Long lists: the groups not yet opened, and the one that is. */
    lede_bytes rest;
    uint64_t groups_left;
    uint64_t docs_left;      /* behind the group that is open */
    uint64_t next_doc;       /* the least that the next group can hold */
    uint64_t next_positions; /* of the next group, in the section */
    uint64_t positions;      /* of the open group */
    uint32_t blocks;         /* in the open group; 0: none is */
    uint32_t block;          /* the next one to be read */
    lede_bytes bodies;       /* of the open group */
    uint32_t firsts[LEDE_BLOCK_MAX];
    uint32_t lasts[LEDE_BLOCK_MAX];
    uint32_t sizes[LEDE_BLOCK_MAX];
    uint64_t body_ends[LEDE_BLOCK_MAX];
    uint64_t spread_ends[LEDE_BLOCK_MAX];
    uint32_t most[LEDE_BLOCK_MAX];  /* frequency - 1 */
    uint32_t least[LEDE_BLOCK_MAX]; /* length, as a floor */

    /* The block at hand: what of it has not been read. */
    uint32_t hand_most; /* its bounds, as in the head */
    uint32_t hand_least;
    bool has_frequencies;
    bool has_run;
    lede_bytes times;
    lede_bytes gaps;
    lede_run run;
    uint32_t run_at;   /* document of the block that `run_gaps` stands at */
    uint64_t run_gaps; /* gaps of the documents before it */
} lede_postings;

/* Stands before the first document: doc is 0 only after a seek. The entry's
 * `at` (df = 1) must live as long as the reader. */
void lede_postings_open(lede_postings *list, const lede_postings_source *source,
                        const lede_terms_entry *entry);

/* Moves to the first document not below target and returns it; a target at or
 * below the present document leaves it. Sets `frequency`. */
uint32_t lede_postings_seek(lede_postings *list, uint32_t target);

/* Makes the block that holds the first document not below target the one at
 * hand: docs[0 .. n). Moves to no document; seek does, from there. Targets do
 * not fall. False at the end. */
bool lede_postings_block(lede_postings *list, uint32_t target);

/* Fills in frequencies[0 .. n) of the block at hand; false on damage. */
bool lede_postings_frequencies(lede_postings *list);

/* Bounds of the block that would hold the first document not below target,
 * without reading it: its last document, most frequency, and least length.
 * LEDE_DOC_END past the end. */
uint32_t lede_postings_bound(lede_postings *list, uint32_t target,
                             uint32_t *frequency, uint64_t *length);

/* The positions of the present document, `frequency` of them, rising, into
 * `out` (room for as many). False on damage, and without positions. */
bool lede_postings_positions(lede_postings *list, uint32_t *out);

/* The next block of a long list as it is stored; for whom nothing else moves
 * the reader. False at the end. */
bool lede_postings_next_raw(lede_postings *list, lede_postings_raw *raw);

/* A length as a bound stores it, and the least length that gives. */
uint32_t lede_length_floor(uint64_t length);
uint64_t lede_length_least(uint32_t floor);

#endif
