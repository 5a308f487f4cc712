#include "support/native_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/suite.h"

static lede_schema *new_schema(void)
{
    lede_schema *schema;
    lede_field_options options = LEDE_FIELD_OPTIONS;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "body", LEDE_TEXT, &options),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "n", LEDE_INT, &options), LEDE_OK);
    return schema;
}

static void count_failure(void *ctx, lede_log_level level, const char *line)
{
    native_index *n = ctx;

    (void)line;
    if (level == LEDE_LOG_ERROR)
        n->merge_failures++;
}

lede_status native_open_writer(native_index *n)
{
    lede_native_place place = { n->dir, n->shelf,      "native",
                                NULL,   count_failure, n };

    return lede_native_writer_open(&n->writer, &place, &n->settings, &n->err);
}

void native_close_writer(native_index *n)
{
    lede_native_writer_close(n->writer);
    n->writer = NULL;
}

void native_index_open(native_index *n, uint32_t lanes,
                       lede_durability durability)
{
    lede_manifest *manifest = NULL;

    memset(n, 0, sizeof *n);
    n->faults = (dir_faults)DIR_FAULTS;
    n->schema = new_schema();
    ck_assert_int_eq(
        lede_forms_new(&n->forms, lede_schema_analyzer(n->schema), NULL),
        LEDE_OK);
    n->settings = (lede_engine_writer_settings){
        .lanes = lanes,
        .threads = 1,
        .memory_bytes = (uint64_t)64 << 20,
        .durability = durability,
        .forms = n->forms,
    };
    ck_assert_int_eq(lede_dir_open_memory(&n->memory, NULL), LEDE_OK);
    dir_faulty_open(&n->faulty, n->memory, &n->faults);
    dir_recording_open(&n->dir, n->faulty, &n->log);
    ck_assert_int_eq(
        lede_manifest_new(&manifest, n->schema, lede_bytes_of("", 0), NULL),
        LEDE_OK);
    ck_assert_int_eq(lede_manifest_commit(manifest, n->dir, LEDE_DURABLE, NULL),
                     LEDE_OK);
    lede_manifest_release(manifest);
    ck_assert_int_eq(lede_shelf_new(&n->shelf, n->dir, NULL), LEDE_OK);
    ck_assert_int_eq(native_open_writer(n), LEDE_OK);
}

void native_index_close(native_index *n)
{
    native_close_writer(n);
    lede_shelf_free(n->shelf);
    lede_schema_free(n->schema);
    lede_forms_free(n->forms);
    lede_dir_close(n->dir);
    lede_dir_close(n->faulty);
    lede_dir_close(n->memory);
    dir_log_fini(&n->log);
    free(n->keys);
}

lede_status native_put(native_index *n, uint32_t lane, const char *key,
                       uint64_t sequence, const char *words)
{
    lede_engine_change change = {
        .key = lede_bytes_of_text(key),
        .sequence = sequence,
        .schema = n->schema,
    };
    lede_document *doc = NULL;
    word_tokens tokens;
    lede_status status;

    if (words) {
        ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
        ck_assert_int_eq(
            lede_document_add_text(doc, "body", words, strlen(words)), LEDE_OK);
        ck_assert_int_eq(lede_document_add_int(doc, "n", (int64_t)sequence),
                         LEDE_OK);
        word_tokens_init(&tokens, 5);
        word_tokens_add(&tokens, 0, words);
        change.document = doc;
        change.tokens = &tokens.source;
        change.text_bytes = strlen(words);
    }
    status = lede_native_writer_apply(n->writer, lane, &change, &n->err);
    lede_document_free(doc);
    return status;
}

lede_status native_finish(native_index *n, lede_finish_kind kind)
{
    lede_engine_finish finish = { .kind = kind };

    return lede_native_writer_finish(n->writer, &finish, &n->generation,
                                     &n->err);
}

/* ---- As a reader sees it ---- */

typedef struct article {
    char text[64];
} article;

static int by_text(const void *left, const void *right)
{
    const article *a = left, *b = right;

    return strcmp(a->text, b->text);
}

