#include "article/passage.h"

#include "article/edge.h"

/* Marks that a passage is made around: first to before last, in one value. */
typedef struct core {
    uint32_t first;
    uint32_t last;
    double worth; /* of leaves not shown by passages before it */
} core;

typedef struct choice {
    core cores[LEDE_PASSAGES_MAX];
    uint32_t count;
    double worth;
} choice;

/* Leaves by how many marks of theirs are in the window; SHOWN besides for those
 * that another passage shows. */
#define SHOWN (1U << 31)

/* Differences of worth that adding in another order can make. */
#define SAME_WORTH 1e-9

/* No passage is shorter for the sake of another, and no other is shown that
 * does not add this part of the worth. */
#define SHORTEST   30U
#define LEAST_GAIN (1.0 / 16)

static bool fits(const lede_passage_source *s, uint32_t first, uint32_t at,
                 size_t size)
{
    return s->marks.at[at].value == s->marks.at[first].value &&
           (size_t)s->marks.at[at].end - s->marks.at[first].begin <= size;
}

/* Slides a window of `size` bytes over the marks. One longer than that fits
 * only if `any` says so. */
static core best_core(const lede_passage_source *s, size_t size, bool any,
                      uint32_t *leaves)
{
    core best = { 0 };
    double worth = 0;
    uint32_t last = 0;

    for (uint32_t first = 0; first < s->marks.count; first++) {
        uint32_t gone;

        for (; last < s->marks.count &&
               ((any && last == first) || fits(s, first, last, size));
             last++)
            if (leaves[s->marks.at[last].leaf]++ == 0)
                worth += s->worths[s->marks.at[last].leaf];
        if (last == first) {
            last++;
            continue;
        }
        if (worth > best.worth + SAME_WORTH ||
            (worth > best.worth - SAME_WORTH && worth > 0 &&
             last - first > best.last - best.first))
            best = (core){ first, last, worth };
        gone = s->marks.at[first].leaf;
        if (--leaves[gone] == 0)
            worth -= s->worths[gone];
    }
    return best;
}

static void choose(choice *out, const lede_passage_source *s, uint32_t count,
                   size_t size, uint32_t *leaves)
{
    memset(leaves, 0, s->leaf_count * sizeof *leaves);
    *out = (choice){ 0 };
    while (out->count < count) {
        core best = best_core(s, size, count == 1, leaves);

        if (best.last == best.first || best.worth < SAME_WORTH)
            break;
        for (uint32_t i = best.first; i < best.last; i++)
            leaves[s->marks.at[i].leaf] |= SHOWN;
        out->worth += best.worth;
        out->cores[out->count++] = best;
    }
}

static size_t sentence_begin(lede_bytes text, size_t from, size_t to)
{
    for (size_t at = from; at <= to; at++)
        if (lede_edge_is_sentence_begin(text, at))
            return at;
    return SIZE_MAX;
}

static size_t last_sentence_begin(lede_bytes text, size_t from, size_t to)
{
    for (size_t at = to + 1; at-- > from;)
        if (lede_edge_is_sentence_begin(text, at))
            return at;
    return SIZE_MAX;
}

static size_t last_sentence_end(lede_bytes text, size_t from, size_t to)
{
    for (size_t at = to + 1; at-- > from;)
        if (lede_edge_is_sentence_end(text, at))
            return at;
    return SIZE_MAX;
}

/* Where a passage around [begin, end) begins: with its sentence if three
 * quarters of the room are enough for that, else at a word with a third. */
static size_t begin_of(lede_bytes text, size_t begin, size_t room)
{
    size_t before = room - room / 4;
    size_t at =
        last_sentence_begin(text, begin > before ? begin - before : 0, begin);

    if (at != SIZE_MAX)
        return at;
    return lede_edge_word_begin(text, begin > room / 3 ? begin - room / 3 : 0,
                                begin);
}

/* Widens [begin, end) to `size` bytes or less. */
static void widen(size_t *begin, size_t *end, lede_bytes text, size_t size)
{
    size_t core_begin = *begin, core_end = *end, limit, at;

    if (core_end - core_begin >= size) {
        *end = lede_edge_word_end(text, core_begin, core_begin + size);
        if (*end == core_begin)
            *end = lede_edge_cluster(text, core_begin + size);
        if (*end < core_begin)
            *end = core_begin;
        return;
    }
    *begin = begin_of(text, core_begin, size - (core_end - core_begin));
    if (text.len - *begin <= size) {
        size_t from = text.len > size ? text.len - size : 0;

        *end = text.len;
        at = sentence_begin(text, from, *begin);
        if (at != SIZE_MAX)
            *begin = at;
        return;
    }
    limit = *begin + size;
    at = *begin + size / 2;
    at = last_sentence_end(text, at > core_end ? at : core_end, limit);
    *end = at != SIZE_MAX ? at : lede_edge_word_end(text, core_end, limit);
    if (*end == core_end && core_end == core_begin)
        *end = lede_edge_cluster(text, limit);
}

