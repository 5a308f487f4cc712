/*
 * The tool, as a person or a script meets it: the program itself is run.
 */
#include "support/program.h"
#include "support/suite.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TOOL    LEDE_TOOL_PROGRAM
#define SAMPLE  LEDE_SOURCE_DIR "/examples/articles.jsonl"
#define SAMPLES 49

#define tool(...)          program_run(NULL, TOOL, __VA_ARGS__, NULL)
#define tool_with(in, ...) program_run(in, TOOL, __VA_ARGS__, NULL)

static const char *news; /* the index of the sample */

static void index_sample(void)
{
    news = scratch("news.lede");
    ck_assert_int_eq(tool("index", news, SAMPLE)->status, 0);
}

/* The JSON object in line `at` of a text; NULL past the last. Freed by the
 * next call. */
static json_t *object_at(const char *text, size_t at)
{
    static json_t *object;
    const char *end;

    json_decref(object);
    object = NULL;
    for (; at > 0 && *text; at--)
        text = strchr(text, '\n') + 1;
    if (!*text)
        return NULL;
    end = strchr(text, '\n');
    ck_assert_msg(end != NULL, "the last line has no newline: %s", text);
    object = json_loadb(text, (size_t)(end - text), 0, NULL);
    ck_assert_msg(json_is_object(object), "not a JSON object: %s", text);
    return object;
}

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    ck_assert_msg(text != NULL, "no text `%s`", member);
    return text;
}

static json_int_t number_of(const json_t *object, const char *member)
{
    const json_t *number = json_object_get(object, member);

    ck_assert_msg(json_is_integer(number), "no integer `%s`", member);
    return json_integer_value(number);
}

static size_t lines_of(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static json_int_t documents(const char *index)
{
    const struct program *run = tool("stats", index, "--json");

    ck_assert_msg(run->status == 0, "%s", run->err);
    return number_of(object_at(run->out, 0), "documents");
}

#define has(text, part) \
    ck_assert_msg(strstr(text, part) != NULL, "`%s` is not in: %s", part, text)

START_TEST(usage_errors_end_with_2)
{
    static const char *const lines[][4] = {
        { "" },
        { "frobnicate" },
        { "search" },
        { "search", "x" },
        { "show", "x" },
        { "similar", "x" },
        { "delete", "x" },
        { "suggest", "x" },
        { "search", "x", "y", "-n" },
        { "search", "x", "y", "--offset" },
        { "terms", "x", "-n", "0" },
        { "search", "--frobnicate", "x", "y" },
        { "stats", "x", "y" },
        { "recover", "x", "y" },
        { "backup", "x" },
        { "index", "x", "--memory", "9Q" },
        { "index", "x", "--threads", "many" },
        { "index", "x", "--durability", "some" },
    };
    const char *const *line = lines[_i];
    const struct program *run =
        line[0][0] ? program_run(NULL, TOOL, line[0], line[1],
                                 line[1] ? line[2] : NULL,
                                 line[1] && line[2] ? line[3] : NULL, NULL)
                   : program_run(NULL, TOOL, NULL);

    ck_assert_int_eq(run->status, 2);
    ck_assert_str_eq(run->out, "");
    ck_assert_int_gt((int)strlen(run->err), 0);
}
END_TEST

START_TEST(help_and_version_are_found)
{
    static const char *const commands[] = { "index",   "search",  "similar",
                                            "show",    "delete",  "stats",
                                            "check",   "terms",   "analyze",
                                            "suggest", "recover", "backup" };
    const struct program *run = tool("--help");

    ck_assert_int_eq(run->status, 0);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        has(tool("--help")->out, commands[i]);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        run = tool(commands[i], "--help");
        ck_assert_int_eq(run->status, 0);
        has(run->out, commands[i]);
    }
    run = tool("--version");
    ck_assert_int_eq(run->status, 0);
    has(run->out, "lede " LEDE_TOOL_VERSION);
}
END_TEST

START_TEST(messages_say_what_where_why)
{
    const struct program *run = tool("search", "/no/such/index", "ferry");

    ck_assert_int_eq(run->status, 2);
    ck_assert_int_eq(strncmp(run->err, "lede: open (/no/such/index): ", 29), 0);
    ck_assert_uint_eq(lines_of(run->err), 1);
    ck_assert_str_eq(run->out, "");
}
END_TEST

