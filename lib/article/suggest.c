#include "article/suggest.h"

#include "article/near_words.h"
#include "article/spelling.h"
#include "article/word_set.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "document/schema.h"

#define LIMIT_MAX 100U

/* Words of fewer characters are left as they are; up to the second number one
 * edit away is near, else two. */
#define WORD_LEAST  3U
#define SHORT_WORD  4U
#define EDITS_SHORT 1U
#define EDITS_LONG  2U

/* A word the index has is doubted beside one so much more frequent. */
#define DOUBT_RATIO 50U

#define SURE_FORMS                                          \
    ((uint32_t)LEDE_FORM_EXACT | (uint32_t)LEDE_FORM_FOLD | \
     (uint32_t)LEDE_FORM_STEM)

/* A word of the text. */
typedef struct word {
    const lede_spelling_token *token;
    uint64_t exact;     /* documents that hold it as it is, */
    uint64_t documents; /* or one of its forms, of the best field */
    bool known;         /* by some form */
    lede_near_words near;
} word;

typedef struct suggester {
    const lede_view *view;
    const lede_suggest_search *search;
    lede_error *err;
    lede_bytes text;
    const uint32_t *fields;
    uint32_t field_count;
    lede_spelling spelling;
    word *words; /* in order, without overlap */
    uint32_t count;
    lede_suggestion *made;
    uint32_t made_count;
    uint32_t limit;
} suggester;

static lede_status out_of_memory(const suggester *s)
{
    return lede_arena_status(s->search->arena);
}

static lede_status read_words(suggester *s)
{
    lede_spelling_reader reader = { .view = s->view };
    lede_status status = lede_spelling_read(
        &s->spelling, s->text, &reader, s->search->budget, s->search->arena);

    lede_tokenizer_free(reader.tokenizer);
    if (status != LEDE_OK)
        return status;
    s->words =
        lede_arena_array(s->search->arena, s->spelling.count, sizeof *s->words);
    if (!s->words)
        return out_of_memory(s);
    for (uint32_t i = 0; i < s->spelling.count; i++) {
        const lede_spelling_token *token = &s->spelling.tokens[i];

        if (token->span == 1 &&
            (s->count == 0 ||
             token->begin >= s->words[s->count - 1].token->end))
            s->words[s->count++].token = token;
    }
    return LEDE_OK;
}

static lede_status find_fields(suggester *s, const lede_scope **scope)
{
    lede_status status;

    if (s->search->field == LEDE_NO_FIELD)
        status = lede_scope_defaults(scope, s->view, s->search->arena, s->err);
    else
        status = lede_scope_of(scope, s->view, &s->search->field, 1,
                               s->search->arena);
    if (status != LEDE_OK)
        return status;
    s->fields = (*scope)->fields;
    s->field_count = (*scope)->count;
    return LEDE_OK;
}

/* How many documents hold each word as it is. */
static lede_status count_documents(suggester *s)
{
    lede_arena *arena = s->search->arena;
    uint32_t count = s->count * s->field_count;
    lede_plan_term *terms = lede_arena_array(arena, count, sizeof *terms);
    lede_term_stats *stats = lede_arena_array(arena, count, sizeof *stats);
    lede_status status;

    if (!terms || !stats)
        return out_of_memory(s);
    for (uint32_t i = 0; i < count; i++)
        terms[i] = (lede_plan_term){
            .field = s->fields[i % s->field_count],
            .weight = 1,
            .term = s->words[i / s->field_count].token->term,
        };
    status = s->view->engine->lookup(stats, s->view->snapshot, terms, count,
                                     s->search->budget, NULL, s->err);
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        word *w = &s->words[i / s->field_count];

        if (stats[i].documents > w->exact)
            w->exact = w->documents = stats[i].documents;
    }
    return status;
}

static void count_forms(word *w, const lede_word_group *group)
{
    w->known = group->plan.term_count > 0;
    for (size_t i = 0; i < group->count; i++) {
        const lede_word_term *term = &group->terms[i];

        for (uint32_t f = 0; term->documents && f < term->scope->count; f++)
            if (term->documents[f] > w->documents)
                w->documents = term->documents[f];
    }
}

