/*
 * bench_codec - how fast blocks of numbers are read.
 *
 *     bench_codec
 *
 * For each kind of block writes TSV rows: what, bits a number, nanoseconds a
 * number as values and as rising numbers, medians of passes over 4,096 blocks
 * of 128 in cache. Positions: 128 documents of 300 words, read whole, and the
 * last of them alone.
 *
 * For lists of some lengths, of documents of 300 words, one in four of which
 * has the word: nanoseconds to open one and read its first block; to go to the
 * next block, without and with frequencies; to take the bound of the next one,
 * bounds having been read; a position, of all; and to the positions of the last
 * document of a block.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "native/codec/postings.h"

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
    return measure_ns(CLOCK_THREAD_CPUTIME_ID);
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
    return measure_median(times, PASSES);
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
        8.0 * (double)out.len / count, measure_median(whole, PASSES),
        measure_median(last, PASSES));
    lede_points_writer_fini(&writer);
    lede_buffer_fini(&out);
}

/* ---- Lists ---- */

#define DOCS  (1U << 18)
#define WORDS 300U

/* A list as it is stored. */
typedef struct stored_list {
    lede_buffer postings;
    lede_buffer positions;
    lede_column lengths;
    lede_buffer column;
    lede_postings_source source;
    lede_terms_entry entry;
} stored_list;

static lede_status lengths_of(void *ctx, uint32_t space,
                              const lede_column **column)
{
    (void)space;
    *column = &((stored_list *)ctx)->lengths;
    return LEDE_OK;
}

static void store_words(stored_list *s, uint32_t *words)
{
    uint64_t *values = malloc(DOCS * sizeof *values);

    must(values != NULL);
    for (uint32_t i = 0; i < DOCS; i++)
        values[i] = words[i] = WORDS / 2 + (uint32_t)(chance() * WORDS);
    lede_buffer_init(&s->column, NULL);
    lede_column_write(&s->column, values, DOCS);
    must(lede_column_open(&s->lengths, lede_buffer_bytes(&s->column), DOCS));
    free(values);
}

static void add_documents(lede_postings_writer *writer, uint32_t count)
{
    uint32_t at[64];

    for (uint32_t doc = 0; count > 0; doc++) {
        uint32_t n = 1;

        if (chance() > 0.25)
            continue;
        while (n < 20 && chance() < 0.4)
            n++;
        for (uint32_t i = 0, from = 0; i < n; i++) {
            at[i] = from + (uint32_t)(chance() * 7);
            from = at[i] + 1;
        }
        must(lede_postings_writer_add(writer, doc, n, at) == LEDE_OK);
        count--;
    }
}

static void store_list(stored_list *s, uint32_t count)
{
    static uint32_t words[DOCS];
    lede_postings_target target = { .documents = DOCS,
                                    .frequencies = true,
                                    .positions = true,
                                    .words = words,
                                    .word_count = DOCS,
                                    .lengths = words,
                                    .length_count = DOCS };
    lede_postings_writer *writer;
    bool scaled;

    *s = (stored_list){ 0 };
    store_words(s, words);
    lede_buffer_init(&s->postings, NULL);
    lede_buffer_init(&s->positions, NULL);
    must(lede_postings_writer_new(&writer, NULL) == LEDE_OK);
    lede_postings_writer_begin(writer, &target);
    add_documents(writer, count);
    must(lede_postings_writer_end(writer, &s->postings, 0, &s->positions, 0,
                                  &s->entry) == LEDE_OK);
    must(lede_postings_writer_end_few(writer, &s->postings, &scaled) ==
         LEDE_OK);
    if (count <= LEDE_POSTINGS_FEW) {
        s->entry.postings_len = s->postings.len;
        s->entry.few_count = 1;
        s->entry.few[0] = (uint8_t)count;
    }
    s->source = (lede_postings_source){
        .postings = lede_buffer_bytes(&s->postings),
        .positions = lede_buffer_bytes(&s->positions),
        .frequencies = true,
        .has_positions = true,
        .documents = DOCS,
        .lengths = lengths_of,
        .lengths_ctx = s,
    };
    lede_postings_writer_free(writer);
}

