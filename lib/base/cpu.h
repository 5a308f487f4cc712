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
    LEDE_SIMD_AVX2,
    LEDE_SIMD_NEON,
    LEDE_SIMD_COUNT
} lede_simd;

/* Whether this build has the instructions and this processor runs them. */
bool lede_cpu_has(lede_simd simd);

/* The widest there is. */
lede_simd lede_cpu_simd(void);

/* Processors this process may use at once; at least 1. */
uint32_t lede_cpu_count(void);

#endif
