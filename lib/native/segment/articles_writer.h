/*
 * native/segment/articles_writer.h - what a segment keeps of its articles:
 * records, keys, lengths, columns.
 *
 *     lede_articles_writer_new(&articles, &sections, &target, &err);
 *     for (each article)
 *         lede_articles_writer_add(articles, &document, &err);
 *     lede_articles_writer_end_records(articles, &err);
 *     lengths = lede_articles_writer_lengths(articles, field, &count);
 *     lede_articles_writer_end(articles, &err);
 *     lede_articles_writer_free(articles);
 *
 * Records go out while articles come; numbers wait for the end.
 *
 * Errors    NOMEM, LIMIT, and those of the file.
 * Memory    Numbers wait as native/segment/tape.h and column_out.h say; keys
 *           that do not come in order with 18 bytes each.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_ARTICLES_WRITER_H
#define LEDE_NATIVE_SEGMENT_ARTICLES_WRITER_H

#include "native/segment/numbers.h"
#include "native/segment/segment_writer.h"

typedef struct lede_articles_writer lede_articles_writer;

/* Begins the section of records. `sections` outlives it. */
lede_status lede_articles_writer_new(lede_articles_writer **out,
                                     lede_section_writer *sections,
                                     const lede_segment_target *target,
                                     lede_error *err);
void lede_articles_writer_free(lede_articles_writer *writer);

/* As lede_records_writer_hold, lede_records_writer_squeeze and
 * lede_segment_writer_watch. */
void lede_articles_writer_hold(lede_articles_writer *writer, uint64_t bytes);
void lede_articles_writer_squeeze(lede_articles_writer *writer);
void lede_articles_writer_watch(lede_articles_writer *writer,
                                const lede_cancel *cancel);
uint64_t lede_articles_writer_memory(const lede_articles_writer *writer);

/* As lede_segment_writer_records and lede_segment_writer_takes. */
lede_status lede_articles_writer_take(lede_articles_writer *writer,
                                      const lede_records *records,
                                      uint64_t *shift, lede_error *err);
bool lede_articles_writer_takes(const lede_articles_writer *writer,
                                const lede_records *records);

lede_status lede_articles_writer_add(lede_articles_writer *writer,
                                     const lede_segment_document *document,
                                     lede_error *err);

/* Keys in order, after all articles, if those came without: as
 * lede_segment_writer_key. */
lede_status lede_articles_writer_key(lede_articles_writer *writer,
                                     lede_bytes key, uint32_t doc,
                                     lede_error *err);

/* Ends the records: no article comes any more. */
lede_status lede_articles_writer_end_records(lede_articles_writer *writer,
                                             lede_error *err);

uint32_t lede_articles_writer_count(const lede_articles_writer *writer);

/* What bounds of a field's lists are about, by document: words of it, or of
 * the default fields together if it is one of them. Of documents from *count on
 * 0. Borrowed from when the records end. */
const uint32_t *lede_articles_writer_lengths(const lede_articles_writer *writer,
                                             uint32_t field, uint32_t *count);

/* The same of the words of the field alone. */
const uint32_t *lede_articles_writer_words(const lede_articles_writer *writer,
                                           uint32_t field, uint32_t *count);

/* Takes the ordinals of a field of keywords, which are to be ended then. */
lede_status lede_articles_writer_put_ordinals(lede_articles_writer *writer,
                                              uint32_t field,
                                              lede_ordinals_out *ordinals,
                                              lede_error *err);

/* Writes lengths, columns and keys. */
lede_status lede_articles_writer_end(lede_articles_writer *writer,
                                     lede_error *err);

/* Fills in what was made of articles; `tokens` is borrowed. */
void lede_articles_writer_made(const lede_articles_writer *writer,
                               lede_segment_made *made);

#endif
