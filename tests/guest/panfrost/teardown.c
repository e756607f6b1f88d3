// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a purge does to the GPU's mappings: page tables and TLB are updated before
 * the pages are freed, whatever the GPU does at that time. If the GPU used a page
 * through a stale TLB entry, that would be a violation, which fails the test.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

/* Mark @bo, the only one that is not needed; scan; it must be purged. */
static void purge(const struct pan_bo *bo)
{
	unsigned int tries = 3000;

	CHECK(pan_madvise(bo, PANFROST_MADV_DONTNEED));
	do {
		if (!tries--)
			FAIL("a BO that is not needed is not purged");
		shrink_scan(1);
	} while (pan_madvise(bo, PANFROST_MADV_DONTNEED));
}

/* A chain that writes to @bo without listing it. */
static struct chain trespass(const struct pan_bo *bo)
{
	struct chain chain = chain_new(bo->fd);

	chain_write(&chain, bo->va, WRITE_IMMEDIATE_32, 1);
	return chain;
}

TEST(purge_tlb, .name = "panfrost/purge-tlb",
     .about = "the GPU no longer uses TLB entries of a purged BO")
{
	PAN(fd);
	PAN_BO(left, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(bo, pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(right, pan_bo_mapped(fd, PAGE, PANFROST_BO_NOEXEC));
	struct chain chain = trespass(&bo);
	CHAIN(others, chain_new(fd));

	device_keep_awake(true);
	chain_write(&others, left.va, WRITE_IMMEDIATE_32, 11);
	chain_write(&others, right.va, WRITE_IMMEDIATE_32, 12);
	chain_run(&others);
	chain_run(&chain);
	/* At once, so that the GPU does not suspend, which would flush the TLB. */
	purge(&bo);
	CHECK_EQ(device_pages(&others, bo.va, bo.size, NULL), 0);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	chain_run(&others);
	CHECK_EQ(*(uint32_t *)left.map, 11);
	CHECK_EQ(*(uint32_t *)right.map, 12);
	device_keep_awake(false);
	device_forget_faults();
}

TEST(purge_reuse, .name = "panfrost/purge-address-reuse",
     .about = "a new BO at the GPU address of a purged one is not touched when "
	      "the purged one is closed")
{
	PAN(fd);
	CHAIN(look, chain_null(fd));
	CHAIN(chain, chain_new(fd));
	PAN_BO(out, pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(old, pan_bo(fd, 8 * PAGE, PANFROST_BO_NOEXEC));
	struct pan_bo fresh;
	uint64_t *before, *after;

	device_keep_awake(true);
	purge(&old);
	fresh = pan_bo_mapped(fd, 8 * PAGE, PANFROST_BO_NOEXEC);
	test_note("the new BO has %s address",
		  fresh.va == old.va ? "the old" : "another");
	stamp_fill(fresh.map, fresh.size, 5, 1);
	before = device_frames(&look, fresh.va, fresh.size);
	for (int i = 0; i < 8; i++)
		CHECK(before[i]);
	pan_bo_free(&old);
	after = device_frames(&look, fresh.va, fresh.size);
	CHECK(!memcmp(before, after, 8 * sizeof(*before)));
	chain_use(&chain, &fresh);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, fresh.va, fresh.size);
	chain_run(&chain);
	stamp_verify(out.map, out.size, 5, 1);
	device_keep_awake(false);
	free(before);
	free(after);
}

TEST(purge_no_space, .name = "panfrost/purge-without-address-space",
     .about = "a BO that is purged while its file has no address space of the "
	      "GPU is not mapped when it gets one")
{
	enum { FILES = 12 };
	PAN(fd);
	int files[FILES];
	PAN_BO(kept, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(bo, pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	struct chain chain = trespass(&bo);
	CHAIN(look, chain_null(fd));

	device_keep_awake(true);
	chain_run(&chain);
	for (int i = 0; i < FILES; i++) {
		files[i] = pan_open();

		struct chain null = chain_null(files[i]);

		chain_run(&null);
		pan_bo_unmap(&null.bo);
	}
	purge(&bo);
	CHECK_EQ(device_pages(&look, bo.va, bo.size, NULL), 0);
	CHECK_EQ(device_pages(&look, kept.va, kept.size, NULL), 4);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	for (int i = 0; i < FILES; i++)
		close(files[i]);
	device_keep_awake(false);
	device_forget_faults();
}

TEST(purge_asleep, .name = "panfrost/purge-asleep",
     .about = "a purge does not wake the GPU; when it wakes, the BO is not "
	      "mapped")
{
	PAN(fd);
	PAN_BO(kept, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(later, pan_bo_mapped(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	PAN_BO(bo, pan_bo(fd, 4 * PAGE, PANFROST_BO_NOEXEC));
	struct chain chain = trespass(&bo);
	CHAIN(look, chain_null(fd));
	uint64_t changes;

	stamp_fill(kept.map, kept.size, 1, 1);
	stamp_fill(later.map, later.size, 2, 1);
	CHECK(pan_madvise(&later, PANFROST_MADV_DONTNEED));
	CHECK(pan_madvise(&later, PANFROST_MADV_WILLNEED));
	chain_run(&chain);
	WAIT_UNTIL(device_is_suspended());
	changes = device_counter("power-changes");
	purge(&bo);
	/* Not needed for the rest of the suspend, in which nothing purges it. */
	CHECK(pan_madvise(&later, PANFROST_MADV_DONTNEED));
	CHECK(device_is_suspended());
	CHECK_EQ(device_counter("power-changes"), changes);

	device_keep_awake(true);
	CHECK_EQ(device_pages(&look, bo.va, bo.size, NULL), 0);
	CHECK_EQ(device_pages(&look, kept.va, kept.size, NULL), 4);
	CHECK_EQ(device_pages(&look, later.va, later.size, NULL), 4);
	CHECK(pan_madvise(&later, PANFROST_MADV_WILLNEED));
	stamp_verify(kept.map, kept.size, 1, 1);
	stamp_verify(later.map, later.size, 2, 1);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	device_keep_awake(false);
	device_forget_faults();
}

TEST(purge_slept, .name = "panfrost/purge-slept-over",
     .about = "a BO that is not needed can be purged in any later period of "
	      "sleep or work, and until then has its content")
{
	PAN(fd);
	struct pan_bo bo[4];
	struct chain look;

	shrink_settle();
	look = chain_null(fd);
	for (uint32_t i = 0; i < 4; i++) {
		bo[i] = pan_bo_mapped(fd, PAGE << i, PANFROST_BO_NOEXEC);
		stamp_fill(bo[i].map, bo[i].size, i, 1);
		CHECK(pan_madvise(&bo[i], PANFROST_MADV_DONTNEED));
	}
	for (uint32_t i = 0; i < 4; i++) {
		if (i % 2)
			chain_run(&look);
		else
			WAIT_UNTIL(device_is_suspended());
		for (uint32_t j = i; j < 4; j++)
			stamp_verify(bo[j].map, bo[j].size, j, 1);
		shrink_scan(1);
		device_keep_awake(true);
		for (uint32_t j = 0; j < 4; j++)
			CHECK_EQ(
				device_pages(&look, bo[j].va, bo[j].size, NULL),
				j > i ? 1u << j : 0);
		device_keep_awake(false);
		CHECK(!pan_madvise(&bo[i], PANFROST_MADV_WILLNEED));
	}
}

TEST(purge_between, .name = "panfrost/purge-while-others-run",
     .about = "a purge while the GPU runs a chain in the same address space "
	      "leaves the chain and what it uses alone",
     .virtual_time = true)
{
	PAN(fd);
	struct pan_bo bo, from, to;
	struct chain before, after, chain;

	shrink_settle();
	bo = pan_bo_mapped(fd, 64 * PAGE, PANFROST_BO_NOEXEC);
	from = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	to = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	before = chain_new(fd);
	chain = chain_new(fd);
	after = chain_new(fd);

	/* One chain uses it, is done, ... */
	stamp_fill(from.map, from.size, 1, 1);
	chain_use(&before, &bo);
	chain_use(&before, &from);
	chain_copy(&before, bo.va, from.va, from.size);
	chain_run(&before);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	/* ... the next is on the GPU and another is waiting ... */
	chain_use(&chain, &from);
	chain_use(&chain, &to);
	chain_copy(&chain, to.va, from.va, from.size);
	stamp_expect_va("panfrost", from.va, 16, 1, 1);
	chain_use(&after, &to);
	chain_checksum(&after, to.va, to.va, PAGE);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	chain_submit(&after);
	WAIT_UNTIL(device_job_in_slot(1));
	/* ... when it is purged. */
	shrink_all(2 * 16 + 3 * CHAIN_PAGES);
	CHECK(device_job_in_slot(1));
	CHECK(mem_bus_error(bo.map, false));
	device_write("faults", "release panfrost JOB");
	pan_bo_wait(&after.bo);
	chain_check_done(&chain);
	chain_check_done(&after);
	stamp_verify_pages((char *)to.map + PAGE, 15 * PAGE, 1, 1, 1);
	stamp_verify(from.map, from.size, 1, 1);
}

TEST(purge_hung, .name = "panfrost/purge-not-hung",
     .about = "the BO of a chain that hangs is not purged before the GPU has "
	      "been reset, and then it is",
     .virtual_time = true)
{
	PAN(fd);
	struct pan_bo bo;
	struct chain chain;
	uint32_t done;

	shrink_settle();
	bo = pan_bo_mapped(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_null(fd);
	done = syncobj_new(fd);
	stamp_fill(bo.map, bo.size, 1, 1);
	chain_use(&chain, &bo);
	device_write("faults", "hang panfrost JOB");
	chain_submit(&chain, .out_sync = done);
	WAIT_UNTIL(device_job_in_slot(1));
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	while (!syncobj_status(fd, done)) {
		shrink_scan(100000);
		if (syncobj_status(fd, done))
			break;
		CHECK(!mem_bus_error(bo.map, false));
		stamp_verify(bo.map, bo.size, 1, 1);
		for (int i = 0; i < 10; i++)
			mem_millisecond();
	}
	CHECK_EQ(syncobj_status(fd, done), -ECANCELED);
	device_write("faults", "clear");
	shrink_all(CHAIN_PAGES);
	CHECK(mem_bus_error(bo.map, false));
}

TEST(purge_fault, .name = "panfrost/purge-not-faulted",
     .about = "the BO of a chain that ended with a page fault can be purged")
{
	PAN(fd);
	struct pan_bo bo, gone;
	struct chain chain;

	shrink_settle();
	bo = pan_bo(fd, 16 * PAGE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	gone = pan_bo(fd, PAGE, PANFROST_BO_NOEXEC);
	chain_use(&chain, &bo);
	chain_write(&chain, gone.va, WRITE_IMMEDIATE_32, 1);
	pan_bo_free(&gone);
	CHECK_EQ(chain_result(&chain), -EINVAL);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	shrink_all(CHAIN_PAGES);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	device_forget_faults();
}
