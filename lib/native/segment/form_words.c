#include "native/segment/form_words.h"

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "native/codec/forms_table.h"
#include "native/segment/form_sort.h"
#include "text/forms.h"

/* Words and keys between two looks at the cancel token. */
#define STEPS_MASK 1023U

/* The words of one field. */
typedef struct source {
    uint64_t base; /* ordinal of its first word */
    uint32_t space;
    bool has_word; /* stands on one */
    uint64_t terms;
    lede_terms_cursor *cursor;
} source;

/* All fields' words, merged. */
typedef struct words {
    const lede_allocator *allocator;
    source *sources;
    uint32_t count;
    lede_status status;
    lede_form_maker *maker;
    lede_form_sort *sort;
    const lede_cancel *cancel;
    uint32_t steps;
    lede_error *err;

    /* The word at hand. */
    uint8_t text[LEDE_TERM_LEN_MAX];
    size_t len;
    uint64_t ordinal;
    bool name;
    uint32_t left_out; /* LEDE_FORMS_ bits */
} words;

static bool advance(words *w, source *s)
{
    s->has_word = lede_terms_cursor_next(s->cursor);
    if (s->cursor->status != LEDE_OK)
        w->status = s->cursor->status;
    return w->status == LEDE_OK;
}

static bool begin_all(words *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        lede_terms_cursor_seek(w->sources[i].cursor, w->sources[i].space,
                               lede_bytes_of(NULL, 0));
        if (!advance(w, &w->sources[i]))
            return false;
    }
    return true;
}

/* The source with the least word; the first of those that have it. */
static source *least(words *w)
{
    source *found = NULL;

    for (uint32_t i = 0; i < w->count; i++) {
        source *s = &w->sources[i];

        if (s->has_word &&
            (!found ||
             lede_bytes_compare(s->cursor->term, found->cursor->term) < 0))
            found = s;
    }
    return found;
}

/* Makes the next word the one at hand; false past the last. */
static bool next_word(words *w)
{
    source *first = least(w);
    lede_bytes text;

    if (!first)
        return false;
    w->len = first->cursor->term.len;
    if (w->len > sizeof w->text) {
        w->status = LEDE_ERR_CORRUPT;
        return false;
    }
    memcpy(w->text, first->cursor->term.at, w->len);
    text = lede_bytes_of(w->text, w->len);
    w->ordinal = first->base + first->cursor->entry.ordinal;
    w->name = false;
    for (source *s = first; s < w->sources + w->count; s++) {
        if (!s->has_word || !lede_bytes_equal(s->cursor->term, text))
            continue;
        w->name |= s->cursor->entry.name;
        if (!advance(w, s))
            return false;
    }
    return true;
}

/* As what the table leaves out a key of the word at hand; 0: it is listed. Of
 * newswire all but one fold key in twenty are left out. */
static uint32_t find_left_out(const words *w, uint32_t kind,
                              const lede_form_key *key)
{
    static const struct {
        size_t (*make)(char out[LEDE_TERM_BYTES_MAX], lede_bytes key);
        uint32_t bit;
    } rules[] = {
        { lede_form_grouped, LEDE_FORMS_GROUPED },
        { lede_form_owner, LEDE_FORMS_OWNER },
        { lede_form_owner_whole, LEDE_FORMS_OWNER },
    };
    char made[LEDE_TERM_BYTES_MAX];

    if (kind != LEDE_FORM_KIND_FOLD || key->len >= w->len)
        return 0;
    if (lede_term_span((const char *)w->text, (uint32_t)w->len) > 1)
        return key->len + 1 == w->len &&
                       memcmp(key->text, w->text, key->len) == 0
                   ? LEDE_FORMS_JOINED
                   : 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t len = rules[i].make(made, lede_bytes_of(key->text, key->len));

        if (lede_bytes_equal(lede_bytes_of(w->text, w->len),
                             lede_bytes_of(made, len)))
            return rules[i].bit;
    }
    return 0;
}

static lede_status add_keys(words *w, uint32_t kind)
{
    lede_form_key key;
    lede_status status = LEDE_OK;

    if (w->ordinal >= UINT32_MAX - 1)
        return lede_fail_plain(w->err, LEDE_ERR_LIMIT);
    for (uint32_t at = 0;
         status == LEDE_OK &&
         lede_form_key_at(w->maker, kind, lede_bytes_of(w->text, w->len),
                          w->name, at, &key);
         at++) {
        uint32_t left_out = find_left_out(w, kind, &key);

        w->left_out |= left_out;
        if (left_out == 0)
            status = lede_form_sort_add(w->sort, (uint8_t)kind,
                                        lede_bytes_of(key.text, key.len),
                                        (uint32_t)w->ordinal, w->err);
    }
    return status;
}

