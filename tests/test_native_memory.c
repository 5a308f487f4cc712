/*
 * Every allocation failing, once and for good, in all that an index on disk
 * can do: NOMEM, or the right answer where it could be done without; nothing
 * left behind; and the handle that met it works again at once, for writers
 * after a rollback.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "support/battery.h"
#include "support/failing_alloc.h"
#include "support/files.h"
#include "support/program.h"
#include "support/suite.h"

#define FIRST      8U
#define LOOK_EVERY 16U /* failure, where nothing could be written */
#define SMALL      6U /* commits of one article: one more, and all are merged */

static failing_alloc failing;
static lede_schema *schema;
static files prepared; /* an index of FIRST articles and SMALL more */
static bool told;      /* a merge failed */

/* ---- Libraries that call malloc ----------------------------------------- */

/* The names that the linker's --wrap gives. NOLINTBEGIN */
struct sb_stemmer;
ZSTD_CCtx *__real_ZSTD_createCCtx(void);
ZSTD_DCtx *__real_ZSTD_createDCtx(void);
ZSTD_CDict *__real_ZSTD_createCDict(const void *at, size_t len, int level);
ZSTD_DDict *__real_ZSTD_createDDict(const void *at, size_t len);
size_t __real_ZSTD_compressCCtx(ZSTD_CCtx *c, void *to, size_t room,
                                const void *from, size_t len, int level);
size_t __real_ZSTD_compress_usingCDict(ZSTD_CCtx *c, void *to, size_t room,
                                       const void *from, size_t len,
                                       const ZSTD_CDict *dictionary);
struct sb_stemmer *__real_sb_stemmer_new(const char *name, const char *set);
const unsigned char *__real_sb_stemmer_stem(struct sb_stemmer *stemmer,
                                            const unsigned char *word, int len);
ZSTD_CCtx *__wrap_ZSTD_createCCtx(void);
ZSTD_DCtx *__wrap_ZSTD_createDCtx(void);
ZSTD_CDict *__wrap_ZSTD_createCDict(const void *at, size_t len, int level);
ZSTD_DDict *__wrap_ZSTD_createDDict(const void *at, size_t len);
size_t __wrap_ZSTD_compressCCtx(ZSTD_CCtx *c, void *to, size_t room,
                                const void *from, size_t len, int level);
size_t __wrap_ZSTD_compress_usingCDict(ZSTD_CCtx *c, void *to, size_t room,
                                       const void *from, size_t len,
                                       const ZSTD_CDict *dictionary);
struct sb_stemmer *__wrap_sb_stemmer_new(const char *name, const char *set);
const unsigned char *__wrap_sb_stemmer_stem(struct sb_stemmer *stemmer,
                                            const unsigned char *word, int len);

/* As zstd says that memory ended. */
#define ZSTD_NO_MEMORY ((size_t)-64)

ZSTD_CCtx *__wrap_ZSTD_createCCtx(void)
{
    return failing_alloc_strikes(&failing) ? NULL : __real_ZSTD_createCCtx();
}

ZSTD_DCtx *__wrap_ZSTD_createDCtx(void)
{
    return failing_alloc_strikes(&failing) ? NULL : __real_ZSTD_createDCtx();
}

ZSTD_CDict *__wrap_ZSTD_createCDict(const void *at, size_t len, int level)
{
    return failing_alloc_strikes(&failing)
               ? NULL
               : __real_ZSTD_createCDict(at, len, level);
}

ZSTD_DDict *__wrap_ZSTD_createDDict(const void *at, size_t len)
{
    return failing_alloc_strikes(&failing) ? NULL
                                           : __real_ZSTD_createDDict(at, len);
}

size_t __wrap_ZSTD_compressCCtx(ZSTD_CCtx *c, void *to, size_t room,
                                const void *from, size_t len, int level)
{
    return failing_alloc_strikes(&failing)
               ? ZSTD_NO_MEMORY
               : __real_ZSTD_compressCCtx(c, to, room, from, len, level);
}

