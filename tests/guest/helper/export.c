// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An export that fails before there is a dma-buf leaves a BO as it was:
 * reclaimable. An export that fails later has made it a shared BO.
 */
#include <fcntl.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/fail-nth.h"
#include "lib/virtio-reclaim.h"
#include "lib/helper.h"

#define PAGES 4
#define MOST 100 /* more allocations than any export makes */

/*
 * Fail allocation number @n of an export; false if there are fewer. Closes the
 * dma-buf.
 */
static bool export_failing(int fd, uint32_t handle, unsigned int n)
{
	struct drm_prime_handle export = {
		.handle = handle,
		.flags = DRM_RDWR | DRM_CLOEXEC,
		.fd = -1,
	};
	bool hit;
	int err;

	inject_nth(n);
	err = inject_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &export);
	hit = inject_hit();
	if (!err)
		CHECK_SYS(close(export.fd));
	return hit;
}

TEST(fails, .name = "helper/export-fails", HELPER, .swap_mib = 16,
     .needs = INJECT_NEEDS " shmem-shrinker", .seconds = INJECT_SECONDS,
     .about = "whichever allocation of an export fails, a BO of which there is "
	      "no dma-buf can be evicted; once there is one, it cannot")
{
	HELPER_DEVICE(fd, 0);
	unsigned int n, before = dmabuf_count();
	struct helper_bo bo;
	bool hit = true;

	inject_begin();
	for (n = 1; hit && n < MOST; n++) {
		bo = helper_bo_used(fd, PAGES, 0, 1);
		hit = export_failing(fd, bo.handle, n);
		if (dmabuf_count() == before)
			CHECK_EVICTABLE(&bo);
		else
			CHECK_STATE(&bo,
				    .flags = HELPER_IN_USE | SB_HELPER_EXPORTED,
				    .uses = 1, .lru = SB_HELPER_LRU_PINNED);
		helper_bo_close(&bo);
		CHECK_EQ(helper_info(fd).bos, 0);
	}
	CHECK_CMP(n, >, 2);
	CHECK_CMP(n, <, MOST);
}

TEST(gpu_fails, .name = "virtio/export-fails", .swap_mib = 16,
     .needs = INJECT_NEEDS " virtio-shrinker", .seconds = INJECT_SECONDS,
     .about = "whichever allocation of an export fails, a BO of which there is "
	      "no dma-buf can be evicted; once there is one, it cannot")
{
	GPU(fd);
	unsigned int n, before = dmabuf_count();
	struct bo bo;
	bool hit = true;

	inject_begin();
	for (n = 1; hit && n < MOST; n++) {
		bo = bo_used(fd, PAGES, 1);
		hit = export_failing(fd, bo.handle, n);
		CHECK_EQ(gpu_count(), dmabuf_count() == before ? PAGES : 0);
		bo_verify(&bo, 1);
		bo_close_wait(&bo);
	}
	CHECK_CMP(n, >, 2);
	CHECK_CMP(n, <, MOST);
}
