/* Files that say what an index is, with good checksums: whatever stands in a
 * manifest or a bitmap is read, and then writes and reads the same, or is
 * CORRUPT. And any bytes at all are no file, or one of ours.
 *
 *     input   what:u8 rest
 *
 * 0 a manifest, 1 a bitmap: their content; 2 a whole file; 3 changes to the
 * content of a sound manifest. */
#include <assert.h>
#include <stdlib.h>

#include "fuzz/damage.h"
#include "fuzz/specimen.h"
#include "native/index/live.h"
#include "native/index/manifest.h"

#define LIVE_NAME "0000000000000001-0000000000000001.live"

/* Writes a file with this content. */
static lede_envelope_mark put_file(lede_dir *dir, const char *name,
                                   lede_envelope_kind kind, lede_bytes content)
{
    lede_envelope_out *out;
    lede_envelope_mark mark;

    assert(lede_envelope_create(&out, dir, name, kind, NULL, NULL) == LEDE_OK);
    assert(lede_envelope_write(out, content.at, content.len, NULL) == LEDE_OK);
    assert(lede_envelope_end(out, false, &mark.length, &mark.signature, NULL) ==
           LEDE_OK);
    return mark;
}

/* ---- Manifests ---- */

static void compare_segments(const lede_manifest_segment *a,
                             const lede_manifest_segment *b, uint32_t fields)
{
    assert(strcmp(a->name, b->name) == 0 && strcmp(a->bitmap, b->bitmap) == 0);
    assert(a->mark.length == b->mark.length &&
           a->mark.signature == b->mark.signature);
    assert(a->documents == b->documents && a->live == b->live);
    assert(a->live <= a->documents && a->text_bytes == b->text_bytes);
    assert(fields == 0 ||
           memcmp(a->tokens, b->tokens, fields * sizeof *a->tokens) == 0);
}

static void compare(const lede_manifest *a, const lede_manifest *b)
{
    assert(a->generation == b->generation &&
           a->last_sequence == b->last_sequence &&
           a->forms_version == b->forms_version);
    assert(
        a->notes_len == b->notes_len &&
        (a->notes_len == 0 || memcmp(a->notes, b->notes, a->notes_len) == 0));
    assert(a->segment_count == b->segment_count &&
           a->field_count == b->field_count);
    for (uint32_t i = 0; i < a->segment_count; i++)
        compare_segments(&a->segments[i], &b->segments[i], a->field_count);
}

static void read_manifest(lede_dir *dir)
{
    lede_manifest *read = NULL, *again = NULL;
    lede_error err = { 0 };
    lede_status status = lede_manifest_read(&read, dir, NULL, &err);

    assert(status == LEDE_OK || status == LEDE_ERR_CORRUPT ||
           status == LEDE_ERR_VERSION || status == LEDE_ERR_NOT_FOUND);
    if (status != LEDE_OK) {
        assert(err.status == status);
        return;
    }
    assert(lede_manifest_commit(read, dir, LEDE_NOT_DURABLE, NULL) == LEDE_OK);
    assert(lede_manifest_read(&again, dir, NULL, NULL) == LEDE_OK);
    compare(read, again);
    lede_manifest_release(read);
    lede_manifest_release(again);
}

