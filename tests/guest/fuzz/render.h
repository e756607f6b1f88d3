/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The random test of a GPU that only renders: lima, v3d. Their BOs have no shrinker, so
 * the model is what each page holds, and who uses a BO. A driver is a row; the operations
 * and the model are the same for all (render.c).
 */
#ifndef FUZZ_RENDER_H
#define FUZZ_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lima.h"
#include "lib/v3d.h"

union render_job {
	struct lima_task lima;
	struct v3d_job v3d;
};

/* What a device does wrong for one job, and the status of that job's fence then. */
struct render_fault {
	const char *rule;
	unsigned int queue;
	int status;
};

/**
 * struct render_gpu - a driver
 * @open: opens the render node; owned by the caller
 * @bo: a new BO, not mapped
 * @import: a dma-buf, not mapped; @dmabuf stays open
 * @map: maps a BO
 * @try_wait: wait at most @ms for all jobs that use a BO: 0 or an errno
 * @busy: errno of @try_wait with 0 ms for a BO that is used
 * @queues: how many queues run jobs
 * @reads: jobs that only read a BO do not wait for each other
 * @unordered: bits of queues whose jobs do not wait for those that use the same BO
 * @in_order: the jobs of a file in a queue wait for each other, even without a BO in common
 * @job: a job with no command yet
 * @use: the job uses @bo
 * @commands: of the job
 * @submit: with a sync object to wait for, and one that gets the fence, or 0: 0 or an errno
 * @free: waits for the job
 * @heap: NULL, or a new heap: pages that the GPU gets when it allocates them
 * @alloc: the job allocates @pages of the heap, and fills page i with @value + i
 * @faults: the last has no rule
 */
struct render_gpu {
	int (*open)(void);
	struct gpu_bo (*bo)(int fd, size_t size);
	struct gpu_bo (*import)(int fd, int dmabuf);
	void *(*map)(struct gpu_bo *bo);
	int (*try_wait)(const struct gpu_bo *bo, unsigned int ms);
	int busy;
	unsigned int queues;
	bool reads;
	unsigned int unordered;
	bool in_order;
	union render_job (*job)(int fd, unsigned int queue);
	void (*use)(union render_job *job, const struct gpu_bo *bo, bool write);
	struct commands *(*commands)(union render_job *job);
	int (*submit)(const union render_job *job, uint32_t in, uint32_t out);
	void (*free)(union render_job *job);
	struct gpu_bo (*heap)(int fd, size_t size);
	void (*alloc)(union render_job *job, const struct gpu_bo *heap,
		      unsigned int pages, uint32_t value);
	const struct render_fault *faults;
};

extern const struct render_gpu render_lima, render_v3d;

/* A run: see fuzz.c. */
void render_begin(const struct render_gpu *gpu, uint64_t seed, bool verbose);
bool render_do(unsigned int index);
void render_end(void);

#endif
