/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/translate.h - from a plan to a query of libxapian.
 *
 *     lede_xapian_translate(&translation, &settings, plan, err);
 *     ... translation.query, translation.rule ...
 *     lede_xapian_translation_free(&translation);
 *
 * Matching  Exact. What no operator says (words in NEAR that share terms,
 *           compounds inside phrases) is found first, by the positions of every
 *           article that has the words, and asked for by key.
 * Scores    Of databases on disk, exact: a leaf that libxapian would score
 *           otherwise is a list of the articles it matches and their scores,
 *           made here by engine/score.h (exact.c). Servers take no such lists:
 *           there libxapian's BM25 must do. It weighs a term log(w) x (k1 + 1) with
 *           w = (N - df + 0.5) / (df + 0.5), taken as w / 2 + 1 below 2; terms
 *           are scaled by what the plan's leaf weighs over that. So the score
 *           of a word that is one term of the only field with words is lede's,
 *           to the rounding of a double. A document of libxapian has one
 *           length, and no operator adds frequencies up: words of several terms
 *           score as the best of them (or their sum: `best`), phrases as
 *           their words together, each right for an article of average length
 *           that has it once; and the answer says that this is so.
 * Threads   Confined, with the databases of the snapshot.
 */
#ifndef LEDE_XAPIAN_TRANSLATE_H
#define LEDE_XAPIAN_TRANSLATE_H

#include "engine/span.h"
#include "xapian/index.h"

typedef struct lede_xapian_translation {
    xapian_query *query;
    xapian_bm25 rule;
    bool scored; /* some leaf has a weight */
    bool exact;  /* scores are those of engine/score.h */

    xapian_query **made; /* everything that is to be freed */
    size_t capacity;
    size_t count;
} lede_xapian_translation;

typedef struct lede_xapian_translate_settings {
    const lede_engine_snapshot *snapshot;
    const lede_xapian_union *all; /* that will be asked */
    const lede_score_rule *rule;
    lede_budget *budget;
    lede_arena *arena;
} lede_xapian_translate_settings;

/* The translation must be freed even if it fails. UNSUPPORTED for phrases in
 * fields without positions. */
lede_status lede_xapian_translate(
    lede_xapian_translation *out,
    const lede_xapian_translate_settings *settings, const lede_plan *plan,
    lede_error *err);
void lede_xapian_translation_free(lede_xapian_translation *translation);

/* ---- Inside: translate.c, weights.c, values.c, spans.c and exact.c ------ */

typedef struct lede_xapian_translator {
    lede_xapian_translate_settings s;
    lede_xapian_translation *out;
    lede_error *err;
    double documents; /* of the union */
    double average;   /* length, as libxapian has it */
    bool one_field;   /* exactly one field has words */
    bool lists;       /* leaves can be lists of articles with scores */
    /* MAX, but OR where a database on disk is one of several: after the last
     * article of all its kids a MAX without any is asked for its weight once
     * more by libxapian 1.4, and crashes, when another part follows. */
    xapian_operator best;
    bool silent;               /* inside what only matches */
    const lede_plan *standard; /* the leaf that set the rule; or NULL */
    uint32_t standard_weight;  /* of its term */
    lede_status status;        /* the first failure; queries are NULL then */
} lede_xapian_translator;

/* Each returns a query kept by the translation, or NULL with t->status set. */
xapian_query *lede_xapian_make_term(lede_xapian_translator *t,
                                    const lede_xapian_name *name);
xapian_query *lede_xapian_make_join(lede_xapian_translator *t,
                                    xapian_operator op, xapian_query **parts,
                                    size_t count, uint32_t window);
xapian_query *lede_xapian_make_scaled(lede_xapian_translator *t,
                                      xapian_query *query, double factor);
xapian_query *lede_xapian_make_nothing(lede_xapian_translator *t);

/* The query with one score for all that it matches. */
xapian_query *lede_xapian_make_fixed(lede_xapian_translator *t,
                                     xapian_query *query, double weight);
xapian_query *lede_xapian_fault(lede_xapian_translator *t,
                                const xapian_error *fault);
xapian_query *lede_xapian_stop(lede_xapian_translator *t, lede_status status);

/* Articles that hold a term; 0 for one that cannot be. */
uint32_t lede_xapian_documents(lede_xapian_translator *t, uint32_t field,
                               lede_bytes word);

/* What libxapian weighs a term that so many documents hold, at most. */
double lede_xapian_weight(const lede_xapian_translator *t, uint32_t documents);

/* A leaf of weight 1 scores this, of a term with `weight` that occurs once in
 * an article of average length. */
double lede_xapian_once(const lede_xapian_translator *t, uint32_t weight);

/* Finds the leaf that all scores can be made exact by, if any can, and
 * libxapian's k1 and b by it. */
void lede_xapian_set_rule(lede_xapian_translator *t, const lede_plan *plan);

/* The query of a WORD. */
xapian_query *lede_xapian_translate_word(lede_xapian_translator *t,
                                         const lede_plan *word);

/* That of an EQUALS, RANGE, EXISTS or KEY, which has no weight. */
xapian_query *lede_xapian_translate_value(lede_xapian_translator *t,
                                          const lede_plan *plan);

/* The query of a PHRASE, NEAR or EITHER; `silent`: without weights. */
xapian_query *lede_xapian_translate_span(lede_xapian_translator *t,
                                         const lede_plan *span, bool silent);

/* The intervals of a span in a field of an article; clears the arena first.
 * False with t->status set on failure. */
bool lede_xapian_intervals(lede_xapian_translator *t, const lede_plan *span,
                           uint32_t field, uint32_t id, lede_arena *arena,
                           lede_intervals *out);

/* A query's articles, with weights if `scored`, in an answer that is to be
 * freed. */
xapian_mset *lede_xapian_articles(lede_xapian_translator *t,
                                  const xapian_query *query, bool scored);

/* libxapian's weight in points, rounded, so that sums made in another order are
 * equal. May pass 32 bits where scores are inexact. */
uint64_t lede_xapian_points(const lede_score_rule *rule, double weight);

/* Leaves that score, as lists of articles: exact.c. `matching` finds those of
 * the span. */
xapian_query *lede_xapian_list_word(lede_xapian_translator *t,
                                    const lede_plan *word);
xapian_query *lede_xapian_list_span(lede_xapian_translator *t,
                                    const lede_plan *span,
                                    const xapian_query *matching);

/* The articles of a query, each with the points of a CONSTANT. */
xapian_query *lede_xapian_list_constant(lede_xapian_translator *t,
                                        const lede_plan *constant,
                                        const xapian_query *matching);

/* The articles of BEST's nodes, which `parts` find. */
xapian_query *lede_xapian_list_best(lede_xapian_translator *t,
                                    const lede_plan *best,
                                    xapian_query *const *parts);

/* Keeps a query that was made, which NULL says it was not. */
xapian_query *lede_xapian_keep(lede_xapian_translator *t, xapian_query *query,
                               const xapian_error *fault);

#endif