/* Moves edges out of marks that would be shown in part. */
static void spare_marks(size_t *begin, size_t *end, const core *of,
                        const lede_passage_source *s, lede_bytes text)
{
    for (uint32_t i = of->first; i-- > 0;) {
        const lede_mark *mark = &s->marks.at[i];

        if (mark->value != s->marks.at[of->first].value || mark->end < *begin)
            break;
        if (mark->begin < *begin && mark->end > *begin &&
            mark->end <= s->marks.at[of->first].begin)
            *begin = lede_edge_skip_spaces(text, mark->end);
    }
    for (uint32_t i = of->last; i < s->marks.count; i++) {
        const lede_mark *mark = &s->marks.at[i];

        if (mark->value != s->marks.at[of->first].value || mark->begin >= *end)
            break;
        if (mark->end > *end) {
            *end = lede_edge_trim_spaces(text, mark->begin);
            break;
        }
    }
}

static lede_passage passage_of(const core *of, const lede_passage_source *s,
                               size_t size)
{
    uint32_t value = s->marks.at[of->first].value;
    lede_bytes text = s->values[value];
    size_t core_begin = s->marks.at[of->first].begin, core_end = core_begin;
    size_t begin, end;

    for (uint32_t i = of->first; i < of->last; i++)
        if (s->marks.at[i].end > core_end)
            core_end = s->marks.at[i].end;
    begin = core_begin;
    end = core_end;
    widen(&begin, &end, text, size);
    spare_marks(&begin, &end, of, s, text);
    return (lede_passage){ .value = value,
                           .begin = begin,
                           .end = end > begin ? end : begin };
}

static void tell_cuts(lede_passage *passage, const lede_bytes *values)
{
    lede_bytes text = values[passage->value];

    passage->cut_before = !lede_edge_is_sentence_begin(text, passage->begin);
    passage->cut_after = !lede_edge_is_sentence_end(text, passage->end);
}

/* Puts passages in order and joins those that meet. */
static uint32_t arrange(lede_passage *at, uint32_t count,
                        const lede_bytes *values)
{
    uint32_t kept = 0;

    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = i; j > 0 && (at[j].value < at[j - 1].value ||
                                       (at[j].value == at[j - 1].value &&
                                        at[j].begin < at[j - 1].begin));
             j--) {
            lede_passage moved = at[j];

            at[j] = at[j - 1];
            at[j - 1] = moved;
        }
    for (uint32_t i = 0; i < count; i++) {
        lede_passage *before = kept ? &at[kept - 1] : NULL;

        if (before && before->value == at[i].value &&
            lede_edge_skip_spaces(values[at[i].value], before->end) >=
                at[i].begin) {
            if (at[i].end > before->end)
                before->end = at[i].end;
        } else {
            at[kept++] = at[i];
        }
    }
    return kept;
}

/* The beginning of the first value that is not blank. */
static uint32_t choose_beginning(lede_passage *out,
                                 const lede_passage_source *s, size_t bytes)
{
    for (uint32_t i = 0; i < s->value_count; i++) {
        size_t begin = lede_edge_skip_spaces(s->values[i], 0), end = begin;

        if (begin == s->values[i].len)
            continue;
        widen(&begin, &end, s->values[i], bytes);
        out[0] = (lede_passage){ .value = i, .begin = begin, .end = end };
        return 1;
    }
    return 0;
}

lede_status lede_passage_choose(lede_passage out[LEDE_PASSAGES_MAX],
                                uint32_t *count,
                                const lede_passage_source *source, size_t bytes,
                                lede_arena *scratch)
{
    uint32_t *leaves =
        lede_arena_array(scratch, source->leaf_count, sizeof *leaves);
    choice best = { 0 };
    uint32_t sizes = 1;

    if (!leaves)
        return lede_arena_status(scratch);
    for (uint32_t n = 1; n <= LEDE_PASSAGES_MAX; n++) {
        choice next;

        if (n > 1 && bytes / n < SHORTEST)
            break;
        choose(&next, source, n, bytes / n, leaves);
        if (next.worth <= best.worth * (1 + LEAST_GAIN))
            continue;
        best = next;
        sizes = n;
    }
    for (uint32_t i = 0; i < best.count; i++)
        out[i] = passage_of(&best.cores[i], source, bytes / sizes);
    *count = best.count ? arrange(out, best.count, source->values)
                        : choose_beginning(out, source, bytes);
    for (uint32_t i = 0; i < *count; i++)
        tell_cuts(&out[i], source->values);
    return LEDE_OK;
}

lede_status lede_passage_worth(double *worth, const lede_passage_source *source,
                               lede_arena *scratch)
{
    bool *seen = lede_arena_array(scratch, source->leaf_count, sizeof *seen);
    double sum = 0;

    if (!seen)
        return lede_arena_status(scratch);
    for (uint32_t i = 0; i < source->marks.count; i++) {
        uint32_t leaf = source->marks.at[i].leaf;

        if (!seen[leaf])
            sum += source->worths[leaf];
        seen[leaf] = true;
    }
    *worth = sum;
    return LEDE_OK;
}
