/*
 * Automata of any pattern on any text: wildcards and distances as the tables of
 * the textbook have them, dead states stay dead, and a seek passes by nothing
 * that is accepted.
 *
 *     kind  setting  pattern length  text length  pattern  text  other text
 */
#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "query/dfa.h"
#include "query/regex.h"
#include "text/token.h"

#define STATES 2000U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lede_dfa *make(uint8_t kind, uint8_t setting, lede_bytes pattern)
{
    lede_dfa *dfa = NULL;
    size_t bad = 0;
    const char *why = NULL;
    lede_status status;

    switch (kind) {
    case 0:
        status = lede_dfa_new_word(&dfa, pattern, setting & 1, NULL);
        break;
    case 1:
        status = lede_dfa_new_wildcard(&dfa, pattern, STATES, NULL);
        break;
    case 2:
        status = lede_dfa_new_regex(&dfa, pattern, STATES, &bad, &why, NULL);
        if (status == LEDE_ERR_INVALID)
            assert(bad <= pattern.len && why);
        assert((status == LEDE_ERR_INVALID) ==
               (lede_regex_check(pattern, &bad, &why) != LEDE_OK));
        break;
    default:
        status = lede_dfa_new_fuzzy(&dfa, pattern, setting % 3U,
                                    setting / 3U % 4U, STATES, NULL);
        break;
    }
    assert(status == LEDE_OK || status == LEDE_ERR_LIMIT ||
           (kind == 2 && status == LEDE_ERR_INVALID));
    assert((status == LEDE_OK) == (dfa != NULL));
    return dfa;
}

static bool accepts(lede_dfa *dfa, lede_bytes text)
{
    return lede_dfa_accept(dfa, lede_dfa_run(dfa, dfa->start, text)) !=
           LEDE_DFA_REJECT;
}

/* Where matches of the pattern up to a part of it end in the text. */
static bool wildcard_matches(lede_bytes pattern, lede_bytes text)
{
    bool at[257] = { true }, next[257];

    for (size_t p = 0; p < pattern.len; p++) {
        uint8_t byte = pattern.at[p];
        bool star = byte == '*', question = byte == '?';

        if (byte == '\\' && p + 1 < pattern.len)
            byte = pattern.at[++p];
        memset(next, 0, sizeof next);
        for (size_t t = 0; t <= text.len; t++) {
            uint32_t c = 0;
            size_t len =
                lede_utf8_take((const char *)text.at + t, text.len - t, &c);

            if (star)
                next[t] |= at[t] || (t > 0 && next[t - 1]);
            else if (at[t] && question && len && c != LEDE_UTF8_BAD)
                next[t + len] = true;
            else if (at[t] && !question && t < text.len && text.at[t] == byte)
                next[t + 1] = true;
        }
        memcpy(at, next, sizeof at);
    }
    return at[text.len];
}

static size_t chars_of(uint32_t *out, lede_bytes text)
{
    size_t count = 0;

    for (size_t at = 0; at < text.len; count++)
        at += lede_utf8_take((const char *)text.at + at, text.len - at,
                             &out[count]);
    return count;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t edits_between(const uint32_t *x, size_t n, const uint32_t *y,
                              size_t m)
{
    static uint32_t d[257][257];

    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            d[i][j] = (uint32_t)(i + j);
            if (i == 0 || j == 0)
                continue;
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (x[i - 1] != y[j - 1]));
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

static void check_fuzzy(lede_dfa *dfa, uint8_t setting, lede_bytes word,
                        lede_bytes text)
{
    uint32_t x[256], y[256], wanted, prefix = setting / 3U % 4U;
    size_t n = chars_of(x, word), m = chars_of(y, text);

    wanted = edits_between(x, n, y, m);
    for (size_t i = 0; i < prefix && (i < n || i < m); i++)
        if (i >= n || i >= m || x[i] != y[i])
            wanted = LEDE_DFA_REJECT;
    if (wanted > setting % 3U)
        wanted = LEDE_DFA_REJECT;
    if (dfa->status == LEDE_OK)
        assert(lede_dfa_accept(dfa, lede_dfa_run(dfa, dfa->start, text)) ==
                   wanted ||
               dfa->status != LEDE_OK);
}

static void check_seek(lede_dfa *dfa, lede_bytes from, lede_bytes other)
{
    lede_buffer target;
    bool found;

    lede_buffer_init(&target, NULL);
    found = lede_dfa_seek(dfa, from, &target);
    if (found) {
        lede_bytes to = lede_buffer_bytes(&target);

        assert(lede_bytes_compare(to, from) > 0);
        assert(lede_dfa_run(dfa, dfa->start, to) != LEDE_DFA_DEAD);
        if (lede_bytes_compare(other, from) > 0 &&
            lede_bytes_compare(other, to) < 0)
            assert(!accepts(dfa, other));
    } else if (dfa->status == LEDE_OK && lede_bytes_compare(other, from) > 0) {
        assert(!accepts(dfa, other) || dfa->status != LEDE_OK);
    }
    lede_buffer_fini(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size), pattern, text;
    uint8_t kind, setting, pattern_len, text_len;
    lede_dfa *dfa;
    bool mark;

    if (!lede_take_u8(&in, &kind) || !lede_take_u8(&in, &setting) ||
        !lede_take_u8(&in, &pattern_len) || !lede_take_u8(&in, &text_len) ||
        !lede_take(&in, pattern_len, &pattern) ||
        !lede_take(&in, text_len, &text))
        return 0;
    kind %= 4;
    dfa = make(kind, setting, pattern);
    if (!dfa)
        return 0;
    /* A joined term's mark is not part of the word. */
    mark = text.len &&
           lede_term_span((const char *)text.at, (uint32_t)text.len) > 1;
    if (kind == 1 && !mark)
        assert(accepts(dfa, text) == wildcard_matches(pattern, text) ||
               dfa->status != LEDE_OK);
    if (kind == 3 && lede_utf8_valid((const char *)text.at, text.len))
        check_fuzzy(dfa, setting, pattern, text);
    if (accepts(dfa, text))
        assert(lede_dfa_step(dfa, LEDE_DFA_DEAD, 'a') == LEDE_DFA_DEAD);
    check_seek(dfa, text, in);
    lede_dfa_free(dfa);
    return 0;
}
