// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that interrupt waits: for the lock of a BO, held by an eviction or by a
 * process that waits for space in the queue; for a fence; for a host that answers
 * late.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <linux/dma-buf.h>

#include "lib/caller.h"
#include "display.h"
#include "lib/virtio-lock.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define PATTERN (-77)

/* Virtual time: a busy machine does not change how long the host takes. */
#define SIGNALS EVICTS, .virtual_time = true

/**
 * struct held - a BO whose lock is held
 * @bo: the BO
 * @scan: the process that evicts it
 * @lock: processes that hold the lock while they wait for space in the queue, if
 *	no process evicts the BO
 * @command: the command that the call in question sends, or NULL
 * @seen: number of those commands before the call
 */
struct held {
	struct bo *bo;
	pid_t scan;
	struct lock lock;
	const char *command;
	unsigned int seen;
};

static struct held hold(struct bo *bo, const char *command, bool evict)
{
	struct held held = {.bo = bo, .command = command};

	if (evict)
		held.scan = scan_held(1);
	else
		held.lock = bo_lock(bo);
	if (command)
		held.seen = cmd_seen(command);
	return held;
}

/* The call has not reached the host. */
static void look_held(void *data)
{
	const struct held *held = data;

	if (held->command)
		CHECK_EQ(cmd_seen(held->command), held->seen);
	if (!held->scan)
		return;
	CHECK_EQ(res_pages(held->bo->res), held->bo->size / PAGE);
	/*
	 * The scan still waits: if it had given up, the call would wait for
	 * something else.
	 */
	CHECK_CMP(process_state(held->scan), !=, 'Z');
}

static void go_held(void *data)
{
	const struct held *held = data;

	if (held->scan)
		scan_release(held->scan);
	else
		bo_unlock(&held->lock);
}

#define SCENE_HELD(file, ioctl_number, argument, held)                         \
	{                                                                      \
		.fd = file, .request = ioctl_number, .arg = argument,          \
		.look = look_held, .go = go_held, .data = held,                \
	}

TEST(advise, .name = "virtio/signal-madvise", SIGNALS,
     .about = "madvise on a BO that is being evicted has no effect if "
	      "interrupted, and works when restarted")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct drm_virtgpu_madvise advice = {
		.bo_handle = bo.handle,
		.retained = 12345,
		.madv = VIRTGPU_MADV_DONTNEED,
	};
	struct held held = hold(&bo, NULL, true);
	struct scene scene =
		SCENE_HELD(fd, DRM_IOCTL_VIRTGPU_MADVISE, &advice, &held);

	signals_end(&scene);
	go_held(&held);
	/* The BO is still needed: it is evicted, not purged. */
	gpu_scan_all();
	bo_verify(&bo, 1);
	held = hold(&bo, NULL, true);
	signals_end(&scene);
	signals_restart(&scene);
	CHECK_EQ(advice.retained, 1);
	CHECK(bo_willneed(&bo));
	bo_verify(&bo, 1);
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	bo_verify_purged(&bo);
}

/*
 * Calls that let the host use the BO
 */

static struct sb_exec nop;

/* The fence is the only output. */
static struct drm_virtgpu_execbuffer exec_of(const uint32_t *handles,
					     uint32_t count)
{
	nop = exec_nop();
	return (struct drm_virtgpu_execbuffer){
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = count,
		.fence_fd = PATTERN,
	};
}

static struct drm_virtgpu_3d_transfer_to_host to_host_of(const struct bo *bo)
{
	return (struct drm_virtgpu_3d_transfer_to_host){
		.bo_handle = bo->handle,
		.box = {.w = (uint32_t)bo->size, .h = 1, .d = 1},
	};
}

/* @arg: an ioctl() that sends one @command for @bo. */
static void use(struct bo *bo, unsigned long request, void *arg,
		const char *command, bool evict)
{
	struct held held = hold(bo, command, evict);
	struct scene scene = SCENE_HELD(bo->fd, request, arg, &held);

	signals_end(&scene);
	signals_restart(&scene);
	if (evict)
		CHECK_EQ(cmd_seen(command), held.seen + 1);
	bo_wait(bo);
	bo_verify(bo, 1);
	bo_close_wait(bo);
}

