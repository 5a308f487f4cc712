/*
 * bench_records - how small stored text is, how fast made and fetched.
 *
 *     bench_records FILE.jsonl
 *
 * Reads title, body or text of each line, writes the records of those as a
 * segment would, and reads each record of 4 to 6 KB by itself, in random order.
 * Writes TSV rows: bench, corpus, records, value, unit. Sizes are percents of
 * the UTF-8 bytes; times are of the thread.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "document/record.h"
#include "document/schema.h"
#include "native/codec/records.h"

#define ROUNDS 5

struct corpus {
    const char *name;
    lede_schema *schema;
    lede_buffer records;
    size_t *ends;
    size_t count;
    uint64_t text_bytes;
};

static void must(lede_status status, const char *what)
{
    if (status == LEDE_OK)
        return;
    (void)fprintf(stderr, "bench_records: %s: %s\n", what,
                  lede_status_name(status));
    exit(2);
}

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void add(struct corpus *corpus, lede_document *doc, const char *field,
                const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    if (!json_is_string(value))
        return;
    lede_document_add_text(doc, field, json_string_value(value),
                           json_string_length(value));
    corpus->text_bytes += json_string_length(value);
}

static void read_corpus(struct corpus *corpus, const char *path)
{
    FILE *in = fopen(path, "r");
    lede_document *doc = NULL;
    char *line = NULL;
    size_t size = 0;

    if (!in)
        must(LEDE_ERR_NOT_FOUND, path);
    must(lede_document_new(&doc, NULL), "document");
    while (getline(&line, &size, in) > 0) {
        json_t *object = json_loads(line, 0, NULL);

        if (!object)
            continue;
        lede_document_clear(doc);
        add(corpus, doc, "title", object, "title");
        add(corpus, doc, "body", object, "body");
        add(corpus, doc, "body", object, "text");
        lede_record_encode(&corpus->records, doc, corpus->schema);
        must(corpus->records.status, "records");
        corpus->ends =
            realloc(corpus->ends, (corpus->count + 1) * sizeof *corpus->ends);
        if (!corpus->ends)
            must(LEDE_ERR_NOMEM, "ends");
        corpus->ends[corpus->count++] = corpus->records.len;
        json_decref(object);
    }
    lede_document_free(doc);
    free(line);
    (void)fclose(in);
}

static lede_bytes record_at(const struct corpus *corpus, size_t at)
{
    size_t begin = at ? corpus->ends[at - 1] : 0;

    return lede_bytes_of(corpus->records.at + begin, corpus->ends[at] - begin);
}

static void tell(const struct corpus *corpus, const char *what, double value,
                 const char *unit)
{
    printf("records_%s\t%s\t%zu\t%.2f\t%s\n", what, corpus->name, corpus->count,
           value, unit);
}

/* Writes all records; returns the writer, which knows where they are. */
static lede_records_writer *write_all(const struct corpus *corpus,
                                      lede_buffer *blocks,
                                      lede_buffer *dictionaries)
{
    lede_records_writer *writer = NULL;

    lede_buffer_clear(blocks);
    lede_buffer_clear(dictionaries);
    must(lede_records_writer_new(&writer, NULL), "writer");
    for (size_t i = 0; i < corpus->count; i++)
        must(lede_records_writer_add(writer, record_at(corpus, i), blocks),
             "add");
    must(lede_records_writer_end(writer, blocks, dictionaries), "end");
    return writer;
}

/* Microseconds for one record. */
static double fetch(const struct corpus *corpus, const lede_records *records,
                    const lede_records_writer *writer)
{
    lede_records_cursor *cursor = NULL;
    uint64_t random = 1;
    size_t fetched = 0;
    double start;

    must(lede_records_cursor_new(&cursor, NULL), "cursor");
    start = seconds();
    for (size_t tries = 0; tries < 400000 && fetched < 4000; tries++) {
        size_t at;
        lede_bytes want, got;

        random = random * 6364136223846793005U + 1442695040888963407U;
        at = (size_t)(random >> 33) % corpus->count;
        want = record_at(corpus, at);
        if (want.len < 4000 || want.len > 6000)
            continue;
        must(lede_records_read(cursor, records,
                               lede_records_writer_place(writer, at), &got),
             "read");
        if (!lede_bytes_equal(want, got))
            must(LEDE_ERR_CORRUPT, "what was read");
        fetched++;
    }
    start = seconds() - start;
    lede_records_cursor_free(cursor);
    return fetched ? start / (double)fetched * 1e6 : 0;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    struct corpus corpus = { 0 };
    lede_buffer blocks, dictionaries;
    double wrote[ROUNDS], fetched[ROUNDS], opened[ROUNDS];
    uint64_t memory = 0;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench_records FILE\n");
        return 2;
    }
    corpus.name = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
    lede_buffer_init(&corpus.records, NULL);
    lede_buffer_init(&blocks, NULL);
    lede_buffer_init(&dictionaries, NULL);
    must(lede_schema_new(&corpus.schema, NULL), "schema");
    must(lede_schema_add(corpus.schema, "title", LEDE_TEXT, NULL), "title");
    must(lede_schema_add(corpus.schema, "body", LEDE_TEXT, NULL), "body");
    read_corpus(&corpus, argv[1]);
    for (int i = 0; i < ROUNDS; i++) {
        double start = seconds();
        lede_records_writer *writer =
            write_all(&corpus, &blocks, &dictionaries);
        lede_records_source source = { .blocks = lede_buffer_bytes(&blocks),
                                       .dictionaries =
                                           lede_buffer_bytes(&dictionaries) };
        lede_records *records = NULL;

        wrote[i] = seconds() - start;
        memory = lede_records_writer_memory(writer);
        start = seconds();
        must(lede_records_open(&records, &source, NULL), "open");
        opened[i] = seconds() - start;
        fetched[i] = fetch(&corpus, records, writer);
        lede_records_close(records);
        lede_records_writer_free(writer);
    }
    qsort(wrote, ROUNDS, sizeof *wrote, compare);
    qsort(fetched, ROUNDS, sizeof *fetched, compare);
    qsort(opened, ROUNDS, sizeof *opened, compare);
    tell(&corpus, "size",
         100.0 * (double)(blocks.len + dictionaries.len) /
             (double)corpus.text_bytes,
         "%");
    tell(&corpus, "dictionary",
         100.0 * (double)dictionaries.len / (double)corpus.text_bytes, "%");
    tell(&corpus, "write", (double)corpus.text_bytes / wrote[ROUNDS / 2] / 1e6,
         "MB/s");
    tell(&corpus, "memory", (double)memory / 1e6, "MB");
    tell(&corpus, "open", opened[ROUNDS / 2] * 1e6, "us");
    tell(&corpus, "fetch", fetched[ROUNDS / 2], "us");
    lede_buffer_fini(&corpus.records);
    lede_buffer_fini(&blocks);
    lede_buffer_fini(&dictionaries);
    lede_schema_free(corpus.schema);
    free(corpus.ends);
    return 0;
}
