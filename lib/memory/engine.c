#include "memory/memory.h"

#include "base/alloc.h"
#include "base/error.h"
#include "memory/commit.h"
#include "memory/index.h"
#include "memory/search.h"

static lede_memory_index *index_of(lede_engine_index *index)
{
    return (lede_memory_index *)(void *)index;
}

static const lede_memory_commit *commit_of(const lede_engine_snapshot *snapshot)
{
    return (const lede_memory_commit *)(const void *)snapshot;
}

static lede_status check_address(const lede_engine_settings *settings,
                                 lede_error *err)
{
    if (settings->address[0] == '\0')
        return LEDE_OK;
    return lede_fail(err, LEDE_ERR_UNSUPPORTED, settings->address,
                     "an index in memory has no name");
}

static lede_status open_index(lede_engine_index **out,
                              const lede_engine_settings *settings,
                              lede_error *err)
{
    lede_memory_index *index;
    lede_status status = check_address(settings, err);

    if (status != LEDE_OK)
        return status;
    if (!settings->create)
        return lede_fail(err, LEDE_ERR_NOT_FOUND, "memory:",
                         "an index in memory begins empty: create it");
    status =
        lede_memory_index_new(&index, settings->create, settings->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    *out = (lede_engine_index *)(void *)index;
    return LEDE_OK;
}

static void close_index(lede_engine_index *index)
{
    lede_memory_index_release(index_of(index));
}

/* Memory that went wrong would not be found here. */
static lede_status check(const lede_engine_settings *settings, bool recover,
                         const lede_task *task, lede_error *err)
{
    (void)recover;
    (void)task;
    return check_address(settings, err);
}

static lede_status newest_generation(lede_engine_index *index,
                                     uint64_t *generation, lede_error *err)
{
    lede_memory_commit *newest = lede_memory_index_newest(index_of(index));

    (void)err;
    *generation = newest->description.generation;
    lede_memory_commit_release(newest);
    return LEDE_OK;
}

static lede_status open_snapshot(lede_engine_snapshot **out,
                                 lede_engine_index *index, lede_error *err)
{
    (void)err;
    *out = (lede_engine_snapshot *)(void *)lede_memory_index_newest(
        index_of(index));
    return LEDE_OK;
}

static void close_snapshot(lede_engine_snapshot *snapshot)
{
    lede_memory_commit_release((lede_memory_commit *)(void *)snapshot);
}

static const lede_engine_description *describe(
    const lede_engine_snapshot *snapshot)
{
    return &commit_of(snapshot)->description;
}

static lede_status stats_of(lede_stats *stats,
                            const lede_engine_snapshot *snapshot,
                            lede_arena *arena, lede_error *err)
{
    lede_status status =
        lede_memory_commit_stats(stats, commit_of(snapshot), arena);

    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
static lede_status lookup(lede_term_stats *stats,
                          const lede_engine_snapshot *snapshot,
                          const lede_plan_term *terms, uint32_t count,
                          lede_budget *budget, lede_arena *arena,
                          lede_error *err)
{
    lede_status status = lede_budget_spend(budget, count);

    (void)arena;
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    for (uint32_t i = 0; i < count; i++) {
        const lede_memory_entry *entry = lede_memory_dictionary_find(
            &commit_of(snapshot)->dictionary, terms[i].field, terms[i].term);

        stats[i] = entry ? entry->stats : (lede_term_stats){ 0 };
    }
    return LEDE_OK;
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
static lede_status walk(lede_term_walk **out,
                        const lede_engine_snapshot *snapshot, uint32_t field,
                        lede_space space, lede_dfa *dfa, lede_budget *budget,
                        lede_arena *arena, lede_error *err)
{
    lede_status status = lede_memory_walk_new(
        out,
        lede_memory_dictionary_space(&commit_of(snapshot)->dictionary, field,
                                     space),
        dfa, budget, arena);

    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
static lede_status forms(const lede_bytes **terms, uint32_t *count,
                         const lede_engine_snapshot *snapshot, uint32_t kind,
                         lede_bytes key, lede_budget *budget, lede_arena *arena,
                         lede_error *err)
{
    size_t found;
    const lede_memory_form *form = lede_memory_dictionary_forms(
        &commit_of(snapshot)->dictionary, kind, key, &found);
    lede_bytes *list = lede_arena_array(arena, found, sizeof *list);
    lede_status status = lede_budget_spend(budget, found + 1);

    if (!list)
        return lede_fail_plain(err, lede_arena_status(arena));
    if (status == LEDE_OK && found > UINT32_MAX)
        status = LEDE_ERR_LIMIT;
    for (size_t i = 0; status == LEDE_OK && i < found; i++) {
        lede_bytes term = form[i].term;

        list[i] =
            lede_bytes_of(lede_arena_text(arena, term.at, term.len), term.len);
        if (!list[i].at)
            status = lede_arena_status(arena);
    }
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    *terms = list;
    *count = (uint32_t)found;
    return LEDE_OK;
}

static lede_status search_plan(lede_engine_results *out,
                               const lede_engine_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err)
{
    return lede_memory_search(out, commit_of(snapshot), search, arena, err);
}

/* ---- Documents ---------------------------------------------------------- */

static bool is_wanted(const lede_engine_load *load, const lede_schema *schema,
                      const char *name)
{
    uint32_t place = lede_schema_place(schema, name);

    if (place != LEDE_NO_FIELD &&
        !lede_field_is_stored(lede_schema_field(schema, place)))
        return false;
    for (uint32_t i = 0; load->fields && i < load->field_count; i++)
        if (load->fields[i] == place && place != LEDE_NO_FIELD)
            return true;
    return !load->fields;
}

static lede_status load_one(lede_document **out,
                            const lede_memory_commit *commit, lede_doc doc,
                            const lede_engine_load *load)
{
    const lede_document *from = commit->articles[doc]->document;
    lede_status status = lede_document_new(out, load->allocator);

    for (size_t i = 0; status == LEDE_OK && i < lede_document_count(from);
         i++) {
        const lede_entry *entry = lede_document_entry(from, i);

        status = lede_budget_spend(load->budget, 1);
        if (status == LEDE_OK && is_wanted(load, commit->schema, entry->field))
            status = lede_document_add(*out, entry->field, &entry->value);
    }
    return status;
}

static lede_status load(lede_document **documents, uint64_t *sequences,
                        const lede_engine_snapshot *snapshot,
                        const lede_engine_load *asked, lede_error *err)
{
    const lede_memory_commit *commit = commit_of(snapshot);
    lede_status status = lede_budget_spend(asked->budget, 1);
    uint32_t made = 0;

    while (status == LEDE_OK && made < asked->count) {
        documents[made] = NULL;
        status = load_one(&documents[made], commit, asked->docs[made], asked);
        made++;
    }
    if (status != LEDE_OK) {
        while (made > 0) {
            lede_document_free(documents[--made]);
            documents[made] = NULL;
        }
        return lede_fail_plain(err, status);
    }
    for (uint32_t i = 0; sequences && i < asked->count; i++)
        sequences[i] = commit->articles[asked->docs[i]]->sequence;
    return LEDE_OK;
}

const lede_engine *lede_memory_engine(void)
{
    static const lede_engine engine = {
        .name = "memory",
        .schemes = "memory",
        .parallel = true,
        .open = open_index,
        .close = close_index,
        .check = check,
        .generation = newest_generation,
        .snapshot = open_snapshot,
        .snapshot_close = close_snapshot,
        .describe = describe,
        .stats = stats_of,
        .lookup = lookup,
        .walk = walk,
        .forms = forms,
        .search = search_plan,
        .load = load,
        .writer = lede_memory_writer_open,
        .writer_close = lede_memory_writer_close,
        .apply = lede_memory_writer_apply,
        .finish = lede_memory_writer_finish,
        .writer_shards = lede_memory_writer_shards,
        .writer_memory = lede_memory_writer_memory,
    };

    return &engine;
}
