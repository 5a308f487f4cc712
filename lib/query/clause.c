/*
 * query/clause.c - reads what stands alone in a query: phrases, ranges,
 * regular expressions, long forms with a text, words.
 *
 * What fails to be one of them is read as words from the same place, and each
 * attempt looks no further than the word, or the quotes, it would be: reading
 * takes time linear in the text.
 */
#include "base/number.h"
#include "base/utf8.h"
#include "lede/document.h"
#include "query/parser.h"
#include "query/regex.h"
#include "query/scan.h"
#include "query/when.h"
#include "query/word.h"

#include <math.h>

#define NAME_MAX_BYTES 64

#define UNBALANCED_QUOTE "unbalanced quote: read to the end"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const lede_parser *p, size_t at)
{
    return at < p->len ? p->text[at] : '\0';
}

static const char *name_of(const lede_field *field)
{
    return field ? field->name : NULL;
}

static bool has_numbers(const lede_field *field)
{
    return field && (field->kind == LEDE_INT || field->kind == LEDE_DOUBLE ||
                     field->kind == LEDE_DATE);
}

size_t lede_parser_skip_space(const lede_parser *p, size_t at)
{
    while (at < p->len) {
        uint32_t c;
        size_t step = lede_utf8_take(p->text + at, p->len - at, &c);

        if (lede_scan_kind_of(c) != LEDE_SCAN_SPACE)
            break;
        at += step;
    }
    return at;
}

bool lede_parser_at_bound(const lede_parser *p, size_t at)
{
    uint32_t c;

    if (at >= p->len)
        return true;
    (void)lede_utf8_take(p->text + at, p->len - at, &c);
    return c == '(' || c == ')' || lede_scan_kind_of(c) == LEDE_SCAN_SPACE;
}

/* The end of the word that begins at `at`: at least one character on. */
static size_t word_end(const lede_parser *p, size_t at)
{
    size_t begin = at;

    while (at < p->len) {
        uint32_t c;
        bool escaped;
        size_t step = lede_word_take(p->text, p->len, at, &c, &escaped);

        if (!escaped && (c == '(' || c == ')'))
            break;
        if (lede_scan_kind_of(c) == LEDE_SCAN_SPACE ||
            (at > begin && lede_scan_only_opens(c)))
            break;
        at += step;
    }
    return at;
}

/* Puts a word without its escapes in the scratch buffer. */
static lede_bytes unescape(lede_parser *p, const char *text, size_t len)
{
    lede_buffer_clear(&p->scratch);
    for (size_t at = 0; at < len;) {
        uint32_t c;
        bool escaped;
        size_t step = lede_word_take(text, len, at, &c, &escaped);

        lede_put(&p->scratch, text + at + escaped, step - escaped);
        at += step;
    }
    if (p->scratch.status != LEDE_OK)
        lede_parser_fail(p, p->scratch.status, p->at, "out of memory");
    return lede_buffer_bytes(&p->scratch);
}

const lede_field *lede_parser_field(lede_parser *p)
{
    static const lede_field key = { "key", LEDE_KEYWORD, 0, 1 };
    char name[NAME_MAX_BYTES + 1];
    size_t len = 0, end;
    const lede_field *field;

    while (len < NAME_MAX_BYTES && p->at + len < p->len &&
           peek(p, p->at + len) != ':') {
        name[len] = peek(p, p->at + len);
        len++;
    }
    name[len] = '\0';
    end = p->at + len + 1;
    if (peek(p, end - 1) != ':' || strlen(name) != len ||
        !lede_query_field_name(name) || peek(p, end) == ')' || end == p->len ||
        lede_parser_skip_space(p, end) != end)
        return NULL;
    field =
        strcmp(name, key.name) == 0 ? &key : lede_schema_find(p->schema, name);
    if (!field || field->kind == LEDE_STORED ||
        (field->flags & LEDE_FIELD_UNINDEXED)) {
        /* Not of http://example.com. */
        if (peek(p, end) != '/' || peek(p, end + 1) != '/')
            lede_parser_doubt(p, p->at, end,
                              field ? "this field is not searched: read as text"
                                    : "no such field: read as text");
        return NULL;
    }
    p->at = end;
    return field;
}

