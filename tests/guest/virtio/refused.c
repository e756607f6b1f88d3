// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs whose pages the host has refused. The driver learns that asynchronously, when
 * the answer arrives, and must remember it.
 */
#include <sys/mman.h>

#include "lib/virtio-lock.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/* A BO that was used once, and of which the host has no pages. */
static struct bo bo_refused(int fd)
{
	struct bo bo = bo_buffer(fd, SIZE);

	cmd_fail("RESOURCE_ATTACH_BACKING");
	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	CHECK_EQ(res_pages(bo.res), 0);
	CHECK_EQ(gpu_count(), PAGES);
	return bo;
}

TEST(again, .name = "virtio/attach-refused-once", EVICTS,
     .about = "a host that has refused the pages of a BO is asked again at the "
	      "next use")
{
	GPU(fd);
	BO(bo, bo_refused(fd));

	bo_to_host(&bo);
	CHECK_EQ(res_pages(bo.res), PAGES);
	bo_verify(&bo, 1);
}

TEST(evict, .name = "virtio/attach-refused-evict", EVICTS,
     .about = "a BO whose pages the host has refused is evicted or purged "
	      "without a command to the host")
{
	GPU(fd);

	for (uint32_t madv = 0; madv < 2; madv++) {
		struct bo bo = bo_refused(fd);
		unsigned int detached = cmd_seen(DETACH);

		CHECK(bo_madvise(&bo, madv));
		gpu_scan(PAGES);
		CHECK_EQ(cmd_seen(DETACH), detached);
		gpu_scan_all();
		CHECK_EQ(cmd_seen(DETACH), detached);
		if (madv)
			bo_verify_purged(&bo);
		else
			bo_verify(&bo, 1);
		bo_close_wait(&bo);
	}
}

static void close_child(void *arg)
{
	const struct bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

TEST(purge_closing, .name = "virtio/purge-closing", EVICTS,
     .about = "a BO is purged while closing a handle of it waits for space in "
	      "the queue; its resource goes with its last handle")
{
	GPU_CARD(fd);
	/* gpu_card() may make a context. */
	FD(second, drm_open(DRM_VIRTIO, DRM_CARD));
	struct bo bo = bo_refused(fd), again;
	BO(other, bo_used(fd, PAGES, 2));
	struct drm_gem_flink name = {.handle = bo.handle};
	struct drm_gem_open opened = {0};
	struct drm_virtgpu_context_init context = {0};
	struct lock lock;
	pid_t pid;

	/* Closing a handle detaches the BO only from a context. */
	CHECK_SYS(drm_ioctl(second, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &context));
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_FLINK, &name));
	opened.name = name.name;
	CHECK_SYS(drm_ioctl(second, DRM_IOCTL_GEM_OPEN, &opened));
	CHECK(bo_dontneed(&bo));
	CHECK_SYS(madvise(bo.map, bo.size, MADV_DONTFORK));
	lock = bo_lock(&other);
	again = bo_of_handle(second, opened.handle);
	pid = drm_child_start(second, close_child, &again);
	WAIT_UNTIL(process_state(pid) == 'D');
	/* The host does not have its pages, so no command is needed for that. */
	gpu_scan(PAGES);
	CHECK_EQ(gpu_count(), PAGES);
	CHECK(res_exists(bo.res));
	bo_unlock(&lock);
	child_wait(pid);
	bo_verify_purged(&bo);
	bo_close_wait(&bo);
	bo_verify(&other, 2);
}

TEST(garbage, .name = "virtio/garbage-attach-detached", EVICTS,
     .about =
	     "pages that the host may have, whatever it answered, are detached "
	     "before they go")
{
	GPU(fd);

	for (uint32_t madv = 0; madv < 2; madv++) {
		struct bo bo = bo_buffer(fd, SIZE);
		unsigned int detached = cmd_seen(DETACH);

		stamp_fill(bo.map, SIZE, 1, 1);
		device_write("faults",
			     "garbage virtio-gpu RESOURCE_ATTACH_BACKING 1");
		bo_to_host(&bo);
		CHECK_EQ(res_pages(bo.res), PAGES);
		CHECK(bo_madvise(&bo, madv));
		gpu_scan_all();
		CHECK_EQ(cmd_seen(DETACH), detached + 1);
		CHECK(!bo_attached(&bo));
		if (madv)
			bo_verify_purged(&bo);
		else
			bo_verify(&bo, 1);
		bo_close_wait(&bo);
	}
}
