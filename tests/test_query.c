/* The builder: what it makes, what it refuses, and that refusal sticks. */
#include <math.h>

#include "query/tree.h"
#include "support/suite.h"

static lede_query *query;

static void setup(void)
{
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
}

static void teardown(void)
{
    lede_query_free(query);
    query = NULL;
}

static lede_node word(const char *text)
{
    return lede_query_term(query, NULL, text, LEDE_TERMINATED);
}

static const lede_query_node *at(lede_node node)
{
    const lede_query_node *found = lede_query_node_at(query, node);

    ck_assert_ptr_nonnull(found);
    return found;
}

START_TEST(leaves_keep_what_they_were_given)
{
    char text[] = "a\0b";
    lede_node node = lede_query_term(query, "title", text, 3);

    text[0] = 'x';
    ck_assert_int_eq(at(node)->kind, LEDE_NODE_TERM);
    ck_assert_str_eq(at(node)->field, "title");
    ck_assert_uint_eq(at(node)->len, 3);
    ck_assert_mem_eq(at(node)->text, "a\0b", 4);
    node = lede_query_phrase(query, NULL, "a b", LEDE_TERMINATED, 7);
    ck_assert_int_eq(at(node)->kind, LEDE_NODE_PHRASE);
    ck_assert_ptr_null(at(node)->field);
    ck_assert_uint_eq(at(node)->number, 7);
    ck_assert_uint_eq(at(node)->len, 3);
    node = lede_query_fuzzy(query, NULL, "iran", 4, 2, 1);
    ck_assert_uint_eq(at(node)->number, 2);
    ck_assert_uint_eq(at(node)->prefix, 1);
    node = lede_query_prefix(query, NULL, NULL, 0);
    ck_assert_str_eq(at(node)->text, "");
    node = lede_query_range(query, "date", "2020", NULL);
    ck_assert_int_eq(at(node)->min.kind, LEDE_STORED);
    ck_assert_str_eq(at(node)->min.text, "2020");
    ck_assert_int_eq(at(node)->max.kind, LEDE_NONE);
    node = lede_query_range_double(query, "rating", -0.0, HUGE_VAL);
    ck_assert_int_eq(at(node)->min.kind, LEDE_DOUBLE);
    ck_assert(!signbit(at(node)->min.real));
    node = lede_query_range_int(query, "year", INT64_MIN, 5);
    ck_assert_int_eq(at(node)->min.number, INT64_MIN);
    ck_assert_int_eq(lede_query_status(query), LEDE_OK);
}
END_TEST

START_TEST(joins_know_their_children_and_are_known_by_them)
{
    lede_node parts[3] = { word("a"), word("b"), 0 };
    lede_node join;

    parts[2] = lede_query_not(query, word("c"));
    join = lede_query_and(query, parts, 3);
    ck_assert_uint_eq(at(join)->count, 3);
    ck_assert_uint_eq(at(join)->height, 3);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(at(join)->children[i], parts[i]);
        ck_assert_uint_eq(at(parts[i])->parent, join);
        ck_assert_uint_eq(at(parts[i])->place, i);
        ck_assert_uint_lt(parts[i], join);
    }
    ck_assert_uint_eq(at(lede_query_or(query, NULL, 0))->count, 0);
    ck_assert_int_eq(lede_query_status(query), LEDE_OK);
}
END_TEST

START_TEST(forms_always_hold_exact_and_0_is_all)
{
    lede_node node = lede_query_forms(query, word("a"), LEDE_FORM_STEM);

    ck_assert_uint_eq(at(node)->number, LEDE_FORM_EXACT | LEDE_FORM_STEM);
    node = lede_query_forms(query, word("a"), 0);
    ck_assert_uint_eq(at(node)->number, 15);
}
END_TEST