/* Reads an article in all its places, which must agree. */
static void read_article(article *out, const lede_segment *segment,
                         uint32_t doc, lede_arena *arena)
{
    const lede_column *sequences;
    lede_segment_values values;
    lede_bytes key, record;
    uint32_t found;
    uint64_t sequence;

    ck_assert_int_eq(lede_segment_key(segment, doc, &key, arena, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_segment_find_key(segment, key, &found, NULL),
                     LEDE_OK);
    ck_assert_uint_eq(found, doc);
    ck_assert_int_eq(lede_segment_sequences(segment, &sequences, NULL),
                     LEDE_OK);
    sequence = lede_column_at(sequences, doc);
    ck_assert_int_eq(lede_segment_record(segment, doc, &record, arena, NULL),
                     LEDE_OK);
    ck_assert_uint_gt(record.len, 0);
    ck_assert_int_eq(lede_segment_column(segment, 1, &values, NULL), LEDE_OK);
    ck_assert_ptr_nonnull(values.values);
    ck_assert_int_eq(lede_column_to_int(lede_column_at(values.values, doc)),
                     (int64_t)sequence);
    (void)snprintf(out->text, sizeof out->text, "%.*s%llu", (int)key.len,
                   (const char *)key.at, (unsigned long long)sequence);
}

static lede_native_snapshot *look(native_index *n, lede_shelf **shelf)
{
    lede_native_snapshot *snapshot = NULL;

    ck_assert_int_eq(lede_shelf_new(shelf, n->memory, NULL), LEDE_OK);
    ck_assert_msg(lede_native_snapshot_open(&snapshot, *shelf, &n->err) ==
                      LEDE_OK,
                  "%s: %s", n->err.where, n->err.message);
    return snapshot;
}

const char *native_keys(native_index *n)
{
    lede_arena *arena = lede_arena_new(NULL);
    lede_shelf *shelf;
    lede_native_snapshot *snapshot = look(n, &shelf);
    article *articles = calloc(snapshot->live + 1, sizeof *articles);
    lede_buffer out;
    size_t count = 0;

    ck_assert(arena && articles);
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const lede_snapshot_part *part = &snapshot->parts[i];

        ck_assert_int_eq(lede_segment_check(part->segment, NULL, &n->err),
                         LEDE_OK);
        for (uint32_t doc = 0; doc < part->documents; doc++)
            if (lede_live_has(part->live, doc))
                read_article(&articles[count++], part->segment, doc, arena);
    }
    ck_assert_uint_eq(count, snapshot->live);
    qsort(articles, count, sizeof *articles, by_text);
    lede_buffer_init(&out, NULL);
    for (size_t i = 0; i < count; i++)
        lede_put_format(&out, "%s%s", i ? " " : "", articles[i].text);
    lede_put_u8(&out, 0);
    free(articles);
    free(n->keys);
    n->keys = (char *)out.at;
    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    lede_arena_free(arena);
    return n->keys;
}

uint32_t native_segments(native_index *n)
{
    lede_shelf *shelf;
    lede_native_snapshot *snapshot = look(n, &shelf);
    uint32_t count = snapshot->count;

    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    return count;
}

static void count_file(void *ctx, const char *name, uint64_t length)
{
    (void)name;
    (void)length;
    ++*(uint32_t *)ctx;
}

uint32_t native_files(native_index *n)
{
    uint32_t count = 0;

    ck_assert_int_eq(lede_dir_list(n->memory, count_file, &count, NULL),
                     LEDE_OK);
    return count;
}

native_left native_look(lede_dir *dir)
{
    lede_native_snapshot *snapshot = NULL;
    lede_shelf *shelf = NULL;
    native_left left = { .whole = true };

    ck_assert_int_eq(lede_shelf_new(&shelf, dir, NULL), LEDE_OK);
    left.opens = lede_native_snapshot_open(&snapshot, shelf, NULL) == LEDE_OK;
    if (left.opens) {
        left.generation = snapshot->manifest->generation;
        left.live = snapshot->live;
        for (uint32_t i = 0; i < snapshot->count && left.whole; i++)
            left.whole = lede_segment_check(snapshot->parts[i].segment, NULL,
                                            NULL) == LEDE_OK;
        lede_native_snapshot_release(snapshot);
    }
    lede_shelf_free(shelf);
    return left;
}
