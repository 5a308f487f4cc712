/*
 * native/index/manifest.c - commits, as stored.
 *
 *     content   generation:u64 synced:u64 last_sequence:u64 schema:bytes
 *               notes:bytes forms:u64 fields:varint segments:varint [segment]
 *     segment   name:bytes length:varint signature:u64 documents:varint
 *               live:varint [tokens:varint] text_bytes:varint all_text:varint
 *               bitmap:bytes bitmap_length:varint bitmap_signature:u64
 *
 * One number of tokens for each field; a bitmap's length and signature are 0
 * where its name is empty.
 */
#include "native/index/manifest.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

/* Far above what merging leaves; bounds what a hostile manifest allocates. */
#define SEGMENTS_MAX 65536U

typedef struct counted {
    lede_manifest face;
    const lede_allocator *allocator;
    atomic_uint holders;
    size_t capacity; /* of segments */
} counted;

/* ---- In memory ---- */

static counted *new_counted(const lede_allocator *allocator)
{
    counted *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return NULL;
    made->allocator = allocator;
    atomic_init(&made->holders, 1);
    return made;
}

static lede_status set_notes(counted *made, lede_bytes notes)
{
    made->face.notes = (uint8_t *)lede_alloc_text(
        made->allocator, (const char *)notes.at, notes.len);
    if (!made->face.notes)
        return LEDE_ERR_NOMEM;
    made->face.notes_len = notes.len;
    return LEDE_OK;
}

lede_status lede_manifest_new(lede_manifest **out, const lede_schema *schema,
                              lede_bytes notes, const lede_allocator *allocator)
{
    counted *made = new_counted(allocator);
    lede_status status = LEDE_ERR_NOMEM;

    if (made)
        status = lede_schema_copy(&made->face.schema, schema, allocator);
    if (status == LEDE_OK)
        status = set_notes(made, notes);
    if (status != LEDE_OK) {
        lede_manifest_release(made ? &made->face : NULL);
        return status;
    }
    made->face.field_count = lede_schema_count(schema);
    *out = &made->face;
    return LEDE_OK;
}

lede_status lede_manifest_add(lede_manifest *manifest,
                              const lede_manifest_segment *segment,
                              uint32_t field_count)
{
    counted *c = (counted *)manifest;
    uint32_t fields = manifest->field_count;
    lede_manifest_segment *added;
    uint64_t *tokens;

    if (!lede_grow(c->allocator, &manifest->segments, &c->capacity,
                   manifest->segment_count + 1U, sizeof *manifest->segments))
        return LEDE_ERR_NOMEM;
    tokens = lede_alloc_zero(c->allocator, fields * sizeof *tokens);
    if (!tokens)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < fields && i < field_count; i++)
        tokens[i] = segment->tokens[i];
    added = &manifest->segments[manifest->segment_count++];
    *added = *segment;
    added->tokens = tokens;
    return LEDE_OK;
}

lede_manifest *lede_manifest_hold(lede_manifest *manifest)
{
    if (manifest)
        atomic_fetch_add_explicit(&((counted *)manifest)->holders, 1,
                                  memory_order_relaxed);
    return manifest;
}

void lede_manifest_release(lede_manifest *manifest)
{
    counted *c = (counted *)manifest;

    if (!c || atomic_fetch_sub(&c->holders, 1) > 1)
        return;
    for (uint32_t i = 0; i < manifest->segment_count; i++)
        lede_release(c->allocator, manifest->segments[i].tokens,
                     manifest->field_count * sizeof(uint64_t));
    lede_release(c->allocator, manifest->segments,
                 c->capacity * sizeof *manifest->segments);
    lede_release(c->allocator, manifest->notes, manifest->notes_len + 1);
    lede_schema_free(manifest->schema);
    lede_release(c->allocator, c, sizeof *c);
}

