// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs shared by devices, and imports that fail at each step. Whichever side owns
 * the SG table at that point, it must be freed exactly once.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/exporter.h"
#include "lib/helper.h"
#include "lib/fail-nth.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

static struct helper_bo imported(int fd, uint32_t handle)
{
	return (struct helper_bo){.fd = fd, .handle = handle, .size = SIZE};
}

/* The import works: the device finds what the CPU wrote to the dma-buf. */
static void check_import(int fd, int dmabuf)
{
	HELPER_BO(bo, imported(fd, drm_import(fd, dmabuf)));
	char *map = dmabuf_mmap(dmabuf);
	struct sb_helper_state state = helper_state(&bo);

	/* (The exporter may still be busy.) */
	CHECK_EQ(state.flags & ~SB_HELPER_BUSY_FENCE,
		 SB_HELPER_SGT | SB_HELPER_IMPORTED);
	CHECK_EQ(state.lru, SB_HELPER_LRU_NONE);
	CHECK_EQ(state.uses, 0);
	stamp_fill(map, SIZE, 7, 1);
	helper_do(&bo, SB_HELPER_ATTACH);
	helper_verify(&bo, SB_HELPER_DEVICE, 7);
	helper_fill(&bo, SB_HELPER_DEVICE, 8);
	stamp_verify(map, SIZE, 8, 1);
	CHECK_SYS(munmap(map, SIZE));
	helper_bo_close(&bo);
	CHECK_EQ(helper_info(fd).bos, 0);
}

/* Import each kind of dma-buf, several times with @fail set, then without. */
static void import_fails(uint32_t fail)
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		unsigned int buffers = dmabuf_count();
		unsigned int attachments = dmabuf_attachments();
		int fd = helper_open(0);
		int dmabuf = exporters[i].create(SIZE);
		uint32_t handle;

		test_note("%s", exporters[i].name);
		for (int again = 0; again < 3; again++) {
			helper_fail(fd, fail);
			CHECK_EQ(drm_try_import(fd, dmabuf, &handle), EIO);
			CHECK_EQ(helper_info(fd).bos, 0);
			CHECK_EQ(dmabuf_attachments(), attachments);
		}
		check_import(fd, dmabuf);
		CHECK_EQ(dmabuf_attachments(), attachments);
		CHECK_SYS(close(dmabuf));
		CHECK_EQ(dmabuf_count(), buffers);
		CHECK_SYS(close(fd));
	}
}

TEST(early, .name = "helper/import-fails-early", HELPER,
     .about = "an import that fails before the helper has seen the SG table "
	      "leaves it to the importer")
{
	import_fails(SB_HELPER_FAIL_IMPORT_EARLY);
}

TEST(late, .name = "helper/import-fails-late", HELPER,
     .needs = "shmem-sgt-flag",
     .about = "an import that fails after the helper has made an object of the "
	      "SG table leaves it to the importer")
{
	import_fails(SB_HELPER_FAIL_IMPORT_LATE);
}

TEST(handle, .name = "helper/import-fails-handle", HELPER,
     .about = "an import whose last step, the handle, fails frees the object "
	      "and its SG table")
{
	import_fails(SB_HELPER_FAIL_OPEN);
}

/* Import from one stub device into the other; the exporter fails. */
static void export_fails(uint32_t fail, int err)
{
	HELPER_DEVICE(fd, 0);
	int other = helper_open(1);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t handle;

	for (int again = 0; again < 3; again++) {
		helper_do_arg(&bo, SB_HELPER_FAIL, fail);
		CHECK_EQ(drm_try_import(other, dmabuf, &handle), err);
		CHECK_EQ(helper_info(other).bos, 0);
		CHECK_STATE(&bo, .flags = SB_HELPER_EXPORTED);
		helper_check_list(fd, SB_HELPER_LRU_PINNED, 0, 0);
	}
	helper_do_arg(&bo, SB_HELPER_FAIL, 0);
	helper_do(&bo, SB_HELPER_ATTACH);
	check_import(other, dmabuf);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE | SB_HELPER_EXPORTED, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	CHECK_SYS(close(dmabuf));
}

TEST(no_pages, .name = "helper/import-fails-pin", HELPER,
     .about = "an import that fails because the exporter cannot pin leaves "
	      "nothing behind")
{
	export_fails(SB_HELPER_FAIL_PAGES, EINVAL);
}

TEST(no_table, .name = "helper/import-fails-map", HELPER,
     .about =
	     "an import that fails because the exporter has no SG table for it "
	     "leaves no pin behind")
{
	export_fails(SB_HELPER_FAIL_EXPORT_SGT, ENOMEM);
}

