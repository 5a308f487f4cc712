/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/pursuit.h - reading databases that are being committed to.
 *
 *     lede_xapian_pursuit_init(&p, places, count);
 *     do
 *         status = ... open them and read ...;
 *     while (lede_xapian_pursue(&p, &status, err));
 *
 * A reader that is slower than two commits finds blocks overwritten, which is
 * BUSY: it looks again, after pauses that grow, for as long as commits overtake
 * it, up to ten seconds. Where nothing was committed meanwhile, blocks newer
 * than the database are damage.
 */
#ifndef LEDE_XAPIAN_PURSUIT_H
#define LEDE_XAPIAN_PURSUIT_H

#include "xapian/place.h"

typedef struct lede_xapian_pursuit {
    const lede_xapian_place *places;
    uint32_t place_count;
    uint32_t waited_ms;
    bool known;    /* of servers and stubs it is not */
    uint32_t mark; /* of the commits that were there before the look */
} lede_xapian_pursuit;

void lede_xapian_pursuit_init(lede_xapian_pursuit *p,
                              const lede_xapian_place *places, uint32_t count);

/* Whether to look again after *status; makes BUSY without a commit CORRUPT. */
bool lede_xapian_pursue(lede_xapian_pursuit *p, lede_status *status,
                        lede_error *err);

#endif
