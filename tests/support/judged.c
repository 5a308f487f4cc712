#include "support/judged.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct judgment {
    uint32_t query;   /* its place */
    uint32_t article; /* its place */
    double grade;
};

static void *grown(void *at, size_t count, size_t size)
{
    /* Doubles at powers of two. */
    if ((count & (count - 1)) == 0)
        at = realloc(at, (count ? count * 2 : 1) * size);
    if (!at)
        abort();
    return at;
}

static char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return strdup(text ? text : "");
}

static bool read_articles(judged *set, const char *folder)
{
    char command[1024], *line = NULL;
    size_t size = 0;
    FILE *in;

    (void)snprintf(command, sizeof command, "xzcat '%s/corpus.jsonl.xz'",
                   folder);
    in = popen(command, "r");
    if (!in)
        return false;
    while (getline(&line, &size, in) > 0) {
        json_t *object = json_loads(line, 0, NULL);

        if (!object)
            continue;
        set->articles =
            grown(set->articles, set->article_count, sizeof *set->articles);
        set->articles[set->article_count++] =
            (judged_article){ text_of(object, "id"), text_of(object, "title"),
                              text_of(object, "text") };
        json_decref(object);
    }
    free(line);
    return pclose(in) == 0 && set->article_count > 0;
}

static bool read_queries(judged *set, const char *folder)
{
    char path[1024], *line = NULL;
    size_t size = 0;
    FILE *in;

    (void)snprintf(path, sizeof path, "%s/queries.tsv", folder);
    in = fopen(path, "r");
    if (!in)
        return false;
    while (getline(&line, &size, in) > 0) {
        char *tab = strchr(line, '\t');

        if (!tab)
            continue;
        *tab = '\0';
        tab[1 + strcspn(tab + 1, "\n")] = '\0';
        set->queries =
            grown(set->queries, set->query_count, sizeof *set->queries);
        set->queries[set->query_count++] =
            (judged_query){ strdup(line), strdup(tab + 1) };
    }
    free(line);
    (void)fclose(in);
    return set->query_count > 0;
}

static size_t article_place(const judged *set, const char *id)
{
    size_t at = 0;

    while (at < set->article_count && strcmp(set->articles[at].id, id) != 0)
        at++;
    return at;
}

static size_t query_place(const judged *set, const char *id)
{
    size_t at = 0;

    while (at < set->query_count && strcmp(set->queries[at].id, id) != 0)
        at++;
    return at;
}

static bool read_judgments(judged *set, const char *folder, const char *name)
{
    char path[1024], query[64], article[256];
    double grade;
    FILE *in;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "r");
    if (!in)
        return false;
    while (fscanf(in, "%63s %*s %255s %lf", query, article, &grade) == 3) {
        size_t q = query_place(set, query), a = article_place(set, article);

        if (q == set->query_count || a == set->article_count || grade <= 0)
            continue;
        set->judgments =
            grown(set->judgments, set->judgment_count, sizeof *set->judgments);
        set->judgments[set->judgment_count++] =
            (struct judgment){ (uint32_t)q, (uint32_t)a, grade };
    }
    (void)fclose(in);
    return set->judgment_count > 0;
}

judged *judged_open(const char *name, const char *judgments)
{
    char folder[512];
    judged *set;

    (void)snprintf(folder, sizeof folder, "%s/data/%s", LEDE_SHARED_DIR, name);
    if (access(folder, R_OK) != 0)
        return NULL;
    set = calloc(1, sizeof *set);
    if (!set)
        abort();
    if (!read_articles(set, folder) || !read_queries(set, folder) ||
        !read_judgments(set, folder, judgments)) {
        judged_close(set);
        return NULL;
    }
    return set;
}

void judged_close(judged *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->article_count; i++) {
        free(set->articles[i].id);
        free(set->articles[i].title);
        free(set->articles[i].text);
    }
    for (size_t i = 0; i < set->query_count; i++) {
        free(set->queries[i].id);
        free(set->queries[i].text);
    }
    free(set->articles);
    free(set->queries);
    free(set->judgments);
    free(set);
}

static int by_falling_grade(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left < right) - (left > right);
}

/* The nDCG's ideal: the ten best grades in falling order. */
static double ideal_gain(double *grades, size_t count)
{
    double gain = 0;

    qsort(grades, count, sizeof *grades, by_falling_grade);
    for (size_t i = 0; i < count && i < 10; i++)
        gain += grades[i] / log2((double)i + 2);
    return gain;
}

/* Average precision and nDCG of one ranking; false if nothing is relevant. */
static bool measure_query(const judged *set, uint32_t query,
                          const uint32_t *places, size_t count, double *ap,
                          double *ndcg)
{
    double *grade_of = calloc(set->article_count, sizeof *grade_of);
    double *grades = calloc(set->judgment_count, sizeof *grades);
    double gain = 0, precision = 0;
    size_t relevant = 0, found = 0;

    if (!grade_of || !grades)
        abort();
    for (size_t i = 0; i < set->judgment_count; i++)
        if (set->judgments[i].query == query) {
            grade_of[set->judgments[i].article] = set->judgments[i].grade;
            grades[relevant++] = set->judgments[i].grade;
        }
    for (size_t i = 0; i < count; i++) {
        double grade = grade_of[places[i]];

        if (grade <= 0)
            continue;
        precision += (double)++found / (double)(i + 1);
        if (i < 10)
            gain += grade / log2((double)i + 2);
    }
    if (relevant) {
        *ap = precision / (double)relevant;
        *ndcg = gain / ideal_gain(grades, relevant);
    }
    free(grade_of);
    free(grades);
    return relevant > 0;
}

judged_score judged_measure(const judged *set, judged_rank *rank, void *ctx)
{
    uint32_t *places = calloc(JUDGED_DEPTH, sizeof *places);
    judged_score score = { 0 };

    if (!places)
        abort();
    for (size_t q = 0; q < set->query_count; q++) {
        size_t count = rank(ctx, &set->queries[q], places);
        double ap, ndcg;

        if (!measure_query(set, (uint32_t)q, places, count, &ap, &ndcg))
            continue;
        score.map += ap;
        score.ndcg10 += ndcg;
        score.queries++;
    }
    free(places);
    if (score.queries) {
        score.map /= (double)score.queries;
        score.ndcg10 /= (double)score.queries;
    }
    return score;
}
