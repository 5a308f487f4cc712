/*
 * bench_native - what the native engine must reach, beside what it does.
 *
 *     bench_native [--quick] [--folder DIR] FILE...
 *
 * For each file (corpus.h) prints a table: what, measured, target. Articles are
 * in memory when the clock starts, with fields title, body and date; they go in
 * through the public writer on one thread, in one commit with its merges.
 * Shares are of the UTF-8 bytes of title and body. Rates are megabytes of these
 * a second of the processor, medians of five passes, without and with stored
 * text in turn; by the clock in parentheses, where the disk and whoever else
 * uses the machine count too; so is how long an optimize goes on that was
 * cancelled, at worst of many times. Memory is what the library's allocator gave out
 * at most, libzstd's and libstemmer's own aside. "Flushed" is an index built
 * without a limit of memory, "optimized" one built within 16 MiB and optimized
 * then.
 *
 *     --quick    4 MB of each file and one pass: for a look, not for a claim
 *     --folder   where indexes are made and removed; else the current one
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/map.h"
#include "corpus.h"
#include "io/dir.h"
#include "lede/snapshot.h"
#include "lede/writer.h"
#include "measure.h"
#include "native/index/manifest.h"
#include "native/segment/segment.h"

#define PASSES      5
#define OPENINGS    100
#define QUICK_BYTES 4000000U
#define LIMIT_BYTES (16U << 20)
#define NO_LIMIT    (1ULL << 40)

static lede_error fault;

static void must(lede_status status, const char *what)
{
    if (status == LEDE_OK)
        return;
    (void)fprintf(stderr, "bench_native: %s: %s %s\n", what,
                  lede_status_name(status), fault.message);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static double seconds(clockid_t clock)
{
    return measure_ns(clock) / 1e9;
}

/* ---- An allocator that counts ---- */

typedef struct counter {
    atomic_ullong now;
    atomic_ullong most;
} counter;

static void add_count(counter *c, size_t more, size_t less)
{
    unsigned long long now = atomic_fetch_add(&c->now, more) + more;
    unsigned long long most = atomic_load(&c->most);

    while (now > most && !atomic_compare_exchange_weak(&c->most, &most, now))
        ;
    (void)atomic_fetch_sub(&c->now, less);
}

static void *allocate_counted(void *ctx, size_t size)
{
    void *at = malloc(size);

    if (at)
        add_count(ctx, size, 0);
    return at;
}

/* The old and the new may both be there while one moves. */
static void *resize_counted(void *ctx, void *at, size_t old, size_t size)
{
    void *moved = realloc(at, size);

    if (moved)
        add_count(ctx, size, old);
    return moved;
}

static void release_counted(void *ctx, void *at, size_t size)
{
    free(at);
    add_count(ctx, 0, size);
}

/* ---- An index ---- */

typedef struct bench {
    const struct corpus *corpus;
    lede_schema *bare;
    lede_schema *stored;
    int passes;
    const char *folder;
    char path[1024]; /* of the indexes, before their names */
} bench;

static lede_schema *make_schema(uint32_t flags)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema = NULL;

    options.flags = flags;
    must(lede_schema_new(&schema, NULL), "schema");
    options.weight = 2;
    must(lede_schema_add(schema, "title", LEDE_TEXT, &options), "title");
    options.weight = 1;
    must(lede_schema_add(schema, "body", LEDE_TEXT, &options), "body");
    must(lede_schema_add(schema, "date", LEDE_DATE, NULL), "date");
    return schema;
}

static const char *path_of(const bench *b, const char *name, char path[1100])
{
    (void)snprintf(path, 1100, "%s/%s", b->path, name);
    return path;
}

static void unlink_each(void *ctx, const char *name, uint64_t length)
{
    char path[1200];

    (void)length;
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    (void)unlink(path);
}

static void remove_index(const bench *b, const char *name)
{
    char path[1100];
    lede_dir *dir;

    if (lede_dir_open_disk(&dir, path_of(b, name, path), 0, NULL, NULL) !=
        LEDE_OK)
        return;
    (void)lede_dir_list(dir, unlink_each, path, NULL);
    lede_dir_close(dir);
    (void)rmdir(path);
}

