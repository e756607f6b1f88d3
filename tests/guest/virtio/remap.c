// SPDX-License-Identifier: GPL-2.0-or-later
/* What the CPU sees through mappings of BOs that were evicted or purged. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/dma-buf.h>

#include "lib/cgroup.h"
#include "lib/virtio-reclaim.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

TEST(kept, .name = "virtio/evict-mmap", EVICTS,
     .about = "a mapping kept across eviction has every page, read or written")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	/* After each eviction, another page is the first to be accessed. */
	for (unsigned int first = 0; first < PAGES; first++) {
		gpu_scan_all();
		stamp_verify_pages((char *)bo.map + first * PAGE, PAGE, 1, 1,
				   first);
		CHECK_EQ(gpu_count(), PAGES);
		CHECK_EQ(bo_fault_in(&bo), PAGES - 1);
		stamp_verify(bo.map, SIZE, 1, 1);
		CHECK_EQ(bo_fault_in(&bo), 0);
	}
	for (unsigned int first = 0; first < PAGES; first++) {
		gpu_scan_all();
		stamp_fill_pages((char *)bo.map + first * PAGE, PAGE, 1, 2,
				 first);
		stamp_verify(bo.map, first * PAGE, 1, 2);
		stamp_verify_pages((char *)bo.map + (first + 1) * PAGE,
				   (PAGES - first - 1) * PAGE, 1, 1, first + 1);
	}
	gpu_scan_all();
	stamp_verify(bo.map, SIZE, 1, 2);
}

TEST(late, .name = "virtio/evict-mmap-new", EVICTS,
     .about = "a mapping made of an evicted BO has its content")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	char *other;

	bo_unmap(&bo);
	gpu_scan_all();
	bo_map(&bo);
	other = drm_mmap(fd, bo_map_offset(&bo), SIZE);
	/* Mapping an evicted BO does not bring it back. */
	CHECK_EQ(gpu_count(), 0);
	stamp_verify(other, SIZE, 1, 1);
	CHECK_EQ(gpu_count(), PAGES);
	stamp_fill(bo.map, SIZE, 1, 2);
	stamp_verify(other, SIZE, 1, 2);
	gpu_scan_all();
	CHECK(mem_faults(other));
	CHECK_EQ(bo_fault_in(&bo), PAGES);
	stamp_verify(other, SIZE, 1, 2);
	CHECK_SYS(munmap(other, SIZE));
}

TEST(part, .name = "virtio/evict-mmap-part", EVICTS,
     .about = "pieces of a mapping, some read-only, are all there after "
	      "eviction")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	char *map = bo.map;

	CHECK_SYS(mprotect(map + 4 * PAGE, 4 * PAGE, PROT_READ));
	gpu_scan_all();
	CHECK_SYS(munmap(map + 6 * PAGE, PAGE));
	CHECK_EQ(gpu_count(), 0);
	stamp_verify(map, 6 * PAGE, 1, 1);
	stamp_verify_pages(map + 7 * PAGE, (PAGES - 7) * PAGE, 1, 1, 7);
	gpu_scan_all();
	CHECK(mem_faults(map));
	CHECK(mem_faults(map + 7 * PAGE));
	stamp_verify_pages(map + 7 * PAGE, (PAGES - 7) * PAGE, 1, 1, 7);
	CHECK_SYS(munmap(map, 6 * PAGE));
	CHECK_SYS(munmap(map + 7 * PAGE, (PAGES - 7) * PAGE));
	bo.map = NULL;
	bo_close_wait(&bo);
}

TEST(moved, .name = "virtio/evict-mmap-moved", EVICTS,
     .about = "a mapping that was moved is emptied and filled like any other")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));

	gpu_scan_all();
	bo.map = CHECK_SYS(mremap(bo.map, SIZE, SIZE, MREMAP_MAYMOVE));
	stamp_verify(bo.map, SIZE, 1, 1);
	/* Move the mapping to another address. */
	bo.map = CHECK_SYS(
		mremap(bo.map, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       CHECK_SYS(mmap(NULL, SIZE, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))));
	gpu_scan_all();
	CHECK_EQ(bo_fault_in(&bo), PAGES);
	stamp_verify(bo.map, SIZE, 1, 1);
}

/* A child with the parent's mapping. The two take turns. */
struct turns {
	struct bo *bo;
	int go, done;
};

static void turn_take(int end)
{
	char byte;

	CHECK_EQ(CHECK_SYS(read(end, &byte, 1)), 1);
}

static void turn_give(int end)
{
	CHECK_EQ(CHECK_SYS(write(end, "", 1)), 1);
}

static void forked_child(void *arg)
{
	struct turns *turns = arg;
	struct bo *bo = turns->bo;

	stamp_verify(bo->map, SIZE, 1, 1);
	CHECK_EQ(bo_fault_in(bo), 0);
	turn_give(turns->done);
	turn_take(turns->go);
	/* The parent has had it evicted. */
	CHECK_EQ(bo_fault_in(bo), PAGES);
	stamp_verify(bo->map, SIZE, 1, 1);
	stamp_fill(bo->map, SIZE, 1, 2);
	turn_give(turns->done);
	turn_take(turns->go);
	/* The parent has had it purged. */
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(mem_bus_error((char *)bo->map + i * PAGE, i % 2));
}

