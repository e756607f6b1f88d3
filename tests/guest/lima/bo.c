// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs: creation, GPU addresses, mappings, content, freeing. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"

static size_t export_size(const struct gpu_bo *bo)
{
	FD(dmabuf, drm_export(bo->fd, bo->handle));

	return dmabuf_size(dmabuf);
}

TEST(sizes, .name = "lima/bo-sizes", LIMA,
     .about = "a BO has the size asked for, rounded up to whole pages")
{
	static const struct {
		size_t asked, got;
	} sizes[] = {
		{1, PAGE},
		{PAGE + 1, 2 * PAGE},
		{2 * MIB, 2 * MIB},
		{3 * MIB + 5, 3 * MIB + PAGE},
	};
	LIMA_FILE(fd);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		GPU_BO(bo, lima_bo(fd, sizes[i].asked, 0));

		CHECK_EQ(export_size(&bo), sizes[i].got);
	}
}

static int try_create(int fd, struct drm_lima_gem_create create)
{
	return drm_ioctl(fd, DRM_IOCTL_LIMA_GEM_CREATE, &create);
}

TEST(create_errors, .name = "lima/bo-create-errors", LIMA,
     .about = "sizes, flags and padding that make no sense are refused")
{
	LIMA_FILE(fd);

	CHECK_ERRNO(try_create(fd, (struct drm_lima_gem_create){}), EINVAL);
	CHECK_ERRNO(try_create(fd, (struct drm_lima_gem_create){.size = PAGE,
								.flags = 2}),
		    EINVAL);
	CHECK_ERRNO(try_create(fd, (struct drm_lima_gem_create){.size = PAGE,
								.pad = 1}),
		    EINVAL);
	/* The file still works. */
	GPU_BO(bo, lima_bo_mapped(fd, PAGE));
	CHECK_EQ(*(uint8_t *)bo.map, 0);
}

TEST(va_layout, .name = "lima/bo-va", LIMA,
     .about = "GPU addresses of a file's BOs do not overlap, and belong to the "
	      "file")
{
	static const size_t sizes[] = {PAGE,	 MIB,	  5 * PAGE, 8 * MIB,
				       3 * PAGE, 2 * MIB, PAGE};
	enum { COUNT = sizeof(sizes) / sizeof(*sizes) };
	LIMA_FILE(fd);
	LIMA_FILE(other);
	struct gpu_bo bos[COUNT];
	struct drm_lima_gem_info info;

	for (int i = 0; i < COUNT; i++) {
		bos[i] = lima_bo(fd, sizes[i],
				 i % 3 == 2 ? LIMA_BO_FLAG_HEAP : 0);
		CHECK_EQ(bos[i].va % PAGE, 0);
		for (int j = 0; j < i; j++)
			CHECK(bos[i].va + bos[i].size <= bos[j].va ||
			      bos[j].va + bos[j].size <= bos[i].va);
	}
	info.handle = bos[0].handle;
	CHECK_ERRNO(drm_ioctl(other, DRM_IOCTL_LIMA_GEM_INFO, &info), ENOENT);
	gpu_bo_free(&bos[0]);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_LIMA_GEM_INFO, &info), ENOENT);
}

TEST(mmap_content, .name = "lima/bo-mmap", LIMA,
     .about = "a BO starts as zeroes, all its mappings show the same, and "
	      "content outlives them")
{
	LIMA_FILE(fd);
	size_t size = 37 * PAGE;
	struct gpu_bo bo = lima_bo_mapped(fd, size), second = bo;
	const uint8_t *bytes = bo.map;

	for (size_t i = 0; i < size; i++)
		CHECK_EQ(bytes[i], 0);
	lima_bo_map(&second);
	stamp_fill(bo.map, size, 1, 1);
	stamp_verify(second.map, size, 1, 1);
	gpu_bo_unmap(&second);
	gpu_bo_unmap(&bo);
	mem_drop_caches();
	lima_bo_map(&bo);
	stamp_verify(bo.map, size, 1, 1);
	drm_gem_close(fd, bo.handle);
	stamp_verify(bo.map, size, 1, 1);
	gpu_bo_unmap(&bo);
}

TEST(mmap_errors, .name = "lima/bo-mmap-errors", LIMA,
     .about = "heaps and wrong sizes cannot be mapped, nor BOs through other "
	      "files")
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	GPU_BO(heap, lima_bo(fd, MIB, LIMA_BO_FLAG_HEAP));
	GPU_BO(bo, lima_bo(fd, PAGE, 0));

	CHECK(mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd,
		   lima_bo_offset(&heap)) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd,
		   lima_bo_offset(&bo)) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		   lima_bo_offset(&bo)) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other,
		   lima_bo_offset(&bo)) == MAP_FAILED);
	CHECK_EQ(errno, EACCES);
}

