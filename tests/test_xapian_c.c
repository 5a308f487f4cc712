/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/server.h"
#include "support/suite.h"

#ifdef LEDE_HAVE_XAPIAN
#include "xapian-c/xapian.h"

#define SLOT_COLOUR 7
#define SLOT_SIZE   9

static char folder[] = "/tmp/lede-xapian-c-XXXXXX";
static char path[64];
static xapian_error err;

static void set_up(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/db", folder);
    memset(&err, 0, sizeof err);
}

static void tear_down(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

#define OK(call) ck_assert_msg(call, "%s: %s: %s", #call, err.type, err.message)

static void expect_error(xapian_error_kind kind)
{
    ck_assert_msg(err.kind == kind, "%d, not %d: %s: %s", (int)err.kind,
                  (int)kind, err.type, err.message);
    ck_assert_str_ne(err.message, "");
    memset(&err, 0, sizeof err);
}

static xapian_database *open_as(unsigned flags)
{
    xapian_database *db = xapian_database_open(path, flags, &err);

    OK(db);
    return db;
}

/* Words get positions from 1 on. */
static void add(xapian_database *db, const char *words, const char *colour,
                const char *size)
{
    xapian_document *doc = xapian_document_new(&err);
    uint32_t position = 0;

    OK(doc);
    while (*words) {
        size_t len = strcspn(words, " ");

        OK(xapian_document_add_posting(doc, words, len, ++position, 1, &err));
        words += len + strspn(words + len, " ");
    }
    OK(xapian_document_set_value(doc, SLOT_COLOUR, colour, strlen(colour),
                                 &err));
    OK(xapian_document_set_value(doc, SLOT_SIZE, size, strlen(size), &err));
    OK(xapian_document_set_text(doc, colour, strlen(colour), &err));
    OK(xapian_add(db, doc, NULL, &err));
    xapian_document_free(doc);
}

static xapian_database *five(void)
{
    xapian_database *db = open_as(XAPIAN_CREATE);

    add(db, "a b c", "red", "1");
    add(db, "b a", "blue", "3");
    add(db, "a x b", "red", "2");
    add(db, "c c c", "", "5");
    add(db, "a a a a b", "green", "4");
    OK(xapian_commit(db, &err));
    return db;
}

static xapian_query *term(const char *word)
{
    xapian_query *query = xapian_query_term(word, strlen(word), &err);

    OK(query);
    return query;
}

/* Joins and frees its parts. */
static xapian_query *join(xapian_operator op, xapian_query *one,
                          xapian_query *two, uint32_t window)
{
    xapian_query *parts[] = { one, two };
    xapian_query *query = xapian_query_join(op, parts, 2, window, &err);

    OK(query);
    xapian_query_free(one);
    xapian_query_free(two);
    return query;
}

/* Ids in the order found, by spaces. Takes the query. */
static const char *found(const xapian_database *db, xapian_query *query)
{
    static char ids[256];
    xapian_run run = { .most = 100 };
    xapian_enquire *enquire = xapian_enquire_new(db, &err);
    xapian_mset *mset;
    xapian_item item;
    size_t used = 0;

    OK(enquire);
    OK(xapian_enquire_boolean(enquire, &err));
    OK(xapian_enquire_query(enquire, query, &err));
    mset = xapian_enquire_run(enquire, &run, &err);
    OK(mset);
    ids[0] = '\0';
    for (size_t i = 0; i < xapian_mset_size(mset); i++) {
        OK(xapian_mset_item(mset, i, &item, &err));
        used += (size_t)snprintf(ids + used, sizeof ids - used, "%s%u",
                                 used ? " " : "", (unsigned)item.id);
    }
    xapian_mset_free(mset);
    xapian_enquire_free(enquire);
    xapian_query_free(query);
    return ids;
}

START_TEST(freeing_nothing_is_fine)
{
    xapian_string none = { NULL, 0 };
    xapian_positions positions = { NULL, 0 };

    xapian_database_free(NULL);
    xapian_document_free(NULL);
    xapian_terms_free(NULL);
    xapian_postings_free(NULL);
    xapian_values_free(NULL);
    xapian_query_free(NULL);
    xapian_enquire_free(NULL);
    xapian_mset_free(NULL);
    xapian_spy_free(NULL);
    xapian_string_free(NULL);
    xapian_string_free(&none);
    xapian_positions_free(&positions);
}
END_TEST

START_TEST(errors_say_what_and_which)
{
    xapian_database *db, *other;
    xapian_query *none = NULL;

    ck_assert_ptr_null(xapian_database_open(path, XAPIAN_READ, &err));
    expect_error(XAPIAN_ERROR_NOT_FOUND);
    ck_assert_ptr_null(xapian_database_open(path, XAPIAN_READ, NULL));
    db = open_as(XAPIAN_CREATE);
    other = xapian_database_open(path, XAPIAN_WRITE, &err);
    ck_assert_ptr_null(other);
    ck_assert_str_eq(err.type, "DatabaseLockError");
    expect_error(XAPIAN_ERROR_LOCKED);
    ck_assert_ptr_null(xapian_database_open(path, 99, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    ck_assert_ptr_null(xapian_document_get(db, 12, &err));
    expect_error(XAPIAN_ERROR_NOT_FOUND);
    ck_assert_ptr_null(xapian_query_join(XAPIAN_AND, &none, 1, 0, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    ck_assert_ptr_null(xapian_query_scale(NULL, 1, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    xapian_database_free(db);
    ck_assert_ptr_null(
        xapian_database_open_remote("127.0.0.1", 1, false, 1000, &err));
    expect_error(XAPIAN_ERROR_NETWORK);
}
END_TEST

START_TEST(a_reader_cannot_write)
{
    xapian_database *db;

    xapian_database_free(five());
    db = open_as(XAPIAN_READ);
    ck_assert(!xapian_delete(db, 1, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    ck_assert(!xapian_metadata_set(db, "k", 1, "v", 1, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    ck_assert(!xapian_begin(db, true, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    xapian_database_free(db);
}
END_TEST

START_TEST(terms_are_at_most_245_bytes)
{
    xapian_database *db = open_as(XAPIAN_CREATE);

    for (size_t len = 245; len <= 246; len++) {
        xapian_document *doc = xapian_document_new(&err);
        char text[256];

        memset(text, 'a', sizeof text);
        OK(xapian_document_add_term(doc, text, len, 1, &err));
        ck_assert_int_eq(xapian_add(db, doc, NULL, &err), len == 245);
        if (len > 245)
            expect_error(XAPIAN_ERROR_ARGUMENT);
        xapian_document_free(doc);
    }
    xapian_database_free(db);
}
END_TEST

START_TEST(documents_have_weights_of_their_own)
{
    static const uint32_t ids[] = { 1, 3, 5 };
    static const double weights[] = { 0.5, 4, 2 };
    xapian_database *db = five();
    xapian_query *parts[2] = { xapian_query_weighted(db, ids, weights, 3, &err),
                               term("b") };
    xapian_query *query = xapian_query_join(XAPIAN_FILTER, parts, 2, 0, &err);
    xapian_enquire *enquire = xapian_enquire_new(db, &err);
    xapian_run run = { .most = 2 };
    xapian_mset *mset;
    xapian_item item;

    OK(query);
    OK(xapian_enquire_query(enquire, query, &err));
    mset = xapian_enquire_run(enquire, &run, &err);
    OK(mset);
    ck_assert_uint_eq(xapian_mset_size(mset), 2);
    OK(xapian_mset_item(mset, 0, &item, &err));
    ck_assert_uint_eq(item.id, 3);
    ck_assert_double_eq(item.weight, 4);
    OK(xapian_mset_item(mset, 1, &item, &err));
    ck_assert_uint_eq(item.id, 5);
    xapian_mset_free(mset);
    xapian_enquire_free(enquire);
    xapian_query_free(query);
    xapian_query_free(parts[0]);
    xapian_query_free(parts[1]);
    ck_assert_str_eq(
        found(db, xapian_query_weighted(db, ids, weights, 0, &err)), "");
    xapian_database_free(db);
}
END_TEST

START_TEST(what_is_put_comes_back)
{
    xapian_database *db = five();
    xapian_document *doc = xapian_document_get(db, 5, &err);
    xapian_positions positions;
    xapian_database_stats stats;
    xapian_terms *terms;
    xapian_string value;
    uint32_t documents;
    uint64_t occurrences;
    const char *text;
    size_t len;

    OK(doc);
    OK(xapian_document_value(doc, SLOT_SIZE, &value, &err));
    ck_assert_str_eq(value.at, "4");
    xapian_string_free(&value);
    OK(xapian_document_value(doc, 12345, &value, &err));
    ck_assert_uint_eq(value.len, 0);
    xapian_string_free(&value);
    OK(xapian_document_text(doc, &value, &err));
    ck_assert_str_eq(value.at, "green");
    xapian_string_free(&value);
    terms = xapian_document_terms(doc, &err);
    OK(xapian_terms_next(terms, &text, &len, &err));
    ck_assert_str_eq(text, "a");
    OK(xapian_terms_next(terms, &text, &len, &err));
    ck_assert_str_eq(text, "b");
    ck_assert(!xapian_terms_next(terms, &text, &len, &err));
    ck_assert(!xapian_terms_next(terms, &text, &len, &err));
    ck_assert_int_eq(err.kind, XAPIAN_ERROR_NONE);
    xapian_terms_free(terms);
    xapian_document_free(doc);

    OK(xapian_positions_get(db, 5, "a", 1, &positions, &err));
    ck_assert_uint_eq(positions.count, 4);
    ck_assert_uint_eq(positions.at[0], 1);
    ck_assert_uint_eq(positions.at[3], 4);
    xapian_positions_free(&positions);
    OK(xapian_positions_get(db, 5, "z", 1, &positions, &err));
    ck_assert_uint_eq(positions.count, 0);
    xapian_positions_free(&positions);
    OK(xapian_term_count(db, "a", 1, &documents, &occurrences, &err));
    ck_assert_uint_eq(documents, 4);
    ck_assert_uint_eq(occurrences, 7);
    OK(xapian_term_count(db, "z", 1, &documents, &occurrences, &err));
    ck_assert_uint_eq(documents, 0);
    ck_assert_uint_eq(occurrences, 0);
    OK(xapian_database_count(db, &stats, &err));
    ck_assert_uint_eq(stats.documents, 5);
    ck_assert_uint_eq(stats.last_id, 5);
    ck_assert_double_eq_tol(stats.average_length, 16 / 5.0, 1e-12);
    xapian_database_free(db);
}
END_TEST

START_TEST(lists_go_forward)
{
    xapian_database *db = five();
    xapian_terms *terms = xapian_database_terms(db, "", 0, &err);
    xapian_postings *postings;
    xapian_values *values;
    uint32_t id = 0, wdf = 0;
    const char *text;
    size_t len;

    OK(xapian_terms_skip(terms, "b", 1, &text, &len, &err));
    ck_assert_str_eq(text, "b");
    ck_assert_uint_eq(xapian_terms_documents(terms), 4);
    OK(xapian_terms_skip(terms, "a", 1, &text, &len, &err));
    ck_assert_str_eq(text, "b");
    OK(xapian_terms_skip(terms, "d", 1, &text, &len, &err));
    ck_assert_str_eq(text, "x");
    ck_assert(!xapian_terms_skip(terms, "y", 1, &text, &len, &err));
    ck_assert_int_eq(err.kind, XAPIAN_ERROR_NONE);
    xapian_terms_free(terms);

    postings = xapian_postings_open(db, "c", 1, &err);
    OK(xapian_postings_next(postings, &id, &wdf, &err));
    ck_assert_uint_eq(id, 1);
    OK(xapian_postings_next(postings, &id, &wdf, &err));
    ck_assert_uint_eq(id, 4);
    ck_assert_uint_eq(wdf, 3);
    ck_assert(!xapian_postings_next(postings, &id, &wdf, &err));
    xapian_postings_free(postings);

    values = xapian_values_open(db, SLOT_COLOUR, &err);
    OK(xapian_values_at(values, 2, &text, &len, &err));
    ck_assert_str_eq(text, "blue");
    OK(xapian_values_at(values, 4, &text, &len, &err));
    ck_assert_uint_eq(len, 0);
    OK(xapian_values_at(values, 5, &text, &len, &err));
    ck_assert_str_eq(text, "green");
    OK(xapian_values_at(values, 99, &text, &len, &err));
    ck_assert_uint_eq(len, 0);
    xapian_values_free(values);
    xapian_database_free(db);
}
END_TEST

START_TEST(operators_match_what_they_say)
{
    xapian_database *db = five();

    ck_assert_str_eq(found(db, join(XAPIAN_AND, term("a"), term("c"), 0)), "1");
    ck_assert_str_eq(found(db, join(XAPIAN_OR, term("x"), term("c"), 0)),
                     "1 3 4");
    ck_assert_str_eq(found(db, join(XAPIAN_AND_NOT, term("a"), term("c"), 0)),
                     "2 3 5");
    ck_assert_str_eq(found(db, join(XAPIAN_XOR, term("a"), term("c"), 0)),
                     "2 3 4 5");
    ck_assert_str_eq(found(db, join(XAPIAN_AND_MAYBE, term("c"), term("a"), 0)),
                     "1 4");
    ck_assert_str_eq(found(db, join(XAPIAN_FILTER, term("c"), term("a"), 0)),
                     "1");
    ck_assert_str_eq(found(db, join(XAPIAN_PHRASE, term("a"), term("b"), 2)),
                     "1 5");
    ck_assert_str_eq(found(db, join(XAPIAN_PHRASE, term("a"), term("b"), 3)),
                     "1 3 5");
    ck_assert_str_eq(found(db, join(XAPIAN_NEAR, term("a"), term("b"), 2)),
                     "1 2 5");
    ck_assert_str_eq(found(db, join(XAPIAN_MAX, term("x"), term("c"), 0)),
                     "1 3 4");
    ck_assert_str_eq(found(db, join(XAPIAN_SYNONYM, term("x"), term("c"), 0)),
                     "1 3 4");
    ck_assert_str_eq(found(db, xapian_query_everything(&err)), "1 2 3 4 5");
    ck_assert_str_eq(found(db, xapian_query_nothing(&err)), "");
    ck_assert_str_eq(
        found(db, xapian_query_range(SLOT_SIZE, "2", 1, "4", 1, &err)),
        "2 3 5");
    ck_assert_str_eq(
        found(db, xapian_query_range(SLOT_SIZE, "4", 1, "2", 1, &err)), "");
    ck_assert_str_eq(
        found(db, xapian_query_at_least(SLOT_COLOUR, "c", 1, &err)), "1 3 5");
    ck_assert_str_eq(found(db, xapian_query_at_most(SLOT_SIZE, "2", 1, &err)),
                     "1 3");
    ck_assert_str_eq(found(db, xapian_query_join(XAPIAN_OR, NULL, 0, 0, &err)),
                     "");
    xapian_database_free(db);
}
END_TEST

/* Ids as an enquiry on all documents orders them. */
static const char *ordered(xapian_database *db, xapian_order order,
                           uint32_t slot, bool falling, uint32_t collapse)
{
    static char ids[64];
    xapian_query *query = term("a");
    xapian_run run = { .most = 100 };
    xapian_bm25 rule = { 1, 0, 0, 0, 0 };
    xapian_enquire *enquire = xapian_enquire_new(db, &err);
    xapian_mset *mset;
    xapian_item item;

    OK(xapian_enquire_query(enquire, query, &err));
    OK(xapian_enquire_bm25(enquire, &rule, &err));
    OK(xapian_enquire_order(enquire, order, slot, falling, &err));
    OK(xapian_enquire_collapse(enquire, SLOT_COLOUR, collapse, &err));
    mset = xapian_enquire_run(enquire, &run, &err);
    OK(mset);
    ids[0] = '\0';
    for (size_t i = 0; i < xapian_mset_size(mset); i++) {
        OK(xapian_mset_item(mset, i, &item, &err));
        (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%u",
                       (unsigned)item.id);
    }
    ck_assert(!xapian_mset_item(mset, 99, &item, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    xapian_mset_free(mset);
    xapian_enquire_free(enquire);
    xapian_query_free(query);
    return ids;
}

START_TEST(orders_are_by_weight_value_and_id)
{
    xapian_database *db = five();

    ck_assert_str_eq(ordered(db, XAPIAN_BY_WEIGHT, 0, false, 0), "5123");
    ck_assert_str_eq(ordered(db, XAPIAN_BY_VALUE, SLOT_SIZE, false, 0), "1325");
    ck_assert_str_eq(ordered(db, XAPIAN_BY_VALUE, SLOT_SIZE, true, 0), "5231");
    ck_assert_str_eq(
        ordered(db, XAPIAN_BY_WEIGHT_THEN_VALUE, SLOT_SIZE, true, 0), "5231");
    ck_assert_str_eq(
        ordered(db, XAPIAN_BY_VALUE_THEN_WEIGHT, SLOT_COLOUR, false, 0),
        "2513");
    ck_assert_str_eq(ordered(db, XAPIAN_BY_VALUE, SLOT_SIZE, false, 1), "125");
    xapian_database_free(db);
}
END_TEST

static xapian_decision decide(void *ctx, uint32_t id)
{
    uint32_t *stop = ctx;

    if (*stop && id >= *stop)
        return XAPIAN_STOP;
    return id % 2 ? XAPIAN_ACCEPT : XAPIAN_REJECT;
}

START_TEST(deciders_accept_reject_and_stop)
{
    xapian_database *db = five();
    xapian_query *query = xapian_query_everything(&err);
    xapian_enquire *enquire = xapian_enquire_new(db, &err);
    uint32_t stop = 0, least, most;
    xapian_run run = {
        .most = 10, .check_at_least = 5, .decide = decide, .ctx = &stop
    };
    xapian_mset *mset;

    OK(xapian_enquire_query(enquire, query, &err));
    mset = xapian_enquire_run(enquire, &run, &err);
    OK(mset);
    ck_assert_uint_eq(xapian_mset_size(mset), 3);
    xapian_mset_matches(mset, &least, &most);
    ck_assert_uint_eq(least, 3);
    ck_assert_uint_eq(most, 3);
    xapian_mset_free(mset);
    stop = 4;
    ck_assert_ptr_null(xapian_enquire_run(enquire, &run, &err));
    expect_error(XAPIAN_ERROR_STOPPED);
    stop = 0;
    mset = xapian_enquire_run(enquire, &run, &err);
    OK(mset);
    xapian_mset_free(mset);
    xapian_enquire_free(enquire);
    xapian_query_free(query);
    xapian_database_free(db);
}
END_TEST

static void expect_spied(xapian_database *db)
{
    xapian_query *query = term("a");
    xapian_enquire *enquire = xapian_enquire_new(db, &err);
    xapian_spy *spy = xapian_spy_new(SLOT_COLOUR, &err);
    xapian_run run = { .check_at_least = 5 };
    xapian_terms *values;
    xapian_mset *mset;
    const char *text;
    size_t len;

    OK(xapian_enquire_query(enquire, query, &err));
    OK(xapian_enquire_add_spy(enquire, spy, &err));
    mset = xapian_enquire_run(enquire, &run, &err);
    OK(mset);
    xapian_mset_free(mset);
    values = xapian_spy_values(spy, &err);
    OK(xapian_terms_next(values, &text, &len, &err));
    ck_assert_str_eq(text, "blue");
    ck_assert_uint_eq(xapian_terms_documents(values), 1);
    OK(xapian_terms_next(values, &text, &len, &err));
    OK(xapian_terms_next(values, &text, &len, &err));
    ck_assert_str_eq(text, "red");
    ck_assert_uint_eq(xapian_terms_documents(values), 2);
    ck_assert(!xapian_terms_next(values, &text, &len, &err));
    xapian_terms_free(values);
    xapian_enquire_free(enquire);
    xapian_spy_free(spy);
    xapian_query_free(query);
}

START_TEST(spies_count_values)
{
    xapian_database *db = five();

    expect_spied(db);
    xapian_database_free(db);
}
END_TEST

START_TEST(a_transaction_is_all_or_nothing)
{
    xapian_database *db = five(), *reader = open_as(XAPIAN_READ);
    xapian_string value;

    OK(xapian_begin(db, true, &err));
    add(db, "z", "z", "9");
    OK(xapian_metadata_set(db, "note", 4, "new", 3, &err));
    OK(xapian_cancel(db, &err));
    ck_assert_str_eq(found(db, term("z")), "");
    OK(xapian_metadata_get(db, "note", 4, &value, &err));
    ck_assert_uint_eq(value.len, 0);
    xapian_string_free(&value);
    OK(xapian_begin(db, true, &err));
    add(db, "z", "z", "9");
    ck_assert_str_eq(found(reader, term("z")), "");
    OK(xapian_commit(db, &err));
    ck_assert_str_eq(found(reader, term("z")), "");
    OK(xapian_database_reopen(reader, &err));
    ck_assert_str_eq(found(reader, term("z")), "6");
    OK(xapian_begin(db, true, &err));
    OK(xapian_delete_term(db, "a", 1, &err));
    xapian_database_free(db);
    OK(xapian_database_reopen(reader, &err));
    ck_assert_str_eq(found(reader, term("a")), "1 2 3 5");
    xapian_database_free(reader);
}
END_TEST

START_TEST(documents_are_replaced_and_deleted)
{
    xapian_database *db = five();
    xapian_document *doc = xapian_document_new(&err);
    uint32_t id = 0;

    OK(xapian_document_add_term(doc, "new", 3, 1, &err));
    OK(xapian_replace_term(db, "x", 1, doc, &id, &err));
    ck_assert_uint_eq(id, 3);
    ck_assert_str_eq(found(db, term("new")), "3");
    OK(xapian_replace_term(db, "nowhere", 7, doc, &id, &err));
    ck_assert_uint_eq(id, 6);
    OK(xapian_replace(db, 40, doc, &err));
    OK(xapian_delete(db, 6, &err));
    ck_assert_str_eq(found(db, term("new")), "3 40");
    ck_assert(!xapian_delete(db, 6, &err));
    expect_error(XAPIAN_ERROR_NOT_FOUND);
    xapian_document_free(doc);
    xapian_database_free(db);
}
END_TEST

START_TEST(metadata_is_listed_by_prefix)
{
    xapian_database *db = five();
    xapian_terms *names;
    const char *name;
    size_t len;

    OK(xapian_metadata_set(db, "a1", 2, "one", 3, &err));
    OK(xapian_metadata_set(db, "a2", 2, "two", 3, &err));
    OK(xapian_metadata_set(db, "b", 1, "three", 5, &err));
    OK(xapian_metadata_set(db, "a1", 2, "", 0, &err));
    OK(xapian_commit(db, &err));
    names = xapian_metadata_keys(db, "a", 1, &err);
    OK(xapian_terms_next(names, &name, &len, &err));
    ck_assert_str_eq(name, "a2");
    ck_assert_uint_eq(xapian_terms_documents(names), 0);
    ck_assert(!xapian_terms_next(names, &name, &len, &err));
    xapian_terms_free(names);
    xapian_database_free(db);
}
END_TEST

START_TEST(several_databases_are_one)
{
    xapian_database *one = five(), *two, *all = xapian_database_new(&err);

    (void)snprintf(path, sizeof path, "%s/db2", folder);
    two = open_as(XAPIAN_CREATE);
    add(two, "a only", "white", "0");
    OK(xapian_commit(two, &err));
    OK(all);
    OK(xapian_database_add(all, one, &err));
    OK(xapian_database_add(all, two, &err));
    ck_assert_str_eq(found(all, term("only")), "2");
    ck_assert_str_eq(found(all, term("x")), "5");
    xapian_database_free(one);
    xapian_database_free(two);
    ck_assert_str_eq(found(all, term("only")), "2");
    xapian_database_free(all);
}
END_TEST

static void keep_line(void *ctx, const char *text)
{
    (void)snprintf(ctx, 64, "%s", text);
}

START_TEST(databases_are_checked_and_compacted)
{
    xapian_database *db = five();
    char line[64] = "", copy[64];
    size_t errors = 99;

    OK(xapian_database_check(path, keep_line, line, &errors, &err));
    ck_assert_uint_eq(errors, 0);
    ck_assert(!xapian_database_compact(db, path, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    (void)snprintf(copy, sizeof copy, "%s/copy", folder);
    OK(xapian_database_compact(db, copy, &err));
    xapian_database_free(db);
    memcpy(path, copy, sizeof path);
    db = open_as(XAPIAN_READ);
    ck_assert_str_eq(found(db, term("c")), "1 4");
    xapian_database_free(db);
}
END_TEST

START_TEST(a_server_answers_as_the_disk_does)
{
    xapian_database *db;
    server at = { 0 };

    xapian_database_free(five());
    if (!server_start(&at, path, true))
        return;
    db = xapian_database_open_remote("127.0.0.1", at.port, false, 10000, &err);
    OK(db);
    ck_assert_str_eq(found(db, join(XAPIAN_PHRASE, term("a"), term("b"), 2)),
                     "1 5");
    expect_spied(db);
    xapian_database_free(db);
    db = xapian_database_open_remote("127.0.0.1", at.port, true, 10000, &err);
    OK(db);
    add(db, "far away", "red", "7");
    OK(xapian_commit(db, &err));
    ck_assert_str_eq(found(db, term("far")), "6");
    xapian_database_free(db);
    server_stop(&at);
}
END_TEST

START_TEST(queries_describe_themselves)
{
    xapian_query *query = join(XAPIAN_OR, term("a"), term("b"), 0);
    xapian_string text;

    OK(xapian_query_describe(query, &text, &err));
    ck_assert_ptr_nonnull(strstr(text.at, "a OR b"));
    xapian_string_free(&text);
    ck_assert(!xapian_query_describe(NULL, &text, &err));
    expect_error(XAPIAN_ERROR_ARGUMENT);
    xapian_query_free(query);
    ck_assert_ptr_nonnull(strchr(xapian_version(), '.'));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, freeing_nothing_is_fine);
    tcase_add_test(tcase, errors_say_what_and_which);
    tcase_add_test(tcase, a_reader_cannot_write);
    tcase_add_test(tcase, terms_are_at_most_245_bytes);
    tcase_add_test(tcase, documents_have_weights_of_their_own);
    tcase_add_test(tcase, what_is_put_comes_back);
    tcase_add_test(tcase, lists_go_forward);
    tcase_add_test(tcase, operators_match_what_they_say);
    tcase_add_test(tcase, orders_are_by_weight_value_and_id);
    tcase_add_test(tcase, deciders_accept_reject_and_stop);
    tcase_add_test(tcase, spies_count_values);
    tcase_add_test(tcase, a_transaction_is_all_or_nothing);
    tcase_add_test(tcase, documents_are_replaced_and_deleted);
    tcase_add_test(tcase, metadata_is_listed_by_prefix);
    tcase_add_test(tcase, several_databases_are_one);
    tcase_add_test(tcase, databases_are_checked_and_compacted);
    tcase_add_test(tcase, a_server_answers_as_the_disk_does);
    tcase_add_test(tcase, queries_describe_themselves);
}
#else
static void add_tests(TCase *tcase)
{
    (void)tcase;
}
#endif

int main(void)
{
    return test_suite_run("xapian_c", add_tests);
}
