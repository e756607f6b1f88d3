// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets lockdep look past drm_dev_enter(). That takes an SRCU read lock, which is
 * the innermost one in much of what DRM drivers do in reclaim; lockdep relates a
 * lock to the innermost one only, and of one for which nobody waits nothing can
 * follow. So a driver may wait in reclaim for whatever it likes, unnoticed.
 * Without a class of its own the lock does not count, and what is outside of it
 * does: fs_reclaim.
 */

#include <linux/init.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>

#ifdef CONFIG_LOCKDEP

/* The lock is not to be had by its name, but by taking it. */
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

/* Before any device is there. */
subsys_initcall(srcu_look_past);

#endif
