// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs that devices share, and imports that fail at each of their steps: whoever
 * has the SG table then, exactly one of the sides frees it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../dmabuf/exporter.h"
#include "stub.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

static struct stub_bo imported(int fd, uint32_t handle)
{
	return (struct stub_bo){.fd = fd, .handle = handle, .size = SIZE};
}

/* It is whole: what the CPU wrote to the dma-buf the device finds there. */
static void check_import(int fd, int dmabuf)
{
	struct stub_bo bo = imported(fd, drm_import(fd, dmabuf));
	char *map = dmabuf_mmap(dmabuf);
	struct sb_stub_state state = stub_state(&bo);

	/* (The exporter may still be at work on it.) */
	CHECK_EQ(state.flags & ~SB_STUB_BUSY_FENCE,
		 SB_STUB_SGT | SB_STUB_IMPORTED);
	CHECK_EQ(state.lru, SB_STUB_LRU_NONE);
	CHECK_EQ(state.uses, 0);
	stamp_fill(map, SIZE, 7, 1);
	stub_do(&bo, SB_STUB_ATTACH);
	stub_verify(&bo, SB_STUB_DEVICE, 7);
	stub_fill(&bo, SB_STUB_DEVICE, 8);
	stamp_verify(map, SIZE, 8, 1);
	CHECK_SYS(munmap(map, SIZE));
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

/* Each kind of dma-buf, several times, with @fail set; then without. */
static void import_fails(uint32_t fail)
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		unsigned int buffers = dmabuf_count();
		unsigned int attachments = dmabuf_attachments();
		int fd = stub_open(0);
		int dmabuf = exporters[i].create(SIZE);
		uint32_t handle;

		test_note("%s", exporters[i].name);
		for (int again = 0; again < 3; again++) {
			stub_fail(fd, fail);
			CHECK_EQ(drm_try_import(fd, dmabuf, &handle), EIO);
			CHECK_EQ(stub_info(fd).bos, 0);
			CHECK_EQ(dmabuf_attachments(), attachments);
		}
		check_import(fd, dmabuf);
		CHECK_EQ(dmabuf_attachments(), attachments);
		CHECK_SYS(close(dmabuf));
		CHECK_EQ(dmabuf_count(), buffers);
		CHECK_SYS(close(fd));
	}
}

TEST(early, .name = "stub/import-fails-early", STUB,
     .about = "an import that fails before the helper has seen the SG table "
	      "leaves it to the importer")
{
	import_fails(SB_STUB_FAIL_IMPORT_EARLY);
}

TEST(late, .name = "stub/import-fails-late", STUB, .needs = "shmem-sgt-flag",
     .about = "an import that fails after the helper has made an object of the "
	      "SG table leaves it to the importer")
{
	import_fails(SB_STUB_FAIL_IMPORT_LATE);
}

TEST(handle, .name = "stub/import-fails-handle", STUB,
     .about = "an import that fails after all but the handle frees the object "
	      "and the SG table with it")
{
	import_fails(SB_STUB_FAIL_OPEN);
}

/* From one stub device to the other, of which the former is what fails. */
static void export_fails(uint32_t fail, int err)
{
	int fd = stub_open(0), other = stub_open(1);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t handle;

	for (int again = 0; again < 3; again++) {
		stub_do_arg(&bo, SB_STUB_FAIL, fail);
		CHECK_EQ(drm_try_import(other, dmabuf, &handle), err);
		CHECK_EQ(stub_info(other).bos, 0);
		CHECK_STATE(&bo, .flags = SB_STUB_EXPORTED);
		stub_check_list(fd, SB_STUB_LRU_PINNED, 0, 0);
	}
	stub_do_arg(&bo, SB_STUB_FAIL, 0);
	stub_do(&bo, SB_STUB_ATTACH);
	check_import(other, dmabuf);
	CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_EXPORTED, .uses = 1,
		    .lru = SB_STUB_LRU_PINNED);
	CHECK_SYS(close(dmabuf));
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(no_pages, .name = "stub/import-fails-pin", STUB,
     .about = "an import that fails because the exporter cannot pin leaves "
	      "nothing behind")
{
	export_fails(SB_STUB_FAIL_PAGES, EINVAL);
}

TEST(no_table, .name = "stub/import-fails-map", STUB,
     .about =
	     "an import that fails because the exporter has no SG table for it "
	     "leaves no pin behind")
{
	export_fails(SB_STUB_FAIL_EXPORT_SGT, ENOMEM);
}

