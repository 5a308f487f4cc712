/*
 * progress.h - a bar with rate and time left, on a terminal only.
 *
 *     progress_begin(total_bytes);
 *     progress_step(articles, bytes);    as often as you like
 *     progress_end();
 *
 * There is one terminal, so there is one bar.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdint.h>

/* Shows nothing when standard error is not a terminal. total 0: unknown. */
void progress_begin(uint64_t total);

/* How much was read in all. Draws at most ten times a second. */
void progress_step(uint64_t articles, uint64_t bytes);

/* Takes the bar away, so that a message can be printed. */
void progress_clear(void);
void progress_end(void);

/* Seconds of a clock that is never set back. */
double progress_seconds(void);

#endif
