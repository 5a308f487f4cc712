#include "text/forms.h"

#include <xxhash.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "text/fold.h"
#include "text/name.h"
#include "text/stem.h"

/* Raised when rules change in a way that few words show. */
#define REVISION    1U
#define LANGUAGES   (LEDE_FORM_KINDS_MAX - LEDE_FORM_KIND_STEM)
#define KEYS_MAX    8
#define LETTERS_MAX 64
#define SAMPLE      1000 /* words a language by which versions differ */
#define BITS_ALL \
    (LEDE_FORM_EXACT | LEDE_FORM_FOLD | LEDE_FORM_STEM | LEDE_FORM_NAME)

struct lede_forms {
    const lede_allocator *allocator;
    uint64_t version;
    uint32_t bits;
    uint32_t language_count;
    uint32_t languages[LANGUAGES];
};

/* Holds all keys of the term asked for last. */
struct lede_form_maker {
    const lede_forms *forms;
    const lede_allocator *allocator;
    lede_stemmer *stemmers[LANGUAGES];
    uint32_t kind;
    uint32_t term_len;
    bool name;
    bool same; /* the term is a key of its own */
    uint32_t count;
    uint8_t term[LEDE_TERM_BYTES_MAX];
    lede_form_key keys[KEYS_MAX];
};

/* ---- Making keys -------------------------------------------------------- */

static void add_key(lede_form_maker *maker, lede_bytes key)
{
    lede_form_key *at = &maker->keys[maker->count];

    if (key.len == 0 || key.len > LEDE_TERM_BYTES_MAX ||
        maker->count == KEYS_MAX)
        return;
    if (lede_bytes_equal(key, lede_bytes_of(maker->term, maker->term_len))) {
        maker->same = true;
        return;
    }
    for (uint32_t i = 0; i < maker->count; i++)
        if (lede_bytes_equal(
                key, lede_bytes_of(maker->keys[i].text, maker->keys[i].len)))
            return;
    at->len = (uint32_t)key.len;
    memcpy(at->text, key.at, key.len);
    maker->count++;
}

static void make_folds(lede_form_maker *maker, lede_bytes word)
{
    char out[LEDE_TERM_BYTES_MAX];

    if (word.len < maker->term_len)
        add_key(maker, word);
    if (lede_fold_is_plain(word)) {
        add_key(maker, word);
        return;
    }
    for (uint32_t i = LEDE_FOLD_PLAIN; i < LEDE_FOLD_VARIANTS; i++)
        add_key(maker, lede_bytes_of(out, lede_fold(out, word, i)));
}

/* The word as names compare it. */
static lede_bytes name_of(char out[LEDE_TERM_BYTES_MAX], lede_bytes word)
{
    word = lede_fold_core(word);
    if (lede_fold_is_plain(word))
        return word;
    return lede_bytes_of(out, lede_fold(out, word, LEDE_FOLD_PLAIN));
}

static void make_names(lede_form_maker *maker, lede_bytes word)
{
    char folded[LEDE_TERM_BYTES_MAX], key[LEDE_TERM_BYTES_MAX];
    lede_bytes name = name_of(folded, word);
    size_t len;

    for (uint32_t at = 0; (len = lede_name_key(key, name, at)) > 0; at++)
        add_key(maker, lede_bytes_of(key, len));
}

static void make_stems(lede_form_maker *maker, lede_stemmer *stemmer,
                       lede_bytes word)
{
    char out[LEDE_TERM_BYTES_MAX];

    add_key(maker, lede_bytes_of(out, lede_stemmer_stem(stemmer, word, out)));
    add_key(maker,
            lede_bytes_of(out, lede_stemmer_stem_singular(stemmer, word, out)));
}

/* The word of a term, without a joined mark. */
static lede_bytes word_of(lede_bytes term)
{
    if (lede_term_span((const char *)term.at, (uint32_t)term.len) > 1)
        term.len--;
    return term;
}

