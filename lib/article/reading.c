#include "article/reading.h"

#include "base/error.h"
#include "document/schema.h"

#define NOT_NAME (~(uint32_t)LEDE_FORM_NAME)

lede_status lede_reading_needs_positions(lede_clause_maker *maker,
                                         const lede_scope *scope)
{
    const lede_schema *schema = maker->search.view->schema;

    for (uint32_t i = 0; i < scope->count; i++) {
        const lede_field *field = lede_schema_field(schema, scope->fields[i]);

        if (!lede_field_has_positions(field))
            return lede_fail(maker->err, LEDE_ERR_UNSUPPORTED, field->name,
                             "the field has no positions for phrases");
    }
    return LEDE_OK;
}

static lede_status fail_memory(const lede_clause_maker *maker)
{
    return lede_arena_status(maker->search.arena);
}

static lede_status new_group(lede_word_group **out, lede_clause_maker *maker,
                             lede_reading *reading)
{
    *out = lede_word_set_group(maker->words, reading->scope);
    if (!*out)
        return fail_memory(maker);
    (*out)->plan.source = reading->source;
    if (++reading->words > maker->search.limits->phrase_terms)
        return lede_fail(maker->err, LEDE_ERR_LIMIT, "phrase_terms",
                         "a phrase of more than %u words",
                         maker->search.limits->phrase_terms);
    return LEDE_OK;
}

static lede_status add_pattern(lede_clause_maker *maker,
                               const lede_reading *reading,
                               lede_word_group *group,
                               const lede_pattern *pattern)
{
    lede_pattern_terms found;
    lede_status status = lede_pattern_find(&found, &maker->search, pattern,
                                           reading->scope, maker->err);

    for (uint32_t i = 0; status == LEDE_OK && i < found.count; i++)
        status = lede_word_set_add_term(maker->words, group, &found.terms[i]);
    if (status == LEDE_OK && found.capped)
        maker->capped = true;
    return status;
}

/* Adds a word, or what the clause's pattern makes of it. */
static lede_status add_word(lede_clause_maker *maker,
                            const lede_reading *reading, lede_word_group *group,
                            const lede_spelling_token *token, bool last)
{
    const lede_query_node *node = reading->node;
    lede_pattern pattern = { .text = token->term,
                             .edits = node->number,
                             .prefix = node->prefix };

    if (node->kind == LEDE_NODE_FUZZY)
        pattern.kind = LEDE_PATTERN_FUZZY;
    else if (token->flags & LEDE_TOKEN_TAIL)
        pattern.unlimited = true;
    else if (node->kind != LEDE_NODE_PREFIX || !last)
        return lede_word_set_add(maker->words, group, reading->scope,
                                 token->term, reading->forms);
    return add_pattern(maker, reading, group, &pattern);
}

static lede_status new_word(lede_plan **out, lede_clause_maker *maker,
                            lede_reading *reading,
                            const lede_spelling_token *token, bool last)
{
    lede_word_group *group;
    lede_status status = new_group(&group, maker, reading);

    if (status != LEDE_OK)
        return status;
    *out = &group->plan;
    return add_word(maker, reading, group, token, last);
}

/* A run of tokens that stand one after the other. */
typedef struct token_run {
    const lede_spelling_token *tokens;
    uint32_t count;
    bool last; /* it ends the text */
} token_run;

/* EITHER the parts in a row or the solid word. tokens[1] is that word. */
static lede_status make_compound(lede_plan **out, lede_clause_maker *maker,
                                 lede_reading *reading, token_run all)
{
    const lede_plan **nodes = NULL, **parts = NULL;
    lede_plan *either =
        lede_plan_new(maker->search.arena, LEDE_PLAN_EITHER, 2, &nodes);
    lede_plan *phrase = lede_plan_new(maker->search.arena, LEDE_PLAN_PHRASE,
                                      all.count - 1, &parts);
    uint32_t forms = reading->forms, at = 0;
    lede_status status = LEDE_OK;
    lede_plan *word = NULL;

    if (!either || !phrase)
        return fail_memory(maker);
    reading->forms = forms & NOT_NAME;
    for (uint32_t i = 0; i < all.count && status == LEDE_OK; i++) {
        if (i == 1)
            continue;
        status = new_word(&word, maker, reading, &all.tokens[i],
                          all.last && i + 1 == all.count);
        parts[at++] = word;
    }
    reading->forms = forms;
    if (status == LEDE_OK)
        status = new_word(&word, maker, reading, &all.tokens[1], all.last);
    if (status != LEDE_OK)
        return status;
    phrase->source = either->source = reading->source;
    nodes[0] = phrase;
    nodes[1] = word;
    *out = either;
    return LEDE_OK;
}

/* The tokens of the compound that begins a run; 1 if none does. */
static uint32_t compound_tokens(token_run run)
{
    uint32_t count = 2, end;

    if (run.count < 3 || run.tokens[1].span < 2)
        return 1;
    end = run.tokens[1].position + run.tokens[1].span;
    while (count < run.count && run.tokens[count].position < end)
        count++;
    return count;
}

