/*
 * native/index/inverter.c - tokens into streams by term:
 *
 *     stream    posting*
 *     posting   gap:varint more*                  of values, and of words in
 *                                                 fields without positions
 *             | gap:varint position:varint more*  else
 *     gap       2 x documents between the last and this one, + 1
 *     more      2 x positions between the last and this one
 *
 * Each number says in its lowest bit whether it begins a document, so that no
 * frequency is written and nothing waits for the end of an article.
 *
 * Before an article first writes to a stream, where the stream ended is
 * remembered: that is how an article is taken back. It costs 24 bytes for each
 * different word of one article, and nothing of what is written is read again.
 */
#include "native/index/inverter.h"

#include "base/alloc.h"
#include "base/error.h"
#include "native/index/intake.h"
#include "native/index/term_order.h"

/* What a segment's writer needs beside terms: for each article, for each of its
 * fields, for each value that goes into a column, for each length; with what is
 * left over of room that grows by half. */
#define WRITER_ARTICLE_BYTES 56U
#define WRITER_FIELD_BYTES   6U
#define WRITER_NUMBER_BYTES  12U

/* And at most for buffers: of the file, of lists on their way there, of
 * positions and of the dictionary. Small segments fill less of them. */
#define WRITER_BUFFER_BYTES 2359296U
#define WRITER_FILE_BYTES   327680U

/* More terms of one article than these are not provided for in the next. */
#define KEPT_TOUCHED 32768U

/* Terms are brought into the cache before they are written, and the chunks that
 * go on with their streams. */
#define TERMS_AHEAD  8U
#define CHUNKS_AHEAD 4U

#define NOBODY_BYTES (sizeof(lede_term) + LEDE_TERM_ROOM)

typedef struct touched {
    lede_term *term;
    lede_stream before;
} touched;

struct lede_inverter {
    const lede_allocator *allocator;
    uint64_t hold_bytes; /* of records, by a flush; 0: as it likes */
    const lede_schema *schema;
    lede_term_table table;
    lede_term *nobody; /* stands where there is no term: no word is this */
    lede_intake intake;

    /* The article being put. */
    lede_chunks_mark mark;
    touched *touched;
    size_t touched_capacity;
    size_t touched_count;
    uint32_t *lengths;
    size_t length_capacity;
    uint32_t field_count; /* of the lengths, as many as it has */

    uint32_t most; /* occurrences of one term in one article, at most */
    uint32_t token_count;
    uint64_t value_count; /* postings of whole values */
    uint64_t key_bytes;

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
    *out = v;
    return LEDE_OK;
}