size_t __wrap_ZSTD_compress_usingCDict(ZSTD_CCtx *c, void *to, size_t room,
                                       const void *from, size_t len,
                                       const ZSTD_CDict *dictionary)
{
    return failing_alloc_strikes(&failing)
               ? ZSTD_NO_MEMORY
               : __real_ZSTD_compress_usingCDict(c, to, room, from, len,
                                                 dictionary);
}

struct sb_stemmer *__wrap_sb_stemmer_new(const char *name, const char *set)
{
    return failing_alloc_strikes(&failing) ? NULL
                                           : __real_sb_stemmer_new(name, set);
}

const unsigned char *__wrap_sb_stemmer_stem(struct sb_stemmer *stemmer,
                                            const unsigned char *word, int len)
{
    return failing_alloc_strikes(&failing)
               ? NULL
               : __real_sb_stemmer_stem(stemmer, word, len);
}
/* NOLINTEND */

/* ---- The index ---------------------------------------------------------- */

typedef struct shop {
    const char *path;
    lede_index *index;
    lede_writer *writer;
    lede_snapshot *snapshot;
    lede_buffer *answer; /* of what is being done; or NULL */
    uint32_t question;
    uint32_t copies; /* backups made */
    lede_error err;
} shop;

static void note_merge(void *ctx, lede_log_level level, const char *line)
{
    (void)ctx;
    (void)line;
    told = told || level == LEDE_LOG_ERROR;
}

static lede_index_options options_of(void)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;

    options.allocator = &failing.allocator;
    options.log = note_merge;
    return options;
}

static lede_status open_index(shop *s)
{
    lede_index_options options = options_of();

    return lede_index_create(&s->index, s->path, schema, &options, &s->err);
}

static lede_status open_writer(shop *s)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;

    options.threads = 1;
    options.memory_bytes = (uint64_t)8 << 20;
    options.durability = LEDE_NOT_DURABLE;
    return lede_writer_open(&s->writer, s->index, &options, &s->err);
}

static lede_status open_snapshot(shop *s)
{
    return lede_snapshot_open(&s->snapshot, s->index, &s->err);
}

static lede_status put(shop *s, uint32_t from, uint32_t count)
{
    lede_status status = LEDE_OK;

    for (uint32_t n = from; n < from + count && status == LEDE_OK; n++)
        status = battery_put(s->writer, BATTERY_ALL, n, &s->err);
    return status;
}

static lede_status commit(shop *s)
{
    return lede_writer_commit(s->writer, NULL, &s->err);
}

static void close_shop(shop *s)
{
    lede_snapshot_close(s->snapshot);
    lede_writer_close(s->writer);
    lede_index_close(s->index);
    s->snapshot = NULL;
    s->writer = NULL;
    s->index = NULL;
}

static void must(const shop *s, lede_status status, const char *what)
{
    if (status != LEDE_OK)
        ck_abort_msg("allocation %llu%s: %s: %s: %s (%s)",
                     (unsigned long long)failing.fail_at,
                     failing.sticky ? " and all after it" : "", what,
                     lede_status_name(status), s->err.message, s->err.where);
}

/* The prepared index, as new. */
static void restock(shop *s)
{
    for (uint32_t i = 0; i < prepared.count; i++)
        files_restore(&prepared, i);
    told = false;
    must(s, open_index(s), "open");
}

static void prepare(shop *s)
{
    scratch_in_memory();
    schema = battery_schema(LEDE_FORM_EXACT | LEDE_FORM_STEM);
    failing_alloc_init(&failing, 0, false);
    memset(s, 0, sizeof *s);
    s->path = scratch("shop");
    must(s, open_index(s), "create");
    must(s, open_writer(s), "writer");
    must(s, put(s, 0, FIRST), "put");
    must(s, commit(s), "commit");
    for (uint32_t i = 0; i < SMALL; i++) {
        must(s, put(s, 20 + i, 1), "put");
        must(s, commit(s), "commit");
    }
    close_shop(s);
    files_read(&prepared, s->path);
}

static void finish(shop *s)
{
    close_shop(s);
    failing_alloc_check(&failing);
    files_fini(&prepared);
    lede_schema_free(schema);
    scratch_remove();
}

/* ---- Scenarios ---------------------------------------------------------- */