START_TEST(search_prints_ranked_json_lines)
{
    const struct program *run;
    double before = 1e9;
    json_t *hit;

    index_sample();
    run = tool("search", news, "ferry", "storm", "--json", "-n", "5");
    ck_assert_msg(run->status == 0, "%s", run->err);
    ck_assert_uint_eq(lines_of(run->out), 5);
    for (size_t i = 0; (hit = object_at(run->out, i)); i++) {
        ck_assert_int_eq(number_of(hit, "rank"), (json_int_t)i + 1);
        ck_assert(json_number_value(json_object_get(hit, "score")) <= before);
        before = json_number_value(json_object_get(hit, "score"));
        ck_assert(before > 0);
        text_of(hit, "key");
        text_of(hit, "title");
        text_of(hit, "snippet");
    }
    hit = object_at(run->out, 0);
    ck_assert_str_eq(text_of(hit, "key"), "en-ferry-storm");
    has(text_of(hit, "snippet"), "<mark>");
}
END_TEST

START_TEST(each_language_is_found)
{
    static const struct {
        const char *query, *key;
    } probes[] = {
        { "wasserkraftwerk", "de-wasserkraft" },
        { "fromagerie", "fr-fromage" },
        { "шахматистка", "ru-shahmaty" },
        { "زيتون", "ar-zaytun" },
        { "किताबों", "hi-kitab" },
        { "茶馆", "zh-chaye" },
        { "灯台守", "ja-toudai" },
        { "δέντρα", "el-elies" },
        { "지하철역", "ko-jihacheol" },
        { "lighthouse", "en-lighthouse" },
    };
    const struct program *run;

    index_sample();
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        run = tool("search", news, probes[i].query, "--json", "-n", "1");
        ck_assert_msg(run->status == 0, "%s: %s", probes[i].query, run->err);
        ck_assert_str_eq(text_of(object_at(run->out, 0), "key"), probes[i].key);
    }
}
END_TEST

START_TEST(nothing_found_ends_with_1)
{
    const struct program *run;

    index_sample();
    run = tool("search", news, "zyzzyva");
    ck_assert_int_eq(run->status, 1);
    ck_assert_str_eq(run->out, "");
    run = tool("search", news, "zyzzyva", "--json");
    ck_assert_int_eq(run->status, 1);
    ck_assert_str_eq(run->out, "");
    run = tool("search", news, "zyzzyva", "--count");
    ck_assert_int_eq(run->status, 1);
    ck_assert_str_eq(run->out, "0\n");
    ck_assert_int_eq(tool("show", news, "no-such-key")->status, 1);
    ck_assert_int_eq(tool("similar", news, "no-such-key")->status, 1);
    ck_assert_int_eq(tool("delete", news, "no-such-key")->status, 1);
    ck_assert_int_eq(tool("terms", news, "zyzzyva")->status, 1);
    ck_assert_int_eq(tool("analyze", "...")->status, 1);
}
END_TEST

START_TEST(count_prints_one_integer)
{
    const struct program *run;

    index_sample();
    run = tool("search", news, "section:sport", "--count");
    ck_assert_int_eq(run->status, 0);
    ck_assert_str_eq(run->out, "2\n");
}
END_TEST

START_TEST(offset_goes_on_where_a_page_ended)
{
    char second[256];
    const struct program *run;
    json_t *hit;

    index_sample();
    run = tool("search", news, "ferry", "--json", "-n", "2");
    snprintf(second, sizeof second, "%s",
             text_of(object_at(run->out, 1), "key"));
    run = tool("search", news, "ferry", "--json", "--offset", "1", "-n", "1");
    hit = object_at(run->out, 0);
    ck_assert_str_eq(text_of(hit, "key"), second);
    ck_assert_int_eq(number_of(hit, "rank"), 2);
}
END_TEST

START_TEST(sort_orders_by_a_column)
{
    char before[64] = "9999";
    const struct program *run;
    json_t *hit;

    index_sample();
    run = tool("search", news, "ferry", "--sort", "-date", "--json");
    ck_assert_msg(run->status == 0, "%s", run->err);
    for (size_t i = 0; (hit = object_at(run->out, i)); i++) {
        ck_assert_int_le(strcmp(text_of(hit, "date"), before), 0);
        snprintf(before, sizeof before, "%s", text_of(hit, "date"));
    }
    run = tool("search", news, "ferry", "--sort", "date", "--json", "-n", "1");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "date"),
                     "2024-11-04T00:00:00Z");
    ck_assert_int_eq(tool("search", news, "ferry", "--sort", "none")->status,
                     2);
}
END_TEST

