/*
 * query/regex.c - reads regular expressions and turns them into an automaton.
 *
 * The pattern is read by descent, at most LEDE_REGEX_DEPTH_MAX deep, into
 * pieces in an arena; without one it is only checked. Then the automaton is
 * made from the end to the beginning, so that each piece knows where it leads.
 * Even an empty piece makes a state: the bound on states bounds the time of
 * repeats in repeats.
 */
#include "query/regex.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "query/dfa.h"
#include "query/nfa.h"

#define UNBOUNDED UINT32_MAX
#define CHAR_LAST 0x10FFFFU

typedef enum piece_kind {
    PIECE_BYTES,  /* a character, or a byte that is none */
    PIECE_CLASS,  /* ranges: none matches nothing */
    PIECE_BRANCH, /* parts, the last one first */
    PIECE_CHOICE, /* parts: any of them */
    PIECE_REPEAT  /* parts: one, min to max times */
} piece_kind;

typedef struct piece piece;
struct piece {
    piece_kind kind;
    piece *next; /* among the parts of the piece it is in */
    piece *parts;
    lede_char_range *ranges;
    size_t range_count;
    uint32_t min, max;
    uint8_t bytes[LEDE_UTF8_MAX];
    uint32_t len;
};

typedef struct reader {
    lede_bytes pattern;
    size_t at;
    uint32_t depth;
    lede_arena *arena; /* NULL: check only */
    piece scrap;       /* what pieces are when only checking */
    lede_status status;
    size_t bad;
    const char *why;
} reader;

static bool fail(reader *r, size_t bad, const char *why)
{
    if (r->status == LEDE_OK) {
        r->status = LEDE_ERR_INVALID;
        r->bad = bad;
        r->why = why;
    }
    return false;
}

static bool fail_memory(reader *r)
{
    if (r->status == LEDE_OK)
        r->status = lede_arena_status(r->arena);
    return false;
}

static bool at_end(const reader *r)
{
    return r->at == r->pattern.len;
}

static uint8_t peek(const reader *r)
{
    return at_end(r) ? 0 : r->pattern.at[r->at];
}

static bool take_byte(reader *r, char byte)
{
    if (at_end(r) || r->pattern.at[r->at] != (uint8_t)byte)
        return false;
    r->at++;
    return true;
}

/* A character as it stands; LEDE_UTF8_BAD is one byte. */
static uint32_t take_char(reader *r, size_t *len)
{
    uint32_t c;

    *len = lede_utf8_take((const char *)r->pattern.at + r->at,
                          r->pattern.len - r->at, &c);
    r->at += *len;
    return c;
}

static piece *new_piece(reader *r, piece_kind kind)
{
    piece *made =
        r->arena ? lede_arena_zero(r->arena, sizeof *made) : &r->scrap;

    if (!made) {
        fail_memory(r);
        return NULL;
    }
    *made = (piece){ .kind = kind };
    return made;
}

/* Steps over `\`; false if what follows may not be escaped. */
static bool take_escape(reader *r)
{
    size_t begin = r->at++;
    uint8_t c = peek(r);

    if (at_end(r))
        return fail(r, begin, "nothing after \\");
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
        (c >= 'A' && c <= 'Z'))
        return fail(r, begin, "no such escape");
    return true;
}

/* One end of a range. */
static bool take_class_char(reader *r, uint32_t *c)
{
    size_t begin = r->at, len;

    if (at_end(r))
        return fail(r, begin, "unbalanced [");
    if (peek(r) == '\\' && !take_escape(r))
        return false;
    *c = take_char(r, &len);
    return *c != LEDE_UTF8_BAD || fail(r, begin, "not UTF-8 in []");
}

static bool take_range(reader *r, piece *class, size_t *capacity)
{
    size_t begin = r->at;
    lede_char_range range;

    if (!take_class_char(r, &range.first))
        return false;
    range.last = range.first;
    if (r->at + 1 < r->pattern.len && peek(r) == '-' &&
        r->pattern.at[r->at + 1] != ']') {
        r->at++;
        if (!take_class_char(r, &range.last))
            return false;
    }
    if (range.last < range.first)
        return fail(r, begin, "a range from high to low");
    if (!r->arena)
        return true;
    if (!lede_arena_grow(r->arena, &class->ranges, capacity,
                         class->range_count + 1, sizeof *class->ranges))
        return fail_memory(r);
    class->ranges[class->range_count++] = range;
    return true;
}

