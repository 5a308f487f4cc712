/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/translate.h"

#include <math.h>

#include "base/error.h"
#include "xapian/fault.h"

/* ---- Making queries ----------------------------------------------------- */

xapian_query *lede_xapian_stop(lede_xapian_translator *t, lede_status status)
{
    if (t->status == LEDE_OK && status != LEDE_OK) {
        t->status = status;
        (void)lede_fail_plain(t->err, status);
    }
    return NULL;
}

xapian_query *lede_xapian_fault(lede_xapian_translator *t,
                                const xapian_error *fault)
{
    if (t->status == LEDE_OK)
        t->status = lede_xapian_fail(t->err, fault, NULL);
    return NULL;
}

xapian_query *lede_xapian_keep(lede_xapian_translator *t, xapian_query *query,
                               const xapian_error *fault)
{
    lede_xapian_translation *out = t->out;

    if (!query)
        return lede_xapian_fault(t, fault);
    if (!lede_arena_grow(t->s.arena, &out->made, &out->capacity, out->count + 1,
                         sizeof(xapian_query *))) {
        xapian_query_free(query);
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    }
    out->made[out->count++] = query;
    return query;
}

void lede_xapian_translation_free(lede_xapian_translation *translation)
{
    for (size_t i = 0; i < translation->count; i++)
        xapian_query_free(translation->made[i]);
    translation->count = 0;
}

xapian_query *lede_xapian_make_term(lede_xapian_translator *t,
                                    const lede_xapian_name *name)
{
    xapian_error fault;

    return lede_xapian_keep(t, xapian_query_term(name->text, name->len, &fault),
                            &fault);
}

xapian_query *lede_xapian_make_nothing(lede_xapian_translator *t)
{
    xapian_error fault;

    return lede_xapian_keep(t, xapian_query_nothing(&fault), &fault);
}

static xapian_query *make_everything(lede_xapian_translator *t)
{
    xapian_error fault;

    return lede_xapian_keep(t, xapian_query_everything(&fault), &fault);
}

xapian_query *lede_xapian_make_join(lede_xapian_translator *t,
                                    xapian_operator op, xapian_query **parts,
                                    size_t count, uint32_t window)
{
    xapian_error fault;

    if (t->status != LEDE_OK)
        return NULL;
    if (count == 0)
        return lede_xapian_make_nothing(t);
    if (count == 1)
        return parts[0];
    return lede_xapian_keep(
        t, xapian_query_join(op, parts, count, window, &fault), &fault);
}

xapian_query *lede_xapian_make_scaled(lede_xapian_translator *t,
                                      xapian_query *query, double factor)
{
    xapian_error fault;

    if (!query || factor == 1)
        return query;
    return lede_xapian_keep(t, xapian_query_scale(query, factor, &fault),
                            &fault);
}

xapian_query *lede_xapian_make_fixed(lede_xapian_translator *t,
                                     xapian_query *query, double weight)
{
    xapian_query *parts[2];
    xapian_error fault;

    if (!query || !(weight > 0))
        return lede_xapian_make_scaled(t, query, 0);
    parts[0] = lede_xapian_keep(t, xapian_query_fixed(weight, &fault), &fault);
    parts[1] = query;
    return parts[0] ? lede_xapian_make_join(t, XAPIAN_FILTER, parts, 2, 0)
                    : NULL;
}

/* ---- Weights ------------------------------------------------------------ */

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
static void set_rule(lede_xapian_translator *t)
{
    const lede_score_rule *rule = t->s.rule;
    double k1 = rule->k1, b = rule->b, fixed, growing;
    double average = t->average;

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

/* ---- Leaves ------------------------------------------------------------- */

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
    return lede_xapian_make_join(t, scored ? XAPIAN_MAX : XAPIAN_OR, parts,
                                 count, 0);
}

