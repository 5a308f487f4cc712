#include "text/forms.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "support/chance.h"
#include "support/suite.h"
#include "text/fold.h"

static lede_forms *forms;
static lede_form_maker *maker;

static void open_forms(uint32_t bits, const char *languages)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;

    options.forms = bits;
    options.languages = languages;
    ck_assert_int_eq(lede_forms_new(&forms, &options, NULL), LEDE_OK);
    ck_assert_int_eq(lede_form_maker_new(&maker, forms, NULL), LEDE_OK);
}

static void close_forms(void)
{
    lede_form_maker_free(maker);
    lede_forms_free(forms);
}

/* All keys of a term, by spaces. */
static const char *keys_of(uint32_t kind, const char *term, bool name)
{
    static char out[4096];
    lede_form_key key;
    size_t len = 0;

    for (uint32_t at = 0; lede_form_key_at(
             maker, kind, lede_bytes_of_text(term), name, at, &key);
         at++) {
        if (at > 0)
            out[len++] = ' ';
        memcpy(out + len, key.text, key.len);
        len += key.len;
    }
    out[len] = '\0';
    return out;
}

#define FOLD LEDE_FORM_KIND_FOLD
#define NAME LEDE_FORM_KIND_NAME
#define STEM LEDE_FORM_KIND_STEM

static const struct {
    uint32_t kind;
    const char *term, *keys;
    bool is_term;
} cases[] = {
    { FOLD, "cafe", "", true },
    { FOLD, "café", "cafe", false },
    { FOLD, "müller", "muller mueller", false },
    { FOLD, "müller's", "mullers muellers muller mueller", false },
    { FOLD, "iran's", "irans iran", false },
    { FOLD, "didn't", "didnt", false },
    { FOLD, "l'homme", "lhomme homme", false },
    { FOLD, "u.s", "us", false },
    { FOLD, "1,500", "1500", false },
    { FOLD, "1500", "", true },
    { FOLD, "3.5", "", true },
    { FOLD, "किताब", "", true },
    { FOLD, "almuhandis\xF9", "almuhandis", false },
    { FOLD, "étéhiver\xF9", "étéhiver etehiver", false },
    { STEM, "embassies", "embassi", false },
    { STEM, "run", "", true },
    { STEM, "runs", "run", false },
    { STEM, "women", "woman", true },
    { STEM, "woman", "", true },
    { STEM, "leaves", "leav leaf", false },
    { STEM, "cafés", "cafe", false },
    { STEM, "organization", "organiz", false },
    { STEM, "1500", "", false },
    { STEM, "reelections\xF9", "reelect", false },
    { STEM, "run\xF9", "run", false },
    { NAME, "soleimani", "SLMN", false },
    { NAME, "suleymānī", "SLMN", false },
    { NAME, "soleimani's", "SLMN", false },
    { NAME, "almuhandis\xF9", "ALMHNDS MHNDS", false },
    { NAME, "ali", "", false },
    { NAME, "сулеймани", "", false },
};

START_TEST(a_term_has_keys)
{
    const char *keys;

    open_forms(0, "en");
    keys = keys_of(cases[_i].kind, cases[_i].term, true);
    ck_assert_msg(strcmp(keys, cases[_i].keys) == 0, "%s: %s", cases[_i].term,
                  keys);
    ck_assert_msg(lede_form_key_is_term(maker, cases[_i].kind,
                                        lede_bytes_of_text(cases[_i].term)) ==
                      cases[_i].is_term,
                  "%s", cases[_i].term);
    close_forms();
}
END_TEST

START_TEST(only_names_have_name_keys)
{
    open_forms(0, "en");
    ck_assert_str_eq(keys_of(NAME, "soleimani", false), "");
    ck_assert_str_eq(keys_of(NAME, "soleimani", true), "SLMN");
    close_forms();
}
END_TEST