static piece *take_class(reader *r)
{
    size_t begin = r->at++, capacity = 0;
    piece *class = new_piece(r, PIECE_CLASS);
    bool not_these = take_byte(r, '^');

    if (!class)
        return NULL;
    if (peek(r) == ']') {
        fail(r, begin, "nothing in []");
        return NULL;
    }
    do {
        if (!take_range(r, class, &capacity))
            return NULL;
    } while (!take_byte(r, ']'));
    if (r->arena && !lede_char_ranges_tidy(&class->ranges, &class->range_count,
                                           not_these, r->arena)) {
        fail_memory(r);
        return NULL;
    }
    return class;
}

static piece *take_any(reader *r)
{
    piece *any = new_piece(r, PIECE_CLASS);

    r->at++;
    if (!any || !r->arena)
        return any;
    any->ranges = lede_arena_array(r->arena, 1, sizeof *any->ranges);
    if (!any->ranges) {
        fail_memory(r);
        return NULL;
    }
    any->ranges[0] = (lede_char_range){ 0, CHAR_LAST };
    any->range_count = 1;
    return any;
}

static piece *take_literal(reader *r)
{
    piece *made = new_piece(r, PIECE_BYTES);
    size_t begin, len;

    if (!made || (peek(r) == '\\' && !take_escape(r)))
        return NULL;
    begin = r->at;
    (void)take_char(r, &len);
    memcpy(made->bytes, r->pattern.at + begin, len);
    made->len = (uint32_t)len;
    return made;
}

static piece *take_choice(reader *r);

static piece *take_group(reader *r)
{
    size_t begin = r->at++;
    piece *inside;

    if (r->depth == LEDE_REGEX_DEPTH_MAX) {
        fail(r, begin, "groups too deep");
        return NULL;
    }
    r->depth++;
    inside = take_choice(r);
    r->depth--;
    if (inside && !take_byte(r, ')')) {
        fail(r, begin, "unbalanced (");
        return NULL;
    }
    return inside;
}

static piece *take_piece(reader *r)
{
    switch (peek(r)) {
    case '(':
        return take_group(r);
    case '[':
        return take_class(r);
    case '.':
        return take_any(r);
    case '?':
    case '*':
    case '+':
    case '{':
        fail(r, r->at, "nothing to repeat");
        return NULL;
    case ']':
    case '}':
        fail(r, r->at, "unbalanced bracket");
        return NULL;
    case '^':
    case '$':
        fail(r, r->at, "a pattern is always the whole word");
        return NULL;
    default:
        return take_literal(r);
    }
}

static bool take_number(reader *r, uint32_t *value)
{
    size_t begin = r->at;

    *value = 0;
    while (peek(r) >= '0' && peek(r) <= '9') {
        *value = *value * 10 + (peek(r) - (uint32_t)'0');
        if (*value > LEDE_REGEX_REPEAT_MAX)
            return fail(r, begin, "repeated too often");
        r->at++;
    }
    return r->at > begin || fail(r, begin, "no number in {}");
}

/* After `{`. */
static bool take_bounds(reader *r, uint32_t *min, uint32_t *max)
{
    size_t begin = r->at;

    if (!take_number(r, min))
        return false;
    *max = *min;
    if (take_byte(r, ',')) {
        *max = UNBOUNDED;
        if (peek(r) != '}' && !take_number(r, max))
            return false;
    }
    if (!take_byte(r, '}'))
        return fail(r, begin, "unbalanced {");
    return *min <= *max || fail(r, begin, "a range from high to low");
}

/* The piece, repeated as what follows it says. */
static piece *take_repeat(reader *r, piece *once)
{
    uint32_t min = 0, max = UNBOUNDED;
    piece *made;

    if (take_byte(r, '{')) {
        if (!take_bounds(r, &min, &max))
            return NULL;
    } else if (take_byte(r, '?')) {
        max = 1;
    } else if (take_byte(r, '+')) {
        min = 1;
    } else if (!take_byte(r, '*')) {
        return once;
    }
    made = new_piece(r, PIECE_REPEAT);
    if (!made)
        return NULL;
    made->parts = r->arena ? once : NULL;
    made->min = min;
    made->max = max;
    return made;
}