START_TEST(a_root_under_a_parent_is_none)
{
    lede_node a = word("a"), not_a;

    ck_assert_uint_eq(lede_query_root(query), 0);
    lede_query_set_root(query, a);
    ck_assert_uint_eq(lede_query_root(query), a);
    not_a = lede_query_not(query, lede_query_root(query));
    ck_assert_uint_eq(lede_query_root(query), 0);
    lede_query_set_root(query, not_a);
    ck_assert_uint_eq(lede_query_root(query), not_a);
    lede_query_set_root(query, a);
    ck_assert_int_eq(lede_query_status(query), LEDE_ERR_INVALID);
}
END_TEST

static lede_node wrong_field(void)
{
    return lede_query_term(query, "Title", "a", 1);
}

static lede_node empty_field(void)
{
    return lede_query_term(query, "", "a", 1);
}

static lede_node digit_first(void)
{
    return lede_query_exists(query, "1st");
}

static lede_node long_field(void)
{
    return lede_query_exists(
        query,
        "a0000000000000000000000000000000000000000000000000000000000000000");
}

static lede_node no_field_equals(void)
{
    return lede_query_equals(query, NULL, "a", 1);
}

static lede_node no_field_exists(void)
{
    return lede_query_exists(query, NULL);
}

static lede_node no_field_range(void)
{
    return lede_query_range(query, NULL, "1", "2");
}

static lede_node no_field_ints(void)
{
    return lede_query_range_int(query, NULL, 1, 2);
}

static lede_node no_field_doubles(void)
{
    return lede_query_range_double(query, NULL, 1, 2);
}

static lede_node no_text(void)
{
    return lede_query_term(query, NULL, NULL, 3);
}

static lede_node no_pattern(void)
{
    return lede_query_regex(query, NULL, NULL, 3);
}

static lede_node bad_pattern(void)
{
    return lede_query_regex(query, NULL, "a(b", 3);
}

static lede_node three_edits(void)
{
    return lede_query_fuzzy(query, NULL, "a", 1, 3, 0);
}

static lede_node range_of_nan(void)
{
    return lede_query_range_double(query, "a", 0, (double)NAN);
}

static lede_node tie_of_two(void)
{
    return lede_query_best(query, NULL, 0, 2);
}

static lede_node tie_of_nan(void)
{
    return lede_query_best(query, NULL, 0, (double)NAN);
}

static lede_node negative_boost(void)
{
    return lede_query_boost(query, word("a"), -1);
}

static lede_node endless_constant(void)
{
    return lede_query_constant(query, word("a"), HUGE_VAL);
}

static lede_node boost_of_nan(void)
{
    return lede_query_boost(query, word("a"), (double)NAN);
}

static lede_node unknown_form(void)
{
    return lede_query_forms(query, word("a"), 16);
}

static lede_node not_of_none(void)
{
    return lede_query_not(query, 0);
}

static lede_node not_of_unknown(void)
{
    return lede_query_not(query, 99);
}

static lede_node two_parents(void)
{
    lede_node a = word("a");

    (void)lede_query_not(query, a);
    return lede_query_not(query, a);
}

static lede_node same_child_twice(void)
{
    lede_node a = word("a"), both[2] = { a, a };

    return lede_query_and(query, both, 2);
}

static lede_node no_children(void)
{
    return lede_query_and(query, NULL, 2);
}

static lede_node empty_group(void)
{
    lede_node a = word("a");

    return lede_query_group(query, &a, 0);
}

static lede_node empty_near(void)
{
    lede_node a = word("a");

    return lede_query_near(query, &a, 0, 1, false);
}

static lede_node near_without_nodes(void)
{
    return lede_query_near(query, NULL, 0, 1, false);
}

static lede_node phrase_in_group(void)
{
    lede_node a = lede_query_phrase(query, NULL, "a", 1, 0);

    return lede_query_group(query, &a, 1);
}

static lede_node near_of_unknown(void)
{
    lede_node a = 99;

    return lede_query_near(query, &a, 1, 1, false);
}

static lede_node or_in_near(void)
{
    lede_node a = lede_query_or(query, NULL, 0);

    return lede_query_near(query, &a, 1, 1, false);
}

