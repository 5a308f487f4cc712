/*
 * native/codec/mark.c - marks, as stored.
 *
 *     marks   (frequency:varint floor:u8) * 2
 *
 * frequency - 1, and the floor of a length, of 11 documents and of 101: whoever
 * shows 10 or 100 asks for one more, to know whether there is a next page.
 */
#include "native/codec/mark.h"

/* Frequencies below it are steps of their own; above there are four to a
 * power of 2. */
#define SINGLE 16U

static const uint32_t documents_of[LEDE_MARKS] = { 11, 101 };

uint64_t lede_mark_length(const lede_mark *mark)
{
    return mark->floor + 1 < LEDE_LENGTH_FLOORS
               ? lede_length_least(mark->floor + 1) - 1
               : UINT64_MAX;
}

/* ---- Finding them ------------------------------------------------------- */

static uint32_t step_of(uint32_t frequency)
{
    uint32_t whole, step;

    if (frequency < SINGLE)
        return frequency;
    whole = 31 - (uint32_t)__builtin_clz(frequency);
    step = SINGLE + 4 * (whole - 4) + (frequency >> (whole - 2)) % 4;
    return step < LEDE_MARK_STEPS ? step : LEDE_MARK_STEPS - 1;
}

/* The least frequency of a step. */
static uint32_t frequency_of(uint32_t step)
{
    uint32_t above = step - SINGLE;

    return step < SINGLE ? step : (4 + above % 4) << (above / 4 + 2);
}

/* Average + 3 x length. */
static uint64_t weigh(const lede_marker *m, const lede_mark *mark)
{
    uint64_t length = lede_mark_length(mark);

    return m->average + 3 * (length < UINT32_MAX ? length : UINT32_MAX);
}

/* Finds the best marks of documents with a step or a higher one, of which there
 * are `total`, `sums` by floor. */
static void find_from(const lede_marker *m, uint32_t step, const uint32_t *sums,
                      uint32_t total, lede_mark *best)
{
    lede_mark mark = { 0, frequency_of(step), m->least };
    uint32_t reached = sums[m->least];

    for (uint32_t i = 0; i < LEDE_MARKS && total >= documents_of[i]; i++) {
        mark.documents = documents_of[i];
        while (reached < mark.documents)
            reached += sums[++mark.floor];
        if (best[i].documents == 0 || mark.frequency * weigh(m, &best[i]) >
                                          best[i].frequency * weigh(m, &mark))
            best[i] = mark;
    }
}

/* The best marks that the counts allow; documents: 0 where they are not that
 * many. */
static void find(const lede_marker *m, lede_mark *best)
{
    uint32_t sums[LEDE_LENGTH_FLOORS], total = 0;

    for (uint32_t i = 0; i < LEDE_MARKS; i++)
        best[i].documents = 0;
    memset(sums, 0, sizeof sums);
    for (uint32_t step = m->top; step > 0; step--) {
        if (m->totals[step] == 0)
            continue;
        for (uint32_t floor = m->least; floor <= m->most; floor++)
            sums[floor] += m->counts[step][floor];
        total += m->totals[step];
        if (total >= documents_of[0])
            find_from(m, step, sums, total, best);
    }
}

void lede_marker_begin(lede_marker *marker, uint64_t average_length)
{
    for (uint32_t step = 1; step <= marker->top; step++) {
        if (marker->totals[step] > 0)
            memset(&marker->counts[step][marker->least], 0,
                   (marker->most - marker->least + 1) *
                       sizeof marker->counts[step][0]);
        marker->totals[step] = 0;
    }
    marker->average = average_length < UINT32_MAX ? average_length : UINT32_MAX;
    marker->next = documents_of[LEDE_MARKS - 1];
    marker->least = LEDE_LENGTH_FLOORS;
    marker->count = marker->top = marker->most = 0;
    for (uint32_t i = 0; i < LEDE_MARKS; i++)
        marker->bars[i] = (lede_mark_bar){ 0, 1 };
}

bool lede_marker_wants(const lede_marker *marker, const lede_corners *corners)
{
    bool better = false;

    for (uint32_t i = 0; i < corners->count && !better; i++)
        better = lede_marker_is_better(
            marker, corners->frequencies[i],
            (uint32_t)lede_length_least(corners->floors[i]), &marker->bars[0]);
    return better;
}

void lede_marker_count(lede_marker *marker, uint32_t frequency, uint32_t length)
{
    lede_marker *m = marker;
    uint32_t step = step_of(frequency), floor = lede_length_floor(length);
    lede_mark marks[LEDE_MARKS];

    m->counts[step][floor]++;
    m->totals[step]++;
    m->top = step > m->top ? step : m->top;
    m->least = floor < m->least ? floor : m->least;
    m->most = floor > m->most ? floor : m->most;
    if (++m->count < m->next)
        return;
    find(m, marks);
    for (uint32_t i = 0; i < LEDE_MARKS; i++)
        if (marks[i].documents > 0)
            m->bars[i] =
                (lede_mark_bar){ marks[i].frequency, weigh(m, &marks[i]) };
    m->next = 2 * m->count;
}

void lede_marker_end(const lede_marker *marker, lede_mark marks[LEDE_MARKS])
{
    find(marker, marks);
    for (uint32_t i = 0; i < LEDE_MARKS; i++)
        if (marks[i].documents == 0) /* all have these */
            marks[i] =
                (lede_mark){ documents_of[i], 1, LEDE_LENGTH_FLOORS - 1 };
}

/* ---- As stored ---------------------------------------------------------- */

void lede_marks_put(lede_buffer *out, const lede_mark marks[LEDE_MARKS])
{
    for (uint32_t i = 0; i < LEDE_MARKS; i++) {
        lede_put_varint(out, marks[i].frequency - 1);
        lede_put_u8(out, (uint8_t)marks[i].floor);
    }
}

bool lede_marks_take(lede_bytes *in, lede_mark marks[LEDE_MARKS])
{
    for (uint32_t i = 0; i < LEDE_MARKS; i++) {
        uint64_t frequency;
        uint8_t floor;

        if (!lede_take_varint(in, &frequency) || frequency >= UINT32_MAX ||
            !lede_take_u8(in, &floor))
            return false;
        marks[i] =
            (lede_mark){ documents_of[i], (uint32_t)frequency + 1, floor };
    }
    return true;
}
