#include "base/cpu.h"

#include <unistd.h>

bool lede_cpu_has(lede_simd simd)
{
#if defined(__x86_64__)
    if (simd == LEDE_SIMD_AVX2) {
        __builtin_cpu_init();
        return lede_cpu_has_avx2();
    }
    return simd == LEDE_SIMD_NONE || simd == LEDE_SIMD_SSE2;
#elif defined(__aarch64__)
    return simd == LEDE_SIMD_NONE || simd == LEDE_SIMD_NEON;
#else
    return simd == LEDE_SIMD_NONE;
#endif
}

lede_simd lede_cpu_simd(void)
{
    int simd = LEDE_SIMD_COUNT - 1;

    while (!lede_cpu_has((lede_simd)simd))
        simd--;
    return (lede_simd)simd;
}

uint32_t lede_cpu_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (uint32_t)count : 1;
}
