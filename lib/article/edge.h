/*
 * article/edge.h - where a text may be cut: between sentences, words, or at
 * least what people see as characters.
 *
 * Text is any bytes; places are bytes of it, from 0 to its length. Edges are
 * guesses by plain rules, but no edge ever lies inside a character or a
 * grapheme cluster.
 */
#ifndef LEDE_ARTICLE_EDGE_H
#define LEDE_ARTICLE_EDGE_H

#include "base/bytes.h"

/* Whether a character is White_Space, by Unicode. */
bool lede_edge_is_space(uint32_t c);

/* The first place from `at` on, or the last up to it, with no space before the
 * next, or after the last, character. */
size_t lede_edge_skip_spaces(lede_bytes text, size_t at);
size_t lede_edge_trim_spaces(lede_bytes text, size_t at);

/* The last edge of a cluster at or before `at`. */
size_t lede_edge_cluster(lede_bytes text, size_t at);

/* The first place in [from, to] where a word begins, or the last one where a
 * word has ended; within scripts that are written without spaces, any edge of a
 * cluster. `to` (or `from`) if there is none. */
size_t lede_edge_word_begin(lede_bytes text, size_t from, size_t to);
size_t lede_edge_word_end(lede_bytes text, size_t from, size_t to);

/* Whether a sentence begins (or has ended) exactly at a place. */
bool lede_edge_is_sentence_begin(lede_bytes text, size_t at);
bool lede_edge_is_sentence_end(lede_bytes text, size_t at);

#endif