static lede_status spend(words *w)
{
    return (++w->steps & STEPS_MASK) == 0 && lede_cancel_is_set(w->cancel)
               ? lede_fail_plain(w->err, LEDE_ERR_CANCELLED)
               : LEDE_OK;
}

static lede_status make_keys(words *w, const lede_forms *kinds)
{
    uint32_t count = lede_forms_kinds(kinds);
    lede_status status = LEDE_OK;

    if (!begin_all(w))
        return lede_fail_plain(w->err, w->status);
    while (status == LEDE_OK && next_word(w)) {
        status = spend(w);
        for (uint32_t kind = 0; kind < count && status == LEDE_OK; kind++)
            if (lede_forms_bit(kinds, kind) != 0)
                status = add_keys(w, kind);
    }
    if (status == LEDE_OK)
        status = lede_fail_plain(w->err, w->status);
    return status == LEDE_OK
               ? lede_fail_plain(w->err, lede_form_maker_status(w->maker))
               : status;
}

static lede_status write_table(words *w, lede_spool *forms, lede_buffer *index)
{
    lede_forms_table_writer *table = NULL;
    lede_form_sorted item;
    lede_status status = lede_form_sort_end(w->sort, w->err);

    if (status == LEDE_OK)
        status = lede_fail_plain(
            w->err, lede_forms_table_writer_new(&table, w->allocator));
    if (status == LEDE_OK)
        lede_forms_table_writer_leave_out(table, w->left_out);
    while (status == LEDE_OK && lede_form_sort_next(w->sort, &item)) {
        status = lede_fail_plain(
            w->err, lede_forms_table_writer_add(table, item.kind, item.key,
                                                item.ordinal, &forms->bytes));
        if (status == LEDE_OK)
            status = lede_spool_settle(forms, w->err);
        if (status == LEDE_OK)
            status = spend(w);
    }
    if (status == LEDE_OK)
        status = lede_fail_plain(
            w->err, lede_forms_table_writer_end(table, &forms->bytes, index));
    lede_forms_table_writer_free(table);
    return status;
}

/* Puts the last source in front of those that have fewer words: of a word in
 * several fields the first source tells the ordinal, and where most are of one
 * field they are near one another. */
static void sort_in(words *w)
{
    source last = w->sources[w->count - 1];
    uint32_t at = w->count - 1;

    for (; at > 0 && w->sources[at - 1].terms < last.terms; at--)
        w->sources[at] = w->sources[at - 1];
    w->sources[at] = last;
}

/* A cursor for every space of words that has some. */
static lede_status open_sources(words *w, const lede_terms_table *terms)
{
    uint64_t base = 0;
    lede_status status = LEDE_OK;

    w->sources =
        lede_alloc_array(w->allocator, terms->space_count, sizeof *w->sources);
    if (!w->sources)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < terms->space_count && status == LEDE_OK; i++) {
        const lede_terms_space *space = &terms->spaces[i];
        source *s = &w->sources[w->count];

        if (space->space % 2 != 0 || space->terms == 0)
            continue;
        *s = (source){ .base = base,
                       .space = space->space,
                       .terms = space->terms };
        status = lede_terms_cursor_new(&s->cursor, terms, w->allocator);
        if (status != LEDE_OK)
            break;
        w->count++;
        sort_in(w);
        base += space->terms;
    }
    return status;
}

lede_status lede_form_words_write(const lede_terms_table *terms,
                                  const lede_forms *kinds,
                                  const lede_form_words_out *out,
                                  lede_error *err)
{
    const lede_allocator *allocator = out->index->allocator;
    words w = { .allocator = allocator,
                .status = LEDE_OK,
                .cancel = out->cancel,
                .err = err };
    lede_status status = open_sources(&w, terms);

    if (status == LEDE_OK)
        status = lede_form_maker_new(&w.maker, kinds, allocator);
    if (status == LEDE_OK)
        status = lede_form_sort_new(&w.sort, out->forms->dir, out->forms->name,
                                    out->most_bytes, allocator);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = make_keys(&w, kinds);
    if (status == LEDE_OK)
        status = write_table(&w, out->forms, out->index);
    lede_form_sort_free(w.sort);
    lede_form_maker_free(w.maker);
    for (uint32_t i = 0; i < w.count; i++)
        lede_terms_cursor_free(w.sources[i].cursor);
    lede_release(allocator, w.sources, terms->space_count * sizeof *w.sources);
    return status;
}
