#include "memory/commit.h"

#include "base/alloc.h"
#include "base/map.h"

/* Marks the keys that a step puts or deletes. */
static bool list_keys(lede_map *keys, const lede_memory_step *step)
{
    for (uint32_t i = 0; i < step->change_count; i++) {
        lede_bytes key = step->changes[i]->key;

        if (!lede_map_put(keys, key, lede_hash_bytes(key)))
            return false;
    }
    return true;
}

/* Takes over an article of the commit before, or puts a new one. */
static void add_article(lede_memory_commit *c, lede_memory_article *article,
                        bool live)
{
    c->articles[c->count] = lede_memory_article_keep(article);
    c->live[c->count++] = live;
    c->live_count += live;
}

static lede_status take_articles(lede_memory_commit *c,
                                 const lede_memory_step *step,
                                 const lede_map *keys)
{
    uint32_t old = step->before ? step->before->count : 0;
    uint64_t room = (uint64_t)old + step->change_count;

    if (room > UINT32_MAX)
        return LEDE_ERR_LIMIT;
    c->room = (uint32_t)room;
    c->articles =
        lede_alloc_array(c->allocator, c->room, sizeof(lede_memory_article *));
    c->live = lede_alloc_array(c->allocator, c->room, sizeof *c->live);
    if (!c->articles || !c->live)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < old; i++) {
        lede_memory_article *article = step->before->articles[i];
        bool live =
            step->before->live[i] &&
            !lede_map_find(keys, article->key, lede_hash_bytes(article->key));

        if (live || !step->drop_deleted)
            add_article(c, article, live);
    }
    for (uint32_t i = 0; i < step->change_count; i++)
        if (step->changes[i]->document)
            add_article(c, step->changes[i], true);
    return LEDE_OK;
}

static lede_status sum_lengths(lede_memory_commit *c)
{
    uint32_t fields = lede_schema_count(c->schema);

    c->field_tokens =
        lede_alloc_array(c->allocator, fields, sizeof *c->field_tokens);
    if (!c->field_tokens)
        return LEDE_ERR_NOMEM;
    c->description.field_count = fields;
    for (uint32_t field = 0; field < fields; field++) {
        c->field_tokens[field] = 0;
        for (uint32_t i = 0; i < c->count; i++)
            if (field < c->articles[i]->field_count)
                c->field_tokens[field] += c->articles[i]->fields[field].length;
    }
    return LEDE_OK;
}

static void describe(lede_memory_commit *c, const lede_memory_step *step)
{
    const lede_engine_description *before =
        step->before ? &step->before->description : NULL;
    lede_engine_description *d = &c->description;

    if (before) {
        d->generation = before->generation + 1;
        d->last_sequence = before->last_sequence;
    }
    if (step->change_count)
        d->last_sequence = step->changes[step->change_count - 1]->sequence;
    c->shard = (lede_shard){ "memory:", d->generation, LEDE_OK, "" };
    d->schema = c->schema;
    d->notes = c->notes;
    d->documents = c->count;
    d->field_tokens = c->field_tokens;
    d->forms_version = step->forms ? lede_forms_version(step->forms) : 0;
    d->shards = &c->shard;
    d->shard_count = 1;
}

static lede_status build(lede_memory_commit *c, const lede_memory_step *step)
{
    lede_map keys;
    lede_status status;

    lede_map_init(&keys, c->allocator);
    status =
        list_keys(&keys, step) ? take_articles(c, step, &keys) : LEDE_ERR_NOMEM;
    lede_map_fini(&keys);
    if (status == LEDE_OK)
        status = lede_schema_copy(&c->schema, step->schema, c->allocator);
    if (status == LEDE_OK) {
        c->note_text = lede_alloc_text(
            c->allocator, (const char *)step->notes.at, step->notes.len);
        c->notes = lede_bytes_of(c->note_text, step->notes.len);
        status = c->note_text ? sum_lengths(c) : LEDE_ERR_NOMEM;
    }
    if (status == LEDE_OK)
        status =
            lede_memory_dictionary_init(&c->dictionary, c->articles, c->count,
                                        c->schema, step->forms, c->allocator);
    if (status == LEDE_OK)
        describe(c, step);
    return status;
}

