#include "article/search.h"

#include <time.h>

#include "article/documents.h"
#include "article/expand.h"
#include "article/explain.h"
#include "article/paging.h"
#include "article/request.h"
#include "article/results.h"
#include "article/snippet.h"
#include "base/error.h"
#include "document/schema.h"

/* One search on its way. */
typedef struct searching {
    const lede_view *view;
    const lede_query *query;
    lede_request request;
    lede_arena own;    /* gone with the search; the answer has another */
    lede_arena *arena; /* the same */
    lede_error *err;
    lede_budget budget;
    lede_budget late; /* without a deadline, to show what was found before it */
    lede_budget *spent; /* one of them: for what follows the search */

    lede_page_end end; /* of the page before, and then of this one */
    int64_t now_seconds;
    lede_expansion expansion;
    lede_engine_results found;
    bool more; /* hits behind the page */
    lede_engine_hit explained;
    bool has_explained;
    lede_answer *answer;
} searching;

static lede_status start(searching *s, const lede_search_options *options)
{
    lede_status status;

    lede_arena_init(&s->own, s->view->allocator, LEDE_ARENA_FIRST);
    s->arena = &s->own;
    status = lede_request_read(&s->request, s->view, options, s->arena, s->err);
    if (status != LEDE_OK)
        return status;
    lede_arena_limit(s->arena, s->request.limits.query_memory_bytes);
    lede_budget_init(&s->budget, options->timeout_ms, options->cancel,
                     s->request.limits.query_memory_bytes);
    lede_budget_init(&s->late, 0, options->cancel,
                     s->request.limits.query_memory_bytes);
    s->spent = &s->budget;
    s->request.search.budget = &s->budget;
    s->now_seconds = options->now_seconds;
    if (s->now_seconds == 0)
        s->now_seconds = (int64_t)time(NULL);
    return lede_budget_look(&s->budget);
}

static bool kinds_fit(const searching *s)
{
    const lede_engine_search *search = &s->request.search;

    if (s->end.value_count != search->sort_count)
        return false;
    for (uint32_t i = 0; i < search->sort_count; i++) {
        lede_kind kind = s->end.hit.values[i].kind;

        if (kind != LEDE_NONE &&
            kind !=
                lede_schema_field(s->view->schema, search->sort[i].field)->kind)
            return false;
    }
    return true;
}

static lede_status read_after(searching *s)
{
    const char *token = s->request.options->after;
    lede_status status;

    if (!token)
        return LEDE_OK;
    status = lede_page_read(&s->end, token, s->arena);
    if (status == LEDE_ERR_INVALID)
        return lede_fail(s->err, status, "after",
                         "this is not the `next` of any results");
    if (status != LEDE_OK)
        return status;
    if (s->end.generation != s->view->description->generation)
        return lede_fail(s->err, LEDE_ERR_INVALID, "after",
                         "it is of another snapshot: begin anew");
    if (s->end.order != lede_page_order(s->query, s->request.options) ||
        !kinds_fit(s))
        return lede_fail(s->err, LEDE_ERR_INVALID, "after",
                         "it is of another query or order");
    s->now_seconds = s->end.now_seconds;
    s->request.search.after = &s->end.hit;
    return LEDE_OK;
}

static lede_status expand(searching *s)
{
    lede_expand_options options = {
        .forms = s->request.options->forms,
        .limits = &s->request.limits,
        .now_seconds = s->now_seconds,
        .budget = &s->budget,
    };
    lede_status status = lede_expand(&s->expansion, s->view, s->query, &options,
                                     s->arena, s->err);

    if (status != LEDE_OK)
        return status;
    s->request.search.plan = s->expansion.plan;
    s->request.search.rule.scale = lede_score_scale(s->expansion.weights);
    s->request.search.recency.now_seconds = s->now_seconds;
    return LEDE_OK;
}

/* Asks for one hit more than is shown, to know whether there is a next page. */
static lede_status find(searching *s)
{
    lede_engine_search *search = &s->request.search;
    lede_status status;

    search->want++;
    status = s->view->engine->search(&s->found, s->view->snapshot, search,
                                     s->arena, s->err);
    search->want--;
    return status;
}

