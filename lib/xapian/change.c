/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/change.c - what one change does to a database.
 *
 * An article is deleted and added, never replaced in place, so that document
 * ids rise with sequences as long as one lane writes.
 */
#include "base/error.h"
#include "xapian/fault.h"
#include "xapian/writer.h"

/* A server flushes, and so commits, at the threshold: stay below it. */
#define REMOTE_CHANGES_MAX (LEDE_XAPIAN_FLUSH_CHANGES - 100U)

/* What libxapian takes for one occurrence of a word until it flushes, as
 * measured with articles of 400 words; where words repeat more, less. */
#define OCCURRENCE_BYTES 110U

/* The slot of some bytes, copied when they are new; NULL: out of memory. */
static lede_map_slot *slot_of(lede_xapian_target *t, lede_map *map,
                              lede_bytes bytes)
{
    uint64_t hash = lede_hash_bytes(bytes);
    lede_map_slot *slot = lede_map_find(map, bytes, hash);
    char *copy;

    if (slot)
        return slot;
    copy = lede_arena_text(t->arena, bytes.at, bytes.len);
    return copy ? lede_map_put(map, lede_bytes_of(copy, bytes.len), hash)
                : NULL;
}

/* Whether the hash of a key is this key's. */
static lede_status verify_key(const lede_xapian_target *t,
                              const xapian_document *doc, lede_bytes key,
                              lede_error *err)
{
    xapian_string value;
    xapian_error fault;
    bool same;

    if (!xapian_document_value(doc, LEDE_XAPIAN_SLOT_KEY, &value, &fault))
        return lede_xapian_target_fail(t, &fault, err);
    same = lede_bytes_equal(lede_bytes_of(value.at, value.len), key);
    xapian_string_free(&value);
    return same ? LEDE_OK
                : lede_fail(err, LEDE_ERR_INVALID, t->place->address,
                            "another key has the hash of this one");
}

static lede_status subtract(lede_xapian_target *t, const xapian_document *doc,
                            lede_error *err)
{
    lede_xapian_state *next = t->next;
    lede_xapian_numbers numbers;
    xapian_string value;
    xapian_error fault;
    bool read;

    if (!xapian_document_value(doc, LEDE_XAPIAN_SLOT_NUMBERS, &value, &fault))
        return lede_xapian_target_fail(t, &fault, err);
    read = lede_xapian_numbers_read(&numbers,
                                    lede_bytes_of(value.at, value.len)) &&
           numbers.field_count <= next->field_count &&
           numbers.text_bytes <= next->text_bytes;
    xapian_string_free(&value);
    for (uint32_t i = 0; read && i < numbers.field_count; i++)
        read = numbers.tokens[i] <= next->tokens[i];
    if (!read)
        return lede_fail(err, LEDE_ERR_CORRUPT, t->place->address,
                         "the statistics do not hold an article they should");
    next->text_bytes -= numbers.text_bytes;
    for (uint32_t i = 0; i < numbers.field_count; i++)
        next->tokens[i] -= numbers.tokens[i];
    return LEDE_OK;
}

/* Finds the document with a key: *id is 0 without one. */
static lede_status find_old(const lede_xapian_target *t, uint32_t *id,
                            const lede_xapian_name *key, lede_error *err)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_postings *postings = NULL;
    uint32_t documents, wdf;
    uint64_t occurrences;

    *id = 0;
    if (xapian_term_count(t->db, key->text, key->len, &documents, &occurrences,
                          &fault) &&
        documents > 0) {
        postings = xapian_postings_open(t->db, key->text, key->len, &fault);
        if (postings)
            (void)xapian_postings_next(postings, id, &wdf, &fault);
        xapian_postings_free(postings);
    }
    return fault.kind == XAPIAN_ERROR_NONE
               ? LEDE_OK
               : lede_xapian_target_fail(t, &fault, err);
}

