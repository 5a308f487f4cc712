/*
 * native/index/live.c - live bitmaps, as stored.
 *
 *     content   documents:u32 live:u32 segment:u64 [word:u64]
 *
 * `segment` is the signature of the segment, so that the two are known to belong
 * together even without a manifest. Bit d % 64 of word d / 64 is document d; the
 * slack of the last word is 0.
 */
#include "native/index/live.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

#define COUNTS_BYTES 16U /* before the words */

typedef struct counted {
    lede_live face;
    const lede_allocator *allocator;
    atomic_uint holders;
    uint64_t words[];
} counted;

static size_t word_count(uint32_t documents)
{
    return documents / 64 + (documents % 64 != 0);
}

static size_t counted_size(uint32_t documents)
{
    return sizeof(counted) + word_count(documents) * sizeof(uint64_t);
}

static counted *new_counted(uint32_t documents, const lede_allocator *allocator)
{
    counted *made = lede_alloc_zero(allocator, counted_size(documents));

    if (!made)
        return NULL;
    made->allocator = allocator;
    atomic_init(&made->holders, 1);
    made->face.documents = documents;
    made->face.words = made->words;
    return made;
}

/* All bits of a word that stand for documents. */
static uint64_t full_word(uint32_t documents, size_t at)
{
    uint32_t rest = documents % 64;

    return at + 1 == word_count(documents) && rest ? ((uint64_t)1 << rest) - 1
                                                   : UINT64_MAX;
}

lede_status lede_live_new(lede_live **out, uint32_t documents, uint64_t segment,
                          const lede_allocator *allocator)
{
    counted *made = new_counted(documents, allocator);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->face.live = documents;
    made->face.segment = segment;
    for (size_t i = 0; i < word_count(documents); i++)
        made->words[i] = full_word(documents, i);
    *out = &made->face;
    return LEDE_OK;
}

lede_status lede_live_copy(lede_live **out, const lede_live *from,
                           const lede_allocator *allocator)
{
    counted *made = new_counted(from->documents, allocator);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->face.live = from->live;
    made->face.segment = from->segment;
    memcpy(made->words, from->words,
           word_count(from->documents) * sizeof *made->words);
    *out = &made->face;
    return LEDE_OK;
}

lede_live *lede_live_hold(lede_live *live)
{
    if (live)
        atomic_fetch_add_explicit(&((counted *)live)->holders, 1,
                                  memory_order_relaxed);
    return live;
}

void lede_live_release(lede_live *live)
{
    counted *c = (counted *)live;

    if (c && atomic_fetch_sub(&c->holders, 1) == 1)
        lede_release(c->allocator, c, counted_size(live->documents));
}

bool lede_live_kill(lede_live *live, uint32_t doc)
{
    uint64_t bit = (uint64_t)1 << (doc % 64);

    if (!(live->words[doc / 64] & bit))
        return false;
    live->words[doc / 64] &= ~bit;
    live->live--;
    return true;
}

static lede_status encode(lede_buffer *out, const lede_live *live)
{
    lede_put_u32(out, live->documents);
    lede_put_u32(out, live->live);
    lede_put_u64(out, live->segment);
    for (size_t i = 0; i < word_count(live->documents); i++)
        lede_put_u64(out, live->words[i]);
    return out->status;
}

/* NOLINTNEXTLINE(readability-function-size): where, what, of which */
lede_status lede_live_write(const lede_live *live, lede_dir *dir,
                            const char *name, bool sync,
                            lede_envelope_mark *mark,
                            const lede_allocator *allocator, lede_error *err)
{
    lede_envelope_out *out = NULL;
    lede_buffer bytes;
    lede_status status;

    lede_buffer_init(&bytes, allocator);
    status = encode(&bytes, live);
    if (status != LEDE_OK)
        (void)lede_fail_plain(err, status);
    else
        status = lede_envelope_create(&out, dir, name, LEDE_ENVELOPE_LIVE,
                                      allocator, err);
    if (status == LEDE_OK)
        status = lede_envelope_write(out, bytes.at, bytes.len, err);
    if (status == LEDE_OK) {
        status =
            lede_envelope_end(out, sync, &mark->length, &mark->signature, err);
        out = NULL;
    }
    lede_envelope_abandon(out);
    lede_buffer_fini(&bytes);
    return status;
}

