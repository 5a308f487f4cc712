/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/tables.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/map.h"
#include "xapian/fault.h"

/* Words whose rows are in memory at once. */
#define CHUNK_WORDS ((size_t)1 << 16)

typedef struct row {
    uint32_t kind;
    lede_bytes key;
    lede_bytes term;
} row;

typedef struct rows {
    row *at;
    size_t capacity;
    size_t count;
    lede_arena *arena;
} rows;

static int by_row(const void *left, const void *right)
{
    const row *a = left, *b = right;
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    order = lede_bytes_compare(a->key, b->key);
    return order ? order : lede_bytes_compare(a->term, b->term);
}

static bool add_row(rows *r, uint32_t kind, const lede_form_key *key,
                    lede_bytes term)
{
    char *copy = lede_arena_text(r->arena, key->text, key->len);

    if (!copy || !lede_arena_grow(r->arena, &r->at, &r->capacity, r->count + 1,
                                  sizeof *r->at))
        return false;
    r->at[r->count++] = (row){ kind, lede_bytes_of(copy, key->len), term };
    return true;
}

static bool list_rows(rows *r, lede_form_maker *maker, const lede_forms *forms,
                      const lede_xapian_word_seen *word)
{
    uint32_t kinds = lede_forms_kinds(forms);
    lede_form_key key;

    for (uint32_t kind = 0; kind < kinds; kind++)
        for (uint32_t at = 0;
             lede_form_key_at(maker, kind, word->word, word->name, at, &key);
             at++)
            if (!add_row(r, kind, &key, word->word))
                return false;
    return true;
}

/* Merges terms that rise into those of a row; *grown if any is new to it. */
static lede_status merge(lede_buffer *out, bool *grown, lede_bytes old,
                         const row *added, size_t count)
{
    lede_bytes term = { NULL, 0 }, least;
    bool have = false, from_old;
    size_t at = 0;

    *grown = false;
    for (;;) {
        if (!have && old.len > 0) {
            if (!lede_take_block(&old, &term))
                return LEDE_ERR_CORRUPT;
            have = true;
        }
        if (!have && at == count)
            return out->status;
        from_old = have && (at == count ||
                            lede_bytes_compare(term, added[at].term) <= 0);
        least = from_old ? term : added[at].term;
        lede_put_block(out, least);
        *grown = *grown || !from_old;
        have = have && !from_old;
        while (at < count && lede_bytes_equal(added[at].term, least))
            at++;
    }
}

static lede_status write_group(const lede_xapian_tables *t, lede_buffer *out,
                               const row *group, size_t count, lede_error *err)
{
    lede_xapian_name name;
    xapian_string old;
    xapian_error fault;
    lede_status status;
    bool grown;

    if (!lede_xapian_form_name(&name, group->kind, group->key))
        return LEDE_OK;
    if (!xapian_metadata_get(t->db, name.text, name.len, &old, &fault))
        return lede_xapian_fail(err, &fault, t->where);
    lede_buffer_clear(out);
    status = merge(out, &grown, lede_bytes_of(old.at, old.len), group, count);
    xapian_string_free(&old);
    if (status != LEDE_OK)
        return lede_fail(err, status, t->where,
                         "a row of the forms tables cannot be read");
    if (grown && !xapian_metadata_set(t->db, name.text, name.len, out->at,
                                      out->len, &fault))
        return lede_xapian_fail(err, &fault, t->where);
    return LEDE_OK;
}

static lede_status write_rows(const lede_xapian_tables *t, rows *r,
                              lede_error *err)
{
    lede_status status = LEDE_OK;
    lede_buffer out;

    lede_buffer_init(&out, t->allocator);
    if (r->count)
        qsort(r->at, r->count, sizeof *r->at, by_row);
    for (size_t i = 0, n; status == LEDE_OK && i < r->count; i += n) {
        for (n = 1; i + n < r->count && r->at[i + n].kind == r->at[i].kind &&
                    lede_bytes_equal(r->at[i + n].key, r->at[i].key);)
            n++;
        status = write_group(t, &out, &r->at[i], n, err);
    }
    lede_buffer_fini(&out);
    return status;
}

static lede_status add_chunk(const lede_xapian_tables *t,
                             lede_form_maker *maker,
                             const lede_xapian_word_seen *words, size_t count,
                             lede_error *err)
{
    rows r = { .arena = lede_arena_new(t->allocator) };
    lede_status status = r.arena ? LEDE_OK : LEDE_ERR_NOMEM;

    for (size_t i = 0; status == LEDE_OK && i < count; i++)
        if (!list_rows(&r, maker, t->forms, &words[i]))
            status = LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        status = write_rows(t, &r, err);
    else
        (void)lede_fail_plain(err, status);
    lede_arena_free(r.arena);
    return status;
}

