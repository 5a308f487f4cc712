/*
 * query/literal.c - automata of what is written out: bytes, words, beginnings.
 */
#include "query/dfa.h"
#include "query/nfa.h"

lede_status lede_dfa_new_bytes(lede_dfa **out, lede_bytes bytes, bool prefix,
                               const lede_allocator *allocator)
{
    lede_nfa nfa;
    uint32_t end;

    lede_nfa_init(&nfa, allocator);
    end = prefix ? lede_nfa_open_end(&nfa) : lede_nfa_plain_end(&nfa);
    return lede_nfa_determine(out, &nfa, lede_nfa_bytes(&nfa, bytes, end),
                              UINT32_MAX);
}

lede_status lede_dfa_new_word(lede_dfa **out, lede_bytes word, bool prefix,
                              const lede_allocator *allocator)
{
    lede_nfa nfa;
    uint32_t end;

    lede_nfa_init(&nfa, allocator);
    end = prefix ? lede_nfa_open_end(&nfa) : lede_nfa_word_end(&nfa, 0);
    return lede_nfa_determine(out, &nfa, lede_nfa_bytes(&nfa, word, end),
                              UINT32_MAX);
}
