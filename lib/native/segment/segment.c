#include "native/segment/segment.h"

#include "base/alloc.h"
#include "base/error.h"
#include "native/segment/opened.h"

#define SECTION_BYTES 24U
#define FOOT_BYTES    8U

static const char *const names[] = {
    "",
    "summary",
    "dictionary",
    "dictionary index",
    "postings",
    "positions",
    "forms",
    "forms index",
    "lengths",
    "sequences",
    "sizes",
    "keys",
    "key ranks",
    "rank documents",
    "column",
    "column starts",
    "record starts",
    "records",
    "record dictionary",
};

const char *lede_section_name(uint32_t id)
{
    return id < sizeof names / sizeof *names ? names[id] : "";
}

lede_status lede_segment_damaged(const lede_segment *segment,
                                 lede_section_id id, const char *what,
                                 lede_error *err)
{
    uint32_t at = 0;

    while (at < segment->part_count && segment->parts[at].id != (uint32_t)id)
        at++;
    if (at == segment->part_count || segment->parts[at].bytes.len == 0)
        return lede_fail(err, LEDE_ERR_CORRUPT,
                         lede_envelope_name(segment->file), "%s: %s",
                         lede_section_name((uint32_t)id), what);
    return lede_fail_at(err, LEDE_ERR_CORRUPT,
                        lede_envelope_name(segment->file),
                        (uint64_t)(segment->parts[at].bytes.at -
                                   lede_envelope_bytes(segment->file).at),
                        "%s: %s", lede_section_name((uint32_t)id), what);
}

/* ---- Sections ---- */

uint32_t lede_segment_find_part(const lede_segment *segment, uint32_t id,
                                uint32_t field)
{
    uint32_t low = 0, high = segment->part_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const lede_segment_part *part = &segment->parts[middle];

        if (part->id < id || (part->id == id && part->field < field))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < segment->part_count && segment->parts[low].id == id &&
        segment->parts[low].field == field)
        return low;
    return segment->part_count;
}

/* Bytes of a section, not yet verified. */
static lede_bytes bytes_of(const lede_segment *segment, lede_section_id id)
{
    uint32_t at =
        lede_segment_find_part(segment, (uint32_t)id, LEDE_NO_SECTION_FIELD);

    return at < segment->part_count ? segment->parts[at].bytes
                                    : lede_bytes_of(NULL, 0);
}

static lede_status need(const lede_segment *segment, lede_bytes bytes,
                        lede_error *err)
{
    return lede_envelope_need(segment->file, bytes.at, bytes.len, err);
}

/* As need, for codecs. */
static lede_status need_part(void *ctx, const uint8_t *at, size_t len)
{
    const lede_envelope *file = ctx;

    return lede_envelope_need(file, at, len, NULL);
}

lede_status lede_segment_section(const lede_segment *segment,
                                 lede_section_id id, uint32_t field,
                                 lede_bytes *bytes, lede_error *err)
{
    uint32_t at = lede_segment_find_part(segment, (uint32_t)id, field);

    *bytes = at < segment->part_count ? segment->parts[at].bytes
                                      : lede_bytes_of(NULL, 0);
    return need(segment, *bytes, err);
}

bool lede_segment_section_at(const lede_segment *segment, size_t at,
                             lede_section_id *id, uint32_t *field,
                             uint64_t *length)
{
    if (at >= segment->part_count)
        return false;
    *id = (lede_section_id)segment->parts[at].id;
    *field = segment->parts[at].field;
    *length = segment->parts[at].bytes.len;
    return true;
}

/* ---- Opening ---- */

/* Finds the list of sections and verifies it. */
static lede_status find_contents(const lede_segment *segment,
                                 lede_bytes *contents, uint64_t *begin,
                                 lede_error *err)
{
    lede_bytes body = lede_envelope_bytes(segment->file), foot, passed;
    lede_status status;

    if (body.len < LEDE_ENVELOPE_HEAD + 4 + FOOT_BYTES)
        return lede_segment_damaged(segment, 0, "no list of sections", err);
    foot = lede_bytes_of(body.at + body.len - FOOT_BYTES, FOOT_BYTES);
    status = need(segment, foot, err);
    if (status != LEDE_OK)
        return status;
    (void)lede_take_u64(&foot, begin);
    body.len -= FOOT_BYTES;
    if (*begin < LEDE_ENVELOPE_HEAD || !lede_take(&body, *begin, &passed))
        return lede_segment_damaged(segment, 0, "no list of sections", err);
    *contents = body;
    return need(segment, body, err);
}

