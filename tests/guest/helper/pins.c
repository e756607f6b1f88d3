// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pins and kernel mappings: they nest, they prevent reclaim, and they are balanced.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/process.h"
#include "lib/thread.h"

#define PAGES 5

/* Number of uses of the pages by @pins pins. */
static uint32_t pin_uses(uint32_t pins)
{
	return helper_has(SB_HELPER_HAS_PIN_COUNT) && pins ? 1 : pins;
}

TEST(nest, .name = "helper/pin-nests", HELPER,
     .about = "a BO is released, and its pages freed, after as many unpins as "
	      "pins")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	for (uint32_t pins = 1; pins <= 4; pins++) {
		helper_do(&bo, SB_HELPER_PIN);
		CHECK_STATE(&bo, .flags = SB_HELPER_PAGES, .pins = pins,
			    .uses = pin_uses(pins),
			    .lru = SB_HELPER_LRU_PINNED);
		helper_check_list(fd, SB_HELPER_LRU_PINNED, 1, PAGES);
	}
	for (uint32_t pins = 4; pins--;) {
		helper_do(&bo, SB_HELPER_UNPIN);
		CHECK_STATE(&bo, .flags = pins ? SB_HELPER_PAGES : 0,
			    .pins = pins, .uses = pin_uses(pins),
			    .lru = pins ? SB_HELPER_LRU_PINNED
					: SB_HELPER_LRU_NONE);
	}
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 0, 0);
}

TEST(nest_used, .name = "helper/pin-nests-in-use", HELPER,
     .about = "a BO that the device uses may be evicted again after the last "
	      "unpin")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	for (uint32_t pins = 1; pins <= 4; pins++) {
		helper_do(&bo, SB_HELPER_PIN);
		CHECK_STATE(&bo, .flags = HELPER_IN_USE, .pins = pins,
			    .uses = 1 + pin_uses(pins),
			    .lru = SB_HELPER_LRU_PINNED);
		helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	}
	for (uint32_t pins = 4; pins--;) {
		CHECK_EQ(helper_try(&bo, SB_HELPER_UNPIN, 0), 0);
		CHECK_STATE(&bo, .flags = HELPER_IN_USE, .pins = pins,
			    .uses = 1 + pin_uses(pins),
			    .lru = pins ? SB_HELPER_LRU_PINNED
					: SB_HELPER_LRU_EVICTABLE);
	}
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 1, PAGES);
}

/* Neither the shrinker nor the driver can reclaim it, whatever the advice. */
static void check_stays(const struct helper_bo *bo)
{
	struct sb_helper_state before = helper_state(bo), after;

	for (uint32_t madv = 0; madv < 2; madv++) {
		CHECK(helper_madvise(bo, madv));
		helper_scan(bo->fd, 1000);
		mem_drop_caches();
		CHECK_EQ(helper_try(bo, SB_HELPER_PURGE, 0), EBUSY);
		CHECK_EQ(helper_try(bo, SB_HELPER_EVICT, 0), EBUSY);
		after = helper_state(bo);
		CHECK_EQ(after.flags, before.flags);
		CHECK_EQ(after.uses, before.uses);
		CHECK_EQ(after.lru, SB_HELPER_LRU_PINNED);
		CHECK_EQ(after.evict_calls, before.evict_calls);
	}
	CHECK(helper_madvise(bo, 0));
}

TEST(blocks, .name = "helper/pin-blocks-reclaim", HELPER_EVICTS,
     .about = "a pinned BO is neither evicted nor purged")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_do(&bo, SB_HELPER_PIN);
	helper_do(&bo, SB_HELPER_PIN);
	check_stays(&bo);
	helper_do(&bo, SB_HELPER_UNPIN);
	check_stays(&bo);
	helper_verify(&bo, SB_HELPER_DEVICE, 1);
	helper_do(&bo, SB_HELPER_UNPIN);
	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_verify_content(&bo, 1);
}

TEST(brings_back, .name = "helper/pin-brings-back", HELPER_EVICTS,
     .about = "a pin brings an evicted BO back, pages and SG table")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_do(&bo, SB_HELPER_PIN);
	CHECK_STATE(&bo, .flags = HELPER_HAS_PAGES, .pins = 1, .uses = 2,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_check_list(fd, SB_HELPER_LRU_PINNED, 1, PAGES);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 0, 0);
	helper_verify_content(&bo, 1);
	helper_do(&bo, SB_HELPER_UNPIN);
	CHECK_EVICTABLE(&bo);
}

