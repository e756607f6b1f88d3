// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that interrupt waits for the lock of a BO, or for a chain. BOs of
 * panfrost itself are never locked for long, but an imported BO of virtio-gpu is
 * locked as long as its lock is held there.
 */
#include <drm/drm.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/virtio-lock.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define SIZE (4 * PAGE)

/**
 * struct held - an imported BO whose lock is held
 * @theirs: the BO
 * @ours: the BO as imported by panfrost's file
 * @lock: the processes that hold the lock
 * @chain: a chain that uses a BO of panfrost and then this one, or zeroed
 * @handles: these two
 * @submit: arguments of the submit, which signals a syncobj
 * @alone: without the second BO
 */
struct held {
	struct bo theirs;
	struct pan_bo ours;
	struct lock lock;
	struct chain chain;
	uint32_t handles[2];
	struct drm_panfrost_submit submit;
	struct drm_panfrost_submit alone;
};

static void lock_import(struct held *held)
{
	held->lock = bo_lock(&held->theirs);
}

static void import(struct held *held, int fd)
{
	int virtio = gpu_render(), dmabuf;

	*held = (struct held){.theirs = bo_buffer(virtio, SIZE)};
	bo_to_host(&held->theirs);
	dmabuf = drm_export(virtio, held->theirs.handle);
	held->ours = pan_bo_import(fd, dmabuf);
	CHECK_SYS(close(dmabuf));
}

/*
 * The kernel may take a BO's lock for each process that maps it, so child processes
 * do not inherit the mapping.
 */
static struct chain chain_to_submit(int fd)
{
	struct chain chain = chain_null(fd);

	CHECK_SYS(madvise(chain.bo.map, chain.bo.size, MADV_DONTFORK));
	return chain;
}

static void import_chain(struct held *held, int fd)
{
	import(held, fd);
	held->chain = chain_to_submit(fd);
	held->handles[0] = held->chain.bo.handle;
	held->handles[1] = held->ours.handle;
	held->submit = (struct drm_panfrost_submit){
		.jc = held->chain.bo.va,
		.bo_handles = (uintptr_t)held->handles,
		.bo_handle_count = 2,
		.out_sync = syncobj_new(fd),
	};
	held->alone = held->submit;
	held->alone.bo_handle_count = 1;
	held->alone.out_sync = 0;
}

/* Does the syncobj have a fence? */
static bool has_fence(int fd, uint32_t syncobj)
{
	struct drm_syncobj_wait arg = {
		.handles = (uintptr_t)&syncobj,
		.count_handles = 1,
	};

	if (!drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &arg))
		return true;
	CHECK(errno == ETIME || errno == EINVAL);
	return errno == ETIME;
}

static void look_held(void *data)
{
	const struct held *held = data;

	if (!held->submit.jc)
		return;
	CHECK(!has_fence(held->ours.fd, held->submit.out_sync));
	CHECK_EQ(pan_bo_try_wait(&held->ours, 0), 0);
}

static void go_held(void *data)
{
	const struct held *held = data;

	bo_unlock(&held->lock);
}

static struct scene scene_of(struct held *held, unsigned long request,
			     void *arg)
{
	return (struct scene){
		.fd = held->ours.fd,
		.request = request,
		.arg = arg,
		.look = look_held,
		.go = go_held,
		.data = held,
	};
}

static void close_held(struct held *held)
{
	int virtio = held->theirs.fd;

	pan_bo_wait(&held->ours);
	if (held->submit.jc)
		chain_free(&held->chain);
	CHECK_SYS(close(held->ours.fd));
	bo_close(&held->theirs);
	WAIT_UNTIL(!res_exists(held->theirs.res));
	CHECK_SYS(close(virtio));
}

TEST(submit, .name = "panfrost/signal-submit", .virtual_time = true,
     .about = "a submit that is interrupted waiting for its second BO lets go "
	      "of the first, and no chain runs")
{
	struct held held;
	struct scene scene, other;
	int fd = pan_open();

	import_chain(&held, fd);
	lock_import(&held);
	scene = scene_of(&held, DRM_IOCTL_PANFROST_SUBMIT, &held.submit);
	other = (struct scene){
		.fd = fd,
		.request = DRM_IOCTL_PANFROST_SUBMIT,
		.arg = &held.alone,
	};
	signals_end(&scene);
	CHECK_EQ(pan_bo_try_wait(&held.chain.bo, 0), 0);
	CHECK_EQ(((struct job *)held.chain.bo.map)->exception_status,
		 STATUS_NOT_STARTED);
	signals_end_frees(&scene, &other);
	pan_bo_wait(&held.chain.bo);
	chain_check_done(&held.chain);
	signals_restart(&scene);
	CHECK(syncobj_wait(fd, held.submit.out_sync, 10000));
	CHECK_EQ(syncobj_status(fd, held.submit.out_sync), 1);
	close_held(&held);
}

