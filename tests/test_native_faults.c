/*
 * System calls that fail, each of a whole life of an index, in every way and
 * once or for good: the call that meets the fault says so and names file and
 * cause, the last commit is there whole, nothing leaks, what was open goes on
 * as if nothing had been, and the lock is free.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/battery.h"
#include "support/calls.h"
#include "support/chance.h"
#include "support/program.h"
#include "support/suite.h"

#define GENERATIONS 24U
#define COMMITS     8U /* small ones, so that segments are merged */

/* Articles in put order, by generation, where nothing failed. */
static lede_buffer truth[GENERATIONS];
static uint64_t last_generation;
static lede_schema *schema;

/* One life, up to the first call that fails. */
typedef struct life {
    const char *path;
    lede_durability durability;
    uint32_t flags; /* of the index */
    lede_index *index;
    lede_writer *writer;
    lede_snapshot *snapshot; /* of the second commit */
    uint64_t acknowledged;
    bool founded;                      /* the index is there */
    bool thorough;                     /* asks every question */
    const char *step;                  /* under way */
    void (*committed)(struct life *l); /* or NULL */
    lede_error err;
} life;

static void open_options(const life *l, lede_index_options *options)
{
    *options = (lede_index_options)LEDE_INDEX_OPTIONS;
    options->flags = l->flags;
}

static lede_status open_writer(life *l)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;

    l->step = "writer";
    options.threads = 1;
    options.durability = l->durability;
    return lede_writer_open(&l->writer, l->index, &options, &l->err);
}

static lede_status committed(life *l, lede_status status)
{
    if (status == LEDE_OK && l->committed)
        l->committed(l);
    return status;
}

static lede_status create(life *l)
{
    lede_index_options options;
    lede_status status;

    l->step = "create";
    open_options(l, &options);
    status = lede_index_create(&l->index, l->path, schema, &options, &l->err);
    l->founded = l->founded || status == LEDE_OK;
    return committed(l, status);
}

static lede_status commit(life *l)
{
    l->step = "commit";
    return committed(l,
                     lede_writer_commit(l->writer, &l->acknowledged, &l->err));
}

static lede_status put(life *l, uint32_t from, uint32_t count)
{
    lede_status status = LEDE_OK;

    l->step = "put";
    for (uint32_t n = from; n < from + count && status == LEDE_OK; n++)
        status = battery_put(l->writer, BATTERY_ALL, n, &l->err);
    return status == LEDE_OK ? commit(l) : status;
}

/* ---- The steps ---- */

static lede_status first_commits(life *l)
{
    lede_status status = put(l, 0, 6);

    return status == LEDE_OK ? put(l, 6, 6) : status;
}

static lede_status look(life *l)
{
    l->step = "snapshot";
    return lede_snapshot_open(&l->snapshot, l->index, &l->err);
}

static lede_status change(life *l)
{
    lede_status status;

    l->step = "delete";
    status = lede_writer_delete(l->writer, "k001", 4, &l->err);
    l->step = "note";
    if (status == LEDE_OK)
        status = lede_writer_set_note(l->writer, "feed", "12", 2, &l->err);
    return status == LEDE_OK ? put(l, 1007, 1) : status;
}

static lede_status merge(life *l)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < COMMITS && status == LEDE_OK; i++)
        status = put(l, 20 + i, 1);
    return status;
}

static lede_status optimize(life *l)
{
    lede_status status;

    l->step = "optimize";
    status = lede_writer_optimize(l->writer, NULL, &l->err);
    if (status != LEDE_OK)
        return status;
    l->step = "generation";
    status = lede_index_generation(l->index, &l->acknowledged, &l->err);
    return committed(l, status);
}

static void close_all(life *l)
{
    lede_snapshot_close(l->snapshot);
    lede_writer_close(l->writer);
    lede_index_close(l->index);
    l->snapshot = NULL;
    l->writer = NULL;
    l->index = NULL;
}

static lede_status reopen(life *l)
{
    lede_index_options options;
    lede_status status;

    close_all(l);
    l->step = "open";
    open_options(l, &options);
    status = lede_index_open(&l->index, l->path, &options, &l->err);
    return status == LEDE_OK ? look(l) : status;
}

