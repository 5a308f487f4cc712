/*
 * Small articles and queries that must find them, or must not: what readers
 * expect of words, spellings, scripts and operators.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "support/chance.h"
#include "support/shelf.h"
#include "support/suite.h"

#define PROBES_MAX 100

/* More strangers than this beside the article itself are explained. */
#define OTHERS_EXPLAINED 3

static void set_up(void)
{
    shelf_open(NULL);
}

static void tear_down(void)
{
    shelf_close();
}

static json_t *probes[PROBES_MAX];
static size_t probe_count;

static const char *member(size_t at, const char *name)
{
    const char *text = json_string_value(json_object_get(probes[at], name));

    return text ? text : "";
}

static bool read_probes(void)
{
    FILE *file = fopen(LEDE_SHARED_DIR "/data/probes.jsonl", "r");
    char line[4096];

    probe_count = 0;
    if (!file) {
        test_skip("data/probes.jsonl is not here");
        return false;
    }
    while (fgets(line, sizeof line, file)) {
        ck_assert_uint_lt(probe_count, PROBES_MAX);
        probes[probe_count] = json_loads(line, 0, NULL);
        ck_assert_ptr_nonnull(probes[probe_count]);
        probe_count++;
    }
    (void)fclose(file);
    return true;
}

static void free_probes(void)
{
    while (probe_count > 0)
        json_decref(probes[--probe_count]);
}

static void name_key(char key[16], size_t at)
{
    (void)snprintf(key, 16, "p%02d", (int)at);
}

static lede_results *ask(const char *text)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    options.limit = PROBES_MAX;
    options.flags = LEDE_SEARCH_EXPLAIN;
    return shelf_search(text, &options);
}

static bool is_hit(const lede_results *results, const char *key)
{
    for (size_t i = 0; i < results->count; i++)
        if (strcmp(lede_results_hit(results, i)->key, key) == 0)
            return true;
    return false;
}

/* The innermost lines that matched. */
static void print_reasons(const lede_hit *hit)
{
    const lede_explanation *line, *next;

    printf("        %s \"%s\"", hit->key,
           lede_document_text(hit->document, "body"));
    for (size_t i = 0; (line = lede_hit_explain(hit, i)); i++) {
        next = lede_hit_explain(hit, i + 1);
        if (line->matched && (!next || next->depth <= line->depth))
            printf(" | %.*s", (int)strcspn(line->text, ","), line->text);
    }
    printf("\n");
}

/* Whether the query of a probe finds its article; tells the others found. */
static bool probe_hits(size_t at, bool tell)
{
    lede_results *results = ask(member(at, "query"));
    size_t others = results->count;
    char key[16];
    bool hit;

    name_key(key, at);
    hit = is_hit(results, key);
    others -= hit;
    if (tell || !hit)
        printf("  %s  %-34s %d others\n", hit ? "found " : "MISSED",
               member(at, "name"), (int)others);
    for (size_t i = 0; tell && others > OTHERS_EXPLAINED && i < results->count;
         i++)
        if (strcmp(lede_results_hit(results, i)->key, key) != 0)
            print_reasons(lede_results_hit(results, i));
    lede_results_free(results);
    return hit;
}

/* The probes' numbers: as they come, backwards, at random. */
static void order_probes(size_t order[PROBES_MAX], int way)
{
    chance c = chance_from("probes", 1);

    for (size_t i = 0; i < probe_count; i++)
        order[i] = way == 1 ? probe_count - 1 - i : i;
    for (size_t i = probe_count; way == 2 && i > 1; i--) {
        size_t other = chance_below(&c, (uint32_t)i);
        size_t held = order[i - 1];

        order[i - 1] = order[other];
        order[other] = held;
    }
}

START_TEST(every_probe_finds_its_article_in_any_order)
{
    for (int way = 0; way < 3 && read_probes(); way++) {
        size_t order[PROBES_MAX], found = 0;

        order_probes(order, way);
        for (size_t i = 0; i < probe_count; i++) {
            char key[16];

            name_key(key, order[i]);
            shelf_put(key, "body", member(order[i], "text"), NULL);
        }
        shelf_commit();
        for (size_t i = 0; i < probe_count; i++)
            found += probe_hits(i, way == 0);
        printf("order %d: %d of %d\n", way, (int)found, (int)probe_count);
        ck_assert_uint_eq(found, probe_count);
        shelf_close();
        shelf_open(NULL);
        free_probes();
    }
}
END_TEST

typedef struct miss {
    const char *text;
    const char *query;
} miss;

