/*
 * The parser, beginning with the reference in lede/query.h: this suite reads
 * it from the header itself, and every row must hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "query/when.h"
#include "support/failing_alloc.h"
#include "support/suite.h"
#include "support/tree.h"

static lede_query *parse_with(const char *text, size_t len, uint32_t flags,
                              const lede_schema *schema)
{
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_query *query = NULL;
    lede_error err;

    options.flags = flags;
    options.schema = schema;
    ck_assert_msg(lede_query_parse(&query, text, len, &options, &err) ==
                      LEDE_OK,
                  "%s: %s at %u", text, err.message, (unsigned)err.position);
    return query;
}

static lede_query *parse(const char *text)
{
    return parse_with(text, LEDE_TERMINATED, 0, NULL);
}

static void check_tree(const lede_query *query, const char *text,
                       const char *wanted)
{
    lede_buffer tree;

    lede_buffer_init(&tree, NULL);
    test_put_tree(&tree, query);
    lede_put_u8(&tree, '\0');
    ck_assert_msg(strcmp((const char *)tree.at, wanted) == 0,
                  "%s\nis     %s\nnot    %s", text, (const char *)tree.at,
                  wanted);
    lede_buffer_fini(&tree);
}

/* A row: text, tree and print, in place. */
typedef struct row {
    char cells[3][512];
    int count;
} row;

static void add_cell(row *r, const char *text, size_t len)
{
    while (len && text[len - 1] == ' ')
        len--;
    ck_assert_int_lt(r->count, 3);
    ck_assert_uint_lt(len, sizeof r->cells[0]);
    memcpy(r->cells[r->count], text, len);
    r->cells[r->count++][len] = '\0';
}

/* Adds the cells of a line, which stand between arrows. */
static void add_cells(row *r, const char *line)
{
    const char *arrow;

    while ((arrow = strstr(line, "-> ")) != NULL) {
        if (arrow > line)
            add_cell(r, line, (size_t)(arrow - line));
        line = arrow + 3;
    }
    add_cell(r, line, strlen(line));
}

static void check_row(const row *r)
{
    const char *printed = r->count == 3 ? r->cells[2] : r->cells[0];
    lede_query *query = parse(r->cells[0]), *again;
    const char *text;
    size_t len;

    ck_assert_int_ge(r->count, 2);
    check_tree(query, r->cells[0], r->cells[1]);
    ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
    ck_assert_str_eq(text, printed);
    again = parse(text);
    ck_assert_msg(lede_query_equal(query, again), "%s", text);
    lede_query_free(again);
    lede_query_free(query);
}

START_TEST(every_row_of_the_reference_holds)
{
    FILE *header = fopen(LEDE_SOURCE_DIR "/include/lede/query.h", "r");
    char line[256];
    row r = { .count = 0 };
    bool inside = false;
    int rows = 0;

    ck_assert_ptr_nonnull(header);
    while (fgets(line, sizeof line, header)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, " * Reference.", 13) == 0)
            inside = true;
        else if (strncmp(line, " * Signs ", 9) == 0)
            break;
        if (!inside)
            continue;
        if (strncmp(line, " *         -> ", 14) == 0) {
            add_cells(&r, line + 11);
            continue;
        }
        if (r.count) {
            check_row(&r);
            rows++;
            r.count = 0;
        }
        if (strncmp(line, " *     ", 7) == 0)
            add_cells(&r, line + 7);
    }
    fclose(header);
    ck_assert_int_ge(rows, 45);
}
END_TEST

