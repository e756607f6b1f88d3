// SPDX-License-Identifier: GPL-2.0-or-later
/* System sleep. */
#include <errno.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/sleep.h"
#include "lib/stamp.h"
#include "lib/test.h"

#define SIZE (8 * PAGE)

/* Both processors copy what @from holds. */
static void copies(const struct gpu_bo *from, uint32_t generation)
{
	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		GPU_BO(to, lima_bo_mapped(from->fd, SIZE));
		LIMA_TASK(task, lima_task(from->fd, pipe));

		lima_use(&task, from, LIMA_SUBMIT_BO_READ);
		lima_use(&task, &to, LIMA_SUBMIT_BO_WRITE);
		commands_copy(&task.commands, to.va, from->va, SIZE);
		lima_run(&task);
		stamp_verify(to.map, SIZE, 1, generation);
	}
}

TEST(asleep, .name = "lima/sleep", LIMA, .last = true,
     .about = "after a system sleep, the GPU works, and BOs have their content")
{
	LIMA_FILE(fd);
	GPU_BO(from, lima_bo_mapped(fd, SIZE));
	uint64_t changes;

	for (uint32_t round = 1; round <= 3; round++) {
		stamp_fill(from.map, SIZE, 1, round);
		copies(&from, round);
		changes = lima_counter("power-changes");
		CHECK_EQ(sleep_system("suspend"), 0);
		CHECK_CMP(lima_counter("power-changes"), >, changes);
		copies(&from, round);
	}
}

TEST(busy, .name = "lima/sleep-busy", LIMA, .last = true,
     .about = "while a task runs, the driver refuses a system sleep; the task "
	      "ends well")
{
	LIMA_FILE(fd);
	GPU_BO(out, lima_bo_mapped(fd, PAGE));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));

	lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&task.commands, out.va, PAGE, 5);
	device_write("faults", "hold lima GP");
	lima_submit(&task);
	WAIT_UNTIL(lima_runs(LIMA_PIPE_GP));
	CHECK_EQ(sleep_system("suspend"), EBUSY);
	device_write("faults", "release lima GP");
	lima_bo_wait(&out);
	CHECK_EQ(*(uint32_t *)out.map, 5);
	CHECK_EQ(sleep_system("suspend"), 0);
	lima_run(&task);
}
