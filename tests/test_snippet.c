#include "article/snippet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
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
    { "joe@example.com", "p0(w(joe) w(example) w(com))", "[joe@example.com]" },
    { "the 9/11 attacks", "p0(w(9) w(11))", "the [9/11] attacks" },
    { "troops in Iraq; Iraq", "n1(w(iraq) w(troops))",
      "[troops] in [Iraq]; Iraq" },
    { "Iraq troops", "n0(w(iraq) w(troops))", "[Iraq] [troops]" },
    { "al-Muhandis", "n0(w(al|almuhandis+2) w(muhandis))", "[al-Muhandis]" },
    { "a x b c d", "n2(p0(w(b) w(c)) w(a))", "[a] x [b] [c] d" },
    { "oil price oil", "or(w(oil) p0(w(oil) w(price)))", "[oil price] [oil]" },
    { "b a c", "p0(e(w(a) w(b)) w(c))", "b [a c]" },
    { "x a b q y", "p1(w(x) e(w(q) p0(w(a) w(b))) w(y))", "[x a b] q [y]" },
    /* Cyrillic, Greek, Armenian, Georgian */
    { "Война и мир, МИР", "w(мир)", "Война и [мир], [МИР]" },
    { "Сергей Лавров сказал", "p0(w(сергей) w(лавров))",
      "[Сергей Лавров] сказал" },
    { "Η Αθήνα σήμερα, ΑΘΉΝΑ", "w(αθήνα)", "Η [Αθήνα] σήμερα, [ΑΘΉΝΑ]" },
    { "Հայաստան և Երևան", "w(հայաստան)", "[Հայաստան] և Երևան" },
    { "საქართველო და თბილისი", "w(თბილისი)", "საქართველო და [თბილისი]" },
    /* Arabic, Hebrew */
    { "قال الرئيس في بغداد", "w(بغداد)", "قال الرئيس في [بغداد]" },
    { "الحشد الشعبي في العراق", "p0(w(الحشد) w(الشعبي))",
      "[الحشد الشعبي] في العراق" },
    { "הוא אמר שלום", "w(שלום)", "הוא אמר [שלום]" },
    /* Devanagari, Bengali, Tamil */
    { "यह किताब है", "w(किताब)", "यह [किताब] है" },
    { "ঢাকা বাংলাদেশের রাজধানী", "w(ঢাকা)", "[ঢাকা] বাংলাদেশের রাজধানী" },
    { "தமிழ் மொழி", "w(மொழி)", "தமிழ் [மொழி]" },
    /* Ethiopic */
    { "አዲስ አበባ ከተማ", "p0(w(አዲስ) w(አበባ))", "[አዲስ አበባ] ከተማ" },
    /* Han, Kana, Hangul: bigrams that overlap are one mark */
    { "他在東京大学学习", "p0(w(東京) w(京大) w(大学))", "他在[東京大学]学习" },
    { "我爱北京天安门", "w(北京)", "我爱[北京]天安门" },
    { "北京天津", "or(w(北京) w(天津))", "[北京天津]" },
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
    const char *snippet = bracketed(snippet_of(doc, read_plan(cases[_i].plan),
                                               H, LEDE_NO_FIELD, UINT32_MAX));

    ck_assert_msg(strcmp(snippet, cases[_i].marked) == 0,
                  "%s in %s:\n  %s\nnot %s", cases[_i].plan, cases[_i].text,
                  snippet, cases[_i].marked);
    lede_document_free(doc);
}
END_TEST

/* Twelve sentences; the second and the last are about cocoa. */
static const char news[] =
    "Showers continued in the zone. The cocoa crop is late. Mr. Smith said it "
    "would rain. Ships waited in port. Dealers were cautious. Banks were "
    "closed. Prices fell in London. Gold rose in Zurich. Traders expect more "
    "rain. Farmers hope for sun. The bourse opens on Monday. Exports of cocoa "
    "and coffee fell.";

