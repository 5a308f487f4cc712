#include "native/match/row.h"

/* So many pairs of positions of two words are compared one with the other. */
#define FEW 128U

typedef uint32_t fours __attribute__((vector_size(16)));

void lede_row_init(lede_row *row, lede_arena *arena)
{
    row->arena = arena;
    row->begins = row->others = NULL;
    row->capacity = row->other_capacity = 0;
    row->stamped = false;
}

/* ---- One directly behind the other -------------------------------------- */

uint32_t lede_row_begin(uint32_t *begins, const uint32_t *positions,
                        uint32_t count, uint32_t offset)
{
    uint32_t from = 0;

    if (offset == 0 && begins == positions)
        return count;
    while (from < count && positions[from] < offset)
        from++;
    for (uint32_t i = from; i < count; i++)
        begins[i - from] = positions[i] - offset;
    return count - from;
}

/* Each position is stamped with its place: whether the place a row asks for
 * holds what it must is then a look and no search. Stamps of others are never
 * taken for these, for the position itself is compared. Without a branch that
 * depends on what the words are, of which half would be guessed wrong. */
static uint32_t keep_stamped(lede_row *row, uint32_t *begins, uint32_t count,
                             const uint32_t *positions, uint32_t position_count,
                             uint32_t offset)
{
    uint16_t *stamps = row->stamps;
    uint32_t kept = 0;

    if (!row->stamped)
        memset(stamps, 0, sizeof row->stamps);
    row->stamped = true;
    for (uint32_t i = 0; i < position_count; i++)
        stamps[positions[i] % LEDE_ROW_STAMPS] = (uint16_t)i;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t sought = begins[i] + offset;
        uint32_t at = stamps[sought % LEDE_ROW_STAMPS];

        at = at < position_count ? at : 0;
        begins[kept] = begins[i];
        kept += positions[at] == sought;
    }
    return kept;
}

/* All pairs of three and three at most. */
static uint32_t keep_fewest(uint32_t *begins, uint32_t count,
                            const uint32_t *positions, uint32_t position_count,
                            uint32_t offset)
{
    uint32_t last = position_count - 1, middle = last / 2, kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t sought = begins[i] + offset;

        begins[kept] = begins[i];
        kept += (positions[0] == sought) | (positions[middle] == sought) |
                (positions[last] == sought);
    }
    return kept;
}

/* Each row is compared with all positions, four at a time: for few of both that
 * costs less than a stamp for each. The last four may be some of those before
 * again. */
static uint32_t keep_few(uint32_t *begins, uint32_t count,
                         const uint32_t *positions, uint32_t position_count,
                         uint32_t offset)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t sought = begins[i] + offset;
        fours found = { 0 }, at;
        uint64_t any[2];

        for (uint32_t j = 0; j + 4 < position_count; j += 4) {
            memcpy(&at, positions + j, sizeof at);
            found |= (fours)(at == sought);
        }
        memcpy(&at, positions + position_count - 4, sizeof at);
        found |= (fours)(at == sought);
        memcpy(any, &found, sizeof any);
        begins[kept] = begins[i];
        kept += (any[0] | any[1]) != 0;
    }
    return kept;
}

static uint32_t keep_merged(uint32_t *begins, uint32_t count,
                            const uint32_t *positions, uint32_t position_count,
                            uint32_t offset)
{
    uint32_t kept = 0, at = 0;

    for (uint32_t i = 0; i < count && at < position_count;) {
        uint32_t sought = begins[i] + offset, position = positions[at];

        begins[kept] = begins[i];
        kept += position == sought;
        i += position >= sought;
        at += position <= sought;
    }
    return kept;
}

uint32_t lede_row_keep(lede_row *row, uint32_t *begins, uint32_t count,
                       const uint32_t *positions, uint32_t position_count,
                       uint32_t offset)
{
    if (count == 0 || position_count == 0)
        return 0;
    if (position_count < 4 && count < 4)
        return keep_fewest(begins, count, positions, position_count, offset);
    if (position_count >= 4 && count * (uint64_t)position_count <= FEW)
        return keep_few(begins, count, positions, position_count, offset);
    if (positions[position_count - 1] - positions[0] < LEDE_ROW_STAMPS)
        return keep_stamped(row, begins, count, positions, position_count,
                            offset);
    return keep_merged(begins, count, positions, position_count, offset);
}

uint32_t lede_row_disjoint(const uint32_t *begins, uint32_t count,
                           uint32_t length)
{
    uint32_t frequency = 0, end = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool free = begins[i] >= end;

        frequency += free;
        end = free ? begins[i] + length : end;
    }
    return frequency;
}

/* ---- With others in between --------------------------------------------- */

