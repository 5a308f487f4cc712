#include "text/tokenizer.h"

#include <stddef.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/utf8.h"
#include "text/ascii.h"
#include "text/capital.h"
#include "text/lexeme.h"
#include "text/memo.h"
#include "text/normalize.h"
#include "text/words.h"

/* Tokens of one compound: its parts and the joined word. */
#define COMPOUND_TOKENS (LEDE_JOINED_SPAN_MAX + 1)

/* Terms are written whole vectors at a time, past their ends. */
#define TERM_SLACK 64

/* Words are hashed by classes of length: up to 3, 8, 16 bytes, and longer. */
#define CLASSES 4

struct tokenizer {
    lede_tokenizer base; /* first: what callers see */
    const lede_allocator *allocator;
    uint32_t words;
    bool names;
    bool fast; /* chains of the scan tell where to look; terms are kept */
    lede_lexer lexer;
    size_t at;         /* where the next lexeme may begin */
    size_t last_begin; /* the word before; an end of 0: none */
    size_t last_end;
    size_t run_at; /* what is left of a run */
    size_t unit_end;
    size_t run_end;
    bool run_normal; /* as of a lexeme */
    bool run_single;
    bool linked;      /* inside a compound of too many parts */
    uint32_t chain;   /* the scan's present one */
    uint32_t stray;   /* the first that does not begin before it */
    uint32_t capital; /* the first that is not before it */
    size_t used;      /* of terms */
    /* Tokens that are not hashed yet, by classes. */
    uint32_t unhashed_count[CLASSES];
    uint8_t unhashed[CLASSES][LEDE_TOKENS_MAX];
    lede_ascii_scan scan;
    lede_memo memo;
    const lede_ascii *ascii;
    char terms[LEDE_TOKENS_MAX * LEDE_TERM_BYTES_MAX + TERM_SLACK];
};

static uint8_t capital_flag(const struct tokenizer *t, size_t begin, size_t end)
{
    lede_capital place = { .text = t->lexer.text,
                           .len = t->lexer.len,
                           .last_begin = t->last_begin,
                           .last_end = t->last_end,
                           .begin = begin,
                           .end = end };

    return lede_capital_is_name(&place) ? LEDE_TOKEN_CAPITAL : 0;
}

/* Fills slot `i` with the term of `len` bytes at the end of the terms. */
static void put_term(struct tokenizer *t, lede_token_batch *batch, uint32_t i,
                     uint32_t len, uint32_t hash)
{
    batch->term[i] = t->terms + t->used;
    batch->len[i] = (uint16_t)len;
    batch->hash[i] = hash;
    t->used += len;
}

static uint32_t hash_term(const char *term, uint32_t len)
{
    return (uint32_t)XXH3_64bits(term, len);
}

/* A word as it was read, and its term at the end of the terms. */
struct surface {
    const char *text;
    size_t len;
    bool normal; /* known to be its own normal form */
    bool capital;
    uint32_t term_len; /* LEDE_NORMAL_LONG: none */
    uint32_t hash;
};

static void find_term(struct tokenizer *t, struct surface *s)
{
    char *term = t->terms + t->used;
    lede_bytes word = lede_bytes_of(s->text, s->len);
    const lede_memo_slot *slot;
    uint64_t hash = 0;

    if (t->fast && s->normal) {
        s->term_len = LEDE_NORMAL_LONG;
        if (s->len > LEDE_TERM_MAX)
            return;
        memcpy(term, s->text, s->len);
        s->term_len = (uint32_t)s->len;
        s->hash = hash_term(term, s->term_len);
        return;
    }
    if (t->fast) {
        hash = XXH3_64bits(s->text, s->len);
        slot = lede_memo_find(&t->memo, word, hash);
        if (slot) {
            memcpy(term, slot->text + slot->term_at, slot->term_len);
            s->term_len = slot->term_len;
            s->hash = slot->hash;
            s->capital = slot->capital;
            return;
        }
    }
    s->term_len = lede_normalize(s->text, s->len,
                                 (t->words & LEDE_WORDS_PLAIN) == 0, term);
    s->capital = lede_is_capital(s->text, s->len);
    if (s->term_len == 0 || s->term_len == LEDE_NORMAL_LONG)
        return;
    s->hash = hash_term(term, s->term_len);
    if (t->fast)
        lede_memo_put(&t->memo, word, hash, lede_bytes_of(term, s->term_len),
                      s->hash, s->capital);
}