/* One word, every key, counts of articles and segments. */
static bool is_short(const char *question)
{
    return strcmp(question, "ferry") == 0 || strcmp(question, "keys") == 0 ||
           strcmp(question, "stats") == 0;
}

/* Questions make no system calls: a fault strikes none of them, and those
 * before a fault need no answer. */
static lede_status ask(life *l)
{
    uint64_t before = calls_faults.calls;
    lede_status status = LEDE_OK;
    lede_buffer answer;

    if (calls_faults.fail_at && calls_faults.failures == 0)
        return LEDE_OK;
    lede_buffer_init(&answer, NULL);
    for (uint32_t q = 0; q < battery_count() && status == LEDE_OK; q++) {
        if (!l->thorough && !is_short(battery_question(q)))
            continue;
        l->step = battery_question(q);
        status = battery_ask(&answer, l->snapshot, q, &l->err);
    }
    lede_buffer_fini(&answer);
    ck_assert_uint_eq(calls_faults.calls, before);
    return status;
}

static lede_status check(life *l)
{
    l->step = "check";
    return lede_check(l->path, NULL, NULL, &l->err);
}

/* Not a call that counts. */
static void must_unlink(const char *path)
{
    call_faults kept = calls_faults;

    calls_faults.fail_at = 0;
    ck_assert_int_eq(unlink(path), 0);
    calls_faults = kept;
}

static const char *copy_of(const life *l, char room[512], const char *file)
{
    (void)snprintf(room, 512, "%s-copy%s", l->path, file);
    return room;
}

/* Twice: the second finds the first. */
static lede_status back_up(life *l)
{
    char path[512];
    lede_status status = LEDE_OK;

    l->step = "backup";
    for (int i = 0; i < 2 && status == LEDE_OK; i++)
        status = lede_snapshot_backup(l->snapshot, copy_of(l, path, ""), NULL,
                                      &l->err);
    return status;
}

/* The copy, without its manifest. */
static lede_status recover(life *l)
{
    char path[512];

    if (strcmp(l->step, "recover") != 0)
        must_unlink(copy_of(l, path, "/MANIFEST"));
    l->step = "recover";
    return lede_recover(copy_of(l, path, ""), NULL, NULL, &l->err);
}

typedef lede_status (*step)(life *l);

static const step steps[] = { create, open_writer, first_commits, look,   ask,
                              change, merge,       optimize,      reopen, ask,
                              check,  back_up,     recover };

static lede_status live(life *l)
{
    lede_status status = LEDE_OK;

    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == LEDE_OK;
         i++)
        status = steps[i](l);
    return status;
}

/* ---- The truth ---- */

static uint64_t read_articles(lede_buffer *out, lede_index *index)
{
    lede_snapshot *snapshot = NULL;
    uint64_t generation;
    lede_error err;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, index, &err), LEDE_OK);
    generation = lede_snapshot_generation(snapshot);
    ck_assert_msg(battery_articles(out, snapshot, &err) == LEDE_OK, "%s (%s)",
                  err.message, err.where);
    lede_snapshot_close(snapshot);
    return generation;
}

static void remember(life *l)
{
    lede_buffer text;
    uint64_t generation;

    lede_buffer_init(&text, NULL);
    generation = read_articles(&text, l->index);
    ck_assert_uint_lt(generation, GENERATIONS);
    lede_buffer_fini(&truth[generation]);
    truth[generation] = text;
    last_generation = generation;
}

static const char *fresh_path(void)
{
    scratch_remove();
    return scratch("life");
}

static void learn(void)
{
    life l = { .path = fresh_path(), .thorough = true, .committed = remember };

    for (uint32_t g = 0; g < GENERATIONS; g++)
        lede_buffer_init(&truth[g], NULL);
    schema = battery_schema(LEDE_FORM_EXACT | LEDE_FORM_FOLD);
    calls_faults = (call_faults)CALL_FAULTS;
    ck_assert_int_eq(live(&l), LEDE_OK);
    ck_assert_uint_ge(last_generation, 3 + COMMITS);
    close_all(&l);
}

/* Calls of some kinds in a life without faults. */
static uint64_t calls_of(uint32_t kinds, uint32_t flags)
{
    life l = { .path = fresh_path(), .flags = flags, .thorough = true };
    uint64_t calls;

    calls_faults = (call_faults)CALL_FAULTS;
    calls_faults.kinds = kinds;
    ck_assert_int_eq(live(&l), LEDE_OK);
    calls = calls_faults.calls;
    close_all(&l);
    return calls;
}