static bool make_room(lede_row *row, uint32_t count)
{
    return lede_arena_grow(row->arena, &row->begins, &row->capacity, count,
                           sizeof *row->begins) &&
           lede_arena_grow(row->arena, &row->others, &row->other_capacity,
                           count, sizeof *row->others);
}

/* Goes on with the next word: a row that ends with it at some position goes on
 * from the last position of the word before that leaves it room, for that is
 * where the best of them begins last. */
static void extend(const lede_row_word *before, const uint32_t *others,
                   const lede_row_word *word, uint32_t *begins)
{
    uint32_t at = 0, best = 0;

    for (uint32_t i = 0; i < word->count; i++) {
        for (; at < before->count &&
               before->positions[at] + before->span <= word->positions[i];
             at++)
            best = others[at];
        begins[i] = best;
    }
}

bool lede_row_in_order(lede_row *row, const lede_row_word *words,
                       uint32_t count, uint32_t slop, uint32_t *frequency)
{
    const lede_row_word *last = &words[count - 1];
    uint32_t covered = 0, end = 0, most = 0;

    *frequency = 0;
    for (uint32_t i = 0; i < count; i++) {
        most = words[i].count > most ? words[i].count : most;
        covered += words[i].span;
    }
    if (!make_room(row, most))
        return false;
    for (uint32_t i = 0; i < words[0].count; i++)
        row->begins[i] = words[0].positions[i] + 1;
    for (uint32_t w = 1; w < count; w++) {
        uint32_t *begins = row->others;
        size_t capacity = row->other_capacity;

        row->others = row->begins;
        row->other_capacity = row->capacity;
        row->begins = begins;
        row->capacity = capacity;
        extend(&words[w - 1], row->others, &words[w], row->begins);
    }
    for (uint32_t i = 0; i < last->count; i++) {
        uint32_t begin = row->begins[i] - 1;
        uint32_t next = last->positions[i] + last->span;

        if (row->begins[i] > 0 && begin >= end &&
            next - begin - covered <= slop) {
            ++*frequency;
            end = next;
        }
    }
    return true;
}

/* Words on their way, each with the next position at which it may stand last;
 * by such a word, how many positions of each other lie before that one. */
typedef struct near {
    const lede_row_word *words;
    uint32_t count;
    uint32_t at[LEDE_ROW_WORDS];
    uint32_t before[LEDE_ROW_WORDS][LEDE_ROW_WORDS];
} near;

/* The word whose next position ends first; `count` if none is left. */
static uint32_t next_end(const near *n)
{
    uint32_t first = n->count, least = 0;

    for (uint32_t w = 0; w < n->count; w++) {
        const lede_row_word *word = &n->words[w];
        uint32_t end;

        if (n->at[w] == word->count)
            continue;
        end = word->positions[n->at[w]] + word->span;
        if (first == n->count || end < least) {
            first = w;
            least = end;
        }
    }
    return first;
}

/* Where the best row begins that ends with a word's next position. *found is
 * false if there is none; returns false if two words stand at one place. */
static bool begin_before(near *n, uint32_t last, uint32_t *begin, bool *found)
{
    uint32_t position = n->words[last].positions[n->at[last]];
    uint32_t places[LEDE_ROW_WORDS];

    *begin = position;
    for (uint32_t w = 0; w < n->count; w++) {
        const lede_row_word *word = &n->words[w];
        uint32_t *before = &n->before[last][w];

        places[w] = position;
        if (w == last)
            continue;
        while (*before < word->count &&
               word->positions[*before] + word->span <= position)
            ++*before;
        *found = *before > 0;
        if (!*found)
            return true;
        places[w] = word->positions[*before - 1];
        *begin = places[w] < *begin ? places[w] : *begin;
        for (uint32_t i = 0; i < w; i++)
            if (places[i] == places[w])
                return false;
    }
    *found = true;
    return true;
}

bool lede_row_near(const lede_row_word *words, uint32_t count, uint32_t slop,
                   uint32_t *frequency)
{
    near n = { .words = words, .count = count };
    uint32_t covered = 0, end = 0, last;

    *frequency = 0;
    for (uint32_t w = 0; w < count; w++) {
        covered += words[w].span;
        if (count > 2 && words[w].span > 1)
            return false;
    }
    while ((last = next_end(&n)) < count) {
        uint32_t next = words[last].positions[n.at[last]] + words[last].span;
        uint32_t begin = 0;
        bool found = false;

        if (!begin_before(&n, last, &begin, &found))
            return false;
        if (found && begin >= end && next - begin - covered <= slop) {
            ++*frequency;
            end = next;
        }
        n.at[last]++;
    }
    return true;
}
