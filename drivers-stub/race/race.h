/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The race variant: instrumented objects (uml-config/race.mk) call callback.c at each block
 * of code. There a task may be held (hold.c), or another one may run (schedule.c).
 *
 * Nothing here is instrumented. There is one CPU and no preemption but the one caused here,
 * so what neither sleeps nor calls schedule() is atomic against other tasks.
 */
#ifndef SHRINKBENCH_RACE_H
#define SHRINKBENCH_RACE_H

#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/types.h>

/* Is any hold armed, or a schedule on? If not, a callback returns at once. */
extern bool race_holds_armed;
extern bool race_schedule_on;

/* May the current task wait here? Not with a spinlock held, within RCU, or in an interrupt. */
static inline bool race_may_sleep(void)
{
	return !preempt_count() && !irqs_disabled();
}

/**
 * struct race_site - a point of the code under test
 * @address: of a block, where the callback returns to; of an exit, that of the function
 * @exit: it is where a function returns
 */
struct race_site {
	unsigned long address;
	bool exit;
};

/* Why a site was not found; those that parse commands put it into words. */
enum race_error {
	RACE_FOUND,
	RACE_NO_FUNCTION,
	RACE_NOT_INSTRUMENTED,
	RACE_AMBIGUOUS,
	RACE_NO_BLOCK,
};

/**
 * race_find - find a site
 * @function: name of an instrumented function
 * @exit: where it returns; @block is not used
 * @block: number of the block in the order of addresses; 0 is the entry
 * @site: where the result is stored
 *
 * Return: RACE_FOUND, or why there is no such site
 */
enum race_error race_find(const char *function, bool exit, unsigned int block,
			  struct race_site *site);

/* The current task is at this site; @ip is an address in the function, @caller in its caller. */
void race_hold_visit(unsigned long address, bool exit);
void race_schedule_visit(unsigned long ip, unsigned long caller);

/* Called by the compiler. */
void __sanitizer_cov_trace_pc(void);
void __cyg_profile_func_enter(void *function, void *from);
void __cyg_profile_func_exit(void *function, void *from);

#endif
