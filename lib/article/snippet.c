/*
 * article/snippet.c - which field, which passages of it, and how they are
 * written.
 *
 * The field that matched best is the one whose marks are of the leaves worth
 * most; but a text that the snippet could hold whole, as a title, yields to a
 * longer one that matched too, for it is shown beside the snippet anyway.
 *
 * "…" stands where a passage begins or ends inside a sentence, and " … "
 * between passages. Values shown whole are put apart by a space.
 */
#include "article/snippet.h"

#include "article/edge.h"
#include "article/excerpt.h"
#include "article/mark.h"
#include "article/passage.h"
#include "document/document.h"
#include "document/schema.h"

#define ELLIPSIS "\xE2\x80\xA6"

struct lede_snippet_maker {
    const lede_schema *schema;
    lede_snippet_rule rule;
    lede_marker *marker;
    double *worths;
    lede_arena *scratch; /* of one document */
    lede_buffer out;
};

/* A field of a document, read. */
typedef struct candidate {
    lede_passage_source source;
    size_t bytes; /* of all its values */
    double worth;
} candidate;

static lede_status prepare(lede_snippet_maker *maker, const lede_plan *plan,
                           lede_budget *budget, lede_arena *arena)
{
    lede_status status = lede_marker_new(
        &maker->marker, plan, lede_schema_count(maker->schema),
        lede_schema_analyzer(maker->schema)->words, budget, arena);
    uint32_t leaves;

    if (status != LEDE_OK)
        return status;
    leaves = lede_marker_leaves(maker->marker);
    maker->worths = lede_arena_array(arena, leaves, sizeof *maker->worths);
    if (!maker->worths)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < leaves; i++)
        maker->worths[i] = lede_marker_worth(maker->marker, i);
    maker->scratch = lede_arena_new(lede_arena_allocator(arena));
    return maker->scratch ? LEDE_OK : LEDE_ERR_NOMEM;
}

lede_status lede_snippet_maker_new(lede_snippet_maker **out,
                                   const lede_plan *plan,
                                   const lede_schema *schema,
                                   const lede_snippet_rule *rule,
                                   lede_budget *budget, lede_arena *arena)
{
    lede_snippet_maker *maker = lede_arena_zero(arena, sizeof *maker);
    lede_status status;

    if (!maker)
        return lede_arena_status(arena);
    maker->schema = schema;
    maker->rule = *rule;
    lede_buffer_init(&maker->out, lede_arena_allocator(arena));
    status = prepare(maker, plan, budget, arena);
    if (status != LEDE_OK) {
        lede_snippet_maker_free(maker);
        return status;
    }
    *out = maker;
    return LEDE_OK;
}

void lede_snippet_maker_free(lede_snippet_maker *maker)
{
    if (!maker)
        return;
    lede_buffer_fini(&maker->out);
    lede_arena_free(maker->scratch);
    lede_marker_free(maker->marker);
}

/* The texts of one field of a document. */
static lede_status list_values(candidate *c, const lede_document *doc,
                               const char *field, lede_arena *scratch)
{
    lede_bytes *values = NULL;
    size_t capacity = 0;
    uint32_t count = 0;

    for (const lede_value *value = lede_document_value(doc, field, 0);
         value->kind != LEDE_NONE;
         value = lede_document_value(doc, field, count)) {
        if (!lede_arena_grow(scratch, &values, &capacity, count + 1U,
                             sizeof *values))
            return lede_arena_status(scratch);
        values[count++] = lede_bytes_of(value->text, value->len);
        c->bytes += value->len;
    }
    c->source.values = values;
    c->source.value_count = count;
    return LEDE_OK;
}

static lede_status read_field(candidate *c, lede_snippet_maker *maker,
                              const lede_document *doc, uint32_t field)
{
    const char *name = lede_schema_field(maker->schema, field)->name;
    lede_status status;

    *c = (candidate){ .bytes = 0 };
    c->source.worths = maker->worths;
    c->source.leaf_count = lede_marker_leaves(maker->marker);
    status = list_values(c, doc, name, maker->scratch);
    if (status != LEDE_OK || c->source.value_count == 0)
        return status;
    status = lede_marker_find(&c->source.marks, maker->marker, field,
                              c->source.values, c->source.value_count,
                              maker->scratch);
    if (status != LEDE_OK)
        return status;
    return lede_passage_worth(&c->worth, &c->source, maker->scratch);
}

