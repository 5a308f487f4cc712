#include "article/request.h"

#include <math.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/schema.h"

#define FLAGS_ALL \
    (LEDE_SEARCH_COUNT_ALL | LEDE_SEARCH_PARTIAL | LEDE_SEARCH_EXPLAIN)
#define FORMS_ALL \
    (LEDE_FORM_EXACT | LEDE_FORM_FOLD | LEDE_FORM_STEM | LEDE_FORM_NAME)

#define LIMIT_DEFAULT        10
#define FACET_LIMIT_DEFAULT  10
#define BUCKET_LIMIT_DEFAULT 1000
#define HALF_LIFE_DEFAULT    (30 * 86400)

static lede_status invalid(lede_error *err, const char *where, const char *why)
{
    (void)lede_fail(err, LEDE_ERR_INVALID, where, "%s", why);
    return LEDE_ERR_INVALID;
}

static lede_status find_field(uint32_t *place, const lede_field **field,
                              const lede_schema *schema, const char *name,
                              lede_error *err)
{
    *field = name ? lede_schema_find(schema, name) : NULL;
    if (!*field)
        return invalid(err, name, "the schema has no such field");
    *place = lede_schema_place(schema, name);
    return LEDE_OK;
}

static lede_status find_column(uint32_t *place, const lede_field **field,
                               const lede_schema *schema, const char *name,
                               lede_error *err)
{
    lede_status status = find_field(place, field, schema, name, err);

    if (status == LEDE_OK && !lede_field_has_column(*field))
        return invalid(err, name,
                       "the field has no column: it can be neither sorted, "
                       "counted nor collapsed by");
    return status;
}

static lede_status read_numbers(lede_request *r, lede_error *err)
{
    const lede_search_options *o = r->options;

    if (o->flags & ~(uint32_t)FLAGS_ALL)
        return invalid(err, "flags", "a flag that searches do not have");
    if (o->forms & ~(uint32_t)FORMS_ALL)
        return invalid(err, "forms", "a form that words do not have");
    if ((int)o->ties < LEDE_TIES_NEWEST || o->ties > LEDE_TIES_KEY)
        return invalid(err, "ties", "no order of ties");
    if ((int)o->load < LEDE_LOAD_STORED || o->load > LEDE_LOAD_NOTHING)
        return invalid(err, "load", "no choice of fields");
    if ((int)o->snippet < LEDE_SNIPPET_NONE || o->snippet > LEDE_SNIPPET_PLAIN)
        return invalid(err, "snippet", "no style of snippets");
    if (!isfinite(o->k1))
        return invalid(err, "k1", "it must be a number");
    if (!(o->b <= 1) || !isfinite(o->b))
        return invalid(err, "b", "it must be a number up to 1");
    r->limit = o->limit ? o->limit : LIMIT_DEFAULT;
    r->offset = o->offset;
    if ((uint64_t)r->limit + r->offset > r->limits.hits ||
        r->limit + r->offset == UINT32_MAX)
        return lede_fail(err, LEDE_ERR_LIMIT, "hits",
                         "offset and limit make %llu hits; the most is %u",
                         (unsigned long long)r->limit + r->offset,
                         (unsigned)r->limits.hits);
    r->search.want = r->limit + r->offset;
    r->search.ties = o->ties;
    r->search.count_all = (o->flags & LEDE_SEARCH_COUNT_ALL) != 0;
    r->search.partial = (o->flags & LEDE_SEARCH_PARTIAL) != 0;
    r->search.threads = o->threads;
    r->search.rule.k1 = o->k1 < 0 ? 0 : o->k1 > 0 ? o->k1 : 1.2;
    r->search.rule.b = o->b < 0 ? 0 : o->b > 0 ? o->b : 0.75;
    return LEDE_OK;
}

static lede_status read_sort(lede_request *r, const lede_schema *schema,
                             lede_arena *arena, lede_error *err)
{
    const lede_search_options *o = r->options;
    lede_sort_key *keys;
    const lede_field *field;
    lede_status status = LEDE_OK;

    if (o->sort_count > 0 && !o->sort)
        return invalid(err, "sort", "it must not be NULL");
    if (o->sort_count > LEDE_FIELDS_MAX)
        return invalid(err, "sort_count", "more sort keys than fields");
    keys = lede_arena_array(arena, o->sort_count, sizeof *keys);
    if (!keys)
        return lede_arena_status(arena);
    for (size_t i = 0; i < o->sort_count && status == LEDE_OK; i++) {
        status =
            find_column(&keys[i].field, &field, schema, o->sort[i].field, err);
        keys[i].descending = o->sort[i].descending;
    }
    r->search.sort = keys;
    r->search.sort_count = (uint32_t)o->sort_count;
    return status;
}

static lede_status read_facet(lede_facet_key *key, const lede_facet *facet,
                              const lede_schema *schema, lede_error *err)
{
    const lede_field *field;
    lede_status status =
        find_column(&key->field, &field, schema, facet->field, err);

    if (status != LEDE_OK)
        return status;
    if ((int)facet->bucket < LEDE_BUCKET_VALUE ||
        facet->bucket > LEDE_BUCKET_YEAR)
        return invalid(err, facet->field, "no kind of bucket");
    if (facet->bucket != LEDE_BUCKET_VALUE && field->kind != LEDE_DATE)
        return invalid(err, facet->field, "only dates are put in buckets");
    key->bucket = facet->bucket;
    key->limit = facet->limit;
    if (facet->limit == 0)
        key->limit = facet->bucket == LEDE_BUCKET_VALUE ? FACET_LIMIT_DEFAULT
                                                        : BUCKET_LIMIT_DEFAULT;
    return LEDE_OK;
}