typedef struct building {
    const char *name;
    const lede_schema *schema;
    uint64_t memory;
    const lede_allocator *allocator;
    bool optimize;
} building;

typedef struct built {
    double processor;
    double clock;
} built;

static void put_articles(const bench *b, lede_writer *writer)
{
    for (size_t i = 0; i < b->corpus->count; i++) {
        char key[24];
        int len = snprintf(key, sizeof key, "%zu", i);

        must(lede_writer_put(writer, key, (size_t)len,
                             b->corpus->articles[i].document, &fault),
             "put");
    }
}

static built build(const bench *b, const building *how)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_writer_options settings = LEDE_WRITER_OPTIONS;
    lede_index *index;
    lede_writer *writer;
    char path[1100];
    built took;

    remove_index(b, how->name);
    options.allocator = how->allocator;
    settings.threads = 1;
    settings.memory_bytes = how->memory;
    took.processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
    took.clock = seconds(CLOCK_MONOTONIC);
    must(lede_index_create(&index, path_of(b, how->name, path), how->schema,
                           &options, &fault),
         "create");
    must(lede_writer_open(&writer, index, &settings, &fault), "writer");
    put_articles(b, writer);
    if (how->optimize)
        must(lede_writer_optimize(writer, NULL, &fault), "optimize");
    else
        must(lede_writer_commit(writer, NULL, &fault), "commit");
    lede_writer_close(writer);
    lede_index_close(index);
    took.processor = seconds(CLOCK_PROCESS_CPUTIME_ID) - took.processor;
    took.clock = seconds(CLOCK_MONOTONIC) - took.clock;
    return took;
}

/* ---- Its bytes ---- */

typedef struct bytes {
    uint64_t whole;
    uint64_t section[32]; /* by id; of ids beyond, the first */
    uint64_t terms;
    uint32_t segments;
    uint64_t hash; /* of the segments, in any order */
} bytes;

static void count_terms(bytes *sum, const lede_segment *segment)
{
    const lede_terms_table *terms = lede_segment_terms(segment);

    for (uint32_t i = 0; i < terms->space_count; i++)
        if (terms->spaces[i].space < 4) /* words of title and body */
            sum->terms += terms->spaces[i].terms;
}

static void count_segment(bytes *sum, lede_dir *dir,
                          const lede_manifest *manifest, uint32_t at)
{
    const lede_manifest_segment *listed = &manifest->segments[at];
    lede_segment *segment;
    lede_file *file;
    lede_section_id id;
    uint32_t field;
    uint64_t length;

    must(lede_dir_map(dir, &file, listed->name, &fault), listed->name);
    sum->hash ^= lede_hash_bytes(file->bytes);
    sum->whole += file->bytes.len;
    lede_file_close(file);
    must(lede_segment_open(&segment, dir, listed->name, &listed->mark,
                           manifest->schema, NULL, &fault),
         listed->name);
    for (size_t i = 0;
         lede_segment_section_at(segment, i, &id, &field, &length); i++)
        sum->section[id < 32 ? id : 0] += length;
    count_terms(sum, segment);
    lede_segment_release(segment);
}

static bytes count_bytes(const bench *b, const char *name)
{
    lede_manifest *manifest;
    lede_dir *dir;
    char path[1100];
    bytes sum = { 0 };

    must(lede_dir_open_disk(&dir, path_of(b, name, path), LEDE_DIR_READ_ONLY,
                            NULL, &fault),
         "open");
    must(lede_manifest_read(&manifest, dir, NULL, &fault), "manifest");
    for (uint32_t i = 0; i < manifest->segment_count; i++)
        count_segment(&sum, dir, manifest, i);
    sum.segments = manifest->segment_count;
    lede_manifest_release(manifest);
    lede_dir_close(dir);
    return sum;
}

/* ---- The table ---- */