START_TEST(text_is_read_as_people_mean_it)
{
    static const char *const cases[][2] = {
        { "", "" },
        { " \t\n\xC2\xA0\xE3\x80\x80", "" },
        { "-", "term(-)" },
        { " - ? ", "term(- ? )" },
        { "...", "term(...)" },
        { "()", "term(())" },
        { "a  b\tc", "or(a, b, c)" },
        { "c++", "term(c++)" },
        { "@nasa", "term(@nasa)" },
        { "--help", "term(--help)" },
        { "+-a", "term(+-a)" },
        { "1+1", "term(1+1)" },
        { "5'10\"", "term(5'10\")" },
        { "a \xE2\x80\x93 b", "or(a, b)" },
        { "\xF0\x9F\x94\xA5 hot", "hot" },
        { "what?!", "term(what?!)" },
        { "wh?\?", "term(wh?\?)" },
        { "?rd", "wildcard(?rd)" },
        { "w?rd?", "wildcard(w?rd?)" },
        { "e.g.?x", "term(e.g.?x)" },
        { "suleim*,", "prefix(suleim)" },
        { "*", "term(*)" },
        { "**", "term(**)" },
        { "a\\*", "term(a*)" },
        { "a\\*b*", "prefix(a*b)" },
        { "a\\*b*c", "wildcard(a\\*b*c)" },
        { "C:\\temp", "term(C:\\temp)" },
        { "~5", "term(~5)" },
        { "a~b", "term(a~b)" },
        { "word~0", "fuzzy(word; 0)" },
        { "al-muhandis~", "fuzzy(al-muhandis; 2)" },
        { "http://a.b~", "term(http://a.b~)" },
        { "x^2", "boost(2; x)" },
        { "x^2e1", "boost(20; x)" },
        { "x^", "term(x^)" },
        { "x^-1", "term(x^-1)" },
        { "x^1e999", "term(x^1e999)" },
        { "x\\^2", "term(x^2)" },
        { "^2", "term(^2)" },
        { "(a)^x", "or(a, term(^x))" },
        { "\"a\"^2", "boost(2; phrase(a))" },
        { "\"a\"b", "or(phrase(a), b)" },
        { "\"a\"~", "phrase(a)" },
        { "\"a b\"~99999999999", "phrase(a b; 4294967295)" },
        { "\"C:\\temp\"", "phrase(C:\\temp)" },
        { "\xE2\x80\x9E"
          "a\xE2\x80\x9C b",
          "or(phrase(a), b)" },
        { "\xE2\x80\x9D"
          "a\xE2\x80\x9D",
          "phrase(a)" },
        { "\xE4\xBB\x96\xE2\x80\x9C\xE5\xA5\xBD\xE2\x80\x9D\xE5\x90\x97",
          "or(term(\xE4\xBB\x96), phrase(\xE5\xA5\xBD), term(\xE5\x90\x97))" },
        { "/usr/", "term(/usr/)" },
        { "/etc/passwd.d", "term(/etc/passwd.d)" },
        { "/a.b/c", "term(/a.b/c)" },
        { "/a b/", "or(term(/a), term(b/))" },
        { "/a.b/^2", "boost(2; regex(a.b))" },
        { "(/a(b|c)/)", "regex(a(b|c))" },
        { "/a.\\/b/", "regex(a.\\/b)" },
        { "f(x)", "or(f, x)" },
        { "AND", "AND" },
        { "and or not", "or(and, or, not)" },
        { "ANDa", "ANDa" },
        { "a AND(b)", "and(a, b)" },
        { "NOT\"a\"", "not(phrase(a))" },
        { "-NOT a", "and(a, not(NOT))" },
        { "NOT -a", "not(term(-a))" },
        { "a AND - b", "and(a, b)" },
        { "a AND () b", "and(a, b)" },
        { "a AND - OR b", "or(and(a, OR), b)" },
        { "a AND NOT", "and(a, NOT)" },
        { "a AND AND b", "or(a, and(AND, b))" },
        { "a OR b AND c OR d", "or(a, and(b, c), d)" },
        { "a OR (b OR c)", "or(a, or(b, c))" },
        { "+a OR b", "or(a, b)" },
        { "-a OR b c", "or(or(not(a), b), c)" },
        { "+a", "a" },
        { "+a +b", "and(a, b)" },
        { "(-a) b", "or(not(a), b)" },
        { "-(-a)", "not(not(a))" },
        { "-\"a b\" c", "and(c, not(phrase(a b)))" },
        { "-title:a c", "and(c, not(term(title:a)))" },
        { "title:", "term(title:)" },
        { "title:)", "term(title:)" },
        { "title:author:x", "term(title:author:x)" },
        { "title:-x", "term(title:-x)" },
        { "title:(a author:b)", "or(term(title:a), term(author:b))" },
        { "title:(\"a b\" c* d~1)",
          "or(phrase(title:a b), prefix(title:c), fuzzy(title:d; 1))" },
        { "title:[sic]", "term(title:[sic])" },
        { "title:1914..1918", "term(title:1914..1918)" },
        { "title:[1914..1918]", "range(title:1914..1918)" },
        { "title:[..]", "range(title:..)" },
        { "title:[\"\"..\"x\"]^2", "boost(2; range(title:..x))" },
        { "key:abc", "term(key:abc)" },
        { "url:http*://x/?a", "wildcard(url:http*://x/?a)" },
        { "url:http://x/?a=1", "term(url:http://x/?a=1)" },
        { "section:\"World News\"", "phrase(section:World News)" },
        { "date:2020^2", "boost(2; range(date:2020..2020))" },
        { "date:\"2020-01-03 10:00\"",
          "range(date:2020-01-03 10:00..2020-01-03 10:00)" },
        { "date:(2019 OR 2020..)",
          "or(range(date:2019..2019), range(date:2020..))" },
        { "date:<=today", "range(date:..today)" },
        { "date:-1w..+1m", "range(date:-1w..+1m)" },
        { "date:..", "term(date:..)" },
        { "date:2020...2021", "term(date:2020...2021)" },
        { "date:*", "exists(date)" },
        { "*:*^2", "boost(2; all)" },
        { "*:*x", "term(*:*x)" },
        { "NEAR iraq", "or(NEAR, iraq)" },
        { "NEAR/x(a)", "or(term(NEAR/x), a)" },
        { "NEAR/5(a)", "near(5; a)" },
        { "NEAR/5()", "term(NEAR/5())" },
        { "title:NEAR/5(a b)", "near(5; term(title:a), term(title:b))" },
        { "NEAR/5(a title:b)", "and(a, term(title:b))" },
        { "NEAR/5(a -b)", "and(a, not(b))" },
        { "GROUP(a \"b\")", "or(a, phrase(b))" },
        { "ALL(-)", "term(ALL(-))" },
        { "BEST/2(a)", "or(term(BEST/2), a)" },
        { "FORMS(a)", "or(FORMS, a)" },
        { "FORMS/x(a)", "or(term(FORMS/x), a)" },
        { "CONSTANT(a b)", "constant(1; or(a, b))" },
        { "OPTIONAL(-a b)", "optional(and(b, not(a)))" },
        { "TERM(x)", "or(TERM, x)" },
        { "TERM(\"a", "a" },
        { "TERM(\"a\" b", "or(a, b)" },
        { "TERM(\"\\x4\\q\")", "term(\\x4\\q)" },
        { "EQUALS(\"a\")", "or(EQUALS, phrase(a))" },
        { "RANGE(1 2)", "or(RANGE, or(1, 2))" },
        { "date:RANGE(1 2.0)", "or(term(date:RANGE), or(1, term(2.0)))" },
        { "REGEX(\"a(\")", "term(a()" },
        { "/a(b.c/", "or(term(/a), term(b.c/))" },
        { "FUZZY/3(\"a\")", "or(term(FUZZY/3), phrase(a))" },
        { "a) b", "or(a, b)" },
        { "((a b", "or(a, b)" },
        { "\"-\" a", "a" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_query *query = parse(cases[i][0]);

        check_tree(query, cases[i][0], cases[i][1]);
        lede_query_free(query);
    }
}
END_TEST

START_TEST(what_is_doubtful_is_warned_of_where_it_stands_and_strictly_refused)
{
    static const struct {
        const char *text;
        size_t begin, end;
        const char *message;
    } cases[] = {
        { "a \"b c", 2, 6, "unbalanced quote: read to the end" },
        { "a TERM(\"b", 2, 9, "unbalanced quote: read to the end" },
        { "a (b c", 2, 6, "unbalanced (: closed at the end" },
        { "a b) c", 3, 4, "unbalanced ): left out" },
        { "a AND", 2, 5, "an operator needs two sides: read as a word" },
        { "OR a", 0, 2, "an operator needs two sides: read as a word" },
        { "a AND OR b", 2, 5, "an operator needs two sides: read as a word" },
        { "a NOT", 2, 5, "NOT needs something behind it: read as a word" },
        { "a ()", 2, 4, "nothing in brackets: left out" },
        { "a \"...\"", 2, 7, "no words in quotes: left out" },
        { "a opinion:b", 2, 10, "no such field: read as text" },
        { "a date:soon", 2, 11, "not a date: read as text" },
        { "a date:>2020", 2, 12,
          "a range includes its ends: read as >= or <=" },
        { "a b~7", 2, 5, "at most 2 edits: read as ~2" },
        { "a 2*3=6", 2, 7, "* among other marks: read as text" },
        { "*", 0, 1, "* by itself: read as text; *:* finds all" },
        { "a ** b", 2, 4, "* by itself: read as text; *:* finds all" },
        { "a /b(.c/", 2, 8, "unbalanced (" },
        { "NEAR(a (b c))", 0, 13,
          "NEAR takes words and phrases of one field: read as ALL" },
        { "GROUP(a (b c))", 0, 14,
          "GROUP takes words and patterns: read as ANY" },
        { "TERM(\"b\" c", 0, 8, "no ) behind the text: put there" },
    };
    lede_parse_options strict = LEDE_PARSE_OPTIONS;

    strict.flags = LEDE_PARSE_STRICT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_query *query = parse(cases[i].text), *none = NULL;
        const lede_warning *warning = lede_query_warning(query, 0);
        lede_error err;

        ck_assert_msg(warning != NULL, "%s", cases[i].text);
        ck_assert_msg(strcmp(warning->message, cases[i].message) == 0, "%s: %s",
                      cases[i].text, warning->message);
        ck_assert_msg(
            warning->begin == cases[i].begin && warning->end == cases[i].end,
            "%s: %zu-%zu", cases[i].text, warning->begin, warning->end);
        ck_assert_int_eq(lede_query_parse(&none, cases[i].text, LEDE_TERMINATED,
                                          &strict, &err),
                         LEDE_ERR_INVALID);
        ck_assert_ptr_null(none);
        ck_assert_uint_eq(err.position, cases[i].begin);
        ck_assert_str_eq(err.message, cases[i].message);
        lede_query_free(query);
    }
}
END_TEST

