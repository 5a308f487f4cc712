/*
 * query/wildcard.c - automata of `*`, `?` and `\`.
 */
#include "base/utf8.h"
#include "query/dfa.h"
#include "query/nfa.h"

lede_status lede_dfa_new_wildcard(lede_dfa **out, lede_bytes pattern,
                                  uint32_t max_states,
                                  const lede_allocator *allocator)
{
    lede_nfa nfa;
    uint32_t start, at;
    bool loops = false;

    lede_nfa_init(&nfa, allocator);
    start = at = lede_nfa_state_new(&nfa);
    for (size_t i = 0; i < pattern.len; i++) {
        uint8_t byte = pattern.at[i];
        uint32_t next;

        if (byte == '*') {
            if (!loops)
                lede_nfa_move(&nfa, at, 0, UINT8_MAX, at);
            loops = true;
            continue;
        }
        next = lede_nfa_state_new(&nfa);
        if (byte == '?') {
            lede_nfa_free_move(&nfa, at, lede_nfa_any(&nfa, next));
        } else {
            if (byte == '\\' && i + 1 < pattern.len)
                byte = pattern.at[++i];
            lede_nfa_move(&nfa, at, byte, byte, next);
        }
        at = next;
        loops = false;
    }
    lede_nfa_free_move(&nfa, at, lede_nfa_word_end(&nfa, 0));
    return lede_nfa_determine(out, &nfa, start, max_states);
}
