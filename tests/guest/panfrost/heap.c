// SPDX-License-Identifier: GPL-2.0-or-later
/* Heap BOs: they have no memory at first; a fault allocates the 2 MiB around it. */
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

#define HEAP (PANFROST_BO_HEAP | PANFROST_BO_NOEXEC)
#define CHUNK (2 * MIB)

TEST(heap_empty, .name = "panfrost/heap-empty",
     .about = "a heap BO that nothing has touched takes no memory")
{
	PAN(fd);
	struct pan_bo heap;
	size_t before;

	mem_settle();
	before = mem_info("Shmem");
	heap = pan_bo(fd, 64 * MIB, HEAP);
	CHECK_EQ(heap.va % CHUNK, 0);
	CHECK_EQ(mem_info("Shmem"), before);
	pan_bo_free(&heap);
}

TEST(heap_grow, .name = "panfrost/heap-grow",
     .about = "a heap grows chunk by chunk where the GPU writes, and nowhere "
	      "else")
{
	enum { CHUNKS = 4 };
	/* Not in order, and each chunk at a different offset. */
	static const unsigned int order[CHUNKS] = {0, 3, 1, 2};
	struct pan_bo heap, out;
	struct chain chain, look;
	uint64_t at[CHUNKS];
	uint64_t *words;
	PAN(fd);
	size_t before;

	mem_settle();
	heap = pan_bo(fd, CHUNKS * CHUNK, HEAP);
	out = pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	look = chain_null(fd);
	words = out.map;
	chain_use(&chain, &heap);
	chain_use(&chain, &out);
	device_keep_awake(true);
	before = mem_info("Shmem");
	for (unsigned int i = 0; i < CHUNKS; i++) {
		at[i] = heap.va + order[i] * CHUNK + i * (CHUNK / CHUNKS) + 8;
		chain.jobs = 0;
		chain_write(&chain, at[i], WRITE_IMMEDIATE_64, 1000 + i);
		chain_run(&chain);
		CHECK_EQ(mem_info("Shmem"), before + (i + 1) * CHUNK);
		CHECK_EQ(device_pages(&look, heap.va, heap.size, NULL),
			 (i + 1) * (CHUNK / PAGE));
		CHECK_EQ(device_pages(&look, at[i] & -(uint64_t)CHUNK, CHUNK,
				      NULL),
			 CHUNK / PAGE);
	}

	/* All that was written is still there; what was not is zero. */
	chain.jobs = 0;
	for (unsigned int i = 0; i < CHUNKS; i++)
		chain_copy(&chain, out.va + i * 16, at[i], 16);
	chain_run(&chain);
	for (unsigned int i = 0; i < CHUNKS; i++) {
		CHECK_EQ(words[2 * i], 1000 + i);
		CHECK_EQ(words[2 * i + 1], 0);
	}

	pan_bo_free(&heap);
	WAIT_UNTIL(mem_info("Shmem") <= before);
	device_keep_awake(false);
}

TEST(heap_span, .name = "panfrost/heap-span",
     .about = "one job may fault in several chunks and still sees all of its "
	      "data")
{
	PAN(fd);
	size_t size = 5 * MIB;
	PAN_BO(from, pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC));
	PAN_BO(to, pan_bo_mapped(fd, size, PANFROST_BO_NOEXEC));
	PAN_BO(heap, pan_bo(fd, 8 * MIB, HEAP));
	CHAIN(chain, chain_new(fd));

	stamp_fill(from.map, size, 5, 1);
	chain_use(&chain, &from);
	chain_use(&chain, &to);
	chain_use(&chain, &heap);
	chain_copy(&chain, heap.va + MIB, from.va, size);
	chain_copy(&chain, to.va, heap.va + MIB, size)->barrier = 1;
	chain_run(&chain);
	stamp_verify(to.map, size, 5, 1);
}

TEST(heap_read, .name = "panfrost/heap-read",
     .about = "a read faults memory in, too, and finds zeroes")
{
	PAN(fd);
	PAN_BO(heap, pan_bo(fd, 2 * CHUNK, HEAP));
	PAN_BO(out, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	const uint8_t *bytes = out.map;

	memset(out.map, 0xff, PAGE);
	chain_use(&chain, &heap);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, heap.va + CHUNK + 12345, PAGE);
	chain_run(&chain);
	for (size_t i = 0; i < PAGE; i++)
		CHECK_EQ(bytes[i], 0);
}

