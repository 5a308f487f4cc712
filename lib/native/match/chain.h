/*
 * native/match/chain.h - the best documents that hold a phrase, where each word
 * is one list.
 *
 *     if (lede_chain_fits(sieve))
 *         status = lede_chain_find(sieve, sink);
 *
 * A document can have no more of a phrase than its least frequent word lets it:
 * so of each list a block is passed unread whose top (native/codec/top.h) is not
 * enough, whatever the others hold there. The blocks of the rarest word are
 * weighed as a whole, which leaves few documents; those of the others are read
 * where one of these may be, and positions of what all of them hold often
 * enough.
 *
 * Errors    As native/match/finder.h.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_CHAIN_H
#define LEDE_NATIVE_MATCH_CHAIN_H

#include "native/match/sieve.h"
#include "native/match/sink.h"

/* Whether a sieve that was begun is about a phrase and nothing else, of words
 * with a list each, and has bounds that are close. */
bool lede_chain_fits(const lede_sieve *sieve);

/* Gives the sink what it needs; the sieve serves for nothing else then. */
lede_status lede_chain_find(lede_sieve *sieve, lede_sink *sink);

#endif