/* The content of a manifest of two segments, to be changed. */
static lede_bytes sound_content(void)
{
    static lede_buffer content;
    static uint64_t tokens[SPECIMEN_FIELDS] = { 5, 900, 0, 1 };
    lede_manifest_segment segment = {
        .name = SPECIMEN_NAME,
        .mark = { 10000, 0x123456789ABCDEF },
        .documents = 130,
        .live = 129,
        .tokens = tokens,
        .text_bytes = 5000,
        .all_text_bytes = 6000,
        .bitmap = LIVE_NAME,
        .bitmap_mark = { 100, 1 },
    };
    lede_manifest *manifest;
    lede_file *file;
    lede_dir *dir;

    if (content.len)
        return lede_buffer_bytes(&content);
    assert(lede_dir_open_memory(&dir, NULL) == LEDE_OK);
    assert(lede_manifest_new(&manifest, specimen_of(0)->schema,
                             lede_bytes_of_text("a note"), NULL) == LEDE_OK);
    assert(lede_manifest_add(manifest, &segment, SPECIMEN_FIELDS) == LEDE_OK);
    segment.name[0] = 'f';
    segment.bitmap[0] = '\0';
    segment.live = segment.documents;
    assert(lede_manifest_add(manifest, &segment, SPECIMEN_FIELDS) == LEDE_OK);
    assert(lede_manifest_commit(manifest, dir, LEDE_NOT_DURABLE, NULL) ==
           LEDE_OK);
    assert(lede_dir_map(dir, &file, LEDE_MANIFEST_NAME, NULL) == LEDE_OK);
    lede_buffer_init(&content, NULL);
    /* Without head, table and foot. */
    lede_put(&content, file->bytes.at + LEDE_ENVELOPE_HEAD,
             file->bytes.len - LEDE_ENVELOPE_HEAD - 20);
    lede_file_close(file);
    lede_manifest_release(manifest);
    lede_dir_close(dir);
    return lede_buffer_bytes(&content);
}

static void change_manifest(lede_dir *dir, lede_bytes input)
{
    lede_bytes sound = sound_content();
    lede_buffer content;
    damage d;

    lede_buffer_init(&content, NULL);
    lede_put(&content, sound.at, sound.len);
    while (damage_take(&input, &d))
        damage_do(&content, &d);
    (void)put_file(dir, LEDE_MANIFEST_NAME, LEDE_ENVELOPE_MANIFEST,
                   lede_buffer_bytes(&content));
    lede_buffer_fini(&content);
    read_manifest(dir);
}

/* ---- Bitmaps ---- */

static void read_live(lede_dir *dir, lede_bytes content)
{
    lede_envelope_mark mark =
        put_file(dir, LIVE_NAME, LEDE_ENVELOPE_LIVE, content);
    uint32_t documents = 0, live = 0;
    lede_live *read;
    lede_status status;

    (void)lede_take_u32(&content, &documents);
    status =
        lede_live_read(&read, dir, LIVE_NAME, &mark, documents, NULL, NULL);
    assert(status == LEDE_OK || status == LEDE_ERR_CORRUPT);
    if (status != LEDE_OK)
        return;
    for (uint32_t doc = 0; doc < documents; doc++)
        live += lede_live_has(read, doc);
    assert(live == read->live && read->documents == documents);
    lede_live_release(read);
}

/* ---- Files ---- */

static void read_file(lede_dir *dir, lede_bytes bytes)
{
    lede_envelope *in;
    lede_out *out;
    uint64_t bad;

    assert(lede_dir_create(dir, &out, LEDE_MANIFEST_NAME, NULL) == LEDE_OK);
    if (bytes.len)
        assert(lede_out_write(out, bytes.at, bytes.len, NULL) == LEDE_OK);
    assert(lede_out_close(out, NULL) == LEDE_OK);
    if (lede_envelope_open(&in, dir, LEDE_MANIFEST_NAME, LEDE_ENVELOPE_MANIFEST,
                           NULL, NULL, NULL) == LEDE_OK) {
        (void)lede_envelope_check(in, &bad, NULL);
        lede_envelope_close(in);
    }
    read_manifest(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size);
    lede_dir *dir;
    uint8_t what;

    if (!lede_take_u8(&in, &what))
        return 0;
    assert(lede_dir_open_memory(&dir, NULL) == LEDE_OK);
    switch (what % 4) {
    case 0:
        (void)put_file(dir, LEDE_MANIFEST_NAME, LEDE_ENVELOPE_MANIFEST, in);
        read_manifest(dir);
        break;
    case 1:
        read_live(dir, in);
        break;
    case 2:
        read_file(dir, in);
        break;
    default:
        change_manifest(dir, in);
    }
    lede_dir_close(dir);
    return 0;
}
