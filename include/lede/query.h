/* SPDX-License-Identifier: MIT */
/*
 * lede/query.h - what is asked, as typed by people or built by programs.
 *
 *     lede_query_parse(&query, text, len, NULL, &err);
 *     parts[0] = lede_query_root(query);
 *     parts[1] = lede_query_filter(
 *         query, lede_query_range(query, "date", "2020", NULL));
 *     lede_query_set_root(query, lede_query_and(query, parts, 2));
 *
 * A query owns its nodes, which are numbers; 0 is none. A node has one parent.
 * A call that fails returns 0, and a call given 0 or a wrong node returns 0:
 * the first failure stays in the query, where every search finds and returns
 * it, so the calls between need no checks.
 *
 * Fields    NULL: all default text fields together, each with its weight.
 * Meaning   Each node matches some articles and gives them a score. A search
 *           without a root matches nothing.
 * Memory    Nodes live as long as their query; text is copied in.
 * Threads   Confined while it changes; then any number of searches may read it
 *           at once. A query knows no index: use it with any.
 */
#ifndef LEDE_QUERY_H
#define LEDE_QUERY_H

#include "lede/document.h"
#include "lede/limits.h"

typedef struct lede_query lede_query;
typedef uint32_t lede_node;

typedef enum lede_parse_flag {
    LEDE_PARSE_STRICT = 1, /* doubtful text is LEDE_ERR_INVALID, and
                              * err->position says where */
    LEDE_PARSE_ALL = 2,    /* every word must match, not any of them */
    LEDE_PARSE_TYPING = 4, /* the last word may be unfinished */
    LEDE_PARSE_WORDS = 8   /* no operators: all of it is words */
} lede_parse_flag;

typedef struct lede_parse_options {
    uint32_t size;             /* sizeof this struct; the macro sets it */
    uint32_t flags;            /* LEDE_PARSE_ bits */
    const lede_schema *schema; /* which names before a colon are fields; NULL:
                                * the article schema */
    const lede_limits *limits; /* NULL: the defaults */
    const lede_allocator *allocator;
} lede_parse_options;

#define LEDE_PARSE_OPTIONS                              \
    {                                                   \
        sizeof(lede_parse_options), 0, NULL, NULL, NULL \
    }

/*
 * Reads what a person typed, and makes it the root:
 *     iraq -syria +must "maximum pressure" (a OR b) AND c NOT d
 *     author:mansour title:embassy^3 date:2020-01..2021-01
 *     suleim* *mani w?rd soleimany~ /reg.*ex/ NEAR/5(iraq troops)
 * Operators are in capitals; everything else is text. Words are optional and
 * rank, unless LEDE_PARSE_ALL. Words in quotes match exactly or folded. Text
 * is never wrong: what cannot be an operator is read as words, and a warning
 * says so. Blank text has no root. Takes time and memory linear in the text.
 *
 * Fails only with LEDE_ERR_NOMEM; with LEDE_ERR_LIMIT beyond query_bytes of
 * text, query_depth levels or as many leaves as clauses; and when strict with
 * LEDE_ERR_INVALID. err->position is the byte.
 */
LEDE_API lede_status lede_query_parse(lede_query **out, const char *text,
                                      size_t len,
                                      const lede_parse_options *options,
                                      lede_error *err);

