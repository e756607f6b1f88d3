// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the compiler calls: at each block, and where a function returns.
 */
#include <linux/compiler.h>
#include <linux/instruction_pointer.h>

#include "race.h"

/* Who called the function that calls the callback; there are frame pointers. */
#define CALLER ((unsigned long)__builtin_return_address(1))

bool race_holds_armed;
bool race_schedule_on;

static noinline void visit(unsigned long address, unsigned long ip,
			   unsigned long caller, bool exit)
{
	if (READ_ONCE(race_holds_armed))
		race_hold_visit(address, exit);
	if (READ_ONCE(race_schedule_on))
		race_schedule_visit(ip, caller);
}

static __always_inline bool armed(void)
{
	return READ_ONCE(race_holds_armed) || READ_ONCE(race_schedule_on);
}

void __sanitizer_cov_trace_pc(void)
{
	if (unlikely(armed()))
		visit(_RET_IP_, _RET_IP_, CALLER, false);
}

/* The first block says the same. */
void __cyg_profile_func_enter(void *function, void *from)
{
}

void __cyg_profile_func_exit(void *function, void *from)
{
	if (unlikely(armed()))
		visit((unsigned long)function, _RET_IP_, CALLER, true);
}
