#include "native/match/bulk.h"

#include "native/match/intersect.h"

lede_status lede_bulk_find(bool *done, lede_matcher *matcher,
                           const lede_plan *plan, lede_sink *sink)
{
    return lede_intersect_find(done, matcher, plan, sink);
}

lede_status lede_bulk_count(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, const lede_live *live,
                            uint64_t *count)
{
    return lede_intersect_count(done, matcher, plan, live, count);
}
