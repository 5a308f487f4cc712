#include "article/clause.h"

#include "article/bounds.h"
#include "article/reading.h"
#include "article/similar.h"
#include "base/error.h"
#include "document/schema.h"

#define KEY_FIELD "key"

lede_plan *lede_plan_new(lede_arena *arena, lede_plan_kind kind, uint32_t count,
                         const lede_plan ***nodes)
{
    lede_plan *plan = lede_arena_zero(arena, sizeof *plan);
    const lede_plan **room = lede_arena_array(arena, count, sizeof(void *));

    *nodes = room;
    if (!plan || !room)
        return NULL;
    plan->kind = kind;
    plan->count = count;
    plan->nodes = room;
    plan->field = LEDE_NO_FIELD;
    return plan;
}

/* One leaf on its way. */
typedef struct making {
    lede_clause_maker *maker;
    const lede_query_node *node;
    lede_node source;
    uint32_t forms;
    uint32_t field; /* LEDE_NO_FIELD: the default ones */
    const lede_field *of;
    lede_plan **out;
} making;

static lede_status fail_memory(const making *m)
{
    return lede_arena_status(m->maker->search.arena);
}

static lede_status fail_field(const making *m, lede_status status,
                              const char *why)
{
    return lede_fail(m->maker->err, status, m->node->field, "%s", why);
}

static lede_status put_plan(const making *m, const lede_plan *plan)
{
    lede_plan *copy = lede_arena_alloc(m->maker->search.arena, sizeof *copy);

    if (!copy)
        return fail_memory(m);
    *copy = *plan;
    copy->source = m->source;
    *m->out = copy;
    return LEDE_OK;
}

static lede_status put_nothing(const making *m)
{
    lede_plan plan = { .kind = LEDE_PLAN_NOTHING };

    return put_plan(m, &plan);
}

/* ---- Values ------------------------------------------------------------- */

static lede_status put_range(const making *m, const lede_bounds *bounds)
{
    lede_plan plan = { .kind = LEDE_PLAN_RANGE,
                       .field = m->field,
                       .min = bounds->min,
                       .max = bounds->max };

    if (bounds->empty)
        return put_nothing(m);
    if (plan.min.kind == LEDE_NONE && plan.max.kind == LEDE_NONE)
        plan.kind = LEDE_PLAN_EXISTS;
    return put_plan(m, &plan);
}

static lede_status plan_range(const making *m, const lede_value *min,
                              const lede_value *max)
{
    lede_bounds bounds = { .min = *min, .max = *max };
    lede_status status;

    if (m->of->kind == LEDE_TEXT)
        return fail_field(m, LEDE_ERR_INVALID, "text has no ranges");
    if (!lede_field_has_column(m->of))
        return fail_field(m, LEDE_ERR_UNSUPPORTED,
                          "the field has no column for ranges");
    status = lede_bounds_read(&bounds, m->of->kind, m->maker->now_seconds,
                              m->maker->search.arena, m->maker->err);
    return status == LEDE_OK ? put_range(m, &bounds) : status;
}

/* The values that a text names: for dates all of the period. */
static lede_status plan_value(const making *m)
{
    lede_value text = { .kind = LEDE_STORED,
                        .text = m->node->text,
                        .len = m->node->len };
    lede_plan plan = { .kind = LEDE_PLAN_EQUALS,
                       .field = m->field,
                       .bytes = lede_bytes_of(m->node->text, m->node->len) };

    if (m->of->kind == LEDE_TEXT)
        return fail_field(m, LEDE_ERR_INVALID,
                          "text is searched by its words, not as a whole");
    if (m->of->kind != LEDE_KEYWORD)
        return plan_range(m, &text, &text);
    if (m->node->len > LEDE_KEYWORD_MAX)
        return put_nothing(m);
    return put_plan(m, &plan);
}

/* OR of the values that a pattern accepts. */
static lede_status plan_values(const making *m, lede_pattern_kind kind)
{
    lede_pattern pattern = { .kind = kind,
                             .text = lede_bytes_of(m->node->text, m->node->len),
                             .edits = m->node->number,
                             .prefix = m->node->prefix };
    lede_pattern_terms found;
    const lede_plan **nodes = NULL;
    lede_plan *any, *values;
    lede_status status = lede_pattern_find_values(
        &found, &m->maker->search, &pattern, m->field, m->maker->err);

    if (status != LEDE_OK)
        return status;
    any = lede_plan_new(m->maker->search.arena, LEDE_PLAN_OR, found.count,
                        &nodes);
    values =
        lede_arena_array(m->maker->search.arena, found.count, sizeof *values);
    if (!any || !values)
        return fail_memory(m);
    for (uint32_t i = 0; i < found.count; i++) {
        values[i] = (lede_plan){ .kind = LEDE_PLAN_EQUALS,
                                 .field = m->field,
                                 .bytes = found.terms[i].term,
                                 .source = m->source };
        nodes[i] = &values[i];
    }
    m->maker->capped = m->maker->capped || found.capped;
    any->source = m->source;
    *m->out = any;
    return LEDE_OK;
}

