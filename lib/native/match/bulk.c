#include "native/match/bulk.h"

#include "native/match/intersect.h"
#include "native/match/masked.h"
#include "native/match/words.h"

lede_status lede_bulk_find(bool *done, lede_matcher *matcher,
                           const lede_plan *plan, lede_sink *sink)
{
    lede_status status = lede_words_find(done, matcher, plan, sink);

    if (status == LEDE_OK && !*done)
        status = lede_masked_find(done, matcher, plan, sink);
    return status == LEDE_OK && !*done
               ? lede_intersect_find(done, matcher, plan, sink)
               : status;
}

lede_status lede_bulk_count(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, const lede_live *live,
                            uint64_t *count)
{
    lede_status status = lede_words_count(done, matcher, plan, live, count);

    return status == LEDE_OK && !*done
               ? lede_intersect_count(done, matcher, plan, live, count)
               : status;
}
