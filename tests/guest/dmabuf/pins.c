// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What pins the pages of a dma-buf, for how long, and that it unpins them. A driver
 * whose shrinker reclaims pages must not reclaim pinned ones.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"
#include "lib/virtio-gpu.h"
#include "lib/exporter.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

TEST(attached, .name = "dmabuf/attached-pressure",
     .about = "under pressure, pages of a dma-buf that a device has mapped do "
	      "not move",
     .swap_mib = 24, .seconds = 120)
{
	enum { MAX = 8, BIG = 2 * MIB };
	PAN(fd);
	CHAIN(look, chain_null(fd));
	struct pan_bo bo[MAX];
	uint64_t *before[MAX];
	char *map[MAX];

	CHECK_CMP(exporter_count, <=, MAX);
	device_keep_awake(true);
	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = exporters[i].create(BIG);

		test_note("%s", exporters[i].name);
		bo[i] = pan_bo_import(fd, dmabuf);
		map[i] = dmabuf_mmap(dmabuf);
		close(dmabuf);
		stamp_fill(map[i], BIG, i, 1);
		before[i] = device_frames(&look, bo[i].va, BIG);
		for (int page = 0; page < BIG / (int)PAGE; page++)
			CHECK(before[i][page]);
	}
	mem_drop_caches();
	CHECK(!mem_pressure(NULL, NULL));
	for (unsigned int i = 0; i < exporter_count; i++) {
		uint64_t *after = device_frames(&look, bo[i].va, BIG);

		test_note("%s", exporters[i].name);
		/*
		 * A BO of the driver itself is not attached; its user may still
		 * mark it as not needed.
		 */
		CHECK(!memcmp(before[i], after,
			      BIG / PAGE * sizeof(*before[i])));
		stamp_verify(map[i], BIG, i, 1);
		CHECK_SYS(munmap(map[i], BIG));
		free(before[i]);
		free(after);
	}
	device_keep_awake(false);
}

TEST(again, .name = "dmabuf/attach-again",
     .about = "attaching, mapping and detaching many times leaks nothing: a BO "
	      "goes with its last user")
{
	enum { ROUNDS = 30 };
	unsigned int buffers = dmabuf_count();
	size_t before;

	shrink_settle();
	before = mem_info("Shmem");
	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = exporters[i].create(SIZE);
		char *map = dmabuf_mmap(dmabuf);

		test_note("%s", exporters[i].name);
		stamp_fill(map, SIZE, i, 1);
		for (int round = 0; round < ROUNDS; round++) {
			int vgem = drm_open(DRM_VGEM, DRM_CARD);
			int pan = pan_open();
			uint32_t handle = drm_import(vgem, dmabuf);
			char *again = dmabuf_mmap(dmabuf);

			if (!exporters[i].shared)
				drm_gem_close(vgem, handle);
			pan_bo_import(pan, dmabuf);
			if (round % 2)
				CHECK_SYS(munmap(again, SIZE));
			close(vgem);
			close(pan);
			if (round % 2 == 0)
				CHECK_SYS(munmap(again, SIZE));
		}
		stamp_verify(map, SIZE, i, 1);
		CHECK_SYS(munmap(map, SIZE));
		close(dmabuf);
		CHECK_EQ(dmabuf_count(), buffers);
		WAIT_UNTIL(mem_info("Shmem") <= before);
	}
	CHECK_EQ(shrink_count(), 0);
}

TEST(not_needed, .name = "dmabuf/attached-not-needed",
     .about = "a closed BO that its owner does not need keeps its content "
	      "while a device has it attached",
     .needs = "panfrost-shrinker")
{
	int fd = pan_open(), vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct pan_bo bo;
	uint32_t handle;
	int dmabuf;
	char *map;

	shrink_settle();
	bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, SIZE, 1, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	dmabuf = drm_export(fd, bo.handle);
	handle = drm_import(vgem, dmabuf);
	map = dmabuf_mmap(dmabuf);
	CHECK_EQ(shrink_count(), 0);
	pan_bo_free(&bo);
	close(fd);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(shrink_count(), 0);
		shrink_scan(100000);
		mem_drop_caches();
		stamp_verify(map, SIZE, 1, 1);
	}
	drm_gem_close(vgem, handle);
	CHECK_SYS(munmap(map, SIZE));
	close(dmabuf);
	shrink_settle();
	close(vgem);
}

TEST(refused, .name = "dmabuf/import-refused",
     .about = "an import that the driver refuses late leaves nothing behind")
{
	unsigned int buffers = dmabuf_count();
	unsigned int attachments = dmabuf_attachments();
	GPU(fd);

	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = exporters[i].create(SIZE);
		char *map = dmabuf_mmap(dmabuf);
		uint32_t handle = 0;

		if (strstr(exporters[i].name, "virtio")) {
			CHECK_SYS(munmap(map, SIZE));
			close(dmabuf);
			continue;
		}
		test_note("%s", exporters[i].name);
		stamp_fill(map, SIZE, i, 1);
		for (int round = 0; round < 10; round++)
			CHECK_EQ(drm_try_import(fd, dmabuf, &handle), ENODEV);
		CHECK_EQ(dmabuf_attachments(), attachments);
		stamp_verify(map, SIZE, i, 1);
		CHECK_SYS(munmap(map, SIZE));
		close(dmabuf);
		CHECK_EQ(dmabuf_count(), buffers);
	}
}

TEST(closed, .name = "dmabuf/closed-not-needed",
     .about = "a dma-buf of a closed BO that is not needed shows its content, "
	      "or SIGBUS")
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	int dmabuf = drm_export(fd, bo.handle);
	char *map = dmabuf_mmap(dmabuf), *others;

	/* Touch some pages before the purge, the others after it. */
	stamp_fill(bo.map, SIZE, 1, 1);
	stamp_verify(map, SIZE / 2, 1, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	pan_bo_free(&bo);
	stamp_verify(map, SIZE, 1, 1);
	for (int i = 0; i < 3; i++) {
		shrink_scan(100000);
		mem_drop_caches();
		/* The driver's own shrinker may purge it now. */
		if (mem_bus_error(map, false)) {
			CHECK(!shrink_is_generic());
			break;
		}
		/* Other memory may now get any page that is free. */
		others = CHECK_SYS(mmap(NULL, MIB, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		stamp_fill(others, MIB, 2, i);
		stamp_verify(map, SIZE, 1, 1);
		memset(map, 0x55, PAGE);
		stamp_verify(others, MIB, 2, i);
		stamp_fill_pages(map, PAGE, 1, 1, 0);
		CHECK_SYS(munmap(others, MIB));
	}
	CHECK_SYS(munmap(map, SIZE));
	close(dmabuf);
	close(fd);
	shrink_settle();
}
