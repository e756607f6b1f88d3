// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests that are booted with parameters of panfrost, and of the scheduler that it uses.
 * unstable_ioctls: perfcnt.c
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"

#define DUMP "/sys/module/panfrost/parameters/dump_core"
#define POLICY "/sys/module/gpu_sched/parameters/sched_policy"

static void copies(int fd)
{
	PAN_BO(bo, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));

	stamp_fill(bo.map, PAGE, 1, 1);
	chain_use(&chain, &bo);
	chain_copy(&chain, bo.va + PAGE, bo.va, PAGE);
	chain_run(&chain);
	stamp_verify((char *)bo.map + PAGE, PAGE, 1, 1);
}

static void check_parameter(const char *path, const char *value)
{
	char *text = file_read(path);

	if (strcmp(text, value))
		FAIL("%s: %s", path, text);
	free(text);
}

static void hang(int fd)
{
	CHAIN(chain, chain_null(fd));

	device_write("faults", "hang panfrost JOB");
	CHECK_EQ(chain_result(&chain), -ECANCELED);
	device_write("faults", "clear");
}

TEST(dump, .name = "panfrost/param-dump-core", .virtual_time = true,
     .kernel_args = "panfrost.dump_core=1",
     .about = "with dump_core=1, the state of the GPU is saved for the first "
	      "chain that hangs, and the next chains work")
{
	PAN(fd);

	check_parameter(DUMP, "Y\n");
	hang(fd);
	/* The driver disarms it. */
	check_parameter(DUMP, "N\n");
	copies(fd);
	file_write(DUMP, "Y");
	hang(fd);
	check_parameter(DUMP, "N\n");
	copies(fd);
	file_write(DUMP, "Y");
}

TEST(no_dump, .name = "panfrost/param-no-dump-core", .virtual_time = true,
     .kernel_args = "panfrost.dump_core=0",
     .about = "with dump_core=0, a chain that hangs fails, and the next chains "
	      "work")
{
	PAN(fd);

	check_parameter(DUMP, "N\n");
	hang(fd);
	copies(fd);
}

TEST(round_robin, .name = "panfrost/param-sched-policy",
     .kernel_args = "gpu_sched.sched_policy=0",
     .about = "with the scheduler's policy \"round robin\", the chains of many "
	      "files all run, each file's in order")
{
	enum { FILES = 5, CHAINS = 4 };
	struct chain chain[FILES][CHAINS];
	struct pan_bo out[FILES];
	int fd[FILES];

	check_parameter(POLICY, "0\n");
	device_write("faults", "hold panfrost JOB");
	for (int i = 0; i < FILES; i++) {
		fd[i] = pan_open();
		out[i] = pan_bo_mapped(fd[i], PAGE, PANFROST_BO_NOEXEC);
		for (int j = 0; j < CHAINS; j++) {
			chain[i][j] = chain_new(fd[i]);
			chain_use(&chain[i][j], &out[i]);
			chain_write(&chain[i][j], out[i].va, WRITE_IMMEDIATE_32,
				    (uint64_t)(10 * i + j));
			chain_submit(&chain[i][j]);
		}
	}
	device_write("faults", "clear");
	for (int i = 0; i < FILES; i++) {
		pan_bo_wait(&out[i]);
		CHECK_EQ(*(uint32_t *)out[i].map, 10 * i + CHAINS - 1);
		for (int j = 0; j < CHAINS; j++)
			chain_free(&chain[i][j]);
		pan_bo_free(&out[i]);
		CHECK_SYS(close(fd[i]));
	}
}
