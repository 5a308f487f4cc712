/*
 * native/segment/envelope.c - files of an index, as stored.
 *
 *     file    head content table foot
 *     head    "lede" kind:u32 version:u32 features:u32
 *     table   [crc:u32], CRC-32C of each 16 KiB of head and content
 *     foot    length:u64 crc:u32 "edel"
 *             length of head and content; CRC-32C of table and length
 *
 * The signature of a file is the XXH3 of table and foot.
 */
#include "native/segment/envelope.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/crc32c.h"
#include "base/error.h"

#define FOOT_BYTES 16U

static const char magic[4] = { 'l', 'e', 'd', 'e' };
static const char end_magic[4] = { 'e', 'd', 'e', 'l' };

static uint64_t chunk_count(uint64_t length)
{
    return length / LEDE_CHUNK_BYTES + (length % LEDE_CHUNK_BYTES != 0);
}

/* ---- Writing ---- */

struct lede_envelope_out {
    const lede_allocator *allocator;
    lede_out *file;
    lede_buffer table; /* checksums of chunks that are full */
    uint64_t offset;
    uint32_t crc;    /* of the chunk being filled */
    uint32_t filled; /* bytes of it */
};

static lede_status count_in(lede_envelope_out *out, const uint8_t *at,
                            size_t len)
{
    out->offset += len;
    while (len > 0) {
        size_t room = LEDE_CHUNK_BYTES - out->filled;
        size_t here = len < room ? len : room;

        out->crc = lede_crc32c(out->crc, at, here);
        out->filled += (uint32_t)here;
        at += here;
        len -= here;
        if (out->filled == LEDE_CHUNK_BYTES) {
            lede_put_u32(&out->table, out->crc);
            out->crc = 0;
            out->filled = 0;
        }
    }
    return out->table.status;
}

lede_status lede_envelope_write(lede_envelope_out *out, const void *bytes,
                                size_t len, lede_error *err)
{
    lede_status status;

    if (len == 0)
        return LEDE_OK;
    status = lede_out_write(out->file, bytes, len, err);
    if (status != LEDE_OK)
        return status;
    return lede_fail_plain(err, count_in(out, bytes, len));
}

