// SPDX-License-Identifier: GPL-2.0-or-later
/* BOs that files, processes and drivers share. */
#include <unistd.h>

#include "lib/gpu-share.h"
#include "lib/helper.h"
#include "lib/lima.h"
#include "lib/stamp.h"

#define SIZE (SHARE_PAGES * PAGE)

static void verify(const struct gpu_bo *bo, const struct gpu_bo *to,
		   uint32_t number)
{
	GPU_BO(out, lima_bo_mapped(bo->fd, PAGE));
	LIMA_TASK(task, lima_task(bo->fd, LIMA_PIPE_PP));

	lima_use(&task, bo, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_check_stamps(&task.commands, out.va, bo->va, SIZE, number, 1);
	if (to) {
		lima_use(&task, to, LIMA_SUBMIT_BO_WRITE);
		commands_copy(&task.commands, to->va, bo->va, SIZE);
	}
	lima_run(&task);
	CHECK_EQ(*(uint64_t *)out.map, SHARE_PAGES);
}

static const struct gpu lima = {
	.open = lima_open,
	.bo = lima_bo_mapped,
	.import = lima_bo_import,
	.map = lima_bo_map,
	.verify = verify,
};

TEST(import, .name = "lima/share-import", LIMA,
     .about = "lima's GPU reads and writes the pages of any dma-buf")
{
	share_import(&lima);
}

TEST(panfrost, .name = "lima/share-panfrost", LIMA,
     .about = "panfrost's GPU reads and writes a BO of lima")
{
	share_panfrost(&lima);
}

TEST(helper, .name = "lima/share-helper",
     .kernel_args = "shrinkbench.gpus=lima shrinkbench.helpers=2",
     .about = "the helper-level driver has the pages and a kernel mapping of a "
	      "BO of lima, and lima those of its BO")
{
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, SIZE));
	HELPER_DEVICE(helper, 0);
	int dmabuf = drm_export(fd, bo.handle);
	struct helper_bo theirs = {.fd = helper,
				   .handle = drm_import(helper, dmabuf),
				   .size = SIZE};
	struct helper_bo used;
	struct gpu_bo ours;

	CHECK_SYS(close(dmabuf));
	stamp_fill(bo.map, SIZE, 7, 1);
	helper_do(&theirs, SB_HELPER_ATTACH);
	helper_verify(&theirs, SB_HELPER_DEVICE, 7);
	helper_do(&theirs, SB_HELPER_VMAP);
	helper_verify(&theirs, 0, 7);
	helper_fill(&theirs, 0, 8);
	stamp_verify(bo.map, SIZE, 8, 1);
	helper_do(&theirs, SB_HELPER_VUNMAP);
	verify(&bo, NULL, 8);
	helper_bo_close(&theirs);

	used = helper_bo_used(helper, SHARE_PAGES, 0, 3);
	dmabuf = drm_export(helper, used.handle);
	ours = lima_bo_import(fd, dmabuf);
	CHECK_SYS(close(dmabuf));
	verify(&ours, NULL, 3);
	gpu_bo_free(&ours);
	helper_bo_close(&used);
}

TEST(others, .name = "lima/share-others", LIMA,
     .about = "vgem imports a BO of lima and gives it back; virtio-gpu imports "
	      "it or says that it cannot")
{
	share_others(&lima);
}

TEST(processes, .name = "lima/share-processes", LIMA,
     .about = "two processes have a BO by its dma-buf, each at an address of "
	      "its own; it lives as long as either")
{
	share_processes(&lima);
}

TEST(again, .name = "lima/share-again", LIMA,
     .about = "a hundred imports and closes leave nothing behind")
{
	share_again(&lima);
}
