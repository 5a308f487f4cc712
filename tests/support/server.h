/*
 * support/server.h - a Xapian server for the length of a test.
 *
 *     server at;
 *     if (!server_start(&at, "/tmp/x/news.db", false))
 *         return;                       no xapian-tcpsrv here; it was printed
 *     seam_open(&s, lede_xapian_engine(), "xapian+tcp", at.address, NULL);
 *     server_stop(&at);
 *
 * It listens on the loopback alone. Stopping it ends it and every connection.
 */
#ifndef LEDE_TESTS_SERVER_H
#define LEDE_TESTS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct server {
    pid_t pid;
    uint16_t port;
    char address[32]; /* "127.0.0.1:PORT" */
} server;

bool server_start(server *out, const char *path, bool writable);
void server_stop(server *at);

#endif
