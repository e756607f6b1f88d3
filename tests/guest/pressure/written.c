// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the CPU wrote to a BO before any device used it. When the mapping is gone and
 * nothing else uses the pages, they are the kernel's to reclaim, but their content
 * must stay. drop_caches takes all pages of shared memory that are not dirty.
 */
#include <sys/mman.h>

#include "lib/helper.h"
#include "lib/panfrost.h"
#include "lib/virtio-gpu.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

static void reclaim(void)
{
	mem_drop_caches();
	mem_drop_caches();
}

/* Write the whole BO through a mapping, then a page through another one. */
static void written(int fd, uint64_t offset)
{
	char *map = drm_mmap(fd, offset, SIZE);

	stamp_fill(map, SIZE, 1, 1);
	CHECK_SYS(munmap(map, SIZE));
	reclaim();
	map = drm_mmap(fd, offset, SIZE);
	stamp_verify_pages(map + 3 * PAGE, PAGE, 1, 1, 3);
	stamp_fill_pages(map + 3 * PAGE, PAGE, 1, 2, 3);
	CHECK_SYS(munmap(map, SIZE));
	reclaim();
	map = drm_mmap(fd, offset, SIZE);
	stamp_verify_pages(map, 3 * PAGE, 1, 1, 0);
	stamp_verify_pages(map + 3 * PAGE, PAGE, 1, 2, 3);
	stamp_verify_pages(map + 4 * PAGE, SIZE - 4 * PAGE, 1, 1, 4);
	CHECK_SYS(munmap(map, SIZE));
}

#define ABOUT "what was written through a mapping is there in the next one"

TEST(virtio, .name = "pressure/written-virtio", .swap_mib = 16, .about = ABOUT)
{
	GPU(fd);
	BO(buffer, bo_buffer_unmapped(fd, SIZE));
	BO(blob, bo_blob(fd, SIZE));

	bo_unmap(&blob);
	written(fd, bo_map_offset(&buffer));
	written(fd, bo_map_offset(&blob));
	/* The host gets it, too. */
	bo_map(&buffer);
	stamp_fill(buffer.map, SIZE, 2, 1);
	bo_unmap(&buffer);
	reclaim();
	res_expect(&buffer, 2, 1);
	bo_to_host(&buffer);
	res_forget(&buffer);
}

TEST(virtio_dumb, .name = "pressure/written-virtio-dumb", .swap_mib = 16,
     .about = ABOUT)
{
	GPU_CARD(fd);
	BO(dumb, bo_dumb(fd, SIZE / 4 / 32, 32));

	bo_unmap(&dumb);
	written(fd, bo_map_offset(&dumb));
}

TEST(virtio_dmabuf, .name = "pressure/written-virtio-dmabuf", .swap_mib = 16,
     .about = "what was written through a mapping of a dma-buf is there after "
	      "it is closed")
{
	GPU(fd);
	BO(bo, bo_buffer_unmapped(fd, SIZE));
	int dmabuf = drm_export(fd, bo.handle);
	void *map = dmabuf_mmap(dmabuf);

	stamp_fill(map, SIZE, 1, 1);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
	reclaim();
	bo_map(&bo);
	stamp_verify(bo.map, SIZE, 1, 1);
}

TEST(panfrost, .name = "pressure/written-panfrost", .swap_mib = 16,
     .about = ABOUT)
{
	PAN(fd);
	PAN_BO(bo, pan_bo(fd, SIZE, PANFROST_BO_NOEXEC));
	struct drm_panfrost_mmap_bo arg = {.handle = bo.handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &arg));
	written(fd, arg.offset);
}

TEST(helper, .name = "pressure/written-helper", HELPER, .swap_mib = 16,
     .about = ABOUT)
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	written(fd, bo.offset);
}

TEST(helper_vmap, .name = "pressure/written-helper-vmap", HELPER,
     .swap_mib = 16,
     .about = "what was written through the kernel's mapping is there in the "
	      "next one")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_VMAP);
	helper_fill(&bo, 0, 1);
	helper_do(&bo, SB_HELPER_VUNMAP);
	reclaim();
	helper_do(&bo, SB_HELPER_VMAP);
	helper_verify(&bo, 0, 1);
	helper_do(&bo, SB_HELPER_VUNMAP);
	helper_forget_unused(&bo, "only the kernel's mapping is of interest");
}