bool lede_manifest_names(const lede_manifest *manifest, const char *name)
{
    for (uint32_t i = 0; i < manifest->segment_count; i++)
        if (strcmp(manifest->segments[i].name, name) == 0 ||
            (name[0] && strcmp(manifest->segments[i].bitmap, name) == 0))
            return true;
    return false;
}

/* ---- Names ---- */

void lede_file_name(char out[LEDE_DIR_NAME_MAX + 1], lede_dir *dir,
                    uint64_t generation, const char *suffix)
{
    (void)snprintf(out, LEDE_DIR_NAME_MAX + 1, "%016llx-%016llx.%s",
                   (unsigned long long)generation,
                   (unsigned long long)lede_dir_random(dir), suffix);
}

bool lede_file_name_is(const char *name, const char *suffix)
{
    static const char digits[] = "0123456789abcdef";

    return strlen(name) > 34 && strspn(name, digits) == 16 && name[16] == '-' &&
           strspn(name + 17, digits) == 16 && name[33] == '.' &&
           strcmp(name + 34, suffix) == 0;
}

uint64_t lede_file_generation(const char *name)
{
    return strtoull(name, NULL, 16); /* as far as the dash */
}

/* ---- As bytes ---- */

static void put_segment(lede_buffer *out, const lede_manifest *manifest,
                        const lede_manifest_segment *segment)
{
    lede_put_block(out, lede_bytes_of_text(segment->name));
    lede_put_varint(out, segment->mark.length);
    lede_put_u64(out, segment->mark.signature);
    lede_put_varint(out, segment->documents);
    lede_put_varint(out, segment->live);
    for (uint32_t i = 0; i < manifest->field_count; i++)
        lede_put_varint(out, segment->tokens[i]);
    lede_put_varint(out, segment->text_bytes);
    lede_put_varint(out, segment->all_text_bytes);
    lede_put_block(out, lede_bytes_of_text(segment->bitmap));
    lede_put_varint(out, segment->bitmap_mark.length);
    lede_put_u64(out, segment->bitmap_mark.signature);
}

static lede_status encode(lede_buffer *out, const lede_manifest *manifest,
                          const lede_allocator *allocator)
{
    lede_buffer schema;

    lede_buffer_init(&schema, allocator);
    lede_schema_encode(&schema, manifest->schema);
    lede_put_u64(out, manifest->generation);
    lede_put_u64(out, manifest->synced);
    lede_put_u64(out, manifest->last_sequence);
    lede_put_block(out, lede_buffer_bytes(&schema));
    lede_put_block(out, lede_bytes_of(manifest->notes, manifest->notes_len));
    lede_put_u64(out, manifest->forms_version);
    lede_put_varint(out, manifest->field_count);
    lede_put_varint(out, manifest->segment_count);
    for (uint32_t i = 0; i < manifest->segment_count; i++)
        put_segment(out, manifest, &manifest->segments[i]);
    if (schema.status != LEDE_OK)
        out->status = schema.status;
    lede_buffer_fini(&schema);
    return out->status;
}

lede_status lede_manifest_length(const lede_manifest *manifest,
                                 uint64_t *length)
{
    const lede_allocator *allocator = ((const counted *)manifest)->allocator;
    lede_buffer bytes;
    lede_status status;

    lede_buffer_init(&bytes, allocator);
    status = encode(&bytes, manifest, allocator);
    *length = lede_envelope_length(bytes.len);
    lede_buffer_fini(&bytes);
    return status;
}

static bool take_u32(lede_bytes *in, uint32_t *value)
{
    uint64_t wide;

    if (!lede_take_varint(in, &wide) || wide > UINT32_MAX)
        return false;
    *value = (uint32_t)wide;
    return true;
}