static void drop_list(stored_list *s)
{
    lede_buffer_fini(&s->postings);
    lede_buffer_fini(&s->positions);
    lede_buffer_fini(&s->column);
}

/* What is done with each block of a list; returns how many steps that was. */
typedef uint64_t (*step)(lede_postings *list);

static uint64_t pass(lede_postings *list)
{
    sum += list->docs[0];
    return 1;
}

static uint64_t count_in(lede_postings *list)
{
    must(lede_postings_frequencies(list));
    sum += list->frequencies[0];
    return 1;
}

static uint64_t read_positions(lede_postings *list)
{
    uint32_t at[64];
    uint64_t read = 0;

    must(lede_postings_frequencies(list));
    for (uint32_t i = 0; i < list->n; i++) {
        lede_postings_stand(list, i);
        must(lede_postings_positions(list, at));
        read += list->frequency;
        sum += at[0];
    }
    return read;
}

static uint64_t read_last(lede_postings *list)
{
    uint32_t at[64];

    must(lede_postings_frequencies(list));
    lede_postings_stand(list, list->n - 1);
    must(lede_postings_positions(list, at));
    sum += at[0];
    return 1;
}

/* Nanoseconds a step over all blocks but the first. */
static double walk(const stored_list *s, step each)
{
    static lede_postings list;
    double times[PASSES];

    for (int pass_ = 0; pass_ < PASSES; pass_++) {
        uint64_t steps = 0;
        lede_bound bound;
        double start;

        lede_postings_open(&list, &s->source, &s->entry);
        must(lede_postings_bound(&list, 0, &bound) &&
             lede_postings_block(&list, 0));
        start = nanoseconds();
        while (lede_postings_block(&list, list.docs[list.n - 1] + 1))
            steps += each(&list);
        times[pass_] =
            (nanoseconds() - start) / (double)(steps > 0 ? steps : 1);
    }
    return measure_median(times, PASSES);
}

/* Nanoseconds a block that is passed by its bound. */
static double bound_all(const stored_list *s)
{
    static lede_postings list;
    double times[PASSES];

    for (int pass_ = 0; pass_ < PASSES; pass_++) {
        uint64_t steps = 0;
        uint32_t target = 0;
        lede_bound bound;
        double start;

        lede_postings_open(&list, &s->source, &s->entry);
        must(lede_postings_bound(&list, 0, &bound));
        start = nanoseconds();
        for (; lede_postings_bound(&list, target, &bound); steps++) {
            sum += bound.frequencies[0];
            target = bound.last + 1;
        }
        times[pass_] = (nanoseconds() - start) / (double)steps;
    }
    return measure_median(times, PASSES);
}

static double open_it(const stored_list *s)
{
    static lede_postings list;
    double times[PASSES];

    for (int pass_ = 0; pass_ < PASSES; pass_++) {
        double start = nanoseconds();

        for (uint32_t i = 0; i < 1000; i++) {
            lede_postings_open(&list, &s->source, &s->entry);
            must(lede_postings_block(&list, 0));
            sum += list.docs[0];
        }
        times[pass_] = (nanoseconds() - start) / 1000;
    }
    return measure_median(times, PASSES);
}

static void measure_list(uint32_t count)
{
    stored_list s;

    store_list(&s, count);
    printf("list_%u\t%.1f\tns to open", count, open_it(&s));
    if (count > 2 * LEDE_BLOCK_MAX)
        printf("\t%.1f\tns/block\t%.1f\tns/block with frequencies\t%.1f\t"
               "ns/bound\t%.2f\tns/position\t%.1f\tns to the last",
               walk(&s, pass), walk(&s, count_in), bound_all(&s),
               walk(&s, read_positions), walk(&s, read_last));
    printf("\n");
    drop_list(&s);
}

int main(void)
{
    static const uint32_t lists[] = { 10, 100, 300, 2000, 16000, 60000 };

    measure("dense", 0.3, 128);
    measure("frequencies", 0.7, 128);
    measure("gaps_4", 4, 128);
    measure("gaps_30", 30, 128);
    measure("gaps_1000", 1000, 128);
    measure("rare", 0.02, 128);
    measure("tail_60", 30, 60);
    measure_points();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        measure_list(lists[i]);
    return sum == 0;
}