static const struct {
    const char *text;
    const char *plan;
    uint32_t bytes;
    const char *snippet;
} passages[] = {
    /* whole sentences where there is room for them */
    { news, "w(cocoa)", 60,
      "The [cocoa] crop is late. Mr. Smith said it would rain." },
    { news, "w(zurich)", 60,
      "Gold rose in [Zurich]. Traders expect more rain." },
    { news, "w(smith)", 40, "Mr. [Smith] said it would rain." },
    /* words where there is not */
    { news, "w(cocoa)", 20, "The [cocoa] crop is\xE2\x80\xA6" },
    { news, "w(coffee)", 20,
      "\xE2\x80\xA6"
      "and [coffee] fell." },
    { news, "w(continued)", 12, "\xE2\x80\xA6[continued] in\xE2\x80\xA6" },
    /* the end of the text leaves room before */
    { news, "w(coffee)", 70,
      "The bourse opens on Monday. Exports of cocoa and [coffee] fell." },
    /* two passages where one cannot show both */
    { news, "or(w(late) w(zurich))", 60,
      "The cocoa crop is [late]. \xE2\x80\xA6 Gold rose in [Zurich]." },
    /* one that shows both is better than two */
    { news, "or(w(cocoa) w(coffee))", 60,
      "Exports of [cocoa] and [coffee] fell." },
    /* at most three */
    { news, "or(w*1(showers) w*4(ships) w*3(gold) w*2(coffee))", 96,
      "[Ships] waited in port. \xE2\x80\xA6 [Gold] rose in Zurich. "
      "\xE2\x80\xA6 "
      "and [coffee] fell." },
    /* rarity decides, then the number of marks, then what comes first */
    { news, "or(w*1(showers) w*9(coffee))", 20,
      "\xE2\x80\xA6"
      "and [coffee] fell." },
    { news, "or(w*0(showers) w(coffee))", 10,
      "\xE2\x80\xA6[coffee]\xE2\x80\xA6" },
    { news, "w(rain)", 24,
      "\xE2\x80\xA6would [rain]. Ships waited\xE2\x80\xA6" },
    { "Oil fell a bit. Dealers were cautious. Oil and oil rose.", "w(oil)", 20,
      "[Oil] and [oil] rose." },
    /* little worth does not split what is worth much */
    { news, "or(w*40(late) w*1(zurich))", 60,
      "The cocoa crop is [late]. Mr. Smith said it would rain." },
    /* no match: the beginning */
    { news, "w(nothing)", 40, "Showers continued in the zone." },
    { news, "all", 12, "Showers\xE2\x80\xA6" },
    { "  \n ", "w(a)", 2, "" },
    { "", "w(a)", 240, "" },
    /* a mark longer than the snippet is cut at a word */
    { "aa bb cc dd ee", "p0(w(aa) w(bb) w(cc) w(dd))", 8,
      "[aa bb cc]\xE2\x80\xA6" },
    { "abcdefghijklmnop q", "w(abcdefghijklmnop)", 5, "[abcde]\xE2\x80\xA6" },
    { "one two three", "w(two)", 0, "\xE2\x80\xA6" },
    /* no mark is shown in part */
    { "x y z oil aa bb cc", "or(w*9(oil) p0(w(aa) w(bb) w(cc)))", 9,
      "\xE2\x80\xA6z [oil]\xE2\x80\xA6" },
    /* scripts without spaces are cut between characters */
    { "会議は東京で開かれた。参加者は多かった。天気は良かった。", "w(東京)", 40,
      "会議は[東京]で開かれた。" },
    { "会議は東京で開かれた。参加者は多かった。天気は良かった。", "w(天気)", 30,
      "[天気]は良かった。" },
    { "会議は東京で開かれた。参加者は多かった。", "w(参加)", 16,
      "[参加]者は多\xE2\x80\xA6" },
    { "ภาษาไทยเป็นภาษาที่มีระดับเสียง", "w(ไท)", 24, "ภาษา[ไท]ยเ\xE2\x80\xA6" },
    /* sentences of other scripts */
    { "यह किताब है। वह घर है। मैं यहाँ हूँ।", "w(घर)", 40, "वह [घर] है।" },
    { "ذهب الرجل؟ نعم ذهب. وصل القطار اليوم.", "w(نعم)", 30,
      "[نعم] ذهب. وصل\xE2\x80\xA6" },
};

START_TEST(passages_show_most_at_sentences_or_words)
{
    lede_document *doc = document(NULL, passages[_i].text);
    const char *snippet =
        bracketed(snippet_of(doc, read_plan(passages[_i].plan), H,
                             LEDE_NO_FIELD, passages[_i].bytes));

    ck_assert_msg(strcmp(snippet, passages[_i].snippet) == 0,
                  "%s, %u bytes:\n  %s\nnot %s", passages[_i].plan,
                  (unsigned)passages[_i].bytes, snippet, passages[_i].snippet);
    lede_document_free(doc);
}
END_TEST

