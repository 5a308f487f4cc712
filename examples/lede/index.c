/*
 * index.c - lede index INDEX [FILE|DIR|-]...
 *
 * All that one command reads is one commit. A bad line or file is told and
 * passed over; a failure of the index, or an interrupt, commits nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "file.h"
#include "interrupt.h"
#include "jsonl.h"
#include "progress.h"
#include "store.h"
#include "walk.h"

struct feed {
    lede_writer *writer;
    const lede_schema *schema;
    struct article article;
    uint64_t accepted;
    uint64_t refused; /* lines and files, each told */
    uint64_t bad_dates;
    uint64_t bytes; /* of input, read */
    bool broken;    /* nothing more can be put */
};

/* Where it came from, for messages; line 0: the whole file. */
struct origin {
    const char *name;
    unsigned long long line;
};

static void refuse(struct feed *feed, struct origin origin, const char *why)
{
    char where[512];

    feed->refused++;
    if (origin.line > 0)
        snprintf(where, sizeof where, "%.480s:%llu", origin.name, origin.line);
    else
        snprintf(where, sizeof where, "%.480s", origin.name);
    message("index", where, "%s", why);
}

static void put(struct feed *feed, struct origin origin)
{
    struct article *article = &feed->article;
    char why[512];
    lede_error err;
    lede_status status =
        lede_writer_put(feed->writer, buffer_text(&article->key),
                        article->key.len, article->document, &err);

    feed->bad_dates += article->bad_dates;
    article->bad_dates = 0;
    if (status == LEDE_OK) {
        feed->accepted++;
    } else if (status == LEDE_ERR_INVALID || status == LEDE_ERR_LIMIT) {
        snprintf(why, sizeof why, "%s%s%s", err.where, *err.where ? ": " : "",
                 err.message);
        refuse(feed, origin, why);
    } else {
        message_error("index", origin.name, &err);
        feed->broken = true;
    }
    progress_step(feed->accepted, feed->bytes);
}

/* `key` is used where the object has none; NULL: a hash. */
static void put_object(struct feed *feed, json_t *object, const char *key,
                       struct origin origin)
{
    article_clear(&feed->article);
    if (!json_is_object(object)) {
        refuse(feed, origin, "not a JSON object");
    } else if (article_from_json(&feed->article, object, feed->schema, key) !=
               LEDE_OK) {
        message("index", origin.name, "out of memory");
        feed->broken = true;
    } else {
        put(feed, origin);
    }
}

static bool goes_on(const struct feed *feed)
{
    return !feed->broken && !interrupted();
}

static void read_lines(struct feed *feed, FILE *in, const char *name)
{
    struct jsonl lines = { .in = in };
    uint64_t before = feed->bytes;

    while (goes_on(feed) && jsonl_next(&lines)) {
        struct origin origin = { name, lines.number };

        feed->bytes = before + lines.bytes;
        if (lines.record)
            put_object(feed, lines.record, NULL, origin);
        else
            refuse(feed, origin, lines.why);
    }
    if (ferror(in) && !interrupted())
        refuse(feed, (struct origin){ name, 0 }, strerror(errno));
    if (lines.replaced > 0)
        message("index", name, "%zu bytes were not UTF-8, replaced",
                lines.replaced);
    jsonl_close(&lines);
}

static void read_json(struct feed *feed, const struct buffer *text,
                      const char *name)
{
    struct origin origin = { name, 0 };
    struct buffer clean = { 0 };
    char why[256];
    json_t *element;
    size_t at;
    json_t *value =
        jsonl_parse(buffer_text(text), text->len, &clean, NULL, why);

    if (!value)
        refuse(feed, origin, why);
    else if (!json_is_array(value))
        put_object(feed, value, name, origin);
    else
        json_array_foreach(value, at, element)
        {
            if (!goes_on(feed))
                break;
            put_object(feed, element, NULL, origin);
        }
    json_decref(value);
    buffer_free(&clean);
}

static void read_document(struct feed *feed, enum file_kind kind,
                          const struct buffer *text, const char *name)
{
    struct origin origin = { name, 0 };
    char why[256];

    article_clear(&feed->article);
    if (!file_to_article(&feed->article, kind, text, why)) {
        refuse(feed, origin, why);
        return;
    }
    buffer_put_text(&feed->article.key, name);
    put(feed, origin);
}

