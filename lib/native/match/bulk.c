#include "native/match/bulk.h"

lede_status lede_bulk_find(bool *done, lede_matcher *matcher,
                           const lede_plan *plan, lede_sink *sink)
{
    (void)plan;
    (void)sink;
    *done = false;
    return matcher->status;
}

lede_status lede_bulk_count(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, const lede_live *live,
                            uint64_t *count)
{
    (void)plan;
    (void)live;
    (void)count;
    *done = false;
    return matcher->status;
}