static const struct {
    lede_snippet style;
    const char *text;
    size_t len;
    const char *snippet;
} styles[] = {
    { H, "a <b> & \"c\" 'd' oil", LEDE_TERMINATED,
      "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; <mark>oil</mark>" },
    { P, "a <b> & \"c\" 'd' oil", LEDE_TERMINATED, "a <b> & \"c\" 'd' oil" },
    { T, "a <b> oil & gas", LEDE_TERMINATED, "a <b> \x1B[1moil\x1B[22m & gas" },
    { H, " \t oil \r\n\n and\v\fgas  ", LEDE_TERMINATED,
      "<mark>oil</mark> and gas" },
    /* spaces of every kind are one space */
    { P, "a\xC2\xA0\xE2\x80\xA8\xE3\x80\x80\xC2\x85z", LEDE_TERMINATED, "a z" },
    /* controls: C0, DEL, C1, what turns text; NUL too */
    { T, "a\x1B[31mz\x07\x7F\xC2\x9B\xE2\x80\xAE\xE2\x81\xA6q", LEDE_TERMINATED,
      "a[31mzq" },
    { H, "a\0z\x08", 4, "az" },
    { P, "a\x1B]0;x\x07z", LEDE_TERMINATED, "a]0;xz" },
    /* what is not UTF-8 */
    { P, "a\xFF\xC3 z\xE2\x82", LEDE_TERMINATED,
      "a\xEF\xBF\xBD\xEF\xBF\xBD z\xEF\xBF\xBD\xEF\xBF\xBD" },
    /* marks of the text's own stay text */
    { H, "<mark>oil</mark>", LEDE_TERMINATED,
      "&lt;mark&gt;<mark>oil</mark>&lt;/mark&gt;" },
};

START_TEST(text_is_made_safe_for_where_it_is_shown)
{
    lede_document *doc = document(NULL, NULL);

    ck_assert_int_eq(
        lede_document_add_text(doc, "body", styles[_i].text, styles[_i].len),
        LEDE_OK);
    ck_assert_str_eq(snippet_of(doc, read_plan("w(oil)"), styles[_i].style,
                                BODY, UINT32_MAX),
                     styles[_i].snippet);
    lede_document_free(doc);
}
END_TEST

START_TEST(the_field_that_matched_best_is_shown)
{
    static const struct {
        const char *title, *body, *plan, *snippet;
        uint32_t field, bytes;
    } fields[] = {
        /* only one matched */
        { "Oil rises", "Dealers were cautious.", "w(oil)", "[Oil] rises",
          LEDE_NO_FIELD, 240 },
        { "Dealers", "Oil rises.", "w(oil)", "[Oil] rises.", LEDE_NO_FIELD,
          240 },
        /* both: the leaves worth most, then the longer text */
        { "Oil and gas", "The oil price.", "or(w(oil) w(gas))",
          "[Oil] and [gas]", LEDE_NO_FIELD, 240 },
        { "Oil", "The oil price.", "w(oil)", "The [oil] price.", LEDE_NO_FIELD,
          240 },
        /* a text longer than the snippet, where it matched */
        { "Oil and gas", news, "or(w(oil) w(gas) w(rain))",
          "Mr. Smith said it would [rain].", LEDE_NO_FIELD, 40 },
        { "Oil and gas", news, "w(oil)", "[Oil] and gas", LEDE_NO_FIELD, 40 },
        /* neither matched */
        { "Oil", "The price.", "w(zinc)", "The price.", LEDE_NO_FIELD, 240 },
        { "Oil", NULL, "w(zinc)", "Oil", LEDE_NO_FIELD, 240 },
        { NULL, NULL, "w(zinc)", "", LEDE_NO_FIELD, 240 },
        /* the one that was asked for */
        { "Oil", "The price.", "w(oil)", "The price.", BODY, 240 },
        { "Oil", "The oil price.", "w(oil)", "[Oil]", TITLE, 240 },
        { "Oil", NULL, "w(oil)", "", BODY, 240 },
        { "Oil", "Oil", "w(oil)", "", 8, 240 },
        { "Oil", "Oil", "w(oil)", "", 9, 240 },
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        lede_document *doc = document(fields[i].title, fields[i].body);

        ck_assert_str_eq(
            bracketed(snippet_of(doc, read_plan(fields[i].plan), H,
                                 fields[i].field, fields[i].bytes)),
            fields[i].snippet);
        lede_document_free(doc);
    }
}
END_TEST

