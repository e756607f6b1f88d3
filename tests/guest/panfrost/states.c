// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of a BO: no pages, pages that are pinned, pages that could be
 * reclaimed, purged. The driver evicts nothing: a BO that is needed keeps its
 * pages.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

/* All kinds of reclaim, one after the other. */
static void reclaim(void)
{
	for (int i = 0; i < 5; i++) {
		shrink_scan(100000);
		mem_drop_caches();
	}
}

TEST(willneed_pressure, .name = "panfrost/state-needed-pressure",
     .about = "under pressure, with swap space to spare, every page of a BO "
	      "that is needed stays where it is",
     .swap_mib = 28, .seconds = 120)
{
	PAN(fd);
	size_t size = 16 * MIB + 5 * PAGE;
	unsigned long count = 16 * MIB / PAGE + 5 + CHAIN_PAGES;
	struct pan_bo bo;
	uint64_t *before, *after;
	struct chain look;

	shrink_settle();
	bo = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);
	look = chain_null(fd);
	stamp_fill(bo.map, size, 6, 1);
	device_keep_awake(true);
	before = device_frames(&look, bo.va, size);
	for (size_t i = 0; i < size / PAGE; i++)
		CHECK(before[i]);
	CHECK_EQ(shrink_count(), shrink_pages(count, 0));
	reclaim();
	CHECK(!mem_pressure(NULL, NULL));
	CHECK_EQ(shrink_count(), shrink_pages(count, 0));
	after = device_frames(&look, bo.va, size);
	CHECK(!memcmp(before, after, size / PAGE * sizeof(*before)));
	stamp_verify(bo.map, size, 6, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	device_keep_awake(false);
	free(before);
	free(after);
}

TEST(mapped, .name = "panfrost/state-mapped",
     .about = "a mapping by the CPU holds no page in place, and is no reason "
	      "not to purge")
{
	PAN(fd);
	struct pan_bo bo, again;

	shrink_settle();
	bo = pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	again = bo;
	CHECK_EQ(shrink_count(), shrink_pages(16, 0));
	pan_bo_map(&bo);
	CHECK_EQ(shrink_count(), shrink_pages(16, 0));
	stamp_fill(bo.map, bo.size, 1, 1);
	pan_bo_map(&again);
	stamp_verify(again.map, bo.size, 1, 1);
	CHECK_EQ(shrink_count(), shrink_pages(16, 0));
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), 16);
	shrink_scan(1);
	CHECK_EQ(shrink_count(), 0);
	CHECK(mem_bus_error(bo.map, false));
	CHECK(mem_bus_error(again.map, true));
	pan_bo_unmap(&again);
	pan_bo_free(&bo);
	CHECK_EQ(shrink_count(), 0);
}

TEST(forked, .name = "panfrost/state-purged-fork",
     .about = "a mapping that a child process inherits gives SIGBUS in both "
	      "once the BO is purged, and can be unmapped by either first")
{
	PAN(fd);
	size_t size = 8 * PAGE;
	struct pan_bo bo, neighbour;
	int go[2];
	char byte = 0;
	pid_t pid;

	shrink_settle();
	bo = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);
	neighbour = pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, size, 1, 1);
	stamp_fill(neighbour.map, size, 2, 1);
	CHECK_SYS(pipe(go));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_EQ(read(go[0], &byte, 1), 1);
		CHECK(mem_bus_error(bo.map, false));
		CHECK(mem_bus_error((char *)bo.map + size - 1, true));
		stamp_verify(neighbour.map, size, 2, 1);
		pan_bo_unmap(&bo);
		_exit(TEST_PASS);
	}
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_all(8);
	CHECK(mem_bus_error(bo.map, false));
	CHECK_EQ(write(go[1], &byte, 1), 1);
	child_wait(pid);
	CHECK(mem_bus_error(bo.map, true));
	stamp_verify(neighbour.map, size, 2, 1);
	pan_bo_free(&bo);
	CHECK_EQ(shrink_count(), shrink_pages(8, 0));
}

