/* What a writer promises, and snapshots beside it. */
#include "conformance.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

START_TEST(an_index_begins_without_articles)
{
    const lede_engine_description *d = s.engine->describe(s.snapshot);
    uint64_t generation;

    ck_assert_uint_eq(d->generation, 0);
    ck_assert_uint_eq(d->last_sequence, 0);
    ck_assert_uint_eq(d->documents, 0);
    ck_assert_uint_eq(d->notes.len, 0);
    ck_assert_uint_eq(d->field_count, SEAM_FIELDS);
    ck_assert(lede_schema_equal(d->schema, s.schema));
    ck_assert_uint_ge(d->shard_count, 1);
    expect_found(&s, "all", "");
    seam_expect(&s, s.engine->generation(s.index, &generation, &s.err),
                LEDE_OK);
    ck_assert_uint_eq(generation, 0);
}
END_TEST

START_TEST(only_create_makes_an_index)
{
    lede_engine_settings settings = s.settings;
    lede_engine_index *index = NULL;

    settings.create = NULL;
    settings.address = the_subject->on_disk ? "/tmp/lede-no-such/index" : "";
    seam_expect(&s, s.engine->open(&index, &settings, &s.err),
                LEDE_ERR_NOT_FOUND);
    ck_assert_ptr_null(index);
}
END_TEST

START_TEST(changes_are_seen_from_the_commit_on)
{
    seam_put(&s, "a", "title=iraq");
    seam_look(&s);
    expect_found(&s, "title.iraq", "");
    seam_commit(&s);
    expect_found(&s, "title.iraq", "a");
    seam_delete(&s, "a");
    seam_look(&s);
    expect_found(&s, "title.iraq", "a");
    seam_commit(&s);
    expect_found(&s, "title.iraq", "");
    expect_found(&s, "all", "");
    expect_found(&s, "(key a)", "");
}
END_TEST

START_TEST(a_put_replaces_all_of_an_article)
{
    seam_put(&s, "a", "title=iraq; tags=x; n=1");
    seam_put(&s, "b", "title=iraq");
    seam_commit(&s);
    seam_put(&s, "a", "title=iran; tags=y");
    seam_commit(&s);
    expect_found(&s, "title.iraq", "b");
    expect_found(&s, "title.iran", "a");
    expect_found(&s, "tags:x", "");
    expect_found(&s, "tags:y", "a");
    expect_found(&s, "(exists n)", "");
    expect_found(&s, "all", "a b");
}
END_TEST

START_TEST(the_last_change_of_a_key_wins)
{
    seam_put(&s, "a", "title=one");
    seam_put(&s, "a", "title=two");
    seam_put(&s, "b", "title=one");
    seam_delete(&s, "b");
    seam_delete(&s, "c");
    seam_put(&s, "c", "title=one");
    seam_delete(&s, "d");
    seam_commit(&s);
    expect_found(&s, "all", "a c");
    expect_found(&s, "title.one", "c");
    expect_found(&s, "title.two", "a");
    seam_delete(&s, "c");
    seam_put(&s, "c", "title=three");
    seam_delete(&s, "a");
    seam_delete(&s, "a");
    seam_commit(&s);
    expect_found(&s, "all", "c");
    expect_found(&s, "title.three", "c");
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->last_sequence,
                      s.sequence);
}
END_TEST

START_TEST(the_highest_sequence_wins_whatever_lane_it_came_by)
{
    lede_bytes a = lede_bytes_of_text("a"), b = lede_bytes_of_text("b");
    lede_bytes c = lede_bytes_of_text("c");

    seam_put_as(&s, a, 9, 1, "title=new");
    seam_put_as(&s, a, 3, 2, "title=old");
    seam_put_as(&s, b, 8, 0, NULL);
    seam_put_as(&s, b, 4, 3, "title=old");
    seam_put_as(&s, c, 5, 0, NULL);
    seam_put_as(&s, c, 7, 3, "title=new");
    s.sequence = 9;
    seam_commit(&s);
    expect_found(&s, "title.new", "a c");
    expect_found(&s, "all", "a c");
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->last_sequence, 9);
}
END_TEST

