/*
 * A process that writes is killed at any time, again and again, while others
 * read. Every snapshot holds one whole commit, none older than the newest that
 * was acknowledged when it was opened, and goes on saying the same; the lock is
 * free at once; the next writer removes what was left.
 *
 * Each commit changes some articles, and the article `head`, which counts the
 * commits and holds a digest of all others.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lede/lede.h"
#include "native/index/manifest.h"
#include "support/chance.h"
#include "support/dir_copy.h"
#include "support/program.h"
#include "support/shared.h"
#include "support/suite.h"

#define KEYS    24U
#define READERS 4U
#define HELD    3U

typedef struct ledger {
    _Atomic uint64_t acknowledged; /* commits */
    _Atomic uint64_t tried;
    _Atomic uint64_t opened; /* writers */
    _Atomic uint64_t looks;
    _Atomic uint64_t held; /* looks at old snapshots */
    _Atomic uint64_t optimized;
    atomic_bool stop;
    atomic_bool failed;
    char message[256];
} ledger;

/* All articles of a commit. */
typedef struct state {
    uint64_t commits;
    uint64_t digest;
    uint32_t value[KEYS]; /* 0: none */
    uint32_t count;
} state;

static ledger *the;
static const char *path;

__attribute__((format(printf, 1, 2))) static void complain(const char *format,
                                                           ...)
{
    va_list arguments;

    if (atomic_exchange(&the->failed, true))
        return;
    va_start(arguments, format);
    (void)vsnprintf(the->message, sizeof the->message, format, arguments);
    va_end(arguments);
}

static void rest(uint32_t microseconds)
{
    const struct timespec time = { 0, (long)microseconds * 1000 };

    (void)nanosleep(&time, NULL);
}

/* ---- Commits ------------------------------------------------------------ */

static uint64_t digest_of(const state *s)
{
    uint64_t sum = s->commits;

    for (uint32_t k = 0; k < KEYS; k++)
        sum = (sum ^ s->value[k]) * 0x9E3779B97F4A7C15U + (sum >> 29);
    return sum >> 2;
}

static lede_schema *make_schema(void)
{
    lede_analyzer_options plain = LEDE_ANALYZER_OPTIONS;
    lede_schema *schema = NULL;

    plain.forms = LEDE_FORM_EXACT;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    (void)lede_schema_set_analyzer(schema, &plain);
    (void)lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    (void)lede_schema_add(schema, "n", LEDE_INT, NULL);
    (void)lede_schema_add(schema, "digest", LEDE_INT, NULL);
    return schema;
}

static bool put(lede_writer *writer, const char *key, uint64_t n,
                uint64_t digest)
{
    lede_document *doc = NULL;
    char body[64];
    lede_status status = lede_document_new(&doc, NULL);

    (void)snprintf(body, sizeof body, "all w%llu x%llu",
                   (unsigned long long)n % 7, (unsigned long long)n % 11);
    if (status != LEDE_OK)
        return false;
    (void)lede_document_add_text(doc, "body", body, LEDE_TERMINATED);
    (void)lede_document_add_int(doc, "n", (int64_t)n);
    if (digest)
        (void)lede_document_add_int(doc, "digest", (int64_t)digest);
    status = lede_writer_put(writer, key, LEDE_TERMINATED, doc, NULL);
    lede_document_free(doc);
    return status == LEDE_OK;
}

/* Returns why it cannot be read; what is wrong is complained of. */
static lede_status read_state(state *s, const lede_snapshot *snapshot)
{
    lede_documents *all = NULL;
    uint64_t digest = 0;
    lede_status status = lede_documents_open(&all, snapshot, NULL, 0, NULL);

    memset(s, 0, sizeof *s);
    while (status == LEDE_OK && lede_documents_next(all)) {
        uint64_t n =
            (uint64_t)lede_document_value(all->document, "n", 0)->number;
        unsigned k = 0;

        s->count++;
        if (strcmp(all->key, "head") == 0) {
            s->commits = n;
            digest = (uint64_t)lede_document_value(all->document, "digest", 0)
                         ->number;
        } else if (sscanf(all->key, "k%u", &k) == 1 && k < KEYS) {
            if (s->value[k])
                complain("%s is there twice", all->key);
            s->value[k] = (uint32_t)n;
        }
    }
    if (status == LEDE_OK)
        status = all->status;
    lede_documents_close(all);
    s->digest = s->count ? digest_of(s) : 0;
    if (status == LEDE_OK && s->digest != digest)
        complain("a mix: commit %llu with %u articles",
                 (unsigned long long)s->commits, s->count);
    return status;
}

/* ---- The writer --------------------------------------------------------- */

