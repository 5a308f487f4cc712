#include "native/index/inverter.h"

#include "base/alloc.h"
#include "base/error.h"
#include "native/index/intake.h"
#include "native/index/occurrences.h"
#include "native/index/outflow.h"
#include "native/index/undo.h"

#define NOBODY_BYTES (sizeof(lede_term) + LEDE_TERM_ROOM)

struct lede_inverter {
    const lede_allocator *allocator;
    uint64_t hold_bytes; /* of records, by a flush; 0: as it likes */
    const lede_schema *schema;
    lede_term_table table;
    lede_term *nobody; /* stands where there is no term: no word is this */
    lede_intake intake;

    /* The article being put. */
    lede_undo undo;
    uint32_t *lengths;
    size_t length_capacity;
    uint32_t field_count; /* of the lengths, as many as it has */
    uint32_t token_count;

    lede_outflow_load load; /* of all articles */

    uint64_t *tokens; /* of the last segment made */
    size_t tokens_count;
};

lede_status lede_inverter_new(lede_inverter **out, const lede_schema *schema,
                              const lede_allocator *allocator)
{
    lede_inverter *v = lede_alloc_zero(allocator, sizeof *v);

    if (!v)
        return LEDE_ERR_NOMEM;
    v->allocator = allocator;
    v->schema = schema;
    v->nobody = lede_alloc_zero(allocator, NOBODY_BYTES);
    if (!v->nobody || !lede_term_table_init(&v->table, allocator)) {
        lede_release(allocator, v->nobody, NOBODY_BYTES);
        lede_release(allocator, v, sizeof *v);
        return LEDE_ERR_NOMEM;
    }
    lede_intake_init(&v->intake, allocator);
    lede_undo_init(&v->undo, allocator);
    *out = v;
    return LEDE_OK;
}

static void drop_tokens(lede_inverter *v)
{
    lede_release(v->allocator, v->tokens, v->tokens_count * sizeof *v->tokens);
    v->tokens = NULL;
    v->tokens_count = 0;
}

void lede_inverter_free(lede_inverter *inverter)
{
    lede_inverter *v = inverter;

    if (!v)
        return;
    drop_tokens(v);
    lede_undo_fini(&v->undo);
    lede_release(v->allocator, v->lengths,
                 v->length_capacity * sizeof *v->lengths);
    lede_intake_fini(&v->intake);
    lede_term_table_fini(&v->table);
    lede_release(v->allocator, v->nobody, NOBODY_BYTES);
    lede_release(v->allocator, v, sizeof *v);
}

void lede_inverter_set_schema(lede_inverter *inverter,
                              const lede_schema *schema)
{
    inverter->schema = schema;
}

void lede_inverter_hold(lede_inverter *inverter, uint64_t bytes)
{
    inverter->hold_bytes = bytes;
}

void lede_inverter_spill(lede_inverter *inverter, lede_dir *dir,
                         uint64_t generation)
{
    lede_intake_spill(&inverter->intake, dir, generation);
}

void lede_inverter_clear(lede_inverter *inverter)
{
    drop_tokens(inverter);
    lede_undo_fini(&inverter->undo);
    lede_intake_clear(&inverter->intake);
    lede_term_table_clear(&inverter->table);
    inverter->load = (lede_outflow_load){ 0 };
}

uint32_t lede_inverter_documents(const lede_inverter *inverter)
{
    return inverter->intake.count;
}

void lede_inverter_document(const lede_inverter *inverter, uint32_t doc,
                            lede_bytes *key, uint64_t *sequence)
{
    *key = lede_intake_key(&inverter->intake, doc);
    *sequence = lede_intake_sequence(&inverter->intake, doc);
}

/* What a flush takes from the allocator, while all is there still. */
static uint64_t flush_bytes(const lede_inverter *v)
{
    uint32_t fields = lede_schema_count(v->schema);

    if (v->intake.count == 0)
        return 0;
    return lede_outflow_bytes(&v->intake, &v->table, fields, &v->load) +
           (uint64_t)fields * sizeof *v->tokens + 2;
}

uint64_t lede_inverter_memory(const lede_inverter *inverter)
{
    const lede_inverter *v = inverter;

    return sizeof *v + NOBODY_BYTES + lede_term_table_bytes(&v->table) +
           lede_intake_bytes(&v->intake) + lede_undo_bytes(&v->undo) +
           v->length_capacity * sizeof *v->lengths +
           v->tokens_count * sizeof *v->tokens + flush_bytes(v);
}

/* ---- One article in ---- */

