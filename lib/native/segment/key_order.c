#include "native/segment/key_order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/codec/keys.h"

/* In 16 bytes. */
typedef struct keyed {
    const uint8_t *at;
    uint32_t doc;
    uint16_t len;
} keyed;

typedef struct key_order {
    lede_section_writer *sections;
    uint32_t documents;
    keyed *sorted;
    lede_bytes *keys; /* in order, each once */
    uint32_t count;   /* of those */
    uint32_t *ranks;  /* by document */
} key_order;

static lede_bytes key_of(const keyed *of)
{
    return lede_bytes_of(of->at, of->len);
}

static int by_key_then_doc(const void *left, const void *right)
{
    const keyed *a = left, *b = right;
    int order = lede_bytes_compare(key_of(a), key_of(b));

    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

static void rank(key_order *o)
{
    if (o->documents > 0)
        qsort(o->sorted, o->documents, sizeof *o->sorted, by_key_then_doc);
    for (uint32_t i = 0; i < o->documents; i++) {
        lede_bytes key = key_of(&o->sorted[i]);

        if (i == 0 || !lede_bytes_equal(key, o->keys[o->count - 1]))
            o->keys[o->count++] = key;
        o->ranks[o->sorted[i].doc] = o->count - 1;
    }
}

static lede_status put_ranks(key_order *o, lede_error *err)
{
    lede_column_writer column;
    lede_status status = LEDE_OK;

    lede_column_writer_init(&column, o->sections->allocator);
    for (uint32_t doc = 0; doc < o->documents && status == LEDE_OK; doc++)
        status = lede_column_writer_add(&column, o->ranks[doc]);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_section_end_column(o->sections, LEDE_SECTION_KEY_RANKS,
                                         LEDE_NO_SECTION_FIELD, &column, err);
    lede_column_writer_fini(&column);
    return status;
}

/* Of documents with one key the last is the one that its rank names. */
static lede_status put_documents(key_order *o, lede_error *err)
{
    lede_column_writer column;
    lede_status status = LEDE_OK;

    lede_column_writer_init(&column, o->sections->allocator);
    for (uint32_t i = 0; i < o->documents && status == LEDE_OK; i++) {
        uint32_t doc = o->sorted[i].doc;

        if (i + 1 == o->documents ||
            o->ranks[o->sorted[i + 1].doc] != o->ranks[doc])
            status = lede_column_writer_add(&column, doc);
    }
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status =
            lede_section_end_column(o->sections, LEDE_SECTION_RANK_DOCUMENTS,
                                    LEDE_NO_SECTION_FIELD, &column, err);
    lede_column_writer_fini(&column);
    return status;
}

static lede_status put_sections(key_order *o, lede_error *err)
{
    lede_section_writer *s = o->sections;
    lede_status status;

    rank(o);
    lede_keys_write(&s->out, o->keys, o->count);
    status = lede_section_put(s, LEDE_SECTION_KEYS, LEDE_NO_SECTION_FIELD,
                              &s->out, err);
    if (status == LEDE_OK)
        status = put_ranks(o, err);
    return status == LEDE_OK ? put_documents(o, err) : status;
}

lede_status lede_key_order_put(lede_section_writer *sections,
                               const uint8_t *keys, const uint16_t *lengths,
                               uint32_t documents, lede_error *err)
{
    const lede_allocator *allocator = sections->allocator;
    size_t room = documents ? documents : 1;
    key_order o = { .sections = sections, .documents = documents };
    lede_status status;

    o.sorted = lede_alloc_array(allocator, room, sizeof *o.sorted);
    o.keys = lede_alloc_array(allocator, room, sizeof *o.keys);
    o.ranks = lede_alloc_array(allocator, room, sizeof *o.ranks);
    if (o.sorted && o.keys && o.ranks) {
        for (uint32_t doc = 0; doc < documents; doc++) {
            o.sorted[doc] = (keyed){ keys, doc, lengths[doc] };
            keys += lengths[doc];
        }
        status = put_sections(&o, err);
    } else {
        status = lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    lede_release(allocator, o.sorted, room * sizeof *o.sorted);
    lede_release(allocator, o.keys, room * sizeof *o.keys);
    lede_release(allocator, o.ranks, room * sizeof *o.ranks);
    return status;
}