static bool change(lede_writer *writer, state *s, chance *c)
{
    uint32_t changes = 1 + chance_below(c, 6);

    for (uint32_t i = 0; i < changes; i++) {
        uint32_t k = chance_below(c, KEYS);
        char key[16];

        (void)snprintf(key, sizeof key, "k%u", k);
        s->value[k] = chance_one_in(c, 4) ? 0 : 1 + chance_below(c, 1000000);
        if (s->value[k] ? !put(writer, key, s->value[k], 0)
                        : lede_writer_delete(writer, key, LEDE_TERMINATED,
                                             NULL) != LEDE_OK)
            return false;
    }
    s->commits++;
    return put(writer, "head", s->commits, digest_of(s));
}

/* One commit, or none. */
static bool step(lede_writer *writer, state *s, chance *c)
{
    state before = *s;
    lede_status status;

    if (!change(writer, s, c))
        return false;
    if (chance_one_in(c, 8)) {
        *s = before;
        return lede_writer_rollback(writer, NULL) == LEDE_OK;
    }
    atomic_store(&the->tried, s->commits);
    if (chance_one_in(c, 10)) {
        status = lede_writer_optimize(writer, NULL, NULL);
        the->optimized++;
    } else {
        status = lede_writer_commit(writer, NULL, NULL);
    }
    if (status == LEDE_OK)
        atomic_store(&the->acknowledged, s->commits);
    return status == LEDE_OK;
}

static void expect_no_rubbish(void)
{
    lede_manifest *manifest = NULL;
    lede_dir *dir = NULL;
    dir_name_list *names;

    if (lede_dir_open_disk(&dir, path, LEDE_DIR_READ_ONLY, NULL, NULL) !=
            LEDE_OK ||
        lede_manifest_read(&manifest, dir, NULL, NULL) != LEDE_OK) {
        complain("a new writer finds no manifest");
        return;
    }
    names = dir_names(dir);
    for (uint32_t i = 0; lede_manifest_is_synced(manifest) && i < names->count;
         i++)
        if (strcmp(names->at[i], LEDE_MANIFEST_NAME) != 0 &&
            strcmp(names->at[i], LEDE_LOCK_NAME) != 0 &&
            !lede_manifest_names(manifest, names->at[i]))
            complain("a new writer left %s", names->at[i]);
    free(names);
    lede_manifest_release(manifest);
    lede_dir_close(dir);
}

static void write_until_killed(uint64_t seed)
{
    chance c = { seed };
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_snapshot *snapshot = NULL;
    lede_error err;
    lede_status status;
    state s;

    options.durability = (lede_durability)chance_below(&c, 3);
    options.threads = 1 + chance_below(&c, 2);
    status = lede_index_open(&index, path, NULL, &err);
    if (status == LEDE_OK)
        status = lede_writer_open(&writer, index, &options, &err);
    if (status != LEDE_OK) {
        complain("a writer cannot open: %s: %s", lede_status_name(status),
                 err.message);
        _exit(1);
    }
    if (options.durability == LEDE_DURABLE && options.threads == 1)
        expect_no_rubbish();
    status = lede_snapshot_open(&snapshot, index, &err);
    if (status == LEDE_OK)
        status = read_state(&s, snapshot);
    lede_snapshot_close(snapshot);
    if (status == LEDE_OK)
        atomic_store(&the->acknowledged, s.commits);
    the->opened++;
    while (status == LEDE_OK && step(writer, &s, &c))
        ;
    complain("a writer fails: %s", lede_status_name(status));
    _exit(1);
}

/* ---- Readers ------------------------------------------------------------ */

typedef struct held {
    lede_snapshot *snapshot;
    state seen;
} held;

static void look_again(held *h)
{
    state now;
    lede_status status = read_state(&now, h->snapshot);

    if (status != LEDE_OK)
        complain("an old snapshot gets %s", lede_status_name(status));
    else if (memcmp(&now, &h->seen, sizeof now) != 0)
        complain("an old snapshot changed: commit %llu was %llu",
                 (unsigned long long)now.commits,
                 (unsigned long long)h->seen.commits);
    the->held++;
}

static void count_hits(const lede_snapshot *snapshot, const state *s)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_status status;

    options.flags = LEDE_SEARCH_COUNT_ALL;
    options.load = LEDE_LOAD_NOTHING;
    status = lede_search_text(&results, snapshot, "all", LEDE_TERMINATED,
                              &options, NULL);
    if (status != LEDE_OK)
        complain("a search gets %s", lede_status_name(status));
    else if (results->total != s->count)
        complain("a search finds %llu of %u articles",
                 (unsigned long long)results->total, s->count);
    lede_results_free(results);
}

