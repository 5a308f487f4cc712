/*
 * analyze.c - lede analyze [TEXT|-]
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "article.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "utf8.h"

static bool read_input(struct buffer *text)
{
    size_t len;

    do {
        if (!buffer_reserve(text, 65536)) {
            message("analyze", "-", "out of memory");
            return false;
        }
        len = fread(text->at + text->len, 1, 65536, stdin);
        text->len += len;
        text->at[text->len] = '\0';
    } while (len > 0);
    if (ferror(stdin))
        message("analyze", "-", "%s", strerror(errno));
    return !ferror(stdin);
}

static bool print_token(const lede_tokens *tokens,
                        const struct options *options)
{
    json_t *object;

    if (!options->json) {
        printf("%" PRIu32 "\t%" PRIu32 "\t%" PRIu64 "-%" PRIu64 "\t",
               tokens->position, tokens->span, tokens->begin, tokens->end);
        utf8_print(stdout, tokens->term, tokens->len);
        putchar('\n');
        return true;
    }
    object = json_object();
    json_object_set_new(object, "term",
                        article_string(tokens->term, tokens->len));
    json_object_set_new(object, "position", json_integer(tokens->position));
    json_object_set_new(object, "span", json_integer(tokens->span));
    json_object_set_new(object, "begin",
                        json_integer((json_int_t)tokens->begin));
    json_object_set_new(object, "end", json_integer((json_int_t)tokens->end));
    return output_json(object);
}

static enum outcome analyze(const struct buffer *text,
                            const struct options *options)
{
    enum outcome outcome = NOTHING;
    lede_tokens *tokens = NULL;
    lede_status status =
        lede_tokens_new(&tokens, buffer_text(text), text->len, NULL, NULL);

    if (status == LEDE_OK) {
        while (outcome != FAILED && !interrupted() && lede_tokens_next(tokens))
            outcome = print_token(tokens, options) ? FOUND : FAILED;
        status = tokens->status;
    }
    lede_tokens_free(tokens);
    if (status != LEDE_OK)
        return message("analyze", NULL, "%s", lede_status_name(status));
    return outcome;
}

enum outcome command_analyze(const struct options *options)
{
    struct buffer text = { 0 };
    bool from_input =
        options->word_count == 0 ||
        (options->word_count == 1 && strcmp(options->words[0], "-") == 0);
    enum outcome outcome = FAILED;

    if (from_input ? read_input(&text) : output_join(&text, options))
        outcome = analyze(&text, options);
    buffer_free(&text);
    return outcome;
}