lede_status lede_xapian_tables_add(const lede_xapian_tables *tables,
                                   const lede_xapian_word_seen *words,
                                   size_t count, lede_error *err)
{
    lede_form_maker *maker;
    lede_status status;

    if (count == 0 || !tables->forms)
        return LEDE_OK;
    status = lede_form_maker_new(&maker, tables->forms, tables->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    for (size_t i = 0; status == LEDE_OK && i < count; i += CHUNK_WORDS)
        status =
            add_chunk(tables, maker, words + i,
                      count - i < CHUNK_WORDS ? count - i : CHUNK_WORDS, err);
    lede_form_maker_free(maker);
    return status;
}

/* ---- Rebuilding --------------------------------------------------------- */

/* Removes metadata by prefix, listed first: the list must not see it change. */
static lede_status drop(const lede_xapian_tables *t, const char *prefix,
                        lede_error *err)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_terms *names =
        xapian_metadata_keys(t->db, prefix, strlen(prefix), &fault);
    lede_status status = LEDE_OK;
    lede_buffer all;
    lede_bytes in, one;
    const char *name;
    size_t len;

    lede_buffer_init(&all, t->allocator);
    while (names && xapian_terms_next(names, &name, &len, &fault))
        lede_put_block(&all, lede_bytes_of(name, len));
    xapian_terms_free(names);
    in = lede_buffer_bytes(&all);
    status = all.status;
    while (status == LEDE_OK && fault.kind == XAPIAN_ERROR_NONE &&
           lede_take_block(&in, &one))
        (void)xapian_metadata_set(t->db, one.at, one.len, NULL, 0, &fault);
    lede_buffer_fini(&all);
    if (fault.kind != XAPIAN_ERROR_NONE)
        return lede_xapian_fail(err, &fault, t->where);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

typedef struct vocabulary {
    lede_arena *arena;
    lede_xapian_word_seen *words;
    size_t capacity;
    size_t count;
    lede_map places; /* of the words; those of several fields are one */
} vocabulary;

static bool see(vocabulary *v, lede_bytes word, bool name)
{
    uint64_t hash = lede_hash_bytes(word);
    lede_map_slot *slot = lede_map_find(&v->places, word, hash);
    char *copy;

    if (slot) {
        v->words[slot->value].name = v->words[slot->value].name || name;
        return true;
    }
    copy = lede_arena_text(v->arena, word.at, word.len);
    if (!copy || !lede_arena_grow(v->arena, &v->words, &v->capacity,
                                  v->count + 1, sizeof *v->words))
        return false;
    word = lede_bytes_of(copy, word.len);
    slot = lede_map_put(&v->places, word, hash);
    if (!slot)
        return false;
    slot->value = v->count;
    v->words[v->count++] = (lede_xapian_word_seen){ word, name };
    return true;
}

static lede_status see_all(vocabulary *v, xapian_terms *list, bool names,
                           xapian_error *fault)
{
    const char *text;
    size_t len;

    while (list && xapian_terms_next(list, &text, &len, fault)) {
        lede_bytes word = lede_bytes_of(text, len);

        if (len <= LEDE_XAPIAN_FIELD_PREFIX)
            continue;
        word.at += LEDE_XAPIAN_FIELD_PREFIX;
        word.len -= LEDE_XAPIAN_FIELD_PREFIX;
        if (!see(v, word, names)) {
            xapian_terms_free(list);
            return LEDE_ERR_NOMEM;
        }
    }
    xapian_terms_free(list);
    return lede_xapian_status(fault->kind);
}

static lede_status see_dictionary(vocabulary *v, const lede_xapian_tables *t,
                                  lede_error *err)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    lede_status status =
        see_all(v, xapian_database_terms(t->db, "W", 1, &fault), false, &fault);

    if (status == LEDE_OK)
        status = see_all(v, xapian_metadata_keys(t->db, "N", 1, &fault), true,
                         &fault);
    if (fault.kind != XAPIAN_ERROR_NONE)
        return lede_xapian_fail(err, &fault, t->where);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_xapian_tables_rebuild(const lede_xapian_tables *tables,
                                       lede_error *err)
{
    vocabulary v = { .arena = lede_arena_new(tables->allocator) };
    lede_status status;

    if (!v.arena)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    lede_map_init(&v.places, tables->allocator);
    status = drop(tables, "F", err);
    if (status == LEDE_OK)
        status = see_dictionary(&v, tables, err);
    if (status == LEDE_OK)
        status = lede_xapian_tables_add(tables, v.words, v.count, err);
    lede_map_fini(&v.places);
    lede_arena_free(v.arena);
    return status;
}
