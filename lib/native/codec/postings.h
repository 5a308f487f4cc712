/*
 * native/codec/postings.h - the documents that hold one term.
 *
 *     lede_postings_writer_begin(writer, &target);
 *     lede_postings_writer_add(writer, doc, frequency, positions);
 *     lede_postings_writer_end(writer, &postings, ..., &positions, ..., &entry);
 *
 *     lede_postings_open(list, &source, &entry);
 *     for (doc = lede_postings_seek(list, 0); doc != LEDE_DOC_END;
 *          doc = lede_postings_seek(list, doc + 1))
 *         ... list->frequency, lede_postings_positions(list, &count)
 *     status = list->status;
 *
 * Grammar in FORMAT.md, "Postings" and "Points". One reader for all shapes:
 * few, short, long. A reader works a block at a time: those that match in bulk
 * take whole blocks.
 *
 * Errors    Damaged bytes end the list early and say so in `status`.
 * Memory    A reader lives in the caller's storage, borrows the section bytes
 *           and needs no closing.
 * Threads   Confined; readers over the same bytes are independent.
 */
#ifndef LEDE_NATIVE_CODEC_POSTINGS_H
#define LEDE_NATIVE_CODEC_POSTINGS_H

#include "native/codec/block.h"
#include "native/codec/bound.h"
#include "native/codec/column.h"
#include "native/codec/mark.h"
#include "native/codec/points.h"
#include "native/codec/terms.h"
#include "native/codec/top.h"

/* Larger than any document number. */
#define LEDE_DOC_END UINT32_MAX

/* Lists of at most so many documents are written together, those of one block
 * of the dictionary. */
#define LEDE_POSTINGS_FEW 16U

/* A list of more documents is written in blocks. */
#define LEDE_POSTINGS_SHORT 128U

/* A group of more blocks says what bounds all of them. */
#define LEDE_GROUP_PLAIN 8U

/* Bits of a group's shape, above its count of blocks - 1. */
#define LEDE_GROUP_MORE   128U /* it is not the last */
#define LEDE_GROUP_UNEVEN 256U /* sizes of blocks are stored */
#define LEDE_GROUP_SCALED 512U /* so are scales */

/* What positions lie below in a document of so many words: of a field with
 * several values some lie beyond its words, which is what scales are for. */
static inline uint32_t lede_postings_range(uint32_t words, uint32_t scale)
{
    uint64_t range = (uint64_t)(words ? words : 1) << (scale & 63);

    return range < UINT32_MAX ? (uint32_t)range : UINT32_MAX;
}

/* ---- Writing ---- */

typedef struct lede_postings_writer lede_postings_writer;

lede_status lede_postings_writer_new(lede_postings_writer **out,
                                     const lede_allocator *allocator);
void lede_postings_writer_free(lede_postings_writer *writer);

/* What is kept of the lists of a space, and what they are written by. */
typedef struct lede_postings_target {
    uint32_t documents; /* of the segment */
    bool frequencies;
    bool positions; /* only with frequencies */
    /* Words of the field by document; of those from word_count on 0. */
    const uint32_t *words;
    uint32_t word_count;
    /* The same of what bounds are about: the default fields together, or a
     * field that is named only. */
    const uint32_t *lengths;
    uint32_t length_count;
    uint32_t usual; /* what tops and marks take for the average of
                     * these */
} lede_postings_target;

/* Begins a list. The target is borrowed until the lists of few are ended. */
void lede_postings_writer_begin(lede_postings_writer *writer,
                                const lede_postings_target *target);

/* Adds a document, above the last and below the segment's count. `positions`
 * rise, `frequency` of them; NULL where they are not kept. */
lede_status lede_postings_writer_add(lede_postings_writer *writer, uint32_t doc,
                                     uint32_t frequency,
                                     const uint32_t *positions);

/* Documents of a list, above those before. */
typedef struct lede_postings_batch {
    uint32_t n; /* 1 to LEDE_BLOCK_MAX */
    uint32_t docs[LEDE_BLOCK_MAX];
    uint32_t times[LEDE_BLOCK_MAX]; /* frequency - 1; 0 where none are kept */
    const uint32_t *positions;      /* of one document after the other, where
                                     * they are kept */
    size_t position_count;          /* sum of the frequencies */
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
 * `name`); offsets are the buffers' lengths plus the bases given. A list of few
 * waits for the others. */
