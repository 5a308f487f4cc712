#include "text/stem.h"

#include <string.h>

#include "support/suite.h"
#include "text/irregular.h"

static const char *stem_with(size_t (*make)(lede_stemmer *, lede_bytes,
                                            char[LEDE_TERM_BYTES_MAX]),
                             const char *language, const char *word)
{
    static char out[LEDE_TERM_BYTES_MAX + 1];
    lede_stemmer *stemmer;
    size_t len;

    ck_assert_int_eq(
        lede_stemmer_new(&stemmer,
                         lede_stem_language(language, strlen(language)), NULL),
        LEDE_OK);
    len = make(stemmer, lede_bytes_of_text(word), out);
    out[len] = '\0';
    ck_assert_int_eq(lede_stemmer_status(stemmer), LEDE_OK);
    lede_stemmer_free(stemmer);
    return out;
}

static const struct {
    const char *language, *word, *stem;
} stems[] = {
    { "en", "embassies", "embassi" },
    { "en", "embassy", "embassi" },
    { "en", "elections", "elect" },
    { "en", "iran's", "iran" },
    { "en", "cafés", "cafe" },
    { "en", "didn't", "didnt" },
    { "en", "o'brien's", "obrien" },
    { "en", "naïve", "naiv" },
    /* one stem, as it should be, for spellings of one word */
    { "en", "organization", "organiz" },
    { "en", "organisations", "organiz" },
    /* another script, numbers, signs: none */
    { "en", "правда", "" },
    { "en", "u.s", "" },
    { "en", "1,500", "" },
    { "en", "g7", "" },
    { "en", "", "" },
    { "ru", "правда", "правд" },
    { "ru", "выборы", "выбор" },
    { "ru", "election", "" },
    { "fr", "l'hommes", "homm" },
    { "fr", "élections", "elect" },
    { "de", "häuser", "haus" },
    { "es", "elecciones", "eleccion" },
    { "tr", "kitapları", "kitap" },
    { "hi", "किताबें", "किताब" },
    { "ar", "المدرسة", "مدرس" },
    { "sr", "избори", "" },
};

START_TEST(a_stem_is_folded)
{
    const char *stem =
        stem_with(lede_stemmer_stem, stems[_i].language, stems[_i].word);

    if (strcmp(stems[_i].language, "sr") == 0)
        ck_assert_str_ne(stem, "");
    else
        ck_assert_msg(strcmp(stem, stems[_i].stem) == 0, "%s: %s not %s",
                      stems[_i].word, stem, stems[_i].stem);
}
END_TEST

static const char *const strangers[][2] = {
    { "organ", "organization" },
    { "organ", "organize" },
    { "organic", "organize" },
    { "organism", "organized" },
    { "organ", "organism" },
    { "universe", "university" },
    { "universal", "university" },
    { "international", "intern" },
    { "international", "internal" },
    { "internal", "intern" },
    { "import", "important" },
    { "author", "authority" },
    { "author", "authorize" },
    { "experience", "experiment" },
    { "several", "severe" },
    { "emerge", "emergency" },
    { "politics", "polite" },
    { "ration", "rational" },
    { "inform", "informal" },
    { "moral", "morale" },
    { "specie", "species" },
    { "police", "policy" },
    { "iran", "iraq" },
    { "new", "news" },
    { "heroin", "heroine" },
    { "protest", "protestant" },
};

START_TEST(strangers_have_different_stems)
{
    char first[LEDE_TERM_BYTES_MAX + 1];

    strcpy(first, stem_with(lede_stemmer_stem, "en", strangers[_i][0]));
    ck_assert_str_ne(first,
                     stem_with(lede_stemmer_stem, "en", strangers[_i][1]));
}
END_TEST

static const char *const plurals[][2] = {
    { "women", "woman" },
    { "men", "man" },
    { "policemen", "policeman" },
    { "children", "child" },
    { "women's", "woman" },
    { "feet", "foot" },
    { "teeth", "tooth" },
    { "mice", "mous" },
    { "wolves", "wolf" },
    { "knives", "knife" },
    { "leaves", "leaf" },
    { "criteria", "criterion" },
    { "phenomena", "phenomenon" },
    { "crises", "crisi" },
    { "buses", "bus" },
    { "gases", "gas" },
    { "oxen", "ox" },
    { "women", "woman" },
    { "specimen", "" },
    { "yemen", "" },
    { "people", "" },
    { "elections", "" },
    { "woman", "" },
    { "n", "" },
    { "", "" },
};