/* Which words the index has in some form. */
static lede_status find_known(suggester *s, const lede_scope *scope)
{
    lede_arena *arena = s->search->arena;
    lede_word_group **groups =
        lede_arena_array(arena, s->count, sizeof(lede_word_group *));
    lede_word_set *set = NULL;
    lede_status status;

    if (!groups)
        return out_of_memory(s);
    status =
        lede_word_set_new(&set, s->view, SURE_FORMS, s->search->budget, arena);
    for (uint32_t i = 0; status == LEDE_OK && i < s->count; i++) {
        groups[i] = lede_word_set_group(set, scope);
        status = groups[i]
                     ? lede_word_set_add(set, groups[i], scope,
                                         s->words[i].token->term, SURE_FORMS)
                     : out_of_memory(s);
    }
    if (status == LEDE_OK)
        status = lede_word_set_finish(set, s->err);
    for (uint32_t i = 0; status == LEDE_OK && i < s->count; i++)
        if (groups[i])
            count_forms(&s->words[i], groups[i]);
    lede_word_set_free(set);
    return status;
}

static uint32_t count_chars(lede_bytes text)
{
    uint32_t count = 0, c;

    for (size_t at = 0; at < text.len; count++)
        at += lede_utf8_take((const char *)text.at + at, text.len - at, &c);
    return count;
}

/* How many edits away words may be that could be meant instead; 0: none. */
static uint32_t edits_for(const suggester *s, const word *w)
{
    lede_bytes term = w->token->term;
    uint32_t chars = count_chars(term);
    bool doubted = w->exact > 0 &&
                   w->exact <= s->view->description->documents / DOUBT_RATIO;

    if (chars < WORD_LEAST || (term.at[0] >= '0' && term.at[0] <= '9') ||
        (w->known && !doubted))
        return 0;
    return chars <= SHORT_WORD || w->known ? EDITS_SHORT : EDITS_LONG;
}

static lede_status collect(const suggester *s, word *w, lede_dfa *dfa,
                           uint64_t least)
{
    lede_near_source source = { .view = s->view,
                                .dfa = dfa,
                                .word = w->token->term,
                                .budget = s->search->budget,
                                .arena = s->search->arena };
    lede_status status =
        lede_near_words_init(&w->near, s->limit, s->search->arena);

    w->near.least = least;
    for (uint32_t i = 0; status == LEDE_OK && i < s->field_count; i++)
        status =
            lede_near_words_collect(&w->near, &source, s->fields[i], s->err);
    return status;
}

