#include "article/similar.h"

#include <stdlib.h>

#include "article/documents.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/map.h"
#include "document/schema.h"
#include "text/tokenizer.h"

/* Of a long text only the words it says most often are looked up. */
#define CANDIDATES_MAX  4096
#define LEAST_DOCUMENTS 2
#define LEAST_BYTES     2

typedef struct candidate {
    lede_bytes term;
    uint64_t documents;
    uint32_t frequency;
    uint32_t place; /* of its first occurrence */
    double weight;
} candidate;

typedef struct word_list {
    candidate *at;
    size_t count;
    size_t capacity;
    lede_map places;
    lede_arena *arena;
} word_list;

static bool is_number(lede_bytes term)
{
    return term.at[0] >= '0' && term.at[0] <= '9';
}

static lede_status count_word(word_list *list, lede_bytes term)
{
    lede_map_slot *slot;
    const char *text;

    if (term.len < LEAST_BYTES || is_number(term))
        return LEDE_OK;
    slot = lede_map_find(&list->places, term, lede_hash_bytes(term));
    if (slot) {
        list->at[slot->value].frequency++;
        return LEDE_OK;
    }
    text = lede_arena_text(list->arena, term.at, term.len);
    if (!text || !lede_arena_grow(list->arena, &list->at, &list->capacity,
                                  list->count + 1, sizeof *list->at))
        return lede_arena_status(list->arena);
    term = lede_bytes_of(text, term.len);
    slot = lede_map_put(&list->places, term, lede_hash_bytes(term));
    if (!slot)
        return LEDE_ERR_NOMEM;
    slot->value = list->count;
    list->at[list->count] = (candidate){ .term = term,
                                         .frequency = 1,
                                         .place = (uint32_t)list->count };
    list->count++;
    return LEDE_OK;
}

static lede_status count_words(word_list *list, const lede_view *view,
                               lede_bytes text, lede_budget *budget)
{
    uint32_t words = lede_schema_analyzer(view->schema)->words;
    lede_tokenizer *tokenizer;
    lede_token_batch batch;
    lede_status status = lede_tokenizer_new(&tokenizer, words, view->allocator);

    if (status != LEDE_OK)
        return status;
    if (text.len > UINT32_MAX)
        text.len = UINT32_MAX;
    lede_tokenizer_start(tokenizer, (const char *)text.at, text.len, 0,
                         LEDE_TOKENIZER_PLAIN);
    while (status == LEDE_OK && lede_tokenizer_next(tokenizer, &batch)) {
        status = lede_budget_spend(budget, batch.count);
        for (uint32_t i = 0; status == LEDE_OK && i < batch.count; i++)
            if (!(batch.flags[i] & (LEDE_TOKEN_JOINED | LEDE_TOKEN_TAIL)))
                status = count_word(list,
                                    lede_bytes_of(batch.term[i], batch.len[i]));
    }
    if (status == LEDE_OK)
        status = tokenizer->status;
    lede_tokenizer_free(tokenizer);
    return status;
}

