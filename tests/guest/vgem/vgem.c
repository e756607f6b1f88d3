// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vgem: a driver that uses only the shmem helpers' BOs. No shrinker handles its
 * BOs, and changes of the helpers for other drivers must not affect it.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/drm_mode.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/stamp.h"
#include "lib/test.h"

#define SHRINKERS "/sys/kernel/debug/shrinker"

static void *vgem_map(int vgem, uint32_t handle, size_t size)
{
	struct drm_mode_map_dumb arg = {.handle = handle};

	CHECK_SYS(drm_ioctl(vgem, DRM_IOCTL_MODE_MAP_DUMB, &arg));
	return drm_mmap(vgem, arg.offset, size);
}

/* Physical addresses of the pages, as panfrost's GPU sees them; owned. */
static uint64_t *vgem_frames(int vgem, uint32_t handle)
{
	int fd = pan_open(), dmabuf = drm_export(vgem, handle);
	struct pan_bo bo = pan_bo_import(fd, dmabuf);
	struct chain look = chain_null(fd);
	uint64_t *frames;

	device_keep_awake(true);
	frames = device_frames(&look, bo.va, bo.size);
	device_keep_awake(false);
	chain_free(&look);
	close(dmabuf);
	close(fd);
	return frames;
}

TEST(no_shrinker, .name = "vgem/no-shrinker",
     .about = "no shrinker is registered for a device that does not ask for it")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	DIR *dir = opendir(SHRINKERS);
	struct dirent *entry;

	if (!dir)
		test_skip(SHRINKERS ": %s", test_errno());
	vgem_create(vgem, 16 * PAGE);
	while ((entry = readdir(dir)))
		if (strstr(entry->d_name, "vgem"))
			FAIL("a shrinker is called %s", entry->d_name);
	closedir(dir);
	close(vgem);
}

TEST(kept, .name = "vgem/kept",
     .about = "under pressure, with swap space to spare, the pages of a mapped "
	      "BO stay where they are",
     .swap_mib = 20, .seconds = 120)
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	size_t size = 8 * MIB + 3 * PAGE;
	uint32_t handle = vgem_create(vgem, size);
	void *map = vgem_map(vgem, handle, size);
	uint64_t *before, *after;

	stamp_fill(map, size, 1, 1);
	before = vgem_frames(vgem, handle);
	for (size_t i = 0; i < size / PAGE; i++)
		CHECK(before[i]);
	mem_drop_caches();
	CHECK(!mem_pressure(NULL, NULL));
	stamp_verify(map, size, 1, 1);
	after = vgem_frames(vgem, handle);
	CHECK(!memcmp(before, after, size / PAGE * sizeof(*before)));
	free(before);
	free(after);
	CHECK_SYS(munmap(map, size));
	close(vgem);
}

/* 6.12 has a bug here (tests/KERNEL-BUGS.md, 15). */
TEST(unmapped, .name = "vgem/unmapped",
     .about = "a BO that nothing holds in memory may be swapped out, and is "
	      "what it was when it is mapped again",
     .swap_mib = 48, .seconds = 120, .fixed_with = "shmem-mkwrite")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	size_t size = 8 * MIB;
	uint32_t handle = vgem_create(vgem, size);
	void *map = vgem_map(vgem, handle, size);

	stamp_fill(map, size, 1, 1);
	CHECK_SYS(munmap(map, size));
	CHECK(!mem_pressure(NULL, NULL));
	map = vgem_map(vgem, handle, size);
	stamp_verify(map, size, 1, 1);
	CHECK_SYS(munmap(map, size));
	close(vgem);
}

TEST(maps, .name = "vgem/maps",
     .about = "all mappings of a BO are one, in a child process too, and the "
	      "last one to go frees what its handle has left")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	size_t size = 4 * MIB, before;
	char *map, *other;
	uint32_t handle;
	pid_t pid;

	mem_settle();
	before = mem_info("Shmem");
	handle = vgem_create(vgem, size);
	map = vgem_map(vgem, handle, size);
	other = vgem_map(vgem, handle, size);
	for (size_t i = 0; i < size; i += PAGE)
		CHECK_EQ(map[i], 0);
	stamp_fill(map, size, 1, 1);
	pid = CHECK_SYS(fork());
	if (!pid) {
		stamp_verify(other, size, 1, 1);
		stamp_fill(map, size, 1, 2);
		_exit(TEST_PASS);
	}
	child_wait(pid);
	stamp_verify(other, size, 1, 2);
	drm_gem_close(vgem, handle);
	CHECK_SYS(munmap(map, size));
	stamp_verify(other, size, 1, 2);
	CHECK_CMP(mem_info("Shmem"), >=, before + size);
	CHECK_SYS(munmap(other, size));
	CHECK_CMP(mem_info("Shmem"), <=, before);
	close(vgem);
}

TEST(parts, .name = "vgem/map-parts",
     .about = "a mapping can be cut into parts that go one by one, and what is "
	      "left of it is right")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	size_t size = 16 * PAGE;
	uint32_t handle = vgem_create(vgem, size);
	char *map = vgem_map(vgem, handle, size);

	stamp_fill(map, size, 1, 1);
	for (size_t i = 0; i < size; i += 2 * PAGE)
		CHECK_SYS(munmap(map + i, PAGE));
	mem_drop_caches();
	for (uint32_t i = 1; i < 16; i += 2)
		stamp_verify_pages(map + i * PAGE, PAGE, 1, 1, i);
	for (size_t i = PAGE; i < size; i += 2 * PAGE)
		CHECK_SYS(munmap(map + i, PAGE));
	map = vgem_map(vgem, handle, size);
	stamp_verify(map, size, 1, 1);
	CHECK_SYS(munmap(map, size));
	close(vgem);
}
