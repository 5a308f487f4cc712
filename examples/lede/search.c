/*
 * search.c - lede search INDEX QUERY..., lede similar INDEX KEY
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "article.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "store.h"
#include "utf8.h"

/* Members of a hit beside what every hit has, where the article has them. */
static const char *const told_fields[] = { "author", "date", "section",
                                           "source", "lang", "url" };

static bool print_json(const lede_hit *hit, uint64_t rank)
{
    json_t *object = json_object();
    json_t *article = article_to_json(hit->document, hit->key, hit->key_len);
    const char *title = lede_document_text(hit->document, "title");

    json_object_set_new(object, "rank", json_integer((json_int_t)rank));
    json_object_set_new(object, "key", article_string(hit->key, hit->key_len));
    json_object_set_new(object, "score", json_real(hit->score));
    json_object_set_new(object, "title", article_string(title, strlen(title)));
    json_object_set_new(object, "snippet",
                        article_string(hit->snippet, hit->snippet_len));
    for (size_t i = 0; i < sizeof told_fields / sizeof *told_fields; i++) {
        json_t *value = json_object_get(article, told_fields[i]);

        if (value)
            json_object_set(object, told_fields[i], value);
    }
    json_decref(article);
    return output_json(object);
}

static void print_place(const lede_hit *hit, const struct options *options)
{
    static const char *const fields[] = { "section", "author", "lang" };
    const lede_value *date = lede_document_value(hit->document, "date", 0);
    char day[ARTICLE_DATE_SIZE];

    printf("    %s", options->color ? COLOR_PLACE : "");
    utf8_print(stdout, hit->key, hit->key_len);
    if (date->kind == LEDE_DATE) {
        article_date_text(day, date->number);
        printf("  %.*s", (int)strcspn(day, "T"), day);
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *text = lede_document_text(hit->document, fields[i]);

        if (!*text)
            continue;
        fputs("  ", stdout);
        utf8_print(stdout, text, strlen(text));
    }
    puts(options->color ? COLOR_END : "");
}

static void print_title(const lede_hit *hit, const struct options *options)
{
    const char *title = lede_document_text(hit->document, "title");

    if (options->color)
        fputs(COLOR_TITLE, stdout);
    if (*title)
        utf8_print(stdout, title, strlen(title));
    else
        utf8_print(stdout, hit->key, hit->key_len);
    if (options->color)
        fputs(COLOR_END, stdout);
}

static void print_text(const lede_hit *hit, uint64_t rank,
                       const struct options *options)
{
    printf("%2" PRIu64 ". ", rank);
    print_title(hit, options);
    printf("  [%.3f]\n", hit->score);
    print_place(hit, options);
    if (hit->snippet_len > 0)
        printf("    %s\n", hit->snippet);
    putchar('\n');
}

static enum outcome print_results(const lede_results *results,
                                  const struct options *options)
{
    for (size_t i = 0; i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);
        uint64_t rank = options->offset + i + 1;

        if (!options->json)
            print_text(hit, rank, options);
        else if (!print_json(hit, rank))
            return FAILED;
    }
    if (!options->json && results->count > 0)
        printf("%zu of %s%" PRIu64 " articles, %.1f ms\n", results->count,
               results->total_exact ? "" : "at least ", results->total,
               (double)results->elapsed_us / 1000);
    if (results->capped)
        message("search", NULL, "a pattern matched more words than were used");
    return results->count > 0 ? FOUND : NOTHING;
}

static enum outcome count(const lede_snapshot *snapshot,
                          const lede_query *query)
{
    lede_search_options search = LEDE_SEARCH_OPTIONS;
    uint64_t total;
    lede_error err;

    search.cancel = interrupt_cancel();
    if (lede_count(&total, snapshot, query, &search, &err) != LEDE_OK)
        return message_error("count", NULL, &err);
    printf("%" PRIu64 "\n", total);
    return total > 0 ? FOUND : NOTHING;
}

