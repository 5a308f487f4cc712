/*
 * support/tree.h - a query's tree as one line, as lede/query.h writes it.
 */
#ifndef LEDE_TESTS_TREE_H
#define LEDE_TESTS_TREE_H

#include "query/tree.h"

/* Appends the tree; "" without a root. */
void test_put_tree(lede_buffer *out, const lede_query *query);

#endif
