/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to Xapian databases when things go wrong around them: full
 * disks, killed writers, servers that die between two commits, damage. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/chance.h"
#include "support/program.h"
#include "support/seam.h"
#include "support/server.h"
#include "support/suite.h"

#ifdef LEDE_HAVE_XAPIAN
#include "lede/xapian.h"
#include "xapian/state.h"

#define SHARDS      3
#define ARTICLES    30
#define ITEMS(list) (sizeof(list) / sizeof *(list))

static const char *database;

static void set_up(void)
{
    database = scratch("db");
}

static void tear_down(void)
{
    scratch_remove();
}

static void open_seam(seam *s, const char *address)
{
    seam_open(s, lede_xapian_engine(), "xapian", address, NULL);
}

static lede_status finish(seam *s, lede_finish_kind kind)
{
    lede_engine_finish finish = { .kind = kind };

    return s->engine->finish(s->writer, &finish, NULL, &s->err);
}

/* An article of a key, with nothing but a number. */
static lede_status try_put(seam *s, const char *key, int n)
{
    lede_engine_change change = { .key = lede_bytes_of_text(key),
                                  .sequence = ++s->sequence,
                                  .schema = s->schema };
    char article[32];
    lede_document *doc;
    lede_status status;

    (void)snprintf(article, sizeof article, "n=%d", n);
    doc = seam_document(s->schema, article);
    change.document = doc;
    word_tokens_init(&s->tokens, 1);
    change.tokens = &s->tokens.source;
    status = s->engine->apply(s->writer, 0, &change, &s->err);
    lede_document_free(doc);
    return status;
}

/* ---- A full disk -------------------------------------------------------- */

/* Commits while no file may become larger than this; Check's own neither. */
static lede_status commit_within(seam *s, rlim_t bytes)
{
    struct rlimit before, limit;
    lede_status status;

    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = bytes;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    status = finish(s, LEDE_FINISH_COMMIT);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    return status;
}

/* Articles of a key prefix with words enough for many blocks. */
static void put_many(seam *s, const char *prefix, int count)
{
    chance c = chance_from("words", 1);

    for (int i = 0; i < count; i++) {
        char key[32], article[4096] = "body=";
        size_t len = strlen(article);

        for (int w = 0; w < 200; w++)
            len += (size_t)snprintf(article + len, sizeof article - len, "w%u ",
                                    chance_below(&c, 1000000));
        (void)snprintf(key, sizeof key, "%s%d", prefix, i);
        seam_put(s, key, article);
    }
}

START_TEST(a_full_disk_leaves_the_last_commit_and_a_writer_to_go_on_with)
{
    seam s;

    open_seam(&s, database);
    seam_put(&s, "first", "body=ferry");
    seam_commit(&s);
    for (rlim_t bytes = 8192; bytes <= 131072; bytes *= 2) {
        put_many(&s, "k", 60);
        seam_expect(&s, commit_within(&s, bytes), LEDE_ERR_FULL);
        seam_look(&s);
        ck_assert_str_eq(seam_find(&s, "all"), "first");
        seam_expect(&s, finish(&s, LEDE_FINISH_ROLLBACK), LEDE_OK);
    }
    seam_put(&s, "second", "body=ferry");
    seam_commit(&s);
    ck_assert_str_eq(seam_find(&s, "body.ferry"), "second first");
    ck_assert_str_eq(seam_find(&s, "all"), "second first");
    seam_expect(&s, s.engine->check(&s.settings, false, NULL, &s.err), LEDE_OK);
    seam_close(&s);
}
END_TEST

/* ---- No rights ---------------------------------------------------------- */

