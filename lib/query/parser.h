/*
 * query/parser.h - what the parts of the parser share: parse.c reads lists and
 * joins; clause.c, value.c and long_form.c what stands alone in them.
 */
#ifndef LEDE_QUERY_PARSER_H
#define LEDE_QUERY_PARSER_H

#include "lede/schema.h"
#include "query/operator.h"
#include "query/tree.h"

typedef struct lede_parser {
    lede_query *query;
    const char *text;
    size_t len;
    size_t at;
    uint32_t flags;
    const lede_schema *schema;
    uint32_t clauses_left;
    uint32_t height_max;
    lede_buffer scratch; /* a text without its escapes */
    size_t stop;         /* where a failure happened */
    const char *why;     /* and which; static */
    const char *limit;   /* that it went beyond, by its member; NULL: none */
} lede_parser;

#define LEDE_PARSER_UNBALANCED "unbalanced quote: read to the end"

static inline char lede_parser_peek(const lede_parser *parser, size_t at)
{
    if (at >= parser->len)
        return '\0';
    return parser->text[at];
}

static inline bool lede_parser_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether what stands in the field is numbers or dates, which no pattern and no
 * word is found in. */
static inline bool lede_parser_has_numbers(const lede_field *field)
{
    return field && (field->kind == LEDE_INT || field->kind == LEDE_DOUBLE ||
                     field->kind == LEDE_DATE);
}

static inline const char *lede_parser_name(const lede_field *field)
{
    return field ? field->name : NULL;
}

/* Fails with a status; the first one stays. */
void lede_parser_fail(lede_parser *parser, lede_status status, size_t at,
                      const char *why);

/* Something is not what it looks like: a warning, a failure when strict. */
void lede_parser_doubt(lede_parser *parser, size_t begin, size_t end,
                       const char *message);

/* Counts a node just made, gives it its place in the text, and returns it.
 * Beyond a limit it fails. */
lede_node lede_parser_made(lede_parser *parser, lede_node node, size_t begin);

/* True at the end, before white space, `(` or `)`. */
bool lede_parser_at_bound(const lede_parser *parser, size_t at);
size_t lede_parser_skip_space(const lede_parser *parser, size_t at);

/* Reads `name:` of a field that can be searched, with something behind it, and
 * moves behind the colon; NULL if there is none. */
const lede_field *lede_parser_field(lede_parser *parser);

/* Reads `^number`, 0 or more; false and nothing moved if there is none. */
bool lede_parser_boost(lede_parser *parser, double *factor);

/* As lede_parser_made, with the boost that stands behind the node. */
lede_node lede_parser_finish(lede_parser *parser, lede_node node, size_t begin);

/* The range that min..max, >=min, <=max or one value means in a field of
 * numbers or dates; 0: it is none of them. */
lede_node lede_parser_values(lede_parser *parser, const lede_field *field,
                             lede_bytes text, size_t begin);

/* Reads [min..max] and its boost into *node; false and nothing moved if it is
 * not that. */
bool lede_parser_bracket(lede_parser *parser, const lede_field *field,
                         size_t begin, lede_node *node);

/* Reads the text of a long form, from its quote on, into the scratch buffer:
 * `\"`, `\\` and `\xHH` are escapes. False if nothing closes it. */
bool lede_parser_literal(lede_parser *parser);

/* Reads `NAME/arguments(`; NULL and nothing moved if it is no operator, or one
 * that needs a field and has none. */
const lede_operator *lede_parser_operator(lede_parser *parser,
                                          const lede_field *field,
                                          lede_operator_values *values);

/* Reads a phrase, range, regular expression or word with its boost. `begin` is
 * where its field's name, if it has one, begins. `alone`: it stands where only
 * words may. Returns 0 for text without words, which is left out. */
lede_node lede_parser_leaf(lede_parser *parser, const lede_field *field,
                           size_t begin, bool alone);

/* The rest of a long form that holds text or values. */
lede_node lede_parser_long_leaf(lede_parser *parser, const lede_operator *op,
                                const lede_operator_values *values,
                                const lede_field *field, size_t begin);

/* The next run without white space as words, whatever is in it. */
lede_node lede_parser_plain(lede_parser *parser, const lede_field *field);

#endif
