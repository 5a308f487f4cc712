#include "memory/dictionary.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

/* Counts the terms of one space while it is made. */
typedef struct counter {
    lede_memory_space *space;
    lede_map places; /* of terms in the space */
    const lede_allocator *allocator;
} counter;

/* Counts a term of article number `article`, from 1. */
static bool count_term(counter *c, uint32_t article, lede_bytes term,
                       uint32_t occurrences, bool name)
{
    lede_memory_space *space = c->space;
    lede_map_slot *slot = lede_map_put(&c->places, term, lede_hash_bytes(term));
    lede_memory_entry *entry;

    if (!slot)
        return false;
    if (slot->value == LEDE_MAP_NEW) {
        if (!lede_grow(c->allocator, &space->at, &space->capacity,
                       space->count + 1, sizeof *space->at))
            return false;
        slot->value = space->count++;
        space->at[slot->value] = (lede_memory_entry){ .term = term };
    }
    entry = &space->at[slot->value];
    if (entry->newest != article) {
        entry->newest = article;
        entry->stats.documents++;
        entry->stats.occurrences += occurrences;
    }
    entry->stats.name = entry->stats.name || name;
    return true;
}

static bool count_words(counter *c, uint32_t number,
                        const lede_memory_article *article, uint32_t field)
{
    const lede_memory_field *in = &article->fields[field];

    for (uint32_t i = 0; i < in->count; i++)
        if (!count_term(c, number, in->terms[i].term, in->terms[i].count,
                        in->terms[i].name))
            return false;
    return true;
}

static bool count_values(counter *c, uint32_t number,
                         const lede_memory_article *article,
                         const lede_field *field)
{
    const lede_value *value;
    size_t at = 0;

    while ((value = lede_memory_article_value(article, field, &at)))
        if (!count_term(c, number, lede_bytes_of(value->text, value->len), 1,
                        false))
            return false;
    return true;
}

static int by_term(const void *left, const void *right)
{
    const lede_memory_entry *a = left, *b = right;

    return lede_bytes_compare(a->term, b->term);
}

static bool fill_space(lede_memory_dictionary *d, uint32_t field,
                       lede_space space, lede_memory_article *const *articles,
                       uint32_t count, const lede_field *values)
{
    counter c = { .space = &d->spaces[2 * (size_t)field + space],
                  .allocator = d->allocator };
    bool whole = true;

    lede_map_init(&c.places, d->allocator);
    for (uint32_t i = 0; whole && i < count; i++) {
        if (space == LEDE_SPACE_VALUES)
            whole = count_values(&c, i + 1, articles[i], values);
        else if (field < articles[i]->field_count)
            whole = count_words(&c, i + 1, articles[i], field);
    }
    lede_map_fini(&c.places);
    if (c.space->count)
        qsort(c.space->at, c.space->count, sizeof *c.space->at, by_term);
    return whole;
}

/* ---- Forms -------------------------------------------------------------- */

static bool list_forms(lede_memory_dictionary *d, lede_form_maker *maker,
                       uint32_t kinds, const lede_memory_entry *word)
{
    lede_form_key key;

    for (uint32_t kind = 0; kind < kinds; kind++)
        for (uint32_t at = 0; lede_form_key_at(maker, kind, word->term,
                                               word->stats.name, at, &key);
             at++) {
            char *text = lede_arena_text(d->keys, key.text, key.len);

            if (!text || !lede_grow(d->allocator, &d->forms, &d->form_capacity,
                                    d->form_count + 1, sizeof *d->forms))
                return false;
            d->forms[d->form_count++] =
                (lede_memory_form){ kind, lede_bytes_of(text, key.len),
                                    word->term };
        }
    return true;
}

static int by_key(const lede_memory_form *a, const lede_memory_form *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return lede_bytes_compare(a->key, b->key);
}

static int by_key_then_term(const void *left, const void *right)
{
    const lede_memory_form *a = left, *b = right;
    int order = by_key(a, b);

    return order ? order : lede_bytes_compare(a->term, b->term);
}

