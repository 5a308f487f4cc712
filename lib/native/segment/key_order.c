#include "native/segment/key_order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/codec/keys.h"

typedef struct keyed {
    lede_bytes key;
    uint32_t doc;
} keyed;

typedef struct key_order {
    lede_section_writer *sections;
    uint32_t documents;
    keyed *sorted;
    lede_bytes *keys;            /* in order, each once */
    lede_numbers ranks;          /* by document */
    lede_numbers rank_documents; /* by rank */
} key_order;

static int by_key_then_doc(const void *left, const void *right)
{
    const keyed *a = left, *b = right;
    int order = lede_bytes_compare(a->key, b->key);

    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

/* Of documents with one key the last is the one that its rank names. */
static lede_status rank(key_order *o)
{
    const lede_allocator *allocator = o->sections->allocator;
    lede_status status = LEDE_OK;

    if (o->documents > 0)
        qsort(o->sorted, o->documents, sizeof *o->sorted, by_key_then_doc);
    for (uint32_t i = 0; i < o->documents && status == LEDE_OK; i++)
        status = lede_numbers_add(&o->ranks, allocator, 0);
    for (uint32_t i = 0; i < o->documents && status == LEDE_OK; i++) {
        size_t at = o->rank_documents.count;

        if (i > 0 && lede_bytes_equal(o->sorted[i].key, o->keys[at - 1]))
            o->rank_documents.at[--at] = o->sorted[i].doc;
        else
            status = lede_numbers_add(&o->rank_documents, allocator,
                                      o->sorted[i].doc);
        o->keys[at] = o->sorted[i].key;
        o->ranks.at[o->sorted[i].doc] = at;
    }
    return status;
}

static lede_status put_sections(key_order *o, lede_error *err)
{
    lede_section_writer *s = o->sections;
    lede_status status = lede_fail_plain(err, rank(o));

    if (status != LEDE_OK)
        return status;
    lede_keys_write(&s->out, o->keys, (uint32_t)o->rank_documents.count);
    status = lede_section_put(s, LEDE_SECTION_KEYS, LEDE_NO_SECTION_FIELD,
                              &s->out, err);
    if (status == LEDE_OK)
        status = lede_section_put_column(s, LEDE_SECTION_KEY_RANKS,
                                         LEDE_NO_SECTION_FIELD, &o->ranks, err);
    if (status == LEDE_OK)
        status = lede_section_put_column(s, LEDE_SECTION_RANK_DOCUMENTS,
                                         LEDE_NO_SECTION_FIELD,
                                         &o->rank_documents, err);
    return status;
}

lede_status lede_key_order_put(lede_section_writer *sections,
                               const uint8_t *keys, const uint64_t *ends,
                               uint32_t documents, lede_error *err)
{
    const lede_allocator *allocator = sections->allocator;
    size_t room = documents ? documents : 1;
    key_order o = { .sections = sections, .documents = documents };
    lede_status status;

    o.sorted = lede_alloc_array(allocator, room, sizeof *o.sorted);
    o.keys = lede_alloc_array(allocator, room, sizeof *o.keys);
    if (o.sorted && o.keys) {
        for (uint32_t doc = 0; doc < documents; doc++) {
            size_t begin = doc ? (size_t)ends[doc - 1] : 0;
            size_t end = (size_t)ends[doc];

            o.sorted[doc] =
                (keyed){ lede_bytes_of(keys + begin, end - begin), doc };
        }
        status = put_sections(&o, err);
    } else {
        status = lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    lede_release(allocator, o.sorted, room * sizeof *o.sorted);
    lede_release(allocator, o.keys, room * sizeof *o.keys);
    lede_numbers_fini(&o.ranks, allocator);
    lede_numbers_fini(&o.rank_documents, allocator);
    return status;
}
