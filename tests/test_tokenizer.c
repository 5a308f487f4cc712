#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chance.h"
#include "support/suite.h"
#include "text/tokenizer.h"

/* A token: term, position (+span), bytes, then J joined, C capital, T tail. */
/* clang-format off */
static const struct {
    const char *text;
    uint32_t words;
    uint32_t hints;
    const char *tokens;
} cases[] = {
    /* apostrophes of all kinds join and become one */
    { "Iran’s didn't didnʼt O‘zbek don´t", 0, 0,
      "iran's 0 0-8|didn't 1 9-15|didn't 2 16-23|o'zbek 3 24-32|"
      "don't 4 33-39" },
    { "'quoted' boys' 'tis ’n’", 0, 0,
      "quoted 0 1-7|boys 1 9-13|tis 2 16-19|n 3 23-24" },
    { "rock'n'roll l'homme 80's 1'000", 0, 0,
      "rock'n'roll 0 0-11|l'homme 1 12-19|80's 2 20-24|1'000 3 25-30" },
    { "it＇s ג'ורג' ג׳ורג׳", 0, 0,
      "it's 0 0-6|ג'ורג 1 7-16|ג'ורג 2 18-28" },
    /* single letters with dots are one word */
    { "The U.S. Army", 0, 0,
      "the 0 0-3|u.s 1 4-7|army 2 9-13" },
    { "U.S.A. U.N., e.g. J.R.R.", 0, 0,
      "u.s.a 0 0-5|u.n 1 7-10|e.g 2 13-16|j.r.r 3 18-23" },
    { "U.S.Army J.Smith a.m. т.е.", 0, 0,
      "u.s 0 0-3|army 1 4-8|j 2 9-10|smith 3 11-16|a.m 4 17-20|т.е 5 22-27" },
    { "US u.s U．S．", 0, 0,
      "us 0 0-2|u.s 1 3-6|u.s 2 7-12" },
    /* other dots and colons between letters split */
    { "bbc.co.uk a:b said.He", 0, 0,
      "bbc 0 0-3|co 1 4-6|uk 2 7-9|a 3 10-11|b 4 12-13|said 5 14-18|"
      "he 6 19-21" },
    { "3.a x.y.zed", 0, 0,
      "3 0 0-1|a 1 2-3|x.y 2 4-7|zed 3 8-11" },
    /* numbers keep their separators */
    { "1,500.50 3.5 v1.2 2.5m", 0, 0,
      "1,500.50 0 0-8|3.5 1 9-12|v1.2 2 13-17|2.5m 3 18-22" },
    { "1\342\200\257500 1;2 1:2 5. 7,", 0, 0,
      "1500 0 0-7|1 1 8-9|2 2 10-11|1 3 12-13|2 4 14-15|5 5 16-17|"
      "7 6 19-20" },
    { "१२,३४५ ٣٫٥", 0, 0,
      "१२,३४५ 0 0-16|٣٫٥ 1 17-23" },
    /* signs of short names are part of them */
    { "AT&T R&D Q&A AT&T's ＡＴ＆Ｔ", 0, 0,
      "at&t 0 0-4|r&d 1 5-8|q&a 2 9-12|at&t's 3 13-19|at&t 4 20-32" },
    { "food&drink this&that A&amp;B", 0, 0,
      "food 0 0-4|drink 1 5-10|this 2 11-15|that 3 16-20|a 4 21-22|"
      "amp 5 23-26|b 6 27-28" },
    { "PG&E M&Ms A&B&C A&1", 0, 0,
      "pg&e 0 0-4|m&ms 1 5-9|a&b 2 10-13|c 3 14-15|a 4 16-17|1 5 18-19" },
    { "C++ C# F# g++ C++11", 0, 0,
      "c++ 0 0-3|c# 1 4-6|f# 2 7-9|g++ 3 10-13|c++ 4 14-17|11 5 17-19" },
    { "C+++ A+ C#5 #C# ab++ C##", 0, 0,
      "c 0 0-1|a 1 5-6|c 2 8-9|5 3 10-11|c# 4 13-15|ab 5 16-18|c 6 21-22" },
    /* @, #, / and _ split */
    { "joe@example.com #MeToo @nasa 9/11", 0, 0,
      "joe 0 0-3|example 1 4-11|com 2 12-15|metoo 3 17-22|nasa 4 24-28|"
      "9 5 29-30|11 6 31-33" },
    { "snake_case _emph_", 0, 0,
      "snake 0 0-5|case 1 6-10|emph 2 12-16" },
    /* a compound is its parts and the joined word */
    { "al-Muhandis COVID-19", 0, 0,
      "al 0 0-2|almuhandis 0+2 0-11 J|muhandis 1 3-11|covid 2 12-17|"
      "covid19 2+2 12-20 J|19 3 18-20" },
    { "state-of-the-art", 0, 0,
      "state 0 0-5|stateoftheart 0+4 0-16 J|of 1 6-8|the 2 9-12|"
      "art 3 13-16" },
    { "e\342\200\220mail e\342\200\221mail U.S.-led C++-based", 0, 0,
      "e 0 0-1|email 0+2 0-8 J|mail 1 4-8|e 2 9-10|email 2+2 9-17 J|"
      "mail 3 13-17|u.s 4 18-21|usled 4+2 18-26 J|led 5 23-26|"
      "c++ 6 27-30|c++based 6+2 27-36 J|based 7 31-36" },
    { "1990-1995 555-1234", 0, 0,
      "1990 0 0-4|1995 1 5-9|555 2 10-13|1234 3 14-18" },
    { "a--b -x- x- a - b", 0, 0,
      "a 0 0-1|b 1 3-4|x 2 6-7|x 3 9-10|a 4 12-13|b 5 16-17" },
    { "1-2-3-4-5-6-7-h 1-2-3-4-5-6-7-8-i", 0, 0,
      "1 0 0-1|1234567h 0+8 0-15 J|2 1 2-3|3 2 4-5|4 3 6-7|5 4 8-9|"
      "6 5 10-11|7 6 12-13|h 7 14-15|1 8 16-17|2 9 18-19|3 10 20-21|"
      "4 11 22-23|5 12 24-25|6 13 26-27|7 14 28-29|8 15 30-31|i 16 32-33" },
    { "x-漢字 漢字-x", 0, 0,
      "x 0 0-1|漢字 1 2-8|字 2 5-8 T|漢字 3 9-15|字 4 12-15 T|x 5 16-17" },
    { "בית־ספר", 0, 0,
      "בית 0 0-6|ביתספר 0+2 0-14 J|ספר 1 8-14" },
    /* compounds can be left alone */
    { "COVID-19 e-mail", LEDE_WORDS_NO_COMPOUND, 0,
      "covid 0 0-5|19 1 6-8|e 2 9-10|mail 3 11-15" },
    /* ignored characters vanish inside words */
    { "govern\302\255ment می\342\200\214خواهم wo\342\201\240rd", 0, 0,
      "government 0 0-12|میخواهم 1 13-30|word 2 31-38" },
    { "govern\342\200\213ment", 0, 0,
      "govern 0 0-6|ment 1 9-13" },
    { "\342\200\217abc\342\200\216", 0, 0,
      "abc 0 3-9" },
    /* Han, Kana and Hangul are cut into pairs */
    { "部署方案 漢", 0, 0,
      "部署 0 0-6|署方 1 3-9|方案 2 6-12|案 3 9-12 T|漢 4 13-16 T" },
    { "東京都の知事", 0, 0,
      "東京 0 0-6|京都 1 3-9|都の 2 6-12|の知 3 9-15|知事 4 12-18|事 5 15-18 T" },
    { "カタカナ ジョン・レノン", 0, 0,
      "カタ 0 0-6|タカ 1 3-9|カナ 2 6-12|ナ 3 9-12 T|ジョ 4 13-19|ョン 5 16-22|"
      "ン 6 19-22 T|レノ 7 25-31|ノン 8 28-34|ン 9 31-34 T" },
    { "한국어 \341\204\222\341\205\241\341\206\253\341\204\200\341\205\256\341\206\250", 0, 0,
      "한국 0 0-6|국어 1 3-9|어 2 6-9 T|한국 3 10-28|국 4 19-28 T" },
    { "iPhone手机2023年", 0, 0,
      "iphone 0 0-6|手机 1 6-12|机 2 9-12 T|2023 3 12-16|年 4 16-19 T" },
    { "ﾊﾞｽ", 0, 0,
      "バス 0 0-9|ス 1 6-9 T" },
    /* or into single characters */
    { "部署方案 한국어", LEDE_WORDS_NO_BIGRAM, 0,
      "部 0 0-3|署 1 3-6|方 2 6-9|案 3 9-12|한 4 13-16|국 5 16-19|어 6 19-22" },
    { "ตั้ง", LEDE_WORDS_NO_BIGRAM, 0,
      "ตั้ 0 0-9|ง 1 9-12" },
    /* scripts without spaces are cut by characters as read */
    { "เลือกตั้ง", 0, 0,
      "เลื 0 0-9|ลือ 1 3-12|อก 2 9-15|กตั้ 3 12-24|ตั้ง 4 15-27|"
      "ง 5 24-27 T" },
    { "ລາວ ខ្មែរ", 0, 0,
      "ລາ 0 0-6|າວ 1 3-9|ວ 2 6-9 T|ខ្មែ 3 10-22|មែរ 4 16-25|រ 5 22-25 T" },
    { "မြန်မာ", 0, 0,
      "မြန် 0 0-12|န်မာ 1 6-18|မာ 2 12-18 T" },
    { "ก\342\200\213ข", 0, 0,
      "กข 0 0-9|ข 1 6-9 T" },
    /* emoji are no words */
    { "😀 👨\342\200\215👩\342\200\215👧 Ⓜ ❤\357\270\217 🇺🇸 ok", 0, 0,
      "ok 0 44-46" },
    { "1\357\270\217⃣ Microsoft™", 0, 0,
      "1 0 0-7|microsoft 1 8-17" },
    /* compatibility forms are what they stand for */
    { "E=mc² ① H₂O ½", 0, 0,
      "e 0 0-1|mc2 1 2-6|1 2 7-10|h2o 3 11-16" },
    { "ＵＳＡ ﬁnancial Straße", 0, 0,
      "usa 0 0-9|financial 1 10-20|strasse 2 21-28" },
    { "ΟΔΥΣΣΕΥΣ İstanbul", 0, 0,
      "οδυσσευσ 0 0-16|i̇stanbul 1 17-26" },
    /* letters joined as Unicode has it */
    { "col·lecció צה\"ל צה״ל", 0, 0,
      "col·lecció 0 0-12|צה\"ל 1 13-20|צה\"ל 2 21-29" },
    /* Unicode's rules alone */
    { "bbc.co.uk a_b state-of C++ don’t", LEDE_WORDS_PLAIN, 0,
      "bbc.co.uk 0 0-9|a_b 1 10-13|state 2 14-19|of 3 20-22|c 4 23-24|"
      "don’t 5 27-34" },
    { "東京 カタカナ ไทย", LEDE_WORDS_PLAIN, 0,
      "東 0 0-3|京 1 3-6|カタカナ 2 7-19|ไ 3 20-23|ท 4 23-26|ย 5 26-29" },
    /* capitals inside sentences are marked */
    { "Then the Iranian general met Bush.", 0, LEDE_TOKENIZER_NAMES,
      "then 0 0-4|the 1 5-8|iranian 2 9-16 C|general 3 17-24|met 4 25-28|"
      "bush 5 29-33 C" },
    { "The Pentagon said so. He was there: But why", 0, LEDE_TOKENIZER_NAMES,
      "the 0 0-3|pentagon 1 4-12 C|said 2 13-17|so 3 18-20|he 4 22-24|"
      "was 5 25-28|there 6 29-34|but 7 36-39|why 8 40-43" },
    { "Qasem Soleimani was killed. After Iran said so", 0, LEDE_TOKENIZER_NAMES,
      "qasem 0 0-5 C|soleimani 1 6-15 C|was 2 16-19|killed 3 20-26|"
      "after 4 28-33|iran 5 34-38 C|said 6 39-43|so 7 44-46" },
    { "So George W. Bush went to the “Great hall” of it", 0, LEDE_TOKENIZER_NAMES,
      "so 0 0-2|george 1 3-9 C|w 2 10-11 C|bush 3 13-17 C|went 4 18-22|"
      "to 5 23-25|the 6 26-29|great 7 33-38|hall 8 39-43|of 9 47-49|"
      "it 10 50-52" },
    { "and\n\nThen it was\nRome again", 0, LEDE_TOKENIZER_NAMES,
      "and 0 0-3|then 1 5-9|it 2 10-12|was 3 13-16|rome 4 17-21 C|"
      "again 5 22-27" },
    { "A HEADLINE OF IRAN", 0, LEDE_TOKENIZER_NAMES,
      "a 0 0-1|headline 1 2-10|of 2 11-13|iran 3 14-18" },
    { "The Rise And Fall of Rome", 0, LEDE_TOKENIZER_NAMES,
      "the 0 0-3|rise 1 4-8|and 2 9-12|fall 3 13-17|of 4 18-20|"
      "rome 5 21-25" },
    { "он видел Москву и реку", 0, LEDE_TOKENIZER_NAMES,
      "он 0 0-4|видел 1 5-15|москву 2 16-28 C|и 3 29-31|реку 4 32-40" },
    { "then al-Muhandis and Al-Masri came", 0, LEDE_TOKENIZER_NAMES,
      "then 0 0-4|al 1 5-7|almuhandis 1+2 5-16 JC|muhandis 2 8-16 C|"
      "and 3 17-20|al 4 21-23 C|almasri 4+2 21-29 JC|masri 5 24-29 C|"
      "came 6 30-34" },
    /* and only if asked for */
    { "then Bush came", 0, 0,
      "then 0 0-4|bush 1 5-9|came 2 10-14" },
};
/* clang-format on */