typedef struct scenario {
    const char *name;
    lede_status (*begin)(shop *s); /* without faults; NULL: nothing is open */
    lede_status (*act)(shop *s);
    bool writes;
    bool merges; /* may be told of a merge that failed, and go well */
} scenario;

static lede_status begin_reading(shop *s)
{
    return open_snapshot(s);
}

static lede_status act_open(shop *s)
{
    lede_status status = open_index(s);

    if (status == LEDE_OK)
        status = open_writer(s);
    if (status == LEDE_OK)
        status = open_snapshot(s);
    return status;
}

static lede_status act_put(shop *s)
{
    lede_status status = put(s, 40, 3);

    if (status == LEDE_OK)
        status = lede_writer_set_note(s->writer, "feed", "7", 1, &s->err);
    return status == LEDE_OK ? commit(s) : status;
}

static lede_status act_update(shop *s)
{
    lede_status status = put(s, 1001, 2);

    if (status == LEDE_OK)
        status = lede_writer_delete(s->writer, "k003", 4, &s->err);
    if (status == LEDE_OK)
        status = lede_writer_delete(s->writer, "k021", 4, &s->err);
    return status == LEDE_OK ? commit(s) : status;
}

static lede_status act_merge(shop *s)
{
    lede_status status = put(s, 30, 1);

    return status == LEDE_OK ? commit(s) : status;
}

static lede_status act_optimize(shop *s)
{
    return lede_writer_optimize(s->writer, NULL, &s->err);
}

static lede_status act_read(shop *s)
{
    lede_buffer unused;
    lede_status status;

    lede_buffer_init(&unused, NULL);
    status = battery_ask(s->answer ? s->answer : &unused, s->snapshot,
                         s->question, &s->err);
    lede_buffer_fini(&unused);
    return status;
}

static lede_status act_check(shop *s)
{
    lede_index_options options = options_of();

    return lede_check(s->path, &options, NULL, &s->err);
}

static lede_status act_recover(shop *s)
{
    lede_index_options options = options_of();

    return lede_recover(s->path, &options, NULL, &s->err);
}

/* Into a new directory each time, and once more over what is there. */
static lede_status act_backup(shop *s)
{
    char path[512];
    lede_status status = open_index(s);

    (void)snprintf(path, sizeof path, "%s-copy%u", s->path,
                   (unsigned)s->copies++);
    if (status == LEDE_OK)
        status = open_snapshot(s);
    for (int i = 0; i < 2 && status == LEDE_OK; i++)
        status = lede_snapshot_backup(s->snapshot, path, NULL, &s->err);
    return status;
}

static lede_status act_create(shop *s)
{
    char path[512];
    lede_index_options options = options_of();
    lede_status status;

    (void)snprintf(path, sizeof path, "%s-new%u", s->path,
                   (unsigned)s->copies++);
    status = lede_index_create(&s->index, path, schema, &options, &s->err);
    return status == LEDE_OK ? open_writer(s) : status;
}

/* All of it is checked when it opens. */
static lede_status act_distrust(shop *s)
{
    lede_index_options options = options_of();
    lede_status status;

    options.flags = LEDE_INDEX_UNTRUSTED;
    status = lede_index_open(&s->index, s->path, &options, &s->err);
    return status == LEDE_OK ? open_snapshot(s) : status;
}

static lede_status act_add_field(shop *s)
{
    lede_schema *wider = battery_schema(LEDE_FORM_EXACT | LEDE_FORM_STEM);
    lede_status status = lede_schema_add(wider, "more", LEDE_INT, NULL);

    if (status == LEDE_OK)
        status = lede_writer_set_schema(s->writer, wider, &s->err);
    lede_schema_free(wider);
    if (status == LEDE_OK)
        status = put(s, 40, 2);
    return status == LEDE_OK ? commit(s) : status;
}

static lede_status act_roll_back(shop *s)
{
    lede_status status = put(s, 40, 2);

    if (status == LEDE_OK)
        status = lede_writer_delete(s->writer, "k003", 4, &s->err);
    if (status == LEDE_OK)
        status = lede_writer_rollback(s->writer, &s->err);
    if (status == LEDE_OK)
        status = put(s, 50, 1);
    return status == LEDE_OK ? commit(s) : status;
}