START_TEST(only_documented_words_are_options)
{
    char with[32], without[32];
    const struct program *run;

    index_sample();
    snprintf(with, sizeof with, "%s",
             tool("search", news, "ferry", "--count")->out);
    snprintf(without, sizeof without, "%s",
             tool("search", news, "ferry", "-storm", "--count")->out);
    ck_assert_int_lt(atoi(without), atoi(with));
    ck_assert_int_gt(atoi(without), 0);
    /* After -- also --count is text, a word that is not there. */
    run = tool("search", news, "ferry", "--count", "--", "-storm");
    ck_assert_str_eq(run->out, without);
    run = tool("search", news, "--json", "--", "zyzzyva", "--count");
    ck_assert_int_ne(run->status, 2);
    ck_assert_ptr_null(strchr(run->out, '\t'));
}
END_TEST

START_TEST(doubtful_queries_are_told)
{
    const struct program *run;

    index_sample();
    run = tool("search", news, "\"ferry storm", "--json");
    ck_assert_int_ne(run->status, 2);
    ck_assert_int_eq(strncmp(run->err, "lede: query (", 13), 0);
}
END_TEST

START_TEST(messages_stay_short_whatever_is_asked)
{
    static char query[60001];
    const struct program *run;

    index_sample();
    for (size_t i = 0; i < sizeof query - 1; i++)
        query[i] = ")\u00e9\u00e9 "[i % 6];
    run = tool("search", news, "--", query);
    ck_assert_int_ne(run->status, 0);
    ck_assert_uint_lt(lines_of(run->err), 10);
    ck_assert_uint_lt(strlen(run->err), 4000);
}
END_TEST

/* What was put comes back, and may be put again. */
START_TEST(show_gives_the_article_back)
{
    char line[8192], *name;
    FILE *in = fopen(SAMPLE, "rb");
    const struct program *run;
    const char *member;
    json_t *value, *put;

    index_sample();
    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof line, in)) {
        put = json_loads(line, 0, NULL);
        ck_assert_ptr_nonnull(put);
        name = strdup(text_of(put, "key"));
        run = tool("show", news, name, "--json");
        ck_assert_msg(run->status == 0, "%s", run->err);
        json_object_foreach(put, member, value)
        {
            json_t *got = json_object_get(object_at(run->out, 0), member);

            if (strcmp(member, "date") == 0)
                ck_assert_int_eq(strncmp(json_string_value(got),
                                         json_string_value(value), 10),
                                 0);
            else if (json_array_size(value) == 1) /* one value: no array */
                ck_assert(json_equal(got, json_array_get(value, 0)));
            else
                ck_assert_msg(json_equal(got, value), "%s of %s", member, name);
        }
        free(name);
        json_decref(put);
    }
    fclose(in);
    run = tool("show", news, "en-comet");
    has(run->out, "title: Comet Oriel");
    has(run->out, "date: 2025-03-14T00:00:00Z");
}
END_TEST

START_TEST(delete_takes_articles_out)
{
    index_sample();
    ck_assert_int_eq(tool("delete", news, "en-comet", "no-such-key")->status,
                     0);
    ck_assert_int_eq(tool("show", news, "en-comet")->status, 1);
    ck_assert_int_eq(documents(news), SAMPLES - 1);
    ck_assert_str_eq(tool("search", news, "title:oriel", "--count")->out,
                     "1\n");
}
END_TEST

static json_int_t bytes_of(const char *folder)
{
    char command[512];
    const struct program *run;

    snprintf(command, sizeof command,
             "find '%s' -type f -printf '%%s\\n' | "
             "awk '{ s += $1 } END { print s }'",
             folder);
    run = program_run(NULL, "/bin/sh", "-c", command, NULL);
    return atoll(run->out);
}

/* The bytes of title and body in the sample. */
static json_int_t sample_text(void)
{
    char line[8192];
    FILE *in = fopen(SAMPLE, "rb");
    size_t sum = 0;

    while (fgets(line, sizeof line, in)) {
        json_t *put = json_loads(line, 0, NULL);

        sum += strlen(text_of(put, "title")) + strlen(text_of(put, "body"));
        json_decref(put);
    }
    fclose(in);
    return (json_int_t)sum;
}

START_TEST(stats_add_up)
{
    const struct program *run;
    json_int_t sum = 0, bytes;
    const char *name;
    json_t *stats, *section;

    index_sample();
    run = tool("stats", news, "--json");
    ck_assert_msg(run->status == 0, "%s", run->err);
    ck_assert_uint_eq(lines_of(run->out), 1);
    stats = object_at(run->out, 0);
    ck_assert_int_eq(number_of(stats, "documents"), SAMPLES);
    ck_assert_int_gt(number_of(stats, "terms"), 1000);
    ck_assert_int_gt(number_of(stats, "tokens"), 4000);
    ck_assert_int_eq(number_of(stats, "text_bytes"), sample_text());
    bytes = number_of(stats, "index_bytes");
    json_object_foreach(json_object_get(stats, "sections"), name, section)
    {
        ck_assert(json_is_integer(section));
        sum += json_integer_value(section);
    }
    ck_assert_int_eq(sum, bytes);
    ck_assert_int_gt(number_of(json_object_get(stats, "sections"), "stored"),
                     0);
    ck_assert_int_eq(bytes_of(news), bytes);
    ck_assert_int_eq(tool("stats", news)->status, 0);
}
END_TEST