START_TEST(a_rollback_drops_what_is_new)
{
    seam_put(&s, "a", "title=one");
    seam_commit(&s);
    seam_put(&s, "a", "title=two");
    seam_put(&s, "b", "title=two");
    seam_delete(&s, "a");
    (void)seam_finish(&s, LEDE_FINISH_ROLLBACK);
    seam_look(&s);
    expect_found(&s, "all", "a");
    seam_put(&s, "c", "title=three");
    seam_commit(&s);
    expect_found(&s, "all", "a c");
    expect_found(&s, "title.one", "a");
    expect_found(&s, "title.two", "");
}
END_TEST

START_TEST(closing_a_writer_drops_what_is_new)
{
    seam_put(&s, "a", "title=one");
    seam_commit(&s);
    seam_put(&s, "b", "title=two");
    seam_delete(&s, "a");
    seam_close_writer(&s);
    seam_look(&s);
    expect_found(&s, "all", "a");
}
END_TEST

START_TEST(generations_rise_with_changes_only)
{
    uint64_t first, second, now;

    seam_put(&s, "a", "title=one");
    first = seam_commit(&s);
    ck_assert_uint_gt(first, 0);
    ck_assert_uint_eq(seam_commit(&s), first);
    ck_assert_uint_eq(seam_finish(&s, LEDE_FINISH_ROLLBACK), first);
    seam_put(&s, "b", "title=one");
    second = seam_commit(&s);
    ck_assert_uint_gt(second, first);
    seam_expect(&s, s.engine->generation(s.index, &now, &s.err), LEDE_OK);
    ck_assert_uint_eq(now, second);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->generation, second);
    ck_assert_uint_ge(seam_finish(&s, LEDE_FINISH_OPTIMIZE), second);
}
END_TEST

static void finish_with(const lede_engine_finish *finish)
{
    seam_write(&s);
    seam_expect(&s, s.engine->finish(s.writer, finish, NULL, &s.err), LEDE_OK);
    seam_look(&s);
}

static void expect_notes(const char *notes)
{
    ck_assert(lede_bytes_equal(s.engine->describe(s.snapshot)->notes,
                               lede_bytes_of_text(notes)));
}

START_TEST(notes_belong_to_a_commit)
{
    lede_bytes notes = lede_bytes_of_text("offset 17");
    lede_bytes none = lede_bytes_of("", 0);
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT, .notes = &notes };
    lede_engine_snapshot *old;

    seam_put(&s, "a", "title=one");
    finish_with(&finish);
    expect_notes("offset 17");
    seam_put(&s, "b", "title=one");
    seam_commit(&s);
    expect_notes("offset 17"); /* as before */
    seam_expect(&s, s.engine->snapshot(&old, s.index, &s.err), LEDE_OK);
    notes = lede_bytes_of("a\0b", 3);
    finish_with(&finish); /* notes are a change */
    ck_assert(lede_bytes_equal(s.engine->describe(s.snapshot)->notes, notes));
    ck_assert_uint_gt(s.engine->describe(s.snapshot)->generation,
                      s.engine->describe(old)->generation);
    ck_assert(lede_bytes_equal(s.engine->describe(old)->notes,
                               lede_bytes_of_text("offset 17")));
    s.engine->snapshot_close(old);
    finish.notes = &none;
    finish_with(&finish);
    expect_notes("");
}
END_TEST

