#include "text/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chance.h"
#include "support/suite.h"

#define KEYS 8

static bool share_a_key(const char *a, const char *b)
{
    char x[LEDE_TERM_BYTES_MAX], y[LEDE_TERM_BYTES_MAX];

    for (uint32_t i = 0; i < KEYS; i++)
        for (uint32_t j = 0; j < KEYS; j++) {
            size_t m = lede_name_key(x, lede_bytes_of_text(a), i);
            size_t n = lede_name_key(y, lede_bytes_of_text(b), j);

            if (m > 0 && m == n && memcmp(x, y, m) == 0)
                return true;
        }
    return false;
}

static bool is_same_name(const char *a, const char *b)
{
    return share_a_key(a, b) &&
           lede_names_near(lede_bytes_of_text(a), lede_bytes_of_text(b));
}

/* Spellings of one name, of people and places in the news: hard ones too. */
static const char *const pairs[][2] = {
    { "soleimani", "suleimani" },
    { "soleimani", "suleymani" },
    { "soleimani", "soleymani" },
    { "soleimani", "soleimany" },
    { "qassem", "qasem" },
    { "qassem", "kassem" },
    { "qassem", "gassem" },
    { "qasem", "qasim" },
    { "gaddafi", "qaddafi" },
    { "gaddafi", "khadafy" },
    { "gaddafi", "kadafi" },
    { "gaddafi", "qadhafi" },
    { "mohammed", "muhammad" },
    { "mohammed", "mohamad" },
    { "muhammad", "mohamed" },
    { "hussein", "husain" },
    { "hussein", "hussain" },
    { "hussein", "hossein" },
    { "khomeini", "khomeyni" },
    { "khamenei", "khamenai" },
    { "rafsanjani", "rafsanjany" },
    { "nasser", "nasir" },
    { "yeltsin", "eltsin" },
    { "yeltsin", "jelzin" },
    { "gorbachev", "gorbatchev" },
    { "gorbachev", "gorbachov" },
    { "gorbachev", "gorbatschow" },
    { "khrushchev", "khrushchov" },
    { "khrushchev", "chruschtschow" },
    { "tchaikovsky", "chaikovsky" },
    { "tchaikovsky", "tschaikowsky" },
    { "dostoevsky", "dostoyevsky" },
    { "dostoevsky", "dostoyevski" },
    { "tolstoy", "tolstoi" },
    { "trotsky", "trotski" },
    { "shevardnadze", "schewardnadse" },
    { "medvedev", "medwedew" },
    { "zelensky", "zelenskyy" },
    { "zelensky", "zelenskiy" },
    { "zelensky", "selenskyj" },
    { "poroshenko", "poroschenko" },
    { "tymoshenko", "timoshenko" },
    { "lukashenko", "lukashenka" },
    { "lukashenko", "loukachenko" },
    { "kyiv", "kiev" },
    { "kharkiv", "kharkov" },
    { "lviv", "lvov" },
    { "odesa", "odessa" },
    { "zaporizhzhia", "zaporozhye" },
    { "sevastopol", "sebastopol" },
    { "tehran", "teheran" },
    { "mecca", "makkah" },
    { "riyadh", "riad" },
    { "jeddah", "jidda" },
    { "beirut", "beyrouth" },
    { "baghdad", "bagdad" },
    { "mosul", "mossul" },
    { "kirkuk", "kerkuk" },
    { "fallujah", "falluja" },
    { "kandahar", "qandahar" },
    { "kabul", "kaboul" },
    { "peshawar", "pishawar" },
    { "osama", "usama" },
    { "zawahiri", "zawahri" },
    { "zarqawi", "zarkawi" },
    { "hezbollah", "hizbullah" },
    { "hezbollah", "hizballah" },
    { "hezbollah", "hisbollah" },
    { "taliban", "taleban" },
    { "mujahideen", "mujahedin" },
    { "mujahideen", "moudjahidine" },
    { "ayatollah", "ayatullah" },
    { "quran", "koran" },
    { "ramadan", "ramadhan" },
    { "sharia", "shariah" },
    { "muslim", "moslem" },
    { "assad", "asad" },
    { "haniyeh", "haniya" },
    { "sistani", "seestani" },
    { "baradei", "elbaradei" },
    { "muhandis", "mohandes" },
    { "muhandis", "almuhandis" },
    { "arafat", "arafaat" },
    { "abdallah", "abdullah" },
    { "ahmadinejad", "ahmedinejad" },
    { "ahmadinejad", "ahmadinezhad" },
    { "rouhani", "rohani" },
    { "zarif", "zareef" },
    { "pyongyang", "pyeongyang" },
    { "busan", "pusan" },
    { "calcutta", "kolkata" },
    { "kathmandu", "katmandu" },
    { "tiananmen", "tienanmen" },
    { "deng", "teng" },
    { "zhou", "chou" },
    { "chongqing", "chungking" },
    { "nanjing", "nanking" },
    { "taipei", "taibei" },
    { "sukarno", "soekarno" },
    { "suharto", "soeharto" },
    { "jakarta", "djakarta" },
    { "makassar", "makasar" },
    { "djibouti", "jibuti" },
    { "addis", "adis" },
    { "mogadishu", "mogadiscio" },
    { "mugabe", "mugaby" },
    { "timbuktu", "timbuctoo" },
    { "bucharest", "bukarest" },
    { "ceausescu", "ceaucescu" },
    { "srebrenica", "srebrenitsa" },
    { "milosevic", "milosevich" },
    { "milosevic", "miloshevich" },
    { "karadzic", "karadzich" },
    { "izetbegovic", "izetbegovich" },
    { "brezhnev", "breschnew" },
    { "brezhnev", "brejnev" },
    { "chekhov", "tchekhov" },
    { "chekhov", "tschechow" },
    { "pushkin", "puschkin" },
    { "prokofiev", "prokofieff" },
    { "rachmaninoff", "rakhmaninov" },
    { "shostakovich", "schostakowitsch" },
    { "solzhenitsyn", "solschenizyn" },
    { "navalny", "nawalny" },
    { "navalny", "navalnyy" },
    { "lavrov", "lawrow" },
    { "prigozhin", "prigoschin" },
    { "shoigu", "schoigu" },
    { "chechnya", "tschetschenien" },
    { "grozny", "grosny" },
    { "netanyahu", "netanjahu" },
    { "netanyahu", "nethanyahu" },
    { "sharon", "scharon" },
    { "yitzhak", "itzhak" },
    { "hanukkah", "chanukah" },
    { "karzai", "karzay" },
    { "erdogan", "erdoghan" },
    { "musharraf", "musharaf" },
    { "bhutto", "buto" },
    { "zardari", "zerdari" },
    { "sadat", "saddat" },
    { "mubarak", "moubarak" },
    { "morsi", "mursi" },
    { "sisi", "sissi" },
    { "aleppo", "alepo" },
    { "damascus", "damaskus" },
    { "homs", "hims" },
    { "qatar", "katar" },
    { "dubai", "dubay" },
    { "yemen", "jemen" },
    { "houthi", "huthi" },
    { "sanaa", "sana" },
    { "khartoum", "khartum" },
    { "bashir", "basheer" },
    { "darfur", "darfour" },
    { "benghazi", "bengasi" },
    { "misrata", "misurata" },
    { "algiers", "alger" },
    { "bouteflika", "boutaflika" },
    { "casablanca", "kazablanka" },
    { "marrakesh", "marrakech" },
    { "cairo", "kairo" },
    { "giza", "gizeh" },
    { "luxor", "louxor" },
    { "aswan", "assuan" },
};

