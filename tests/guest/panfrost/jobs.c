// SPDX-License-Identifier: GPL-2.0-or-later
/* Job chains: what each type of job does, order, and the two job slots. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"

TEST(job_null, .name = "panfrost/job-null",
     .about = "a chain of NULL jobs completes, and each job says DONE")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));

	for (int i = 0; i < 5; i++)
		chain_job(&chain, JOB_NULL);
	chain_run(&chain);
}

TEST(job_write_value, .name = "panfrost/job-write-value",
     .about = "WRITE_VALUE writes each immediate value at its address, in the "
	      "width that the job says")
{
	static const struct {
		uint32_t kind;
		unsigned int bytes;
	} kinds[] = {
		{WRITE_IMMEDIATE_8, 1},
		{WRITE_IMMEDIATE_16, 2},
		{WRITE_IMMEDIATE_32, 4},
		{WRITE_IMMEDIATE_64, 8},
	};
	enum { COUNT = sizeof(kinds) / sizeof(*kinds), STRIDE = 32 };
	const uint64_t value = 0x8877665544332211ull;
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	uint8_t *bytes = bo.map;

	memset(bytes, 0xee, PAGE);
	chain_use(&chain, &bo);
	for (int i = 0; i < COUNT; i++)
		chain_write(&chain, bo.va + i * STRIDE, kinds[i].kind, value);
	chain_write(&chain, bo.va + COUNT * STRIDE, WRITE_ZERO, value);
	chain_run(&chain);

	for (int i = 0; i < COUNT; i++) {
		uint8_t *at = bytes + i * STRIDE;

		CHECK(!memcmp(at, &value, kinds[i].bytes));
		for (int j = kinds[i].bytes; j < STRIDE; j++)
			CHECK_EQ(at[j], 0xee);
	}

	uint64_t zero;

	memcpy(&zero, bytes + COUNT * STRIDE, sizeof(zero));
	CHECK_EQ(zero, 0);
	for (int j = COUNT * STRIDE + 8; j < (int)PAGE; j++)
		CHECK_EQ(bytes[j], 0xee);
}

TEST(job_write_counters, .name = "panfrost/job-write-counters",
     .about = "WRITE_VALUE of the counters writes values that never fall")
{
	enum { COUNT = 8 };
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	uint64_t *words = bo.map;

	memset(words, 0xee, PAGE);
	chain_use(&chain, &bo);
	for (int i = 0; i < COUNT; i++) {
		chain_write(&chain, bo.va + i * 8, WRITE_TIMESTAMP, 0);
		chain_write(&chain, bo.va + (COUNT + i) * 8,
			    WRITE_CYCLE_COUNTER, 0);
	}
	chain_run(&chain);
	for (int i = 0; i < COUNT; i++) {
		CHECK_CMP(words[i], !=, 0xeeeeeeeeeeeeeeeeull);
		CHECK_CMP(words[COUNT + i], !=, 0xeeeeeeeeeeeeeeeeull);
		if (i) {
			CHECK(words[i] >= words[i - 1]);
			CHECK(words[COUNT + i] >= words[COUNT + i - 1]);
		}
	}
}

TEST(job_cache_flush, .name = "panfrost/job-cache-flush",
     .about = "CACHE_FLUSH completes and loses nothing that was written")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));

	stamp_fill(bo.map, bo.size, 1, 1);
	chain_use(&chain, &bo);
	chain_copy(&chain, bo.va + 4 * PAGE, bo.va, 4 * PAGE);

	struct job *flush = chain_job(&chain, JOB_CACHE_FLUSH);

	flush->cache_flush.clean_invalidate = 0x03030007;
	flush->cache_flush.l2 = 0x3;
	chain_run(&chain);
	stamp_verify(bo.map, 4 * PAGE, 1, 1);
	stamp_verify((char *)bo.map + 4 * PAGE, 4 * PAGE, 1, 1);
}

TEST(job_others, .name = "panfrost/job-others",
     .about = "jobs that would render complete without being understood")
{
	static const uint8_t types[] = {JOB_COMPUTE, JOB_VERTEX, JOB_TILER};
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	CHAIN(fragment, chain_new(fd));

	for (size_t i = 0; i < sizeof(types); i++)
		chain_job(&chain, types[i]);
	chain_run(&chain);
	chain_job(&fragment, JOB_FRAGMENT);
	chain_submit(&fragment, .requirements = PANFROST_JD_REQ_FS);
	pan_bo_wait(&fragment.bo);
	chain_check_done(&fragment);
}

TEST(job_copy, .name = "panfrost/job-copy",
     .about = "the GPU copies between BOs at any offset, byte for byte")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	size_t size = 64 * PAGE;
	PAN_BO(from, pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC));
	PAN_BO(to, pan_bo_mapped(fd, size + PAGE, 0));

	stamp_fill(from.map, size, 7, 3);
	chain_use(&chain, &from);
	chain_use(&chain, &to);
	chain_copy(&chain, to.va + 13, from.va, size);
	chain_run(&chain);
	stamp_verify(from.map, size, 7, 3);

	const uint8_t *bytes = to.map;

	CHECK(!memcmp(bytes + 13, from.map, size));
	for (int i = 0; i < 13; i++)
		CHECK_EQ(bytes[i], 0);
	for (size_t i = size + 13; i < size + PAGE; i++)
		CHECK_EQ(bytes[i], 0);
}

TEST(job_checksum, .name = "panfrost/job-checksum",
     .about = "what the GPU reads of a BO is what the CPU wrote to it")
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, 2 * MIB + 5 * PAGE, 0));
	PAN_BO(out, pan_bo_mapped(fd, PAGE, 0));

	stamp_fill(bo.map, bo.size, 2, 9);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_checksum(&chain, out.va, bo.va, bo.size);
	chain_checksum(&chain, out.va + 8, bo.va + 1001, 2002);
	chain_check_stamps(&chain, out.va + 16, bo.va, bo.size, 2, 9);
	chain_run(&chain);

	uint64_t *words = out.map;

	CHECK_EQ(words[0], stamp_fnv(bo.map, bo.size));
	CHECK_EQ(words[1], stamp_fnv((char *)bo.map + 1001, 2002));
	CHECK_EQ(words[2], bo.size / PAGE);
}

TEST(job_dependencies, .name = "panfrost/job-dependencies",
     .about = "a job sees the work of the jobs that it depends on")
{
	enum { STEPS = 40 };
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, STEPS * PAGE, 0));

	/* Page by page; each copy needs the one before, and the first. */
	stamp_fill(bo.map, PAGE, 1, 1);
	chain_use(&chain, &bo);
	for (int i = 1; i < STEPS; i++) {
		struct job *job = chain_copy(&chain, bo.va + i * PAGE,
					     bo.va + (i - 1) * PAGE, PAGE);

		if (i > 1)
			job->dependency[0] = i - 1;
		if (i > 2)
			job->dependency[1] = 1;
	}
	chain_run(&chain);
	for (int i = 0; i < STEPS; i++)
		stamp_verify((char *)bo.map + i * PAGE, PAGE, 1, 1);
}

