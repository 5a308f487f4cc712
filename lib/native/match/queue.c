#include "native/match/queue.h"

bool lede_queue_init(lede_queue *queue, uint32_t count, lede_arena *arena)
{
    queue->count = count;
    queue->docs = lede_arena_array(arena, count, sizeof *queue->docs);
    queue->heap = lede_arena_array(arena, count, sizeof *queue->heap);
    queue->found = lede_arena_array(arena, count, sizeof *queue->found);
    queue->open = lede_arena_array(arena, count, sizeof *queue->open);
    if (!queue->docs || !queue->heap || !queue->found || !queue->open)
        return false;
    for (uint32_t i = 0; i < count; i++)
        queue->heap[i] = i;
    return true;
}

static void sift_down(lede_queue *queue, uint32_t at)
{
    uint32_t list = queue->heap[at], doc = queue->docs[list];

    for (uint64_t child = 2 * (uint64_t)at + 1; child < queue->count;
         child = 2 * child + 1) {
        if (child + 1 < queue->count && queue->docs[queue->heap[child + 1]] <
                                            queue->docs[queue->heap[child]])
            child++;
        if (queue->docs[queue->heap[child]] >= doc)
            break;
        queue->heap[at] = queue->heap[child];
        at = (uint32_t)child;
    }
    queue->heap[at] = list;
}

void lede_queue_order(lede_queue *queue)
{
    for (uint32_t at = queue->count / 2; at > 0; at--)
        sift_down(queue, at - 1);
}

void lede_queue_move(lede_queue *queue, uint32_t doc)
{
    queue->docs[queue->heap[0]] = doc;
    sift_down(queue, 0);
}

uint32_t lede_queue_gather(lede_queue *queue)
{
    uint32_t least = lede_queue_least(queue), count = 0, open = 0;

    /* Those below a list that stands further on stand further on, too. */
    if (least != LEDE_DOC_END)
        queue->open[open++] = 0;
    while (open > 0) {
        uint32_t at = queue->open[--open];

        queue->found[count++] = queue->heap[at];
        for (uint64_t child = 2 * (uint64_t)at + 1;
             child <= 2 * (uint64_t)at + 2 && child < queue->count; child++)
            if (queue->docs[queue->heap[child]] == least)
                queue->open[open++] = (uint32_t)child;
    }
    return count;
}
