/*
 * support/automata.h - automata of short texts, and what they accept.
 *
 *     automata_start();                   the same random numbers every time
 *     dfa = automata_fuzzy("word", 1, 0);
 *     ck_assert(automata_accept(dfa, "ward"));
 *     lede_dfa_free(dfa);
 *
 * Fails the test where one cannot be made.
 */
#ifndef LEDE_TESTS_AUTOMATA_H
#define LEDE_TESTS_AUTOMATA_H

#include "query/dfa.h"

#define AUTOMATA_STATES 10000

void automata_start(void);
uint64_t automata_seed(void);            /* of what comes next, for messages */
uint32_t automata_below(uint32_t bound); /* 0 to bound - 1 */

/* Some of the parts, fewer than `most`, one after another; returns the length. */
size_t automata_compose(char *out, const char *const *parts, uint32_t kinds,
                        uint32_t most);

lede_dfa *automata_wildcard(const char *pattern);
lede_dfa *automata_regex(const char *pattern);
lede_dfa *automata_fuzzy(const char *word, uint32_t edits, uint32_t prefix);

/* LEDE_DFA_REJECT, or what it is accepted with. */
uint32_t automata_distance(lede_dfa *dfa, lede_bytes bytes);
bool automata_accept(lede_dfa *dfa, const char *text);

#endif