lede_status lede_memory_commit_new(lede_memory_commit **out,
                                   const lede_memory_step *step,
                                   const lede_allocator *allocator)
{
    lede_memory_commit *c = lede_alloc_zero(allocator, sizeof *c);
    lede_status status;

    if (!c)
        return LEDE_ERR_NOMEM;
    c->allocator = allocator;
    atomic_init(&c->keepers, 1);
    status = build(c, step);
    if (status != LEDE_OK) {
        lede_memory_commit_release(c);
        return status;
    }
    *out = c;
    return LEDE_OK;
}

lede_memory_commit *lede_memory_commit_keep(lede_memory_commit *commit)
{
    (void)atomic_fetch_add(&commit->keepers, 1);
    return commit;
}

void lede_memory_commit_release(lede_memory_commit *commit)
{
    lede_memory_commit *c = commit;

    if (!c || atomic_fetch_sub(&c->keepers, 1) > 1)
        return;
    lede_memory_dictionary_fini(&c->dictionary);
    for (uint32_t i = 0; i < c->count; i++)
        lede_memory_article_release(c->articles[i]);
    lede_release(c->allocator, c->articles,
                 c->room * sizeof(lede_memory_article *));
    lede_release(c->allocator, c->live, c->room * sizeof *c->live);
    lede_release(c->allocator, c->field_tokens,
                 c->description.field_count * sizeof *c->field_tokens);
    lede_release(c->allocator, c->note_text, c->notes.len + 1);
    lede_schema_free(c->schema);
    lede_release(c->allocator, c, sizeof *c);
}

/* ---- Statistics --------------------------------------------------------- */

static void count_articles(lede_stats *stats, const lede_memory_commit *c,
                           lede_section sections[3])
{
    stats->text_bytes = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const lede_memory_article *a = c->articles[i];
        uint64_t positions = a->position_count * sizeof *a->positions;
        uint64_t stored = a->document_bytes + a->key.len;

        if (c->live[i])
            stats->text_bytes += a->text_bytes;
        sections[0].bytes += positions;
        sections[1].bytes += stored;
        sections[2].bytes += lede_memory_article_size(a) - positions - stored;
    }
}

static void count_terms(lede_stats *stats, const lede_memory_commit *c,
                        lede_section *dictionary)
{
    stats->terms = 0;
    stats->tokens = 0;
    for (uint32_t field = 0; field < c->dictionary.field_count; field++) {
        stats->terms += lede_memory_dictionary_space(&c->dictionary, field,
                                                     LEDE_SPACE_WORDS)
                            ->count;
        stats->tokens += c->field_tokens[field];
        for (size_t space = 0; space < 2; space++)
            dictionary->bytes +=
                c->dictionary.spaces[2 * (size_t)field + space].capacity *
                sizeof(lede_memory_entry);
    }
}

lede_status lede_memory_commit_stats(lede_stats *stats,
                                     const lede_memory_commit *commit,
                                     lede_arena *arena)
{
    static const lede_section empty[] = {
        { "positions", "", 0 },  { "stored", "", 0 }, { "postings", "", 0 },
        { "dictionary", "", 0 }, { "forms", "", 0 },
    };
    size_t count = sizeof empty / sizeof *empty;
    lede_section *sections = lede_arena_array(arena, count, sizeof *sections);

    if (!sections)
        return lede_arena_status(arena);
    memcpy(sections, empty, sizeof empty);
    stats->documents = commit->live_count;
    stats->deleted = commit->count - commit->live_count;
    stats->segments = 1;
    count_articles(stats, commit, sections);
    count_terms(stats, commit, &sections[3]);
    sections[4].bytes =
        commit->dictionary.form_capacity * sizeof *commit->dictionary.forms +
        lede_arena_bytes(commit->dictionary.keys);
    stats->index_bytes = 0;
    for (size_t i = 0; i < count; i++)
        stats->index_bytes += sections[i].bytes;
    stats->sections = sections;
    stats->section_count = count;
    return LEDE_OK;
}