lede_status lede_postings_writer_end(
    lede_postings_writer *writer, lede_buffer *postings, uint64_t postings_base,
    lede_buffer *positions, uint64_t positions_base, lede_terms_entry *entry);

/* Appends the lists of few that wait, which are those of a block of the
 * dictionary; nothing if there are none. *scaled as for the dictionary. */
lede_status lede_postings_writer_end_few(lede_postings_writer *writer,
                                         lede_buffer *postings, bool *scaled);

/* ---- Reading ---- */

/* Where lists are read from, and what their field keeps. */
typedef struct lede_postings_source {
    lede_bytes postings; /* whole sections */
    lede_bytes positions;
    bool frequencies;
    bool has_positions;
    uint32_t documents; /* of the segment: numbers are below it */
    uint32_t usual;     /* length, of tops */
    uint32_t space;
    /* Words of each document in the space's field; *column NULL where none has
     * any. Called before the first positions of a list are read. */
    lede_status (*lengths)(void *ctx, uint32_t space,
                           const lede_column **column);
    void *lengths_ctx;
    /* Called before bytes of a section are read; NULL: they are verified. */
    lede_status (*need)(void *ctx, const uint8_t *at, size_t len);
    void *need_ctx;
} lede_postings_source;

/* A block as it is stored, to be copied. */
typedef struct lede_postings_raw {
    uint32_t base; /* the least document that it could hold */
    uint32_t last;
    uint32_t size; /* documents */
    uint32_t scale;
    uint8_t top;          /* with frequencies */
    lede_corners corners; /* so, too */
    lede_bytes body;
    lede_bytes spread; /* its positions */
} lede_postings_raw;

/* What stands before the blocks of a group. */
typedef struct lede_postings_group {
    uint32_t blocks; /* 0: there is none */
    bool more;       /* groups follow */
    bool uneven;
    bool scaled;
    bool is_open;       /* its head was read */
    uint64_t base;      /* the least document that it can hold */
    uint64_t last;      /* its last one; if none follow and it is not open, the
                         * segment's */
    uint64_t documents; /* 0: all that are left */
    uint64_t spread;    /* bytes of its positions; 0 as above */
    lede_bytes head;    /* all the rest, as above */
    lede_bytes bodies;
    lede_bytes tops;      /* of its blocks */
    lede_bytes bounds;    /* of them, too */
    lede_corners corners; /* of all its documents; count 0: not known yet */
} lede_postings_group;

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

    /* The block at hand: what of it has not been read. */
    bool has_frequencies;
    bool has_points;
    bool has_lengths;
    bool in_group;   /* it is of the group below */
    uint32_t hand;   /* as which block */
    uint32_t scale;  /* of its positions */
    uint32_t point;  /* document of the block that `points` stands at */
    uint32_t ranged; /* documents of the block whose ranges are known */
    const lede_column *lengths;
    lede_bytes times;
    lede_bytes spread;
    lede_points points;
    uint32_t ranges[LEDE_BLOCK_MAX]; /* of positions, of so many */

    /* Long lists: the groups behind the one at hand, and that one. */
    lede_bytes rest;
    uint64_t docs_left; /* in groups that were not opened */
    uint64_t positions; /* of the group at hand, in the section */
    bool has_marks;
    lede_mark marks[LEDE_MARKS];
    lede_corners all; /* of the list; count 0: of the first group */
    lede_postings_group group;
    uint32_t block; /* of the group, the next one to be read */
    bool has_tops;  /* these may be read */
    bool has_corners;
    uint8_t sizes[LEDE_BLOCK_MAX];
    uint8_t scales[LEDE_BLOCK_MAX];
    uint32_t lasts[LEDE_BLOCK_MAX];
    uint64_t body_ends[LEDE_BLOCK_MAX];
    uint64_t spread_ends[LEDE_BLOCK_MAX];
    lede_corners corners[LEDE_BLOCK_MAX]; /* once asked for */
} lede_postings;

/* Stands before the first document: doc is 0 only after a seek. */
void lede_postings_open(lede_postings *list, const lede_postings_source *source,
                        const lede_terms_entry *entry);

/* Moves to the first document not below target and returns it; a target at or
 * below the present document leaves it. Sets `frequency`. Of this and what is
 * below, targets do not fall. */
uint32_t lede_postings_seek(lede_postings *list, uint32_t target);

/* Makes the block that holds the first document not below target the one at
 * hand: docs[0 .. n). Moves to no document; seek does, from there. False at the
 * end. */