static bool take_part(const lede_segment *segment, lede_bytes *in,
                      uint64_t limit, lede_segment_part *part)
{
    lede_bytes body = lede_envelope_bytes(segment->file), passed;
    uint64_t offset, length;

    if (!lede_take_u32(in, &part->id) || !lede_take_u32(in, &part->field) ||
        !lede_take_u64(in, &offset) || !lede_take_u64(in, &length) ||
        offset % 8 != 0 || offset < LEDE_ENVELOPE_HEAD || offset > limit ||
        length > limit - offset)
        return false;
    return lede_take(&body, offset, &passed) &&
           lede_take(&body, length, &part->bytes);
}

static bool take_parts(lede_segment *segment, lede_bytes in, uint64_t limit)
{
    for (uint32_t i = 0; i < segment->part_count; i++) {
        lede_segment_part *part = &segment->parts[i];

        if (!take_part(segment, &in, limit, part))
            return false;
        if (i > 0 &&
            (part->id < part[-1].id ||
             (part->id == part[-1].id && part->field <= part[-1].field)))
            return false;
    }
    return in.len == 0;
}

static lede_status read_contents(lede_segment *segment, lede_error *err)
{
    lede_bytes in = { 0 };
    uint64_t begin = 0;
    uint32_t count;
    lede_status status = find_contents(segment, &in, &begin, err);

    if (status != LEDE_OK)
        return status;
    if (!lede_take_u32(&in, &count) ||
        in.len != (uint64_t)count * SECTION_BYTES)
        return lede_segment_damaged(segment, 0, "no list of sections", err);
    segment->parts =
        lede_alloc_zero(segment->allocator, count * sizeof *segment->parts);
    if (!segment->parts)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    segment->part_count = count;
    if (!take_parts(segment, in, begin))
        return lede_segment_damaged(segment, 0,
                                    "the list of sections is damaged", err);
    return LEDE_OK;
}

/* What a space holds, by the schema; false for one that cannot be. */
static bool read_space(const lede_segment *segment, lede_terms_space *space)
{
    const lede_field *field;

    if (space->space / 2 >= segment->field_count)
        return false;
    field = lede_schema_field(segment->schema, space->space / 2);
    if (space->space % 2 != 0)
        return field->kind == LEDE_KEYWORD;
    space->frequencies = true;
    space->positions = lede_field_has_positions(field);
    return lede_field_has_words(field);
}

static bool take_spaces(lede_segment *segment, lede_bytes in)
{
    for (uint32_t i = 0; i < segment->space_count; i++) {
        lede_terms_space *space = &segment->spaces[i];

        if (!lede_take_u32(&in, &space->space) ||
            !lede_take_u32(&in, &space->blocks) ||
            !lede_take_u64(&in, &space->terms) || space->terms == 0 ||
            !read_space(segment, space))
            return false;
    }
    return in.len == 0;
}

static lede_status take_summary(lede_segment *segment, lede_bytes in)
{
    uint32_t fields, spaces;
    lede_bytes tokens;

    if (!lede_take_u32(&in, &segment->documents) ||
        segment->documents >= UINT32_MAX - 1 || !lede_take_u32(&in, &fields) ||
        fields > lede_schema_count(segment->schema) ||
        !lede_take_u32(&in, &spaces) ||
        !lede_take(&in, (uint64_t)fields * 8, &tokens) ||
        in.len != (uint64_t)spaces * 16)
        return LEDE_ERR_CORRUPT;
    segment->tokens =
        lede_alloc_zero(segment->allocator, fields * sizeof *segment->tokens);
    segment->spaces =
        lede_alloc_zero(segment->allocator, spaces * sizeof *segment->spaces);
    segment->field_count = segment->tokens ? fields : 0;
    segment->space_count = segment->spaces ? spaces : 0;
    if (!segment->tokens || !segment->spaces)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < fields; i++)
        (void)lede_take_u64(&tokens, &segment->tokens[i]);
    return take_spaces(segment, in) ? LEDE_OK : LEDE_ERR_CORRUPT;
}