START_TEST(check_knows_sound_from_damaged)
{
    char command[512];
    const struct program *run;

    index_sample();
    run = tool("check", news);
    ck_assert_msg(run->status == 0, "%s", run->err);
    has(run->out, "sound");
    snprintf(command, sizeof command,
             "for f in '%s'/*; do [ $(stat -c %%s \"$f\") -gt 8192 ] && "
             "truncate -s 100 \"$f\"; done; true",
             news);
    program_run(NULL, "/bin/sh", "-c", command, NULL);
    ck_assert_int_eq(tool("check", news)->status, 2);
    ck_assert_int_eq(tool("check", "/no/such/index")->status, 2);
}
END_TEST

/* Bytes of one section, all fields or one, by the list of parts. */
static json_int_t part_bytes(const json_t *stats, const char *section,
                             const char *field)
{
    json_t *part;
    json_int_t sum = 0;
    size_t at;

    json_array_foreach(json_object_get(stats, "parts"), at, part)
    {
        if (strcmp(text_of(part, "section"), section) == 0 &&
            (!field || strcmp(text_of(part, "field"), field) == 0))
            sum += number_of(part, "bytes");
    }
    return sum;
}

START_TEST(stats_tell_bytes_by_section_and_field)
{
    const struct program *run;
    const char *name;
    json_t *stats, *section;

    index_sample();
    ck_assert_int_eq(tool("delete", news, "en-comet")->status, 0);
    run = tool("stats", news, "--json");
    stats = object_at(run->out, 0);
    ck_assert_str_eq(text_of(stats, "engine"), "native");
    ck_assert_int_eq(number_of(stats, "deleted"), 1);
    ck_assert(json_real_value(json_object_get(stats, "deleted_percent")) >
              100.0 / SAMPLES - 0.1);
    ck_assert_int_gt(part_bytes(stats, "postings", "body"),
                     part_bytes(stats, "postings", "title"));
    ck_assert_int_gt(part_bytes(stats, "dictionary", "body"), 0);
    ck_assert_int_gt(part_bytes(stats, "columns", "date"), 0);
    ck_assert_int_lt(part_bytes(stats, "other", NULL),
                     part_bytes(stats, "postings", NULL) / 3);
    json_object_foreach(json_object_get(stats, "sections"), name, section)
    {
        ck_assert_int_eq(json_integer_value(section),
                         part_bytes(stats, name, NULL));
    }
    run = tool("stats", news);
    has(run->out, "% of those on disk");
    has(run->out, "segments");
    has(run->out, "    body ");
    has(run->out, "% of text");
}
END_TEST

START_TEST(recover_mends_what_was_damaged)
{
    char command[512];
    const struct program *run;

    index_sample();
    run = tool("recover", news);
    ck_assert_msg(run->status == 0, "%s", run->err);
    has(run->out, "nothing to recover");
    ck_assert_int_eq(tool_with("{\"key\": \"x\", \"title\": \"later\"}\n",
                               "index", news, "-")
                         ->status,
                     0);
    snprintf(command, sizeof command,
             "f=$(ls -S '%s'/*.segment | head -1); printf X | "
             "dd of=\"$f\" bs=1 seek=3000 conv=notrunc 2>/dev/null",
             news);
    program_run(NULL, "/bin/sh", "-c", command, NULL);
    run = tool("check", news);
    ck_assert_int_eq(run->status, 2);
    has(run->out, ".segment");
    has(run->out, "at byte 0: ");
    run = tool("recover", news);
    ck_assert_msg(run->status == 0, "%s", run->err);
    has(run->out, "lost");
    ck_assert_int_eq(tool("check", news)->status, 0);
    ck_assert_int_eq(documents(news), 1);
    ck_assert_int_eq(tool("show", news, "x")->status, 0);
    snprintf(command, sizeof command, "rm '%s/MANIFEST'", news);
    program_run(NULL, "/bin/sh", "-c", command, NULL);
    ck_assert_int_eq(tool("index", news, SAMPLE)->status, 2);
    ck_assert_int_eq(tool("recover", news)->status, 0);
    ck_assert_int_eq(documents(news), 1);
    ck_assert_int_eq(tool("recover", "/no/such/index")->status, 2);
}
END_TEST

