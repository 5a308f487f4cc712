#include "article/suggest.h"

#include "api/arguments.h"
#include "api/snapshot.h"
#include "base/options.h"
#include "document/schema.h"

#define LIMIT_DEFAULT 5

typedef struct answer {
    lede_suggestions face;
    lede_arena *arena; /* holds it all, this struct too */
    const lede_suggestion *at;
} answer;

static lede_status find_field(uint32_t *place, const lede_schema *schema,
                              const char *name, lede_error *err)
{
    const lede_field *field;

    *place = LEDE_NO_FIELD;
    if (!name)
        return LEDE_OK;
    field = lede_schema_find(schema, name);
    if (!field || !lede_field_has_words(field))
        return lede_fail(err, LEDE_ERR_INVALID, name,
                         "the schema has no such field with words");
    *place = lede_schema_place(schema, name);
    return LEDE_OK;
}

static lede_status suggest(answer *a, const lede_view *view, lede_bytes text,
                           const lede_suggest_options *options, lede_error *err)
{
    lede_budget budget;
    lede_suggest_search search;
    lede_status status;
    uint32_t field, count = 0;

    if ((int)options->kind < LEDE_SUGGEST_CORRECTION ||
        options->kind > LEDE_SUGGEST_COMPLETION)
        return lede_fail(err, LEDE_ERR_INVALID, "kind",
                         "no kind of suggestion");
    if (text.len > view->limits->query_bytes)
        return lede_fail(err, LEDE_ERR_LIMIT, "query_bytes",
                         "a text of %zu bytes; the most is %u", text.len,
                         (unsigned)view->limits->query_bytes);
    status = find_field(&field, view->schema, options->field, err);
    if (status != LEDE_OK)
        return status;
    lede_budget_init(&budget, options->timeout_ms, options->cancel,
                     view->limits->query_memory_bytes);
    status = lede_budget_look(&budget);
    search = (lede_suggest_search){
        .kind = options->kind,
        .field = field,
        .limit = options->limit ? options->limit : LIMIT_DEFAULT,
        .budget = &budget,
        .arena = a->arena,
    };
    if (status == LEDE_OK)
        status = lede_suggest_texts(&a->at, &count, view, text, &search, err);
    a->face.count = count;
    return status;
}

lede_status lede_suggest(lede_suggestions **out, const lede_snapshot *snapshot,
                         const char *text, size_t len,
                         const lede_suggest_options *options, lede_error *err)
{
    lede_suggest_options complete;
    lede_arena *arena;
    lede_bytes bytes;
    lede_status status;
    answer *a;

    lede_error_clear(err);
    if (!out || !snapshot)
        return lede_fail_null(err, out ? "snapshot" : "out");
    if (!lede_take_text(&bytes, text, len))
        return lede_fail_null(err, "text");
    status =
        LEDE_READ_OPTIONS(lede_suggest_options, &complete, options, kind, err);
    if (status != LEDE_OK)
        return status;
    arena = lede_arena_new(snapshot->view->allocator);
    if (!arena)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    lede_arena_limit(arena, snapshot->view->limits->query_memory_bytes);
    a = lede_arena_zero(arena, sizeof *a);
    status = a ? LEDE_OK : lede_arena_status(arena);
    if (a) {
        a->arena = arena;
        status = suggest(a, snapshot->view, bytes, &complete, err);
    }
    if (status != LEDE_OK) {
        lede_arena_free(arena);
        return lede_fail_plain(err, status);
    }
    *out = &a->face;
    return LEDE_OK;
}

const lede_suggestion *lede_suggestions_at(const lede_suggestions *suggestions,
                                           size_t at)
{
    const answer *a = (const answer *)suggestions;

    return a && at < a->face.count ? &a->at[at] : NULL;
}

void lede_suggestions_free(lede_suggestions *suggestions)
{
    if (suggestions)
        lede_arena_free(((answer *)suggestions)->arena);
}