static void row(const char *what, const char *state, double value,
                const char *unit, double target, bool at_least)
{
    bool met = at_least ? value >= target : value <= target;

    (void)printf("  %-34s %-10s %9.2f  %s %7.2f %-10s %s\n", what, state, value,
                 at_least ? ">=" : "<=", target, unit, met ? "" : "missed");
    (void)fflush(stdout);
}

static double share(const bench *b, uint64_t part)
{
    return 100.0 * (double)part / (double)b->corpus->bytes;
}

static void tell_sizes(const bench *b, const bytes *bare, const bytes *stored,
                       const char *state)
{
    bool optimized = strcmp(state, "optimized") == 0;
    bool reuters = b->corpus->bytes / b->corpus->count < 1200;
    double lists = (reuters ? 26.5 : 23.5) - (optimized ? 1 : 0);
    const uint64_t *s = bare->section;
    uint64_t words = s[LEDE_SECTION_DICTIONARY] +
                     s[LEDE_SECTION_DICTIONARY_INDEX] + s[LEDE_SECTION_FORMS] +
                     s[LEDE_SECTION_FORMS_INDEX];

    row("documents, tf, positions", state,
        share(b, s[LEDE_SECTION_POSTINGS] + s[LEDE_SECTION_POSITIONS]),
        "% of text", lists, false);
    row("whole, without stored text", state, share(b, bare->whole), "% of text",
        30, false);
    row("whole, with stored text", state, share(b, stored->whole), "% of text",
        60, false);
    row("dictionary and forms", state, (double)words / (double)bare->terms,
        "bytes/term", 10, false);
    (void)printf("  %-34s %-10s %9.2f     %u segments\n", "  forms, % of text",
                 state,
                 share(b, s[LEDE_SECTION_FORMS] + s[LEDE_SECTION_FORMS_INDEX]),
                 bare->segments);
}

static void tell_rates(const bench *b)
{
    double processor[2][PASSES], clock[2][PASSES];
    double megabytes = (double)b->corpus->bytes / 1e6;
    size_t n = (size_t)b->passes;

    for (int i = 0; i < b->passes; i++)
        for (int stored = 0; stored < 2; stored++) {
            building how = { .name = stored ? "stored" : "bare",
                             .schema = stored ? b->stored : b->bare };
            built took = build(b, &how);

            processor[stored][i] = took.processor;
            clock[stored][i] = took.clock;
        }
    for (int stored = 0; stored < 2; stored++) {
        char what[64];

        (void)snprintf(what, sizeof what, "indexing, %s (%.0f)",
                       stored ? "stored" : "not stored",
                       megabytes / measure_median(clock[stored], n));
        row(what, "", megabytes / measure_median(processor[stored], n), "MB/s",
            stored ? 50 : 80, true);
    }
}

/* The most memory of one building, as bytes. */
static uint64_t most_memory(const bench *b, building how)
{
    counter c = { 0 };
    const lede_allocator counted = { &c, allocate_counted, resize_counted,
                                     release_counted };

    how.allocator = &counted;
    (void)build(b, &how);
    return atomic_load(&c.most);
}

static void tell_memory(const bench *b)
{
    double text = (double)b->corpus->bytes;
    building how = { .name = "bare", .schema = b->bare, .memory = NO_LIMIT };

    row("memory without a limit", "not stored",
        (double)most_memory(b, how) / text, "bytes/byte", 0.7, false);
    how = (building){ "stored", b->stored, NO_LIMIT, NULL, false };
    row("", "stored", (double)most_memory(b, how) / text, "bytes/byte", 0.7,
        false);
    how = (building){ "bare_low", b->bare, LIMIT_BYTES, NULL, true };
    row("memory within 16 MiB", "not stored",
        (double)most_memory(b, how) / 1048576.0, "MiB", LIMIT_BYTES >> 20,
        false);
    how = (building){ "stored_low", b->stored, LIMIT_BYTES, NULL, true };
    row("", "stored", (double)most_memory(b, how) / 1048576.0, "MiB",
        LIMIT_BYTES >> 20, false);
}

