#include "support/chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

chance chance_from(const char *name, uint64_t seed)
{
    const char *given = getenv("LEDE_SEED");
    chance c;

    if (given)
        seed = strtoull(given, NULL, 10);
    printf("%s: LEDE_SEED=%llu\n", name, (unsigned long long)seed);
    c.state = seed;
    for (; *name; name++)
        c.state = c.state * 31 + (unsigned char)*name;
    return c;
}

uint64_t chance_of_today(void)
{
    return (uint64_t)time(NULL) / 86400;
}

/* SplitMix64 (Steele, Lea & Flood, OOPSLA 2014). */
uint64_t chance_next(chance *c)
{
    uint64_t z = c->state += 0x9E3779B97F4A7C15U;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

uint32_t chance_below(chance *c, uint32_t n)
{
    return n ? (uint32_t)((chance_next(c) >> 32) * n >> 32) : 0;
}

bool chance_one_in(chance *c, uint32_t n)
{
    return chance_below(c, n) == 0;
}

double chance_unit(chance *c)
{
    return (double)(chance_next(c) >> 11) * 0x1p-53;
}
