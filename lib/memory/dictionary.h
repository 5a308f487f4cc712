/*
 * memory/dictionary.h - which words and values there are, in how many articles,
 * and what else each word goes by.
 *
 * Made anew for every commit, from the articles; terms are borrowed from them.
 *
 * Threads   Frozen once made; walks are confined.
 */
#ifndef LEDE_MEMORY_DICTIONARY_H
#define LEDE_MEMORY_DICTIONARY_H

#include "memory/article.h"

typedef struct lede_memory_entry {
    lede_bytes term;
    lede_term_stats stats;
    uint32_t newest; /* the article it was last counted in, from 1 */
} lede_memory_entry;

/* The terms of one space of one field, in byte order. */
typedef struct lede_memory_space {
    lede_memory_entry *at;
    size_t capacity;
    size_t count;
} lede_memory_space;

/* A word under one of its form keys. */
typedef struct lede_memory_form {
    uint32_t kind;
    lede_bytes key;
    lede_bytes term;
} lede_memory_form;

typedef struct lede_memory_dictionary {
    lede_memory_space *spaces; /* two for each field: words, values */
    uint32_t field_count;
    lede_memory_form *forms; /* by kind, key, term */
    size_t form_capacity;
    size_t form_count;
    lede_arena *keys; /* of the forms */
    const lede_allocator *allocator;
} lede_memory_dictionary;

/* Fills a dictionary; to be ended even if it fails, which it does with NOMEM
 * only. `forms` NULL: words have no forms. */
lede_status lede_memory_dictionary_init(lede_memory_dictionary *dictionary,
                                        lede_memory_article *const *articles,
                                        uint32_t count,
                                        const lede_schema *schema,
                                        const lede_forms *forms,
                                        const lede_allocator *allocator);
void lede_memory_dictionary_fini(lede_memory_dictionary *dictionary);

/* The space of a field; an empty one for a field that it does not know. */
const lede_memory_space *lede_memory_dictionary_space(
    const lede_memory_dictionary *dictionary, uint32_t field, lede_space space);

/* The entry of a term, or NULL. */
const lede_memory_entry *lede_memory_dictionary_find(
    const lede_memory_dictionary *dictionary, uint32_t field, lede_bytes term);

/* The forms with a key, side by side; NULL and *count 0 without any. */
const lede_memory_form *lede_memory_dictionary_forms(
    const lede_memory_dictionary *dictionary, uint32_t kind, lede_bytes key,
    size_t *count);

/* As the engine's walk; the walk lives in the arena. */
lede_status lede_memory_walk_new(lede_term_walk **out,
                                 const lede_memory_space *space, lede_dfa *dfa,
                                 lede_budget *budget, lede_arena *arena);

#endif
