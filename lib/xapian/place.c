/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/place.h"

#include "base/error.h"
#include "engine/address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LIST_BYTES_MAX ((size_t)1 << 20)
#define SHARDS_MAX     1000U
#define TIMEOUT_MS     10000U

static bool read_port(const char *text, uint16_t *port)
{
    unsigned number = 0;

    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        number = number * 10 + (unsigned)(*at - '0');
        if (number > UINT16_MAX)
            return false;
    }
    *port = (uint16_t)number;
    return number > 0;
}

static lede_status server(lede_xapian_place *place, const char *address,
                          lede_arena *arena, lede_error *err)
{
    const char *colon = strrchr(address, ':');
    const char *host = address;
    size_t len = colon ? (size_t)(colon - address) : 0;

    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len == 0 || !read_port(colon + 1, &place->port))
        return lede_fail(err, LEDE_ERR_INVALID, address,
                         "a server's address is HOST:PORT");
    place->host = lede_arena_text(arena, host, len);
    return place->host ? LEDE_OK : lede_fail_plain(err, LEDE_ERR_NOMEM);
}

/* The bytes of a file, terminated. */
static lede_status read_list(char **out, const char *path, lede_arena *arena,
                             lede_error *err)
{
    FILE *file = fopen(path, "rbe");
    char *text;
    size_t len;
    bool bad;

    if (!file)
        return lede_fail_system(
            err, errno == ENOENT ? LEDE_ERR_NOT_FOUND : LEDE_ERR_IO, path,
            errno, "the list of shards cannot be opened");
    text = lede_arena_alloc(arena, LIST_BYTES_MAX + 1);
    len = text ? fread(text, 1, LIST_BYTES_MAX + 1, file) : 0;
    bad = ferror(file);
    (void)fclose(file);
    if (!text)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (bad)
        return lede_fail(err, LEDE_ERR_IO, path,
                         "the list of shards cannot be read");
    if (len > LIST_BYTES_MAX || memchr(text, '\0', len))
        return lede_fail(err, LEDE_ERR_INVALID, path,
                         "this is no list of shards");
    text[len] = '\0';
    *out = text;
    return LEDE_OK;
}

/* A path as written in a list, seen from where the list is. */
static const char *beside(const char *list, const char *path, lede_arena *arena)
{
    const char *slash = strrchr(list, '/');
    size_t dir = slash ? (size_t)(slash - list) + 1 : 0;
    size_t len = strlen(path);
    char *joined;

    if (path[0] == '/')
        return path;
    joined = lede_arena_alloc(arena, dir + len + 1);
    if (!joined)
        return NULL;
    memcpy(joined, list, dir);
    memcpy(joined + dir, path, len + 1);
    return joined;
}

static lede_status one(lede_xapian_place *place, const char *scheme,
                       const char *address, lede_arena *arena, lede_error *err)
{
    if (strcmp(scheme, "xapian+tcp") == 0)
        return server(place, address, arena, err);
    if (scheme[0] && strcmp(scheme, "xapian") != 0)
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, place->address,
                         "%s is no scheme of Xapian databases", scheme);
    if (address[0] == '\0')
        return lede_fail(err, LEDE_ERR_INVALID, place->address,
                         "the path is empty");
    place->path = address;
    return LEDE_OK;
}

static lede_status listed(lede_xapian_place *place, const char *list,
                          char *line, lede_arena *arena, lede_error *err)
{
    lede_address split = lede_address_split(line);
    const char *scheme =
        lede_arena_text(arena, split.scheme, strlen(split.scheme));
    lede_status status;

    if (!scheme)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    place->address = line;
    status = one(place, scheme, split.rest, arena, err);
    if (status == LEDE_OK && place->path) {
        place->path = beside(list, place->path, arena);
        if (!place->path)
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    return status;
}

/* The line at *at without blanks around it; moves *at behind it. */
static char *take_line(char **at)
{
    char *line = *at + strspn(*at, " \t\r");
    size_t len = strcspn(line, "\n");

    *at = line[len] ? line + len + 1 : line + len;
    while (len > 0 && strchr(" \t\r", line[len - 1]))
        len--;
    line[len] = '\0';
    return line;
}

static lede_status shards(const lede_xapian_place **out, uint32_t *count,
                          const char *list, lede_arena *arena, lede_error *err)
{
    lede_xapian_place *places = NULL;
    size_t capacity = 0, used = 0;
    char *at = NULL;
    lede_status status = read_list(&at, list, arena, err);

    while (status == LEDE_OK && at && *at) {
        char *line = take_line(&at);

        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (used == SHARDS_MAX)
            return lede_fail(err, LEDE_ERR_LIMIT, list, "more than %u shards",
                             SHARDS_MAX);
        if (!lede_arena_grow(arena, &places, &capacity, used + 1,
                             sizeof *places))
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
        places[used] = (lede_xapian_place){ .address = line };
        status = listed(&places[used++], list, line, arena, err);
    }
    if (status == LEDE_OK && used == 0)
        status = lede_fail(err, LEDE_ERR_INVALID, list, "no shard is listed");
    if (status == LEDE_OK) {
        *out = places;
        *count = (uint32_t)used;
    }
    return status;
}

lede_status lede_xapian_places(const lede_xapian_place **out, uint32_t *count,
                               const char *scheme, const char *address,
                               lede_arena *arena, lede_error *err)
{
    lede_xapian_place *place;
    lede_status status;

    address = lede_arena_text(arena, address, strlen(address));
    place = lede_arena_zero(arena, sizeof *place);
    if (!address || !place)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (strcmp(scheme, "shards") == 0)
        return shards(out, count, address, arena, err);
    place->address = address;
    status = one(place, scheme, address, arena, err);
    if (status == LEDE_OK) {
        *out = place;
        *count = 1;
    }
    return status;
}

xapian_database *lede_xapian_open(const lede_xapian_place *place,
                                  unsigned flags, xapian_error *fault)
{
    if (place->path)
        return xapian_database_open(place->path, flags, fault);
    return xapian_database_open_remote(place->host, place->port,
                                       flags != XAPIAN_READ, TIMEOUT_MS, fault);
}

lede_xapian_identity lede_xapian_identify(const lede_xapian_place *place)
{
    lede_xapian_identity found = { 0, 0 };
    struct stat there;

    if (place->path && stat(place->path, &there) == 0) {
        found.device = (uint64_t)there.st_dev;
        found.file = (uint64_t)there.st_ino;
    }
    return found;
}