/* Adds text[begin, end), perhaps known to be normal, at the next position;
 * false if it has no term. */
static bool add_word(struct tokenizer *t, lede_token_batch *batch, size_t begin,
                     size_t end, bool normal, uint8_t flags)
{
    struct surface word = { .text = t->lexer.text + begin,
                            .len = end - begin,
                            .normal = normal };
    uint32_t i = batch->count;

    find_term(t, &word);
    if (t->names && word.capital)
        flags |= capital_flag(t, begin, end);
    t->last_begin = begin;
    t->last_end = end;
    if (word.term_len == 0)
        return false;
    batch->position[i] = t->base.position++;
    if (word.term_len == LEDE_NORMAL_LONG) {
        t->base.skipped++;
        return false;
    }
    put_term(t, batch, i, word.term_len, word.hash);
    batch->span[i] = 1;
    batch->flags[i] = flags;
    batch->begin[i] = (uint32_t)begin;
    batch->end[i] = (uint32_t)end;
    batch->count++;
    t->base.words++;
    return true;
}

static void move_token(lede_token_batch *batch, uint32_t to, uint32_t from)
{
    batch->term[to] = batch->term[from];
    batch->len[to] = batch->len[from];
    batch->hash[to] = batch->hash[from];
    batch->position[to] = batch->position[from];
    batch->span[to] = batch->span[from];
    batch->flags[to] = batch->flags[from];
    batch->begin[to] = batch->begin[from];
    batch->end[to] = batch->end[from];
}

/* Writes a part's term behind what the joined word has so far; the dots of an
 * acronym stay out. */
static uint32_t join_term(char *joined, uint32_t len, const char *term,
                          uint32_t term_len, bool acronym)
{
    for (uint32_t i = 0; i < term_len; i++) {
        if (acronym && term[i] == '.')
            continue;
        if (len == LEDE_TERM_MAX)
            return LEDE_NORMAL_LONG;
        joined[len++] = term[i];
    }
    return len;
}

/* Puts the joined word of the tokens from `first` on behind the first. */
static void add_joined(struct tokenizer *t, lede_token_batch *batch,
                       uint32_t first, const lede_lexeme *parts)
{
    char *joined = t->terms + t->used;
    uint32_t count = batch->count - first, len = 0;
    uint8_t flags = LEDE_TOKEN_JOINED;

    for (uint32_t i = 0; i < count && len != LEDE_NORMAL_LONG; i++) {
        len = join_term(joined, len, batch->term[first + i],
                        batch->len[first + i], parts[i].acronym);
        flags |= batch->flags[first + i] & LEDE_TOKEN_CAPITAL;
    }
    if (len == LEDE_NORMAL_LONG)
        return;
    for (uint32_t i = batch->count; i > first + 1; i--)
        move_token(batch, i, i - 1);
    batch->count++;
    joined[len++] = (char)(LEDE_JOINED_MARK + count);
    put_term(t, batch, first + 1, len, hash_term(joined, len));
    batch->position[first + 1] = batch->position[first];
    batch->span[first + 1] = (uint8_t)count;
    batch->flags[first + 1] = flags;
    batch->begin[first + 1] = batch->begin[first];
    batch->end[first + 1] = batch->end[batch->count - 1];
}

/* Adds the compound whose first part was just taken. One of too many parts is
 * only its parts, which come one by one. */
