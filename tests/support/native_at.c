#include "support/native_at.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "native/index/snapshot.h"
#include "native/native.h"
#include "support/dir_faulty.h"

static lede_dir *the_dir;
static dir_log *the_log;
static bool flushing;
static bool merging;

/* The least with which there is a thread for merges; and so many lanes that
 * none has any of it. */
#define MERGES_BYTES ((uint64_t)24 << 20)
#define MANY_LANES   8U

void native_at(lede_dir *dir, dir_log *log)
{
    the_dir = dir;
    the_log = log;
}

static lede_status open_at(lede_engine_index **out,
                           const lede_engine_settings *settings,
                           lede_error *err)
{
    static dir_faults none = DIR_FAULTS;
    lede_dir *dir;

    /* Of its own, because the index closes it. */
    if (the_log)
        dir_recording_open(&dir, the_dir, the_log);
    else
        dir_faulty_open(&dir, the_dir, &none);
    return lede_native_open(out, dir, settings, err);
}

void native_at_writers(bool flush, bool merge)
{
    flushing = flush;
    merging = merge;
}

static lede_status writer_at(lede_engine_writer **out, lede_engine_index *index,
                             const lede_engine_writer_settings *settings,
                             lede_error *err)
{
    lede_engine_writer_settings own = *settings;

    if (merging) {
        own.threads = 2;
        own.memory_bytes = MERGES_BYTES;
        own.lanes = flushing ? MANY_LANES : own.lanes;
    } else if (flushing) {
        own.memory_bytes = 1;
    }
    return lede_native_engine()->writer(out, index, &own, err);
}

lede_index_options native_at_options(void)
{
    static lede_engine engine;
    lede_index_options options = LEDE_INDEX_OPTIONS;

    engine = *lede_native_engine();
    engine.schemes = "at";
    engine.owns = NULL;
    engine.open = open_at;
    engine.writer = writer_at;
    options.engine = &engine;
    return options;
}

static lede_status read_article(picture *out, const lede_segment *segment,
                                uint32_t doc, lede_arena *arena,
                                lede_error *err)
{
    const lede_column *sequences = NULL;
    lede_segment_values values;
    char text[16] = "";
    lede_bytes key;
    unsigned number;
    lede_status status = lede_segment_key(segment, doc, &key, arena, err);

    if (status == LEDE_OK)
        status = lede_segment_sequences(segment, &sequences, err);
    if (status == LEDE_OK)
        status = lede_segment_column(segment, 2, &values, err);
    if (status != LEDE_OK)
        return status;
    memcpy(text, key.at, key.len < 15 ? key.len : 15);
    if (sscanf(text, "k%u", &number) != 1 || number >= PICTURE_KEYS ||
        out->value[number] || !values.values)
        return lede_fail(err, LEDE_ERR_CORRUPT, text, "no key, or one twice");
    out->value[number] =
        (uint32_t)lede_column_to_int(lede_column_at(values.values, doc));
    out->turn[number] = lede_column_at(sequences, doc);
    return LEDE_OK;
}

static lede_status read_part(picture *out, const lede_snapshot_part *part,
                             lede_arena *arena, lede_error *err)
{
    lede_status status = lede_segment_check(part->segment, NULL, err);

    for (uint32_t doc = 0; out && status == LEDE_OK && doc < part->documents;
         doc++)
        if (lede_live_has(part->live, doc))
            status = read_article(out, part->segment, doc, arena, err);
    return status;
}

static lede_status read_parts(picture *out, uint64_t *generation, lede_dir *dir,
                              lede_arena *arena, lede_error *err)
{
    lede_shelf *shelf = NULL;
    lede_native_snapshot *snapshot = NULL;
    lede_status status = lede_shelf_new(&shelf, dir, NULL);

    if (status == LEDE_OK)
        status = lede_native_snapshot_open(&snapshot, shelf, err);
    if (status == LEDE_OK)
        *generation = snapshot->manifest->generation;
    if (status == LEDE_OK && out)
        out->fields = lede_schema_count(snapshot->manifest->schema) -
                      PICTURE_FIRST_FIELDS;
    for (uint32_t i = 0; status == LEDE_OK && i < snapshot->count; i++)
        status = read_part(out, &snapshot->parts[i], arena, err);
    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    return status;
}

lede_status native_at_check(lede_dir *dir, lede_error *err)
{
    uint64_t generation;

    return read_parts(NULL, &generation, dir, NULL, err);
}

lede_status native_at_picture(picture *out, uint64_t *generation, lede_dir *dir,
                              lede_error *err)
{
    lede_arena *arena = lede_arena_new(NULL);
    lede_status status = LEDE_ERR_NOMEM;

    memset(out, 0, sizeof *out);
    if (arena)
        status = read_parts(out, generation, dir, arena, err);
    lede_arena_free(arena);
    return status;
}
