// SPDX-License-Identifier: GPL-2.0-or-later
/* Fences of tasks: on BOs, in sync objects, and waits for them. */
#include <errno.h>
#include <unistd.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/test.h"

#define READ LIMA_GEM_WAIT_READ
#define WRITE LIMA_GEM_WAIT_WRITE

TEST(wait, .name = "lima/wait", LIMA, .virtual_time = true,
     .about = "a BO is busy until the tasks that use it are done: for readers "
	      "until those that write, for writers until all")
{
	LIMA_FILE(fd);
	GPU_BO(read, lima_bo(fd, PAGE, 0));
	GPU_BO(written, lima_bo(fd, PAGE, 0));
	GPU_BO(unused, lima_bo(fd, PAGE, 0));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	struct gpu_bo none = {.fd = fd, .handle = 12345};

	CHECK_EQ(lima_bo_try_wait(&read, READ | WRITE, 0), 0);
	lima_use(&task, &read, LIMA_SUBMIT_BO_READ);
	lima_use(&task, &written, LIMA_SUBMIT_BO_WRITE);
	commands_add(&task.commands, SB_COMMAND_FILL);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	CHECK_EQ(lima_bo_try_wait(&read, READ, 0), 0);
	CHECK_EQ(lima_bo_try_wait(&read, WRITE, 0), EBUSY);
	CHECK_EQ(lima_bo_try_wait(&read, READ | WRITE, 20), ETIMEDOUT);
	CHECK_EQ(lima_bo_try_wait(&written, READ, 0), EBUSY);
	CHECK_EQ(lima_bo_try_wait(&written, READ, 20), ETIMEDOUT);
	CHECK_EQ(lima_bo_try_wait(&written, 0, 0), 0);
	CHECK_EQ(lima_bo_try_wait(&unused, WRITE, 0), 0);
	device_write("faults", "release lima GP");
	lima_bo_wait(&read);
	CHECK_EQ(lima_bo_try_wait(&read, WRITE, 0), 0);
	CHECK_EQ(lima_bo_try_wait(&written, WRITE, 0), 0);
	CHECK_EQ(lima_bo_try_wait(&none, WRITE, 0), EINVAL);
	CHECK_EQ(lima_bo_try_wait(&read, 4, 0), EINVAL);
}

TEST(out, .name = "lima/syncobj-out", LIMA, .virtual_time = true,
     .about = "the out-fence is pending until the task is done, then says "
	      "success")
{
	LIMA_FILE(fd);

	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		LIMA_TASK(task, lima_task(fd, pipe));
		uint32_t done = syncobj_new(fd);

		commands_add(&task.commands, SB_COMMAND_FILL);
		device_write("faults", "hold lima GP\nhold lima PP");
		lima_submit(&task, .out = done);
		CHECK_EQ(syncobj_status(fd, done), 0);
		CHECK(!syncobj_wait(fd, done, 20));
		device_write("faults", "clear");
		CHECK(syncobj_wait(fd, done, 10000));
		CHECK_EQ(syncobj_status(fd, done), 1);
		syncobj_free(fd, done);
	}
}

TEST(in, .name = "lima/syncobj-in", LIMA, .virtual_time = true,
     .about = "a task waits for both of its in-fences, also of the other "
	      "processor")
{
	LIMA_FILE(fd);
	LIMA_TASK(first, lima_task(fd, LIMA_PIPE_GP));
	LIMA_TASK(second, lima_task(fd, LIMA_PIPE_PP));
	LIMA_TASK(third, lima_task(fd, LIMA_PIPE_PP));
	uint32_t a = syncobj_new(fd), b = syncobj_new(fd), c = syncobj_new(fd);
	uint64_t jobs = lima_counter("pp-jobs");

	commands_add(&first.commands, SB_COMMAND_FILL);
	device_write("faults", "hold lima GP");
	lima_submit(&first, .out = a);
	lima_submit(&second, .out = b);
	lima_submit(&third, .in = {b, a}, .out = c);
	CHECK(syncobj_wait(fd, b, 10000));
	CHECK(!syncobj_wait(fd, c, 50));
	CHECK_EQ(lima_counter("pp-jobs"), jobs + 1);
	device_write("faults", "release lima GP");
	CHECK(syncobj_wait(fd, c, 10000));
	CHECK_EQ(syncobj_status(fd, a), 1);
	CHECK_EQ(lima_counter("pp-jobs"), jobs + 2);
}

static void implicit(uint32_t flags, bool waits)
{
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(writer, lima_task(fd, LIMA_PIPE_GP));
	LIMA_TASK(reader, lima_task(fd, LIMA_PIPE_PP));
	uint32_t done = syncobj_new(fd);
	uint32_t *words = bo.map;

	lima_use(&writer, &bo, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&writer.commands, bo.va, 4, 5);
	lima_use(&reader, &bo, LIMA_SUBMIT_BO_READ);
	commands_copy(&reader.commands, bo.va + 4, bo.va, 4);
	device_write("faults", "hold lima GP");
	lima_submit(&writer);
	lima_submit(&reader, .flags = flags, .out = done);
	CHECK_EQ(syncobj_wait(fd, done, 100), !waits);
	device_write("faults", "release lima GP");
	CHECK(syncobj_wait(fd, done, 10000));
	lima_bo_wait(&bo);
	CHECK_EQ(words[0], 5);
	CHECK_EQ(words[1], waits ? 5 : 0);
}

TEST(implicit_fence, .name = "lima/implicit-fence", LIMA, .virtual_time = true,
     .about = "a task that reads a BO waits for one that writes it")
{
	implicit(0, true);
}

TEST(explicit_fence, .name = "lima/explicit-fence", LIMA, .virtual_time = true,
     .about = "a task with explicit fences does not wait for those of its BOs")
{
	implicit(LIMA_SUBMIT_FLAG_EXPLICIT_FENCE, false);
}

TEST(foreign_fence, .name = "lima/foreign-fence", LIMA, .virtual_time = true,
     .about = "a task waits for the fence of another driver on a BO that both "
	      "have")
{
	FD(vgem, drm_open(DRM_VGEM, DRM_CARD));
	uint32_t theirs = vgem_create(vgem, PAGE);
	FD(dmabuf, drm_export(vgem, theirs));
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_import(fd, dmabuf));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	uint32_t done = syncobj_new(fd), fence;

	lima_use(&task, &bo, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&task.commands, bo.va, PAGE, 1);
	fence = vgem_fence_attach(vgem, theirs);
	lima_submit(&task, .out = done);
	CHECK(!syncobj_wait(fd, done, 50));
	CHECK(!lima_runs(LIMA_PIPE_GP));
	vgem_fence_signal(vgem, fence);
	CHECK(syncobj_wait(fd, done, 10000));
}
