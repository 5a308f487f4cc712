#include "article/word_set.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "document/schema.h"

typedef struct asked_word asked_word;
struct asked_word {
    lede_word_group *group;
    const lede_scope *scope;
    lede_bytes text;
    uint32_t forms;
    bool name;
    uint64_t *documents; /* of the word itself, by field of the scope;
                          * NULL: not known */
    const void **places;
    asked_word *next;
};

/* A form key and the word that asks for its terms. */
typedef struct question {
    const asked_word *word;
    uint32_t kind;
    lede_bytes key;
    size_t alike; /* 1 + the number of another with the same kind and key */
} question;

struct lede_word_set {
    const lede_view *view;
    lede_form_maker *maker; /* NULL until a word asks for forms */
    lede_budget *budget;
    lede_arena *arena;
    uint32_t forms;
    lede_word_group *groups;
    lede_word_group **last_group;
    asked_word *first;
    asked_word **last;
    question *questions;
    size_t question_count;
    size_t question_capacity;
};

lede_status lede_word_set_new(lede_word_set **out, const lede_view *view,
                              uint32_t forms, lede_budget *budget,
                              lede_arena *arena)
{
    lede_word_set *words = lede_arena_zero(arena, sizeof *words);

    if (!words)
        return lede_arena_status(arena);
    words->view = view;
    words->budget = budget;
    words->arena = arena;
    words->forms = forms;
    words->last_group = &words->groups;
    words->last = &words->first;
    *out = words;
    return LEDE_OK;
}

void lede_word_set_free(lede_word_set *words)
{
    if (words)
        lede_form_maker_free(words->maker);
}

lede_word_group *lede_word_set_group(lede_word_set *words,
                                     const lede_scope *scope)
{
    lede_word_group *group = lede_arena_zero(words->arena, sizeof *group);

    if (!group)
        return NULL;
    group->plan.kind = LEDE_PLAN_WORD;
    group->scope = scope;
    *words->last_group = group;
    words->last_group = &group->next;
    return group;
}

static lede_status copy_bytes(lede_bytes *out, lede_bytes bytes,
                              lede_arena *arena)
{
    const char *text = lede_arena_text(arena, bytes.at, bytes.len);

    *out = lede_bytes_of(text, bytes.len);
    return text ? LEDE_OK : lede_arena_status(arena);
}

lede_status lede_word_set_add(lede_word_set *words, lede_word_group *group,
                              const lede_scope *scope, lede_bytes text,
                              uint32_t forms)
{
    asked_word *added = lede_arena_zero(words->arena, sizeof *added);

    if (!added)
        return lede_arena_status(words->arena);
    added->group = group;
    added->scope = scope;
    added->forms = (forms & words->forms) | LEDE_FORM_EXACT;
    *words->last = added;
    words->last = &added->next;
    return copy_bytes(&added->text, text, words->arena);
}

lede_status lede_word_set_add_term(lede_word_set *words, lede_word_group *group,
                                   const lede_word_term *term)
{
    lede_word_term *added;

    if (!lede_arena_grow(words->arena, &group->terms, &group->capacity,
                         group->count + 1, sizeof *group->terms))
        return lede_arena_status(words->arena);
    added = &group->terms[group->count++];
    *added = *term;
    return copy_bytes(&added->term, term->term, words->arena);
}

/* ---- Inquiries ---------------------------------------------------------- */

/* What the engine is asked about some terms, and says. */
typedef struct inquiry {
    uint32_t count;
    lede_plan_term *terms;
    lede_term_stats *stats;
    uint64_t *documents; /* of the stats */
    const void **places; /* of the stats */
} inquiry;

static lede_status inquire(inquiry *q, uint32_t most, lede_arena *arena)
{
    q->count = 0;
    q->terms = lede_arena_array(arena, most, sizeof *q->terms);
    q->stats = lede_arena_array(arena, most, sizeof *q->stats);
    q->documents = lede_arena_array(arena, most, sizeof *q->documents);
    q->places = lede_arena_array(arena, most, sizeof(const void *));
    return q->terms && q->stats && q->documents && q->places
               ? LEDE_OK
               : lede_arena_status(arena);
}