static void add_compound(struct tokenizer *t, lede_token_batch *batch,
                         const lede_lexeme *first)
{
    lede_lexeme parts[LEDE_JOINED_SPAN_MAX];
    uint32_t count = 1, from = batch->count, added = 0;
    size_t at = t->at;
    bool letter = first->letter;

    parts[0] = *first;
    while (parts[count - 1].linked && count < LEDE_JOINED_SPAN_MAX) {
        if (!lede_lexeme_take(&t->lexer, &at, t->lexer.len, &parts[count]))
            break;
        letter = letter || parts[count].letter;
        count++;
    }
    if (parts[count - 1].linked) {
        t->linked = true;
        (void)add_word(t, batch, first->begin, first->end, first->normal, 0);
        return;
    }
    t->at = at;
    for (uint32_t i = 0; i < count; i++)
        added += add_word(t, batch, parts[i].begin, parts[i].end,
                          parts[i].normal, 0);
    if (letter && added == count)
        add_joined(t, batch, from, parts);
}

/* The end of the character as readers see it that begins at `at`. */
static size_t unit_end(const struct tokenizer *t, size_t at)
{
    uint8_t lead = (uint8_t)t->lexer.text[at];

    if (t->fast && t->run_single)
        return at + (lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4);
    return lede_lexeme_unit_end(t->lexer.text, at, t->run_end);
}

/* Cuts the run into pairs of characters and the last one, or into single
 * ones, until the batch is full. */
static void cut_run(struct tokenizer *t, lede_token_batch *batch)
{
    bool pairs = (t->words & LEDE_WORDS_NO_BIGRAM) == 0;

    while (t->run_at < t->run_end && batch->count < LEDE_TOKENS_MAX) {
        size_t begin = t->run_at, end = t->unit_end, next = end;
        uint8_t flags = 0;

        if (end < t->run_end)
            next = unit_end(t, end);
        if (pairs && end == t->run_end)
            flags = LEDE_TOKEN_TAIL;
        t->run_at = end;
        t->unit_end = next;
        (void)add_word(t, batch, begin, pairs ? next : end, t->run_normal,
                       flags);
    }
}

static void begin_run(struct tokenizer *t, const lede_lexeme *lexeme)
{
    t->run_at = lexeme->begin;
    t->run_end = lexeme->end;
    t->run_normal = lexeme->normal;
    t->run_single = lexeme->single;
    t->unit_end = unit_end(t, lexeme->begin);
}

static void add_lexeme(struct tokenizer *t, lede_token_batch *batch,
                       const lede_lexeme *lexeme)
{
    bool inside = t->linked;

    t->linked = lexeme->linked;
    if (lexeme->run) {
        begin_run(t, lexeme);
        cut_run(t, batch);
    } else if (lexeme->linked && !inside &&
               (t->words & LEDE_WORDS_NO_COMPOUND) == 0) {
        t->linked = false;
        add_compound(t, batch, lexeme);
    } else {
        (void)add_word(t, batch, lexeme->begin, lexeme->end, lexeme->normal, 0);
    }
}

static uint64_t count_invalid(const char *text, size_t begin, size_t end)
{
    uint64_t invalid = 0;
    uint32_t c;

    while (begin < end) {
        begin += lede_utf8_take(text + begin, end - begin, &c);
        invalid += c == LEDE_UTF8_BAD;
    }
    return invalid;
}

/* Unicode's words: one segment, word or not. */
static void take_segment(struct tokenizer *t, lede_token_batch *batch)
{
    bool is_word;
    size_t begin = t->at;

    t->at = lede_word_end(t->lexer.text, t->lexer.len, begin, &is_word);
    if (is_word)
        (void)add_word(t, batch, begin, t->at, false, 0);
    else
        t->lexer.invalid_bytes += count_invalid(t->lexer.text, begin, t->at);
}

