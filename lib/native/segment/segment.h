/*
 * native/segment/segment.h - one immutable file of articles, opened.
 *
 *     lede_segment_open(&segment, dir, &mark, schema, alloc, &err);
 *     lede_segment_find(segment, space, term, cursor, &entry);
 *     lede_postings_open(&list, lede_segment_source(segment, space), &entry);
 *     lede_segment_release(segment);
 *
 * Opening looks at head, section list, summary and the dictionary's index
 * alone; everything else is verified and checked when it is first read. What a
 * hostile file with good checksums says is still checked: numbers against the
 * sections' lengths and the count of documents.
 *
 * Memory    Counted: hold and release. Handles borrow what it maps.
 * Threads   Frozen.
 */
#ifndef LEDE_NATIVE_SEGMENT_SEGMENT_H
#define LEDE_NATIVE_SEGMENT_SEGMENT_H

#include "base/arena.h"
#include "base/budget.h"
#include "document/schema.h"
#include "lede/limits.h"
#include "native/codec/column.h"
#include "native/codec/keys.h"
#include "native/codec/postings.h"
#include "native/codec/records.h"
#include "native/codec/terms.h"
#include "native/segment/envelope.h"

typedef struct lede_segment lede_segment;

/* Sections, as FORMAT.md numbers them. */
typedef enum lede_section_id {
    LEDE_SECTION_SUMMARY = 1,
    LEDE_SECTION_DICTIONARY = 2,
    LEDE_SECTION_DICTIONARY_INDEX = 3,
    LEDE_SECTION_POSTINGS = 4,
    LEDE_SECTION_POSITIONS = 5,
    LEDE_SECTION_FORMS = 6,
    LEDE_SECTION_FORMS_INDEX = 7,
    LEDE_SECTION_LENGTHS = 8,
    LEDE_SECTION_SEQUENCES = 9,
    LEDE_SECTION_SIZES = 10,
    LEDE_SECTION_KEYS = 11,
    LEDE_SECTION_KEY_RANKS = 12,
    LEDE_SECTION_RANK_DOCUMENTS = 13,
    LEDE_SECTION_COLUMN = 14,
    LEDE_SECTION_COLUMN_STARTS = 15,
    LEDE_SECTION_RECORD_STARTS = 16,
    LEDE_SECTION_RECORDS = 17,
    LEDE_SECTION_RECORD_DICTIONARY = 18,
    LEDE_SECTION_SCHEMA = 19,
    LEDE_SECTION_RECORD_LENGTHS = 20
} lede_section_id;

#define LEDE_SECTIONS 21U /* above all of them */

#define LEDE_NO_SECTION_FIELD UINT32_MAX

/* `schema` says which fields keep what; it may have more fields than the
 * segment knows. It outlives the segment. Without a manifest both may be NULL:
 * any file stands under the name, with the schema that it carries. */
lede_status lede_segment_open(lede_segment **out, lede_dir *dir,
                              const char *name, const lede_envelope_mark *mark,
                              const lede_schema *schema,
                              const lede_allocator *allocator, lede_error *err);
lede_segment *lede_segment_hold(lede_segment *segment);
void lede_segment_release(lede_segment *segment); /* NULL is fine */

uint32_t lede_segment_documents(const lede_segment *segment);
const char *lede_segment_name(const lede_segment *segment);

/* The file it is, to be copied. */
const lede_envelope *lede_segment_file(const lede_segment *segment);

/* Sum of the lengths of a field; 0 for one that it does not know. */
uint64_t lede_segment_tokens(const lede_segment *segment, uint32_t field);

/* The schema it was written with, owned by the caller, and the version of its
 * forms: for whoever has no manifest. */
lede_status lede_segment_schema(const lede_segment *segment,
                                lede_schema **schema, uint64_t *forms_version,
                                const lede_allocator *allocator,
                                lede_error *err);

/* Bytes of a section, 0 if it is not there; verified. */
lede_status lede_segment_section(const lede_segment *segment,
                                 lede_section_id id, uint32_t field,
                                 lede_bytes *bytes, lede_error *err);

/* The next section from place `at` on, for statistics; false past the last. */
bool lede_segment_section_at(const lede_segment *segment, size_t at,
                             lede_section_id *id, uint32_t *field,
                             uint64_t *length);

/* The dictionary of all spaces. */
const lede_terms_table *lede_segment_terms(const lede_segment *segment);

/* What lists of a space are read from; NULL for a space without terms. */
const lede_postings_source *lede_segment_source(const lede_segment *segment,
                                                uint32_t space);

/* Whether a segment keeps whole values of a field: keywords; and where neither
 * words nor numbers need tell that an article has a value, the empty one, which
 * stands for it. */
static inline bool lede_segment_keeps_values(const lede_field *field)
{
    return field->kind == LEDE_KEYWORD ||
           (field->kind != LEDE_STORED && !lede_field_has_column(field) &&
            !(field->flags & LEDE_FIELD_UNINDEXED));
}

/* A column, opened and verified when first asked for. *found is false where
 * the field has none in this segment. */
lede_status lede_segment_lengths(const lede_segment *segment, uint32_t field,
                                 const lede_column **column, lede_error *err);
