/*
 * base/cpu.h - what the processor offers.
 */
#ifndef LEDE_BASE_CPU_H
#define LEDE_BASE_CPU_H

#include <stdint.h>

/* Processors this process may use at once; at least 1. */
uint32_t lede_cpu_count(void);

#endif
