// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells lockdep what may run in memory reclaim, whether it does so now or not.
 * A scan through debugfs does not run in reclaim. So without this, lockdep
 * would not notice that it waits for a lock under which other tasks allocate
 * memory.
 */

#include <linux/lockdep.h>
#include <linux/sched/mm.h>

#include "helper.h"

#ifdef CONFIG_LOCKDEP

static struct lockdep_map helper_reclaim =
	STATIC_LOCKDEP_MAP_INIT("helper_reclaim", &helper_reclaim);

/**
 * helper_reclaim_init - tell lockdep that such a section may run in reclaim
 */
void __init helper_reclaim_init(void)
{
	fs_reclaim_acquire(GFP_KERNEL);
	helper_reclaim_begin();
	helper_reclaim_end();
	fs_reclaim_release(GFP_KERNEL);
}

/**
 * helper_reclaim_begin - begin a section that may run in reclaim
 */
void helper_reclaim_begin(void)
{
	lock_map_acquire(&helper_reclaim);
}

/**
 * helper_reclaim_end - end the section
 */
void helper_reclaim_end(void)
{
	lock_map_release(&helper_reclaim);
}

#endif
