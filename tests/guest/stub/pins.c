// SPDX-License-Identifier: GPL-2.0-or-later
/* Pins and kernel mappings: they nest, they block reclaim, and they balance. */
#include <errno.h>
#include <unistd.h>

#include "stub.h"

#define PAGES 5

/* References to the pages that @pins pins are. */
static uint32_t pin_uses(uint32_t pins)
{
	return stub_has(SB_STUB_HAS_PIN_COUNT) && pins ? 1 : pins;
}

TEST(nest, .name = "stub/pin-nests", STUB,
     .about = "as many unpins as pins let a BO go, and with it its pages")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	for (uint32_t pins = 1; pins <= 4; pins++) {
		stub_do(&bo, SB_STUB_PIN);
		CHECK_STATE(&bo, .flags = SB_STUB_PAGES, .pins = pins,
			    .uses = pin_uses(pins), .lru = SB_STUB_LRU_PINNED);
		stub_check_list(fd, SB_STUB_LRU_PINNED, 1, PAGES);
	}
	for (uint32_t pins = 4; pins--;) {
		stub_do(&bo, SB_STUB_UNPIN);
		CHECK_STATE(&bo, .flags = pins ? SB_STUB_PAGES : 0,
			    .pins = pins, .uses = pin_uses(pins),
			    .lru = pins ? SB_STUB_LRU_PINNED
					: SB_STUB_LRU_NONE);
	}
	stub_check_list(fd, SB_STUB_LRU_PINNED, 0, 0);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(nest_used, .name = "stub/pin-nests-in-use", STUB,
     .about = "a BO that the device uses may be evicted again after the last "
	      "unpin")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	for (uint32_t pins = 1; pins <= 4; pins++) {
		stub_do(&bo, SB_STUB_PIN);
		CHECK_STATE(&bo, .flags = STUB_IN_USE, .pins = pins,
			    .uses = 1 + pin_uses(pins),
			    .lru = SB_STUB_LRU_PINNED);
		stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 0, 0);
	}
	for (uint32_t pins = 4; pins--;) {
		CHECK_EQ(stub_try(&bo, SB_STUB_UNPIN, 0), 0);
		CHECK_STATE(&bo, .flags = STUB_IN_USE, .pins = pins,
			    .uses = 1 + pin_uses(pins),
			    .lru = pins ? SB_STUB_LRU_PINNED
					: SB_STUB_LRU_EVICTABLE);
	}
	stub_check_list(fd, SB_STUB_LRU_EVICTABLE, 1, PAGES);
	stub_bo_close(&bo);
}

/* Neither the shrinker nor the driver gets at it, whatever the advice. */
static void check_stays(const struct stub_bo *bo)
{
	struct sb_stub_state before = stub_state(bo), after;

	for (uint32_t madv = 0; madv < 2; madv++) {
		CHECK(stub_madvise(bo, madv));
		stub_scan(bo->fd, 1000);
		mem_drop_caches();
		CHECK_EQ(stub_try(bo, SB_STUB_PURGE, 0), EBUSY);
		CHECK_EQ(stub_try(bo, SB_STUB_EVICT, 0), EBUSY);
		after = stub_state(bo);
		CHECK_EQ(after.flags, before.flags);
		CHECK_EQ(after.uses, before.uses);
		CHECK_EQ(after.lru, SB_STUB_LRU_PINNED);
		CHECK_EQ(after.evict_calls, before.evict_calls);
	}
	CHECK(stub_madvise(bo, 0));
}

TEST(blocks, .name = "stub/pin-blocks-reclaim", STUB_EVICTS,
     .about = "a pinned BO is neither evicted nor purged")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_do(&bo, SB_STUB_PIN);
	stub_do(&bo, SB_STUB_PIN);
	check_stays(&bo);
	stub_do(&bo, SB_STUB_UNPIN);
	check_stays(&bo);
	stub_verify(&bo, SB_STUB_DEVICE, 1);
	stub_do(&bo, SB_STUB_UNPIN);
	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_verify_content(&bo, 1);
	stub_bo_close(&bo);
}

TEST(brings_back, .name = "stub/pin-brings-back", STUB_EVICTS,
     .about = "a pin brings an evicted BO back, pages and SG table")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_do(&bo, SB_STUB_PIN);
	CHECK_STATE(&bo, .flags = STUB_HAS_PAGES, .pins = 1, .uses = 2,
		    .lru = SB_STUB_LRU_PINNED);
	stub_check_list(fd, SB_STUB_LRU_PINNED, 1, PAGES);
	stub_check_list(fd, SB_STUB_LRU_EVICTED, 0, 0);
	stub_verify_content(&bo, 1);
	stub_do(&bo, SB_STUB_UNPIN);
	CHECK_EVICTABLE(&bo);
	stub_bo_close(&bo);
}

