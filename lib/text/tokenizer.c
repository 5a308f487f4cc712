#include "text/tokenizer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "text/capital.h"
#include "text/lexeme.h"
#include "text/normalize.h"
#include "text/words.h"

/* Tokens of one compound: its parts and the joined word. */
#define COMPOUND_TOKENS (LEDE_JOINED_SPAN_MAX + 1)

/* Terms are written whole vectors at a time, past their ends. */
#define TERM_SLACK 64

struct tokenizer {
    lede_tokenizer base; /* first: what callers see */
    const lede_allocator *allocator;
    uint32_t words;
    bool names;
    lede_lexer lexer;
    size_t at;         /* where the next lexeme may begin */
    size_t last_begin; /* the word before; an end of 0: none */
    size_t last_end;
    size_t run_at; /* what is left of a run */
    size_t unit_end;
    size_t run_end;
    bool linked; /* inside a compound of too many parts */
    size_t used; /* of terms */
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
static void put_token(struct tokenizer *t, lede_token_batch *batch, uint32_t i,
                      uint32_t len)
{
    batch->term[i] = t->terms + t->used;
    batch->len[i] = (uint16_t)len;
    batch->hash[i] = (uint32_t)XXH3_64bits(t->terms + t->used, len);
    t->used += len;
}

/* Adds text[begin, end) at the next position; false if it has no term. */
static bool add_word(struct tokenizer *t, lede_token_batch *batch, size_t begin,
                     size_t end, uint8_t flags)
{
    const char *text = t->lexer.text + begin;
    bool tailored = (t->words & LEDE_WORDS_PLAIN) == 0;
    uint32_t len =
        lede_normalize(text, end - begin, tailored, t->terms + t->used);
    uint32_t i = batch->count;

    if (t->names && lede_is_capital(text, end - begin))
        flags |= capital_flag(t, begin, end);
    t->last_begin = begin;
    t->last_end = end;
    if (len == 0)
        return false;
    batch->position[i] = t->base.position++;
    if (len == LEDE_NORMAL_LONG) {
        t->base.skipped++;
        return false;
    }
    put_token(t, batch, i, len);
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
    put_token(t, batch, first + 1, len);
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
        (void)add_word(t, batch, first->begin, first->end, 0);
        return;
    }
    t->at = at;
    for (uint32_t i = 0; i < count; i++)
        added += add_word(t, batch, parts[i].begin, parts[i].end, 0);
    if (letter && added == count)
        add_joined(t, batch, from, parts);
}

/* Cuts the run into pairs of characters and the last one, or into single
 * ones, until the batch is full. */
static void cut_run(struct tokenizer *t, lede_token_batch *batch)
{
    const char *text = t->lexer.text;
    bool pairs = (t->words & LEDE_WORDS_NO_BIGRAM) == 0;

    while (t->run_at < t->run_end && batch->count < LEDE_TOKENS_MAX) {
        size_t begin = t->run_at, end = t->unit_end, next = end;
        uint8_t flags = 0;

        if (end < t->run_end)
            next = lede_lexeme_unit_end(text, end, t->run_end);
        if (pairs && end == t->run_end)
            flags = LEDE_TOKEN_TAIL;
        t->run_at = end;
        t->unit_end = next;
        (void)add_word(t, batch, begin, pairs ? next : end, flags);
    }
}

static void begin_run(struct tokenizer *t, const lede_lexeme *lexeme)
{
    t->run_at = lexeme->begin;
    t->run_end = lexeme->end;
    t->unit_end =
        lede_lexeme_unit_end(t->lexer.text, lexeme->begin, lexeme->end);
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
        (void)add_word(t, batch, lexeme->begin, lexeme->end, 0);
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
        (void)add_word(t, batch, begin, t->at, 0);
    else
        t->lexer.invalid_bytes += count_invalid(t->lexer.text, begin, t->at);
}

lede_status lede_tokenizer_new(lede_tokenizer **out, uint32_t words,
                               const lede_allocator *allocator)
{
    struct tokenizer *t = lede_alloc_zero(allocator, sizeof *t);

    if (!t)
        return LEDE_ERR_NOMEM;
    t->allocator = allocator;
    t->words = words;
    *out = &t->base;
    return LEDE_OK;
}

void lede_tokenizer_free(lede_tokenizer *tokenizer)
{
    struct tokenizer *t = (struct tokenizer *)tokenizer;

    if (t)
        lede_release(t->allocator, t, sizeof *t);
}

void lede_tokenizer_start(lede_tokenizer *tokenizer, const char *text,
                          size_t len, uint32_t position, uint32_t hints)
{
    struct tokenizer *t = (struct tokenizer *)tokenizer;

    t->base = (lede_tokenizer){ .position = position };
    t->lexer = (lede_lexer){ .text = text, .len = len };
    t->names =
        (hints & LEDE_TOKENIZER_NAMES) && lede_text_is_mixed_case(text, len);
    t->at = 0;
    t->last_begin = 0;
    t->last_end = 0;
    t->run_at = 0;
    t->run_end = 0;
    t->linked = false;
}

bool lede_tokenizer_next(lede_tokenizer *tokenizer, lede_token_batch *batch)
{
    struct tokenizer *t = (struct tokenizer *)tokenizer;
    lede_lexeme lexeme;

    batch->count = 0;
    t->used = 0;
    cut_run(t, batch);
    while (batch->count + COMPOUND_TOKENS <= LEDE_TOKENS_MAX &&
           t->at < t->lexer.len) {
        if (t->words & LEDE_WORDS_PLAIN)
            take_segment(t, batch);
        else if (lede_lexeme_take(&t->lexer, &t->at, t->lexer.len, &lexeme))
            add_lexeme(t, batch, &lexeme);
    }
    t->base.invalid_bytes = t->lexer.invalid_bytes;
    return batch->count > 0;
}
