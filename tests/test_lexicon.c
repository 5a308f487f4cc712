#include "native/codec/lexicon.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static lede_bytes of(const char *text)
{
    return lede_bytes_of(text, strlen(text));
}

static void learn(lede_lexicon *lexicon, lede_bytes sample)
{
    lede_lexicon_init(lexicon, NULL);
    ck_assert_int_eq(lede_lexicon_learn(lexicon, sample, NULL), LEDE_OK);
}

/* The same lexicon, from its bytes. */
static void reopen(lede_lexicon *opened, const lede_lexicon *lexicon)
{
    lede_buffer bytes;
    lede_bytes exact, in;

    lede_buffer_init(&bytes, NULL);
    lede_lexicon_write(lexicon, &bytes);
    exact = in = exact_bytes(bytes.at, bytes.len);
    lede_lexicon_init(opened, NULL);
    ck_assert_int_eq(lede_lexicon_open(opened, &in), LEDE_OK);
    ck_assert_uint_eq(in.len, 0);
    exact_free(exact);
    lede_buffer_fini(&bytes);
}

/* Codes a text that ends where its memory does, and reads it back. */
static void check_text(const lede_lexicon *lexicon, const lede_lexicon *opened,
                       lede_bytes text)
{
    lede_bytes exact = exact_bytes(text.at, text.len), coded;
    lede_buffer out, back;

    lede_buffer_init(&out, NULL);
    lede_buffer_init(&back, NULL);
    lede_lexicon_code(lexicon, exact, &out);
    ck_assert_int_eq(out.status, LEDE_OK);
    ck_assert_uint_le(out.len, 3 * text.len + 2);
    coded = exact_bytes(out.at, out.len);
    ck_assert_int_eq(lede_lexicon_text(opened, coded, &back), LEDE_OK);
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&back), text));
    lede_buffer_fini(&out);
    lede_buffer_fini(&back);
    exact_free(coded);
    exact_free(exact);
}

/* ---- The format by example ---- */

static const char sample[] = "the cat the dog the cat sat";

START_TEST(words_are_written_with_their_codes)
{
    static const uint8_t bytes[] = { 2, 6, 3, 3, 't', 'h', 'e', 'c', 'a', 't' };
    static const struct {
        const char *text;
        uint8_t coded[16];
        size_t len;
    } texts[] = {
        { "", { 0 }, 0 },
        { "the", { 128 }, 1 },
        { "the cat", { 128, 129 }, 2 },
        { "the  cat", { 128, ' ', 1, 129 }, 4 },
        { " cat", { 1, 129 }, 2 },
        { "(cat) cat", { '(', 129, ')', 129 }, 4 },
        { "5cat", { '5', 1, 129 }, 3 },
        { "a cat sat", { 'a', 129, ' ', 's', 'a', 't' }, 6 },
        { "the\ncat", { 128, '\n', 129 }, 3 },
        { "cats Cat", { 'c', 'a', 't', 's', ' ', 'C', 'a', 't' }, 8 },
        { "\xc3\xa9 cat", { 0, 1, 0xc3, 0xa9, 129 }, 5 },
        { "\x01", { 0, 0, 1 }, 3 },
    };
    lede_lexicon lexicon, opened;
    lede_buffer out;

    learn(&lexicon, of(sample));
    reopen(&opened, &lexicon);
    lede_buffer_init(&out, NULL);
    lede_lexicon_write(&lexicon, &out);
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&out),
                               lede_bytes_of(bytes, sizeof bytes)));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lede_buffer_clear(&out);
        lede_lexicon_code(&lexicon, of(texts[i].text), &out);
        ck_assert_msg(
            lede_bytes_equal(lede_buffer_bytes(&out),
                             lede_bytes_of(texts[i].coded, texts[i].len)),
            "%s", texts[i].text);
        check_text(&lexicon, &opened, of(texts[i].text));
    }
    lede_buffer_fini(&out);
    lede_lexicon_fini(&opened);
    lede_lexicon_fini(&lexicon);
}
END_TEST

/* ---- The contract ---- */

