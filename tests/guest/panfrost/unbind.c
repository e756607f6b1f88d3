// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver is unbound while BOs of it exist. Files that are still open are a
 * problem of their own, and a device that is bound again neither suspends nor gets
 * page faults (tests/KERNEL-BUGS.md, 16 to 18). So each test has its own guest.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/bind.h"
#include "lib/caps.h"
#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/panfrost-chain.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"
#include "lib/platform.h"

#define SIZE (16 * PAGE)

/* Call all shrinkers that exist while the driver is unbound. */
static void reclaim(void)
{
	if (shrinker_exists(shrink_name()))
		shrink_scan(100000);
	mem_drop_caches();
}

/*
 * A completed job keeps its BOs until it is freed, for which an unbind does not
 * wait. So wait until at most @shmem bytes of shared memory are used.
 */
static void wait_freed(size_t shmem)
{
	WAIT_UNTIL(mem_info("Shmem") <= shmem);
}

/* The driver, bound again, has only its own BOs, and works. */
static void check_works(void)
{
	size_t shmem = mem_info("Shmem");
	int fd = pan_open();
	struct pan_bo bo, out;
	struct chain chain;

	shrink_settle();
	bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	out = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	chain = chain_new(fd);
	stamp_fill(bo.map, SIZE, 9, 1);
	chain_use(&chain, &bo);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, bo.va, SIZE);
	chain_run(&chain);
	stamp_verify(out.map, SIZE, 9, 1);
	CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	CHECK_EQ(shrink_count(), shrink_pages(16 + CHAIN_PAGES, 16));
	shrink_all(16 + CHAIN_PAGES);
	CHECK(!pan_madvise(&bo, PANFROST_MADV_WILLNEED));
	/* A mapping would keep the file open. */
	pan_bo_unmap(&bo);
	pan_bo_unmap(&out);
	pan_bo_unmap(&chain.bo);
	close(fd);
	wait_freed(shmem);
}

TEST(unbind_states, .name = "panfrost/unbind-states",
     .about = "the driver can be unbound after files with purged BOs, BOs that "
	      "are not needed, and heaps, and bound again",
     .last = true)
{
	size_t shmem = mem_info("Shmem");

	for (int round = 0; round < 3; round++) {
		int fd = pan_open();
		struct pan_bo purged, not_needed, needed, heap;
		struct chain chain;

		shrink_settle();
		purged = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
		stamp_fill(purged.map, SIZE, 1, 1);
		CHECK(pan_madvise(&purged, PANFROST_MADV_DONTNEED));
		shrink_all(0);
		not_needed = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
		stamp_fill(not_needed.map, SIZE, 2, 1);
		CHECK(pan_madvise(&not_needed, PANFROST_MADV_DONTNEED));
		needed = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
		heap = pan_bo(fd, 4 * MIB,
			      PANFROST_BO_HEAP | PANFROST_BO_NOEXEC);
		chain = chain_new(fd);
		chain_use(&chain, &needed);
		chain_use(&chain, &heap);
		chain_write(&chain, needed.va, WRITE_IMMEDIATE_32, 1);
		if (!round)
			chain_write(&chain, heap.va, WRITE_IMMEDIATE_32, 1);
		chain_run(&chain);
		if (!round)
			WAIT_UNTIL(device_is_suspended());
		pan_bo_unmap(&purged);
		pan_bo_unmap(&not_needed);
		pan_bo_unmap(&needed);
		pan_bo_unmap(&chain.bo);
		close(fd);
		shrink_settle();
		wait_freed(shmem);
		device_bind(false);
		reclaim();
		device_bind(true);
		check_works();
	}
}

TEST(suspends, .name = "panfrost/unbind-suspends",
     .needs = "panfrost-remove-suspends", .last = true,
     .about = "a device that is bound again goes to sleep when it is idle")
{
	for (int round = 0; round < 2; round++) {
		WAIT_UNTIL(device_is_suspended());
		device_bind(false);
		device_bind(true);
		check_works();
	}
	WAIT_UNTIL(device_is_suspended());
}

/*
 * @not_needed: mark the BO as not needed before its export, so that it may be
 * purged once no handle is left. To free the BO of a dma-buf, plain 6.12 uses data
 * of the driver that was freed.
 */
