/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/writer.c - changes, each shard in one transaction until the commit.
 *
 * Outside a transaction libxapian makes changes visible when it has 10,000;
 * inside one it only moves them from memory to free blocks. A server's database
 * has no transactions: there one commit holds fewer changes than that.
 *
 * An article is deleted and added, never replaced in place, so that document
 * ids rise with sequences as long as one lane writes.
 *
 * A commit is looked at again after it is made, and whenever it failed: only
 * the database knows which it was.
 *
 * Memory    What libxapian holds of the last 10,000 changes is estimated, not
 *           bounded by memory_bytes; the words of the transaction are held too.
 */
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/map.h"
#include "xapian/article.h"
#include "xapian/fault.h"
#include "xapian/swap.h"
#include "xapian/tables.h"

#define WAIT_STEP_MS 10

/* libxapian's threshold for flushing, of which a server makes commits. */
#define FLUSH_CHANGES      10000U
#define REMOTE_CHANGES_MAX (FLUSH_CHANGES - 100U)

/* What libxapian takes for one occurrence of a word until it flushes; a
 * guess. */
#define OCCURRENCE_BYTES 24U

#define WORD_PLAIN 0U
#define WORD_NAME  1U

/* The writer of one shard. */
typedef struct target {
    const lede_xapian_place *place;
    xapian_database *db;
    lede_xapian_state *committed;
    lede_xapian_state *next;
    bool changed;     /* documents, since the last commit */
    uint32_t changes; /* as libxapian counts them */
    uint64_t pending_bytes;
    lede_arena *arena; /* of the keys of the maps */
    lede_map words;    /* of the transaction: WORD_ */
    lede_map names;    /* field and word, known to be in metadata */
    lede_map order;    /* key to its highest sequence, for several lanes */
} target;

struct lede_engine_writer {
    lede_engine_index *index;
    const lede_allocator *allocator;
    lede_arena *arena;
    lede_schema *schema; /* committed */
    const lede_forms *forms;
    target *targets;
    uint32_t count;
    lede_shard *shards;
    lede_error *messages; /* behind the shards' */
    unsigned flags;       /* of opening */
    uint32_t lanes;
    pthread_mutex_t mutex; /* lanes take turns: libxapian has one writer */
    lede_xapian_article *article;
    bool poisoned;
};

/* ---- Opening ------------------------------------------------------------ */

static void forget(target *t)
{
    t->changed = false;
    t->changes = 0;
    t->pending_bytes = 0;
    lede_map_clear(&t->words);
    lede_map_clear(&t->names);
    lede_map_clear(&t->order);
    lede_arena_clear(t->arena);
}

/* Opens the database with its lock, and a transaction. */
static lede_status start(target *t, unsigned flags, uint32_t wait_ms,
                         lede_error *err)
{
    const struct timespec step = { 0, WAIT_STEP_MS * 1000000L };
    const char *where = t->place->address;
    xapian_error fault;
    lede_status status;

    for (uint32_t waited = 0;; waited += WAIT_STEP_MS) {
        t->db = lede_xapian_open(t->place, XAPIAN_WRITE | flags, &fault);
        if (t->db || fault.kind != XAPIAN_ERROR_LOCKED || waited >= wait_ms)
            break;
        (void)nanosleep(&step, NULL);
    }
    if (!t->db && fault.kind == XAPIAN_ERROR_LOCKED)
        return lede_fail(err, LEDE_ERR_BUSY, where,
                         "another writer has the database");
    if (!t->db)
        return lede_xapian_fail(err, &fault, where);
    status = lede_xapian_state_read(t->committed, t->db, where, err);
    if (status == LEDE_OK && !xapian_begin(t->db, true, &fault))
        status = lede_xapian_fail(err, &fault, where);
    if (status == LEDE_OK)
        *t->next = *t->committed;
    return status;
}

