#include "native/index/key_walk.h"

#include "base/alloc.h"

/* Where the walk stands in a segment. */
typedef struct place {
    lede_segment *segment; /* NULL: at its end */
    lede_segment_key_cursor cursor;
    bool broken;
} place;

typedef struct walk {
    lede_key_walk face;
    place *places;
    lede_key_holder *holders; /* room for as many as there are segments */
    uint32_t place_count;
    const lede_allocator *allocator;
} walk;

/* Ends a segment; what is not damage ends the walk. */
static void leave(walk *w, place *p, lede_status status)
{
    p->segment = NULL;
    p->broken = status != LEDE_OK;
    if (status != LEDE_OK && status != LEDE_ERR_CORRUPT &&
        status != LEDE_ERR_IO)
        w->face.status = status;
}

static void read_key(walk *w, place *p)
{
    bool more;
    lede_status status = lede_segment_key_cursor_next(&p->cursor, &more, NULL);

    if (status != LEDE_OK || !more)
        leave(w, p, status);
}

static lede_status open_place(walk *w, place *p, lede_segment *segment)
{
    lede_status status;

    if (!segment)
        return LEDE_OK;
    p->segment = segment;
    status = lede_segment_key_cursor_init(&p->cursor, segment, NULL);
    if (status == LEDE_OK)
        read_key(w, p);
    else
        leave(w, p, status);
    return w->face.status;
}

lede_status lede_key_walk_new(lede_key_walk **out,
                              lede_segment *const *segments, uint32_t count,
                              const lede_allocator *allocator)
{
    walk *w = lede_alloc_zero(allocator, sizeof *w);
    lede_status status = LEDE_OK;

    if (!w)
        return LEDE_ERR_NOMEM;
    w->allocator = allocator;
    w->place_count = count;
    w->places = lede_alloc_zero(allocator, count * sizeof *w->places);
    w->holders = lede_alloc_array(allocator, count, sizeof *w->holders);
    if (!w->places || !w->holders)
        status = LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < count && status == LEDE_OK; i++)
        status = open_place(w, &w->places[i], segments[i]);
    if (status != LEDE_OK) {
        lede_key_walk_free(&w->face);
        return status;
    }
    w->face.holders = w->holders;
    *out = &w->face;
    return LEDE_OK;
}

void lede_key_walk_free(lede_key_walk *walk_)
{
    walk *w = (walk *)walk_;

    if (!w)
        return;
    lede_release(w->allocator, w->places, w->place_count * sizeof *w->places);
    lede_release(w->allocator, w->holders, w->place_count * sizeof *w->holders);
    lede_release(w->allocator, w, sizeof *w);
}

/* Moves on what stood on the key given last. */
static void pass_key(walk *w)
{
    for (uint32_t i = 0; i < w->face.count; i++) {
        place *p = &w->places[w->holders[i].segment];

        read_key(w, p);
    }
    w->face.count = 0;
}

static bool find_least(const walk *w, lede_bytes *least)
{
    bool found = false;

    for (uint32_t i = 0; i < w->place_count; i++) {
        const place *p = &w->places[i];

        if (p->segment &&
            (!found || lede_bytes_compare(p->cursor.key, *least) < 0)) {
            *least = p->cursor.key;
            found = true;
        }
    }
    return found;
}

static lede_status sequence_of(const place *p, uint64_t *sequence)
{
    const lede_column *sequences = NULL;
    lede_status status = lede_segment_sequences(p->segment, &sequences, NULL);

    if (status == LEDE_OK)
        *sequence = lede_column_at(sequences, p->cursor.doc);
    return status;
}

bool lede_key_walk_next(lede_key_walk *walk_)
{
    walk *w = (walk *)walk_;

    pass_key(w);
    while (w->face.status == LEDE_OK && w->face.count == 0 &&
           find_least(w, &w->face.key))
        for (uint32_t i = 0; i < w->place_count; i++) {
            place *p = &w->places[i];
            uint64_t sequence = 0;
            lede_status status;

            if (!p->segment || !lede_bytes_equal(p->cursor.key, w->face.key))
                continue;
            status = sequence_of(p, &sequence);
            if (status == LEDE_OK)
                w->holders[w->face.count++] =
                    (lede_key_holder){ i, p->cursor.doc, sequence };
            else
                leave(w, p, status);
        }
    return w->face.status == LEDE_OK && w->face.count > 0;
}

bool lede_key_walk_is_broken(const lede_key_walk *walk_, uint32_t segment)
{
    return ((const walk *)walk_)->places[segment].broken;
}
