#include "native/match/walk.h"

#include "native/match/shape.h"

/* ---- By points ---------------------------------------------------------- */

/* A finder on its way through a piece. */
typedef struct walk {
    lede_finder *finder;
    lede_sink *sink;
    uint32_t to;
    uint32_t least;   /* points: those with fewer are left for later ... */
    uint32_t most;    /* or, with more, were taken before */
    uint32_t told;    /* what was demanded of the finder */
    uint32_t needed;  /* of the documents below `covered` */
    uint64_t covered; /* these may have what is needed */
} walk;

static uint32_t behind(uint32_t until)
{
    return until < LEDE_DOC_END ? until + 1 : LEDE_DOC_END;
}

/* The first document from target on that is not in a range whose bound is below
 * what is needed there. */
static uint32_t pass_over(walk *w, uint32_t target)
{
    while (target < w->to) {
        uint32_t end, until;
        uint32_t needed = lede_sink_needed_in(w->sink, target, &until);

        needed = needed < w->least ? w->least : needed;
        if (needed == 0 ||
            (needed < LEDE_HOPELESS &&
             lede_finder_bound(w->finder, target, &end) >= needed)) {
            if (needed > 0 && end < until)
                until = end;
            w->covered = (uint64_t)until + 1;
            w->needed = needed;
            return target;
        }
        if (needed < LEDE_HOPELESS && end < until)
            until = end;
        if (!lede_matcher_spend(w->finder->matcher, 1))
            return LEDE_DOC_END;
        target = behind(until);
    }
    return LEDE_DOC_END;
}

static uint32_t next_needed(walk *w, uint32_t target)
{
    uint32_t needed = lede_sink_needed(w->sink), doc;

    needed = needed < w->least ? w->least : needed;
    if (needed > w->told) {
        lede_finder_demand(w->finder, needed);
        w->told = needed;
        w->covered = 0;
    }
    for (;; target = doc) {
        if (target >= w->covered)
            target = pass_over(w, target);
        doc =
            target < w->to ? lede_finder_seek(w->finder, target) : LEDE_DOC_END;
        if (doc >= w->to)
            return LEDE_DOC_END;
        if (doc < w->covered)
            return doc;
    }
}

static lede_status go(walk *w, const lede_plan *plan, lede_matcher *matcher,
                      uint32_t from)
{
    lede_status status = lede_finder_new(&w->finder, matcher, plan);
    lede_sink *sink = w->sink;
    uint32_t doc;

    if (status != LEDE_OK)
        return status;
    for (doc = next_needed(w, from);
         doc != LEDE_DOC_END && matcher->status == LEDE_OK;
         doc = next_needed(w, doc + 1)) {
        if (lede_live_has(sink->live, doc) && lede_finder_check(w->finder) &&
            matcher->status == LEDE_OK && w->finder->points >= w->needed &&
            w->finder->points <= w->most &&
            !lede_sink_take(sink, doc, w->finder->points))
            return sink->status;
        (void)lede_matcher_spend(matcher, 1);
    }
    return matcher->status;
}

/* Of matches that are required to have nothing that ranks, but may, the ones
 * that have it come first: if they are enough, the others are never seen. */
lede_status lede_walk_ranked(lede_matcher *matcher, const lede_plan *plan,
                             lede_sink *sink, const lede_piece *piece)
{
    walk w = { .sink = sink, .to = piece->to, .most = UINT32_MAX };
    walk rest = w;
    lede_status status;

    if (sink->every || !lede_shape_has_base(plan, matcher->rule, &rest.most))
        return go(&w, plan, matcher, piece->from);
    w.least = rest.most + 1;
    status = go(&w, plan, matcher, piece->from);
    if (status == LEDE_OK && lede_sink_needed(sink) <= rest.most)
        status = go(&rest, plan, matcher, piece->from);
    return status;
}

/* ---- By windows --------------------------------------------------------- */

static void keep_live(uint64_t *words, const lede_live *live, uint32_t base,
                      uint32_t end)
{
    for (uint32_t at = 0; live && at < LEDE_WINDOW_WORDS; at++)
        words[at] &= base + at * 64 < end ? live->words[base / 64 + at] : 0;
}

/* Clears the documents of a window that cannot become hits; what it returns is
 * not behind the window where one may. */
static uint32_t drop_hopeless(lede_windows *w, uint32_t base, uint32_t end,
                              uint64_t *words)
{
    uint32_t target = base, from = LEDE_DOC_END, until;

    for (; target < end; target = behind(until)) {
        if (w->points >= lede_sink_needed_in(w->hits, target, &until)) {
            from = target < from ? target : from;
            continue;
        }
        w->passed = true;
        lede_window_clear_all(words, target - base,
                              until - base < LEDE_WINDOW ? until - base + 1
                                                         : LEDE_WINDOW);
    }
    return from < end ? base : target;
}

