/*
 * support/witness.h - what threads see, asserted by the main one.
 *
 *     witness(total == 1);                    in any thread
 *     witness_assert();                       when they have been joined
 *
 * Only the main thread of a test may assert; the others count, and remember
 * where the first was that did not hold.
 */
#ifndef SUPPORT_WITNESS_H
#define SUPPORT_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#define witness(holds) witness_at((holds), #holds, __LINE__)

void witness_at(bool holds, const char *what, int line);
uint64_t witness_failures(void);
void witness_assert(void);

#endif