static bool take_factor(const char *text, size_t len, double *factor)
{
    return len && (is_digit(text[0]) || text[0] == '.') &&
           lede_number_take_double(text, len, factor) && isfinite(*factor);
}

bool lede_parser_boost(lede_parser *p, double *factor)
{
    size_t end = p->at + 1;

    if (peek(p, p->at) != '^')
        return false;
    while (end < p->len && strchr("0123456789.eE+-", p->text[end]) &&
           p->text[end])
        end++;
    if (!lede_parser_at_bound(p, end) ||
        !take_factor(p->text + p->at + 1, end - p->at - 1, factor))
        return false;
    p->at = end;
    return true;
}

/* Takes `^number` off the end of a word; true if it was there. */
static bool cut_boost(const char *text, size_t *len, double *factor)
{
    size_t at = *len;

    while (at > 0 && text[at - 1] != '^')
        at--;
    if (at < 2 || text[at - 2] == '\\' ||
        !take_factor(text + at, *len - at, factor))
        return false;
    *len = at - 1;
    return true;
}

static lede_node boosted(lede_parser *p, lede_node node, double factor,
                         size_t begin)
{
    if (node == 0)
        return 0;
    return lede_parser_made(p, lede_query_boost(p->query, node, factor), begin);
}

/* A leaf whose end is where the parser stands, with the boost behind it. */
static lede_node finish(lede_parser *p, lede_node node, size_t begin)
{
    double factor;

    node = lede_parser_made(p, node, begin);
    return lede_parser_boost(p, &factor) ? boosted(p, node, factor, begin)
                                         : node;
}

/* ---- Values of int, double and date fields ---- */

static bool is_value(const lede_field *field, lede_bytes text)
{
    const char *at = (const char *)text.at;
    int64_t first, last;
    double real;

    if (text.len == 0 || memchr(at, '\0', text.len))
        return false;
    if (field->kind == LEDE_INT)
        return lede_number_take_int(at, text.len, &first);
    if (field->kind == LEDE_DOUBLE)
        return lede_number_take_double(at, text.len, &real);
    return lede_when_parse(at, text.len, 0, &first, &last) == LEDE_OK;
}

/* A range between texts, each NULL or not terminated. */
static lede_node make_range(lede_parser *p, const lede_field *field,
                            lede_bytes min, lede_bytes max)
{
    lede_arena *arena = p->query->arena;
    char *low = min.at ? lede_arena_text(arena, min.at, min.len) : NULL;
    char *high = max.at ? lede_arena_text(arena, max.at, max.len) : NULL;

    if ((min.at && !low) || (max.at && !high)) {
        lede_parser_fail(p, LEDE_ERR_NOMEM, p->at, "out of memory");
        return 0;
    }
    return lede_query_range(p->query, field->name, low, high);
}

static bool cut_range(lede_bytes text, lede_bytes *min, lede_bytes *max)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == '.' && text.at[i + 1] == '.') {
            *min = lede_bytes_of(i ? text.at : NULL, i);
            *max = lede_bytes_of(text.at + i + 2, text.len - i - 2);
            if (max->len == 0)
                max->at = NULL;
            return true;
        }
    }
    return false;
}

/* min..max, >=min, <=max or one value; 0: it is none of them. */
static lede_node value_range(lede_parser *p, const lede_field *field,
                             lede_bytes text, size_t begin)
{
    lede_bytes min = text, max = text;
    bool less = text.len && text.at[0] == '<';
    bool more = text.len && text.at[0] == '>';

    if (less || more) {
        size_t skip = text.len > 1 && text.at[1] == '=' ? 2 : 1;

        min = max = lede_bytes_of(text.at + skip, text.len - skip);
        if (skip == 1 && is_value(field, min))
            lede_parser_doubt(p, begin, p->at,
                              "a range includes its ends: read as >= or <=");
        if (less)
            min = lede_bytes_of(NULL, 0);
        else
            max = lede_bytes_of(NULL, 0);
    } else {
        (void)cut_range(text, &min, &max);
    }
    if ((min.at && !is_value(field, min)) ||
        (max.at && !is_value(field, max)) || (!min.at && !max.at))
        return 0;
    return make_range(p, field, min, max);
}

