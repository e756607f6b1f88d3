// SPDX-License-Identifier: GPL-2.0-or-later
/* System sleep. */
#include "lib/sleep.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/v3d.h"

#define SIZE (8 * PAGE)

/* (The driver of 6.12 takes no part in it: the device keeps its state.) */
TEST(asleep, .name = "v3d/sleep", V3D, .last = true,
     .about = "after a system sleep, the GPU works, and BOs have their content")
{
	static const enum v3d_queue queues[] = {V3D_RENDER, V3D_TFU, V3D_CSD};
	V3D_FILE(fd);
	GPU_BO(from, v3d_bo_mapped(fd, SIZE));

	stamp_fill(from.map, SIZE, 1, 1);
	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++) {
		GPU_BO(to, v3d_bo_mapped(fd, SIZE));
		V3D_JOB(job, v3d_job(fd, queues[i]));

		v3d_use(&job, &from);
		v3d_use(&job, &to);
		commands_copy(&job.commands, to.va, from.va, SIZE);
		v3d_run(&job);
		CHECK_EQ(sleep_system("suspend"), 0);
		stamp_fill(to.map, SIZE, 2, 1);
		v3d_run(&job);
		stamp_verify(to.map, SIZE, 1, 1);
	}
}
