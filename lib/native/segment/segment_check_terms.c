/*
 * native/segment/segment_check_terms.c - the dictionary and its lists, each
 * read from end to end, and all that other sections repeat of them: lengths are
 * sums of frequencies, columns of keywords the postings of their values.
 */
#include "native/segment/segment_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "text/token.h"

typedef lede_segment_checking check;

/* Sums of a list as it is walked. */
typedef struct walk {
    uint64_t documents;
    uint64_t occurrences;
    lede_bound bound; /* of the block at hand, of its group, of the list */
    lede_bound wide;
    lede_bound most;
    uint8_t top;                 /* of the block; of a short list the most */
    lede_mark marks[LEDE_MARKS]; /* of a list that has any */
    uint32_t mark_count;
    uint64_t reached[LEDE_MARKS]; /* documents that have them */
} walk;

/* What the postings of a space are held against. */
typedef struct space {
    const lede_terms_space *of;
    lede_segment_values values; /* of values */
    uint64_t ordinal;           /* of the term at hand */
    bool counts;                /* the term at hand adds to lengths */
} space;

/* ---- What is told of a list ---- */

/* Keeps what is wrong, the first time. */
__attribute__((format(printf, 2, 3))) static lede_status blame(
    check *c, const char *format, ...)
{
    va_list arguments;

    if (c->why[0] != '\0')
        return LEDE_ERR_CORRUPT;
    va_start(arguments, format);
    (void)vsnprintf(c->why, sizeof c->why, format, arguments);
    va_end(arguments);
    return LEDE_ERR_CORRUPT;
}

#define TERM_SHOWN 32U /* bytes */

static void tell_list(check *c, const space *s)
{
    const lede_field *field =
        lede_schema_field(c->segment->schema, s->of->space / 2);
    lede_bytes term = c->cursor->term;
    char what[256];

    (void)snprintf(what, sizeof what, "the list of \"%.*s\" in %.64s: %s",
                   (int)(term.len < TERM_SHOWN ? term.len : TERM_SHOWN),
                   term.len ? (const char *)term.at : "",
                   field ? field->name : "no field",
                   c->why[0] ? c->why : "it cannot be read");
    lede_segment_tell(c, LEDE_SECTION_POSTINGS, what);
}

/* ---- Lists ---- */

static uint64_t length_in(const check *c, uint32_t doc)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < c->length_count; i++)
        sum += lede_column_at(c->lengths[i], doc);
    return sum;
}

static lede_status check_positions(check *c, lede_postings *list)
{
    uint32_t doc = list->doc; /* damage ends the list */

    if (!list->source->has_positions)
        return LEDE_OK;
    if (!lede_grow(c->segment->allocator, &c->at, &c->at_capacity,
                   list->frequency, sizeof *c->at))
        return LEDE_ERR_NOMEM;
    if (lede_postings_positions(list, c->at))
        return LEDE_OK;
    return list->status == LEDE_OK || list->status == LEDE_ERR_CORRUPT
               ? blame(c, "positions in document %" PRIu32 " cannot be read",
                       doc)
               : list->status;
}

/* Terms come in the order of their ordinals, so the next value of a document is
 * the one that is listed. */
static bool is_value(check *c, const space *s, uint32_t doc)
{
    uint64_t at = doc, end = (uint64_t)doc + 1;

    if (!s->values.values)
        return false;
    if (s->values.starts) {
        at = lede_column_at(s->values.starts, doc);
        end = lede_column_at(s->values.starts, doc + 1);
    }
    at += c->counts[doc]++;
    return at < end &&
           lede_column_at(s->values.values, (uint32_t)at) == s->ordinal;
}

/* Reads the bounds that a document is the first to be within; the list's is the
 * same for all. */
static bool take_bounds(lede_postings *list, walk *w)
{
    uint32_t doc = list->doc;

    if (w->documents == 0 && !lede_postings_most(list, &w->most))
        return false;
    if ((w->documents == 0 || doc > w->wide.last) &&
        !lede_postings_wide_bound(list, doc, &w->wide))
        return false;
    if (w->documents > 0 && doc <= w->bound.last)
        return true;
    if (!lede_postings_bound(list, doc, &w->bound))
        return false;
    w->top = LEDE_TOP_MOST;
    if (list->documents > LEDE_POSTINGS_SHORT && list->source->frequencies)
        w->top = lede_postings_tops(list)[list->hand];
    return true;
}

