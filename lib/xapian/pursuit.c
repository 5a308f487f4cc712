/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/pursuit.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/error.h"

#define PURSUE_MS   10000U
#define PAUSE_MS    50U
#define VERSION_MAX 4096

/* The file that names the newest commit of a directory is a new one, with a
 * number that rises, after each; so is the directory after a compaction. */
static bool add_mark(uint32_t *mark, const lede_xapian_place *place)
{
    lede_xapian_identity identity = lede_xapian_identify(place);
    char bytes[VERSION_MAX];
    ssize_t len = -1;
    int file;
    int named = place->path
                    ? snprintf(bytes, sizeof bytes, "%s/iamglass", place->path)
                    : -1;

    if (named < 0 || (size_t)named >= sizeof bytes)
        return false;
    file = open(bytes, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    len = read(file, bytes, sizeof bytes);
    (void)close(file);
    if (len <= 0)
        return false;
    *mark = lede_crc32c(*mark, &identity, sizeof identity);
    *mark = lede_crc32c(*mark, bytes, (size_t)len);
    return true;
}

static bool take_mark(uint32_t *mark, const lede_xapian_pursuit *p)
{
    bool known = true;

    *mark = 0;
    for (uint32_t i = 0; known && i < p->place_count; i++)
        known = add_mark(mark, &p->places[i]);
    return known;
}

void lede_xapian_pursuit_init(lede_xapian_pursuit *p,
                              const lede_xapian_place *places, uint32_t count)
{
    *p = (lede_xapian_pursuit){ .places = places, .place_count = count };
    p->known = take_mark(&p->mark, p);
}

static void pause_for(uint32_t ms)
{
    const struct timespec pause = { 0, (long)ms * 1000000L };

    (void)nanosleep(&pause, NULL);
}

bool lede_xapian_pursue(lede_xapian_pursuit *p, lede_status *status,
                        lede_error *err)
{
    uint32_t before = p->mark;
    bool was_known = p->known;
    uint32_t ms = p->waited_ms < PAUSE_MS ? p->waited_ms : PAUSE_MS;

    if (*status != LEDE_ERR_BUSY)
        return false;
    p->known = take_mark(&p->mark, p);
    if (was_known && p->known && p->mark == before) {
        *status = lede_fail(err, LEDE_ERR_CORRUPT, p->places[0].address,
                            "blocks are newer than the last commit");
        return false;
    }
    if (p->waited_ms >= PURSUE_MS)
        return false;
    ms = ms ? ms : 1;
    pause_for(ms);
    p->waited_ms += ms;
    /* Those that came during the pause overtake nobody. */
    p->known = take_mark(&p->mark, p);
    return true;
}
