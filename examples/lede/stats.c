/*
 * stats.c - lede stats INDEX
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "store.h"

/* What an engine cannot know is null. */
static json_t *number(uint64_t value)
{
    return value == UINT64_MAX ? json_null() : json_integer((json_int_t)value);
}

static double share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 || whole == UINT64_MAX
               ? 0
               : 100 * (double)part / (double)whole;
}

/* Bytes of all sections of one name, which stand together. */
static uint64_t bytes_from(const lede_stats *stats, size_t at, size_t *end)
{
    uint64_t bytes = 0;

    for (*end = at;
         *end < stats->section_count &&
         strcmp(stats->sections[*end].name, stats->sections[at].name) == 0;
         ++*end)
        bytes += stats->sections[*end].bytes;
    return bytes;
}

/* Fields of one section are summed under its name. */
static json_t *sections(const lede_stats *stats)
{
    json_t *object = json_object();

    for (size_t at = 0, end; at < stats->section_count; at = end) {
        const char *name = stats->sections[at].name;
        uint64_t bytes = bytes_from(stats, at, &end);

        json_object_set_new(object, name, json_integer((json_int_t)bytes));
    }
    return object;
}

static json_t *parts(const lede_stats *stats)
{
    json_t *array = json_array();

    for (size_t i = 0; i < stats->section_count; i++) {
        const lede_section *section = &stats->sections[i];
        json_t *part = json_object();

        json_object_set_new(part, "section", json_string(section->name));
        json_object_set_new(part, "field", json_string(section->field));
        json_object_set_new(part, "bytes",
                            json_integer((json_int_t)section->bytes));
        json_object_set_new(
            part, "percent_of_text",
            json_real(share_of(section->bytes, stats->text_bytes)));
        json_array_append_new(array, part);
    }
    return array;
}

/* Of the articles on disk, those that are deleted. */
static double deleted_share(const lede_stats *stats)
{
    return stats->deleted == UINT64_MAX || stats->documents == UINT64_MAX
               ? 0
               : share_of(stats->deleted, stats->documents + stats->deleted);
}

static bool print_json(const lede_stats *stats)
{
    json_t *object = json_object();

    json_object_set_new(object, "documents", number(stats->documents));
    json_object_set_new(object, "deleted", number(stats->deleted));
    json_object_set_new(object, "deleted_percent",
                        json_real(deleted_share(stats)));
    json_object_set_new(object, "terms", number(stats->terms));
    json_object_set_new(object, "tokens", number(stats->tokens));
    json_object_set_new(object, "text_bytes", number(stats->text_bytes));
    json_object_set_new(object, "index_bytes", number(stats->index_bytes));
    json_object_set_new(object, "generation", number(stats->generation));
    json_object_set_new(object, "segments", json_integer(stats->segments));
    json_object_set_new(object, "engine", json_string(stats->engine));
    json_object_set_new(object, "sections", sections(stats));
    json_object_set_new(object, "parts", parts(stats));
    return output_json(object);
}

static void print_number(const char *name, uint64_t value, double share,
                         const char *of)
{
    if (value == UINT64_MAX)
        printf("%-14s unknown\n", name);
    else if (of)
        printf("%-14s %" PRIu64 "  %.1f%% %s\n", name, value, share, of);
    else
        printf("%-14s %" PRIu64 "\n", name, value);
}

static void print_part(const char *indent, const char *name, uint64_t bytes,
                       uint64_t text)
{
    printf("%s%-*s %12" PRIu64, indent, 18 - (int)strlen(indent), name, bytes);
    if (text > 0 && text != UINT64_MAX)
        printf("  %5.1f%% of text", share_of(bytes, text));
    putchar('\n');
}

/* Each section, and its fields where there are any. */
static void print_parts(const lede_stats *stats)
{
    for (size_t at = 0, end; at < stats->section_count; at = end) {
        uint64_t bytes = bytes_from(stats, at, &end);

        print_part("  ", stats->sections[at].name, bytes, stats->text_bytes);
        for (size_t i = at; i < end; i++)
            if (stats->sections[i].field[0])
                print_part("    ", stats->sections[i].field,
                           stats->sections[i].bytes, stats->text_bytes);
    }
}

static void print_text(const lede_stats *stats)
{
    print_number("documents", stats->documents, 0, NULL);
    print_number("deleted", stats->deleted, deleted_share(stats),
                 "of those on disk");
    print_number("terms", stats->terms, 0, NULL);
    print_number("tokens", stats->tokens, 0, NULL);
    print_number("text bytes", stats->text_bytes, 0, NULL);
    print_number("index bytes", stats->index_bytes,
                 share_of(stats->index_bytes, stats->text_bytes), "of text");
    print_number("segments", stats->segments, 0, NULL);
    printf("%-14s %s\n", "engine", stats->engine);
    print_parts(stats);
}

enum outcome command_stats(const struct options *options)
{
    lede_snapshot *snapshot = NULL;
    lede_stats *stats = NULL;
    enum outcome outcome = FOUND;
    lede_error err;

    if (!store_snapshot(&snapshot, options->index))
        return FAILED;
    if (lede_stats_new(&stats, snapshot, &err) != LEDE_OK)
        outcome = message_error("stats", options->index, &err);
    else if (!options->json)
        print_text(stats);
    else if (!print_json(stats))
        outcome = FAILED;
    lede_stats_free(stats);
    lede_snapshot_close(snapshot);
    return outcome;
}