START_TEST(a_database_without_right_to_write_can_be_read)
{
    lede_engine_writer_settings settings;
    lede_engine_index *index = NULL;
    char inside[512];
    lede_status status;
    seam s;

    open_seam(&s, database);
    seam_put(&s, "a", "body=ferry");
    seam_commit(&s);
    seam_close(&s);
    (void)snprintf(inside, sizeof inside,
                   "chmod 755 '%s'/..; chmod -R a-w,a+rX"
                   " '%s'",
                   database, database);
    ck_assert_int_eq(system(inside), 0);
    /* Root has all rights. */
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    open_seam(&s, database);
    ck_assert_str_eq(seam_find(&s, "body.ferry"), "a");
    settings = seam_writer_settings(&s);
    status = s.engine->writer(&s.writer, s.index, &settings, &s.err);
    seam_expect(&s, status, LEDE_ERR_IO);
    ck_assert_ptr_nonnull(strstr(s.err.message, "lock"));
    (void)snprintf(inside, sizeof inside, "%s/inside", database);
    s.settings.address = inside;
    status = s.engine->open(&index, &s.settings, &s.err);
    seam_expect(&s, status, LEDE_ERR_IO);
    seam_close(&s);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    /* The leak checker cannot look into a process that has changed its user. */
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
    (void)snprintf(inside, sizeof inside, "chmod -R u+w '%s'", database);
    ck_assert_int_eq(system(inside), 0);
}
END_TEST

/* ---- Damage ------------------------------------------------------------- */

/* Finds all articles, and loads each. */
static lede_status read_all(lede_engine_snapshot *snapshot, lede_error *err)
{
    const lede_engine *engine = lede_xapian_engine();
    lede_engine_results results;
    lede_plan all = { .kind = LEDE_PLAN_EVERYTHING };
    lede_engine_search search = { .plan = &all,
                                  .rule = { 1.2, 0.75, 1 },
                                  .recency = { .field = LEDE_NO_FIELD },
                                  .want = 100,
                                  .collapse = LEDE_NO_FIELD,
                                  .collapse_limit = 1,
                                  .count_all = true };
    lede_arena *arena = lede_arena_new(NULL);
    lede_status status =
        engine->search(&results, snapshot, &search, arena, err);

    for (uint32_t i = 0; status == LEDE_OK && i < results.count; i++) {
        lede_engine_load load = { .docs = &results.hits[i].doc, .count = 1 };
        lede_document *document;

        status = engine->load(&document, NULL, snapshot, &load, err);
        if (status == LEDE_OK)
            lede_document_free(document);
    }
    lede_arena_free(arena);
    return status;
}

/* Puts an article and commits it. */
static lede_status write_one(lede_engine_index *index, lede_error *err)
{
    const lede_engine *engine = lede_xapian_engine();
    lede_engine_writer_settings writing = { .lanes = 1 };
    seam s = { .engine = engine, .schema = seam_schema(), .sequence = 1000 };
    lede_status status = engine->writer(&s.writer, index, &writing, err);

    if (status == LEDE_OK) {
        status = try_put(&s, "k5", 5);
        if (status == LEDE_OK)
            status = finish(&s, LEDE_FINISH_COMMIT);
        *err = s.err;
    }
    engine->writer_close(s.writer);
    lede_schema_free(s.schema);
    return status;
}

/* All that a reader does and then a writer, until something fails. */
static lede_status read_and_write(lede_error *err)
{
    const lede_engine *engine = lede_xapian_engine();
    lede_engine_settings settings = { .scheme = "xapian", .address = database };
    lede_engine_index *index = NULL;
    lede_engine_snapshot *snapshot = NULL;
    lede_status status = engine->open(&index, &settings, err);

    if (status == LEDE_OK)
        status = engine->snapshot(&snapshot, index, err);
    if (status == LEDE_OK)
        status = read_all(snapshot, err);
    if (status == LEDE_OK)
        status = write_one(index, err);
    engine->snapshot_close(snapshot);
    engine->close(index);
    return status;
}

static void run(const char *command)
{
    ck_assert_msg(system(command) == 0, "%s", command);
}

/* Of libxapian's glass. */
#define BLOCK 8192

typedef enum damage {
    REMOVED,
    EMPTIED,
    CUT_IN_A_BLOCK,
    CUT_TO_A_BLOCK,
    ZEROED,
    WRITTEN_OVER,
    MADE_NEWER, /* every block says that a later commit wrote it */
    DAMAGES
} damage;