/* Milliseconds to open all segments of an index, for each. */
static double open_segments(const bench *b)
{
    lede_manifest *manifest;
    lede_dir *dir;
    char path[1100];
    double took[OPENINGS];
    uint32_t count;

    must(lede_dir_open_disk(&dir, path_of(b, "bare", path), LEDE_DIR_READ_ONLY,
                            NULL, &fault),
         "open");
    must(lede_manifest_read(&manifest, dir, NULL, &fault), "manifest");
    count = manifest->segment_count;
    for (int i = 0; i < OPENINGS; i++) {
        took[i] = seconds(CLOCK_MONOTONIC);
        for (uint32_t at = 0; at < count; at++) {
            const lede_manifest_segment *listed = &manifest->segments[at];
            lede_segment *segment;

            must(lede_segment_open(&segment, dir, listed->name, &listed->mark,
                                   manifest->schema, NULL, &fault),
                 listed->name);
            lede_segment_release(segment);
        }
        took[i] = seconds(CLOCK_MONOTONIC) - took[i];
    }
    lede_manifest_release(manifest);
    lede_dir_close(dir);
    return measure_median(took, OPENINGS) * 1e3 / count;
}

/* And the whole index, through the public functions. */
static void tell_opening(const bench *b)
{
    double took[OPENINGS];
    char path[1100];

    for (int i = 0; i < OPENINGS; i++) {
        double begin = seconds(CLOCK_MONOTONIC);
        lede_index *index;
        lede_snapshot *snapshot;

        must(lede_index_open(&index, path_of(b, "bare", path), NULL, &fault),
             "open");
        must(lede_snapshot_open(&snapshot, index, &fault), "snapshot");
        took[i] = seconds(CLOCK_MONOTONIC) - begin;
        lede_snapshot_close(snapshot);
        lede_index_close(index);
    }
    row("open a segment, warm", "", open_segments(b), "ms", 0.1, false);
    (void)printf("  %-34s %-10s %9.2f     ms\n", "  an index and its snapshot",
                 "", measure_median(took, OPENINGS) * 1e3);
}

static void tell_sameness(const bench *b, const bytes *first)
{
    building how = { "again", b->bare, NO_LIMIT, NULL, false };
    bytes second;

    (void)build(b, &how);
    second = count_bytes(b, "again");
    row("same input, bytes that differ", "",
        first->whole == second.whole && first->hash == second.hash ? 0 : 1, "",
        0, false);
    remove_index(b, "again");
}

/* ---- Cancelling ---- */

static built now(void)
{
    return (built){ seconds(CLOCK_PROCESS_CPUTIME_ID),
                    seconds(CLOCK_MONOTONIC) };
}

typedef struct stopper {
    lede_cancel *cancel;
    double after; /* seconds */
    built set;    /* when it was */
} stopper;

static void *stop_later(void *ctx)
{
    stopper *s = ctx;
    struct timespec wait = {
        (time_t)s->after, (long)((s->after - (double)(time_t)s->after) * 1e9)
    };

    (void)nanosleep(&wait, NULL);
    s->set = now();
    lede_cancel_set(s->cancel);
    return NULL;
}

/* How long from a cancel to the end of the optimize; false if it ended before.
 */
static bool stop_optimize(lede_writer *writer, double after, built *took)
{
    lede_task task = LEDE_TASK;
    stopper s = { .after = after };
    pthread_t thread;
    lede_status status;
    built end;

    must(lede_cancel_new(&s.cancel, NULL), "cancel");
    task.cancel = s.cancel;
    if (pthread_create(&thread, NULL, stop_later, &s) != 0)
        must(LEDE_ERR_NOMEM, "thread");
    status = lede_writer_optimize(writer, &task, &fault);
    end = now();
    (void)pthread_join(thread, NULL);
    lede_cancel_free(s.cancel);
    if (status != LEDE_ERR_CANCELLED) {
        must(status, "optimize");
        return false;
    }
    must(lede_writer_rollback(writer, &fault), "rollback");
    took->processor = (end.processor - s.set.processor) * 1e3;
    took->clock = (end.clock - s.set.clock) * 1e3;
    return true;
}

