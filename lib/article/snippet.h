/*
 * article/snippet.h - the passages of an article that show why it was found.
 *
 * Analyses a stored text again and marks exactly what the plan matched: a
 * phrase only where it stands, forms and pattern matches as the words they are,
 * a compound as a whole, nothing that an excluded or value clause names.
 * Passages are chosen by how many different clauses they show and how rare
 * those are, and begin and end at sentences or words. Without a match (a filter
 * found it) the snippet is the beginning of the text.
 *
 * The text field that matched best is the one with the rarest clauses; but one
 * that fits in the snippet whole, as a title, yields to a longer one that
 * matched too, for it is shown beside the snippet anyway. Where nothing of the
 * article matched, the longest is shown.
 *
 * Spaces become one, control characters and those that turn the direction of
 * text are left out, bytes that are not UTF-8 become U+FFFD. A horizontal
 * ellipsis stands where a passage is cut inside a sentence and between passages.
 */
#ifndef LEDE_ARTICLE_SNIPPET_H
#define LEDE_ARTICLE_SNIPPET_H

#include "article/view.h"

typedef struct lede_snippet_rule {
    lede_snippet style; /* not NONE */
    uint32_t field;     /* LEDE_NO_FIELD: the one that matched best */
    uint32_t bytes;     /* of text before marks; UINT32_MAX: all of it */
} lede_snippet_rule;

/* What one search's snippets have in common; confined, in the arena. */
typedef struct lede_snippet_maker lede_snippet_maker;

lede_status lede_snippet_maker_new(lede_snippet_maker **out,
                                   const lede_plan *plan,
                                   const lede_schema *schema,
                                   const lede_snippet_rule *rule,
                                   lede_budget *budget, lede_arena *arena);
void lede_snippet_maker_free(lede_snippet_maker *maker);

/* Writes the snippet of a document into `arena`, with a NUL after it; "" if no
 * text of it is stored. */
lede_status lede_snippet_make(lede_bytes *out, lede_snippet_maker *maker,
                              const lede_document *doc, lede_arena *arena);

#endif