#define CASES (sizeof cases / sizeof cases[0])

static void put_token(char *out, size_t size, const lede_token_batch *batch,
                      uint32_t i)
{
    bool joined = (batch->flags[i] & LEDE_TOKEN_JOINED) != 0;
    size_t at = strlen(out);
    char span[8] = "";

    if (joined)
        (void)snprintf(span, sizeof span, "+%u", batch->span[i]);
    (void)snprintf(out + at, size - at, "%s%.*s %u%s %u-%u%s%s%s%s",
                   at ? "|" : "", batch->len[i] - joined, batch->term[i],
                   batch->position[i], span, batch->begin[i], batch->end[i],
                   batch->flags[i] ? " " : "", joined ? "J" : "",
                   batch->flags[i] & LEDE_TOKEN_CAPITAL ? "C" : "",
                   batch->flags[i] & LEDE_TOKEN_TAIL ? "T" : "");
}

START_TEST(words_of_articles_are_cut_as_the_table_says)
{
    static const uint32_t paths[] = { 0, LEDE_TOKENIZER_PLAIN };
    lede_tokenizer *tokenizer;
    lede_token_batch batch;

    ck_assert_int_eq(lede_tokenizer_new(&tokenizer, cases[_i].words, NULL), 0);
    for (size_t k = 0; k < 2; k++) {
        char got[2048] = "";

        lede_tokenizer_start(tokenizer, cases[_i].text, strlen(cases[_i].text),
                             0, cases[_i].hints | paths[k]);
        while (lede_tokenizer_next(tokenizer, &batch))
            for (uint32_t i = 0; i < batch.count; i++)
                put_token(got, sizeof got, &batch, i);
        ck_assert_str_eq(got, cases[_i].tokens);
        ck_assert_int_eq(tokenizer->status, LEDE_OK);
    }
    lede_tokenizer_free(tokenizer);
}
END_TEST

