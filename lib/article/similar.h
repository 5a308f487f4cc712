/*
 * article/similar.h - the words that say what a text is about.
 *
 * Ranks the words of a text by tf x idf over the default fields (or one) and
 * keeps the best: rare in the index, frequent in the text, in at least two
 * articles, neither numbers nor stop words of the index (in over half of it).
 */
#ifndef LEDE_ARTICLE_SIMILAR_H
#define LEDE_ARTICLE_SIMILAR_H

#include "article/view.h"

#define LEDE_SIMILAR_WORDS_MAX 25

typedef struct lede_similar_word {
    lede_bytes term;
    uint64_t documents; /* max over the fields */
    uint32_t frequency; /* in the text */
} lede_similar_word;

/* Where words are searched, which gives their statistics. */
typedef struct lede_similar_search {
    const uint32_t *fields;
    uint32_t field_count;
    lede_budget *budget;
    lede_arena *arena;
} lede_similar_search;

/* Fills at most LEDE_SIMILAR_WORDS_MAX words, the best first. */
lede_status lede_similar_words(lede_similar_word *words, uint32_t *count,
                               const lede_view *view, lede_bytes text,
                               const lede_similar_search *search,
                               lede_error *err);

/* The text of the default fields of the article with a key, values joined by
 * line ends; NOT_FOUND, and UNSUPPORTED if none of them is stored. */
lede_status lede_similar_text(lede_bytes *text, const lede_view *view,
                              lede_bytes key, lede_budget *budget,
                              lede_arena *arena, lede_error *err);

#endif