/* The words of all fields, each once: a name in one is a name in all. */
static bool join_words(const lede_memory_dictionary *d, lede_memory_space *all)
{
    size_t kept = 0;

    for (uint32_t field = 0; field < d->field_count; field++) {
        const lede_memory_space *in =
            lede_memory_dictionary_space(d, field, LEDE_SPACE_WORDS);

        if (!lede_grow(d->allocator, &all->at, &all->capacity,
                       all->count + in->count, sizeof *all->at))
            return false;
        if (in->count)
            memcpy(&all->at[all->count], in->at, in->count * sizeof *in->at);
        all->count += in->count;
    }
    if (all->count)
        qsort(all->at, all->count, sizeof *all->at, by_term);
    for (size_t i = 0; i < all->count; i++) {
        if (kept == 0 || by_term(&all->at[kept - 1], &all->at[i]) != 0)
            all->at[kept++] = all->at[i];
        else if (all->at[i].stats.name)
            all->at[kept - 1].stats.name = true;
    }
    all->count = kept;
    return true;
}

static lede_status fill_forms(lede_memory_dictionary *d,
                              const lede_forms *forms)
{
    lede_memory_space words = { 0 };
    lede_form_maker *maker = NULL;
    lede_status status = lede_form_maker_new(&maker, forms, d->allocator);
    size_t kept = 0;

    if (status == LEDE_OK && !join_words(d, &words))
        status = LEDE_ERR_NOMEM;
    for (size_t i = 0; status == LEDE_OK && i < words.count; i++)
        if (!list_forms(d, maker, lede_forms_kinds(forms), &words.at[i]))
            status = LEDE_ERR_NOMEM;
    lede_form_maker_free(maker);
    lede_release(d->allocator, words.at, words.capacity * sizeof *words.at);
    if (d->form_count)
        qsort(d->forms, d->form_count, sizeof *d->forms, by_key_then_term);
    for (size_t i = 0; i < d->form_count; i++)
        if (kept == 0 ||
            by_key_then_term(&d->forms[kept - 1], &d->forms[i]) != 0)
            d->forms[kept++] = d->forms[i];
    d->form_count = kept;
    return status;
}

lede_status lede_memory_dictionary_init(lede_memory_dictionary *dictionary,
                                        lede_memory_article *const *articles,
                                        uint32_t count,
                                        const lede_schema *schema,
                                        const lede_forms *forms,
                                        const lede_allocator *allocator)
{
    lede_memory_dictionary *d = dictionary;
    uint32_t fields = lede_schema_count(schema);

    *d = (lede_memory_dictionary){ .allocator = allocator };
    d->spaces =
        lede_alloc_array(allocator, 2 * (size_t)fields, sizeof *d->spaces);
    if (!d->spaces)
        return LEDE_ERR_NOMEM;
    memset(d->spaces, 0, 2 * (size_t)fields * sizeof *d->spaces);
    d->field_count = fields;
    d->keys = lede_arena_new(allocator);
    if (!d->keys)
        return LEDE_ERR_NOMEM;
    for (uint32_t field = 0; field < fields; field++) {
        const lede_field *at = lede_schema_field(schema, field);

        if (!fill_space(d, field, LEDE_SPACE_WORDS, articles, count, at) ||
            (at->kind == LEDE_KEYWORD &&
             !fill_space(d, field, LEDE_SPACE_VALUES, articles, count, at)))
            return LEDE_ERR_NOMEM;
    }
    return forms ? fill_forms(d, forms) : LEDE_OK;
}

void lede_memory_dictionary_fini(lede_memory_dictionary *dictionary)
{
    lede_memory_dictionary *d = dictionary;

    for (size_t i = 0; i < 2 * (size_t)d->field_count; i++)
        lede_release(d->allocator, d->spaces[i].at,
                     d->spaces[i].capacity * sizeof *d->spaces[i].at);
    lede_release(d->allocator, d->spaces,
                 2 * (size_t)d->field_count * sizeof *d->spaces);
    lede_release(d->allocator, d->forms, d->form_capacity * sizeof *d->forms);
    lede_arena_free(d->keys);
}

