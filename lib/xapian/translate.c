/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/translate.h"

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

/* ---- Joins -------------------------------------------------------------- */

static xapian_query *translate(lede_xapian_translator *t,
                               const lede_plan *plan);

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
    both[0] = lede_xapian_make_join(t, t->best, parts, plan->count, 0);
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
        return lede_xapian_translate_word(t, plan);
    case LEDE_PLAN_PHRASE:
    case LEDE_PLAN_NEAR:
    case LEDE_PLAN_EITHER:
        return translate_span(t, plan);
    case LEDE_PLAN_EQUALS:
    case LEDE_PLAN_RANGE:
    case LEDE_PLAN_EXISTS:
    case LEDE_PLAN_KEY:
        return lede_xapian_make_scaled(t, lede_xapian_translate_value(t, plan),
                                       0);
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

static xapian_operator best_of(const lede_xapian_translate_settings *settings)
{
    const lede_xapian_union *all = settings->all;

    for (uint32_t i = 0; all->count > 1 && i < all->count; i++)
        if (settings->snapshot->index->places[all->at[i]].path)
            return XAPIAN_OR;
    return XAPIAN_MAX;
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
    t.lists = !settings->snapshot->index->remote;
    t.best = best_of(settings);
    if (!xapian_database_count(settings->all->db, &stats, &fault))
        return lede_xapian_fail(err, &fault, NULL);
    t.documents = stats.documents;
    t.average = stats.average_length;
    t.status = check_positions(&t, plan, false);
    if (t.status == LEDE_OK)
        lede_xapian_set_rule(&t, plan);
    out->query = translate(&t, plan);
    return t.status;
}