/* A term, in all fields of a scope. */
static void ask_about(inquiry *q, const lede_scope *scope, lede_bytes term)
{
    for (uint32_t i = 0; i < scope->count; i++)
        q->terms[q->count++] = (lede_plan_term){ .field = scope->fields[i],
                                                 .weight = 1,
                                                 .term = term };
}

static lede_status look_up(lede_word_set *words, inquiry *q, lede_error *err)
{
    const lede_view *view = words->view;
    lede_status status =
        view->engine->lookup(q->stats, view->snapshot, q->terms, q->count,
                             words->budget, words->arena, err);

    for (uint32_t i = 0; status == LEDE_OK && i < q->count; i++) {
        q->documents[i] = q->stats[i].documents;
        q->places[i] = q->stats[i].place;
    }
    return status;
}

/* ---- Names -------------------------------------------------------------- */

static bool asks_for_names(const lede_word_set *words, const asked_word *word)
{
    return (word->forms &
            lede_forms_bit(words->view->forms, LEDE_FORM_KIND_NAME)) != 0;
}

/* Reads a word by what was found of it in the fields of its scope: as a name
 * if it is one in some, or in none at all. */
static void read_as_name(asked_word *word, const inquiry *q, uint32_t at)
{
    uint64_t sum = 0;

    word->documents = q->documents + at;
    word->places = q->places + at;
    for (uint32_t i = at; i < at + word->scope->count; i++) {
        sum += q->stats[i].documents;
        word->name = word->name || q->stats[i].name;
    }
    word->name = word->name || sum == 0;
}

/* Decides which words are read as names. */
static lede_status find_names(lede_word_set *words, lede_error *err)
{
    uint32_t count = 0, at = 0;
    lede_status status;
    inquiry q;

    for (const asked_word *w = words->first; w; w = w->next)
        count += asks_for_names(words, w) ? w->scope->count : 0;
    if (count == 0)
        return LEDE_OK;
    status = inquire(&q, count, words->arena);
    if (status != LEDE_OK)
        return status;
    for (const asked_word *w = words->first; w; w = w->next)
        if (asks_for_names(words, w))
            ask_about(&q, w->scope, w->text);
    status = look_up(words, &q, err);
    for (asked_word *w = words->first; w && status == LEDE_OK; w = w->next) {
        if (!asks_for_names(words, w))
            continue;
        read_as_name(w, &q, at);
        at += w->scope->count;
    }
    return status;
}

/* ---- Forms -------------------------------------------------------------- */

static uint32_t weight_of(uint32_t kind)
{
    return kind == LEDE_FORM_KIND_FOLD   ? LEDE_FORM_WEIGHT_FOLD
           : kind == LEDE_FORM_KIND_NAME ? LEDE_FORM_WEIGHT_NAME
                                         : LEDE_FORM_WEIGHT_STEM;
}

static lede_status add_form(lede_word_set *words, const asked_word *word,
                            lede_bytes term, uint32_t weight)
{
    lede_word_term form = { .term = term,
                            .scope = word->scope,
                            .weight = weight };

    return lede_word_set_add_term(words, word->group, &form);
}

static lede_status add_itself(lede_word_set *words, const asked_word *word)
{
    lede_word_term form = { .term = word->text,
                            .scope = word->scope,
                            .documents = word->documents,
                            .places = word->places,
                            .weight = LEDE_FORM_WEIGHT_EXACT };

    return lede_word_set_add_term(words, word->group, &form);
}

static lede_status ask(lede_word_set *words, const asked_word *word,
                       uint32_t kind, lede_bytes key)
{
    question *asked;

    if (!lede_arena_grow(words->arena, &words->questions,
                         &words->question_capacity, words->question_count + 1,
                         sizeof *asked))
        return lede_arena_status(words->arena);
    asked = &words->questions[words->question_count++];
    *asked = (question){ .word = word, .kind = kind };
    return copy_bytes(&asked->key, key, words->arena);
}

/* Asks for the terms of all keys of a word in a kind; a key that is a word of
 * the same class by itself belongs to them, though no table lists it. */