static void unbind_exported(bool not_needed, bool attached)
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	int fd = pan_open(), dmabuf;
	struct pan_bo bo;
	uint32_t handle = 0;
	char *map;

	shrink_settle();
	bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	stamp_fill(bo.map, SIZE, 1, 1);
	pan_bo_unmap(&bo);
	if (not_needed)
		CHECK(pan_madvise(&bo, PANFROST_MADV_DONTNEED));
	dmabuf = drm_export(fd, bo.handle);
	map = dmabuf_mmap(dmabuf);
	if (attached)
		handle = drm_import(vgem, dmabuf);
	close(fd);
	device_bind(false);
	reclaim();
	if (!not_needed || attached)
		stamp_verify(map, SIZE, 1, 1);
	else if (!mem_bus_error(map, false))
		stamp_verify(map, SIZE, 1, 1);
	device_bind(true);
	reclaim();
	if (attached) {
		stamp_verify(map, SIZE, 1, 1);
		drm_gem_close(vgem, handle);
	}
	CHECK_SYS(munmap(map, SIZE));
	close(dmabuf);
	close(vgem);
	check_works();
}

TEST(exported, .name = "panfrost/unbind-exported",
     .about = "a dma-buf keeps its content when the driver of its exporter "
	      "goes, and frees it afterwards",
     .needs = "panfrost-shrinker", .last = true)
{
	unbind_exported(false, false);
}

TEST(exported_attached, .name = "panfrost/unbind-attached",
     .about = "a dma-buf that another device has attached keeps its content "
	      "when its driver goes",
     .needs = "panfrost-shrinker", .last = true)
{
	unbind_exported(false, true);
	unbind_exported(true, true);
}

TEST(exported_not_needed, .name = "panfrost/unbind-not-needed",
     .about = "a dma-buf that was not needed has its content or gives SIGBUS",
     .needs = "panfrost-shrinker", .last = true)
{
	unbind_exported(true, false);
}

TEST(unbind_running, .name = "panfrost/unbind-running",
     .about = "the driver can be unbound while the GPU runs a chain of a file "
	      "that is closed",
     .hidden = true, .last = true, .virtual_time = true)
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo(fd, SIZE, PANFROST_BO_NOEXEC);
	struct chain chain = chain_null(fd);

	chain_use(&chain, &bo);
	device_write("faults", "hold panfrost JOB");
	chain_submit(&chain);
	WAIT_UNTIL(device_job_in_slot(1));
	pan_bo_unmap(&chain.bo);
	close(fd);
	device_bind(false);
	reclaim();
	device_write("faults", "release panfrost JOB");
	device_bind(true);
	check_works();
}

TEST(unbind_open, .name = "panfrost/unbind-open",
     .about = "the driver can be unbound while a file is open, with BOs that "
	      "are not needed, purged and mapped",
     .hidden = true, .last = true)
{
	int fd = pan_open();
	struct pan_bo not_needed, purged, needed;

	shrink_settle();
	purged = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	CHECK(pan_madvise(&purged, PANFROST_MADV_DONTNEED));
	shrink_all(0);
	not_needed = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	needed = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);
	stamp_fill(not_needed.map, SIZE, 1, 1);
	stamp_fill(needed.map, SIZE, 2, 1);
	CHECK(pan_madvise(&not_needed, PANFROST_MADV_DONTNEED));
	device_bind(false);
	test_note("unbound");
	reclaim();
	test_note("reclaimed");
	stamp_verify(needed.map, SIZE, 2, 1);
	CHECK(mem_bus_error(purged.map, false));
	pan_bo_unmap(&purged);
	pan_bo_unmap(&needed);
	pan_bo_unmap(&not_needed);
	close(fd);
	device_bind(true);
	check_works();
}

static void makes_bo(void)
{
	int fd = pan_open();
	struct pan_bo bo = pan_bo_mapped(fd, SIZE, PANFROST_BO_NOEXEC);

	stamp_fill(bo.map, SIZE, 3, 1);
	pan_bo_unmap(&bo);
	CHECK_SYS(close(fd));
}

TEST(leaves_nothing, .name = "panfrost/unbind-leaves-nothing", BIND_AGAIN,
     .last = true)
{
	bind_again(&(struct bind){PLATFORM_DRIVER("panfrost"), device_name(),
				  makes_bo, NULL});
}

TEST(alloc_fails, .name = "panfrost/fail-nth-bind", .needs = BIND_NEEDS,
     .seconds = BIND_SECONDS, .alone = true, .last = true,
     .about = "a driver that has no memory to bind leaves nothing, and binds "
	      "when there is some")
{
	const struct bind_step steps[] = {
		{"drm_dev_alloc", "drm_sysfs_minor_alloc", false},
		/* In 7.3 instead */
		{"__devm_drm_dev_alloc", "drm_sysfs_minor_alloc", false},
		{"panfrost_device_init", NULL, false},
		{"drm_dev_register", NULL, false},
		/* Only the series has it. */
		{caps_has("panfrost-shrinker") ? "drmm_gem_shmem_init" : NULL,
		 NULL, true},
		{NULL, NULL, false},
	};
	bind_each(&(struct bind){PLATFORM_DRIVER("panfrost"), device_name(),
				 makes_bo, steps});
	check_works();
}