static xapian_query *translate_word(lede_xapian_translator *t,
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

static xapian_query *translate_span(lede_xapian_translator *t,
                                    const lede_plan *span)
{
    if (t->silent || !(span->score.weight > 0))
        return lede_xapian_translate_span(t, span, true);
    t->out->scored = true;
    if (t->lists)
        return lede_xapian_list_span(t, span,
                                     lede_xapian_translate_span(t, span, true));
    t->out->exact = false;
    return lede_xapian_translate_span(t, span, false);
}

/* A hash means one value in each part; which, its metadata says. */
static bool has_long(lede_xapian_translator *t, uint32_t field,
                     lede_bytes value, bool *there)
{
    const lede_engine_snapshot *s = t->s.snapshot;
    lede_xapian_name name;

    lede_xapian_long_name(&name, field, value);
    *there = false;
    for (uint32_t i = 0; i < t->s.all->count; i++) {
        xapian_string kept;
        xapian_error fault;
        bool none, same;

        if (!xapian_metadata_get(s->parts[t->s.all->at[i]].db, name.text,
                                 name.len, &kept, &fault)) {
            (void)lede_xapian_fault(t, &fault);
            return false;
        }
        none = kept.len == 0;
        same = lede_bytes_equal(lede_bytes_of(kept.at, kept.len), value);
        xapian_string_free(&kept);
        if (!none && !same) {
            t->status = lede_fail(t->err, LEDE_ERR_UNSUPPORTED, NULL,
                                  "two values have one hash");
            return false;
        }
        *there = *there || same;
    }
    return true;
}

static xapian_query *translate_equals(lede_xapian_translator *t,
                                      const lede_plan *leaf)
{
    lede_xapian_name name;
    bool there = true;

    lede_xapian_value_name(&name, leaf->field, leaf->bytes);
    if (name.hashed && !has_long(t, leaf->field, leaf->bytes, &there))
        return NULL;
    return there ? lede_xapian_make_term(t, &name)
                 : lede_xapian_make_nothing(t);
}

/* The key that a document with the hash of one has is that one, or none is. */
static xapian_query *translate_key(lede_xapian_translator *t,
                                   const lede_plan *leaf)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_postings *postings;
    lede_xapian_name name;
    xapian_query *query;
    bool same = true;
    uint32_t id, wdf;

    lede_xapian_key_name(&name, leaf->bytes);
    query = lede_xapian_make_term(t, &name);
    if (!name.hashed || !query)
        return query;
    postings = xapian_postings_open(t->s.all->db, name.text, name.len, &fault);
    while (postings && xapian_postings_next(postings, &id, &wdf, &fault)) {
        xapian_document *doc = xapian_document_get(t->s.all->db, id, &fault);
        xapian_string key = { NULL, 0 };

        if (doc &&
            xapian_document_value(doc, LEDE_XAPIAN_SLOT_KEY, &key, &fault))
            same = same && lede_bytes_equal(lede_bytes_of(key.at, key.len),
                                            leaf->bytes);
        xapian_string_free(&key);
        xapian_document_free(doc);
        if (fault.kind != XAPIAN_ERROR_NONE)
            break;
    }
    xapian_postings_free(postings);
    if (fault.kind != XAPIAN_ERROR_NONE)
        return lede_xapian_fault(t, &fault);
    return same ? query : lede_xapian_make_nothing(t);
}

/* One end of a range as bytes: above all values if it is open at the top. */
static void put_bound(lede_buffer *out, const lede_value *bound, lede_kind kind,
                      bool top)
{
    if (bound->kind != LEDE_NONE)
        lede_xapian_put_value(out, bound);
    else if (!top)
        lede_put_u8(out, 0);
    else if (lede_kind_is_text(kind))
        lede_put_u8(out, UINT8_MAX);
    else
        lede_put_u64(out, UINT64_MAX);
}