TEST(release, .name = "lima/bo-release", LIMA,
     .about = "closing the last handle, or the file, gives the memory back")
{
	size_t size = 4 * MIB, before;
	int fd = lima_open();
	struct gpu_bo bo, heap;

	mem_settle();
	before = mem_info("Shmem");
	bo = lima_bo(fd, size, 0);
	heap = lima_bo(fd, size, LIMA_BO_FLAG_HEAP);
	/* A heap has 8 pages at first (lima.heap_init_nr_pages). */
	CHECK_EQ(mem_info("Shmem"), before + size + 8 * PAGE);
	gpu_bo_free(&bo);
	gpu_bo_free(&heap);
	WAIT_UNTIL(mem_info("Shmem") <= before);
	lima_bo(fd, size, 0);
	lima_bo(fd, size, LIMA_BO_FLAG_HEAP);
	close(fd);
	WAIT_UNTIL(mem_info("Shmem") <= before);
}

/* What the CPU writes, the device reads, and the other way round. */
static void content(uint32_t pipe)
{
	size_t size = 16 * PAGE;
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, size));
	GPU_BO(out, lima_bo_mapped(fd, size + PAGE));
	LIMA_TASK(task, lima_task(fd, pipe));
	const uint64_t *results = (void *)((char *)out.map + size);
	const uint32_t *words;

	stamp_fill(bo.map, size, 3, 1);
	stamp_expect_va("lima", bo.va, 16, 3, 1);
	lima_use(&task, &bo, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_copy(&task.commands, out.va, bo.va, size);
	commands_checksum(&task.commands, out.va + size, bo.va, size);
	commands_check_stamps(&task.commands, out.va + size + 8, bo.va, size, 3,
			      1);
	commands_check_stamps(&task.commands, out.va + size + 16, bo.va, size,
			      3, 2);
	commands_fill(&task.commands, out.va + size + 24, 8, 0x12345678);
	lima_run(&task);
	stamp_verify(out.map, size, 3, 1);
	CHECK_EQ(results[0], stamp_fnv(bo.map, size));
	CHECK_EQ(results[1], 16);
	CHECK_EQ(results[2], 0);
	words = (const uint32_t *)&results[3];
	CHECK_EQ(words[0], 0x12345678);
	CHECK_EQ(words[1], 0x12345678);
	CHECK_EQ(words[2], 0);
}

TEST(content_gp, .name = "lima/content-gp", LIMA,
     .about = "what the CPU writes is what the geometry processor reads, and "
	      "the other way round")
{
	content(LIMA_PIPE_GP);
}

TEST(content_pp, .name = "lima/content-pp", LIMA,
     .about = "what the CPU writes is what the pixel processor reads, and the "
	      "other way round")
{
	content(LIMA_PIPE_PP);
}

TEST(no_leftovers, .name = "lima/bo-no-leftovers", LIMA,
     .about = "a new BO never shows what an earlier one held")
{
	LIMA_FILE(fd);
	size_t size = 2 * MIB;

	for (uint32_t generation = 1; generation <= 3; generation++) {
		GPU_BO(bo, lima_bo_mapped(fd, size));
		const uint64_t *words = bo.map;

		for (size_t i = 0; i < size / sizeof(*words); i++)
			CHECK_EQ(words[i], 0);
		stamp_fill(bo.map, size, 1, generation);
	}
}

TEST(unmapped, .name = "lima/bo-unmapped", LIMA,
     .about = "the GPU has the pages of a BO mapped as long as a handle is "
	      "open, and no others")
{
	LIMA_FILE(fd);
	LIMA_TASK(look, lima_task(fd, LIMA_PIPE_GP));
	struct gpu_bo bo = lima_bo(fd, 16 * PAGE, 0);

	commands_add(&look.commands, SB_COMMAND_FILL);
	platform_keep_awake("lima", true);
	CHECK_EQ(lima_pages(&look, bo.va, bo.size), 16);
	CHECK_EQ(lima_pages(&look, 0, 1ull << 32), 16 + LIMA_TASK_PAGES);
	gpu_bo_free(&bo);
	CHECK_EQ(lima_pages(&look, 0, 1ull << 32), LIMA_TASK_PAGES);
	platform_keep_awake("lima", false);
}