/* What a document is more than; NULL: nothing. */
static const char *exceeded(const lede_postings *list, const walk *w,
                            uint64_t length)
{
    if (lede_top_of(list->frequency, length, list->source->usual) > w->top)
        return "top of its block";
    if (!lede_bound_has(&w->bound, list->frequency, length))
        return "bound of its block";
    if (!lede_bound_has(&w->wide, list->frequency, length))
        return "bound of its group";
    return lede_bound_has(&w->most, list->frequency, length)
               ? NULL
               : "bound of the list";
}

static lede_status check_bounds(check *c, const lede_postings *list,
                                const walk *w)
{
    uint64_t length = length_in(c, list->doc);
    const char *than = exceeded(list, w, length);

    return than ? blame(c,
                        "%" PRIu32 " times in %" PRIu64
                        " words, document %" PRIu32 " is over the %s",
                        list->frequency, length, list->doc, than)
                : LEDE_OK;
}

static void take_marks(lede_postings *list, walk *w)
{
    uint32_t documents = 0;

    while (w->mark_count < LEDE_MARKS &&
           lede_postings_mark(list, documents, &w->marks[w->mark_count]))
        documents = w->marks[w->mark_count++].documents + 1;
}

static void count_marks(const check *c, const lede_postings *list, walk *w)
{
    for (uint32_t i = 0; i < w->mark_count; i++)
        w->reached[i] += lede_mark_has(&w->marks[i], list->frequency,
                                       length_in(c, list->doc));
}

static lede_status check_marks(check *c, const walk *w)
{
    for (uint32_t i = 0; i < w->mark_count; i++)
        if (w->reached[i] < w->marks[i].documents)
            return blame(
                c, "a mark says %" PRIu32 " documents, %" PRIu64 " reach it",
                w->marks[i].documents, w->reached[i]);
    return LEDE_OK;
}

/* What a list says of itself, once it was walked. */
static lede_status check_sums(check *c, const lede_terms_entry *entry,
                              const walk *w)
{
    if (entry->occurrences > 0 && w->occurrences != entry->occurrences)
        return blame(c, "%" PRIu64 " occurrences, where its term says %" PRIu64,
                     w->occurrences, entry->occurrences);
    return check_marks(c, w);
}

static lede_status check_posting(check *c, lede_postings *list, const space *s,
                                 walk *w)
{
    bool words = s->of->space % 2 == 0;
    uint32_t doc = list->doc; /* damage ends the list */

    if (!take_bounds(list, w))
        return list->status == LEDE_OK || list->status == LEDE_ERR_CORRUPT
                   ? blame(c, "no bound of document %" PRIu32, doc)
                   : list->status;
    w->documents++;
    w->occurrences += list->frequency;
    count_marks(c, list, w);
    if (words && check_bounds(c, list, w) != LEDE_OK)
        return LEDE_ERR_CORRUPT;
    if (words && s->counts)
        c->counts[list->doc] += list->frequency;
    if (!words &&
        lede_field_has_column(
            lede_schema_field(c->segment->schema, s->of->space / 2)) &&
        !is_value(c, s, list->doc))
        return blame(c, "document %" PRIu32 " has not this value", list->doc);
    return check_positions(c, list);
}

/* Passes the lists of few that stand behind the others of their block. */
static bool pass_few(check *c)
{
    bool next = c->few_len == 0 || c->few == c->postings;

    c->postings += c->few_len;
    c->few_len = 0;
    return next;
}

/* Lists follow one another, those of few behind the others of their block. */
static bool is_next(check *c, const lede_terms_entry *entry, bool positions)
{
    bool next = true;

    if (entry->ordinal % LEDE_TERMS_BLOCK == 0)
        next = pass_few(c);
    if (entry->documents > LEDE_POSTINGS_FEW) {
        next = next && entry->postings == c->postings;
        c->postings = entry->postings + entry->postings_len;
    } else {
        c->few = entry->postings;
        c->few_len = entry->postings_len;
    }
    if (positions && entry->documents > LEDE_POSTINGS_SHORT) {
        next = next && entry->positions == c->positions;
        c->positions = entry->positions + entry->positions_len;
    }
    return next;
}