TEST(job_barrier, .name = "panfrost/job-barrier",
     .about = "a job with the barrier bit sees the work of all before it")
{
	enum { JOBS = 32 };
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, 0));
	uint32_t *words = bo.map;

	chain_use(&chain, &bo);
	for (uint32_t i = 0; i < JOBS; i++)
		chain_write(&chain, bo.va + i * 4, WRITE_IMMEDIATE_32,
			    0xabc00000 | i);
	chain_copy(&chain, bo.va + JOBS * 4, bo.va, JOBS * 4)->barrier = 1;
	chain_run(&chain);
	for (uint32_t i = 0; i < JOBS; i++)
		CHECK_EQ(words[JOBS + i], 0xabc00000 | i);
}

TEST(job_order, .name = "panfrost/job-order",
     .about = "chains of one file run in the order of submission",
     .virtual_time = true)
{
	enum { CHAINS = 60 };
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, 0));
	struct chain chains[CHAINS];
	volatile uint32_t *word = bo.map;

	/*
	 * Each increments the counter only if it has the value that the job before
	 * left.
	 */
	for (uint32_t i = 0; i < CHAINS; i++) {
		chains[i] = chain_new(fd);
		chain_copy(&chains[i], bo.va + (i + 1) * 4, bo.va, 4);
		chain_write(&chains[i], bo.va, WRITE_IMMEDIATE_32, i + 1)
			->barrier = 1;
	}
	device_write("faults", "hold panfrost JOB");
	for (uint32_t i = 0; i < CHAINS; i++)
		chain_submit(&chains[i]);
	CHECK_EQ(word[0], 0);
	device_write("faults", "release panfrost JOB");
	for (uint32_t i = 0; i < CHAINS; i++) {
		pan_bo_wait(&chains[i].bo);
		chain_check_done(&chains[i]);
		CHECK_EQ(word[i + 1], i);
		chain_free(&chains[i]);
	}
	CHECK_EQ(word[0], CHAINS);
}

TEST(job_many, .name = "panfrost/job-many",
     .about = "hundreds of chains in a row all complete, none is lost")
{
	enum { ROUNDS = 400 };
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	PAN_BO(bo, pan_bo_mapped(fd, PAGE, 0));
	volatile uint32_t *word = bo.map;

	chain_use(&chain, &bo);

	struct job *job = chain_write(&chain, bo.va, WRITE_IMMEDIATE_32, 0);

	for (uint32_t i = 1; i <= ROUNDS; i++) {
		job->write_value.value = i;
		chain_submit(&chain);
		pan_bo_wait(&chain.bo);
		chain_check_done(&chain);
		CHECK_EQ(*word, i);
	}
}

TEST(job_slots, .name = "panfrost/job-slots",
     .about = "fragment chains run in slot 0 while others occupy slot 1",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(fragment, chain_new(fd));
	CHAIN(other, chain_new(fd));

	chain_job(&fragment, JOB_FRAGMENT);
	chain_job(&other, JOB_VERTEX);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&other);
	WAIT_UNTIL(device_job_in_slot(1));
	chain_submit(&fragment, .requirements = PANFROST_JD_REQ_FS);
	WAIT_UNTIL(device_job_in_slot(0));
	CHECK(device_job_in_slot(1));
	CHECK_EQ(pan_bo_try_wait(&fragment.bo, 0), EBUSY);
	CHECK_EQ(pan_bo_try_wait(&other.bo, 0), EBUSY);
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&fragment.bo);
	pan_bo_wait(&other.bo);
	chain_check_done(&fragment);
	chain_check_done(&other);
}
