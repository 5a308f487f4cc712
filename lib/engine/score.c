#include "engine/score.h"

#include <math.h>
#include <string.h>

/* Points of one search stay below 2^31. */
#define POINTS_BITS 31
#define POINTS_MAX  (((uint32_t)1 << POINTS_BITS) - 1)

/* `weights` was added up in some order with a rounding in each step: this much
 * more is above the true sum for up to 2^22 leaves. */
#define ROUNDING (1 + 0x1p-30)

#define FACTOR_BITS 24

uint64_t lede_score_documents(uint64_t sum, uint64_t most)
{
    uint64_t others = sum - most;

    return most + others - others / 4;
}

double lede_score_idf(uint64_t n, uint64_t df)
{
    double held = (double)(df < n ? df : n);

    return log(1 + ((double)n - held + 0.5) / (held + 0.5));
}

int32_t lede_score_scale(double weights)
{
    int exponent;

    if (!(weights > 0) || !isfinite(weights * ROUNDING))
        return 0;
    (void)frexp(weights * ROUNDING, &exponent);
    return POINTS_BITS - exponent;
}

/* As ldexp: exact, but for what is below all that a number can be, and far
 * below one point. */
static double scaled(double score, int32_t scale)
{
    const int32_t most = 1023;
    uint64_t bits;
    double power;

    if (scale < -most + 1 || scale > most)
        return ldexp(score, scale);
    bits = (uint64_t)(scale + most) << 52;
    memcpy(&power, &bits, sizeof power);
    return score * power;
}

static uint32_t points_of(double score, int32_t scale)
{
    double points = scaled(score, scale);

    if (!(points >= 1))
        return 0;
    return points < (double)POINTS_MAX ? (uint32_t)points : POINTS_MAX;
}

uint32_t lede_score_points(const lede_score_rule *rule,
                           const lede_plan_score *score, uint64_t tf,
                           uint64_t length)
{
    double factor = 1, seldom;

    if (tf == 0)
        return 0;
    if (score->average_length > 0)
        factor = (1 - rule->b) +
                 rule->b * (((double)length / 256) / score->average_length);
    seldom = rule->k1 * factor / ((double)tf / LEDE_WEIGHT_ONE);
    return points_of(score->weight / (1 + seldom), rule->scale);
}

uint32_t lede_score_constant(const lede_score_rule *rule, double weight)
{
    return points_of(weight, rule->scale);
}

uint32_t lede_score_best(uint32_t best, uint64_t sum, uint32_t tie)
{
    uint64_t others = sum > best ? sum - best : 0;
    uint64_t part = (others >> 8) * tie + (((others & 255) * tie) >> 8);

    return part < POINTS_MAX - best ? best + (uint32_t)part : POINTS_MAX;
}

/* 2^-x for x from 0 to below 1, by the series of e^(-x ln 2). The C library's
 * exp2 may differ in the last bit from machine to machine; this does not. */
static double two_to_minus(double x)
{
    double at = -x * 0.693147180559945309417, sum = 1;

    for (int i = 18; i > 0; i--)
        sum = 1 + sum * at / i;
    return sum;
}

static double decay(uint64_t age, double half_life_seconds)
{
    double halves = (double)age / half_life_seconds;
    double whole = floor(halves);

    return whole < 64 ? ldexp(two_to_minus(halves - whole), -(int)whole) : 0;
}

uint32_t lede_score_recency(const lede_recency *recency, uint32_t points,
                            bool dated, int64_t date)
{
    uint64_t age = 0;
    double fresh = 0, factor;

    if (recency->field == LEDE_NO_FIELD)
        return points;
    if (dated) {
        if (date < recency->now_seconds)
            age = (uint64_t)recency->now_seconds - (uint64_t)date;
        fresh = decay(age, recency->half_life_seconds);
    }
    factor = floor(ldexp(1 - recency->weight * (1 - fresh), FACTOR_BITS));
    return (uint32_t)(((uint64_t)points * (uint64_t)factor) >> FACTOR_BITS);
}

double lede_score_of(const lede_score_rule *rule, uint32_t points)
{
    return scaled((double)points, -rule->scale);
}