/* Reads tokens one by one out of batches. */
struct reader {
    lede_tokenizer *tokenizer;
    lede_token_batch batch;
    uint32_t at;
};

static bool next_token(struct reader *r)
{
    if (++r->at < r->batch.count)
        return true;
    r->at = 0;
    return lede_tokenizer_next(r->tokenizer, &r->batch);
}

static bool same_token(const struct reader *x, const struct reader *y)
{
    const lede_token_batch *a = &x->batch, *b = &y->batch;
    uint32_t i = x->at, k = y->at;

    return a->len[i] == b->len[k] &&
           memcmp(a->term[i], b->term[k], a->len[i]) == 0 &&
           a->hash[i] == b->hash[k] && a->position[i] == b->position[k] &&
           a->span[i] == b->span[k] && a->flags[i] == b->flags[k] &&
           a->begin[i] == b->begin[k] && a->end[i] == b->end[k];
}

static struct reader fast, plain;

static void open_readers(uint32_t words)
{
    ck_assert_int_eq(lede_tokenizer_new(&fast.tokenizer, words, NULL), 0);
    ck_assert_int_eq(lede_tokenizer_new(&plain.tokenizer, words, NULL), 0);
}

static void close_readers(void)
{
    lede_tokenizer_free(fast.tokenizer);
    lede_tokenizer_free(plain.tokenizer);
}

