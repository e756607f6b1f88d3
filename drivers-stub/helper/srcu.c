// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes lockdep ignore the lock of drm_dev_enter(). It is an SRCU read lock,
 * and the innermost lock in most of what DRM drivers do in reclaim. Lockdep
 * relates a new lock only to the innermost one that is held, and nothing ever
 * waits for this one. So a driver could wait for anything in reclaim without a
 * report. If the SRCU lock has no lock class, lockdep uses the next outer one:
 * fs_reclaim.
 */

#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>

#ifdef CONFIG_LOCKDEP

/* The lock is static, so find it by taking it. */
static int __init srcu_look_past(void)
{
	static struct drm_device none __initdata;
	struct lockdep_map *map;
	int depth = current->lockdep_depth;
	int idx;

	if (!drm_dev_enter(&none, &idx))
		return 0;
	map = current->lockdep_depth > depth ?
		      current->held_locks[depth].instance :
		      NULL;
	drm_dev_exit(idx);
	if (map)
		lockdep_init_map(map, map->name, &__lockdep_no_validate__, 0);
	return 0;
}

/* Before there is any device. */
subsys_initcall(srcu_look_past);

#endif