/* Where a partial answer was asked for, a deadline before the engine began
 * means that nothing was found in time. */
static lede_status expand_and_find(searching *s)
{
    lede_status status = expand(s);

    if (status == LEDE_OK)
        status = find(s);
    if (status != LEDE_ERR_TIMEOUT || !s->request.search.partial)
        return status;
    s->found = (lede_engine_results){ .partial = true };
    s->found.facets = lede_arena_array(s->arena, s->request.search.facet_count,
                                       sizeof *s->found.facets);
    return s->found.facets ? LEDE_OK : lede_arena_status(s->arena);
}

static lede_status find_explained(searching *s)
{
    const lede_search_options *o = s->request.options;
    lede_status status;
    lede_bytes key;

    if (!o->explain_key)
        return LEDE_OK;
    key = o->explain_key_len == LEDE_TERMINATED
              ? lede_bytes_of_text(o->explain_key)
              : lede_bytes_of(o->explain_key, o->explain_key_len);
    status = lede_document_find(&s->explained, s->view, key, s->spent, s->arena,
                                s->err);
    s->has_explained = status == LEDE_OK;
    if (status == LEDE_ERR_NOT_FOUND) {
        lede_error_clear(s->err);
        return LEDE_OK;
    }
    return status;
}

/* Cuts what was found to the page, and notes where the page ends. */
static void cut_page(searching *s)
{
    uint32_t offset = s->request.offset, limit = s->request.limit;

    if (s->found.count < offset)
        offset = s->found.count;
    s->found.hits += offset;
    s->found.count -= offset;
    s->more = s->found.count > limit;
    if (s->more)
        s->found.count = limit;
}

static lede_status write_next(searching *s)
{
    lede_page_end *end = &s->end;

    if (!s->more)
        return LEDE_OK;
    end->order = lede_page_order(s->query, s->request.options);
    end->generation = s->view->description->generation;
    end->now_seconds = s->now_seconds;
    end->hit = s->found.hits[s->found.count - 1];
    end->value_count = s->request.search.sort_count;
    s->answer->face.next = lede_page_write(end, &s->answer->arena);
    return s->answer->face.next ? LEDE_OK
                                : lede_arena_status(&s->answer->arena);
}

static lede_status make_answer(searching *s)
{
    uint64_t used = lede_arena_bytes(s->arena);
    uint64_t most = s->request.limits.query_memory_bytes;
    lede_status status = lede_answer_new(&s->answer, s->view->allocator,
                                         most > used ? most - used : 1);

    if (status == LEDE_OK)
        status = lede_answer_take(
            s->answer, &s->found, s->request.search.facet_count,
            s->has_explained ? &s->explained : NULL, s->view);
    if (status != LEDE_OK)
        return status;
    s->answer->face.capped = s->expansion.capped;
    return write_next(s);
}

/* Document numbers of all hits to show, the explained one last. */
static lede_status list_docs(const lede_doc **out, const searching *s)
{
    uint32_t count = s->answer->document_count;
    lede_doc *docs = lede_arena_array(s->arena, count, sizeof *docs);

    if (!docs)
        return lede_arena_status(s->arena);
    for (uint32_t i = 0; i < s->found.count; i++)
        docs[i] = s->found.hits[i].doc;
    if (s->has_explained)
        docs[count - 1] = s->explained.doc;
    *out = docs;
    return LEDE_OK;
}

static lede_status load(lede_document **documents, const searching *s,
                        const uint32_t *fields, uint32_t field_count)
{
    lede_engine_load load = {
        .count = s->answer->document_count,
        .fields = fields,
        .field_count = field_count,
        .allocator = s->view->allocator,
        .budget = s->spent,
    };
    lede_status status = list_docs(&load.docs, s);

    if (status != LEDE_OK || load.count == 0)
        return status;
    return s->view->engine->load(documents, NULL, s->view->snapshot, &load,
                                 s->err);
}

