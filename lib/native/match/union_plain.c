/*
 * native/match/union_plain.c - loops of the union over places, for any
 * processor.
 */
#include "native/codec/rising.h"
#include "native/match/union_parts.h"

/* ---- Finding ------------------------------------------------------------ */

typedef int16_t sums8 __attribute__((vector_size(16)));
typedef int8_t bytes8 __attribute__((vector_size(8)));

static inline sums8 load8(const uint16_t *sums)
{
    sums8 eight;

    memcpy(&eight, sums, sizeof eight);
    return eight;
}

static inline uint64_t bytes_of(sums8 mask)
{
    bytes8 eight = __builtin_convertvector(mask, bytes8);
    uint64_t bytes;

    memcpy(&bytes, &eight, sizeof bytes);
    return bytes;
}

/* Of eight places from one on those whose byte is not 0, the first in the low
 * bits. */
static inline uint32_t put_places(uint16_t *places, uint32_t count, uint32_t at,
                                  uint64_t bytes)
{
    for (bytes &= 0x0101010101010101; bytes; bytes &= bytes - 1)
        places[count++] = (uint16_t)(at + (uint32_t)__builtin_ctzll(bytes) / 8);
    return count;
}

/* Most sums are less: sixteen of them are looked at together. */
static uint32_t find(const uint16_t *sums, uint32_t width, uint32_t below,
                     uint16_t *places)
{
    sums8 less = { 0 };
    uint32_t count = 0;

    less += (int16_t)below;
    for (uint32_t at = 0; at < width; at += 16) {
        sums8 low = load8(sums + at) > less;
        sums8 high = load8(sums + at + 8) > less;

        if (bytes_of(low | high) == 0)
            continue;
        count = put_places(places, count, at, bytes_of(low));
        count = put_places(places, count, at + 8, bytes_of(high));
    }
    return count;
}

/* ---- Scoring ------------------------------------------------------------ */

typedef float lanes __attribute__((vector_size(16)));
typedef int32_t whole __attribute__((vector_size(16)));
typedef uint16_t sums4 __attribute__((vector_size(8)));

/* Ceilings of four documents, 0 where units are 0. */
static inline whole score_four(const lede_leaf *leaf, lanes units,
                               const uint8_t *floors)
{
    const float *normals = leaf->normals->at;
    lanes normal = { normals[floors[0]], normals[floors[1]], normals[floors[2]],
                     normals[floors[3]] };
    lanes tf = units * leaf->tf;
    whole some = units > 0;

    /* Where there are none, 1 spares a division of 0 by 0. */
    normal += __builtin_convertvector(1 + some, lanes);
    return (1 + __builtin_convertvector(leaf->weight * (tf / (tf + normal)),
                                        whole)) &
           some;
}

static uint32_t score(const lede_leaf *leaf, const float *units,
                      const uint8_t *floors, uint32_t width, uint16_t *sums)
{
    uint32_t at = 0;

    for (; at + 4 <= width; at += 4) {
        lanes four;
        sums4 sum;
        whole high;

        memcpy(&four, units + at, sizeof four);
        memcpy(&sum, sums + at, sizeof sum);
        high = four >= 0x1p24F;
        if (high[0] | high[1] | high[2] | high[3])
            break;
        sum +=
            __builtin_convertvector(score_four(leaf, four, floors + at), sums4);
        memcpy(sums + at, &sum, sizeof sum);
    }
    return at;
}

/* ---- Asking ------------------------------------------------------------- */

/* No search begins where the last one ended, so that several are on their
 * way. */
static uint32_t ask(const lede_union_search *s, lede_union_asked asked,
                    const lede_postings *p, uint32_t *next, uint32_t kept)
{
    const uint32_t from = s->from, count = s->candidate_count;
    uint16_t *candidates = s->candidates;
    uint32_t i = *next;

    for (; i < count && candidates[i] <= asked.last; i++) {
        uint32_t at = candidates[i], found, times;

        if (!lede_union_asked_wants(&asked, at))
            continue;
        found = lede_rising_from(p->docs, p->n, from + at);
        times = p->docs[found] == from + at ? p->frequencies[found] : 0;
        candidates[kept] = (uint16_t)at;
        kept += lede_union_asked_keeps(&asked, at, times);
    }
    *next = i;
    return kept;
}

const lede_union_loops lede_union_plain = { find, score, ask };