static enum outcome answer(const lede_snapshot *snapshot,
                           const lede_query *query,
                           const struct options *options)
{
    lede_search_options search = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_sort sort = { options->sort, false };
    enum outcome outcome;
    lede_error err;

    if (options->count)
        return count(snapshot, query);
    if (sort.field && *sort.field == '-') {
        sort.field++;
        sort.descending = true;
    }
    search.limit = options->limit;
    search.offset = options->offset;
    search.sort = sort.field ? &sort : NULL;
    search.sort_count = sort.field ? 1 : 0;
    search.snippet = options->json    ? LEDE_SNIPPET_HTML
                     : options->color ? LEDE_SNIPPET_TERMINAL
                                      : LEDE_SNIPPET_PLAIN;
    search.cancel = interrupt_cancel();
    if (lede_search(&results, snapshot, query, &search, &err) != LEDE_OK)
        return message_error("search", NULL, &err);
    outcome = print_results(results, options);
    lede_results_free(results);
    return outcome;
}

/* A query may be doubtful at every byte; nobody reads more than a few. */
#define WARNINGS_MAX 5

static void tell_warnings(const lede_query *query, const char *text)
{
    const lede_warning *warning;
    char span[256];

    for (size_t i = 0; (warning = lede_query_warning(query, i)); i++) {
        if (i == WARNINGS_MAX) {
            message("query", text, "and more of that kind");
            return;
        }
        snprintf(span, sizeof span, "%.*s",
                 (int)(warning->end - warning->begin), text + warning->begin);
        message("query", span, "%s", warning->message);
    }
}

/* Nothing was found: tells what may have been meant. */
static void tell_nothing(const lede_snapshot *snapshot,
                         const struct buffer *text)
{
    lede_suggestions *meant = NULL;
    const lede_suggestion *first;

    if (lede_suggest(&meant, snapshot, buffer_text(text), text->len, NULL,
                     NULL) == LEDE_OK &&
        (first = lede_suggestions_at(meant, 0)))
        message("search", buffer_text(text),
                "nothing was found; did you mean: %s", first->text);
    else
        message("search", buffer_text(text), "nothing was found");
    lede_suggestions_free(meant);
}

static enum outcome search(const lede_snapshot *snapshot,
                           const struct buffer *text,
                           const struct options *options)
{
    lede_parse_options parse = LEDE_PARSE_OPTIONS;
    lede_query *query = NULL;
    enum outcome outcome;
    lede_error err;

    parse.schema = lede_snapshot_schema(snapshot);
    if (lede_query_parse(&query, buffer_text(text), text->len, &parse, &err) !=
        LEDE_OK)
        return message_error("query", buffer_text(text), &err);
    tell_warnings(query, buffer_text(text));
    outcome = answer(snapshot, query, options);
    if (outcome == NOTHING && !options->json && !options->count &&
        options->offset == 0)
        tell_nothing(snapshot, text);
    lede_query_free(query);
    return outcome;
}

enum outcome command_search(const struct options *options)
{
    lede_snapshot *snapshot = NULL;
    struct buffer text = { 0 };
    enum outcome outcome = FAILED;

    if (output_join(&text, options) &&
        store_snapshot(&snapshot, options->index))
        outcome = search(snapshot, &text, options);
    lede_snapshot_close(snapshot);
    buffer_free(&text);
    return outcome;
}

static enum outcome similar(const lede_snapshot *snapshot, const char *key,
                            const struct options *options)
{
    lede_document *document = NULL;
    lede_query *query = NULL;
    enum outcome outcome = FAILED;
    lede_error err;
    lede_status status =
        lede_snapshot_get(&document, snapshot, key, LEDE_TERMINATED, &err);

    lede_document_free(document);
    if (status == LEDE_OK && lede_query_new(&query, NULL) != LEDE_OK)
        return message("similar", key, "out of memory");
    if (status == LEDE_OK) {
        lede_query_set_root(
            query, lede_query_similar_to(query, NULL, key, LEDE_TERMINATED));
        outcome = answer(snapshot, query, options);
    } else {
        message_error("similar", key, &err);
        outcome = status == LEDE_ERR_NOT_FOUND ? NOTHING : FAILED;
    }
    lede_query_free(query);
    return outcome;
}

enum outcome command_similar(const struct options *options)
{
    lede_snapshot *snapshot = NULL;
    enum outcome outcome = FAILED;

    if (store_snapshot(&snapshot, options->index))
        outcome = similar(snapshot, options->words[0], options);
    lede_snapshot_close(snapshot);
    return outcome;
}