static xapian_query *translate_range(lede_xapian_translator *t,
                                     const lede_plan *leaf)
{
    const lede_field *field =
        lede_schema_field(t->s.snapshot->schema, leaf->field);
    uint32_t slots = lede_xapian_values_max(t->s.snapshot, leaf->field);
    xapian_query **parts =
        lede_arena_array(t->s.arena, slots, sizeof(xapian_query *));
    lede_buffer low, high;
    xapian_query *query = NULL;
    xapian_error fault;

    if (!parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    lede_buffer_init(&low, t->s.snapshot->allocator);
    lede_buffer_init(&high, t->s.snapshot->allocator);
    put_bound(&low, &leaf->min, field ? field->kind : LEDE_NONE, false);
    put_bound(&high, &leaf->max, field ? field->kind : LEDE_NONE, true);
    if (low.status != LEDE_OK || high.status != LEDE_OK)
        (void)lede_xapian_stop(t, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; i < slots && t->status == LEDE_OK; i++)
        parts[i] = lede_xapian_keep(
            t,
            xapian_query_range(lede_xapian_slot(leaf->field, i), low.at,
                               low.len, high.at, high.len, &fault),
            &fault);
    query = lede_xapian_make_join(t, XAPIAN_OR, parts, slots, 0);
    lede_buffer_fini(&low);
    lede_buffer_fini(&high);
    return query;
}

/* ---- Joins -------------------------------------------------------------- */

static xapian_query *translate(lede_xapian_translator *t,
                               const lede_plan *plan);

/* A node that only matches. */
static xapian_query *translate_silent(lede_xapian_translator *t,
                                      const lede_plan *plan)
{
    bool silent = t->silent;
    xapian_query *query;

    t->silent = true;
    query = translate(t, plan);
    t->silent = silent;
    return query;
}

/* AND: what must match, less what must not, with what may. */
static xapian_query *translate_and(lede_xapian_translator *t,
                                   const lede_plan *plan)
{
    size_t size = (size_t)plan->count + 1;
    xapian_query **all =
        lede_arena_array(t->s.arena, 3 * size, sizeof(xapian_query *));
    xapian_query **must = all, **not, **may, *query;
    size_t musts = 0, nots = 1, mays = 1;

    if (!all)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    not = all + size;
    may = not +size;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];

        if (node->kind == LEDE_PLAN_NOT)
            not [nots++] = translate_silent(t, node->nodes[0]);
        else if (node->kind == LEDE_PLAN_OPTIONAL)
            may[mays++] = translate(t, node->nodes[0]);
        else
            must[musts++] = translate(t, node);
    }
    query = musts ? lede_xapian_make_join(t, XAPIAN_AND, must, musts, 0)
                  : make_everything(t);
    if (nots > 1) {
        not [0] = query;
        query = lede_xapian_make_join(t, XAPIAN_AND_NOT, not, nots, 0);
    }
    if (mays > 1) {
        may[0] = query;
        query = lede_xapian_make_join(t, XAPIAN_AND_MAYBE, may, mays, 0);
    }
    return query;
}