START_TEST(a_schema_grows_with_a_commit)
{
    lede_schema *larger;
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT };

    seam_put(&s, "a", "title=one; later=three");
    seam_commit(&s);
    ck_assert_int_eq(lede_schema_copy(&larger, s.schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(larger, "later", LEDE_TEXT, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(larger, "colour", LEDE_KEYWORD, NULL),
                     LEDE_OK);
    lede_schema_free(s.schema);
    s.schema = larger;
    seam_put(&s, "b", "title=one; later=three; colour=red");
    finish.schema = larger;
    finish_with(&finish);
    ck_assert(
        lede_schema_equal(s.engine->describe(s.snapshot)->schema, larger));
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->field_count,
                      SEAM_FIELDS + 2);
    expect_found(&s, "title.one", "a b");
    expect_found(&s, "later.three", "b");
    expect_found(&s, "(exists later)", "b");
    expect_found(&s, "colour:red", "b");
    expect_found(&s, "(not colour:red)", "a");
}
END_TEST

START_TEST(a_source_that_fails_puts_nothing)
{
    lede_document *doc = seam_document(s.schema, "title=one two three four");
    lede_engine_change change = { .key = lede_bytes_of_text("a"),
                                  .sequence = 2,
                                  .document = doc,
                                  .tokens = &s.tokens.source };

    seam_put_as(&s, lede_bytes_of_text("a"), 1, 0, "title=zero");
    word_tokens_init(&s.tokens, 2);
    word_tokens_add(&s.tokens, SEAM_TITLE, "one two three four");
    s.tokens.fail_after = 1;
    seam_expect(&s, s.engine->apply(s.writer, 0, &change, &s.err),
                LEDE_ERR_NOMEM);
    lede_document_free(doc);
    s.sequence = 2;
    seam_put(&s, "b", "title=two");
    seam_commit(&s);
    expect_found(&s, "title.zero", "a");
    expect_found(&s, "title.one", "");
    expect_found(&s, "all", "a b");
}
END_TEST

START_TEST(keys_are_any_bytes)
{
    static uint8_t bytes[4][LEDE_KEY_MAX];
    lede_bytes keys[] = {
        lede_bytes_of(bytes[0], LEDE_KEY_MAX), /* zeros */
        lede_bytes_of(bytes[0], LEDE_KEY_MAX - 1),
        lede_bytes_of(bytes[1], LEDE_KEY_MAX),
        lede_bytes_of(bytes[2], LEDE_KEY_MAX), /* differs in its last byte */
        lede_bytes_of("\xFF\xFE", 2),
        lede_bytes_of("\0", 1),
        lede_bytes_of("\0\0", 2),
        lede_bytes_of("a b/c:Q", 7),
    };
    uint32_t count = sizeof keys / sizeof *keys;

    memset(bytes[1], 'k', LEDE_KEY_MAX);
    memset(bytes[2], 'k', LEDE_KEY_MAX);
    bytes[2][LEDE_KEY_MAX - 1] = 'j';
    for (uint32_t i = 0; i < count; i++)
        seam_put_as(&s, keys[i], ++s.sequence, 0, "title=old");
    seam_commit(&s);
    for (uint32_t i = 0; i < count; i++)
        seam_put_as(&s, keys[i], ++s.sequence, 0, "title=new");
    seam_commit(&s);
    for (uint32_t i = 0; i < count; i++) {
        lede_plan plan = { .kind = LEDE_PLAN_KEY, .bytes = keys[i] };
        lede_engine_search search = seam_request(&s, "all");
        lede_engine_results results;

        search.plan = &plan;
        ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
        ck_assert_uint_eq(results.count, 1);
        ck_assert(lede_bytes_equal(results.hits[0].key, keys[i]));
        ck_assert_uint_eq(results.hits[0].sequence, count + i + 1);
        if (i % 2)
            seam_put_as(&s, keys[i], ++s.sequence, 0, NULL);
    }
    seam_commit(&s);
    for (uint32_t i = 0; i < count; i++) {
        lede_plan plan = { .kind = LEDE_PLAN_KEY, .bytes = keys[i] };
        lede_engine_search search = seam_request(&s, "title.new");
        lede_engine_results results;

        search.plan = &plan;
        ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
        ck_assert_uint_eq(results.total, 1 - i % 2);
    }
}
END_TEST

