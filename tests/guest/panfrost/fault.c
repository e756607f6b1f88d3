// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs that fail: nothing else is affected. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/caps.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"

/* Below all addresses that the driver uses. */
#define NOWHERE 0x10000u

/* The file, its address space and the job slot still work. */
static void still_works(int fd)
{
	PAN_BO(bo, pan_bo_mapped(fd, 2 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));

	stamp_fill(bo.map, PAGE, 1, 1);
	chain_use(&chain, &bo);
	chain_copy(&chain, bo.va + PAGE, bo.va, PAGE);
	chain_run(&chain);
	stamp_verify((char *)bo.map + PAGE, PAGE, 1, 1);
}

/* Is this what a job says after a page fault? */
static bool is_fault(const struct job *job)
{
	return job->exception_status >= STATUS_FIRST_FAULT;
}

TEST(fault_read, .name = "panfrost/fault-read",
     .about = "a job that reads an unmapped address fails, and the next works")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, 0));
	CHAIN(chain, chain_new(fd));
	struct job *job;

	memset(bo.map, 0x55, PAGE);
	chain_use(&chain, &bo);
	job = chain_copy(&chain, bo.va, NOWHERE, 64);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	CHECK(is_fault(job));
	CHECK_EQ(*(uint8_t *)bo.map, 0x55);
	still_works(fd);
	device_forget_faults();
}

TEST(fault_write, .name = "panfrost/fault-write",
     .about = "a job that writes an unmapped address fails, and the next works")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	struct job *job =
		chain_write(&chain, NOWHERE, WRITE_IMMEDIATE_64, 0xdead);

	CHECK_EQ(chain_result(&chain), -EINVAL);
	CHECK(is_fault(job));
	still_works(fd);
	device_forget_faults();
}

TEST(fault_head, .name = "panfrost/fault-chain-address",
     .about = "a chain at an unmapped address fails, and the next works")
{
	PAN(fd);
	CHAIN(chain, chain_null(fd));

	chain.bo.va = NOWHERE;
	CHECK_EQ(chain_result(&chain), -EINVAL);
	still_works(fd);
	device_forget_faults();
}

TEST(fault_link, .name = "panfrost/fault-chain-link",
     .about = "a chain whose next job is at an unmapped address fails, and the "
	      "next works")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));

	chain_job(&chain, JOB_NULL)->next = NOWHERE;
	CHECK_EQ(chain_result(&chain), -EINVAL);
	still_works(fd);
	device_forget_faults();
}

/*
 * Without the capability, the interrupt of an address space stays masked after a fault
 * (panfrost_mmu_as_get() writes MMU_INT_MASK before it clears the fault), so the
 * second fault ends only at the job timeout (tests/KERNEL-BUGS.md, 13).
 */
TEST(fault_again, .name = "panfrost/fault-again",
     .about = "each of several faults in a row in one address space ends its "
	      "chain",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	bool seen = caps_has("panfrost-fault-again");

	chain_write(&chain, NOWHERE, WRITE_IMMEDIATE_64, 0xdead);
	for (int i = 0; i < 3; i++) {
		int result = chain_result(&chain);

		CHECK_CMP(result, <, 0);
		if (seen)
			CHECK_EQ(result, -EINVAL);
		test_note("fault %d: %s", i, strerrorname_np(-result));
	}
	still_works(fd);
	device_forget_faults();
}

TEST(fault_rest, .name = "panfrost/fault-ends-chain",
     .about = "the jobs before a failing one are done, those after it are not "
	      "started")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, 0));
	CHAIN(chain, chain_new(fd));
	uint32_t *words = bo.map;
	struct job *before, *bad, *after;

	chain_use(&chain, &bo);
	before = chain_write(&chain, bo.va, WRITE_IMMEDIATE_32, 1);
	bad = chain_copy(&chain, NOWHERE, bo.va, 4);
	bad->barrier = 1;
	after = chain_write(&chain, bo.va + 4, WRITE_IMMEDIATE_32, 2);
	after->barrier = 1;
	CHECK_EQ(chain_result(&chain), -EINVAL);
	CHECK_EQ(before->exception_status, STATUS_DONE);
	CHECK(is_fault(bad));
	CHECK_EQ(after->exception_status, STATUS_NOT_STARTED);
	CHECK_EQ(words[0], 1);
	CHECK_EQ(words[1], 0);
	device_forget_faults();
}

