#include "interrupt.h"

#include <signal.h>

static lede_cancel *cancel;
static volatile sig_atomic_t came;

static void on_signal(int number)
{
    came = number;
    lede_cancel_set(cancel);
}

lede_status interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = (int)SA_RESETHAND };
    lede_status status = lede_cancel_new(&cancel, NULL);

    if (status != LEDE_OK)
        return status;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return LEDE_OK;
}

lede_cancel *interrupt_cancel(void)
{
    return cancel;
}

bool interrupted(void)
{
    return came != 0;
}

void interrupt_die(void)
{
    if (!came)
        return;
    signal(came, SIG_DFL);
    raise(came);
}