static lede_status read_facets(lede_request *r, const lede_schema *schema,
                               lede_arena *arena, lede_error *err)
{
    const lede_search_options *o = r->options;
    lede_facet_key *keys;
    lede_status status = LEDE_OK;

    if (o->facet_count > 0 && !o->facets)
        return invalid(err, "facets", "it must not be NULL");
    if (o->facet_count > LEDE_FIELDS_MAX)
        return invalid(err, "facet_count", "more facets than fields");
    keys = lede_arena_array(arena, o->facet_count, sizeof *keys);
    if (!keys)
        return lede_arena_status(arena);
    for (size_t i = 0; i < o->facet_count && status == LEDE_OK; i++)
        status = read_facet(&keys[i], &o->facets[i], schema, err);
    r->search.facets = keys;
    r->search.facet_count = (uint32_t)o->facet_count;
    return status;
}

static lede_status read_collapse(lede_request *r, const lede_schema *schema,
                                 lede_error *err)
{
    const char *name = r->options->collapse;
    const lede_field *field;
    lede_status status;

    r->search.collapse = LEDE_NO_FIELD;
    if (!name)
        return LEDE_OK;
    status = find_column(&r->search.collapse, &field, schema, name, err);
    if (status != LEDE_OK)
        return status;
    if (field->kind != LEDE_KEYWORD && field->kind != LEDE_INT)
        return invalid(err, name, "only keywords and integers collapse");
    r->search.collapse_limit =
        r->options->collapse_limit ? r->options->collapse_limit : 1;
    return LEDE_OK;
}

static lede_status read_recency(lede_request *r, const lede_schema *schema,
                                lede_error *err)
{
    const lede_search_options *o = r->options;
    const char *name = o->recency_field ? o->recency_field : "date";
    lede_recency *recency = &r->search.recency;
    const lede_field *field;
    lede_status status;

    recency->field = LEDE_NO_FIELD;
    if (!(o->recency_weight >= 0 && o->recency_weight <= 1))
        return invalid(err, "recency_weight", "it must be from 0 to 1");
    if (o->recency_weight == 0)
        return LEDE_OK;
    status = find_column(&recency->field, &field, schema, name, err);
    if (status != LEDE_OK)
        return status;
    if (field->kind != LEDE_DATE)
        return invalid(err, name, "age is counted from dates only");
    recency->weight = o->recency_weight;
    recency->half_life_seconds =
        o->half_life_seconds ? (double)o->half_life_seconds : HALF_LIFE_DEFAULT;
    return LEDE_OK;
}

static lede_status read_fields(lede_request *r, const lede_schema *schema,
                               lede_arena *arena, lede_error *err)
{
    const lede_search_options *o = r->options;
    uint32_t *fields;

    if (o->load != LEDE_LOAD_FIELDS)
        return LEDE_OK;
    if (o->field_count > 0 && !o->fields)
        return invalid(err, "fields", "it must not be NULL");
    fields = lede_arena_array(arena, o->field_count, sizeof *fields);
    if (!fields)
        return lede_arena_status(arena);
    for (size_t i = 0; i < o->field_count; i++) {
        const char *name = o->fields[i];
        uint32_t place = LEDE_NO_FIELD;

        if (name)
            place = lede_schema_place(schema, name);
        if (place != LEDE_NO_FIELD)
            fields[r->field_count++] = place;
        else if (name && lede_schema_is_open(schema))
            r->other_fields = true;
        else
            return invalid(err, name, "the schema has no such field");
    }
    r->fields = fields;
    return LEDE_OK;
}

static lede_status read_snippet(lede_request *r, const lede_schema *schema,
                                lede_error *err)
{
    const char *name = r->options->snippet_field;
    const lede_field *field;
    lede_status status;

    r->snippet_field = LEDE_NO_FIELD;
    if (!name)
        return LEDE_OK;
    status = find_field(&r->snippet_field, &field, schema, name, err);
    if (status != LEDE_OK)
        return status;
    if (!lede_field_has_words(field) || !lede_field_is_stored(field))
        return invalid(err, name,
                       "snippets are cut from stored fields with words");
    return LEDE_OK;
}

lede_status lede_request_read(lede_request *out, const lede_view *view,
                              const lede_search_options *options,
                              lede_arena *arena, lede_error *err)
{
    const lede_schema *schema = view->schema;
    lede_request r = { .options = options };
    lede_status status =
        lede_limits_read(&r.limits, options->limits, view->limits, err);

    if (status == LEDE_OK)
        status = read_numbers(&r, err);
    if (status == LEDE_OK)
        status = read_sort(&r, schema, arena, err);
    if (status == LEDE_OK)
        status = read_facets(&r, schema, arena, err);
    if (status == LEDE_OK)
        status = read_collapse(&r, schema, err);
    if (status == LEDE_OK)
        status = read_recency(&r, schema, err);
    if (status == LEDE_OK)
        status = read_fields(&r, schema, arena, err);
    if (status == LEDE_OK)
        status = read_snippet(&r, schema, err);
    if (status == LEDE_OK)
        *out = r;
    return status;
}