/* A file's name, or nothing where that is allowed. */
static bool take_name(lede_bytes *in, char out[LEDE_DIR_NAME_MAX + 1],
                      const char *suffix, bool maybe)
{
    lede_bytes name;

    if (!lede_take_block(in, &name) || name.len > LEDE_DIR_NAME_MAX)
        return false;
    if (name.len)
        memcpy(out, name.at, name.len);
    out[name.len] = '\0';
    return name.len == 0
               ? maybe
               : strlen(out) == name.len && lede_file_name_is(out, suffix);
}

static bool take_segment(lede_bytes *in, lede_manifest_segment *segment,
                         uint32_t field_count)
{
    if (!take_name(in, segment->name, "segment", false) ||
        !lede_take_varint(in, &segment->mark.length) ||
        !lede_take_u64(in, &segment->mark.signature) ||
        !take_u32(in, &segment->documents) || !take_u32(in, &segment->live))
        return false;
    for (uint32_t i = 0; i < field_count; i++)
        if (!lede_take_varint(in, &segment->tokens[i]))
            return false;
    return lede_take_varint(in, &segment->text_bytes) &&
           lede_take_varint(in, &segment->all_text_bytes) &&
           segment->text_bytes <= segment->all_text_bytes &&
           take_name(in, segment->bitmap, "live", true) &&
           lede_take_varint(in, &segment->bitmap_mark.length) &&
           lede_take_u64(in, &segment->bitmap_mark.signature) &&
           segment->live <= segment->documents &&
           (segment->bitmap[0] || segment->live == segment->documents);
}

static lede_status take_segments(lede_bytes *in, lede_manifest *manifest,
                                 uint32_t count,
                                 const lede_allocator *allocator)
{
    uint64_t *tokens =
        lede_alloc_array(allocator, manifest->field_count, sizeof *tokens);
    lede_status status = tokens ? LEDE_OK : LEDE_ERR_NOMEM;

    for (uint32_t i = 0; i < count && status == LEDE_OK; i++) {
        lede_manifest_segment segment = { .tokens = tokens };

        if (!take_segment(in, &segment, manifest->field_count) ||
            lede_manifest_names(manifest, segment.name))
            status = LEDE_ERR_CORRUPT;
        else
            status =
                lede_manifest_add(manifest, &segment, manifest->field_count);
    }
    lede_release(allocator, tokens, manifest->field_count * sizeof *tokens);
    return status;
}

static lede_status decode(counted *made, lede_bytes in)
{
    lede_manifest *m = &made->face;
    lede_bytes schema, notes;
    uint32_t count;
    lede_status status;

    if (!lede_take_u64(&in, &m->generation) ||
        !lede_take_u64(&in, &m->synced) || m->synced > m->generation ||
        !lede_take_u64(&in, &m->last_sequence) ||
        !lede_take_block(&in, &schema) || !lede_take_block(&in, &notes) ||
        !lede_take_u64(&in, &m->forms_version))
        return LEDE_ERR_CORRUPT;
    status = lede_schema_decode(&m->schema, schema, made->allocator);
    if (status != LEDE_OK)
        return status;
    if (!take_u32(&in, &m->field_count) || !take_u32(&in, &count) ||
        m->field_count != lede_schema_count(m->schema) || count > SEGMENTS_MAX)
        return LEDE_ERR_CORRUPT;
    status = set_notes(made, notes);
    if (status == LEDE_OK)
        status = take_segments(&in, m, count, made->allocator);
    return status == LEDE_OK && in.len != 0 ? LEDE_ERR_CORRUPT : status;
}

static lede_status read_content(counted *made, const lede_envelope *in,
                                lede_error *err)
{
    lede_bytes body = lede_envelope_bytes(in), head;
    lede_status status = lede_envelope_check(in, NULL, err);

    if (status != LEDE_OK)
        return status;
    status = lede_take(&body, LEDE_ENVELOPE_HEAD, &head) ? decode(made, body)
                                                         : LEDE_ERR_CORRUPT;
    return status == LEDE_OK
               ? status
               : lede_fail(err, status, LEDE_MANIFEST_NAME,
                           status == LEDE_ERR_NOMEM ? "out of memory"
                                                    : "not a manifest");
}

