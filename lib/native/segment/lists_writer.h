/*
 * native/segment/lists_writer.h - the lists of a segment's terms, and the
 * dictionary and form tables that find them.
 *
 *     lede_lists_writer_new(&lists, &sections, articles, &target);
 *     lede_lists_writer_begin(lists, &err);
 *     lede_lists_writer_term(lists, space, term, name, &err);
 *     lede_lists_writer_add(lists, doc, frequency, positions, &err);
 *     lede_lists_writer_end(lists, &err);
 *     lede_lists_writer_free(lists);
 *
 * Lists go out while terms come; dictionary and positions wait behind them. The
 * columns of keywords come from their lists, and go to the articles.
 *
 * Errors    NOMEM, INVALID for what is out of order, LIMIT, and those of the
 *           file.
 * Memory    Some MiB of buffers, and eight bytes for each value of the keyword
 *           field at hand.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_LISTS_WRITER_H
#define LEDE_NATIVE_SEGMENT_LISTS_WRITER_H

#include "native/segment/articles_writer.h"

typedef struct lede_lists_writer lede_lists_writer;

/* `sections` and `articles` outlive it. */
lede_status lede_lists_writer_new(lede_lists_writer **out,
                                  lede_section_writer *sections,
                                  lede_articles_writer *articles,
                                  const lede_segment_target *target);
void lede_lists_writer_free(lede_lists_writer *writer);
/* As lede_segment_writer_hold. */
void lede_lists_writer_hold(lede_lists_writer *writer, uint64_t bytes);

uint64_t lede_lists_writer_memory(const lede_lists_writer *writer);

/* Begins the section of lists: all articles have come. Once, before terms. */
lede_status lede_lists_writer_begin(lede_lists_writer *writer, lede_error *err);

/* As the functions of the segment's writer. */
lede_status lede_lists_writer_term(lede_lists_writer *writer, uint32_t space,
                                   lede_bytes term, bool name, lede_error *err);
lede_status lede_lists_writer_add(lede_lists_writer *writer, uint32_t doc,
                                  uint32_t frequency, const uint32_t *positions,
                                  lede_error *err);
lede_status lede_lists_writer_add_batch(lede_lists_writer *writer,
                                        const lede_postings_batch *batch,
                                        lede_error *err);
lede_status lede_lists_writer_copy(lede_lists_writer *writer,
                                   lede_postings *list, uint32_t shift,
                                   lede_error *err);

/* Writes what waited: positions, form tables, dictionary. */
lede_status lede_lists_writer_end(lede_lists_writer *writer, lede_error *err);

/* The spaces, for the summary; those without terms too. */
const lede_terms_space *lede_lists_writer_spaces(
    const lede_lists_writer *writer, uint32_t *count);

#endif
