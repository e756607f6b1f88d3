// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "lib/virtio-lock.h"

/* More than there is room for in the control queue. */
#define MANY 400

/**
 * struct user - a process that uses a BO
 * @bo: the BO
 * @ready: it has been at the BO's file
 */
struct user {
	struct bo *bo;
	bool ready;
};

/* The first time, the kernel makes a note of who it is, and waits for that. */
static struct bo *get_ready(struct user *user)
{
	gpu_param(user->bo->fd, VIRTGPU_PARAM_3D_FEATURES);
	__atomic_store_n(&user->ready, true, __ATOMIC_SEQ_CST);
	return user->bo;
}

/*
 * Start a process, and wait until it sleeps: if no signal can wake it, that is
 * for room in the queue.
 */
static pid_t start(struct user *user, void (*function)(void *arg))
{
	pid_t pid;

	user->ready = false;
	pid = child_start(function, user);
	WAIT_UNTIL(__atomic_load_n(&user->ready, __ATOMIC_SEQ_CST));
	WAIT_UNTIL(process_state(pid) == 'D');
	return pid;
}

static void fill(void *arg)
{
	const struct bo *bo = get_ready(arg);
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
	bo_to_host(get_ready(arg));
}

/* A test that fails has mappings to give up, for which it may want the lock. */
static void let_go(void)
{
	device_try_write("faults", "clear\n");
}

struct lock bo_lock(struct bo *bo)
{
	struct user *user =
		CHECK_SYS(mmap(NULL, sizeof(*user), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	struct lock lock;

	atexit(let_go);
	bo_wait(bo);
	/* A kernel may want the lock for each process that has the mapping. */
	if (bo->map)
		CHECK_SYS(madvise(bo->map, bo->size, MADV_DONTFORK));
	user->bo = bo;
	cmd_hold("SUBMIT_3D");
	lock.filler = start(user, fill);
	lock.holder = start(user, transfer);
	CHECK_EQ(process_state(lock.filler), 'D');
	CHECK_SYS(munmap(user, sizeof(*user)));
	return lock;
}

void bo_unlock(const struct lock *lock)
{
	cmd_release("SUBMIT_3D");
	child_wait(lock->holder);
	child_wait(lock->filler);
}
