/*
 * support/chance.h - random numbers that can be had again.
 *
 *     chance c = chance_from("near", 1);     LEDE_SEED=n replaces the 1
 *     if (chance_below(&c, 10) == 0)
 *         ...
 *
 * chance_from prints the seed, so that a failure can be repeated.
 */
#ifndef LEDE_TESTS_CHANCE_H
#define LEDE_TESTS_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct chance {
    uint64_t state;
} chance;

/* A stream of its own for each name and seed. */
chance chance_from(const char *name, uint64_t seed);

/* A seed for each day. */
uint64_t chance_of_today(void);

uint64_t chance_next(chance *c);
uint32_t chance_below(chance *c, uint32_t n); /* 0 to n - 1; 0 for n = 0 */
bool chance_one_in(chance *c, uint32_t n);
double chance_unit(chance *c); /* 0 to below 1 */

#endif