static lede_node near_over_fields(void)
{
    lede_node both[2] = { word("a"), lede_query_term(query, "title", "b", 1) };

    return lede_query_near(query, both, 2, 1, false);
}

static lede_node near_over_two_fields(void)
{
    lede_node both[2] = { lede_query_term(query, "body", "b", 1),
                          lede_query_term(query, "title", "b", 1) };

    return lede_query_near(query, both, 2, 1, false);
}

static lede_node (*const wrong[])(void) = {
    wrong_field,      empty_field,          digit_first,
    long_field,       no_field_equals,      no_field_exists,
    no_field_range,   no_field_ints,        no_field_doubles,
    no_text,          no_pattern,           bad_pattern,
    three_edits,      range_of_nan,         tie_of_two,
    tie_of_nan,       negative_boost,       endless_constant,
    boost_of_nan,     unknown_form,         not_of_none,
    not_of_unknown,   two_parents,          same_child_twice,
    no_children,      empty_group,          empty_near,
    phrase_in_group,  near_of_unknown,      or_in_near,
    near_over_fields, near_over_two_fields, near_without_nodes,
};

START_TEST(what_is_wrong_is_refused_and_sticks)
{
    ck_assert_uint_eq(wrong[_i](), 0);
    ck_assert_int_eq(lede_query_status(query), LEDE_ERR_INVALID);
    ck_assert_uint_eq(word("a"), 0);
    ck_assert_uint_eq(lede_query_and(query, NULL, 0), 0);
    ck_assert_uint_eq(lede_query_everything(query), 0);
    lede_query_set_root(query, 1);
    ck_assert_uint_eq(lede_query_root(query), 0);
    ck_assert_int_eq(lede_query_status(query), LEDE_ERR_INVALID);
}
END_TEST