TEST(partly_mapped, .name = "panfrost/state-purged-part-faulted",
     .about = "pages that the CPU touches for the first time after the purge "
	      "give SIGBUS as those do that it had touched before")
{
	PAN(fd);
	struct pan_bo bo;
	volatile char *byte;

	shrink_settle();
	bo = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	byte = bo.map;
	for (int i = 0; i < 16; i += 2)
		byte[i * PAGE] = 1;
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_all(0);
	for (int i = 0; i < 16; i++)
		CHECK(mem_bus_error(&byte[i * PAGE], i % 4 > 1));
}

TEST(closed, .name = "panfrost/state-closed",
     .about = "a file that is closed leaves nothing behind, whatever state its "
	      "BOs are in")
{
	size_t before;

	shrink_settle();
	before = mem_info("Shmem");
	for (int round = 0; round < 3; round++) {
		int fd = pan_open();
		struct pan_bo unused = pan_bo(fd, 16 * PAGE, 0);
		struct pan_bo touched = pan_bo_mapped(fd, 16 * PAGE, 0);
		struct pan_bo not_needed = pan_bo(fd, 32 * PAGE, 0);
		struct pan_bo purged = pan_bo_mapped(fd, 64 * PAGE, 0);
		struct pan_bo shared = pan_bo(fd, 128 * PAGE, 0);
		struct pan_bo heap = pan_bo(
			fd, 4 * MIB, PANFROST_BO_HEAP | PANFROST_BO_NOEXEC);
		struct chain chain = chain_new(fd);
		int dmabuf = drm_export(fd, shared.handle);

		stamp_fill(touched.map, touched.size, 1, 1);
		stamp_fill(purged.map, purged.size, 2, 1);
		chain_use(&chain, &unused);
		chain_use(&chain, &heap);
		chain_write(&chain, heap.va, WRITE_IMMEDIATE_32, 1);
		chain_run(&chain);
		CHECK(pan_madvise(&purged, PANFROST_MADV_DONTNEED));
		shrink_all(2 * 16 + 32 + CHAIN_PAGES);
		CHECK(pan_madvise(&not_needed, PANFROST_MADV_DONTNEED));
		CHECK_EQ(shrink_count(),
			 shrink_pages(2 * 16 + CHAIN_PAGES, 32));
		pan_bo_unmap(&touched);
		pan_bo_unmap(&purged);
		pan_bo_unmap(&chain.bo);
		close(fd);
		close(dmabuf);
		shrink_settle();
		WAIT_UNTIL(mem_info("Shmem") <= before);
	}
}

TEST(purged_dmabuf, .name = "panfrost/state-purged-exported",
     .about = "the dma-buf of a purged BO gives no memory to anybody",
     .needs = "panfrost-shrinker")
{
	PAN(fd);
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct pan_bo bo;
	size_t before;
	int dmabuf;
	uint32_t handle;
	void *map;

	shrink_settle();
	bo = pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_all(0);
	before = mem_info("Shmem");
	dmabuf = drm_export(fd, bo.handle);
	CHECK_CMP(drm_try_import(vgem, dmabuf, &handle), !=, 0);
	map = mmap(NULL, bo.size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf,
		   0);
	if (map != MAP_FAILED) {
		for (int i = 0; i < 16; i++)
			CHECK(mem_bus_error((char *)map + i * PAGE, true));
		CHECK_SYS(munmap(map, bo.size));
	}
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK_CMP(mem_info("Shmem"), <=, before);
	CHECK_EQ(shrink_count(), 0);
	close(dmabuf);
	close(vgem);
}