/* Kernel mappings that there are of BOs, by the function that made them. */
static unsigned int kernel_mappings(void)
{
	char *areas = file_read("/proc/vmallocinfo"), *at = areas;
	unsigned int count = 0;

	while ((at = strstr(at, "drm_gem_shmem_vmap"))) {
		count++;
		at++;
	}
	free(areas);
	return count;
}

TEST(vmap, .name = "helper/vmap-nests", HELPER,
     .about = "kernel mappings of a BO are one, until the last goes")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));
	char byte = 0;

	CHECK_EQ(helper_try_access(&bo, 0, 0, &byte, 1), ENXIO);
	for (uint32_t vmaps = 1; vmaps <= 3; vmaps++) {
		helper_do(&bo, SB_HELPER_VMAP);
		CHECK_EQ(helper_state(&bo).flags,
			 SB_HELPER_PAGES | SB_HELPER_VADDR);
		CHECK_EQ(helper_state(&bo).vmaps, vmaps);
		CHECK_EQ(helper_state(&bo).uses, 1);
		CHECK_EQ(kernel_mappings(), 1);
	}
	helper_fill(&bo, 0, 1);
	helper_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	helper_bo_unmap(&bo);
	for (uint32_t vmaps = 3; --vmaps;) {
		helper_do(&bo, SB_HELPER_VUNMAP);
		CHECK_EQ(helper_state(&bo).vmaps, vmaps);
		helper_verify(&bo, 0, 1);
	}
	helper_do(&bo, SB_HELPER_VUNMAP);
	CHECK_STATE(&bo, 0);
	CHECK_EQ(kernel_mappings(), 0);
	helper_forget_unused(&bo, "the device never has the BO");
	CHECK_EQ(helper_try_access(&bo, 0, 0, &byte, 1), ENXIO);
}

TEST(vmap_pins, .name = "helper/vmap-pins", HELPER_EVICTS,
     .about = "all kernel mappings of a BO together are one pin")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	for (uint32_t vmaps = 1; vmaps <= 3; vmaps++) {
		helper_do(&bo, SB_HELPER_VMAP);
		CHECK_STATE(&bo, .flags = HELPER_IN_USE | SB_HELPER_VADDR,
			    .uses = 2, .pins = 1, .vmaps = vmaps,
			    .lru = SB_HELPER_LRU_PINNED);
	}
	check_stays(&bo);
	helper_do(&bo, SB_HELPER_PIN);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE | SB_HELPER_VADDR, .uses = 2,
		    .pins = 2, .vmaps = 3, .lru = SB_HELPER_LRU_PINNED);
	for (int i = 0; i < 3; i++)
		helper_do(&bo, SB_HELPER_VUNMAP);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 2, .pins = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	check_stays(&bo);
	helper_do(&bo, SB_HELPER_UNPIN);
	CHECK_EVICTABLE(&bo);
	helper_scan(fd, 1);
	CHECK_EVICTED(&bo);
	helper_do(&bo, SB_HELPER_VMAP);
	CHECK_STATE(&bo, .flags = HELPER_HAS_PAGES | SB_HELPER_VADDR, .uses = 2,
		    .pins = 1, .vmaps = 1, .lru = SB_HELPER_LRU_PINNED);
	helper_verify(&bo, 0, 1);
	helper_do(&bo, SB_HELPER_VUNMAP);
}

TEST(refused, .name = "helper/pin-fails", HELPER,
     .about = "a pin, kernel mapping or use that gets no pages leaves nothing "
	      "behind, and works when there are some")
{
	static const enum sb_helper_op ops[] = {SB_HELPER_PIN, SB_HELPER_VMAP,
						SB_HELPER_ATTACH};
	static const enum sb_helper_op undo[] = {
		SB_HELPER_UNPIN, SB_HELPER_VUNMAP, SB_HELPER_DETACH};
	HELPER_DEVICE(fd, 0);

	for (unsigned int i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		struct helper_bo bo = helper_bo(fd, PAGES, 0);

		helper_do_arg(&bo, SB_HELPER_FAIL, SB_HELPER_FAIL_PAGES);
		for (int again = 0; again < 3; again++) {
			CHECK_EQ(helper_try(&bo, ops[i], 0), EINVAL);
			CHECK_STATE(&bo, 0);
		}
		helper_do_arg(&bo, SB_HELPER_FAIL, 0);
		helper_do(&bo, ops[i]);
		helper_do(&bo, undo[i]);
		helper_bo_close(&bo);
		CHECK_EQ(helper_info(fd).bos, 0);
	}
}