static lede_status ask_kind(lede_word_set *words, const asked_word *word,
                            uint32_t kind)
{
    lede_status status = LEDE_OK;
    lede_form_key key;

    if (!words->maker)
        status = lede_form_maker_new(&words->maker, words->view->forms,
                                     words->view->allocator);
    for (uint32_t at = 0;
         status == LEDE_OK &&
         lede_form_key_at(words->maker, kind, word->text, word->name, at, &key);
         at++) {
        lede_bytes bytes = lede_bytes_of(key.text, key.len);

        status = ask(words, word, kind, bytes);
        if (status == LEDE_OK &&
            lede_form_key_is_term(words->maker, kind, bytes))
            status = add_form(words, word, bytes, weight_of(kind));
    }
    if (status == LEDE_OK &&
        lede_form_key_is_term(words->maker, kind, word->text))
        status = ask(words, word, kind, word->text);
    return status;
}

/* Whether joined terms are sought one by one: the index has some, and no fold
 * table tells which. */
static bool seeks_joined(const lede_word_set *words, const asked_word *word)
{
    uint32_t cut = lede_schema_analyzer(words->view->schema)->words;

    return !(cut & LEDE_WORDS_NO_COMPOUND) &&
           !(word->forms & LEDE_FORM_FOLD &
             lede_forms_bit(words->view->forms, LEDE_FORM_KIND_FOLD));
}

static lede_status add_joined(lede_word_set *words, const asked_word *word)
{
    char term[LEDE_TERM_BYTES_MAX];
    lede_status status = LEDE_OK;

    if (word->text.len >= sizeof term)
        return LEDE_OK;
    memcpy(term, word->text.at, word->text.len);
    for (int span = 2; status == LEDE_OK && span <= LEDE_JOINED_SPAN_MAX;
         span++) {
        term[word->text.len] = (char)(LEDE_JOINED_MARK + span);
        status = add_form(words, word, lede_bytes_of(term, word->text.len + 1),
                          LEDE_FORM_WEIGHT_EXACT);
    }
    return status;
}

static lede_status ask_word(lede_word_set *words, const asked_word *word)
{
    const lede_forms *forms = words->view->forms;
    lede_status status = add_itself(words, word);

    if (status == LEDE_OK && seeks_joined(words, word))
        status = add_joined(words, word);
    for (uint32_t kind = 0; status == LEDE_OK && kind < lede_forms_kinds(forms);
         kind++)
        if (word->forms & lede_forms_bit(forms, kind))
            status = ask_kind(words, word, kind);
    return status;
}

/* Adds a term to the word that asked, unless a name is too far from it. */
static lede_status answer(lede_word_set *words, const question *asked,
                          lede_bytes term)
{
    if (asked->kind == LEDE_FORM_KIND_NAME &&
        !lede_form_names_near(words->maker, asked->word->text, term))
        return LEDE_OK;
    return add_form(words, asked->word, term, weight_of(asked->kind));
}

static lede_status answer_by_tables(lede_word_set *words, lede_error *err)
{
    const lede_view *view = words->view;
    lede_status status = LEDE_OK;

    for (size_t n = 0; n < words->question_count && status == LEDE_OK; n++) {
        const question *q = &words->questions[n];
        const lede_bytes *terms;
        uint32_t count;

        status = view->engine->forms(&terms, &count, view->snapshot, q->kind,
                                     q->key, words->budget, words->arena, err);
        for (uint32_t i = 0; status == LEDE_OK && i < count; i++)
            status = answer(words, q, terms[i]);
    }
    return status;
}

static uint64_t hash_key(uint32_t kind, lede_bytes key)
{
    return lede_hash_bytes(key) + kind * 0x9E3779B97F4A7C15U;
}

