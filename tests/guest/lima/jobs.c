// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks for the geometry and the pixel processor, and submits that are refused. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/process.h"
#include "lib/stamp.h"
#include "lib/test.h"

TEST(lists, .name = "lima/submit-lists", LIMA,
     .about = "the VS list runs before that of the PLBU, and either may be "
	      "empty")
{
	static const struct {
		unsigned int vs, commands;
	} cases[] = {{0, 2}, {2, 2}, {1, 2}};
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	uint32_t *words = out.map;

	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&task.commands, out.va, 4, 7);
	commands_copy(&task.commands, out.va + 4, out.va, 4);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t commands = lima_counter("commands");

		memset(out.map, 0, PAGE);
		task.vs = cases[i].vs;
		lima_run(&task);
		CHECK_EQ(words[0], 7);
		CHECK_EQ(words[1], 7);
		CHECK_EQ(lima_counter("commands"), commands + 2);
	}
}

static void refused(const struct lima_task *task,
		    struct drm_lima_gem_submit args, int err)
{
	CHECK_ERRNO(drm_ioctl(task->list.fd, DRM_IOCTL_LIMA_GEM_SUBMIT, &args),
		    err);
	CHECK_EQ(lima_bo_try_wait(&task->list, LIMA_GEM_WAIT_WRITE, 0), 0);
}

TEST(submit_errors, .name = "lima/submit-errors", LIMA,
     .about = "a submit that makes no sense is refused, and has no effect")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	LIMA_TASK(pp, lima_task(fd, LIMA_PIPE_PP));
	const struct lima_sync none = {};
	union lima_frame frame, bad;
	struct drm_lima_gem_submit good, args;
	struct drm_lima_gem_submit_bo bos[2];

	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&task.commands, out.va, 4, 1);
	frame = lima_frame(&task);
	good = lima_submit_args(&task, &frame, &none);

#define REFUSED(err, ...)                                                      \
	do {                                                                   \
		args = good;                                                   \
		__VA_ARGS__;                                                   \
		refused(&task, args, err);                                     \
	} while (0)
	REFUSED(EINVAL, args.pipe = 2);
	REFUSED(EINVAL, args.nr_bos = 0);
	REFUSED(EINVAL, args.flags = 2);
	REFUSED(EINVAL, args.frame_size++);
	REFUSED(EFAULT, args.bos = 8);
	REFUSED(EFAULT, args.frame = 8);
	REFUSED(ENOENT, args.ctx = 12345);
	REFUSED(ENOENT, args.out_sync = 12345);
	REFUSED(ENOENT, args.in_sync[0] = 12345);
	REFUSED(ENOENT, args.in_sync[1] = 12345);
	memcpy(bos, task.bos, sizeof(bos));
	bos[1].handle = 12345;
	REFUSED(ENOENT, args.bos = (uintptr_t)bos);
	bos[1].handle = bos[0].handle;
	REFUSED(EALREADY, args.bos = (uintptr_t)bos);
	for (int i = 0; i < 6; i += 2) {
		bad = frame;
		bad.gp.frame[i] = bad.gp.frame[i + 1] + 1;
		REFUSED(EINVAL, args.frame = (uintptr_t)&bad);
	}
	memset(&bad, 0, sizeof(bad));
	REFUSED(EINVAL, args.frame = (uintptr_t)&bad);

	frame = lima_frame(&pp);
	good = lima_submit_args(&pp, &frame, &none);
	bad = frame;
	bad.pp.num_pp = 0;
	REFUSED(EINVAL, args.frame = (uintptr_t)&bad);
	bad.pp.num_pp = 2;
	REFUSED(EINVAL, args.frame = (uintptr_t)&bad);

	CHECK_EQ(*(uint32_t *)out.map, 0);
	lima_run(&task);
	CHECK_EQ(*(uint32_t *)out.map, 1);
}

/* Each task copies what the one before it has copied. */
TEST(queue, .name = "lima/submit-queue", LIMA,
     .about = "the tasks of many contexts on both processors run in the order "
	      "of their submits if they write the same BO")
{
	enum { TASKS = 12 };
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	uint32_t done = syncobj_new(fd);
	struct lima_task task[TASKS];
	uint64_t gp = lima_counter("gp-jobs"), pp = lima_counter("pp-jobs");
	uint32_t *words = out.map;

	for (unsigned int i = 0; i < TASKS; i++) {
		task[i] = lima_task(fd, i & 1);
		lima_use(&task[i], &out, LIMA_SUBMIT_BO_WRITE);
		/* From where the task before puts it */
		commands_copy(&task[i].commands, out.va + 4 * (i + 1),
			      out.va + 4 * i, 4);
	}
	words[0] = 99;
	for (unsigned int i = 0; i < TASKS; i++)
		lima_submit(&task[i], .out = done);
	CHECK(syncobj_wait(fd, done, 20000));
	CHECK_EQ(syncobj_status(fd, done), 1);
	for (unsigned int i = 0; i < TASKS; i++)
		lima_task_free(&task[i]);
	for (unsigned int i = 0; i <= TASKS; i++)
		CHECK_EQ(words[i], 99);
	CHECK_EQ(lima_counter("gp-jobs"), gp + TASKS / 2);
	CHECK_EQ(lima_counter("pp-jobs"), pp + TASKS / 2);
}

#define PAGES 32

/* Its BOs have the same GPU addresses as those of all other processes. */
static void process(void *arg)
{
	uint32_t number = (uintptr_t)arg;
	LIMA_FILE(fd);
	GPU_BO(from, lima_bo_mapped(fd, PAGES * PAGE));
	GPU_BO(to, lima_bo_mapped(fd, PAGES * PAGE));
	LIMA_TASK(task, lima_task(fd, number & 1));

	CHECK_EQ(from.va, 0);
	lima_use(&task, &from, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &to, LIMA_SUBMIT_BO_WRITE);
	commands_copy(&task.commands, to.va, from.va, from.size);
	for (uint32_t round = 1; round <= 5; round++) {
		stamp_fill(from.map, from.size, number, round);
		lima_run(&task);
		stamp_verify(to.map, to.size, number, round);
	}
}

TEST(processes, .name = "lima/processes", LIMA, .seconds = 60,
     .about = "processes whose BOs have the same GPU addresses do not see each "
	      "other's")
{
	enum { PROCESSES = 4 };
	pid_t pid[PROCESSES];

	for (uintptr_t i = 0; i < PROCESSES; i++)
		pid[i] = child_start(process, (void *)(i + 1));
	for (int i = 0; i < PROCESSES; i++)
		child_wait(pid[i]);
}

TEST(in_flight, .name = "lima/close-in-flight", LIMA, .virtual_time = true,
     .about = "BO, context and list that are closed while a task uses them "
	      "live until it is done")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, 8 * PAGE));
	struct gpu_bo from = lima_bo_mapped(fd, 8 * PAGE);
	struct lima_task task = lima_task(fd, LIMA_PIPE_GP);

	stamp_fill(from.map, from.size, 1, 1);
	lima_use(&task, &from, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_copy(&task.commands, out.va, from.va, from.size);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	gpu_bo_free(&from);
	gpu_bo_free(&task.list);
	mem_drop_caches();
	CHECK_EQ(lima_bo_try_wait(&out, LIMA_GEM_WAIT_READ, 0), EBUSY);
	device_write("faults", "release lima GP");
	lima_bo_wait(&out);
	stamp_verify(out.map, out.size, 1, 1);
	CHECK_EQ(lima_ctx_free(fd, task.ctx), 0);
}
