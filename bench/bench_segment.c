/*
 * bench_segment - how large a segment is, and how fast it is made.
 *
 *     bench_segment [-s] FILE.jsonl FOLDER     -s: without stored text
 *
 * Reads title, body or text, and date of each line; analyses, inverts and
 * writes one segment into FOLDER/bench.lede, on one thread. Writes TSV rows:
 * bench, corpus, documents, value, unit. Sizes are percents of the UTF-8 bytes
 * of the two text fields; rates are of these bytes and of processor seconds,
 * with the synced file, without reading JSON.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "article/analysis.h"
#include "base/limits.h"
#include "document/schema.h"
#include "native/index/inverter.h"

#define SECTIONS 21

static const char *const names[SECTIONS] = {
    "other",     "summary", "dictionary", "dictionary", "postings",
    "positions", "forms",   "forms",      "lengths",    "sequences",
    "sizes",     "keys",    "keys",       "keys",       "columns",
    "columns",   "stored",  "stored",     "stored",     "other",
    "stored",
};

static void must(lede_status status, const char *what)
{
    if (status == LEDE_OK)
        return;
    (void)fprintf(stderr, "bench_segment: %s: %s\n", what,
                  lede_status_name(status));
    exit(2);
}

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void add(lede_document *doc, const char *field, const json_t *object,
                const char *member)
{
    const json_t *value = json_object_get(object, member);

    if (json_is_string(value))
        lede_document_add_text(doc, field, json_string_value(value),
                               json_string_length(value));
}

struct run {
    lede_schema *schema;
    lede_forms *forms;
    lede_limits limits;
    lede_analysis *analysis;
    lede_inverter *inverter;
    uint64_t text_bytes;
    uint64_t sequence;
    uint64_t memory;
    double seconds;
};

static void make_schema(struct run *run, bool stored)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;

    options.flags = stored ? 0 : LEDE_FIELD_UNSTORED;
    must(lede_schema_new(&run->schema, NULL), "schema");
    options.weight = 2;
    must(lede_schema_add(run->schema, "title", LEDE_TEXT, &options), "title");
    options.weight = 1;
    must(lede_schema_add(run->schema, "body", LEDE_TEXT, &options), "body");
    must(lede_schema_add(run->schema, "date", LEDE_DATE, NULL), "date");
}

static void put(struct run *run, const char *key, const lede_document *doc)
{
    lede_engine_change change = { .sequence = ++run->sequence,
                                  .schema = run->schema };
    double start = seconds();

    must(lede_analysis_start(run->analysis, doc, NULL), key);
    change.key = lede_bytes_of_text(key);
    change.document = run->analysis->document;
    change.tokens = &run->analysis->source;
    for (size_t i = 0; i < 2; i++)
        change.text_bytes +=
            strlen(lede_document_text(doc, i ? "body" : "title"));
    must(lede_inverter_put(run->inverter, &change, NULL), key);
    run->seconds += seconds() - start;
    run->text_bytes += change.text_bytes;
    if (lede_inverter_memory(run->inverter) > run->memory)
        run->memory = lede_inverter_memory(run->inverter);
}

static void read_corpus(struct run *run, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL, key[32];
    size_t size = 0;
    lede_document *doc = NULL;

    if (!in)
        must(LEDE_ERR_NOT_FOUND, path);
    must(lede_document_new(&doc, NULL), "document");
    while (getline(&line, &size, in) > 0) {
        json_t *object = json_loads(line, 0, NULL);

        if (!object)
            continue;
        lede_document_clear(doc);
        add(doc, "title", object, "title");
        add(doc, "body", object, "body");
        add(doc, "body", object, "text");
        add(doc, "date", object, "date");
        (void)snprintf(key, sizeof key, "%llu",
                       (unsigned long long)run->sequence);
        put(run, key, doc);
        json_decref(object);
    }
    lede_document_free(doc);
    free(line);
    (void)fclose(in);
}

static void tell(const struct run *run, const char *corpus, const char *what,
                 double value, const char *unit)
{
    printf("segment_%s\t%s\t%llu\t%.2f\t%s\n", what, corpus,
           (unsigned long long)run->sequence, value, unit);
}

static void tell_sections(const struct run *run, const char *corpus,
                          lede_segment *segment, uint64_t whole)
{
    uint64_t bytes[SECTIONS] = { 0 }, length, told = 0;
    lede_section_id id;
    uint32_t field;

    for (size_t at = 0;
         lede_segment_section_at(segment, at, &id, &field, &length); at++)
        bytes[id < SECTIONS ? id : 0] += length;
    for (size_t i = 1; i < SECTIONS; i++)
        told += bytes[i];
    bytes[0] = whole - told;
    for (size_t i = 0; i < SECTIONS; i++)
        for (size_t j = i + 1; j < SECTIONS; j++)
            if (strcmp(names[i], names[j]) == 0) {
                bytes[i] += bytes[j];
                bytes[j] = 0;
            }
    for (size_t i = 0; i < SECTIONS; i++)
        if (bytes[i])
            tell(run, corpus, names[i],
                 100.0 * (double)bytes[i] / (double)run->text_bytes, "%");
    tell(run, corpus, "whole", 100.0 * (double)whole / (double)run->text_bytes,
         "%");
}

int main(int argc, char **argv)
{
    bool stored = argc > 1 && strcmp(argv[1], "-s") != 0;
    const char *path, *corpus;
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_segment_target target = { .name = "bench.segment" };
    lede_segment_made made;
    lede_segment *segment = NULL;
    struct run run = { 0 };
    double start;

    argv += !stored;
    if (argc - !stored != 3) {
        (void)fprintf(stderr, "usage: bench_segment [-s] FILE FOLDER\n");
        return 2;
    }
    path = argv[1];
    corpus = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    make_schema(&run, stored);
    must(lede_limits_read(&run.limits, NULL, NULL, NULL), "limits");
    must(lede_forms_new(&run.forms, &options, NULL), "forms");
    must(lede_analysis_new(&run.analysis, run.schema, &run.limits, NULL),
         "analysis");
    must(lede_inverter_new(&run.inverter, run.schema, NULL), "inverter");
    must(lede_dir_open_disk(&target.dir, argv[2], LEDE_DIR_CREATE, NULL, NULL),
         argv[2]);
    lede_inverter_spill(run.inverter, target.dir, 1);
    read_corpus(&run, path);
    (void)lede_dir_unlink(target.dir, target.name, NULL);
    target.schema = run.schema;
    target.forms = run.forms;
    start = seconds();
    must(lede_inverter_flush(run.inverter, &target, true, &made, NULL),
         "flush");
    start = seconds() - start;
    must(lede_segment_open(&segment, target.dir, target.name, &made.mark,
                           run.schema, NULL, NULL),
         "open");
    tell_sections(&run, corpus, segment, made.mark.length);
    tell(&run, corpus, "inversion", (double)run.text_bytes / run.seconds / 1e6,
         "MB/s");
    tell(&run, corpus, "flush", (double)run.text_bytes / start / 1e6, "MB/s");
    tell(&run, corpus, "all",
         (double)run.text_bytes / (start + run.seconds) / 1e6, "MB/s");
    tell(&run, corpus, "memory", (double)run.memory / (double)run.text_bytes,
         "bytes/byte");
    lede_segment_release(segment);
    lede_inverter_free(run.inverter);
    lede_analysis_free(run.analysis);
    lede_forms_free(run.forms);
    lede_schema_free(run.schema);
    lede_dir_close(target.dir);
    return 0;
}
