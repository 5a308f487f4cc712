#include "base/cpu.h"

#include <unistd.h>

uint32_t lede_cpu_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (uint32_t)count : 1;
}