static void use_to_host(bool evict)
{
	struct bo bo = bo_used(gpu_render(), PAGES, 1);
	struct drm_virtgpu_3d_transfer_to_host arg = to_host_of(&bo);

	use(&bo, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg,
	    "TRANSFER_TO_HOST_3D", evict);
}

static void use_from_host(bool evict)
{
	struct bo bo = bo_used(gpu_render(), PAGES, 1);
	struct drm_virtgpu_3d_transfer_from_host arg = {
		.bo_handle = bo.handle,
		.box = {.w = (uint32_t)bo.size, .h = 1, .d = 1},
	};

	use(&bo, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &arg,
	    "TRANSFER_FROM_HOST_3D", evict);
}

static void use_exec(bool evict)
{
	struct bo bo = bo_used(gpu_render(), PAGES, 1);
	struct drm_virtgpu_execbuffer arg = exec_of(&bo.handle, 1);

	use(&bo, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg, "SUBMIT_3D", evict);
	CHECK_CMP(arg.fence_fd, >=, 0);
}

#define USE_TEST(function, what, words)                                        \
	TEST(function##_locked, .name = "virtio/signal-" what,                 \
	     .virtual_time = true,                                             \
	     .about = words " of a BO whose lock somebody has: interrupted "   \
			    "it does nothing, restarted all")                  \
	{                                                                      \
		function(false);                                               \
	}                                                                      \
	TEST(function##_evict, .name = "virtio/signal-evict-" what, SIGNALS,   \
	     .about = words " of a BO that is being evicted: interrupted it "  \
			    "does nothing, restarted all")                     \
	{                                                                      \
		function(true);                                                \
	}

USE_TEST(use_to_host, "to-host", "a transfer to the host")
USE_TEST(use_from_host, "from-host", "a transfer from the host")
USE_TEST(use_exec, "exec", "an execbuffer")

/*
 * Several BOs
 */

TEST(second, .name = "virtio/signal-exec-second", SIGNALS,
     .about = "an execbuffer that is interrupted while it locks its second BO "
	      "unlocks the first")
{
	GPU(fd);
	/*
	 * Only the first one is being evicted; the scan does not touch the others.
	 */
	struct bo bo = bo_used(fd, PAGES, 1), first = bo_used(fd, PAGES, 2);
	uint32_t handles[] = {first.handle, bo.handle};
	struct drm_virtgpu_execbuffer exec = exec_of(handles, 2);
	struct drm_virtgpu_3d_transfer_to_host arg = to_host_of(&first);
	struct held held = hold(&bo, "SUBMIT_3D", true);
	struct scene scene =
		SCENE_HELD(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec, &held);
	struct scene other = {
		.fd = fd,
		.request = DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST,
		.arg = &arg,
	};

	signals_end_frees(&scene, &other);
	bo_wait(&first);
	CHECK(!bo_busy(&first));
	signals_restart(&scene);
	CHECK_CMP(exec.fence_fd, >=, 0);
	CHECK_EQ(cmd_seen("SUBMIT_3D"), held.seen + 1);
	bo_verify(&bo, 1);
	bo_verify(&first, 2);
	bo_close_wait(&bo);
	bo_close_wait(&first);
}

/*
 * Two BOs are locked by two processes in the opposite order. The process that came
 * later drops its locks, and waits for the contended BO without holding any.
 */
