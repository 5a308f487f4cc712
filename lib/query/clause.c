/*
 * query/clause.c - reads what stands alone in a query: fields, phrases,
 * regular expressions, words.
 *
 * What fails to be one of them is read as words from the same place, and each
 * attempt looks no further than the word, or the quotes, it would be: reading
 * takes time linear in the text.
 */
#include "base/number.h"
#include "base/utf8.h"
#include "query/parser.h"
#include "query/regex.h"
#include "query/scan.h"
#include "query/word.h"

#include <math.h>

#define NAME_MAX_BYTES 64

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
           lede_parser_peek(p, p->at + len) != ':') {
        name[len] = lede_parser_peek(p, p->at + len);
        len++;
    }
    name[len] = '\0';
    end = p->at + len + 1;
    if (lede_parser_peek(p, end - 1) != ':' || strlen(name) != len ||
        !lede_query_field_name(name) || lede_parser_peek(p, end) == ')' ||
        end == p->len || lede_parser_skip_space(p, end) != end)
        return NULL;
    field =
        strcmp(name, key.name) == 0 ? &key : lede_schema_find(p->schema, name);
    if (!field || field->kind == LEDE_STORED ||
        (field->flags & LEDE_FIELD_UNINDEXED)) {
        /* Not of http://example.com. */
        if (lede_parser_peek(p, end) != '/' ||
            lede_parser_peek(p, end + 1) != '/')
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
    return len && (lede_parser_is_digit(text[0]) || text[0] == '.') &&
           lede_number_take_double(text, len, factor) && isfinite(*factor);
}

bool lede_parser_boost(lede_parser *p, double *factor)
{
    size_t end = p->at + 1;

    if (lede_parser_peek(p, p->at) != '^')
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

lede_node lede_parser_finish(lede_parser *p, lede_node node, size_t begin)
{
    double factor;

    node = lede_parser_made(p, node, begin);
    return lede_parser_boost(p, &factor) ? boosted(p, node, factor, begin)
                                         : node;
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

static lede_node word_node(lede_parser *p, const lede_field *field,
                           const lede_word *word, const char *text)
{
    const char *name = lede_parser_name(field);
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
    both[1] =
        lede_parser_made(p,
                         lede_query_prefix(p->query, lede_parser_name(field),
                                           node->text, node->len),
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
    } else if (lede_parser_has_numbers(field)) {
        node = lede_parser_values(p, field, lede_bytes_of(text, len), begin);
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
                         lede_query_term(p->query, lede_parser_name(field),
                                         p->text + begin, p->at - begin),
                         begin),
        false, begin);
}

/* Reads up to the closing quote into the scratch buffer: `\"` and `\\` are
 * escapes, others are not. False if nothing closes it. */
static bool take_quoted(lede_parser *p)
{
    uint32_t open, c;

    lede_buffer_clear(&p->scratch);
    p->at += lede_utf8_take(p->text + p->at, p->len - p->at, &open);
    while (p->at < p->len) {
        size_t step;
        char next = lede_parser_peek(p, p->at + 1);

        if (lede_parser_peek(p, p->at) == '\\' &&
            (next == '"' || next == '\\')) {
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

    if (lede_parser_peek(p, p->at) != '~' ||
        !lede_parser_is_digit(lede_parser_peek(p, at)))
        return 0;
    for (; lede_parser_is_digit(lede_parser_peek(p, at)); at++)
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
        lede_parser_doubt(p, begin, p->len, LEDE_PARSER_UNBALANCED);
    if (!lede_scan_has_word(text, len)) {
        lede_parser_doubt(p, begin, p->at, "no words in quotes: left out");
        return 0;
    }
    if (lede_parser_has_numbers(field)) {
        lede_node node =
            lede_parser_values(p, field, lede_bytes_of(text, len), begin);

        if (node == 0 && p->query->status == LEDE_OK)
            return not_a_value(p, field, begin, p->at);
        return lede_parser_finish(p, node, begin);
    }
    slop = take_slop(p);
    return lede_parser_finish(
        p,
        lede_query_phrase(p->query, lede_parser_name(field), text, len, slop),
        begin);
}

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
    if (lede_parser_peek(p, at) != '/' || !special ||
        (!lede_parser_at_bound(p, at + 1) &&
         lede_parser_peek(p, at + 1) != '^'))
        return false;
    len = at - p->at - 1;
    if (lede_regex_check(lede_bytes_of(text, len), &bad, &why) != LEDE_OK) {
        lede_parser_doubt(p, begin, at + 1, why);
        return false;
    }
    p->at = at + 1;
    *node = lede_parser_finish(
        p, lede_query_regex(p->query, lede_parser_name(field), text, len),
        begin);
    return true;
}

lede_node lede_parser_leaf(lede_parser *p, const lede_field *field,
                           size_t begin, bool alone)
{
    lede_node node;
    uint32_t c;

    (void)lede_utf8_take(p->text + p->at, p->len - p->at, &c);
    if (lede_scan_kind_of(c) == LEDE_SCAN_QUOTE)
        return take_phrase(p, field, begin);
    if (c == '[' && field && lede_parser_bracket(p, field, begin, &node))
        return node;
    if (c == '/' && !lede_parser_has_numbers(field) &&
        take_regex(p, field, begin, &node))
        return node;
    if (p->query->status != LEDE_OK)
        return 0;
    return take_word(p, field, begin, alone);
}
