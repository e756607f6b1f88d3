// SPDX-License-Identifier: GPL-2.0-or-later
/* Mappings of a BO: page faults, lifetime, and invalid mappings. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/virtio-gpu.h"

#define PAGES 32
#define SIZE (PAGES * PAGE)

TEST(order, .name = "virtio/mmap-fault-order",
     .about = "pages touched in any order, through any mapping, are one BO's")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	char *other = drm_mmap(fd, bo_map_offset(&bo), SIZE);

	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned int at = (i * 13 + 5) % PAGES;

		stamp_fill_pages((char *)bo.map + at * PAGE, PAGE, 1, 1, at);
	}
	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned int at = (i * 7 + 3) % PAGES;

		stamp_verify_pages(other + at * PAGE, PAGE, 1, 1, at);
	}
	/* A write through one mapping is visible through the other at once. */
	stamp_fill(other, SIZE, 1, 2);
	stamp_verify(bo.map, SIZE, 1, 2);
	CHECK_SYS(munmap(other, SIZE));
}

TEST(part, .name = "virtio/mmap-part",
     .about = "the first part of a BO can be mapped alone; a range beyond its "
	      "end cannot")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	uint64_t offset = bo_map_offset(&bo);
	char *part = drm_mmap(fd, offset, 3 * PAGE);

	stamp_fill(bo.map, SIZE, 1, 1);
	stamp_verify(part, 3 * PAGE, 1, 1);
	CHECK_SYS(munmap(part, 3 * PAGE));
	CHECK_ERRNO((intptr_t)mmap(NULL, SIZE + PAGE, PROT_READ, MAP_SHARED, fd,
				   (off_t)offset),
		    EINVAL);
	CHECK_ERRNO((intptr_t)mremap(bo.map, SIZE, 2 * SIZE, MREMAP_MAYMOVE),
		    EFAULT);
}

TEST(bad_offset, .name = "virtio/mmap-bad-offset",
     .about = "an offset that is no BO's, or another file's BO's, is refused")
{
	GPU(fd);
	GPU(other);
	BO(bo, bo_buffer(fd, SIZE));
	uint64_t offset = bo_map_offset(&bo);
	off_t bad[] = {
		0,
		(off_t)PAGE,
		(off_t)(offset + PAGE),
		(off_t)(offset + SIZE),
		(off_t)1 << 62,
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_ERRNO((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
					   fd, bad[i]),
			    EINVAL);
	CHECK_ERRNO((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other,
				   (off_t)offset),
		    EACCES);
	/* Copy on write would hide what the device writes. */
	CHECK_ERRNO((intptr_t)mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, fd, (off_t)offset),
		    EINVAL);
	bo_close(&bo);
	/* The offset is invalid once the BO is gone. */
	WAIT_UNTIL(!res_exists(bo.res));
	CHECK_ERRNO((intptr_t)mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd,
				   (off_t)offset),
		    EINVAL);
}

TEST(outlives, .name = "virtio/mmap-outlives",
     .about =
	     "a mapping keeps BO and resource after handle and file are closed")
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	drm_gem_close(fd, bo.handle);
	CHECK_SYS(close(fd));
	CHECK(res_exists(bo.res));
	CHECK_EQ(res_pages(bo.res), PAGES);
	stamp_verify(bo.map, SIZE, 1, 1);
	stamp_fill(bo.map, SIZE, 1, 2);
	stamp_verify(bo.map, SIZE, 1, 2);
	bo_unmap(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(split, .name = "virtio/mmap-split",
     .about = "a mapping cut in pieces keeps the BO until the last is gone")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	char *map = bo.map;
	unsigned int at = 0;

	stamp_fill(map, SIZE, 1, 1);
	bo.map = NULL;
	bo_close(&bo);
	/* A change of protection splits one mapping into three. */
	CHECK_SYS(mprotect(map + 8 * PAGE, 8 * PAGE, PROT_READ));
	stamp_verify(map, SIZE, 1, 1);
	for (; at < PAGES - 1; at++) {
		unsigned int page = (at * 13 + 5) % PAGES;
		unsigned int next = ((at + 1) * 13 + 5) % PAGES;

		CHECK_SYS(munmap(map + page * PAGE, PAGE));
		stamp_verify_pages(map + next * PAGE, PAGE, 1, 1, next);
		CHECK(res_exists(bo.res));
	}
	CHECK_SYS(munmap(map + (at * 13 + 5) % PAGES * PAGE, PAGE));
	WAIT_UNTIL(!res_exists(bo.res));
}

static void fork_child(void *arg)
{
	struct bo *bo = arg;

	stamp_verify(bo->map, SIZE, 1, 1);
	stamp_fill(bo->map, SIZE, 1, 2);
	/* Unmap one half now; the other half goes when the process ends. */
	CHECK_SYS(munmap(bo->map, SIZE / 2));
}

TEST(forked, .name = "virtio/mmap-fork",
     .about = "a child has the parent's mapping, which outlives the child")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	child_wait(child_start(fork_child, &bo));
	stamp_verify(bo.map, SIZE, 1, 2);
	bo_to_host(&bo);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

static void fork_late(void *arg)
{
	struct bo *bo = arg;
	char byte;

	/* The parent closes the other end of the pipe when it is done. */
	CHECK_EQ(CHECK_SYS(read(bo->fd, &byte, 1)), 0);
	stamp_verify(bo->map, SIZE, 1, 1);
}

TEST(fork_outlives, .name = "virtio/mmap-fork-outlives",
     .about =
	     "a child's mapping keeps the BO after all of the parent's is gone")
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);
	struct bo inherited = bo;
	int ends[2];
	pid_t pid;

	stamp_fill(bo.map, SIZE, 1, 1);
	drm_gem_close(fd, bo.handle);
	CHECK_SYS(pipe(ends));
	inherited.fd = ends[0];
	pid = CHECK_SYS(fork());
	if (!pid) {
		close(fd);
		close(ends[1]);
		fork_late(&inherited);
		_exit(TEST_PASS);
	}
	CHECK_SYS(close(fd));
	bo_unmap(&bo);
	CHECK(res_exists(bo.res));
	CHECK_SYS(close(ends[1]));
	child_wait(pid);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(system_call, .name = "virtio/mmap-system-call",
     .about = "the kernel itself can read and write through a mapping")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	int ends[2];

	/*
	 * This page was not touched before: the page fault happens inside read().
	 */
	stamp_fill((char *)bo.map + PAGE, PAGE, 1, 1);
	CHECK_SYS(pipe(ends));
	CHECK_EQ(write(ends[1], (char *)bo.map + PAGE, PAGE), (ssize_t)PAGE);
	CHECK_EQ(read(ends[0], (char *)bo.map + 7 * PAGE, PAGE), (ssize_t)PAGE);
	stamp_verify((char *)bo.map + 7 * PAGE, PAGE, 1, 1);
}