START_TEST(backup_makes_another_index)
{
    const char *copy = scratch("copy.lede");
    const struct program *run;

    index_sample();
    run = tool("backup", news, copy);
    ck_assert_msg(run->status == 0, "%s", run->err);
    ck_assert_int_eq(documents(copy), SAMPLES);
    ck_assert_int_eq(tool("delete", news, "en-comet")->status, 0);
    ck_assert_int_eq(documents(copy), SAMPLES);
    ck_assert_int_eq(tool("backup", news, copy)->status, 0);
    ck_assert_int_eq(documents(copy), SAMPLES - 1);
    ck_assert_int_eq(tool("check", copy)->status, 0);
    run = tool("backup", copy, news);
    ck_assert_int_eq(run->status, 2);
    has(run->err, "neither empty nor a backup");
    /* A writer makes it an index in its own right. */
    ck_assert_int_eq(tool("delete", copy, "en-ferry-storm")->status, 0);
    ck_assert_int_eq(tool("backup", news, copy)->status, 2);
}
END_TEST

START_TEST(writing_is_told_how)
{
    const char *small = scratch("small.lede");
    const struct program *run =
        tool("index", small, SAMPLE, "--threads", "2", "--memory", "16M",
             "--durability", "ordered", "--no-store");
    json_int_t bytes;

    ck_assert_msg(run->status == 0, "%s", run->err);
    ck_assert_int_eq(documents(small), SAMPLES);
    bytes = number_of(object_at(tool("stats", small, "--json")->out, 0),
                      "index_bytes");
    index_sample();
    ck_assert_int_lt(bytes,
                     number_of(object_at(tool("stats", news, "--json")->out, 0),
                               "index_bytes"));
    ck_assert_int_eq(tool("search", small, "ferry")->status, 0);
    ck_assert_int_eq(tool("index", small, SAMPLE, "--no-store")->status, 0);
    run = tool("index", news, SAMPLE, "--no-store");
    ck_assert_int_eq(run->status, 2);
    has(run->err, "keeps its text");
    ck_assert_int_eq(tool("index", small, SAMPLE, "--memory", "1K")->status, 2);
}
END_TEST

START_TEST(terms_are_sorted_and_counted)
{
    const struct program *run;
    char before[256] = "";
    json_t *term;

    index_sample();
    run = tool("terms", news, "fer", "--json");
    ck_assert_msg(run->status == 0, "%s", run->err);
    for (size_t i = 0; (term = object_at(run->out, i)); i++) {
        ck_assert_int_eq(strncmp(text_of(term, "term"), "fer", 3), 0);
        ck_assert_int_gt(strcmp(text_of(term, "term"), before), 0);
        ck_assert_int_ge(number_of(term, "occurrences"),
                         number_of(term, "documents"));
        snprintf(before, sizeof before, "%s", text_of(term, "term"));
    }
    has(run->out, "\"ferry\"");
    run = tool("terms", news, "comet", "--field", "title", "-n", "1");
    ck_assert_str_eq(run->out, "comet\t1\t1\n");
}
END_TEST

START_TEST(analyze_shows_words)
{
    const struct program *run = tool("analyze", "The", "Ferry sailed");

    ck_assert_int_eq(run->status, 0);
    ck_assert_uint_eq(lines_of(run->out), 3);
    has(run->out, "\tferry\n");
    run = tool_with("Straße", "analyze", "-", "--json");
    ck_assert_int_eq(run->status, 0);
    ck_assert_str_eq(text_of(object_at(run->out, 0), "term"), "strasse");
    ck_assert_int_eq(number_of(object_at(run->out, 0), "end"), 7);
    run = tool_with("one two", "analyze");
    ck_assert_uint_eq(lines_of(run->out), 2);
}
END_TEST

START_TEST(suggest_mends_and_completes)
{
    const struct program *run;

    index_sample();
    run = tool("suggest", news, "lighthuose", "--json");
    ck_assert_msg(run->status == 0, "%s", run->err);
    ck_assert_str_eq(text_of(object_at(run->out, 0), "text"), "lighthouse");
    run = tool("suggest", news, "lightho", "--complete");
    ck_assert_int_eq(run->status, 0);
    ck_assert_int_eq(strncmp(run->out, "lighthouse\t", 11), 0);
}
END_TEST

START_TEST(similar_finds_the_same_story)
{
    const struct program *run;
    json_t *hit;

    index_sample();
    run = tool("similar", news, "en-water-treaty", "--json", "-n", "3");
    ck_assert_msg(run->status == 0, "%s", run->err);
    for (size_t i = 0; (hit = object_at(run->out, i)); i++)
        ck_assert_str_ne(text_of(hit, "key"), "en-water-treaty");
    ck_assert_int_eq(
        strncmp(text_of(object_at(run->out, 0), "key"), "en-water-", 9), 0);
}
END_TEST