/* Fills the maker with the keys of a term. */
static void make(lede_form_maker *maker, uint32_t kind, lede_bytes term,
                 bool name)
{
    if (maker->kind == kind && maker->name == name &&
        lede_bytes_equal(term, lede_bytes_of(maker->term, maker->term_len)))
        return;
    maker->kind = kind;
    maker->name = name;
    maker->same = false;
    maker->count = 0;
    maker->term_len = (uint32_t)term.len;
    memcpy(maker->term, term.at, term.len);
    if (lede_forms_bit(maker->forms, kind) == 0)
        return;
    if (kind == LEDE_FORM_KIND_FOLD)
        make_folds(maker, word_of(term));
    else if (kind == LEDE_FORM_KIND_NAME && name)
        make_names(maker, word_of(term));
    else if (kind >= LEDE_FORM_KIND_STEM)
        make_stems(maker, maker->stemmers[kind - LEDE_FORM_KIND_STEM],
                   word_of(term));
}

bool lede_form_key_at(lede_form_maker *maker, uint32_t kind, lede_bytes term,
                      bool name, uint32_t at, lede_form_key *key)
{
    if (term.len == 0 || term.len > LEDE_TERM_BYTES_MAX)
        return false;
    make(maker, kind, term, name);
    if (at >= maker->count)
        return false;
    key->len = maker->keys[at].len;
    memcpy(key->text, maker->keys[at].text, key->len);
    return true;
}

bool lede_form_key_is_term(lede_form_maker *maker, uint32_t kind,
                           lede_bytes term)
{
    if (term.len == 0 || term.len > LEDE_TERM_BYTES_MAX)
        return false;
    make(maker, kind, term, false);
    return maker->same;
}

bool lede_form_names_near(lede_form_maker *maker, lede_bytes a, lede_bytes b)
{
    char x[LEDE_TERM_BYTES_MAX], y[LEDE_TERM_BYTES_MAX];

    (void)maker;
    if (a.len == 0 || b.len == 0 || a.len > LEDE_TERM_BYTES_MAX ||
        b.len > LEDE_TERM_BYTES_MAX)
        return false;
    return lede_names_near(name_of(x, word_of(a)), name_of(y, word_of(b)));
}

void lede_form_maker_free(lede_form_maker *maker)
{
    if (!maker)
        return;
    for (uint32_t i = 0; i < LANGUAGES; i++)
        lede_stemmer_free(maker->stemmers[i]);
    lede_release(maker->allocator, maker, sizeof *maker);
}

lede_status lede_form_maker_new(lede_form_maker **out, const lede_forms *forms,
                                const lede_allocator *allocator)
{
    lede_form_maker *maker = lede_alloc(allocator, sizeof *maker);
    lede_status status = LEDE_OK;

    if (!maker)
        return LEDE_ERR_NOMEM;
    /* All but the room of its keys, which is large and has none yet. */
    memset(maker, 0, offsetof(lede_form_maker, term));
    maker->forms = forms;
    maker->allocator = allocator;
    maker->kind = LEDE_FORM_KINDS_MAX;
    for (uint32_t i = 0; i < forms->language_count && status == LEDE_OK; i++)
        status = lede_stemmer_new(&maker->stemmers[i], forms->languages[i],
                                  allocator);
    if (status != LEDE_OK) {
        lede_form_maker_free(maker);
        return status;
    }
    *out = maker;
    return LEDE_OK;
}

lede_status lede_form_maker_status(const lede_form_maker *maker)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < LANGUAGES && status == LEDE_OK; i++)
        if (maker->stemmers[i])
            status = lede_stemmer_status(maker->stemmers[i]);
    return status;
}

/* ---- Kinds -------------------------------------------------------------- */

uint32_t lede_forms_kinds(const lede_forms *forms)
{
    return LEDE_FORM_KIND_STEM + forms->language_count;
}

