// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/lima.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/mem.h"
#include "lib/test.h"

/* Longer than any task takes, including the timeout and the reset. */
#define LONG_MS 30000

int lima_open(void)
{
	return drm_open(DRM_LIMA, DRM_RENDER);
}

uint64_t lima_param(int fd, uint32_t param)
{
	struct drm_lima_get_param get = {.param = param};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_LIMA_GET_PARAM, &get));
	return get.value;
}

struct gpu_bo lima_bo_of(int fd, uint32_t handle, size_t size)
{
	struct drm_lima_gem_info info = {.handle = handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_LIMA_GEM_INFO, &info));
	return (struct gpu_bo){
		.fd = fd,
		.handle = handle,
		.va = info.va,
		.size = size,
	};
}

struct gpu_bo lima_bo(int fd, size_t size, uint32_t flags)
{
	struct drm_lima_gem_create create = {
		.size = size,
		.flags = flags,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_LIMA_GEM_CREATE, &create));
	return lima_bo_of(fd, create.handle, size);
}

struct gpu_bo lima_bo_mapped(int fd, size_t size)
{
	struct gpu_bo bo = lima_bo(fd, size, 0);

	lima_bo_map(&bo);
	return bo;
}

struct gpu_bo lima_bo_import(int fd, int dmabuf)
{
	return lima_bo_of(fd, drm_import(fd, dmabuf), dmabuf_size(dmabuf));
}

uint64_t lima_bo_offset(const struct gpu_bo *bo)
{
	struct drm_lima_gem_info info = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_LIMA_GEM_INFO, &info));
	return info.offset;
}

void *lima_bo_map(struct gpu_bo *bo)
{
	bo->map = drm_mmap(bo->fd, lima_bo_offset(bo), bo->size);
	return bo->map;
}

int lima_bo_try_wait(const struct gpu_bo *bo, uint32_t op, unsigned int ms)
{
	struct drm_lima_gem_wait wait = {
		.handle = bo->handle,
		.op = op,
		.timeout_ns = ms ? time_after(ms) : 0,
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_LIMA_GEM_WAIT, &wait) ? errno : 0;
}

void lima_bo_wait(const struct gpu_bo *bo)
{
	CHECK_EQ(lima_bo_try_wait(bo, LIMA_GEM_WAIT_WRITE, LONG_MS), 0);
}

uint32_t lima_ctx_new(int fd)
{
	struct drm_lima_ctx_create create = {};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_LIMA_CTX_CREATE, &create));
	return create.id;
}

int lima_ctx_free(int fd, uint32_t ctx)
{
	struct drm_lima_ctx_free arg = {.id = ctx};

	return drm_ioctl(fd, DRM_IOCTL_LIMA_CTX_FREE, &arg) ? errno : 0;
}

struct lima_task lima_task(int fd, uint32_t pipe)
{
	struct lima_task task = {
		.list = lima_bo_mapped(fd, LIMA_TASK_PAGES * PAGE),
		.ctx = lima_ctx_new(fd),
		.pipe = pipe,
	};

	task.commands = commands_at(task.list.map, task.list.size);
	lima_use(&task, &task.list, LIMA_SUBMIT_BO_WRITE);
	return task;
}

void lima_task_free(struct lima_task *task)
{
	lima_bo_wait(&task->list);
	CHECK_EQ(lima_ctx_free(task->list.fd, task->ctx), 0);
	gpu_bo_free(&task->list);
}

void lima_task_cleanup(struct lima_task *task)
{
	if (task->list.handle)
		lima_task_free(task);
}

void lima_use(struct lima_task *task, const struct gpu_bo *bo, uint32_t flags)
{
	CHECK_CMP(task->bo_count, <, LIMA_TASK_BOS);
	task->bos[task->bo_count++] = (struct drm_lima_gem_submit_bo){
		.handle = bo->handle,
		.flags = flags,
	};
}

void lima_use_heap(struct lima_task *task, const struct gpu_bo *heap)
{
	lima_use(task, heap, LIMA_SUBMIT_BO_WRITE);
	task->heap = heap->va;
	task->heap_size = heap->size;
}

static uint32_t address(const struct lima_task *task, unsigned int command)
{
	return task->list.va + command * sizeof(struct sb_command);
}

union lima_frame lima_frame(const struct lima_task *task)
{
	union lima_frame frame = {};

	commands_end(&task->commands);
	if (task->pipe == LIMA_PIPE_PP) {
		frame.pp.num_pp = 1;
		frame.pp.plbu_array_address[0] = task->list.va;
		return frame;
	}
	frame.gp.frame[0] = address(task, 0);
	frame.gp.frame[1] = address(task, task->vs);
	frame.gp.frame[2] = address(task, task->vs);
	frame.gp.frame[3] = address(task, task->commands.count);
	frame.gp.frame[4] = task->heap;
	frame.gp.frame[5] = task->heap + task->heap_size;
	return frame;
}

struct drm_lima_gem_submit lima_submit_args(const struct lima_task *task,
					    const union lima_frame *frame,
					    const struct lima_sync *sync)
{
	return (struct drm_lima_gem_submit){
		.ctx = task->ctx,
		.pipe = task->pipe,
		.nr_bos = task->bo_count,
		.frame_size = task->pipe == LIMA_PIPE_PP ? sizeof(frame->pp)
							 : sizeof(frame->gp),
		.bos = (uintptr_t)task->bos,
		.frame = (uintptr_t)frame,
		.flags = sync->flags,
		.out_sync = sync->out,
		.in_sync = {sync->in[0], sync->in[1]},
	};
}

int lima_try_submit_with(const struct lima_task *task,
			 const struct lima_sync *sync)
{
	union lima_frame frame = lima_frame(task);
	struct drm_lima_gem_submit args = lima_submit_args(task, &frame, sync);

	return drm_ioctl(task->list.fd, DRM_IOCTL_LIMA_GEM_SUBMIT, &args)
		       ? errno
		       : 0;
}

int lima_result(const struct lima_task *task)
{
	int fd = task->list.fd;
	uint32_t done = syncobj_new(fd);
	int status;

	lima_submit(task, .out = done);
	CHECK(syncobj_wait(fd, done, LONG_MS));
	status = syncobj_status(fd, done);
	syncobj_free(fd, done);
	return status;
}

void lima_run(const struct lima_task *task)
{
	CHECK_EQ(lima_result(task), 1);
}

bool lima_runs(uint32_t pipe)
{
	char *text = platform_file("lima", pipe == LIMA_PIPE_PP ? "pp" : "gp");
	bool result = strstr(text, "\nlist:");

	free(text);
	return result;
}

size_t lima_pages(const struct lima_task *look, uint32_t va, size_t size)
{
	uint64_t end = va + size;
	size_t result = 0;
	char *text, *save;

	lima_run(look);
	text = platform_file("lima", look->pipe == LIMA_PIPE_PP ? "mmu/1/map"
								: "mmu/0/map");
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		uint64_t from, to, pages;

		if (sscanf(line, "%" SCNx64 " %" SCNu64 " pages", &from,
			   &pages) != 2)
			FAIL("map of the MMU: %s", line);
		to = from + pages * PAGE;
		from = from < va ? va : from;
		to = to > end ? end : to;
		if (from < to)
			result += (to - from) / PAGE;
	}
	free(text);
	return result;
}