/*
 * Reference. Each row: a text, its tree, and how that tree is printed if not
 * as the text. Groups go by operator; rows with -> in front go on.
 *
 * words
 *     iraq -> iraq
 *     state-of-the-art don't -> or(term(state-of-the-art), term(don't))
 *     AT&T c++ 9/11 e=mc2 -> or(term(AT&T), term(c++), term(9/11), term(e=mc2))
 *     joe@example.com #metoo -> or(term(joe@example.com), term(#metoo))
 *         -> joe@example.com TERM("#metoo")
 *     why did it end? -> or(why, did, it, term(end?))
 *         -> why did it TERM("end?")
 *     http://example.com/a?b 12:30
 *         -> or(term(http://example.com/a?b), term(12:30))
 *         -> TERM("http://example.com/a?b") TERM("12:30")
 *     a - b -> or(a, b) -> a b
 *     \-a foo\* a\:b -> or(term(-a), term(foo*), term(a:b))
 *         -> TERM("-a") TERM("foo*") TERM("a:b")
 *     TERM("-") TERM("OR") -> or(term(-), OR)
 * quotes
 *     "maximum pressure" -> phrase(maximum pressure)
 *     “maximum pressure” «le monde»
 *         -> or(phrase(maximum pressure), phrase(le monde))
 *         -> "maximum pressure" "le monde"
 *     "a b"~3 -> phrase(a b; 3)
 *     "say \"no\"" -> phrase(say "no")
 *     PHRASE/3("...") -> phrase(...; 3)
 * signs
 *     +iraq troops -syria -> and(iraq, optional(troops), not(syria))
 *     iraq troops -syria -> and(or(iraq, troops), not(syria))
 *     iraq -(syria iran) -> and(iraq, not(or(syria, iran)))
 *     -iraq -> not(iraq)
 *     -iraq -iran -> and(not(iraq), not(iran))
 * joins: AND before OR before side by side
 *     a AND b OR c d -> or(or(and(a, b), c), d) -> ((a AND b) c) d
 *     a AND NOT b -> and(a, not(b)) -> a -b
 *     NOT a b -> and(b, not(a)) -> b -a
 *     a OR -b -> or(a, not(b)) -> ANY(a -b)
 *     ALL(a -b) ANY(a) ALL() ANY() -> or(and(a, not(b)), or(a), and(), or())
 *         -> (a -b) ANY(a) ALL() ANY()
 *     BEST/0.3(a b) -> best(0.3; a, b)
 * fields
 *     author:mansour -> term(author:mansour)
 *     title:"a b" title:x* -> or(phrase(title:a b), prefix(title:x))
 *     title:(a b -c)
 *         -> and(or(term(title:a), term(title:b)), not(term(title:c)))
 *         -> title:a title:b -title:c
 *     author:* -> exists(author)
 *     key:EQUALS("k 1") -> equals(key:k 1)
 *     opinion:war Title:war title: war
 *         -> or(term(opinion:war), term(Title:war), term(title:), war)
 *         -> TERM("opinion:war") TERM("Title:war") TERM("title:") war
 * patterns
 *     suleim* -> prefix(suleim)
 *     *mani w?rd s*l?m*
 *         -> or(wildcard(*mani), wildcard(w?rd), wildcard(s*l?m*))
 *     soleimany~ iran~ iran~2
 *         -> or(fuzzy(soleimany; 2), fuzzy(iran; 1), fuzzy(iran; 2))
 *         -> soleimany~2 iran~1 iran~2
 *     FUZZY/2,1("iran") -> fuzzy(iran; 2 1)
 *     /sol[ei]man[iy]/ -> regex(sol[ei]man[iy])
 *     PREFIX("al-") WILDCARD("a b*") REGEX("[a/]")
 *         -> or(prefix(al-), wildcard(a b*), regex([a/]))
 *     GROUP(iran* persia) -> group(prefix(iran), persia)
 * near
 *     NEAR/5(iraq troops) -> near(5; iraq, troops)
 *     NEAR/0,ordered(iraq "u s" tro*)
 *         -> near(0 ordered; iraq, phrase(u s), prefix(tro))
 *     NEAR(a b) -> near(10; a, b) -> NEAR/10(a b)
 * values
 *     date:2020 -> range(date:2020..2020) -> date:[2020..2020]
 *     date:2020-01..2021-01 -> range(date:2020-01..2021-01)
 *         -> date:[2020-01..2021-01]
 *     date:2020.. date:..-7d date:>=today
 *         -> or(range(date:2020..), range(date:..-7d), range(date:today..))
 *         -> date:[2020..] date:[..-7d] date:[today..]
 *     date:[2020..2021] date:["1 May 2020"..]
 *         -> or(range(date:2020..2021), range(date:1 May 2020..))
 *     date:RANGE(3 5) date:RANGE(0.5 inf)
 *         -> or(range(date:3..5), range(date:0.5..inf))
 * others
 *     *:* -> all
 *     NONE() -> none
 *     SIMILAR("the war") LIKE("k1") -> or(similar(the war), like(k1))
 *     OPTIONAL(a) FILTER(a b) -> or(optional(a), filter(or(a, b)))
 *     iraq^2 "a b"^0.5 (a b)^3
 *         -> or(boost(2; iraq), boost(0.5; phrase(a b)), boost(3; or(a, b)))
 *     CONSTANT/2.5(a) FORMS/exact,fold(a)
 *         -> or(constant(2.5; a), forms(exact fold; a))
 * doubtful
 *     "a b -> phrase(a b) -> "a b"
 *     (a b -> or(a, b) -> a b
 *     a b) -> or(a, b) -> a b
 *     a AND -> or(a, AND) -> a TERM("AND")
 *     () date:soon 2*3=6 -> or(term(date:soon), term(2*3=6))
 *         -> TERM("date:soon") TERM("2*3=6")
 *     date:REGEX("a*") -> or(term(date:REGEX), phrase(a*))
 *         -> TERM("date:REGEX") "a*"
 *
 * Signs     stand before a clause, `-` and NOT alike. Side by side: all with +
 *           must match, the others may; if none has it, one of the others must.
 * Brackets  Long forms are NAME/arguments(...), for what has no short one. A
 *           text in one has the escapes \" \\ and \xHH, one in mere quotes the
 *           first two; in a word `\` makes a mark ordinary.
 * Fields    Nothing stands between the colon and the value. Numbers and dates
 *           are ranges: of a day, month or year, from `now`, `today`,
 *           `yesterday`, `tomorrow`, -7d (min, h, d, w, m, y), or of a number.
 * Patterns  A `?` at the end of a word is a question mark. `~` is 1 edit for
 *           words of up to 5 characters, else 2. A regular expression stands
 *           between slashes, without white space, with one of .[(|?*+{ in it.
 * Typing    With LEDE_PARSE_TYPING a word that the text ends with is
 *           or(word, prefix(word)).
 */