START_TEST(bad_lines_are_told_and_skipped)
{
    static const char lines[] = "{\"id\":\"a\",\"title\":\"one\"}\n"
                                "\n"
                                "{\"id\":\"b\"\n"
                                "[1,2]\n"
                                "{\"id\":\"c\",\"title\":\"\\ud800\"}\n"
                                "{\"id\":\"d\",\"n\":9223372036854775808}\n"
                                "{\"id\":\"e\",\"title\":\"two\"}";
    static const int bad[] = { 3, 4, 5, 6 };
    const char *index = scratch("lines.lede");
    const struct program *run = tool_with(lines, "index", index, "-");
    char where[64];

    ck_assert_int_eq(run->status, 0);
    ck_assert_uint_eq(lines_of(run->err), 4);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(where, sizeof where, "lede: index (-:%d): ", bad[i]);
        has(run->err, where);
    }
    has(run->out, "2 articles");
    has(run->out, "4 skipped");
    ck_assert_int_eq(documents(index), 2);
}
END_TEST

START_TEST(json_comes_back_as_it_went_in)
{
    static const char line[] =
        "{\"id\":7,\"title\":\"a\",\"big\":9007199254740993,\"part\":0.1,"
        "\"deep\":{\"x\":[1,\"\\u0000y\"]},\"yes\":true,\"word\":\"w\","
        "\"twice\":1,\"twice\":2,\"tags\":[\"x\",\"y\"],\"text\":\"b\"}\n";
    const char *index = scratch("json.lede");
    const struct program *run;
    json_t *got;

    ck_assert_int_eq(tool_with(line, "index", index)->status, 0);
    run = tool("show", index, "7", "--json");
    ck_assert_msg(run->status == 0, "%s", run->err);
    got = json_loads(run->out, JSON_ALLOW_NUL, NULL);
    ck_assert_int_eq(number_of(got, "big"), 9007199254740993);
    ck_assert(json_real_value(json_object_get(got, "part")) == 0.1);
    ck_assert_int_eq(number_of(got, "twice"), 2);
    ck_assert_str_eq(text_of(got, "word"), "w");
    ck_assert_str_eq(text_of(got, "body"), "b");
    ck_assert_str_eq(text_of(got, "key"), "7");
    ck_assert(json_is_true(json_object_get(got, "yes")));
    ck_assert_uint_eq(json_array_size(json_object_get(got, "tags")), 2);
    ck_assert_uint_eq(
        json_string_length(json_array_get(
            json_object_get(json_object_get(got, "deep"), "x"), 1)),
        2);
    json_decref(got);
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_replaced)
{
    const char *index = scratch("bytes.lede");
    const struct program *run =
        tool_with("{\"id\":\"a\",\"title\":\"x\xff\xc3(y\"}\n", "index", index);

    ck_assert_int_eq(run->status, 0);
    has(run->err, "2 bytes were not UTF-8");
    run = tool("show", index, "a", "--json");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "title"),
                     "x\xef\xbf\xbd\xef\xbf\xbd(y");
}
END_TEST

START_TEST(keys_are_key_or_id_or_url_or_hash)
{
    static const char lines[] = "{\"key\":\"k\",\"id\":\"i\",\"url\":\"u\"}\n"
                                "{\"id\":\"i\",\"url\":\"u2\"}\n"
                                "{\"url\":\"http://x/\",\"title\":\"t\"}\n"
                                "{\"title\":\"same\",\"body\":\"text\"}\n"
                                "{\"title\":\"same\",\"body\":\"text\"}\n"
                                "{\"title\":\"same\",\"body\":\"other\"}\n";
    const char *index = scratch("keys.lede");

    ck_assert_int_eq(tool_with(lines, "index", index)->status, 0);
    ck_assert_int_eq(tool("show", index, "k")->status, 0);
    ck_assert_int_eq(tool("show", index, "i")->status, 0);
    ck_assert_int_eq(tool("show", index, "http://x/")->status, 0);
    ck_assert_int_eq(documents(index), 5);
}
END_TEST

START_TEST(a_date_that_is_none_keeps_the_article)
{
    const char *index = scratch("dates.lede");
    const struct program *run =
        tool_with("{\"id\":\"a\",\"title\":\"x\",\"date\":\"next Tuesday\"}\n"
                  "{\"id\":\"b\",\"title\":\"x\",\"date\":1704067200}\n",
                  "index", index);

    ck_assert_int_eq(run->status, 0);
    has(run->out, "1 without a date");
    ck_assert_str_eq(tool("search", index, "date:2024", "--count")->out, "1\n");
    ck_assert_int_eq(documents(index), 2);
}
END_TEST

