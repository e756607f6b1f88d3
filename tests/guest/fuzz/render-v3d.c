// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/test.h"
#include "render.h"

/* A CSD job does not wait for the fences of its BOs (KERNEL-BUGS.md, 59). */
#define UNORDERED (1u << 2)

static const enum v3d_queue queues[] = {V3D_RENDER, V3D_TFU, V3D_CSD};

static union render_job job(int fd, unsigned int queue)
{
	return (union render_job){.v3d = v3d_job(fd, queues[queue])};
}

static void use(union render_job *job, const struct gpu_bo *bo, bool write)
{
	(void)write;
	v3d_use(&job->v3d, bo);
}

static struct commands *commands(union render_job *job)
{
	return &job->v3d.commands;
}

static int submit(const union render_job *job, uint32_t in, uint32_t out)
{
	return v3d_try_submit(&job->v3d, .in = in, .out = out);
}

static void free_job(union render_job *job)
{
	v3d_job_free(&job->v3d);
}

/*
 * There is no interrupt for a failure: the job ends by its timeout. The fence of a CSD job is
 * that of the cleaning of the caches after it.
 */
static const struct render_fault faults[] = {
	{"fail v3d RENDER 1", 0, -ECANCELED},
	{"fail v3d TFU 1", 1, -ECANCELED},
	{"fail v3d CSD 1", 2, 1},
	{},
};

const struct render_gpu render_v3d = {
	.open = v3d_open,
	.bo = v3d_bo,
	.import = v3d_bo_import,
	.map = v3d_bo_map,
	.try_wait = v3d_bo_try_wait,
	.busy = ETIME,
	.queues = sizeof(queues) / sizeof(*queues),
	.unordered = UNORDERED,
	.in_order = true,
	.job = job,
	.use = use,
	.commands = commands,
	.submit = submit,
	.free = free_job,
	.faults = faults,
};