static lede_status remove_old(lede_xapian_target *t, lede_bytes bytes,
                              lede_error *err)
{
    lede_xapian_name key;
    xapian_document *doc;
    xapian_error fault;
    lede_status status;
    uint32_t id;

    lede_xapian_key_name(&key, bytes);
    status = find_old(t, &id, &key, err);
    if (status != LEDE_OK || id == 0)
        return status;
    doc = xapian_document_get(t->db, id, &fault);
    if (!doc)
        return lede_xapian_target_fail(t, &fault, err);
    if (key.hashed)
        status = verify_key(t, doc, bytes, err);
    if (status == LEDE_OK)
        status = subtract(t, doc, err);
    xapian_document_free(doc);
    if (status == LEDE_OK && !xapian_delete(t->db, id, &fault))
        status = lede_xapian_target_fail(t, &fault, err);
    t->changes++;
    return status;
}

/* Keeps a value that is too long to be a term, under its hash. */
static lede_status keep_long(lede_xapian_target *t,
                             const lede_xapian_mention *value, lede_error *err)
{
    lede_xapian_name name;
    xapian_string old;
    xapian_error fault;
    bool same, none;

    lede_xapian_long_name(&name, value->field, value->bytes);
    if (!xapian_metadata_get(t->db, name.text, name.len, &old, &fault))
        return lede_xapian_target_fail(t, &fault, err);
    none = old.len == 0;
    same = lede_bytes_equal(lede_bytes_of(old.at, old.len), value->bytes);
    xapian_string_free(&old);
    if (!none && !same)
        return lede_fail(err, LEDE_ERR_INVALID, t->place->address,
                         "another value has the hash of this one");
    if (none && !xapian_metadata_set(t->db, name.text, name.len,
                                     value->bytes.at, value->bytes.len, &fault))
        return lede_xapian_target_fail(t, &fault, err);
    return LEDE_OK;
}

static lede_status keep_name(lede_xapian_target *t,
                             const lede_xapian_mention *mention,
                             lede_error *err)
{
    lede_xapian_name name;
    lede_map_slot *word = slot_of(t, &t->words, mention->bytes), *known;
    xapian_error fault;

    if (!word)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    word->value = LEDE_XAPIAN_WORD_NAME;
    if (!lede_xapian_name_name(&name, mention->field, mention->bytes))
        return LEDE_OK;
    known = slot_of(t, &t->names, lede_bytes_of(name.text, name.len));
    if (!known)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (known->value != LEDE_MAP_NEW)
        return LEDE_OK;
    known->value = 0;
    if (!xapian_metadata_set(t->db, name.text, name.len, "1", 1, &fault))
        return lede_xapian_target_fail(t, &fault, err);
    return LEDE_OK;
}

static lede_status keep_words(lede_xapian_target *t, const xapian_document *doc,
                              lede_error *err)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_terms *terms = xapian_document_terms(doc, &fault);
    lede_status status = LEDE_OK;
    const char *term;
    size_t len;
    bool more = terms && xapian_terms_skip(terms, "W", 1, &term, &len, &fault);

    while (more && term[0] == 'W' && len > LEDE_XAPIAN_FIELD_PREFIX) {
        lede_map_slot *word =
            slot_of(t, &t->words,
                    lede_bytes_of(term + LEDE_XAPIAN_FIELD_PREFIX,
                                  len - LEDE_XAPIAN_FIELD_PREFIX));

        if (!word) {
            status = lede_fail_plain(err, LEDE_ERR_NOMEM);
            break;
        }
        if (word->value == LEDE_MAP_NEW)
            word->value = LEDE_XAPIAN_WORD_PLAIN;
        more = xapian_terms_next(terms, &term, &len, &fault);
    }
    xapian_terms_free(terms);
    return fault.kind == XAPIAN_ERROR_NONE
               ? status
               : lede_xapian_target_fail(t, &fault, err);
}

