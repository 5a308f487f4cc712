/*
 * native/index/intake.h - articles without their words, waiting for a flush.
 *
 *     lede_intake_put(&intake, &change, schema, lengths, field_count);
 *     lede_intake_end(&intake, &err);
 *     lede_intake_open(&reader, &intake, schema);
 *     for (doc = 0; doc < intake.count; doc++)
 *         lede_segment_writer_document(writer,
 *             lede_intake_read(&reader, doc), &err);
 *
 * An article is one run of bytes: its sequence, its key, the lengths of its
 * fields, and its numbers by field and value, each once. Stored records are compressed as they
 * come, and wait apart: beyond some MiB in a file, if there is a directory.
 *
 * Errors    NOMEM, or those of the file; the article is then not put.
 * Memory    Lives in the caller's storage.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_INTAKE_H
#define LEDE_NATIVE_INDEX_INTAKE_H

#include "base/arena.h"
#include "engine/engine.h"
#include "native/segment/segment_writer.h"
#include "native/segment/spool.h"

typedef struct lede_intake_article lede_intake_article;

typedef struct lede_intake_number {
    uint64_t order; /* as columns order it */
    uint32_t field;
} lede_intake_number;

typedef struct lede_intake {
    lede_intake_article ***pages; /* articles by number */
    size_t page_capacity;
    uint32_t count;
    uint32_t most_numbers;        /* of one article */
    uint64_t number_count;        /* of all */
    lede_arena *arena;            /* NULL while there is nothing */
    lede_records_writer *records; /* NULL while there is nothing */
    lede_spool blocks;
    lede_buffer dictionaries; /* of the records, when they have ended, */
    bool ended;
    lede_records *stored; /* and they themselves; NULL: more may come */
    lede_buffer scratch;
    lede_intake_number *numbers; /* of the article being put */
    size_t number_capacity;
    const lede_allocator *allocator;
} lede_intake;

void lede_intake_init(lede_intake *intake, const lede_allocator *allocator);

/* From now on records may go to a file there, of that generation. Only while
 * there are no articles. */
void lede_intake_spill(lede_intake *intake, lede_dir *dir, uint64_t generation);
void lede_intake_fini(lede_intake *intake);
void lede_intake_clear(lede_intake *intake); /* keeps little */

uint64_t lede_intake_bytes(const lede_intake *intake);

/* What a reader takes, for a schema of so many fields. */
uint64_t lede_intake_reader_bytes(const lede_intake *intake, uint32_t fields);

/* Takes in an article. `lengths` are by field, and zero beyond `fields`. */
lede_status lede_intake_put(lede_intake *intake,
                            const lede_engine_change *change,
                            const lede_schema *schema, const uint32_t *lengths,
                            uint32_t fields, lede_error *err);

/* No more articles come; their records are in `stored`. */
lede_status lede_intake_end(lede_intake *intake, lede_error *err);

/* Of an article below the count; borrowed until the intake changes. */
lede_bytes lede_intake_key(const lede_intake *intake, uint32_t doc);
uint64_t lede_intake_sequence(const lede_intake *intake, uint32_t doc);

typedef struct lede_intake_reader {
    const lede_intake *intake;
    const lede_schema *schema;
    lede_segment_document document;
    lede_records_place place;
    uint32_t field_count;
    uint32_t *lengths;
    lede_entry *entries;
    const lede_entry **numbers;
} lede_intake_reader;

/* `schema` has the fields of all articles, perhaps more. */
lede_status lede_intake_open(lede_intake_reader *reader,
                             const lede_intake *intake,
                             const lede_schema *schema);
void lede_intake_close(lede_intake_reader *reader);

/* An article below the count, with its record's place among those stored;
 * borrowed until the next one is read. */
const lede_segment_document *lede_intake_read(lede_intake_reader *reader,
                                              uint32_t doc);

#endif
