/* typing.c - search as you type: for every line of input, as it grows, how its
 * last word may go on and the best answers within 50 ms.
 *
 *     typing INDEX
 */
#include <lede/lede.h>
#include <stdio.h>
#include <string.h>

static lede_status complete(const lede_snapshot *snapshot, const char *text,
                            size_t len, lede_error *err)
{
    lede_suggest_options options = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *list = NULL;
    lede_status status;

    options.kind = LEDE_SUGGEST_COMPLETION;
    status = lede_suggest(&list, snapshot, text, len, &options, err);
    for (size_t i = 0; status == LEDE_OK && i < list->count; i++)
        printf("  ... %s\n", lede_suggestions_at(list, i)->text);
    lede_suggestions_free(list);
    return status;
}

static lede_status answer(const lede_snapshot *snapshot, const char *text,
                          size_t len, lede_error *err)
{
    lede_parse_options parse = LEDE_PARSE_OPTIONS;
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_query *query = NULL;
    lede_results *results = NULL;
    lede_status status;

    parse.flags = LEDE_PARSE_TYPING; /* the last word may be unfinished */
    parse.schema = lede_snapshot_schema(snapshot);
    options.limit = 5;
    options.timeout_ms = 50;
    options.flags = LEDE_SEARCH_PARTIAL; /* what there is by then */
    status = lede_query_parse(&query, text, len, &parse, err);
    if (status == LEDE_OK)
        status = lede_search(&results, snapshot, query, &options, err);
    for (size_t i = 0; status == LEDE_OK && i < results->count; i++)
        printf("  %s\n", lede_document_text(
                             lede_results_hit(results, i)->document, "title"));
    lede_results_free(results);
    lede_query_free(query);
    return status;
}

/* As if each character had just been typed; a character of UTF-8 is whole
 * where the next byte does not continue it. */
static lede_status type(const lede_snapshot *snapshot, const char *line,
                        size_t len, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (size_t end = 1; status == LEDE_OK && end <= len; end++) {
        if (((unsigned char)line[end] & 0xc0) == 0x80)
            continue;
        printf("%.*s\n", (int)end, line);
        status = complete(snapshot, line, end, err);
        if (status == LEDE_OK)
            status = answer(snapshot, line, end, err);
    }
    return status;
}

int main(int argc, char **argv)
{
    lede_index *index = NULL;
    lede_snapshot *snapshot = NULL;
    lede_error err;
    char line[256];

    if (lede_index_open(&index, argc > 1 ? argv[1] : "news.lede", NULL, &err) ==
            LEDE_OK &&
        lede_snapshot_open(&snapshot, index, &err) == LEDE_OK)
        while (err.status == LEDE_OK && fgets(line, sizeof line, stdin))
            type(snapshot, line, strcspn(line, "\n"), &err);
    if (err.status != LEDE_OK)
        fprintf(stderr, "typing: %s (%s)\n", err.message, err.where);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    return err.status != LEDE_OK;
}
