/*
 * native/match/queue.h - which of many lists stand on the least document.
 *
 *     lede_queue_init(&queue, count, arena);          queue.docs[i] = ...
 *     lede_queue_order(&queue);
 *     while (lede_queue_least(&queue) < target)
 *         lede_queue_move(&queue, seek(lede_queue_top(&queue), target));
 *     n = lede_queue_gather(&queue);                  queue.found[0 .. n)
 *
 * A heap of list numbers by document.
 *
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_QUEUE_H
#define LEDE_NATIVE_MATCH_QUEUE_H

#include "base/arena.h"
#include "native/codec/postings.h"

typedef struct lede_queue {
    uint32_t *docs;  /* by list: where it stands, LEDE_DOC_END at its end */
    uint32_t *heap;  /* lists, the least document first */
    uint32_t *found; /* lists on the least document, after gather */
    uint32_t *open;  /* places in the heap that gather has yet to look at */
    uint32_t count;
} lede_queue;

/* All lists stand on 0. False when memory ran out. */
bool lede_queue_init(lede_queue *queue, uint32_t count, lede_arena *arena);

/* After `docs` was written to. */
void lede_queue_order(lede_queue *queue);

/* The list on the least document; there is one at least. */
static inline uint32_t lede_queue_top(const lede_queue *queue)
{
    return queue->heap[0];
}

/* LEDE_DOC_END when all are at their end, and for no lists. */
static inline uint32_t lede_queue_least(const lede_queue *queue)
{
    return queue->count ? queue->docs[queue->heap[0]] : LEDE_DOC_END;
}

/* The top list now stands on `doc`. */
void lede_queue_move(lede_queue *queue, uint32_t doc);

/* Lists all lists that stand on the least document, and returns how many. */
uint32_t lede_queue_gather(lede_queue *queue);

#endif
