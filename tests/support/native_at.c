#include "support/native_at.h"

#include "native/index/snapshot.h"
#include "native/native.h"
#include "support/dir_faulty.h"

static lede_dir *the_dir;
static dir_log *the_log;
static uint64_t the_memory;

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

void native_at_memory(uint64_t bytes)
{
    the_memory = bytes;
}

static lede_status writer_at(lede_engine_writer **out, lede_engine_index *index,
                             const lede_engine_writer_settings *settings,
                             lede_error *err)
{
    lede_engine_writer_settings own = *settings;

    if (the_memory)
        own.memory_bytes = the_memory;
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

lede_status native_at_check(lede_dir *dir, lede_error *err)
{
    lede_shelf *shelf = NULL;
    lede_native_snapshot *snapshot = NULL;
    lede_status status = lede_shelf_new(&shelf, dir, NULL);

    if (status == LEDE_OK)
        status = lede_native_snapshot_open(&snapshot, shelf, err);
    for (uint32_t i = 0; status == LEDE_OK && i < snapshot->count; i++)
        status = lede_segment_check(snapshot->parts[i].segment, NULL, err);
    if (snapshot)
        lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    return status;
}