/* Adds words up to `end`, or until the batch is full. */
static void add_words(struct tokenizer *t, lede_token_batch *batch, size_t end)
{
    lede_lexeme lexeme;

    while (t->at < end && batch->count + COMPOUND_TOKENS <= LEDE_TOKENS_MAX) {
        if (t->words & LEDE_WORDS_PLAIN)
            take_segment(t, batch);
        else if (lede_lexeme_take(&t->lexer, &t->at, end, &lexeme))
            add_lexeme(t, batch, &lexeme);
    }
}

static void lower(char *out, const char *word, uint32_t len)
{
    for (uint32_t at = 0; at < len; at++) {
        bool upper = word[at] >= 'A' && word[at] <= 'Z';

        out[at] = (char)(word[at] | (upper ? 0x20 : 0));
    }
}

/* Adds a chain that is one word of ASCII; as add_word does. */
static void add_ascii(struct tokenizer *t, lede_token_batch *batch,
                      uint32_t begin, uint32_t end)
{
    const char *word = t->lexer.text + begin;
    uint32_t len = end - begin, i = batch->count;
    char *term = t->terms + t->used;
    uint8_t flags = 0;

    if (t->names && (uint8_t)(*word - 'A') < 26)
        flags = capital_flag(t, begin, end);
    t->last_begin = begin;
    t->last_end = end;
    t->linked = false;
    batch->position[i] = t->base.position++;
    if (len > LEDE_TERM_MAX) {
        t->base.skipped++;
        return;
    }
    lower(term, word, len);
    put_term(t, batch, i, len, hash_term(term, len));
    batch->span[i] = 1;
    batch->flags[i] = flags;
    batch->begin[i] = begin;
    batch->end[i] = end;
    batch->count = i + 1;
    t->base.words++;
}

/* Marks the capitals among the `count` chains that became tokens from `first`
 * on. */
static void flag_capitals(struct tokenizer *t, lede_token_batch *batch,
                          uint32_t first, uint32_t count)
{
    const lede_ascii_scan *scan = &t->scan;

    while (t->capital < scan->capital_count &&
           scan->capitals[t->capital] < t->chain)
        t->capital++;
    for (; t->capital < scan->capital_count; t->capital++) {
        uint32_t place = scan->capitals[t->capital] - t->chain;
        uint32_t i = first + place, begin;

        if (place >= count)
            break;
        begin = batch->begin[i];
        if (place > 0) {
            t->last_begin = batch->begin[i - 1];
            t->last_end = batch->end[i - 1];
        }
        /* Behind a single space, as nearly all are, the answer is short. */
        if (begin - t->last_end == 1 && t->last_end > 0 &&
            t->lexer.text[t->last_end] == ' ')
            batch->flags[i] = LEDE_TOKEN_CAPITAL;
        else
            batch->flags[i] = capital_flag(t, begin, batch->end[i]);
    }
}

/* Fills in the tokens that chains become, but for hash and capitals. */
static void put_chains(lede_token_batch *batch, uint32_t count,
                       const lede_ascii_scan *scan, uint32_t chain,
                       uint32_t position)
{
    const uint32_t *begins = scan->begins + chain, *ends = scan->ends + chain;
    const char *lower = scan->lower;
    uint32_t first = batch->count, from = (uint32_t)scan->lower_from;
    const char **term = batch->term + first;
    uint16_t *len = batch->len + first;
    uint32_t *positions = batch->position + first;

    memcpy(batch->begin + first, begins, count * sizeof *begins);
    memcpy(batch->end + first, ends, count * sizeof *ends);
    memset(batch->span + first, 1, count);
    memset(batch->flags + first, 0, count);
    for (size_t k = 0; k < count; k++)
        term[k] = lower + (begins[k] - from);
    for (size_t k = 0; k < count; k++)
        len[k] = (uint16_t)(ends[k] - begins[k]);
    for (size_t k = 0; k < count; k++)
        positions[k] = position + (uint32_t)k;
}

