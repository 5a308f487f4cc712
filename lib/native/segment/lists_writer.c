#include "native/segment/lists_writer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "native/segment/form_words.h"

/* Form keys are sorted in so many bytes at a time, at least; or twice as many
 * as records are held. */
#define FORM_BYTES_LEAST ((uint64_t)1 << 20)
#define FORM_BYTES       ((uint64_t)8 << 20)

struct lede_lists_writer {
    const lede_allocator *allocator;
    lede_section_writer *sections;
    lede_articles_writer *articles;
    const lede_schema *schema;
    const lede_forms *forms;
    lede_terms_space *spaces; /* two for each field, but for those it lacks */
    uint32_t space_count;
    uint32_t field_count;

    bool begun; /* a term */
    bool name;
    lede_buffer term;
    uint32_t space;              /* its place in `spaces` */
    uint32_t field;              /* of the space */
    uint64_t term_count;         /* of the space */
    bool has_ordinals;           /* the space */
    lede_postings_target target; /* of the space */
    lede_ordinals_out ordinals;  /* of the space */
    uint32_t *at;                /* positions, when a list is added */
    size_t at_capacity;
    uint64_t written; /* bytes of lists */
    lede_spool positions;
    lede_spool dictionary;
    lede_postings_writer *lists;
    lede_terms_writer *terms;
    uint64_t form_bytes; /* to sort form keys in */
};

static void add_space(lede_lists_writer *w, uint32_t space, bool words,
                      bool positions)
{
    w->spaces[w->space_count++] = (lede_terms_space){
        .space = space, .frequencies = words, .positions = words && positions
    };
}

static size_t space_room(const lede_lists_writer *w)
{
    return 2 * (size_t)(w->field_count ? w->field_count : 1);
}

static lede_status make_spaces(lede_lists_writer *w)
{
    w->spaces =
        lede_alloc_zero(w->allocator, space_room(w) * sizeof *w->spaces);
    if (!w->spaces)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < w->field_count; i++) {
        const lede_field *field = lede_schema_field(w->schema, i);

        if (lede_field_has_words(field))
            add_space(w, 2 * i, true, lede_field_has_positions(field));
        if (lede_segment_keeps_values(field))
            add_space(w, 2 * i + 1, false, false);
    }
    return LEDE_OK;
}

/* The average of lengths, of so many documents. */
static uint32_t usual_of(const uint32_t *lengths, uint32_t count,
                         uint32_t documents)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += lengths[i];
    return documents > 0 ? (uint32_t)(sum / documents) : 0;
}

/* Takes the space at a place as the one whose terms come. */
static void use_space(lede_lists_writer *w, uint32_t place)
{
    uint32_t space = w->spaces[place].space;

    w->space = place;
    w->field = space / 2;
    w->term_count = 0;
    w->has_ordinals =
        space % 2 != 0 &&
        lede_field_has_column(lede_schema_field(w->schema, w->field));
    w->target = (lede_postings_target){
        .documents = lede_articles_writer_count(w->articles),
        .frequencies = w->spaces[place].frequencies,
        .positions = w->spaces[place].positions,
    };
    w->target.lengths = lede_articles_writer_lengths(w->articles, w->field,
                                                     &w->target.length_count);
    w->target.words = lede_articles_writer_words(w->articles, w->field,
                                                 &w->target.word_count);
    if (w->target.frequencies)
        w->target.usual = usual_of(w->target.lengths, w->target.length_count,
                                   w->target.documents);
    w->spaces[place].usual = w->target.usual;
}