/* Documents of a window whose columns are bounded together, in general. */
#define STRIDE LEDE_COLUMN_BLOCK

static bool is_hopeless(const lede_windows *w, uint32_t base, uint32_t from)
{
    uint32_t until;

    return lede_sink_needed_in(w->hits, base + from, &until) > w->points &&
           until - base >= from + STRIDE - 1;
}

static bool take_stride(lede_windows *w, uint32_t base, const uint64_t *words,
                        uint32_t from, bool backward)
{
    uint32_t end = from + STRIDE;
    uint32_t bit =
        backward ? lede_window_last(words, end) : lede_window_next(words, from);

    while (bit < end && bit >= from) {
        if (w->points >= lede_sink_needed(w->hits) &&
            !lede_sink_take(w->hits, base + bit, w->points))
            return false;
        bit = backward ? lede_window_last(words, bit)
                       : lede_window_next(words, bit + 1);
    }
    return true;
}

/* From the side where the better hits are likely: the others are refused for
 * less. */
static lede_status take_hits(lede_windows *w, const lede_piece *piece,
                             uint32_t base, const uint64_t *words)
{
    for (uint32_t i = 0; i < LEDE_WINDOW / STRIDE; i++) {
        uint32_t at = piece->backward ? LEDE_WINDOW / STRIDE - 1 - i : i;
        uint32_t from = at * STRIDE;

        if (lede_window_next(words, from) >= from + STRIDE)
            continue;
        if (!is_hopeless(w, base, from) &&
            !take_stride(w, base, words, from, piece->backward))
            return w->hits->status;
    }
    return LEDE_OK;
}

/* A walk through the windows of a piece. */
typedef struct path {
    lede_windows *windows;
    lede_finder *finder;
    const lede_live *live;
    const lede_piece *piece;
    uint64_t *kept; /* matches of all windows, whose hits are taken later; NULL:
                     * taken at once */
} path;

/* One window; *next is the first document behind it that may match. */
static lede_status look_at(const path *p, uint32_t base, uint32_t *next)
{
    lede_windows *w = p->windows;
    lede_budget *budget = p->finder->matcher->budget;
    uint32_t end = lede_window_end(base), count;
    uint64_t own[LEDE_WINDOW_WORDS], *words = own;
    lede_status status;

    if (p->kept)
        words = p->kept + (base - p->piece->from) / 64;
    end = end < p->piece->to ? end : p->piece->to;
    lede_window_fill(words, 0, end - base);
    if (!w->counts) {
        *next = drop_hopeless(w, base, end, words);
        if (*next > base)
            return lede_budget_spend(budget, 1);
    }
    *next = lede_finder_keep(p->finder, base, words);
    keep_live(words, p->live, base, end);
    count = lede_window_count(words);
    if (p->finder->matcher->status != LEDE_OK)
        return p->finder->matcher->status;
    w->count += count;
    status = lede_budget_spend(budget, count + (end - base) / 16 + 1);
    if (w->facets && status == LEDE_OK)
        status = lede_facets_add_window(w->facets, p->piece->part, base, words,
                                        count);
    if (status == LEDE_OK && w->hits && !p->kept)
        status = take_hits(w, p->piece, base, words);
    return status;
}

/* From the last window to the first: the others are soon seen to be hopeless. */
static lede_status take_kept(const path *p)
{
    lede_budget *budget = p->finder->matcher->budget;
    uint32_t from = p->piece->from, base = p->piece->to - 1;
    lede_status status = LEDE_OK;

    for (base = base / LEDE_WINDOW * LEDE_WINDOW; status == LEDE_OK;
         base -= LEDE_WINDOW) {
        status =
            take_hits(p->windows, p->piece, base, p->kept + (base - from) / 64);
        if (status == LEDE_OK)
            status = lede_budget_spend(budget, LEDE_WINDOW / STRIDE);
        if (base == from)
            break;
    }
    return status;
}

lede_status lede_walk_windows(lede_matcher *matcher, const lede_plan *plan,
                              lede_windows *windows, const lede_live *live,
                              const lede_piece *piece)
{
    path p = { .windows = windows, .live = live, .piece = piece };
    lede_status status = lede_finder_new(&p.finder, matcher, plan);
    uint32_t next = piece->from, count = piece->to - piece->from;

    if (status != LEDE_OK || count == 0)
        return status;
    if (windows->counts && windows->hits && piece->backward) {
        p.kept = lede_arena_array(matcher->arena, count / LEDE_WINDOW + 1,
                                  LEDE_WINDOW_WORDS * sizeof *p.kept);
        if (!p.kept)
            return lede_arena_status(matcher->arena);
    }
    while (status == LEDE_OK && next < piece->to)
        status = look_at(&p, next / LEDE_WINDOW * LEDE_WINDOW, &next);
    return status == LEDE_OK && p.kept ? take_kept(&p) : status;
}