static void show(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        (void)printf(text[i] >= ' ' && text[i] < 127 ? "%c" : "\\x%02X",
                     (unsigned char)text[i]);
    (void)printf("\n");
}

/* Fails unless both paths give the same tokens, which make sense. */
static uint64_t compare_paths(const char *text, size_t len, uint32_t hints)
{
    uint32_t position = 0;
    uint64_t count = 0;

    lede_tokenizer_start(fast.tokenizer, text, len, 7, hints);
    lede_tokenizer_start(plain.tokenizer, text, len, 7,
                         hints | LEDE_TOKENIZER_PLAIN);
    fast.batch.count = plain.batch.count = 0;
    fast.at = plain.at = 0;
    for (;; count++) {
        bool more = next_token(&fast);
        bool wanted = next_token(&plain);

        if (more != wanted || (more && !same_token(&fast, &plain))) {
            show(text, len);
            ck_abort_msg("token %llu differs", (unsigned long long)count);
        }
        if (!more)
            break;
        ck_assert_uint_ge(fast.batch.position[fast.at], position);
        position = fast.batch.position[fast.at];
        ck_assert_uint_lt(fast.batch.begin[fast.at], fast.batch.end[fast.at]);
        ck_assert_uint_le(fast.batch.end[fast.at], len);
    }
    ck_assert_uint_eq(fast.tokenizer->words, plain.tokenizer->words);
    ck_assert_uint_eq(fast.tokenizer->position, plain.tokenizer->position);
    ck_assert_uint_eq(fast.tokenizer->skipped, plain.tokenizer->skipped);
    ck_assert_uint_eq(fast.tokenizer->invalid_bytes,
                      plain.tokenizer->invalid_bytes);
    return count;
}