#define PAIRS (sizeof pairs / sizeof *pairs)

static const char *const same[][2] = {
    { "soleimani", "suleimani" }, { "soleimani", "suleymani" },
    { "soleimani", "soleimany" }, { "soleymani", "suleimani" },
    { "qassem", "qasem" },        { "qassem", "kassem" },
    { "qassem", "gassem" },       { "gaddafi", "qadhafi" },
    { "muhandis", "almuhandis" }, { "baradei", "elbaradei" },
    { "chekhov", "tchekhov" },    { "rachmaninov", "rakhmaninoff" },
    { "yeltsin", "jelzin" },
};

START_TEST(spellings_of_a_name_meet)
{
    ck_assert(is_same_name(same[_i][0], same[_i][1]));
    ck_assert(is_same_name(same[_i][1], same[_i][0]));
}
END_TEST

static const char *const different[][2] = {
    { "ali", "eli" },           { "iran", "iraq" },
    { "iran", "oran" },         { "mao", "mayo" },
    { "bush", "bosh" },         { "berlin", "dublin" },
    { "kabul", "karbala" },     { "moscow", "mexico" },
    { "austria", "australia" }, { "niger", "nigeria" },
    { "slovakia", "slovenia" }, { "obama", "osama" },
};

START_TEST(different_names_do_not_meet)
{
    ck_assert_msg(!is_same_name(different[_i][0], different[_i][1]), "%s",
                  different[_i][0]);
}
END_TEST

