#include "text/fold.h"

#include <string.h>

#include "base/utf8.h"
#include "support/chance.h"
#include "support/suite.h"
#include "text/forms.h"

static const char *fold(const char *word, lede_fold_variant variant)
{
    static char out[LEDE_TERM_BYTES_MAX + 1];
    size_t len = lede_fold(out, lede_bytes_of_text(word), variant);

    ck_assert_uint_le(len, strlen(word));
    out[len] = '\0';
    return out;
}

static const char *const plain[][2] = {
    /* marks of Latin, Greek and Cyrillic letters */
    { "café", "cafe" },
    { "erdoğan", "erdogan" },
    { "besançon", "besancon" },
    { "việt", "viet" },
    { "đà", "da" },
    { "nẵng", "nang" },
    { "αθήνα", "αθηνα" },
    { "ὀδυσσεύσ", "οδυσσευσ" },
    { "горбачёв", "горбачев" },
    { "ї", "і" },
    { "е\xcc\x81сть", "есть" },
    { "i\xcc\x87stanbul", "istanbul" },
    /* a short i is a letter */
    { "йогурт", "йогурт" },
    { "горький", "горький" },
    /* letters with strokes, ligatures */
    { "ısı", "isi" },
    { "ørsted", "orsted" },
    { "wałęsa", "walesa" },
    { "łódź", "lodz" },
    { "ħaż", "haz" },
    { "æsir", "aesir" },
    { "œuvre", "oeuvre" },
    { "þór", "thor" },
    { "ðe", "de" },
    { "straße", "strasse" },
    { "əliyev", "aliyev" },
    /* Arabic and Hebrew */
    { "كِتَاب", "كتاب" },
    { "كـــتاب", "كتاب" },
    { "أحمد", "احمد" },
    { "إسلام", "اسلام" },
    { "آمن", "امن" },
    { "مستشفى", "مستشفي" },
    { "مدرسة", "مدرسه" },
    { "ایران", "ايران" },
    { "کابل", "كابل" },
    { "שָׁלוֹם", "שלום" },
    { "צה\"ל", "צהל" },
    /* digits and separators */
    { "٣٤٥", "345" },
    { "४५", "45" },
    { "𑁦𑁧", "01" },
    { "1,500", "1500" },
    { "1,500.50", "1500.50" },
    { "1,234,567", "1234567" },
    { "12,34,567", "1234567" },
    { "1.500.000", "1500000" },
    { "1.500,50", "1500.50" },
    { "1'500", "1500" },
    { "٣٬٥٠٠", "3500" },
    { "1,500th", "1500th" },
    { "3.5", "3.5" },
    { "1.500", "1.500" },
    { "3,5", "3,5" },
    { "0,500", "0,500" },
    { "1234,500", "1234,500" },
    { "1,50", "1,50" },
    { "10.0.0.1", "10.0.0.1" },
    /* signs */
    { "u.s", "us" },
    { "u.s.a", "usa" },
    { "с.ш.а", "сша" },
    { "v.2", "v2" },
    { "bbc.co", "bbc.co" },
    { "didn't", "didnt" },
    { "o'brien", "obrien" },
    { "iran's", "irans" },
    { "qurʾān", "quran" },
    { "hawaiʻi", "hawaii" },
    /* where marks are letters */
    { "किताब", "किताब" },
    { "कतब", "कतब" },
    { "हिन्दी", "हिन्दी" },
    { "কলকাতা", "কলকাতা" },
    { "क\xcc\x81", "क\xcc\x81" },
    { "தமிழ்", "தமிழ்" },
    { "น้ำ", "น้ำ" },
    { "ខ្មែរ", "ខ្មែរ" },
    { "မြန်မာ", "မြန်မာ" },
    { "が", "が" },
    { "パリ", "パリ" },
    { "한국", "한국" },
};

START_TEST(a_word_loses_marks_and_signs)
{
    ck_assert_str_eq(fold(plain[_i][0], LEDE_FOLD_PLAIN), plain[_i][1]);
}
END_TEST

START_TEST(a_word_is_plain_if_folding_leaves_it)
{
    if (lede_fold_is_plain(lede_bytes_of_text(plain[_i][0])))
        ck_assert_str_eq(plain[_i][0], plain[_i][1]);
}
END_TEST