TEST(forked, .name = "virtio/evict-fork", EVICTS,
     .about = "a child's mapping is evicted and purged along with its parent's")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	int go[2], done[2];
	struct turns turns = {.bo = &bo};
	pid_t pid;

	CHECK_SYS(pipe(go));
	CHECK_SYS(pipe(done));
	turns.go = go[0];
	turns.done = done[1];
	pid = child_start(forked_child, &turns);
	CHECK_SYS(close(done[1]));
	turn_take(done[0]);
	gpu_scan_all();
	turn_give(go[1]);
	turn_take(done[0]);
	CHECK_EQ(bo_fault_in(&bo), PAGES);
	stamp_verify(bo.map, SIZE, 1, 2);
	bo_to_host(&bo);
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	CHECK(mem_bus_error(bo.map, false));
	turn_give(go[1]);
	child_wait(pid);
}

TEST(system_call, .name = "virtio/evict-system-call", EVICTS,
     .about = "the kernel itself reads and writes an evicted BO; a purged one "
	      "is EFAULT")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(other, bo_used(fd, PAGES, 2));
	char *to = (char *)other.map + 3 * PAGE;
	int ends[2];

	CHECK_SYS(pipe(ends));
	gpu_scan_all();
	CHECK_EQ(write(ends[1], (char *)bo.map + PAGE, PAGE), (ssize_t)PAGE);
	CHECK_EQ(read(ends[0], to, PAGE), (ssize_t)PAGE);
	stamp_verify_pages(to, PAGE, 1, 1, 1);
	stamp_verify(other.map, 3 * PAGE, 2, 1);
	stamp_verify(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	CHECK_ERRNO(write(ends[1], bo.map, PAGE), EFAULT);
	CHECK_EQ(write(ends[1], to, PAGE), (ssize_t)PAGE);
	CHECK_ERRNO(read(ends[0], bo.map, PAGE), EFAULT);
}

TEST(purged, .name = "virtio/purge-mmap", .needs = "virtio-shrinker",
     .about = "mappings of a purged BO, made before or after, give SIGBUS and "
	      "nobody's memory")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(other, bo_used(fd, PAGES, 2));
	size_t before;
	void *map;

	CHECK(bo_dontneed(&bo));
	/* A BO that is not needed can still be accessed. */
	CHECK(!mem_bus_error(bo.map, true));
	gpu_scan(PAGES);
	CHECK_EQ(gpu_count(), PAGES);
	before = mem_info("Shmem");
	mem_all_bus_errors(bo.map, bo.size);
	bo_verify(&other, 2);

	/* mmap() fails, or the mapping gives SIGBUS, too. */
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   (off_t)bo_map_offset(&bo));
	if (map != MAP_FAILED) {
		CHECK(mem_bus_error(map, false));
		CHECK(mem_bus_error((char *)map + SIZE - 1, true));
		CHECK_SYS(munmap(map, SIZE));
	}
	CHECK(!bo_willneed(&bo));
	CHECK(mem_bus_error(bo.map, false));
	CHECK_CMP(mem_info("Shmem"), <=, before);
	bo_verify_purged(&bo);
	bo_close_wait(&bo);
	bo_verify(&other, 2);
}

/* With pages that are really swapped out. */

static bool swapped_out(void *arg)
{
	return mem_info("SwapFree") < *(size_t *)arg;
}

TEST(swapped, .name = "virtio/evict-swap", .needs = "virtio-shrinker",
     .swap_mib = 32, .seconds = 120,
     .about = "evicted BOs go to swap space when memory runs short, and come "
	      "back whole")
{
	enum { COUNT = 4, BO_PAGES = 512 };
	GPU(fd);
	struct bo bo[COUNT];
	size_t limit = mem_info("SwapFree") - 16 * KIB * KIB;

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, BO_PAGES, i);
	gpu_scan_all();
	CHECK(mem_pressure(swapped_out, &limit));
	for (unsigned int i = 0; i < COUNT; i++) {
		if (i % 2)
			stamp_verify(bo[i].map, bo[i].size, i, 1);
		bo_verify(&bo[i], i);
	}
	for (unsigned int i = 0; i < COUNT; i++) {
		bo_verify(&bo[i], i);
		bo_close(&bo[i]);
	}
	WAIT_UNTIL(!gpu_count());
}

/* Not by memory pressure: 7.3 allocates memory in order to swap. */
static bool reclaimed(size_t swap_free)
{
	cgroup_reclaim("", MIB);
	return mem_info("SwapFree") < swap_free;
}

TEST(swapped_closed, .name = "virtio/evict-swap-close",
     .needs = "virtio-shrinker", .swap_mib = 32,
     .about = "the swap space of a BO that is closed is free again")
{
	enum { COUNT = 8, BO_PAGES = 512 };
	GPU(fd);
	size_t before = mem_info("SwapFree");
	struct bo bo[COUNT];

	for (unsigned int i = 0; i < COUNT; i++)
		bo[i] = bo_used(fd, BO_PAGES, i);
	gpu_scan_all();
	WAIT_UNTIL(reclaimed(before - COUNT * BO_PAGES * PAGE * 3 / 4));
	for (unsigned int i = 0; i < COUNT; i++)
		bo_close(&bo[i]);
	/* Other users of swap space may keep some of it. */
	WAIT_UNTIL(mem_info("SwapFree") + COUNT * BO_PAGES * PAGE / 2 > before);
}
