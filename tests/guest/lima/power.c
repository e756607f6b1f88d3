// SPDX-License-Identifier: GPL-2.0-or-later
/* Runtime suspend and resume; unbinding the driver and binding it again. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/bind.h"
#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/violations.h"

#define SIZE (8 * PAGE)

static bool suspended(void)
{
	return platform_is_suspended("lima");
}

static bool powered(void)
{
	char *text = platform_file("lima", "status");
	bool on = strstr(text, "power: GP on, PP on, L2 on");

	CHECK(on || strstr(text, "power: GP off, PP off, L2 off"));
	free(text);
	return on;
}

static void copies(int fd, uint32_t generation)
{
	GPU_BO(from, lima_bo_mapped(fd, SIZE));
	GPU_BO(to, lima_bo_mapped(fd, SIZE));

	stamp_fill(from.map, SIZE, 1, generation);
	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		LIMA_TASK(task, lima_task(fd, pipe));

		lima_use(&task, &from, LIMA_SUBMIT_BO_READ);
		lima_use(&task, &to, LIMA_SUBMIT_BO_WRITE);
		commands_copy(&task.commands, to.va, from.va, SIZE);
		lima_run(&task);
		stamp_verify(to.map, SIZE, 1, generation);
	}
}

TEST(suspend, .name = "lima/suspend-resume", LIMA, .virtual_time = true,
     .about = "the GPU goes to sleep when idle, and wakes with all content")
{
	LIMA_FILE(fd);
	GPU_BO(kept, lima_bo_mapped(fd, SIZE));

	stamp_fill(kept.map, SIZE, 2, 1);
	for (uint32_t round = 1; round <= 3; round++) {
		struct gpu_bo gone = lima_bo(fd, SIZE, 0);

		copies(fd, round);
		CHECK(powered());
		WAIT_UNTIL(suspended());
		CHECK(!powered());
		stamp_verify(kept.map, SIZE, 2, 1);
		/* The page tables change while it sleeps. */
		gpu_bo_free(&gone);
	}
}

TEST(busy, .name = "lima/suspend-not-busy", LIMA, .virtual_time = true,
     .about = "the GPU does not go to sleep while a task runs")
{
	LIMA_FILE(fd);
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));

	commands_add(&task.commands, SB_COMMAND_FILL);
	/* Longer than the autosuspend delay, shorter than the timeout */
	device_write("faults", "delay lima GP 2000000000");
	lima_run(&task);
	device_write("faults", "clear");
	CHECK(!suspended());
	WAIT_UNTIL(suspended());
}

TEST(resume_fails, .name = "lima/suspend-no-power", LIMA, .virtual_time = true,
     .hidden = true, .last = true,
     .about = "a GPU that does not wake can be unbound and bound, and works")
{
	int fd = lima_open();
	struct lima_task task = lima_task(fd, LIMA_PIPE_GP);

	commands_add(&task.commands, SB_COMMAND_FILL);
	WAIT_UNTIL(suspended());
	device_write("faults", "hold lima POWER");
	lima_result(&task);
	device_write("faults", "clear");
	lima_task_free(&task);
	CHECK_SYS(close(fd));
	platform_bind("lima", false);
	platform_bind("lima", true);
	fd = lima_open();
	copies(fd, 1);
	CHECK_SYS(close(fd));
}

/*
 * Unbinding leaks the address space of the last task of each processor, unless that
 * has failed (tests/KERNEL-BUGS.md).
 */
static void forget_last_tasks(int fd)
{
	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		LIMA_TASK(task, lima_task(fd, pipe));

		commands_fill(&task.commands, 0x70000000, 4, 0);
		CHECK_EQ(lima_result(&task), -ECANCELED);
	}
}

static void rebind(bool forget)
{
	size_t shmem;

	mem_settle();
	shmem = mem_info("Shmem");
	for (uint32_t round = 1; round <= 3; round++) {
		int fd = lima_open();

		copies(fd, round);
		if (forget)
			forget_last_tasks(fd);
		close(fd);
		WAIT_UNTIL(mem_info("Shmem") <= shmem);
		/*
		 * Completed tasks, and their fences, are freed some time later, for
		 * which an unbind does not wait. By then they are.
		 */
		WAIT_UNTIL(suspended());
		if (round != 2)
			platform_keep_awake("lima", true);
		CHECK_EQ(powered(), round != 2);
		platform_bind("lima", false);
		CHECK(!powered());
		CHECK_EQ(drm_try_open(DRM_LIMA, DRM_RENDER), -1);
		CHECK_EQ(errno, ENODEV);
		platform_bind("lima", true);
		CHECK(powered());
		platform_keep_awake("lima", false);
	}
	LIMA_FILE(fd);
	copies(fd, 9);
}

/* Alone: what other tests made the driver lose would be reported here. */
TEST(unbind_bind, .name = "lima/unbind-bind", LIMA, .alone = true,
     .virtual_time = true,
     .about = "the driver can be unbound from its device and bound again")
{
	rebind(true);
}

TEST(rebind_leak, .name = "lima/unbind-leak", LIMA, .alone = true,
     .hidden = true,
     .about = "unbinding the driver leaks nothing of the last tasks")
{
	rebind(false);
}

static void makes_bo(void)
{
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, SIZE));

	stamp_fill(bo.map, SIZE, 3, 1);
}

TEST(leaves_nothing, .name = "lima/unbind-leaves-nothing", LIMA, BIND_AGAIN,
     .virtual_time = true)
{
	bind_again(&(struct bind){PLATFORM_DRIVER("lima"),
				  platform_name("lima"), makes_bo, NULL});
}

TEST(alloc_fails, .name = "lima/fail-nth-bind", LIMA, .needs = BIND_NEEDS,
     .seconds = BIND_SECONDS, .alone = true,
     .about = "a driver that has no memory to bind leaves nothing, and binds "
	      "when there is some")
{
	static const struct bind_step steps[] = {
		{"lima_sched_slab_init", NULL, false},
		{"drm_dev_alloc", "drm_sysfs_minor_alloc", false},
		{"lima_device_init", NULL, false},
		{"drm_dev_register", NULL, false},
		{NULL, NULL, false},
	};
	bind_each(&(struct bind){PLATFORM_DRIVER("lima"), platform_name("lima"),
				 makes_bo, steps});
	/* The driver leaves paging on, and looks at the MMU before it resets it. */
	violations_take("DTE_ADDR written while paging is on");
	LIMA_FILE(fd);
	copies(fd, 1);
}