bool lede_postings_block(lede_postings *list, uint32_t target);

/* Fills in frequencies[0 .. n) of the block at hand; false on damage. */
bool lede_postings_frequencies(lede_postings *list);

/* Moves to a document of the block at hand, whose frequencies were read; one
 * before the present document is none whose positions can still be read. */
static inline void lede_postings_stand(lede_postings *list, uint32_t at)
{
    list->at = at;
    list->doc = list->docs[at];
    list->frequency = list->frequencies[at];
}

/* The bound of the block that holds the first document not below target,
 * without reading it; of a list of no more than LEDE_POSTINGS_SHORT documents
 * that of all of them. False past the end. */
bool lede_postings_bound(lede_postings *list, uint32_t target,
                         lede_bound *bound);

/* The same of a long list that keeps frequencies as a top (codec/top.h), and the
 * last document of that block. */
bool lede_postings_top(lede_postings *list, uint32_t target, uint32_t *last,
                       uint8_t *top);

/* A bound of up to 128 blocks, among them the one that holds the first document
 * not below target: looser, and enough to pass all of them. Reads no head of
 * more than LEDE_GROUP_PLAIN blocks. False past the end. */
bool lede_postings_wide_bound(lede_postings *list, uint32_t target,
                              lede_bound *bound);

/* A bound of all documents of the list, wherever it stands. False on damage. */
bool lede_postings_most(lede_postings *list, lede_bound *bound);

/* What at least `documents` of the list have, wherever it stands; false where
 * that is not known: of a list that is not long, or without frequencies, or of
 * more documents than marks are about, or on damage. Asked before a seek or any
 * of these. */
bool lede_postings_mark(lede_postings *list, uint32_t documents,
                        lede_mark *mark);

/*
 * Blocks of a long list, in any order, for those who take the best first.
 *
 *     while ((count = lede_postings_open_group(list, target)) > 0) {
 *         corners = lede_postings_corners(list, b);           b < count
 *         if (lede_postings_pick(list, b) && lede_postings_frequencies(list))
 *             ... list->docs, list->frequencies
 *         target = lede_postings_last(list, count - 1) + 1;
 *     }
 */

/* Opens the group of blocks that holds the first document not below target, and
 * returns how many there are; 0 at the end. Targets do not fall. */
uint32_t lede_postings_open_group(lede_postings *list, uint32_t target);

/* The same without looking at corners: for tops. */
uint32_t lede_postings_open_heads(lede_postings *list, uint32_t target);

/* The tops of the blocks of the open group, one of which holds the first
 * document not below what it was opened for; NULL where frequencies, which are 1
 * then, are not kept. */
static inline const uint8_t *lede_postings_tops(const lede_postings *list)
{
    return list->group.tops.at;
}

/* Whether groups follow the open one. */
static inline bool lede_postings_more(const lede_postings *list)
{
    return list->group.more;
}

/* The last document of a block of the open group, and corners of all its
 * documents (codec/bound.h). */
static inline uint32_t lede_postings_last(const lede_postings *list,
                                          uint32_t block)
{
    return list->lasts[block];
}
const lede_corners *lede_postings_corners(const lede_postings *list,
                                          uint32_t block);

/* Makes a block of the open group the one at hand, whichever was; seeking goes
 * on behind it. False on damage. */
bool lede_postings_pick(lede_postings *list, uint32_t block);

/* The positions of the present document, `frequency` of them, rising, into
 * `out` (room for as many). False on damage, and without positions. */
bool lede_postings_positions(lede_postings *list, uint32_t *out);

/* Of a block of long documents most are not read. */
#define LEDE_POSTINGS_EXPECTED ((size_t)1 << 14)

/* Has the first positions of the block at hand on their way to where they are
 * read. */
static inline void lede_postings_expect(const lede_postings *list)
{
    for (size_t i = 0; i < list->spread.len && i < LEDE_POSTINGS_EXPECTED;
         i += 64)
        __builtin_prefetch(list->spread.at + i);
}

/* How often the term stands in all documents: entry->occurrences, or of a list
 * of few, whose entry does not say, their sum. */
lede_status lede_postings_occurrences(const lede_postings_source *source,
                                      const lede_terms_entry *entry,
                                      uint64_t *occurrences);

/* The next block of a long list as it is stored; for whom nothing else moves
 * the reader. False at the end. */
bool lede_postings_next_raw(lede_postings *list, lede_postings_raw *raw);

#endif