START_TEST(keys_come_in_any_order_asked)
{
    lede_form_key key;

    open_forms(0, "en");
    ck_assert(lede_form_key_at(maker, FOLD, lede_bytes_of_text("müller"), false,
                               1, &key));
    ck_assert_uint_eq(key.len, 7);
    ck_assert(!lede_form_key_at(maker, STEM, lede_bytes_of_text("müller"),
                                false, 1, &key));
    ck_assert(lede_form_key_at(maker, FOLD, lede_bytes_of_text("müller"), false,
                               0, &key));
    ck_assert_uint_eq(key.len, 6);
    ck_assert(!lede_form_key_at(maker, FOLD, lede_bytes_of_text("müller"),
                                false, 2, &key));
    ck_assert(!lede_form_key_at(maker, 99, lede_bytes_of_text("müller"), false,
                                0, &key));
    ck_assert(
        !lede_form_key_at(maker, FOLD, lede_bytes_of("", 0), false, 0, &key));
    close_forms();
}
END_TEST

START_TEST(kinds_left_out_have_no_keys)
{
    open_forms(LEDE_FORM_NAME, "en fr");
    ck_assert_uint_eq(lede_forms_kinds(forms), 2);
    ck_assert_str_eq(keys_of(FOLD, "café", true), "");
    ck_assert_str_eq(keys_of(NAME, "soleimani", true), "SLMN");
    ck_assert(!lede_form_key_is_term(maker, FOLD, lede_bytes_of_text("cafe")));
    ck_assert_uint_eq(lede_forms_bit(forms, FOLD), 0);
    ck_assert_uint_eq(lede_forms_bit(forms, NAME), LEDE_FORM_NAME);
    ck_assert_uint_eq(lede_forms_bit(forms, 2), 0);
    close_forms();
}
END_TEST

START_TEST(each_language_is_a_kind)
{
    open_forms(0, " fr  en de ");
    ck_assert_uint_eq(lede_forms_kinds(forms), 5);
    ck_assert_str_eq(lede_forms_language(forms, 2), "fr");
    ck_assert_str_eq(lede_forms_language(forms, 4), "de");
    ck_assert_ptr_null(lede_forms_language(forms, 1));
    ck_assert_ptr_null(lede_forms_language(forms, 5));
    ck_assert_uint_eq(lede_forms_bit(forms, 4), LEDE_FORM_STEM);
    ck_assert_str_eq(keys_of(2, "élections", false), "elect");
    ck_assert_str_eq(keys_of(4, "häuser", false), "haus");
    close_forms();
    open_forms(0, "");
    ck_assert_uint_eq(lede_forms_kinds(forms), 2);
    close_forms();
    open_forms(0, lede_forms_languages());
    ck_assert_uint_eq(lede_forms_kinds(forms), 30);
    close_forms();
}
END_TEST

START_TEST(wrong_languages_are_invalid)
{
    static const char *const wrong[] = { "xx", "en en", "english", "en,fr" };
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        forms = NULL;
        options.languages = wrong[i];
        ck_assert_int_eq(lede_forms_new(&forms, &options, NULL),
                         LEDE_ERR_INVALID);
        ck_assert_ptr_null(forms);
    }
    lede_forms_free(NULL);
    lede_form_maker_free(NULL);
}
END_TEST

static uint64_t version_of(uint32_t bits, const char *languages)
{
    uint64_t version;

    open_forms(bits, languages);
    version = lede_forms_version(forms);
    close_forms();
    return version;
}

START_TEST(versions_tell_kinds_and_languages)
{
    uint64_t version = version_of(0, "en");

    ck_assert(version == version_of(0, "en"));
    ck_assert(version == version_of(LEDE_FORM_FOLD | LEDE_FORM_STEM |
                                        LEDE_FORM_NAME | LEDE_FORM_EXACT,
                                    NULL));
    ck_assert(version != version_of(0, "fr"));
    ck_assert(version != version_of(0, "en fr"));
    ck_assert(version_of(0, "fr en") != version_of(0, "en fr"));
    ck_assert(version_of(0, "no") != version_of(0, "da"));
    ck_assert(version != version_of(LEDE_FORM_STEM, "en"));
    ck_assert(version_of(LEDE_FORM_STEM, "en") !=
              version_of(LEDE_FORM_STEM | LEDE_FORM_NAME, "en"));
}
END_TEST

