/* fields.c - typed fields: a rating beside the article's own, a date range,
 * counts by section and by month, the newest first. */
#include <inttypes.h>
#include <lede/lede.h>
#include <stdio.h>

static lede_status create(lede_index **index, lede_error *err)
{
    lede_schema *schema = NULL;
    lede_status status;

    lede_schema_new_article(&schema, NULL);
    lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL);
    status = lede_index_create(index, "memory:", schema, NULL, err);
    lede_schema_free(schema);
    return status;
}

static lede_status fill(lede_index *index, lede_error *err)
{
    static const struct {
        const char *key, *title, *section, *date;
        double rating;
    } articles[] = {
        { "a", "Embassy opens in the capital", "World", "2020-01-03", 4.5 },
        { "b", "Old embassy becomes a museum", "Culture", "2020-03-14", 3.5 },
        { "c", "Embassy garden wins a prize", "Culture", "2020-03-20", 5 },
        { "d", "Embassy moves house", "World", "2021-06-01", 2 },
    };
    lede_writer *writer = NULL;
    lede_document *doc = NULL;
    lede_status status = lede_writer_open(&writer, index, NULL, err);

    lede_document_new(&doc, NULL);
    for (size_t i = 0; status == LEDE_OK && i < 4; i++) {
        lede_document_clear(doc);
        lede_document_add_text(doc, "title", articles[i].title,
                               LEDE_TERMINATED);
        lede_document_add_text(doc, "section", articles[i].section,
                               LEDE_TERMINATED);
        lede_document_add_text(doc, "date", articles[i].date, LEDE_TERMINATED);
        lede_document_add_double(doc, "rating", articles[i].rating);
        status =
            lede_writer_put(writer, articles[i].key, LEDE_TERMINATED, doc, err);
    }
    if (status == LEDE_OK)
        status = lede_writer_commit(writer, NULL, err);
    lede_document_free(doc);
    lede_writer_close(writer);
    return status;
}

/* What a person typed, within 2020. */
static lede_status ask(lede_query **out, const char *text, lede_error *err)
{
    lede_query *query = NULL;
    lede_node parts[2];
    lede_status status =
        lede_query_parse(&query, text, LEDE_TERMINATED, NULL, err);

    if (status != LEDE_OK)
        return status;
    parts[0] = lede_query_root(query);
    parts[1] = lede_query_range(query, "date", "2020", "2020");
    lede_query_set_root(query, lede_query_and(query, parts, 2));
    *out = query;
    return LEDE_OK;
}

static void print(const lede_results *results)
{
    const lede_facet_count *at;

    printf("%" PRIu64 " articles\n", results->total);
    for (size_t i = 0; i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);
        printf("%s  rated %.1f  %s\n", hit->key,
               lede_document_value(hit->document, "rating", 0)->real,
               lede_document_text(hit->document, "title"));
    }
    for (size_t i = 0; (at = lede_results_facet(results, 0, i)); i++)
        printf("%-12s %" PRIu64 "\n", at->value->text, at->count);
    for (size_t i = 0; (at = lede_results_facet(results, 1, i)); i++)
        printf("%-12" PRId64 " %" PRIu64 "\n", at->value->number, at->count);
}

int main(void)
{
    static const lede_facet facets[] = {
        { "section", LEDE_BUCKET_VALUE, 5 },
        { "date", LEDE_BUCKET_MONTH, 0 },
    };
    static const lede_sort newest[] = { { "date", true } };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_index *index = NULL;
    lede_snapshot *snapshot = NULL;
    lede_query *query = NULL;
    lede_results *results = NULL;
    lede_error err;

    options.facets = facets;
    options.facet_count = 2;
    options.sort = newest;
    options.sort_count = 1;
    options.flags = LEDE_SEARCH_COUNT_ALL;
    if (create(&index, &err) == LEDE_OK && fill(index, &err) == LEDE_OK &&
        lede_snapshot_open(&snapshot, index, &err) == LEDE_OK &&
        ask(&query, "embassy -house", &err) == LEDE_OK &&
        lede_search(&results, snapshot, query, &options, &err) == LEDE_OK)
        print(results);
    else
        fprintf(stderr, "fields: %s (%s)\n", err.message, err.where);
    lede_results_free(results);
    lede_query_free(query);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    return err.status != LEDE_OK;
}
