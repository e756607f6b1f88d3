// SPDX-License-Identifier: GPL-2.0-or-later
/* Evicted BOs, and swap space that is or is not large enough for them. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/wait.h>

#include "lib/virtio-reclaim.h"
#include "lib/cgroup.h"
#include "content.h"
#include "load.h"
#include "virtio-bos.h"

#define SWAP "/dev/zram0"
#define GROUP "swapped"

/* Create @count BOs of @size, numbered from 0, with content, and idle. */
static void make_bos(int fd, struct bo *bo, unsigned int count, size_t size)
{
	struct virtio_stage stage = virtio_stage(fd, size);

	for (unsigned int i = 0; i < count; i++) {
		bo[i] = bo_buffer(fd, size);
		virtio_stage_fill(&stage, &bo[i], i, 1);
	}
	virtio_stage_close(&stage);
}

/* Page faults bring back every other BO, transfers the rest. */
static void verify_bos(int fd, const struct bo *bo, unsigned int count)
{
	struct virtio_stage stage = virtio_stage(fd, PAGE);

	for (unsigned int i = 0; i < count; i++) {
		if (i % 2)
			content_verify(bo[i].map, bo[i].size, i, 1);
		virtio_stage_verify(&stage, &bo[i], i, 1);
	}
	virtio_stage_close(&stage);
}

static unsigned int attached(const struct bo *bo, unsigned int count)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += bo_attached(&bo[i]);
	return sum;
}

TEST(none, .name = "pressure/virtio-no-swap",
     .about = "without swap space, a program gets the RAM of BOs that are not "
	      "needed, and of no others",
     .ram_mib = 96, .needs = "virtio-shrinker virtio-madvise", .alone = true)
{
	enum { BOS = 20 };
	struct bo bo[BOS];
	GPU(fd);
	unsigned int purged = 0;

	make_bos(fd, bo, BOS, MIB);
	for (unsigned int i = 0; i < BOS / 2; i++)
		CHECK(bo_dontneed(&bo[i]));
	CHECK(load_locked(mem_info("MemAvailable") + 4 * MIB));
	for (unsigned int i = 0; i < BOS / 2; i++)
		purged += !bo_willneed(&bo[i]);
	test_note("%u of %u BOs purged", purged, BOS / 2);
	CHECK_CMP(purged, >, 0);
	CHECK_EQ(attached(bo + BOS / 2, BOS / 2), BOS / 2);
	struct virtio_stage stage = virtio_stage(fd, PAGE);

	for (unsigned int i = 0; i < BOS; i++)
		if (bo_willneed(&bo[i]))
			virtio_stage_verify(&stage, &bo[i], i, 1);
}

TEST(full, .name = "pressure/virtio-swap-full",
     .about =
	     "BOs that do not fit in what is left of the swap space stay, even "
	     "when a program must be killed for want of memory",
     .ram_mib = 96, .needs = "virtio-shrinker", .swap_mib = 8, .alone = true)
{
	enum { BOS = 10 };
	struct bo bo[BOS];
	GPU(fd);
	struct mem_swapped *full;

	make_bos(fd, bo, BOS, 2 * MIB);
	full = mem_fill_swap(1 * MIB);
	CHECK(!load_locked(mem_info("MemAvailable") + 16 * MIB));
	CHECK_EQ(attached(bo, BOS), BOS);
	mem_empty_swap(full);
	verify_bos(fd, bo, BOS);
}

/*
 * Create BOs that are evicted and really swapped out; this process is in a cgroup
 * afterwards.
 */
static void make_swapped(int fd, struct bo *bo, unsigned int count, size_t size)
{
	cgroup_new(GROUP, 0);
	cgroup_enter(GROUP);
	make_bos(fd, bo, count, size);
	virtio_evict_all();
	/* Other memory of the group is reclaimed as well. */
	while (mem_info("SwapTotal") - mem_info("SwapFree") <
	       count * size * 9 / 10)
		CHECK(cgroup_reclaim(GROUP, size));
}

static void leave_group(void)
{
	cgroup_enter("");
	cgroup_remove(GROUP);
}

TEST(off, .name = "pressure/virtio-swapoff",
     .about = "when swap space is taken away, evicted BOs have their content, "
	      "and are evicted no more until there is some again",
     .needs = "virtio-shrinker", .swap_mib = 24)
{
	enum { BOS = 8 };
	struct bo bo[BOS];
	int fd = gpu_render();

	make_swapped(fd, bo, BOS, MIB);
	CHECK_SYS(swapoff(SWAP));
	verify_bos(fd, bo, BOS);
	gpu_scan(gpu_count());
	CHECK_EQ(attached(bo, BOS), BOS);
	CHECK_SYS(swapon(SWAP, 0));
	virtio_evict_all();
	CHECK_EQ(attached(bo, BOS), 0);
	verify_bos(fd, bo, BOS);
	CHECK_SYS(close(fd));
	leave_group();
}

static void swap_off(void *arg)
{
	(void)arg;
	/* If the kernel kills a process, let it be this one. */
	file_write("/proc/self/oom_score_adj", "1000");
	CHECK_ERRNO(swapoff(SWAP), ENOMEM);
}

TEST(off_short, .name = "pressure/virtio-swapoff-short",
     .about = "swap space that holds more BOs than RAM can take is not taken "
	      "away, and no content is lost",
     .ram_mib = 96, .needs = "virtio-shrinker", .swap_mib = 32, .alone = true)
{
	enum { BOS = 28 };
	struct bo bo[BOS];
	int fd = gpu_render();
	int status;
	size_t size;
	void *locked;

	make_swapped(fd, bo, BOS, MIB);
	size = mem_info("MemAvailable") - 2 * MIB;
	locked = CHECK_SYS(mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1,
				0));
	/* The kernel may kill the process that calls swapoff(). */
	CHECK_SYS(waitpid(child_start(swap_off, NULL), &status, 0));
	test_note("swapoff() ended with status %#x", status);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		CHECK_EQ(status, TEST_PASS);
	CHECK_CMP(mem_info("SwapTotal"), >, 0);
	CHECK_SYS(munmap(locked, size));
	verify_bos(fd, bo, BOS);
	CHECK_SYS(close(fd));
	leave_group();
}

TEST(drop, .name = "pressure/virtio-drop-caches",
     .about = "drop_caches evicts idle BOs and ends",
     .needs = "virtio-shrinker", .swap_mib = 24)
{
	enum { BOS = 8 };
	struct bo bo[BOS];
	GPU(fd);

	make_bos(fd, bo, BOS, MIB);
	CHECK_EQ(attached(bo, BOS), BOS);
	mem_drop_caches();
	CHECK_EQ(attached(bo, BOS), 0);
	CHECK_EQ(gpu_count(), 0);
	verify_bos(fd, bo, BOS);
}
