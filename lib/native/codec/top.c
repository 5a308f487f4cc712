#include "native/codec/top.h"

/* More than that counts as most. */
#define FREQUENCY_MAX UINT16_MAX

static uint64_t least_one(uint32_t usual)
{
    return usual ? usual : 1;
}

/* In tenths, times the usual length, all numbers are whole. */
uint8_t lede_top_of(uint32_t frequency, uint64_t length, uint32_t usual)
{
    uint64_t of = least_one(usual), f, c;

    if (frequency > FREQUENCY_MAX)
        return LEDE_TOP_MOST;
    if (length > UINT32_MAX)
        length = UINT32_MAX;
    f = 10 * of * frequency;
    c = 3 * of + 9 * length;
    return (uint8_t)((LEDE_TOP_MOST * f + f + c - 1) / (f + c));
}

uint8_t lede_top_of_hull(const lede_hull *hull, uint32_t usual)
{
    uint8_t most = 0;

    for (uint64_t used = hull->used; used; used &= used - 1) {
        uint32_t f = (uint32_t)__builtin_ctzll(used);
        uint8_t top = lede_top_of(f, hull->least[f], usual);

        most = top > most ? top : most;
    }
    for (uint32_t i = 0; i < hull->high_count; i++) {
        uint8_t top = lede_top_of(hull->high[i], hull->high_least[i], usual);

        most = top > most ? top : most;
    }
    return most;
}

uint8_t lede_top_moved(uint8_t top, uint32_t from, uint32_t to)
{
    uint64_t more = least_one(to) * top;
    uint64_t sum = more + least_one(from) * (LEDE_TOP_MOST - top);

    if (to <= from)
        return top;
    return (uint8_t)((LEDE_TOP_MOST * more + sum - 1) / sum);
}
