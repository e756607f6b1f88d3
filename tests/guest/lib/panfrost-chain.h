/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Job chains in the format of the Mali Midgard job manager (Mesa's
 * src/panfrost/genxml/v5.xml, "Job Header" and the payloads): built in a
 * mapped BO, submitted, and looked at afterwards.
 */
#ifndef PANFROST_CHAIN_H
#define PANFROST_CHAIN_H

#include <stdint.h>

#include "lib/panfrost.h"

/* Types of job. */
enum {
	JOB_NULL = 1,
	JOB_WRITE_VALUE = 2,
	JOB_CACHE_FLUSH = 3,
	JOB_COMPUTE = 4,
	JOB_VERTEX = 5,
	JOB_TILER = 7,
	JOB_FRAGMENT = 9,
};

/* Types of WRITE_VALUE. */
enum {
	WRITE_CYCLE_COUNTER = 1,
	WRITE_TIMESTAMP = 2,
	WRITE_ZERO = 3,
	WRITE_IMMEDIATE_8 = 4,
	WRITE_IMMEDIATE_16 = 5,
	WRITE_IMMEDIATE_32 = 6,
	WRITE_IMMEDIATE_64 = 7,
};

/* Exception status (enum drm_panfrost_exception_type of the driver). */
enum {
	STATUS_NOT_STARTED = 0x00,
	STATUS_DONE = 0x01,
	STATUS_FIRST_FAULT = 0x40,
	STATUS_JOB_READ_FAULT = 0x42,
	STATUS_JOB_WRITE_FAULT = 0x43,
	STATUS_DATA_INVALID = 0x58,
};

/**
 * struct job - a job header and its payload
 * @exception_status: written back by the device
 * @first_incomplete: written back by the device
 * @fault_pointer: written back by the device
 * @type: bit 0: addresses are of 64 bits; bits 1 to 7: type of job
 * @barrier: bit 0: all jobs before this one in the chain must be done
 * @index: number of the job within its chain, for dependencies; not 0
 * @dependency: index of jobs that must be done before; 0 for none
 * @next: GPU address of the next job, 0 at the end
 */
struct job {
	uint32_t exception_status;
	uint32_t first_incomplete;
	uint64_t fault_pointer;
	uint8_t type;
	uint8_t barrier;
	uint16_t index;
	uint16_t dependency[2];
	uint64_t next;
	union {
		struct {
			uint64_t address;
			uint32_t kind;
			uint32_t pad;
			uint64_t value;
		} write_value;
		struct {
			uint32_t clean_invalidate;
			uint32_t l2;
		} cache_flush;
		struct sb_panfrost_job own;
		uint8_t pad[96];
	};
};

_Static_assert(sizeof(struct job) == 128, "jobs are 64-byte aligned");

#define CHAIN_JOBS 256
/* Pages of its BO. */
#define CHAIN_PAGES (CHAIN_JOBS * sizeof(struct job) / PAGE)
#define CHAIN_BOS 16

/**
 * struct chain - a job chain
 * @bo: the jobs, mapped; owned
 * @jobs: number of jobs in it
 * @bos: handles that are submitted with it, that of @bo first
 * @bo_count: how many
 */
struct chain {
	struct pan_bo bo;
	unsigned int jobs;
	uint32_t bos[CHAIN_BOS];
	unsigned int bo_count;
};

struct chain chain_new(int fd);
/* A chain that does nothing. */
struct chain chain_null(int fd);
/* Wait until no fence uses the chain, then free it. */
void chain_free(struct chain *chain);
/* CHAIN(chain, chain_new(fd)): one that is freed when the block ends. */
#define CHAIN(name, ...)                                                       \
	CLEANUP(chain_cleanup) struct chain name = (__VA_ARGS__)
void chain_cleanup(struct chain *chain);
/* Submit the chain with @bo: it waits for the BO's fences and adds its own. */
void chain_use(struct chain *chain, const struct pan_bo *bo);

/*
 * Append a job; it is valid as long as the chain. The payload of chain_job()
 * is zeroed.
 */
struct job *chain_job(struct chain *chain, uint8_t type);
struct job *chain_write(struct chain *chain, uint64_t va, uint32_t kind,
			uint64_t value);
struct job *chain_copy(struct chain *chain, uint64_t dst, uint64_t src,
		       uint64_t len);
struct job *chain_checksum(struct chain *chain, uint64_t dst, uint64_t src,
			   uint64_t len);
/* Write the number of correct pages to @dst; see SB_PANFROST_CHECK_STAMPS. */
struct job *chain_check_stamps(struct chain *chain, uint64_t dst, uint64_t src,
			       uint64_t len, uint32_t bo, uint32_t generation);

/**
 * struct submit - optional parameters of a submit
 * @requirements: PANFROST_JD_REQ_*
 * @out_sync: sync object that gets the fence
 * @in_syncs: sync objects to wait for
 * @in_sync_count: how many
 */
struct submit {
	uint32_t requirements;
	uint32_t out_sync;
	const uint32_t *in_syncs;
	uint32_t in_sync_count;
};

/*
 * Submit, with the exception status of every job reset; fails the test on
 * error. chain_try_submit(): 0 or an errno.
 */
#define chain_submit(chain, ...)                                               \
	CHECK_EQ(chain_try_submit(chain, __VA_ARGS__), 0)
#define chain_try_submit(chain, ...)                                           \
	chain_try_submit_with(chain, &(struct submit){__VA_ARGS__})
int chain_try_submit_with(const struct chain *chain,
			  const struct submit *submit);

/* Submit and wait. Returns a value like syncobj_status(). */
int chain_result(const struct chain *chain);
/* Submit and wait; the chain and every job in it must succeed. */
void chain_run(const struct chain *chain);
/* Every job of a completed chain must have the status DONE. */
void chain_check_done(const struct chain *chain);

#endif
