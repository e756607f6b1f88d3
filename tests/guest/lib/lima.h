/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lima file: BOs, and the tasks that are submitted through it. Unless a function
 * says otherwise, an error fails the test.
 */
#ifndef GUEST_LIMA_H
#define GUEST_LIMA_H

#include <drm/lima_drm.h>
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

/* For struct test: the guest has a Mali-400. Other guests have none. */
#define LIMA .kernel_args = "shrinkbench.gpus=lima"

/* Open the render node; owned by the caller. */
int lima_open(void);
/* LIMA_FILE(fd): the same, open until the block ends. */
#define LIMA_FILE(fd) FD(fd, lima_open())

/* A parameter of the GPU (DRM_LIMA_PARAM_*). */
uint64_t lima_param(int fd, uint32_t param);

/* A new BO; @flags: LIMA_BO_FLAG_HEAP. */
struct gpu_bo lima_bo(int fd, size_t size, uint32_t flags);
/* The same, mapped. */
struct gpu_bo lima_bo_mapped(int fd, size_t size);
/* The BO behind @handle of @fd; not mapped. */
struct gpu_bo lima_bo_of(int fd, uint32_t handle, size_t size);
/* Import a dma-buf into @fd; not mapped. @dmabuf stays open. */
struct gpu_bo lima_bo_import(int fd, int dmabuf);
/* Its offset for mmap() */
uint64_t lima_bo_offset(const struct gpu_bo *bo);
void *lima_bo_map(struct gpu_bo *bo);

/*
 * Wait at most @ms to read or to write a BO (0: do not wait); @op: LIMA_GEM_WAIT_*.
 * 0 or an errno. lima_bo_wait() waits to write; the BO must become idle.
 */
int lima_bo_try_wait(const struct gpu_bo *bo, uint32_t op, unsigned int ms);
void lima_bo_wait(const struct gpu_bo *bo);

uint32_t lima_ctx_new(int fd);
/* 0 or an errno */
int lima_ctx_free(int fd, uint32_t ctx);

#define LIMA_TASK_PAGES 4
#define LIMA_TASK_BOS 16

/**
 * struct lima_task - a list of commands, and what is submitted with it
 * @list: the BO of the commands, mapped; owned
 * @commands: the commands in it
 * @ctx: owned
 * @pipe: LIMA_PIPE_*
 * @vs: commands that the VS runs before the PLBU runs the others; for GP
 * @heap: GPU address of the heap, which is one of @bos, or 0
 * @heap_size: bytes; the driver replaces it by the size that the heap has
 * @bos: what the task uses, that of @list first
 * @bo_count: how many
 */
struct lima_task {
	struct gpu_bo list;
	struct commands commands;
	uint32_t ctx;
	uint32_t pipe;
	unsigned int vs;
	uint32_t heap;
	uint32_t heap_size;
	struct drm_lima_gem_submit_bo bos[LIMA_TASK_BOS];
	unsigned int bo_count;
};

struct lima_task lima_task(int fd, uint32_t pipe);
/* Wait until no fence uses the list, then free it. */
void lima_task_free(struct lima_task *task);
/* LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP)): freed when the block ends. */
#define LIMA_TASK(name, ...)                                                   \
	CLEANUP(lima_task_cleanup) struct lima_task name = (__VA_ARGS__)
void lima_task_cleanup(struct lima_task *task);
/* Submit the task with @bo; @flags: LIMA_SUBMIT_BO_*. */
void lima_use(struct lima_task *task, const struct gpu_bo *bo, uint32_t flags);
/* The same, and the PLBU allocates from it. */
void lima_use_heap(struct lima_task *task, const struct gpu_bo *heap);

/**
 * struct lima_sync - optional parameters of a submit
 * @flags: LIMA_SUBMIT_FLAG_*
 * @out: sync object that gets the fence, or 0
 * @in: sync objects to wait for, or 0
 */
struct lima_sync {
	uint32_t flags;
	uint32_t out;
	uint32_t in[2];
};

/* The frame that lima_try_submit() submits. @pp: for LIMA_PIPE_PP, else @gp */
union lima_frame {
	struct drm_lima_gp_frame gp;
	struct drm_lima_m400_pp_frame pp;
};
union lima_frame lima_frame(const struct lima_task *task);
/* The arguments; they point to @frame and to the task. */
struct drm_lima_gem_submit lima_submit_args(const struct lima_task *task,
					    const union lima_frame *frame,
					    const struct lima_sync *sync);

/* Submit. lima_try_submit(): 0 or an errno. */
#define lima_submit(task, ...) CHECK_EQ(lima_try_submit(task, __VA_ARGS__), 0)
#define lima_try_submit(task, ...)                                             \
	lima_try_submit_with(task, &(struct lima_sync){__VA_ARGS__})
int lima_try_submit_with(const struct lima_task *task,
			 const struct lima_sync *sync);

/* Submit and wait. Returns a value like syncobj_status(). */
int lima_result(const struct lima_task *task);
/* Submit and wait; the task must succeed. */
void lima_run(const struct lima_task *task);

/* Does the processor behind @pipe run a task? */
bool lima_runs(uint32_t pipe);
/* A counter of the device */
#define lima_counter(name) platform_counter("lima", name)
/*
 * Count the pages of @size bytes from @va on that the GPU has mapped for the file of
 * @look, a task that is run to find its page tables.
 */
size_t lima_pages(const struct lima_task *look, uint32_t va, size_t size);

#endif
