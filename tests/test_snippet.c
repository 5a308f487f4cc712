#include "article/snippet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/document.h"
#include "document/schema.h"
#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/planner.h"
#include "support/suite.h"

#define TITLE 0U
#define BODY  1U

#define H LEDE_SNIPPET_HTML
#define T LEDE_SNIPPET_TERMINAL
#define P LEDE_SNIPPET_PLAIN

static lede_schema *schema;
static lede_arena *arena;

static void set_up(void)
{
    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    lede_arena_free(arena);
    lede_schema_free(schema);
}

static const lede_plan *read_plan(const char *text)
{
    static const uint32_t fields[] = { TITLE, BODY };

    return planner_read(text, fields, 2, arena);
}

static lede_document *document(const char *title, const char *body)
{
    lede_document *doc = NULL;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    if (title)
        (void)lede_document_add_text(doc, "title", title, LEDE_TERMINATED);
    if (body)
        (void)lede_document_add_text(doc, "body", body, LEDE_TERMINATED);
    return doc;
}

static const char *snippet_of(const lede_document *doc, const lede_plan *plan,
                              lede_snippet style, uint32_t field,
                              uint32_t bytes)
{
    lede_snippet_rule rule = { style, field, bytes };
    lede_snippet_maker *maker = NULL;
    lede_bytes out = { NULL, 0 };

    ck_assert_int_eq(
        lede_snippet_maker_new(&maker, plan, schema, &rule, NULL, arena),
        LEDE_OK);
    ck_assert_int_eq(lede_snippet_make(&out, maker, doc, arena), LEDE_OK);
    lede_snippet_maker_free(maker);
    ck_assert_uint_eq(out.at[out.len], 0);
    ck_assert_uint_eq(strlen((const char *)out.at), out.len);
    return (const char *)out.at;
}

