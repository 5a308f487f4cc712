/*
 * lede_driver - lede under the protocol of driver.h.
 *
 * One text field, without positions of values, forms or stored text; the plain
 * analyzer, so that words which are letters and digits are indexed as they
 * stand, as by peers that split at spaces. Keys are the numbers of the lines.
 *
 * Options of index: threads=N (1), memory=MIB (256), optimize=0|1 (1: one
 * segment), stored=0|1 (0).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "lede/lede.h"

#define FIELD "text"

typedef struct lede_peer {
    lede_index *index;
    lede_snapshot *snapshot;
    lede_error err;
} lede_peer;

static bool good(lede_status status, const lede_peer *peer)
{
    if (status == LEDE_OK)
        return true;
    (void)fprintf(stderr, "lede: %s: %s\n",
                  peer->err.message[0] ? peer->err.message
                                       : lede_status_name(status),
                  peer->err.where);
    return false;
}

/* ---- Indexing ----------------------------------------------------------- */

static lede_status make_schema(lede_schema **out, bool stored)
{
    lede_analyzer_options analyzer = LEDE_ANALYZER_OPTIONS;
    lede_field_options field = LEDE_FIELD_OPTIONS;
    lede_schema *schema;
    lede_status status = lede_schema_new(&schema, NULL);

    if (status != LEDE_OK)
        return status;
    analyzer.words = LEDE_WORDS_PLAIN | LEDE_WORDS_NO_COMPOUND;
    analyzer.forms = LEDE_FORM_EXACT;
    field.flags = stored ? 0 : LEDE_FIELD_UNSTORED;
    status = lede_schema_set_analyzer(schema, &analyzer);
    if (status == LEDE_OK)
        status = lede_schema_add(schema, FIELD, LEDE_TEXT, &field);
    if (status != LEDE_OK) {
        lede_schema_free(schema);
        return status;
    }
    *out = schema;
    return LEDE_OK;
}

static lede_status put_lines(lede_writer *writer, driver_lines *docs,
                             lede_error *err)
{
    lede_document *document = NULL;
    lede_status status = lede_document_new(&document, NULL);
    driver_word line;
    uint64_t number = 0;

    while (status == LEDE_OK && driver_next_line(docs, &line)) {
        char key[24];
        int len = snprintf(key, sizeof key, "%" PRIu64, ++number);

        lede_document_clear(document);
        status = lede_document_add_text(document, FIELD, line.at, line.len);
        if (status == LEDE_OK)
            status = lede_writer_put(writer, key, (size_t)len, document, err);
    }
    lede_document_free(document);
    return status;
}

static bool index_lines(void *state, const char *dir, driver_lines *docs,
                        const driver_options *options)
{
    lede_peer *peer = state;
    lede_writer_options settings = LEDE_WRITER_OPTIONS;
    lede_schema *schema = NULL;
    lede_writer *writer = NULL;
    lede_status status =
        make_schema(&schema, driver_number(options, "stored", 0) != 0);

    settings.threads = (uint32_t)driver_number(options, "threads", 1);
    settings.memory_bytes = driver_number(options, "memory", 256) << 20;
    if (status == LEDE_OK)
        status = lede_index_create(&peer->index, dir, schema, NULL, &peer->err);
    if (status == LEDE_OK)
        status = lede_writer_open(&writer, peer->index, &settings, &peer->err);
    if (status == LEDE_OK)
        status = put_lines(writer, docs, &peer->err);
    if (status == LEDE_OK)
        status = lede_writer_commit(writer, NULL, &peer->err);
    if (status == LEDE_OK && driver_number(options, "optimize", 1) != 0)
        status = lede_writer_optimize(writer, NULL, &peer->err);
    lede_writer_close(writer);
    lede_index_close(peer->index);
    lede_schema_free(schema);
    return good(status, peer);
}

/* ---- Asking ------------------------------------------------------------- */

static bool open_index(void *state, const char *dir)
{
    lede_peer *peer = state;
    lede_status status = lede_index_open(&peer->index, dir, NULL, &peer->err);

    if (status == LEDE_OK)
        status = lede_snapshot_open(&peer->snapshot, peer->index, &peer->err);
    return good(status, peer);
}

static void close_index(void *state)
{
    lede_peer *peer = state;

    lede_snapshot_close(peer->snapshot);
    lede_index_close(peer->index);
}

static lede_node node_of(lede_query *query, const driver_query *asked)
{
    lede_node words[DRIVER_WORDS];

    if (asked->kind == DRIVER_PHRASE)
        return lede_query_phrase(query, FIELD, asked->text.at, asked->text.len,
                                 0);
    for (size_t i = 0; i < asked->count; i++)
        words[i] = lede_query_term(query, FIELD, asked->words[i].at,
                                   asked->words[i].len);
    if (asked->count == 1)
        return words[0];
    return asked->kind == DRIVER_AND
               ? lede_query_and(query, words, asked->count)
               : lede_query_or(query, words, asked->count);
}

static bool make_query(lede_query **out, lede_peer *peer,
                       const driver_query *asked)
{
    lede_query *query;

    if (!good(lede_query_new(&query, NULL), peer))
        return false;
    lede_query_set_root(query, node_of(query, asked));
    *out = query;
    return true;
}

/* Keys are the numbers of lines. */
static uint64_t number_of(const lede_hit *hit)
{
    uint64_t number = 0;

    for (size_t i = 0; i < hit->key_len; i++)
        number = 10 * number + (uint64_t)(hit->key[i] - '0');
    return number;
}

static bool find_top(void *state, const driver_query *asked,
                     uint64_t best[DRIVER_TOP], size_t *count)
{
    lede_peer *peer = state;
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_query *query;
    lede_status status;

    if (!make_query(&query, peer, asked))
        return false;
    options.limit = DRIVER_TOP;
    options.load = LEDE_LOAD_NOTHING;
    status = lede_search(&results, peer->snapshot, query, &options, &peer->err);
    lede_query_free(query);
    if (!good(status, peer))
        return false;
    *count = results->count;
    for (size_t i = 0; i < results->count; i++)
        best[i] = number_of(lede_results_hit(results, i));
    lede_results_free(results);
    return true;
}

static bool count_all(void *state, const driver_query *asked, uint64_t *total)
{
    lede_peer *peer = state;
    lede_query *query;
    lede_status status;

    if (!make_query(&query, peer, asked))
        return false;
    status = lede_count(total, peer->snapshot, query, NULL, &peer->err);
    lede_query_free(query);
    return good(status, peer);
}

int main(int count, char **words)
{
    lede_peer state = { 0 };
    const driver_peer peer = { "lede",   &state,    index_lines, open_index,
                               find_top, count_all, close_index };

    return driver_main(&peer, count, words);
}
