// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs that files, processes and drivers share. */
#include "lib/gpu-share.h"
#include "lib/test.h"
#include "lib/v3d.h"

static void verify(const struct gpu_bo *bo, const struct gpu_bo *to,
		   uint32_t number)
{
	GPU_BO(out, v3d_bo_mapped(bo->fd, PAGE));
	V3D_JOB(job, v3d_job(bo->fd, V3D_RENDER));

	v3d_use(&job, bo);
	v3d_use(&job, &out);
	commands_check_stamps(&job.commands, out.va, bo->va, SHARE_PAGES * PAGE,
			      number, 1);
	if (to) {
		v3d_use(&job, to);
		commands_copy(&job.commands, to->va, bo->va,
			      SHARE_PAGES * PAGE);
	}
	v3d_run(&job);
	CHECK_EQ(*(uint64_t *)out.map, SHARE_PAGES);
}

static const struct gpu v3d = {
	.open = v3d_open,
	.bo = v3d_bo_mapped,
	.import = v3d_bo_import,
	.map = v3d_bo_map,
	.verify = verify,
	.pages = v3d_pages,
};

TEST(import, .name = "v3d/share-import", V3D,
     .about = "v3d's GPU reads and writes the pages of any dma-buf")
{
	share_import(&v3d);
}

TEST(panfrost, .name = "v3d/share-panfrost", V3D,
     .about = "panfrost's GPU reads and writes a BO of v3d")
{
	share_panfrost(&v3d);
}

TEST(others, .name = "v3d/share-others", V3D,
     .about = "vgem imports a BO of v3d and gives it back; virtio-gpu imports "
	      "it or says that it cannot")
{
	share_others(&v3d);
}

TEST(processes, .name = "v3d/share-processes", V3D,
     .about = "two processes have a BO by its dma-buf; it lives as long as "
	      "either")
{
	share_processes(&v3d);
}

TEST(again, .name = "v3d/share-again", V3D,
     .about = "a hundred imports and closes leave nothing behind")
{
	share_again(&v3d);
}