static const char *put_file(const char *name, const char *text)
{
    return scratch_write(name, text, strlen(text));
}

START_TEST(folders_are_read_in_order)
{
    const char *index = scratch("folder.lede");
    const struct program *run;
    const char *folder, *key;

    put_file("folder/b/two.txt", "The second\nis plain text\nof two lines.\n");
    put_file("folder/a/one.md", "intro\n\n# The *first* &amp; best\n\n"
                                "Words [with a link](http://x) `code`\n\n"
                                "<div class=\"hidden\">raw</div>\n");
    put_file("folder/c.html",
             "<html lang=\"en\"><head><title>Third</title>"
             "<meta name=author content=Jo></head><body><p>Caf&eacute; "
             "<b>bo</b>ld<script>no()</script></p><p>end</p></body></html>");
    put_file("folder/d.json", "[{\"id\":\"d1\",\"title\":\"x\"},"
                              "{\"id\":\"d2\",\"title\":\"y\"}, 5]");
    put_file("folder/same/1.jsonl", "{\"id\":\"s\",\"title\":\"first\"}\n");
    put_file("folder/same/2.jsonl", "{\"id\":\"s\",\"title\":\"second\"}\n");
    put_file("folder/.hidden.txt", "hidden");
    put_file("folder/other.bin", "other");
    folder = scratch("folder");
    run = tool("index", index, folder);
    ck_assert_int_eq(run->status, 0);
    has(run->out, "7 articles");
    has(run->err, "not a JSON object");
    ck_assert_uint_eq(lines_of(run->err), 1);

    key = scratch("folder/a/one.md");
    run = tool("show", index, key, "--json");
    ck_assert_msg(run->status == 0, "%s", run->err);
    ck_assert_str_eq(text_of(object_at(run->out, 0), "title"),
                     "The first & best");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "body"),
                     "intro\nWords with a link code\n\n");
    run = tool("show", index, scratch("folder/b/two.txt"), "--json");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "title"), "The second");
    run = tool("show", index, scratch("folder/c.html"), "--json");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "title"), "Third");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "author"), "Jo");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "body"),
                     "Café bold\nend\n");
    run = tool("show", index, "s", "--json");
    ck_assert_str_eq(text_of(object_at(run->out, 0), "title"), "second");
}
END_TEST

START_TEST(what_cannot_be_read_is_told)
{
    const char *index = scratch("unread.lede");
    const char *other = put_file("x.bin", "x");
    const struct program *run =
        tool("index", index, "/no/such/file.jsonl", other, SAMPLE);

    ck_assert_int_eq(run->status, 2);
    has(run->err, "lede: index (/no/such/file.jsonl): ");
    has(run->err, other);
    ck_assert_int_eq(documents(index), SAMPLES);
    ck_assert_int_eq(tool("index", index, other)->status, 2);
    ck_assert_int_eq(tool("index", index)->status, 1);
}
END_TEST

START_TEST(colour_is_for_terminals_or_on_request)
{
    const struct program *run;

    index_sample();
    run = tool("search", news, "ferry");
    ck_assert_ptr_null(strchr(run->out, '\033'));
    ck_assert_ptr_null(strchr(run->err, '\033'));
    has(run->out, "articles, ");
    run = tool("search", news, "ferry", "--color");
    ck_assert_ptr_nonnull(strchr(run->out, '\033'));
    run = tool("search", news, "ferry", "--color=never");
    ck_assert_ptr_null(strchr(run->out, '\033'));
    run = program_run(NULL, "/usr/bin/env", "NO_COLOR=1", "TERM=xterm", TOOL,
                      "search", news, "ferry", NULL);
    ck_assert_ptr_null(strchr(run->out, '\033'));
}
END_TEST

/* A key or title with escapes in it cannot drive the terminal. */
START_TEST(articles_cannot_write_to_the_terminal)
{
    const char *index = scratch("escape.lede");
    const struct program *run;

    tool_with("{\"id\":\"a\\u001b[2J\",\"title\":\"ferry\\u001b]0;x\\u0007\","
              "\"body\":\"ferry \\u001b[31m\"}\n",
              "index", index);
    run = tool("search", index, "ferry");
    ck_assert_int_eq(run->status, 0);
    ck_assert_ptr_null(strchr(run->out, '\033'));
    run = tool("show", index, "a\033[2J");
    ck_assert_int_eq(run->status, 0);
    ck_assert_ptr_null(strchr(run->out, '\033'));
}
END_TEST

