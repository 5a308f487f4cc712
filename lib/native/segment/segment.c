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
    "schema",
    "record lengths",
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
    uint32_t low, high, end;

    if (id >= LEDE_SECTIONS)
        return segment->part_count;
    low = segment->first[id];
    high = end = segment->first[id + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (segment->parts[middle].field < field)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && segment->parts[low].field == field
               ? low
               : segment->part_count;
}

lede_bytes lede_segment_bytes_of(const lede_segment *segment,
                                 lede_section_id id)
{
    uint32_t at =
        lede_segment_find_part(segment, (uint32_t)id, LEDE_NO_SECTION_FIELD);

    return at < segment->part_count ? segment->parts[at].bytes
                                    : lede_bytes_of(NULL, 0);
}

lede_status lede_segment_need(const lede_segment *segment, lede_bytes bytes,
                              lede_error *err)
{
    return lede_envelope_need(segment->file, bytes.at, bytes.len, err);
}

lede_status lede_segment_need_part(void *ctx, const uint8_t *at, size_t len)
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
    return lede_segment_need(segment, *bytes, err);
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
    status = lede_segment_need(segment, foot, err);
    if (status != LEDE_OK)
        return status;
    (void)lede_take_u64(&foot, begin);
    body.len -= FOOT_BYTES;
    if (*begin < LEDE_ENVELOPE_HEAD || !lede_take(&body, *begin, &passed))
        return lede_segment_damaged(segment, 0, "no list of sections", err);
    *contents = body;
    return lede_segment_need(segment, body, err);
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

static void find_firsts(lede_segment *segment)
{
    uint32_t at = 0;

    for (uint32_t id = 0; id <= LEDE_SECTIONS; id++) {
        while (at < segment->part_count && segment->parts[at].id < id)
            at++;
        segment->first[id] = at;
    }
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
    find_firsts(segment);
    return LEDE_OK;
}

/* Sequences alone take so much: what is made for each article is bounded by the
 * length of the file, whatever the summary says. */
static bool has_room(const lede_segment *segment, uint32_t documents)
{
    lede_bytes sequences =
        lede_segment_bytes_of(segment, LEDE_SECTION_SEQUENCES);

    return lede_column_least(documents) <= sequences.len;
}

/* What a space holds, by the schema; false for one that cannot be. */
static bool read_space(const lede_segment *segment, lede_terms_space *space)
{
    const lede_field *field;

    if (space->space / 2 >= segment->field_count)
        return false;
    field = lede_schema_field(segment->schema, space->space / 2);
    if (space->space % 2 != 0)
        return lede_segment_keeps_values(field);
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
            !lede_take_u32(&in, &space->usual) || !read_space(segment, space))
            return false;
    }
    return in.len == 0;
}

/* Of a space in the summary. */
#define SPACE_BYTES 20U

static lede_status take_summary(lede_segment *segment, lede_bytes in)
{
    uint32_t fields, spaces;
    lede_bytes tokens;

    if (!lede_take_u32(&in, &segment->documents) ||
        segment->documents >= UINT32_MAX - 1 ||
        !has_room(segment, segment->documents) ||
        !lede_take_u32(&in, &fields) ||
        fields > lede_schema_count(segment->schema) ||
        !lede_take_u32(&in, &spaces) ||
        !lede_take(&in, (uint64_t)fields * 8, &tokens) ||
        in.len != (uint64_t)spaces * SPACE_BYTES)
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

/* The lengths that the positions of a space's words are read with. */
static lede_status lengths_of(void *ctx, uint32_t space,
                              const lede_column **column)
{
    return lede_segment_lengths(ctx, space / 2, column, NULL);
}

static lede_status open_terms(lede_segment *segment, lede_error *err)
{
    lede_bytes index =
        lede_segment_bytes_of(segment, LEDE_SECTION_DICTIONARY_INDEX);
    lede_status status = lede_segment_need(segment, index, err);

    if (status != LEDE_OK)
        return status;
    status = lede_terms_table_open(
        &segment->terms,
        lede_segment_bytes_of(segment, LEDE_SECTION_DICTIONARY), index,
        segment->spaces, segment->space_count);
    if (status != LEDE_OK)
        return lede_segment_damaged(segment, LEDE_SECTION_DICTIONARY_INDEX,
                                    "damaged", err);
    segment->terms.need = lede_segment_need_part;
    segment->terms.need_ctx = segment->file;
    segment->sources = lede_alloc_array(
        segment->allocator, segment->space_count, sizeof *segment->sources);
    if (!segment->sources)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; i < segment->space_count; i++)
        segment->sources[i] = (lede_postings_source){
            .postings = lede_segment_bytes_of(segment, LEDE_SECTION_POSTINGS),
            .positions = lede_segment_bytes_of(segment, LEDE_SECTION_POSITIONS),
            .frequencies = segment->spaces[i].frequencies,
            .has_positions = segment->spaces[i].positions,
            .documents = segment->documents,
            .usual = segment->spaces[i].usual,
            .space = segment->spaces[i].space,
            .lengths = lengths_of,
            .lengths_ctx = segment,
            .need = lede_segment_need_part,
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

/* Without a schema given, the one it carries. */
static lede_status find_schema(lede_segment *segment, lede_error *err)
{
    uint64_t forms_version;
    lede_status status = LEDE_OK;

    if (!segment->schema)
        status = lede_segment_schema(segment, &segment->own_schema,
                                     &forms_version, segment->allocator, err);
    if (segment->own_schema)
        segment->schema = segment->own_schema;
    return status;
}

static lede_status open_all(lede_segment *segment, lede_error *err)
{
    lede_status status = read_contents(segment, err);

    if (status == LEDE_OK)
        status = find_schema(segment, err);
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
    lede_segment_free_floors(s);
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
    lede_schema_free(s->own_schema);
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

const lede_envelope *lede_segment_file(const lede_segment *segment)
{
    return segment->file;
}

uint64_t lede_segment_tokens(const lede_segment *segment, uint32_t field)
{
    return field < segment->field_count ? segment->tokens[field] : 0;
}

lede_status lede_segment_schema(const lede_segment *segment,
                                lede_schema **schema, uint64_t *forms_version,
                                const lede_allocator *allocator,
                                lede_error *err)
{
    lede_bytes bytes;
    lede_status status = lede_segment_section(
        segment, LEDE_SECTION_SCHEMA, LEDE_NO_SECTION_FIELD, &bytes, err);

    if (status != LEDE_OK)
        return status;
    status = lede_take_u64(&bytes, forms_version)
                 ? lede_schema_decode(schema, bytes, allocator)
                 : LEDE_ERR_CORRUPT;
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_SCHEMA, "damaged",
                                    err);
    return lede_fail_plain(err, status);
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