/* Like virtio/signal-exec-backoff. */
TEST(backoff, .name = "panfrost/signal-submit-backoff", .virtual_time = true,
     .about = "a submit that has backed off from its BOs is interrupted and "
	      "has none")
{
	struct held held;
	struct scene scene;
	struct caller early;
	int fd = pan_open();
	CHAIN(chain, chain_to_submit(fd));
	uint32_t handles[2];
	struct drm_panfrost_submit late, alone;

	import_chain(&held, fd);
	handles[0] = chain.bo.handle;
	handles[1] = held.chain.bo.handle;
	late = (struct drm_panfrost_submit){
		.jc = chain.bo.va,
		.bo_handles = (uintptr_t)handles,
		.bo_handle_count = 2,
		.out_sync = syncobj_new(fd),
	};
	alone = late;
	alone.bo_handle_count = 1;
	alone.out_sync = 0;
	lock_import(&held);
	early = caller_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &held.submit);
	caller_asleep(&early, true);
	scene = scene_of(&held, DRM_IOCTL_PANFROST_SUBMIT, &late);
	for (int i = 0; i < 2; i++) {
		struct caller backed_off;

		signals_end(&scene);
		CHECK(!has_fence(fd, late.out_sync));
		backed_off = caller_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &late);
		caller_asleep(&backed_off, true);
		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &alone));
		pan_bo_wait(&chain.bo);
		chain_check_done(&chain);
		caller_kill(&backed_off);
	}
	signals_restart(&scene);
	CHECK_EQ(caller_end(&early), 0);
	CHECK(syncobj_wait(fd, late.out_sync, 10000));
	CHECK_EQ(syncobj_status(fd, late.out_sync), 1);
	chain_free(&chain);
	close_held(&held);
}

TEST(submit_purge, .name = "panfrost/signal-submit-purge",
     .needs = "panfrost-shrinker", .virtual_time = true,
     .about = "an interrupted submit leaves its BO unused: it can be purged")
{
	struct held held;
	struct scene scene;
	struct caller caller;
	int fd = pan_open();

	shrink_settle();
	import_chain(&held, fd);
	lock_import(&held);
	scene = scene_of(&held, DRM_IOCTL_PANFROST_SUBMIT, &held.submit);
	/* While the submit waits, the BO is in use. */
	caller = caller_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &held.submit);
	caller_asleep(&caller, true);
	shrink_scan(100);
	caller_kill(&caller);
	signals_end(&scene);
	CHECK_EQ(shrink_count(), CHAIN_PAGES);
	CHECK(pan_madvise(&held.chain.bo, PANFROST_MADV_DONTNEED));
	shrink_scan(100);
	CHECK_EQ(shrink_count(), 0);
	CHECK(!pan_madvise(&held.chain.bo, PANFROST_MADV_WILLNEED));
	go_held(&held);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &held.submit),
		    EINVAL);
	close_held(&held);
}

TEST(advise, .name = "panfrost/signal-madvise", .needs = "panfrost-shrinker",
     .virtual_time = true,
     .about = "madvise on a BO that is locked has no effect if interrupted, "
	      "and works when restarted")
{
	struct held held;
	struct scene scene;
	int fd = pan_open();
	struct drm_panfrost_madvise advice = {
		.madv = PANFROST_MADV_DONTNEED,
		.retained = 12345,
	};

	import_chain(&held, fd);
	lock_import(&held);
	advice.handle = held.ours.handle;
	scene = scene_of(&held, DRM_IOCTL_PANFROST_MADVISE, &advice);
	signals_end(&scene);
	go_held(&held);
	/* The BO is still needed: a chain may use it. */
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &held.submit));
	pan_bo_wait(&held.ours);
	lock_import(&held);
	held.submit.out_sync = syncobj_new(fd);
	signals_restart(&scene);
	CHECK_EQ(advice.retained, 1);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &held.submit),
		    EINVAL);
	CHECK(pan_madvise(&held.ours, PANFROST_MADV_WILLNEED));
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_SUBMIT, &held.submit));
	close_held(&held);
}

