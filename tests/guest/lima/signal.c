// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that interrupt waits for tasks, or for the lock of a BO. BOs of lima itself
 * are never locked for long, but an imported BO of virtio-gpu is locked as long as its
 * lock is held there.
 */
#include <errno.h>
#include <linux/dma-buf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/virtio-lock.h"

#define SIZE (4 * PAGE)

/* A task that the device holds. */
static struct lima_task submit_held(int fd)
{
	struct lima_task task = lima_task(fd, LIMA_PIPE_GP);

	commands_add(&task.commands, SB_COMMAND_FILL);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	return task;
}

static void look_task(void *data)
{
	CHECK_EQ(lima_bo_try_wait(data, LIMA_GEM_WAIT_WRITE, 0), EBUSY);
}

static void go_task(void *data)
{
	(void)data;
	device_write("faults", "release lima GP");
}

TEST(wait, .name = "lima/signal-wait", LIMA, .virtual_time = true,
     .about = "GEM_WAIT can be interrupted, or is restarted")
{
	LIMA_FILE(fd);
	LIMA_TASK(task, submit_held(fd));
	struct drm_lima_gem_wait arg = {
		.handle = task.list.handle,
		.op = LIMA_GEM_WAIT_WRITE,
		.timeout_ns = time_after(60000),
	};
	struct scene scene = {fd,      DRM_IOCTL_LIMA_GEM_WAIT,
			      &arg,    look_task,
			      go_task, &task.list};

	signals_end(&scene);
	signals_restart(&scene);
	CHECK_EQ(lima_bo_try_wait(&task.list, LIMA_GEM_WAIT_WRITE, 0), 0);
}

TEST(wait_timeout, .name = "lima/signal-wait-timeout", LIMA,
     .virtual_time = true,
     .about = "signals do not put off the end of a wait for a BO")
{
	LIMA_FILE(fd);
	LIMA_TASK(task, submit_held(fd));
	struct drm_lima_gem_wait arg = {
		.handle = task.list.handle,
		.op = LIMA_GEM_WAIT_READ,
		.timeout_ns = time_after(100),
	};
	struct caller caller = caller_ioctl(fd, DRM_IOCTL_LIMA_GEM_WAIT, &arg);

	caller_asleep(&caller, true);
	while (time_after(0) < arg.timeout_ns - 20000000) {
		caller_signal(&caller, SIGNAL_RESTARTS);
		caller_asleep(&caller, true);
		mem_millisecond();
	}
	CHECK_EQ(caller_end(&caller), ETIMEDOUT);
	CHECK_CMP(time_after(0), >=, arg.timeout_ns);
	look_task(&task.list);
	go_task(NULL);
}

TEST(dmabuf_access, .name = "lima/signal-dmabuf-sync", LIMA,
     .virtual_time = true,
     .about = "DMA_BUF_IOCTL_SYNC on a buffer in use by the GPU can be "
	      "interrupted, or is restarted")
{
	LIMA_FILE(fd);
	LIMA_TASK(task, submit_held(fd));
	FD(dmabuf, drm_export(fd, task.list.handle));
	struct dma_buf_sync arg = {.flags = DMA_BUF_SYNC_START |
					    DMA_BUF_SYNC_RW};
	struct scene scene = {dmabuf,  DMA_BUF_IOCTL_SYNC, &arg, look_task,
			      go_task, &task.list};

	signals_end(&scene);
	signals_restart(&scene);
}

TEST(heap, .name = "lima/signal-heap", LIMA, .virtual_time = true,
     .about = "a wait for a heap can be interrupted, or is restarted, while "
	      "the heap grows")
{
	enum { PAGES = 64 };
	LIMA_FILE(fd);
	GPU_BO(heap, lima_bo(fd, PAGES * PAGE, LIMA_BO_FLAG_HEAP));
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	struct drm_lima_gem_wait arg = {
		.handle = heap.handle,
		.op = LIMA_GEM_WAIT_WRITE,
		.timeout_ns = time_after(60000),
	};
	struct scene scene = {
		fd, DRM_IOCTL_LIMA_GEM_WAIT, &arg, look_task, go_task, &heap};

	lima_use_heap(&task, &heap);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_alloc(&task.commands, out.va, PAGES, 1);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	signals_end(&scene);
	signals_restart(&scene);
	CHECK_EQ(*(uint32_t *)out.map, heap.va + heap.size);
}

/**
 * struct held - an imported BO whose lock is held
 * @theirs: the BO
 * @ours: the same, in lima's file
 * @lock: the processes that hold the lock
 * @task: uses a BO of lima and then this one
 * @done: the sync object of its fence
 */
struct held {
	struct bo theirs;
	struct gpu_bo ours;
	struct lock lock;
	struct lima_task task;
	uint32_t done;
};

static void look_held(void *data)
{
	const struct held *held = data;

	CHECK_EQ(lima_bo_try_wait(&held->task.list, LIMA_GEM_WAIT_WRITE, 0), 0);
	CHECK_EQ(lima_bo_try_wait(&held->ours, LIMA_GEM_WAIT_WRITE, 0), 0);
	CHECK(!lima_runs(LIMA_PIPE_GP));
}

static void go_held(void *data)
{
	const struct held *held = data;

	bo_unlock(&held->lock);
}

TEST(submit, .name = "lima/signal-submit", LIMA, .virtual_time = true,
     .about = "a submit that is interrupted waiting for its second BO lets go "
	      "of the first, and no task runs")
{
	int virtio = gpu_render(), fd = lima_open(), dmabuf;
	struct held held = {.theirs = bo_buffer(virtio, SIZE)};
	union lima_frame frame;
	struct drm_lima_gem_submit arg;
	struct scene scene;
	uint64_t jobs = lima_counter("gp-jobs");

	bo_to_host(&held.theirs);
	dmabuf = drm_export(virtio, held.theirs.handle);
	held.ours = lima_bo_import(fd, dmabuf);
	CHECK_SYS(close(dmabuf));
	held.task = lima_task(fd, LIMA_PIPE_GP);
	lima_use(&held.task, &held.ours, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&held.task.commands, held.ours.va, SIZE, 6);
	held.done = syncobj_new(fd);
	frame = lima_frame(&held.task);
	arg = lima_submit_args(&held.task, &frame,
			       &(struct lima_sync){.out = held.done});
	/* Otherwise child processes map it, for which the kernel may lock it. */
	CHECK_SYS(madvise(held.task.list.map, held.task.list.size,
			  MADV_DONTFORK));
	held.lock = bo_lock(&held.theirs);
	scene = (struct scene){
		fd, DRM_IOCTL_LIMA_GEM_SUBMIT, &arg, look_held, go_held, &held};
	signals_end(&scene);
	CHECK_EQ(lima_counter("gp-jobs"), jobs);
	signals_restart(&scene);
	CHECK(syncobj_wait(fd, held.done, 10000));
	CHECK_EQ(syncobj_status(fd, held.done), 1);
	CHECK_EQ(lima_counter("gp-jobs"), jobs + 1);
	lima_task_free(&held.task);
	CHECK_SYS(close(fd));
	bo_close(&held.theirs);
	CHECK_SYS(close(virtio));
}
