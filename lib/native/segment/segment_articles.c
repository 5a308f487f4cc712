/*
 * native/segment/segment_articles.c - keys, records and forms of a segment,
 * opened when first asked for.
 */
#include "base/error.h"
#include "native/segment/opened.h"
#include "text/forms.h"

/* What it costs to find a word by its ordinal: a block is unpacked. */
#define WORD_STEPS 8U

/* ---- Keys ---- */

lede_status lede_segment_open_keys(const lede_segment *segment,
                                   const lede_keys **keys, lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    lede_bytes bytes, in;
    uint32_t blocks, count;
    lede_keys made;
    lede_status status;

    *keys = &lazy->keys;
    if (atomic_load_explicit(&lazy->has_keys, memory_order_acquire))
        return LEDE_OK;
    in = bytes = lede_segment_bytes_of(segment, LEDE_SECTION_KEYS);
    status = lede_segment_need(segment, bytes, err);
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

/* The key of a rank, which may be one that there is not. */
static lede_status read_key(const lede_segment *segment, const lede_keys *keys,
                            uint64_t rank, lede_bytes *key, lede_arena *arena,
                            lede_error *err)
{
    lede_key found;
    const char *text;

    if (rank >= keys->count ||
        lede_keys_at(keys, (uint32_t)rank, &found) != LEDE_OK)
        return lede_segment_damaged(segment, LEDE_SECTION_KEYS, "damaged", err);
    text = lede_arena_text(arena, found.text, found.len);
    if (!text)
        return lede_fail_plain(err, lede_arena_status(arena));
    *key = lede_bytes_of(text, found.len);
    return LEDE_OK;
}

lede_status lede_segment_key_reader_init(lede_segment_key_reader *reader,
                                         const lede_segment *segment,
                                         lede_error *err)
{
    lede_status status = lede_segment_open_keys(segment, &reader->keys, err);

    reader->segment = segment;
    return status == LEDE_OK
               ? lede_segment_plain_column(segment, LEDE_SECTION_KEY_RANKS,
                                           segment->documents, &reader->ranks,
                                           err)
               : status;
}

lede_status lede_segment_key_reader_at(const lede_segment_key_reader *reader,
                                       uint32_t doc, lede_bytes *key,
                                       lede_arena *arena, lede_error *err)
{
    return read_key(reader->segment, reader->keys,
                    lede_column_at(reader->ranks, doc), key, arena, err);
}

lede_status lede_segment_key(const lede_segment *segment, uint32_t doc,
                             lede_bytes *key, lede_arena *arena,
                             lede_error *err)
{
    lede_segment_key_reader reader;
    lede_status status = lede_segment_key_reader_init(&reader, segment, err);

    return status == LEDE_OK
               ? lede_segment_key_reader_at(&reader, doc, key, arena, err)
               : status;
}

lede_status lede_segment_key_count(const lede_segment *segment, uint32_t *count,
                                   lede_error *err)
{
    const lede_keys *keys = NULL;
    lede_status status = lede_segment_open_keys(segment, &keys, err);

    if (status == LEDE_OK)
        *count = keys->count;
    return status;
}

lede_status lede_segment_key_of_rank(const lede_segment *segment, uint32_t rank,
                                     lede_bytes *key, uint32_t *doc,
                                     lede_arena *arena, lede_error *err)
{
    const lede_column *documents = NULL;
    const lede_keys *keys = NULL;
    lede_status status = lede_segment_open_keys(segment, &keys, err);

    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_RANK_DOCUMENTS,
                                           keys->count, &documents, err);
    if (status == LEDE_OK)
        status = read_key(segment, keys, rank, key, arena, err);
    if (status == LEDE_OK)
        *doc = (uint32_t)lede_column_at(documents, rank);
    return status;
}