static const struct {
    const char *word;
    lede_fold_variant variant;
    const char *folded;
} variants[] = {
    { "müller", LEDE_FOLD_DIGRAPHS, "mueller" },
    { "äöü", LEDE_FOLD_DIGRAPHS, "aeoeue" },
    { "århus", LEDE_FOLD_DIGRAPHS, "aarhus" },
    { "jørgensen", LEDE_FOLD_DIGRAPHS, "joergensen" },
    { "café", LEDE_FOLD_DIGRAPHS, "" },
    { "mueller", LEDE_FOLD_DIGRAPHS, "" },
    { "iran's", LEDE_FOLD_BASE, "iran" },
    { "90's", LEDE_FOLD_BASE, "90" },
    { "u.s's", LEDE_FOLD_BASE, "us" },
    { "müller's", LEDE_FOLD_BASE, "muller" },
    { "müller's", LEDE_FOLD_BASE_DIGRAPHS, "mueller" },
    { "erdoğan'ın", LEDE_FOLD_BASE, "erdogan" },
    { "türkiye'nin", LEDE_FOLD_BASE, "turkiye" },
    { "ankara'da", LEDE_FOLD_BASE, "ankara" },
    { "iran", LEDE_FOLD_BASE, "" },
    { "didn't", LEDE_FOLD_BASE, "" },
    { "we're", LEDE_FOLD_BASE, "" },
    { "'s", LEDE_FOLD_BASE, "" },
    { "qu'a", LEDE_FOLD_BASE, "" },
    { "l'homme", LEDE_FOLD_CORE, "homme" },
    { "l'état", LEDE_FOLD_CORE, "etat" },
    { "d'estaing's", LEDE_FOLD_CORE, "estaing" },
    { "d'estaing's", LEDE_FOLD_BASE, "destaing" },
    { "qu'ils", LEDE_FOLD_CORE, "ils" },
    { "dell'arte", LEDE_FOLD_CORE, "arte" },
    { "n'djamena", LEDE_FOLD_CORE, "" },
    { "o'hara", LEDE_FOLD_CORE, "" },
    { "rock'n", LEDE_FOLD_CORE, "" },
    { "iran's", LEDE_FOLD_CORE, "" },
    { "l'", LEDE_FOLD_CORE, "" },
    { "", LEDE_FOLD_PLAIN, "" },
    { "'", LEDE_FOLD_PLAIN, "" },
    { "\xd9\x8e", LEDE_FOLD_PLAIN, "" },
};

START_TEST(a_word_has_other_variants)
{
    ck_assert_msg(strcmp(fold(variants[_i].word, variants[_i].variant),
                         variants[_i].folded) == 0,
                  "%s: %s", variants[_i].word,
                  fold(variants[_i].word, variants[_i].variant));
}
END_TEST

START_TEST(a_core_is_part_of_its_word)
{
    lede_bytes word = lede_bytes_of_text("d'estaing's");
    lede_bytes core = lede_fold_core(word);

    ck_assert_ptr_eq(core.at, word.at + 2);
    ck_assert_uint_eq(core.len, 7);
    core = lede_fold_core(lede_bytes_of_text("estaing"));
    ck_assert_uint_eq(core.len, 7);
}
END_TEST

static const char *const grouped[][2] = {
    { "1500", "1,500" },
    { "12345", "12,345" },
    { "1234567.89", "1,234,567.89" },
    { "1500.", "1,500." },
    { "1500.2.1", "1,500.2.1" },
    { "999", "" },
    { "0500", "" },
    { "1500th", "" },
    { "1500,5", "" },
    { "1.500", "" },
    { "", "" },
};

START_TEST(numbers_of_four_digits_are_grouped)
{
    char out[LEDE_TERM_BYTES_MAX], folded[LEDE_TERM_BYTES_MAX];
    lede_bytes number = lede_bytes_of_text(grouped[_i][0]);
    size_t len = lede_form_grouped(out, number);

    ck_assert(lede_bytes_equal(lede_bytes_of(out, len),
                               lede_bytes_of_text(grouped[_i][1])));
    if (len > 0) {
        len = lede_fold(folded, lede_bytes_of(out, len), LEDE_FOLD_PLAIN);
        ck_assert(lede_bytes_equal(lede_bytes_of(folded, len), number));
    }
}
END_TEST

START_TEST(grouped_numbers_have_the_room_of_a_term)
{
    char digits[LEDE_TERM_BYTES_MAX], out[LEDE_TERM_BYTES_MAX];

    memset(digits, '7', sizeof digits);
    for (size_t len = 4; len <= sizeof digits; len++) {
        size_t all = len + (len - 1) / 3;

        ck_assert_uint_eq(lede_form_grouped(out, lede_bytes_of(digits, len)),
                          all <= sizeof out ? all : 0);
    }
}
END_TEST

static const char *const owners[][3] = {
    { "prices", "prices's", "price's" },
    { "boss", "boss's", "bos's" },
    { "war", "war's", "" },
    { "1980", "1980's", "" },
    { "s", "s's", "" },
    { "u.s", "", "" },
    { "it's", "", "" },
    { "1,500", "", "" },
    { "caf\xC3\xA9s", "", "" },
    { "", "", "" },
};