START_TEST(irregular_plurals_meet_their_singular)
{
    ck_assert_msg(
        strcmp(stem_with(lede_stemmer_stem_singular, "en", plurals[_i][0]),
               plurals[_i][1]) == 0,
        "%s", plurals[_i][0]);
}
END_TEST

START_TEST(only_english_knows_english_plurals)
{
    ck_assert_str_eq(stem_with(lede_stemmer_stem_singular, "de", "women"), "");
}
END_TEST

START_TEST(a_long_plural_keeps_in_its_room)
{
    char out[LEDE_IRREGULAR_MAX];
    const char *longest = "abcdefghijklmnopqrstuvwxyzabcmen"; /* 32 */

    ck_assert_uint_eq(lede_irregular_singular(out, lede_bytes_of_text(longest)),
                      32);
    ck_assert_uint_eq(
        lede_irregular_singular(out, lede_bytes_of("xabcdefghijklmnopqrstuvwxyz"
                                                   "abcmen",
                                                   33)),
        0);
}
END_TEST

/* Every plural and every beginning of a family is found, so the tables are in
 * the order that the search needs. */
START_TEST(tables_are_in_order)
{
    static const char *const words[] = { "abaci",  "yeses",     "automata",
                                         "wolves", "minibuses", "lives",
                                         "halves", "data" };
    static const char *const begun[] = { "authorise", "universities",
                                         "organiser", "several",
                                         "tribunals", "pastas" };
    char out[LEDE_IRREGULAR_MAX];

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ck_assert_msg(
            lede_irregular_singular(out, lede_bytes_of_text(words[i])) > 0,
            "%s", words[i]);
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++)
        ck_assert_msg(lede_irregular_stem(lede_bytes_of_text(begun[i])) != NULL,
                      "%s", begun[i]);
    ck_assert_ptr_null(lede_irregular_stem(lede_bytes_of_text("zebra")));
    ck_assert_ptr_null(lede_irregular_stem(lede_bytes_of_text("")));
}
END_TEST

START_TEST(all_languages_can_be_stemmed)
{
    const char *codes = lede_stem_languages();
    uint32_t count = 0;

    for (; *codes; count++) {
        size_t len = strcspn(codes, " ");
        uint32_t language = lede_stem_language(codes, len);
        lede_stemmer *stemmer;

        ck_assert_uint_eq(language, count);
        ck_assert(strlen(lede_stem_code(language)) == len);
        ck_assert(*lede_stem_letters(language) != '\0');
        ck_assert_int_eq(lede_stemmer_new(&stemmer, language, NULL), LEDE_OK);
        lede_stemmer_free(stemmer);
        codes += len + (codes[len] == ' ');
    }
    ck_assert_ptr_null(lede_stem_code(count));
}
END_TEST

START_TEST(unknown_languages_are_invalid)
{
    lede_stemmer *stemmer = NULL;

    ck_assert_uint_eq(lede_stem_language("xx", 2), LEDE_NO_LANGUAGE);
    ck_assert_uint_eq(lede_stem_language("e", 1), LEDE_NO_LANGUAGE);
    ck_assert_uint_eq(lede_stem_language("", 0), LEDE_NO_LANGUAGE);
    ck_assert_int_eq(lede_stemmer_new(&stemmer, LEDE_NO_LANGUAGE, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_ptr_null(stemmer);
    lede_stemmer_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_stem_is_folded, 0,
                        sizeof stems / sizeof *stems);
    tcase_add_loop_test(tcase, strangers_have_different_stems, 0,
                        sizeof strangers / sizeof *strangers);
    tcase_add_loop_test(tcase, irregular_plurals_meet_their_singular, 0,
                        sizeof plurals / sizeof *plurals);
    tcase_add_test(tcase, only_english_knows_english_plurals);
    tcase_add_test(tcase, a_long_plural_keeps_in_its_room);
    tcase_add_test(tcase, tables_are_in_order);
    tcase_add_test(tcase, all_languages_can_be_stemmed);
    tcase_add_test(tcase, unknown_languages_are_invalid);
}

int main(void)
{
    return test_suite_run("stem", add_tests);
}
