// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address spaces: the GPU has eight, and each file needs one. The driver takes them
 * from idle files for files that have work.
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

/* A file with stamped content, and a chain that checks it. */
struct space {
	int fd;
	struct pan_bo data, out;
	struct chain chain;
};

#define SPACE_PAGES 16

static void space_open(struct space *space, uint32_t number)
{
	space->fd = pan_open();
	space->data = pan_bo_mapped(space->fd, SPACE_PAGES * PAGE,
				    PANFROST_BO_NOEXEC);
	space->out = pan_bo_mapped(space->fd, PAGE, PANFROST_BO_NOEXEC);
	space->chain = chain_new(space->fd);
	chain_use(&space->chain, &space->data);
	chain_use(&space->chain, &space->out);
	stamp_fill(space->data.map, space->data.size, number, 1);
	chain_check_stamps(&space->chain, space->out.va, space->data.va,
			   space->data.size, number, 1);
	chain_checksum(&space->chain, space->out.va + 8, space->data.va,
		       space->data.size);
}

/* The GPU saw this file's content, and no other's. */
static void space_check(struct space *space)
{
	uint64_t *words = space->out.map;

	pan_bo_wait(&space->chain.bo);
	chain_check_done(&space->chain);
	CHECK_EQ(words[0], SPACE_PAGES);
	CHECK_EQ(words[1], stamp_fnv(space->data.map, space->data.size));
	memset(words, 0, PAGE);
}

TEST(spaces_many, .name = "panfrost/spaces-many",
     .about = "more files than the GPU has address spaces, each sees its own "
	      "memory")
{
	enum { FILES = 19, ROUNDS = 4 };
	static struct space space[FILES];

	for (uint32_t i = 0; i < FILES; i++) {
		space_open(&space[i], i);
		CHECK_EQ(space[i].data.va, space[0].data.va);
	}
	for (uint32_t round = 0; round < ROUNDS; round++)
		for (uint32_t i = 0; i < FILES; i++) {
			struct space *now = &space[i * (round + 1) % FILES];

			chain_submit(&now->chain);
			space_check(now);
		}
	for (uint32_t i = 0; i < FILES; i++)
		close(space[i].fd);
}

TEST(spaces_queued, .name = "panfrost/spaces-queued",
     .about = "more files than the GPU has address spaces work, with jobs "
	      "queued in both slots at once",
     .virtual_time = true)
{
	enum { FILES = 19 };
	static struct space space[FILES];

	for (uint32_t i = 0; i < FILES; i++)
		space_open(&space[i], i);
	device_write("faults", "hold panfrost JOB");
	for (uint32_t i = 0; i < FILES; i++)
		chain_submit(&space[i].chain,
			     .requirements = i % 3 ? 0 : PANFROST_JD_REQ_FS);
	device_write("faults", "release panfrost JOB");
	for (uint32_t i = 0; i < FILES; i++) {
		space_check(&space[i]);
		close(space[i].fd);
	}
}

TEST(spaces_evicted, .name = "panfrost/spaces-map-while-evicted",
     .about = "what is mapped while a file has no address space is there when "
	      "it gets one, what is unmapped is not")
{
	enum { FILES = 12 };
	static struct space space[FILES];
	PAN(fd);
	PAN_BO(old, pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	CHAIN(gone, chain_new(fd));

	chain_write(&gone, old.va, WRITE_IMMEDIATE_32, 1);
	chain_run(&gone);
	for (uint32_t i = 0; i < FILES; i++) {
		space_open(&space[i], i);
		chain_submit(&space[i].chain);
		space_check(&space[i]);
	}

	/* The larger BO does not fit at the address of the old one. */
	struct pan_bo fresh = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);

	pan_bo_free(&old);
	stamp_fill(fresh.map, fresh.size, 99, 1);
	chain_use(&chain, &fresh);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, fresh.va, out.size);
	chain_run(&chain);
	stamp_verify(out.map, out.size, 99, 1);
	CHECK_EQ(chain_result(&gone), -EINVAL);

	for (uint32_t i = 0; i < FILES; i++) {
		chain_submit(&space[i].chain);
		space_check(&space[i]);
		close(space[i].fd);
	}
	device_forget_faults();
}

static void work(void *arg)
{
	uint32_t number = *(uint32_t *)arg;
	struct space space;

	space_open(&space, number);
	for (int i = 0; i < 60; i++) {
		chain_submit(&space.chain,
			     .requirements =
				     number % 2 ? PANFROST_JD_REQ_FS : 0);
		space_check(&space);
	}
	close(space.fd);
}

TEST(spaces_processes, .name = "panfrost/spaces-processes",
     .about = "processes that work at the same time see each their own memory")
{
	enum { CHILDREN = 4 };
	uint32_t number[CHILDREN];
	pid_t pid[CHILDREN];

	for (uint32_t i = 0; i < CHILDREN; i++) {
		number[i] = i;
		pid[i] = child_start(work, &number[i]);
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		child_wait(pid[i]);
}

TEST(spaces_churn, .name = "panfrost/spaces-churn",
     .about = "files that come and go do not see what was mapped before them")
{
	enum { ROUNDS = 30 };
	static struct space stays;

	space_open(&stays, 1000);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct space space;

		space_open(&space, i);
		chain_submit(&stays.chain);
		chain_submit(&space.chain);
		space_check(&space);
		space_check(&stays);
		pan_bo_unmap(&space.data);
		pan_bo_unmap(&space.out);
		pan_bo_unmap(&space.chain.bo);
		close(space.fd);
	}
	close(stays.fd);
}