static bool is_better(const candidate *a, const candidate *b, size_t bytes)
{
    if ((a->worth > 0) != (b->worth > 0))
        return a->worth > 0;
    if ((a->bytes > bytes) != (b->bytes > bytes))
        return a->bytes > bytes;
    if (a->worth > b->worth || a->worth < b->worth)
        return a->worth > b->worth;
    return a->bytes > b->bytes;
}

static lede_status choose_field(candidate *best, lede_snippet_maker *maker,
                                const lede_document *doc)
{
    uint32_t count = lede_schema_count(maker->schema);
    lede_status status = LEDE_OK;

    *best = (candidate){ .bytes = 0 };
    if (maker->rule.field != LEDE_NO_FIELD)
        return maker->rule.field < count
                   ? read_field(best, maker, doc, maker->rule.field)
                   : LEDE_OK;
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        candidate next;

        if (lede_schema_field(maker->schema, i)->kind != LEDE_TEXT)
            continue;
        status = read_field(&next, maker, doc, i);
        if (status == LEDE_OK && next.source.value_count > 0 &&
            is_better(&next, best, maker->rule.bytes))
            *best = next;
    }
    return status;
}

static void put_passage(lede_snippet_maker *maker, const candidate *c,
                        uint32_t value, size_t begin, size_t end)
{
    lede_marks marks = c->source.marks;

    for (; marks.count > 0 && marks.at->value < value; marks.count--)
        marks.at++;
    while (marks.count > 0 && marks.at[marks.count - 1].value > value)
        marks.count--;
    lede_excerpt_put(&maker->out, c->source.values[value], begin, end, marks,
                     maker->rule.style);
}

static void put_whole(lede_snippet_maker *maker, const candidate *c)
{
    for (uint32_t i = 0; i < c->source.value_count; i++) {
        lede_bytes text = c->source.values[i];

        if (lede_edge_skip_spaces(text, 0) == text.len)
            continue;
        if (maker->out.len > 0)
            lede_put_u8(&maker->out, ' ');
        put_passage(maker, c, i, 0, text.len);
    }
}

static lede_status put_passages(lede_snippet_maker *maker, const candidate *c)
{
    lede_passage passages[LEDE_PASSAGES_MAX];
    uint32_t count;
    lede_status status = lede_passage_choose(passages, &count, &c->source,
                                             maker->rule.bytes, maker->scratch);

    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        const lede_passage *at = &passages[i];

        if (i > 0)
            lede_put_text(&maker->out, " " ELLIPSIS " ");
        else if (at->cut_before)
            lede_put_text(&maker->out, ELLIPSIS);
        put_passage(maker, c, at->value, at->begin, at->end);
        if (i + 1 == count && at->cut_after && at->end > at->begin)
            lede_put_text(&maker->out, ELLIPSIS);
    }
    return LEDE_OK;
}

lede_status lede_snippet_make(lede_bytes *out, lede_snippet_maker *maker,
                              const lede_document *doc, lede_arena *arena)
{
    candidate chosen;
    lede_status status;
    const char *text;

    lede_arena_clear(maker->scratch);
    lede_buffer_clear(&maker->out);
    status = choose_field(&chosen, maker, doc);
    if (status == LEDE_OK && chosen.bytes <= maker->rule.bytes)
        put_whole(maker, &chosen);
    else if (status == LEDE_OK)
        status = put_passages(maker, &chosen);
    if (status == LEDE_OK)
        status = maker->out.status;
    if (status != LEDE_OK)
        return status;
    text = lede_arena_text(arena, maker->out.at, maker->out.len);
    if (!text)
        return lede_arena_status(arena);
    *out = lede_bytes_of(text, maker->out.len);
    return LEDE_OK;
}
