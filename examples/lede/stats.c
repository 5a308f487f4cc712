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

/* Fields of one section are summed under its name. */
static json_t *sections(const lede_stats *stats)
{
    json_t *object = json_object();

    for (size_t i = 0; i < stats->section_count; i++) {
        const lede_section *section = &stats->sections[i];
        json_int_t before =
            json_integer_value(json_object_get(object, section->name));

        json_object_set_new(object, section->name,
                            json_integer(before + (json_int_t)section->bytes));
    }
    return object;
}

static bool print_json(const lede_stats *stats)
{
    json_t *object = json_object();

    json_object_set_new(object, "documents", number(stats->documents));
    json_object_set_new(object, "deleted", number(stats->deleted));
    json_object_set_new(object, "terms", number(stats->terms));
    json_object_set_new(object, "tokens", number(stats->tokens));
    json_object_set_new(object, "text_bytes", number(stats->text_bytes));
    json_object_set_new(object, "index_bytes", number(stats->index_bytes));
    json_object_set_new(object, "generation", number(stats->generation));
    json_object_set_new(object, "segments", json_integer(stats->segments));
    json_object_set_new(object, "engine", json_string(stats->engine));
    json_object_set_new(object, "sections", sections(stats));
    return output_json(object);
}

static void print_number(const char *name, uint64_t value)
{
    if (value == UINT64_MAX)
        printf("%-14s unknown\n", name);
    else
        printf("%-14s %" PRIu64 "\n", name, value);
}

static void print_text(const lede_stats *stats)
{
    json_t *all = sections(stats);
    const char *name;
    json_t *bytes;

    print_number("documents", stats->documents);
    print_number("deleted", stats->deleted);
    print_number("terms", stats->terms);
    print_number("tokens", stats->tokens);
    print_number("text bytes", stats->text_bytes);
    print_number("index bytes", stats->index_bytes);
    printf("%-14s %s\n", "engine", stats->engine);
    json_object_foreach(all, name, bytes)
    {
        double share = (double)json_integer_value(bytes);

        printf("  %-12s %" JSON_INTEGER_FORMAT, name,
               json_integer_value(bytes));
        if (stats->text_bytes > 0 && stats->text_bytes != UINT64_MAX)
            printf("  %.1f%% of text", 100 * share / (double)stats->text_bytes);
        putchar('\n');
    }
    json_decref(all);
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