static const miss misses[] = {
    /* other words that look alike */
    { "Iran signed the treaty", "iraq" },
    { "The Iraq talks failed", "iran" },
    { "An organ was heard", "organization" },
    { "The organization met", "organ" },
    { "They asked Ali Khan", "eli" },
    { "We met Eli there", "ali" },
    { "A new policy", "police" },
    { "The police came", "policy" },
    { "Some new ships", "news" },
    { "A generous gift", "general" },
    { "The arsenal was full", "arsenic" },
    { "It was a warm day", "war" },
    { "He went to the scar", "car" },
    { "A cat slept", "category" },
    { "They wander far", "wonder" },
    { "They flew to Austria today", "australia" },
    { "The train from Slovakia", "slovenia" },
    { "A bus to Zambia left", "zimbabwe" },
    { "Then Bush spoke", "bash" },
    { "A summary of the case", "summer" },
    { "The import duty", "important" },
    { "One parson left", "person" },
    { "All the best", "beast" },
    { "A desert road", "dessert" },

    /* scripts */
    { "वह कतब था", "किताब" },
    { "यह किताब है", "कतब" },
    { "मेरा दिन", "दान" },
    { "今天讨论了方案", "明天" },
    { "部长会议", "部署" },
    { "京都の知事", "東京" },
    { "ประเทศลาว", "ประเทศไทย" },
    { "أحمد قال", "محمد" },
    { "שלום לכולם", "שלמה" },
    { "Этот край велик", "краи" },
    { "мир наступил", "мера" },
    { "서울 시장", "부산" },

    /* numbers, signs, compounds */
    { "In 2019 it ended", "2020" },
    { "Some 15 people", "1500" },
    { "About 35 percent", "3.5" },
    { "The 11/9 fall", "9/11" },
    { "Covid cases in 19 towns", "covid-19" },
    { "Written in C code", "c++" },
    { "Written in C++ code", "c#" },
    { "At the T junction", "AT&T" },
    { "Joe wrote from example.com", "joe@example.com" },
    { "It happened to me too", "#metoo" },
    { "The art of the state", "state-of-the-art" },
    { "Al spoke to a muhandis", "almuhandis" },
    { "The wife of an ex", "exwife" },

    /* phrases and NEAR */
    { "maximum economic pressure", "\"maximum pressure\"" },
    { "pressure at its maximum", "\"maximum pressure\"" },
    { "no great war", "“no war”" },
    { "troops left on Monday for Basra", "NEAR/2(troops Basra)" },
    { "An election was held", "\"elections\"" },
    { "Then Soleimani spoke", "\"suleimani\"" },

    /* operators */
    { "A ferry in a storm", "ferry -storm" },
    { "War and peace", "war NOT peace" },
    { "A ferry alone", "ferry AND bridge" },
    { "A ferry alone", "+ferry +bridge" },
    { "A ferry alone", "+bridge ferry" },
    { "A ferry alone", "title:ferry" },
    { "A ferry alone", "author:ferry" },
    { "A fern grows", "ferr*" },
    { "A weird thing", "w?rd" },
    { "Then Solomon spoke", "soleimany~" },
    { "Some ferry", "date:2020" },
    { "The ferryman", "/ferr(y|ies)/" },
    { "A ferry alone", "(bridge OR tunnel) AND ferry" },
};

START_TEST(what_must_miss_does)
{
    size_t wrong = 0, count = sizeof misses / sizeof *misses;

    ck_assert_uint_ge(count, 60);
    for (size_t i = 0; i < count; i++) {
        char key[16];

        name_key(key, i);
        shelf_put(key, "body", misses[i].text, NULL);
    }
    shelf_commit();
    for (size_t i = 0; i < count; i++) {
        lede_results *results = ask(misses[i].query);
        char key[16];

        name_key(key, i);
        if (is_hit(results, key)) {
            wrong++;
            printf("  WRONG  %s finds \"%s\"\n", misses[i].query,
                   misses[i].text);
        }
        lede_results_free(results);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* The same alone, where the index lacks the words of the query. */
START_TEST(what_must_miss_does_in_an_index_of_its_own)
{
    size_t wrong = 0;

    for (size_t i = 0; i < sizeof misses / sizeof *misses; i++) {
        lede_results *results;

        shelf_close();
        shelf_open(NULL);
        shelf_put("k", "body", misses[i].text, NULL);
        shelf_commit();
        results = ask(misses[i].query);
        if (results->count > 0) {
            wrong++;
            printf("  WRONG  %s finds \"%s\"\n", misses[i].query,
                   misses[i].text);
        }
        lede_results_free(results);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(fields_and_values_keep_phrases_and_ranges_apart)
{
    shelf_put("k", "title", "maximum", "body", "pressure", "body", "maximum",
              "date", "2021-03-01", "section", "Worldwide", NULL);
    shelf_commit();
    ck_assert_str_eq(shelf_find("\"maximum pressure\""), "");
    ck_assert_str_eq(shelf_find("\"pressure maximum\""), "");
    ck_assert_str_eq(shelf_find("date:2020"), "");
    ck_assert_str_eq(shelf_find("date:2021-03-02..2021-04"), "");
    ck_assert_str_eq(shelf_find("section:world"), "");
    ck_assert_str_eq(shelf_find("pressure -date:2021"), "");
    ck_assert_str_eq(shelf_find("date:2021-03"), "k");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, every_probe_finds_its_article_in_any_order);
    tcase_add_test(tcase, what_must_miss_does);
    tcase_add_test(tcase, what_must_miss_does_in_an_index_of_its_own);
    tcase_add_test(tcase, fields_and_values_keep_phrases_and_ranges_apart);
}

int main(void)
{
    return test_suite_run("probes", add_tests);
}
