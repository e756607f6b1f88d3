// SPDX-License-Identifier: GPL-2.0-or-later
/* Runtime suspend and resume; unbinding the driver and binding it again. */
#include <errno.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

TEST(suspend_resume, .name = "panfrost/suspend-resume",
     .about = "the GPU goes to sleep when idle, and wakes with all content")
{
	PAN(fd);
	PAN_BO(bo, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(out, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));

	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, bo.size);
	for (uint32_t round = 1; round <= 3; round++) {
		stamp_fill(bo.map, bo.size, 1, round);
		chain_run(&chain);
		stamp_verify(out.map, out.size, 1, round);
		WAIT_UNTIL(device_is_suspended());
		/* The shader cores have no power: SHADER_READY. */
		CHECK_EQ(device_register(0x140), 0);
		stamp_verify(bo.map, bo.size, 1, round);
	}
}

TEST(suspend_map, .name = "panfrost/suspend-map",
     .about = "BOs that come and go while the GPU sleeps are right when it "
	      "wakes",
     .virtual_time = true)
{
	PAN(fd);
	PAN_BO(gone, pan_bo(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(purged, pan_bo(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	CHAIN(chain, chain_new(fd));
	CHAIN(stale, chain_new(fd));
	CHAIN(too, chain_new(fd));

	chain_write(&stale, gone.va, WRITE_IMMEDIATE_32, 1);
	chain_run(&stale);
	chain_write(&too, purged.va, WRITE_IMMEDIATE_32, 1);
	chain_run(&too);
	WAIT_UNTIL(device_is_suspended());

	struct pan_bo fresh = pan_bo_mapped(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	struct pan_bo out = pan_bo_mapped(fd, 64 * PAGE, PANFROST_BO_NOEXEC);

	pan_bo_free(&gone);
	CHECK(pan_madvise(&purged, PANFROST_MADV_DONTNEED));
	shrink_scan(8);
	CHECK(!pan_madvise(&purged, PANFROST_MADV_WILLNEED));
	CHECK(device_is_suspended());
	stamp_fill(fresh.map, fresh.size, 2, 1);
	chain_use(&chain, &fresh);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, fresh.va, fresh.size);
	chain_run(&chain);
	stamp_verify(out.map, out.size, 2, 1);
	CHECK_CMP(chain_result(&stale), <, 0);
	CHECK_CMP(chain_result(&too), <, 0);
	device_forget_faults();
}

TEST(suspend_busy, .name = "panfrost/suspend-not-busy",
     .about = "the GPU does not go to sleep while a chain runs",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_null(fd));

	/* Longer than the autosuspend delay, shorter than the job timeout. */
	device_write("faults", "delay panfrost JOB 200000000");
	chain_run(&chain);
	device_write("faults", "clear");
	CHECK(!device_is_suspended());
	WAIT_UNTIL(device_is_suspended());
}

TEST(keep_awake, .name = "panfrost/suspend-forbidden",
     .about = "with runtime power management off, the GPU stays awake",
     .virtual_time = true)
{
	PAN(fd);
	CHAIN(chain, chain_new(fd));
	unsigned long changes;

	chain_job(&chain, JOB_NULL);
	WAIT_UNTIL(device_is_suspended());
	device_keep_awake(true);
	CHECK(!device_is_suspended());
	changes = device_counter("power-changes");
	for (int i = 0; i < 150; i++)
		mem_millisecond();
	CHECK(!device_is_suspended());
	chain_run(&chain);
	CHECK_EQ(device_counter("power-changes"), changes);
	device_keep_awake(false);
	WAIT_UNTIL(device_is_suspended());
}

/*
 * Wait until the driver has released @bo after a submit; BOs with @needed pages are
 * left.
 */
static void let_go(struct pan_bo *bo, unsigned long needed)
{
	CHECK(pan_madvise(bo, PANFROST_MADV_DONTNEED));
	shrink_all(needed);
}

TEST(unbind_bind, .name = "panfrost/unbind-bind",
     .about = "the driver can be unbound from its device and bound again",
     .last = true)
{
	shrink_settle();
	for (uint32_t round = 1; round <= 3; round++) {
		int fd = pan_open();
		struct pan_bo bo = pan_bo_mapped(fd, 8 * PAGE, 0);
		struct chain chain = chain_new(fd);

		stamp_fill(bo.map, 4 * PAGE, 1, round);
		chain_use(&chain, &bo);
		chain_copy(&chain, bo.va + 4 * PAGE, bo.va, 4 * PAGE);
		chain_run(&chain);
		stamp_verify((char *)bo.map + 4 * PAGE, 4 * PAGE, 1, round);
		let_go(&bo, CHAIN_PAGES);
		chain_free(&chain);
		pan_bo_free(&bo);
		close(fd);

		device_bind(false);
		CHECK_EQ(drm_try_open(DRM_PANFROST, DRM_RENDER), -1);
		CHECK_EQ(errno, ENODEV);
		device_bind(true);
	}

	/* Its shrinker exists again, once. */
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, 8 * PAGE, 0);

	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), 8);
	shrink_scan(8);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	close(fd);
}