/* ---- Looking up --------------------------------------------------------- */

const lede_memory_space *lede_memory_dictionary_space(
    const lede_memory_dictionary *dictionary, uint32_t field, lede_space space)
{
    static const lede_memory_space empty = { 0 };

    return field < dictionary->field_count
               ? &dictionary->spaces[2 * (size_t)field + space]
               : &empty;
}

const lede_memory_entry *lede_memory_dictionary_find(
    const lede_memory_dictionary *dictionary, uint32_t field, lede_bytes term)
{
    const lede_memory_space *in =
        lede_memory_dictionary_space(dictionary, field, LEDE_SPACE_WORDS);
    lede_memory_entry sought = { .term = term };

    return in->count
               ? bsearch(&sought, in->at, in->count, sizeof *in->at, by_term)
               : NULL;
}

const lede_memory_form *lede_memory_dictionary_forms(
    const lede_memory_dictionary *dictionary, uint32_t kind, lede_bytes key,
    size_t *count)
{
    const lede_memory_form *all = dictionary->forms;
    lede_memory_form sought = { .kind = kind, .key = key };
    size_t low = 0, high = dictionary->form_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_key(&all[middle], &sought) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < dictionary->form_count; ++*count)
        if (by_key(&all[low + *count], &sought) != 0)
            break;
    return *count ? &all[low] : NULL;
}

/* ---- Walking ------------------------------------------------------------ */

typedef struct walk {
    lede_term_walk base;
    const lede_memory_space *space;
    size_t at; /* of the next term */
    lede_dfa *dfa;
    lede_budget *budget;
} walk;

/* The first term from `at` on that does not begin with `dead`. */
static size_t behind_prefix(const lede_memory_space *space, size_t at,
                            lede_bytes dead)
{
    size_t high = space->count;

    while (at < high) {
        size_t middle = at + (high - at) / 2;

        if (lede_bytes_begin_with(space->at[middle].term, dead))
            at = middle + 1;
        else
            high = middle;
    }
    return at;
}

/* The distance of a term, or LEDE_DFA_REJECT; *dead is then the shortest
 * prefix of it that nothing accepted begins with, if there is one. */
static uint32_t accept(walk *w, lede_bytes term, lede_bytes *dead)
{
    uint32_t state = w->dfa->start;

    *dead = lede_bytes_of(NULL, 0);
    for (size_t i = 0; i < term.len; i++) {
        state = lede_dfa_step(w->dfa, state, term.at[i]);
        if (state == LEDE_DFA_DEAD) {
            *dead = lede_bytes_of(term.at, i + 1);
            return LEDE_DFA_REJECT;
        }
    }
    return lede_dfa_accept(w->dfa, state);
}

static bool walk_next(lede_term_walk *base)
{
    walk *w = (walk *)base;

    while (base->status == LEDE_OK && w->at < w->space->count) {
        const lede_memory_entry *entry = &w->space->at[w->at];
        lede_bytes dead = { NULL, 0 };
        uint32_t distance = w->dfa ? accept(w, entry->term, &dead) : 0;

        base->status = lede_budget_spend(w->budget, 1);
        if (base->status == LEDE_OK && w->dfa)
            base->status = w->dfa->status;
        if (base->status != LEDE_OK)
            break;
        w->at = dead.len ? behind_prefix(w->space, w->at, dead) : w->at + 1;
        if (distance != LEDE_DFA_REJECT) {
            base->term = entry->term;
            base->stats = entry->stats;
            base->distance = distance;
            return true;
        }
    }
    return false;
}

lede_status lede_memory_walk_new(lede_term_walk **out,
                                 const lede_memory_space *space, lede_dfa *dfa,
                                 lede_budget *budget, lede_arena *arena)
{
    walk *w = lede_arena_zero(arena, sizeof *w);

    if (!w)
        return lede_arena_status(arena);
    w->base.next = walk_next;
    w->space = space;
    w->dfa = dfa;
    w->budget = budget;
    *out = &w->base;
    return LEDE_OK;
}