START_TEST(no_query_is_invalid_and_never_a_crash)
{
    lede_node none = 0;

    ck_assert_int_eq(lede_query_new(NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_query_status(NULL), LEDE_ERR_INVALID);
    ck_assert_uint_eq(lede_query_root(NULL), 0);
    ck_assert_ptr_null(lede_query_warning(NULL, 0));
    lede_query_set_root(NULL, 1);
    lede_query_free(NULL);
    ck_assert_uint_eq(lede_query_term(NULL, NULL, "a", 1), 0);
    ck_assert_uint_eq(lede_query_regex(NULL, NULL, "a", 1), 0);
    ck_assert_uint_eq(lede_query_fuzzy(NULL, NULL, "a", 1, 9, 0), 0);
    ck_assert_uint_eq(lede_query_range(NULL, "a", "1", NULL), 0);
    ck_assert_uint_eq(lede_query_range_int(NULL, "a", 1, 2), 0);
    ck_assert_uint_eq(lede_query_range_double(NULL, "a", 1, 2), 0);
    ck_assert_uint_eq(lede_query_exists(NULL, "a"), 0);
    ck_assert_uint_eq(lede_query_everything(NULL), 0);
    ck_assert_uint_eq(lede_query_nothing(NULL), 0);
    ck_assert_uint_eq(lede_query_and(NULL, &none, 1), 0);
    ck_assert_uint_eq(lede_query_best(NULL, &none, 1, 9), 0);
    ck_assert_uint_eq(lede_query_group(NULL, &none, 1), 0);
    ck_assert_uint_eq(lede_query_near(NULL, &none, 1, 1, true), 0);
    ck_assert_uint_eq(lede_query_not(NULL, 1), 0);
    ck_assert_uint_eq(lede_query_boost(NULL, 1, -1), 0);
    ck_assert_uint_eq(lede_query_forms(NULL, 1, 99), 0);
}
END_TEST

START_TEST(equal_trees_are_equal_whatever_lies_about)
{
    lede_query *other;
    lede_node both[2];

    ck_assert_int_eq(lede_query_new(&other, NULL), LEDE_OK);
    ck_assert(lede_query_equal(query, other));
    (void)word("left over");
    both[0] = word("a");
    both[1] = lede_query_not(query, word("b"));
    lede_query_set_root(query, lede_query_and(query, both, 2));
    ck_assert(!lede_query_equal(query, other));
    both[0] = lede_query_term(other, NULL, "a", 1);
    both[1] = lede_query_not(other, lede_query_term(other, NULL, "b", 1));
    lede_query_set_root(other, lede_query_and(other, both, 2));
    ck_assert(lede_query_equal(query, other));
    lede_query_set_root(other, lede_query_not(other, lede_query_root(other)));
    ck_assert(!lede_query_equal(query, other));
    lede_query_free(other);
}
END_TEST

/* Pairs that differ in one member each. */
static lede_node variant(lede_query *q, int which)
{
    switch (which) {
    case 0:
        return lede_query_term(q, NULL, "a", 1);
    case 1:
        return lede_query_term(q, NULL, "b", 1);
    case 2:
        return lede_query_term(q, NULL, "a", 2);
    case 3:
        return lede_query_term(q, "f", "a", 1);
    case 4:
        return lede_query_term(q, "g", "a", 1);
    case 5:
        return lede_query_phrase(q, NULL, "a", 1, 0);
    case 6:
        return lede_query_phrase(q, NULL, "a", 1, 1);
    case 7:
        return lede_query_fuzzy(q, NULL, "a", 1, 1, 0);
    case 8:
        return lede_query_fuzzy(q, NULL, "a", 1, 1, 1);
    case 9:
        return lede_query_range(q, "f", "1", NULL);
    case 10:
        return lede_query_range(q, "f", "2", NULL);
    case 11:
        return lede_query_range(q, "f", NULL, "1");
    case 12:
        return lede_query_range_int(q, "f", 1, 1);
    case 13:
        return lede_query_range_int(q, "f", 1, 2);
    case 14:
        return lede_query_range_double(q, "f", 1, 1);
    case 15:
        return lede_query_range_double(q, "f", 1, 2);
    case 16:
        return lede_query_best(q, NULL, 0, 0.5);
    case 17:
        return lede_query_best(q, NULL, 0, 0.25);
    case 18:
        return lede_query_or(q, NULL, 0);
    default:
        return lede_query_everything(q);
    }
}

START_TEST(trees_that_differ_in_one_member_differ)
{
    for (int i = 0; i < 20; i++) {
        lede_query *a, *b;

        ck_assert_int_eq(lede_query_new(&a, NULL), LEDE_OK);
        ck_assert_int_eq(lede_query_new(&b, NULL), LEDE_OK);
        lede_query_set_root(a, variant(a, i));
        lede_query_set_root(b, variant(b, _i));
        ck_assert_msg(lede_query_equal(a, b) == (i == _i), "%d %d", i, _i);
        lede_query_free(a);
        lede_query_free(b);
    }
}
END_TEST

START_TEST(a_tree_of_any_height_is_freed_and_compared)
{
    lede_node node = word("a");

    for (int i = 0; i < 200000; i++)
        node = lede_query_not(query, node);
    lede_query_set_root(query, node);
    ck_assert_uint_eq(at(node)->height, 200001);
    ck_assert(lede_query_equal(query, query));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, leaves_keep_what_they_were_given);
    tcase_add_test(tcase, joins_know_their_children_and_are_known_by_them);
    tcase_add_test(tcase, forms_always_hold_exact_and_0_is_all);
    tcase_add_test(tcase, a_root_under_a_parent_is_none);
    tcase_add_loop_test(tcase, what_is_wrong_is_refused_and_sticks, 0,
                        (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tcase, no_query_is_invalid_and_never_a_crash);
    tcase_add_test(tcase, equal_trees_are_equal_whatever_lies_about);
    tcase_add_loop_test(tcase, trees_that_differ_in_one_member_differ, 0, 20);
    tcase_add_test(tcase, a_tree_of_any_height_is_freed_and_compared);
}

int main(void)
{
    return test_suite_run("query", add_tests);
}