static void unlearn(void)
{
    calls_faults = (call_faults)CALL_FAULTS;
    for (uint32_t g = 0; g < GENERATIONS; g++)
        lede_buffer_fini(&truth[g]);
    lede_schema_free(schema);
    scratch_remove();
}

/* ---- After a fault ---- */

static char now[256]; /* the fault, for messages */

static void must(const life *l, bool well, const char *what)
{
    if (!well)
        ck_abort_msg("%s, by %s, during %s: %s; the error: %s (%s)", now,
                     call_name(calls_faults.failed), l->step, what,
                     l->err.message, l->err.where);
}

/* What a device does not give is damage to a recovery, and of one segment
 * nothing is left then. */
static bool is_unreadable(const life *l)
{
    return strcmp(l->step, "recover") == 0 &&
           (calls_faults.error == EIO || calls_faults.failed & CALL_ADVISE);
}

static void expect_told(const life *l, lede_status status)
{
    bool system = status == LEDE_ERR_IO || status == LEDE_ERR_FULL ||
                  status == LEDE_ERR_UNKNOWN_COMMIT;
    int error = calls_faults.failed & CALL_ADVISE ? 0 : calls_faults.error;

    must(l,
         system || status == LEDE_ERR_NOMEM || status == LEDE_ERR_BUSY ||
             (status == LEDE_ERR_CORRUPT && is_unreadable(l)),
         lede_status_name(status));
    must(l, l->err.status == status, "another status");
    must(l, l->err.message[0] != '\0', "no message");
    must(l, !system || l->err.where[0] != '\0', "no file is named");
    must(l, !system || error == 0 || l->err.system == error,
         "no cause is named");
}

/* Statuses that leave the writer no way but to be closed. */
static bool may_be_poisoned(lede_status status)
{
    return status == LEDE_ERR_UNKNOWN_COMMIT || calls_faults.failed & CALL_SYNC;
}

static void mend_writer(life *l, lede_status status, bool failed)
{
    lede_status rolled;

    if (failed) {
        lede_status again = lede_writer_commit(l->writer, NULL, NULL);

        must(l, again == status, "the writer forgot its failure");
        (void)lede_writer_rollback(l->writer, NULL);
    }
    calls_faults.fail_at = 0;
    rolled = lede_writer_rollback(l->writer, &l->err);
    if (rolled == LEDE_OK) {
        must(l, status != LEDE_ERR_UNKNOWN_COMMIT, "a clean slate");
        return;
    }
    must(l, may_be_poisoned(status), "the rollback failed");
    lede_writer_close(l->writer);
    l->writer = NULL;
    must(l, open_writer(l) == LEDE_OK, "no second writer");
}

/* What failed beside the index can be done again, and is right then. */
static void mend_copy(life *l)
{
    char path[512];
    lede_buffer text;
    lede_index *copy = NULL;
    bool recovers = strcmp(l->step, "recover") == 0;

    if (!recovers && strcmp(l->step, "backup") != 0)
        return;
    must(l, (recovers ? recover(l) : back_up(l)) == LEDE_OK, "not again");
    must(l,
         lede_check(copy_of(l, path, ""), NULL, NULL, &l->err) == LEDE_OK &&
             lede_index_open(&copy, path, NULL, &l->err) == LEDE_OK,
         "a damaged copy");
    lede_buffer_init(&text, NULL);
    (void)read_articles(&text, copy);
    must(l,
         lede_bytes_equal(lede_buffer_bytes(&text),
                          lede_buffer_bytes(&truth[last_generation])),
         "another copy");
    lede_buffer_fini(&text);
    lede_index_close(copy);
}