TEST(heap_rounding, .name = "panfrost/heap-rounding",
     .about = "the size of a heap is rounded up to whole chunks, and what is "
	      "behind it faults")
{
	PAN(fd);
	/*
	 * Allocated first, so that nothing follows the heap in the address space.
	 */
	struct chain chain = chain_new(fd);
	PAN_BO(heap, pan_bo(fd, PAGE, HEAP));

	chain_use(&chain, &heap);
	chain_write(&chain, heap.va + CHUNK - 8, WRITE_IMMEDIATE_64, 1);
	chain_run(&chain);

	chain.jobs = 0;
	chain_write(&chain, heap.va + CHUNK, WRITE_IMMEDIATE_64, 1);
	CHECK_CMP(chain_result(&chain), <, 0);
	device_forget_faults();
}

TEST(heap_slots, .name = "panfrost/heap-two-files",
     .about = "heaps of two files at the same GPU address are not confused")
{
	enum { FILES = 2 };
	int fd[FILES];
	struct pan_bo heap[FILES], out[FILES];
	struct chain chain[FILES];

	for (int i = 0; i < FILES; i++) {
		fd[i] = pan_open();
		heap[i] = pan_bo(fd[i], 4 * MIB, HEAP);
		out[i] = pan_bo_mapped(fd[i], PAGE, PANFROST_BO_NOEXEC);
		chain[i] = chain_new(fd[i]);
		chain_use(&chain[i], &heap[i]);
		chain_use(&chain[i], &out[i]);
		for (int j = 0; j < 2; j++)
			chain_write(&chain[i], heap[i].va + j * CHUNK,
				    WRITE_IMMEDIATE_64, 10 * i + j);
		chain_copy(&chain[i], out[i].va, heap[i].va, 8)->barrier = 1;
		chain_copy(&chain[i], out[i].va + 8, heap[i].va + CHUNK, 8);
	}
	CHECK_EQ(heap[0].va, heap[1].va);
	/* Different slots, so that both fault at about the same time. */
	chain_submit(&chain[0]);
	chain_submit(&chain[1], .requirements = PANFROST_JD_REQ_FS);
	for (int i = 0; i < FILES; i++) {
		const uint64_t *words = out[i].map;

		pan_bo_wait(&chain[i].bo);
		chain_check_done(&chain[i]);
		CHECK_EQ(words[0], 10 * i);
		CHECK_EQ(words[1], 10 * i + 1);
		close(fd[i]);
	}
}

TEST(heap_reclaim, .name = "panfrost/heap-reclaim",
     .about = "the memory of a heap is never taken, not even when it is not "
	      "needed")
{
	PAN(fd);
	struct pan_bo heap, out;
	unsigned long needed = 1 + CHAIN_PAGES;
	struct chain chain;
	uint64_t *words;

	shrink_settle();
	heap = pan_bo(fd, 4 * MIB, HEAP);
	CHECK_EQ(shrink_count(), 0);
	out = pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	words = out.map;
	chain_use(&chain, &heap);
	chain_use(&chain, &out);
	chain_write(&chain, heap.va + 3 * MIB, WRITE_IMMEDIATE_64, 77);
	chain_run(&chain);
	CHECK_EQ(shrink_count(), shrink_pages(needed, 0));
	for (int i = 0; i < 3; i++) {
		CHECK(pan_madvise(&heap, PANFROST_MADV_DONTNEED));
		CHECK_EQ(shrink_count(), shrink_pages(needed, 0));
		shrink_scan(100000);
		mem_drop_caches();
		CHECK(pan_madvise(&heap, PANFROST_MADV_WILLNEED));
		chain.jobs = 0;
		chain_copy(&chain, out.va, heap.va + 3 * MIB, 8);
		words[0] = 0;
		chain_run(&chain);
		CHECK_EQ(words[0], 77);
	}
}

/*
 * The CPU must not see a heap: it has holes, which a page fault of the CPU could not fill, and
 * a mapping would get it pages that the GPU's page tables do not have.
 */
TEST(heap_mmap, .name = "panfrost/heap-mmap", .last = true, .hidden = true,
     .about = "a heap BO cannot be mapped by way of a dma-buf either")
{
	PAN(fd);
	PAN_BO(heap, pan_bo(fd, 2 * CHUNK, HEAP));
	CHAIN(chain, chain_new(fd));
	FD(dmabuf, drm_export(fd, heap.handle));
	char *map;

	chain_use(&chain, &heap);
	chain_write(&chain, heap.va, WRITE_IMMEDIATE_64, 1);
	chain_run(&chain);
	map = mmap(NULL, heap.size, PROT_READ, MAP_SHARED, dmabuf, 0);
	if (map == MAP_FAILED) {
		CHECK_EQ(errno, EINVAL);
		return;
	}
	CHECK(mem_bus_error(map + CHUNK, false));
}
