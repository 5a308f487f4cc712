/*
 * query/regex.h - what a regular expression may be.
 *
 *     if (lede_regex_check(pattern, &bad, &why) != LEDE_OK)
 *         warn(bad, why);
 *
 * A pattern is always the whole term:
 *
 *     pattern  branch ( "|" branch )*
 *     branch   ( piece ( "?" | "*" | "+" | "{" m [ "," [ n ] ] "}" )? )*
 *     piece    "." | "[" "^"? range+ "]" | "(" pattern ")" | "\" mark | any
 *     range    one | one "-" one
 *
 * `\` makes a mark ordinary; before an ASCII letter or digit it is an error,
 * for other dialects give it a meaning there. So are ^ and $ outside a class.
 */
#ifndef LEDE_QUERY_REGEX_H
#define LEDE_QUERY_REGEX_H

#include "base/bytes.h"
#include "lede/status.h"

#define LEDE_REGEX_DEPTH_MAX  100U  /* groups in groups */
#define LEDE_REGEX_REPEAT_MAX 1000U /* m and n */

/* LEDE_OK, or LEDE_ERR_INVALID with the byte where the pattern fails and a
 * static sentence. Allocates nothing. */
lede_status lede_regex_check(lede_bytes pattern, size_t *bad, const char **why);

#endif