START_TEST(plain_text_is_not_doubtful)
{
    static const char *const cases[] = {
        "iraq -syria \"maximum pressure\" author:mansour title:embassy^3",
        "why did it end? 9/11 and/or AT&T http://x.com 12:30 - c++",
        "date:2020-01..2021-01 suleim* soleimany~ NEAR/5(iraq troops) (a OR b)",
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_query *query =
            parse_with(cases[i], LEDE_TERMINATED, LEDE_PARSE_STRICT, NULL);

        ck_assert_ptr_null(lede_query_warning(query, 0));
        lede_query_free(query);
    }
}
END_TEST

START_TEST(flags_change_what_is_read)
{
    static const struct {
        uint32_t flags;
        const char *text, *tree;
    } cases[] = {
        { LEDE_PARSE_ALL, "a b c", "and(a, b, c)" },
        { LEDE_PARSE_ALL, "a OR b c", "and(or(a, b), c)" },
        { LEDE_PARSE_ALL, "a -b +c", "and(c, a, not(b))" },
        { LEDE_PARSE_ALL, "-a", "not(a)" },
        { LEDE_PARSE_ALL, "a (b c)", "and(a, and(b, c))" },
        { LEDE_PARSE_ALL, "ANY(a b)", "or(a, b)" },
        { LEDE_PARSE_ALL, "a - b", "and(a, b)" },
        { LEDE_PARSE_TYPING, "a sul", "or(a, or(sul, prefix(sul)))" },
        { LEDE_PARSE_TYPING, "a sul ", "or(a, sul)" },
        { LEDE_PARSE_TYPING, "a title:su",
          "or(a, or(term(title:su), prefix(title:su)))" },
        { LEDE_PARSE_TYPING, "a \"b c", "or(a, phrase(b c))" },
        { LEDE_PARSE_TYPING, "su*", "prefix(su)" },
        { LEDE_PARSE_TYPING, "su^2", "boost(2; su)" },
        { LEDE_PARSE_TYPING, "su?", "or(term(su?), prefix(su?))" },
        { LEDE_PARSE_TYPING, "NEAR/5(a su", "near(5; a, prefix(su))" },
        { LEDE_PARSE_TYPING | LEDE_PARSE_ALL, "a su",
          "and(a, or(su, prefix(su)))" },
        { LEDE_PARSE_WORDS, "-a AND (b title:c \"d *",
          "or(term(-a), AND, term((b), term(title:c), term(\"d))" },
        { LEDE_PARSE_WORDS | LEDE_PARSE_ALL, "a b", "and(a, b)" },
        { LEDE_PARSE_WORDS | LEDE_PARSE_TYPING, "a (b",
          "or(a, or(term((b), prefix((b)))" },
        { LEDE_PARSE_WORDS, "", "" },
        { LEDE_PARSE_WORDS, " - ", "term(- )" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_query *query =
            parse_with(cases[i].text, LEDE_TERMINATED, cases[i].flags, NULL);

        check_tree(query, cases[i].text, cases[i].tree);
        lede_query_free(query);
    }
}
END_TEST

START_TEST(the_schema_says_what_is_a_field_and_of_what_kind)
{
    static const char *const cases[][2] = {
        { "title:a", "term(title:a)" },
        { "n:5", "range(n:5..5)" },
        { "n:5..", "range(n:5..)" },
        { "n:5.5", "range(n:5.5..5.5)" },
        { "n:>=-5", "range(n:-5..)" },
        { "r:5.5..6", "range(r:5.5..6)" },
        { "r:x", "term(r:x)" },
        { "r:\"1\"", "range(r:1..1)" },
        { "r:\"x\"", "term(r:\"x\")" },
        { "raw:a", "term(raw:a)" },
        { "dark:a", "term(dark:a)" },
        { "author:a", "term(author:a)" },
        { "n:(1 OR 2 OR x)", "or(range(n:1..1), range(n:2..2), x)" },
    };
    lede_field_options unindexed = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    unindexed.flags = LEDE_FIELD_UNINDEXED;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    (void)lede_schema_add(schema, "title", LEDE_TEXT, NULL);
    (void)lede_schema_add(schema, "n", LEDE_INT, NULL);
    (void)lede_schema_add(schema, "r", LEDE_DOUBLE, NULL);
    (void)lede_schema_add(schema, "raw", LEDE_STORED, NULL);
    (void)lede_schema_add(schema, "dark", LEDE_TEXT, &unindexed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_query *query = parse_with(cases[i][0], LEDE_TERMINATED, 0, schema);

        check_tree(query, cases[i][0], cases[i][1]);
        lede_query_free(query);
    }
    lede_schema_free(schema);
}
END_TEST

START_TEST(nodes_know_where_they_stand)
{
    const char *text = "a +(title:b \"c d\"^2)";
    lede_query *query = parse(text);
    const lede_query_node *node =
        lede_query_node_at(query, lede_query_root(query));

    /* and(or(b, boost(c d)), optional(a)) */
    ck_assert_uint_eq(node->begin, 0);
    ck_assert_uint_eq(node->end, strlen(text));
    node = lede_query_node_at(query, node->children[0]);
    ck_assert_uint_eq(node->begin, 2);
    ck_assert_uint_eq(node->end, 20);
    node = lede_query_node_at(query, node->children[0]);
    ck_assert_uint_eq(node->begin, 4);
    ck_assert_uint_eq(node->end, 11);
    lede_query_free(query);
}
END_TEST

static lede_status parse_limited(const char *text, size_t len,
                                 const lede_limits *limits, lede_error *err)
{
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_query *query;
    lede_status status;

    options.limits = limits;
    status = lede_query_parse(&query, text, len, &options, err);
    if (status == LEDE_OK)
        lede_query_free(query);
    return status;
}

START_TEST(limits_are_exact)
{
    static char text[70000];
    lede_limits limits = LEDE_LIMITS;
    lede_error err;

    memset(text, 'a', sizeof text);
    ck_assert_int_eq(parse_limited(text, 65536, NULL, &err), LEDE_OK);
    ck_assert_int_eq(parse_limited(text, 65537, NULL, &err), LEDE_ERR_LIMIT);
    limits.query_bytes = 3;
    ck_assert_int_eq(parse_limited("abc", 3, &limits, &err), LEDE_OK);
    ck_assert_int_eq(parse_limited("abcd", 4, &limits, &err), LEDE_ERR_LIMIT);
    limits.query_bytes = 0;
    limits.clauses = 2;
    ck_assert_int_eq(parse_limited("a b", 3, &limits, &err), LEDE_OK);
    ck_assert_int_eq(parse_limited("a b c", 5, &limits, &err), LEDE_ERR_LIMIT);
    ck_assert_uint_eq(err.position, 4);
    limits.clauses = 0;
    memset(text, '(', 100);
    ck_assert_int_eq(parse_limited(text, 101, NULL, &err), LEDE_OK);
    memset(text, '(', 101);
    ck_assert_int_eq(parse_limited(text, 102, NULL, &err), LEDE_ERR_LIMIT);
    ck_assert_uint_eq(err.position, 100);
    limits.query_depth = 3;
    ck_assert_int_eq(parse_limited("-(a b)", 6, &limits, &err), LEDE_OK);
    ck_assert_int_eq(parse_limited("-(a b^2)", 8, &limits, &err),
                     LEDE_ERR_LIMIT);
    ck_assert_str_eq(err.message, "nested too deep");
}
END_TEST

#define LONG_TEXT    ((size_t)65536)
#define SHORT_TEXT   (LONG_TEXT / 8)
#define SHORT_ENOUGH 0.05 /* seconds: nobody calls that hostile */
#define TRIES        8U

/* Seconds of the processor for a text made of copies of a part. */
static double seconds_for(const char *part, size_t bytes)
{
    static char text[LONG_TEXT];
    lede_limits limits = LEDE_LIMITS;
    lede_error err;
    size_t len = strlen(part);
    clock_t begin;

    limits.clauses = UINT32_MAX;
    limits.query_depth = 40000;
    for (size_t i = 0; i < bytes; i++)
        text[i] = part[i % len];
    begin = clock();
    (void)parse_limited(text, bytes, &limits, &err);
    return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* Eight times as long a text takes eight times as long, by a sanitizer too (8.5
 * times at most, measured); were it by the square, it would take sixty-four.
 * Of a few tries the least counts, so that nothing else on the machine does. */
static bool takes_as_long(const char *part, double *seconds, double *before)
{
    *seconds = seconds_for(part, LONG_TEXT);
    *before = 0;
    for (uint32_t i = 0; i < TRIES; i++) {
        double next, next_before;

        if (*seconds < SHORT_ENOUGH || *seconds < 24 * *before)
            return true;
        next = seconds_for(part, LONG_TEXT);
        next_before = seconds_for(part, SHORT_TEXT);
        *seconds = next < *seconds ? next : *seconds;
        *before = i == 0 || next_before < *before ? next_before : *before;
    }
    return false;
}

START_TEST(hostile_text_takes_no_longer)
{
    static const char *const parts[] = {
        "a ",
        "\"",
        "\" ",
        "(",
        ")",
        "() ",
        "a(",
        "TERM(\"",
        "TERM(\"\\\" ",
        "date:[\"",
        "date:[\"a\"..\"",
        "/.",
        "/. ",
        "/.\\/",
        "a AND ",
        "AND ",
        "NOT ",
        "- ",
        "-",
        "+(",
        "-(",
        "a^1",
        "a^",
        "a~",
        "~1",
        "*",
        "a*",
        "?",
        "a?",
        "\\",
        "\\\"",
        "title:",
        "title:(",
        "date:..",
        "NEAR/5(",
        "NEAR/",
        "FORMS/exact,",
        "RANGE(",
        "date:RANGE(1 ",
        "date:RANGE(1",
        "ALL(",
        "BEST/0.",
        "\xE2\x80\x9C",
        "\xC2\xAB\x61",
        "\xFF",
        "(a b)^2 ",
        "date:2020..",
        "/((((((((",
        "a OR b AND ",
        "FILTER(",
        "x:",
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double seconds, before;

        ck_assert_msg(takes_as_long(parts[i], &seconds, &before),
                      "%s: %f s, an eighth of it %f s", parts[i], seconds,
                      before);
    }
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_query *query = NULL;
    lede_error err;

    ck_assert_int_eq(lede_query_parse(NULL, "a", 1, NULL, &err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_query_parse(&query, NULL, 1, NULL, &err),
                     LEDE_ERR_INVALID);
    options.flags = 16;
    ck_assert_int_eq(lede_query_parse(&query, "a", 1, &options, &err),
                     LEDE_ERR_INVALID);
    options.flags = 0;
    options.size = 4;
    ck_assert_int_eq(lede_query_parse(&query, "a", 1, &options, &err),
                     LEDE_ERR_INVALID);
    ck_assert_ptr_null(query);
    ck_assert_int_eq(lede_query_parse(&query, NULL, 0, NULL, NULL), LEDE_OK);
    ck_assert_uint_eq(lede_query_root(query), 0);
    lede_query_free(query);
    ck_assert_int_eq(
        lede_query_parse(&query, NULL, LEDE_TERMINATED, NULL, NULL), LEDE_OK);
    lede_query_free(query);
}
END_TEST

static lede_status parse_and_print(const lede_allocator *allocator, void *ctx)
{
    static const char text[] =
        "iraq -syria +must \"maximum pressure\"~2 title:(a OR b*) date:2020.. "
        "NEAR/5(a b) (x y)^2 f~ /a.c/ FORMS/fold(q) \"open";
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_query *query;
    lede_status status;
    const char *printed;
    size_t len;

    (void)ctx;
    options.allocator = allocator;
    status = lede_query_parse(&query, text, LEDE_TERMINATED, &options, NULL);
    if (status != LEDE_OK)
        return status;
    status = lede_query_print(query, &printed, &len);
    lede_query_free(query);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    (void)failing_alloc_sweep(parse_and_print, NULL);
}
END_TEST

START_TEST(dates_are_read_as_asked)
{
    /* 2020-03-31T12:00:00Z, a leap year's */
    enum { DAY = 86400, NOW = 1585656000, TODAY = 1585612800 };
    static const struct {
        const char *text;
        int64_t first, last;
    } cases[] = {
        { "now", NOW, NOW },
        { "today", TODAY, TODAY + DAY - 1 },
        { "yesterday", TODAY - DAY, TODAY - 1 },
        { "tomorrow", TODAY + DAY, TODAY + 2 * DAY - 1 },
        { "-7d", TODAY - 7 * DAY, TODAY - 6 * DAY - 1 },
        { "+1w", TODAY + 7 * DAY, TODAY + 8 * DAY - 1 },
        { "-24h", NOW - DAY, NOW - DAY },
        { "+90min", NOW + 5400, NOW + 5400 },
        { "Today", TODAY, TODAY + DAY - 1 },
        { "-1m", 1582934400, 1582934400 + DAY - 1 },  /* 2020-02-29 */
        { "-13m", 1551312000, 1551312000 + DAY - 1 }, /* 2019-02-28 */
        { "+9m", 1609372800, 1609372800 + DAY - 1 },  /* 2020-12-31 */
        { "-1y", 1553990400, 1553990400 + DAY - 1 },  /* 2019-03-31 */
        { "2020", 1577836800, 1609459199 },
    };
    static const char *const wrong[] = {
        "", "-d", "7d", "-7", "-7x", "-7.5d", "todays", "-99999999d"
    };
    int64_t first, last;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(lede_when_parse(cases[i].text, strlen(cases[i].text),
                                         NOW, &first, &last),
                         LEDE_OK);
        ck_assert_msg(first == cases[i].first && last == cases[i].last,
                      "%s: %lld %lld", cases[i].text, (long long)first,
                      (long long)last);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(lede_when_parse(wrong[i], strlen(wrong[i]), NOW, &first,
                                      &last) == LEDE_ERR_INVALID,
                      "%s", wrong[i]);
    ck_assert_int_eq(lede_when_parse("+999999y", 8, INT64_MAX, &first, &last),
                     LEDE_OK);
    ck_assert_int_eq(lede_when_parse("-999999y", 8, INT64_MIN, &first, &last),
                     LEDE_OK);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_row_of_the_reference_holds);
    tcase_add_test(tcase, text_is_read_as_people_mean_it);
    tcase_add_test(
        tcase,
        what_is_doubtful_is_warned_of_where_it_stands_and_strictly_refused);
    tcase_add_test(tcase, plain_text_is_not_doubtful);
    tcase_add_test(tcase, flags_change_what_is_read);
    tcase_add_test(tcase, the_schema_says_what_is_a_field_and_of_what_kind);
    tcase_add_test(tcase, nodes_know_where_they_stand);
    tcase_add_test(tcase, limits_are_exact);
    tcase_add_test(tcase, hostile_text_takes_no_longer);
    tcase_add_test(tcase, wrong_arguments_are_refused);
    tcase_add_test(tcase, any_allocation_may_fail);
    tcase_add_test(tcase, dates_are_read_as_asked);
}

int main(void)
{
    return test_suite_run("parse", add_tests);
}