/* Answers all questions about one term of the dictionary. */
static lede_status answer_about(lede_word_set *words, const lede_map *asked,
                                lede_bytes term, bool name)
{
    const lede_forms *forms = words->view->forms;
    lede_status status = LEDE_OK;
    lede_form_key key;

    for (uint32_t kind = 0; kind < lede_forms_kinds(forms); kind++)
        for (uint32_t at = 0;
             status == LEDE_OK &&
             lede_form_key_at(words->maker, kind, term, name, at, &key);
             at++) {
            lede_bytes bytes = lede_bytes_of(key.text, key.len);
            const lede_map_slot *slot =
                lede_map_find(asked, bytes, hash_key(kind, bytes));
            size_t n = slot ? (size_t)slot->value : 0;

            for (; n > 0 && status == LEDE_OK;
                 n = words->questions[n - 1].alike)
                status = answer(words, &words->questions[n - 1], term);
        }
    return status;
}

static lede_status map_questions(lede_map *asked, lede_word_set *words)
{
    for (size_t n = 0; n < words->question_count; n++) {
        question *q = &words->questions[n];
        lede_map_slot *slot =
            lede_map_put(asked, q->key, hash_key(q->kind, q->key));

        if (!slot)
            return LEDE_ERR_NOMEM;
        if (slot->value != LEDE_MAP_NEW)
            q->alike = (size_t)slot->value;
        slot->value = n + 1;
    }
    return LEDE_OK;
}

/* Where the index's tables are of another version, as after an upgrade of the
 * stemmer, the keys of all its words are made again: slow, but right. */
static lede_status answer_by_dictionary(lede_word_set *words, lede_error *err)
{
    const lede_view *view = words->view;
    lede_map asked;
    lede_status status;

    lede_map_init(&asked, view->allocator);
    status = map_questions(&asked, words);
    for (uint32_t field = 0;
         status == LEDE_OK && field < lede_schema_count(view->schema);
         field++) {
        lede_term_walk *walk;

        if (!lede_field_has_words(lede_schema_field(view->schema, field)))
            continue;
        status =
            view->engine->walk(&walk, view->snapshot, field, LEDE_SPACE_WORDS,
                               NULL, words->budget, words->arena, err);
        while (status == LEDE_OK && walk->next(walk))
            status = answer_about(words, &asked, walk->term, walk->stats.name);
        if (status == LEDE_OK)
            status = walk->status;
    }
    lede_map_fini(&asked);
    return status;
}

static lede_status answer_all(lede_word_set *words, lede_error *err)
{
    bool trusted;
    lede_status status = lede_view_trusts_forms(words->view, &trusted);

    if (status != LEDE_OK)
        return status;
    return trusted ? answer_by_tables(words, err)
                   : answer_by_dictionary(words, err);
}

static lede_status find_forms(lede_word_set *words, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (const asked_word *w = words->first; w && status == LEDE_OK;
         w = w->next) {
        status = lede_budget_spend(words->budget, 1);
        if (status == LEDE_OK)
            status = ask_word(words, w);
    }
    if (status == LEDE_OK && words->question_count > 0)
        status = answer_all(words, err);
    return status == LEDE_OK && words->maker
               ? lede_form_maker_status(words->maker)
               : status;
}

/* ---- Statistics --------------------------------------------------------- */

/* By term, then scope, then the best weight first. */
static int by_term(const void *left, const void *right)
{
    const lede_word_term *a = left, *b = right;
    int order = lede_bytes_compare(a->term, b->term);

    if (order == 0 && a->scope != b->scope)
        order = a->scope->fields[0] < b->scope->fields[0] ? -1 : 1;
    return order ? order : (a->weight < b->weight) - (a->weight > b->weight);
}

/* Keeps each term of a scope once. */
static void unite(lede_word_group *group)
{
    size_t kept = 0;

    if (group->count > 0)
        qsort(group->terms, group->count, sizeof *group->terms, by_term);
    for (size_t i = 0; i < group->count; i++) {
        lede_word_term *last = kept ? &group->terms[kept - 1] : NULL;

        if (last && last->scope == group->terms[i].scope &&
            lede_bytes_equal(last->term, group->terms[i].term)) {
            if (!last->documents) {
                last->documents = group->terms[i].documents;
                last->places = group->terms[i].places;
            }
            continue;
        }
        group->terms[kept++] = group->terms[i];
    }
    group->count = kept;
}

