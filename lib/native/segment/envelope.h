/*
 * native/segment/envelope.h - what every file of an index is wrapped in.
 *
 *     lede_envelope_create(&out, dir, name, LEDE_ENVELOPE_SEGMENT, alloc, &err);
 *     lede_envelope_write(out, bytes, len, &err);
 *     lede_envelope_end(out, sync, &length, &signature, &err);
 *
 *     lede_envelope_open(&in, dir, name, kind, &expected, alloc, &err);
 *     lede_envelope_need(in, at, len, &err);       verified from here on
 *
 * Grammar in FORMAT.md, "Envelope". Chunks of 16 KiB are verified when they are
 * first needed: first their pages are brought in, so that a failing medium is a
 * status; then the checksum; then a bit says so. Two threads may do the same
 * work; that is harmless.
 *
 * Errors    CORRUPT: head, foot, table or a chunk is not what was written, or
 *           another file stands under the name; VERSION: a newer format.
 * Threads   An envelope being read is frozen but for its bits, which are
 *           atomic. One being written is confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_ENVELOPE_H
#define LEDE_NATIVE_SEGMENT_ENVELOPE_H

#include "io/dir.h"

#define LEDE_FORMAT_VERSION 1U
#define LEDE_CHUNK_BYTES    16384U
#define LEDE_ENVELOPE_HEAD  16U /* bytes before the content */

typedef enum lede_envelope_kind {
    LEDE_ENVELOPE_MANIFEST = 1,
    LEDE_ENVELOPE_SEGMENT = 2,
    LEDE_ENVELOPE_LIVE = 3
} lede_envelope_kind;

/* ---- Writing ---- */

typedef struct lede_envelope_out lede_envelope_out;

lede_status lede_envelope_create(lede_envelope_out **out, lede_dir *dir,
                                 const char *name, lede_envelope_kind kind,
                                 const lede_allocator *allocator,
                                 lede_error *err);

/* Appends to the content. */
lede_status lede_envelope_write(lede_envelope_out *out, const void *bytes,
                                size_t len, lede_error *err);

/* Offset of the next byte, from the file's first. */
uint64_t lede_envelope_offset(const lede_envelope_out *out);

/* Writes zeros up to a multiple of 8. */
lede_status lede_envelope_align(lede_envelope_out *out, lede_error *err);

/* Ends the file, syncs it if asked, closes it; frees `out`, whatever happens. */
lede_status lede_envelope_end(lede_envelope_out *out, bool sync,
                              uint64_t *length, uint64_t *signature,
                              lede_error *err);

/* Closes a file that will not be ended; its rubbish stays for the caller to
 * unlink. NULL is fine. */
void lede_envelope_abandon(lede_envelope_out *out);

/* ---- Reading ---- */

typedef struct lede_envelope lede_envelope;

/* What the manifest says of a file. */
typedef struct lede_envelope_mark {
    uint64_t length;
    uint64_t signature;
} lede_envelope_mark;

/* Opens a file and verifies head, table and foot; `expected` NULL for the
 * manifest. */
lede_status lede_envelope_open(lede_envelope **out, lede_dir *dir,
                               const char *name, lede_envelope_kind kind,
                               const lede_envelope_mark *expected,
                               const lede_allocator *allocator,
                               lede_error *err);
void lede_envelope_close(lede_envelope *in);

/* Head and content, not yet verified. */
lede_bytes lede_envelope_bytes(const lede_envelope *in);

/* Verifies the chunks of a part of lede_envelope_bytes. */
lede_status lede_envelope_need(const lede_envelope *in, const uint8_t *at,
                               size_t len, lede_error *err);

/* Verifies every chunk; *bad (may be NULL) is the offset of the first bad one.
 */
lede_status lede_envelope_check(const lede_envelope *in, uint64_t *bad,
                                lede_error *err);

/* Whether a failure to read says that bytes are damaged, or that a device does
 * not give them, and not that something else stands in the way. */
bool lede_is_damage(lede_status status, const lede_error *fault);

const char *lede_envelope_name(const lede_envelope *in);

/* How long a file with so much content is. */
uint64_t lede_envelope_length(uint64_t content);

/* All bytes of the file, with table and foot; not all verified. */
lede_bytes lede_envelope_file(const lede_envelope *in);

/* What a manifest would say of it. */
lede_envelope_mark lede_envelope_mark_of(const lede_envelope *in);

#endif