static lede_status init_target(lede_engine_writer *w, uint32_t at,
                               uint32_t wait_ms, lede_error *err)
{
    target *t = &w->targets[at];

    t->place = &w->index->places[at];
    lede_map_init(&t->words, w->allocator);
    lede_map_init(&t->names, w->allocator);
    lede_map_init(&t->order, w->allocator);
    t->arena = lede_arena_new(w->allocator);
    t->committed = lede_arena_zero(w->arena, sizeof *t->committed);
    t->next = lede_arena_zero(w->arena, sizeof *t->next);
    w->shards[at] = (lede_shard){ t->place->address, 0, LEDE_OK, "" };
    if (!t->arena || !t->committed || !t->next)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    return start(t, w->flags, wait_ms, err);
}

/* The schema that the index has, now that nobody else can change it. */
static lede_status take_schema(lede_engine_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        lede_schema *schema;

        status =
            lede_xapian_schema_read(&schema, w->targets[i].db, w->allocator,
                                    w->targets[i].place->address, err);
        if (status != LEDE_OK)
            break;
        if (w->schema &&
            lede_schema_count(schema) <= lede_schema_count(w->schema)) {
            lede_schema_free(schema);
            continue;
        }
        lede_schema_free(w->schema);
        w->schema = schema;
    }
    return status;
}

static lede_status fill(lede_engine_writer *w, uint32_t wait_ms,
                        lede_error *err)
{
    uint32_t count = w->index->place_count;
    lede_status status = LEDE_OK;

    w->targets = lede_arena_array(w->arena, count, sizeof *w->targets);
    w->shards = lede_arena_array(w->arena, count, sizeof *w->shards);
    w->messages = lede_arena_array(w->arena, count, sizeof *w->messages);
    w->article = lede_arena_zero(w->arena, sizeof *w->article);
    if (!w->targets || !w->shards || !w->messages || !w->article)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->article->allocator = w->allocator;
    while (status == LEDE_OK && w->count < count) {
        w->count++;
        status = init_target(w, w->count - 1, wait_ms, err);
    }
    return status == LEDE_OK ? take_schema(w, err) : status;
}

