#include "support/gate.h"

#include <time.h>

#define PATIENCE_S 120

void gate_init(gate *g)
{
    *g = (gate){ .owner = pthread_self() };
    (void)pthread_mutex_init(&g->mutex, NULL);
    (void)pthread_cond_init(&g->changed, NULL);
}

void gate_fini(gate *g)
{
    (void)pthread_cond_destroy(&g->changed);
    (void)pthread_mutex_destroy(&g->mutex);
}

/* ---- The thread of the test --------------------------------------------- */

static struct timespec end_of_patience(void)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    return until;
}

bool gate_await(gate *g)
{
    struct timespec until = end_of_patience();
    bool came;

    (void)pthread_mutex_lock(&g->mutex);
    while (!g->waited_at &&
           pthread_cond_timedwait(&g->changed, &g->mutex, &until) == 0)
        ;
    came = g->waited_at;
    (void)pthread_mutex_unlock(&g->mutex);
    return came;
}

bool gate_let(gate *g)
{
    struct timespec until = end_of_patience();
    bool done;

    (void)pthread_mutex_lock(&g->mutex);
    g->let = g->waited_at;
    (void)pthread_cond_broadcast(&g->changed);
    while ((g->let || g->inside) &&
           pthread_cond_timedwait(&g->changed, &g->mutex, &until) == 0)
        ;
    done = !g->let && !g->inside;
    (void)pthread_mutex_unlock(&g->mutex);
    return done;
}

static void set_open(gate *g, bool open)
{
    (void)pthread_mutex_lock(&g->mutex);
    g->open = open;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->mutex);
}

void gate_open(gate *g)
{
    set_open(g, true);
}

void gate_shut(gate *g)
{
    set_open(g, false);
}

/* ---- All others --------------------------------------------------------- */

bool gate_is_owner(const gate *g)
{
    return pthread_equal(pthread_self(), g->owner) != 0;
}

void gate_enter(gate *g)
{
    (void)pthread_mutex_lock(&g->mutex);
    g->waited_at = true;
    (void)pthread_cond_broadcast(&g->changed);
    while (!g->open && !g->let)
        (void)pthread_cond_wait(&g->changed, &g->mutex);
    g->waited_at = false;
    g->let = false;
    g->inside = true;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->mutex);
}

void gate_leave(gate *g)
{
    (void)pthread_mutex_lock(&g->mutex);
    g->inside = false;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->mutex);
}