static lede_status look_up_unknown(lede_word_set *words, uint32_t count,
                                   lede_error *err)
{
    inquiry q;
    lede_status status = inquire(&q, count, words->arena);

    if (status != LEDE_OK)
        return status;
    for (lede_word_group *g = words->groups; g; g = g->next)
        for (size_t i = 0; i < g->count; i++) {
            lede_word_term *term = &g->terms[i];

            if (term->documents)
                continue;
            term->documents = q.documents + q.count;
            term->places = q.places + q.count;
            ask_about(&q, term->scope, term->term);
        }
    return look_up(words, &q, err);
}

/* Asks for the statistics of all terms that came without. */
static lede_status find_documents(lede_word_set *words, lede_error *err)
{
    uint64_t unknown = 0;

    for (lede_word_group *g = words->groups; g; g = g->next) {
        unite(g);
        for (size_t i = 0; i < g->count; i++)
            if (!g->terms[i].documents)
                unknown += g->terms[i].scope->count;
    }
    if (unknown > UINT32_MAX)
        return LEDE_ERR_LIMIT;
    return unknown ? look_up_unknown(words, (uint32_t)unknown, err) : LEDE_OK;
}

/* ---- Plans -------------------------------------------------------------- */

static int by_field(const void *left, const void *right)
{
    const lede_plan_term *a = left, *b = right;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

static void put_terms(lede_plan_term *terms, uint32_t *count,
                      const lede_word_group *group)
{
    uint32_t n = 0, kept = 0;

    for (size_t i = 0; i < group->count; i++) {
        const lede_word_term *t = &group->terms[i];

        for (uint32_t k = 0; k < t->scope->count; k++)
            if (t->documents[k] > 0)
                terms[n++] = (lede_plan_term){
                    .field = t->scope->fields[k],
                    .weight = t->weight * t->scope->weights[k],
                    .term = t->term,
                    .place = t->places ? t->places[k] : NULL,
                };
    }
    if (n > 0)
        qsort(terms, n, sizeof *terms, by_field);
    for (uint32_t i = 0; i < n; i++) {
        if (kept == 0 || by_field(&terms[kept - 1], &terms[i]) != 0)
            terms[kept++] = terms[i];
        else if (terms[kept - 1].weight < terms[i].weight)
            terms[kept - 1].weight = terms[i].weight;
    }
    *count = kept;
}

/* The documents of the group: of each term those of the field with most. */
static uint64_t frequency_of(const lede_word_group *group)
{
    uint64_t sum = 0, top = 0, most = 0;

    for (size_t i = 0; i < group->count; i++) {
        const lede_word_term *t = &group->terms[i];

        if (i > 0 && !lede_bytes_equal(group->terms[i - 1].term, t->term)) {
            sum += most;
            top = most > top ? most : top;
            most = 0;
        }
        for (uint32_t k = 0; k < t->scope->count; k++)
            if (t->documents[k] > most)
                most = t->documents[k];
    }
    return lede_score_documents(sum + most, most > top ? most : top);
}

static lede_status make_plan(const lede_word_set *words, lede_word_group *group)
{
    const lede_scope *scope = group->scope;
    size_t most = 0;
    lede_plan_term *terms;

    for (size_t i = 0; i < group->count; i++)
        most += group->terms[i].scope->count;
    terms = lede_arena_array(words->arena, most, sizeof *terms);
    if (!terms)
        return lede_arena_status(words->arena);
    put_terms(terms, &group->plan.term_count, group);
    group->plan.terms = terms;
    group->plan.score = (lede_plan_score){
        .weight = lede_score_idf(words->view->description->documents,
                                 frequency_of(group)),
        .average_length = scope->average_length,
        .fields = scope->fields,
        .field_weights = scope->weights,
        .field_count = scope->count,
    };
    return lede_budget_spend(words->budget, group->count);
}

lede_status lede_word_set_finish(lede_word_set *words, lede_error *err)
{
    lede_status status = find_names(words, err);

    if (status == LEDE_OK)
        status = find_forms(words, err);
    if (status == LEDE_OK)
        status = find_documents(words, err);
    for (lede_word_group *g = words->groups; g && status == LEDE_OK;
         g = g->next)
        status = make_plan(words, g);
    return status;
}
