/*
 * article/pattern.h - the terms that a prefix, wildcard, expression or fuzzy
 * word accepts.
 *
 *     pattern = { LEDE_PATTERN_WILDCARD, text };
 *     lede_pattern_find(&found, &search, &pattern, scope, err);
 *     for (i = 0; i < found.count; i++) found.terms[i] ...
 *
 * Words are accepted by their normal form, and a pattern's text is brought into
 * it first; what has a meaning in the pattern stays. Of more than
 * limits->expansion_terms those in the most documents are found, then the
 * first by bytes, and `capped` says so. Fuzzy words weigh 3/4 less an edit.
 */
#ifndef LEDE_ARTICLE_PATTERN_H
#define LEDE_ARTICLE_PATTERN_H

#include "article/term_list.h"
#include "article/word_set.h"

typedef enum lede_pattern_kind {
    LEDE_PATTERN_PREFIX, /* the text is in normal form */
    LEDE_PATTERN_FUZZY,  /* so it is here */
    LEDE_PATTERN_WILDCARD,
    LEDE_PATTERN_REGEX
} lede_pattern_kind;

typedef struct lede_pattern {
    lede_pattern_kind kind;
    lede_bytes text;
    uint32_t edits;
    uint32_t prefix; /* characters that a fuzzy word must have the same */
    bool unlimited;  /* all terms, whatever expansion_terms says */
} lede_pattern;

typedef struct lede_pattern_terms {
    lede_word_term *terms; /* by bytes; of the scope asked for */
    uint32_t count;
    bool capped;
} lede_pattern_terms;

/* What all searches for terms have in common. */
typedef struct lede_pattern_search {
    const lede_view *view;
    const lede_limits *limits; /* complete */
    lede_term_lists *lists;
    lede_budget *budget;
    lede_arena *arena;
} lede_pattern_search;

/* The words of all fields of a scope. INVALID for an expression that is none,
 * LIMIT for automaton_states. */
lede_status lede_pattern_find(lede_pattern_terms *out,
                              const lede_pattern_search *search,
                              const lede_pattern *pattern,
                              const lede_scope *scope, lede_error *err);

/* The whole values of a keyword field, whose bytes the pattern accepts as they
 * are; terms without scope and statistics. */
lede_status lede_pattern_find_values(lede_pattern_terms *out,
                                     const lede_pattern_search *search,
                                     const lede_pattern *pattern,
                                     uint32_t field, lede_error *err);

#endif
