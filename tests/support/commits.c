#include "support/commits.h"

#include "native/match/search.h"
#include "support/native_at.h"
#include "support/suite.h"

lede_writer *commits_begin(commits *made, lede_schema *schema)
{
    lede_index_options options = native_at_options();
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_writer *writer;

    writing.threads = 1; /* each has segments of its own */
    ck_assert_int_eq(lede_dir_open_memory(&made->dir, NULL), LEDE_OK);
    native_at(made->dir, NULL);
    ck_assert_int_eq(lede_index_create(&made->index, NATIVE_AT, schema,
                                       &options, &made->err),
                     LEDE_OK);
    lede_schema_free(schema);
    ck_assert_int_eq(
        lede_writer_open(&writer, made->index, &writing, &made->err), LEDE_OK);
    return writer;
}

void commits_end(commits *made, lede_writer *writer, uint32_t segments)
{
    lede_writer_close(writer);
    ck_assert_int_eq(lede_shelf_new(&made->shelf, made->dir, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_native_snapshot_open(&made->snapshot, made->shelf, &made->err),
        LEDE_OK);
    ck_assert_uint_eq(made->snapshot->count, segments);
    made->arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(made->arena);
}

void commits_close(commits *made)
{
    lede_arena_free(made->arena);
    lede_native_snapshot_release(made->snapshot);
    lede_shelf_free(made->shelf);
    lede_index_close(made->index);
    lede_dir_close(made->dir);
}

lede_engine_results commits_ask(commits *made, const lede_engine_search *search)
{
    lede_engine_results results;

    ck_assert_int_eq(lede_native_search(&results, made->snapshot, search,
                                        made->arena, &made->err),
                     LEDE_OK);
    return results;
}
