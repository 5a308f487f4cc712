/*
 * article/suggest.h - better and longer texts made of the index's own words.
 *
 * CORRECTION: each word that the index lacks, or has rarely beside a near one
 * that is much more frequent, is replaced by words within two edits, ranked by
 * edits, first letter, frequency. COMPLETION: the last word goes on as the
 * index's words with that prefix do, the most frequent first.
 */
#ifndef LEDE_ARTICLE_SUGGEST_H
#define LEDE_ARTICLE_SUGGEST_H

#include "article/view.h"

/* Suggestions of `text`, best first, in the arena; each differs from `text`. */
lede_status lede_suggest_texts(const lede_suggestion **out, uint32_t *count,
                               const lede_view *view, lede_bytes text,
                               lede_suggest_kind kind, uint32_t field,
                               uint32_t limit, lede_budget *budget,
                               lede_arena *arena, lede_error *err);

#endif