/* Whether a process sleeps, and not only for want of a processor. */
static bool sleeps(pid_t pid)
{
    char path[64], line[512] = "";
    const char *name_end;
    FILE *in;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    in = fopen(path, "r");
    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, in));
    fclose(in);
    name_end = strrchr(line, ')');
    return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

/* Until it has read its input so far, and sleeps for a while. */
static void await_reader(pid_t pid, int input)
{
    const struct timespec pause = { 0, 20000000 };
    int unread = 1;

    for (int asleep = 0, looks = 0; asleep < 20 && looks < 5000; looks++) {
        nanosleep(&pause, NULL);
        ck_assert_int_eq(ioctl(input, FIONREAD, &unread), 0);
        asleep = unread == 0 && sleeps(pid) ? asleep + 1 : 0;
    }
}

START_TEST(an_interrupt_commits_nothing)
{
    static const char line[] = "{\"id\":\"half\",\"title\":\"half way\"}\n";
    const struct program *run;
    int input;
    pid_t pid;

    index_sample();
    pid = program_start(&input, TOOL, "index", news, "-", NULL);
    ck_assert_int_eq(write(input, line, sizeof line - 1), sizeof line - 1);
    await_reader(pid, input);
    ck_assert_int_eq(kill(pid, SIGINT), 0);
    run = program_wait(pid, input);
    ck_assert_int_eq(run->status, 128 + SIGINT);
    has(run->err, "nothing was committed");
    ck_assert_int_eq(documents(news), SAMPLES);
    ck_assert_int_eq(tool("show", news, "half")->status, 1);
}
END_TEST

START_TEST(a_reader_that_leaves_is_no_error)
{
    char command[512];
    const struct program *run;

    index_sample();
    for (int i = 0; i < 2; i++) {
        /* The second time SIGPIPE is ignored, as some parents leave it. */
        snprintf(command, sizeof command,
                 "%s '%s' terms '%s' | head -n 1 >/dev/null",
                 i ? "trap '' PIPE;" : "", TOOL, news);
        run = program_run(NULL, "/bin/sh", "-c", command, NULL);
        ck_assert_int_eq(run->status, 0);
        ck_assert_str_eq(run->err, "");
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, scratch_remove);
    tcase_add_loop_test(tcase, usage_errors_end_with_2, 0, 18);
    tcase_add_test(tcase, help_and_version_are_found);
    tcase_add_test(tcase, messages_say_what_where_why);
    tcase_add_test(tcase, analyze_shows_words);
    tcase_add_test(tcase, search_prints_ranked_json_lines);
    tcase_add_test(tcase, each_language_is_found);
    tcase_add_test(tcase, nothing_found_ends_with_1);
    tcase_add_test(tcase, count_prints_one_integer);
    tcase_add_test(tcase, offset_goes_on_where_a_page_ended);
    tcase_add_test(tcase, sort_orders_by_a_column);
    tcase_add_test(tcase, only_documented_words_are_options);
    tcase_add_test(tcase, doubtful_queries_are_told);
    tcase_add_test(tcase, messages_stay_short_whatever_is_asked);
    tcase_add_test(tcase, show_gives_the_article_back);
    tcase_add_test(tcase, delete_takes_articles_out);
    tcase_add_test(tcase, stats_add_up);
    tcase_add_test(tcase, check_knows_sound_from_damaged);
    tcase_add_test(tcase, stats_tell_bytes_by_section_and_field);
    tcase_add_test(tcase, recover_mends_what_was_damaged);
    tcase_add_test(tcase, backup_makes_another_index);
    tcase_add_test(tcase, writing_is_told_how);
    tcase_add_test(tcase, terms_are_sorted_and_counted);
    tcase_add_test(tcase, suggest_mends_and_completes);
    tcase_add_test(tcase, similar_finds_the_same_story);
    tcase_add_test(tcase, bad_lines_are_told_and_skipped);
    tcase_add_test(tcase, json_comes_back_as_it_went_in);
    tcase_add_test(tcase, bytes_that_are_not_utf8_are_replaced);
    tcase_add_test(tcase, keys_are_key_or_id_or_url_or_hash);
    tcase_add_test(tcase, a_date_that_is_none_keeps_the_article);
    tcase_add_test(tcase, folders_are_read_in_order);
    tcase_add_test(tcase, what_cannot_be_read_is_told);
    tcase_add_test(tcase, colour_is_for_terminals_or_on_request);
    tcase_add_test(tcase, articles_cannot_write_to_the_terminal);
    tcase_add_test(tcase, an_interrupt_commits_nothing);
    tcase_add_test(tcase, a_reader_that_leaves_is_no_error);
}

int main(void)
{
    return test_suite_run("tool", add_tests);
}