lede_status lede_xapian_writer_open(lede_engine_writer **out,
                                    lede_engine_index *index,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err)
{
    lede_engine_writer *w;
    lede_status status;

    if (index->flags & LEDE_INDEX_READ_ONLY)
        return lede_fail(err, LEDE_ERR_INVALID, index->places[0].address,
                         "the index was opened for reading only");
    w = lede_alloc_zero(index->allocator, sizeof *w);
    if (!w)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->allocator = index->allocator;
    w->forms = settings->forms;
    w->lanes = settings->lanes;
    if (settings->durability == LEDE_NOT_DURABLE)
        w->flags = XAPIAN_NO_SYNC;
    w->arena = lede_arena_new(index->allocator);
    if (!w->arena || pthread_mutex_init(&w->mutex, NULL) != 0) {
        lede_arena_free(w->arena);
        lede_release(index->allocator, w, sizeof *w);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    w->index = lede_xapian_index_keep(index);
    status = fill(w, settings->wait_ms, err);
    if (status != LEDE_OK) {
        lede_xapian_writer_close(w);
        return status;
    }
    *out = w;
    return LEDE_OK;
}

void lede_xapian_writer_close(lede_engine_writer *writer)
{
    lede_engine_writer *w = writer;
    lede_engine_index *index;

    if (!w)
        return;
    index = w->index;
    for (uint32_t i = 0; i < w->count; i++) {
        target *t = &w->targets[i];

        xapian_database_free(t->db);
        lede_map_fini(&t->words);
        lede_map_fini(&t->names);
        lede_map_fini(&t->order);
        lede_arena_free(t->arena);
    }
    if (w->article)
        lede_xapian_article_fini(w->article);
    lede_schema_free(w->schema);
    (void)pthread_mutex_destroy(&w->mutex);
    lede_arena_free(w->arena);
    lede_release(w->allocator, w, sizeof *w);
    lede_xapian_index_release(index);
}

/* ---- Changes ------------------------------------------------------------ */

static lede_status fail_at(const target *t, const xapian_error *fault,
                           lede_error *err)
{
    return lede_xapian_fail(err, fault, t->place->address);
}

/* The slot of some bytes, copied when they are new; NULL: out of memory. */
static lede_map_slot *slot_of(target *t, lede_map *map, lede_bytes bytes)
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
static lede_status verify_key(const target *t, const xapian_document *doc,
                              lede_bytes key, lede_error *err)
{
    xapian_string value;
    xapian_error fault;
    bool same;

    if (!xapian_document_value(doc, LEDE_XAPIAN_SLOT_KEY, &value, &fault))
        return fail_at(t, &fault, err);
    same = lede_bytes_equal(lede_bytes_of(value.at, value.len), key);
    xapian_string_free(&value);
    return same ? LEDE_OK
                : lede_fail(err, LEDE_ERR_INVALID, t->place->address,
                            "another key has the hash of this one");
}

static lede_status subtract(target *t, const xapian_document *doc,
                            lede_error *err)
{
    lede_xapian_state *next = t->next;
    lede_xapian_numbers numbers;
    xapian_string value;
    xapian_error fault;
    bool read;

    if (!xapian_document_value(doc, LEDE_XAPIAN_SLOT_NUMBERS, &value, &fault))
        return fail_at(t, &fault, err);
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
static lede_status find_old(const target *t, uint32_t *id,
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
    return fault.kind == XAPIAN_ERROR_NONE ? LEDE_OK : fail_at(t, &fault, err);
}

static lede_status remove_old(target *t, lede_bytes bytes, lede_error *err)
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
        return fail_at(t, &fault, err);
    if (key.hashed)
        status = verify_key(t, doc, bytes, err);
    if (status == LEDE_OK)
        status = subtract(t, doc, err);
    xapian_document_free(doc);
    if (status == LEDE_OK && !xapian_delete(t->db, id, &fault))
        status = fail_at(t, &fault, err);
    t->changes++;
    return status;
}

/* Keeps a value that is too long to be a term, under its hash. */
static lede_status keep_long(target *t, const lede_xapian_mention *value,
                             lede_error *err)
{
    lede_xapian_name name;
    xapian_string old;
    xapian_error fault;
    bool same, none;

    lede_xapian_long_name(&name, value->field, value->bytes);
    if (!xapian_metadata_get(t->db, name.text, name.len, &old, &fault))
        return fail_at(t, &fault, err);
    none = old.len == 0;
    same = lede_bytes_equal(lede_bytes_of(old.at, old.len), value->bytes);
    xapian_string_free(&old);
    if (!none && !same)
        return lede_fail(err, LEDE_ERR_INVALID, t->place->address,
                         "another value has the hash of this one");
    if (none && !xapian_metadata_set(t->db, name.text, name.len,
                                     value->bytes.at, value->bytes.len, &fault))
        return fail_at(t, &fault, err);
    return LEDE_OK;
}

static lede_status keep_name(target *t, const lede_xapian_mention *mention,
                             lede_error *err)
{
    lede_xapian_name name;
    lede_map_slot *word = slot_of(t, &t->words, mention->bytes), *known;
    xapian_error fault;

    if (!word)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    word->value = WORD_NAME;
    if (!lede_xapian_name_name(&name, mention->field, mention->bytes))
        return LEDE_OK;
    known = slot_of(t, &t->names, lede_bytes_of(name.text, name.len));
    if (!known)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (known->value != LEDE_MAP_NEW)
        return LEDE_OK;
    known->value = 0;
    if (!xapian_metadata_set(t->db, name.text, name.len, "1", 1, &fault))
        return fail_at(t, &fault, err);
    return LEDE_OK;
}

static lede_status keep_words(target *t, const xapian_document *doc,
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
            word->value = WORD_PLAIN;
        more = xapian_terms_next(terms, &term, &len, &fault);
    }
    xapian_terms_free(terms);
    return fault.kind == XAPIAN_ERROR_NONE ? status : fail_at(t, &fault, err);
}

