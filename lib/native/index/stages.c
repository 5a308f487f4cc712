#include "native/index/stages.h"

static void report(const lede_stages *stages, uint64_t done)
{
    if (stages->outer && stages->outer->progress)
        stages->outer->progress(stages->outer->ctx,
                                done < stages->total ? done : stages->total,
                                stages->total);
}

static void see_progress(void *ctx, uint64_t done, uint64_t total)
{
    const lede_stages *stages = ctx;

    (void)total;
    report(stages, stages->done + done);
}

static void see_problem(void *ctx, const lede_problem *problem)
{
    lede_stages_tell(ctx, problem);
}

void lede_stages_begin(lede_stages *stages, const lede_task *task,
                       uint64_t total)
{
    *stages = (lede_stages){
        .task = { .size = sizeof stages->task,
                  .ctx = stages,
                  .progress = see_progress,
                  .problem = see_problem,
                  .cancel = task ? task->cancel : NULL },
        .outer = task,
        .total = total,
    };
}

void lede_stages_next(lede_stages *stages, uint64_t bytes)
{
    stages->done += bytes;
    report(stages, stages->done);
}

void lede_stages_tell(const lede_stages *stages, const lede_problem *problem)
{
    if (stages->outer && stages->outer->problem)
        stages->outer->problem(stages->outer->ctx, problem);
}