TEST(vmap, .name = "stub/vmap-nests", STUB,
     .about = "kernel mappings of a BO are one, until the last goes")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);
	char byte = 0;

	CHECK_EQ(stub_try_access(&bo, 0, 0, &byte, 1), ENXIO);
	for (uint32_t vmaps = 1; vmaps <= 3; vmaps++) {
		stub_do(&bo, SB_STUB_VMAP);
		CHECK_EQ(stub_state(&bo).flags, SB_STUB_PAGES | SB_STUB_VADDR);
		CHECK_EQ(stub_state(&bo).vmaps, vmaps);
		CHECK_EQ(stub_state(&bo).uses, 1);
	}
	stub_fill(&bo, 0, 1);
	stub_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	stub_bo_unmap(&bo);
	for (uint32_t vmaps = 3; --vmaps;) {
		stub_do(&bo, SB_STUB_VUNMAP);
		CHECK_EQ(stub_state(&bo).vmaps, vmaps);
		stub_verify(&bo, 0, 1);
	}
	stub_do(&bo, SB_STUB_VUNMAP);
	CHECK_STATE(&bo, 0);
	CHECK_EQ(stub_try_access(&bo, 0, 0, &byte, 1), ENXIO);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(vmap_pins, .name = "stub/vmap-pins", STUB_EVICTS,
     .about = "however many kernel mappings are one pin")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo_used(fd, PAGES, 0, 1);

	for (uint32_t vmaps = 1; vmaps <= 3; vmaps++) {
		stub_do(&bo, SB_STUB_VMAP);
		CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_VADDR,
			    .uses = 2, .pins = 1, .vmaps = vmaps,
			    .lru = SB_STUB_LRU_PINNED);
	}
	check_stays(&bo);
	stub_do(&bo, SB_STUB_PIN);
	CHECK_STATE(&bo, .flags = STUB_IN_USE | SB_STUB_VADDR, .uses = 2,
		    .pins = 2, .vmaps = 3, .lru = SB_STUB_LRU_PINNED);
	for (int i = 0; i < 3; i++)
		stub_do(&bo, SB_STUB_VUNMAP);
	CHECK_STATE(&bo, .flags = STUB_IN_USE, .uses = 2, .pins = 1,
		    .lru = SB_STUB_LRU_PINNED);
	check_stays(&bo);
	stub_do(&bo, SB_STUB_UNPIN);
	CHECK_EVICTABLE(&bo);
	stub_scan(fd, 1);
	CHECK_EVICTED(&bo);
	stub_do(&bo, SB_STUB_VMAP);
	CHECK_STATE(&bo, .flags = STUB_HAS_PAGES | SB_STUB_VADDR, .uses = 2,
		    .pins = 1, .vmaps = 1, .lru = SB_STUB_LRU_PINNED);
	stub_verify(&bo, 0, 1);
	stub_do(&bo, SB_STUB_VUNMAP);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(refused, .name = "stub/pin-fails", STUB,
     .about = "a pin, a kernel mapping, a use that finds no pages leaves "
	      "nothing behind, and works when there are some")
{
	static const enum sb_stub_op ops[] = {SB_STUB_PIN, SB_STUB_VMAP,
					      SB_STUB_ATTACH};
	static const enum sb_stub_op undo[] = {SB_STUB_UNPIN, SB_STUB_VUNMAP,
					       SB_STUB_DETACH};
	int fd = stub_open(0);

	for (unsigned int i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		struct stub_bo bo = stub_bo(fd, PAGES, 0);

		stub_do_arg(&bo, SB_STUB_FAIL, SB_STUB_FAIL_PAGES);
		for (int again = 0; again < 3; again++) {
			CHECK_EQ(stub_try(&bo, ops[i], 0), EINVAL);
			CHECK_STATE(&bo, 0);
		}
		stub_do_arg(&bo, SB_STUB_FAIL, 0);
		stub_do(&bo, ops[i]);
		stub_do(&bo, undo[i]);
		stub_bo_close(&bo);
		CHECK_EQ(stub_info(fd).bos, 0);
	}
}

/* What a driver must not do is reported, and the kernel goes on. */
#define MISUSE STUB, .expect = "WARNING:"

TEST(unbalanced_unpin, .name = "stub/unpin-too-often", MISUSE,
     .about = "an unpin without a pin is reported")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do(&bo, SB_STUB_UNPIN);
	CHECK(!(stub_state(&bo).flags & SB_STUB_PAGES));
}

TEST(unbalanced_put, .name = "stub/put-pages-too-often", MISUSE,
     .about = "giving back pages that nobody has is reported")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do(&bo, SB_STUB_PUT_PAGES);
	CHECK(!(stub_state(&bo).flags & SB_STUB_PAGES));
}

TEST(unbalanced_vunmap, .name = "stub/vunmap-too-often", MISUSE,
     .about = "taking away a kernel mapping that is not there is reported")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do(&bo, SB_STUB_VUNMAP);
	CHECK(!(stub_state(&bo).flags & SB_STUB_PAGES));
}

TEST(free_pinned, .name = "stub/free-pinned", MISUSE,
     .needs = "shmem-pin-count",
     .about = "freeing a BO that is still pinned is reported")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do(&bo, SB_STUB_PIN);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}

TEST(free_vmapped, .name = "stub/free-vmapped", MISUSE,
     .about = "freeing a BO that the kernel still has mapped is reported")
{
	int fd = stub_open(0);
	struct stub_bo bo = stub_bo(fd, PAGES, 0);

	stub_do(&bo, SB_STUB_VMAP);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(fd).bos, 0);
}