/* Adds what the article brings to the database besides its document. */
static lede_status add_around(target *t, const lede_xapian_article *a,
                              lede_error *err)
{
    lede_status status = LEDE_OK;

    for (size_t i = 0; status == LEDE_OK && i < a->longs.count; i++)
        status = keep_long(t, &a->longs.at[i], err);
    for (size_t i = 0; status == LEDE_OK && i < a->names.count; i++)
        status = keep_name(t, &a->names.at[i], err);
    return status == LEDE_OK ? keep_words(t, a->doc, err) : status;
}

static void add_numbers(target *t, const lede_xapian_article *a,
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

static lede_status put(lede_engine_writer *w, target *t,
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
        status = fail_at(t, &fault, err);
    if (status == LEDE_OK) {
        t->changes++;
        add_numbers(t, a, lede_schema_count(schema));
    }
    lede_xapian_article_clear(a);
    return status;
}

/* With several lanes changes come in any order: an older one is nothing. */
static lede_status outdated(const lede_engine_writer *w, target *t,
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

/* While a database was replaced by its copy, another writer took the lock. */
static lede_status lost(const target *t, lede_error *err)
{
    return lede_fail(err, LEDE_ERR_BUSY, t->place->address,
                     "the lock was lost to another writer: roll back");
}

static lede_status apply(lede_engine_writer *w,
                         const lede_engine_change *change, lede_error *err)
{
    target *t = &w->targets[lede_xapian_route(change->key, w->count)];
    lede_status status;
    bool old;

    if (w->poisoned)
        return lede_fail_plain(err, LEDE_ERR_UNKNOWN_COMMIT);
    if (!t->db)
        return lost(t, err);
    if (!t->place->path && t->changes > REMOTE_CHANGES_MAX)
        return lede_fail(err, LEDE_ERR_LIMIT, t->place->address,
                         "a server makes changes visible when it has %u: "
                         "commit first",
                         FLUSH_CHANGES);
    status = outdated(w, t, change, &old);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (!old)
        status = change->document ? put(w, t, change, err)
                                  : remove_old(t, change->key, err);
    if (status != LEDE_OK)
        return status;
    t->changed = true;
    if (t->changes % FLUSH_CHANGES == 0)
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

/* ---- Ends --------------------------------------------------------------- */

/* Of the tables that the commit must have; without forms, those there are. */
static uint64_t forms_version(const lede_engine_writer *w, const target *t,
                              const lede_engine_finish *finish)
{
    const lede_forms *forms = finish->forms ? finish->forms : w->forms;

    return forms ? lede_forms_version(forms) : t->committed->forms_version;
}

static lede_status write_forms(lede_engine_writer *w, target *t,
                               const lede_engine_finish *finish,
                               lede_error *err)
{
    lede_xapian_tables tables = { t->db,
                                  finish->forms ? finish->forms : w->forms,
                                  finish->schema ? finish->schema : w->schema,
                                  w->allocator, t->place->address };
    lede_xapian_word_seen *words;
    uint64_t version = forms_version(w, t, finish);
    lede_status status;
    size_t count = 0;

    if (version != t->next->forms_version) {
        t->next->forms_version = version;
        return lede_xapian_tables_rebuild(&tables, err);
    }
    words = lede_alloc_array(w->allocator, t->words.count, sizeof *words);
    if (!words)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (size_t i = 0; i < t->words.capacity; i++)
        if (t->words.slots[i].key.at)
            words[count++] =
                (lede_xapian_word_seen){ t->words.slots[i].key,
                                         t->words.slots[i].value == WORD_NAME };
    status = lede_xapian_tables_add(&tables, words, count, err);
    lede_release(w->allocator, words, t->words.count * sizeof *words);
    return status;
}

static lede_status write_all(lede_engine_writer *w, target *t,
                             const lede_engine_finish *finish, lede_error *err)
{
    const char *where = t->place->address;
    lede_status status = write_forms(w, t, finish, err);

    if (status == LEDE_OK && finish->schema)
        status = lede_xapian_schema_write(t->db, finish->schema, w->allocator,
                                          where, err);
    if (status == LEDE_OK && finish->notes)
        status = lede_xapian_notes_write(t->db, *finish->notes, where, err);
    t->next->generation = t->committed->generation + 1;
    if (status == LEDE_OK)
        status =
            lede_xapian_state_write(t->db, t->next, w->allocator, where, err);
    return status;
}

/* Asks the database which commit it has: LEDE_OK for the new one, BUSY for the
 * old, else UNKNOWN_COMMIT. A server is asked on the connection it has. */
static lede_status look(const lede_engine_writer *w, const target *t)
{
    lede_xapian_state *seen = lede_alloc(w->allocator, sizeof *seen);
    xapian_database *reader =
        t->place->path ? lede_xapian_open(t->place, XAPIAN_READ, NULL) : NULL;
    const xapian_database *db = t->place->path ? reader : t->db;
    lede_status status = LEDE_ERR_UNKNOWN_COMMIT;

    if (seen && db &&
        lede_xapian_state_read(seen, db, t->place->address, NULL) == LEDE_OK) {
        if (seen->generation == t->next->generation)
            status = LEDE_OK;
        else if (seen->generation == t->committed->generation)
            status = LEDE_ERR_BUSY;
    }
    xapian_database_free(reader);
    lede_release(w->allocator, seen, sizeof *seen);
    return status;
}

static lede_status commit_target(lede_engine_writer *w, target *t,
                                 const lede_engine_finish *finish,
                                 lede_error *err)
{
    const char *where = t->place->address;
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    lede_status status;
    bool done;

    if (!t->db)
        return lost(t, err);
    status = write_all(w, t, finish, err);
    if (status != LEDE_OK)
        return status;
    done = xapian_commit(t->db, &fault);
    status = look(w, t);
    if (status == LEDE_ERR_UNKNOWN_COMMIT)
        return lede_fail(err, status, where,
                         "after the commit the database cannot be read");
    if (status == LEDE_ERR_BUSY)
        return done ? lede_fail(err, LEDE_ERR_IO, where, "the commit was lost")
                    : fail_at(t, &fault, err);
    *t->committed = *t->next;
    forget(t);
    if (!xapian_begin(t->db, true, &fault))
        return lede_fail(err, LEDE_ERR_UNKNOWN_COMMIT, where,
                         "the commit is there, but libxapian fails: %s",
                         fault.message);
    return LEDE_OK;
}

static bool has_changes(const lede_engine_writer *w, const target *t,
                        const lede_engine_finish *finish)
{
    return t->changed || finish->schema || finish->notes ||
           forms_version(w, t, finish) != t->committed->forms_version;
}

static lede_status adopt(lede_engine_writer *w,
                         const lede_engine_finish *finish, lede_error *err)
{
    lede_schema *copy;
    lede_status status;

    if (finish->forms)
        w->forms = finish->forms;
    if (!finish->schema)
        return LEDE_OK;
    status = lede_schema_copy(&copy, finish->schema, w->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    lede_schema_free(w->schema);
    w->schema = copy;
    return LEDE_OK;
}

/* One shard after the other. Failure of the first is failure; once one has
 * committed, failure of another is a commit in parts. */
static lede_status commit(lede_engine_writer *w,
                          const lede_engine_finish *finish, lede_error *err)
{
    lede_status status = LEDE_OK;
    uint32_t committed = 0;

    for (uint32_t i = 0; i < w->count; i++)
        w->shards[i] =
            (lede_shard){ w->targets[i].place->address,
                          w->targets[i].committed->generation, LEDE_OK, "" };
    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        target *t = &w->targets[i];

        if (!has_changes(w, t, finish))
            continue;
        status = commit_target(w, t, finish, &w->messages[i]);
        w->shards[i].status = status;
        w->shards[i].generation = t->committed->generation;
        w->shards[i].message = status == LEDE_OK ? "" : w->messages[i].message;
        if (status != LEDE_OK && err)
            *err = w->messages[i];
        committed += status == LEDE_OK;
    }
    if (status != LEDE_OK && committed > 0)
        status =
            lede_fail(err, LEDE_ERR_UNKNOWN_COMMIT, w->index->places[0].address,
                      "%u of %u shards committed, the next did not",
                      (unsigned)committed, (unsigned)w->count);
    w->poisoned = w->poisoned || status == LEDE_ERR_UNKNOWN_COMMIT;
    return status;
}

/* A transaction that cannot be cancelled ends with its database. */
static lede_status rollback(lede_engine_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        target *t = &w->targets[i];
        bool again = t->db && xapian_cancel(t->db, NULL) &&
                     xapian_begin(t->db, true, NULL);

        forget(t);
        *t->next = *t->committed;
        if (again)
            continue;
        xapian_database_free(t->db);
        t->db = NULL;
        status = start(t, w->flags, 0, err);
    }
    return status;
}

/* Puts a copy without slack where the database is. Its lock goes with it, for
 * a moment: whoever takes it then writes to the copy, as he should. */
static lede_status optimize_target(lede_engine_writer *w, target *t,
                                   lede_error *err)
{
    lede_status status;

    if (!t->place->path)
        return LEDE_OK;
    status = lede_xapian_shrink(t->place->path, w->allocator, err);
    if (status != LEDE_OK)
        return status;
    xapian_database_free(t->db);
    t->db = NULL;
    status = start(t, w->flags, 1000, err);
    lede_xapian_shrink_clean(t->place->path, w->allocator);
    return status;
}

static lede_status optimize(lede_engine_writer *w,
                            const lede_engine_finish *finish, lede_error *err)
{
    lede_status status;

    for (uint32_t i = 0; i < w->count; i++)
        if (!w->targets[i].place->path)
            return lede_fail(err, LEDE_ERR_UNSUPPORTED,
                             w->targets[i].place->address,
                             "a server's database can be optimized only "
                             "where it is");
    status = commit(w, finish, err);
    if (status == LEDE_OK)
        status = adopt(w, finish, err);
    for (uint32_t i = 0; status == LEDE_OK && i < w->count; i++) {
        if (finish->task && lede_cancel_is_set(finish->task->cancel))
            return lede_fail_plain(err, LEDE_ERR_CANCELLED);
        status = optimize_target(w, &w->targets[i], err);
        if (status == LEDE_OK && finish->task && finish->task->progress)
            finish->task->progress(finish->task->ctx, i + 1, w->count);
    }
    return status;
}

lede_status lede_xapian_finish(lede_engine_writer *writer,
                               const lede_engine_finish *finish,
                               uint64_t *generation, lede_error *err)
{
    lede_engine_writer *w = writer;
    lede_status status;
    uint64_t sum = 0;

    if (w->poisoned)
        return lede_fail_plain(err, LEDE_ERR_UNKNOWN_COMMIT);
    if (finish->kind == LEDE_FINISH_ROLLBACK) {
        status = rollback(w, err);
    } else if (finish->kind == LEDE_FINISH_OPTIMIZE) {
        status = optimize(w, finish, err);
    } else {
        status = commit(w, finish, err);
        if (status == LEDE_OK)
            status = adopt(w, finish, err);
    }
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    for (uint32_t i = 0; i < w->count; i++)
        sum += w->targets[i].committed->generation;
    if (generation)
        *generation = sum;
    return LEDE_OK;
}

const lede_shard *lede_xapian_writer_shards(lede_engine_writer *writer,
                                            uint32_t *count)
{
    *count = writer->count;
    return writer->shards;
}

uint64_t lede_xapian_writer_memory(const lede_engine_writer *writer)
{
    uint64_t bytes = lede_arena_bytes(writer->arena);

    for (uint32_t i = 0; i < writer->count; i++) {
        const target *t = &writer->targets[i];

        bytes += t->pending_bytes + lede_arena_bytes(t->arena) +
                 (t->words.capacity + t->names.capacity + t->order.capacity) *
                     sizeof(lede_map_slot);
    }
    return bytes;
}