/* The last LONG_ONLY of them only under --long. */
static const scenario scenarios[] = {
    { "open", NULL, act_open, false, false },
    { "put", open_writer, act_put, true, true },
    { "update", open_writer, act_update, true, true },
    { "merge", open_writer, act_merge, true, true },
    { "optimize", open_writer, act_optimize, true, false },
    { "check", NULL, act_check, false, false },
    { "recover", NULL, act_recover, false, false },
    { "backup", NULL, act_backup, false, false },
    { "create", NULL, act_create, false, false },
    { "distrust", NULL, act_distrust, false, false },
    { "field", open_writer, act_add_field, true, true },
    { "rollback", open_writer, act_roll_back, true, true },
};

#define LONG_ONLY 4
#define SCENARIOS ((int)(sizeof scenarios / sizeof *scenarios))

/* ---- Sweeping ----------------------------------------------------------- */

typedef struct tally {
    uint64_t failed;
    uint64_t managed; /* without */
} tally;

static void articles(shop *s, lede_buffer *out)
{
    lede_snapshot *snapshot = NULL;

    lede_buffer_init(out, NULL);
    must(s, lede_snapshot_open(&snapshot, s->index, &s->err), "snapshot");
    must(s, battery_articles(out, snapshot, &s->err), "articles");
    lede_snapshot_close(snapshot);
}

static void expect_articles(shop *s, const lede_buffer *expected,
                            const char *what)
{
    lede_buffer now;

    articles(s, &now);
    if (!lede_bytes_equal(lede_buffer_bytes(&now), lede_buffer_bytes(expected)))
        must(s, LEDE_ERR_CORRUPT, what);
    lede_buffer_fini(&now);
}

/* From now on the n-th allocation fails. */
static void fail_at(uint64_t n, bool sticky)
{
    failing.sticky = sticky;
    failing.fail_at = n ? atomic_load(&failing.calls) + n : 0;
}

static void begin(shop *s, const scenario *c)
{
    if (c->writes)
        restock(s);
    else
        must(s, open_index(s), "open");
    if (c->begin)
        must(s, c->begin(s), "begin");
    else
        close_shop(s);
}

/* One act with a fault; returns whether it struck. */
static bool act_once(shop *s, const scenario *c, uint64_t n, bool sticky,
                     tally *t)
{
    uint64_t before = atomic_load(&failing.failures);
    lede_status status;

    fail_at(n, sticky);
    status = c->act(s);
    failing.fail_at = 0;
    if (atomic_load(&failing.failures) == before) {
        must(s, status, c->name);
        return false;
    }
    if (status != LEDE_ERR_NOMEM)
        must(s, status, "no status of want of memory");
    t->failed += status != LEDE_OK;
    t->managed += status == LEDE_OK && !told;
    return true;
}

/* What is as before a failure, and after all. */
typedef struct truth {
    lede_buffer before;
    lede_buffer after;
} truth;

/* A fault in an act that leaves nothing open. */
static bool closed_act(shop *s, const scenario *c, const truth *e, uint64_t n,
                       bool sticky, tally *t)
{
    bool struck;

    failing_alloc_check(&failing);
    struck = act_once(s, c, n, sticky, t);
    close_shop(s);
    failing_alloc_check(&failing);
    if (n % LOOK_EVERY == 1) {
        must(s, open_index(s), "open afterwards");
        expect_articles(s, &e->before, "other articles");
        close_shop(s);
    }
    return struck;
}

/* A fault in an act of a writer, which stays for the next unless it did it. */
static bool writer_act(shop *s, const scenario *c, const truth *e, uint64_t n,
                       bool sticky, tally *t)
{
    uint64_t failed = t->failed;
    bool struck = act_once(s, c, n, sticky, t);

    if (t->failed > failed) {
        must(s, lede_writer_rollback(s->writer, &s->err), "rollback");
        expect_articles(s, &e->before, "other articles after a rollback");
        return true;
    }
    expect_articles(s, &e->after, "other articles after all");
    close_shop(s);
    failing_alloc_check(&failing);
    begin(s, c);
    return struck;
}

