#include "article/documents.h"

#include "base/alloc.h"
#include "base/error.h"
#include "document/schema.h"

/* Keys come by the page, since each page is a search; their articles, which
 * may be large, by the handful. */
#define PAGE_HITS 512
#define PAGE_DOCS 16

static lede_status fail_missing(lede_bytes key, lede_error *err)
{
    char where[sizeof err->where];
    size_t len = key.len < sizeof where ? key.len : sizeof where - 1;

    memcpy(where, key.at, len);
    where[len] = '\0';
    return lede_fail(err, LEDE_ERR_NOT_FOUND, where,
                     "there is no article with this key");
}

/* What every search here has in common. */
static lede_engine_search plain_search(const lede_plan *plan, uint32_t want,
                                       lede_budget *budget)
{
    return (lede_engine_search){
        .plan = plan,
        .rule = { .k1 = 1, .b = 0, .scale = 0 },
        .recency = { .field = LEDE_NO_FIELD },
        .want = want,
        .ties = LEDE_TIES_OLDEST,
        .collapse = LEDE_NO_FIELD,
        .budget = budget,
    };
}

lede_status lede_document_find(lede_engine_hit *hit, const lede_view *view,
                               lede_bytes key, lede_budget *budget,
                               lede_arena *arena, lede_error *err)
{
    lede_plan plan = { .kind = LEDE_PLAN_KEY, .bytes = key };
    lede_engine_search search = plain_search(&plan, 1, budget);
    lede_engine_results results;
    lede_status status =
        view->engine->search(&results, view->snapshot, &search, arena, err);

    if (status != LEDE_OK)
        return status;
    if (results.count == 0)
        return fail_missing(key, err);
    *hit = results.hits[0];
    return LEDE_OK;
}

static lede_status load(lede_document **out, const lede_view *view,
                        const lede_doc *docs, uint32_t count,
                        lede_budget *budget, lede_error *err)
{
    lede_engine_load load = {
        .docs = docs,
        .count = count,
        .allocator = view->allocator,
        .budget = budget,
    };

    return view->engine->load(out, NULL, view->snapshot, &load, err);
}

lede_status lede_document_get(lede_document **out, const lede_view *view,
                              lede_bytes key, lede_error *err)
{
    lede_arena *arena = lede_arena_new(view->allocator);
    lede_engine_hit hit;
    lede_budget endless;
    lede_status status;

    if (!arena)
        return LEDE_ERR_NOMEM;
    lede_budget_init(&endless, 0, NULL, 0);
    status = lede_document_find(&hit, view, key, &endless, arena, err);
    if (status == LEDE_OK)
        status = load(out, view, &hit.doc, 1, &endless, err);
    lede_arena_free(arena);
    return status;
}

typedef struct inner {
    lede_document_pages face;
    const lede_view *view;
    lede_arena *arena;  /* of the present page */
    lede_arena *before; /* of the one before, whose last hit leads to it */
    lede_engine_results page;
    lede_engine_hit last; /* where the next page begins behind ... */
    bool has_last;        /* ... if so */
    uint32_t at;          /* the next hit of the page */
    lede_document *documents[PAGE_DOCS];
    uint32_t loaded; /* in documents */
    uint32_t taken;  /* of them */
    bool ended;
} inner;

static void drop_documents(inner *p)
{
    for (uint32_t i = 0; i < p->loaded; i++)
        lede_document_free(p->documents[i]);
    p->loaded = p->taken = 0;
    p->face.document = NULL;
}

static lede_status find_page(inner *p, lede_error *err)
{
    static const lede_plan everything = { .kind = LEDE_PLAN_EVERYTHING };
    lede_arena *arena = p->before;
    lede_budget endless;
    lede_engine_search search = plain_search(&everything, PAGE_HITS, &endless);
    lede_status status;

    lede_budget_init(&endless, 0, NULL, 0);
    if (p->has_last)
        search.after = &p->last;
    lede_arena_clear(arena);
    status = p->view->engine->search(&p->page, p->view->snapshot, &search,
                                     arena, err);
    if (status != LEDE_OK)
        return status;
    p->before = p->arena;
    p->arena = arena;
    p->at = 0;
    p->ended = p->page.count == 0;
    if (p->page.count > 0) {
        p->last = p->page.hits[p->page.count - 1];
        p->has_last = true;
    }
    return LEDE_OK;
}

static lede_status load_documents(inner *p, lede_error *err)
{
    lede_doc docs[PAGE_DOCS];
    uint32_t count = p->page.count - p->at;
    lede_budget endless;
    lede_status status;

    if (count > PAGE_DOCS)
        count = PAGE_DOCS;
    for (uint32_t i = 0; i < count; i++)
        docs[i] = p->page.hits[p->at + i].doc;
    lede_budget_init(&endless, 0, NULL, 0);
    status = load(p->documents, p->view, docs, count, &endless, err);
    if (status == LEDE_OK)
        p->loaded = count;
    return status;
}

/* Makes the next document be there, unless this is the end. */
static lede_status advance(inner *p)
{
    lede_status status = LEDE_OK;

    if (p->taken < p->loaded)
        return LEDE_OK;
    drop_documents(p);
    if (p->at == p->page.count)
        status = find_page(p, NULL);
    if (status == LEDE_OK && !p->ended)
        status = load_documents(p, NULL);
    return status;
}

bool lede_document_pages_next(lede_document_pages *pages)
{
    inner *p = (inner *)pages;

    if (p->ended || pages->status != LEDE_OK)
        return false;
    pages->status = advance(p);
    if (p->ended || pages->status != LEDE_OK) {
        pages->key = lede_bytes_of("", 0);
        pages->document = NULL;
        return false;
    }
    pages->key = p->page.hits[p->at].key;
    pages->document = p->documents[p->taken];
    p->at++;
    p->taken++;
    return true;
}

lede_status lede_document_pages_open(lede_document_pages **out,
                                     const lede_view *view, lede_bytes after,
                                     lede_error *err)
{
    inner *p = lede_alloc_zero(view->allocator, sizeof *p);
    lede_status status = LEDE_ERR_NOMEM;
    lede_budget endless;

    if (!p)
        return status;
    p->view = view;
    p->face.key = lede_bytes_of("", 0);
    p->arena = lede_arena_new(view->allocator);
    p->before = lede_arena_new(view->allocator);
    if (p->arena && p->before) {
        status = LEDE_OK;
        lede_budget_init(&endless, 0, NULL, 0);
        p->has_last = after.at != NULL;
        if (p->has_last)
            status = lede_document_find(&p->last, view, after, &endless,
                                        p->arena, err);
    }
    if (status != LEDE_OK) {
        lede_document_pages_close(&p->face);
        return status;
    }
    *out = &p->face;
    return LEDE_OK;
}

void lede_document_pages_close(lede_document_pages *pages)
{
    inner *p = (inner *)pages;

    if (!p)
        return;
    drop_documents(p);
    lede_arena_free(p->arena);
    lede_arena_free(p->before);
    lede_release(p->view->allocator, p, sizeof *p);
}