static void drop_touched(lede_inverter *v)
{
    lede_release(v->allocator, v->touched,
                 v->touched_capacity * sizeof *v->touched);
    v->touched = NULL;
    v->touched_capacity = 0;
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
    drop_touched(v);
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
    drop_touched(inverter);
    lede_intake_clear(&inverter->intake);
    lede_term_table_clear(&inverter->table);
    inverter->most = 0;
    inverter->value_count = 0;
    inverter->key_bytes = 0;
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

/* ---- Memory ---- */

/* Buffers hold what becomes of the streams, which is less than they are. */
static uint64_t buffer_bytes(const lede_inverter *v)
{
    uint64_t bytes = WRITER_FILE_BYTES + lede_chunks_bytes(&v->table.chunks);

    return bytes < WRITER_BUFFER_BYTES ? bytes : WRITER_BUFFER_BYTES;
}

/* What a flush takes from the allocator, while the terms are there too: what
 * form tables take later is less than those. */
static uint64_t flush_bytes(const lede_inverter *v)
{
    uint32_t fields = lede_schema_count(v->schema);
    uint64_t writer =
        v->intake.count *
        (WRITER_ARTICLE_BYTES + (uint64_t)v->field_count * WRITER_FIELD_BYTES);

    if (v->intake.count == 0)
        return 0;
    writer += (v->intake.number_count + v->value_count) * WRITER_NUMBER_BYTES;
    writer += v->key_bytes / 2 * 3 + buffer_bytes(v);
    return lede_term_order_bytes(v->table.count) +
           lede_intake_reader_bytes(&v->intake, fields) +
           (uint64_t)v->most * sizeof(uint32_t) +
           (uint64_t)fields * sizeof *v->tokens + 2 + writer;
}

uint64_t lede_inverter_memory(const lede_inverter *inverter)
{
    const lede_inverter *v = inverter;

    return sizeof *v + NOBODY_BYTES + lede_term_table_bytes(&v->table) +
           lede_intake_bytes(&v->intake) +
           v->touched_capacity * sizeof *v->touched +
           v->length_capacity * sizeof *v->lengths +
           v->tokens_count * sizeof *v->tokens + flush_bytes(v);
}

/* ---- One article in ---- */

/* Room to remember `count` more terms. */
static bool reserve(lede_inverter *v, size_t count)
{
    return lede_grow(v->allocator, &v->touched, &v->touched_capacity,
                     v->touched_count + count, sizeof *v->touched);
}

/* Adds an occurrence that begins the article's posting in a stream. */
static bool begin_posting(lede_inverter *v, lede_term *term)
{
    uint32_t doc = v->intake.count;
    lede_stream *stream = &term->stream;
    uint32_t gap = doc - (stream->last + 1);

    v->touched[v->touched_count++] = (touched){ term, *stream };
    stream->last = doc;
    return lede_stream_put(&v->table.chunks, stream, (uint64_t)gap << 1 | 1);
}

/* Writes what begins a posting, if it does, and a position, one number after
 * another. */
static bool put_apart(lede_inverter *v, lede_stream *stream, bool fresh,
                      uint64_t gap, uint64_t position)
{
    return (!fresh || lede_stream_put(&v->table.chunks, stream, gap)) &&
           lede_stream_put(&v->table.chunks, stream, position);
}

/* Whether a word begins a document, and how long its numbers are, no processor
 * foresees: so all that may be written is made, and chosen from by a mask. */
static inline bool add_occurrence(lede_inverter *v, lede_term *term,
                                  uint32_t position)
{
    lede_stream *stream = &term->stream;
    uint32_t doc = v->intake.count;
    bool fresh = stream->last != doc;
    uint64_t mask = 0 - (uint64_t)fresh;
    uint64_t gap = ((uint64_t)(doc - stream->last - 1) << 1 | 1) & mask;
    uint64_t step = (uint64_t)(position - term->position - 1) << 1;
    uint64_t number = (position & mask) | (step & ~mask);
    uint32_t gap_len, bytes;

    v->touched[v->touched_count] = (touched){ term, *stream };
    v->touched_count += fresh;
    stream->last = doc;
    term->position = position;
    if ((gap | number) >= LEDE_STREAM_SHORT)
        return put_apart(v, stream, fresh, gap, number);
    gap_len = (1 + lede_stream_short_more((uint32_t)gap)) & (uint32_t)mask;
    bytes = lede_stream_short((uint32_t)number) << 8 * gap_len |
            lede_stream_short((uint32_t)gap);
    return lede_stream_put_bytes(
               stream, bytes,
               gap_len + 1 + lede_stream_short_more((uint32_t)number)) ||
           put_apart(v, stream, fresh, gap, number);
}

/* In a field that keeps no positions. */
static bool add_count(lede_inverter *v, lede_term *term)
{
    if (term->stream.last != v->intake.count)
        return begin_posting(v, term);
    return lede_stream_put(&v->table.chunks, &term->stream, 0);
}

/*
 * A batch on its way through the cache: each token's slot is asked for first,
 * then the record of what may be its term, then the end of its stream, and by
 * then the first have come. All steps are in one loop, AHEAD tokens apart, over
 * columns that go on before and behind the batch with what does no harm. So no
 * step asks whether there is a token for it, and nothing in the loop depends on
 * what the words are: a branch missed costs as much as a word.
 */
#define AHEAD 8U
#define LEAD  (3 * AHEAD)

typedef struct lookups {
    uint32_t hashes[LEAD + LEDE_TOKENS_MAX + LEAD];
    lede_term *terms[LEAD + LEDE_TOKENS_MAX + LEAD]; /* that it may be */
} lookups;

static void begin_lookups(const lede_inverter *v, lookups *l, uint32_t space,
                          const lede_token_batch *batch)
{
    uint32_t count = batch->count, *hashes = l->hashes + LEAD;

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

    if (!lede_term_is_roomy(term, space, text))
        term = lede_term_table_put(&v->table, l->hashes[LEAD + i], space, text);
    if (!term || !(positions ? add_occurrence(v, term, batch->position[i])
                             : add_count(v, term)))
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
    if (!reserve(v, batch->count))
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
    lede_term *term;

    if (!reserve(v, 1))
        return false;
    term = lede_term_table_put(&v->table, hash, space, text);
    if (!term)
        return false;
    return term->stream.last == v->intake.count || begin_posting(v, term);
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

/* Takes back what the present article wrote. */
static void take_back(lede_inverter *v)
{
    for (size_t i = 0; i < v->touched_count; i++) {
        touched *at = &v->touched[i];

        if (at->before.last == LEDE_TERM_NO_DOC)
            lede_term_table_remove(&v->table, at->term);
        else
            at->term->stream = at->before;
    }
    lede_chunks_undo(&v->table.chunks, v->mark);
}

lede_status lede_inverter_put(lede_inverter *inverter,
                              const lede_engine_change *change, lede_error *err)
{
    lede_inverter *v = inverter;
    size_t words = 0;
    lede_status status;

    v->mark = lede_chunks_now(&v->table.chunks);
    v->touched_count = 0;
    if (!clear_lengths(v))
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = take_words(v, change->tokens);
    words = v->touched_count;
    if (status == LEDE_OK)
        status = take_values(v, change->document);
    if (status == LEDE_OK)
        status = lede_intake_put(&v->intake, change, v->schema, v->lengths,
                                 v->field_count, err);
    if (status == LEDE_OK) {
        v->value_count += v->touched_count - words;
        v->key_bytes += change->key.len;
        if (v->most < v->token_count)
            v->most = v->token_count;
    } else {
        take_back(v);
    }
    if (v->touched_capacity > KEPT_TOUCHED)
        drop_touched(v);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

/* ---- All of them out ---- */

typedef struct outflow {
    lede_inverter *inverter;
    lede_segment_writer *writer;
    const lede_schema *schema;
    lede_error *err;
    lede_postings_batch batch;
    uint32_t *positions; /* of the batch */
    size_t position_capacity;
} outflow;

static lede_status write_articles(const outflow *o)
{
    const lede_intake *intake = &o->inverter->intake;
    lede_intake_reader reader;
    lede_status status =
        lede_fail_plain(o->err, lede_intake_open(&reader, intake, o->schema));
    uint64_t shift;

    if (status != LEDE_OK)
        return status;
    if (intake->stored)
        status = lede_segment_writer_records(o->writer, intake->stored, &shift,
                                             o->err);
    for (uint32_t doc = 0; status == LEDE_OK && doc < intake->count; doc++)
        status = lede_segment_writer_document(
            o->writer, lede_intake_read(&reader, doc), o->err);
    lede_intake_close(&reader);
    return status;
}

static bool has_positions(const outflow *o, const lede_term *term)
{
    const lede_field *field = lede_schema_field(o->schema, term->space / 2);

    return term->space % 2 == 0 && field && lede_field_has_positions(field);
}

/* Whether another occurrence in the same document follows. */
static inline bool goes_on(lede_stream_reader *reader)
{
    return lede_stream_has_more(reader) && (*reader->at & 1) == 0;
}

/* Room for one position more. */
static inline bool has_room(outflow *o, size_t count)
{
    return count < o->position_capacity ||
           lede_grow(o->inverter->allocator, &o->positions,
                     &o->position_capacity, count + 1, sizeof *o->positions);
}

/* Reads the positions of one document from the second on, behind those of the
 * batch, which have room for one. */
static bool read_more(outflow *o, lede_stream_reader *reader)
{
    size_t count = o->batch.position_count;
    uint32_t last = o->positions[count - 1];

    while (goes_on(reader)) {
        uint64_t number;

        if (!has_room(o, count))
            return false;
        (void)lede_stream_next(reader, &number);
        last += (uint32_t)(number >> 1) + 1;
        o->positions[count++] = last;
        while (reader->at < reader->stop && (*reader->at & 129) == 0 &&
               count < o->position_capacity) {
            last += *reader->at++ / 2U + 1;
            o->positions[count++] = last;
        }
    }
    o->batch.position_count = count;
    return true;
}

/* Reads one document with its positions; `doc` is the last one before. */
static bool read_posting(outflow *o, lede_stream_reader *reader, uint32_t *doc)
{
    lede_postings_batch *batch = &o->batch;
    size_t before = batch->position_count;
    uint32_t gap, position;

    if (!has_room(o, before))
        return false;
    if (lede_stream_next_two(reader, &gap, &position)) {
        gap >>= 1;
    } else {
        uint64_t number = 0;

        (void)lede_stream_next(reader, &number);
        gap = (uint32_t)(number >> 1);
        (void)lede_stream_next(reader, &number);
        position = (uint32_t)number;
    }
    *doc += gap + 1;
    o->positions[before] = position;
    batch->position_count++;
    if (goes_on(reader) && !read_more(o, reader))
        return false;
    batch->docs[batch->n] = *doc;
    batch->times[batch->n++] = (uint32_t)(batch->position_count - before) - 1;
    return true;
}

/* The same of a field that keeps no positions. */
static void read_count(outflow *o, lede_stream_reader *reader, uint32_t *doc)
{
    lede_postings_batch *batch = &o->batch;
    uint64_t number = 0;
    uint32_t times = 0;

    (void)lede_stream_next(reader, &number);
    *doc += (uint32_t)(number >> 1) + 1;
    for (; goes_on(reader); times++)
        (void)lede_stream_next(reader, &number);
    batch->docs[batch->n] = *doc;
    batch->times[batch->n++] = times;
}

/* Reads up to a batch of documents; `doc` is the last one before. */
static bool read_batch(outflow *o, lede_stream_reader *reader, bool positions,
                       uint32_t *doc)
{
    lede_postings_batch *batch = &o->batch;

    batch->n = 0;
    batch->position_count = 0;
    while (batch->n < LEDE_BLOCK_MAX && lede_stream_has_more(reader)) {
        if (!positions)
            read_count(o, reader, doc);
        else if (!read_posting(o, reader, doc))
            return false;
    }
    batch->positions = o->positions;
    return true;
}

static lede_status write_postings(outflow *o, const lede_term *term)
{
    bool positions = has_positions(o, term);
    uint32_t doc = LEDE_TERM_NO_DOC;
    lede_stream_reader reader;
    lede_status status = LEDE_OK;

    lede_term_open(&reader, &o->inverter->table, term);
    while (status == LEDE_OK && lede_stream_has_more(&reader)) {
        if (!read_batch(o, &reader, positions, &doc))
            return lede_fail_plain(o->err, LEDE_ERR_NOMEM);
        status = lede_segment_writer_batch(o->writer, &o->batch, o->err);
    }
    return status;
}

static void look_ahead_at(const outflow *o, const lede_term_order *order,
                          uint32_t i)
{
    if (i + TERMS_AHEAD < order->count)
        lede_term_prefetch(lede_term_order_at(order, i + TERMS_AHEAD));
    if (i + CHUNKS_AHEAD < order->count)
        lede_term_prefetch_stream(&o->inverter->table,
                                  lede_term_order_at(order, i + CHUNKS_AHEAD));
}

static lede_status write_terms(outflow *o)
{
    lede_term_order order;
    lede_status status = lede_term_order_new(&order, &o->inverter->table,
                                             o->inverter->allocator);

    if (status != LEDE_OK)
        return lede_fail_plain(o->err, status);
    for (uint32_t i = 0; status == LEDE_OK && i < order.count; i++) {
        const lede_term *term = lede_term_order_at(&order, i);

        look_ahead_at(o, &order, i);
        status = lede_segment_writer_term(o->writer, term->space,
                                          lede_bytes_of(term->text, term->len),
                                          term->stream.seen, o->err);
        if (status == LEDE_OK)
            status = write_postings(o, term);
    }
    lede_term_order_fini(&order);
    return status;
}

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

/* Terms go before the form tables, whose keys take their room. */
static lede_status write_segment(outflow *o, bool sync, lede_segment_made *made)
{
    lede_status status = write_articles(o);

    if (status == LEDE_OK)
        status = write_terms(o);
    lede_term_table_clear(&o->inverter->table);
    if (status == LEDE_OK)
        status = lede_segment_writer_end(o->writer, sync, made, o->err);
    return status;
}

lede_status lede_inverter_flush(lede_inverter *inverter,
                                const lede_segment_target *target, bool sync,
                                lede_segment_made *made, lede_error *err)
{
    lede_inverter *v = inverter;
    outflow o = { .inverter = v, .schema = target->schema, .err = err };
    lede_segment_made wrote;
    lede_status status;

    status = lede_intake_end(&v->intake, err);
    if (status != LEDE_OK)
        return status;
    status = lede_segment_writer_new(&o.writer, target, v->allocator, err);
    if (status == LEDE_OK && v->hold_bytes)
        lede_segment_writer_hold(o.writer, v->hold_bytes);
    if (status == LEDE_OK)
        status = write_segment(&o, sync, &wrote);
    if (status == LEDE_OK) {
        status = keep_tokens(v, &wrote);
        if (status == LEDE_OK)
            *made = wrote;
        else
            (void)lede_fail_plain(err, status);
    }
    lede_segment_writer_free(o.writer);
    lede_release(v->allocator, o.positions,
                 o.position_capacity * sizeof *o.positions);
    return status;
}