static void learn(shop *s, const scenario *c, truth *e)
{
    begin(s, c);
    if (!s->index)
        must(s, open_index(s), "open");
    articles(s, &e->before);
    if (c->writes)
        must(s, c->act(s), c->name);
    articles(s, &e->after);
    close_shop(s);
    begin(s, c);
}

/* Sanitizers look at every thirteenth; of questions, which have many, others
 * look at every fifth. All of it under --long. */
static uint64_t stride(void)
{
    return test_is_sanitized() && !test_is_long() ? 31 : 1;
}

static uint64_t question_stride(void)
{
    return test_is_long() ? 1 : 5 * stride();
}

START_TEST(every_allocation_may_fail)
{
    const scenario *c = &scenarios[_i];
    uint64_t points = 0;
    tally t = { 0, 0 };
    truth e;
    shop s;

    prepare(&s);
    learn(&s, c, &e);
    for (int sticky = 0; sticky < 2; sticky++) {
        bool struck = true;

        for (uint64_t n = 1; struck; n += stride()) {
            struck = c->writes ? writer_act(&s, c, &e, n, sticky, &t)
                               : closed_act(&s, c, &e, n, sticky, &t);
            points += struck;
        }
    }
    printf("    %-9s %5llu allocations, %llu failed, %llu managed without\n",
           c->name, (unsigned long long)points, (unsigned long long)t.failed,
           (unsigned long long)t.managed);
    fflush(stdout);
    ck_assert_uint_gt(points * stride(), 100);
    ck_assert_uint_gt(t.failed + (c->merges ? points : 0), points / 2);
    ck_assert_uint_le(t.managed, 8 + points / 8);
    lede_buffer_fini(&e.before);
    lede_buffer_fini(&e.after);
    finish(&s);
}
END_TEST

/* A question on a snapshot whose files nobody has looked into yet, once and
 * again. */
static uint64_t ask_with_faults(shop *s, tally *t)
{
    static const scenario c = { "question", begin_reading, act_read, false,
                                false };
    lede_buffer right;
    uint64_t points = 0;

    lede_buffer_init(&right, NULL);
    s->answer = &right;
    begin(s, &c);
    must(s, act_read(s), battery_question(s->question));
    close_shop(s);
    for (int sticky = 0; sticky < 2; sticky++) {
        bool struck = true;

        for (uint64_t n = 1 + s->question % question_stride(); struck;
             n += question_stride(), points += struck) {
            lede_buffer answer;

            lede_buffer_init(&answer, NULL);
            s->answer = &answer;
            begin(s, &c);
            struck = act_once(s, &c, n, sticky, t);
            lede_buffer_clear(&answer);
            must(s, act_read(s), battery_question(s->question));
            if (!lede_bytes_equal(lede_buffer_bytes(&answer),
                                  lede_buffer_bytes(&right)))
                must(s, LEDE_ERR_CORRUPT, battery_question(s->question));
            lede_buffer_fini(&answer);
            close_shop(s);
            failing_alloc_check(&failing);
        }
    }
    lede_buffer_fini(&right);
    s->answer = NULL;
    return points;
}

START_TEST(every_allocation_of_a_question_may_fail)
{
    uint64_t points = 0;
    tally t = { 0, 0 };
    shop s;

    prepare(&s);
    for (s.question = 0; s.question < battery_count(); s.question++)
        points += ask_with_faults(&s, &t);
    printf("    questions %5llu allocations, %llu failed, %llu managed "
           "without\n",
           (unsigned long long)points, (unsigned long long)t.failed,
           (unsigned long long)t.managed);
    ck_assert_uint_gt(points * question_stride(), 3000);
    ck_assert_uint_le(t.managed, 8 + points / 8);
    finish(&s);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, scratch_remove);
    tcase_add_loop_test(tcase, every_allocation_may_fail, 0,
                        SCENARIOS - (test_is_long() ? 0 : LONG_ONLY));
    tcase_add_test(tcase, every_allocation_of_a_question_may_fail);
}

int main(void)
{
    return test_suite_run("native_memory", add_tests);
}