TEST(shared, .name = "helper/shared", HELPER,
     .about = "a BO that is imported by another device is pinned, has the same "
	      "content for both, and is on no list of the importer")
{
	HELPER_DEVICE(fd, 0);
	HELPER_DEVICE(other, 1);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct helper_bo theirs;
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t uses = helper_has(SB_HELPER_HAS_PIN_COUNT) ? 2 : 0;

	theirs = imported(other, drm_import(other, dmabuf));
	CHECK_EQ(helper_state(&theirs).flags,
		 SB_HELPER_SGT | SB_HELPER_IMPORTED);
	CHECK_EQ(helper_state(&theirs).lru, SB_HELPER_LRU_NONE);
	/* Attaching and mapping may pin the BO twice, but use the pages once. */
	if (uses)
		CHECK_EQ(helper_state(&bo).uses, uses);
	helper_do(&theirs, SB_HELPER_ATTACH);
	helper_verify(&theirs, SB_HELPER_DEVICE, 1);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_fill(&theirs, SB_HELPER_DEVICE, 2);
	helper_expect(&bo, 2);
	helper_verify(&bo, SB_HELPER_DEVICE, 2);
	CHECK_EQ(helper_try(&theirs, SB_HELPER_PURGE, 0), EBUSY);
	CHECK(helper_madvise(&theirs, 1));
	CHECK_EQ(helper_try(&theirs, SB_HELPER_PURGE, 0), EBUSY);
	/* An import into the exporting file gives the original handle. */
	CHECK_EQ(drm_import(fd, dmabuf), bo.handle);
	helper_check_lists(fd);
	helper_check_list(other, SB_HELPER_LRU_EVICTABLE, 0, 0);
	helper_check_list(other, SB_HELPER_LRU_PINNED, 0, 0);

	/* The importer can keep the BO. */
	helper_bo_close(&bo);
	CHECK_SYS(close(dmabuf));
	helper_verify(&theirs, SB_HELPER_DEVICE, 2);
	CHECK_EQ(helper_info(fd).bos, 1);
	helper_bo_close(&theirs);
}

TEST(shared_reclaim, .name = "helper/shared-reclaim", HELPER_EVICTS,
     .about = "no device gives back memory of a shared BO, and a fence of "
	      "either device keeps it busy")
{
	HELPER_DEVICE(fd, 0);
	HELPER_DEVICE(other, 1);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct helper_bo theirs;
	int dmabuf;

	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_do(&bo, SB_HELPER_ATTACH);
	dmabuf = drm_export(fd, bo.handle);
	theirs = imported(other, drm_import(other, dmabuf));
	helper_do(&theirs, SB_HELPER_ATTACH);
	CHECK(helper_madvise(&bo, 1));
	CHECK(helper_madvise(&theirs, 1));
	helper_scan(fd, 1000);
	helper_scan(other, 1000);
	mem_drop_caches();
	CHECK_EQ(helper_state(&bo).evict_calls, 1);
	CHECK_EQ(helper_state(&theirs).evict_calls, 0);
	CHECK_EQ(helper_count(fd), 0);
	CHECK_EQ(helper_count(other), 0);
	helper_verify(&theirs, SB_HELPER_DEVICE, 1);
	helper_do_arg(&theirs, SB_HELPER_BUSY, 1);
	CHECK(helper_state(&bo).flags & SB_HELPER_BUSY_FENCE);
	helper_do(&theirs, SB_HELPER_IDLE);
	CHECK(!(helper_state(&bo).flags & SB_HELPER_BUSY_FENCE));
	helper_bo_close(&theirs);
	helper_scan(fd, 1000);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE | SB_HELPER_EXPORTED, .uses = 1,
		    .madv = 1, .lru = SB_HELPER_LRU_PINNED);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	CHECK_SYS(close(dmabuf));
}

TEST(shared_vmap, .name = "helper/shared-vmap", HELPER,
     .about = "a kernel mapping of an import is one of the BO behind it")
{
	HELPER_DEVICE(fd, 0);
	HELPER_DEVICE(other, 1);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	struct helper_bo theirs;
	int dmabuf = drm_export(fd, bo.handle);

	theirs = imported(other, drm_import(other, dmabuf));
	for (uint32_t vmaps = 1; vmaps <= 3; vmaps++) {
		helper_do(&theirs, SB_HELPER_VMAP);
		helper_verify(&theirs, 0, 1);
	}
	CHECK_EQ(helper_state(&bo).vmaps, 1);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(helper_state(&bo).vmaps, 1);
		helper_do(&theirs, SB_HELPER_VUNMAP);
	}
	CHECK_EQ(helper_state(&bo).vmaps, 0);
	helper_bo_close(&theirs);
	helper_check_lists(fd);
	CHECK_SYS(close(dmabuf));
}

TEST(vmap_fails, .name = "helper/import-fails-vmap", HELPER,
     .needs = INJECT_NEEDS, .expect = "dma_buf_vmap", .alone = true,
     .about =
	     "an import that the kernel cannot map because the exporter has no "
	     "memory is not mapped, and can be")
{
	HELPER_DEVICE(fd, 0);
	HELPER_DEVICE(other, 1);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	int dmabuf = drm_export(fd, bo.handle);
	HELPER_BO(theirs, imported(other, drm_import(other, dmabuf)));

	inject_begin();
	inject_nth(1);
	/* (The dma-buf core warns, once.) */
	CHECK_EQ(helper_try(&theirs, SB_HELPER_VMAP, 0), ENOMEM);
	CHECK(inject_hit());
	CHECK_EQ(helper_try_access(&theirs, 0, 0, NULL, 0), ENXIO);
	helper_do(&theirs, SB_HELPER_VMAP);
	helper_verify(&theirs, 0, 1);
	helper_do(&theirs, SB_HELPER_VUNMAP);
	CHECK_SYS(close(dmabuf));
}