/*
 * A batch on its way through the cache: each token's slot is asked for first,
 * then the record of what may be its term, then the end of its stream, and by
 * then the first have come. All steps are in one loop, AHEAD tokens apart, over
 * columns that go on before and behind the batch with what does no harm. So no
 * step asks whether there is a token for it, and nothing in the loop depends on
 * what the words are: a branch missed costs as much as a word.
 */
enum { AHEAD = 8, LEAD = 3 * AHEAD };

typedef struct lookups {
    uint32_t hashes[LEAD + LEDE_TOKENS_MAX + LEAD];
    lede_term *terms[LEAD + LEDE_TOKENS_MAX + LEAD]; /* that it may be */
} lookups;

static void begin_lookups(const lede_inverter *v, lookups *l, uint32_t space,
                          const lede_token_batch *batch)
{
    uint32_t count = batch->count, *hashes = &l->hashes[LEAD];

    for (uint32_t i = 0; i < count; i++)
        hashes[i] = lede_term_hash(space, batch->hash[i]);
    for (uint32_t i = 0; i < LEAD; i++) {
        l->hashes[i] = hashes[0];
        hashes[count + i] = hashes[count - 1];
        l->terms[i] = v->nobody;
    }
}

/* Asks for what the tokens behind the one at `at` need. */
static inline void ask_ahead(const lede_inverter *v, lookups *l, uint32_t at)
{
    uint32_t next = at + 2 * AHEAD;

    lede_term_table_prefetch(&v->table, l->hashes[at + 3 * AHEAD]);
    l->terms[next] =
        lede_term_table_guess(&v->table, l->hashes[next], v->nobody);
    lede_term_prefetch(l->terms[next]);
    __builtin_prefetch(l->terms[at + AHEAD]->stream.tail, 1);
}

static bool add_token(lede_inverter *v, const lookups *l, uint32_t space,
                      bool positions, const lede_token_batch *batch, uint32_t i)
{
    lede_bytes text = lede_bytes_of(batch->term[i], batch->len[i]);
    lede_term *term = l->terms[LEAD + i];
    lede_chunks *chunks = &v->table.chunks;
    uint32_t doc = v->intake.count;

    if (!lede_term_is_roomy(term, space, text))
        term = lede_term_table_put(&v->table, l->hashes[LEAD + i], space, text);
    if (!term)
        return false;
    lede_undo_note(&v->undo, term, doc);
    if (!(positions
              ? lede_occurrences_add(chunks, term, doc, batch->position[i])
              : lede_occurrences_count(chunks, term, doc)))
        return false;
    term->stream.seen |= (batch->flags[i] & LEDE_TOKEN_CAPITAL) != 0;
    return true;
}

static bool invert(lede_inverter *v, uint32_t space, bool positions,
                   const lede_token_batch *batch)
{
    uint32_t at = 0;
    lookups l;

    begin_lookups(v, &l, space, batch);
    for (; at < LEAD; at++)
        ask_ahead(v, &l, at);
    for (uint32_t i = 0; i < batch->count; i++) {
        ask_ahead(v, &l, at++);
        if (!add_token(v, &l, space, positions, batch, i))
            return false;
    }
    return true;
}

static uint32_t count_joined(const lede_token_batch *batch)
{
    uint32_t joined = 0;

    for (uint32_t i = 0; i < batch->count; i++)
        joined += (batch->flags[i] & LEDE_TOKEN_JOINED) != 0;
    return joined;
}

static lede_status take_batch(lede_inverter *v, uint32_t field, bool positions,
                              const lede_token_batch *batch)
{
    if (!lede_undo_reserve(&v->undo, batch->count))
        return LEDE_ERR_NOMEM;
    if (batch->count > 0 && !invert(v, 2 * field, positions, batch))
        return LEDE_ERR_NOMEM;
    v->lengths[field] += batch->count - count_joined(batch);
    v->token_count += batch->count;
    return LEDE_OK;
}

/* Lengths of 0 for all fields of the schema. */
static bool clear_lengths(lede_inverter *v)
{
    uint32_t fields = lede_schema_count(v->schema);

    if (!lede_grow(v->allocator, &v->lengths, &v->length_capacity, fields,
                   sizeof *v->lengths))
        return false;
    v->field_count = fields;
    if (fields)
        memset(v->lengths, 0, fields * sizeof *v->lengths);
    return true;
}

static lede_status take_words(lede_inverter *v, lede_token_source *tokens)
{
    const lede_token_batch *batch;
    uint32_t field;

    v->token_count = 0;
    while (tokens && tokens->next(tokens, &field, &batch)) {
        const lede_field *of = lede_schema_field(v->schema, field);
        lede_status status = LEDE_ERR_INVALID;

        if (v->token_count > UINT32_MAX - LEDE_TOKENS_MAX)
            return LEDE_ERR_LIMIT;
        if (of)
            status = take_batch(v, field, lede_field_has_positions(of), batch);
        if (status != LEDE_OK)
            return status;
    }
    return tokens ? tokens->status : LEDE_OK;
}