/* What random texts are made of: the first row as often as all the others. */
static const char *const pieces[] = {
    "a",
    "B",
    "the",
    "word",
    "Bush",
    "I",
    "nineteenletterslong",
    "7",
    "42",
    "2023",
    "U.S.",
    "al-Masri",
    "it's",
    "x",
    " ",
    " ",
    " ",
    " ",
    " ",
    /* joints and what looks like them */
    ".",
    ",",
    "'",
    "-",
    "&",
    "+",
    "#",
    "\"",
    ";",
    "_",
    "@",
    "/",
    ":",
    "++",
    "\n",
    "\n\n",
    "  ",
    ". ",
    "--",
    "?",
    "!",
    "(",
    "\t",
    "\xE2\x80\x99",
    "\xCA\xBC",
    "\xC2\xB7",
    "\xE2\x80\xAF",
    "\xE2\x80\x90",
    "\xEF\xBC\x8E",
    "\xEF\xBC\x86",
    "\xD6\xBE",
    "\xD7\xB3",
    "\xD7\xB4",
    /* letters and digits of many scripts */
    "\xC3\xA9",
    "\xC3\x89",
    "\xC3\x9F",
    "\xC4\xB0",
    "\xD0\x96",
    "\xD1\x8F",
    "\xCE\xA3",
    "\xCF\x82",
    "\xD7\xA9",
    "\xD7\x9C",
    "\xD8\xA7",
    "\xD9\x8B",
    "\xD9\x91",
    "\xD9\x94",
    "\xE1\x8E\xA0",
    "\xE0\xA4\x95",
    "\xE0\xA4\xBE",
    "\xE0\xA5\x8D",
    "\xE1\xBB\x87",
    "\xD9\xA3",
    "\xD9\xAC",
    "\xC2\xB2",
    "\xEF\xBC\xA1",
    "\xEF\xAC\x81",
    "\xE6\x9D\xB1",
    "\xE4\xBA\xAC",
    "\xE3\x82\xAB",
    "\xE3\x83\xBC",
    "\xEF\xBE\x8A",
    "\xEF\xBE\x9E",
    "\xED\x95\x9C",
    "\xE1\x84\x92",
    "\xE1\x85\xA1",
    "\xE1\x86\xAB",
    "\xE0\xB9\x80",
    "\xE0\xB8\x81",
    "\xE0\xB8\xB1",
    "\xE1\x9E\x81",
    "\xE1\x9F\x92",
    "\xE1\x80\x99",
    /* marks, ignored and invisible characters, emoji, no UTF-8 */
    "\xCC\x81",
    "\xC2\xAD",
    "\xE2\x80\x8B",
    "\xE2\x80\x8D",
    "\xE2\x80\x8E",
    "\xEF\xBB\xBF",
    "\xE3\x85\xA4",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F\x87\xBA",
    "\xE2\x93\x82",
    "\xEF\xB8\x8F",
    "\xE2\x83\xA3",
    "\xEF\xB7\xBA",
    "\xFF",
    "\xC3",
    "\xE2\x80",
    "\xED\xA0\x80",
    "\x80",
    "\xE2\x80\x9C",
    "\xE2\x80\xA6",
    "\xE3\x80\x80",
};

