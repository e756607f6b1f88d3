// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dma-bufs when memory runs out half-way: the Nth allocation of an ioctl fails,
 * for each N, by the kernel's fault injection (/proc/thread-self/fail-nth). A
 * failed call must leave nothing behind, and the next one succeed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../inject.h"
#include "../panfrost/chain.h"
#include "../panfrost/shrink.h"
#include "../virtio/gpu.h"
#include "exporter.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

/*
 * Import @dmabuf into @fd with each allocation failing in turn. Most must be
 * taken well, or fail the import; at least one does that.
 */
static void import_failing(int fd, int dmabuf)
{
	unsigned int attachments = dmabuf_attachments(), failed = 0;
	uint32_t handle;
	unsigned int n;
	bool hit = true;

	for (n = 1; hit && n < INJECT_MOST; n++) {
		int err;

		inject_nth(n);
		err = drm_try_import(fd, dmabuf, &handle);
		hit = inject_hit();
		if (err) {
			CHECK_EQ(err, ENOMEM);
			CHECK(hit);
			failed++;
		} else {
			drm_gem_close(fd, handle);
		}
		CHECK_EQ(dmabuf_attachments(), attachments);
	}
	CHECK(!hit);
	CHECK_CMP(failed, >, 0);
	/* With memory again, so does it. */
	handle = drm_import(fd, dmabuf);
	drm_gem_close(fd, handle);
	CHECK_EQ(dmabuf_attachments(), attachments);
}

static void import_all(int fd, const char *own)
{
	unsigned int buffers = dmabuf_count();

	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf;
		char *map;

		if (strstr(exporters[i].name, own))
			continue;
		test_note("%s", exporters[i].name);
		dmabuf = exporters[i].create(SIZE);
		map = dmabuf_mmap(dmabuf);
		stamp_fill(map, SIZE, i, 1);
		import_failing(fd, dmabuf);
		stamp_verify(map, SIZE, i, 1);
		CHECK_SYS(munmap(map, SIZE));
		close(dmabuf);
		CHECK_EQ(dmabuf_count(), buffers);
	}
	close(fd);
}

TEST(into_panfrost, .name = "dmabuf/fail-import-panfrost",
     .about = "whichever allocation fails, an import into panfrost leaves no "
	      "attachment behind, and the next one works",
     .seconds = 60)
{
	inject_begin();
	import_all(pan_open(), "panfrost");
	shrink_settle();
}

TEST(into_vgem, .name = "dmabuf/fail-import-vgem",
     .about = "whichever allocation fails, an import into vgem leaves no "
	      "attachment behind, and the next one works",
     .seconds = 60)
{
	inject_begin();
	import_all(drm_open(DRM_VGEM, DRM_CARD), "vgem");
}

/* Export @handle of @fd with each allocation failing in turn. */
static void export_failing(int fd, uint32_t handle)
{
	unsigned int buffers = dmabuf_count();
	unsigned int failed = 0, n;
	bool hit = true;

	for (n = 1; hit && n < INJECT_MOST; n++) {
		struct drm_prime_handle arg = {
			.handle = handle,
			.flags = DRM_RDWR | DRM_CLOEXEC,
			.fd = -1,
		};
		int ret;

		inject_nth(n);
		ret = drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg);
		hit = inject_hit();
		if (ret) {
			CHECK_EQ(dmabuf_count(), buffers);
			failed++;
		} else {
			/* It is kept for the next export. */
			CHECK_EQ(dmabuf_count(), buffers + 1);
			close(arg.fd);
			break;
		}
	}
	CHECK_CMP(failed, >, 0);
	close(drm_export(fd, handle));
}

TEST(out_of, .name = "dmabuf/fail-export",
     .about = "whichever allocation fails, a BO whose export failed can be "
	      "exported afterwards, and goes when it is closed",
     .seconds = 60)
{
	unsigned int buffers = dmabuf_count();
	struct pan_bo pan;
	struct bo gpu, blob;
	int fd, vgem;

	inject_begin();
	shrink_settle();
	fd = pan_open();
	pan = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
	CHECK_EQ(shrink_count(), shrink_pages(PAGES, 0));
	export_failing(fd, pan.handle);
	close(fd);
	shrink_settle();

	vgem = drm_open(DRM_VGEM, DRM_CARD);
	export_failing(vgem, vgem_create(vgem, SIZE));
	close(vgem);

	fd = gpu_render();
	gpu = bo_buffer(fd, SIZE);
	blob = bo_blob(fd, SIZE);
	export_failing(fd, gpu.handle);
	export_failing(fd, blob.handle);
	bo_close(&gpu);
	bo_close(&blob);
	close(fd);
	CHECK_EQ(dmabuf_count(), buffers);
	WAIT_UNTIL(!res_exists(gpu.res) && !res_exists(blob.res));
}