static lede_status find_near(const suggester *s, word *w)
{
    uint32_t edits = edits_for(s, w);
    lede_dfa *dfa;
    lede_status status;

    if (edits == 0)
        return LEDE_OK;
    status = lede_dfa_new_fuzzy(&dfa, w->token->term, edits, 0,
                                s->view->limits->automaton_states,
                                s->view->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(s->err, status);
    status = collect(s, w, dfa, w->exact * DOUBT_RATIO);
    lede_dfa_free(dfa);
    return status;
}

static lede_status find_longer(const suggester *s, word *w)
{
    lede_dfa *dfa;
    lede_status status =
        lede_dfa_new_word(&dfa, w->token->term, true, s->view->allocator);

    if (status != LEDE_OK)
        return lede_fail_plain(s->err, status);
    status = collect(s, w, dfa, 0);
    lede_dfa_free(dfa);
    return status;
}

/* Bytes of the text as they are, but what is not UTF-8 as U+FFFD. */
static void put_between(lede_buffer *out, lede_bytes text, size_t from,
                        size_t to)
{
    while (from < to) {
        uint32_t c;
        size_t len =
            lede_utf8_take((const char *)text.at + from, to - from, &c);

        if (c == LEDE_UTF8_BAD)
            lede_put_text(out, "\xEF\xBF\xBD");
        else
            lede_put(out, text.at + from, len);
        from += len;
    }
}

/* With a capital where the word it stands for has one. */
static void put_word(lede_buffer *out, const lede_near_word *near, uint8_t was)
{
    bool capital = was >= 'A' && was <= 'Z' && near->term[0] >= 'a' &&
                   near->term[0] <= 'z';

    lede_put_u8(out, (uint8_t)(near->term[0] - (capital ? 'a' - 'A' : 0)));
    lede_put(out, near->term + 1, near->len - 1);
}

/* Writes the text with the best words, but at `changed` the one of a rank. */
static lede_status make_text(suggester *s, uint32_t changed, uint32_t rank)
{
    lede_suggestion *made = &s->made[s->made_count];
    uint64_t rarest = UINT64_MAX;
    lede_status status;
    lede_buffer out;
    size_t at = 0;

    lede_buffer_init(&out, s->view->allocator);
    for (uint32_t i = 0; i < s->count; i++) {
        const word *w = &s->words[i];
        const lede_near_word *near =
            w->near.count ? &w->near.at[i == changed ? rank : 0] : NULL;
        uint64_t documents = near ? near->documents : w->documents;

        rarest = documents < rarest ? documents : rarest;
        put_between(&out, s->text, at, near ? w->token->begin : w->token->end);
        if (near)
            put_word(&out, near, s->text.at[w->token->begin]);
        at = w->token->end;
    }
    put_between(&out, s->text, at, s->text.len);
    made->text = lede_arena_text(s->search->arena, out.at, out.len);
    made->len = out.len;
    made->documents = rarest;
    status = out.status;
    lede_buffer_fini(&out);
    if (status != LEDE_OK)
        return status;
    s->made_count++;
    return made->text ? LEDE_OK : out_of_memory(s);
}

/* The best of all, then one word after the other by its next best. */
static lede_status make_texts(suggester *s)
{
    bool any = false;
    lede_status status;

    for (uint32_t i = 0; i < s->count; i++)
        any = any || s->words[i].near.count > 0;
    if (!any)
        return LEDE_OK;
    s->made = lede_arena_array(s->search->arena, s->limit, sizeof *s->made);
    if (!s->made)
        return out_of_memory(s);
    status = make_text(s, UINT32_MAX, 0);
    for (uint32_t rank = 1; rank < s->limit; rank++)
        for (uint32_t i = 0; i < s->count; i++)
            if (status == LEDE_OK && rank < s->words[i].near.count &&
                s->made_count < s->limit)
                status = make_text(s, i, rank);
    return status;
}

static lede_status suggest(suggester *s)
{
    const lede_scope *scope;
    lede_status status = find_fields(s, &scope);

    if (status == LEDE_OK)
        status = read_words(s);
    if (status != LEDE_OK || s->count == 0)
        return status;
    status = count_documents(s);
    if (s->search->kind == LEDE_SUGGEST_COMPLETION) {
        word *last = &s->words[s->count - 1];

        if (status == LEDE_OK && last->token->end == s->text.len)
            status = find_longer(s, last);
    } else {
        if (status == LEDE_OK)
            status = find_known(s, scope);
        for (uint32_t i = 0; status == LEDE_OK && i < s->count; i++)
            status = find_near(s, &s->words[i]);
    }
    return status == LEDE_OK ? make_texts(s) : status;
}

lede_status lede_suggest_texts(const lede_suggestion **out, uint32_t *count,
                               const lede_view *view, lede_bytes text,
                               const lede_suggest_search *search,
                               lede_error *err)
{
    suggester s = { .view = view, .search = search, .err = err, .text = text };
    lede_status status = LEDE_OK;

    s.limit = search->limit < LIMIT_MAX ? search->limit : LIMIT_MAX;
    if (s.limit > 0)
        status = suggest(&s);
    if (status != LEDE_OK)
        return status;
    *out = s.made;
    *count = s.made_count;
    return LEDE_OK;
}