/* A file's first blocks, as many of them as there are. */
static void write_over(const char *path, damage how)
{
    unsigned char block[BLOCK];
    int file = open(path, O_RDWR | O_CLOEXEC);

    ck_assert_int_ge(file, 0);
    for (off_t at = 0; at < (off_t)50 * BLOCK; at += BLOCK) {
        ssize_t len = pread(file, block, sizeof block, at);

        ck_assert_int_ge(len, 0);
        if (how == MADE_NEWER && len == 0)
            break;
        if (how == MADE_NEWER)
            memset(block, 0x7F, 4);
        for (size_t i = 0; how != MADE_NEWER && i < sizeof block; i++)
            block[i] = how == ZEROED ? 0 : (unsigned char)"y\n"[i % 2];
        len = how == MADE_NEWER ? len : BLOCK;
        ck_assert_int_eq(pwrite(file, block, (size_t)len, at), len);
    }
    ck_assert_int_eq(close(file), 0);
}

static void do_damage(const char *path, damage how)
{
    switch (how) {
    case REMOVED:
        ck_assert_int_eq(remove(path), 0);
        break;
    case EMPTIED:
        ck_assert_int_eq(truncate(path, 0), 0);
        break;
    case CUT_IN_A_BLOCK:
        ck_assert_int_eq(truncate(path, 100), 0);
        break;
    case CUT_TO_A_BLOCK:
        ck_assert_int_eq(truncate(path, BLOCK), 0);
        break;
    default:
        write_over(path, how);
    }
}

START_TEST(damage_is_told_of)
{
    static const char *const tables[] = { "iamglass", "postlist.glass",
                                          "docdata.glass", "termlist.glass" };
    char command[512], path[512];
    seam s;

    open_seam(&s, database);
    put_many(&s, "k", 40);
    seam_commit(&s);
    seam_close(&s);
    (void)snprintf(command, sizeof command, "cp -r '%s' '%s.whole'", database,
                   database);
    run(command);
    for (size_t i = 0; i < ITEMS(tables) * DAMAGES; i++) {
        damage how = (damage)(i % DAMAGES);
        const char *table = tables[i / DAMAGES];
        lede_error err = { .message = "" };
        lede_status status;

        (void)snprintf(command, sizeof command,
                       "rm -r '%s'; cp -r '%s.whole' '%s'", database, database,
                       database);
        run(command);
        (void)snprintf(path, sizeof path, "%s/%s", database, table);
        do_damage(path, how);
        status = read_and_write(&err);
        /* Without the file that says what it is, it is no database. */
        ck_assert_msg(status == LEDE_ERR_CORRUPT || status == LEDE_ERR_IO ||
                          (status == LEDE_ERR_NOT_FOUND && i == 0),
                      "%s, damage %d: %s", table, how,
                      lede_status_name(status));
        ck_assert_str_ne(err.message, "");
        ck_assert_str_eq(err.where, database);
    }
}
END_TEST

/* ---- Commits faster than a reader --------------------------------------- */

#define COMMITS ((uint64_t)12)

static seam *overtaking; /* commits twice while others read; NULL: nobody */
static uint64_t overtaken;

/* NOLINTBEGIN: the linker's names, of what is read first after opening */
lede_status __real_lede_xapian_state_read(lede_xapian_state *state,
                                          const xapian_database *db,
                                          const char *where, lede_error *err);
lede_status __wrap_lede_xapian_state_read(lede_xapian_state *state,
                                          const xapian_database *db,
                                          const char *where, lede_error *err);
lede_status __wrap_lede_xapian_state_read(lede_xapian_state *state,
                                          const xapian_database *db,
                                          const char *where, lede_error *err)
{
    seam *s = overtaking;

    overtaking = NULL; /* it reads, too */
    for (int i = 0; s && i < 2; i++) {
        seam_put(s, "again", "body=ferry; n=1");
        (void)seam_finish(s, LEDE_FINISH_COMMIT);
    }
    overtaking = s && ++overtaken < COMMITS ? s : NULL;
    return __real_lede_xapian_state_read(state, db, where, err);
}
/* NOLINTEND */

