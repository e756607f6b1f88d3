// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests that are booted with lima's parameters. max_error_tasks: lima/fault-dump */
#include <errno.h>
#include <unistd.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/test.h"

/* For struct test: a Mali-400 and a parameter */
#define BOOT(parameter) .kernel_args = "shrinkbench.gpus=lima lima." parameter

/* Nowhere near the default timeout, 10 s */
#define SOON_MS 5000

static void still_works(int fd)
{
	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		GPU_BO(out, lima_bo_mapped(fd, PAGE));
		LIMA_TASK(task, lima_task(fd, pipe));

		lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
		commands_fill(&task.commands, out.va, PAGE, 100 + pipe);
		lima_run(&task);
		CHECK_EQ(*(uint32_t *)out.map, 100 + pipe);
	}
}

TEST(timeout, .name = "lima/param-sched-timeout", BOOT("sched_timeout_ms=50"),
     .virtual_time = true,
     .about = "with sched_timeout_ms=50, a task that hangs ends long before "
	      "the default of 10 s")
{
	LIMA_FILE(fd);

	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		LIMA_TASK(task, lima_task(fd, pipe));
		uint32_t done = syncobj_new(fd);

		commands_add(&task.commands, SB_COMMAND_FILL);
		device_write("faults", "hold lima GP\nhold lima PP");
		lima_submit(&task, .out = done);
		CHECK(syncobj_wait(fd, done, SOON_MS));
		CHECK_EQ(syncobj_status(fd, done), -ECANCELED);
		device_write("faults", "clear");
		syncobj_free(fd, done);
		still_works(fd);
	}
}

TEST(hang_limit, .name = "lima/param-hang-limit", BOOT("job_hang_limit=1"),
     .virtual_time = true,
     .about = "with job_hang_limit=1, a task that hangs once is run again, and "
	      "succeeds")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	uint32_t done = syncobj_new(fd);
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_PP));
	uint64_t resets = lima_counter("hard-resets");

	if (mem_finds_lost())
		test_skip("the fence of the first run is lost "
			  "(tests/KERNEL-BUGS.md, 70)");
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&task.commands, out.va, PAGE, 7);
	device_write("faults", "hold lima PP");
	lima_submit(&task, .out = done);
	/* It is reset after 10 s, and would be again after 20 s. */
	CHECK(!syncobj_wait(fd, done, 15000));
	CHECK_EQ(lima_counter("hard-resets"), resets + 1);
	device_write("faults", "clear");
	CHECK(syncobj_wait(fd, done, SOON_MS));
	CHECK_EQ(syncobj_status(fd, done), 1);
	CHECK_EQ(*(uint32_t *)out.map, 7);
	CHECK_EQ(lima_counter("hard-resets"), resets + 1);
	syncobj_free(fd, done);
	still_works(fd);
}

TEST(heap, .name = "lima/param-heap-pages", BOOT("heap_init_nr_pages=3"),
     .about = "with heap_init_nr_pages=3, a heap has three pages at first, and "
	      "grows from there")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	GPU_BO(heap, lima_bo(fd, 32 * PAGE, LIMA_BO_FLAG_HEAP));
	LIMA_TASK(look, lima_task(fd, LIMA_PIPE_PP));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));

	commands_fill(&look.commands, out.va, 4, 1);
	lima_use(&look, &out, LIMA_SUBMIT_BO_WRITE);
	CHECK_EQ(lima_pages(&look, heap.va, heap.size), 3);
	lima_use_heap(&task, &heap);
	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_alloc(&task.commands, out.va, 10, 1);
	lima_run(&task);
	CHECK_EQ(lima_pages(&look, heap.va, heap.size), 12);
	still_works(fd);
}