START_TEST(recall_of_spellings_is_kept)
{
    uint32_t found = 0;

    for (size_t i = 0; i < PAIRS; i++)
        found += is_same_name(pairs[i][0], pairs[i][1]);
    printf("name: %u of %zu pairs meet, recall %.3f\n", found, PAIRS,
           found / (double)PAIRS);
    ck_assert_uint_ge(PAIRS, 60);
    ck_assert_uint_ge(found * 100, PAIRS * 77);
}
END_TEST

static const char *const keyless[] = {
    "",      "ali",   "eli",  "a",     "osama", "hh",
    "élan1", "b2b2b", "иван", "b'b.b", "bb",    "aeiouy",
};

START_TEST(short_and_foreign_words_have_no_keys)
{
    char out[LEDE_TERM_BYTES_MAX];

    ck_assert_uint_eq(lede_name_key(out, lede_bytes_of_text(keyless[_i]), 0),
                      0);
    ck_assert(!lede_names_near(lede_bytes_of_text(keyless[_i]),
                               lede_bytes_of_text(keyless[_i])));
}
END_TEST

START_TEST(a_key_is_capitals_and_given_once)
{
    chance random = chance_from("name", 1);

    for (uint32_t round = 0; round < 20000; round++) {
        char word[LEDE_TERM_BYTES_MAX], keys[KEYS + 1][LEDE_TERM_BYTES_MAX];
        size_t len = chance_below(&random, round % 50 ? 16 : sizeof word);
        size_t lens[KEYS + 1];
        uint32_t count = 0;

        for (size_t i = 0; i < len; i++)
            word[i] = "acehjlkstxyzsch"[chance_below(&random, 15)];
        while ((lens[count] = lede_name_key(
                    keys[count], lede_bytes_of(word, len), count)) > 0) {
            for (size_t i = 0; i < lens[count]; i++)
                ck_assert(keys[count][i] >= 'A' && keys[count][i] <= 'Z');
            for (uint32_t i = 0; i < count; i++)
                ck_assert(lens[i] != lens[count] ||
                          memcmp(keys[i], keys[count], lens[i]) != 0);
            ck_assert_uint_lt(count++, KEYS);
        }
        if (count > 0)
            ck_assert(lede_names_near(lede_bytes_of(word, len),
                                      lede_bytes_of(word, len)));
    }
}
END_TEST

/* Distance by the plain recurrence, on words whose letters all sound alone. */
static uint32_t distance(const char *a, size_t m, const char *b, size_t n)
{
    uint32_t at[32][32];

    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            uint32_t best = (uint32_t)(i + j);

            if (i > 0 && j > 0)
                best = at[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (i > 0 && at[i - 1][j] + 1 < best)
                best = at[i - 1][j] + 1;
            if (j > 0 && at[i][j - 1] + 1 < best)
                best = at[i][j - 1] + 1;
            at[i][j] = best;
        }
    return at[m][n];
}

START_TEST(near_is_at_most_three_edits)
{
    chance random = chance_from("near", 1);
    uint32_t near_count = 0;

    for (uint32_t round = 0; round < 20000; round++) {
        char words[2][32];
        size_t lens[2];

        for (int w = 0; w < 2; w++) {
            lens[w] = 10 + chance_below(&random, 6);
            for (size_t i = 0; i < lens[w]; i++)
                words[w][i] =
                    i % 2 ? "ae"[chance_below(&random, 2)] : "bdmr"[i / 2 % 4];
        }
        bool is_near = lede_names_near(lede_bytes_of(words[0], lens[0]),
                                       lede_bytes_of(words[1], lens[1]));

        near_count += is_near;
        ck_assert_msg(
            is_near == (distance(words[0], lens[0], words[1], lens[1]) <= 3),
            "%.*s %.*s", (int)lens[0], words[0], (int)lens[1], words[1]);
    }
    ck_assert_uint_gt(near_count, 1000);
    ck_assert_uint_lt(near_count, 19000);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, spellings_of_a_name_meet, 0,
                        sizeof same / sizeof *same);
    tcase_add_loop_test(tcase, different_names_do_not_meet, 0,
                        sizeof different / sizeof *different);
    tcase_add_test(tcase, recall_of_spellings_is_kept);
    tcase_add_loop_test(tcase, short_and_foreign_words_have_no_keys, 0,
                        sizeof keyless / sizeof *keyless);
    tcase_add_test(tcase, a_key_is_capitals_and_given_once);
    tcase_add_test(tcase, near_is_at_most_three_edits);
}

int main(void)
{
    return test_suite_run("name", add_tests);
}