static bool add_value(lede_inverter *v, uint32_t field, const lede_value *value)
{
    lede_bytes text = lede_bytes_of(value->text, value->len);
    uint32_t space = 2 * field + 1;
    uint32_t hash = lede_term_hash_bytes(space, text);
    uint32_t doc = v->intake.count;
    lede_term *term;

    if (!lede_undo_reserve(&v->undo, 1))
        return false;
    term = lede_term_table_put(&v->table, hash, space, text);
    if (!term)
        return false;
    if (term->stream.last == doc)
        return true;
    lede_undo_note(&v->undo, term, doc);
    return lede_occurrences_count(&v->table.chunks, term, doc);
}

/* A keyword, or what stands for any other value that leaves no trace. */
static lede_status take_value(lede_inverter *v, uint32_t field,
                              const lede_value *value)
{
    static const lede_value some = { .kind = LEDE_KEYWORD, .text = "" };
    const lede_field *of = lede_schema_field(v->schema, field);
    bool keyword = value->kind == LEDE_KEYWORD;

    if (value->kind != of->kind || !lede_segment_keeps_values(of) ||
        (!keyword && v->lengths[field] > 0))
        return LEDE_OK;
    if (keyword && value->len > LEDE_KEYWORD_MAX)
        return LEDE_ERR_INVALID;
    return add_value(v, field, keyword ? value : &some) ? LEDE_OK
                                                        : LEDE_ERR_NOMEM;
}

static lede_status take_values(lede_inverter *v, const lede_document *document)
{
    lede_status status = LEDE_OK;

    for (size_t i = 0; status == LEDE_OK && i < lede_document_count(document);
         i++) {
        const lede_entry *entry = lede_document_entry(document, i);
        uint32_t field = lede_schema_place(v->schema, entry->field);

        if (field != LEDE_NO_FIELD)
            status = take_value(v, field, &entry->value);
    }
    return status;
}

lede_status lede_inverter_put(lede_inverter *inverter,
                              const lede_engine_change *change, lede_error *err)
{
    lede_inverter *v = inverter;
    size_t words = 0;
    lede_status status;

    lede_undo_begin(&v->undo, &v->table);
    if (!clear_lengths(v))
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = take_words(v, change->tokens);
    words = v->undo.count;
    if (status == LEDE_OK)
        status = take_values(v, change->document);
    if (status == LEDE_OK)
        status = lede_intake_put(&v->intake, change, v->schema, v->lengths,
                                 v->field_count, err);
    if (status == LEDE_OK) {
        v->load.value_count += v->undo.count - words;
        v->load.key_bytes += change->key.len;
        if (v->load.most < v->token_count)
            v->load.most = v->token_count;
    } else {
        lede_undo_run(&v->undo, &v->table);
    }
    lede_undo_trim(&v->undo);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

/* ---- All of them out ---- */

/* Keeps the sums of lengths when the writer goes. */
static lede_status keep_tokens(lede_inverter *v, lede_segment_made *made)
{
    drop_tokens(v);
    v->tokens =
        lede_alloc_array(v->allocator, made->field_count, sizeof *v->tokens);
    if (!v->tokens)
        return LEDE_ERR_NOMEM;
    v->tokens_count = made->field_count;
    if (made->field_count)
        memcpy(v->tokens, made->tokens, v->tokens_count * sizeof *v->tokens);
    made->tokens = v->tokens;
    return LEDE_OK;
}

lede_status lede_inverter_flush(lede_inverter *inverter,
                                const lede_segment_target *target, bool sync,
                                lede_segment_made *made, lede_error *err)
{
    lede_inverter *v = inverter;
    lede_segment_writer *writer = NULL;
    lede_segment_made wrote;
    lede_status status;

    status = lede_intake_end(&v->intake, err);
    if (status != LEDE_OK)
        return status;
    status = lede_segment_writer_new(&writer, target, v->allocator, err);
    if (status == LEDE_OK && v->hold_bytes)
        lede_segment_writer_hold(writer, v->hold_bytes);
    if (status == LEDE_OK)
        status = lede_outflow_write(&v->intake, &v->table, writer,
                                    target->schema, err);
    if (status == LEDE_OK)
        status = lede_segment_writer_end(writer, sync, &wrote, err);
    if (status == LEDE_OK) {
        status = keep_tokens(v, &wrote);
        if (status == LEDE_OK)
            *made = wrote;
        else
            (void)lede_fail_plain(err, status);
    }
    lede_segment_writer_free(writer);
    return status;
}