uint32_t lede_forms_bit(const lede_forms *forms, uint32_t kind)
{
    uint32_t bit = kind == LEDE_FORM_KIND_FOLD   ? LEDE_FORM_FOLD
                   : kind == LEDE_FORM_KIND_NAME ? LEDE_FORM_NAME
                                                 : LEDE_FORM_STEM;

    return kind < lede_forms_kinds(forms) ? forms->bits & bit : 0;
}

const char *lede_forms_language(const lede_forms *forms, uint32_t kind)
{
    if (kind < LEDE_FORM_KIND_STEM || kind >= lede_forms_kinds(forms))
        return NULL;
    return lede_stem_code(forms->languages[kind - LEDE_FORM_KIND_STEM]);
}

uint64_t lede_forms_version(const lede_forms *forms)
{
    return forms->version;
}

const char *lede_forms_languages(void)
{
    return lede_stem_languages();
}

/* ---- Version ------------------------------------------------------------ */

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 32) * below >> 32);
}

struct letters {
    uint32_t count;
    uint32_t at[LETTERS_MAX]; /* the frequent ones first */
};

static void read_letters(struct letters *letters, const char *text)
{
    size_t len = strlen(text);

    letters->count = 0;
    for (size_t at = 0; at < len && letters->count < LETTERS_MAX;)
        at +=
            lede_utf8_take(text + at, len - at, &letters->at[letters->count++]);
}

/* A word of 3 to 10 letters, frequent ones more often. */
static size_t draw_word(char *out, const struct letters *letters,
                        uint64_t *state)
{
    uint32_t wanted = 3 + draw(state, 8);
    size_t len = 0;

    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t a = draw(state, letters->count);
        uint32_t b = draw(state, letters->count);

        len += lede_utf8_put(out + len, letters->at[a < b ? a : b]);
    }
    return len;
}

static void mix(uint64_t *hash, const void *at, size_t len)
{
    *hash = XXH3_64bits_withSeed(at, len, *hash);
}

/* Hashes the answers to words that are the same each time. */
static void hash_kind(uint64_t *hash, lede_form_maker *maker, uint32_t kind)
{
    const char *text = "aeinrstlo'.,1560\"hdcumfpgwybvkxjqzäöüåøéçłđæœßıñš";
    struct letters letters;
    uint64_t state = 0x9E3779B97F4A7C15U;
    lede_form_key key;

    if (kind >= LEDE_FORM_KIND_STEM)
        text = lede_stem_letters(
            maker->forms->languages[kind - LEDE_FORM_KIND_STEM]);
    read_letters(&letters, text);
    for (uint32_t i = 0; i < SAMPLE; i++) {
        char word[LEDE_TERM_BYTES_MAX];
        size_t len = draw_word(word, &letters, &state);

        for (uint32_t at = 0; lede_form_key_at(
                 maker, kind, lede_bytes_of(word, len), true, at, &key);
             at++)
            mix(hash, key.text, key.len);
        mix(hash, "", 1);
    }
}

lede_status lede_forms_settle(lede_forms *forms)
{
    lede_form_maker *maker;
    uint64_t hash = 0;
    uint32_t head[] = { REVISION, forms->bits, forms->language_count };
    lede_status status = lede_form_maker_new(&maker, forms, forms->allocator);

    if (status != LEDE_OK)
        return status;
    mix(&hash, head, sizeof head);
    for (uint32_t kind = 0; kind < lede_forms_kinds(forms); kind++) {
        const char *code = lede_forms_language(forms, kind);

        if (code)
            mix(&hash, code, strlen(code) + 1);
        if (lede_forms_bit(forms, kind) != 0) /* others give no keys */
            hash_kind(&hash, maker, kind);
    }
    status = lede_form_maker_status(maker);
    lede_form_maker_free(maker);
    if (status == LEDE_OK)
        forms->version = hash ? hash : 1;
    return status;
}

/* ---- Making the forms --------------------------------------------------- */