static lede_status plan_value_prefix(const making *m)
{
    lede_bounds bounds;
    lede_status status;

    if (!lede_field_has_column(m->of))
        return plan_values(m, LEDE_PATTERN_PREFIX);
    status = lede_bounds_of_prefix(&bounds, m->node->text, m->node->len,
                                   m->maker->search.arena);
    return status == LEDE_OK ? put_range(m, &bounds) : status;
}

/* A word or pattern in a field that has no words. */
static lede_status plan_by_value(const making *m)
{
    switch (m->node->kind) {
    case LEDE_NODE_TERM:
    case LEDE_NODE_PHRASE:
    case LEDE_NODE_EQUALS:
        return plan_value(m);
    case LEDE_NODE_RANGE:
        return plan_range(m, &m->node->min, &m->node->max);
    default:
        break;
    }
    if (m->of->kind != LEDE_KEYWORD)
        return fail_field(m, LEDE_ERR_INVALID,
                          "patterns are for text and keywords");
    switch (m->node->kind) {
    case LEDE_NODE_PREFIX:
        return plan_value_prefix(m);
    case LEDE_NODE_WILDCARD:
        return plan_values(m, LEDE_PATTERN_WILDCARD);
    case LEDE_NODE_REGEX:
        return plan_values(m, LEDE_PATTERN_REGEX);
    case LEDE_NODE_FUZZY:
        return plan_values(m, LEDE_PATTERN_FUZZY);
    default:
        return fail_field(m, LEDE_ERR_INVALID, "the field has no words");
    }
}

static lede_status plan_exists(const making *m)
{
    lede_plan plan = { .kind = LEDE_PLAN_EXISTS, .field = m->field };

    return put_plan(m, &plan);
}

static lede_status plan_key(const making *m)
{
    lede_plan plan = { .kind = LEDE_PLAN_KEY,
                       .bytes = lede_bytes_of(m->node->text, m->node->len) };

    switch (m->node->kind) {
    case LEDE_NODE_TERM:
    case LEDE_NODE_PHRASE:
    case LEDE_NODE_EQUALS:
        if (m->node->len == 0 || m->node->len > LEDE_KEY_MAX)
            return put_nothing(m);
        return put_plan(m, &plan);
    case LEDE_NODE_EXISTS:
        plan = (lede_plan){ .kind = LEDE_PLAN_EVERYTHING };
        return put_plan(m, &plan);
    default:
        return fail_field(m, LEDE_ERR_UNSUPPORTED,
                          "keys can only be asked for as a whole");
    }
}

/* ---- Fields ------------------------------------------------------------- */

static bool is_key(const lede_query_node *node)
{
    return node->field && strcmp(node->field, KEY_FIELD) == 0;
}

static lede_status find_field(making *m)
{
    const lede_schema *schema = m->maker->search.view->schema;

    m->field = LEDE_NO_FIELD;
    if (!m->node->field)
        return LEDE_OK;
    m->field = lede_schema_place(schema, m->node->field);
    if (m->field == LEDE_NO_FIELD)
        return fail_field(m, LEDE_ERR_INVALID, "there is no such field");
    m->of = lede_schema_field(schema, m->field);
    if (m->of->kind == LEDE_STORED || (m->of->flags & LEDE_FIELD_UNINDEXED))
        return fail_field(m, LEDE_ERR_INVALID, "the field is not searchable");
    return LEDE_OK;
}

static lede_status find_scope(const lede_scope **out, const making *m)
{
    lede_clause_maker *maker = m->maker;
    lede_status status = LEDE_OK;

    if (m->field != LEDE_NO_FIELD)
        return lede_scope_of(out, maker->search.view, &m->field, 1,
                             maker->search.arena);
    if (!maker->defaults)
        status = lede_scope_defaults(&maker->defaults, maker->search.view,
                                     maker->search.arena, maker->err);
    *out = maker->defaults;
    return status;
}

/* ---- Words -------------------------------------------------------------- */