/* Text behind the name of a field of numbers that is no number: words. */
static lede_node not_a_value(lede_parser *p, const lede_field *field,
                             size_t begin, size_t end)
{
    lede_bytes text;

    lede_parser_doubt(p, begin, end,
                      field->kind == LEDE_DATE ? "not a date: read as text"
                                               : "not a number: read as text");
    text = unescape(p, p->text + begin, end - begin);
    if (p->query->status != LEDE_OK ||
        !lede_scan_has_word((const char *)text.at, text.len))
        return 0;
    return lede_parser_made(
        p, lede_query_term(p->query, NULL, (const char *)text.at, text.len),
        begin);
}

/* ---- Words ---- */

static lede_node word_node(lede_parser *p, const lede_field *field,
                           const lede_word *word, const char *text)
{
    const char *name = name_of(field);
    lede_bytes plain;

    if (word->kind == LEDE_NODE_WILDCARD)
        return lede_query_wildcard(p->query, name, text, word->len);
    plain = unescape(p, text, word->len);
    text = (const char *)plain.at;
    if (word->kind == LEDE_NODE_PREFIX)
        return lede_query_prefix(p->query, name, text, plain.len);
    if (word->kind == LEDE_NODE_FUZZY)
        return lede_query_fuzzy(p->query, name, text, plain.len, word->edits,
                                0);
    return lede_query_term(p->query, name, text, plain.len);
}

/* The word that is being typed: itself, or what begins so. */
static lede_node unfinished(lede_parser *p, const lede_field *field,
                            lede_node term, bool alone, size_t begin)
{
    const lede_query_node *node = lede_query_node_at(p->query, term);
    lede_node both[2] = { term, 0 };

    if (!node || !(p->flags & LEDE_PARSE_TYPING) || p->at != p->len ||
        node->kind != LEDE_NODE_TERM)
        return term;
    both[1] = lede_parser_made(
        p, lede_query_prefix(p->query, name_of(field), node->text, node->len),
        begin);
    if (alone || !both[1])
        return both[1];
    return lede_parser_made(p, lede_query_or(p->query, both, 2), begin);
}

static bool is_star(const char *text, size_t len)
{
    return len == 1 && text[0] == '*';
}

static lede_node take_word(lede_parser *p, const lede_field *field,
                           size_t begin, bool alone)
{
    const char *text = p->text + p->at;
    size_t end = word_end(p, p->at), len = end - p->at;
    double factor = 1;
    bool boost = cut_boost(text, &len, &factor);
    lede_word word;
    lede_node node;

    p->at = end;
    if (field && is_star(text, len)) {
        node = lede_query_exists(p->query, field->name);
    } else if (has_numbers(field)) {
        node = value_range(p, field, lede_bytes_of(text, len), begin);
        if (node == 0 && p->query->status == LEDE_OK)
            return not_a_value(p, field, begin, end);
    } else {
        lede_word_look(&word, text, len, field && field->kind == LEDE_KEYWORD);
        if (word.doubt)
            lede_parser_doubt(p, begin, end, word.doubt);
        if (word.kind == LEDE_NODE_NOTHING)
            return 0;
        node = word_node(p, field, &word, text);
    }
    node = lede_parser_made(p, node, begin);
    if (!boost)
        return unfinished(p, field, node, alone, begin);
    return boosted(p, node, factor, begin);
}

lede_node lede_parser_plain(lede_parser *p, const lede_field *field)
{
    size_t begin = p->at;

    while (p->at < p->len && lede_parser_skip_space(p, p->at) == p->at) {
        uint32_t c;

        p->at += lede_utf8_take(p->text + p->at, p->len - p->at, &c);
    }
    if (!lede_scan_has_word(p->text + begin, p->at - begin))
        return 0;
    return unfinished(
        p, field,
        lede_parser_made(p,
                         lede_query_term(p->query, name_of(field),
                                         p->text + begin, p->at - begin),
                         begin),
        false, begin);
}

/* ---- Quotes ---- */

/* Reads up to the closing quote into the scratch buffer: `\"` and `\\` are
 * escapes, others are not. False if nothing closes it. */
