// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs that use the same BO wait for each other, without a sync object that says so. */
#include <unistd.h>

#include "lib/test.h"
#include "lib/v3d.h"
#include "lib/virtio-gpu.h"

/* A job of RENDER, which waits for virtio-gpu, fills a BO that a job of @queue copies. */
static void copies_last(enum v3d_queue queue)
{
	GPU(virtio);
	V3D_FILE(fd);
	GPU_BO(from, v3d_bo_mapped(fd, PAGE));
	GPU_BO(to, v3d_bo_mapped(fd, PAGE));
	V3D_JOB(fill, v3d_job(fd, V3D_RENDER));
	V3D_JOB(copy, v3d_job(fd, queue));
	struct sb_exec exec = exec_nop();
	uint32_t gate = syncobj_new(fd);
	int fence;

	cmd_hold("SUBMIT_3D");
	fence = gpu_exec_fence(virtio, &exec, 1, NULL, 0, -1);
	syncobj_import(fd, gate, fence);
	CHECK_SYS(close(fence));
	v3d_use(&fill, &from);
	commands_fill(&fill.commands, from.va, PAGE, 7);
	v3d_submit(&fill, .in = gate);
	v3d_use(&copy, &to);
	v3d_use(&copy, &from);
	commands_copy(&copy.commands, to.va, from.va, PAGE);
	v3d_submit(&copy, .in = 0);
	cmd_release("SUBMIT_3D");
	v3d_bo_wait(&to);
	CHECK_EQ(*(uint32_t *)from.map, 7);
	CHECK_EQ(*(uint32_t *)to.map, 7);
	syncobj_free(fd, gate);
}

TEST(tfu, .name = "v3d/order-tfu", V3D,
     .about = "a TFU job waits for the job that writes what it reads")
{
	copies_last(V3D_TFU);
}

/* Only the cleaning of the caches after it does so (KERNEL-BUGS.md, 59). */
TEST(csd, .name = "v3d/order-csd", V3D, .fixed_with = "v3d-submit-exec",
     .about = "a CSD job waits for the job that writes what it reads")
{
	copies_last(V3D_CSD);
}