static lede_status read_summary(lede_segment *segment, lede_error *err)
{
    lede_bytes in;
    lede_status status = lede_segment_section(segment, LEDE_SECTION_SUMMARY,
                                              LEDE_NO_SECTION_FIELD, &in, err);

    if (status != LEDE_OK)
        return status;
    status = take_summary(segment, in);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_SUMMARY, "damaged",
                                    err);
    return lede_fail_plain(err, status);
}

static lede_status open_terms(lede_segment *segment, lede_error *err)
{
    lede_bytes index = bytes_of(segment, LEDE_SECTION_DICTIONARY_INDEX);
    lede_status status = need(segment, index, err);

    if (status != LEDE_OK)
        return status;
    status = lede_terms_table_open(
        &segment->terms, bytes_of(segment, LEDE_SECTION_DICTIONARY), index,
        segment->spaces, segment->space_count);
    if (status != LEDE_OK)
        return lede_segment_damaged(segment, LEDE_SECTION_DICTIONARY_INDEX,
                                    "damaged", err);
    segment->terms.need = need_part;
    segment->terms.need_ctx = segment->file;
    segment->sources = lede_alloc_array(
        segment->allocator, segment->space_count, sizeof *segment->sources);
    if (!segment->sources)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; i < segment->space_count; i++)
        segment->sources[i] = (lede_postings_source){
            .postings = bytes_of(segment, LEDE_SECTION_POSTINGS),
            .positions = bytes_of(segment, LEDE_SECTION_POSITIONS),
            .frequencies = segment->spaces[i].frequencies,
            .has_positions = segment->spaces[i].positions,
            .documents = segment->documents,
            .need = need_part,
            .need_ctx = segment->file,
        };
    return LEDE_OK;
}

static lede_status make_lazy(lede_segment *segment)
{
    lede_segment_lazy *lazy = lede_alloc_zero(segment->allocator, sizeof *lazy);

    if (!lazy)
        return LEDE_ERR_NOMEM;
    if (pthread_mutex_init(&lazy->mutex, NULL) != 0) {
        lede_release(segment->allocator, lazy, sizeof *lazy);
        return LEDE_ERR_NOMEM;
    }
    segment->lazy = lazy;
    lazy->has_column = lede_alloc_zero(
        segment->allocator, segment->part_count * sizeof *lazy->has_column);
    lazy->columns = lede_alloc_array(segment->allocator, segment->part_count,
                                     sizeof *lazy->columns);
    return lazy->has_column && lazy->columns ? LEDE_OK : LEDE_ERR_NOMEM;
}

static lede_status open_all(lede_segment *segment, lede_error *err)
{
    lede_status status = read_contents(segment, err);

    if (status == LEDE_OK)
        status = read_summary(segment, err);
    if (status == LEDE_OK)
        status = open_terms(segment, err);
    return status == LEDE_OK ? lede_fail_plain(err, make_lazy(segment))
                             : status;
}

