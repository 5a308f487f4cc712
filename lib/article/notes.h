/*
 * article/notes.h - the application's own bytes that go with a commit.
 *
 *     lede_notes_init(&notes, alloc);
 *     lede_notes_read(&notes, description->notes);
 *     lede_notes_set(&notes, "feed", text, len);
 *     lede_notes_write(&buffer, &notes);
 *
 * To an engine they are one run of bytes: for each note, the one that was set
 * first before others, a block of its name and a block of its text.
 *
 * Memory    Lives in the caller's storage and owns copies, each with a NUL
 *           after it.
 * Threads   Confined while it changes, then frozen.
 */
#ifndef LEDE_ARTICLE_NOTES_H
#define LEDE_ARTICLE_NOTES_H

#include "base/buffer.h"

#define LEDE_NOTES_BYTES_MAX (64 << 10) /* names and texts, in all */

typedef struct lede_note {
    char *name;
    char *text;
    size_t len;
} lede_note;

typedef struct lede_notes {
    lede_note *at;
    size_t count;
    size_t capacity;
    size_t bytes;
    const lede_allocator *allocator;
} lede_notes;

void lede_notes_init(lede_notes *notes, const lede_allocator *allocator);
void lede_notes_fini(lede_notes *notes);

/* Replaces all notes by those in `bytes`. NOMEM; CORRUPT for what is none. On
 * failure the notes stay as they were. */
lede_status lede_notes_read(lede_notes *notes, lede_bytes bytes);
void lede_notes_write(lede_buffer *out, const lede_notes *notes);

/* NULL when there is none. */
const lede_note *lede_notes_find(const lede_notes *notes, const char *name);

/* Sets or, with length 0, removes. NOMEM; LIMIT beyond LEDE_NOTES_BYTES_MAX;
 * on failure nothing changes. */
lede_status lede_notes_set(lede_notes *notes, const char *name,
                           const char *text, size_t len);

#endif