static size_t random_term(chance *random, char term[LEDE_TERM_BYTES_MAX])
{
    static const uint32_t starts[] = { 'a',   'a',   'k',   0xE0,   0x300,
                                       0x430, 0x3B1, 0x627, 0x64B,  0x5D0,
                                       '0',   '\'',  0x915, 0x3042, 0x1EA0 };
    size_t limit = chance_one_in(random, 20) ? 200 : 12, len = 0;

    while (len < limit && !(len > 0 && chance_one_in(random, 9))) {
        uint32_t c =
            starts[chance_below(random, sizeof starts / sizeof *starts)];
        char utf8[LEDE_UTF8_MAX];
        size_t n =
            lede_utf8_put(utf8, c == '\'' ? c : c + chance_below(random, 10));

        if (len + n > 200)
            break;
        memcpy(term + len, utf8, n);
        len += n;
    }
    if (chance_one_in(random, 10))
        term[len++] = (char)(LEDE_JOINED_MARK + 2);
    return len;
}

START_TEST(keys_are_utf8_distinct_and_never_the_term)
{
    chance random = chance_from("keys", 1);

    open_forms(0, "en fr de ru ar tr hi");
    for (uint32_t round = 0; round < 40000; round++) {
        char term[LEDE_TERM_BYTES_MAX];
        lede_bytes word = lede_bytes_of(term, random_term(&random, term));

        for (uint32_t kind = 0; kind < lede_forms_kinds(forms); kind++) {
            lede_form_key keys[9];
            uint32_t count = 0;

            for (;
                 lede_form_key_at(maker, kind, word, true, count, &keys[count]);
                 count++) {
                lede_bytes key =
                    lede_bytes_of(keys[count].text, keys[count].len);

                ck_assert_uint_lt(count, 8);
                ck_assert(key.len > 0 && key.len <= LEDE_TERM_BYTES_MAX);
                ck_assert(lede_utf8_valid(keys[count].text, key.len));
                ck_assert(!lede_bytes_equal(key, word));
                for (uint32_t i = 0; i < count; i++)
                    ck_assert(!lede_bytes_equal(
                        key, lede_bytes_of(keys[i].text, keys[i].len)));
            }
        }
    }
    ck_assert_int_eq(lede_form_maker_status(maker), LEDE_OK);
    close_forms();
}
END_TEST

/* What a key is made of is folded already: it is a key of its own. */
START_TEST(fold_keys_of_words_are_their_own)
{
    chance random = chance_from("own", 1);
    lede_form_key key, again;

    open_forms(0, "en");
    for (uint32_t round = 0; round < 40000; round++) {
        char term[LEDE_TERM_BYTES_MAX];
        size_t len = random_term(&random, term);

        if (lede_term_span(term, (uint32_t)len) > 1)
            len--;
        for (uint32_t at = 0; lede_form_key_at(
                 maker, FOLD, lede_bytes_of(term, len), false, at, &key);
             at++) {
            lede_bytes word = lede_bytes_of(key.text, key.len);

            ck_assert(lede_form_key_is_term(maker, FOLD, word));
            ck_assert(!lede_form_key_at(maker, FOLD, word, false, 0, &again));
        }
    }
    close_forms();
}
END_TEST

