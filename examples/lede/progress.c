#include "progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 24

static struct {
    bool shown; /* there is a terminal */
    bool drawn; /* the bar is on its line now */
    uint64_t total;
    double began;
    double last;
} bar;

double progress_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_begin(uint64_t total)
{
    bar.shown = isatty(STDERR_FILENO) != 0;
    bar.drawn = false;
    bar.total = total;
    bar.began = progress_seconds();
    bar.last = bar.began;
}

static void draw(uint64_t articles, uint64_t bytes, double elapsed)
{
    double rate = elapsed > 0 ? (double)bytes / elapsed : 0;
    double part = bar.total ? (double)bytes / (double)bar.total : 0;
    uint64_t left;

    fputs("\r\033[K", stderr);
    if (bar.total) {
        int filled = (int)((part > 1 ? 1 : part) * WIDTH);

        fputc('[', stderr);
        for (int i = 0; i < WIDTH; i++)
            fputc(i < filled ? '=' : ' ', stderr);
        fprintf(stderr, "] %3d%%  ", (int)((part > 1 ? 1 : part) * 100));
    }
    fprintf(stderr, "%" PRIu64 " articles  %.1f MB/s", articles, rate / 1e6);
    if (bar.total && rate > 0 && part < 1) {
        left = (uint64_t)((double)(bar.total - bytes) / rate + 0.5);
        fprintf(stderr, "  ETA %" PRIu64 ":%02" PRIu64, left / 60, left % 60);
    }
    fflush(stderr);
    bar.drawn = true;
}

void progress_step(uint64_t articles, uint64_t bytes)
{
    double now;

    if (!bar.shown)
        return;
    now = progress_seconds();
    if (now - bar.last < 0.1)
        return;
    bar.last = now;
    draw(articles, bytes, now - bar.began);
}

void progress_clear(void)
{
    if (bar.drawn)
        fputs("\r\033[K", stderr);
    bar.drawn = false;
}

void progress_end(void)
{
    progress_clear();
    bar.shown = false;
}