/* Fills in the words, of which there are as many as must be, and counts what
 * lives. */
static bool decode(counted *made, lede_bytes in)
{
    uint32_t documents = 0, live = 0, found = 0;

    (void)lede_take_u32(&in, &documents);
    (void)lede_take_u32(&in, &live);
    (void)lede_take_u64(&in, &made->face.segment);
    if (documents != made->face.documents)
        return false;
    for (size_t i = 0; i < word_count(documents); i++) {
        (void)lede_take_u64(&in, &made->words[i]);
        if (made->words[i] & ~full_word(documents, i))
            return false;
        found += (uint32_t)__builtin_popcountll(made->words[i]);
    }
    made->face.live = found;
    return found == live;
}

/* Whether the file has room for just these documents: looked at before memory
 * is taken for them. */
static bool has_length(const lede_envelope *in, uint32_t documents)
{
    return lede_envelope_bytes(in).len ==
           LEDE_ENVELOPE_HEAD + COUNTS_BYTES +
               word_count(documents) * sizeof(uint64_t);
}

static lede_status read_content(counted **out, const lede_envelope *in,
                                uint32_t documents,
                                const lede_allocator *allocator,
                                lede_error *err)
{
    lede_bytes body = lede_envelope_bytes(in), head;
    lede_status status = lede_envelope_check(in, NULL, err);
    counted *made;

    if (status != LEDE_OK)
        return status;
    if (!has_length(in, documents))
        return lede_fail(err, LEDE_ERR_CORRUPT, lede_envelope_name(in),
                         "a bitmap of another segment");
    made = new_counted(documents, allocator);
    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    *out = made;
    if (lede_take(&body, LEDE_ENVELOPE_HEAD, &head) && decode(made, body))
        return LEDE_OK;
    return lede_fail(err, LEDE_ERR_CORRUPT, lede_envelope_name(in),
                     "not a bitmap of this segment");
}

/* NOLINTNEXTLINE(readability-function-size): where, what, of which */
lede_status lede_live_read(lede_live **out, lede_dir *dir, const char *name,
                           const lede_envelope_mark *mark, uint32_t documents,
                           const lede_allocator *allocator, lede_error *err)
{
    lede_envelope *in = NULL;
    counted *made = NULL;
    lede_status status = lede_envelope_open(&in, dir, name, LEDE_ENVELOPE_LIVE,
                                            mark, allocator, err);

    if (status == LEDE_OK)
        status = read_content(&made, in, documents, allocator, err);
    lede_envelope_close(in);
    if (status != LEDE_OK) {
        lede_live_release(made ? &made->face : NULL);
        return status;
    }
    *out = &made->face;
    return LEDE_OK;
}

/* ---- Remains ---- */

uint64_t lede_live_file_length(uint32_t documents)
{
    return lede_envelope_length(COUNTS_BYTES +
                                word_count(documents) * sizeof(uint64_t));
}

lede_status lede_live_peek(lede_live_face *face, lede_dir *dir,
                           const char *name, const lede_allocator *allocator,
                           lede_error *err)
{
    lede_live_face seen = { 0 };
    lede_envelope *in = NULL;
    lede_file *file = NULL;
    lede_error fault;
    uint32_t live;
    lede_bytes at, head;
    lede_status status = lede_dir_map(dir, &file, name, err);

    if (status != LEDE_OK)
        return status;
    at = file->bytes;
    seen.length = at.len;
    if (file->touch && at.len > 0)
        status = file->touch(
            file, 0, at.len < LEDE_CHUNK_BYTES ? at.len : LEDE_CHUNK_BYTES);
    if (status != LEDE_OK)
        status = lede_fail(err, status, name, "cannot be read");
    else if (!lede_take(&at, LEDE_ENVELOPE_HEAD, &head) ||
             !lede_take_u32(&at, &seen.documents) ||
             !lede_take_u32(&at, &live) || !lede_take_u64(&at, &seen.segment))
        status = lede_fail_at(err, LEDE_ERR_CORRUPT, name, seen.length,
                              "the file is cut short");
    lede_file_close(file);
    if (status != LEDE_OK)
        return status;
    lede_error_clear(&fault);
    status = lede_envelope_open(&in, dir, name, LEDE_ENVELOPE_LIVE, NULL,
                                allocator, &fault);
    if (status == LEDE_OK)
        seen.mark = lede_envelope_mark_of(in);
    lede_envelope_close(in);
    if (status != LEDE_OK && !lede_is_damage(status, &fault)) {
        if (err)
            *err = fault;
        return lede_fail_plain(err, status);
    }
    *face = seen;
    return LEDE_OK;
}