static bool meet(uint32_t kind, const char *a, const char *b)
{
    char keys[4096];
    size_t n;

    strcpy(keys, keys_of(kind, a, true));
    if (lede_form_key_is_term(maker, kind, lede_bytes_of_text(a))) {
        strcat(keys, " ");
        strcat(keys, a);
    }
    for (char *at = keys; *at; at += n + (at[n] == ' ')) {
        n = strcspn(at, " ");
        if (n == strlen(b) && memcmp(at, b, n) == 0 &&
            lede_form_key_is_term(maker, kind, lede_bytes_of_text(b)))
            return true;
        lede_form_key key;
        for (uint32_t i = 0; lede_form_key_at(
                 maker, kind, lede_bytes_of_text(b), true, i, &key);
             i++)
            if (key.len == n && memcmp(key.text, at, n) == 0)
                return true;
    }
    return false;
}

START_TEST(what_must_not_match_does_not)
{
    static const char *const pairs[][2] = {
        { "iran", "iraq" },   { "organ", "organization" },
        { "ali", "eli" },     { "किताब", "कतब" },

        { "новый", "новыи" }, { "universe", "university" },
        { "3.5", "35" },      { "น้ำ", "นำ" },
        { "が", "か" },
    };

    open_forms(0, "en ru hi");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (uint32_t kind = 0; kind < lede_forms_kinds(forms); kind++)
            ck_assert_msg(!meet(kind, pairs[i][0], pairs[i][1]), "%s %u",
                          pairs[i][0], kind);
    close_forms();
}
END_TEST

START_TEST(what_must_match_does)
{
    static const struct {
        uint32_t kind;
        const char *a, *b;
    } pairs[] = {
        { FOLD, "erdoğan", "erdogan" },
        { FOLD, "müller", "mueller" },
        { FOLD, "müller", "muller" },
        { FOLD, "iran's", "iran" },
        { FOLD, "u.s", "us" },
        { FOLD, "1,500", "1500" },
        { FOLD, "أحمد", "احمد" },
        { FOLD, "горбачёв", "горбачев" },
        { FOLD, "قَاسِم", "قاسم" },
        { FOLD, "covid19\xF9", "covid19" },
        { STEM, "women", "woman" },
        { STEM, "election", "elections" },
        { STEM, "embassies", "embassy" },
        { NAME, "soleimani", "suleimani" },
        { NAME, "qassem", "kasim" },
    };

    open_forms(0, "en");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_msg(meet(pairs[i].kind, pairs[i].a, pairs[i].b), "%s",
                      pairs[i].a);
        ck_assert_msg(meet(pairs[i].kind, pairs[i].b, pairs[i].a), "%s",
                      pairs[i].a);
    }
    close_forms();
}
END_TEST

static void *hash_keys(void *out)
{
    chance random = { 7 };
    lede_form_maker *own;
    lede_form_key key;
    uint64_t hash = 0;

    if (lede_form_maker_new(&own, forms, NULL) != LEDE_OK)
        return NULL;
    for (uint32_t round = 0; round < 3000; round++) {
        char term[LEDE_TERM_BYTES_MAX];
        size_t len = random_term(&random, term);

        for (uint32_t kind = 0; kind < lede_forms_kinds(forms); kind++)
            for (uint32_t at = 0; lede_form_key_at(
                     own, kind, lede_bytes_of(term, len), true, at, &key);
                 at++)
                hash = hash * 31 +
                       lede_hash_bytes(lede_bytes_of(key.text, key.len));
    }
    lede_form_maker_free(own);
    *(uint64_t *)out = hash;
    return out;
}

