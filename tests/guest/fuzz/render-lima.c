// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/test.h"
#include "render.h"

static struct gpu_bo bo(int fd, size_t size)
{
	return lima_bo(fd, size, 0);
}

static struct gpu_bo heap(int fd, size_t size)
{
	return lima_bo(fd, size, LIMA_BO_FLAG_HEAP);
}

static int try_wait(const struct gpu_bo *bo, unsigned int ms)
{
	return lima_bo_try_wait(bo, LIMA_GEM_WAIT_WRITE, ms);
}

static union render_job job(int fd, unsigned int queue)
{
	return (union render_job){.lima = lima_task(fd, queue)};
}

static void use(union render_job *job, const struct gpu_bo *bo, bool write)
{
	lima_use(&job->lima, bo,
		 write ? LIMA_SUBMIT_BO_WRITE : LIMA_SUBMIT_BO_READ);
}

static struct commands *commands(union render_job *job)
{
	return &job->lima.commands;
}

static int submit(const union render_job *job, uint32_t in, uint32_t out)
{
	return lima_try_submit(&job->lima, .in = {in}, .out = out);
}

static void free_job(union render_job *job)
{
	lima_task_free(&job->lima);
}

static void alloc(union render_job *job, const struct gpu_bo *heap,
		  unsigned int pages, uint32_t value)
{
	struct lima_task *task = &job->lima;

	lima_use_heap(task, heap);
	/* The address after the last page goes to the end of the list's BO. */
	commands_alloc(&task->commands, task->list.va + task->list.size - 4,
		       pages, value);
}

static const struct render_fault faults[] = {
	{"fail lima GP 1", LIMA_PIPE_GP, -ECANCELED},
	{"fail lima PP 1", LIMA_PIPE_PP, -ECANCELED},
	{"garbage lima PP 1", LIMA_PIPE_PP, -ECANCELED},
	{},
};

const struct render_gpu render_lima = {
	.open = lima_open,
	.bo = bo,
	.import = lima_bo_import,
	.map = lima_bo_map,
	.try_wait = try_wait,
	.busy = EBUSY,
	.queues = 2,
	.reads = true,
	.job = job,
	.use = use,
	.commands = commands,
	.submit = submit,
	.free = free_job,
	.heap = heap,
	.alloc = alloc,
	.faults = faults,
};
