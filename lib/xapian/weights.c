/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/weights.c - words as queries, with libxapian's BM25 scaled to lede's.
 */
#include <math.h>

#include "xapian/fault.h"
#include "xapian/translate.h"

uint32_t lede_xapian_documents(lede_xapian_translator *t, uint32_t field,
                               lede_bytes word)
{
    lede_status status = lede_budget_spend(t->s.budget, 100);
    lede_xapian_name name;
    xapian_error fault;
    uint32_t documents;
    uint64_t occurrences;

    if (status != LEDE_OK)
        (void)lede_xapian_stop(t, status);
    if (t->status != LEDE_OK || !lede_xapian_word(&name, field, word))
        return 0;
    if (!xapian_term_count(t->s.all->db, name.text, name.len, &documents,
                           &occurrences, &fault)) {
        (void)lede_xapian_fault(t, &fault);
        return 0;
    }
    return documents;
}

double lede_xapian_weight(const lede_xapian_translator *t, uint32_t documents)
{
    double weight = (t->documents - documents + 0.5) / (documents + 0.5);

    if (weight < 2)
        weight = weight * 0.5 + 1;
    return log(weight) * (t->out->rule.k1 + 1);
}

double lede_xapian_once(const lede_xapian_translator *t, uint32_t weight)
{
    double tf = (double)weight / LEDE_WEIGHT_ONE;

    return tf / (tf + t->s.rule->k1);
}

static bool is_word(const lede_plan *plan)
{
    return plan->kind == LEDE_PLAN_WORD && plan->score.weight > 0;
}

/* Whether libxapian's length of a document is a multiple of the leaf's. */
static bool has_plain_length(const lede_xapian_translator *t,
                             const lede_plan *leaf, uint32_t field)
{
    const lede_plan_score *score = &leaf->score;

    if (!(score->average_length > 0) || t->s.rule->b == 0)
        return true;
    return t->one_field && score->field_count == 1 && score->fields[0] == field;
}

/* The only term of a word that some article has; NULL for none or several. */
static const lede_plan_term *only_term(lede_xapian_translator *t,
                                       const lede_plan *word,
                                       uint32_t *documents)
{
    const lede_plan_term *only = NULL;

    for (uint32_t i = 0; i < word->term_count; i++) {
        const lede_plan_term *term = &word->terms[i];
        uint32_t held = lede_xapian_documents(t, term->field, term->term);

        if (held == 0)
            continue;
        if (only)
            return NULL;
        only = term;
        *documents = held;
    }
    return only;
}

static bool is_plain(const lede_plan_term *term)
{
    return lede_term_span((const char *)term->term.at,
                          (uint32_t)term->term.len) == 1;
}

/* Finds the leaf that all scores can be made exact by, if any can. */
static void find_standard(lede_xapian_translator *t, const lede_plan *plan)
{
    const lede_plan_term *term;
    uint32_t documents;

    if (is_word(plan)) {
        term = only_term(t, plan, &documents);
        if (term && is_plain(term) && has_plain_length(t, plan, term->field)) {
            t->standard = plan;
            t->standard_weight = term->weight;
        }
        return;
    }
    if (lede_plan_is_span(plan) || plan->kind == LEDE_PLAN_NOT ||
        plan->kind == LEDE_PLAN_CONSTANT)
        return;
    for (uint32_t i = 0; i < plan->count && !t->standard; i++)
        find_standard(t, plan->nodes[i]);
}

/* libxapian's k1 and b, by which its tf / (tf + k1 (1 - b + b len / avg)) is
 * the standard leaf's: with the term's weight in tf, and its average length. */
void lede_xapian_set_rule(lede_xapian_translator *t, const lede_plan *plan)
{
    const lede_score_rule *rule = t->s.rule;
    double k1 = rule->k1, b = rule->b, fixed, growing;
    double average = t->average;

    find_standard(t, plan);
    if (t->standard) {
        const lede_plan_score *score = &t->standard->score;

        k1 /= (double)t->standard_weight / LEDE_WEIGHT_ONE;
        if (score->average_length > 0)
            average = score->average_length * 256 /
                      (score->field_count ? score->field_weights[0] : 256U);
        else
            b = 0;
    }
    fixed = k1 * (1 - b);
    growing = average > 0 ? k1 * b * t->average / average : 0;
    t->out->rule = (xapian_bm25){ .k1 = fixed + growing };
    if (fixed + growing > 0)
        t->out->rule.b = growing / (fixed + growing);
}

static bool is_exact(const lede_xapian_translator *t, const lede_plan *leaf,
                     const lede_plan_term *term)
{
    const lede_plan_score *score = &leaf->score, *standard;

    if (!t->standard || !is_plain(term) || term->weight != t->standard_weight ||
        !has_plain_length(t, leaf, term->field))
        return false;
    standard = &t->standard->score;
    if (t->s.rule->b == 0 ||
        (!(score->average_length > 0) && !(standard->average_length > 0)))
        return true;
    return score->average_length == standard->average_length &&
           score->field_count == 1 && standard->field_count == 1 &&
           score->field_weights[0] == standard->field_weights[0];
}

static xapian_query *translate_term(lede_xapian_translator *t,
                                    const lede_plan_term *term, double weight,
                                    uint32_t documents)
{
    double once = lede_xapian_once(t, term->weight);
    double factor = weight / lede_xapian_weight(t, documents);
    lede_xapian_name name;
    xapian_query *query;

    (void)lede_xapian_word(&name, term->field, term->term);
    query = lede_xapian_make_term(t, &name);
    if (!(weight > 0))
        return query;
    /* Joined words have no wdf. */
    if (!is_plain(term))
        return lede_xapian_make_fixed(t, query, weight * once);
    if (!t->standard || term->weight != t->standard_weight)
        factor *= once * (1 + t->out->rule.k1);
    return lede_xapian_make_scaled(t, query, factor);
}

/* The best of the word's terms. */
static xapian_query *translate_terms(lede_xapian_translator *t,
                                     const lede_plan *word)
{
    bool scored = !t->silent && word->score.weight > 0;
    xapian_query **parts =
        lede_arena_array(t->s.arena, word->term_count, sizeof(xapian_query *));
    size_t count = 0;

    if (!parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (uint32_t i = 0; i < word->term_count && t->status == LEDE_OK; i++) {
        const lede_plan_term *term = &word->terms[i];
        uint32_t documents = lede_xapian_documents(t, term->field, term->term);

        if (documents > 0)
            parts[count++] = translate_term(
                t, term, scored ? word->score.weight : 0, documents);
    }
    return lede_xapian_make_join(t, scored ? t->best : XAPIAN_OR, parts, count,
                                 0);
}

xapian_query *lede_xapian_translate_word(lede_xapian_translator *t,
                                         const lede_plan *word)
{
    const lede_plan_term *only;
    uint32_t documents;

    if (t->silent || !(word->score.weight > 0))
        return lede_xapian_make_scaled(t, translate_terms(t, word), 0);
    t->out->scored = true;
    only = only_term(t, word, &documents);
    if (!only || !is_exact(t, word, only)) {
        if (t->lists)
            return lede_xapian_list_word(t, word);
        t->out->exact = false;
    }
    return translate_terms(t, word);
}
