/*
 * bench_codec - how fast blocks of numbers are read.
 *
 *     bench_codec
 *
 * For each kind of block writes TSV rows: what, bits a number, nanoseconds a
 * number as values and as rising numbers, medians of passes over 4,096 blocks
 * of 128 in cache. Positions: 128 documents of 300 words, read whole, and the
 * last of them alone.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "native/codec/block.h"
#include "native/codec/points.h"

#define BLOCKS 4096U
#define PASSES 15

static uint8_t stored[BLOCKS][LEDE_BLOCK_BYTES_MAX];
static size_t lens[BLOCKS];
static uint64_t sum;
static uint64_t state = 88172645463325252U;

static double chance(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((double)(state >> 11) + 1) / 9007199254740994.0;
}

static double nanoseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double median(double *times)
{
    qsort(times, PASSES, sizeof *times, by_value);
    return times[PASSES / 2];
}

static void must(bool sound)
{
    if (sound)
        return;
    (void)fprintf(stderr, "bench_codec: a block cannot be read\n");
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static double read_all(uint32_t n, bool rising)
{
    uint32_t out[LEDE_BLOCK_MAX];
    double times[PASSES];

    for (int pass = 0; pass < PASSES; pass++) {
        double start = nanoseconds();

        for (uint32_t b = 0; b < BLOCKS; b++) {
            lede_bytes in = lede_bytes_of(stored[b % 64], lens[b % 64]);

            must(rising ? lede_block_take_rising(&in, n, 0, out)
                        : lede_block_take(&in, n, out));
            sum += out[n - 1];
        }
        times[pass] = (nanoseconds() - start) / (BLOCKS * (double)n);
    }
    return median(times);
}

/* Geometric numbers of a mean. */
static void measure(const char *what, double mean, uint32_t n)
{
    uint32_t values[LEDE_BLOCK_MAX];
    size_t bytes = 0;

    for (uint32_t b = 0; b < 64; b++) {
        for (uint32_t i = 0; i < n; i++)
            values[i] = (uint32_t)(log(chance()) / log(mean / (mean + 1)));
        lens[b] = lede_block_write(stored[b], values, n);
        bytes += lens[b];
    }
    printf("codec_%s\t%.2f\tbits\t%.3f\tns/value\t%.3f\tns/rising\n", what,
           8.0 * (double)bytes / (64.0 * n), read_all(n, false),
           read_all(n, true));
}

static void measure_points(void)
{
    lede_points_writer writer;
    lede_buffer out;
    uint32_t at[2], count = 0;
    double whole[PASSES], last[PASSES];

    lede_buffer_init(&out, NULL);
    lede_points_writer_init(&writer, NULL);
    for (uint32_t i = 0; i < 128; i++) {
        uint32_t n = 1 + i % 2;

        at[0] = (uint32_t)(chance() * 150);
        at[1] = at[0] + 1 + (uint32_t)(chance() * 149);
        lede_points_put(&writer, 300, at, n);
        count += n;
    }
    must(lede_points_end(&writer, &out) == LEDE_OK);
    for (int pass = 0; pass < PASSES; pass++) {
        double start = nanoseconds(), middle;
        lede_points in;

        for (uint32_t b = 0; b < BLOCKS; b++) {
            lede_points_open(&in, lede_buffer_bytes(&out));
            for (uint32_t i = 0; i < 128; i++)
                must(lede_points_take(&in, 300, 1 + i % 2, at));
            sum += at[0];
        }
        middle = nanoseconds();
        for (uint32_t b = 0; b < BLOCKS; b++) {
            lede_points_open(&in, lede_buffer_bytes(&out));
            for (uint32_t i = 0; i < 127; i++)
                lede_points_pass(&in, 300, 1 + i % 2);
            must(lede_points_take(&in, 300, 2, at));
            sum += at[0];
        }
        whole[pass] = (middle - start) / (BLOCKS * (double)count);
        last[pass] = (nanoseconds() - middle) / BLOCKS;
    }
    printf(
        "codec_points\t%.2f\tbits\t%.3f\tns/position\t%.1f\tns to the last\n",
        8.0 * (double)out.len / count, median(whole), median(last));
    lede_points_writer_fini(&writer);
    lede_buffer_fini(&out);
}

int main(void)
{
    measure("dense", 0.3, 128);
    measure("frequencies", 0.7, 128);
    measure("gaps_4", 4, 128);
    measure("gaps_30", 30, 128);
    measure("gaps_1000", 1000, 128);
    measure("rare", 0.02, 128);
    measure("tail_60", 30, 60);
    measure_points();
    return sum == 0;
}
