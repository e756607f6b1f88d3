// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "lib/virtio-lock.h"

/* More commands than the control queue can hold. */
#define MANY 400

/*
 * Start a process, and wait until it sleeps uninterruptibly: then it waits for
 * space in the queue.
 */
static pid_t start(struct bo *bo, void (*function)(void *arg))
{
	pid_t pid = drm_child_start(bo->fd, function, bo);

	WAIT_UNTIL(process_state(pid) == 'D');
	return pid;
}

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

/*
 * A process that ends with a mapping may need the lock, so release the lock when
 * the test fails.
 */
static void let_go(void)
{
	device_try_write("faults", "clear\n");
}

struct lock bo_lock(struct bo *bo)
{
	struct lock lock;

	atexit(let_go);
	bo_wait(bo);
	/*
	 * The kernel may take the lock for each process that ends with the mapping.
	 */
	if (bo->map)
		CHECK_SYS(madvise(bo->map, bo->size, MADV_DONTFORK));
	cmd_hold("SUBMIT_3D");
	lock.filler = start(bo, fill);
	lock.holder = start(bo, transfer);
	CHECK_EQ(process_state(lock.filler), 'D');
	return lock;
}

void bo_unlock(const struct lock *lock)
{
	cmd_release("SUBMIT_3D");
	child_wait(lock->holder);
	child_wait(lock->filler);
}