static lede_status add_language(lede_forms *forms, const char *code, size_t len)
{
    uint32_t language = lede_stem_language(code, len);

    if (language == LEDE_NO_LANGUAGE)
        return LEDE_ERR_INVALID;
    for (uint32_t i = 0; i < forms->language_count; i++)
        if (forms->languages[i] == language)
            return LEDE_ERR_INVALID;
    if (forms->language_count == LANGUAGES)
        return LEDE_ERR_LIMIT;
    forms->languages[forms->language_count++] = language;
    return LEDE_OK;
}

static lede_status add_languages(lede_forms *forms, const char *codes)
{
    lede_status status = LEDE_OK;

    while (*codes && status == LEDE_OK) {
        size_t len = strcspn(codes, " ");

        if (len > 0)
            status = add_language(forms, codes, len);
        codes += len + strspn(codes + len, " ");
    }
    return status;
}

lede_status lede_forms_new_plain(lede_forms **out,
                                 const lede_analyzer_options *options,
                                 const lede_allocator *allocator)
{
    lede_forms *forms = lede_alloc_zero(allocator, sizeof *forms);
    lede_status status = forms ? LEDE_OK : LEDE_ERR_NOMEM;

    if (!forms)
        return status;
    forms->allocator = allocator;
    forms->bits = options->forms ? options->forms : BITS_ALL;
    if (forms->bits & LEDE_FORM_STEM)
        status = add_languages(forms,
                               options->languages ? options->languages : "en");
    if (status != LEDE_OK) {
        lede_forms_free(forms);
        return status;
    }
    *out = forms;
    return LEDE_OK;
}

lede_status lede_forms_new(lede_forms **out,
                           const lede_analyzer_options *options,
                           const lede_allocator *allocator)
{
    lede_forms *forms = NULL;
    lede_status status = lede_forms_new_plain(&forms, options, allocator);

    if (status == LEDE_OK)
        status = lede_forms_settle(forms);
    if (status != LEDE_OK) {
        lede_forms_free(forms);
        return status;
    }
    *out = forms;
    return LEDE_OK;
}

lede_status lede_forms_copy(lede_forms **out, const lede_forms *forms,
                            const lede_allocator *allocator)
{
    lede_forms *copy = lede_alloc(allocator, sizeof *copy);

    if (!copy)
        return LEDE_ERR_NOMEM;
    *copy = *forms;
    copy->allocator = allocator;
    *out = copy;
    return LEDE_OK;
}

void lede_forms_free(lede_forms *forms)
{
    if (forms)
        lede_release(forms->allocator, forms, sizeof *forms);
}

size_t lede_form_grouped(char out[LEDE_TERM_BYTES_MAX], lede_bytes number)
{
    const char *text = (const char *)number.at;
    size_t digits = 0, at = 0;

    while (digits < number.len && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    if (digits < 4 || text[0] == '0' ||
        number.len + (digits - 1) / 3 > LEDE_TERM_BYTES_MAX)
        return 0;
    for (size_t i = digits; i < number.len; i++)
        if ((text[i] < '0' || text[i] > '9') && text[i] != '.')
            return 0;
    for (size_t i = 0; i < number.len; i++) {
        if (i > 0 && i < digits && (digits - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = text[i];
    }
    return at;
}

size_t lede_form_owner(char out[LEDE_TERM_BYTES_MAX], lede_bytes key)
{
    if (key.len == 0 || key.len + 2 > LEDE_TERM_BYTES_MAX ||
        !lede_fold_is_plain(key))
        return 0;
    memcpy(out, key.at, key.len);
    out[key.len] = '\'';
    out[key.len + 1] = 's';
    return key.len + 2;
}

size_t lede_form_owner_whole(char out[LEDE_TERM_BYTES_MAX], lede_bytes key)
{
    if (key.len == 0 || key.at[key.len - 1] != 's')
        return 0;
    return lede_form_owner(out, lede_bytes_of(key.at, key.len - 1));
}