static lede_status check_list(check *c, const space *s,
                              const lede_terms_entry *entry)
{
    lede_postings list;
    walk w = { 0 };
    lede_status status = lede_budget_spend(&c->budget, 4);

    if (status != LEDE_OK)
        return status;
    c->why[0] = '\0';
    if (!is_next(c, entry, s->of->positions))
        return blame(c, "it does not follow the one before");
    lede_postings_open(&list, lede_segment_source(c->segment, s->of->space),
                       entry);
    take_marks(&list, &w);
    for (uint32_t doc = lede_postings_seek(&list, 0);
         doc != LEDE_DOC_END && status == LEDE_OK;
         doc = lede_postings_seek(&list, doc + 1)) {
        status = check_posting(c, &list, s, &w);
        if (status == LEDE_OK)
            status = lede_budget_spend(&c->budget, 1 + list.frequency / 16);
    }
    if (status == LEDE_OK)
        status =
            list.status == LEDE_ERR_CORRUPT
                ? blame(c, "what follows %" PRIu64 " documents cannot be read",
                        w.documents)
                : list.status;
    if (status == LEDE_OK)
        status = check_sums(c, entry, &w);
    lede_segment_advance(
        c, entry->few_at == 0 ? entry->postings_len + entry->positions_len : 0);
    return status;
}

/* ---- Terms ---- */

/* The index leads to the first and the last term of a block, and so to all
 * between. */
static lede_status check_index(check *c, const space *s)
{
    uint64_t ordinal = c->cursor->entry.ordinal;
    lede_terms_entry entry;
    lede_status status;

    if (ordinal % LEDE_TERMS_BLOCK != 0 &&
        ordinal % LEDE_TERMS_BLOCK != LEDE_TERMS_BLOCK - 1)
        return LEDE_OK;
    status = lede_terms_find(c->finder, s->of->space, c->cursor->term, &entry);
    if (status == LEDE_ERR_NOT_FOUND ||
        (status == LEDE_OK && entry.ordinal != ordinal))
        return LEDE_ERR_CORRUPT;
    return status;
}

/* Whether a term counts in lengths: the joined words of compounds do not. */
static bool has_length(lede_bytes term)
{
    return term.len == 0 || term.at[term.len - 1] <= LEDE_JOINED_MARK;
}

static lede_status walk_terms(check *c, space *s)
{
    uint64_t terms = 0;
    lede_status status = LEDE_OK, listed;

    lede_terms_cursor_seek(c->cursor, s->of->space, lede_bytes_of(NULL, 0));
    while (status == LEDE_OK && lede_terms_cursor_next(c->cursor)) {
        s->ordinal = terms++;
        s->counts = has_length(c->cursor->term);
        status = check_index(c, s);
        if (status == LEDE_ERR_CORRUPT)
            lede_segment_tell(c, LEDE_SECTION_DICTIONARY_INDEX,
                              "it does not lead to a term");
        listed =
            status == LEDE_OK ? check_list(c, s, &c->cursor->entry) : LEDE_OK;
        if (listed == LEDE_ERR_CORRUPT)
            tell_list(c, s);
        if (listed != LEDE_OK)
            status = listed;
    }
    if (status != LEDE_OK)
        return status;
    status = c->cursor->status;
    if (status == LEDE_ERR_CORRUPT)
        lede_segment_tell(c, LEDE_SECTION_DICTIONARY, "a block is damaged");
    return status;
}

/* ---- Spaces ---- */

/* Lengths of a field are the sums of its frequencies. */
static lede_status check_lengths(check *c, const space *s)
{
    const lede_column *column = NULL;
    lede_status status =
        lede_segment_lengths(c->segment, s->of->space / 2, &column, NULL);

    for (uint32_t doc = 0; status == LEDE_OK && doc < c->segment->documents;
         doc++) {
        if (c->counts[doc] != (column ? lede_column_at(column, doc) : 0))
            status = LEDE_ERR_CORRUPT;
        else
            status = lede_budget_spend(&c->budget, 1);
    }
    if (status == LEDE_ERR_CORRUPT)
        lede_segment_tell(c, LEDE_SECTION_LENGTHS, "not those of the postings");
    return status;
}