/* Words with numbers in them, punctuation, and now and then anything. */
static void draw_text(chance *c, lede_buffer *out, size_t len, uint32_t words)
{
    static const char between[] = "      ,.;(\n'-\"5";

    while (out->len < len) {
        uint32_t word = chance_below(c, 1 + chance_below(c, words));

        if (chance_one_in(c, 60)) {
            for (uint32_t n = chance_below(c, 400); n > 0; n--)
                lede_put_u8(out, (uint8_t)chance_below(c, 256));
        } else if (chance_one_in(c, 60)) {
            for (uint32_t n = chance_below(c, 90); n > 0; n--)
                lede_put_u8(out, (uint8_t)('a' + chance_below(c, 26)));
        } else {
            for (; word; word /= 23)
                lede_put_u8(out, (uint8_t)('a' + word % 23));
            if (chance_one_in(c, 9))
                lede_put_text(out, "\xd0\xb6");
        }
        lede_put_u8(out, (uint8_t)between[chance_below(c, sizeof between - 1)]);
    }
}

/* Few words have codes of one byte, very many have none. */
static const uint32_t vocabularies[] = { 30, 500, 9000, 200000 };

START_TEST(any_text_reads_back_as_it_was)
{
    chance c = chance_from("lexicon", (uint64_t)_i);
    lede_lexicon lexicon, opened;
    lede_buffer text;

    lede_buffer_init(&text, NULL);
    draw_text(&c, &text, _i < 3 ? 300000 : 2000000, vocabularies[_i]);
    learn(&lexicon, lede_buffer_bytes(&text));
    reopen(&opened, &lexicon);
    ck_assert_uint_le(lexicon.count, LEDE_LEXICON_MAX);
    ck_assert_uint_eq(lexicon.count == LEDE_LEXICON_MAX, _i == 3);
    check_text(&lexicon, &opened, lede_buffer_bytes(&text));
    for (int round = 0; round < 300; round++) {
        lede_buffer_clear(&text);
        draw_text(&c, &text, chance_below(&c, 300), vocabularies[_i]);
        check_text(&lexicon, &opened, lede_buffer_bytes(&text));
    }
    lede_buffer_fini(&text);
    lede_lexicon_fini(&opened);
    lede_lexicon_fini(&lexicon);
}
END_TEST

/* Whatever its length, and wherever the letter stands. */
START_TEST(a_word_but_for_a_letter_is_another)
{
    char word[LEDE_LEXICON_WORD_MAX + 1] = "", text[200];

    for (size_t len = 1; len <= LEDE_LEXICON_WORD_MAX; len++) {
        lede_lexicon lexicon, opened;

        word[len - 1] = 'w';
        (void)snprintf(text, sizeof text, "%s %s %s %s", word, word, word,
                       word);
        learn(&lexicon, of(text));
        reopen(&opened, &lexicon);
        for (size_t at = 0; at < len; at++) {
            word[at] = 'v';
            (void)snprintf(text, sizeof text, "%s", word);
            word[at] = 'w';
            check_text(&lexicon, &opened, of(text));
        }
        lede_lexicon_fini(&lexicon);
        lede_lexicon_fini(&opened);
    }
}
END_TEST

START_TEST(without_words_text_stands_for_itself)
{
    lede_lexicon lexicon, opened;

    learn(&lexicon, of("every word stands here once"));
    ck_assert_uint_eq(lexicon.count, 0);
    reopen(&opened, &lexicon);
    check_text(&lexicon, &opened, of("\x01 every \xff"));
    lede_lexicon_fini(&opened);
    lede_lexicon_fini(&lexicon);
}
END_TEST

/* ---- Damage ---- */