/* Misuse by a driver is reported, and the kernel continues. */
#define MISUSE HELPER, .expect = "drm_gem_shmem|drmm_gem_shmem|refcount"

TEST(unbalanced_unpin, .name = "helper/unpin-too-often", MISUSE,
     .about = "an unpin without a pin is reported")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_UNPIN);
	CHECK(!(helper_state(&bo).flags & SB_HELPER_PAGES));
}

TEST(unbalanced_put, .name = "helper/put-pages-too-often", MISUSE,
     .about = "giving back pages without a reference is reported")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_PUT_PAGES);
	CHECK(!(helper_state(&bo).flags & SB_HELPER_PAGES));
}

TEST(unbalanced_vunmap, .name = "helper/vunmap-too-often", MISUSE,
     .about = "removing a kernel mapping that does not exist is reported")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_VUNMAP);
	CHECK(!(helper_state(&bo).flags & SB_HELPER_PAGES));
}

TEST(free_pinned, .name = "helper/free-pinned", MISUSE,
     .needs = "shmem-pin-count",
     .about = "freeing a BO that is still pinned is reported")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_PIN);
}

TEST(free_vmapped, .name = "helper/free-vmapped", MISUSE,
     .about = "freeing a BO that the kernel still has mapped is reported")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_do(&bo, SB_HELPER_VMAP);
}

TEST(init_again, .name = "helper/init-again", MISUSE, .needs = "shmem-shrinker",
     .about = "a device that has a shrinker does not get another, and this is "
	      "reported")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));

	CHECK_EQ(helper_try(&bo, SB_HELPER_INIT_AGAIN, 0), EBUSY);
	CHECK_EQ(helper_count(fd), PAGES);
}

/* (The DMA layer warns once per boot.) */
TEST(no_dma, .name = "helper/no-dma", HELPER, .expect = "dma_direct_map",
     .alone = true,
     .about = "a BO whose pages the device cannot address is not mapped for "
	      "it, and "
	      "can be once it can")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));

	helper_fail(fd, SB_HELPER_FAIL_DMA);
	CHECK_EQ(helper_try(&bo, SB_HELPER_ATTACH, 0), EIO);
	CHECK_STATE(&bo, .lru = SB_HELPER_LRU_NONE);
	helper_fail(fd, 0);
	helper_do(&bo, SB_HELPER_ATTACH);
	helper_fill(&bo, SB_HELPER_DEVICE, 1);
	helper_verify_content(&bo, 1);
}

static void pin_late(void *arg)
{
	helper_do((const struct helper_bo *)arg, SB_HELPER_PIN_LATE);
}

struct unmapper {
	struct helper_bo *bo;
	int go[2];
};

static void unmap(void *arg)
{
	struct unmapper *unmapper = arg;
	char byte;

	CHECK_EQ(read(unmapper->go[0], &byte, 1), 1);
	helper_bo_unmap(unmapper->bo);
}

TEST(last_unmap, .name = "helper/unmap-then-pin", HELPER,
     .about = "the last munmap() waits for the lock, and whoever has it pins "
	      "the BO: its pages stay")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));
	struct unmapper unmapper = {.bo = &bo};
	struct thread *locker;
	pid_t pid;

	CHECK_SYS(pipe(unmapper.go));
	helper_bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	/* The child has a copy of the mapping. */
	pid = child_start(unmap, &unmapper);
	helper_bo_unmap(&bo);
	helper_do_arg(&bo, SB_HELPER_EVICT_SET, SB_HELPER_HOLD);
	locker = thread_start("locker", pin_late, &bo);
	WAIT_UNTIL(helper_info(fd).evicting);
	CHECK_EQ(write(unmapper.go[1], "", 1), 1);
	WAIT_UNTIL(process_state(pid) == 'D');
	helper_go(fd, bo.id);
	thread_join(locker);
	child_wait(pid);
	CHECK_STATE(&bo, .flags = SB_HELPER_PAGES, .pins = 1, .uses = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_do_arg(&bo, SB_HELPER_EVICT_SET, 0);
	helper_do(&bo, SB_HELPER_VMAP);
	helper_verify(&bo, 0, 1);
	helper_do(&bo, SB_HELPER_VUNMAP);
	helper_do(&bo, SB_HELPER_UNPIN);
	CHECK_STATE(&bo, .lru = SB_HELPER_LRU_NONE);
	CHECK_SYS(close(unmapper.go[0]));
	CHECK_SYS(close(unmapper.go[1]));
}
