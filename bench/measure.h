/*
 * measure.h - clocks, and the middle of several measurements.
 *
 *     double begin = measure_ns(CLOCK_THREAD_CPUTIME_ID);
 *     ...
 *     runs[i] = measure_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
 *     measure_median(runs, RUNS)
 *
 * Time of the processor is what others beside do not change.
 */
#ifndef LEDE_BENCH_MEASURE_H
#define LEDE_BENCH_MEASURE_H

#include <stddef.h>
#include <time.h>

double measure_ns(clockid_t clock);

/* Of at least one; puts them in order. */
double measure_median(double *values, size_t count);

#endif
