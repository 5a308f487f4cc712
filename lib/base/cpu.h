/*
 * base/cpu.h - what the processor offers.
 *
 * Threads   Frozen. Nothing is remembered: the compiler's own record is asked.
 */
#ifndef LEDE_BASE_CPU_H
#define LEDE_BASE_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* Ways to compute on many bytes at once. */
typedef enum lede_simd {
    LEDE_SIMD_NONE, /* plain C, everywhere */
    LEDE_SIMD_SSE2,
    LEDE_SIMD_AVX2, /* and what came with it: BMI, BMI2, POPCNT */
    LEDE_SIMD_NEON,
    LEDE_SIMD_COUNT
} lede_simd;

/* Whether there is AVX2, without a call: for what is asked block after block.
 */
static inline bool lede_cpu_has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

/* Whether this build has the instructions and this processor runs them. */
bool lede_cpu_has(lede_simd simd);

/* The widest there is. */
lede_simd lede_cpu_simd(void);

/* Processors this process may use at once; at least 1. */
uint32_t lede_cpu_count(void);

#endif
