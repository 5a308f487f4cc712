/*
 * interrupt.h - Ctrl-C stops work, and what was not committed is not there.
 */
#ifndef TOOL_INTERRUPT_H
#define TOOL_INTERRUPT_H

#include <lede/lede.h>

/* From now on SIGINT and SIGTERM set the token of interrupt_cancel; a second
 * one ends the program at once. */
lede_status interrupt_watch(void);

/* For the options of long calls; NULL before interrupt_watch. */
lede_cancel *interrupt_cancel(void);

/* True once a signal came. */
bool interrupted(void);

/* Ends the program by the signal that came, so that a shell sees it. Returns
 * when none came. */
void interrupt_die(void);

#endif