static bool is_named(const lede_search_options *options, const char *field)
{
    for (size_t i = 0; i < options->field_count; i++)
        if (strcmp(options->fields[i], field) == 0)
            return true;
    return false;
}

/* Fields the schema lacks have no number to be loaded by: all were loaded, and
 * those not asked for are taken out. */
static lede_status keep_named(const searching *s, lede_document *doc)
{
    const char *field;
    size_t at = 0;

    while ((field = lede_document_field(doc, at)) != NULL) {
        lede_status status = LEDE_OK;

        if (is_named(s->request.options, field))
            at++;
        else
            status = lede_document_remove(doc, field);
        if (status != LEDE_OK)
            return status;
    }
    return LEDE_OK;
}

static lede_status load_documents(searching *s)
{
    lede_answer *answer = s->answer;
    const lede_request *r = &s->request;
    bool all = r->options->load == LEDE_LOAD_STORED || r->other_fields;
    lede_status status;

    if (r->options->load == LEDE_LOAD_NOTHING)
        return LEDE_OK;
    status = load(answer->documents, s, all ? NULL : r->fields, r->field_count);
    for (uint32_t i = 0; status == LEDE_OK && i < answer->document_count; i++) {
        if (r->other_fields)
            status = keep_named(s, answer->documents[i]);
        answer->hits[i].face.document = answer->documents[i];
    }
    return status;
}

/* The fields that a snippet may be cut from. */
static lede_status list_snippet_fields(const uint32_t **out, uint32_t *count,
                                       const searching *s)
{
    const lede_schema *schema = s->view->schema;
    uint32_t *fields =
        lede_arena_array(s->arena, lede_schema_count(schema), sizeof *fields);

    if (!fields)
        return lede_arena_status(s->arena);
    *out = fields;
    *count = 0;
    for (uint32_t i = 0; i < lede_schema_count(schema); i++) {
        const lede_field *field = lede_schema_field(schema, i);

        if (s->request.snippet_field == i ||
            (s->request.snippet_field == LEDE_NO_FIELD &&
             lede_field_has_words(field) && lede_field_is_stored(field)))
            fields[(*count)++] = i;
    }
    return LEDE_OK;
}

/* Documents with the text that snippets need: those loaded already where they
 * are whole, else others, which the caller frees. */
static lede_status load_texts(lede_document ***out, bool *owned, searching *s)
{
    const uint32_t *fields = NULL;
    uint32_t count = 0;
    lede_status status;

    *owned = s->request.options->load != LEDE_LOAD_STORED;
    *out = s->answer->documents;
    if (!*owned)
        return LEDE_OK;
    *out = lede_arena_array(s->arena, s->answer->document_count, sizeof **out);
    if (!*out)
        return lede_arena_status(s->arena);
    status = list_snippet_fields(&fields, &count, s);
    if (status == LEDE_OK)
        status = load(*out, s, fields, count);
    return status;
}

static lede_status cut_snippets(searching *s, lede_document *const *texts)
{
    const lede_search_options *o = s->request.options;
    lede_snippet_rule rule = {
        .style = o->snippet,
        .field = s->request.snippet_field,
        .bytes = o->snippet_bytes ? o->snippet_bytes : 240,
    };
    lede_snippet_maker *maker;
    lede_status status =
        lede_snippet_maker_new(&maker, s->request.search.plan, s->view->schema,
                               &rule, s->spent, s->arena);

    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0; status == LEDE_OK && i < s->answer->document_count;
         i++) {
        lede_hit *hit = &s->answer->hits[i].face;
        lede_bytes snippet;

        status =
            lede_snippet_make(&snippet, maker, texts[i], &s->answer->arena);
        if (status == LEDE_OK) {
            hit->snippet = (const char *)snippet.at;
            hit->snippet_len = snippet.len;
        }
    }
    lede_snippet_maker_free(maker);
    return status;
}

static lede_status make_snippets(searching *s)
{
    lede_document **texts;
    bool owned;
    lede_status status;

    if (s->request.options->snippet == LEDE_SNIPPET_NONE ||
        s->answer->document_count == 0)
        return LEDE_OK;
    status = load_texts(&texts, &owned, s);
    if (status != LEDE_OK)
        return status;
    status = cut_snippets(s, texts);
    for (uint32_t i = 0; owned && i < s->answer->document_count; i++)
        lede_document_free(texts[i]);
    return status;
}

