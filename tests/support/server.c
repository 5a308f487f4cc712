#include "support/server.h"

#include <arpa/inet.h>
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/suite.h"

#define PROGRAM  "/usr/bin/xapian-tcpsrv"
#define PORTS    5
#define TRIES    6000 /* a minute */
#define SLEEP_NS 10000000L

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/* A port that nobody else is given while the socket *held is open; the server
 * may listen on it all the same, as both reuse addresses. */
static uint16_t free_port(int *held)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes),
                     0);
    *held = fd;
    return ntohs(address.sin_port);
}

static bool answers(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address,
                                        sizeof address) == 0;

    if (fd >= 0)
        (void)close(fd);
    return connected;
}

static void run(const char *path, uint16_t port, bool writable)
{
    char number[8];
    const char *words[] = { PROGRAM,       "--quiet",
                            "--interface", "127.0.0.1",
                            "--port",      number,
                            path,          writable ? "--writable" : NULL,
                            NULL };

    (void)snprintf(number, sizeof number, "%u", (unsigned)port);
    /* It tells of every connection that ends. A test that crashes leaves it
     * behind: it must not hold the test's output open. */
    (void)!freopen("/dev/null", "w", stdout);
    (void)!freopen("/dev/null", "w", stderr);
    /* A group of its own: it forks for each connection. */
    (void)setpgid(0, 0);
    (void)execv(PROGRAM, (char *const *)(uintptr_t)words);
    _exit(127);
}

/* Waits until the server answers; false when it has ended instead. */
static bool wait_for(server *at)
{
    const struct timespec pause = { 0, SLEEP_NS };

    for (int i = 0; i < TRIES; i++) {
        if (waitpid(at->pid, NULL, WNOHANG) == at->pid) {
            at->pid = 0;
            return false;
        }
        if (answers(at->port))
            return true;
        (void)nanosleep(&pause, NULL);
    }
    server_stop(at);
    return false;
}

static bool start_once(server *out, const char *path, bool writable)
{
    bool started;
    int held;

    out->port = free_port(&held);
    (void)snprintf(out->address, sizeof out->address, "127.0.0.1:%u",
                   (unsigned)out->port);
    (void)fflush(NULL);
    out->pid = fork();
    ck_assert_int_ge(out->pid, 0);
    if (out->pid == 0)
        run(path, out->port, writable);
    (void)setpgid(out->pid, out->pid);
    started = wait_for(out);
    (void)close(held);
    return started;
}

bool server_start(server *out, const char *path, bool writable)
{
    bool started = false;

    if (access(PROGRAM, X_OK) != 0) {
        test_skip("there is no " PROGRAM);
        return false;
    }
    /* Those that it forks become ours when it is killed: server_stop waits
     * for them, too, for they hold the lock. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < PORTS && !started; i++)
        started = start_once(out, path, writable);
    ck_assert_msg(started, "no server at %s", out->address);
    return true;
}

void server_stop(server *at)
{
    if (at->pid <= 0)
        return;
    (void)kill(-at->pid, SIGKILL);
    while (waitpid(-at->pid, NULL, 0) > 0)
        ;
    at->pid = 0;
}
