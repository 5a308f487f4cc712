#include "article/scope.h"

#include "base/error.h"
#include "document/schema.h"

static lede_scope *new_scope(const lede_view *view, uint32_t **fields,
                             uint32_t **weights, lede_arena *arena)
{
    uint32_t most = lede_schema_count(view->schema);
    lede_scope *scope = lede_arena_zero(arena, sizeof *scope);

    *fields = lede_arena_array(arena, most, sizeof **fields);
    *weights = lede_arena_array(arena, most, sizeof **weights);
    if (!scope || !*fields || !*weights)
        return NULL;
    scope->fields = *fields;
    scope->weights = *weights;
    return scope;
}

/* Weighted tokens of all fields, over all articles. */
static void find_average(lede_scope *scope, const lede_view *view)
{
    const lede_engine_description *d = view->description;
    double sum = 0;

    for (uint32_t i = 0; i < scope->count; i++)
        if (scope->fields[i] < d->field_count)
            sum += (double)d->field_tokens[scope->fields[i]] *
                   scope->weights[i] / LEDE_FORM_WEIGHT_EXACT;
    scope->average_length = d->documents ? sum / (double)d->documents : 0;
}

lede_status lede_scope_of(const lede_scope **out, const lede_view *view,
                          const uint32_t *fields, uint32_t count,
                          lede_arena *arena)
{
    uint32_t *places, *weights;
    lede_scope *scope = new_scope(view, &places, &weights, arena);

    if (!scope)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < count; i++) {
        places[i] = fields[i];
        weights[i] =
            count == 1
                ? LEDE_FORM_WEIGHT_EXACT
                : lede_field_weight(lede_schema_field(view->schema, fields[i]));
    }
    scope->count = count;
    find_average(scope, view);
    *out = scope;
    return LEDE_OK;
}

lede_status lede_scope_defaults(const lede_scope **out, const lede_view *view,
                                lede_arena *arena, lede_error *err)
{
    uint32_t most = lede_schema_count(view->schema), count = 0;
    uint32_t *fields = lede_arena_array(arena, most, sizeof *fields);

    if (!fields)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < most; i++)
        if (lede_field_is_default(lede_schema_field(view->schema, i)))
            fields[count++] = i;
    if (count == 0)
        return lede_fail(err, LEDE_ERR_INVALID, "",
                         "no field is searched unless it is named: name one");
    return lede_scope_of(out, view, fields, count, arena);
}

lede_status lede_scope_join(const lede_scope **out, const lede_view *view,
                            const lede_scope *a, const lede_scope *b,
                            lede_arena *arena)
{
    uint32_t *fields, *weights;
    lede_scope *scope;
    uint32_t i = 0, j = 0;

    if (a == b) {
        *out = a;
        return LEDE_OK;
    }
    scope = new_scope(view, &fields, &weights, arena);
    if (!scope)
        return lede_arena_status(arena);
    while (i < a->count || j < b->count) {
        bool left =
            j == b->count || (i < a->count && a->fields[i] <= b->fields[j]);
        uint32_t field = left ? a->fields[i] : b->fields[j];
        uint32_t weight = left ? a->weights[i++] : b->weights[j];

        if (j < b->count && b->fields[j] == field) {
            weight = weight > b->weights[j] ? weight : b->weights[j];
            j++;
        }
        fields[scope->count] = field;
        weights[scope->count++] = weight;
    }
    find_average(scope, view);
    *out = scope;
    return LEDE_OK;
}