static int by_frequency(const void *left, const void *right)
{
    const candidate *a = left, *b = right;

    if (a->frequency != b->frequency)
        return a->frequency > b->frequency ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static int by_weight(const void *left, const void *right)
{
    const candidate *a = left, *b = right;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

/* What words are looked up in. */
typedef struct field_list {
    const uint32_t *at;
    uint32_t count;
} field_list;

static lede_status look_up(word_list *list, const lede_view *view,
                           field_list fields, lede_budget *budget,
                           lede_error *err)
{
    size_t count = list->count * fields.count;
    lede_plan_term *terms = lede_arena_array(list->arena, count, sizeof *terms);
    lede_term_stats *stats =
        lede_arena_array(list->arena, count, sizeof *stats);
    lede_status status;

    if (!terms || !stats)
        return lede_arena_status(list->arena);
    for (size_t i = 0; i < count; i++)
        terms[i] = (lede_plan_term){ .field = fields.at[i % fields.count],
                                     .weight = 1,
                                     .term = list->at[i / fields.count].term };
    status = view->engine->lookup(stats, view->snapshot, terms, (uint32_t)count,
                                  budget, NULL, err);
    for (size_t i = 0; status == LEDE_OK && i < count; i++) {
        candidate *word = &list->at[i / fields.count];

        if (stats[i].documents > word->documents)
            word->documents = stats[i].documents;
    }
    return status;
}

/* tf x idf; 0 for words that say nothing. */
static void weigh(word_list *list, uint64_t documents)
{
    for (size_t i = 0; i < list->count; i++) {
        candidate *word = &list->at[i];
        bool common = word->documents > documents / 2 &&
                      word->documents > LEAST_DOCUMENTS;

        if (word->documents >= LEAST_DOCUMENTS && !common)
            word->weight =
                word->frequency * lede_score_idf(documents, word->documents);
    }
    if (list->count > 0)
        qsort(list->at, list->count, sizeof *list->at, by_weight);
}

lede_status lede_similar_words(lede_similar_word *words, uint32_t *count,
                               const lede_view *view, lede_bytes text,
                               const lede_similar_search *search,
                               lede_error *err)
{
    word_list list = { .arena = search->arena };
    field_list fields = { search->fields, search->field_count };
    uint32_t kept = 0;
    lede_status status;

    lede_map_init(&list.places, view->allocator);
    status = count_words(&list, view, text, search->budget);
    lede_map_fini(&list.places);
    if (status == LEDE_OK && list.count > CANDIDATES_MAX) {
        qsort(list.at, list.count, sizeof *list.at, by_frequency);
        list.count = CANDIDATES_MAX;
    }
    if (status == LEDE_OK && list.count > 0)
        status = look_up(&list, view, fields, search->budget, err);
    if (status != LEDE_OK)
        return status;
    weigh(&list, view->description->documents);
    for (; kept < list.count && kept < LEDE_SIMILAR_WORDS_MAX &&
           list.at[kept].weight > 0;
         kept++)
        words[kept] = (lede_similar_word){
            .term = list.at[kept].term,
            .documents = list.at[kept].documents,
            .frequency = list.at[kept].frequency,
        };
    *count = kept;
    return LEDE_OK;
}

static lede_status list_fields(uint32_t **out, uint32_t *count,
                               const lede_view *view, lede_arena *arena)
{
    uint32_t most = lede_schema_count(view->schema);

    *out = lede_arena_array(arena, most, sizeof **out);
    *count = 0;
    if (!*out)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < most; i++) {
        const lede_field *field = lede_schema_field(view->schema, i);

        if (lede_field_is_default(field) && lede_field_is_stored(field))
            (*out)[(*count)++] = i;
    }
    return LEDE_OK;
}

static lede_status join_values(lede_bytes *text, const lede_document *doc,
                               const lede_view *view, const uint32_t *fields,
                               uint32_t count, lede_arena *arena)
{
    lede_buffer joined;
    lede_status status;

    lede_buffer_init(&joined, view->allocator);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = lede_schema_field(view->schema, fields[i])->name;
        const lede_value *value;

        for (size_t at = 0;
             (value = lede_document_value(doc, name, at))->kind != LEDE_NONE;
             at++) {
            lede_put(&joined, value->text, value->len);
            lede_put_u8(&joined, '\n');
        }
    }
    status = joined.status;
    if (status == LEDE_OK) {
        *text = lede_bytes_of(lede_arena_text(arena, joined.at, joined.len),
                              joined.len);
        if (!text->at)
            status = lede_arena_status(arena);
    }
    lede_buffer_fini(&joined);
    return status;
}

lede_status lede_similar_text(lede_bytes *text, const lede_view *view,
                              lede_bytes key, lede_budget *budget,
                              lede_arena *arena, lede_error *err)
{
    lede_engine_load load = { .count = 1,
                              .allocator = view->allocator,
                              .budget = budget };
    lede_document *doc = NULL;
    lede_engine_hit hit;
    uint32_t *fields, count;
    lede_status status = list_fields(&fields, &count, view, arena);

    if (status == LEDE_OK && count == 0)
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, "",
                         "no field with the article's text is stored");
    if (status == LEDE_OK)
        status = lede_document_find(&hit, view, key, budget, arena, err);
    if (status != LEDE_OK)
        return status;
    load.docs = &hit.doc;
    load.fields = fields;
    load.field_count = count;
    status = view->engine->load(&doc, NULL, view->snapshot, &load, err);
    if (status == LEDE_OK)
        status = join_values(text, doc, view, fields, count, arena);
    lede_document_free(doc);
    return status;
}
