#include "text/stem.h"

#include <libstemmer.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "text/fold.h"
#include "text/irregular.h"

#define ENGLISH "en"

struct range {
    uint32_t first;
    uint32_t last;
};

struct script {
    struct range ranges[3]; /* of its letters; the rest 0 */
    const char *letters;
};

static const struct script latin = {
    { { 'a', 'z' }, { 0xDF, 0x24F }, { 0x1E00, 0x1EFF } },
    "etaoinsrhldcumfpgwybvkxjqzéàüößçñõåøæčšžłğış",
};
static const struct script cyrillic = { { { 0x400, 0x52F } },
                                        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё" };
static const struct script serbian = {
    { { 0x400, 0x52F }, { 'a', 'z' }, { 0xDF, 0x24F } },
    "аиоенстрјукмдпвлгзбцшчжњхфљћђaieonstrjukmdpvlgzbcšč"
};
static const struct script greek = { { { 0x370, 0x3FF }, { 0x1F00, 0x1FFF } },
                                     "αοιετσνηυρπκμλωδγθχφβξζψάίήόέύώ" };
static const struct script arabic = { { { 0x620, 0x6FF } },
                                      "المينوترهبعدسفقكةحجشأخصطزثذىضغئءظؤإآ" };
static const struct script devanagari = { { { 0x900, 0x97F } },
                                          "करनसतमपहलयवदजबगटशचखधभथएउऔाेीिोंु्ूै" };
static const struct script tamil = { { { 0xB80, 0xBFF } },
                                     "கதபமரனலவடயளநசணறஅஇஉ்ுிாைே" };
static const struct script armenian = { { { 0x530, 0x58F } },
                                        "աենիրտություկմսվդլգհշքպջխծբչզղցօ" };
static const struct script hebrew = { { { 0x590, 0x5FF } },
                                      "יאןעדרלטסװבמגנפצשחהזקוכתײך" };

struct language {
    char code[4];
    const struct script *script;
};

static const struct language languages[] = {
    { "ar", &arabic },   { "hy", &armenian }, { "eu", &latin },
    { "ca", &latin },    { "da", &latin },    { "nl", &latin },
    { "en", &latin },    { "fi", &latin },    { "fr", &latin },
    { "de", &latin },    { "el", &greek },    { "hi", &devanagari },
    { "hu", &latin },    { "id", &latin },    { "ga", &latin },
    { "it", &latin },    { "lt", &latin },    { "ne", &devanagari },
    { "no", &latin },    { "pt", &latin },    { "ro", &latin },
    { "ru", &cyrillic }, { "sr", &serbian },  { "es", &latin },
    { "sv", &latin },    { "ta", &tamil },    { "tr", &latin },
    { "yi", &hebrew },
};

#define LANGUAGES (sizeof languages / sizeof *languages)

struct lede_stemmer {
    const lede_allocator *allocator;
    const struct language *language;
    struct sb_stemmer *snowball;
    bool english;
    lede_status status;
};

const char *lede_stem_languages(void)
{
    return "ar hy eu ca da nl en fi fr de el hi hu id ga it lt ne no pt ro ru "
           "sr es sv ta tr yi";
}

uint32_t lede_stem_language(const char *code, size_t len)
{
    for (uint32_t i = 0; i < LANGUAGES; i++)
        if (strlen(languages[i].code) == len &&
            memcmp(languages[i].code, code, len) == 0)
            return i;
    return LEDE_NO_LANGUAGE;
}

const char *lede_stem_code(uint32_t language)
{
    return language < LANGUAGES ? languages[language].code : NULL;
}

const char *lede_stem_letters(uint32_t language)
{
    return language < LANGUAGES ? languages[language].script->letters : "";
}

/* libstemmer says NULL both for a language it lacks and for no memory; its
 * list names algorithms, not codes. So what it has is tried again, and then
 * another language tells them apart. */
static lede_status open_snowball(struct sb_stemmer **out, const char *code)
{
    struct sb_stemmer *made = sb_stemmer_new(code, "UTF_8");

    if (!made)
        made = sb_stemmer_new(code, "UTF_8");
    if (made) {
        *out = made;
        return LEDE_OK;
    }
    made = sb_stemmer_new("english", "UTF_8");
    sb_stemmer_delete(made);
    return made ? LEDE_ERR_INVALID : LEDE_ERR_NOMEM;
}

lede_status lede_stemmer_new(lede_stemmer **out, uint32_t language,
                             const lede_allocator *allocator)
{
    lede_stemmer *stemmer;
    lede_status status;

    if (language >= LANGUAGES)
        return LEDE_ERR_INVALID;
    stemmer = lede_alloc_zero(allocator, sizeof *stemmer);
    if (!stemmer)
        return LEDE_ERR_NOMEM;
    stemmer->allocator = allocator;
    stemmer->language = &languages[language];
    stemmer->english = strcmp(stemmer->language->code, ENGLISH) == 0;
    status = open_snowball(&stemmer->snowball, stemmer->language->code);
    if (status != LEDE_OK) {
        lede_stemmer_free(stemmer);
        return status;
    }
    *out = stemmer;
    return LEDE_OK;
}

void lede_stemmer_free(lede_stemmer *stemmer)
{
    if (!stemmer)
        return;
    sb_stemmer_delete(stemmer->snowball);
    lede_release(stemmer->allocator, stemmer, sizeof *stemmer);
}

lede_status lede_stemmer_status(const lede_stemmer *stemmer)
{
    return stemmer->status;
}

/* Whether a word begins in the script and holds no digits or numbers' signs. */
static bool is_stemmable(const lede_stemmer *stemmer, lede_bytes word)
{
    const struct script *script = stemmer->language->script;
    bool begins = false;
    uint32_t c = 0;

    (void)lede_utf8_take((const char *)word.at, word.len, &c);
    for (size_t i = 0; i < 3 && !begins; i++)
        begins = c >= script->ranges[i].first && c <= script->ranges[i].last &&
                 c != 0;
    for (size_t i = 0; i < word.len && begins; i++)
        begins = word.at[i] >= 0x80 || word.at[i] == '\'' ||
                 (word.at[i] >= 'a' && word.at[i] <= 'z');
    return begins;
}

static size_t put_bytes(char *out, lede_bytes bytes)
{
    memcpy(out, bytes.at, bytes.len);
    return bytes.len;
}

static size_t stem_core(lede_stemmer *stemmer, lede_bytes core,
                        char out[LEDE_TERM_BYTES_MAX])
{
    const char *own = stemmer->english ? lede_irregular_stem(core) : NULL;
    const sb_symbol *stem;
    int len;

    if (own)
        return put_bytes(out, lede_bytes_of_text(own));
    stem = sb_stemmer_stem(stemmer->snowball, core.at, (int)core.len);
    len = stem ? sb_stemmer_length(stemmer->snowball) : 0;
    if (!stem)
        stemmer->status = LEDE_ERR_NOMEM;
    if (len <= 0 || len > LEDE_TERM_BYTES_MAX)
        return lede_fold(out, core, LEDE_FOLD_PLAIN);
    if (lede_fold_is_plain(lede_bytes_of(stem, (size_t)len)))
        return put_bytes(out, lede_bytes_of(stem, (size_t)len));
    return lede_fold(out, lede_bytes_of(stem, (size_t)len), LEDE_FOLD_PLAIN);
}

size_t lede_stemmer_stem(lede_stemmer *stemmer, lede_bytes word,
                         char out[LEDE_TERM_BYTES_MAX])
{
    if (word.len == 0 || word.len > LEDE_TERM_BYTES_MAX ||
        !is_stemmable(stemmer, word))
        return 0;
    return stem_core(stemmer, lede_fold_core(word), out);
}

size_t lede_stemmer_stem_singular(lede_stemmer *stemmer, lede_bytes word,
                                  char out[LEDE_TERM_BYTES_MAX])
{
    char singular[LEDE_IRREGULAR_MAX];
    size_t len;

    if (!stemmer->english || word.len > LEDE_TERM_BYTES_MAX)
        return 0;
    len = lede_irregular_singular(singular, lede_fold_core(word));
    return len ? stem_core(stemmer, lede_bytes_of(singular, len), out) : 0;
}