TEST(open_name, .name = "panfrost/signal-open", .needs = "panfrost-shrinker",
     .virtual_time = true,
     .about = "a BO that is opened by its name while somebody has its lock: "
	      "interrupted there is no handle, restarted there is one")
{
	struct held held;
	struct scene scene;
	int fd = drm_open(DRM_PANFROST, DRM_CARD);
	int second = drm_open(DRM_PANFROST, DRM_CARD);
	struct drm_gem_flink flink;
	struct drm_gem_open opened = {.handle = 12345, .size = 54321};

	import(&held, fd);
	flink.handle = held.ours.handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_FLINK, &flink));
	opened.name = flink.name;
	lock_import(&held);
	scene = scene_of(&held, DRM_IOCTL_GEM_OPEN, &opened);
	scene.fd = second;
	signals_end(&scene);
	signals_restart(&scene);
	CHECK_EQ(opened.size, SIZE);
	/* It is the only handle. */
	CHECK_EQ(opened.handle, 1);
	drm_gem_close(second, opened.handle);
	CHECK_SYS(close(second));
	close_held(&held);
}

/*
 * Chains
 */

/* @arg is the BO of a chain that the GPU holds. */
static void look_chain(void *arg)
{
	CHECK_EQ(pan_bo_try_wait(arg, 0), EBUSY);
}

static void go_chain(void *arg)
{
	(void)arg;
	device_write("faults", "release panfrost JOB");
}

static int64_t in_ms(int64_t ms)
{
	struct timespec now;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &now));
	return now.tv_sec * 1000000000ll + now.tv_nsec + ms * 1000000;
}

static struct chain submit_held(int fd)
{
	struct chain chain = chain_null(fd);

	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	return chain;
}

TEST(wait_bo, .name = "panfrost/signal-wait-bo", .virtual_time = true,
     .about = "WAIT_BO can be interrupted, or is restarted")
{
	PAN(fd);
	CHAIN(chain, submit_held(fd));
	struct drm_panfrost_wait_bo arg = {
		.handle = chain.bo.handle,
		.timeout_ns = in_ms(60000),
	};
	struct scene scene = {fd,	DRM_IOCTL_PANFROST_WAIT_BO,
			      &arg,	look_chain,
			      go_chain, &chain.bo};

	signals_end(&scene);
	signals_restart(&scene);
	CHECK_EQ(pan_bo_try_wait(&chain.bo, 0), 0);
	chain_check_done(&chain);
}

TEST(wait_bo_timeout, .name = "panfrost/signal-wait-bo-timeout",
     .virtual_time = true,
     .about = "signals do not put off the end of a wait for a BO")
{
	PAN(fd);
	CHAIN(chain, submit_held(fd));
	struct drm_panfrost_wait_bo arg = {
		.handle = chain.bo.handle,
		.timeout_ns = in_ms(100),
	};
	struct caller caller =
		caller_ioctl(fd, DRM_IOCTL_PANFROST_WAIT_BO, &arg);

	caller_asleep(&caller, true);
	while (in_ms(0) < arg.timeout_ns - 20000000) {
		caller_signal(&caller, SIGNAL_RESTARTS);
		caller_asleep(&caller, true);
		mem_millisecond();
	}
	CHECK_EQ(caller_end(&caller), ETIMEDOUT);
	CHECK_CMP(in_ms(0), >=, arg.timeout_ns);
	CHECK_CMP(in_ms(0), <, arg.timeout_ns + 50000000);
	look_chain(&chain.bo);
	go_chain(&chain.bo);
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
}

TEST(dmabuf_access, .name = "panfrost/signal-dmabuf-sync", .virtual_time = true,
     .about = "DMA_BUF_IOCTL_SYNC on a buffer in use by the GPU can be "
	      "interrupted, or is restarted")
{
	PAN(fd);
	CHAIN(chain, chain_null(fd));
	int dmabuf = drm_export(fd, chain.bo.handle);
	struct dma_buf_sync arg = {.flags = DMA_BUF_SYNC_START |
					    DMA_BUF_SYNC_RW};
	struct scene scene = {dmabuf,	  DMA_BUF_IOCTL_SYNC, &arg,
			      look_chain, go_chain,	      &chain.bo};

	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	signals_end(&scene);
	signals_restart(&scene);
	CHECK_EQ(pan_bo_try_wait(&chain.bo, 0), 0);
	chain_check_done(&chain);
	CHECK_SYS(close(dmabuf));
}
