#include "support/stemmed.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "text/forms.h"
#include "text/tokenizer.h"

#define K1 1.2
#define B  0.75

struct posting {
    uint32_t article;
    uint32_t tf;
};

struct list {
    struct posting *at;
    size_t count;
    size_t capacity;
    char *stem;
};

struct stemmed {
    lede_forms *forms;
    lede_form_maker *maker;
    lede_tokenizer *tokenizer;
    lede_map stems; /* to places in lists */
    struct list *lists;
    size_t list_count;
    size_t list_capacity;
    double *lengths;
    size_t articles;
    double average;
    double *scores; /* of the query at hand */
};

static void *checked(void *at)
{
    if (!at)
        abort();
    return at;
}

static void must(bool fine)
{
    if (!fine)
        abort();
}

static lede_bytes stem_of(stemmed *index, lede_bytes term, lede_form_key *key)
{
    if (!lede_form_key_at(index->maker, LEDE_FORM_KIND_STEM, term, false, 0,
                          key))
        return term;
    return lede_bytes_of(key->text, key->len);
}

static struct list *list_of(stemmed *index, lede_bytes stem)
{
    lede_map_slot *slot;
    struct list *list;

    slot = checked(lede_map_put(&index->stems, stem, lede_hash_bytes(stem)));
    if (slot->value != LEDE_MAP_NEW)
        return &index->lists[slot->value];
    if (index->list_count == index->list_capacity) {
        index->list_capacity = index->list_capacity * 2 + 1024;
        index->lists = checked(
            realloc(index->lists, index->list_capacity * sizeof *index->lists));
    }
    list = &index->lists[index->list_count];
    *list = (struct list){ .stem = checked(malloc(stem.len + 1)) };
    memcpy(list->stem, stem.at, stem.len);
    slot->key.at = (const uint8_t *)list->stem;
    slot->value = index->list_count++;
    return list;
}

static void add_occurrence(struct list *list, uint32_t article)
{
    if (list->count && list->at[list->count - 1].article == article) {
        list->at[list->count - 1].tf++;
        return;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 2;
        list->at =
            checked(realloc(list->at, list->capacity * sizeof *list->at));
    }
    list->at[list->count++] = (struct posting){ article, 1 };
}

/* Calls `each` for every stem of a text. */
static void read_text(stemmed *index, const char *text,
                      void (*each)(stemmed *index, lede_bytes stem, void *ctx),
                      void *ctx)
{
    lede_token_batch *batch = checked(malloc(sizeof *batch));
    lede_form_key key;

    lede_tokenizer_start(index->tokenizer, text, strlen(text), 0, 0);
    while (lede_tokenizer_next(index->tokenizer, batch))
        for (uint32_t i = 0; i < batch->count; i++)
            if (!(batch->flags[i] & LEDE_TOKEN_JOINED))
                each(index,
                     stem_of(index,
                             lede_bytes_of(batch->term[i], batch->len[i]),
                             &key),
                     ctx);
    free(batch);
}

static void index_stem(stemmed *index, lede_bytes stem, void *article)
{
    add_occurrence(list_of(index, stem), *(uint32_t *)article);
    index->lengths[*(uint32_t *)article]++;
}

stemmed *stemmed_new(const judged *set)
{
    stemmed *index = checked(calloc(1, sizeof *index));
    const lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    double total = 0;

    must(lede_forms_new(&index->forms, &options, NULL) == LEDE_OK);
    must(lede_form_maker_new(&index->maker, index->forms, NULL) == LEDE_OK);
    must(lede_tokenizer_new(&index->tokenizer, 0, NULL) == LEDE_OK);
    lede_map_init(&index->stems, NULL);
    index->articles = set->article_count;
    index->lengths = checked(calloc(index->articles, sizeof(double)));
    index->scores = checked(calloc(index->articles, sizeof(double)));
    for (uint32_t i = 0; i < index->articles; i++) {
        read_text(index, set->articles[i].title, index_stem, &i);
        read_text(index, set->articles[i].text, index_stem, &i);
        total += index->lengths[i];
    }
    index->average = total / (double)index->articles;
    return index;
}

void stemmed_free(stemmed *index)
{
    for (size_t i = 0; i < index->list_count; i++) {
        free(index->lists[i].at);
        free(index->lists[i].stem);
    }
    free(index->lists);
    free(index->lengths);
    free(index->scores);
    lede_map_fini(&index->stems);
    lede_tokenizer_free(index->tokenizer);
    lede_form_maker_free(index->maker);
    lede_forms_free(index->forms);
    free(index);
}

static void score_stem(stemmed *index, lede_bytes stem, void *ctx)
{
    const lede_map_slot *slot =
        lede_map_find(&index->stems, stem, lede_hash_bytes(stem));
    const struct list *list = slot ? &index->lists[slot->value] : NULL;

    (void)ctx;
    for (size_t i = 0; list && i < list->count; i++) {
        double df = (double)list->count, tf = list->at[i].tf;
        double idf = log(1 + ((double)index->articles - df + 0.5) / (df + 0.5));
        double length = index->lengths[list->at[i].article];

        index->scores[list->at[i].article] +=
            idf * tf / (tf + K1 * (1 - B + B * length / index->average));
    }
}

size_t stemmed_rank(void *ctx, const judged_query *query, uint32_t *places)
{
    stemmed *index = ctx;
    size_t count = 0;

    memset(index->scores, 0, index->articles * sizeof *index->scores);
    read_text(index, query->text, score_stem, NULL);
    while (count < JUDGED_DEPTH) {
        uint32_t best = 0;

        for (uint32_t i = 1; i < index->articles; i++)
            if (index->scores[i] > index->scores[best])
                best = i;
        if (index->scores[best] <= 0)
            break;
        index->scores[best] = 0;
        places[count++] = best;
    }
    return count;
}