lede_status lede_manifest_read(lede_manifest **out, lede_dir *dir,
                               const lede_allocator *allocator, lede_error *err)
{
    lede_envelope *in = NULL;
    counted *made = NULL;
    lede_status status =
        lede_envelope_open(&in, dir, LEDE_MANIFEST_NAME, LEDE_ENVELOPE_MANIFEST,
                           NULL, allocator, err);

    if (status == LEDE_OK) {
        made = new_counted(allocator);
        status = made ? read_content(made, in, err)
                      : lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    lede_envelope_close(in);
    if (status != LEDE_OK) {
        lede_manifest_release(made ? &made->face : NULL);
        return status;
    }
    *out = &made->face;
    return LEDE_OK;
}

/* ---- Committing ---- */

static lede_status write_temporary(const lede_manifest *manifest, lede_dir *dir,
                                   const char *name, bool sync, lede_error *err)
{
    const lede_allocator *allocator = ((const counted *)manifest)->allocator;
    lede_envelope_out *out = NULL;
    lede_envelope_mark mark;
    lede_buffer bytes;
    lede_status status;

    lede_buffer_init(&bytes, allocator);
    status = encode(&bytes, manifest, allocator);
    if (status != LEDE_OK)
        (void)lede_fail_plain(err, status);
    else
        status = lede_envelope_create(&out, dir, name, LEDE_ENVELOPE_MANIFEST,
                                      allocator, err);
    if (status == LEDE_OK)
        status = lede_envelope_write(out, bytes.at, bytes.len, err);
    if (status == LEDE_OK) {
        status =
            lede_envelope_end(out, sync, &mark.length, &mark.signature, err);
        out = NULL;
    }
    lede_envelope_abandon(out);
    lede_buffer_fini(&bytes);
    return status;
}

lede_status lede_manifest_write(const lede_manifest *manifest, lede_dir *dir,
                                char name[LEDE_DIR_NAME_MAX + 1],
                                lede_durability durability, lede_error *err)
{
    lede_status status;

    lede_file_name(name, dir, manifest->generation, "tmp");
    status = write_temporary(manifest, dir, name,
                             durability != LEDE_NOT_DURABLE, err);
    if (status != LEDE_OK)
        (void)lede_dir_unlink(dir, name, NULL);
    return status;
}

/* From the rename on nobody knows which commit the disk holds. */
static lede_status switch_over(lede_dir *dir, const char *name,
                               lede_durability durability, lede_error *err)
{
    lede_status status = lede_dir_rename(dir, name, LEDE_MANIFEST_NAME, err);

    if (status == LEDE_OK && durability == LEDE_DURABLE)
        status = lede_dir_sync(dir, err);
    if (status != LEDE_OK && err)
        err->status = LEDE_ERR_UNKNOWN_COMMIT;
    return status == LEDE_OK ? status : LEDE_ERR_UNKNOWN_COMMIT;
}

lede_status lede_manifest_publish(lede_dir *dir, const char *name,
                                  lede_durability durability, bool *poisoned,
                                  lede_error *err)
{
    lede_status status = LEDE_OK;

    *poisoned = false;
    if (durability != LEDE_NOT_DURABLE)
        status = lede_dir_sync(dir, err);
    if (status != LEDE_OK) {
        *poisoned = true;
        (void)lede_dir_unlink(dir, name, NULL);
        return status;
    }
    status = switch_over(dir, name, durability, err);
    *poisoned = status != LEDE_OK;
    return status;
}

lede_status lede_manifest_commit(const lede_manifest *manifest, lede_dir *dir,
                                 lede_durability durability, lede_error *err)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    bool poisoned;
    lede_status status =
        lede_manifest_write(manifest, dir, name, durability, err);

    return status == LEDE_OK
               ? lede_manifest_publish(dir, name, durability, &poisoned, err)
               : status;
}