#define PIECES       (sizeof pieces / sizeof pieces[0])
#define ASCII_PIECES 19U
#define TEXT_MAX     3000U

/* A text of a few to many pieces; `purity` in 16 of them are usual English. */
static size_t write_text(chance *c, char *text)
{
    uint32_t purity = chance_below(c, 17);
    size_t most = chance_one_in(c, 64) ? TEXT_MAX : 100, len = 0;
    size_t wanted = chance_below(c, (uint32_t)most);

    while (len < wanted) {
        bool usual = chance_below(c, 16) < purity;
        const char *piece =
            pieces[chance_below(c, usual ? ASCII_PIECES : (uint32_t)PIECES)];
        size_t n = strlen(piece);

        if (len + n > TEXT_MAX)
            break;
        memcpy(text + len, piece, n);
        len += n;
    }
    if (chance_one_in(c, 200) && len > 0) /* one long word, or dash */
        memset(text, text[0], len);
    return len;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RANDOM_TEXTS 10000U
#else
#define RANDOM_TEXTS 1000000U
#endif

START_TEST(random_texts_give_the_tokens_of_the_plain_path)
{
    static const uint32_t words[] = {
        0,
        LEDE_WORDS_NO_COMPOUND,
        LEDE_WORDS_NO_BIGRAM,
        LEDE_WORDS_NO_COMPOUND | LEDE_WORDS_NO_BIGRAM,
        LEDE_WORDS_PLAIN,
    };
    /* most texts by the default rules, and many by Unicode's alone */
    uint32_t texts = RANDOM_TEXTS / 20 * (_i == 0 ? 12 : _i == 4 ? 5 : 1);
    chance c = chance_from("tokenizer paths", 1 + (uint64_t)_i);
    char *text = malloc(TEXT_MAX), *block = malloc(TEXT_MAX);
    uint64_t tokens = 0;

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(block);
    open_readers(words[_i]);
    for (uint32_t n = 0; n < texts; n++) {
        size_t len = write_text(&c, text);
        uint32_t hints = chance_one_in(&c, 2) ? LEDE_TOKENIZER_NAMES : 0;
        /* at the end of its block: nothing behind it may be read */
        char *exact = block + TEXT_MAX - len;

        memcpy(exact, text, len);
        tokens += compare_paths(exact, len, hints);
    }
    close_readers();
    free(block);
    free(text);
    ck_assert_uint_gt(tokens, texts);
}
END_TEST

START_TEST(texts_at_every_alignment_give_the_same_tokens)
{
    static const char sample[] =
        "The U.S. Army's 1,500.50 men, al-Muhandis and AT&T: caf\xC3\xA9s in "
        "\xE6\x9D\xB1\xE4\xBA\xAC, C++ or C#; then they saw 9/11 ... \"Who?\" "
        "'He "
        "said so' (Reuters) 3.5-inch state-of-the-art \xD0\x9C\xD0\xB8\xD1\x80 "
        "WholeWordsOfManyLettersThatGoOnAndOnAndOnAndOn end.";
    size_t len = sizeof sample - 1;

    open_readers(_i ? LEDE_WORDS_PLAIN : 0);
    for (size_t from = 0; from < 70; from++)
        for (size_t until = from; until <= len; until += 3) {
            char *block = malloc(from % 64 + until - from + 1);
            char *exact;

            ck_assert_ptr_nonnull(block);
            exact = block + from % 64 + 1;
            if (until > from)
                memcpy(exact, sample + from, until - from);
            (void)compare_paths(exact, until - from, LEDE_TOKENIZER_NAMES);
            free(block);
        }
    close_readers();
}
END_TEST

/* The value of "text": "..." in a line, escapes as they are but for \n, which
 * here are spaces: it is only something to read. */
static char *find_text(char *line, size_t *len)
{
    static const char name[] = "\"text\": \"";
    char *text = strstr(line, name), *end;

    if (!text)
        return NULL;
    text += strlen(name);
    for (end = text; *end && *end != '"'; end++)
        if (*end == '\\' && end[1]) {
            end[0] = ' ';
            end[1] = end[1] == 'n' ? '\n' : ' ';
            end++;
        }
    *len = (size_t)(end - text);
    return text;
}

START_TEST(a_text_in_every_language_gives_the_tokens_of_the_plain_path)
{
    static const char path[] = LEDE_SHARED_DIR "/data/lang/udhr.jsonl.xz";
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0, len;
    uint32_t texts = 0;

    if (file)
        (void)fclose(file);
    file = file
               ? popen("xzcat " LEDE_SHARED_DIR "/data/lang/udhr.jsonl.xz", "r")
               : NULL;
    open_readers(_i ? LEDE_WORDS_PLAIN : 0);
    while (file && getline(&line, &room, file) > 0) {
        char *text = find_text(line, &len);

        if (!text)
            continue;
        ck_assert_uint_gt(compare_paths(text, len, LEDE_TOKENIZER_NAMES), 10);
        texts++;
    }
    if (file)
        (void)pclose(file);
    free(line);
    close_readers();
    if (texts == 0)
        test_skip("no texts of many languages, or no xzcat");
    else
        ck_assert_uint_gt(texts, 500);
}
END_TEST

START_TEST(words_too_long_keep_their_position_and_are_counted)
{
    char text[1000];
    lede_token_batch batch;
    lede_tokenizer *tokenizer;

    memset(text, 'x', sizeof text);
    text[0] = 'a';
    text[1] = ' '; /* 200 letters, 201 letters, and a compound of 202 */
    text[202] = ' ';
    text[404] = ' ';
    text[500] = '-';
    text[607] = ' ';
    ck_assert_int_eq(lede_tokenizer_new(&tokenizer, 0, NULL), 0);
    for (uint32_t k = 0; k < 2; k++) {
        lede_tokenizer_start(tokenizer, text, 608, 0,
                             k ? LEDE_TOKENIZER_PLAIN : 0);
        ck_assert(lede_tokenizer_next(tokenizer, &batch));
        ck_assert_uint_eq(batch.count, 4);
        ck_assert_uint_eq(batch.position[1], 1);
        ck_assert_uint_eq(batch.len[1], 200);
        ck_assert_uint_eq(batch.position[2], 3);
        ck_assert_uint_eq(batch.position[3], 4);
        ck_assert(!lede_tokenizer_next(tokenizer, &batch));
        ck_assert_uint_eq(batch.count, 0);
        ck_assert_uint_eq(tokenizer->skipped, 1);
        ck_assert_uint_eq(tokenizer->words, 4);
        ck_assert_uint_eq(tokenizer->position, 5);
    }
    lede_tokenizer_free(tokenizer);
}
END_TEST

START_TEST(bytes_that_are_not_utf8_break_words_and_are_counted)
{
    static const char text[] = "a\xFF"
                               "b \xC3 \xED\xA0\x80 caf\xC3\xA9\xE2\x80";
    lede_token_batch batch;
    lede_tokenizer *tokenizer;

    ck_assert_int_eq(lede_tokenizer_new(&tokenizer, 0, NULL), 0);
    lede_tokenizer_start(tokenizer, text, sizeof text - 1, 0, 0);
    ck_assert(lede_tokenizer_next(tokenizer, &batch));
    ck_assert_uint_eq(batch.count, 3);
    ck_assert_int_eq(memcmp(batch.term[2], "caf\xC3\xA9", 5), 0);
    ck_assert(!lede_tokenizer_next(tokenizer, &batch));
    ck_assert_uint_eq(tokenizer->invalid_bytes, 7);
    lede_tokenizer_free(tokenizer);
}
END_TEST

/* As they stand, of every length, cut in every way. */
START_TEST(letters_alone_are_one_plain_token)
{
    static const char others[] = "A'. -09`{\xC3";
    chance c = chance_from("plain", 1);
    char text[LEDE_TERM_MAX + 1];

    for (uint32_t round = 0; round < 2 * LEDE_TERM_MAX; round++) {
        uint32_t len = 1 + round % LEDE_TERM_MAX;
        lede_tokenizer *tokenizer;
        lede_token_batch batch;

        for (uint32_t i = 0; i < len; i++)
            text[i] = (char)('a' + chance_below(&c, 26));
        ck_assert(lede_tokenizer_is_plain(text, len));
        ck_assert_int_eq(lede_tokenizer_new(&tokenizer, round % 8, NULL), 0);
        lede_tokenizer_start(tokenizer, text, len, 0,
                             round % 3 ? LEDE_TOKENIZER_PLAIN : 0);
        ck_assert(lede_tokenizer_next(tokenizer, &batch));
        ck_assert_uint_eq(batch.count, 1);
        ck_assert_uint_eq(batch.len[0], len);
        ck_assert_mem_eq(batch.term[0], text, len);
        ck_assert_uint_eq(batch.position[0], 0);
        ck_assert_uint_eq(batch.flags[0], 0);
        ck_assert_uint_eq(batch.begin[0], 0);
        ck_assert_uint_eq(batch.end[0], len);
        ck_assert(!lede_tokenizer_next(tokenizer, &batch));
        lede_tokenizer_free(tokenizer);
        text[chance_below(&c, len)] =
            others[chance_below(&c, sizeof others - 1)];
        ck_assert(!lede_tokenizer_is_plain(text, len));
    }
    memset(text, 'a', sizeof text);
    ck_assert(lede_tokenizer_is_plain(text, LEDE_TERM_MAX));
    ck_assert(!lede_tokenizer_is_plain(text, LEDE_TERM_MAX + 1));
    ck_assert(!lede_tokenizer_is_plain("", 0));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, letters_alone_are_one_plain_token);
    tcase_add_loop_test(tcase, words_of_articles_are_cut_as_the_table_says, 0,
                        (int)CASES);
    tcase_add_loop_test(tcase, random_texts_give_the_tokens_of_the_plain_path,
                        0, 5);
    tcase_add_loop_test(tcase, texts_at_every_alignment_give_the_same_tokens, 0,
                        2);
    tcase_add_loop_test(
        tcase, a_text_in_every_language_gives_the_tokens_of_the_plain_path, 0,
        2);
    tcase_add_test(tcase, words_too_long_keep_their_position_and_are_counted);
    tcase_add_test(tcase, bytes_that_are_not_utf8_break_words_and_are_counted);
}

int main(void)
{
    return test_suite_run("tokenizer", add_tests);
}