START_TEST(words_are_keys_of_those_with_an_ending)
{
    char out[LEDE_TERM_BYTES_MAX], folded[LEDE_TERM_BYTES_MAX];
    lede_bytes key = lede_bytes_of_text(owners[_i][0]);
    lede_bytes owner = lede_bytes_of(out, lede_form_owner(out, key));
    size_t len;

    ck_assert(lede_bytes_equal(owner, lede_bytes_of_text(owners[_i][1])));
    len = lede_fold(folded, owner, LEDE_FOLD_BASE);
    ck_assert(owner.len == 0 ||
              lede_bytes_equal(lede_bytes_of(folded, len), key));
    owner = lede_bytes_of(out, lede_form_owner_whole(out, key));
    ck_assert(lede_bytes_equal(owner, lede_bytes_of_text(owners[_i][2])));
    len = lede_fold(folded, owner, LEDE_FOLD_PLAIN);
    ck_assert(owner.len == 0 ||
              lede_bytes_equal(lede_bytes_of(folded, len), key));
}
END_TEST

START_TEST(words_with_an_ending_have_the_room_of_a_term)
{
    char key[LEDE_TERM_BYTES_MAX], out[LEDE_TERM_BYTES_MAX];
    bool right = true;

    memset(key, 's', sizeof key);
    for (size_t len = 2; len <= sizeof key; len++) {
        lede_bytes word = lede_bytes_of(key, len);

        right = right &&
                lede_form_owner(out, word) ==
                    (len + 2 <= sizeof out ? len + 2 : 0) &&
                lede_form_owner_whole(out, word) ==
                    (len + 1 <= sizeof out ? len + 1 : 0);
    }
    ck_assert(right);
}
END_TEST

START_TEST(random_words_fold_once_and_stay_utf8)
{
    static const uint32_t starts[] = { 0x20,  0x80,   0xE0,   0x300,  0x370,
                                       0x400, 0x590,  0x610,  0x640,  0x660,
                                       0x6C0, 0x900,  0xE00,  0x1E00, 0x1F00,
                                       0x27,  0x30,   0x3040, 0xAC00, 0x1D00,
                                       0x61,  0x1DC0, 0x11060 };
    chance random = chance_from("fold", 1);

    for (uint32_t round = 0; round < 100000; round++) {
        char word[64], once[64], twice[64];
        size_t len = 0, n = 1 + chance_below(&random, 12);

        while (n-- > 0) {
            uint32_t c =
                starts[chance_below(&random, sizeof starts / sizeof *starts)] +
                chance_below(&random, 24);

            len += lede_utf8_put(word + len, c);
        }
        for (uint32_t v = 0; v < LEDE_FOLD_VARIANTS; v++) {
            size_t a = lede_fold(once, lede_bytes_of(word, len), v);
            size_t b =
                lede_fold(twice, lede_bytes_of(once, a), LEDE_FOLD_PLAIN);

            ck_assert_uint_le(a, len);
            ck_assert(lede_utf8_valid(once, a));
            ck_assert_msg(a == b && memcmp(once, twice, a) == 0,
                          "%.*s: %.*s %.*s", (int)len, word, (int)a, once,
                          (int)b, twice);
            for (uint32_t w = 1; w < LEDE_FOLD_VARIANTS; w++)
                ck_assert_uint_eq(lede_fold(twice, lede_bytes_of(once, a), w),
                                  0);
        }
    }
}
END_TEST

START_TEST(bytes_that_are_not_utf8_go)
{
    char out[8];

    ck_assert_uint_eq(
        lede_fold(out, lede_bytes_of("a\xff\xc3", 3), LEDE_FOLD_PLAIN), 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    int count = sizeof plain / sizeof *plain;

    tcase_add_loop_test(tcase, a_word_loses_marks_and_signs, 0, count);
    tcase_add_loop_test(tcase, a_word_is_plain_if_folding_leaves_it, 0, count);
    tcase_add_loop_test(tcase, a_word_has_other_variants, 0,
                        sizeof variants / sizeof *variants);
    tcase_add_test(tcase, a_core_is_part_of_its_word);
    tcase_add_loop_test(tcase, numbers_of_four_digits_are_grouped, 0,
                        sizeof grouped / sizeof *grouped);
    tcase_add_test(tcase, grouped_numbers_have_the_room_of_a_term);
    tcase_add_loop_test(tcase, words_are_keys_of_those_with_an_ending, 0,
                        sizeof owners / sizeof *owners);
    tcase_add_test(tcase, words_with_an_ending_have_the_room_of_a_term);
    tcase_add_test(tcase, random_words_fold_once_and_stay_utf8);
    tcase_add_test(tcase, bytes_that_are_not_utf8_go);
}

int main(void)
{
    return test_suite_run("fold", add_tests);
}