/*
 * Adds the words of chains from the present one on, up to one that has a stray
 * or whose lower case is gone. This is where most of the time for English goes:
 * nothing here depends on what the words are, for a branch missed costs as much
 * as a word. Hashing, which does, waits until the batch is full and then goes
 * by classes of lengths.
 */
static void add_clean_chains(struct tokenizer *t, lede_token_batch *batch)
{
    static const uint8_t class_of[18] = { 0, 0, 0, 0, 1, 1, 1, 1, 1,
                                          2, 2, 2, 2, 2, 2, 2, 2, 3 };
    const lede_ascii_scan *scan = &t->scan;
    const uint32_t *begins = scan->begins + t->chain;
    const uint32_t *ends = scan->ends + t->chain;
    const uint32_t stray = scan->strays[t->stray], first = batch->count;
    uint32_t chains = scan->count - t->chain, n;
    uint32_t room = LEDE_TOKENS_MAX - COMPOUND_TOKENS + 1 - first;

    if (chains > room)
        chains = room;
    for (n = 0; n < chains; n++) {
        uint32_t end = ends[n], len = end - begins[n], class;

        if (end > stray || len > LEDE_TERM_MAX)
            break;
        class = class_of[len < 17 ? len : 17];
        t->unhashed[class][t->unhashed_count[class]++] = (uint8_t)(first + n);
    }
    put_chains(batch, n, scan, t->chain, t->base.position);
    batch->count = first + n;
    if (t->names)
        flag_capitals(t, batch, first, n);
    t->chain += n;
    t->base.position += n;
    t->base.words += n;
    t->last_begin = begins[n - 1];
    t->last_end = ends[n - 1];
    t->linked = false;
}

/* Hashes the terms of one class, all of `least` to `most` bytes: knowing that,
 * the compiler leaves out of XXH3 what is for other lengths. */
static inline void hash_class(struct tokenizer *t, lede_token_batch *batch,
                              uint32_t class, uint32_t least, uint32_t most)
{
    for (uint32_t k = 0; k < t->unhashed_count[class]; k++) {
        uint32_t i = t->unhashed[class][k];
        uint32_t len = batch->len[i];

        if (len < least || len > most)
            __builtin_unreachable();
        batch->hash[i] = hash_term(batch->term[i], len);
    }
    t->unhashed_count[class] = 0;
}

/* Where the first of Unicode's words in a chain may begin: invisible characters
 * belong to the ASCII before them, and by them some symbols that are letters
 * may. */
static size_t segment_begin(const struct tokenizer *t, size_t begin)
{
    const char *text = t->lexer.text;

    if (begin == 0 || (uint8_t)text[begin] < 0x80)
        return begin;
    begin--;
    while (text[begin] == ' ' && begin > 0 && text[begin - 1] == ' ')
        begin--;
    return begin;
}

/* Adds the words of a chain with strays, from where the text was read; false
 * if the batch is full before its end. */
static bool add_chain(struct tokenizer *t, lede_token_batch *batch,
                      size_t begin, size_t end)
{
    if (t->words & LEDE_WORDS_PLAIN)
        begin = segment_begin(t, begin);
    if (t->at < begin)
        t->at = begin;
    add_words(t, batch, end);
    return batch->count + COMPOUND_TOKENS <= LEDE_TOKENS_MAX;
}

/* Adds words of the scan's present window; false if the batch is full. */
static bool add_window(struct tokenizer *t, lede_token_batch *batch)
{
    const lede_ascii_scan *scan = &t->scan;

    while (t->chain < scan->count) {
        uint32_t begin = scan->begins[t->chain], end = scan->ends[t->chain];

        if (end <= t->at) {
            t->chain++;
            continue;
        }
        if (batch->count + COMPOUND_TOKENS > LEDE_TOKENS_MAX)
            return false;
        while (scan->strays[t->stray] < begin)
            t->stray++;
        if (scan->strays[t->stray] < end) {
            if (!add_chain(t, batch, begin, end))
                return false;
            t->chain++;
        } else if (end - begin > LEDE_TERM_MAX || begin < scan->lower_from) {
            add_ascii(t, batch, begin, end);
            t->chain++;
        } else {
            add_clean_chains(t, batch);
        }
    }
    return true;
}