/* Goes on from the failure as a program would, to one more commit. */
static void mend(life *l, lede_status status)
{
    bool writing =
        l->writer &&
        (strcmp(l->step, "put") == 0 || strcmp(l->step, "commit") == 0 ||
         strcmp(l->step, "delete") == 0 || strcmp(l->step, "note") == 0 ||
         strcmp(l->step, "optimize") == 0);

    if (l->writer)
        mend_writer(l, status, writing && status != LEDE_OK);
    calls_faults.fail_at = 0;
    mend_copy(l);
    if (!l->index)
        must(l, create(l) == LEDE_OK, "it does not open again");
    if (!l->writer)
        must(l, open_writer(l) == LEDE_OK, "no writer");
    if (l->snapshot) {
        lede_buffer text;
        uint64_t generation = lede_snapshot_generation(l->snapshot);

        lede_buffer_init(&text, NULL);
        must(l, battery_articles(&text, l->snapshot, &l->err) == LEDE_OK,
             "a snapshot does not answer");
        must(l,
             lede_bytes_equal(lede_buffer_bytes(&text),
                              lede_buffer_bytes(&truth[generation])),
             "a snapshot changed");
        lede_buffer_fini(&text);
    }
    must(l, battery_put(l->writer, BATTERY_ALL, 999, &l->err) == LEDE_OK,
         "no put any more");
    l->step = "last commit";
    must(l, lede_writer_commit(l->writer, &l->acknowledged, &l->err) == LEDE_OK,
         "no commit any more");
}

static bool starts_with(const lede_buffer *text, const lede_buffer *begin)
{
    return text->len >= begin->len &&
           (begin->len == 0 || memcmp(text->at, begin->at, begin->len) == 0);
}

/* What was acknowledged, or the commit under way; then the article that
 * mend() put. */
static void expect_articles(life *l, uint64_t acknowledged)
{
    lede_buffer text;
    bool found = false;

    lede_buffer_init(&text, NULL);
    must(l, read_articles(&text, l->index) == l->acknowledged,
         "another generation");
    for (uint64_t g = acknowledged; g <= acknowledged + 1; g++) {
        const uint8_t *rest = text.at + truth[g].len;

        if (g <= last_generation && starts_with(&text, &truth[g]))
            found = found || (text.len > truth[g].len + 5 &&
                              memcmp(rest, "k999 ", 5) == 0 &&
                              text.at[text.len - 1] == '\n' &&
                              !memchr(rest, '\n', text.len - truth[g].len - 1));
    }
    must(l, found, "other articles");
    lede_buffer_fini(&text);
}

static void expect_no_rubbish(life *l)
{
    lede_stats *stats = NULL;
    uint32_t segments = 0, temporary = 0;
    DIR *dir = opendir(l->path);
    const struct dirent *entry;

    must(l, lede_stats_new(&stats, l->snapshot, &l->err) == LEDE_OK, "stats");
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        segments += strstr(entry->d_name, ".segment") != NULL;
        temporary += strstr(entry->d_name, ".tmp") != NULL;
    }
    (void)closedir(dir);
    must(l, temporary == 0 && segments == stats->segments, "rubbish is left");
    lede_stats_free(stats);
}

/* Looks at the index as another process would. */
static void expect_whole(life *l, uint64_t acknowledged)
{
    close_all(l);
    must(l, reopen(l) == LEDE_OK, "it does not open");
    must(l, ask(l) == LEDE_OK, "it does not answer");
    must(l, check(l) == LEDE_OK, "it is damaged");
    must(l, open_writer(l) == LEDE_OK, "the lock is held");
    expect_articles(l, acknowledged);
    expect_no_rubbish(l);
    close_all(l);
}

/* ---- Faults ---- */

/* Calls that make something in a folder, or take it away. */
#define CALL_NAMES \
    ((uint32_t)(CALL_OPEN | CALL_RENAME | CALL_UNLINK | CALL_MKDIR))

typedef struct way {
    const char *name;
    int error;
    bool once_only;
    bool partial;
    uint32_t kinds; /* that a system fails so */
} way;

static const way ways[] = {
    { "EIO", EIO, false, false, CALL_ANY },
    { "ENOSPC", ENOSPC, false, false,
      CALL_NAMES | CALL_WRITE | CALL_SYNC | CALL_CLOSE },
    { "EDQUOT", EDQUOT, false, false,
      CALL_NAMES | CALL_WRITE | CALL_SYNC | CALL_CLOSE },
    { "EMFILE", EMFILE, false, false, CALL_OPEN },
    { "ENOMEM", ENOMEM, false, false,
      CALL_NAMES | CALL_STAT | CALL_MAP | CALL_ADVISE | CALL_LIST },
    { "EROFS", EROFS, false, false, CALL_NAMES | CALL_WRITE | CALL_SYNC },
    { "EACCES", EACCES, false, false,
      CALL_NAMES | CALL_STAT | CALL_MAP | CALL_LOCK },
    { "EINTR", EINTR, true, false,
      CALL_OPEN | CALL_READ | CALL_WRITE | CALL_SYNC | CALL_CLOSE | CALL_LOCK |
          CALL_RANDOM },
    { "half", 0, false, true, CALL_READ | CALL_WRITE },
};

