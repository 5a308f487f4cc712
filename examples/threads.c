/* threads.c - four threads search one snapshot while a writer commits beside
 * them; a snapshot opened after the commit sees it, theirs does not. */
#include <inttypes.h>
#include <lede/lede.h>
#include <pthread.h>
#include <stdio.h>

#define THREADS 4

struct job {
    const lede_snapshot *snapshot;
    const char *text;
    uint64_t total;
    lede_error err; /* one for each thread */
};

static void *run(void *arg)
{
    struct job *job = arg;
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;

    options.flags = LEDE_SEARCH_COUNT_ALL;
    if (lede_search_text(&results, job->snapshot, job->text, LEDE_TERMINATED,
                         &options, &job->err) == LEDE_OK)
        job->total = results->total;
    lede_results_free(results);
    return NULL;
}

static lede_status put(lede_writer *writer, const char *key, const char *title,
                       lede_error *err)
{
    lede_document *doc = NULL;
    lede_status status;

    lede_document_new(&doc, NULL);
    lede_document_add_text(doc, "title", title, LEDE_TERMINATED);
    status = lede_writer_put(writer, key, LEDE_TERMINATED, doc, err);
    if (status == LEDE_OK)
        status = lede_writer_commit(writer, NULL, err);
    lede_document_free(doc);
    return status;
}

/* Searches in four threads, and commits another article meanwhile. */
static lede_status search_and_put(const lede_snapshot *snapshot,
                                  lede_writer *writer, lede_error *err)
{
    static const char *const texts[THREADS] = { "ship", "port", "storm",
                                                "ships" };
    struct job jobs[THREADS] = { 0 };
    pthread_t threads[THREADS];
    bool started[THREADS];
    lede_status status;

    for (int i = 0; i < THREADS; i++) {
        jobs[i].snapshot = snapshot;
        jobs[i].text = texts[i];
        started[i] = pthread_create(&threads[i], NULL, run, &jobs[i]) == 0;
    }
    status = put(writer, "b", "Storm keeps ships in port", err);
    for (int i = 0; i < THREADS; i++) {
        if (started[i])
            pthread_join(threads[i], NULL);
        printf("%-6s %" PRIu64 " %s\n", texts[i], jobs[i].total,
               started[i] ? jobs[i].err.message : "not started");
    }
    return status;
}

int main(void)
{
    struct job again = { .text = "storm" };
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_snapshot *snapshot = NULL, *newer = NULL;
    lede_error err;

    if (lede_index_create(&index, "memory:", NULL, NULL, &err) ||
        lede_writer_open(&writer, index, NULL, &err) ||
        put(writer, "a", "Ship leaves port", &err) ||
        lede_snapshot_open(&snapshot, index, &err) ||
        search_and_put(snapshot, writer, &err) ||
        lede_snapshot_open(&newer, index, &err))
        fprintf(stderr, "threads: %s (%s)\n", err.message, err.where);
    if (newer) {
        again.snapshot = newer;
        run(&again);
        printf("%-6s %" PRIu64 ", since the commit\n", again.text, again.total);
    }
    lede_snapshot_close(newer);
    lede_snapshot_close(snapshot);
    lede_writer_close(writer);
    lede_index_close(index);
    return err.status != LEDE_OK;
}
