// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs and memory cgroups. The pages of a BO are charged to the cgroup of the
 * process that makes the kernel allocate them. The shrinker is not aware of
 * cgroups: the kernel calls it when the machine is short of memory, not when a
 * cgroup is at its limit. So BOs that are not evicted count in full, and a cgroup
 * that is too small for them gets an error. Once they are evicted, the cgroup can
 * swap out their pages.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/virtio-reclaim.h"
#include "lib/cgroup.h"
#include "content.h"
#include "virtio-bos.h"

#define GROUP "bos"
#define LIMIT (8u * MIB)
#define BO_SIZE (512u * KIB)
/* What else is charged: per-CPU charge batches, page tables and the like. */
#define SLACK (1u * MIB)

/* Make @count mapped BOs; their content (content.h) is numbered from @first. */
static void make_bos(int fd, struct bo *bo, unsigned int count, uint32_t first)
{
	struct virtio_stage stage = virtio_stage(fd, BO_SIZE);

	for (unsigned int i = 0; i < count; i++) {
		bo[i] = bo_buffer(fd, BO_SIZE);
		virtio_stage_fill(&stage, &bo[i], first + i, 1);
	}
	virtio_stage_close(&stage);
}

static void verify(const struct bo *bo, unsigned int count, uint32_t first)
{
	struct virtio_stage stage = virtio_stage(bo->fd, PAGE);

	for (unsigned int i = 0; i < count; i++)
		virtio_stage_verify(&stage, &bo[i], first + i, 1);
	virtio_stage_close(&stage);
}

/* The reclaim of the cgroup swaps out the pages that the shrinker has released. */
static void reclaim_evicted(void *arg)
{
	enum { BOS = 8 };
	struct bo bo[BOS];
	GPU(fd);
	size_t before, after;

	(void)arg;
	cgroup_enter(GROUP);
	make_bos(fd, bo, BOS, 0);
	virtio_evict_all();
	before = cgroup_size(GROUP, "memory.current");
	CHECK_CMP(before, >=, BOS * BO_SIZE);
	CHECK(cgroup_reclaim(GROUP, BOS * BO_SIZE));
	after = cgroup_size(GROUP, "memory.current");
	test_note("%zu KiB charged, %zu KiB after reclaim", before / KIB,
		  after / KIB);
	CHECK_CMP(after, <=, before - BOS * BO_SIZE);
	CHECK_CMP(cgroup_size(GROUP, "memory.swap.current"), >=,
		  BOS * BO_SIZE - SLACK);

	for (unsigned int i = 0; i < BOS; i += 2)
		content_verify(bo[i].map, bo[i].size, i, 1);
	verify(bo, BOS, 0);
	CHECK_CMP(cgroup_size(GROUP, "memory.current"), >=, BOS * BO_SIZE);
}

TEST(evicted, .name = "pressure/virtio-memcg-evicted",
     .about = "a cgroup can swap out evicted BOs; they come back when they "
	      "are used",
     .needs = "virtio-shrinker", .swap_mib = 32)
{
	cgroup_new(GROUP, LIMIT);
	child_wait(child_start(reclaim_evicted, NULL));
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") < SLACK);
	WAIT_UNTIL(cgroup_size(GROUP, "memory.swap.current") < SLACK);
	CHECK_EQ(cgroup_event(GROUP, "oom_kill"), 0);
	cgroup_remove(GROUP);
}

#define TOO_MANY (2 * LIMIT / BO_SIZE)

struct many {
	int fd;
	struct bo bo[TOO_MANY];
};

/* Make TOO_MANY BOs, a part at a time, and swap them out. */
static void make_too_many(void *arg)
{
	enum { PART = 8 };
	struct many *many = arg;

	cgroup_enter(GROUP);
	for (unsigned int i = 0; i < TOO_MANY; i += PART) {
		make_bos(many->fd, many->bo + i, PART, i);
		virtio_evict_all();
		CHECK(cgroup_reclaim(GROUP, PART * BO_SIZE));
	}
}

