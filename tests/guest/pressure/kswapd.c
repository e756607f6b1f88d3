// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kswapd reclaims ahead of need. Under virtual time it is never late, since no time
 * passes before it sleeps again.
 */
#include <sys/mman.h>

#include "lib/virtio-reclaim.h"
#include "content.h"
#include "virtio-bos.h"

#define STEP (64u * KIB)

/* Number of direct reclaims so far. */
static unsigned long stalls(void)
{
	return mem_vmstat("allocstall_*");
}

TEST(evicts, .name = "pressure/virtio-kswapd",
     .about = "kswapd evicts BOs before any process has to", .ram_mib = 96,
     .needs = "virtio-shrinker", .swap_mib = 48, .virtual_time = true,
     .alone = true)
{
	enum { BOS = 12 };
	struct bo bo[BOS];
	GPU(fd);
	struct virtio_stage stage = virtio_stage(fd, MIB);
	unsigned long stalled, kswapd, count;
	size_t taken = 0, size = mem_info("MemTotal");
	char *memory = CHECK_SYS(mmap(NULL, size, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	for (unsigned int i = 0; i < BOS; i++) {
		bo[i] = bo_buffer(fd, MIB);
		virtio_stage_fill(&stage, &bo[i], i, 1);
	}
	/* A wide gap between the watermarks of kswapd and of direct reclaim. */
	file_write("/proc/sys/vm/watermark_boost_factor", "0");
	file_write("/proc/sys/vm/watermark_scale_factor", "200");
	count = gpu_count();
	stalled = stalls();
	kswapd = mem_vmstat("pgscan_kswapd");
	while (taken < size && gpu_count() >= count) {
		CHECK_SYS(madvise(memory + taken, STEP, MADV_POPULATE_WRITE));
		taken += STEP;
		mem_millisecond();
	}
	test_note("%zu KiB taken, %lu of %lu pages left", taken / KIB,
		  gpu_count(), count);
	CHECK_CMP(gpu_count(), <, count);
	CHECK_CMP(mem_vmstat("pgscan_kswapd"), >, kswapd);
	CHECK_EQ(stalls(), stalled);
	CHECK_SYS(munmap(memory, size));
	for (unsigned int i = 0; i < BOS; i++)
		virtio_stage_verify(&stage, &bo[i], i, 1);
}