TEST(fault_next, .name = "panfrost/fault-next-chain",
     .about = "a chain that waits in the slot behind a failing one completes",
     .virtual_time = true)
{
	PAN(fd);
	PAN(other);
	CHAIN(bad, chain_new(fd));
	CHAIN(good, chain_new(other));
	CHAIN(same, chain_new(fd));
	uint32_t failed = syncobj_new(fd), works = syncobj_new(other);
	uint32_t too = syncobj_new(fd);

	chain_write(&bad, NOWHERE, WRITE_IMMEDIATE_32, 1);
	chain_job(&good, JOB_NULL);
	chain_job(&same, JOB_NULL);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&bad, .out_sync = failed);
	chain_submit(&good, .out_sync = works);
	chain_submit(&same, .out_sync = too);
	device_write("faults", "release panfrost JOB");
	CHECK(syncobj_wait(fd, failed, 20000));
	CHECK(syncobj_wait(other, works, 20000));
	CHECK(syncobj_wait(fd, too, 20000));
	CHECK_EQ(syncobj_status(fd, failed), -EINVAL);
	CHECK_EQ(syncobj_status(other, works), 1);
	CHECK_EQ(syncobj_status(fd, too), 1);
	chain_check_done(&good);
	chain_check_done(&same);
	device_forget_faults();
}

TEST(fault_freed, .name = "panfrost/fault-freed-bo",
     .about = "the GPU does not reach a BO any more once it is closed")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	uint64_t va = bo.va;

	chain_write(&chain, va, WRITE_IMMEDIATE_32, 1);
	chain_run(&chain);
	pan_bo_free(&bo);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	still_works(fd);
	device_forget_faults();
}

TEST(fault_in_flight, .name = "panfrost/fault-close-in-flight",
     .about = "a BO that is closed while a chain uses it lives until the chain "
	      "is done",
     .virtual_time = true)
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));

	stamp_fill(bo.map, bo.size, 3, 1);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, bo.size);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	pan_bo_free(&bo);
	mem_drop_caches();
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&chain.bo);
	chain_check_done(&chain);
	stamp_verify(out.map, out.size, 3, 1);
}

TEST(fault_garbage, .name = "panfrost/fault-nonsense-job",
     .about = "a chain that makes no sense fails, and the next works")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));

	/*
	 * An unknown job type; an unknown operation of the stub; a type for another
	 * slot; a dependency on a job that does not exist.
	 */
	chain_job(&chain, 0x55);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	chain.jobs = 0;
	chain_job(&chain, SB_PANFROST_JOB_TYPE)->own.op = 1234;
	CHECK_EQ(chain_result(&chain), -EINVAL);
	chain.jobs = 0;
	chain_job(&chain, JOB_FRAGMENT);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	chain.jobs = 0;
	chain_job(&chain, JOB_NULL)->dependency[0] = 99;
	CHECK_EQ(chain_result(&chain), -EINVAL);
	still_works(fd);
}

TEST(fault_injected, .name = "panfrost/fault-injected",
     .about = "a failure of the hardware reaches the fence, and the next chain "
	      "works")
{
	PAN(fd);
	CHAIN(chain, chain_null(fd));

	device_write("faults", "fail panfrost JOB 2 0x58");
	chain_run(&chain);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	chain_run(&chain);
	still_works(fd);
}

TEST(fault_storm, .name = "panfrost/fault-storm",
     .about = "fault after fault in several address spaces harms no other",
     .virtual_time = true)
{
	enum { FILES = 4, ROUNDS = 3 };
	PAN(good);
	int fd[FILES];
	struct chain bad[FILES];

	for (int i = 0; i < FILES; i++) {
		fd[i] = pan_open();
		bad[i] = chain_new(fd[i]);
		chain_write(&bad[i], NOWHERE + i * PAGE, WRITE_IMMEDIATE_8, i);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < FILES; i++)
			chain_submit(&bad[i],
				     .requirements =
					     i % 2 ? PANFROST_JD_REQ_FS : 0);
		still_works(good);
	}
	for (int i = 0; i < FILES; i++) {
		pan_bo_wait(&bad[i].bo);
		still_works(fd[i]);
		close(fd[i]);
	}
	device_forget_faults();
}
