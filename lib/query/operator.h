/*
 * query/operator.h - the long forms, NAME/arguments(...), one for every kind
 * of node: the table that parser and printer share.
 *
 *     op = lede_operator_find(name, len);
 *     lede_operator_take(op, arguments, len, &args);     the parser
 *     lede_operator_put(out, node);                      the printer
 */
#ifndef LEDE_QUERY_OPERATOR_H
#define LEDE_QUERY_OPERATOR_H

#include "query/tree.h"

/* What stands between the brackets. */
typedef enum lede_operator_shape {
    LEDE_OPERATOR_TEXT,   /* one text in quotes */
    LEDE_OPERATOR_VALUES, /* two numbers */
    LEDE_OPERATOR_EMPTY,  /* nothing */
    LEDE_OPERATOR_LIST,   /* clauses, each a child */
    LEDE_OPERATOR_ONE     /* a query, the only child */
} lede_operator_shape;

typedef enum lede_operator_arguments {
    LEDE_ARGUMENTS_NONE,
    LEDE_ARGUMENTS_NUMBER, /* slop */
    LEDE_ARGUMENTS_EDITS,  /* edits[,prefix] */
    LEDE_ARGUMENTS_REAL,   /* tie or score */
    LEDE_ARGUMENTS_NEAR,   /* distance[,ordered] */
    LEDE_ARGUMENTS_FORMS   /* exact, fold, stem, name by commas; not absent */
} lede_operator_arguments;

typedef struct lede_operator {
    const char *name;
    lede_node_kind kind;
    lede_operator_shape shape;
    lede_operator_arguments arguments;
} lede_operator;

/* The members of a node that arguments set. */
typedef struct lede_operator_values {
    uint32_t number;
    uint32_t prefix;
    double real;
    bool ordered;
} lede_operator_values;

/* NULL: no such name; no long form. */
const lede_operator *lede_operator_find(const char *name, size_t len);
const lede_operator *lede_operator_of(lede_node_kind kind);

/* Reads what stands behind the name up to the bracket: nothing, or `/` and
 * arguments. False if they are none. */
bool lede_operator_take(const lede_operator *op, const char *text, size_t len,
                        lede_operator_values *values);

/* Writes name, arguments and bracket of a node that has a long form. */
void lede_operator_put(lede_buffer *out, const lede_query_node *node);

#endif
