/*
 * bench_segment - how large a segment is, and how fast it is made.
 *
 *     bench_segment [-s] FILE FOLDER     -s: without stored text
 *
 * Reads a file as corpus.h has it; analyses, inverts and writes one segment
 * into FOLDER/bench.lede, on one thread. Writes TSV rows: bench, corpus,
 * documents, value, unit. Sizes are percents of the UTF-8 bytes of the two text
 * fields: by section, then by what those of words consist of, "few" being lists
 * of at most 16 documents; rates are of these bytes and of processor seconds,
 * with the synced file, without reading the corpus.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article/analysis.h"
#include "base/limits.h"
#include "corpus.h"
#include "document/schema.h"
#include "measure.h"
#include "native/index/inverter.h"
#include "native/segment/opened.h"

#define SECTIONS 21

static const char *const names[SECTIONS] = {
    "other",  "summary", "dictionary", "dictionary", "postings", "positions",
    "forms",  "forms",   "lengths",    "sequences",  "sizes",    "keys",
    "keys",   "keys",    "columns",    "columns",    "stored",   "stored",
    "stored", "other",   "stored",
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
    return measure_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
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

static void put_all(struct run *run, const struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++) {
        char key[32];

        (void)snprintf(key, sizeof key, "%llu",
                       (unsigned long long)run->sequence);
        put(run, key, corpus->articles[i].document);
    }
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

/* ---- What the sections of words consist of ---- */

enum part {
    DOCUMENTS,
    TIMES,
    POSITIONS,
    FEW_DOCUMENTS,
    FEW_TIMES,
    FEW_POSITIONS,
    HEADS,
    LENGTHS_OF_TEXTS,
    TEXTS,
    NUMBERS,
    TERM_INDEX,
    KEY_LENGTHS,
    KEY_TEXTS,
    WORDS_OF_KEYS,
    KEY_INDEX,
    PARTS
};

static const char *const parts[PARTS] = {
    "lists/documents", "lists/frequencies", "lists/positions", "few/documents",
    "few/frequencies", "few/positions",     "lists/heads",     "terms/lengths",
    "terms/texts",     "terms/numbers",     "terms/index",     "forms/lengths",
    "forms/texts",     "forms/words",       "forms/index",
};

/* How many bytes a block of numbers has, and passes it. */
static size_t pass(lede_bytes *in, uint32_t n)
{
    size_t before = in->len;

    must(lede_block_skip(in, n) ? LEDE_OK : LEDE_ERR_CORRUPT, "block");
    return before - in->len;
}

static void count_long(lede_postings *list, const lede_terms_entry *entry,
                       uint64_t *bytes)
{
    lede_postings_raw raw;

    bytes[HEADS] += entry->postings_len;
    while (lede_postings_next_raw(list, &raw)) {
        bytes[HEADS] -= raw.body.len;
        bytes[DOCUMENTS] += pass(&raw.body, raw.size);
        bytes[TIMES] += raw.body.len;
        bytes[POSITIONS] += raw.spread.len;
    }
}

static void count_short(lede_bytes in, uint32_t n, uint64_t *bytes)
{
    bytes[DOCUMENTS] += pass(&in, n);
    bytes[TIMES] += pass(&in, n);
    bytes[POSITIONS] += in.len;
}

static void count_few(lede_bytes in, const lede_terms_entry *entry,
                      uint64_t *bytes)
{
    uint32_t all = 0;
    size_t before = in.len;
    lede_bytes documents;

    must(lede_take_block(&in, &documents) ? LEDE_OK : LEDE_ERR_CORRUPT, "few");
    bytes[FEW_DOCUMENTS] += before - in.len;
    for (uint32_t i = 0; i < entry->few_count; i++)
        all += entry->few[i];
    for (; all > LEDE_BLOCK_MAX; all -= LEDE_BLOCK_MAX)
        bytes[FEW_TIMES] += pass(&in, LEDE_BLOCK_MAX);
    bytes[FEW_TIMES] += pass(&in, all);
    bytes[FEW_POSITIONS] += in.len;
}

/* Lists of words with positions, as titles and bodies have. */
static void count_lists(const lede_segment *segment, uint32_t space,
                        uint64_t *bytes)
{
    const lede_postings_source *source = lede_segment_source(segment, space);
    static lede_postings list;
    lede_terms_cursor *cursor;

    must(lede_terms_cursor_new(&cursor, lede_segment_terms(segment), NULL),
         "cursor");
    lede_terms_cursor_seek(cursor, space, lede_bytes_of("", 0));
    while (source && lede_terms_cursor_next(cursor)) {
        const lede_terms_entry *entry = &cursor->entry;
        lede_bytes in = lede_bytes_of(source->postings.at + entry->postings,
                                      (size_t)entry->postings_len);

        lede_postings_open(&list, source, entry);
        if (entry->documents > LEDE_POSTINGS_SHORT)
            count_long(&list, entry, bytes);
        else if (entry->documents > LEDE_POSTINGS_FEW)
            count_short(in, entry->documents, bytes);
        else if (entry->few_at == 0)
            count_few(in, entry, bytes);
    }
    must(cursor->status, "terms");
    lede_terms_cursor_free(cursor);
}

