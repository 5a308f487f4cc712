#include "support/automata.h"

#include <check.h>
#include <string.h>

static uint64_t seed;

void automata_start(void)
{
    seed = 20200103;
}

uint64_t automata_seed(void)
{
    return seed;
}

uint32_t automata_below(uint32_t bound)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((seed >> 33) % bound);
}

size_t automata_compose(char *out, const char *const *parts, uint32_t kinds,
                        uint32_t most)
{
    size_t len = 0;

    for (uint32_t n = automata_below(most + 1); n > 0; n--) {
        const char *part = parts[automata_below(kinds)];

        memcpy(out + len, part, strlen(part));
        len += strlen(part);
    }
    out[len] = '\0';
    return len;
}

uint32_t automata_distance(lede_dfa *dfa, lede_bytes bytes)
{
    return lede_dfa_accept(dfa, lede_dfa_run(dfa, dfa->start, bytes));
}

bool automata_accept(lede_dfa *dfa, const char *text)
{
    return automata_distance(dfa, lede_bytes_of_text(text)) != LEDE_DFA_REJECT;
}

lede_dfa *automata_wildcard(const char *pattern)
{
    lede_dfa *dfa = NULL;

    ck_assert_int_eq(lede_dfa_new_wildcard(&dfa, lede_bytes_of_text(pattern),
                                           AUTOMATA_STATES, NULL),
                     LEDE_OK);
    return dfa;
}

lede_dfa *automata_regex(const char *pattern)
{
    lede_dfa *dfa = NULL;
    size_t bad = 0;
    const char *why = "";

    ck_assert_msg(lede_dfa_new_regex(&dfa, lede_bytes_of_text(pattern),
                                     AUTOMATA_STATES, &bad, &why,
                                     NULL) == LEDE_OK,
                  "%s: %zu %s", pattern, bad, why);
    return dfa;
}

lede_dfa *automata_fuzzy(const char *word, uint32_t edits, uint32_t prefix)
{
    lede_dfa *dfa = NULL;

    ck_assert_int_eq(lede_dfa_new_fuzzy(&dfa, lede_bytes_of_text(word), edits,
                                        prefix, AUTOMATA_STATES, NULL),
                     LEDE_OK);
    return dfa;
}