TEST(backoff, .name = "virtio/signal-exec-backoff", SIGNALS,
     .about = "an execbuffer that has dropped its locks to retry can be "
	      "interrupted and holds none")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(first, bo_used(fd, PAGES, 2));
	BO(common, bo_used(fd, PAGES, 3));
	uint32_t early[] = {common.handle, bo.handle};
	uint32_t late[] = {first.handle, common.handle};
	struct drm_virtgpu_execbuffer early_exec = exec_of(early, 2);
	struct drm_virtgpu_execbuffer late_exec = exec_of(late, 2);
	struct held held = hold(&bo, "SUBMIT_3D", true);
	struct caller caller =
		caller_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &early_exec);
	struct scene scene =
		SCENE_HELD(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &late_exec, &held);

	caller_asleep(&caller, true);
	for (int i = 0; i < 2; i++) {
		struct caller backed_off;

		signals_end(&scene);
		bo_verify(&first, 2);
		backed_off = caller_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER,
					  &late_exec);
		caller_asleep(&backed_off, true);
		bo_verify(&first, 2);
		caller_kill(&backed_off);
	}
	signals_restart(&scene);
	CHECK_EQ(caller_end(&caller), 0);
	CHECK_EQ(cmd_seen("SUBMIT_3D"), held.seen + 2);
	bo_verify(&bo, 1);
	bo_verify(&first, 2);
	bo_verify(&common, 3);
}

/*
 * Fences
 */

/**
 * struct busy - work that is not done yet
 * @bo: a BO with work that the host holds, or NULL
 * @vgem: otherwise, a file of vgem
 * @fence: its fence
 * @seen: commands that had been sent
 * @fd: file of the syncobjs
 * @in: syncobj with that fence, or 0
 * @out: syncobj without one, or 0
 */
struct busy {
	const struct bo *bo;
	int vgem;
	uint32_t fence;
	unsigned int seen;
	int fd;
	uint32_t in;
	uint32_t out;
};

/* ETIME, EINVAL (no fence) or 0 (signalled). */
static int syncobj_state(int fd, uint32_t handle)
{
	struct drm_syncobj_wait arg = {
		.handles = (uintptr_t)&handle,
		.count_handles = 1,
	};

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &arg) ? errno : 0;
}

static uint32_t syncobj_new(int fd)
{
	struct drm_syncobj_create arg = {0};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &arg));
	return arg.handle;
}

static void look_busy(void *data)
{
	const struct busy *busy = data;

	if (busy->bo)
		CHECK(bo_busy(busy->bo));
	else
		CHECK_EQ(cmd_seen("SUBMIT_3D"), busy->seen);
	if (busy->in)
		CHECK_EQ(syncobj_state(busy->fd, busy->in), ETIME);
	if (busy->out)
		CHECK_EQ(syncobj_state(busy->fd, busy->out), EINVAL);
}

static void go_busy(void *data)
{
	const struct busy *busy = data;

	if (busy->bo)
		cmd_release("SUBMIT_3D");
	else
		vgem_fence_signal(busy->vgem, busy->fence);
}

static struct busy submit_held(const struct bo *bo)
{
	const struct bo *bos[] = {bo};
	struct sb_exec exec = exec_nop();

	bo_wait(bo);
	cmd_hold("SUBMIT_3D");
	CHECK_SYS(close(gpu_exec_fence(bo->fd, &exec, 1, bos, 1, -1)));
	return (struct busy){.bo = bo};
}

TEST(wait_ioctl, .name = "virtio/signal-wait", .virtual_time = true,
     .about = "VIRTGPU_WAIT can be interrupted, or is restarted")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	struct drm_virtgpu_3d_wait arg = {.handle = bo.handle};
	struct busy busy = submit_held(&bo);
	struct scene scene = {
		fd, DRM_IOCTL_VIRTGPU_WAIT, &arg, look_busy, go_busy, &busy};

	signals_end(&scene);
	signals_restart(&scene);
	CHECK(!bo_busy(&bo));
}

TEST(dmabuf_access, .name = "virtio/signal-dmabuf-sync", .virtual_time = true,
     .about = "DMA_BUF_IOCTL_SYNC on a buffer in use by the host can be "
	      "interrupted, or is restarted")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	int dmabuf = drm_export(fd, bo.handle);
	struct dma_buf_sync arg = {.flags = DMA_BUF_SYNC_START |
					    DMA_BUF_SYNC_RW};
	struct busy busy = submit_held(&bo);
	struct scene scene = {
		dmabuf, DMA_BUF_IOCTL_SYNC, &arg, look_busy, go_busy, &busy};

	signals_end(&scene);
	signals_restart(&scene);
	CHECK(!bo_busy(&bo));
	CHECK_SYS(close(dmabuf));
}