/* Cancels one optimize later and later, until it is done before. */
static void tell_cancelling(const bench *b)
{
    building how = { "cancelled", b->stored, LIMIT_BYTES, NULL, false };
    lede_writer_options settings = LEDE_WRITER_OPTIONS;
    built worst = { 0, 0 }, took;
    lede_writer *writer;
    lede_index *index;
    char path[1100], what[64];

    (void)build(b, &how);
    settings.threads = 1;
    must(lede_index_open(&index, path_of(b, how.name, path), NULL, &fault),
         "open");
    must(lede_writer_open(&writer, index, &settings, &fault), "writer");
    must(lede_writer_put(writer, "more", 4, b->corpus->articles[0].document,
                         &fault),
         "put");
    must(lede_writer_commit(writer, NULL, &fault), "commit");
    for (double after = 0.005; stop_optimize(writer, after, &took);
         after *= 1.2) {
        if (took.processor > worst.processor)
            worst.processor = took.processor;
        if (took.clock > worst.clock)
            worst.clock = took.clock;
    }
    (void)snprintf(what, sizeof what, "cancel an optimize (%.0f)", worst.clock);
    row(what, "at worst", worst.processor, "ms", 10, false);
    lede_writer_close(writer);
    lede_index_close(index);
    remove_index(b, how.name);
}

static void measure(bench *b)
{
    static const char *const names[] = { "bare", "stored", "bare_low",
                                         "stored_low" };
    bytes bare, stored;

    (void)printf("%s: %zu articles, %.1f MB of text\n", b->corpus->name,
                 b->corpus->count, (double)b->corpus->bytes / 1e6);
    tell_rates(b);
    tell_memory(b);
    bare = count_bytes(b, "bare");
    stored = count_bytes(b, "stored");
    tell_sizes(b, &bare, &stored, "flushed");
    tell_opening(b);
    tell_sameness(b, &bare);
    tell_cancelling(b);
    bare = count_bytes(b, "bare_low");
    stored = count_bytes(b, "stored_low");
    tell_sizes(b, &bare, &stored, "optimized");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        remove_index(b, names[i]);
}

static void tell_machine(int argc, char **argv)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256] = "";

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0)
            break;
    if (file)
        (void)fclose(file);
    (void)printf("machine%s", strchr(line, ':') ? strchr(line, ':') : ": ?\n");
    (void)printf("command:");
    for (int i = 0; i < argc; i++)
        (void)printf(" %s", argv[i]);
    (void)printf("\n");
}

int main(int argc, char **argv)
{
    bench b = { .passes = PASSES, .folder = "." };
    bool quick = false;
    int at = 1;

    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++)
        if (strcmp(argv[at], "--quick") == 0)
            quick = true;
        else if (strcmp(argv[at], "--folder") == 0 && at + 1 < argc)
            b.folder = argv[++at];
    if (at == argc) {
        (void)fprintf(stderr,
                      "usage: bench_native [--quick] [--folder DIR] FILE...\n");
        return 2;
    }
    (void)snprintf(b.path, sizeof b.path, "%s/bench_native.XXXXXX", b.folder);
    must(mkdtemp(b.path) ? LEDE_OK : LEDE_ERR_IO, b.path);
    b.passes = quick ? 1 : PASSES;
    b.bare = make_schema(LEDE_FIELD_UNSTORED);
    b.stored = make_schema(0);
    tell_machine(argc, argv);
    for (; at < argc; at++) {
        struct corpus corpus;

        corpus_read(&corpus, argv[at], quick ? QUICK_BYTES : 0);
        b.corpus = &corpus;
        measure(&b);
        corpus_free(&corpus);
    }
    (void)rmdir(b.path);
    lede_schema_free(b.bare);
    lede_schema_free(b.stored);
    return 0;
}
