// SPDX-License-Identifier: GPL-2.0-or-later
/* Like memcg-virtio.c, but panfrost allocates the pages of BOs at creation. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/test.h"
#include "lib/cgroup.h"
#include "content.h"
#include "panfrost-bos.h"

#define GROUP "bos"
#define LIMIT (8u * MIB)
#define BO_SIZE (512u << 10)
#define BOS 10
/* Memory of the cgroup for the kernel's precharges, page tables and the like. */
#define SLACK (1u * MIB)

/* A BO number that no BO has. */
#define LOAD 0xffffffu
#define PART (64u << 10)

/* Dirty as much as the limit allows; the kernel must swap out most of it. */
static void dirty(void)
{
	char *memory = CHECK_SYS(mmap(NULL, LIMIT, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	for (size_t at = 0; at < LIMIT; at += PART) {
		content_fill(memory + at, PART, LOAD, at / PART);
		cgroup_recount(GROUP);
	}
	CHECK_CMP(cgroup_size(GROUP, "memory.swap.current"), >=, BOS * BO_SIZE);
	for (size_t at = 0; at < LIMIT; at += PART) {
		content_verify(memory + at, PART, LOAD, at / PART);
		cgroup_recount(GROUP);
	}
	CHECK_SYS(munmap(memory, LIMIT));
}

/* Most of the cgroup is BOs that stay; everything else must fit in the rest. */
static void work_in_the_rest(void *arg)
{
	struct pan_bo bo[BOS];
	struct panfrost_stage stage;
	PAN(fd);

	(void)arg;
	cgroup_enter(GROUP);
	stage = panfrost_stage(fd, BO_SIZE);
	for (unsigned int i = 0; i < BOS; i++) {
		bo[i] = pan_bo(fd, BO_SIZE, PANFROST_BO_NOEXEC);
		panfrost_stage_fill(&stage, &bo[i], i, 1);
	}
	dirty();
	CHECK_CMP(cgroup_size(GROUP, "memory.current"), >=, BOS * BO_SIZE);
	for (unsigned int i = 0; i < BOS; i++) {
		CHECK(pan_madvise(&bo[i], PANFROST_MADV_WILLNEED));
		panfrost_stage_verify(&stage, &bo[i], i, 1);
	}
}

TEST(rest, .name = "pressure/panfrost-memcg-rest",
     .about = "in a cgroup that is mostly BOs everything else is swapped, "
	      "nobody is killed, and the BOs stay",
     .swap_mib = 32)
{
	cgroup_new(GROUP, LIMIT);
	child_wait(child_start(work_in_the_rest, NULL));
	CHECK_EQ(cgroup_event(GROUP, "oom_kill"), 0);
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") < SLACK);
	cgroup_remove(GROUP);
}