static piece *take_branch(reader *r)
{
    piece *branch = new_piece(r, PIECE_BRANCH);

    while (branch && !at_end(r) && peek(r) != '|' && peek(r) != ')') {
        piece *part = take_piece(r);

        if (part)
            part = take_repeat(r, part);
        if (!part)
            return NULL;
        if (r->arena) {
            part->next = branch->parts;
            branch->parts = part;
        }
    }
    return branch;
}

static piece *take_choice(reader *r)
{
    piece *choice = new_piece(r, PIECE_CHOICE);

    if (!choice)
        return NULL;
    do {
        piece *branch = take_branch(r);

        if (!branch)
            return NULL;
        if (r->arena) {
            branch->next = choice->parts;
            choice->parts = branch;
        }
    } while (take_byte(r, '|'));
    return choice;
}

/* The whole pattern, or NULL and why in the reader. */
static piece *take_pattern(reader *r)
{
    piece *all = take_choice(r);

    if (all && !at_end(r)) {
        fail(r, r->at, "unbalanced )");
        return NULL;
    }
    return all;
}

static uint32_t draw_one(lede_nfa *nfa, const piece *one, uint32_t to);

static uint32_t draw_branch(lede_nfa *nfa, const piece *branch, uint32_t to)
{
    uint32_t from = lede_nfa_state_new(nfa);

    for (const piece *part = branch->parts; part; part = part->next)
        to = draw_one(nfa, part, to);
    lede_nfa_free_move(nfa, from, to);
    return from;
}

static uint32_t draw_choice(lede_nfa *nfa, const piece *choice, uint32_t to)
{
    uint32_t from = lede_nfa_state_new(nfa);

    for (const piece *branch = choice->parts; branch; branch = branch->next)
        lede_nfa_free_move(nfa, from, draw_branch(nfa, branch, to));
    return from;
}

static uint32_t draw_repeat(lede_nfa *nfa, const piece *repeat, uint32_t to)
{
    uint32_t end = to;

    if (repeat->max == UNBOUNDED) {
        to = lede_nfa_state_new(nfa);
        lede_nfa_free_move(nfa, to, end);
        lede_nfa_free_move(nfa, to, draw_one(nfa, repeat->parts, to));
    } else {
        for (uint32_t i = repeat->min; i < repeat->max; i++) {
            uint32_t from = lede_nfa_state_new(nfa);

            lede_nfa_free_move(nfa, from, draw_one(nfa, repeat->parts, to));
            lede_nfa_free_move(nfa, from, end);
            to = from;
        }
    }
    for (uint32_t i = 0; i < repeat->min; i++)
        to = draw_one(nfa, repeat->parts, to);
    return to;
}

static uint32_t draw_one(lede_nfa *nfa, const piece *one, uint32_t to)
{
    if (nfa->status != LEDE_OK)
        return 0;
    switch (one->kind) {
    case PIECE_BYTES:
        return lede_nfa_bytes(nfa, lede_bytes_of(one->bytes, one->len), to);
    case PIECE_CLASS:
        return lede_nfa_ranges(nfa, one->ranges, one->range_count, to);
    case PIECE_BRANCH:
        return draw_branch(nfa, one, to);
    case PIECE_CHOICE:
        return draw_choice(nfa, one, to);
    case PIECE_REPEAT:
    default:
        return draw_repeat(nfa, one, to);
    }
}

lede_status lede_regex_check(lede_bytes pattern, size_t *bad, const char **why)
{
    reader r = { .pattern = pattern };

    if (!take_pattern(&r)) {
        *bad = r.bad;
        *why = r.why;
    }
    return r.status;
}

lede_status lede_dfa_new_regex(lede_dfa **out, lede_bytes pattern,
                               uint32_t max_states, size_t *bad,
                               const char **why,
                               const lede_allocator *allocator)
{
    reader r = { .pattern = pattern };
    lede_nfa nfa;
    const piece *all;
    uint32_t start;

    lede_nfa_init(&nfa, allocator);
    if (nfa.status != LEDE_OK)
        return lede_nfa_determine(out, &nfa, 0, max_states);
    r.arena = nfa.arena;
    all = take_pattern(&r);
    if (!all) {
        lede_arena_free(nfa.arena);
        if (r.status == LEDE_ERR_INVALID) {
            *bad = r.bad;
            *why = r.why;
        }
        return r.status;
    }
    start = draw_one(&nfa, all, lede_nfa_word_end(&nfa, 0));
    return lede_nfa_determine(out, &nfa, start, max_states);
}