static void read_file(struct feed *feed, const char *name)
{
    enum file_kind kind = file_kind_of(name);
    struct origin origin = { name, 0 };
    struct buffer text = { 0 };
    char why[256];
    FILE *in;

    if (kind == FILE_OTHER) {
        refuse(feed, origin,
               "none of .jsonl .ndjson .json .txt .md .html by its name");
    } else if (kind == FILE_JSONL) {
        in = fopen(name, "rb");
        if (!in) {
            refuse(feed, origin, strerror(errno));
            return;
        }
        read_lines(feed, in, name);
        fclose(in);
    } else if (!file_read(&text, name, why)) {
        refuse(feed, origin, why);
    } else {
        feed->bytes += text.len;
        if (kind == FILE_JSON)
            read_json(feed, &text, name);
        else
            read_document(feed, kind, &text, name);
    }
    buffer_free(&text);
}

/* Standard input is "-"; without any input it is read too. */
static bool gather(struct paths *paths, const struct options *options)
{
    for (size_t i = 0; i < options->word_count; i++) {
        const char *word = options->words[i];

        if (!(strcmp(word, "-") == 0 ? paths_add(paths, word, 0)
                                     : walk(paths, word)))
            return false;
    }
    return options->word_count > 0 || paths_add(paths, "-", 0);
}

/* The order is that of the words, so that the last of a repeated key wins. */
static void read_all(struct feed *feed, const struct paths *paths)
{
    uint64_t total = 0;
    bool is_known = true;

    for (size_t i = 0; i < paths->count; i++) {
        total += paths->at[i].bytes;
        is_known = is_known && strcmp(paths->at[i].name, "-") != 0;
    }
    progress_begin(is_known ? total : 0);
    for (size_t i = 0; i < paths->count && goes_on(feed); i++)
        if (strcmp(paths->at[i].name, "-") == 0)
            read_lines(feed, stdin, "-");
        else
            read_file(feed, paths->at[i].name);
    progress_end();
}

static void tell(const struct feed *feed, double seconds)
{
    bool small = feed->bytes < 1000000;

    printf("%" PRIu64 " articles, %.1f %s in %.1f s", feed->accepted,
           (double)feed->bytes / (small ? 1e3 : 1e6), small ? "kB" : "MB",
           seconds);
    if (feed->refused > 0)
        printf("; %" PRIu64 " skipped", feed->refused);
    if (feed->bad_dates > 0)
        printf("; %" PRIu64 " without a date, which could not be read",
               feed->bad_dates);
    putchar('\n');
}

/* Commits what was put, or nothing. */
static enum outcome settle(struct feed *feed, const char *address)
{
    lede_error err;

    if (interrupted()) {
        lede_writer_rollback(feed->writer, NULL);
        return message("index", address, "interrupted, nothing was committed");
    }
    if (feed->broken)
        return FAILED;
    if (lede_writer_commit(feed->writer, NULL, &err) != LEDE_OK)
        return message_error("commit", address, &err);
    return FOUND;
}

static enum outcome feed_index(struct feed *feed, const struct options *options)
{
    struct paths paths = { 0 };
    enum outcome outcome;
    double began = progress_seconds();

    if (article_init(&feed->article) != LEDE_OK || !gather(&paths, options)) {
        outcome = message("index", options->index, "out of memory");
    } else {
        read_all(feed, &paths);
        outcome = settle(feed, options->index);
        if (outcome == FOUND)
            tell(feed, progress_seconds() - began);
        if (paths.failures > 0)
            outcome = FAILED;
        else if (outcome == FOUND && feed->accepted == 0)
            outcome = feed->refused > 0 ? FAILED : NOTHING;
    }
    paths_free(&paths);
    article_fini(&feed->article);
    return outcome;
}

/* Whether text is kept was decided when the index was made. */
static bool keeps_as_asked(const struct feed *feed,
                           const struct options *options)
{
    const lede_field *body = lede_schema_find(feed->schema, "body");

    if (!options->no_store || (body && body->flags & LEDE_FIELD_UNSTORED))
        return true;
    message("index", options->index,
            "it keeps its text; --no-store is for a new index");
    return false;
}

enum outcome command_index(const struct options *options)
{
    lede_index *index = NULL;
    lede_snapshot *snapshot = NULL;
    struct feed feed = { 0 };
    enum outcome outcome = FAILED;
    lede_error err;

    if (store_writer(&index, &feed.writer, options, true)) {
        if (lede_snapshot_open(&snapshot, index, &err) == LEDE_OK) {
            feed.schema = lede_snapshot_schema(snapshot);
            if (keeps_as_asked(&feed, options))
                outcome = feed_index(&feed, options);
        } else {
            message_error("open", options->index, &err);
        }
    }
    lede_snapshot_close(snapshot);
    lede_writer_close(feed.writer);
    lede_index_close(index);
    return outcome;
}
