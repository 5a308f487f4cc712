#include "native/match/ceiling.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* What all ceilings add up to, but for the 1 and the roundings of each. */
#define QUANTA 32000

/* Each ceiling takes a handful of roundings to 24 bits, and its tf is off by
 * 2^-21: this much more is above them. */
#define UPWARDS (1 + 0x1p-18)

/* Below a number rounded to 24 bits. */
#define DOWNWARDS (1 - 0x1p-22)

bool lede_quanta_init(lede_quanta *quanta, const lede_score_rule *rule,
                      double weights, uint32_t leaves)
{
    double points = ldexp(weights, rule->scale);

    if (leaves > LEDE_CEILING_LEAVES || !(points > 0) || !isfinite(points))
        return false;
    quanta->of_point = (QUANTA - 2.0 * leaves) / points;
    return isnormal(quanta->of_point);
}

uint32_t lede_quanta_needed(const lede_quanta *quanta, uint32_t points)
{
    double needed = quanta->of_point * points * (1 - 0x1p-40);

    return needed < INT16_MAX ? (uint32_t)needed : UINT16_MAX;
}

float lede_quanta_weight(const lede_quanta *quanta, const lede_score_rule *rule,
                         double weight)
{
    double quanta_of = ldexp(weight, rule->scale) * quanta->of_point * UPWARDS;

    return quanta_of > 0 ? (float)quanta_of : 0;
}

void lede_normals_fill(float normals[LEDE_LENGTH_FLOORS],
                       const lede_score_rule *rule, double average_length,
                       uint32_t most)
{
    for (uint32_t floor = 0; floor <= (most | 3); floor++) {
        double length = (double)lede_length_least(floor), factor = 1, normal;

        if (average_length > 0)
            factor = (1 - rule->b) + rule->b * (length / average_length);
        normal = rule->k1 * factor * DOWNWARDS;
        normals[floor] = normal < (double)FLT_MAX ? (float)normal : FLT_MAX;
    }
}

typedef float lanes __attribute__((vector_size(16)));
typedef int32_t whole __attribute__((vector_size(16)));
typedef uint16_t quarters __attribute__((vector_size(8)));

/* Quotients that differ by more make tops loose. */
#define RATIOS_NEAR 4

double lede_top_ratio(const lede_score_rule *rule, double average_length,
                      uint32_t share, uint32_t usual)
{
    double fixed = rule->k1, length = 0, least, most;

    if (average_length > 0) {
        fixed = rule->k1 * (1 - rule->b);
        length = rule->k1 * rule->b * (share / 256.0) / average_length;
    }
    fixed /= LEDE_TOP_FIXED;
    length *= (usual ? usual : 1) / LEDE_TOP_LENGTH;
    least = fixed < length ? fixed : length;
    most = fixed < length ? length : fixed;
    return least * RATIOS_NEAR >= most && most < (double)FLT_MAX
               ? least * DOWNWARDS
               : 0;
}

/* Numbers below 2^16. */
static inline void put_four(uint16_t *out, whole numbers)
{
    quarters four = __builtin_convertvector(numbers, quarters);

    memcpy(out, &four, sizeof four);
}

void lede_tops_fill(uint16_t ceilings[LEDE_TOP_MOST + 1], float weight,
                    float tf, double ratio)
{
    double of = ratio / (double)tf;
    /* Never 0, so that the first share, 0, is nothing of something. */
    float r = of < (double)FLT_MIN ? FLT_MIN : of < 1e30 ? (float)of : 1e30F;
    lanes share = { 0, 1, 2, 3 }, rest = { 255, 254, 253, 252 };

    for (uint32_t top = 0; top <= LEDE_TOP_MOST; top += 4) {
        whole found = 1 + __builtin_convertvector(
                              weight * (share / (share + rest * r)), whole);

        put_four(ceilings + top, found);
        share += 4;
        rest -= 4;
    }
}

/* Frequencies above what a lane holds are as good as that: no weight makes more
 * of them. */
void lede_ceilings_weigh(const lede_ceiling_rule *rule, const uint32_t *docs,
                         const uint32_t *frequencies, uint32_t n,
                         uint32_t *ceilings)
{
    const float *of = rule->normals;
    const uint8_t *floors = rule->floors;
    uint32_t fours = n & ~3U;

    for (uint32_t i = 0; i < fours; i += 4) {
        const uint32_t *at = docs + i;
        lanes normal = { of[floors[at[0]]], of[floors[at[1]]],
                         of[floors[at[2]]], of[floors[at[3]]] };
        whole times, wide, found;
        lanes tf;

        memcpy(&times, frequencies + i, sizeof times);
        wide = times >> 31;
        tf = __builtin_convertvector((times | wide) & INT32_MAX, lanes);
        tf *= rule->times;
        found = 1 + __builtin_convertvector(rule->weight * (tf / (tf + normal)),
                                            whole);
        memcpy(ceilings + i, &found, sizeof found);
    }
    for (uint32_t i = fours; i < n; i++)
        ceilings[i] =
            lede_ceiling(rule->weight, (float)frequencies[i] * rule->times,
                         of[floors[docs[i]]]);
}

static void fill_row(uint16_t *row, float weight, float times,
                     const float *normals, uint32_t least, uint32_t most)
{
    lanes tf = { 0 }, weights = { 0 };

    tf += times;
    weights += weight;
    for (uint32_t floor = least; floor <= most; floor += 4) {
        lanes normal;
        whole found;

        memcpy(&normal, normals + floor, sizeof normal);
        found =
            1 + __builtin_convertvector(weights * (tf / (tf + normal)), whole);
        put_four(row + floor, found);
    }
}

lede_ceilings *lede_ceilings_new(float weight, float tf,
                                 const float normals[LEDE_LENGTH_FLOORS],
                                 uint32_t least, uint32_t most,
                                 lede_arena *arena)
{
    uint32_t shift = most < LEDE_LENGTH_FLOORS / 2 ? 7 : 8;
    lede_ceilings *ceilings = lede_arena_alloc(
        arena, sizeof *ceilings + ((size_t)LEDE_CEILING_ROWS << shift) *
                                      sizeof ceilings->at[0]);

    if (!ceilings)
        return NULL;
    ceilings->shift = shift;
    least &= ~3U;
    for (uint32_t floor = least; floor <= most; floor++)
        ceilings->at[floor] = (uint16_t)lede_ceiling_most(weight);
    for (uint32_t row = 1; row < LEDE_CEILING_ROWS; row++)
        fill_row(ceilings->at + (row << shift), weight, (float)row * tf,
                 normals, least, most);
    return ceilings;
}
