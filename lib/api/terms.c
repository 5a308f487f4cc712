#include "api/arguments.h"
#include "api/snapshot.h"
#include "base/alloc.h"
#include "document/schema.h"
#include "text/token.h"

typedef struct stream {
    lede_terms face;
    lede_snapshot *snapshot;
    lede_arena *arena;
    lede_dfa *dfa;
    lede_term_walk *walk;
    lede_space space;
    lede_budget endless;
    char *copy; /* of the present term, with a NUL */
    size_t capacity;
} stream;

static lede_status find_space(lede_space *space, uint32_t *place,
                              const lede_schema *schema, const char *name,
                              lede_error *err)
{
    const lede_field *field = lede_schema_find(schema, name);

    if (!field)
        return lede_fail(err, LEDE_ERR_INVALID, name,
                         "the schema has no such field");
    if (field->kind == LEDE_KEYWORD)
        *space = LEDE_SPACE_VALUES;
    else if (lede_field_has_words(field))
        *space = LEDE_SPACE_WORDS;
    else
        return lede_fail(err, LEDE_ERR_INVALID, name,
                         "the field has no terms: it is neither indexed text "
                         "nor keyword");
    *place = lede_schema_place(schema, name);
    return LEDE_OK;
}

static lede_status open_walk(stream *s, const lede_snapshot *snapshot,
                             uint32_t place, lede_bytes prefix, lede_error *err)
{
    const lede_view *view = snapshot->view;
    lede_status status;

    lede_budget_init(&s->endless, 0, NULL, 0);
    s->arena = lede_arena_new(view->allocator);
    if (!s->arena)
        return LEDE_ERR_NOMEM;
    status = lede_dfa_new_bytes(&s->dfa, prefix, true, view->allocator);
    if (status != LEDE_OK)
        return status;
    return view->engine->walk(&s->walk, view->snapshot, place, s->space, s->dfa,
                              &s->endless, s->arena, err);
}

lede_status lede_terms_open(lede_terms **out, const lede_snapshot *snapshot,
                            const char *field, const char *prefix,
                            size_t prefix_len, lede_error *err)
{
    lede_bytes bytes;
    lede_status status;
    uint32_t place = 0;
    stream *s;

    lede_error_clear(err);
    if (!out || !snapshot || !field)
        return lede_fail_null(err, !out        ? "out"
                                   : !snapshot ? "snapshot"
                                               : "field");
    if (!lede_take_text(&bytes, prefix, prefix_len))
        return lede_fail_null(err, "prefix");
    s = lede_alloc_zero(snapshot->index->allocator, sizeof *s);
    if (!s)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    s->snapshot = lede_snapshot_hold(snapshot);
    s->face.term = "";
    status = find_space(&s->space, &place, snapshot->view->schema, field, err);
    if (status == LEDE_OK)
        status = open_walk(s, snapshot, place, bytes, err);
    if (status != LEDE_OK) {
        lede_terms_close(&s->face);
        return lede_fail_plain(err, status);
    }
    *out = &s->face;
    return LEDE_OK;
}

/* Steps over the joined terms of compounds, which no text has written so. */
static bool next_written(stream *s)
{
    s->walk->counts = true;
    while (s->walk->next(s->walk)) {
        lede_bytes term = s->walk->term;

        if (s->space == LEDE_SPACE_VALUES ||
            lede_term_span((const char *)term.at, (uint32_t)term.len) == 1)
            return true;
    }
    return false;
}

bool lede_terms_next(lede_terms *terms)
{
    stream *s = (stream *)terms;

    if (!s || terms->status != LEDE_OK)
        return false;
    terms->term = "";
    terms->len = 0;
    terms->documents = terms->occurrences = 0;
    if (!next_written(s)) {
        terms->status =
            s->walk->status != LEDE_OK ? s->walk->status : s->dfa->status;
        return false;
    }
    if (!lede_grow(s->snapshot->index->allocator, &s->copy, &s->capacity,
                   s->walk->term.len + 1, 1)) {
        terms->status = LEDE_ERR_NOMEM;
        return false;
    }
    memcpy(s->copy, s->walk->term.at, s->walk->term.len);
    s->copy[s->walk->term.len] = '\0';
    terms->term = s->copy;
    terms->len = s->walk->term.len;
    terms->documents = s->walk->stats.documents;
    terms->occurrences = s->walk->stats.occurrences;
    return true;
}

void lede_terms_close(lede_terms *terms)
{
    stream *s = (stream *)terms;
    lede_snapshot *snapshot;

    if (!s)
        return;
    snapshot = s->snapshot;
    lede_arena_free(s->arena);
    lede_dfa_free(s->dfa);
    lede_release(snapshot->index->allocator, s->copy, s->capacity);
    lede_release(snapshot->index->allocator, s, sizeof *s);
    lede_snapshot_close(snapshot);
}