/* An empty query, to build. */
LEDE_API lede_status lede_query_new(lede_query **out,
                                    const lede_allocator *allocator);
LEDE_API void lede_query_free(lede_query *query);

/* Returns the first failure, or LEDE_OK. */
LEDE_API lede_status lede_query_status(const lede_query *query);

/* The root, or 0. It has no parent, so it can be put under a new root; a root
 * that gets a parent is none from then on. */
LEDE_API lede_node lede_query_root(const lede_query *query);
LEDE_API void lede_query_set_root(lede_query *query, lede_node node);

/* Writes the query as text that parses, without flags, to the same tree, if the
 * schema has its fields and they can do what they are asked for. *text has a
 * NUL after it and is borrowed until the query changes or is printed again. */
LEDE_API lede_status lede_query_print(lede_query *query, const char **text,
                                      size_t *len);

typedef struct lede_warning {
    size_t begin; /* bytes of the text that was parsed */
    size_t end;
    const char *message; /* "unbalanced quote: read to the end" */
} lede_warning;

/* The warning at a place from 0; NULL past the last. Lives with the query. */
LEDE_API const lede_warning *lede_query_warning(const lede_query *query,
                                                size_t at);

/* A word. Text of more words is the phrase of them, of none matches nothing.
 * In a keyword field without LEDE_FIELD_WORDS as lede_query_equals. */
LEDE_API lede_node lede_query_term(lede_query *query, const char *field,
                                   const char *text, size_t len);

/* Articles with a value of exactly these bytes in a keyword field, `key` as
 * well: what a facet counted, or one article. Score 0. */
LEDE_API lede_node lede_query_equals(lede_query *query, const char *field,
                                     const char *text, size_t len);

/* Words in order with at most `slop` other positions between them in all.
 * They match exactly or folded, as words in quotes. In a keyword field without
 * LEDE_FIELD_WORDS as lede_query_equals. */
LEDE_API lede_node lede_query_phrase(lede_query *query, const char *field,
                                     const char *text, size_t len,
                                     uint32_t slop);

/* What these four match scores as one word. They read normal forms, not
 * stems; in a keyword field bytes. */
