// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "lock.h"

/* More than there is room for in the control queue. */
#define MANY 400

static void fill(void *arg)
{
	const struct bo *bo = arg;
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
	};

	for (int i = 0; i < MANY; i++)
		CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER,
				    &submit));
}

static void transfer(void *arg)
{
	bo_to_host(arg);
}

/* A test that fails has mappings to give up, for which it may want the lock. */
static void let_go(void)
{
	device_try_write("faults", "clear\n");
}

struct lock bo_lock(struct bo *bo)
{
	struct lock lock;

	atexit(let_go);
	bo_wait(bo);
	/* A kernel may want the lock for each process that has the mapping. */
	if (bo->map)
		CHECK_SYS(madvise(bo->map, bo->size, MADV_DONTFORK));
	cmd_hold("SUBMIT_3D");
	/* Each has nothing else to wait for that no signal would end. */
	lock.filler = child_start(fill, bo);
	WAIT_UNTIL(process_state(lock.filler) == 'D');
	lock.holder = child_start(transfer, bo);
	WAIT_UNTIL(process_state(lock.holder) == 'D');
	CHECK_EQ(process_state(lock.filler), 'D');
	return lock;
}

void bo_unlock(const struct lock *lock)
{
	cmd_release("SUBMIT_3D");
	child_wait(lock->holder);
	child_wait(lock->filler);
}