START_TEST(empty_articles_are_articles)
{
    seam_put(&s, "a", "");
    seam_put(&s, "b", "title=; tags=");
    seam_commit(&s);
    expect_found(&s, "all", "a b");
    expect_found(&s, "(key a)", "a");
    expect_found(&s, "(exists title)", "b");
    expect_found(&s, "(exists tags)", "b");
    expect_found(&s, "(not (exists tags))", "a");
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->documents, 2);
}
END_TEST

/* Also of a field that is not stored, and when segments are merged. */
START_TEST(values_without_words_are_values)
{
    seam_put(&s, "a", "notes=; body=war");
    seam_put(&s, "b", "notes=_|_; flat=_");
    seam_commit(&s);
    seam_put(&s, "c", "notes=_|war; flat=war");
    seam_put(&s, "d", "notes=_; flat=_");
    seam_put(&s, "e", "body=war");
    seam_commit(&s);
    expect_found(&s, "(exists notes)", "a b c d");
    expect_found(&s, "(exists flat)", "b c d");
    expect_found(&s, "(not (exists notes))", "e");
    seam_delete(&s, "b");
    seam_put(&s, "d", "flat=_");
    (void)seam_finish(&s, LEDE_FINISH_OPTIMIZE);
    seam_look(&s);
    expect_found(&s, "(exists notes)", "a c");
    expect_found(&s, "(exists flat)", "c d");
    expect_found(&s, "(exists body)", "a e");
}
END_TEST

START_TEST(long_articles_come_in_many_batches)
{
    size_t words = 30000, len = words * 8;
    char *article = lede_arena_zero(s.arena, len + 32), *at = article;

    ck_assert_ptr_nonnull(article);
    at += sprintf(at, "body=");
    for (size_t i = 0; i < words; i++)
        at += sprintf(at, "w%05u ", (unsigned)(i % 20000));
    s.per_batch = LEDE_TOKENS_MAX;
    seam_put(&s, "long", article);
    seam_put(&s, "short", "body=w00017");
    (void)seam_finish(&s, LEDE_FINISH_COMMIT);
    seam_look(&s);
    expect_found(&s, "body.w00017", "long short");
    expect_found(&s, "body.w19999", "long");
    expect_found(&s, "(phrase 0 body.w19999 body.w00000 body.w00001)", "long");
    expect_found(&s, "(phrase 0 body.w09999 body.w10001)", "");
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->field_tokens[SEAM_BODY],
                      30001);
}
END_TEST

START_TEST(terms_of_the_greatest_length_are_terms)
{
    char word[LEDE_TERM_BYTES_MAX], article[700], plan[300];

    memset(word, 'w', sizeof word);
    word[sizeof word - 1] = '\0'; /* 200 bytes */
    (void)snprintf(article, sizeof article, "body=%s/3 %s %.199s", word, word,
                   word);
    seam_put(&s, "a", article);
    seam_put(&s, "b", "body=w");
    seam_commit(&s);
    (void)snprintf(plan, sizeof plan, "body.%s", word);
    expect_found(&s, plan, "a");
    (void)snprintf(plan, sizeof plan, "body.%s/3", word);
    expect_found(&s, plan, "a");
    (void)snprintf(plan, sizeof plan, "body.%s/2", word);
    expect_found(&s, plan, "");
    (void)snprintf(plan, sizeof plan, "body.%.199s", word);
    expect_found(&s, plan, "a");
    (void)snprintf(plan, sizeof plan, "body.%.198s", word);
    expect_found(&s, plan, "");
}
END_TEST

