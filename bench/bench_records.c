/*
 * bench_records - how small stored text is, how fast made and fetched.
 *
 *     bench_records FILE
 *
 * Writes the records of a file as corpus.h has it as a segment would, and reads
 * each record of 4 to 6 KB by itself, in random order.
 * Writes TSV rows: bench, corpus, records, value, unit, target if there is one.
 * Sizes are percents of the UTF-8 bytes; times are of the thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "document/record.h"
#include "document/schema.h"
#include "measure.h"
#include "native/codec/records.h"

#define ROUNDS 5

struct records {
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
    return measure_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9;
}

/* The texts of an article, without its date. */
static void take_texts(lede_document *out, const lede_document *article)
{
    static const char *const names[] = { "title", "body" };

    lede_document_clear(out);
    for (size_t i = 0; i < 2; i++)
        must(lede_document_add_text(out, names[i],
                                    lede_document_text(article, names[i]),
                                    LEDE_TERMINATED),
             names[i]);
}

static void encode_all(struct records *all, const char *path)
{
    struct corpus corpus = { 0 };
    lede_document *texts = NULL;

    must(lede_document_new(&texts, NULL), "document");
    corpus_read(&corpus, path, 0);
    all->name = corpus.name;
    all->count = corpus.count;
    all->text_bytes = corpus.bytes;
    all->ends = malloc((corpus.count + 1) * sizeof *all->ends);
    if (!all->ends)
        must(LEDE_ERR_NOMEM, "ends");
    for (size_t i = 0; i < corpus.count; i++) {
        take_texts(texts, corpus.articles[i].document);
        lede_record_encode(&all->records, texts, all->schema);
        must(all->records.status, "records");
        all->ends[i] = all->records.len;
    }
    lede_document_free(texts);
    corpus_free(&corpus);
}

static lede_bytes record_at(const struct records *all, size_t at)
{
    size_t begin = at ? all->ends[at - 1] : 0;

    return lede_bytes_of(all->records.at + begin, all->ends[at] - begin);
}

static void tell(const struct records *all, const char *what, double value,
                 const char *unit, const char *target)
{
    printf("records_%s\t%s\t%zu\t%.2f\t%s\t%s\n", what, all->name, all->count,
           value, unit, target);
}

/* Writes all records; returns the writer, which knows where they are. */
static lede_records_writer *write_all(const struct records *all,
                                      lede_buffer *blocks,
                                      lede_buffer *dictionaries)
{
    lede_records_writer *writer = NULL;

    lede_buffer_clear(blocks);
    lede_buffer_clear(dictionaries);
    must(lede_records_writer_new(&writer, NULL), "writer");
    for (size_t i = 0; i < all->count; i++)
        must(lede_records_writer_add(writer, record_at(all, i), blocks), "add");
    must(lede_records_writer_end(writer, blocks, dictionaries), "end");
    return writer;
}

/* Microseconds for one record. */
static double fetch(const struct records *all, const lede_records *records,
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
        at = (size_t)(random >> 33) % all->count;
        want = record_at(all, at);
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

int main(int argc, char **argv)
{
    struct records all = { 0 };
    lede_buffer blocks, dictionaries;
    double wrote[ROUNDS], fetched[ROUNDS], opened[ROUNDS];
    uint64_t memory = 0;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench_records FILE\n");
        return 2;
    }
    lede_buffer_init(&all.records, NULL);
    lede_buffer_init(&blocks, NULL);
    lede_buffer_init(&dictionaries, NULL);
    must(lede_schema_new(&all.schema, NULL), "schema");
    must(lede_schema_add(all.schema, "title", LEDE_TEXT, NULL), "title");
    must(lede_schema_add(all.schema, "body", LEDE_TEXT, NULL), "body");
    encode_all(&all, argv[1]);
    for (int i = 0; i < ROUNDS; i++) {
        double start = seconds();
        lede_records_writer *writer = write_all(&all, &blocks, &dictionaries);
        lede_records_source source = { .blocks = lede_buffer_bytes(&blocks),
                                       .dictionaries =
                                           lede_buffer_bytes(&dictionaries) };
        lede_records *records = NULL;

        wrote[i] = seconds() - start;
        memory = lede_records_writer_memory(writer);
        start = seconds();
        must(lede_records_open(&records, &source, NULL), "open");
        opened[i] = seconds() - start;
        fetched[i] = fetch(&all, records, writer);
        lede_records_close(records);
        lede_records_writer_free(writer);
    }
    tell(&all, "size",
         100.0 * (double)(blocks.len + dictionaries.len) /
             (double)all.text_bytes,
         "%", "-");
    tell(&all, "dictionary",
         100.0 * (double)dictionaries.len / (double)all.text_bytes, "%", "-");
    tell(&all, "write",
         (double)all.text_bytes / measure_median(wrote, ROUNDS) / 1e6, "MB/s",
         "-");
    tell(&all, "memory", (double)memory / 1e6, "MB", "-");
    tell(&all, "open", measure_median(opened, ROUNDS) * 1e6, "us", "-");
    tell(&all, "fetch", measure_median(fetched, ROUNDS), "us", "50");
    lede_buffer_fini(&all.records);
    lede_buffer_fini(&blocks);
    lede_buffer_fini(&dictionaries);
    lede_schema_free(all.schema);
    free(all.ends);
    return 0;
}