TEST(submit_not_needed, .name = "panfrost/state-not-needed-submit",
     .about = "a chain that names a BO that is not needed is refused, and "
	      "leaves no trace on it; when it is needed again it is not",
     .needs = "panfrost-shrinker")
{
	PAN(fd);
	struct pan_bo bo, other;
	struct chain chain;
	uint32_t done;

	shrink_settle();
	bo = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	other = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	done = syncobj_new(fd);
	stamp_fill(bo.map, bo.size, 3, 1);
	chain_use(&chain, &other);
	chain_use(&chain, &bo);
	chain_copy(&chain, other.va, bo.va, bo.size);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	for (int i = 0; i < 3; i++)
		CHECK_EQ(chain_try_submit(&chain, .out_sync = done), EINVAL);
	CHECK_EQ(pan_bo_try_wait(&bo, 0), 0);
	CHECK_EQ(pan_bo_try_wait(&other, 0), 0);
	CHECK_EQ(pan_bo_try_wait(&chain.bo, 0), 0);
	CHECK_EQ(*(uint64_t *)other.map, 0);

	/* When it is needed again, the chain is accepted. */
	CHECK(pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	chain_run(&chain);
	stamp_verify(other.map, other.size, 3, 1);
	WAIT_UNTIL(!pan_bo_try_wait(&bo, 0));

	/* It is refused again, which leaves no reference: the BO can be purged. */
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(chain_try_submit(&chain, .out_sync = done), EINVAL);
	shrink_all(16 + CHAIN_PAGES);
	CHECK_EQ(chain_try_submit(&chain, .out_sync = done), EINVAL);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	CHECK_EQ(chain_try_submit(&chain, .out_sync = done), EINVAL);
	stamp_verify(other.map, other.size, 3, 1);
	CHECK_EQ(shrink_count(), shrink_pages(16 + CHAIN_PAGES, 0));
}

TEST(submit_not_needed_heap, .name = "panfrost/state-not-needed-heap-submit",
     .about = "a chain that names a heap that is not needed is refused, too, "
	      "until it is needed again",
     .needs = "panfrost-shrinker")
{
	PAN(fd);
	struct pan_bo heap =
		pan_bo(fd, 4 * MIB, PANFROST_BO_HEAP | PANFROST_BO_NOEXEC);
	CHAIN(chain, chain_new(fd));

	chain_use(&chain, &heap);
	chain_write(&chain, heap.va, WRITE_IMMEDIATE_32, 1);
	CHECK(pan_madvise(&heap, PANFROST_MADV_DONTNEED));
	CHECK_EQ(chain_try_submit(&chain), EINVAL);
	reclaim();
	CHECK(pan_madvise(&heap, PANFROST_MADV_WILLNEED));
	chain_run(&chain);
	CHECK(pan_madvise(&heap, PANFROST_MADV_DONTNEED));
	reclaim();
	CHECK_EQ(chain_try_submit(&chain), EINVAL);
	CHECK(pan_madvise(&heap, PANFROST_MADV_WILLNEED));
	chain_run(&chain);
}

TEST(one_shrinker, .name = "panfrost/state-one-shrinker",
     .about = "the helpers' shrinker replaces the driver's own",
     .needs = "panfrost-shrinker")
{
	CHECK(!shrinker_exists("drm-panfrost"));
}

TEST(submit_any, .name = "panfrost/state-not-needed-any",
     .about = "a chain is refused whichever of its BOs is not needed, the one "
	      "with its jobs included",
     .needs = "panfrost-shrinker")
{
	PAN(fd);
	PAN_BO(first, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(last, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_null(fd));
	const struct pan_bo *bos[] = {&chain.bo, &first, &last};

	chain_use(&chain, &first);
	chain_use(&chain, &last);
	for (size_t i = 0; i < sizeof(bos) / sizeof(*bos); i++) {
		CHECK(pan_madvise(bos[i], PANFROST_MADV_DONTNEED));
		CHECK_EQ(chain_try_submit(&chain), EINVAL);
		CHECK(pan_madvise(bos[i], PANFROST_MADV_WILLNEED));
		chain_run(&chain);
	}
}