START_TEST(optimize_forgets_what_is_deleted)
{
    const lede_engine_description *d;
    lede_term_stats stats;
    lede_plan_term one = { SEAM_TITLE, 1, lede_bytes_of_text("one"), NULL };

    seam_put(&s, "a", "title=one two");
    seam_put(&s, "b", "title=one");
    seam_put(&s, "c", "title=three");
    seam_commit(&s);
    seam_delete(&s, "a");
    seam_put(&s, "c", "title=four");
    (void)seam_finish(&s, LEDE_FINISH_OPTIMIZE);
    seam_look(&s);
    d = s.engine->describe(s.snapshot);
    ck_assert_uint_eq(d->documents, 2);
    ck_assert_uint_eq(d->field_tokens[SEAM_TITLE], 2);
    ck_assert_uint_eq(d->last_sequence, s.sequence);
    seam_expect(
        &s, s.engine->lookup(&stats, s.snapshot, &one, 1, NULL, NULL, &s.err),
        LEDE_OK);
    ck_assert_uint_eq(stats.documents, 1);
    expect_found(&s, "all", "b c");
    expect_found(&s, "title.four", "c");
    seam_put(&s, "d", "title=one");
    seam_commit(&s);
    expect_found(&s, "title.one", "b d");
}
END_TEST

/* ---- Locks, handles, threads -------------------------------------------- */

START_TEST(one_writer_at_a_time)
{
    lede_engine_writer_settings settings = seam_writer_settings(&s);
    lede_engine_writer *second = NULL;

    seam_put(&s, "a", "title=one");
    seam_expect(&s, s.engine->writer(&second, s.index, &settings, &s.err),
                LEDE_ERR_BUSY);
    settings.wait_ms = 20;
    seam_expect(&s, s.engine->writer(&second, s.index, &settings, &s.err),
                LEDE_ERR_BUSY);
    ck_assert_ptr_null(second);
    seam_commit(&s); /* the first goes on */
    expect_found(&s, "all", "a");
    seam_close_writer(&s);
    seam_expect(&s, s.engine->writer(&second, s.index, &settings, &s.err),
                LEDE_OK);
    s.engine->writer_close(second);
}
END_TEST

static void *close_soon(void *writer)
{
    struct timespec soon = { 0, 30000000 };

    (void)nanosleep(&soon, NULL);
    s.engine->writer_close(writer);
    return NULL;
}

START_TEST(a_writer_waits_for_another_to_close)
{
    lede_engine_writer_settings settings = seam_writer_settings(&s);
    lede_engine_writer *first;
    uint64_t begin = lede_clock_ns();
    pthread_t closer;

    seam_write(&s);
    first = s.writer;
    s.writer = NULL;
    ck_assert_int_eq(pthread_create(&closer, NULL, close_soon, first), 0);
    settings.wait_ms = 20000;
    seam_expect(&s, s.engine->writer(&s.writer, s.index, &settings, &s.err),
                LEDE_OK);
    /* As soon as it closed, not at the end of the wait. */
    ck_assert_uint_lt(lede_clock_ns() - begin, 15000000000U);
    ck_assert_int_eq(pthread_join(closer, NULL), 0);
}
END_TEST

START_TEST(handles_close_in_any_order)
{
    seam_put(&s, "a", "title=one");
    seam_commit(&s);
    seam_put(&s, "b", "title=one");
    s.engine->close(s.index);
    s.index = NULL;
    (void)seam_finish(&s, LEDE_FINISH_COMMIT);
    expect_found(&s, "title.one", "a");
    seam_close_writer(&s);
    expect_found(&s, "title.one", "a");
    s.engine->close(NULL);
    s.engine->snapshot_close(NULL);
    s.engine->writer_close(NULL);
}
END_TEST

START_TEST(what_was_committed_is_there_when_opened_again)
{
    if (!the_subject->on_disk)
        return;
    seam_put(&s, "a", "title=one; tags=x; n=4");
    seam_put(&s, "b", "title=two");
    seam_commit(&s);
    seam_delete(&s, "b");
    seam_close_writer(&s);
    s.engine->close(s.index);
    s.settings.create = NULL;
    seam_expect(&s, s.engine->open(&s.index, &s.settings, &s.err), LEDE_OK);
    seam_look(&s);
    expect_found(&s, "all", "a b");
    expect_found(&s, "tags:x", "a");
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->last_sequence, 2);
    ck_assert(
        lede_schema_equal(s.engine->describe(s.snapshot)->schema, s.schema));
    seam_put(&s, "c", "title=three");
    seam_commit(&s);
    expect_found(&s, "all", "a b c");
    seam_expect(&s, s.engine->check(&s.settings, false, NULL, &s.err), LEDE_OK);
}
END_TEST