/* Touch all of them; the kernel may or may not kill this process. */
static void touch_too_many(void *arg)
{
	struct many *many = arg;

	cgroup_enter(GROUP);
	for (unsigned int i = 0; i < TOO_MANY; i++) {
		void *map = mmap(NULL, BO_SIZE, PROT_READ, MAP_SHARED, many->fd,
				 (off_t)bo_map_offset(&many->bo[i]));

		if (map == MAP_FAILED && errno == ENOMEM)
			_exit(TEST_PASS);
		CHECK_SYS(map);
		if (mem_bus_error(map, false))
			_exit(TEST_PASS);
	}
	FAIL("%u KiB fit in %u KiB", TOO_MANY * BO_SIZE / KIB, LIMIT / KIB);
}

TEST(too_many, .name = "pressure/virtio-memcg-fault",
     .about = "page faults on more evicted BOs than the cgroup can hold end "
	      "with an error or a kill, and no content is lost",
     .needs = "virtio-shrinker", .swap_mib = 64)
{
	struct many *many =
		CHECK_SYS(mmap(NULL, sizeof(*many), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	int status;
	pid_t pid;

	many->fd = gpu_render();
	cgroup_new(GROUP, LIMIT);
	child_wait(child_start(make_too_many, many));
	pid = child_start(touch_too_many, many);
	WAIT_UNTIL(waitpid(pid, &status, WNOHANG) == pid);
	test_note("status %#x", status);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		CHECK_EQ(status, 0);

	cgroup_unlimit(GROUP);
	verify(many->bo, TOO_MANY, 0);
	CHECK_SYS(close(many->fd));
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") < SLACK);
	cgroup_remove(GROUP);
}

/* Make evicted and used BOs, then lock more memory than the cgroup allows. */
static void lock_too_much(void *arg)
{
	enum { BOS = 8 };
	struct bo bo[BOS];
	int fd = gpu_render();

	(void)arg;
	cgroup_enter(GROUP);
	make_bos(fd, bo, BOS / 2, 0);
	gpu_scan(gpu_count());
	make_bos(fd, bo + BOS / 2, BOS / 2, 0);
	CHECK_SYS(mmap(NULL, LIMIT, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
	FAIL("%u MiB locked in addition to BOs; the limit is %u MiB",
	     LIMIT / MIB, LIMIT / MIB);
}

TEST(killed, .name = "pressure/virtio-memcg-killed",
     .about = "a process with evicted and used BOs that is OOM-killed in its "
	      "cgroup leaves nothing behind",
     .needs = "virtio-shrinker", .swap_mib = 32)
{
	int status;
	GPU(fd);
	struct bo outside;

	make_bos(fd, &outside, 1, 100);
	WAIT_UNTIL(res_count() == 1);
	cgroup_new(GROUP, LIMIT);
	CHECK_SYS(waitpid(child_start(lock_too_much, NULL), &status, 0));
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	CHECK_CMP(cgroup_event(GROUP, "oom_kill"), >=, 1);
	WAIT_UNTIL(cgroup_size(GROUP, "memory.current") < SLACK);
	WAIT_UNTIL(cgroup_size(GROUP, "memory.swap.current") < SLACK);
	WAIT_UNTIL(res_count() == 1);
	cgroup_remove(GROUP);
	verify(&outside, 1, 100);
}

struct few {
	int fd;
	struct bo bo[8];
};

static void make_few(void *arg)
{
	struct few *few = arg;

	cgroup_enter(GROUP);
	make_bos(few->fd, few->bo, 8, 0);
}

/* Maps the BOs again, since this is another process. */
static void verify_few(struct few *few)
{
	for (unsigned int i = 0; i < 8; i++) {
		bo_map(&few->bo[i]);
		content_verify(few->bo[i].map, BO_SIZE, i, 1);
		bo_unmap(&few->bo[i]);
	}
}

TEST(gone, .name = "pressure/virtio-memcg-gone",
     .about = "BOs outlive the cgroup that they are charged to, evicted or not",
     .needs = "virtio-shrinker", .swap_mib = 32)
{
	struct few *few =
		CHECK_SYS(mmap(NULL, sizeof(*few), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0));

	few->fd = gpu_render();
	cgroup_new(GROUP, LIMIT);
	child_wait(child_start(make_few, few));
	gpu_scan(gpu_count() / 2);
	CHECK(cgroup_reclaim(GROUP, MIB));
	cgroup_remove(GROUP);
	verify_few(few);
	virtio_evict_all();
	verify_few(few);
	verify(few->bo, 8, 0);
	CHECK_SYS(close(few->fd));
	WAIT_UNTIL(!res_count());
	WAIT_UNTIL(!gpu_count());
}
