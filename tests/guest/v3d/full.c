// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The GPU's addresses are used up: all files share 4 GiB of them. One buffer that is
 * imported into many files takes addresses in each, but memory only once. What is
 * created or imported then fails late, when it has its pages already.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

#define BIG (16 * MIB)
#define FILES_MAX 256

/*
 * dma-debug has no room for so many mappings. The helper-level devices show which patches
 * the kernel has.
 * The import that finds no address fails late. Without the first patch of the series, the SG
 * table is freed twice then: KERNEL-BUGS.md.
 */
#define FULL                                                                   \
	.kernel_args = "shrinkbench.gpus=v3d shrinkbench.helpers=2 "           \
		       "dma_debug=off",                                        \
	.ram_mib = 128, .seconds = 120, .needs = "shmem-sgt-flag"

struct full {
	int dmabuf;
	int fd[FILES_MAX];
	unsigned int files;
	size_t pages;
	unsigned int attachments;
};

/* Import it into file after file. */
static void use_up(struct full *full)
{
	uint32_t handle;
	int err;

	full->pages = v3d_pages();
	full->dmabuf = dmabuf_from_heap(BIG);
	full->attachments = dmabuf_attachments();
	for (full->files = 0;; full->files++) {
		CHECK_CMP(full->files, <, FILES_MAX);
		full->fd[full->files] = v3d_open();
		err = drm_try_import(full->fd[full->files], full->dmabuf,
				     &handle);
		if (err)
			break;
	}
	CHECK_EQ(err, ENOSPC);
	CHECK_EQ(full->files, 255);
}

/* What was mapped is mapped, and nothing else. */
static void unchanged(const struct full *full)
{
	/* Jobs that have ended keep their BOs a little longer. */
	WAIT_UNTIL(v3d_pages() == full->pages + full->files * (BIG / PAGE));
	CHECK_EQ(dmabuf_attachments(), full->attachments + full->files);
}

static void give_back(struct full *full)
{
	for (unsigned int i = 0; i <= full->files; i++)
		CHECK_SYS(close(full->fd[i]));
	WAIT_UNTIL(v3d_pages() == full->pages);
	WAIT_UNTIL(dmabuf_attachments() == full->attachments);
	CHECK_SYS(close(full->dmabuf));
}

/* The GPU reads the BO, which begins with @value. */
static void reads(const struct gpu_bo *bo, uint32_t value)
{
	GPU_BO(out, v3d_bo_mapped(bo->fd, PAGE));
	V3D_JOB(job, v3d_job(bo->fd, V3D_RENDER));

	v3d_use(&job, bo);
	v3d_use(&job, &out);
	commands_copy(&job.commands, out.va, bo->va, 4);
	v3d_run(&job);
	CHECK_EQ(*(uint32_t *)out.map, value);
}

TEST(import, .name = "v3d/full-import", FULL,
     .about = "an import for which no GPU address is left is undone once and "
	      "entirely; with an address it works")
{
	struct full full;
	struct gpu_bo bo;
	uint32_t handle, *map;
	int last;

	use_up(&full);
	unchanged(&full);
	last = full.fd[full.files];
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(drm_try_import(last, full.dmabuf, &handle), ENOSPC);
		unchanged(&full);
	}
	map = dmabuf_mmap(full.dmabuf);
	map[0] = 77;
	CHECK_SYS(close(full.fd[3]));
	full.fd[3] = v3d_open();
	bo = v3d_bo_import(full.fd[3], full.dmabuf);
	unchanged(&full);
	reads(&bo, 77);
	give_back(&full);
}

TEST(create, .name = "v3d/full-create", FULL,
     .about = "a BO for which no GPU address is left is freed entirely, with "
	      "its pages; a smaller one that fits works")
{
	struct drm_v3d_create_bo create = {.size = BIG};
	struct full full;
	size_t shmem;
	int fd;

	use_up(&full);
	mem_settle();
	shmem = mem_info("Shmem");
	fd = full.fd[full.files];
	for (int i = 0; i < 5; i++) {
		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_V3D_CREATE_BO, &create),
			    ENOSPC);
		unchanged(&full);
		WAIT_UNTIL(mem_info("Shmem") <= shmem);
	}
	{
		GPU_BO(small, v3d_bo_mapped(fd, PAGE));

		*(uint32_t *)small.map = 5;
		reads(&small, 5);
	}
	unchanged(&full);
	give_back(&full);
}
