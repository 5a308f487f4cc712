#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#define PASSES     5
#define STOP_AFTER 60.0 /* seconds */

struct driver_lines {
    FILE *file;
    char *line;
    size_t capacity;
    uint64_t count;
    uint64_t bytes;
};

/* The queries of a file, in one piece of memory. */
typedef struct query_list {
    driver_query *at;
    size_t count;
    char *text;
} query_list;

static double clock_of(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double peak_mib(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

const char *driver_option(const driver_options *options, const char *key,
                          const char *otherwise)
{
    size_t len = strlen(key);

    for (size_t i = 0; i < options->count; i++)
        if (strncmp(options->words[i], key, len) == 0 &&
            options->words[i][len] == '=')
            return options->words[i] + len + 1;
    return otherwise;
}

uint64_t driver_number(const driver_options *options, const char *key,
                       uint64_t otherwise)
{
    const char *value = driver_option(options, key, NULL);

    return value ? strtoull(value, NULL, 10) : otherwise;
}

/* ---- Documents and queries ---------------------------------------------- */

bool driver_next_line(driver_lines *lines, driver_word *line)
{
    ssize_t len = getline(&lines->line, &lines->capacity, lines->file);

    if (len < 0)
        return false;
    lines->count++;
    lines->bytes += (uint64_t)len;
    if (len > 0 && lines->line[len - 1] == '\n')
        lines->line[--len] = 0;
    *line = (driver_word){ lines->line, (size_t)len };
    return true;
}

static bool find_kind(driver_kind *kind, const char *name)
{
    static const char *const names[] = { "term", "and", "or", "phrase" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *kind = (driver_kind)i;
            return true;
        }
    }
    (void)fprintf(stderr, "%s: term, and, or, phrase are the kinds\n", name);
    return false;
}

/* Cuts a line into words. */
static bool read_query(driver_query *query, char *line, size_t len)
{
    query->text = (driver_word){ line, len };
    query->count = 0;
    for (char *at = line; *at;) {
        size_t word = strcspn(at, " ");

        if (word > 0 && query->count == DRIVER_WORDS)
            return false;
        if (word > 0)
            query->words[query->count++] = (driver_word){ at, word };
        at += word + (at[word] == ' ');
    }
    return query->count > 0;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    char *text = NULL;
    size_t size;

    if (!file || fstat(fileno(file), &status) != 0) {
        perror(path);
        if (file)
            (void)fclose(file);
        return NULL;
    }
    size = (size_t)status.st_size;
    text = malloc(size + 1);
    if (text && fread(text, 1, size, file) == size) {
        text[size] = 0;
    } else {
        free(text);
        text = NULL;
        perror(path);
    }
    (void)fclose(file);
    return text;
}

static bool read_queries(query_list *list, driver_kind kind, const char *path)
{
    size_t capacity = 0;

    *list = (query_list){ .text = read_file(path) };
    if (!list->text)
        return false;
    for (char *line = list->text; *line;) {
        size_t len = strcspn(line, "\n");
        char *next = line + len + (line[len] == '\n');

        line[len] = 0;
        if (list->count == capacity) {
            driver_query *more;

            capacity = capacity ? 2 * capacity : 1024;
            more = realloc(list->at, capacity * sizeof *list->at);
            if (!more)
                return false;
            list->at = more;
        }
        list->at[list->count].kind = kind;
        if (read_query(&list->at[list->count], line, len)) {
            list->count++;
        } else if (len > 0) {
            (void)fprintf(stderr, "%s: more than %d words: %s\n", path,
                          DRIVER_WORDS, line);
            return false;
        }
        line = next;
    }
    return true;
}

static void free_queries(query_list *list)
{
    free(list->at);
    free(list->text);
}

/* ---- The commands ------------------------------------------------------- */

static bool run_index(const driver_peer *peer, const char *dir,
                      const char *path, const driver_options *options)
{
    driver_lines docs = { .file = fopen(path, "rb") };
    double wall = clock_of(CLOCK_MONOTONIC);
    double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    bool good;

    if (!docs.file) {
        perror(path);
        return false;
    }
    good = peer->index(peer->state, dir, &docs, options);
    wall = clock_of(CLOCK_MONOTONIC) - wall;
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    (void)fclose(docs.file);
    free(docs.line);
    if (good)
        printf("{\"peer\":\"%s\",\"op\":\"index\",\"file\":\"%s\","
               "\"docs\":%llu,\"bytes\":%llu,\"wall_s\":%.3f,\"cpu_s\":%.3f,"
               "\"mb_s_cpu\":%.2f,\"peak_mib\":%.1f}\n",
               peer->name, path, (unsigned long long)docs.count,
               (unsigned long long)docs.bytes, wall, cpu,
               (double)docs.bytes / 1e6 / cpu, peak_mib());
    return good;
}

static int rising(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static void forget_times(double *least, size_t count)
{
    for (size_t i = 0; i < count; i++)
        least[i] = 1e300;
}

/* One pass over all queries; keeps the least time of each, in microseconds. */
static bool pass(const driver_peer *peer, const query_list *queries,
                 double *least)
{
    uint64_t best[DRIVER_TOP];

    for (size_t i = 0; i < queries->count; i++) {
        double begin = clock_of(CLOCK_THREAD_CPUTIME_ID), took;
        size_t count = 0;

        if (!peer->top(peer->state, &queries->at[i], best, &count))
            return false;
        took = (clock_of(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e6;
        if (took < least[i])
            least[i] = took;
    }
    return true;
}

static void tell_times(const driver_peer *peer, const char *kind,
                       const char *path, double *times, size_t count,
                       unsigned passes)
{
    double sum = 0;

    qsort(times, count, sizeof *times, rising);
    for (size_t i = 0; i < count; i++)
        sum += times[i];
    printf("{\"peer\":\"%s\",\"op\":\"query\",\"kind\":\"%s\",\"file\":\"%s\","
           "\"n\":%zu,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,"
           "\"max_us\":%.1f,\"mean_us\":%.1f,\"passes\":%u,\"peak_mib\":%.1f}"
           "\n",
           peer->name, kind, path, count, times[count / 2],
           times[count * 9 / 10], times[count * 99 / 100], times[count - 1],
           sum / (double)count, passes, peak_mib());
}

static bool run_query(const driver_peer *peer, const char *kind,
                      const char *path, const query_list *queries,
                      const driver_options *options)
{
    uint64_t passes = driver_number(options, "passes", PASSES);
    double *least = malloc((queries->count + 1) * sizeof *least);
    double begin;
    unsigned done = 0;
    bool good = least && queries->count > 0;

    if (good) {
        forget_times(least, queries->count);
        good = pass(peer, queries, least); /* warms up */
        forget_times(least, queries->count);
    }
    begin = clock_of(CLOCK_MONOTONIC);
    while (good && done < passes &&
           (done == 0 || clock_of(CLOCK_MONOTONIC) - begin < STOP_AFTER)) {
        good = pass(peer, queries, least);
        done++;
    }
    if (good)
        tell_times(peer, kind, path, least, queries->count, done);
    free(least);
    return good;
}

static bool run_count(const driver_peer *peer, const query_list *queries)
{
    for (size_t i = 0; i < queries->count; i++) {
        uint64_t total = 0;

        if (!peer->total(peer->state, &queries->at[i], &total))
            return false;
        printf("%llu\n", (unsigned long long)total);
    }
    return true;
}

static bool run_top(const driver_peer *peer, const query_list *queries)
{
    for (size_t i = 0; i < queries->count; i++) {
        uint64_t best[DRIVER_TOP];
        size_t count = 0;

        if (!peer->top(peer->state, &queries->at[i], best, &count))
            return false;
        for (size_t hit = 0; hit < count; hit++)
            printf("%s%llu", hit ? " " : "", (unsigned long long)best[hit]);
        printf("\n");
    }
    return true;
}

static bool run_opened(const driver_peer *peer, char **words,
                       const driver_options *options)
{
    const char *command = words[1], *kind_name = words[3], *path = words[4];
    query_list queries;
    driver_kind kind;
    bool good = false;

    if (!find_kind(&kind, kind_name))
        return false;
    if (read_queries(&queries, kind, path) &&
        peer->open(peer->state, words[2])) {
        if (strcmp(command, "query") == 0)
            good = run_query(peer, kind_name, path, &queries, options);
        else if (strcmp(command, "count") == 0)
            good = run_count(peer, &queries);
        else
            good = run_top(peer, &queries);
        peer->close(peer->state);
    }
    free_queries(&queries);
    return good;
}

int driver_main(const driver_peer *peer, int count, char **words)
{
    const char *command = count > 1 ? words[1] : "";
    driver_options options = { NULL, 0 };
    int first = strcmp(command, "index") == 0 ? 4 : 5;
    bool good;

    if (count < first ||
        (strcmp(command, "index") != 0 && strcmp(command, "query") != 0 &&
         strcmp(command, "count") != 0 && strcmp(command, "top") != 0)) {
        (void)fprintf(stderr,
                      "usage: %s index DIR DOCS.txt [key=value...]\n"
                      "       %s query|count|top DIR KIND QUERIES.txt "
                      "[passes=N]\n",
                      words[0], words[0]);
        return 2;
    }
    options.words = (const char *const *)words + first;
    options.count = (size_t)(count - first);
    good = first == 4 ? run_index(peer, words[2], words[3], &options)
                      : run_opened(peer, words, &options);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
