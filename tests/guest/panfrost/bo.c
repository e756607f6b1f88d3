// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs: creation, GPU addresses, CPU mappings, freeing. */
#include <drm/drm.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"

static size_t export_size(const struct pan_bo *bo)
{
	int dmabuf = drm_export(bo->fd, bo->handle);
	size_t size = dmabuf_size(dmabuf);

	close(dmabuf);
	return size;
}

TEST(create_sizes, .name = "panfrost/bo-sizes",
     .about = "a BO has the size asked for, rounded up to whole pages")
{
	static const struct {
		size_t asked, got;
	} sizes[] = {
		{1, PAGE},
		{PAGE, PAGE},
		{PAGE + 1, 2 * PAGE},
		{3 * PAGE, 3 * PAGE},
		{2 * MIB, 2 * MIB},
		{3 * MIB + 5, 3 * MIB + PAGE},
	};
	PAN(fd);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct pan_bo bo =
			pan_bo(fd, sizes[i].asked, PANFROST_BO_NOEXEC);

		CHECK_EQ(export_size(&bo), sizes[i].got);
		pan_bo_free(&bo);
	}
}

static int try_create(int fd, struct drm_panfrost_create_bo create)
{
	return drm_ioctl(fd, DRM_IOCTL_PANFROST_CREATE_BO, &create);
}

TEST(create_errors, .name = "panfrost/bo-create-errors",
     .about = "sizes, flags and padding that make no sense are refused")
{
	PAN(fd);

	CHECK_ERRNO(try_create(fd, (struct drm_panfrost_create_bo){}), EINVAL);
	CHECK_ERRNO(try_create(fd,
			       (struct drm_panfrost_create_bo){
				       .size = PAGE, .flags = 1u << 31}),
		    EINVAL);
	CHECK_ERRNO(try_create(fd, (struct drm_panfrost_create_bo){.size = PAGE,
								   .pad = 1}),
		    EINVAL);
	/* A heap grows by faults, and instructions must not fault. */
	CHECK_ERRNO(try_create(fd,
			       (struct drm_panfrost_create_bo){
				       .size = PAGE,
				       .flags = PANFROST_BO_HEAP,
			       }),
		    EINVAL);
	/* Larger than the GPU address space of the driver. */
	CHECK_ERRNO(try_create(fd,
			       (struct drm_panfrost_create_bo){
				       .size = 0xfffff000,
				       .flags = PANFROST_BO_NOEXEC,
			       }),
		    ENOSPC);

	/* The file still works after the failed calls. */
	struct pan_bo bo = pan_bo_mapped(fd, PAGE, 0);

	CHECK_EQ(*(uint8_t *)bo.map, 0);
}

TEST(va_layout, .name = "panfrost/bo-va", .ram_mib = 96,
     .about = "GPU addresses are not 0, do not overlap, and keep code within "
	      "16 MiB")
{
	static const struct {
		size_t size;
		uint32_t flags;
	} want[] = {
		{PAGE, 0},
		{MIB, 0},
		{5 * PAGE, PANFROST_BO_NOEXEC},
		{8 * MIB, 0},
		{8 * MIB, 0},
		{2 * MIB, PANFROST_BO_NOEXEC},
		{64 * PAGE, 0},
		{4 * MIB, PANFROST_BO_NOEXEC | PANFROST_BO_HEAP},
		{3 * MIB, PANFROST_BO_NOEXEC},
		{16 * PAGE, 0},
	};
	enum { COUNT = sizeof(want) / sizeof(*want) };
	PAN(fd);
	struct pan_bo bos[COUNT];

	for (int i = 0; i < COUNT; i++) {
		uint64_t last;

		bos[i] = pan_bo(fd, want[i].size, want[i].flags);
		last = bos[i].va + bos[i].size - 1;
		CHECK_CMP(bos[i].va, !=, 0);
		CHECK_EQ(bos[i].va % PAGE, 0);
		if (!(want[i].flags & PANFROST_BO_NOEXEC)) {
			CHECK_EQ(bos[i].va >> 24, last >> 24);
			CHECK_CMP(bos[i].va & 0xffffffff, !=, 0);
		} else if (want[i].size >= 2 * MIB) {
			CHECK_EQ(bos[i].va % (2 * MIB), 0);
		}
		for (int j = 0; j < i; j++)
			CHECK(last < bos[j].va ||
			      bos[j].va + bos[j].size <= bos[i].va);
	}
}

