/*
 * memory/commit.h - all that one commit holds; a snapshot is one of its keepers.
 *
 * Memory    Counted: keep and release.
 * Threads   Frozen.
 */
#ifndef LEDE_MEMORY_COMMIT_H
#define LEDE_MEMORY_COMMIT_H

#include "memory/dictionary.h"

typedef struct lede_memory_commit {
    lede_memory_article **articles; /* in put order; a lede_doc is a place */
    bool *live;    /* false: deleted, and counts until optimize */
    uint32_t room; /* of both */
    uint32_t count;
    uint32_t live_count;
    lede_memory_dictionary dictionary;
    lede_schema *schema;
    lede_bytes notes;
    char *note_text;
    uint64_t *field_tokens;
    lede_engine_description description;
    lede_shard shard;
    const lede_allocator *allocator;
    atomic_uint keepers;
} lede_memory_commit;

/* What makes a commit of the one before. */
typedef struct lede_memory_step {
    const lede_memory_commit *before;    /* NULL: the first */
    lede_memory_article *const *changes; /* by rising sequence, each key once */
    uint32_t change_count;
    const lede_schema *schema;
    const lede_forms *forms; /* may be NULL */
    lede_bytes notes;
    bool drop_deleted;
} lede_memory_step;

/* Makes the commit that follows; NOMEM, or LIMIT beyond 2^32 articles. */
lede_status lede_memory_commit_new(lede_memory_commit **out,
                                   const lede_memory_step *step,
                                   const lede_allocator *allocator);
lede_memory_commit *lede_memory_commit_keep(lede_memory_commit *commit);
void lede_memory_commit_release(lede_memory_commit *commit);

/* As the engine's stats. */
lede_status lede_memory_commit_stats(lede_stats *stats,
                                     const lede_memory_commit *commit,
                                     lede_arena *arena);

#endif
