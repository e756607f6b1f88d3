// SPDX-License-Identifier: GPL-2.0-or-later
/* An export that fails leaves a BO as it was: the shrinker's, or not. */
#include <fcntl.h>
#include <unistd.h>

#include "../inject.h"
#include "../virtio/reclaim.h"
#include "stub.h"

#define PAGES 4

/* Each allocation fails in turn until it succeeds; look() after each. */
static void export_failing(int fd, uint32_t handle, void (*look)(void *arg),
			   void *arg)
{
	unsigned int failed = 0;

	for (unsigned int n = 1; n < INJECT_MOST; n++) {
		struct drm_prime_handle export = {
			.handle = handle,
			.flags = DRM_RDWR | DRM_CLOEXEC,
			.fd = -1,
		};
		int ret;

		inject_nth(n);
		ret = drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &export);
		inject_hit();
		if (!ret) {
			CHECK_SYS(close(export.fd));
			CHECK_CMP(failed, >, 0);
			return;
		}
		failed++;
		look(arg);
	}
	FAIL("the export does not succeed");
}

static void look_evictable(void *arg)
{
	CHECK_EVICTABLE((struct stub_bo *)arg);
}

TEST(fails, .name = "stub/export-fails", STUB_EVICTS,
     .about = "whichever allocation of an export fails, the BO can be evicted "
	      "as before; once exported, it cannot")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	inject_begin();
	export_failing(fd, bo.handle, look_evictable, &bo);
	CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_EXPORTED, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

static void look_counted(void *arg)
{
	(void)arg;
	CHECK_EQ(gpu_count(), PAGES);
}

TEST(gpu_fails, .name = "virtio/export-fails", EVICTS,
     .about = "whichever allocation of an export fails, a BO that was not "
	      "exported before can be evicted")
{
	int fd = gpu_render();
	struct bo bo = bo_used(fd, PAGES, 1);

	inject_begin();
	export_failing(fd, bo.handle, look_counted, NULL);
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
}
