/*
 * query/tree.h - the inside of a query: nodes in an array, by number.
 *
 * Written by query/build, query/parse; read by query/print and by who turns it
 * into a plan. A child's number is always below its parent's, so loops over
 * the array need no recursion. Nodes that the root does not reach are left
 * over from building: pass them by.
 *
 * Invariants that the builder keeps, so that readers need not check them
 *   field     a possible field name; never NULL in EQUALS, RANGE, EXISTS
 *   REGEX     a pattern that lede_dfa_new_regex reads
 *   FUZZY     number is 0 to 2
 *   real      finite and 0 or more; BEST: 0 to 1; BOOST, CONSTANT: as given
 *   FORMS     LEDE_FORM_EXACT always set, no unknown bits
 *   GROUP     at least one child, each TERM, PREFIX, WILDCARD, REGEX or FUZZY
 *   NEAR      at least one child, each as in GROUP or PHRASE, of one field
 *   RANGE     min and max of kind NONE, STORED, INT or DOUBLE (never NaN)
 */
#ifndef LEDE_QUERY_TREE_H
#define LEDE_QUERY_TREE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "lede/query.h"

typedef enum lede_node_kind {
    LEDE_NODE_TERM = 1, /* field, text */
    LEDE_NODE_EQUALS,   /* field, text */
    LEDE_NODE_PHRASE,   /* field, text (maybe one word), number: slop */
    LEDE_NODE_PREFIX,   /* field, text */
    LEDE_NODE_WILDCARD, /* field, text */
    LEDE_NODE_REGEX,    /* field, text */
    LEDE_NODE_FUZZY,    /* field, text, number: edits, prefix */
    LEDE_NODE_RANGE,    /* field, min and max: NONE, STORED text or number */
    LEDE_NODE_EXISTS,   /* field */
    LEDE_NODE_EVERYTHING,
    LEDE_NODE_NOTHING,
    LEDE_NODE_SIMILAR,    /* field, text */
    LEDE_NODE_SIMILAR_TO, /* field, text: the key */
    LEDE_NODE_AND,        /* children */
    LEDE_NODE_OR,         /* children */
    LEDE_NODE_BEST,       /* children, real: tie */
    LEDE_NODE_GROUP,      /* children: terms and patterns scored as one word */
    LEDE_NODE_NEAR,       /* children, number: distance, ordered */
    LEDE_NODE_NOT,        /* one child, like those below */
    LEDE_NODE_OPTIONAL,
    LEDE_NODE_FILTER,
    LEDE_NODE_BOOST,    /* real: factor */
    LEDE_NODE_CONSTANT, /* real: score */
    LEDE_NODE_FORMS     /* number: LEDE_FORM_ bits */
} lede_node_kind;

typedef struct lede_query_node {
    lede_node_kind kind;
    lede_node parent;  /* 0: none */
    uint32_t place;    /* among the parent's children, from 0 */
    uint32_t height;   /* 1 of a leaf, else 1 more than the highest child */
    const char *field; /* NULL: the default ones */
    const char *text;  /* terminated besides */
    size_t len;
    uint32_t number;
    uint32_t prefix; /* FUZZY */
    double real;
    lede_value min, max;
    bool ordered;
    size_t begin, end; /* bytes of the parsed text; 0, 0 if it was built */
    const lede_node *children;
    uint32_t count;
} lede_query_node;

/* What query/ keeps of a query; others use the functions. */
struct lede_query {
    const lede_allocator *allocator;
    lede_arena arena; /* of all there is, the query itself too */
    lede_query_node *nodes;
    size_t count;
    size_t capacity;
    lede_node root;
    lede_status status;
    lede_warning *warnings; /* in the arena, like their room */
    size_t warning_count;
    size_t warning_capacity;
    lede_buffer printed;
};

/* Nodes are 1 to the count. */
uint32_t lede_query_count(const lede_query *query);
const lede_query_node *lede_query_node_at(const lede_query *query,
                                          lede_node node);

/* Whether the roots of two queries have the same tree, spans left aside. */
bool lede_query_equal(const lede_query *a, const lede_query *b);

/* Where the parser found a node; 0 is passed by. */
void lede_query_set_span(lede_query *query, lede_node node, size_t begin,
                         size_t end);

/* Adds a warning; `message` is static. */
void lede_query_warn(lede_query *query, size_t begin, size_t end,
                     const char *message);

/* Whether these nodes may stand in GROUP, or in NEAR. */
bool lede_query_can_group(const lede_query *query, const lede_node *nodes,
                          size_t count);
bool lede_query_can_near(const lede_query *query, const lede_node *nodes,
                         size_t count);

/* Whether a name could be a field's: [a-z_][a-z0-9_]{0,63}. */
bool lede_query_field_name(const char *name);

#endif