static lede_status explain(searching *s, lede_found *found)
{
    lede_explain_request request = {
        .search = &s->request.search,
        .query = s->query,
        .key = lede_bytes_of(found->face.key, found->face.key_len),
    };
    lede_explain_lines lines;
    lede_status status =
        lede_explain(&lines, s->view, &request, &s->answer->arena, s->err);

    if (status == LEDE_OK) {
        found->lines = lines.at;
        found->line_count = lines.count;
    }
    return status;
}

static lede_status explain_hits(searching *s)
{
    bool all = (s->request.options->flags & LEDE_SEARCH_EXPLAIN) != 0;
    uint32_t first = all ? 0 : s->found.count;
    lede_status status = LEDE_OK;

    s->request.search.budget = s->spent;
    for (uint32_t i = first; status == LEDE_OK && i < s->answer->document_count;
         i++)
        status = explain(s, &s->answer->hits[i]);
    if (status == LEDE_OK && s->has_explained) {
        lede_found *found = &s->answer->hits[s->found.count];

        found->face.score = found->lines[0].score;
    }
    return status;
}

static lede_status run(searching *s, const lede_search_options *options)
{
    lede_status status = start(s, options);

    if (status == LEDE_OK)
        status = read_after(s);
    if (status == LEDE_OK)
        status = expand_and_find(s);
    if (status != LEDE_OK)
        return status;
    if (s->found.partial)
        s->spent = &s->late;
    cut_page(s);
    status = find_explained(s);
    if (status == LEDE_OK)
        status = make_answer(s);
    if (status == LEDE_OK)
        status = load_documents(s);
    if (status == LEDE_OK && s->request.search.plan)
        status = make_snippets(s);
    if (status == LEDE_OK && s->request.search.plan)
        status = explain_hits(s);
    return status;
}

/* A limit that nobody named is that of the arena or the budget. */
static lede_status settle(searching *s, lede_status status)
{
    if (status == LEDE_ERR_LIMIT && s->err && s->err->where[0] == '\0')
        return lede_fail(s->err, status, "query_memory_bytes",
                         "the search needs more memory than it may take");
    return lede_fail_plain(s->err, status);
}

lede_status lede_article_search(lede_results **out, const lede_view *view,
                                const lede_query *query,
                                const lede_search_options *options,
                                lede_error *err)
{
    searching s = { .view = view, .query = query, .err = err };
    uint64_t begin = lede_clock_ns();
    lede_status status = run(&s, options);

    lede_arena_fini(&s.own);
    if (status != LEDE_OK) {
        if (s.answer)
            lede_results_free(&s.answer->face);
        return settle(&s, status);
    }
    s.answer->face.elapsed_us = (lede_clock_ns() - begin) / 1000;
    *out = &s.answer->face;
    return LEDE_OK;
}

static lede_status count(searching *s, const lede_search_options *options)
{
    lede_status status = start(s, options);

    if (status == LEDE_OK)
        status = expand(s);
    if (status != LEDE_OK)
        return status;
    s->request.search.want = 0;
    s->request.search.count_all = true;
    return s->view->engine->search(&s->found, s->view->snapshot,
                                   &s->request.search, s->arena, s->err);
}

lede_status lede_article_count(uint64_t *total, const lede_view *view,
                               const lede_query *query,
                               const lede_search_options *options,
                               lede_error *err)
{
    lede_search_options used = {
        .size = sizeof used,
        .forms = options->forms,
        .limits = options->limits,
        .cancel = options->cancel,
        .timeout_ms = options->timeout_ms,
        .threads = options->threads,
    };
    searching s = { .view = view, .query = query, .err = err };
    lede_status status = count(&s, &used);

    lede_arena_fini(&s.own);
    if (status != LEDE_OK)
        return settle(&s, status);
    *total = s.found.total;
    return LEDE_OK;
}
