/*
 * suggest.c - lede suggest INDEX WORD...
 */
#include <inttypes.h>
#include <stdio.h>

#include "article.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "store.h"
#include "utf8.h"

static bool print(const lede_suggestion *suggestion,
                  const struct options *options)
{
    json_t *object;

    if (!options->json) {
        utf8_print(stdout, suggestion->text, suggestion->len);
        printf("\t%" PRIu64 "\n", suggestion->documents);
        return true;
    }
    object = json_object();
    json_object_set_new(object, "text",
                        article_string(suggestion->text, suggestion->len));
    json_object_set_new(object, "documents",
                        json_integer((json_int_t)suggestion->documents));
    return output_json(object);
}

static enum outcome suggest(const lede_snapshot *snapshot,
                            const struct buffer *text,
                            const struct options *options)
{
    lede_suggest_options suggest = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *list = NULL;
    enum outcome outcome = NOTHING;
    lede_error err;

    suggest.limit = options->limit;
    suggest.field = options->field;
    suggest.cancel = interrupt_cancel();
    if (options->complete)
        suggest.kind = LEDE_SUGGEST_COMPLETION;
    if (lede_suggest(&list, snapshot, buffer_text(text), text->len, &suggest,
                     &err) != LEDE_OK)
        return message_error("suggest", options->index, &err);
    for (size_t i = 0; outcome != FAILED && i < list->count; i++)
        outcome = print(lede_suggestions_at(list, i), options) ? FOUND : FAILED;
    lede_suggestions_free(list);
    return outcome;
}

enum outcome command_suggest(const struct options *options)
{
    lede_snapshot *snapshot = NULL;
    struct buffer text = { 0 };
    enum outcome outcome = FAILED;

    if (output_join(&text, options) &&
        store_snapshot(&snapshot, options->index))
        outcome = suggest(snapshot, &text, options);
    lede_snapshot_close(snapshot);
    buffer_free(&text);
    return outcome;
}
