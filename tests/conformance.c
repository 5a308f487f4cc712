#include "conformance.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/memory.h"
#include "native/native.h"
#ifdef LEDE_HAVE_XAPIAN
#include "lede/xapian.h"
#endif

static const subject subjects[] = {
    { "memory", lede_memory_engine, "memory", false, true, 0, 0, true },
    { "native", lede_native_engine, "", true, true, 0, 0, true },
#ifdef LEDE_HAVE_XAPIAN
    { "xapian", lede_xapian_engine, "xapian", true, false, 1e-5, 0.05, true },
#endif
};

const subject *the_subject;
seam s;

static char folder[] = "/tmp/lede-conformance-XXXXXX";
static char address[sizeof folder + 8];

static void remove_all(const char *path)
{
    DIR *in = opendir(path);
    struct dirent *entry;

    while (in && (entry = readdir(in))) {
        char inside[1024];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (remove(inside) != 0)
            remove_all(inside);
    }
    if (in)
        (void)closedir(in);
    (void)remove(path);
}

void subject_set_up(void)
{
    address[0] = '\0';
    if (the_subject->on_disk) {
        ck_assert_ptr_nonnull(mkdtemp(folder));
        (void)snprintf(address, sizeof address, "%s/index", folder);
    }
    seam_open(&s, the_subject->engine(), the_subject->scheme, address, NULL);
}

void subject_tear_down(void)
{
    seam_close(&s);
    if (the_subject->on_disk) {
        remove_all(folder);
        memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    }
}

static int by_key(const void *left, const void *right)
{
    const lede_engine_hit *a = left, *b = right;

    return lede_bytes_compare(a->key, b->key);
}

const char *sorted_keys(seam *in, const lede_engine_results *results)
{
    lede_engine_results sorted = *results;
    lede_engine_hit *hits =
        lede_arena_array(in->arena, results->count, sizeof *hits);

    ck_assert_ptr_nonnull(hits);
    if (results->count) {
        memcpy(hits, results->hits, results->count * sizeof *hits);
        qsort(hits, results->count, sizeof *hits, by_key);
    }
    sorted.hits = hits;
    return seam_keys(in, &sorted);
}

void expect_found(seam *in, const char *plan, const char *keys)
{
    lede_engine_search search = seam_request(in, plan);
    lede_engine_results results;
    const char *found;

    if (seam_search(in, &search, &results) == LEDE_ERR_UNSUPPORTED)
        return;
    found = sorted_keys(in, &results);
    ck_assert_msg(strcmp(found, keys) == 0, "%s found \"%s\", not \"%s\"", plan,
                  found, keys);
    ck_assert_msg(results.total == results.count && results.total_exact,
                  "%s: total %llu", plan, (unsigned long long)results.total);
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, subject_set_up, subject_tear_down);
    add_writing_tests(tcase);
    add_reading_tests(tcase);
    add_search_tests(tcase);
    add_order_tests(tcase);
    add_random_tests(tcase);
}

int main(int count, char **words)
{
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (count == 2 && strcmp(words[1], subjects[i].name) == 0) {
            the_subject = &subjects[i];
            return test_suite_run(words[1], add_tests);
        }
    (void)fprintf(stderr, "conformance: no such engine here\n");
    return EXIT_FAILURE;
}
