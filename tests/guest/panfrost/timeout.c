// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The job timeout of 500 ms and the GPU reset that follows; files that are closed
 * while their jobs are on the device.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"

TEST(timeout_reset, .name = "panfrost/timeout-reset",
     .about =
	     "a chain that hangs fails, the GPU is reset, the next chain works",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	uint64_t resets;

	/* A resume counts as a reset, too. */
	device_keep_awake(true);
	resets = device_counter("resets");
	stamp_fill(bo.map, bo.size, 1, 1);
	chain_use(&chain, &bo);
	chain_job(&chain, JOB_NULL);
	device_write("faults", "hang panfrost JOB");
	CHECK_EQ(chain_result(&chain), -ECANCELED);
	CHECK_EQ(device_counter("resets"), resets + 1);
	device_write("faults", "clear");

	/* No content is lost. */
	stamp_verify(bo.map, bo.size, 1, 1);
	chain.jobs = 0;
	chain_copy(&chain, bo.va + PAGE, bo.va, PAGE);
	chain_run(&chain);
	stamp_verify((char *)bo.map + PAGE, PAGE, 1, 1);
	CHECK_EQ(device_counter("resets"), resets + 1);
	device_keep_awake(false);
}

TEST(timeout_others, .name = "panfrost/timeout-others",
     .about = "a reset loses no chain of those that wait behind the guilty one",
     .virtual_time = true)
{
	enum { FILES = 3 };
	PAN(guilty);
	CHAIN(slow, chain_new(guilty));
	struct chain chain[FILES];
	uint32_t failed = syncobj_new(guilty), done[FILES];
	int fd[FILES];
	uint64_t resets;

	chain_job(&slow, JOB_NULL);
	device_keep_awake(true);
	resets = device_counter("resets");
	for (int i = 0; i < FILES; i++) {
		fd[i] = pan_open();
		chain[i] = chain_new(fd[i]);
		done[i] = syncobj_new(fd[i]);
		chain_job(&chain[i], JOB_NULL);
	}

	/* Ten seconds, for the first chain only. */
	device_write("faults", "delay panfrost JOB 10000000000");
	chain_submit(&slow, .out_sync = failed);
	WAIT_UNTIL(device_job_in_slot(1));
	device_write("faults", "clear");
	for (int i = 0; i < FILES; i++)
		chain_submit(&chain[i], .out_sync = done[i]);
	CHECK(syncobj_wait(guilty, failed, 20000));
	CHECK_CMP(syncobj_status(guilty, failed), <, 0);
	for (int i = 0; i < FILES; i++) {
		CHECK(syncobj_wait(fd[i], done[i], 20000));
		CHECK_EQ(syncobj_status(fd[i], done[i]), 1);
		chain_check_done(&chain[i]);
		close(fd[i]);
	}
	CHECK_EQ(device_counter("resets"), resets + 1);
	device_keep_awake(false);
}

TEST(timeout_slots, .name = "panfrost/timeout-both-slots",
     .about = "two slots that hang at once are both recovered",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	CHAIN(fragment, chain_new(fd));
	uint32_t done[2] = {syncobj_new(fd), syncobj_new(fd)};

	chain_job(&chain, JOB_VERTEX);
	chain_job(&fragment, JOB_FRAGMENT);
	device_write("faults", "hang panfrost JOB");
	chain_submit(&chain, .out_sync = done[0]);
	chain_submit(&fragment, .out_sync = done[1],
		     .requirements = PANFROST_JD_REQ_FS);
	for (int i = 0; i < 2; i++) {
		CHECK(syncobj_wait(fd, done[i], 20000));
		CHECK_CMP(syncobj_status(fd, done[i]), <, 0);
	}
	device_write("faults", "clear");
	chain_run(&chain);
	chain_submit(&fragment, .requirements = PANFROST_JD_REQ_FS);
	pan_bo_wait(&fragment.bo);
	chain_check_done(&fragment);
}

TEST(lost_irq, .name = "panfrost/lost-interrupt",
     .about = "a lost interrupt delays the fence, but does not lose it",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_null(fd));

	device_write("faults", "lose-irq panfrost 1 1");
	chain_submit(&chain);
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	chain_run(&chain);
}

static long now_ms(void)
{
	struct timespec now;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &now));
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST(close_running, .name = "panfrost/close-running",
     .about = "a chain whose file is closed does not stay on the device",
     .virtual_time = true)
{
	int fd = pan_open();
	struct chain chain = chain_null(fd);
	long closed;

	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	WAIT_UNTIL(device_job_in_slot(1));
	pan_bo_unmap(&chain.bo);
	close(fd);
	closed = now_ms();
	WAIT_UNTIL(!device_job_in_slot(1));
	test_note("the chain stayed for %ld ms", now_ms() - closed);
	device_write("faults", "clear");

	fd = pan_open();
	chain = chain_new(fd);
	chain_job(&chain, JOB_NULL);
	chain_run(&chain);
	close(fd);
}

/* Fill the slot and the queue behind it, then wait to be killed. */
static void submit_many(void *arg)
{
	int *ready = arg;
	int fd = pan_open();

	for (int i = 0; i < 10; i++) {
		struct chain chain = chain_new(fd);

		chain_job(&chain, JOB_NULL);
		chain_submit(&chain);
	}
	CHECK_EQ(write(*ready, "", 1), 1);
	for (;;)
		pause();
}

TEST(killed, .name = "panfrost/close-killed",
     .about = "a process that is killed with chains running and queued leaves "
	      "nothing, and others go on",
     .virtual_time = true)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	CHECK_SYS(pipe(ready));
	device_write("faults", "hold panfrost JOB");
	pid = CHECK_SYS(fork());
	if (!pid) {
		submit_many(&ready[1]);
		_exit(TEST_FAIL);
	}
	close(ready[1]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);

	/* This chain waits behind those of the victim. */
	int fd = pan_open();
	struct chain chain = chain_new(fd);
	uint32_t done = syncobj_new(fd);

	chain_job(&chain, JOB_NULL);
	chain_submit(&chain, .out_sync = done);
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_SYS(waitpid(pid, &status, 0));
	device_write("faults", "clear");
	CHECK(syncobj_wait(fd, done, 20000));
	CHECK_EQ(syncobj_status(fd, done), 1);
	chain_check_done(&chain);
	close(fd);
}