/* A fence of another driver; the sync_file, owned. */
static int foreign_fence(struct busy *busy)
{
	uint32_t handle;
	int dmabuf, fence;

	busy->vgem = drm_open(DRM_VGEM, DRM_CARD);
	handle = vgem_create(busy->vgem, PAGE);
	busy->fence = vgem_fence_attach(busy->vgem, handle);
	dmabuf = drm_export(busy->vgem, handle);
	fence = dmabuf_fences(dmabuf);
	CHECK_SYS(close(dmabuf));
	return fence;
}

TEST(exec_fence, .name = "virtio/signal-exec-fence", .virtual_time = true,
     .about = "an execbuffer that waits for a fence leaves none if "
	      "interrupted, or is restarted")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct busy busy = {.fd = fd};
	struct drm_virtgpu_execbuffer exec = exec_of(&bo.handle, 1);
	struct scene scene = {fd,      DRM_IOCTL_VIRTGPU_EXECBUFFER,
			      &exec,   look_busy,
			      go_busy, &busy};
	int fence = foreign_fence(&busy);

	exec.flags |= VIRTGPU_EXECBUF_FENCE_FD_IN;
	exec.fence_fd = fence;
	busy.seen = cmd_seen("SUBMIT_3D");
	signals_end(&scene);
	CHECK(!bo_busy(&bo));
	signals_restart(&scene);
	CHECK_CMP(exec.fence_fd, >=, 0);
	CHECK_CMP(exec.fence_fd, !=, fence);
	bo_wait(&bo);
	CHECK_EQ(cmd_seen("SUBMIT_3D"), busy.seen + 1);
	bo_verify(&bo, 1);
}

TEST(exec_syncobj, .name = "virtio/signal-exec-syncobj", .virtual_time = true,
     .about = "an execbuffer that waits for a syncobj changes none if "
	      "interrupted, or is restarted")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct busy busy = {
		.fd = fd,
		.in = syncobj_new(fd),
		.out = syncobj_new(fd),
	};
	struct drm_virtgpu_execbuffer_syncobj in = {
		.handle = busy.in,
		.flags = VIRTGPU_EXECBUF_SYNCOBJ_RESET,
	};
	struct drm_virtgpu_execbuffer_syncobj out = {.handle = busy.out};
	struct drm_virtgpu_execbuffer exec = exec_of(&bo.handle, 1);
	struct scene scene = {fd,      DRM_IOCTL_VIRTGPU_EXECBUFFER,
			      &exec,   look_busy,
			      go_busy, &busy};
	struct drm_syncobj_handle import = {
		.handle = busy.in,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
		.fd = foreign_fence(&busy),
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &import));
	exec.syncobj_stride = sizeof(in);
	exec.in_syncobjs = (uintptr_t)&in;
	exec.num_in_syncobjs = 1;
	exec.out_syncobjs = (uintptr_t)&out;
	exec.num_out_syncobjs = 1;
	busy.seen = cmd_seen("SUBMIT_3D");
	signals_end(&scene);
	CHECK(!bo_busy(&bo));
	signals_restart(&scene);
	CHECK_EQ(syncobj_state(fd, busy.in), EINVAL);
	bo_wait(&bo);
	CHECK_EQ(syncobj_state(fd, busy.out), 0);
	bo_verify(&bo, 1);
}

/* Without the capability, see tests/KERNEL-BUGS.md, 3. */
TEST(exec_reset, .name = "virtio/signal-exec-reset", .virtual_time = true,
     .needs = "virtio-exec-reset",
     .about = "an execbuffer that is interrupted has not reset the syncobjs "
	      "that it would have")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct drm_virtgpu_execbuffer_syncobj in = {
		.handle = syncobj_new(fd),
		.flags = VIRTGPU_EXECBUF_SYNCOBJ_RESET,
	};
	struct drm_syncobj_array signal = {
		.handles = (uintptr_t)&in.handle,
		.count_handles = 1,
	};
	struct drm_virtgpu_execbuffer exec = exec_of(&bo.handle, 1);
	struct held held;
	struct scene scene =
		SCENE_HELD(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec, &held);

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &signal));
	exec.syncobj_stride = sizeof(in);
	exec.in_syncobjs = (uintptr_t)&in;
	exec.num_in_syncobjs = 1;
	held = hold(&bo, NULL, false);
	signals_end(&scene);
	CHECK_EQ(syncobj_state(fd, in.handle), 0);
	signals_restart(&scene);
	CHECK_EQ(syncobj_state(fd, in.handle), EINVAL);
	bo_verify(&bo, 1);
}

