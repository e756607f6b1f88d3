// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells lockdep what may run in memory reclaim, whether it does this time or
 * not: a scan that a test asks for by debugfs runs in nothing of the kind, and
 * waiting there for a lock under which others take memory would go unnoticed.
 */

#include <linux/lockdep.h>
#include <linux/sched/mm.h>

#include "helper.h"

#ifdef CONFIG_LOCKDEP

static struct lockdep_map helper_reclaim =
	STATIC_LOCKDEP_MAP_INIT("helper_reclaim", &helper_reclaim);

/** helper_reclaim_init - what is in such a section may run in reclaim */
void __init helper_reclaim_init(void)
{
	fs_reclaim_acquire(GFP_KERNEL);
	helper_reclaim_begin();
	helper_reclaim_end();
	fs_reclaim_release(GFP_KERNEL);
}

/** helper_reclaim_begin - from here on; whether it does, this time, or not */
void helper_reclaim_begin(void)
{
	lock_map_acquire(&helper_reclaim);
}

/** helper_reclaim_end - up to here */
void helper_reclaim_end(void)
{
	lock_map_release(&helper_reclaim);
}

#endif