START_TEST(a_reader_follows_commits_that_overtake_it)
{
    uint64_t newest, generation;
    seam s;

    open_seam(&s, database);
    put_many(&s, "k", 40);
    newest = seam_commit(&s);
    overtaken = 0;
    overtaking = &s;
    seam_look(&s);
    newest += 2 * COMMITS;
    ck_assert_uint_eq(overtaken, COMMITS);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->generation, newest);
    ck_assert_str_eq(seam_find(&s, "body.ferry"), "again");
    overtaken = 0;
    overtaking = &s;
    seam_expect(&s, s.engine->generation(s.index, &generation, &s.err),
                LEDE_OK);
    ck_assert_uint_eq(overtaken, COMMITS);
    ck_assert_uint_eq(generation, newest + 2 * COMMITS);
    seam_close(&s);
}
END_TEST

/* ---- Shards that commit apart ------------------------------------------- */

static void write_list(const char *path, const char *second)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "s0\n%s\ns2\n", second);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_numbers(seam *s, int n)
{
    for (int i = 0; i < ARTICLES; i++) {
        char key[16];

        (void)snprintf(key, sizeof key, "k%d", i);
        seam_write(s);
        seam_expect(s, try_put(s, key, n), LEDE_OK);
    }
}

START_TEST(a_commit_of_which_a_shard_fails_is_told_by_shard)
{
    const char *list = scratch("list"), *second = scratch("s1");
    const lede_shard *shards;
    lede_engine_results ones, twos;
    lede_engine_search search;
    char address[64];
    uint32_t count;
    server at;
    seam s;

    write_list(list, "s1");
    seam_open(&s, lede_xapian_engine(), "shards", list, NULL);
    put_numbers(&s, 1);
    seam_commit(&s);
    seam_close(&s);
    if (!server_start(&at, second, true))
        return;
    (void)snprintf(address, sizeof address, "xapian+tcp://%s", at.address);
    write_list(list, address);
    seam_open(&s, lede_xapian_engine(), "shards", list, NULL);
    put_numbers(&s, 2);
    server_stop(&at);
    seam_expect(&s, finish(&s, LEDE_FINISH_COMMIT), LEDE_ERR_UNKNOWN_COMMIT);
    shards = s.engine->writer_shards(s.writer, &count);
    ck_assert_uint_eq(count, SHARDS);
    ck_assert_int_eq(shards[0].status, LEDE_OK);
    ck_assert_uint_eq(shards[0].generation, 2);
    ck_assert_int_eq(shards[1].status, LEDE_ERR_IO);
    ck_assert_str_ne(shards[1].message, "");
    ck_assert_str_eq(shards[1].address, address);
    ck_assert_int_eq(shards[2].status, LEDE_OK);
    ck_assert_uint_eq(shards[2].generation, 1);
    seam_expect(&s, try_put(&s, "k", 3), LEDE_ERR_UNKNOWN_COMMIT);
    seam_expect(&s, finish(&s, LEDE_FINISH_ROLLBACK), LEDE_ERR_UNKNOWN_COMMIT);
    seam_close(&s);

    write_list(list, "s1");
    seam_open(&s, lede_xapian_engine(), "shards", list, NULL);
    search = seam_request(&s, "(range n 1 1)");
    ck_assert_int_eq(seam_search(&s, &search, &ones), LEDE_OK);
    search = seam_request(&s, "(range n 2 2)");
    ck_assert_int_eq(seam_search(&s, &search, &twos), LEDE_OK);
    ck_assert_uint_gt(twos.total, 0);
    ck_assert_uint_gt(ones.total, twos.total);
    ck_assert_uint_eq(ones.total + twos.total, ARTICLES);
    put_numbers(&s, 3);
    seam_commit(&s);
    search = seam_request(&s, "(range n 3 3)");
    ck_assert_int_eq(seam_search(&s, &search, &ones), LEDE_OK);
    ck_assert_uint_eq(ones.total, ARTICLES);
    seam_close(&s);
}
END_TEST

