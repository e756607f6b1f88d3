// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that interrupt waits for jobs, or for the lock of a BO: those of the driver are
 * WAIT_BO and the submits. An imported BO of virtio-gpu is locked as long as its lock is held
 * there. A job that must not end waits for a fence of virtio-gpu, since a job that the device
 * holds ends by its timeout.
 */
#include <errno.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/v3d.h"
#include "lib/virtio-lock.h"

#define SIZE (4 * PAGE)

/**
 * struct waiting - a job that waits for a command of virtio-gpu
 * @virtio: file of virtio-gpu
 * @job: the job
 */
struct waiting {
	int virtio;
	struct v3d_job job;
};

static struct waiting submit_waiting(int fd)
{
	struct waiting waiting = {gpu_render(), v3d_job(fd, V3D_RENDER)};
	struct sb_exec exec = exec_nop();
	uint32_t in = syncobj_new(fd);
	int fence;

	cmd_hold("SUBMIT_3D");
	fence = gpu_exec_fence(waiting.virtio, &exec, 1, NULL, 0, -1);
	syncobj_import(fd, in, fence);
	CHECK_SYS(close(fence));
	v3d_submit(&waiting.job, .in = in);
	syncobj_free(fd, in);
	return waiting;
}

static void look_job(void *data)
{
	const struct waiting *waiting = data;

	CHECK_EQ(v3d_bo_try_wait(&waiting->job.list, 0), ETIME);
}

static void go_job(void *data)
{
	(void)data;
	cmd_release("SUBMIT_3D");
}

static void end_job(struct waiting *waiting)
{
	v3d_job_free(&waiting->job);
	CHECK_SYS(close(waiting->virtio));
}

/* Once, whatever signal comes. An interrupted call says how much time is left. */
static int wait_once(void *arg)
{
	const struct gpu_bo *bo = arg;
	const uint64_t most = 600000000000;
	struct drm_v3d_wait_bo wait = {.handle = bo->handle,
				       .timeout_ns = most};
	int err = ioctl(bo->fd, DRM_IOCTL_V3D_WAIT_BO, &wait) ? errno : 0;

	CHECK_CMP(wait.timeout_ns, <=, most);
	CHECK_CMP(wait.timeout_ns, >, most / 2);
	return err;
}

TEST(wait, .name = "v3d/signal-wait", V3D,
     .about = "WAIT_BO can be interrupted or killed, or is restarted; it says "
	      "how "
	      "much time is left")
{
	V3D_FILE(fd);
	struct waiting waiting = submit_waiting(fd);
	struct gpu_bo *bo = &waiting.job.list;
	struct caller caller = caller_run(fd, wait_once, bo);

	caller_asleep(&caller, true);
	caller_signal(&caller, SIGNAL_ENDS);
	CHECK_EQ(caller_end(&caller), EINTR);
	look_job(&waiting);

	caller = caller_run(fd, wait_once, bo);
	caller_asleep(&caller, true);
	caller_kill(&caller);
	look_job(&waiting);

	caller = caller_run(fd, wait_once, bo);
	caller_asleep(&caller, true);
	caller_signal(&caller, SIGNAL_RESTARTS);
	caller_asleep(&caller, true);
	look_job(&waiting);
	go_job(NULL);
	CHECK_EQ(caller_end(&caller), 0);
	CHECK_EQ(v3d_bo_try_wait(bo, 0), 0);
	end_job(&waiting);
}

TEST(dmabuf_access, .name = "v3d/signal-dmabuf-sync", V3D,
     .about = "DMA_BUF_IOCTL_SYNC on a buffer in use by the GPU can be "
	      "interrupted, or is restarted")
{
	V3D_FILE(fd);
	struct waiting waiting = submit_waiting(fd);
	FD(dmabuf, drm_export(fd, waiting.job.list.handle));
	struct dma_buf_sync arg = {.flags = DMA_BUF_SYNC_START |
					    DMA_BUF_SYNC_RW};
	struct scene scene = {
		dmabuf, DMA_BUF_IOCTL_SYNC, &arg, look_job, go_job, &waiting};

	signals_end(&scene);
	signals_restart(&scene);
	end_job(&waiting);
}

/**
 * struct held - an imported BO whose lock is held
 * @theirs: the BO
 * @ours: the same, in v3d's file
 * @lock: the processes that hold the lock
 * @job: uses a BO of v3d and then this one
 */
struct held {
	struct bo theirs;
	struct gpu_bo ours;
	struct lock lock;
	struct v3d_job job;
};

static void look_held(void *data)
{
	const struct held *held = data;

	CHECK_EQ(v3d_bo_try_wait(&held->job.list, 0), 0);
	CHECK_EQ(v3d_bo_try_wait(&held->ours, 0), 0);
	CHECK(!v3d_runs(held->job.queue));
}

static void go_held(void *data)
{
	const struct held *held = data;

	bo_unlock(&held->lock);
}

/* The ioctl that submits @job, and its argument. */
static unsigned long submit_arg(const struct v3d_job *job,
				const struct v3d_sync *sync, void **arg)
{
	static struct drm_v3d_submit_tfu tfu;
	static struct drm_v3d_submit_csd csd;
	static struct drm_v3d_submit_cl cl;

	switch (job->queue) {
	case V3D_TFU:
		tfu = v3d_tfu_args(job, sync);
		*arg = &tfu;
		return DRM_IOCTL_V3D_SUBMIT_TFU;
	case V3D_CSD:
		csd = v3d_csd_args(job, sync);
		*arg = &csd;
		return DRM_IOCTL_V3D_SUBMIT_CSD;
	default:
		cl = v3d_cl_args(job, sync);
		*arg = &cl;
		return DRM_IOCTL_V3D_SUBMIT_CL;
	}
}

static void submit_held(int fd, struct held *held, enum v3d_queue queue)
{
	uint32_t done = syncobj_new(fd);
	struct v3d_sync sync = {.out = done};
	struct scene scene = {
		.fd = fd, .look = look_held, .go = go_held, .data = held};

	test_note("queue %d", queue);
	held->job = v3d_job(fd, queue);
	v3d_use(&held->job, &held->ours);
	commands_fill(&held->job.commands, held->ours.va, SIZE, 6);
	/* Otherwise child processes map it, for which the kernel may lock it. */
	CHECK_SYS(madvise(held->job.list.map, held->job.list.size,
			  MADV_DONTFORK));
	scene.request = submit_arg(&held->job, &sync, &scene.arg);
	held->lock = bo_lock(&held->theirs);
	signals_end(&scene);
	signals_restart(&scene);
	CHECK(syncobj_wait(fd, done, 10000));
	CHECK_EQ(syncobj_status(fd, done), 1);
	syncobj_free(fd, done);
	v3d_job_free(&held->job);
}

TEST(submit, .name = "v3d/signal-submit", V3D, .virtual_time = true,
     .about = "a submit that is interrupted waiting for its second BO lets go "
	      "of the first, and no job runs")
{
	static const enum v3d_queue queues[] = {V3D_RENDER, V3D_TFU, V3D_CSD};
	int virtio = gpu_render(), fd = v3d_open(), dmabuf;
	struct held held = {.theirs = bo_buffer(virtio, SIZE)};

	bo_to_host(&held.theirs);
	dmabuf = drm_export(virtio, held.theirs.handle);
	held.ours = v3d_bo_import(fd, dmabuf);
	CHECK_SYS(close(dmabuf));
	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++)
		submit_held(fd, &held, queues[i]);
	CHECK_SYS(close(fd));
	bo_close(&held.theirs);
	CHECK_SYS(close(virtio));
}
