/*
 * engine/address.h - which engine an address means.
 *
 *     news.lede  ./a:b  memory:  xapian:DIR  xapian+tcp://HOST:PORT  shards:FILE
 *
 * What stands before the first colon is a scheme if it matches [a-z][a-z0-9+]+;
 * everything else is a path.
 */
#ifndef LEDE_ENGINE_ADDRESS_H
#define LEDE_ENGINE_ADDRESS_H

#include "base/bytes.h"

#define LEDE_SCHEME_MAX 32

typedef struct lede_address {
    char scheme[LEDE_SCHEME_MAX + 1]; /* "" for a path */
    const char *rest; /* the path, or what follows the colon; without // */
} lede_address;

/* Splits a terminated address, borrowed. A scheme too long to be one is a
 * path. */
lede_address lede_address_split(const char *text);

/* Whether `name` is among `list`, words separated by single spaces. */
bool lede_scheme_in(const char *list, const char *name);

#endif