lede_status lede_segment_key_cursor_init(lede_segment_key_cursor *cursor,
                                         const lede_segment *segment,
                                         lede_error *err)
{
    const lede_keys *keys = NULL;
    lede_status status = lede_segment_open_keys(segment, &keys, err);

    if (status == LEDE_OK)
        status =
            lede_segment_plain_column(segment, LEDE_SECTION_RANK_DOCUMENTS,
                                      keys->count, &cursor->documents, err);
    if (status != LEDE_OK)
        return status;
    cursor->segment = segment;
    lede_keys_cursor_init(&cursor->keys, keys);
    return LEDE_OK;
}

lede_status lede_segment_key_cursor_next(lede_segment_key_cursor *cursor,
                                         bool *more, lede_error *err)
{
    lede_keys_cursor *keys = &cursor->keys;

    *more = lede_keys_cursor_next(keys);
    if (keys->broken)
        return lede_segment_damaged(cursor->segment, LEDE_SECTION_KEYS,
                                    "damaged", err);
    if (!*more)
        return LEDE_OK;
    cursor->key = keys->key;
    cursor->doc = (uint32_t)lede_column_at(cursor->documents, keys->rank);
    return LEDE_OK;
}

lede_status lede_segment_find_key(const lede_segment *segment, lede_bytes key,
                                  uint32_t *doc, lede_error *err)
{
    const lede_column *documents = NULL;
    const lede_keys *keys = NULL;
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

lede_status lede_segment_open_records(const lede_segment *segment,
                                      lede_records **records, bool to_copy,
                                      lede_error *err)
{
    lede_records_source source = {
        .blocks = lede_segment_bytes_of(segment, LEDE_SECTION_RECORDS),
        .dictionaries =
            lede_segment_bytes_of(segment, LEDE_SECTION_RECORD_DICTIONARY),
        .need = lede_segment_need_part,
        .need_ctx = segment->file,
        .to_copy = to_copy,
    };
    lede_status status = lede_segment_need(segment, source.dictionaries, err);

    if (status != LEDE_OK)
        return status;
    status = lede_records_open(records, &source, segment->allocator);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_RECORDS, "damaged",
                                    err);
    return lede_fail_plain(err, status);
}

lede_status lede_segment_records(const lede_segment *segment,
                                 const lede_records **records, lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    lede_records *made = NULL;
    lede_status status = LEDE_OK;

    if (!atomic_load_explicit(&lazy->has_records, memory_order_acquire)) {
        status = lede_segment_open_records(segment, &made, false, err);
        if (status != LEDE_OK)
            return status;
        (void)pthread_mutex_lock(&lazy->mutex);
        if (!atomic_load_explicit(&lazy->has_records, memory_order_relaxed)) {
            lazy->records = made;
            made = NULL;
            atomic_store_explicit(&lazy->has_records, true,
                                  memory_order_release);
        }
        (void)pthread_mutex_unlock(&lazy->mutex);
        lede_records_close(made);
    }
    *records = lazy->records;
    return LEDE_OK;
}

lede_status lede_segment_record_place(const lede_segment *segment, uint32_t doc,
                                      lede_records_place *place,
                                      lede_error *err)
{
    bool out_of_order =
        lede_segment_find_part(segment, LEDE_SECTION_RECORD_LENGTHS,
                               LEDE_NO_SECTION_FIELD) < segment->part_count;
    const lede_column *starts = NULL, *lengths = NULL;
    lede_status status = lede_segment_plain_column(
        segment, LEDE_SECTION_RECORD_STARTS, segment->documents + !out_of_order,
        &starts, err);

    if (status == LEDE_OK && out_of_order)
        status = lede_segment_plain_column(segment, LEDE_SECTION_RECORD_LENGTHS,
                                           segment->documents, &lengths, err);
    if (status != LEDE_OK)
        return status;
    place->begin = lede_column_at(starts, doc);
    if (!out_of_order)
        place->end = lede_column_at(starts, doc + 1);
    else if (lede_column_at(lengths, doc) <= UINT64_MAX - place->begin)
        place->end = place->begin + lede_column_at(lengths, doc);
    else
        return lede_segment_damaged(segment, LEDE_SECTION_RECORD_LENGTHS,
                                    "past the end", err);
    return LEDE_OK;
}