lede_status lede_segment_sequences(const lede_segment *segment,
                                   const lede_column **column, lede_error *err);

/* Fields, and what an occurrence in each weighs: n/256. */
typedef struct lede_segment_mix {
    const uint32_t *fields;
    const uint32_t *weights;
    uint32_t count;
} lede_segment_mix;

/* The length of each document over a mix of fields, in whole words, as its
 * floor: a byte, where the columns take a search of their own. */
typedef struct lede_floors {
    const uint8_t *at; /* by document */
    uint32_t least;    /* of all of them */
    uint32_t most;
} lede_floors;

/* Mixes that a segment keeps floors of: a program uses one, or few. */
#define LEDE_SEGMENT_MIXES 4U

/* Made when first asked for, and kept; NULL for a mix beyond those. Takes some
 * nanoseconds a document when made: then the budget ends it, too. */
lede_status lede_segment_floors(const lede_segment *segment,
                                const lede_segment_mix *mix,
                                const lede_floors **floors, lede_budget *budget,
                                lede_error *err);

/* The values of a field: a column of numbers, and where those of each document
 * begin; `starts` NULL: each has one. Both NULL: none has any. */
typedef struct lede_segment_values {
    const lede_column *values;
    const lede_column *starts;
} lede_segment_values;

lede_status lede_segment_column(const lede_segment *segment, uint32_t field,
                                lede_segment_values *values, lede_error *err);

/* Keys. The key lives in the arena. */
lede_status lede_segment_key(const lede_segment *segment, uint32_t doc,
                             lede_bytes *key, lede_arena *arena,
                             lede_error *err);

/* The same of several documents: what keys are read by is found once. */
typedef struct lede_segment_key_reader {
    const lede_segment *segment;
    const lede_keys *keys;
    const lede_column *ranks;
} lede_segment_key_reader;

lede_status lede_segment_key_reader_init(lede_segment_key_reader *reader,
                                         const lede_segment *segment,
                                         lede_error *err);
lede_status lede_segment_key_reader_at(const lede_segment_key_reader *reader,
                                       uint32_t doc, lede_bytes *key,
                                       lede_arena *arena, lede_error *err);

/* NOT_FOUND where no document has it; of several the last. */
lede_status lede_segment_find_key(const lede_segment *segment, lede_bytes key,
                                  uint32_t *doc, lede_error *err);

/* Keys in order: how many there are, one of them, and the last document that
 * has it. The key lives in the arena. */
lede_status lede_segment_key_count(const lede_segment *segment, uint32_t *count,
                                   lede_error *err);
lede_status lede_segment_key_of_rank(const lede_segment *segment, uint32_t rank,
                                     lede_bytes *key, uint32_t *doc,
                                     lede_arena *arena, lede_error *err);

/* Reads them one after another: each with the last document that has it. */
typedef struct lede_segment_key_cursor {
    const lede_segment *segment;
    const lede_column *documents;
    lede_keys_cursor keys;
    lede_bytes key; /* until next */
    uint32_t doc;
} lede_segment_key_cursor;

lede_status lede_segment_key_cursor_init(lede_segment_key_cursor *cursor,
                                         const lede_segment *segment,
                                         lede_error *err);

/* *more is false behind the last. */
lede_status lede_segment_key_cursor_next(lede_segment_key_cursor *cursor,
                                         bool *more, lede_error *err);

/* The stored record of a document, in the arena. */
lede_status lede_segment_record(const lede_segment *segment, uint32_t doc,
                                lede_bytes *record, lede_arena *arena,
                                lede_error *err);

/* The same, until the cursor's next read: reading on with one cursor unpacks
 * each block once. It reads many segments, each open until its next read. */
lede_status lede_segment_read_record(const lede_segment *segment,
                                     lede_records_cursor *cursor, uint32_t doc,
                                     lede_bytes *record, lede_error *err);

/* All records, opened by whoever wants to close them: to be copied as they are
 * stored, or read. */
lede_status lede_segment_open_records(const lede_segment *segment,
                                      lede_records **records, bool to_copy,
                                      lede_error *err);

/* All records, open as long as the segment; and where that of a document
 * stands. */
lede_status lede_segment_records(const lede_segment *segment,
                                 const lede_records **records, lede_error *err);
lede_status lede_segment_record_place(const lede_segment *segment, uint32_t doc,
                                      lede_records_place *place,
                                      lede_error *err);

/* A list of words, which grows in its arena. */
typedef struct lede_segment_words {
    lede_bytes *at;
    size_t capacity;
    uint32_t count;
    lede_budget *budget; /* NULL: endless */
    lede_arena *arena;
} lede_segment_words;

/* Adds the words that have a form key, as in engine.h, to a list: some
 * once for each field. What the budget says. */
lede_status lede_segment_forms(const lede_segment *segment, uint32_t kind,
                               lede_bytes key, lede_segment_words *words,
                               lede_error *err);

/* Every byte, and every structure: what lede_check runs. Tells each problem
 * and goes on; CORRUPT if there was one. */
lede_status lede_segment_check(const lede_segment *segment,
                               const lede_task *task, lede_error *err);

#endif