/* Every document may be dead. */
static lede_status doubt_all(lede_live_remains *out, uint32_t documents,
                             uint64_t segment, const lede_allocator *allocator)
{
    lede_status status =
        lede_live_new(&out->live, documents, segment, allocator);

    if (status == LEDE_OK)
        status = lede_live_new(&out->doubt, documents, segment, allocator);
    return status;
}

/* Whether the file is of this segment; true where its head is damaged. */
static bool read_counts(lede_live_remains *out, const lede_envelope *in,
                        uint32_t documents, uint64_t segment)
{
    lede_bytes body = lede_envelope_bytes(in), head;
    uint32_t stored = 0, live = 0;
    uint64_t of = 0;

    if (!has_length(in, documents))
        return false;
    (void)lede_take(&body, LEDE_ENVELOPE_HEAD, &head);
    if (lede_envelope_need(in, body.at, COUNTS_BYTES, NULL) != LEDE_OK)
        return true;
    (void)lede_take_u32(&body, &stored);
    (void)lede_take_u32(&body, &live);
    (void)lede_take_u64(&body, &of);
    if (stored != documents || live > documents || of != segment)
        return false;
    out->expected = live;
    return true;
}

/* Words of whole chunks are as they were. */
static void read_words(lede_live_remains *out, const lede_envelope *in)
{
    lede_bytes words = lede_envelope_bytes(in), head;

    (void)lede_take(&words, LEDE_ENVELOPE_HEAD + COUNTS_BYTES, &head);
    for (uint32_t first = 0; first < out->live->documents; first += 64) {
        uint32_t end = out->live->documents - first < 64 ? out->live->documents
                                                         : first + 64;
        bool whole = lede_envelope_need(in, words.at, 8, NULL) == LEDE_OK;
        uint64_t word = 0;

        (void)lede_take_u64(&words, &word);
        for (uint32_t doc = first; whole && doc < end; doc++) {
            (void)lede_live_kill(out->doubt, doc);
            if (!(word >> (doc - first) & 1))
                (void)lede_live_kill(out->live, doc);
        }
        if (end == out->live->documents)
            return;
    }
}

/* NOLINTNEXTLINE(readability-function-size): where, what, of which */
lede_status lede_live_salvage(lede_live_remains *out, lede_dir *dir,
                              const char *name, const lede_envelope_mark *mark,
                              uint32_t documents, uint64_t segment,
                              const lede_allocator *allocator)
{
    lede_live_remains made = { .expected = LEDE_LIVE_UNKNOWN };
    lede_envelope *in = NULL;
    lede_error fault;
    lede_status status;

    lede_error_clear(&fault);
    status = lede_envelope_open(&in, dir, name, LEDE_ENVELOPE_LIVE, mark,
                                allocator, &fault);
    if (status == LEDE_OK || status == LEDE_ERR_NOT_FOUND ||
        lede_is_damage(status, &fault))
        status = doubt_all(&made, documents, segment, allocator);
    if (status == LEDE_OK && in && read_counts(&made, in, documents, segment))
        read_words(&made, in);
    lede_envelope_close(in);
    if (status != LEDE_OK) {
        lede_live_release(made.live);
        lede_live_release(made.doubt);
        return status;
    }
    *out = made;
    return LEDE_OK;
}