/* ---- Killed writers ----------------------------------------------------- */

/* Commits again and again, each time all articles with one number more, which
 * it tells before. */
static void commit_forever(int out, uint64_t from, lede_durability durability)
{
    lede_engine_writer_settings settings;
    seam s;

    open_seam(&s, database);
    settings = seam_writer_settings(&s);
    settings.durability = durability;
    settings.wait_ms = 60000; /* for the lock of the one killed before */
    if (s.engine->writer(&s.writer, s.index, &settings, &s.err) != LEDE_OK)
        _exit(1);
    for (uint64_t n = from;; n++) {
        put_numbers(&s, (int)n);
        if (write(out, &n, sizeof n) != (ssize_t)sizeof n ||
            finish(&s, LEDE_FINISH_COMMIT) != LEDE_OK)
            _exit(1);
    }
}

/* Kills it after a while; returns the number of the commit it was in. */
static uint64_t kill_writer(chance *c, uint64_t from,
                            lede_durability durability)
{
    struct timespec pause = { 0, 0 };
    uint64_t n = from, next;
    int ends[2], status;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    (void)fflush(NULL);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        commit_forever(ends[1], from, durability);
    (void)close(ends[1]);
    ck_assert_int_eq(read(ends[0], &n, sizeof n), (ssize_t)sizeof n);
    pause.tv_nsec = (long)chance_below(c, 30000000);
    (void)nanosleep(&pause, NULL);
    (void)kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    while (read(ends[0], &next, sizeof next) == (ssize_t)sizeof next)
        n = next;
    (void)close(ends[0]);
    return n;
}

START_TEST(a_writer_killed_while_it_commits_leaves_one_commit_whole)
{
    chance c = chance_from("kills", 1);
    uint64_t n = 0, old = 0;
    seam s;

    open_seam(&s, database);
    put_numbers(&s, 0);
    seam_commit(&s);
    seam_close(&s);
    for (int round = 0; round < 20; round++) {
        uint64_t in =
            kill_writer(&c, n + 1, round % 2 ? LEDE_DURABLE : LEDE_NOT_DURABLE);
        lede_engine_search search;
        lede_engine_results results;
        char plan[64];

        open_seam(&s, database);
        n = s.engine->describe(s.snapshot)->generation - 1;
        ck_assert_msg(n == in || n == in - 1, "%d of %d", (int)n, (int)in);
        old += n < in;
        (void)snprintf(plan, sizeof plan, "(range n %d %d)", (int)n, (int)n);
        search = seam_request(&s, plan);
        ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
        ck_assert_uint_eq(results.total, ARTICLES);
        ck_assert_uint_eq(s.engine->describe(s.snapshot)->documents, ARTICLES);
        seam_expect(&s, s.engine->check(&s.settings, false, NULL, &s.err),
                    LEDE_OK);
        seam_close(&s);
    }
    printf("20 kills: %d old commits, %d new ones\n", (int)old, 20 - (int)old);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(
        tcase, a_full_disk_leaves_the_last_commit_and_a_writer_to_go_on_with);
    tcase_add_test(tcase, a_database_without_right_to_write_can_be_read);
    tcase_add_test(tcase, damage_is_told_of);
    tcase_add_test(tcase, a_reader_follows_commits_that_overtake_it);
    tcase_add_test(tcase, a_commit_of_which_a_shard_fails_is_told_by_shard);
    tcase_add_test(tcase,
                   a_writer_killed_while_it_commits_leaves_one_commit_whole);
}
#else
static void add_tests(TCase *tcase)
{
    (void)tcase;
}
#endif

int main(void)
{
    return test_suite_run("xapian_faults", add_tests);
}
