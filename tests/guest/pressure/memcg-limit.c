// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs beyond the limit of a memory cgroup (memcg-virtio.c says how BOs are
 * charged): creation fails, and no process is killed.
 */
#include <errno.h>

#include "lib/cgroup.h"
#include "bo-kind.h"
#include "content.h"

#define GROUP "bos"
#define LIMIT (8u * MIB)
#define BO_SIZE (512u * KIB)
/* Memory of the cgroup for the kernel's precharges, page tables and the like. */
#define SLACK (1u * MIB)

#define FILLED 4

static void verify(const struct bo_kind *kind, const struct any_bo *bo,
		   unsigned int count, uint32_t first)
{
	struct any_bo stage = any_bo_mapped(kind, bo->fd, PAGE);

	for (unsigned int i = 0; i < count; i++)
		kind->verify(&stage, &bo[i], first + i);
	kind->close(&stage);
}

/* @count BOs, mapped, numbered from @first. */
static void make_bos(const struct bo_kind *kind, int fd, struct any_bo *bo,
		     unsigned int count, uint32_t first)
{
	struct any_bo stage = any_bo_mapped(kind, fd, BO_SIZE);

	for (unsigned int i = 0; i < count; i++) {
		bo[i] = any_bo_mapped(kind, fd, BO_SIZE);
		kind->fill(&stage, &bo[i], first + i);
	}
	kind->close(&stage);
}

/* Create more BOs than the cgroup can hold; existing ones stay. */
static void fill_the_group(void *arg)
{
	enum { BOS = 2 * LIMIT / BO_SIZE };
	const struct bo_kind *kind = arg;
	struct any_bo bo[BOS];
	unsigned int count = FILLED;
	int fd = kind->open(), err = 0;

	cgroup_enter(GROUP);
	make_bos(kind, fd, bo, FILLED, 0);
	while (count < BOS &&
	       !(err = any_bo_try(kind, fd, BO_SIZE, &bo[count])))
		count++;
	test_note("%u BOs of %u KiB in %u KiB", count, BO_SIZE / KIB,
		  LIMIT / KIB);
	CHECK_CMP(count, <, LIMIT / BO_SIZE);
	CHECK_EQ(err, ENOMEM);
	verify(kind, bo, FILLED, 0);
	/* Closing some BOs makes memory available again. */
	for (unsigned int i = 0; i < 3; i++)
		kind->close(&bo[--count]);
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") <= LIMIT - 2 * BO_SIZE);
	CHECK_EQ(any_bo_try(kind, fd, BO_SIZE, &bo[count++]), 0);
	verify(kind, bo, FILLED, 0);
	/* A mapping keeps the file open, and so all BOs of the file. */
	for (unsigned int i = 0; i < FILLED; i++)
		kind->close(&bo[i]);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") < 2 * SLACK);
}

static void check_limit(const struct bo_kind *kind)
{
	FD(fd, kind->open());
	struct any_bo outside;

	make_bos(kind, fd, &outside, 1, 100);
	cgroup_new(GROUP, LIMIT);
	child_wait(child_start(fill_the_group, (void *)kind));
	CHECK_EQ(cgroup_event(GROUP, "oom_kill"), 0);
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") < SLACK);
	cgroup_remove(GROUP);
	verify(kind, &outside, 1, 100);
}

TEST(limit_virtio, .name = "pressure/virtio-memcg-limit",
     .about = "BOs beyond the limit of the cgroup get ENOMEM, nobody is "
	      "killed, and the BOs of others stay",
     .swap_mib = 32)
{
	check_limit(&kind_virtio);
}

/* panfrost_mmu_map() of 6.12 warns without memory (tests/KERNEL-BUGS.md, 22). */
TEST(limit_panfrost, .name = "pressure/panfrost-memcg-limit",
     .about = "BOs beyond the limit of the cgroup get ENOMEM, nobody is "
	      "killed, and all is given back",
     .needs = "panfrost-shrinker", .swap_mib = 32)
{
	check_limit(&kind_panfrost);
}

TEST(limit_helper, .name = "pressure/helper-memcg-limit", HELPER,
     .about = "BOs beyond the limit of the cgroup get ENOMEM, nobody is "
	      "killed, and the BOs of others stay",
     .swap_mib = 32)
{
	check_limit(&kind_helper);
}
