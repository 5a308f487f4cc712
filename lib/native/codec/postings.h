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

/*
 * Adds blocks of another list as they are, their documents moved by `shift`:
 * those of a long list whose documents are all kept. Returns how many documents
 * it took, up to the first block that cannot be copied (or the end), in
 * *taken; 0 if the list is short. The reader stands where it stood.
 */
struct lede_postings;
lede_status lede_postings_writer_copy(lede_postings_writer *writer,
                                      const struct lede_postings *list,
                                      uint32_t shift, uint32_t *taken);

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

typedef struct lede_postings {
    uint32_t doc;       /* the present document, LEDE_DOC_END at the end */
    uint32_t frequency; /* in it, 1 or more; 0 at the end */
    uint32_t documents; /* df */
    lede_status status;

    /* The block at hand, for those who take it whole. */
    uint32_t n;
    uint32_t at; /* of doc in it */
    uint32_t docs[LEDE_BLOCK_MAX];
    uint32_t frequencies[LEDE_BLOCK_MAX]; /* read when first asked for */
    bool has_frequencies;

    /* ---- Private: groups, blocks, runs ---- */
    const lede_postings_source *source;
    lede_terms_entry entry;
    uint32_t *single_positions;
    lede_bytes rest; /* groups not yet opened */
    uint32_t groups_left;
    uint32_t group_first_doc; /* the least document the group can hold */
    uint32_t group_last;
    uint32_t blocks; /* of the group at hand */
    uint32_t block;
    uint32_t
        firsts[LEDE_BLOCK_MAX]; /* of each block: first and last document */
    uint32_t lasts[LEDE_BLOCK_MAX];
    uint32_t sizes[LEDE_BLOCK_MAX];
    uint32_t bodies[LEDE_BLOCK_MAX + 1]; /* ends, as running sums */
    uint64_t spreads[LEDE_BLOCK_MAX + 1];
    uint32_t bounds[2 * LEDE_BLOCK_MAX]; /* most frequency, least length */
    lede_bytes group_bodies;
    uint64_t group_positions; /* offset of the group's positions */
    lede_bytes times;         /* of the block at hand, not yet read */
    lede_bytes gaps;          /* its positions */
    lede_run run;
    bool has_run;
    uint64_t run_at; /* occurrences before documents read so far */
    uint32_t run_doc;
} lede_postings;

/* Stands before the first document: doc is 0 only after a seek. The entry's
 * `at` (df = 1) must live as long as the reader. */
void lede_postings_open(lede_postings *list, const lede_postings_source *source,
                        const lede_terms_entry *entry);

/* Moves to the first document not below target and returns it. Targets at or
 * below the present document leave it. Sets `frequency`. */
uint32_t lede_postings_seek(lede_postings *list, uint32_t target);

/* Makes the block that holds the first document not below target the one at
 * hand, without moving to a document: docs[0 .. n), frequencies. False at the
 * end. */
bool lede_postings_block(lede_postings *list, uint32_t target);

/* Bounds of the block that would hold the first document not below target,
 * without reading it: its last document, most frequency, and least length.
 * LEDE_DOC_END past the end. */
uint32_t lede_postings_bound(lede_postings *list, uint32_t target,
                             uint32_t *frequency, uint64_t *length);

/* The positions of the present document, `frequency` of them, rising, into
 * `out` (room for as many). False on damage, and without positions. */
bool lede_postings_positions(lede_postings *list, uint32_t *out);

/* A length as a bound stores it, and the least length that gives. */
uint32_t lede_length_floor(uint64_t length);
uint64_t lede_length_least(uint32_t floor);

#endif
