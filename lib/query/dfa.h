/*
 * query/dfa.h - which terms a pattern accepts, byte by byte.
 *
 *     lede_dfa_new_fuzzy(&dfa, word, 2, 1, max_states, alloc);
 *     state = lede_dfa_step(dfa, dfa->start, byte);   LEDE_DFA_DEAD: none
 *     if (lede_dfa_accept(dfa, state) != LEDE_DFA_REJECT) ...
 *     lede_dfa_free(dfa);
 *
 * All patterns are one thing to a dictionary: a deterministic automaton over
 * the bytes of UTF-8, with a dead state from which nothing is accepted, so that
 * a walk over sorted terms can jump:
 *
 *     while (rejects(dfa, term) && lede_dfa_seek(dfa, term, &target))
 *         term = first_at_or_above(terms, target);
 *
 * States are made when first reached; a step between known ones is a look into
 * a table. What stands for one character in a pattern matches one character of
 * valid UTF-8; other bytes are matched by themselves, by `*` of wildcards and
 * by what is behind a prefix.
 *
 * Errors    Beyond max_states, or out of memory, every step is dead and
 *           `status` says LIMIT or NOMEM; look after the walk.
 * Threads   Confined: steps make states.
 */
#ifndef LEDE_QUERY_DFA_H
#define LEDE_QUERY_DFA_H

#include "base/buffer.h"
#include "lede/alloc.h"
#include "lede/status.h"

#define LEDE_DFA_DEAD   0U
#define LEDE_DFA_REJECT UINT32_MAX

typedef struct lede_dfa {
    uint32_t start;
    lede_status status;
} lede_dfa;

/* Each fails with NOMEM or LIMIT; `allocator` outlives the automaton. Terms
 * that end in a joined mark (text/token.h) are accepted as the word before it
 * is, by all but lede_dfa_new_bytes. */

/* The bytes themselves, or all that begins with them. */
lede_status lede_dfa_new_bytes(lede_dfa **out, lede_bytes bytes, bool prefix,
                               const lede_allocator *allocator);

/* A word and the joined terms of it, or with `prefix` all that begins so. */
lede_status lede_dfa_new_word(lede_dfa **out, lede_bytes word, bool prefix,
                              const lede_allocator *allocator);

/* lede_query_wildcard's patterns: `*`, `?`, `\`. */
lede_status lede_dfa_new_wildcard(lede_dfa **out, lede_bytes pattern,
                                  uint32_t max_states,
                                  const lede_allocator *allocator);

/* lede_query_regex's. LEDE_ERR_INVALID for a pattern that is none; *bad is
 * then the byte where it fails and *why a static sentence. */
lede_status lede_dfa_new_regex(lede_dfa **out, lede_bytes pattern,
                               uint32_t max_states, size_t *bad,
                               const char **why,
                               const lede_allocator *allocator);

/* Words within `edits` (0 to 2) of `word`, swaps of neighbours counted as one,
 * with the same first `prefix` characters. Accepts with the edits. Bytes of the
 * word that are not UTF-8 are characters that no term has. */
lede_status lede_dfa_new_fuzzy(lede_dfa **out, lede_bytes word, uint32_t edits,
                               uint32_t prefix, uint32_t max_states,
                               const lede_allocator *allocator);
void lede_dfa_free(lede_dfa *dfa);

uint32_t lede_dfa_step(lede_dfa *dfa, uint32_t state, uint8_t byte);

/* LEDE_DFA_REJECT, or a distance: 0, for fuzzy the edits. */
uint32_t lede_dfa_accept(lede_dfa *dfa, uint32_t state);

/* The state after all bytes; stops at LEDE_DFA_DEAD. */
uint32_t lede_dfa_run(lede_dfa *dfa, uint32_t state, lede_bytes bytes);

/*
 * Writes over `out` the smallest string above `after` that may be accepted:
 * nothing between the two is. It need not be accepted itself, but its first
 * bytes are those of something that is. False if nothing above `after` is
 * accepted, or out->status or dfa->status fails.
 */
bool lede_dfa_seek(lede_dfa *dfa, lede_bytes after, lede_buffer *out);

#endif