/* Where the first chain begins whose words are not all taken. */
static size_t unread(const struct tokenizer *t)
{
    const lede_ascii_scan *scan = &t->scan;

    return t->chain < scan->count || scan->open ? scan->begins[t->chain]
                                                : scan->at;
}

static void add_chains(struct tokenizer *t, lede_token_batch *batch)
{
    lede_ascii_release(&t->scan, unread(t));
    while (add_window(t, batch)) {
        if (!lede_ascii_has_room(&t->scan)) {
            if (batch->count > 0)
                return;
            lede_ascii_release(&t->scan, unread(t));
        }
        if (!lede_ascii_next(&t->scan))
            return;
        t->chain = 0;
        t->stray = 0;
        t->capital = 0;
    }
}

lede_status lede_tokenizer_new(lede_tokenizer **out, uint32_t words,
                               const lede_allocator *allocator)
{
    struct tokenizer *t = lede_alloc(allocator, sizeof *t);

    if (!t)
        return LEDE_ERR_NOMEM;
    /* Not what is written before it is read: for a query that is most. */
    memset(t, 0, offsetof(struct tokenizer, scan));
    t->allocator = allocator;
    t->words = words;
    t->ascii = lede_ascii_of(lede_cpu_simd());
    lede_memo_init(&t->memo, allocator);
    *out = &t->base;
    return LEDE_OK;
}

void lede_tokenizer_free(lede_tokenizer *tokenizer)
{
    struct tokenizer *t = (struct tokenizer *)tokenizer;

    if (!t)
        return;
    lede_memo_fini(&t->memo);
    lede_release(t->allocator, t, sizeof *t);
}

bool lede_tokenizer_is_plain(const char *text, size_t len)
{
    uint32_t others = 0;

    for (size_t i = 0; i < len && i < LEDE_TERM_MAX; i++)
        others |= (uint8_t)(text[i] - 'a') >= 26;
    return len > 0 && len <= LEDE_TERM_MAX && others == 0;
}

void lede_tokenizer_start(lede_tokenizer *tokenizer, const char *text,
                          size_t len, uint32_t position, uint32_t hints)
{
    struct tokenizer *t = (struct tokenizer *)tokenizer;
    bool plain = (hints & LEDE_TOKENIZER_PLAIN) != 0;

    t->base = (lede_tokenizer){ .position = position };
    t->lexer = (lede_lexer){ .text = text, .len = len };
    t->names = (hints & LEDE_TOKENIZER_NAMES) &&
               lede_text_is_mixed_case(text, len, t->ascii);
    t->fast = !plain;
    t->at = 0;
    t->last_begin = 0;
    t->last_end = 0;
    t->run_at = 0;
    t->run_end = 0;
    t->linked = false;
    t->chain = 0;
    t->stray = 0;
    t->capital = 0;
    lede_ascii_start(&t->scan, text, len,
                     t->words & LEDE_WORDS_PLAIN ? LEDE_ASCII_SEGMENTS
                                                 : LEDE_ASCII_LEXEMES,
                     t->ascii);
}

bool lede_tokenizer_next(lede_tokenizer *tokenizer, lede_token_batch *batch)
{
    struct tokenizer *t = (struct tokenizer *)tokenizer;

    batch->count = 0;
    t->used = 0;
    cut_run(t, batch);
    if (t->fast)
        add_chains(t, batch);
    else
        add_words(t, batch, t->lexer.len);
    hash_class(t, batch, 0, 1, 3);
    hash_class(t, batch, 1, 4, 8);
    hash_class(t, batch, 2, 9, 16);
    hash_class(t, batch, 3, 17, LEDE_TERM_MAX);
    t->base.invalid_bytes = t->lexer.invalid_bytes;
    return batch->count > 0;
}