START_TEST(a_snapshot_never_changes)
{
    lede_engine_snapshot *old, *now;

    for (int i = 0; i < 6; i++) {
        char key[2] = { (char)('a' + i), '\0' };

        seam_put(&s, key, "title=one; n=1");
    }
    seam_commit(&s);
    old = s.snapshot;
    s.snapshot = NULL;
    for (int round = 0; round < 4; round++) {
        seam_delete(&s, "a");
        seam_put(&s, "b", "title=two");
        seam_put(&s, "z", "title=one");
        (void)seam_finish(&s, round < 3 ? LEDE_FINISH_COMMIT
                                        : LEDE_FINISH_OPTIMIZE);
        s.snapshot = old;
        expect_found(&s, "title.one", "a b c d e f");
        expect_found(&s, "(range n 1 1)", "a b c d e f");
        ck_assert_uint_eq(s.engine->describe(old)->documents, 6);
        s.snapshot = NULL;
    }
    seam_expect(&s, s.engine->snapshot(&now, s.index, &s.err), LEDE_OK);
    s.snapshot = now;
    expect_found(&s, "title.one", "c d e f z");
    s.engine->snapshot_close(old);
}
END_TEST

#define LANES    4
#define PER_LANE 60

static void *put_in_lane(void *number)
{
    uint32_t lane = *(uint32_t *)number;
    word_tokens *tokens = calloc(1, sizeof *tokens);

    ck_assert_ptr_nonnull(tokens);
    for (uint32_t i = 0; i < PER_LANE; i++) {
        uint32_t sequence = 1 + i * LANES + lane;
        char key[16], words[48];
        lede_document *doc;
        lede_engine_change change = { .sequence = sequence };

        /* Keys are shared between the lanes; the last to come wins. */
        (void)snprintf(key, sizeof key, "k%u", (unsigned)(i / 4));
        (void)snprintf(words, sizeof words, "title=s%u", (unsigned)sequence);
        doc = seam_document(s.schema, words);
        word_tokens_init(tokens, 8);
        word_tokens_add(tokens, SEAM_TITLE, words + 6);
        change.key = lede_bytes_of_text(key);
        change.document = doc;
        change.tokens = &tokens->source;
        ck_assert_int_eq(s.engine->apply(s.writer, lane, &change, NULL),
                         LEDE_OK);
        lede_document_free(doc);
    }
    free(tokens);
    return NULL;
}

START_TEST(lanes_are_called_at_once)
{
    uint32_t lanes[LANES];
    pthread_t threads[LANES];

    seam_write(&s);
    for (uint32_t i = 0; i < LANES; i++) {
        lanes[i] = i;
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, put_in_lane, &lanes[i]), 0);
    }
    for (uint32_t i = 0; i < LANES; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    seam_commit(&s);
    for (uint32_t key = 0; key < PER_LANE / 4; key++) {
        char plan[32], expected[16];

        (void)snprintf(plan, sizeof plan, "title.s%u",
                       (unsigned)(16 * (key + 1)));
        (void)snprintf(expected, sizeof expected, "k%u", (unsigned)key);
        expect_found(&s, plan, expected);
    }
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->last_sequence,
                      (uint64_t)LANES * PER_LANE);
}
END_TEST

/* Xapian's snapshots may end when the writer has gone on by two commits. */
static bool has_ended(const seam *reader, lede_status status)
{
    return status == LEDE_ERR_BUSY &&
           strcmp(reader->engine->name, "xapian") == 0;
}