static bool take_quoted(lede_parser *p)
{
    uint32_t open, c;

    lede_buffer_clear(&p->scratch);
    p->at += lede_utf8_take(p->text + p->at, p->len - p->at, &open);
    while (p->at < p->len) {
        size_t step;
        char next = peek(p, p->at + 1);

        if (peek(p, p->at) == '\\' && (next == '"' || next == '\\')) {
            lede_put(&p->scratch, p->text + p->at + 1, 1);
            p->at += 2;
            continue;
        }
        step = lede_utf8_take(p->text + p->at, p->len - p->at, &c);
        if (lede_scan_closes(open, c)) {
            p->at += step;
            return true;
        }
        lede_put(&p->scratch, p->text + p->at, step);
        p->at += step;
    }
    return false;
}

/* `~number` behind a phrase. */
static uint32_t take_slop(lede_parser *p)
{
    size_t at = p->at + 1;
    uint64_t slop = 0;

    if (peek(p, p->at) != '~' || !is_digit(peek(p, at)))
        return 0;
    for (; is_digit(peek(p, at)); at++)
        if (slop <= UINT32_MAX)
            slop = slop * 10 + (uint64_t)(p->text[at] - '0');
    p->at = at;
    return slop < UINT32_MAX ? (uint32_t)slop : UINT32_MAX;
}