/* Blocks that begin with texts; `what` is lengths, texts, and the rest. */
static void count_texts(lede_bytes section, const lede_column *offsets,
                        uint32_t head, const uint32_t *sizes, uint64_t *what)
{
    static lede_front front;

    for (uint32_t b = 0; b < offsets->count; b++) {
        uint64_t begin = lede_column_at(offsets, b);
        uint64_t end = b + 1 < offsets->count ? lede_column_at(offsets, b + 1)
                                              : section.len;
        uint32_t n = sizes ? sizes[b] : section.at[begin];
        lede_bytes in = lede_bytes_of(section.at + begin + head,
                                      (size_t)(end - begin) - head);
        lede_bytes texts = in;
        size_t lengths = pass(&in, n) + pass(&in, n);

        must(lede_front_take(&front, &texts, n) ? LEDE_OK : LEDE_ERR_CORRUPT,
             "texts");
        what[0] += lengths;
        what[1] += in.len - texts.len;
        what[2] += texts.len + head;
    }
}

static void count_dictionary(const lede_segment *segment, uint64_t *bytes)
{
    const lede_terms_table *terms = lede_segment_terms(segment);
    uint32_t *sizes = calloc(terms->blocks + 1U, sizeof *sizes), at = 0;

    must(sizes ? LEDE_OK : LEDE_ERR_NOMEM, "sizes");
    for (uint32_t i = 0; i < terms->space_count; i++) {
        uint64_t left = terms->spaces[i].terms;

        for (; left > LEDE_TERMS_BLOCK; left -= LEDE_TERMS_BLOCK)
            sizes[at++] = LEDE_TERMS_BLOCK;
        if (left > 0)
            sizes[at++] = (uint32_t)left;
    }
    count_texts(terms->dictionary, &terms->offsets, 1, sizes,
                bytes + LENGTHS_OF_TEXTS);
    free(sizes);
}

static void tell_parts(const struct run *run, const char *corpus,
                       const lede_segment *segment)
{
    const lede_forms_table *forms;
    uint64_t bytes[PARTS] = { 0 }, words = 0, sum = 0;

    count_lists(segment, 0, bytes);
    count_lists(segment, 2, bytes);
    count_dictionary(segment, bytes);
    must(lede_segment_open_forms(segment, &forms, NULL), "forms");
    count_texts(forms->forms, &forms->offsets, 2, NULL, bytes + KEY_LENGTHS);
    bytes[TERM_INDEX] =
        lede_segment_bytes_of(segment, LEDE_SECTION_DICTIONARY_INDEX).len;
    bytes[KEY_INDEX] =
        lede_segment_bytes_of(segment, LEDE_SECTION_FORMS_INDEX).len;
    for (size_t i = 0; i < PARTS; i++)
        tell(run, corpus, parts[i],
             100.0 * (double)bytes[i] / (double)run->text_bytes, "%");
    for (uint32_t i = 0; i < segment->space_count; i++)
        if (segment->spaces[i].space % 2 == 0)
            words += segment->spaces[i].terms;
    for (size_t i = LENGTHS_OF_TEXTS; i < PARTS; i++)
        sum += bytes[i];
    tell(run, corpus, "term", (double)sum / (double)words, "bytes");
}

int main(int argc, char **argv)
{
    bool stored = argc > 1 && strcmp(argv[1], "-s") != 0;
    const char *corpus;
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_segment_target target = { .name = "bench.segment" };
    lede_segment_made made;
    lede_segment *segment = NULL;
    struct corpus articles = { 0 };
    struct run run = { 0 };
    double start;

    argv += !stored;
    if (argc - !stored != 3) {
        (void)fprintf(stderr, "usage: bench_segment [-s] FILE FOLDER\n");
        return 2;
    }
    corpus_read(&articles, argv[1], 0);
    corpus = articles.name;
    make_schema(&run, stored);
    must(lede_limits_read(&run.limits, NULL, NULL, NULL), "limits");
    must(lede_forms_new(&run.forms, &options, NULL), "forms");
    must(lede_analysis_new(&run.analysis, run.schema, &run.limits, NULL),
         "analysis");
    must(lede_inverter_new(&run.inverter, run.schema, NULL), "inverter");
    must(lede_dir_open_disk(&target.dir, argv[2], LEDE_DIR_CREATE, NULL, NULL),
         argv[2]);
    lede_inverter_spill(run.inverter, target.dir, 1);
    put_all(&run, &articles);
    corpus_free(&articles);
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
    tell_parts(&run, corpus, segment);
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
