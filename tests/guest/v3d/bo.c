// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs: creation, GPU addresses, mappings, content, freeing. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

static int try_create(int fd, struct drm_v3d_create_bo create)
{
	return drm_ioctl(fd, DRM_IOCTL_V3D_CREATE_BO, &create);
}

TEST(create_errors, .name = "v3d/bo-create-errors", V3D,
     .about = "a size of 0 and unknown flags are refused; any other size is "
	      "rounded up to whole pages")
{
	V3D_FILE(fd);

	CHECK_ERRNO(try_create(fd, (struct drm_v3d_create_bo){}), EINVAL);
	CHECK_ERRNO(try_create(fd, (struct drm_v3d_create_bo){.size = PAGE,
							      .flags = 1}),
		    EINVAL);
	for (size_t size = 1; size < 4 * MIB; size = size * 7 + PAGE - 3) {
		GPU_BO(bo, v3d_bo(fd, size));
		FD(dmabuf, drm_export(fd, bo.handle));

		CHECK_EQ(dmabuf_size(dmabuf), (size + PAGE - 1) / PAGE * PAGE);
	}
}

TEST(va_layout, .name = "v3d/bo-va", V3D,
     .about = "GPU addresses of the BOs of all files do not overlap, and are "
	      "never 0")
{
	static const size_t sizes[] = {PAGE,	 MIB,	  5 * PAGE, 8 * MIB,
				       3 * PAGE, 2 * MIB, PAGE};
	enum { COUNT = sizeof(sizes) / sizeof(*sizes) };
	V3D_FILE(fd);
	V3D_FILE(other);
	struct gpu_bo bos[COUNT];
	struct drm_v3d_get_bo_offset get;
	size_t pages = v3d_pages(), sum = 0;

	for (int i = 0; i < COUNT; i++) {
		bos[i] = v3d_bo(i % 2 ? other : fd, sizes[i]);
		sum += sizes[i] / PAGE;
		CHECK(bos[i].va && bos[i].va % PAGE == 0);
		CHECK_EQ(v3d_bo_of(bos[i].fd, bos[i].handle, PAGE).va,
			 bos[i].va);
		for (int j = 0; j < i; j++)
			CHECK(bos[i].va + bos[i].size <= bos[j].va ||
			      bos[j].va + bos[j].size <= bos[i].va);
		CHECK_EQ(v3d_pages(), pages + sum);
	}
	for (int i = 0; i < COUNT; i++)
		gpu_bo_free(&bos[i]);
	CHECK_EQ(v3d_pages(), pages);
	get.handle = 1;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_GET_BO_OFFSET, &get), ENOENT);
}

TEST(mmap_content, .name = "v3d/bo-mmap", V3D,
     .about = "a BO starts as zeroes, all its mappings show the same, and "
	      "content outlives them")
{
	V3D_FILE(fd);
	size_t size = 37 * PAGE;
	struct gpu_bo bo = v3d_bo_mapped(fd, size), second = bo;
	const uint8_t *bytes = bo.map;

	for (size_t i = 0; i < size; i++)
		CHECK_EQ(bytes[i], 0);
	v3d_bo_map(&second);
	stamp_fill(bo.map, size, 1, 1);
	stamp_verify(second.map, size, 1, 1);
	gpu_bo_unmap(&second);
	gpu_bo_unmap(&bo);
	mem_drop_caches();
	v3d_bo_map(&bo);
	stamp_verify(bo.map, size, 1, 1);
	drm_gem_close(fd, bo.handle);
	stamp_verify(bo.map, size, 1, 1);
	gpu_bo_unmap(&bo);
}

TEST(mmap_errors, .name = "v3d/bo-mmap-errors", V3D,
     .about = "unknown handles, flags and wrong sizes cannot be mapped, nor "
	      "BOs through other files")
{
	V3D_FILE(fd);
	V3D_FILE(other);
	GPU_BO(bo, v3d_bo(fd, PAGE));
	struct drm_v3d_mmap_bo arg = {.handle = bo.handle, .flags = 1};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_MMAP_BO, &arg), EINVAL);
	arg.flags = 0;
	CHECK_ERRNO(drm_ioctl(other, DRM_IOCTL_V3D_MMAP_BO, &arg), ENOENT);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_MMAP_BO, &arg));
	CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, arg.offset) ==
	      MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, arg.offset) ==
	      MAP_FAILED);
	CHECK_EQ(errno, EACCES);
}

TEST(content, .name = "v3d/bo-device", V3D,
     .about =
	     "the GPU finds what the CPU wrote, page by page, and the CPU what "
	     "the GPU wrote")
{
	enum { SIZE = 24 * PAGE };
	V3D_FILE(fd);
	GPU_BO(from, v3d_bo_mapped(fd, SIZE));
	GPU_BO(to, v3d_bo_mapped(fd, SIZE));
	GPU_BO(out, v3d_bo_mapped(fd, PAGE));
	V3D_JOB(job, v3d_job(fd, V3D_RENDER));
	uint64_t *words = out.map;

	v3d_use(&job, &from);
	v3d_use(&job, &to);
	v3d_use(&job, &out);
	commands_check_stamps(&job.commands, out.va, from.va, SIZE, 3, 1);
	commands_checksum(&job.commands, out.va + 8, from.va, SIZE);
	commands_copy(&job.commands, to.va, from.va, SIZE);
	stamp_fill(from.map, SIZE, 3, 1);
	v3d_run(&job);
	CHECK_EQ(words[0], SIZE / PAGE);
	CHECK_EQ(words[1], stamp_fnv(from.map, SIZE));
	stamp_verify(to.map, SIZE, 3, 1);
}

TEST(release, .name = "v3d/bo-release", V3D,
     .about = "closing the last handle, or the file, gives memory and GPU "
	      "addresses back")
{
	size_t shmem, pages = v3d_pages();
	uint32_t va;
	int fd;

	mem_settle();
	shmem = mem_info("Shmem");
	for (int i = 0; i < 3; i++) {
		struct gpu_bo bo;

		fd = v3d_open();
		bo = v3d_bo_mapped(fd, MIB);
		stamp_fill(bo.map, MIB, 1, 1);
		CHECK_CMP(mem_info("Shmem"), >=, shmem + MIB);
		if (i)
			CHECK_EQ(bo.va, va);
		va = bo.va;
		if (i % 2)
			gpu_bo_unmap(&bo);
		else
			gpu_bo_free(&bo);
		CHECK_SYS(close(fd));
		WAIT_UNTIL(mem_info("Shmem") <= shmem);
		CHECK_EQ(v3d_pages(), pages);
	}
}