/* Opens a snapshot in place of one that is held. */
static void look_anew(held *h, lede_index *index)
{
    uint64_t least = atomic_load(&the->acknowledged);
    lede_error err;
    lede_status status;

    lede_snapshot_close(h->snapshot);
    h->snapshot = NULL;
    status = lede_snapshot_open(&h->snapshot, index, &err);
    if (status == LEDE_OK)
        status = read_state(&h->seen, h->snapshot);
    if (status != LEDE_OK) {
        complain("a snapshot gets %s: %s: %s", lede_status_name(status),
                 err.where, err.message);
        return;
    }
    if (h->seen.commits < least || h->seen.commits > atomic_load(&the->tried))
        complain("commit %llu is seen, %llu was acknowledged",
                 (unsigned long long)h->seen.commits,
                 (unsigned long long)least);
    count_hits(h->snapshot, &h->seen);
    the->looks++;
}

static void read_until_told(uint64_t seed)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_index *index = NULL;
    held snapshots[HELD] = { { .snapshot = NULL } };
    chance c = { seed };

    options.flags = LEDE_INDEX_READ_ONLY;
    while (!the->stop && !the->failed) {
        held *h = &snapshots[chance_below(&c, HELD)];

        if (chance_one_in(&c, 20)) {
            lede_index_close(index);
            index = NULL;
        }
        if (!index &&
            lede_index_open(&index, path, &options, NULL) != LEDE_OK) {
            complain("an index does not open to be read");
            break;
        }
        if (h->snapshot && chance_one_in(&c, 2))
            look_again(h);
        else
            look_anew(h, index);
        rest(200);
    }
    for (uint32_t i = 0; i < HELD; i++)
        lede_snapshot_close(snapshots[i].snapshot);
    lede_index_close(index);
}

/* ---- All together ------------------------------------------------------- */

static pid_t begin(void (*work)(uint64_t seed), uint64_t seed)
{
    pid_t child;

    fflush(stdout);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        work(seed);
        _exit(0);
    }
    return child;
}

static void set_up(void)
{
    lede_schema *schema = make_schema();
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    state s = { .commits = 0 };

    the = shared_new(sizeof *the);
    path = scratch("kill");
    ck_assert_int_eq(lede_index_create(&index, path, schema, NULL, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_open(&writer, index, NULL, NULL), LEDE_OK);
    ck_assert(put(writer, "head", 0, digest_of(&s)));
    ck_assert_int_eq(lede_writer_commit(writer, NULL, NULL), LEDE_OK);
    lede_writer_close(writer);
    lede_index_close(index);
    lede_schema_free(schema);
}

static void expect_nothing_lost(void)
{
    lede_index *index = NULL;
    held last = { .snapshot = NULL };

    if (lede_index_open(&index, path, NULL, NULL) != LEDE_OK)
        complain("after a kill the index does not open");
    else
        look_anew(&last, index);
    lede_snapshot_close(last.snapshot);
    lede_index_close(index);
}

/* Most are killed while they write, some while they open; on a machine on which
 * nothing comes of that, later. */
static void kill_one(chance *c)
{
    static uint32_t patience = 1;
    uint64_t opened = the->opened, acknowledged = the->acknowledged;
    pid_t writer = begin(write_until_killed, chance_next(c));
    int how;

    while (the->opened == opened && !the->failed &&
           !chance_one_in(c, 200 * patience))
        rest(100);
    rest(chance_below(c, 40000 * patience));
    if (the->acknowledged > acknowledged)
        patience = 1;
    else if (patience < 64)
        patience *= 2;
    ck_assert_int_eq(kill(writer, SIGKILL), 0);
    ck_assert_int_eq(waitpid(writer, &how, 0), writer);
    if (!the->failed && !WIFSIGNALED(how))
        complain("a writer ended by itself");
    expect_nothing_lost();
}

/* Whether something happened between the kills. */
static bool is_enough(uint32_t kills)
{
    return the->acknowledged > kills / 10 && the->looks > kills;
}

START_TEST(no_kill_is_seen)
{
    chance c = chance_from("kill", test_is_sanitized() ? chance_of_today() : 1);
    uint32_t kills = test_is_long() ? 50000 : test_is_sanitized() ? 30 : 300;
    pid_t readers[READERS];
    int how;

    set_up();
    for (uint32_t i = 0; i < READERS; i++)
        readers[i] = begin(read_until_told, chance_next(&c));
    for (uint32_t i = 0; !the->failed && (i < kills || !is_enough(kills)); i++)
        kill_one(&c);
    the->stop = true;
    for (uint32_t i = 0; i < READERS; i++) {
        ck_assert_int_eq(waitpid(readers[i], &how, 0), readers[i]);
        if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
            complain("a reader died");
    }
    printf("    %llu commits, %llu optimized, %llu looks, %llu at old "
           "snapshots\n",
           (unsigned long long)the->acknowledged,
           (unsigned long long)the->optimized, (unsigned long long)the->looks,
           (unsigned long long)the->held);
    ck_assert_msg(!the->failed, "%s", the->message);
    ck_assert(is_enough(kills));
    shared_free(the, sizeof *the);
    scratch_remove();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, no_kill_is_seen);
}

int main(void)
{
    return test_suite_run("kill", add_tests);
}