/* Words in quotes are as they stand, but for accents and the like. */
static uint32_t forms_of(const making *m)
{
    return m->node->kind == LEDE_NODE_PHRASE
               ? m->forms & (LEDE_FORM_EXACT | LEDE_FORM_FOLD)
               : m->forms;
}

static lede_status plan_words(const making *m)
{
    lede_reading reading = { .node = m->node,
                             .source = m->source,
                             .forms = forms_of(m) };
    lede_status status = find_scope(&reading.scope, m);

    if (status == LEDE_OK)
        status = lede_reading_plan(m->out, m->maker, &reading);
    return status;
}

/* A child of GROUP or NEAR, as a leaf of its own. */
static making child_of(const making *m, uint32_t at)
{
    making child = *m;

    child.source = m->node->children[at];
    child.node = lede_query_node_at(m->maker->query, child.source);
    return child;
}

static lede_status find_word_scope(const lede_scope **out, making *m)
{
    lede_status status = LEDE_OK;

    if (is_key(m->node))
        return fail_field(m, LEDE_ERR_INVALID, "keys have no words");
    status = find_field(m);
    if (status == LEDE_OK && m->of && !lede_field_has_words(m->of))
        status = fail_field(m, LEDE_ERR_INVALID, "the field has no words");
    return status == LEDE_OK ? find_scope(out, m) : status;
}

/* Reads all children: single words into one group, others into `nodes`. */
static lede_status read_group(const making *m, const lede_scope **scopes,
                              lede_word_group *group, lede_plan *either,
                              const lede_plan **nodes)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < m->node->count; i++) {
        making child = child_of(m, i);
        lede_reading reading = { .node = child.node,
                                 .source = child.source,
                                 .scope = scopes[i],
                                 .forms = forms_of(&child),
                                 .into = group };
        lede_plan *span;

        status = lede_reading_plan(&span, m->maker, &reading);
        if (status == LEDE_OK && span)
            nodes[either->count++] = span;
    }
    return status;
}

static lede_status plan_group(const making *m)
{
    lede_arena *arena = m->maker->search.arena;
    const lede_scope *all = NULL, **scopes;
    const lede_plan **nodes = NULL;
    lede_plan *either =
        lede_plan_new(arena, LEDE_PLAN_EITHER, m->node->count + 1, &nodes);
    lede_word_group *group;
    lede_status status = LEDE_OK;

    scopes = lede_arena_array(arena, m->node->count, sizeof(void *));
    if (!either || !scopes)
        return fail_memory(m);
    for (uint32_t i = 0; status == LEDE_OK && i < m->node->count; i++) {
        making child = child_of(m, i);

        status = find_word_scope(&scopes[i], &child);
        if (status == LEDE_OK && all)
            status = lede_scope_join(&all, m->maker->search.view, all,
                                     scopes[i], arena);
        else
            all = scopes[i];
    }
    if (status != LEDE_OK)
        return status;
    group = lede_word_set_group(m->maker->words, all);
    if (!group)
        return fail_memory(m);
    group->plan.source = either->source = m->source;
    either->count = 1;
    nodes[0] = &group->plan;
    status = read_group(m, scopes, group, either, nodes);
    if (either->count > m->node->count) {
        either->nodes = nodes + 1; /* no word of its own among the children */
        either->count--;
    }
    *m->out = either->count == 1 && nodes[0] == either->nodes[0] ? &group->plan
                                                                 : either;
    return status;
}

static lede_status plan_near(const making *m)
{
    const lede_plan **nodes = NULL;
    lede_plan *near =
        lede_plan_new(m->maker->search.arena,
                      m->node->ordered ? LEDE_PLAN_PHRASE : LEDE_PLAN_NEAR,
                      m->node->count, &nodes);
    lede_plan *span = NULL;
    uint32_t words = 0;
    lede_status status = LEDE_OK;

    if (!near)
        return fail_memory(m);
    for (uint32_t i = 0; status == LEDE_OK && i < m->node->count; i++) {
        making child = child_of(m, i);
        lede_reading reading = { .node = child.node,
                                 .source = child.source,
                                 .forms = forms_of(&child),
                                 .words = words };

        status = find_word_scope(&reading.scope, &child);
        if (status == LEDE_OK && m->node->count > 1)
            status = lede_reading_needs_positions(m->maker, reading.scope);
        if (status == LEDE_OK)
            status = lede_reading_plan(&span, m->maker, &reading);
        if (status == LEDE_OK)
            nodes[i] = span;
        words = reading.words;
    }
    if (status != LEDE_OK)
        return status;
    near->slop = m->node->number;
    near->source = m->source;
    *m->out = near->count == 1 ? span : near;
    return LEDE_OK;
}

