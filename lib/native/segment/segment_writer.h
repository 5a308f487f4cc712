/*
 * native/segment/segment_writer.h - writes one segment: articles, then terms.
 *
 *     lede_segment_writer_new(&writer, &target, alloc, &err);
 *     for (each article)
 *         lede_segment_writer_document(writer, &document, &err);
 *     for (each space and term, in order) {
 *         lede_segment_writer_term(writer, space, term, name, &err);
 *         for (each article that holds it)
 *             lede_segment_writer_posting(writer, doc, tf, positions, &err);
 *         ... or lede_segment_writer_batch, or lede_segment_writer_list
 *     }
 *     lede_segment_writer_end(writer, sync, &made, &err);
 *
 * Used by flush and merge alike, so that a merged segment is what a flush of
 * the same articles would have written. Keyword columns are made from the
 * postings of values, form tables from the words, when the segment ends.
 *
 * Errors    After a failure the writer can only be freed; the file it began is
 *           for the caller to unlink.
 * Memory    2 MiB of buffers; what does not fit in those waits in temporary
 *           files. For each article but a bit or two, and 18 bytes and the key
 *           where keys do not come in order. lede_segment_writer_memory tells.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_SEGMENT_WRITER_H
#define LEDE_NATIVE_SEGMENT_SEGMENT_WRITER_H

#include "document/document.h"
#include "native/segment/segment.h"
#include "text/forms.h"

typedef struct lede_segment_writer lede_segment_writer;

typedef struct lede_segment_target {
    lede_dir *dir;
    const char *name;
    const lede_schema *schema;
    const lede_forms *forms;
} lede_segment_target;

/* An article. Its number is how many came before it. */
typedef struct lede_segment_document {
    lede_bytes key;    /* empty: they come in order */
    uint64_t sequence; /* rises */
    uint64_t text_bytes;
    lede_bytes record;               /* as document/record.h writes it */
    const lede_records_place *place; /* of its record among those taken over;
                                      * NULL: it is `record` */
    const uint32_t *lengths;         /* by field of the schema: words */
    const lede_entry *const
        *numbers; /* values of int, double and date fields */
    uint32_t number_count;
} lede_segment_document;

/* A segment that was written. */
typedef struct lede_segment_made {
    lede_envelope_mark mark;
    uint32_t documents;
    uint64_t text_bytes;
    uint64_t first_sequence, last_sequence;
    /* By field of the schema: sums of lengths. Borrowed until the writer is
     * freed. */
    const uint64_t *tokens;
    uint32_t field_count;
} lede_segment_made;

lede_status lede_segment_writer_new(lede_segment_writer **out,
                                    const lede_segment_target *target,
                                    const lede_allocator *allocator,
                                    lede_error *err);
void lede_segment_writer_free(lede_segment_writer *writer);

/* Holds no more than so many bytes of records to learn from, and sorts form keys
 * in twice as many, or 1 MiB; before the first article. Without, 4 MiB. */
void lede_segment_writer_hold(lede_segment_writer *writer, uint64_t bytes);

/* Ends with CANCELLED once that is set, soon. */
void lede_segment_writer_watch(lede_segment_writer *writer,
                               const lede_cancel *cancel);

/* Compresses records as well as it can, slowly; before the first article. */
void lede_segment_writer_squeeze(lede_segment_writer *writer);

/* Takes over records as they are stored, all of `records`, before any article
 * comes: a record of them stands *shift further on. */
lede_status lede_segment_writer_records(lede_segment_writer *writer,
                                        const lede_records *records,
                                        uint64_t *shift, lede_error *err);

/* Whether that is worth while: records that are few are better compressed
 * again, together with others. */
bool lede_segment_writer_takes(const lede_segment_writer *writer,
                               const lede_records *records);

lede_status lede_segment_writer_document(lede_segment_writer *writer,
                                         const lede_segment_document *document,
                                         lede_error *err);

/* A key and its article, after all articles, if none of those came with one:
 * keys rise strictly. */
lede_status lede_segment_writer_key(lede_segment_writer *writer, lede_bytes key,
                                    uint32_t doc, lede_error *err);

/* Begins a term; spaces rise, terms rise in each. Every term gets a posting. */
lede_status lede_segment_writer_term(lede_segment_writer *writer,
                                     uint32_t space, lede_bytes term, bool name,
                                     lede_error *err);
lede_status lede_segment_writer_posting(lede_segment_writer *writer,
                                        uint32_t doc, uint32_t frequency,
                                        const uint32_t *positions,
                                        lede_error *err);

/* The same for many at once, as codec/postings.h says. */
lede_status lede_segment_writer_batch(lede_segment_writer *writer,
                                      const lede_postings_batch *batch,
                                      lede_error *err);

/* Adds all postings of a list, moved by `shift`, copying blocks where it can:
 * for merges of a segment without deletions. */
lede_status lede_segment_writer_list(lede_segment_writer *writer,
                                     lede_postings *list, uint32_t shift,
                                     lede_error *err);

lede_status lede_segment_writer_end(lede_segment_writer *writer, bool sync,
                                    lede_segment_made *made, lede_error *err);

uint64_t lede_segment_writer_memory(const lede_segment_writer *writer);

#endif