/* Opens the newest snapshot in place of the one at hand. */
static bool look_again(seam *reader)
{
    lede_engine_snapshot *newest = NULL;
    lede_status status =
        reader->engine->snapshot(&newest, reader->index, &reader->err);

    if (has_ended(reader, status))
        return false;
    ck_assert_int_eq(status, LEDE_OK);
    reader->engine->snapshot_close(reader->snapshot);
    reader->snapshot = newest;
    return true;
}

/* Counts the articles of a plan; false where the snapshot ended. */
static bool count_in(seam *reader, const char *plan, uint64_t *total)
{
    lede_engine_search search = seam_request(reader, plan);
    lede_engine_results results;
    lede_status status = seam_search(reader, &search, &results);

    if (has_ended(reader, status))
        return false;
    ck_assert_int_eq(status, LEDE_OK);
    *total = results.total;
    return true;
}

/* Counts two words that stand in every article, in one snapshot after
 * another: they are always as many. */
static void *read_often(void *arg)
{
    seam *reader = arg;

    reader->arena = lede_arena_new(NULL);
    reader->snapshot = NULL;
    for (int i = 0; i < 60; i++) {
        uint64_t one, two;

        if (look_again(reader) && count_in(reader, "title.one", &one) &&
            count_in(reader, "title.two", &two))
            ck_assert_uint_eq(one, two);
        lede_arena_clear(reader->arena);
    }
    reader->engine->snapshot_close(reader->snapshot);
    lede_arena_free(reader->arena);
    return NULL;
}

START_TEST(readers_go_on_beside_a_writer)
{
    pthread_t readers[2];
    seam views[2]; /* copied before the writer goes on with its own */

    seam_write(&s);
    for (int i = 0; i < 2; i++)
        views[i] = s;
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            pthread_create(&readers[i], NULL, read_often, &views[i]), 0);
    for (uint32_t i = 0; i < 20; i++) {
        char key[2] = { (char)('a' + i % 7), '\0' };

        seam_put(&s, key, "title=one two");
        (void)seam_finish(&s, i % 5 == 4 ? LEDE_FINISH_OPTIMIZE
                                         : LEDE_FINISH_COMMIT);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(readers[i], NULL), 0);
    seam_look(&s);
    expect_found(&s, "title.one", "a b c d e f g");
}
END_TEST

void add_writing_tests(TCase *tcase)
{
    tcase_add_test(tcase, an_index_begins_without_articles);
    tcase_add_test(tcase, only_create_makes_an_index);
    tcase_add_test(tcase, changes_are_seen_from_the_commit_on);
    tcase_add_test(tcase, a_put_replaces_all_of_an_article);
    tcase_add_test(tcase, the_last_change_of_a_key_wins);
    tcase_add_test(tcase, the_highest_sequence_wins_whatever_lane_it_came_by);
    tcase_add_test(tcase, a_rollback_drops_what_is_new);
    tcase_add_test(tcase, closing_a_writer_drops_what_is_new);
    tcase_add_test(tcase, generations_rise_with_changes_only);
    tcase_add_test(tcase, notes_belong_to_a_commit);
    tcase_add_test(tcase, a_schema_grows_with_a_commit);
    tcase_add_test(tcase, a_source_that_fails_puts_nothing);
    tcase_add_test(tcase, keys_are_any_bytes);
    tcase_add_test(tcase, empty_articles_are_articles);
    tcase_add_test(tcase, values_without_words_are_values);
    tcase_add_test(tcase, long_articles_come_in_many_batches);
    tcase_add_test(tcase, terms_of_the_greatest_length_are_terms);
    tcase_add_test(tcase, optimize_forgets_what_is_deleted);
    tcase_add_test(tcase, one_writer_at_a_time);
    tcase_add_test(tcase, a_writer_waits_for_another_to_close);
    tcase_add_test(tcase, handles_close_in_any_order);
    tcase_add_test(tcase, what_was_committed_is_there_when_opened_again);
    tcase_add_test(tcase, a_snapshot_never_changes);
    tcase_add_test(tcase, lanes_are_called_at_once);
    tcase_add_test(tcase, readers_go_on_beside_a_writer);
}