/*
 * Calls that keep the BO from being evicted
 */

TEST(export, .name = "virtio/signal-export", SIGNALS,
     .about = "an export of a BO that is being evicted has no effect if "
	      "interrupted, and works when restarted")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct drm_prime_handle arg = {
		.handle = bo.handle,
		.flags = DRM_CLOEXEC | DRM_RDWR,
		.fd = PATTERN,
	};
	struct held held = hold(&bo, NULL, true);
	struct scene scene =
		SCENE_HELD(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg, &held);

	signals_end(&scene);
	go_held(&held);
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), PAGES);
	held = hold(&bo, NULL, true);
	signals_restart(&scene);
	CHECK_CMP(arg.fd, >=, 0);
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), 0);
}

TEST(setcrtc, .name = "virtio/signal-setcrtc", SIGNALS,
     .about = "SETCRTC with a BO that is being evicted shows nothing if "
	      "interrupted, and works when restarted")
{
	struct display display = display_open();
	BO(bo, bo_screen(&display));
	struct drm_mode_crtc arg = {
		.set_connectors_ptr = (uintptr_t)&display.connector,
		.count_connectors = 1,
		.crtc_id = display.crtc,
		.fb_id = fb_screen(&display, &bo),
		.mode_valid = 1,
		.mode = display.mode,
	};
	struct held held;
	struct scene scene =
		SCENE_HELD(display.fd, DRM_IOCTL_MODE_SETCRTC, &arg, &held);

	stamp_fill(bo.map, bo.size, 1, 1);
	bo_to_host(&bo);
	CHECK_EQ(gpu_count(), bo.size / PAGE);
	held = hold(&bo, NULL, true);
	signals_end(&scene);
	CHECK_EQ(scanout_resource(0), 0);
	go_held(&held);
	bo_verify(&bo, 1);
	CHECK_EQ(gpu_count(), bo.size / PAGE);
	held = hold(&bo, NULL, true);
	signals_restart(&scene);
	CHECK_EQ(scanout_resource(0), bo.res);
	CHECK_EQ(gpu_count(), 0);
	bo_verify(&bo, 1);
	display_off(&display);
	CHECK_EQ(gpu_count(), bo.size / PAGE);
	fb_remove(display.fd, arg.fb_id);
}

/*
 * Accesses
 */

static void look_evicting(void *data)
{
	const struct held *held = data;

	CHECK_EQ(res_pages(held->bo->res), PAGES);
}

/* No page table maps its pages then. */
static void map_again(struct bo *bo)
{
	bo_unmap(bo);
	bo_map(bo);
}

/*
 * Page faults are retried until they succeed, so a signal is handled before or
 * after them: @access(@arg) while @bo is being evicted.
 */
static void access_held(struct bo *bo, int (*access)(void *arg), void *arg)
{
	struct held held = hold(bo, NULL, true);
	const struct scene scene = {.fd = bo->fd,
				    .look = look_evicting,
				    .go = go_held,
				    .data = &held};

	signals_wait(&scene, access, arg);
}

static void read_held(struct bo *bo, int (*access)(void *arg))
{
	struct reading reading = {.size = bo->size};

	map_again(bo);
	reading.map = bo->map;
	access_held(bo, access, &reading);
}

TEST(fault, .name = "virtio/signal-fault", SIGNALS,
     .about = "a signal is delivered during a page fault on a BO that is being "
	      "evicted, which keeps its content")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	read_held(&bo, read_stamps);
	bo_verify(&bo, 1);
	gpu_scan_all();
	bo_verify(&bo, 1);
}

