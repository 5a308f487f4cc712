/*
 * xapian_driver - Xapian under the protocol of driver.h, through our bindings.
 *
 * Words are terms with positions, split at spaces, weighed by BM25 with k1 1.2
 * and b 0.75. Document numbers are those of the lines. One that is too long for
 * Xapian is left out.
 *
 * The index is compacted, into DIR, from one in DIR.flushed that then is left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "xapian-c/xapian.h"

#define TERM_MOST    245
#define COMMIT_EVERY 20000

typedef struct xapian_peer {
    xapian_database *db;
    xapian_error err;
} xapian_peer;

static bool good(bool done, const xapian_peer *peer)
{
    if (!done)
        (void)fprintf(stderr, "xapian: %s: %s\n", peer->err.type,
                      peer->err.message);
    return done;
}

/* ---- Indexing ----------------------------------------------------------- */

static bool add_words(xapian_document *doc, driver_word line, xapian_error *err)
{
    const char *at = line.at, *end = line.at + line.len;
    uint32_t position = 0;

    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        size_t len = (size_t)((space ? space : end) - at);

        if (len > 0) {
            position++;
            if (len <= TERM_MOST &&
                !xapian_document_add_posting(doc, at, len, position, 1, err))
                return false;
        }
        at += len + 1;
    }
    return true;
}

static bool add_line(xapian_peer *peer, driver_word line)
{
    xapian_document *doc = xapian_document_new(&peer->err);
    uint32_t id;
    bool done = doc && add_words(doc, line, &peer->err) &&
                xapian_add(peer->db, doc, &id, &peer->err);

    xapian_document_free(doc);
    return done;
}

static bool index_lines(void *state, const char *dir, driver_lines *docs,
                        const driver_options *options)
{
    xapian_peer *peer = state;
    char flushed[4096];
    driver_word line;
    unsigned pending = 0;
    bool done;

    (void)options;
    (void)snprintf(flushed, sizeof flushed, "%s.flushed", dir);
    peer->db =
        xapian_database_open(flushed, XAPIAN_CREATE_OR_OVERWRITE, &peer->err);
    done = peer->db != NULL;
    while (done && driver_next_line(docs, &line)) {
        done = add_line(peer, line);
        if (done && ++pending == COMMIT_EVERY) {
            done = xapian_commit(peer->db, &peer->err);
            pending = 0;
        }
    }
    if (done)
        done = xapian_commit(peer->db, &peer->err);
    if (done)
        done = xapian_database_compact(peer->db, dir, &peer->err);
    xapian_database_free(peer->db);
    return good(done, peer);
}

/* ---- Asking ------------------------------------------------------------- */

static bool open_index(void *state, const char *dir)
{
    xapian_peer *peer = state;

    peer->db = xapian_database_open(dir, XAPIAN_READ, &peer->err);
    return good(peer->db != NULL, peer);
}

static void close_index(void *state)
{
    xapian_peer *peer = state;

    xapian_database_free(peer->db);
}

static xapian_query *make_query(xapian_peer *peer, const driver_query *asked)
{
    static const xapian_operator operators[] = {
        [DRIVER_TERM] = XAPIAN_OR,
        [DRIVER_AND] = XAPIAN_AND,
        [DRIVER_OR] = XAPIAN_OR,
        [DRIVER_PHRASE] = XAPIAN_PHRASE,
    };
    xapian_query *parts[DRIVER_WORDS];
    xapian_query *query;

    for (size_t i = 0; i < asked->count; i++)
        parts[i] = xapian_query_term(asked->words[i].at, asked->words[i].len,
                                     &peer->err);
    if (asked->count == 1)
        return parts[0];
    query = xapian_query_join(operators[asked->kind], parts, asked->count, 0,
                              &peer->err);
    for (size_t i = 0; i < asked->count; i++)
        xapian_query_free(parts[i]);
    return query;
}

static xapian_mset *ask(xapian_peer *peer, const driver_query *asked,
                        const xapian_run *run)
{
    static const xapian_bm25 rule = { 1.2, 0, 1, 0.75, 0 };
    xapian_query *query = make_query(peer, asked);
    xapian_enquire *enquire = xapian_enquire_new(peer->db, &peer->err);
    xapian_mset *mset = NULL;

    if (query && enquire && xapian_enquire_query(enquire, query, &peer->err) &&
        xapian_enquire_bm25(enquire, &rule, &peer->err))
        mset = xapian_enquire_run(enquire, run, &peer->err);
    xapian_enquire_free(enquire);
    xapian_query_free(query);
    return mset;
}

static bool find_top(void *state, const driver_query *asked,
                     uint64_t best[DRIVER_TOP], size_t *count)
{
    static const xapian_run run = { .most = DRIVER_TOP };
    xapian_peer *peer = state;
    xapian_mset *mset = ask(peer, asked, &run);
    bool done = mset != NULL;

    for (size_t i = 0; done && i < xapian_mset_size(mset); i++) {
        xapian_item item;

        done = xapian_mset_item(mset, i, &item, &peer->err);
        if (done)
            best[i] = item.id;
    }
    if (done)
        *count = xapian_mset_size(mset);
    xapian_mset_free(mset);
    return good(done, peer);
}

static bool count_all(void *state, const driver_query *asked, uint64_t *total)
{
    xapian_peer *peer = state;
    xapian_database_stats stats;
    xapian_mset *mset = NULL;
    uint32_t least, most;

    if (xapian_database_count(peer->db, &stats, &peer->err)) {
        xapian_run run = { .most = 1, .check_at_least = stats.documents };

        mset = ask(peer, asked, &run);
    }
    if (!good(mset != NULL, peer))
        return false;
    xapian_mset_matches(mset, &least, &most);
    *total = least;
    xapian_mset_free(mset);
    return true;
}

int main(int count, char **words)
{
    xapian_peer state = { 0 };
    const driver_peer peer = { "xapian", &state,    index_lines, open_index,
                               find_top, count_all, close_index };

    return driver_main(&peer, count, words);
}