lede_status lede_segment_read_record(const lede_segment *segment,
                                     lede_records_cursor *cursor, uint32_t doc,
                                     lede_bytes *record, lede_error *err)
{
    const lede_records *records = NULL;
    lede_records_place place = { 0, 0 };
    lede_status status = lede_segment_record_place(segment, doc, &place, err);

    if (status == LEDE_OK)
        status = lede_segment_records(segment, &records, err);
    if (status != LEDE_OK)
        return status;
    status = lede_records_read(cursor, records, place, record);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_RECORDS, "damaged",
                                    err);
    return lede_fail_plain(err, status);
}

lede_status lede_segment_record(const lede_segment *segment, uint32_t doc,
                                lede_bytes *record, lede_arena *arena,
                                lede_error *err)
{
    lede_records_cursor *cursor;
    lede_bytes read = lede_bytes_of("", 0);
    const char *text;
    lede_status status = lede_fail_plain(
        err, lede_records_cursor_new(&cursor, segment->allocator));

    if (status != LEDE_OK)
        return status;
    status = lede_segment_read_record(segment, cursor, doc, &read, err);
    if (status == LEDE_OK) {
        text = lede_arena_text(arena, read.at, read.len);
        if (text)
            *record = lede_bytes_of(text, read.len);
        else
            status = lede_fail_plain(err, lede_arena_status(arena));
    }
    lede_records_cursor_free(cursor);
    return status;
}

/* ---- Forms ---- */

