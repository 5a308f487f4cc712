/*
 * show.c - lede show INDEX KEY
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "article.h"
#include "command.h"
#include "output.h"
#include "store.h"
#include "utf8.h"

static void print_value(const char *name, const lede_value *value)
{
    char date[ARTICLE_DATE_SIZE];

    printf("%s: ", name);
    switch (value->kind) {
    case LEDE_INT:
        printf("%" PRId64, value->number);
        break;
    case LEDE_DOUBLE:
        printf("%.17g", value->real);
        break;
    case LEDE_DATE:
        article_date_text(date, value->number);
        fputs(date, stdout);
        break;
    case LEDE_NONE:
    case LEDE_TEXT:
    case LEDE_KEYWORD:
    case LEDE_STORED:
        utf8_print_lines(stdout, value->text, value->len);
        break;
    }
    putchar('\n');
}

static enum outcome print_article(const lede_document *document,
                                  const char *key)
{
    const lede_value *value;
    const char *name;

    fputs("key: ", stdout);
    utf8_print(stdout, key, strlen(key));
    putchar('\n');
    for (size_t i = 0; (name = lede_document_field(document, i)); i++)
        for (size_t at = 0; (value = lede_document_value(document, name, at),
                            value->kind != LEDE_NONE);
             at++)
            print_value(name, value);
    return FOUND;
}

enum outcome command_show(const struct options *options)
{
    const char *key = options->words[0];
    lede_snapshot *snapshot = NULL;
    lede_document *document = NULL;
    enum outcome outcome = FAILED;
    lede_status status;
    lede_error err;

    if (!store_snapshot(&snapshot, options->index))
        return FAILED;
    status = lede_snapshot_get(&document, snapshot, key, LEDE_TERMINATED, &err);
    if (status != LEDE_OK) {
        message_error("show", key, &err);
        outcome = status == LEDE_ERR_NOT_FOUND ? NOTHING : FAILED;
    } else if (!options->json) {
        outcome = print_article(document, key);
    } else if (output_json(article_to_json(document, key, strlen(key)))) {
        outcome = FOUND;
    }
    lede_document_free(document);
    lede_snapshot_close(snapshot);
    return outcome;
}
