#include "article/notes.h"

#include <string.h>

#include "base/alloc.h"

void lede_notes_init(lede_notes *notes, const lede_allocator *allocator)
{
    *notes = (lede_notes){ .allocator = allocator };
}

static void drop(const lede_allocator *allocator, const lede_note *note)
{
    lede_release(allocator, note->name, strlen(note->name) + 1);
    lede_release(allocator, note->text, note->len + 1);
}

void lede_notes_fini(lede_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        drop(notes->allocator, &notes->at[i]);
    lede_release(notes->allocator, notes->at,
                 notes->capacity * sizeof *notes->at);
    lede_notes_init(notes, notes->allocator);
}

const lede_note *lede_notes_find(const lede_notes *notes, const char *name)
{
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->at[i].name, name) == 0)
            return &notes->at[i];
    return NULL;
}

/* Copies name and text, or neither. */
static bool copy(lede_note *out, const lede_allocator *allocator,
                 lede_bytes name, lede_bytes text)
{
    out->name = lede_alloc_text(allocator, (const char *)name.at, name.len);
    if (!out->name)
        return false;
    out->text = lede_alloc_text(allocator, (const char *)text.at, text.len);
    if (!out->text) {
        lede_release(allocator, out->name, name.len + 1);
        return false;
    }
    out->len = text.len;
    return true;
}

static lede_status append(lede_notes *notes, lede_bytes name, lede_bytes text)
{
    lede_note made;

    if (notes->bytes + name.len + text.len > LEDE_NOTES_BYTES_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_grow(notes->allocator, &notes->at, &notes->capacity,
                   notes->count + 1, sizeof *notes->at) ||
        !copy(&made, notes->allocator, name, text))
        return LEDE_ERR_NOMEM;
    notes->at[notes->count++] = made;
    notes->bytes += name.len + text.len;
    return LEDE_OK;
}

static void remove_at(lede_notes *notes, size_t at)
{
    lede_note *note = &notes->at[at];

    notes->bytes -= strlen(note->name) + note->len;
    drop(notes->allocator, note);
    memmove(note, note + 1, (notes->count - at - 1) * sizeof *note);
    notes->count--;
}

static lede_status take_all(lede_notes *notes, lede_bytes bytes)
{
    lede_bytes name, text;
    lede_status status = LEDE_OK;

    while (bytes.len > 0 && status == LEDE_OK) {
        if (!lede_take_block(&bytes, &name) ||
            !lede_take_block(&bytes, &text) || name.len == 0 ||
            memchr(name.at, 0, name.len))
            return LEDE_ERR_CORRUPT;
        status = append(notes, name, text);
    }
    return status == LEDE_ERR_LIMIT ? LEDE_ERR_CORRUPT : status;
}

lede_status lede_notes_read(lede_notes *notes, lede_bytes bytes)
{
    lede_notes read;
    lede_status status;

    lede_notes_init(&read, notes->allocator);
    status = take_all(&read, bytes);
    if (status != LEDE_OK) {
        lede_notes_fini(&read);
        return status;
    }
    lede_notes_fini(notes);
    *notes = read;
    return LEDE_OK;
}

void lede_notes_write(lede_buffer *out, const lede_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        lede_put_block(out, lede_bytes_of_text(notes->at[i].name));
        lede_put_block(out, lede_bytes_of(notes->at[i].text, notes->at[i].len));
    }
}

/* Puts another text in the place of a note's. */
static lede_status replace(lede_notes *notes, lede_note *note, lede_bytes text)
{
    char *made;

    if (notes->bytes - note->len + text.len > LEDE_NOTES_BYTES_MAX)
        return LEDE_ERR_LIMIT;
    made = lede_alloc_text(notes->allocator, (const char *)text.at, text.len);
    if (!made)
        return LEDE_ERR_NOMEM;
    lede_release(notes->allocator, note->text, note->len + 1);
    notes->bytes += text.len - note->len;
    note->text = made;
    note->len = text.len;
    return LEDE_OK;
}

lede_status lede_notes_set(lede_notes *notes, const char *name,
                           const char *text, size_t len)
{
    const lede_note *old = lede_notes_find(notes, name);
    size_t at = old ? (size_t)(old - notes->at) : 0;

    if (len > LEDE_NOTES_BYTES_MAX)
        return LEDE_ERR_LIMIT;
    if (old && len == 0)
        remove_at(notes, at);
    else if (old)
        return replace(notes, &notes->at[at], lede_bytes_of(text, len));
    else if (len > 0)
        return append(notes, lede_bytes_of_text(name),
                      lede_bytes_of(text, len));
    return LEDE_OK;
}
