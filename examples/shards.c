/* shards.c - one index over several; those on other machines behind
 * xapian-tcpsrv. The file names an address a line:
 *
 *     xapian+tcp://10.0.0.1:7000
 *     xapian+tcp://10.0.0.2:7000
 *     xapian:archive.lede
 *
 *     shards [FILE WORD]      without FILE, two are made here and asked
 */
#include <lede/lede.h>
#include <lede/xapian.h>
#include <stdio.h>

static lede_status make(const char *address, const char *key,
                        const lede_index_options *options, lede_error *err)
{
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_document *doc = NULL;
    lede_status status = LEDE_OK;

    lede_document_new(&doc, NULL);
    lede_document_add_text(doc, "title", "The ferry sails", LEDE_TERMINATED);
    if (lede_index_create(&index, address, NULL, options, err) ||
        lede_writer_open(&writer, index, NULL, err) ||
        lede_writer_put(writer, key, LEDE_TERMINATED, doc, err) ||
        lede_writer_commit(writer, NULL, err))
        status = err->status;
    lede_writer_close(writer);
    lede_index_close(index);
    lede_document_free(doc);
    return status;
}

static lede_status make_two(const lede_index_options *options, lede_error *err)
{
    FILE *file = fopen("news.shards", "w");

    if (file) {
        fputs("xapian:east.lede\nxapian:west.lede\n", file);
        fclose(file);
    }
    if (make("xapian:east.lede", "e1", options, err) ||
        make("xapian:west.lede", "w1", options, err))
        return err->status;
    return LEDE_OK;
}

static void print(const lede_results *results)
{
    const lede_shard *shard;

    for (size_t i = 0; i < results->count; i++)
        printf("%s\n", lede_results_hit(results, i)->key);
    if (!results->scores_exact)
        printf("scores are near, not exact: a server cannot weigh forms\n");
    for (size_t i = 0; (shard = lede_results_shard(results, i)); i++)
        if (shard->status != LEDE_OK)
            printf("missing: %s: %s\n", shard->address, shard->message);
}

int main(int argc, char **argv)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_search_options search = LEDE_SEARCH_OPTIONS;
    lede_index *index = NULL;
    lede_snapshot *snapshot = NULL;
    lede_results *results = NULL;
    lede_error err;
    char address[1024];

    snprintf(address, sizeof address, "shards:%s",
             argc > 1 ? argv[1] : "news.shards");
    options.engine = lede_xapian_engine();
    search.timeout_ms = 5000;
    search.flags = LEDE_SEARCH_PARTIAL; /* else a dead shard is an error */
    if ((argc > 1 || make_two(&options, &err) == LEDE_OK) &&
        lede_index_open(&index, address, &options, &err) == LEDE_OK &&
        lede_snapshot_open(&snapshot, index, &err) == LEDE_OK &&
        lede_search_text(&results, snapshot, argc > 2 ? argv[2] : "ferry",
                         LEDE_TERMINATED, &search, &err) == LEDE_OK)
        print(results);
    else
        fprintf(stderr, "shards: %s (%s)\n", err.message, err.where);
    lede_results_free(results);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    return err.status != LEDE_OK;
}