lede_status lede_envelope_create(lede_envelope_out **out, lede_dir *dir,
                                 const char *name, lede_envelope_kind kind,
                                 const lede_allocator *allocator,
                                 lede_error *err)
{
    lede_envelope_out *made = lede_alloc_zero(allocator, sizeof *made);
    uint8_t head[LEDE_ENVELOPE_HEAD] = { 0 };
    lede_status status;

    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    made->allocator = allocator;
    lede_buffer_init(&made->table, allocator);
    memcpy(head, magic, sizeof magic);
    head[4] = (uint8_t)kind;
    head[8] = LEDE_FORMAT_VERSION;
    status = lede_dir_create(dir, &made->file, name, err);
    if (status == LEDE_OK)
        status = lede_envelope_write(made, head, sizeof head, err);
    if (status != LEDE_OK) {
        lede_envelope_abandon(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

uint64_t lede_envelope_offset(const lede_envelope_out *out)
{
    return out->offset;
}

lede_status lede_envelope_align(lede_envelope_out *out, lede_error *err)
{
    static const uint8_t zeros[8] = { 0 };

    return lede_envelope_write(out, zeros, (8 - out->offset % 8) % 8, err);
}

/* The table and foot, as they are written. */
static lede_status make_foot(lede_envelope_out *out)
{
    uint32_t crc;

    if (out->filled > 0)
        lede_put_u32(&out->table, out->crc);
    lede_put_u64(&out->table, out->offset);
    crc = lede_crc32c(0, out->table.at, out->table.len);
    lede_put_u32(&out->table, crc);
    lede_put(&out->table, end_magic, sizeof end_magic);
    return out->table.status;
}

lede_status lede_envelope_end(lede_envelope_out *out, bool sync,
                              uint64_t *length, uint64_t *signature,
                              lede_error *err)
{
    lede_status status = lede_fail_plain(err, make_foot(out)), closed;
    uint64_t bytes = out->offset + out->table.len;
    uint64_t hash = XXH3_64bits(out->table.at, out->table.len);

    if (status == LEDE_OK)
        status = lede_out_write(out->file, out->table.at, out->table.len, err);
    if (status == LEDE_OK && sync)
        status = lede_out_sync(out->file, err);
    closed = lede_out_close(out->file, status == LEDE_OK ? err : NULL);
    out->file = NULL;
    lede_envelope_abandon(out);
    if (status == LEDE_OK)
        status = closed;
    if (status == LEDE_OK) {
        *length = bytes;
        *signature = hash;
    }
    return status;
}

void lede_envelope_abandon(lede_envelope_out *out)
{
    if (!out)
        return;
    if (out->file)
        (void)lede_out_close(out->file, NULL);
    lede_buffer_fini(&out->table);
    lede_release(out->allocator, out, sizeof *out);
}

/* ---- Reading ---- */

struct lede_envelope {
    const lede_allocator *allocator;
    lede_file *file;
    lede_bytes body;         /* head and content */
    lede_bytes table;        /* checksums of its chunks */
    _Atomic uint64_t *sound; /* a bit for each chunk that was verified */
    size_t sound_words;
    char name[LEDE_DIR_NAME_MAX + 1];
};

static lede_status damaged(const lede_envelope *in, uint64_t at,
                           const char *what, lede_error *err)
{
    return lede_fail_at(err, LEDE_ERR_CORRUPT, in->name, at, "%s", what);
}

static lede_status read_head(const lede_envelope *in, lede_envelope_kind kind,
                             lede_error *err)
{
    lede_bytes at = in->body, mark;
    uint32_t stored, version, features;

    if (!lede_take(&at, sizeof magic, &mark) || !lede_take_u32(&at, &stored) ||
        !lede_take_u32(&at, &version) || !lede_take_u32(&at, &features) ||
        memcmp(mark.at, magic, sizeof magic) != 0)
        return damaged(in, 0, "not a file of an index", err);
    if (version > LEDE_FORMAT_VERSION || features != 0)
        return lede_fail_at(err, LEDE_ERR_VERSION, in->name, 8,
                            "format %u with features %x; this lede reads %u",
                            version, features, LEDE_FORMAT_VERSION);
    if (stored != (uint32_t)kind || version == 0)
        return damaged(in, 4, "another kind of file than its name says", err);
    return LEDE_OK;
}

/* Splits the file by its foot, and verifies that. */
static lede_status read_foot(lede_envelope *in,
                             const lede_envelope_mark *expected,
                             lede_error *err)
{
    lede_bytes whole = in->file->bytes, foot;
    uint64_t length, end, table;
    uint32_t crc;

    if (expected && whole.len != expected->length)
        return damaged(in, whole.len, "the file has not the length it had",
                       err);
    if (whole.len < LEDE_ENVELOPE_HEAD + 4 + FOOT_BYTES)
        return damaged(in, whole.len, "the file is cut short", err);
    end = whole.len - FOOT_BYTES;
    if (in->file->touch &&
        in->file->touch(in->file, end, FOOT_BYTES) != LEDE_OK)
        return lede_fail(err, LEDE_ERR_IO, in->name, "cannot be read");
    foot = lede_bytes_of(whole.at + end, FOOT_BYTES);
    (void)lede_take_u64(&foot, &length);
    (void)lede_take_u32(&foot, &crc);
    if (memcmp(foot.at, end_magic, sizeof end_magic) != 0 ||
        length < LEDE_ENVELOPE_HEAD || length > end ||
        end - length != chunk_count(length) * 4)
        return damaged(in, end, "the foot is damaged", err);
    table = end - length;
    if (in->file->touch && in->file->touch(in->file, length, table) != LEDE_OK)
        return lede_fail(err, LEDE_ERR_IO, in->name, "cannot be read");
    if (lede_crc32c(0, whole.at + length, (size_t)table + 8) != crc)
        return damaged(in, length, "the table of checksums is damaged", err);
    if (expected &&
        XXH3_64bits(whole.at + length, (size_t)table + FOOT_BYTES) !=
            expected->signature)
        return damaged(in, length, "another file stands in its place", err);
    in->body = lede_bytes_of(whole.at, (size_t)length);
    in->table = lede_bytes_of(whole.at + length, (size_t)table);
    return LEDE_OK;
}

static lede_status read_envelope(lede_envelope *in, lede_dir *dir,
                                 lede_envelope_kind kind,
                                 const lede_envelope_mark *expected,
                                 lede_error *err)
{
    lede_status status = lede_dir_map(dir, &in->file, in->name, err);

    if (status != LEDE_OK)
        return status;
    status = read_foot(in, expected, err);
    if (status != LEDE_OK)
        return status;
    in->sound_words = (size_t)(chunk_count(in->body.len) + 63) / 64;
    in->sound =
        lede_alloc_zero(in->allocator, in->sound_words * sizeof *in->sound);
    if (!in->sound)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = lede_envelope_need(in, in->body.at, LEDE_ENVELOPE_HEAD, err);
    return status == LEDE_OK ? read_head(in, kind, err) : status;
}

lede_status lede_envelope_open(lede_envelope **out, lede_dir *dir,
                               const char *name, lede_envelope_kind kind,
                               const lede_envelope_mark *expected,
                               const lede_allocator *allocator, lede_error *err)
{
    lede_envelope *in = lede_alloc_zero(allocator, sizeof *in);
    lede_status status;

    if (!in)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    in->allocator = allocator;
    (void)snprintf(in->name, sizeof in->name, "%s", name);
    status = read_envelope(in, dir, kind, expected, err);
    if (status != LEDE_OK) {
        lede_envelope_close(in);
        return status;
    }
    *out = in;
    return LEDE_OK;
}

void lede_envelope_close(lede_envelope *in)
{
    if (!in)
        return;
    lede_file_close(in->file);
    lede_release(in->allocator, in->sound, in->sound_words * sizeof *in->sound);
    lede_release(in->allocator, in, sizeof *in);
}

lede_bytes lede_envelope_bytes(const lede_envelope *in)
{
    return in->body;
}

bool lede_is_damage(lede_status status, const lede_error *fault)
{
    return status == LEDE_ERR_CORRUPT ||
           (status == LEDE_ERR_IO &&
            (fault->system == 0 || fault->system == EIO));
}

const char *lede_envelope_name(const lede_envelope *in)
{
    return in->name;
}

uint64_t lede_envelope_length(uint64_t content)
{
    uint64_t length = LEDE_ENVELOPE_HEAD + content;

    return length + 4 * chunk_count(length) + FOOT_BYTES;
}

lede_bytes lede_envelope_file(const lede_envelope *in)
{
    return in->file->bytes;
}

lede_envelope_mark lede_envelope_mark_of(const lede_envelope *in)
{
    lede_bytes whole = in->file->bytes;

    return (lede_envelope_mark){
        whole.len,
        XXH3_64bits(whole.at + in->body.len, whole.len - in->body.len),
    };
}

static lede_status verify_chunk(const lede_envelope *in, uint64_t chunk,
                                lede_error *err)
{
    uint64_t begin = chunk * LEDE_CHUNK_BYTES;
    uint64_t left = in->body.len - begin;
    size_t len = left < LEDE_CHUNK_BYTES ? (size_t)left : LEDE_CHUNK_BYTES;
    lede_bytes sum = lede_bytes_of(in->table.at + 4 * (size_t)chunk, 4);
    uint32_t crc;

    if (in->file->touch && in->file->touch(in->file, begin, len) != LEDE_OK)
        return lede_fail_at(err, LEDE_ERR_IO, in->name, begin,
                            "cannot be read");
    (void)lede_take_u32(&sum, &crc);
    if (lede_crc32c(0, in->body.at + begin, len) != crc)
        return damaged(in, begin, "16 KiB from here on are damaged", err);
    atomic_fetch_or_explicit(&in->sound[chunk / 64], (uint64_t)1 << chunk % 64,
                             memory_order_release);
    return LEDE_OK;
}

lede_status lede_envelope_need(const lede_envelope *in, const uint8_t *at,
                               size_t len, lede_error *err)
{
    uint64_t begin = (uint64_t)(at - in->body.at);
    uint64_t last;

    if (len == 0)
        return LEDE_OK;
    last = (begin + len - 1) / LEDE_CHUNK_BYTES;
    for (uint64_t chunk = begin / LEDE_CHUNK_BYTES; chunk <= last; chunk++) {
        uint64_t word =
            atomic_load_explicit(&in->sound[chunk / 64], memory_order_acquire);
        lede_status status = LEDE_OK;

        if (!(word >> chunk % 64 & 1))
            status = verify_chunk(in, chunk, err);
        if (status != LEDE_OK)
            return status;
    }
    return LEDE_OK;
}

lede_status lede_envelope_check(const lede_envelope *in, uint64_t *bad,
                                lede_error *err)
{
    for (uint64_t chunk = 0; chunk < chunk_count(in->body.len); chunk++) {
        lede_status status = verify_chunk(in, chunk, err);

        if (status == LEDE_OK)
            continue;
        if (bad)
            *bad = chunk * LEDE_CHUNK_BYTES;
        return status;
    }
    return LEDE_OK;
}
