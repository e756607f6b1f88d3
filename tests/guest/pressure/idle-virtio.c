// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest most of whose RAM is in BOs that the device has used and nobody uses
 * now, and a program that needs more RAM than they leave.
 */
#include "lib/virtio-gpu.h"
#include "content.h"
#include "load.h"
#include "virtio-bos.h"

/* What the BOs leave, and what the program needs. */
#define LEFT (12u * MIB)
#define PROGRAM (36u * MIB)
#define BOS 128

static const size_t sizes[] = {512 * KIB, 1 * MIB, 2 * MIB};

static struct bo bos[BOS];
static unsigned int count;

/* Their size. */
static size_t make_idle_bos(int fd)
{
	struct virtio_stage stage = virtio_stage(fd, 2 * MIB);
	size_t size = 0;

	for (count = 0; mem_info("MemAvailable") > LEFT; count++) {
		CHECK_CMP(count, <, BOS);
		bos[count] = bo_buffer(fd, sizes[count % 3]);
		virtio_stage_fill(&stage, &bos[count], count, 1);
		size += bos[count].size;
	}
	virtio_stage_close(&stage);
	return size;
}

/* The host has no backing for these: the kernel has taken it away. */
static size_t evicted_size(void)
{
	size_t size = 0;

	for (unsigned int i = 0; i < count; i++)
		if (!res_pages(bos[i].res))
			size += bos[i].size;
	return size;
}

/*
 * The first page of every other BO comes back by a page fault, and with it the
 * BO; the others do by a transfer, in which the device looks at the stamp of
 * every page. All bytes of some are looked at by the device, and of others by
 * the CPU, for which page faults are dear.
 */
static void verify_all(int fd)
{
	struct virtio_stage stage = virtio_stage(fd, PAGE);

	for (unsigned int i = 0; i < count; i++) {
		if (i % 2)
			content_verify(bos[i].map, PAGE, i, 1);
		if (i % 4 < 2)
			virtio_stage_verify(&stage, &bos[i], i, 1);
		else
			virtio_stage_check(&bos[i], i, 1);
		content_verify(bos[i].map, i % 8 ? PAGE : bos[i].size, i, 1);
	}
	CHECK_EQ(violations_count(), 0);
	virtio_stage_close(&stage);
}

/* Does the program come to its end? */
static bool run_beside_idle_bos(int fd)
{
	size_t size = make_idle_bos(fd), evicted;
	unsigned long swapped = mem_vmstat("pswpout");
	bool survived;

	CHECK_EQ(evicted_size(), 0);
	CHECK_CMP(size, >, mem_info("MemTotal") / 2);
	survived = load_locked(PROGRAM);
	evicted = evicted_size();
	swapped = mem_vmstat("pswpout") - swapped;
	test_note("%zu KiB of RAM, %zu KiB in BOs; program of %u KiB: %s, "
		  "%zu KiB of BOs evicted, %lu KiB swapped out",
		  mem_info("MemTotal") / KIB, size / KIB, PROGRAM / KIB,
		  survived ? "done" : "killed", evicted / KIB,
		  swapped * PAGE / KIB);
	CHECK_EQ(!!evicted, survived);
	return survived;
}

TEST(idle_virtio, .name = "pressure/virtio-idle-bos",
     .about = "a program that needs the RAM of idle BOs gets it, and the BOs "
	      "keep their content",
     .needs = "virtio-shrinker", .swap_mib = 128, .alone = true)
{
	GPU(fd);

	CHECK(run_beside_idle_bos(fd));
	verify_all(fd);
}

TEST(idle_virtio_killed, .name = "pressure/virtio-idle-bos-killed",
     .about = "the same program is killed where the driver cannot give the RAM "
	      "of idle BOs back",
     .needs = "no-virtio-shrinker", .swap_mib = 128, .alone = true)
{
	GPU(fd);

	CHECK(!run_beside_idle_bos(fd));
	verify_all(fd);
}