lede_status lede_segment_open_forms(const lede_segment *segment,
                                    const lede_forms_table **forms,
                                    lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    lede_bytes index;
    lede_forms_table made;
    lede_status status;

    *forms = &lazy->forms;
    if (atomic_load_explicit(&lazy->has_forms, memory_order_acquire))
        return LEDE_OK;
    index = lede_segment_bytes_of(segment, LEDE_SECTION_FORMS_INDEX);
    status = lede_segment_need(segment, index, err);
    if (status != LEDE_OK)
        return status;
    if (!lede_forms_table_open(
            &made, lede_segment_bytes_of(segment, LEDE_SECTION_FORMS), index))
        return lede_segment_damaged(segment, LEDE_SECTION_FORMS_INDEX,
                                    "damaged", err);
    made.need = lede_segment_need_part;
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

static lede_status add_word(lede_segment_words *words, lede_bytes term)
{
    const char *text = lede_arena_text(words->arena, term.at, term.len);

    if (!text || !lede_arena_grow(words->arena, &words->at, &words->capacity,
                                  (size_t)words->count + 1, sizeof *words->at))
        return lede_arena_status(words->arena);
    words->at[words->count++] = lede_bytes_of(text, term.len);
    return lede_budget_spend(words->budget, WORD_STEPS);
}

static lede_status read_words(const lede_segment *segment,
                              lede_ordinals *ordinals,
                              lede_segment_words *words)
{
    lede_terms_cursor *cursor;
    uint32_t ordinal;
    lede_status status =
        lede_terms_cursor_new(&cursor, &segment->terms, segment->allocator);

    if (status != LEDE_OK)
        return status;
    cursor->bare = true;
    while (status == LEDE_OK && lede_ordinals_next(ordinals, &ordinal)) {
        if (!seek_word(segment, cursor, ordinal))
            status = LEDE_ERR_CORRUPT;
        else if (lede_terms_cursor_next(cursor))
            status = add_word(words, cursor->term);
        else
            status =
                cursor->status == LEDE_OK ? LEDE_ERR_CORRUPT : cursor->status;
    }
    lede_terms_cursor_free(cursor);
    if (status == LEDE_OK && ordinals->broken)
        return LEDE_ERR_CORRUPT;
    return status;
}

/* Adds the joined terms of a word that one space has: those that begin with it
 * and go on with a mark stand together. */
static lede_status read_marked(lede_terms_cursor *cursor, uint32_t space,
                               lede_bytes word, lede_segment_words *words)
{
    uint8_t from[LEDE_TERM_BYTES_MAX];
    lede_status status = LEDE_OK;

    memcpy(from, word.at, word.len);
    from[word.len] = LEDE_JOINED_MARK + 2;
    lede_terms_cursor_seek(cursor, space, lede_bytes_of(from, word.len + 1));
    while (status == LEDE_OK && lede_terms_cursor_next(cursor) &&
           cursor->term.len > word.len &&
           memcmp(cursor->term.at, word.at, word.len) == 0)
        status = cursor->term.len == word.len + 1
                     ? add_word(words, cursor->term)
                     : lede_budget_spend(words->budget, 1);
    return status == LEDE_OK ? cursor->status : status;
}

/* Adds a word that one space may have. */
static lede_status read_term(lede_terms_cursor *cursor, uint32_t space,
                             lede_bytes term, lede_segment_words *words)
{
    if (term.len == 0)
        return LEDE_OK;
    lede_terms_cursor_seek(cursor, space, term);
    return lede_terms_cursor_next(cursor) &&
                   lede_bytes_equal(cursor->term, term)
               ? add_word(words, term)
               : cursor->status;
}

/* Adds what one space has of what the table leaves out, from word to word as
 * they stand in the dictionary: most are in one block. */
static lede_status read_space(lede_terms_cursor *cursor, uint32_t space,
                              uint32_t left_out, lede_bytes key,
                              lede_segment_words *words)
{
    char term[LEDE_TERM_BYTES_MAX];
    size_t len;
    lede_status status = LEDE_OK;

    if (left_out & LEDE_FORMS_GROUPED) {
        len = lede_form_grouped(term, key);
        status = read_term(cursor, space, lede_bytes_of(term, len), words);
    }
    if (status == LEDE_OK && left_out & LEDE_FORMS_OWNER) {
        len = lede_form_owner_whole(term, key);
        status = read_term(cursor, space, lede_bytes_of(term, len), words);
    }
    if (status == LEDE_OK && left_out & LEDE_FORMS_OWNER) {
        len = lede_form_owner(term, key);
        status = read_term(cursor, space, lede_bytes_of(term, len), words);
    }
    if (status == LEDE_OK && left_out & LEDE_FORMS_JOINED)
        status = read_marked(cursor, space, key, words);
    return status;
}

/* Adds what the table leaves out of a key of kind fold. */
static lede_status read_left_out(const lede_segment *segment, uint32_t left_out,
                                 lede_bytes key, lede_segment_words *words)
{
    lede_terms_cursor *cursor;
    lede_status status;

    if (left_out == 0 || key.len == 0 || key.len >= LEDE_TERM_BYTES_MAX)
        return LEDE_OK;
    status =
        lede_terms_cursor_new(&cursor, &segment->terms, segment->allocator);
    if (status != LEDE_OK)
        return status;
    cursor->bare = true;
    for (uint32_t i = 0; i < segment->space_count && status == LEDE_OK; i++) {
        const lede_terms_space *space = &segment->spaces[i];

        if (space->space % 2 == 0 && space->terms > 0)
            status = read_space(cursor, space->space, left_out, key, words);
    }
    lede_terms_cursor_free(cursor);
    return status;
}

lede_status lede_segment_forms(const lede_segment *segment, uint32_t kind,
                               lede_bytes key, lede_segment_words *words,
                               lede_error *err)
{
    const lede_forms_table *forms = NULL;
    lede_ordinals ordinals;
    lede_status status = lede_segment_open_forms(segment, &forms, err);

    if (status != LEDE_OK)
        return status;
    status = kind < LEDE_FORM_KINDS_MAX
                 ? lede_forms_table_find(forms, (uint8_t)kind, key, &ordinals)
                 : LEDE_ERR_NOT_FOUND;
    if (status == LEDE_OK)
        status = read_words(segment, &ordinals, words);
    else if (status == LEDE_ERR_NOT_FOUND)
        status = LEDE_OK;
    if (status == LEDE_OK && kind == LEDE_FORM_KIND_FOLD)
        status = read_left_out(segment, forms->left_out, key, words);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(segment, LEDE_SECTION_FORMS, "damaged",
                                    err);
    return lede_fail_plain(err, status);
}
