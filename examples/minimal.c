/* minimal.c - create an index on disk, put two articles, search, print. */
#include <lede/lede.h>
#include <stdio.h>

static lede_status put(lede_writer *writer, const char *key, const char *title,
                       const char *body, lede_error *err)
{
    lede_document *doc = NULL;
    lede_status status;

    lede_document_new(&doc, NULL);
    lede_document_add_text(doc, "title", title, LEDE_TERMINATED);
    lede_document_add_text(doc, "body", body, LEDE_TERMINATED);
    status = lede_writer_put(writer, key, LEDE_TERMINATED, doc, err);
    lede_document_free(doc);
    return status;
}

int main(void)
{
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_snapshot *snapshot = NULL;
    lede_results *results = NULL;
    lede_error err;

    if (lede_index_create(&index, "news.lede", NULL, NULL, &err) ||
        lede_writer_open(&writer, index, NULL, &err) ||
        put(writer, "a1", "Ship leaves port", "The ferry sailed.", &err) ||
        put(writer, "a2", "Storm keeps ships in", "No ferry sails.", &err) ||
        lede_writer_commit(writer, NULL, &err) ||
        lede_snapshot_open(&snapshot, index, &err) ||
        lede_search_text(&results, snapshot, "ferry sailing", LEDE_TERMINATED,
                         NULL, &err))
        fprintf(stderr, "minimal: %s (%s)\n", err.message, err.where);
    for (size_t i = 0; results && i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);
        printf("%.3f  %s  %s\n", hit->score, hit->key,
               lede_document_text(hit->document, "title"));
    }
    lede_results_free(results);
    lede_snapshot_close(snapshot);
    lede_writer_close(writer);
    lede_index_close(index);
    return err.status != LEDE_OK;
}