TEST(fault_purge, .name = "virtio/signal-fault-purge", SIGNALS,
     .about = "a signal is delivered during a page fault on a BO that is being "
	      "purged, and so is SIGBUS")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	CHECK(bo_dontneed(&bo));
	read_held(&bo, read_bus_error);
	bo_verify_purged(&bo);
}

static int exec_from_bo(void *arg)
{
	const struct bo *bo = arg;
	struct drm_virtgpu_execbuffer exec = {
		.size = sizeof(nop),
		.command = (uintptr_t)bo->map,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec));
	return 0;
}

TEST(copy, .name = "virtio/signal-copy", SIGNALS,
     .about = "an execbuffer whose stream lies in a BO that is being evicted "
	      "is read despite signals")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	unsigned int seen = cmd_seen("SUBMIT_3D");

	nop = exec_nop();
	memcpy(bo.map, &nop, sizeof(nop));
	map_again(&bo);
	access_held(&bo, exec_from_bo, &bo);
	/* The process that was killed may have sent its execbuffer, too. */
	WAIT_UNTIL(cmd_seen("SUBMIT_3D") > seen);
	CHECK_CMP(cmd_seen("SUBMIT_3D"), <=, seen + 2);
	stamp_fill(bo.map, bo.size, 1, 1);
	bo_verify(&bo, 1);
}

/*
 * The host
 */

static int scan_one(void *arg)
{
	(void)arg;
	gpu_scan(1);
	return 0;
}

TEST(scan, .name = "virtio/signal-scan", SIGNALS,
     .about = "a signal to the process that evicts a BO harms neither the BO "
	      "nor the device")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	struct caller scan;

	cmd_hold(DETACH);
	scan = caller_run(-1, scan_one, NULL);
	WAIT_UNTIL(cmd_pending(DETACH));
	caller_asleep(&scan, false);
	res_expect(&bo, 1, 1);
	caller_send(&scan, SIGNAL_ENDS);
	caller_send(&scan, SIGNAL_RESTARTS);
	for (int i = 0; i < 20; i++) {
		mem_millisecond();
		CHECK_EQ(res_pages(bo.res), PAGES);
		/* If the scan gives up, the BO keeps its pages. */
		if (process_state(scan.pid) == 'Z')
			CHECK_EQ(gpu_count(), PAGES);
	}
	cmd_release(DETACH);
	WAIT_UNTIL(caller_signals(&scan) == 2);
	CHECK_EQ(caller_end(&scan), 0);
	res_forget(&bo);
	bo_verify(&bo, 1);
	gpu_scan_all();
	bo_verify(&bo, 1);
}

static void go_late(void *data)
{
	(void)data;
	cmd_release(DETACH);
}

TEST(late_host, .name = "virtio/signal-late-host", SIGNALS,
     .about = "a wait for a host that is late to detach can be interrupted and "
	      "holds no lock, or is restarted")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(other, bo_used(fd, PAGES, 2));
	uint32_t handles[] = {other.handle, bo.handle};
	struct drm_virtgpu_execbuffer exec = exec_of(handles, 2);
	struct drm_virtgpu_3d_transfer_to_host to_host = to_host_of(&bo);
	struct scene scene = {.fd = fd, .go = go_late};
	pid_t scan = scan_held(1);
	bool gave_up;

	/*
	 * By then the scan may have given up. If not, it holds the lock of the BO.
	 */
	sleep(60);
	gave_up = process_state(scan) == 'Z';
	scene.request = DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST;
	scene.arg = &to_host;
	signals_end(&scene);
	CHECK(!gave_up || bo_willneed(&bo));
	scene.request = DRM_IOCTL_VIRTGPU_EXECBUFFER;
	scene.arg = &exec;
	signals_end(&scene);
	CHECK(!gave_up || bo_willneed(&bo));
	bo_verify(&other, 2);
	CHECK_EQ(res_pages(bo.res), PAGES);
	signals_restart(&scene);
	child_wait(scan);
	CHECK_CMP(exec.fence_fd, >=, 0);
	bo_verify(&bo, 1);
	bo_verify(&other, 2);
}
