/*
 * query/tree.h - the inside of a query: nodes in an array, by number.
 *
 * Written by query/build, query/parse; read by query/print and by who turns it
 * into a plan. A child's number is always below its parent's, so loops over
 * the array need no recursion.
 */
#ifndef LEDE_QUERY_TREE_H
#define LEDE_QUERY_TREE_H

#include "base/bytes.h"
#include "lede/query.h"

typedef enum lede_node_kind {
    LEDE_NODE_TERM = 1,   /* field, text */
    LEDE_NODE_EQUALS,     /* field, text */
    LEDE_NODE_PHRASE,     /* field, text (maybe one word), number: slop */
    LEDE_NODE_PREFIX,     /* field, text */
    LEDE_NODE_WILDCARD,   /* field, text */
    LEDE_NODE_REGEX,      /* field, text */
    LEDE_NODE_FUZZY,      /* field, text, number: edits, prefix */
    LEDE_NODE_RANGE,      /* field, min and max: NONE, STORED text or number */
    LEDE_NODE_EXISTS,     /* field */
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
    LEDE_NODE_BOOST,      /* real: factor */
    LEDE_NODE_CONSTANT,   /* real: score */
    LEDE_NODE_FORMS       /* number: LEDE_FORM_ bits */
} lede_node_kind;

typedef struct lede_query_node {
    lede_node_kind kind;
    lede_node parent; /* 0: none */
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

/* Nodes are 1 to the count. */
uint32_t lede_query_count(const lede_query *query);
const lede_query_node *lede_query_node_at(const lede_query *query,
                                          lede_node node);

/* Whether two queries have the same tree, spans left aside. */
bool lede_query_equal(const lede_query *a, const lede_query *b);

#endif