/* A body, a plan, and the body with its marks as [ ]. */
static const struct {
    const char *text;
    const char *plan;
    const char *marked;
} cases[] = {
    /* Latin: words and forms */
    { "The Iraq embassy", "w(iraq)", "The [Iraq] embassy" },
    { "Iraq, IRAQ, iraqi", "w(iraq)", "[Iraq], [IRAQ], iraqi" },
    { "embassies and an embassy", "w(embassy|embassies)",
      "[embassies] and an [embassy]" },
    { "Müller met Mueller", "w(müller|mueller)", "[Müller] met [Mueller]" },
    { "the cafe\xCC\x81 owner", "w(café)", "the [cafe\xCC\x81] owner" },
    { "Iran and Iraq", "or(w(iran) w(oil))", "[Iran] and Iraq" },
    { "oil, gas", "or(w(oil) not(w(gas)))", "[oil], gas" },
    { "oil and gas", "and(w(oil) w*0(gas))", "[oil] and [gas]" },
    { "oil and gas", "opt(w(oil))", "[oil] and gas" },
    { "oil and gas", "const(best(w(oil) w(gas)))", "[oil] and [gas]" },
    { "Nguyễn Phú Trọng", "w(trọng)", "Nguyễn Phú [Trọng]" },
    { "İstanbul'da", "all", "İstanbul&#39;da" },
    { "the U.S. army", "w(u.s)", "the [U.S]. army" },
    { "AT&T sued", "w(at&t)", "[AT&amp;T] sued" },
    { "paid 1,500.50 dollars", "w(1,500.50)", "paid [1,500.50] dollars" },
    /* compounds */
    { "a COVID-19 wave", "w(covid19+2)", "a [COVID-19] wave" },
    { "a COVID-19 wave", "w(covid)", "a [COVID]-19 wave" },
    { "a COVID-19 wave", "e(p0(w(covid) w(19)) w(covid19|covid19+2))",
      "a [COVID-19] wave" },
    { "a covid19 wave", "e(p0(w(covid) w(19)) w(covid19|covid19+2))",
      "a [covid19] wave" },
    { "Abu al-Muhandis died", "p0(w(abu) w(almuhandis+2|almuhandis))",
      "[Abu al-Muhandis] died" },
    { "Abu Mahdi al-Muhandis", "p0(w(abu) w(almuhandis+2|almuhandis))",
      "Abu Mahdi al-Muhandis" },
    /* phrases and NEAR */
    { "maximum pressure, pressure, maximum", "p0(w(maximum) w(pressure))",
      "[maximum pressure], pressure, maximum" },
    { "maximum of pressure", "p0(w(maximum) w(pressure))",
      "maximum of pressure" },
    { "maximum of pressure", "p1(w(maximum) w(pressure))",
      "[maximum] of [pressure]" },
    { "a c b c", "p9(w(a) w(b) w(c))", "[a] c [b c]" },
    { "a b a b", "p0(w(a) w(b))", "[a b] [a b]" },
    { "a\n   b", "p0(w(a) w(b))", "[a b]" },
    { "joe@example.com", "p0(w(joe) w(example) w(com))",
      "[joe@example.com]" },
    { "the 9/11 attacks", "p0(w(9) w(11))", "the [9/11] attacks" },
    { "troops in Iraq; Iraq", "n1(w(iraq) w(troops))",
      "[troops] in [Iraq]; Iraq" },
    { "Iraq troops", "n0(w(iraq) w(troops))", "[Iraq] [troops]" },
    { "a x b c d", "n2(p0(w(b) w(c)) w(a))", "[a] x [b] [c] d" },
    { "oil price oil", "or(w(oil) p0(w(oil) w(price)))",
      "[oil price] [oil]" },
    { "b a c", "p0(e(w(a) w(b)) w(c))", "b [a c]" },
    /* Cyrillic, Greek, Armenian, Georgian */
    { "Война и мир, МИР", "w(мир)", "Война и [мир], [МИР]" },
    { "Сергей Лавров сказал", "p0(w(сергей) w(лавров))",
      "[Сергей Лавров] сказал" },
    { "Η Αθήνα σήμερα, ΑΘΉΝΑ", "w(αθήνα)", "Η [Αθήνα] σήμερα, [ΑΘΉΝΑ]" },
    { "Հայաստան և Երևան", "w(հայաստան)", "[Հայաստան] և Երևան" },
    { "საქართველო და თბილისი", "w(თბილისი)",
      "საქართველო და [თბილისი]" },
    /* Arabic, Hebrew */
    { "قال الرئيس في بغداد", "w(بغداد)", "قال الرئيس في [بغداد]" },
    { "الحشد الشعبي في العراق", "p0(w(الحشد) w(الشعبي))",
      "[الحشد الشعبي] في العراق" },
    { "הוא אמר שלום", "w(שלום)", "הוא אמר [שלום]" },
    /* Devanagari, Bengali, Tamil */
    { "यह किताब है", "w(किताब)", "यह [किताब] है" },
    { "ঢাকা বাংলাদেশের রাজধানী", "w(ঢাকা)",
      "[ঢাকা] বাংলাদেশের রাজধানী" },
    { "தமிழ் மொழி", "w(மொழி)", "தமிழ் [மொழி]" },
    /* Ethiopic */
    { "አዲስ አበባ ከተማ", "p0(w(አዲስ) w(አበባ))", "[አዲስ አበባ] ከተማ" },
    /* Han, Kana, Hangul: bigrams that overlap are one mark */
    { "他在東京大学学习", "p0(w(東京) w(京大) w(大学))",
      "他在[東京大学]学习" },
    { "我爱北京天安门", "w(北京)", "我爱[北京]天安门" },
    { "北京,天津", "or(w(北京) w(天津))", "[北京],[天津]" },
    { "カタカナです", "p0(w(カタ) w(タカ) w(カナ))", "[カタカナ]です" },
    { "한국어 문서", "p0(w(한국) w(국어))", "[한국어] 문서" },
    /* Thai */
    { "ภาษาไทย", "or(w(ไท))", "ภาษา[ไท]ย" },
};

/* Marks as [ ], for a table that can be read. */
static const char *bracketed(const char *html)
{
    static char out[4096];
    size_t len = 0;

    for (const char *at = html; *at; at++) {
        if (strncmp(at, "<mark>", 6) == 0) {
            out[len++] = '[';
            at += 5;
        } else if (strncmp(at, "</mark>", 7) == 0) {
            out[len++] = ']';
            at += 6;
        } else {
            out[len++] = *at;
        }
        ck_assert_uint_lt(len, sizeof out);
    }
    out[len] = '\0';
    return out;
}

START_TEST(exactly_what_matched_is_marked)
{
    lede_document *doc = document(NULL, cases[_i].text);
    const char *snippet = bracketed(snippet_of(
        doc, read_plan(cases[_i].plan), H, LEDE_NO_FIELD, UINT32_MAX));

    ck_assert_msg(strcmp(snippet, cases[_i].marked) == 0,
                  "%s in %s:\n  %s\nnot %s", cases[_i].plan, cases[_i].text,
                  snippet, cases[_i].marked);
    lede_document_free(doc);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, exactly_what_matched_is_marked, 0,
                        sizeof cases / sizeof *cases);
}

int main(void)
{
    return test_suite_run("snippet", add_tests);
}
