/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A v3d file: BOs, and the jobs that are submitted through it. Unless a function says
 * otherwise, an error fails the test.
 */
#ifndef GUEST_V3D_H
#define GUEST_V3D_H

#include <drm/v3d_drm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cleanup.h"
#include "lib/commands.h"
#include "lib/drm.h"
#include "lib/gpu-bo.h"
#include "lib/platform.h"
#include "lib/size.h"
#include "lib/syncobj.h"

/* For struct test: the guest has a V3D 4.2. Other guests have none. */
#define V3D .kernel_args = "shrinkbench.gpus=v3d"

/* Open the render node; owned by the caller. */
int v3d_open(void);
/* V3D_FILE(fd): the same, open until the block ends. */
#define V3D_FILE(fd) FD(fd, v3d_open())

/* A parameter of the GPU (DRM_V3D_PARAM_*). */
uint64_t v3d_param(int fd, uint32_t param);

struct gpu_bo v3d_bo(int fd, size_t size);
/* The same, mapped. */
struct gpu_bo v3d_bo_mapped(int fd, size_t size);
/* The BO behind @handle of @fd; not mapped. */
struct gpu_bo v3d_bo_of(int fd, uint32_t handle, size_t size);
/* Import a dma-buf into @fd; not mapped. @dmabuf stays open. */
struct gpu_bo v3d_bo_import(int fd, int dmabuf);
void *v3d_bo_map(struct gpu_bo *bo);

/*
 * Wait at most @ms for all jobs that use a BO (0: do not wait): 0 or an errno.
 * v3d_bo_wait(): the BO must become idle.
 */
int v3d_bo_try_wait(const struct gpu_bo *bo, unsigned int ms);
void v3d_bo_wait(const struct gpu_bo *bo);

#define V3D_JOB_PAGES 4
#define V3D_JOB_BOS 16
/* Queues that run lists: V3D_BIN, V3D_RENDER, V3D_TFU and V3D_CSD */
#define V3D_LIST_QUEUES 4

/**
 * struct v3d_job - a list of commands, and what is submitted with it
 * @list: the BO of the commands, mapped; owned
 * @commands: the commands in it
 * @queue: which queue runs it
 * @memory, @memory_size: for binning: GPU address and bytes of its memory
 * @perfmon: performance monitor, or 0
 * @clean: for binning and rendering: clean the caches afterwards
 * @bos: handles of what the job uses, that of @list first. The TFU takes 4.
 * @bo_count: how many
 */
struct v3d_job {
	struct gpu_bo list;
	struct commands commands;
	enum v3d_queue queue;
	uint32_t memory;
	uint32_t memory_size;
	uint32_t perfmon;
	bool clean;
	uint32_t bos[V3D_JOB_BOS];
	unsigned int bo_count;
};

struct v3d_job v3d_job(int fd, enum v3d_queue queue);
/* Wait until no fence uses the list, then free it. */
void v3d_job_free(struct v3d_job *job);
/* V3D_JOB(job, v3d_job(fd, V3D_RENDER)): freed when the block ends. */
#define V3D_JOB(name, ...)                                                     \
	CLEANUP(v3d_job_cleanup) struct v3d_job name = (__VA_ARGS__)
void v3d_job_cleanup(struct v3d_job *job);
/* Submit the job with @bo. */
void v3d_use(struct v3d_job *job, const struct gpu_bo *bo);

/* Optional parameters of a submit: sync objects to wait for, and that get the fence */
struct v3d_sync {
	uint32_t in;
	uint32_t out;
};

/* Arguments of the ioctl that submits the job; they point to it. */
struct drm_v3d_submit_cl v3d_cl_args(const struct v3d_job *job,
				     const struct v3d_sync *sync);
struct drm_v3d_submit_tfu v3d_tfu_args(const struct v3d_job *job,
				       const struct v3d_sync *sync);
struct drm_v3d_submit_csd v3d_csd_args(const struct v3d_job *job,
				       const struct v3d_sync *sync);

/* Submit. v3d_try_submit(): 0 or an errno. */
#define v3d_submit(job, ...) CHECK_EQ(v3d_try_submit(job, __VA_ARGS__), 0)
#define v3d_try_submit(job, ...)                                               \
	v3d_try_submit_with(job, &(struct v3d_sync){__VA_ARGS__})
int v3d_try_submit_with(const struct v3d_job *job, const struct v3d_sync *sync);

/*
 * Submit and wait. Returns a value like syncobj_status(). A failure of binning does not
 * show in it: the fence is that of the rendering after it.
 */
int v3d_result(const struct v3d_job *job);
/* Submit and wait; the job must succeed. */
void v3d_run(const struct v3d_job *job);

/* Does a queue run a job? */
bool v3d_runs(enum v3d_queue queue);
/* A counter of the device */
#define v3d_counter(name) platform_counter("v3d", name)
/* How many pages the GPU has mapped, of all files */
size_t v3d_pages(void);

#endif
