#include "article/near_words.h"

#include "base/error.h"
#include "base/utf8.h"

static lede_bytes term_of(const lede_near_word *word)
{
    return lede_bytes_of(word->term, word->len);
}

/* Below 0 if `a` comes first. */
static int order_of(const lede_near_word *a, const lede_near_word *b)
{
    if (a->edits != b->edits)
        return a->edits < b->edits ? -1 : 1;
    if (a->other_letter != b->other_letter)
        return a->other_letter ? 1 : -1;
    if (a->documents != b->documents)
        return a->documents > b->documents ? -1 : 1;
    return lede_bytes_compare(term_of(a), term_of(b));
}

lede_status lede_near_words_init(lede_near_words *list, uint32_t limit,
                                 lede_arena *arena)
{
    *list = (lede_near_words){ .limit = limit };
    list->at = lede_arena_array(arena, limit, sizeof *list->at);
    return list->at ? LEDE_OK : lede_arena_status(arena);
}

static void take_out(lede_near_words *list, uint32_t place)
{
    list->count--;
    memmove(&list->at[place], &list->at[place + 1],
            (list->count - place) * sizeof *list->at);
}

/*
 * A word of several fields is offered once for each, and the list of the best
 * by all of them is still right: where the word counts most it is in.
 */
static void offer(lede_near_words *list, const lede_near_word *word)
{
    uint32_t place = 0;

    while (place < list->count &&
           !lede_bytes_equal(term_of(&list->at[place]), term_of(word)))
        place++;
    if (place < list->count) {
        if (list->at[place].documents >= word->documents)
            return;
        take_out(list, place);
    }
    place = list->count;
    while (place > 0 && order_of(word, &list->at[place - 1]) < 0)
        place--;
    if (place == list->limit)
        return;
    if (list->count == list->limit)
        list->count--;
    memmove(&list->at[place + 1], &list->at[place],
            (list->count - place) * sizeof *list->at);
    list->at[place] = *word;
    list->count++;
}

static uint32_t first_char(lede_bytes text)
{
    uint32_t c = 0;

    (void)lede_utf8_take((const char *)text.at, text.len, &c);
    return c;
}

static void offer_term(lede_near_words *list, const lede_near_source *source,
                       const lede_term_walk *walk)
{
    lede_near_word word = { .documents = walk->stats.documents,
                            .edits = walk->distance,
                            .len = (uint32_t)walk->term.len };

    if (walk->term.len > sizeof word.term ||
        lede_term_span((const char *)walk->term.at, word.len) > 1 ||
        lede_bytes_equal(walk->term, source->word) ||
        word.documents < list->least)
        return;
    memcpy(word.term, walk->term.at, walk->term.len);
    word.other_letter = first_char(walk->term) != first_char(source->word);
    offer(list, &word);
}

lede_status lede_near_words_collect(lede_near_words *list,
                                    const lede_near_source *source,
                                    uint32_t field, lede_error *err)
{
    const lede_view *view = source->view;
    lede_term_walk *walk;
    lede_status status =
        view->engine->walk(&walk, view->snapshot, field, LEDE_SPACE_WORDS,
                           source->dfa, source->budget, source->arena, err);

    if (status != LEDE_OK)
        return status;
    while (walk->next(walk))
        offer_term(list, source, walk);
    if (walk->status != LEDE_OK)
        return lede_fail_plain(err, walk->status);
    if (source->dfa->status != LEDE_OK)
        return lede_fail(err, source->dfa->status, "automaton_states",
                         "a word is too long to look for near ones");
    return LEDE_OK;
}