/* Adds what the article brings to the database besides its document. */
static lede_status add_around(lede_xapian_target *t,
                              const lede_xapian_article *a, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (size_t i = 0; status == LEDE_OK && i < a->longs.count; i++)
        status = keep_long(t, &a->longs.at[i], err);
    for (size_t i = 0; status == LEDE_OK && i < a->names.count; i++)
        status = keep_name(t, &a->names.at[i], err);
    return status == LEDE_OK ? keep_words(t, a->doc, err) : status;
}

static void add_numbers(lede_xapian_target *t, const lede_xapian_article *a,
                        uint32_t field_count)
{
    lede_xapian_state *next = t->next;

    if (field_count > next->field_count)
        next->field_count = field_count;
    next->text_bytes += a->numbers.text_bytes;
    for (uint32_t i = 0; i < field_count; i++) {
        if (i < a->numbers.field_count) {
            next->tokens[i] += a->numbers.tokens[i];
            t->pending_bytes += OCCURRENCE_BYTES * a->numbers.tokens[i];
        }
        if (a->values[i] > next->values[i])
            next->values[i] = a->values[i];
    }
}

static lede_status put(lede_engine_writer *w, lede_xapian_target *t,
                       const lede_engine_change *change, lede_error *err)
{
    const lede_schema *schema = change->schema ? change->schema : w->schema;
    lede_xapian_article *a = w->article;
    xapian_error fault;
    lede_status status = lede_xapian_article_make(a, change, schema, err);

    if (status == LEDE_OK)
        status = add_around(t, a, err);
    if (status == LEDE_OK)
        status = remove_old(t, change->key, err);
    if (status == LEDE_OK && !xapian_add(t->db, a->doc, NULL, &fault))
        status = lede_xapian_target_fail(t, &fault, err);
    if (status == LEDE_OK) {
        t->changes++;
        add_numbers(t, a, lede_schema_count(schema));
    }
    lede_xapian_article_clear(a);
    return status;
}

/* With several lanes changes come in any order: an older one is nothing. */
static lede_status outdated(const lede_engine_writer *w, lede_xapian_target *t,
                            const lede_engine_change *change, bool *old)
{
    lede_map_slot *slot;

    *old = false;
    if (w->lanes <= 1)
        return LEDE_OK;
    slot = slot_of(t, &t->order, change->key);
    if (!slot)
        return LEDE_ERR_NOMEM;
    if (slot->value != LEDE_MAP_NEW && slot->value > change->sequence)
        *old = true;
    else
        slot->value = change->sequence;
    return LEDE_OK;
}

static lede_status apply(lede_engine_writer *w,
                         const lede_engine_change *change, lede_error *err)
{
    lede_xapian_target *t =
        &w->targets[lede_xapian_route(change->key, w->count)];
    uint32_t flushes = t->changes / LEDE_XAPIAN_FLUSH_CHANGES;
    lede_status status;
    bool old;

    if (w->poisoned)
        return lede_fail_plain(err, LEDE_ERR_UNKNOWN_COMMIT);
    if (!t->db)
        return lede_xapian_target_lost(t, err);
    if (!t->place->path && t->changes > REMOTE_CHANGES_MAX)
        return lede_fail(err, LEDE_ERR_LIMIT, t->place->address,
                         "a server makes changes visible when it has %u: "
                         "commit first",
                         LEDE_XAPIAN_FLUSH_CHANGES);
    status = outdated(w, t, change, &old);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (!old)
        status = change->document ? put(w, t, change, err)
                                  : remove_old(t, change->key, err);
    if (status != LEDE_OK)
        return status;
    t->changed = true;
    if (t->changes / LEDE_XAPIAN_FLUSH_CHANGES != flushes)
        t->pending_bytes = 0;
    if (change->sequence > t->next->last_sequence)
        t->next->last_sequence = change->sequence;
    return LEDE_OK;
}

lede_status lede_xapian_apply(lede_engine_writer *writer, uint32_t lane,
                              const lede_engine_change *change, lede_error *err)
{
    lede_status status;

    (void)lane;
    (void)pthread_mutex_lock(&writer->mutex);
    status = apply(writer, change, err);
    (void)pthread_mutex_unlock(&writer->mutex);
    return status;
}
