// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "lib/drm.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"

/* Longer than any job takes, including job timeout and GPU reset. */
#define LONG_MS 20000

struct chain chain_new(int fd)
{
	struct chain chain = {
		.bo = pan_bo_mapped(fd, CHAIN_JOBS * sizeof(struct job),
				    PANFROST_BO_NOEXEC),
	};

	chain_use(&chain, &chain.bo);
	return chain;
}

void chain_free(struct chain *chain)
{
	pan_bo_wait(&chain->bo);
	pan_bo_free(&chain->bo);
}

void chain_cleanup(struct chain *chain)
{
	if (chain->bo.handle)
		chain_free(chain);
}

void chain_use(struct chain *chain, const struct pan_bo *bo)
{
	CHECK_CMP(chain->bo_count, <, CHAIN_BOS);
	chain->bos[chain->bo_count++] = bo->handle;
}

struct chain chain_null(int fd)
{
	struct chain chain = chain_new(fd);

	chain_job(&chain, JOB_NULL);
	return chain;
}

static uint64_t job_va(const struct chain *chain, unsigned int number)
{
	return chain->bo.va + number * sizeof(struct job);
}

struct job *chain_job(struct chain *chain, uint8_t type)
{
	struct job *jobs = chain->bo.map;
	struct job *job = &jobs[chain->jobs];

	CHECK_CMP(chain->jobs, <, CHAIN_JOBS);
	memset(job, 0, sizeof(*job));
	job->type = 1 | type << 1;
	job->index = chain->jobs + 1;
	if (chain->jobs)
		job[-1].next = job_va(chain, chain->jobs);
	chain->jobs++;
	return job;
}

struct job *chain_write(struct chain *chain, uint64_t va, uint32_t kind,
			uint64_t value)
{
	struct job *job = chain_job(chain, JOB_WRITE_VALUE);

	job->write_value.address = va;
	job->write_value.kind = kind;
	job->write_value.value = value;
	return job;
}

static struct job *chain_own(struct chain *chain, uint32_t op, uint64_t dst,
			     uint64_t src, uint64_t len)
{
	struct job *job = chain_job(chain, SB_PANFROST_JOB_TYPE);

	job->own.op = op;
	job->own.dst = dst;
	job->own.src = src;
	job->own.len = len;
	return job;
}

struct job *chain_copy(struct chain *chain, uint64_t dst, uint64_t src,
		       uint64_t len)
{
	return chain_own(chain, SB_PANFROST_COPY, dst, src, len);
}

struct job *chain_checksum(struct chain *chain, uint64_t dst, uint64_t src,
			   uint64_t len)
{
	return chain_own(chain, SB_PANFROST_CHECKSUM, dst, src, len);
}

struct job *chain_check_stamps(struct chain *chain, uint64_t dst, uint64_t src,
			       uint64_t len, uint32_t bo, uint32_t generation)
{
	struct job *job =
		chain_own(chain, SB_PANFROST_CHECK_STAMPS, dst, src, len);

	job->own.bo = bo;
	job->own.generation = generation;
	return job;
}

int chain_try_submit_with(const struct chain *chain,
			  const struct submit *submit)
{
	struct job *jobs = chain->bo.map;

	struct drm_panfrost_submit args = {
		.jc = job_va(chain, 0),
		.in_syncs = (uintptr_t)submit->in_syncs,
		.in_sync_count = submit->in_sync_count,
		.out_sync = submit->out_sync,
		.bo_handles = (uintptr_t)chain->bos,
		.bo_handle_count = chain->bo_count,
		.requirements = submit->requirements,
	};

	for (unsigned int i = 0; i < chain->jobs; i++)
		jobs[i].exception_status = STATUS_NOT_STARTED;
	if (!drm_ioctl(chain->bo.fd, DRM_IOCTL_PANFROST_SUBMIT, &args))
		return 0;
	return errno;
}

int chain_result(const struct chain *chain)
{
	int fd = chain->bo.fd;
	uint32_t done = syncobj_new(fd);

	chain_submit(chain, .out_sync = done);
	CHECK(syncobj_wait(fd, done, LONG_MS));

	int status = syncobj_status(fd, done);

	syncobj_free(fd, done);
	return status;
}

void chain_check_done(const struct chain *chain)
{
	const struct job *jobs = chain->bo.map;

	for (unsigned int i = 0; i < chain->jobs; i++)
		if (jobs[i].exception_status != STATUS_DONE)
			FAIL("job %u of %u, type %u: status %#x", i + 1,
			     chain->jobs, jobs[i].type >> 1,
			     jobs[i].exception_status);
}

void chain_run(const struct chain *chain)
{
	CHECK_EQ(chain_result(chain), 1);
	chain_check_done(chain);
}
