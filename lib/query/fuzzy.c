/*
 * query/fuzzy.c - automata of all words near one.
 *
 * A grid of states: i characters of the word are read, e edits made. From
 * there the next character of the word leads to i + 1; the one after it to
 * i + 2, e + 1 (one left out); any character to e + 1 (inserted) and to
 * i + 1, e + 1 (changed); the next two, swapped, to i + 2, e + 1. This is the
 * optimal string alignment distance: no letter is edited twice. Within the
 * prefix that must be the same there is only the first way.
 */
#include "base/utf8.h"
#include "query/dfa.h"
#include "query/nfa.h"

/* Words of more characters than any term has bytes are far from all. */
#define CHARS_MAX 1024U

#define EDITS_MAX 2U

typedef struct fuzzy_word {
    lede_nfa *nfa;
    lede_bytes chars[CHARS_MAX + 1];
    uint32_t count;
    uint32_t edits;
    uint32_t prefix;
    uint32_t ends[EDITS_MAX + 1];
    /* Of each state of the grid: one that reads any character and then is
     * there; 0: not drawn yet. */
    uint32_t *any;
} fuzzy_word;

/* What is not UTF-8 becomes a character of no bytes, which no text has: side by
 * side two such bytes could otherwise be read as one character that the word
 * does not hold. */
static bool cut_chars(fuzzy_word *word, lede_bytes text)
{
    while (text.len) {
        uint32_t c;
        size_t len = lede_utf8_take((const char *)text.at, text.len, &c);
        lede_bytes *next = &word->chars[word->count];

        if (word->count == CHARS_MAX)
            return false;
        (void)lede_take(&text, len, next);
        if (c == LEDE_UTF8_BAD)
            next->len = 0;
        word->count++;
    }
    return true;
}

static uint32_t grid_state(const fuzzy_word *word, uint32_t i, uint32_t e)
{
    return 1 + i * (word->edits + 1) + e;
}

/* Any character from `at` to a state of the grid. */
static void draw_any(fuzzy_word *word, uint32_t at, uint32_t to)
{
    if (!word->any[to])
        word->any[to] = lede_nfa_any(word->nfa, to);
    lede_nfa_moves_of(word->nfa, at, word->any[to]);
}

/* The next two characters, swapped. */
static void draw_swap(fuzzy_word *word, uint32_t i, uint32_t e)
{
    uint32_t to, at = grid_state(word, i, e);

    if (i + 1 >= word->count || word->chars[i].len == 0 ||
        word->chars[i + 1].len == 0 ||
        lede_bytes_equal(word->chars[i], word->chars[i + 1]))
        return;
    to = lede_nfa_bytes(word->nfa, word->chars[i],
                        grid_state(word, i + 2, e + 1));
    lede_nfa_moves_of(word->nfa, at,
                      lede_nfa_bytes(word->nfa, word->chars[i + 1], to));
}

/* Leaving out characters is a move only together with what is read after it,
 * the next character or the end: a state that only leaves out would be dropped
 * as needless beside the one it came from. */
static void draw_omissions(fuzzy_word *word, uint32_t i, uint32_t e)
{
    lede_nfa *nfa = word->nfa;
    uint32_t at = grid_state(word, i, e);

    for (uint32_t out = 0; e + out <= word->edits; out++) {
        if (i + out == word->count) {
            lede_nfa_free_move(nfa, at, word->ends[e + out]);
            break;
        }
        if (word->chars[i + out].len > 0)
            lede_nfa_moves_of(
                nfa, at,
                lede_nfa_bytes(nfa, word->chars[i + out],
                               grid_state(word, i + out + 1, e + out)));
        if (i < word->prefix)
            break;
    }
}

static void draw_state(fuzzy_word *word, uint32_t i, uint32_t e)
{
    uint32_t at = grid_state(word, i, e);

    draw_omissions(word, i, e);
    if (i < word->prefix || e == word->edits)
        return;
    draw_any(word, at, grid_state(word, i, e + 1));
    if (i == word->count)
        return;
    draw_any(word, at, grid_state(word, i + 1, e + 1));
    draw_swap(word, i, e);
}

/* Cuts the word and lays out its grid. */
static fuzzy_word *new_word(lede_nfa *nfa, lede_bytes text, uint32_t edits)
{
    fuzzy_word *word = lede_arena_zero(nfa->arena, sizeof *word);

    if (!word)
        return NULL;
    word->nfa = nfa;
    word->edits = edits;
    if (edits > EDITS_MAX)
        nfa->status = LEDE_ERR_INVALID;
    else if (!cut_chars(word, text))
        nfa->status = LEDE_ERR_LIMIT;
    nfa->levels = edits + 1;
    nfa->grid = (word->count + 1) * nfa->levels;
    for (uint32_t n = 0; n < nfa->grid; n++)
        (void)lede_nfa_state_new(nfa);
    word->any = lede_arena_array(nfa->arena, nfa->grid + 1, sizeof *word->any);
    return word->any ? word : NULL;
}

lede_status lede_dfa_new_fuzzy(lede_dfa **out, lede_bytes word, uint32_t edits,
                               uint32_t prefix, uint32_t max_states,
                               const lede_allocator *allocator)
{
    lede_nfa nfa;
    fuzzy_word *w;

    lede_nfa_init(&nfa, allocator);
    if (nfa.status != LEDE_OK)
        return lede_nfa_determine(out, &nfa, 0, max_states);
    w = new_word(&nfa, word, edits);
    if (!w) {
        nfa.status = LEDE_ERR_NOMEM;
        return lede_nfa_determine(out, &nfa, 0, max_states);
    }
    w->prefix = prefix;
    for (uint32_t e = 0; e <= edits && nfa.status == LEDE_OK; e++)
        w->ends[e] = lede_nfa_word_end(&nfa, e);
    for (uint32_t i = 0; i <= w->count; i++)
        for (uint32_t e = 0; e <= edits && nfa.status == LEDE_OK; e++)
            draw_state(w, i, e);
    return lede_nfa_determine(out, &nfa, grid_state(w, 0, 0), max_states);
}