/* One item of a phrase: a compound or a word. */
static lede_status make_item(lede_plan **out, lede_clause_maker *maker,
                             lede_reading *reading, token_run item)
{
    if (item.count > 1)
        return make_compound(out, maker, reading, item);
    return new_word(out, maker, reading, item.tokens, item.last);
}

/* Words too long to be indexed leave a gap that anything may fill. */
static lede_status make_phrase(lede_plan **out, lede_clause_maker *maker,
                               lede_reading *reading, token_run all)
{
    const lede_plan **nodes = NULL;
    lede_plan *phrase =
        lede_plan_new(maker->search.arena, LEDE_PLAN_PHRASE, all.count, &nodes);
    uint32_t next = all.tokens[0].position;
    lede_status status = LEDE_OK;
    uint64_t slop = 0;

    if (!phrase)
        return fail_memory(maker);
    if (reading->node->kind == LEDE_NODE_PHRASE)
        slop = reading->node->number;
    phrase->count = 0;
    for (uint32_t at = 0; at < all.count && status == LEDE_OK;) {
        token_run rest = { all.tokens + at, all.count - at, all.last };
        token_run item = { rest.tokens, compound_tokens(rest), false };
        lede_plan *node = NULL;

        item.last = all.last && item.count == rest.count;
        slop += rest.tokens->position - next;
        next = item.tokens[item.count - 1].position + 1;
        status = make_item(&node, maker, reading, item);
        nodes[phrase->count++] = node;
        at += item.count;
    }
    phrase->source = reading->source;
    phrase->slop = slop < UINT32_MAX ? (uint32_t)slop : UINT32_MAX;
    *out = phrase;
    return status;
}

/* A character at the end of a run of bigrams is in the bigram before it: at
 * the end of the text it says nothing new. */
static void drop_tail(lede_spelling *spelling)
{
    const lede_spelling_token *last = &spelling->tokens[spelling->count - 1];

    if (spelling->count > 1 && (last->flags & LEDE_TOKEN_TAIL) &&
        last->begin < last[-1].end)
        spelling->count--;
}

static lede_status read_words(lede_plan **out, lede_clause_maker *maker,
                              lede_reading *reading,
                              const lede_spelling *spelling)
{
    token_run all = { spelling->tokens, spelling->count, true };
    uint32_t forms = reading->forms;
    lede_status status;

    if (all.count == 1 && reading->into) {
        *out = NULL;
        return add_word(maker, reading, reading->into, all.tokens, true);
    }
    if (all.count == 1)
        return new_word(out, maker, reading, all.tokens, true);
    status = lede_reading_needs_positions(maker, reading->scope);
    if (status != LEDE_OK)
        return status;
    if (compound_tokens(all) == all.count)
        return make_compound(out, maker, reading, all);
    reading->forms &= NOT_NAME;
    status = make_phrase(out, maker, reading, all);
    reading->forms = forms;
    return status;
}

/* Wildcards and expressions are one word, whatever is in them. */
static lede_status read_pattern(lede_plan **out, lede_clause_maker *maker,
                                lede_reading *reading, lede_pattern_kind kind)
{
    lede_pattern pattern = { .kind = kind,
                             .text = lede_bytes_of(reading->node->text,
                                                   reading->node->len) };
    lede_word_group *group = reading->into;
    lede_status status = LEDE_OK;

    *out = NULL;
    if (!group)
        status = new_group(&group, maker, reading);
    if (status == LEDE_OK)
        status = add_pattern(maker, reading, group, &pattern);
    if (status == LEDE_OK && !reading->into)
        *out = &group->plan;
    return status;
}

lede_status lede_reading_plan(lede_plan **out, lede_clause_maker *maker,
                              lede_reading *reading)
{
    const lede_query_node *node = reading->node;
    lede_spelling spelling = { 0 };
    lede_word_group *group;
    lede_status status;

    if (node->kind == LEDE_NODE_WILDCARD)
        return read_pattern(out, maker, reading, LEDE_PATTERN_WILDCARD);
    if (node->kind == LEDE_NODE_REGEX)
        return read_pattern(out, maker, reading, LEDE_PATTERN_REGEX);
    if (node->kind == LEDE_NODE_PREFIX && node->len == 0)
        return read_pattern(out, maker, reading, LEDE_PATTERN_PREFIX);
    status = lede_spelling_read(&spelling, lede_bytes_of(node->text, node->len),
                                &maker->reader, maker->search.budget,
                                maker->search.arena);
    if (status != LEDE_OK)
        return status;
    if (spelling.count > 0) {
        drop_tail(&spelling);
        return read_words(out, maker, reading, &spelling);
    }
    *out = NULL;
    if (reading->into)
        return LEDE_OK;
    status = new_group(&group, maker, reading);
    if (status == LEDE_OK)
        *out = &group->plan;
    return status;
}
