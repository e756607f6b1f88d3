// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/v3d.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/caps.h"
#include "lib/mem.h"
#include "lib/platform.h"
#include "lib/test.h"

/* Longer than any job takes, including the timeout and the reset. */
#define LONG_MS 30000

int v3d_open(void)
{
	static bool slept;

	/* Otherwise the first job ends by a reset (tests/KERNEL-BUGS.md). */
	if (!slept && !caps_promised("v3d-first-interrupt"))
		WAIT_UNTIL(platform_is_suspended("v3d"));
	slept = true;
	return drm_open(DRM_V3D, DRM_RENDER);
}

uint64_t v3d_param(int fd, uint32_t param)
{
	struct drm_v3d_get_param get = {.param = param};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_GET_PARAM, &get));
	return get.value;
}

struct gpu_bo v3d_bo_of(int fd, uint32_t handle, size_t size)
{
	struct drm_v3d_get_bo_offset get = {.handle = handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_GET_BO_OFFSET, &get));
	return (struct gpu_bo){
		.fd = fd,
		.handle = handle,
		.va = get.offset,
		.size = size,
	};
}

struct gpu_bo v3d_bo(int fd, size_t size)
{
	struct drm_v3d_create_bo create = {.size = size};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_V3D_CREATE_BO, &create));
	return (struct gpu_bo){
		.fd = fd,
		.handle = create.handle,
		.va = create.offset,
		.size = size,
	};
}

struct gpu_bo v3d_bo_mapped(int fd, size_t size)
{
	struct gpu_bo bo = v3d_bo(fd, size);

	v3d_bo_map(&bo);
	return bo;
}

struct gpu_bo v3d_bo_import(int fd, int dmabuf)
{
	return v3d_bo_of(fd, drm_import(fd, dmabuf), dmabuf_size(dmabuf));
}

void *v3d_bo_map(struct gpu_bo *bo)
{
	struct drm_v3d_mmap_bo arg = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_V3D_MMAP_BO, &arg));
	bo->map = drm_mmap(bo->fd, arg.offset, bo->size);
	return bo->map;
}

int v3d_bo_try_wait(const struct gpu_bo *bo, unsigned int ms)
{
	struct drm_v3d_wait_bo wait = {
		.handle = bo->handle,
		.timeout_ns = ms * UINT64_C(1000000),
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_V3D_WAIT_BO, &wait) ? errno : 0;
}

void v3d_bo_wait(const struct gpu_bo *bo)
{
	CHECK_EQ(v3d_bo_try_wait(bo, LONG_MS), 0);
}

struct v3d_job v3d_job(int fd, enum v3d_queue queue)
{
	struct v3d_job job = {
		.list = v3d_bo_mapped(fd, V3D_JOB_PAGES * PAGE),
		.queue = queue,
	};

	job.commands = commands_at(job.list.map, job.list.size);
	v3d_use(&job, &job.list);
	return job;
}

void v3d_job_free(struct v3d_job *job)
{
	v3d_bo_wait(&job->list);
	gpu_bo_free(&job->list);
}

void v3d_job_cleanup(struct v3d_job *job)
{
	if (job->list.handle)
		v3d_job_free(job);
}

void v3d_use(struct v3d_job *job, const struct gpu_bo *bo)
{
	CHECK_CMP(job->bo_count, <, V3D_JOB_BOS);
	job->bos[job->bo_count++] = bo->handle;
}

/* Put the end after the commands; returns its address. */
static uint32_t end_list(const struct v3d_job *job)
{
	commands_end(&job->commands);
	return job->list.va + job->commands.count * sizeof(*job->commands.list);
}

struct drm_v3d_submit_cl v3d_cl_args(const struct v3d_job *job,
				     const struct v3d_sync *sync)
{
	struct drm_v3d_submit_cl args = {
		.out_sync = sync->out,
		.bo_handles = (uintptr_t)job->bos,
		.bo_handle_count = job->bo_count,
		.flags = job->clean ? DRM_V3D_SUBMIT_CL_FLUSH_CACHE : 0,
		.perfmon_id = job->perfmon,
	};

	if (job->queue == V3D_BIN) {
		args.bcl_start = job->list.va;
		args.bcl_end = end_list(job);
		args.in_sync_bcl = sync->in;
		args.qma = job->memory;
		args.qms = job->memory_size;
	} else {
		args.rcl_start = job->list.va;
		args.rcl_end = end_list(job);
		args.in_sync_rcl = sync->in;
	}
	return args;
}

struct drm_v3d_submit_tfu v3d_tfu_args(const struct v3d_job *job,
				       const struct v3d_sync *sync)
{
	struct drm_v3d_submit_tfu args = {
		.iia = job->list.va,
		.in_sync = sync->in,
		.out_sync = sync->out,
	};

	CHECK_CMP(job->bo_count, <=, 4);
	end_list(job);
	memcpy(args.bo_handles, job->bos,
	       job->bo_count * sizeof(args.bo_handles[0]));
	return args;
}

struct drm_v3d_submit_csd v3d_csd_args(const struct v3d_job *job,
				       const struct v3d_sync *sync)
{
	end_list(job);
	return (struct drm_v3d_submit_csd){
		/* One workgroup, one batch */
		.cfg = {1 << 16, 1 << 16, 1 << 16, 0, 0, 0, job->list.va},
		.bo_handles = (uintptr_t)job->bos,
		.bo_handle_count = job->bo_count,
		.in_sync = sync->in,
		.out_sync = sync->out,
		.perfmon_id = job->perfmon,
	};
}

int v3d_try_submit_with(const struct v3d_job *job, const struct v3d_sync *sync)
{
	struct drm_v3d_submit_tfu tfu;
	struct drm_v3d_submit_csd csd;
	struct drm_v3d_submit_cl cl;
	int fd = job->list.fd;
	int ret;

	switch (job->queue) {
	case V3D_TFU:
		tfu = v3d_tfu_args(job, sync);
		ret = drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_TFU, &tfu);
		break;
	case V3D_CSD:
		csd = v3d_csd_args(job, sync);
		ret = drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CSD, &csd);
		break;
	default:
		cl = v3d_cl_args(job, sync);
		ret = drm_ioctl(fd, DRM_IOCTL_V3D_SUBMIT_CL, &cl);
	}
	return ret ? errno : 0;
}

int v3d_result(const struct v3d_job *job)
{
	int fd = job->list.fd;
	uint32_t done = syncobj_new(fd);
	int status;

	v3d_submit(job, .out = done);
	CHECK(syncobj_wait(fd, done, LONG_MS));
	status = syncobj_status(fd, done);
	syncobj_free(fd, done);
	return status;
}

void v3d_run(const struct v3d_job *job)
{
	CHECK_EQ(v3d_result(job), 1);
}

bool v3d_runs(enum v3d_queue queue)
{
	char name[16];
	char *text;
	bool result;

	snprintf(name, sizeof(name), "queues/%d", queue);
	text = platform_file("v3d", name);
	result = strstr(text, "\nlist:");
	free(text);
	return result;
}

size_t v3d_pages(void)
{
	char *text = platform_file("v3d", "mmu/info");
	const char *at = strstr(text, "mapped: ");
	size_t result;

	CHECK(at);
	result = strtoull(at + 8, NULL, 10);
	free(text);
	return result;
}