LEDE_API lede_node lede_query_prefix(lede_query *query, const char *field,
                                     const char *text, size_t len);

/* `*` is any characters, `?` is one, `\` makes the next one ordinary. */
LEDE_API lede_node lede_query_wildcard(lede_query *query, const char *field,
                                       const char *pattern, size_t len);

/* Whole terms: . [a-z] [^a] ( ) | ? * + {m,n} and `\`; no more. A pattern
 * that is none is LEDE_ERR_INVALID. */
LEDE_API lede_node lede_query_regex(lede_query *query, const char *field,
                                    const char *pattern, size_t len);

/* Words at most `edits` (0 to 2) insertions, deletions, changes or swaps of
 * characters away whose first `prefix` characters are the same. */
LEDE_API lede_node lede_query_fuzzy(lede_query *query, const char *field,
                                    const char *text, size_t len,
                                    uint32_t edits, uint32_t prefix);

/* Values from min to max, both included; NULL: no bound. Terminated, and read
 * as what the field holds when it is searched: "2020-01" to "2020-12" is all of
 * that year. An article with several values needs one in it. Score 0. */
LEDE_API lede_node lede_query_range(lede_query *query, const char *field,
                                    const char *min, const char *max);
LEDE_API lede_node lede_query_range_int(lede_query *query, const char *field,
                                        int64_t min, int64_t max);
LEDE_API lede_node lede_query_range_double(lede_query *query, const char *field,
                                           double min, double max);

/* Articles with a value in the field; all articles; none. Score 0. */
LEDE_API lede_node lede_query_exists(lede_query *query, const char *field);
LEDE_API lede_node lede_query_everything(lede_query *query);
LEDE_API lede_node lede_query_nothing(lede_query *query);

/* Articles like a text, or like the one with a key and without that one. */
LEDE_API lede_node lede_query_similar(lede_query *query, const char *field,
                                      const char *text, size_t len);
LEDE_API lede_node lede_query_similar_to(lede_query *query, const char *field,
                                         const char *key, size_t key_len);

/* Joins. Scores add up. AND of none matches all, OR of none nothing. */
LEDE_API lede_node lede_query_and(lede_query *query, const lede_node *nodes,
                                  size_t count);
LEDE_API lede_node lede_query_or(lede_query *query, const lede_node *nodes,
                                 size_t count);

/* The best score of its nodes, and `tie` (0 to 1) times the others. */
LEDE_API lede_node lede_query_best(lede_query *query, const lede_node *nodes,
                                   size_t count, double tie);

/* Terms and patterns that count as one word: synonyms. Other nodes, or none,
 * are LEDE_ERR_INVALID. */
LEDE_API lede_node lede_query_group(lede_query *query, const lede_node *nodes,
                                    size_t count);

/* Terms, patterns and phrases of one field with at most `distance` other
 * positions between the first and the last of them, in the given order if
 * `ordered`. Other nodes, or none, are LEDE_ERR_INVALID. */
LEDE_API lede_node lede_query_near(lede_query *query, const lede_node *nodes,
                                   size_t count, uint32_t distance,
                                   bool ordered);

/* Matches all articles that the node does not, with score 0. */
LEDE_API lede_node lede_query_not(lede_query *query, lede_node node);

/* Matches all articles, those of the node with its score: +a b -c is
 * and(a, optional(b), not(c)). */
LEDE_API lede_node lede_query_optional(lede_query *query, lede_node node);

/* The node with score 0, with its score times `factor` (0 or more), or with one
 * score (0 or more) for all. */
LEDE_API lede_node lede_query_filter(lede_query *query, lede_node node);
LEDE_API lede_node lede_query_boost(lede_query *query, lede_node node,
                                    double factor);
LEDE_API lede_node lede_query_constant(lede_query *query, lede_node node,
                                       double score);

/* The node with these LEDE_FORM_ bits for the words in it; 0: all. The
 * innermost counts; a search's `forms` can only take more away. */
LEDE_API lede_node lede_query_forms(lede_query *query, lede_node node,
                                    uint32_t forms);

#endif