lede_status lede_lists_writer_new(lede_lists_writer **out,
                                  lede_section_writer *sections,
                                  lede_articles_writer *articles,
                                  const lede_segment_target *target)
{
    const lede_allocator *allocator = sections->allocator;
    lede_lists_writer *made = lede_alloc_zero(allocator, sizeof *made);
    lede_status status;

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->sections = sections;
    made->articles = articles;
    made->schema = target->schema;
    made->forms = target->forms;
    made->field_count = lede_schema_count(target->schema);
    made->form_bytes = FORM_BYTES;
    lede_buffer_init(&made->term, allocator);
    lede_ordinals_out_init(&made->ordinals, target->dir, target->name,
                           allocator);
    lede_spool_init(&made->positions, target->dir, target->name, allocator);
    lede_spool_init(&made->dictionary, target->dir, target->name, allocator);
    status = make_spaces(made);
    if (status == LEDE_OK)
        status = lede_postings_writer_new(&made->lists, allocator);
    if (status == LEDE_OK)
        status = lede_terms_writer_new(&made->terms, made->spaces,
                                       made->space_count, allocator);
    if (status != LEDE_OK) {
        lede_lists_writer_free(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

void lede_lists_writer_free(lede_lists_writer *writer)
{
    lede_lists_writer *w = writer;

    if (!w)
        return;
    lede_postings_writer_free(w->lists);
    lede_terms_writer_free(w->terms);
    lede_release(w->allocator, w->spaces, space_room(w) * sizeof *w->spaces);
    lede_release(w->allocator, w->at, w->at_capacity * sizeof *w->at);
    lede_ordinals_out_fini(&w->ordinals);
    lede_buffer_fini(&w->term);
    lede_spool_fini(&w->positions);
    lede_spool_fini(&w->dictionary);
    lede_release(w->allocator, w, sizeof *w);
}

void lede_lists_writer_hold(lede_lists_writer *writer, uint64_t bytes)
{
    writer->form_bytes =
        bytes < FORM_BYTES_LEAST / 2 ? FORM_BYTES_LEAST : 2 * bytes;
}

uint64_t lede_lists_writer_memory(const lede_lists_writer *writer)
{
    const lede_lists_writer *w = writer;

    return sizeof *w + space_room(w) * sizeof *w->spaces + w->term.capacity +
           w->positions.bytes.capacity + w->dictionary.bytes.capacity +
           w->at_capacity * sizeof *w->at +
           lede_ordinals_out_memory(&w->ordinals);
}

lede_status lede_lists_writer_begin(lede_lists_writer *writer, lede_error *err)
{
    if (writer->space_count > 0)
        use_space(writer, 0);
    return lede_section_begin(writer->sections, LEDE_SECTION_POSTINGS,
                              LEDE_NO_SECTION_FIELD, err);
}

/* ---- Terms ---- */

/* Ends a block of the dictionary, and with it its lists of few documents. */
static lede_status end_block(lede_lists_writer *w)
{
    lede_buffer *out = &w->sections->out;
    size_t before = out->len;
    bool scaled;
    lede_status status = lede_postings_writer_end_few(w->lists, out, &scaled);

    return status == LEDE_OK
               ? lede_terms_writer_end_block(w->terms, &w->dictionary.bytes,
                                             out->len - before, scaled)
               : status;
}

/* Ends the term at hand; lists not yet written stand in `out`. */
static lede_status end_term(lede_lists_writer *w, lede_error *err)
{
    lede_buffer *out = &w->sections->out;
    lede_terms_entry entry = { 0 };
    lede_status status;

    if (!w->begun)
        return LEDE_OK;
    w->begun = false;
    w->written += out->len;
    status =
        lede_section_drain(w->sections, out, LEDE_SECTION_DRAIN_BYTES, err);
    if (status != LEDE_OK)
        return status;
    w->written -= out->len;
    status =
        lede_postings_writer_end(w->lists, out, w->written, &w->positions.bytes,
                                 w->positions.written, &entry);
    if (status == LEDE_OK && entry.documents == 0)
        return lede_fail(err, LEDE_ERR_INVALID, NULL, "a term of no article");
    entry.name = w->name;
    if (status == LEDE_OK)
        status = lede_terms_writer_add(w->terms, w->spaces[w->space].space,
                                       lede_buffer_bytes(&w->term), &entry);
    if (status == LEDE_OK && lede_terms_writer_is_full(w->terms))
        status = end_block(w);
    w->term_count++;
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_spool_settle(&w->positions, err);
    return status == LEDE_OK ? lede_spool_settle(&w->dictionary, err) : status;
}

/* Ends the terms of a space. */
static lede_status end_space(lede_lists_writer *w, lede_error *err)
{
    lede_status status = lede_fail_plain(err, end_block(w));

    if (status == LEDE_OK)
        status = lede_articles_writer_put_ordinals(w->articles, w->field,
                                                   &w->ordinals, err);
    lede_ordinals_out_fini(&w->ordinals);
    lede_ordinals_out_init(&w->ordinals, w->dictionary.dir, w->dictionary.name,
                           w->allocator);
    return status;
}

static lede_status find_space(lede_lists_writer *w, uint32_t space,
                              lede_error *err)
{
    uint32_t place = w->space;
    lede_status status;

    if (w->space_count == 0)
        return lede_fail_plain(err, LEDE_ERR_INVALID);
    if (w->spaces[place].space == space)
        return LEDE_OK;
    status = end_space(w, err);
    while (place < w->space_count && w->spaces[place].space < space)
        place++;
    if (place == w->space_count || w->spaces[place].space != space)
        return lede_fail_plain(err, LEDE_ERR_INVALID);
    use_space(w, place);
    return status;
}

lede_status lede_lists_writer_term(lede_lists_writer *writer, uint32_t space,
                                   lede_bytes term, bool name, lede_error *err)
{
    lede_lists_writer *w = writer;
    lede_status status = end_term(w, err);

    if (status == LEDE_OK)
        status = find_space(w, space, err);
    if (status != LEDE_OK)
        return status;
    lede_buffer_clear(&w->term);
    lede_put(&w->term, term.at, term.len);
    w->name = name;
    w->begun = true;
    lede_postings_writer_begin(w->lists, &w->target);
    return lede_fail_plain(err, w->term.status);
}

static lede_status add_ordinals(lede_lists_writer *w, const uint32_t *docs,
                                uint32_t n, lede_error *err)
{
    lede_status status = lede_fail_plain(
        err, w->term_count < UINT32_MAX ? LEDE_OK : LEDE_ERR_LIMIT);

    for (uint32_t i = 0; i < n && status == LEDE_OK; i++)
        status = lede_ordinals_out_add(&w->ordinals, docs[i],
                                       (uint32_t)w->term_count, err);
    return status;
}

lede_status lede_lists_writer_add(lede_lists_writer *writer, uint32_t doc,
                                  uint32_t frequency, const uint32_t *positions,
                                  lede_error *err)
{
    lede_lists_writer *w = writer;
    lede_status status = LEDE_OK;

    if (!w->begun || doc >= lede_articles_writer_count(w->articles) ||
        frequency == 0)
        return lede_fail_plain(err, LEDE_ERR_INVALID);
    if (w->has_ordinals)
        status = add_ordinals(w, &doc, 1, err);
    return status == LEDE_OK
               ? lede_fail_plain(err, lede_postings_writer_add(
                                          w->lists, doc, frequency, positions))
               : status;
}

lede_status lede_lists_writer_add_batch(lede_lists_writer *writer,
                                        const lede_postings_batch *batch,
                                        lede_error *err)
{
    lede_lists_writer *w = writer;
    uint32_t n = batch->n;
    lede_status status = LEDE_OK;

    if (!w->begun || n == 0 || n > LEDE_BLOCK_MAX ||
        batch->docs[n - 1] >= lede_articles_writer_count(w->articles))
        return lede_fail_plain(err, LEDE_ERR_INVALID);
    if (w->has_ordinals)
        status = add_ordinals(w, batch->docs, n, err);
    return status == LEDE_OK
               ? lede_fail_plain(
                     err, lede_postings_writer_add_batch(w->lists, batch))
               : status;
}

/* Every position takes a bit at least. */
static bool frequency_can_be(const lede_postings *list)
{
    const lede_postings_source *source = list->source;

    return list->frequency / 8 <= source->postings.len + source->positions.len;
}

static lede_status walk_list(lede_lists_writer *w, lede_postings *list,
                             uint32_t shift, lede_error *err)
{
    bool positions = w->spaces[w->space].positions;
    lede_status status = LEDE_OK;

    for (uint32_t doc = lede_postings_seek(list, 0);
         doc != LEDE_DOC_END && status == LEDE_OK;
         doc = lede_postings_seek(list, doc + 1)) {
        if (positions && !frequency_can_be(list))
            return lede_fail_plain(err, LEDE_ERR_CORRUPT);
        if (positions && !lede_grow(w->allocator, &w->at, &w->at_capacity,
                                    list->frequency, sizeof *w->at))
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
        if (positions && !lede_postings_positions(list, w->at))
            return lede_fail_plain(
                err, list->status != LEDE_OK ? list->status : LEDE_ERR_CORRUPT);
        status =
            lede_lists_writer_add(w, doc + shift, list->frequency, w->at, err);
    }
    return status == LEDE_OK ? lede_fail_plain(err, list->status) : status;
}

lede_status lede_lists_writer_copy(lede_lists_writer *writer,
                                   lede_postings *list, uint32_t shift,
                                   lede_error *err)
{
    lede_status status = LEDE_ERR_UNSUPPORTED;

    if (!writer->has_ordinals)
        status = lede_postings_writer_copy(writer->lists, list, shift);
    return status == LEDE_ERR_UNSUPPORTED ? walk_list(writer, list, shift, err)
                                          : lede_fail_plain(err, status);
}

/* ---- The end ---- */

static lede_status put_lists(lede_lists_writer *w, lede_error *err)
{
    lede_status status = end_term(w, err);

    if (status == LEDE_OK && w->space_count > 0)
        status = end_space(w, err);
    if (status == LEDE_OK)
        status = lede_section_drain(w->sections, &w->sections->out, 0, err);
    if (status != LEDE_OK)
        return status;
    lede_section_end(w->sections);
    return lede_section_put_spool(w->sections, LEDE_SECTION_POSITIONS,
                                  &w->positions, err);
}

/* Makes the form tables, their index in the sections' buffer. */
static lede_status write_forms(lede_lists_writer *w, lede_bytes dictionary,
                               lede_bytes index, lede_spool *forms,
                               lede_error *err)
{
    const lede_form_words_out out = { forms, &w->sections->out, w->form_bytes,
                                      w->sections->cancel };
    lede_terms_table table;
    lede_status status = lede_terms_table_open(&table, dictionary, index,
                                               w->spaces, w->space_count);

    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    return lede_form_words_write(&table, w->forms, &out, err);
}

static lede_status put_forms(lede_lists_writer *w, lede_bytes index,
                             lede_error *err)
{
    lede_bytes dictionary;
    lede_spool forms;
    lede_status status = lede_spool_read(&w->dictionary, &dictionary, err);

    if (status != LEDE_OK)
        return status;
    lede_spool_init(&forms, w->dictionary.dir, w->dictionary.name,
                    w->allocator);
    status = write_forms(w, dictionary, index, &forms, err);
    if (status == LEDE_OK)
        status =
            lede_section_put(w->sections, LEDE_SECTION_FORMS_INDEX,
                             LEDE_NO_SECTION_FIELD, &w->sections->out, err);
    if (status == LEDE_OK)
        status = lede_section_put_spool(w->sections, LEDE_SECTION_FORMS, &forms,
                                        err);
    lede_spool_fini(&forms);
    return status;
}

static lede_status put_dictionary(lede_lists_writer *w, lede_error *err)
{
    lede_buffer index;
    lede_status status;

    lede_buffer_init(&index, w->allocator);
    status = lede_terms_writer_end(w->terms, &index);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = put_forms(w, lede_buffer_bytes(&index), err);
    if (status == LEDE_OK)
        status = lede_section_put(w->sections, LEDE_SECTION_DICTIONARY_INDEX,
                                  LEDE_NO_SECTION_FIELD, &index, err);
    if (status == LEDE_OK)
        status = lede_section_put_spool(w->sections, LEDE_SECTION_DICTIONARY,
                                        &w->dictionary, err);
    lede_buffer_fini(&index);
    return status;
}

lede_status lede_lists_writer_end(lede_lists_writer *writer, lede_error *err)
{
    lede_status status = put_lists(writer, err);

    return status == LEDE_OK ? put_dictionary(writer, err) : status;
}

const lede_terms_space *lede_lists_writer_spaces(
    const lede_lists_writer *writer, uint32_t *count)
{
    *count = writer->space_count;
    return writer->spaces;
}