START_TEST(values_are_read_apart)
{
    lede_document *doc = document(NULL, "The oil");
    const lede_plan *phrase = read_plan("p0(w(oil) w(price))");
    const lede_plan *words = read_plan("or(w(oil) w(price))");

    (void)lede_document_add_text(doc, "body", " ", 1);
    (void)lede_document_add_text(doc, "body", "price rose", LEDE_TERMINATED);
    ck_assert_str_eq(bracketed(snippet_of(doc, phrase, H, BODY, 240)),
                     "The oil price rose");
    ck_assert_str_eq(bracketed(snippet_of(doc, words, H, BODY, 240)),
                     "The [oil] [price] rose");
    /* a phrase loose enough to leave out LEDE_POSITION_GAP positions */
    ck_assert_str_eq(
        bracketed(
            snippet_of(doc, read_plan("p200(w(oil) w(price))"), H, BODY, 240)),
        "The [oil] [price] rose");
    (void)lede_document_add_text(doc, "body", news, LEDE_TERMINATED);
    ck_assert_str_eq(
        bracketed(
            snippet_of(doc, read_plan("or(w*2(oil) w(zurich))"), H, BODY, 70)),
        "The [oil] \xE2\x80\xA6 Gold rose in [Zurich].");
    lede_document_free(doc);
}
END_TEST

START_TEST(no_passage_spans_two_values)
{
    lede_document *doc = document(NULL, "The oil fell.");

    (void)lede_document_add_text(doc, "body", "Zurich gold rose again.",
                                 LEDE_TERMINATED);
    ck_assert_str_eq(bracketed(snippet_of(
                         doc, read_plan("or(w(oil) w(zurich))"), H, BODY, 30)),
                     "The [oil] fell.");
    lede_document_free(doc);
}
END_TEST

START_TEST(one_maker_cuts_many_snippets)
{
    static const struct {
        const char *body, *snippet;
    } docs[] = {
        { "oil price", "[oil price]" },
        { "nothing of it", "nothing of it" },
        { "price and oil", "price and oil" },
        { "the oil price", "the [oil price]" },
        { "oil oil oil", "oil oil oil" },
    };
    lede_snippet_rule rule = { H, BODY, 240 };
    lede_snippet_maker *maker = NULL;

    ck_assert_int_eq(lede_snippet_maker_new(&maker,
                                            read_plan("p0(w(oil) w(price))"),
                                            schema, &rule, NULL, arena),
                     LEDE_OK);
    for (int i = 0; i < 20; i++) {
        lede_document *doc = document("a title", docs[i % 5].body);
        lede_bytes out;

        ck_assert_int_eq(lede_snippet_make(&out, maker, doc, arena), LEDE_OK);
        ck_assert_str_eq(bracketed((const char *)out.at), docs[i % 5].snippet);
        lede_document_free(doc);
    }
    lede_snippet_maker_free(maker);
    lede_snippet_maker_free(NULL);
}
END_TEST

/* Of any bytes and any plan: UTF-8, balanced marks, no more text than asked for
 * but what stands for a bad byte, every mark a term of the plan. */