/* ---- Similar ------------------------------------------------------------ */

static lede_status plan_similar_words(const making *m, lede_bytes text)
{
    lede_clause_maker *maker = m->maker;
    lede_similar_search search = { .budget = maker->search.budget,
                                   .arena = maker->search.arena };
    lede_similar_word words[LEDE_SIMILAR_WORDS_MAX];
    const lede_scope *scope;
    const lede_plan **nodes = NULL;
    lede_plan *any;
    uint32_t count;
    lede_status status = find_scope(&scope, m);

    if (status != LEDE_OK)
        return status;
    search.fields = scope->fields;
    search.field_count = scope->count;
    status = lede_similar_words(words, &count, maker->search.view, text,
                                &search, maker->err);
    if (status != LEDE_OK)
        return status;
    any = lede_plan_new(maker->search.arena, LEDE_PLAN_OR, count, &nodes);
    if (!any)
        return fail_memory(m);
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        lede_word_group *group = lede_word_set_group(maker->words, scope);

        if (!group)
            return fail_memory(m);
        group->plan.source = m->source;
        nodes[i] = &group->plan;
        status = lede_word_set_add(maker->words, group, scope, words[i].term,
                                   m->forms & ~(uint32_t)LEDE_FORM_NAME);
    }
    any->source = m->source;
    *m->out = any;
    return status;
}

static lede_status plan_similar_to(const making *m)
{
    lede_clause_maker *maker = m->maker;
    lede_arena *arena = maker->search.arena;
    lede_bytes key = lede_bytes_of(m->node->text, m->node->len), text;
    const lede_plan **both = NULL, **not_self = NULL;
    lede_plan *self = lede_arena_zero(arena, sizeof *self);
    lede_plan *all = lede_plan_new(arena, LEDE_PLAN_AND, 2, &both);
    lede_plan *others = lede_plan_new(arena, LEDE_PLAN_NOT, 1, &not_self);
    lede_status status;

    if (!self || !all || !others)
        return fail_memory(m);
    status = lede_similar_text(&text, maker->search.view, key,
                               maker->search.budget, arena, maker->err);
    if (status == LEDE_OK)
        status = plan_similar_words(m, text);
    if (status != LEDE_OK)
        return status;
    self->kind = LEDE_PLAN_KEY;
    self->bytes = key;
    self->source = others->source = all->source = m->source;
    not_self[0] = self;
    both[0] = *m->out;
    both[1] = others;
    *m->out = all;
    return LEDE_OK;
}

static lede_status plan_similar(making *m)
{
    const lede_scope *scope;
    lede_status status = find_word_scope(&scope, m);

    if (status != LEDE_OK)
        return status;
    if (m->node->kind == LEDE_NODE_SIMILAR_TO)
        return plan_similar_to(m);
    return plan_similar_words(m, lede_bytes_of(m->node->text, m->node->len));
}

/* ---- All ---------------------------------------------------------------- */

static lede_status plan_field(making *m)
{
    lede_status status;

    if (is_key(m->node))
        return plan_key(m);
    status = find_field(m);
    if (status != LEDE_OK)
        return status;
    if (m->node->kind == LEDE_NODE_EXISTS)
        return plan_exists(m);
    if (m->of &&
        (!lede_field_has_words(m->of) || m->node->kind == LEDE_NODE_EQUALS ||
         m->node->kind == LEDE_NODE_RANGE))
        return plan_by_value(m);
    return plan_words(m);
}

lede_status lede_clause_plan(lede_plan **out, lede_clause_maker *maker,
                             const lede_clause *clause)
{
    making m = { .maker = maker,
                 .node = lede_query_node_at(maker->query, clause->node),
                 .source = clause->node,
                 .forms = clause->forms,
                 .field = LEDE_NO_FIELD,
                 .out = out };
    lede_plan plan = { .kind = LEDE_PLAN_EVERYTHING };

    switch (m.node->kind) {
    case LEDE_NODE_EVERYTHING:
        return put_plan(&m, &plan);
    case LEDE_NODE_NOTHING:
        return put_nothing(&m);
    case LEDE_NODE_GROUP:
        return plan_group(&m);
    case LEDE_NODE_NEAR:
        return plan_near(&m);
    case LEDE_NODE_SIMILAR:
    case LEDE_NODE_SIMILAR_TO:
        return plan_similar(&m);
    default:
        return plan_field(&m);
    }
}