static xapian_query *translate_any(lede_xapian_translator *t,
                                   const lede_plan *plan)
{
    double tie = plan->kind == LEDE_PLAN_BEST ? plan->tie / 256.0 : 1;
    xapian_query **parts =
        lede_arena_array(t->s.arena, plan->count, sizeof(xapian_query *));
    xapian_query *both[2];

    if (!parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (uint32_t i = 0; i < plan->count && t->status == LEDE_OK; i++)
        parts[i] = translate(t, plan->nodes[i]);
    if (t->silent || tie >= 1 || plan->count < 2)
        return lede_xapian_make_join(t, XAPIAN_OR, parts, plan->count, 0);
    if (t->lists)
        return lede_xapian_list_best(t, plan, parts);
    t->out->exact = false;
    both[0] = lede_xapian_make_join(t, XAPIAN_MAX, parts, plan->count, 0);
    if (!(tie > 0))
        return both[0];
    /* best + tie (sum - best) */
    both[0] = lede_xapian_make_scaled(t, both[0], 1 - tie);
    both[1] = lede_xapian_make_join(t, XAPIAN_OR, parts, plan->count, 0);
    both[1] = lede_xapian_make_scaled(t, both[1], tie);
    return lede_xapian_make_join(t, XAPIAN_OR, both, 2, 0);
}

/* All articles, with or without those of a node. */
static xapian_query *translate_around(lede_xapian_translator *t,
                                      const lede_plan *node, xapian_operator op)
{
    xapian_query *parts[2];

    parts[0] = make_everything(t);
    parts[1] =
        op == XAPIAN_AND_NOT ? translate_silent(t, node) : translate(t, node);
    return lede_xapian_make_join(t, op, parts, 2, 0);
}

static xapian_query *translate_constant(lede_xapian_translator *t,
                                        const lede_plan *plan)
{
    xapian_query *query = translate_silent(t, plan->nodes[0]);

    if (t->silent || !(plan->score.weight > 0))
        return lede_xapian_make_scaled(t, query, 0);
    t->out->scored = true;
    return t->lists ? lede_xapian_list_constant(t, plan, query)
                    : lede_xapian_make_fixed(t, query, plan->score.weight);
}

static xapian_query *translate_exists(lede_xapian_translator *t,
                                      const lede_plan *plan)
{
    lede_xapian_name name;

    lede_xapian_exists_name(&name, plan->field);
    return lede_xapian_make_term(t, &name);
}

/* Of a leaf of values: it has no weight. */
static xapian_query *translate_value(lede_xapian_translator *t,
                                     const lede_plan *plan)
{
    switch (plan->kind) {
    case LEDE_PLAN_EQUALS:
        return translate_equals(t, plan);
    case LEDE_PLAN_RANGE:
        return translate_range(t, plan);
    case LEDE_PLAN_EXISTS:
        return translate_exists(t, plan);
    default:
        return translate_key(t, plan);
    }
}

/* As deep as the query is, which its limits bound; so are those above. */
static xapian_query *translate(lede_xapian_translator *t, const lede_plan *plan)
{
    if (t->status != LEDE_OK)
        return NULL;
    switch (plan->kind) {
    case LEDE_PLAN_NOTHING:
        break;
    case LEDE_PLAN_EVERYTHING:
        return make_everything(t);
    case LEDE_PLAN_WORD:
        return translate_word(t, plan);
    case LEDE_PLAN_PHRASE:
    case LEDE_PLAN_NEAR:
    case LEDE_PLAN_EITHER:
        return translate_span(t, plan);
    case LEDE_PLAN_EQUALS:
    case LEDE_PLAN_RANGE:
    case LEDE_PLAN_EXISTS:
    case LEDE_PLAN_KEY:
        return lede_xapian_make_scaled(t, translate_value(t, plan), 0);
    case LEDE_PLAN_AND:
        return translate_and(t, plan);
    case LEDE_PLAN_OR:
    case LEDE_PLAN_BEST:
        return translate_any(t, plan);
    case LEDE_PLAN_NOT:
        return translate_around(t, plan->nodes[0], XAPIAN_AND_NOT);
    case LEDE_PLAN_OPTIONAL:
        return translate_around(t, plan->nodes[0], XAPIAN_AND_MAYBE);
    case LEDE_PLAN_CONSTANT:
        return translate_constant(t, plan);
    }
    return lede_xapian_make_nothing(t);
}

/* Words inside spans need positions. */
static lede_status check_positions(const lede_xapian_translator *t,
                                   const lede_plan *plan, bool inside)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; inside && i < plan->term_count; i++) {
        const lede_field *field =
            lede_schema_field(t->s.snapshot->schema, plan->terms[i].field);

        if (field && !lede_field_has_positions(field))
            return lede_fail(t->err, LEDE_ERR_UNSUPPORTED, field->name,
                             "the field has no positions");
    }
    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++)
        status = check_positions(t, plan->nodes[i], lede_plan_is_span(plan));
    return status;
}

lede_status lede_xapian_translate(
    lede_xapian_translation *out,
    const lede_xapian_translate_settings *settings, const lede_plan *plan,
    lede_error *err)
{
    lede_xapian_translator t = { .s = *settings, .out = out, .err = err };
    const lede_engine_description *d = &settings->snapshot->description;
    xapian_database_stats stats;
    xapian_error fault;
    uint32_t fields = 0;

    *out = (lede_xapian_translation){ .exact = true };
    for (uint32_t i = 0; i < d->field_count; i++)
        fields += d->field_tokens[i] > 0;
    t.one_field = fields == 1;
    t.lists = settings->all->count == 1 && !settings->snapshot->index->remote;
    if (!xapian_database_count(settings->all->db, &stats, &fault))
        return lede_xapian_fail(err, &fault, NULL);
    t.documents = stats.documents;
    t.average = stats.average_length;
    t.status = check_positions(&t, plan, false);
    if (t.status == LEDE_OK)
        find_standard(&t, plan);
    set_rule(&t);
    out->query = translate(&t, plan);
    return t.status;
}
