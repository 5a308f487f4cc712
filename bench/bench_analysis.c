/*
 * bench_analysis - how fast text becomes tokens.
 *
 *     bench_analysis [-f] FILE...        -f: only the fast path
 *
 * A file is plain text, or JSON lines of which the strings "title" and "text"
 * are read. Writes a TSV row for each file and path: bench, corpus, documents,
 * median MB/s of five passes and the best, unit. Seconds are of the processor,
 * not of the clock, so that other work on the machine counts less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "text/tokenizer.h"

#define PASSES 5

struct text {
    size_t begin;
    size_t len;
};

struct corpus {
    lede_buffer bytes;
    struct text *texts;
    size_t count;
    size_t capacity;
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_analysis: %s\n", what);
    _Exit(2);
}

static void add_text(struct corpus *corpus, size_t begin)
{
    if (!lede_grow(NULL, &corpus->texts, &corpus->capacity, corpus->count + 1,
                   sizeof *corpus->texts))
        fail("out of memory");
    corpus->texts[corpus->count++] =
        (struct text){ begin, corpus->bytes.len - begin };
}

static uint32_t parse_hex(const char *at)
{
    char digits[5] = { at[0], at[1], at[2], at[3], '\0' };

    return (uint32_t)strtoul(digits, NULL, 16);
}

/* \uXXXX, or two of them; returns the bytes read. */
static size_t put_escaped(lede_buffer *out, const char *at)
{
    uint32_t c = parse_hex(at + 1), low;
    char bytes[LEDE_UTF8_MAX];
    size_t n = 5;

    if (c >= 0xD800 && c < 0xDC00 && at[5] == '\\' && at[6] == 'u') {
        low = parse_hex(at + 7);
        c = 0x10000 + ((c - 0xD800) << 10) + ((low - 0xDC00) & 0x3FF);
        n = 11;
    }
    lede_put(out, bytes, lede_utf8_put(bytes, c));
    return n;
}

/* The string that `name` has in this line, as a text of the corpus. */
static void add_member(struct corpus *corpus, const char *line,
                       const char *name)
{
    static const char escapes[] = "nrtbf", meanings[] = "\n\r\t\b\f";
    const char *at = strstr(line, name);
    size_t begin = corpus->bytes.len;

    if (!at)
        return;
    for (at += strlen(name); *at && *at != '"'; at++) {
        const char *known;

        if (*at != '\\') {
            lede_put_u8(&corpus->bytes, (uint8_t)*at);
            continue;
        }
        at++;
        known = *at ? strchr(escapes, *at) : NULL;
        if (*at == 'u')
            at += put_escaped(&corpus->bytes, at) - 1;
        else if (*at)
            lede_put_u8(&corpus->bytes,
                        (uint8_t)(known ? meanings[known - escapes] : *at));
        else
            break;
    }
    add_text(corpus, begin);
}

static void read_corpus(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t len = strlen(path);
    bool is_json = len > 6 && strcmp(path + len - 6, ".jsonl") == 0;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    if (!file)
        fail("cannot open a file");
    lede_buffer_init(&corpus->bytes, NULL);
    while ((n = getline(&line, &room, file)) > 0) {
        if (is_json) {
            add_member(corpus, line, "\"title\": \"");
            add_member(corpus, line, "\"text\": \"");
        } else {
            lede_put(&corpus->bytes, line, (size_t)n);
        }
    }
    if (!is_json)
        add_text(corpus, 0);
    free(line);
    (void)fclose(file);
    if (corpus->bytes.status != LEDE_OK)
        fail("out of memory");
}

static double cpu_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The seconds of one pass. `sum` keeps the work from being left out. */
static double run_pass(lede_tokenizer *tokenizer, const struct corpus *corpus,
                       uint32_t hints, uint64_t *sum)
{
    static lede_token_batch batch;
    double begin = cpu_seconds();

    for (size_t i = 0; i < corpus->count; i++) {
        const char *text =
            (const char *)corpus->bytes.at + corpus->texts[i].begin;

        lede_tokenizer_start(tokenizer, text, corpus->texts[i].len, 0, hints);
        while (lede_tokenizer_next(tokenizer, &batch))
            *sum += batch.count + batch.hash[batch.count - 1];
    }
    return cpu_seconds() - begin;
}

static int compare_seconds(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void measure(const struct corpus *corpus, const char *name,
                    const char *path, uint32_t hints)
{
    double seconds[PASSES], megabytes = (double)corpus->bytes.len / 1e6;
    lede_tokenizer *tokenizer;
    uint64_t sum = 0;

    if (lede_tokenizer_new(&tokenizer, 0, NULL) != LEDE_OK)
        fail("out of memory");
    for (int i = 0; i < PASSES; i++)
        seconds[i] = run_pass(tokenizer, corpus, hints, &sum);
    qsort(seconds, PASSES, sizeof seconds[0], compare_seconds);
    (void)printf("analysis_%s\t%s\t%zu\t%.1f\t%.1f\tMB/s\n", path, name,
                 corpus->count, megabytes / seconds[PASSES / 2],
                 megabytes / seconds[0]);
    (void)fflush(stdout);
    if (sum == 0)
        fail("no words");
    lede_tokenizer_free(tokenizer);
}

int main(int argc, char **argv)
{
    bool fast_only = argc > 1 && strcmp(argv[1], "-f") == 0;

    for (int i = 1 + fast_only; i < argc; i++) {
        struct corpus corpus = { .count = 0 };
        const char *slash = strrchr(argv[i], '/');
        const char *name = slash ? slash + 1 : argv[i];

        read_corpus(&corpus, argv[i]);
        measure(&corpus, name, "fast", LEDE_TOKENIZER_NAMES);
        if (!fast_only)
            measure(&corpus, name, "plain",
                    LEDE_TOKENIZER_NAMES | LEDE_TOKENIZER_PLAIN);
        lede_release(NULL, corpus.texts,
                     corpus.capacity * sizeof *corpus.texts);
        lede_buffer_fini(&corpus.bytes);
    }
    return 0;
}
