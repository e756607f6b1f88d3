// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scans that tests start themselves, to see what scan_objects() returns, which
 * the kernel's debugfs file does not show; and the lock of the shrinker's lists.
 */

#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/shrinker.h>

#include "helper.h"

#if HELPER_SHRINKER

/**
 * helper_scan - let the device's shrinker scan
 * @dev: the device
 * @args: for how many pages, and what came of it
 *
 * Return: 0, or -EOPNOTSUPP if the kernel has no such shrinker.
 */
int helper_scan(struct drm_device *dev, struct sb_helper_scan *args)
{
	struct shrinker *shrinker = dev->shmem_mm->shrinker;
	struct shrink_control sc = {
		.gfp_mask = GFP_KERNEL,
		.nr_to_scan = args->pages,
		.nr_scanned = args->pages,
	};
	unsigned long freed = shrinker->scan_objects(shrinker, &sc);

	args->stopped = freed == SHRINK_STOP;
	args->freed = args->stopped ? 0 : freed;
	args->scanned = sc.nr_scanned;
	return 0;
}

/**
 * helper_lru_hold - hold the lock of the shrinker's lists
 * @sdev: the device
 *
 * Until helper_lru_go() or a fatal signal.
 *
 * Return: 0, -EBUSY if it is held already, or another negative errno.
 */
int helper_lru_hold(struct helper_device *sdev)
{
	struct mutex *lock =
		helper_lru_lock(&sdev->drm, &sdev->drm.shmem_mm->lru_pinned);
	int ret;

	if (atomic_cmpxchg(&sdev->lru_held, 0, LRU_ASKED))
		return -EBUSY;
	mutex_lock(lock);
	atomic_cmpxchg(&sdev->lru_held, LRU_ASKED, LRU_HELD);
	ret = wait_event_killable(sdev->wait, !atomic_read(&sdev->lru_held));
	mutex_unlock(lock);
	atomic_set(&sdev->lru_held, 0);
	return ret;
}

/**
 * helper_lru_go - end helper_lru_hold()
 * @sdev: the device
 */
void helper_lru_go(struct helper_device *sdev)
{
	atomic_set(&sdev->lru_held, 0);
	wake_up_all(&sdev->wait);
}

#else

int helper_scan(struct drm_device *dev, struct sb_helper_scan *args)
{
	return -EOPNOTSUPP;
}

int helper_lru_hold(struct helper_device *sdev)
{
	return -EOPNOTSUPP;
}

void helper_lru_go(struct helper_device *sdev)
{
}

#endif