TEST(get_offset, .name = "panfrost/bo-get-offset",
     .about = "a BO keeps the GPU address that it was created with")
{
	PAN(fd);
	PAN(other);
	PAN_BO(bo, pan_bo(fd, 2 * PAGE, 0));
	struct drm_panfrost_get_bo_offset get = {.handle = bo.handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &get));
	CHECK_EQ(get.offset, bo.va);

	/* Handles belong to the file. */
	CHECK_ERRNO(drm_ioctl(other, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &get),
		    ENOENT);
	pan_bo_free(&bo);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_GET_BO_OFFSET, &get),
		    ENOENT);
}

TEST(mmap_content, .name = "panfrost/bo-mmap",
     .about = "a BO starts as zeroes, and all its mappings show the same")
{
	PAN(fd);
	size_t size = 37 * PAGE;
	struct pan_bo bo = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);
	const uint8_t *bytes = bo.map;

	for (size_t i = 0; i < size; i++)
		CHECK_EQ(bytes[i], 0);

	struct pan_bo second = bo;

	pan_bo_map(&second);
	CHECK(second.map != bo.map);
	stamp_fill(bo.map, size, 1, 1);
	stamp_verify(second.map, size, 1, 1);

	/* The content outlives its mappings ... */
	pan_bo_unmap(&second);
	pan_bo_unmap(&bo);
	pan_bo_map(&bo);
	stamp_verify(bo.map, size, 1, 1);

	/* ... and a mapping the handle. */
	drm_gem_close(fd, bo.handle);
	stamp_verify(bo.map, size, 1, 1);
	pan_bo_unmap(&bo);
}

TEST(mmap_errors, .name = "panfrost/bo-mmap-errors",
     .about = "heaps, strange flags, wrong handles and wrong sizes cannot be "
	      "mapped")
{
	PAN(fd);
	struct pan_bo heap =
		pan_bo(fd, PAGE, PANFROST_BO_NOEXEC | PANFROST_BO_HEAP);
	PAN_BO(bo, pan_bo(fd, PAGE, 0));
	struct drm_panfrost_mmap_bo mmap_bo = {.handle = heap.handle};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo),
		    EINVAL);
	mmap_bo.handle = bo.handle;
	mmap_bo.flags = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo),
		    EINVAL);
	mmap_bo.flags = 0;
	mmap_bo.handle = 12345;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo),
		    ENOENT);

	mmap_bo.handle = bo.handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PANFROST_MMAP_BO, &mmap_bo));
	CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, mmap_bo.offset) ==
	      MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	/* A private copy would not show the device's writes. */
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		   mmap_bo.offset) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);

	/* An offset can only be used through files that have a handle of the BO. */
	int other = pan_open();

	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, mmap_bo.offset) ==
	      MAP_FAILED);
	CHECK_EQ(errno, EACCES);
	close(other);
}

TEST(release, .name = "panfrost/bo-release",
     .about = "closing the last handle gives the memory back")
{
	size_t size = 16 * MIB;
	int fd = pan_open();
	struct pan_bo bo;
	size_t before;

	mem_settle();
	before = mem_info("Shmem");
	bo = pan_bo(fd, size, PANFROST_BO_NOEXEC);
	CHECK_CMP(mem_info("Shmem"), >=, before + size);
	pan_bo_free(&bo);
	WAIT_UNTIL(mem_info("Shmem") <= before);

	/* Closing the file closes what handles it has. */
	pan_bo(fd, size, PANFROST_BO_NOEXEC);
	CHECK_CMP(mem_info("Shmem"), >=, before + size);
	close(fd);
	WAIT_UNTIL(mem_info("Shmem") <= before);
}

TEST(no_leftovers, .name = "panfrost/bo-no-leftovers",
     .about = "a new BO never shows what an earlier one held")
{
	PAN(fd);
	size_t size = 2 * MIB;

	for (uint32_t generation = 1; generation <= 3; generation++) {
		struct pan_bo bo = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);
		const uint64_t *words = bo.map;

		for (size_t i = 0; i < size / sizeof(*words); i++)
			CHECK_EQ(words[i], 0);
		stamp_fill(bo.map, size, 1, generation);
		pan_bo_free(&bo);
	}
}
