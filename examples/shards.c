/* shards.c - one index over several; those on other machines behind
 * xapian-tcpsrv. The file names an address a line:
 *
 *     xapian+tcp://10.0.0.1:7000
 *     xapian+tcp://10.0.0.2:7000
 *     archive.lede
 *
 *     shards FILE WORD...
 */
#include <lede/lede.h>
#include <lede/xapian.h>
#include <stdio.h>

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
    if (lede_index_open(&index, address, &options, &err) == LEDE_OK &&
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