START_TEST(any_text_gives_a_sound_snippet)
{
    static const char *const pieces[] = {
        "oil",
        "Oil ",
        "price",
        " ",
        ". ",
        "\n\n   ",
        "\xFF",
        "\xE2\x82",
        "東京",
        "大学",
        "。",
        "ภาษา",
        "ไทย",
        "किताब",
        "e\xCC\x81",
        "COVID-19",
        "<b>",
        "&",
        "\x1B",
        "\xE2\x80\xAE",
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
        "A. ",
        "a",
        "\0",
        "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA"
    };
    static const char *const plans[] = {
        "w(oil)",
        "or(w(oil) w*5(price) w(東京|大学))",
        "p2(w(oil) w(price))",
        "n3(w(oil) w(price) w(東京))",
        "or(e(p0(w(covid) w(19)) w(covid19+2)) w(ไท) p0(w(東京) w(京大)))",
    };
    chance c = chance_from("snippet", 1);
    char text[2000];

    for (int round = 0; round < 3000; round++) {
        size_t len = 0, shown = 0;
        uint32_t bytes = chance_below(&c, chance_one_in(&c, 3) ? 2000 : 60);
        int count = (int)chance_below(&c, 80), depth = 0;
        lede_document *doc = document(NULL, NULL);
        const char *snippet;

        while (count-- > 0) {
            const char *piece =
                pieces[chance_below(&c, sizeof pieces / sizeof *pieces)];
            size_t n = *piece ? strlen(piece) : 1;

            memcpy(text + len, piece, n);
            len += n;
        }
        (void)lede_document_add_text(doc, "body", text, len);
        snippet = snippet_of(doc, read_plan(plans[chance_below(&c, 5)]), H,
                             LEDE_NO_FIELD, bytes);
        ck_assert(lede_utf8_valid(snippet, strlen(snippet)));
        for (const char *at = snippet; *at; at++) {
            if (strncmp(at, "<mark>", 6) == 0) {
                ck_assert_int_eq(depth++, 0);
                at += 5;
            } else if (strncmp(at, "</mark>", 7) == 0) {
                ck_assert_int_eq(--depth, 0);
                at += 6;
            } else {
                ck_assert(*at != '<' && *at != '>');
                ck_assert((unsigned char)*at >= 0x20);
                if (*at == '&')
                    at = strchr(at, ';');
                shown++;
            }
        }
        ck_assert_int_eq(depth, 0);
        /* Two ellipses between passages with their spaces, two at the ends. */
        ck_assert_uint_le(shown, 3 * (size_t)bytes + 2 * 5 + 2 * 3);
        lede_document_free(doc);
    }
}
END_TEST

static lede_status cut_one(const lede_allocator *allocator, void *ctx)
{
    lede_snippet_rule rule = { H, LEDE_NO_FIELD, 60 };
    lede_arena *own = lede_arena_new(allocator);
    lede_snippet_maker *maker = NULL;
    lede_bytes out;
    lede_status status =
        own ? lede_snippet_maker_new(&maker, ctx, schema, &rule, NULL, own)
            : LEDE_ERR_NOMEM;

    if (status == LEDE_OK) {
        lede_document *doc = document("oil title", news);

        status = lede_snippet_make(&out, maker, doc, own);
        lede_document_free(doc);
    }
    lede_snippet_maker_free(maker);
    lede_arena_free(own);
    return status;
}

START_TEST(no_memory_is_told_and_nothing_is_lost)
{
    const lede_plan *plan =
        read_plan("or(w(oil) p1(w(cocoa) w(coffee)) n9(w(gold) w(zurich)))");

    ck_assert_uint_ge(failing_alloc_sweep(cut_one, (void *)(uintptr_t)plan), 8);
}
END_TEST

START_TEST(a_spent_budget_stops_it)
{
    lede_snippet_rule rule = { H, LEDE_NO_FIELD, 60 };
    lede_document *doc = document(NULL, news);
    lede_snippet_maker *maker = NULL;
    lede_cancel *cancel = NULL;
    lede_budget budget;
    lede_bytes out = { NULL, 7 };

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    lede_budget_init(&budget, 0, cancel, 0);
    ck_assert_int_eq(lede_snippet_maker_new(&maker, read_plan("w(oil)"), schema,
                                            &rule, &budget, arena),
                     LEDE_OK);
    ck_assert_int_eq(lede_snippet_make(&out, maker, doc, arena),
                     LEDE_ERR_CANCELLED);
    ck_assert_uint_eq(out.len, 7);
    lede_snippet_maker_free(maker);
    lede_cancel_free(cancel);
    lede_document_free(doc);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, exactly_what_matched_is_marked, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_loop_test(tcase, passages_show_most_at_sentences_or_words, 0,
                        sizeof passages / sizeof *passages);
    tcase_add_loop_test(tcase, text_is_made_safe_for_where_it_is_shown, 0,
                        sizeof styles / sizeof *styles);
    tcase_add_test(tcase, the_field_that_matched_best_is_shown);
    tcase_add_test(tcase, values_are_read_apart);
    tcase_add_test(tcase, no_passage_spans_two_values);
    tcase_add_test(tcase, one_maker_cuts_many_snippets);
    tcase_add_test(tcase, any_text_gives_a_sound_snippet);
    tcase_add_test(tcase, no_memory_is_told_and_nothing_is_lost);
    tcase_add_test(tcase, a_spent_budget_stops_it);
}

int main(void)
{
    return test_suite_run("snippet", add_tests);
}