/* Every value was listed. */
static lede_status check_values(check *c, const space *s)
{
    uint64_t listed = 0;
    uint64_t stored = s->values.values ? s->values.values->count : 0;

    if (!lede_field_has_column(
            lede_schema_field(c->segment->schema, s->of->space / 2)))
        return LEDE_OK;
    for (uint32_t doc = 0; doc < c->segment->documents; doc++)
        listed += c->counts[doc];
    if (listed == stored)
        return LEDE_OK;
    lede_segment_tell(c, LEDE_SECTION_COLUMN, "not the values of the postings");
    return LEDE_ERR_CORRUPT;
}

/* The columns whose sums the bounds of a space are about: of all default
 * fields, or of a field named only. */
static lede_status find_lengths(check *c, uint32_t of)
{
    const lede_segment *segment = c->segment;
    bool all = lede_field_is_default(lede_schema_field(segment->schema, of));
    lede_status status = LEDE_OK;

    c->length_count = 0;
    for (uint32_t i = 0; i < segment->field_count && status == LEDE_OK; i++) {
        const lede_column *column = NULL;
        bool is_in =
            all ? lede_field_is_default(lede_schema_field(segment->schema, i))
                : i == of;

        if (is_in)
            status = lede_segment_lengths(segment, i, &column, NULL);
        if (status == LEDE_OK && column)
            c->lengths[c->length_count++] = column;
    }
    return status;
}

static lede_status check_space(check *c, const lede_terms_space *of)
{
    space s = { .of = of };
    uint32_t field = of->space / 2;
    lede_status status;

    if (c->segment->documents > 0)
        memset(c->counts, 0, c->segment->documents * sizeof *c->counts);
    status = of->space % 2 == 0
                 ? find_lengths(c, field)
                 : lede_segment_column(c->segment, field, &s.values, NULL);
    if (status == LEDE_OK)
        status = walk_terms(c, &s);
    if (status != LEDE_OK)
        return status;
    return of->space % 2 == 0 ? check_lengths(c, &s) : check_values(c, &s);
}

/* A field without words has no lengths, one without values no column. */
static bool has_space(const lede_segment *segment, uint32_t wanted)
{
    for (uint32_t i = 0; i < segment->space_count; i++)
        if (segment->spaces[i].space == wanted)
            return true;
    return false;
}

static lede_status check_absent(check *c)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < c->segment->field_count && status == LEDE_OK;
         i++) {
        if (c->segment->tokens[i] > 0 && !has_space(c->segment, 2 * i)) {
            lede_segment_tell(c, LEDE_SECTION_LENGTHS,
                              "of a field without words");
            status = LEDE_ERR_CORRUPT;
        }
    }
    return status;
}

static lede_status check_spaces(check *c)
{
    const lede_segment *segment = c->segment;
    lede_status status = check_absent(c);

    for (uint32_t i = 0; i < segment->space_count; i++) {
        if (status == LEDE_OK || status == LEDE_ERR_CORRUPT)
            status = check_space(c, &segment->spaces[i]);
    }
    if (status == LEDE_OK && c->status == LEDE_OK &&
        (!pass_few(c) ||
         c->postings !=
             lede_segment_bytes_of(segment, LEDE_SECTION_POSTINGS).len ||
         c->positions !=
             lede_segment_bytes_of(segment, LEDE_SECTION_POSITIONS).len))
        lede_segment_tell(c, LEDE_SECTION_POSTINGS, "bytes of no list");
    return status == LEDE_ERR_CORRUPT ? LEDE_OK : status;
}

lede_status lede_segment_check_terms(lede_segment_checking *c)
{
    const lede_segment *segment = c->segment;
    const lede_column *sequences;

    /* A number for each document is asked for once there are as many. */
    if (lede_segment_sequences(segment, &sequences, NULL) != LEDE_OK)
        return LEDE_OK;
    c->counts = lede_alloc_array(segment->allocator, segment->documents,
                                 sizeof *c->counts);
    return c->counts ? check_spaces(c) : LEDE_ERR_NOMEM;
}