static lede_node take_phrase(lede_parser *p, const lede_field *field,
                             size_t begin)
{
    bool closed = take_quoted(p);
    const char *text = (const char *)p->scratch.at;
    size_t len = p->scratch.len;
    uint32_t slop;

    if (p->scratch.status != LEDE_OK)
        lede_parser_fail(p, p->scratch.status, begin, "out of memory");
    if (!closed && !(p->flags & LEDE_PARSE_TYPING))
        lede_parser_doubt(p, begin, p->len, UNBALANCED_QUOTE);
    if (!lede_scan_has_word(text, len)) {
        lede_parser_doubt(p, begin, p->at, "no words in quotes: left out");
        return 0;
    }
    if (has_numbers(field)) {
        lede_node node = value_range(p, field, lede_bytes_of(text, len), begin);

        if (node == 0 && p->query->status == LEDE_OK)
            return not_a_value(p, field, begin, p->at);
        return finish(p, node, begin);
    }
    slop = take_slop(p);
    return finish(
        p, lede_query_phrase(p->query, name_of(field), text, len, slop), begin);
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads the text of a long form, from its quote on, into the scratch buffer:
 * `\"`, `\\` and `\xHH` are escapes. False if nothing closes it. */
static bool take_literal(lede_parser *p)
{
    lede_buffer_clear(&p->scratch);
    for (p->at++; p->at < p->len && p->text[p->at] != '"'; p->at++) {
        char c = p->text[p->at], next = peek(p, p->at + 1);
        int high, low;

        if (c == '\\' && (next == '"' || next == '\\')) {
            c = next;
            p->at++;
        } else if (c == '\\' && next == 'x') {
            high = hex_digit(peek(p, p->at + 2));
            low = high < 0 ? -1 : hex_digit(peek(p, p->at + 3));
            if (low >= 0) {
                c = (char)(high * 16 + low);
                p->at += 3;
            }
        }
        lede_put(&p->scratch, &c, 1);
    }
    if (p->scratch.status != LEDE_OK)
        lede_parser_fail(p, p->scratch.status, p->at, "out of memory");
    if (p->at >= p->len)
        return false;
    p->at++;
    return true;
}

/* ---- [min..max] ---- */

/* One end: absent, bare, or a text in quotes that holds no NUL. */
static bool take_end(lede_parser *p, char **out)
{
    size_t begin = p->at;
    lede_arena *arena = p->query->arena;

    *out = NULL;
    if (peek(p, p->at) == '"') {
        if (!take_literal(p) ||
            (p->scratch.len && memchr(p->scratch.at, '\0', p->scratch.len)))
            return false;
        *out = lede_arena_text(arena, p->scratch.at, p->scratch.len);
    } else {
        while (p->at < p->len && peek(p, p->at) != ']' &&
               (peek(p, p->at) != '.' || peek(p, p->at + 1) != '.') &&
               ((peek(p, p->at) >= '+' && peek(p, p->at) <= ':' &&
                 peek(p, p->at) != '/') ||
                lede_scan_kind_of((uint8_t)peek(p, p->at)) == LEDE_SCAN_WORD))
            p->at++;
        if (p->at == begin)
            return true;
        *out = lede_arena_text(arena, p->text + begin, p->at - begin);
    }
    if (!*out)
        lede_parser_fail(p, LEDE_ERR_NOMEM, begin, "out of memory");
    return *out != NULL;
}

/* True if it was one; *node is then set. */
static bool take_bracket(lede_parser *p, const lede_field *field, size_t begin,
                         lede_node *node)
{
    size_t here = p->at;
    char *min, *max;

    p->at++;
    if (!take_end(p, &min) || peek(p, p->at) != '.' ||
        peek(p, p->at + 1) != '.') {
        p->at = here;
        return false;
    }
    p->at += 2;
    if (!take_end(p, &max) || peek(p, p->at) != ']') {
        p->at = here;
        return false;
    }
    p->at++;
    *node = finish(p, lede_query_range(p->query, field->name, min, max), begin);
    return true;
}

/* ---- Regular expressions ---- */

/* True if what stands here clearly is one; *node is then set. */
static bool take_regex(lede_parser *p, const lede_field *field, size_t begin,
                       lede_node *node)
{
    size_t at = p->at + 1, bad, len;
    const char *text = p->text + at, *why;
    bool special = false;

    while (at < p->len && p->text[at] != '/' &&
           lede_parser_skip_space(p, at) == at) {
        special |= strchr(".[(|?*+{\\", p->text[at]) && p->text[at];
        at += p->text[at] == '\\' && at + 1 < p->len ? 2 : 1;
    }
    if (peek(p, at) != '/' || !special ||
        (!lede_parser_at_bound(p, at + 1) && peek(p, at + 1) != '^'))
        return false;
    len = at - p->at - 1;
    if (lede_regex_check(lede_bytes_of(text, len), &bad, &why) != LEDE_OK) {
        lede_parser_doubt(p, begin, at + 1, why);
        return false;
    }
    p->at = at + 1;
    *node =
        finish(p, lede_query_regex(p->query, name_of(field), text, len), begin);
    return true;
}

/* ---- Long forms ---- */

/* Two numbers and a bracket behind RANGE(. */
static bool take_numbers(const lede_parser *p, size_t at, lede_bytes two[2],
                         size_t *end)
{
    for (int i = 0; i < 2; i++) {
        size_t begin = at = lede_parser_skip_space(p, at);

        while (!lede_parser_at_bound(p, at))
            at++;
        two[i] = lede_bytes_of(p->text + begin, at - begin);
    }
    *end = at + 1;
    return peek(p, at) == ')' && two[0].len && two[1].len;
}

static bool is_whole(lede_bytes number)
{
    return !memchr(number.at, '.', number.len) &&
           !memchr(number.at, 'e', number.len) &&
           !memchr(number.at, 'i', number.len);
}

static bool is_number(lede_bytes number)
{
    int64_t whole;
    double real;

    return is_whole(number) ? lede_number_take_int((const char *)number.at,
                                                   number.len, &whole)
                            : lede_number_take_double((const char *)number.at,
                                                      number.len, &real);
}

static bool holds(const lede_parser *p, const lede_operator *op, size_t at)
{
    lede_bytes two[2];
    size_t end;

    switch (op->shape) {
    case LEDE_OPERATOR_TEXT:
        return peek(p, at) == '"';
    case LEDE_OPERATOR_EMPTY:
        return peek(p, at) == ')';
    case LEDE_OPERATOR_VALUES:
        return take_numbers(p, at, two, &end) && is_number(two[0]) &&
               is_number(two[1]) && is_whole(two[0]) == is_whole(two[1]);
    case LEDE_OPERATOR_LIST:
    case LEDE_OPERATOR_ONE:
    default:
        return true;
    }
}

const lede_operator *lede_parser_operator(lede_parser *p,
                                          const lede_field *field,
                                          lede_operator_values *values)
{
    size_t name = p->at, end;
    const lede_operator *op;

    while (peek(p, name) >= 'A' && peek(p, name) <= 'Z')
        name++;
    op = lede_operator_find(p->text + p->at, name - p->at);
    if (!op)
        return NULL;
    for (end = name; end < p->len && p->text[end] > ' ' &&
                     p->text[end] != '(' && p->text[end] != ')';)
        end++;
    if (peek(p, end) != '(' ||
        !lede_operator_take(op, p->text + name, end - name, values) ||
        !holds(p, op, end + 1))
        return NULL;
    if (!field && (op->kind == LEDE_NODE_EQUALS || op->kind == LEDE_NODE_RANGE))
        return NULL;
    p->at = end + 1;
    return op;
}

static lede_node range_node(lede_parser *p, const lede_field *field)
{
    lede_bytes two[2];
    int64_t whole[2] = { 0, 0 };
    double real[2] = { 0, 0 };

    (void)take_numbers(p, p->at, two, &p->at);
    if (!is_whole(two[0])) {
        for (int i = 0; i < 2; i++)
            (void)lede_number_take_double((const char *)two[i].at, two[i].len,
                                          &real[i]);
        return lede_query_range_double(p->query, field->name, real[0], real[1]);
    }
    for (int i = 0; i < 2; i++)
        (void)lede_number_take_int((const char *)two[i].at, two[i].len,
                                   &whole[i]);
    return lede_query_range_int(p->query, field->name, whole[0], whole[1]);
}

static lede_node text_node(lede_parser *p, const lede_operator *op,
                           const lede_operator_values *values, const char *name)
{
    const char *text = (const char *)p->scratch.at;
    size_t len = p->scratch.len;

    switch (op->kind) {
    case LEDE_NODE_EQUALS:
        return lede_query_equals(p->query, name, text, len);
    case LEDE_NODE_PHRASE:
        return lede_query_phrase(p->query, name, text, len, values->number);
    case LEDE_NODE_PREFIX:
        return lede_query_prefix(p->query, name, text, len);
    case LEDE_NODE_WILDCARD:
        return lede_query_wildcard(p->query, name, text, len);
    case LEDE_NODE_REGEX:
        return lede_query_regex(p->query, name, text, len);
    case LEDE_NODE_FUZZY:
        return lede_query_fuzzy(p->query, name, text, len, values->number,
                                values->prefix);
    case LEDE_NODE_SIMILAR:
        return lede_query_similar(p->query, name, text, len);
    case LEDE_NODE_SIMILAR_TO:
        return lede_query_similar_to(p->query, name, text, len);
    default:
        return lede_query_term(p->query, name, text, len);
    }
}

/* The operator, or TERM for a pattern that is none. */
static const lede_operator *readable(lede_parser *p, const lede_operator *op,
                                     size_t begin)
{
    size_t bad;
    const char *why;

    if (op->kind != LEDE_NODE_REGEX ||
        lede_regex_check(lede_buffer_bytes(&p->scratch), &bad, &why) == LEDE_OK)
        return op;
    lede_parser_doubt(p, begin, p->at, why);
    return lede_operator_of(LEDE_NODE_TERM);
}

lede_node lede_parser_long_leaf(lede_parser *p, const lede_operator *op,
                                const lede_operator_values *values,
                                const lede_field *field, size_t begin)
{
    if (op->shape == LEDE_OPERATOR_EMPTY) {
        p->at++;
        return finish(p, lede_query_nothing(p->query), begin);
    }
    if (op->shape == LEDE_OPERATOR_VALUES)
        return finish(p, range_node(p, field), begin);
    if (!take_literal(p))
        lede_parser_doubt(p, begin, p->len, UNBALANCED_QUOTE);
    else if (peek(p, p->at) == ')')
        p->at++;
    else
        lede_parser_doubt(p, begin, p->at, "no ) behind the text: put there");
    op = readable(p, op, begin);
    return finish(p, text_node(p, op, values, name_of(field)), begin);
}

lede_node lede_parser_leaf(lede_parser *p, const lede_field *field,
                           size_t begin, bool alone)
{
    lede_node node;
    uint32_t c;

    (void)lede_utf8_take(p->text + p->at, p->len - p->at, &c);
    if (lede_scan_kind_of(c) == LEDE_SCAN_QUOTE)
        return take_phrase(p, field, begin);
    if (c == '[' && field && take_bracket(p, field, begin, &node))
        return node;
    if (c == '/' && !has_numbers(field) && take_regex(p, field, begin, &node))
        return node;
    if (p->query->status != LEDE_OK)
        return 0;
    return take_word(p, field, begin, alone);
}
