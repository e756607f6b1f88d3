// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "lib/virtio-lock.h"

/* More commands than the control queue can hold. */
#define MANY 400

/**
 * struct user - a process that uses a BO
 * @bo: the BO
 * @ready: the process has used the BO's file
 */
struct user {
	struct bo *bo;
	bool ready;
};

/*
 * The first ioctl() of a process makes DRM update the owner of the file, which may
 * sleep; get that done.
 */
static struct bo *get_ready(struct user *user)
{
	gpu_param(user->bo->fd, VIRTGPU_PARAM_3D_FEATURES);
	__atomic_store_n(&user->ready, true, __ATOMIC_SEQ_CST);
	return user->bo;
}

/*
 * Start a process, and wait until it sleeps uninterruptibly: then it waits for
 * space in the queue.
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
	struct user *user =
		CHECK_SYS(mmap(NULL, sizeof(*user), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	struct lock lock;

	atexit(let_go);
	bo_wait(bo);
	/*
	 * The kernel may take the lock for each process that ends with the mapping.
	 */
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