START_TEST(makers_of_several_threads_agree)
{
    pthread_t threads[4];
    uint64_t hashes[4] = { 0 };

    open_forms(0, "en ru tr");
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, hash_keys, &hashes[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert(hashes[0] != 0);
    for (int i = 1; i < 4; i++)
        ck_assert(hashes[i] == hashes[0]);
    close_forms();
}
END_TEST

/* ---- How many strangers a name brings, on real news ---------------------- */

struct name {
    char text[24];
};

#define NAMES_MAX 60000

static struct name *names;
static uint32_t name_count;

/* Collects the words of Reuters that stand capitalised within a sentence. */
static bool read_names(void)
{
    FILE *in = popen("xz -dcq '" LEDE_SHARED_DIR
                     "/data/reuters/corpus.jsonl.xz' 2>/dev/null",
                     "r");
    lede_map seen;
    char word[64];
    size_t len = 0;
    bool after_lower = false, inside = false;
    int c;

    lede_map_init(&seen, NULL);
    while (in && (c = fgetc(in)) != EOF) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (letter && len < sizeof word) {
            word[len++] = (char)c;
            continue;
        }
        if (len > 1 && len < 24) {
            bool lower = word[1] >= 'a' && word[1] <= 'z';

            if (after_lower && inside && lower && word[0] < 'a' &&
                name_count < NAMES_MAX) {
                struct name *name = &names[name_count];
                lede_bytes key;

                word[0] = (char)(word[0] | 32);
                memcpy(name->text, word, len);
                name->text[len] = '\0';
                key = lede_bytes_of(name->text, len);
                lede_map_slot *slot =
                    lede_map_put(&seen, key, lede_hash_bytes(key));
                if (slot->value == LEDE_MAP_NEW)
                    slot->value = name_count++;
            }
            after_lower = lower;
        }
        if (len > 0)
            inside = true;
        if (c != ' ')
            inside = false;
        len = 0;
    }
    lede_map_fini(&seen);
    if (in)
        pclose(in);
    return name_count > 0;
}

struct entry {
    uint64_t hash; /* of a key */
    uint32_t name;
};

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const struct entry *)a)->hash;
    uint64_t y = ((const struct entry *)b)->hash;

    return (x > y) - (x < y);
}

static uint32_t list_keys(struct entry *entries)
{
    lede_form_key key;
    uint32_t count = 0;

    for (uint32_t i = 0; i < name_count; i++)
        for (uint32_t at = 0;
             lede_form_key_at(maker, NAME, lede_bytes_of_text(names[i].text),
                              true, at, &key);
             at++)
            entries[count++] = (struct entry){
                lede_hash_bytes(lede_bytes_of(key.text, key.len)), i
            };
    qsort(entries, count, sizeof *entries, by_hash);
    return count;
}

START_TEST(names_bring_few_strangers)
{
    struct entry *entries = calloc((size_t)NAMES_MAX * 8, sizeof *entries);
    uint32_t strangers = 0, count;

    names = calloc(NAMES_MAX, sizeof *names);
    open_forms(0, "en");
    if (!read_names())
        test_skip("no Reuters");
    count = list_keys(entries);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = i + 1;
             j < count && entries[j].hash == entries[i].hash; j++) {
            lede_bytes a = lede_bytes_of_text(names[entries[i].name].text);
            lede_bytes b = lede_bytes_of_text(names[entries[j].name].text);

            strangers += 2U * lede_form_names_near(maker, a, b);
        }
    if (name_count > 0)
        printf("forms: %u names of Reuters, at most %.2f others a name\n",
               name_count, strangers / (double)name_count);
    ck_assert(strangers <= 4 * name_count);
    close_forms();
    free(names);
    free(entries);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_term_has_keys, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_test(tcase, only_names_have_name_keys);
    tcase_add_test(tcase, keys_come_in_any_order_asked);
    tcase_add_test(tcase, kinds_left_out_have_no_keys);
    tcase_add_test(tcase, each_language_is_a_kind);
    tcase_add_test(tcase, wrong_languages_are_invalid);
    tcase_add_test(tcase, versions_tell_kinds_and_languages);
    tcase_add_test(tcase, keys_are_utf8_distinct_and_never_the_term);
    tcase_add_test(tcase, fold_keys_of_words_are_their_own);
    tcase_add_test(tcase, what_must_not_match_does_not);
    tcase_add_test(tcase, what_must_match_does);
    tcase_add_test(tcase, makers_of_several_threads_agree);
    tcase_add_test(tcase, names_bring_few_strangers);
}

int main(void)
{
    return test_suite_run("forms", add_tests);
}