START_TEST(lies_are_refused)
{
    static const struct {
        const char *lie;
        uint8_t coded[4];
        size_t len;
    } texts[] = {
        { "a word that is not listed", { 130 }, 1 },
        { "a pair that is not listed", { 192, 0 }, 2 },
        { "half a pair", { 192 }, 1 },
        { "the other space of no word", { 1, 'a' }, 2 },
        { "the other space of nothing", { 1 }, 1 },
        { "the other space twice", { 1, 1, 128 }, 3 },
        { "raw bytes that are not counted", { 0 }, 1 },
        { "raw bytes that are not there", { 0, 1, 'a' }, 3 },
    };
    static const struct {
        const char *lie;
        uint8_t bytes[40];
        size_t len;
    } lexicons[] = {
        { "nothing", { 0 }, 0 },
        { "a count alone", { 1 }, 1 },
        { "more words than can be", { 0xc1, 0x80, 0x01, 0 }, 4 },
        { "no lengths", { 2, 0, 1 }, 3 },
        { "a word of no bytes", { 2, 1, 1, 0, 'a' }, 5 },
        { "a word that is too long",
          { 1,   32,  32,  'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a',
            'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a',
            'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a' },
          35 },
        { "lengths of fewer bytes", { 1, 2, 1, 'a', 'b' }, 5 },
        { "lengths of more bytes", { 1, 1, 2, 'a', 'b' }, 5 },
        { "bytes that are not there", { 1, 2, 2, 'a' }, 4 },
    };
    lede_lexicon lexicon;
    lede_buffer out;

    learn(&lexicon, of(sample));
    lede_buffer_init(&out, NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lede_bytes exact = exact_bytes(texts[i].coded, texts[i].len);

        ck_assert_msg(lede_lexicon_text(&lexicon, exact, &out) ==
                          LEDE_ERR_CORRUPT,
                      "%s", texts[i].lie);
        exact_free(exact);
    }
    lede_buffer_fini(&out);
    lede_lexicon_fini(&lexicon);
    for (size_t i = 0; i < sizeof lexicons / sizeof *lexicons; i++) {
        lede_bytes exact = exact_bytes(lexicons[i].bytes, lexicons[i].len);
        lede_bytes in = exact;

        lede_lexicon_init(&lexicon, NULL);
        ck_assert_msg(lede_lexicon_open(&lexicon, &in) == LEDE_ERR_CORRUPT,
                      "%s", lexicons[i].lie);
        lede_lexicon_fini(&lexicon);
        exact_free(exact);
    }
}
END_TEST

static lede_status use(const lede_allocator *allocator, void *ctx)
{
    const lede_buffer *text = ctx;
    lede_lexicon lexicon, opened;
    lede_buffer bytes, coded, back;
    lede_status status;

    lede_lexicon_init(&lexicon, allocator);
    lede_lexicon_init(&opened, allocator);
    lede_buffer_init(&bytes, allocator);
    lede_buffer_init(&coded, allocator);
    lede_buffer_init(&back, allocator);
    status = lede_lexicon_learn(&lexicon, lede_buffer_bytes(text), NULL);
    if (status == LEDE_OK) {
        lede_lexicon_write(&lexicon, &bytes);
        lede_lexicon_code(&lexicon, lede_buffer_bytes(text), &coded);
        status = bytes.status == LEDE_OK ? coded.status : bytes.status;
    }
    if (status == LEDE_OK) {
        lede_bytes in = lede_buffer_bytes(&bytes);

        status = lede_lexicon_open(&opened, &in);
    }
    if (status == LEDE_OK)
        status = lede_lexicon_text(&opened, lede_buffer_bytes(&coded), &back);
    lede_lexicon_fini(&lexicon);
    lede_lexicon_fini(&opened);
    lede_buffer_fini(&bytes);
    lede_buffer_fini(&coded);
    lede_buffer_fini(&back);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    chance c = chance_from("lexicon", 40);
    lede_buffer text;

    lede_buffer_init(&text, NULL);
    draw_text(&c, &text, 20000, 500);
    (void)failing_alloc_sweep(use, &text);
    lede_buffer_fini(&text);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, words_are_written_with_their_codes);
    tcase_add_loop_test(tcase, any_text_reads_back_as_it_was, 0,
                        sizeof vocabularies / sizeof *vocabularies);
    tcase_add_test(tcase, a_word_but_for_a_letter_is_another);
    tcase_add_test(tcase, without_words_text_stands_for_itself);
    tcase_add_test(tcase, lies_are_refused);
    tcase_add_test(tcase, every_allocation_may_fail);
}

int main(void)
{
    return test_suite_run("lexicon", add_tests);
}