lede_status lede_segment_open(lede_segment **out, lede_dir *dir,
                              const char *name, const lede_envelope_mark *mark,
                              const lede_schema *schema,
                              const lede_allocator *allocator, lede_error *err)
{
    lede_segment *made = lede_alloc_zero(allocator, sizeof *made);
    lede_status status;

    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    made->allocator = allocator;
    made->schema = schema;
    atomic_init(&made->holds, 1);
    status = lede_envelope_open(&made->file, dir, name, LEDE_ENVELOPE_SEGMENT,
                                mark, allocator, err);
    if (status == LEDE_OK)
        status = open_all(made, err);
    if (status != LEDE_OK) {
        lede_segment_release(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

lede_segment *lede_segment_hold(lede_segment *segment)
{
    atomic_fetch_add_explicit(&segment->holds, 1, memory_order_relaxed);
    return segment;
}

static void free_lazy(const lede_segment *s, lede_segment_lazy *lazy)
{
    if (!lazy)
        return;
    lede_records_close(lazy->records);
    lede_release(s->allocator, lazy->has_column,
                 s->part_count * sizeof *lazy->has_column);
    lede_release(s->allocator, lazy->columns,
                 s->part_count * sizeof *lazy->columns);
    (void)pthread_mutex_destroy(&lazy->mutex);
    lede_release(s->allocator, lazy, sizeof *lazy);
}

void lede_segment_release(lede_segment *segment)
{
    lede_segment *s = segment;

    if (!s || atomic_fetch_sub_explicit(&s->holds, 1, memory_order_acq_rel) > 1)
        return;
    free_lazy(s, s->lazy);
    lede_release(s->allocator, s->sources, s->space_count * sizeof *s->sources);
    lede_release(s->allocator, s->spaces, s->space_count * sizeof *s->spaces);
    lede_release(s->allocator, s->tokens, s->field_count * sizeof *s->tokens);
    lede_release(s->allocator, s->parts, s->part_count * sizeof *s->parts);
    lede_envelope_close(s->file);
    lede_release(s->allocator, s, sizeof *s);
}

uint32_t lede_segment_documents(const lede_segment *segment)
{
    return segment->documents;
}

const char *lede_segment_name(const lede_segment *segment)
{
    return lede_envelope_name(segment->file);
}

const lede_terms_table *lede_segment_terms(const lede_segment *segment)
{
    return &segment->terms;
}

const lede_postings_source *lede_segment_source(const lede_segment *segment,
                                                uint32_t space)
{
    for (uint32_t i = 0; i < segment->space_count; i++)
        if (segment->spaces[i].space == space)
            return &segment->sources[i];
    return NULL;
}

/* ---- Columns ---- */

/* Says whether the numbers of a column can be what they stand for. */
typedef bool is_sound(const lede_segment *segment, uint32_t field,
                      const lede_column *column);

static lede_status open_column(const lede_segment *segment, uint32_t at,
                               uint64_t count, is_sound *sound,
                               const lede_column **out, lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    const lede_segment_part *part = &segment->parts[at];
    lede_column column;
    lede_status status;

    *out = &lazy->columns[at];
    if (atomic_load_explicit(&lazy->has_column[at], memory_order_acquire))
        return LEDE_OK;
    status = need(segment, part->bytes, err);
    if (status != LEDE_OK)
        return status;
    if (count > UINT32_MAX ||
        !lede_column_open(&column, part->bytes, (uint32_t)count) ||
        (sound && !sound(segment, part->field, &column)))
        return lede_segment_damaged(segment, (lede_section_id)part->id,
                                    "not a column of this segment", err);
    (void)pthread_mutex_lock(&lazy->mutex);
    if (!atomic_load_explicit(&lazy->has_column[at], memory_order_relaxed)) {
        lazy->columns[at] = column;
        atomic_store_explicit(&lazy->has_column[at], true,
                              memory_order_release);
    }
    (void)pthread_mutex_unlock(&lazy->mutex);
    return LEDE_OK;
}

static bool all_below(const lede_column *column, uint64_t limit)
{
    uint64_t min, max;

    for (uint64_t at = 0; at < column->count; at += LEDE_COLUMN_BLOCK) {
        lede_column_bounds(column, (uint32_t)at, &min, &max);
        if (max >= limit)
            return false;
    }
    return true;
}

static bool are_documents(const lede_segment *segment, uint32_t field,
                          const lede_column *column)
{
    (void)field;
    return all_below(column, segment->documents);
}

/* From 0 on, never falling. */
static bool are_starts(const lede_segment *segment, uint32_t field,
                       const lede_column *column)
{
    uint64_t values[LEDE_COLUMN_BLOCK], before = 0;

    (void)segment;
    (void)field;
    if (lede_column_at(column, 0) != 0)
        return false;
    for (uint32_t at = 0; at < column->count; at += LEDE_COLUMN_BLOCK) {
        uint32_t left = column->count - at;
        uint32_t n = left < LEDE_COLUMN_BLOCK ? left : LEDE_COLUMN_BLOCK;

        lede_column_read(column, at, n, values);
        for (uint32_t i = 0; i < n; i++) {
            if (values[i] < before)
                return false;
            before = values[i];
        }
    }
    return true;
}

/* Ordinals are below the number of terms, numbers any. */
static bool are_values(const lede_segment *segment, uint32_t field,
                       const lede_column *column)
{
    uint64_t terms = 0;

    if (field >= segment->field_count)
        return false;
    if (lede_schema_field(segment->schema, field)->kind != LEDE_KEYWORD)
        return true;
    for (uint32_t i = 0; i < segment->space_count; i++)
        if (segment->spaces[i].space == 2 * field + 1)
            terms = segment->spaces[i].terms;
    return all_below(column, terms);
}

lede_status lede_segment_plain_column(const lede_segment *segment,
                                      lede_section_id id, uint32_t count,
                                      const lede_column **column,
                                      lede_error *err)
{
    uint32_t at =
        lede_segment_find_part(segment, (uint32_t)id, LEDE_NO_SECTION_FIELD);
    is_sound *sound = id == LEDE_SECTION_RECORD_STARTS ? are_starts
                      : id == LEDE_SECTION_SEQUENCES || id == LEDE_SECTION_SIZES
                          ? NULL
                          : are_documents;

    if (at == segment->part_count)
        return lede_segment_damaged(segment, id, "missing", err);
    return open_column(segment, at, count, sound, column, err);
}

lede_status lede_segment_lengths(const lede_segment *segment, uint32_t field,
                                 const lede_column **column, lede_error *err)
{
    uint32_t at = lede_segment_find_part(segment, LEDE_SECTION_LENGTHS, field);

    *column = NULL;
    if (at == segment->part_count)
        return LEDE_OK;
    return open_column(segment, at, segment->documents, NULL, column, err);
}

lede_status lede_segment_sequences(const lede_segment *segment,
                                   const lede_column **column, lede_error *err)
{
    return lede_segment_plain_column(segment, LEDE_SECTION_SEQUENCES,
                                     segment->documents, column, err);
}

lede_status lede_segment_column(const lede_segment *segment, uint32_t field,
                                lede_segment_values *values, lede_error *err)
{
    uint32_t at = lede_segment_find_part(segment, LEDE_SECTION_COLUMN, field);
    uint32_t starts =
        lede_segment_find_part(segment, LEDE_SECTION_COLUMN_STARTS, field);
    uint64_t count = segment->documents;
    lede_status status = LEDE_OK;

    *values = (lede_segment_values){ NULL, NULL };
    if (at == segment->part_count)
        return LEDE_OK;
    if (starts < segment->part_count) {
        status = open_column(segment, starts, count + 1, are_starts,
                             &values->starts, err);
        if (status == LEDE_OK)
            count = lede_column_at(values->starts, segment->documents);
    }
    if (status == LEDE_OK)
        status =
            open_column(segment, at, count, are_values, &values->values, err);
    return status;
}

/* ---- Keys ---- */

lede_status lede_segment_open_keys(const lede_segment *segment,
                                   const lede_keys **keys, lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    lede_bytes bytes = bytes_of(segment, LEDE_SECTION_KEYS), in = bytes;
    uint32_t blocks, count;
    lede_keys made;
    lede_status status;

    *keys = &lazy->keys;
    if (atomic_load_explicit(&lazy->has_keys, memory_order_acquire))
        return LEDE_OK;
    status = need(segment, bytes, err);
    if (status != LEDE_OK)
        return status;
    if (!lede_take_u32(&in, &blocks) || !lede_take_u32(&in, &count) ||
        count > segment->documents || !lede_keys_open(&made, bytes, count))
        return lede_segment_damaged(segment, LEDE_SECTION_KEYS, "damaged", err);
    (void)pthread_mutex_lock(&lazy->mutex);
    if (!atomic_load_explicit(&lazy->has_keys, memory_order_relaxed)) {
        lazy->keys = made;
        atomic_store_explicit(&lazy->has_keys, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&lazy->mutex);
    return LEDE_OK;
}

lede_status lede_segment_key(const lede_segment *segment, uint32_t doc,
                             lede_bytes *key, lede_arena *arena,
                             lede_error *err)
{
    const lede_column *ranks;
    const lede_keys *keys;
    lede_front front;
    uint64_t rank;
    const char *text;
    lede_status status = lede_segment_open_keys(segment, &keys, err);

    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_KEY_RANKS,
                                           segment->documents, &ranks, err);
    if (status != LEDE_OK)
        return status;
    rank = lede_column_at(ranks, doc);
    if (rank >= keys->count ||
        lede_keys_at(keys, (uint32_t)rank, &front) != LEDE_OK)
        return lede_segment_damaged(segment, LEDE_SECTION_KEYS, "damaged", err);
    text = lede_arena_text(arena, front.text, front.len);
    if (!text)
        return lede_fail_plain(err, lede_arena_status(arena));
    *key = lede_bytes_of(text, front.len);
    return LEDE_OK;
}

lede_status lede_segment_find_key(const lede_segment *segment, lede_bytes key,
                                  uint32_t *doc, lede_error *err)
{
    const lede_column *documents;
    const lede_keys *keys;
    uint32_t rank;
    lede_status status = lede_segment_open_keys(segment, &keys, err);

    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_RANK_DOCUMENTS,
                                           keys->count, &documents, err);
    if (status != LEDE_OK)
        return status;
    status = lede_keys_find(keys, key, &rank);
    if (status == LEDE_ERR_NOT_FOUND)
        return lede_fail_plain(err, status);
    if (status != LEDE_OK)
        return lede_segment_damaged(segment, LEDE_SECTION_KEYS, "damaged", err);
    *doc = (uint32_t)lede_column_at(documents, rank);
    return LEDE_OK;
}

/* ---- Records ---- */

static lede_status make_records(const lede_segment *segment, uint64_t length,
                                lede_records **out, lede_error *err)
{
    lede_bytes section = bytes_of(segment, LEDE_SECTION_RECORDS), tail;
    lede_bytes trained = bytes_of(segment, LEDE_SECTION_RECORD_DICTIONARY);
    uint64_t tail_len = lede_records_tail(length);
    lede_status status;

    if (tail_len > section.len)
        return lede_segment_damaged(segment, LEDE_SECTION_RECORDS, "damaged",
                                    err);
    tail =
        lede_bytes_of(section.at + (section.len - tail_len), (size_t)tail_len);
    status = need(segment, tail, err);
    if (status == LEDE_OK)
        status = need(segment, trained, err);
    if (status != LEDE_OK)
        return status;
    status =
        lede_records_open(out, section, trained, length, segment->allocator);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_RECORDS, "damaged",
                                    err);
    if (status == LEDE_OK)
        lede_records_set_need(*out, need_part, segment->file);
    return lede_fail_plain(err, status);
}

static lede_status open_records(const lede_segment *segment,
                                const lede_column **starts, lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    lede_records *made = NULL;
    lede_status status =
        lede_segment_plain_column(segment, LEDE_SECTION_RECORD_STARTS,
                                  segment->documents + 1, starts, err);

    if (status != LEDE_OK ||
        atomic_load_explicit(&lazy->has_records, memory_order_acquire))
        return status;
    status = make_records(segment, lede_column_at(*starts, segment->documents),
                          &made, err);
    if (status != LEDE_OK)
        return status;
    (void)pthread_mutex_lock(&lazy->mutex);
    if (!atomic_load_explicit(&lazy->has_records, memory_order_relaxed)) {
        lazy->records = made;
        made = NULL;
        atomic_store_explicit(&lazy->has_records, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&lazy->mutex);
    lede_records_close(made);
    return LEDE_OK;
}

lede_status lede_segment_records(const lede_segment *segment,
                                 lede_records_cursor **cursor, lede_error *err)
{
    const lede_column *starts;
    lede_status status = open_records(segment, &starts, err);

    if (status != LEDE_OK)
        return status;
    return lede_fail_plain(err, lede_records_cursor_new(cursor,
                                                        segment->lazy->records,
                                                        segment->allocator));
}

lede_status lede_segment_read_record(const lede_segment *segment,
                                     lede_records_cursor *cursor, uint32_t doc,
                                     lede_bytes *record, lede_arena *arena,
                                     lede_error *err)
{
    const lede_column *starts;
    lede_status status = open_records(segment, &starts, err);
    uint64_t begin, end;
    uint8_t *at;

    if (status != LEDE_OK)
        return status;
    begin = lede_column_at(starts, doc);
    end = lede_column_at(starts, doc + 1);
    if (end - begin > SIZE_MAX)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    at = lede_arena_alloc(arena, (size_t)(end - begin));
    if (!at)
        return lede_fail_plain(err, lede_arena_status(arena));
    status = lede_records_read(cursor, begin, end, at);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_RECORDS, "damaged",
                                    err);
    *record = lede_bytes_of(at, (size_t)(end - begin));
    return lede_fail_plain(err, status);
}

lede_status lede_segment_record(const lede_segment *segment, uint32_t doc,
                                lede_bytes *record, lede_arena *arena,
                                lede_error *err)
{
    lede_records_cursor *cursor;
    lede_status status = lede_segment_records(segment, &cursor, err);

    if (status != LEDE_OK)
        return status;
    status = lede_segment_read_record(segment, cursor, doc, record, arena, err);
    lede_records_cursor_free(cursor);
    return status;
}

/* ---- Forms ---- */

lede_status lede_segment_open_forms(const lede_segment *segment,
                                    const lede_forms_table **forms,
                                    lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    lede_bytes index = bytes_of(segment, LEDE_SECTION_FORMS_INDEX);
    lede_forms_table made;
    lede_status status;

    *forms = &lazy->forms;
    if (atomic_load_explicit(&lazy->has_forms, memory_order_acquire))
        return LEDE_OK;
    status = need(segment, index, err);
    if (status != LEDE_OK)
        return status;
    if (!lede_forms_table_open(&made, bytes_of(segment, LEDE_SECTION_FORMS),
                               index))
        return lede_segment_damaged(segment, LEDE_SECTION_FORMS_INDEX,
                                    "damaged", err);
    made.need = need_part;
    made.need_ctx = segment->file;
    (void)pthread_mutex_lock(&lazy->mutex);
    if (!atomic_load_explicit(&lazy->has_forms, memory_order_relaxed)) {
        lazy->forms = made;
        atomic_store_explicit(&lazy->has_forms, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&lazy->mutex);
    return LEDE_OK;
}

/* Stands before the word of an ordinal, which counts those of all fields. */
static bool seek_word(const lede_segment *segment, lede_terms_cursor *cursor,
                      uint64_t ordinal)
{
    for (uint32_t i = 0; i < segment->space_count; i++) {
        const lede_terms_space *space = &segment->spaces[i];

        if (space->space % 2 != 0)
            continue;
        if (ordinal < space->terms) {
            lede_terms_cursor_seek_ordinal(cursor, space->space, ordinal);
            return true;
        }
        ordinal -= space->terms;
    }
    return false;
}

/* Where the words of a key go. */
typedef struct found_words {
    lede_bytes **terms;
    size_t *capacity;
    uint32_t *count;
    lede_arena *arena;
} found_words;

static lede_status add_word(const found_words *out, lede_bytes term)
{
    const char *text = lede_arena_text(out->arena, term.at, term.len);

    if (!text || !lede_arena_grow(out->arena, out->terms, out->capacity,
                                  (size_t)*out->count + 1, sizeof **out->terms))
        return lede_arena_status(out->arena);
    (*out->terms)[(*out->count)++] = lede_bytes_of(text, term.len);
    return LEDE_OK;
}

static lede_status read_words(const lede_segment *segment,
                              lede_ordinals *ordinals, const found_words *out)
{
    lede_terms_cursor *cursor;
    uint32_t ordinal;
    lede_status status =
        lede_terms_cursor_new(&cursor, &segment->terms, segment->allocator);

    if (status != LEDE_OK)
        return status;
    while (status == LEDE_OK && lede_ordinals_next(ordinals, &ordinal)) {
        if (!seek_word(segment, cursor, ordinal))
            status = LEDE_ERR_CORRUPT;
        else if (lede_terms_cursor_next(cursor))
            status = add_word(out, cursor->term);
        else
            status =
                cursor->status == LEDE_OK ? LEDE_ERR_CORRUPT : cursor->status;
    }
    lede_terms_cursor_free(cursor);
    if (status == LEDE_OK && ordinals->broken)
        return LEDE_ERR_CORRUPT;
    return status;
}

lede_status lede_segment_forms(const lede_segment *segment, uint32_t kind,
                               lede_bytes key, lede_bytes **terms,
                               size_t *capacity, uint32_t *count,
                               lede_arena *arena, lede_error *err)
{
    const lede_forms_table *forms;
    found_words out = { terms, capacity, count, arena };
    lede_ordinals ordinals;
    lede_status status = lede_segment_open_forms(segment, &forms, err);

    if (status != LEDE_OK)
        return status;
    status = kind < LEDE_FORM_KINDS_MAX
                 ? lede_forms_table_find(forms, (uint8_t)kind, key, &ordinals)
                 : LEDE_ERR_NOT_FOUND;
    if (status == LEDE_ERR_NOT_FOUND)
        return LEDE_OK;
    if (status == LEDE_OK)
        status = read_words(segment, &ordinals, &out);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_FORMS, "damaged",
                                    err);
    return lede_fail_plain(err, status);
}
