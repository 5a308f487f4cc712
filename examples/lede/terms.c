/*
 * terms.c - lede terms INDEX [PREFIX]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article.h"
#include "command.h"
#include "interrupt.h"
#include "output.h"
#include "store.h"
#include "utf8.h"

/* The fields' lists, each standing on a term, are merged by bytes. */
struct streams {
    lede_terms **at;
    size_t count;
};

static int compare(const lede_terms *a, const lede_terms *b)
{
    int order = memcmp(a->term, b->term, a->len < b->len ? a->len : b->len);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Steps a list; at its end it is closed and leaves. */
static bool step(struct streams *streams, size_t i)
{
    lede_terms *terms = streams->at[i];
    lede_status status;

    if (lede_terms_next(terms))
        return true;
    status = terms->status;
    lede_terms_close(terms);
    streams->at[i] = streams->at[--streams->count];
    if (status != LEDE_OK)
        message("terms", NULL, "%s", lede_status_name(status));
    return status == LEDE_OK;
}

static bool open_field(struct streams *streams, const lede_snapshot *snapshot,
                       const char *field, const char *prefix)
{
    lede_terms *terms = NULL;
    lede_error err;

    if (lede_terms_open(&terms, snapshot, field, prefix, LEDE_TERMINATED,
                        &err) != LEDE_OK) {
        message_error("terms", field, &err);
        return false;
    }
    streams->at[streams->count++] = terms;
    return step(streams, streams->count - 1);
}

static bool print_term(const char *term, size_t len, uint64_t documents,
                       uint64_t occurrences, const struct options *options)
{
    json_t *object;

    if (!options->json) {
        utf8_print(stdout, term, len);
        printf("\t%" PRIu64 "\t%" PRIu64 "\n", documents, occurrences);
        return true;
    }
    object = json_object();
    json_object_set_new(object, "term", article_string(term, len));
    json_object_set_new(object, "documents",
                        json_integer((json_int_t)documents));
    json_object_set_new(object, "occurrences",
                        json_integer((json_int_t)occurrences));
    return output_json(object);
}

/* A term in several fields counts once: in at least as many articles as hold
 * it in one of them. */
static bool print_first(struct streams *streams, const struct options *options)
{
    struct buffer term = { 0 };
    uint64_t documents = 0, occurrences = 0;
    size_t first = 0;
    bool good;

    for (size_t i = 1; i < streams->count; i++)
        if (compare(streams->at[i], streams->at[first]) < 0)
            first = i;
    good = buffer_put(&term, streams->at[first]->term, streams->at[first]->len);
    for (size_t i = streams->count; good && i-- > 0;) {
        const lede_terms *terms = streams->at[i];

        if (terms->len != term.len ||
            memcmp(terms->term, term.at, term.len) != 0)
            continue;
        if (documents < terms->documents)
            documents = terms->documents;
        occurrences += terms->occurrences;
        good = step(streams, i);
    }
    if (term.failed)
        message("terms", NULL, "out of memory");
    good =
        good && print_term(term.at, term.len, documents, occurrences, options);
    buffer_free(&term);
    return good;
}

static enum outcome print_all(struct streams *streams,
                              const struct options *options)
{
    uint64_t printed = 0;

    while (streams->count > 0 && !interrupted() &&
           (options->limit == 0 || printed < options->limit)) {
        if (!print_first(streams, options))
            return FAILED;
        printed++;
    }
    return printed > 0 ? FOUND : NOTHING;
}

/* Opens the lists of the field that was named, or of every text field. */
static bool open_fields(struct streams *streams, const lede_snapshot *snapshot,
                        const struct options *options)
{
    const char *prefix = options->word_count > 0 ? options->words[0] : "";
    const lede_schema *schema = lede_snapshot_schema(snapshot);
    const lede_field *field;

    streams->at = calloc(LEDE_FIELDS_MAX, sizeof(lede_terms *));
    if (!streams->at) {
        message("terms", NULL, "out of memory");
        return false;
    }
    if (options->field)
        return open_field(streams, snapshot, options->field, prefix);
    for (size_t i = 0; (field = lede_schema_field(schema, i)); i++)
        if (field->kind == LEDE_TEXT &&
            !(field->flags & LEDE_FIELD_UNINDEXED) &&
            !open_field(streams, snapshot, field->name, prefix))
            return false;
    return true;
}

enum outcome command_terms(const struct options *options)
{
    lede_snapshot *snapshot = NULL;
    struct streams streams = { 0 };
    enum outcome outcome = FAILED;

    if (store_snapshot(&snapshot, options->index) &&
        open_fields(&streams, snapshot, options))
        outcome = print_all(&streams, options);
    while (streams.count > 0)
        lede_terms_close(streams.at[--streams.count]);
    free(streams.at);
    lede_snapshot_close(snapshot);
    return outcome;
}