TEST(shared, .name = "stub/shared", STUB,
     .about = "a BO shared by two devices is pinned by the other, which is on "
	      "no "
	      "list, and is one BO for both")
{
	int fd = stub_open(0), other = stub_open(1);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1), theirs;
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t uses = stub_has(SB_STUB_HAS_PIN_COUNT) ? 2 : 0;

	theirs = imported(other, drm_import(other, dmabuf));
	CHECK_EQ(stub_state(&theirs).flags, SB_STUB_SGT | SB_STUB_IMPORTED);
	CHECK_EQ(stub_state(&theirs).lru, SB_STUB_LRU_NONE);
	/* Attached and mapped: each may be a pin, both are one use. */
	if (uses)
		CHECK_EQ(stub_state(&bo).uses, uses);
	stub_do(&theirs, SB_STUB_ATTACH);
	stub_verify(&theirs, SB_STUB_DEVICE, 1);
	stub_fill(&theirs, SB_STUB_DEVICE, 2);
	stub_expect(&bo, 2);
	stub_verify(&bo, SB_STUB_DEVICE, 2);
	CHECK_EQ(stub_try(&theirs, SB_STUB_PURGE, 0), EBUSY);
	CHECK(stub_madvise(&theirs, 1));
	CHECK_EQ(stub_try(&theirs, SB_STUB_PURGE, 0), EBUSY);
	/* It comes home as itself. */
	CHECK_EQ(drm_import(fd, dmabuf), bo.handle);
	stub_check_lists(fd);
	stub_check_list(other, SB_STUB_LRU_EVICTABLE, 0, 0);
	stub_check_list(other, SB_STUB_LRU_PINNED, 0, 0);

	/* The importer has it for as long as it likes. */
	stub_bo_close(&bo);
	CHECK_SYS(close(dmabuf));
	stub_verify(&theirs, SB_STUB_DEVICE, 2);
	CHECK_EQ(stub_info(fd).bos, 1);
	stub_bo_close(&theirs);
	CHECK_EQ(stub_info(fd).bos, 0);
	CHECK_EQ(stub_info(other).bos, 0);
}

TEST(shared_reclaim, .name = "stub/shared-reclaim", STUB_EVICTS,
     .about =
	     "neither device gives memory of a shared BO back, whatever either "
	     "is told; a fence of one is in the way of both")
{
	int fd = stub_open(0), other = stub_open(1);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1), theirs;
	int dmabuf;

	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_do(&bo, SB_STUB_ATTACH);
	dmabuf = drm_export(fd, bo.handle);
	theirs = imported(other, drm_import(other, dmabuf));
	stub_do(&theirs, SB_STUB_ATTACH);
	CHECK(stub_madvise(&bo, 1));
	CHECK(stub_madvise(&theirs, 1));
	stub_scan(fd, 1000);
	stub_scan(other, 1000);
	mem_drop_caches();
	CHECK_EQ(stub_state(&bo).evict_calls, 1);
	CHECK_EQ(stub_state(&theirs).evict_calls, 0);
	CHECK_EQ(stub_count(fd), 0);
	CHECK_EQ(stub_count(other), 0);
	stub_verify(&theirs, SB_STUB_DEVICE, 1);
	stub_do_arg(&theirs, SB_STUB_BUSY, 1);
	CHECK(stub_state(&bo).flags & SB_STUB_BUSY_FENCE);
	stub_do(&theirs, SB_STUB_IDLE);
	CHECK(!(stub_state(&bo).flags & SB_STUB_BUSY_FENCE));
	stub_bo_close(&theirs);
	stub_scan(fd, 1000);
	CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_EXPORTED, .uses = 1,
		    .madv = 1, .lru = SB_STUB_LRU_PINNED);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	CHECK_SYS(close(dmabuf));
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(shared_vmap, .name = "stub/shared-vmap", STUB,
     .about = "a kernel mapping of an import is one of the BO behind it")
{
	int fd = stub_open(0), other = stub_open(1);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1), theirs;
	int dmabuf = drm_export(fd, bo.handle);

	theirs = imported(other, drm_import(other, dmabuf));
	for (uint32_t vmaps = 1; vmaps <= 3; vmaps++) {
		stub_do(&theirs, SB_STUB_VMAP);
		stub_verify(&theirs, 0, 1);
	}
	CHECK_EQ(stub_state(&bo).vmaps, 1);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(stub_state(&bo).vmaps, 1);
		stub_do(&theirs, SB_STUB_VUNMAP);
	}
	CHECK_EQ(stub_state(&bo).vmaps, 0);
	stub_bo_close(&theirs);
	stub_check_lists(fd);
	CHECK_SYS(close(dmabuf));
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
	CHECK_EQ(stub_info(other).bos, 0);
}