#define WAYS ((int)(sizeof ways / sizeof *ways))

/* Those that count and fail; --long asks no system what it can. */
static uint32_t kinds_of(const way *w)
{
    return test_is_long() ? CALL_ANY : w->kinds;
}

/* Faults that a life does not notice. */
static bool must_go_well(const way *w)
{
    return w->partial ||
           (w->error == EINTR &&
            !(calls_faults.failed &
              ~(uint32_t)(CALL_OPEN | CALL_READ | CALL_WRITE | CALL_CLOSE)));
}

/* Returns whether anything failed. */
static bool live_with(const way *w, uint64_t at, bool sticky, uint32_t flags)
{
    life l = { .path = fresh_path(),
               .flags = flags,
               .thorough = test_is_long() || (w->error == EIO && flags == 0) };
    uint32_t descriptors = calls_descriptors();
    uint64_t acknowledged;
    lede_status status;
    bool struck;

    (void)snprintf(now, sizeof now, "%s%s at call %llu", w->name,
                   sticky ? " for good" : "", (unsigned long long)at);
    calls_faults = (call_faults)CALL_FAULTS;
    calls_faults.kinds = kinds_of(w);
    calls_faults.error = w->error;
    calls_faults.partial = w->partial;
    calls_faults.fail_at = at;
    calls_faults.sticky = sticky;
    status = live(&l);
    struck = calls_faults.failures > 0;
    must(&l, struck || status == LEDE_OK, "a failure without a fault");
    if (struck && must_go_well(w))
        must(&l, status == LEDE_OK, "it is no failure");
    if (status != LEDE_OK)
        expect_told(&l, status);
    acknowledged = l.acknowledged;
    mend(&l, status);
    expect_whole(&l, acknowledged);
    must(&l, calls_descriptors() == descriptors, "descriptors are left");
    return struck;
}

/* Every call of the kinds that can fail so, once and then for good; sanitizers
 * look at a tenth, at another one each day. The calls skipped are told. */
static void fail_everywhere(const way *w, const char *name, uint32_t flags,
                            int turns)
{
    uint64_t stride = test_is_sanitized() && !test_is_long() ? 10 : 1;
    chance c = chance_from(name, chance_of_today());
    uint64_t first = 1 + chance_below(&c, (uint32_t)stride), lives = 0;
    uint64_t all, able;

    scratch_in_memory();
    learn();
    all = calls_of(CALL_ANY, flags);
    able = calls_of(kinds_of(w), flags);
    for (int sticky = 0; sticky < turns; sticky++)
        for (uint64_t at = first; live_with(w, at, sticky, flags); at += stride)
            lives++;
    printf("    %-12s %4llu faults; of %llu calls %llu skipped: of kinds that "
           "never fail so\n",
           name, (unsigned long long)lives, (unsigned long long)all,
           (unsigned long long)(all - able));
    fflush(stdout);
    ck_assert_uint_gt(all, 400);
    ck_assert_uint_ge(lives, (able - first) / stride * (uint64_t)turns);
    unlearn();
}

START_TEST(a_call_that_fails_costs_only_itself)
{
    const way *w = &ways[_i];

    fail_everywhere(w, w->name, 0, w->once_only ? 1 : 2);
}
END_TEST

/* An index that is read instead of mapped. */
START_TEST(a_copy_that_fails_costs_only_itself)
{
    const way *w = &ways[_i];
    char name[32];

    if (!(w->kinds & CALL_READ))
        return;
    (void)snprintf(name, sizeof name, "%s, copied", w->name);
    fail_everywhere(w, name, LEDE_INDEX_COPIED, 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, scratch_remove);
    tcase_add_loop_test(tcase, a_call_that_fails_costs_only_itself, 0, WAYS);
    tcase_add_loop_test(tcase, a_copy_that_fails_costs_only_itself, 0, WAYS);
}

int main(void)
{
    return test_suite_run("native_faults", add_tests);
}
