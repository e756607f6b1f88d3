// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Races of the helpers, built with hold points: page faults, mappings, exports and the end
 * of a BO against the shrinker, and against each other. Processes that fault are children,
 * because threads would wait for each other's memory map.
 */
#include <string.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/hold.h"
#include "lib/process.h"
#include "lib/thread.h"

#define PAGES 4
#define ALL 1000

#define HELPER_HOLDS HELPER, .needs = "race shmem-shrinker", .swap_mib = 16

static void read_all(void *arg)
{
	const struct helper_bo *bo = arg;

	stamp_verify(bo->map, bo->size, 1, 1);
}

static void read_bus_error(void *arg)
{
	const struct helper_bo *bo = arg;

	mem_all_bus_errors(bo->map, bo->size);
}

static void scan_all(void *arg)
{
	helper_scan(((struct helper_bo *)arg)->fd, ALL);
}

static void close_bo(void *arg)
{
	const struct helper_bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

/* Hold a page fault of a child at @point, and scan meanwhile. */
static void fault_and_scan(int fd, const char *point, bool evicted,
			   unsigned int evictions)
{
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	FD(hold, hold_at("%s", point));
	pid_t pid;

	test_note("%s, %s", point, evicted ? "evicted" : "resident");
	helper_bo_map(&bo);
	if (evicted)
		helper_do(&bo, SB_HELPER_EVICT);
	pid = child_start(read_all, &bo);
	hold_wait(hold);
	helper_scan(fd, ALL);
	mem_drop_caches();
	hold_release(hold);
	child_wait(pid);
	CHECK_EQ(helper_state(&bo).evict_calls, evicted + evictions);
	helper_check_legal(&bo);
	helper_verify_content(&bo, 1);
}

TEST(fault_scan, .name = "helper/hold-fault-scan", HELPER_HOLDS,
     .about = "a page fault finds the content, if there is a scan before it "
	      "has the lock, or "
	      "while it has it; then the BO is passed over")
{
	HELPER_DEVICE(fd, 0);

	fault_and_scan(fd, "drm_gem_shmem_fault", false, 1);
	fault_and_scan(fd, "drm_gem_shmem_fault", true, 0);
	fault_and_scan(fd, "drm_gem_shmem_fault_swapin+exit", false, 0);
	fault_and_scan(fd, "drm_gem_shmem_fault_swapin+exit", true, 0);
}

TEST(scan_fault, .name = "helper/hold-scan-fault", HELPER_HOLDS,
     .about = "a page fault waits for the scan that evicts its BO, and then "
	      "finds the content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	FD(hold, hold_at("drm_gem_shmem_release_sgt"));
	struct thread *scanner;
	pid_t pid;

	helper_bo_map(&bo);
	scanner = thread_start("scanner", scan_all, &bo);
	hold_wait(hold);
	pid = child_start(read_all, &bo);
	WAIT_UNTIL(process_state(pid) == 'D');
	CHECK(!thread_done(scanner));
	hold_release(hold);
	thread_join(scanner);
	child_wait(pid);
	CHECK_EQ(helper_state(&bo).evict_calls, 1);
	helper_verify_content(&bo, 1);
}

TEST(fault_purge, .name = "helper/hold-fault-purge", HELPER_HOLDS,
     .about = "a page fault that is overtaken by a purge raises SIGBUS")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	FD(hold, hold_at("drm_gem_shmem_fault"));
	pid_t pid;

	helper_bo_map(&bo);
	CHECK(helper_madvise(&bo, 1));
	pid = child_start(read_bus_error, &bo);
	hold_wait(hold);
	helper_scan(fd, ALL);
	CHECK_EQ(helper_state(&bo).madv, -1);
	hold_release(hold);
	child_wait(pid);
	helper_verify_purged(&bo);
}

TEST(purge_fault, .name = "helper/hold-purge-fault", HELPER_HOLDS,
     .about = "a page fault waits for the scan that purges its BO, and then "
	      "raises SIGBUS")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	FD(hold, hold_at("drm_gem_shmem_purge_locked task scanner"));
	struct thread *scanner;
	pid_t pid;

	helper_bo_map(&bo);
	CHECK(helper_madvise(&bo, 1));
	scanner = thread_start("scanner", scan_all, &bo);
	hold_wait(hold);
	pid = child_start(read_bus_error, &bo);
	WAIT_UNTIL(process_state(pid) == 'D');
	hold_release(hold);
	thread_join(scanner);
	child_wait(pid);
	helper_verify_purged(&bo);
}

TEST(fault_advice, .name = "helper/hold-fault-advice", HELPER_HOLDS,
     .about = "a BO is given up while a page fault has its lock: the advice "
	      "waits, the fault "
	      "finds the content, and a scan purges the BO afterwards")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	FD(hold, hold_at("drm_gem_shmem_fault_swapin+exit"));
	struct sb_helper_state state;
	pid_t fault, advice;

	helper_bo_map(&bo);
	fault = child_start(read_all, &bo);
	hold_wait(hold);
	advice = fork();
	if (!advice)
		_exit(helper_madvise(&bo, 1) ? TEST_PASS : TEST_FAIL);
	WAIT_UNTIL(strchr("SD", process_state(advice)));
	helper_scan(fd, ALL);
	hold_release(hold);
	child_wait(fault);
	child_wait(advice);
	state = helper_state(&bo);
	CHECK_EQ(state.madv, 1);
	CHECK_EQ(state.evict_calls, 0);
	helper_scan(fd, ALL);
	helper_verify_purged(&bo);
}

TEST(fault_unmap, .name = "helper/hold-fault-unmap", HELPER_HOLDS,
     .about = "a page fault finds the content although the other mapping and "
	      "the handle go "
	      "meanwhile; the BO goes with its own mapping")
{
	static const char *const points[] = {"drm_gem_shmem_fault",
					     "drm_gem_shmem_fault_swapin+exit"};
	HELPER_DEVICE(fd, 0);

	for (int i = 0; i < 2; i++) {
		struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);
		FD(hold, hold_at("%s", points[i]));
		pid_t pid;

		helper_bo_map(&bo);
		pid = child_start(read_all, &bo);
		hold_wait(hold);
		helper_bo_close(&bo);
		helper_scan(fd, ALL);
		hold_release(hold);
		child_wait(pid);
		WAIT_UNTIL(!helper_info(fd).bos);
	}
}

/**
 * struct remap - for the child that maps a BO anew
 * @bo: the BO, not mapped
 * @go: it waits until something can be read here
 */
struct remap {
	struct helper_bo bo;
	int go;
};

static void map_anew(void *arg)
{
	struct remap *remap = arg;
	struct helper_bo bo = remap->bo;
	char byte;

	CHECK_EQ(read(remap->go, &byte, 1), 1);
	helper_bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	helper_bo_unmap(&bo);
}

static void unmap(void *arg)
{
	helper_bo_unmap(arg);
}

TEST(unmap_map, .name = "helper/hold-unmap-map", HELPER_HOLDS,
     .about = "a new mapping waits until the last one has given its pages "
	      "back, and gets the "
	      "content")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo(fd, PAGES, 0));
	FD(hold, hold_at("drm_gem_put_pages task unmapper"));
	struct thread *unmapper;
	int pipes[2];
	pid_t pid;

	/* Not forked later: fork() would wait for the memory map of the unmapper. */
	CHECK_SYS(pipe(pipes));
	pid = child_start(map_anew, &(struct remap){bo, pipes[0]});
	helper_bo_map(&bo);
	stamp_fill(bo.map, bo.size, 1, 1);
	/* Its only mapping, so that the first munmap() puts the last reference. */
	unmapper = thread_start("unmapper", unmap, &bo);
	hold_wait(hold);
	CHECK_EQ(write(pipes[1], "", 1), 1);
	WAIT_UNTIL(process_state(pid) == 'D');
	hold_release(hold);
	thread_join(unmapper);
	child_wait(pid);
	CHECK_STATE(&bo, 0);
}

TEST(free_scan, .name = "helper/hold-free-scan", HELPER_HOLDS,
     .about = "a scan passes over a BO that is being freed")
{
	HELPER_DEVICE(fd, 0);
	struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);
	HELPER_BO(other, helper_bo_used(fd, PAGES, 0, 2));
	HOLD(hold, "drm_gem_shmem_free task closer");
	struct thread *closer = thread_start("closer", close_bo, &bo);

	hold_wait(hold);
	helper_scan(fd, ALL);
	CHECK_EVICTED(&other);
	CHECK(!thread_done(closer));
	hold_release(hold);
	thread_join(closer);
	WAIT_UNTIL(helper_info(fd).bos == 1);
	helper_check_list(fd, SB_HELPER_LRU_EVICTABLE, 0, 0);
	helper_check_list(fd, SB_HELPER_LRU_EVICTED, 1, PAGES);
}

TEST(scan_free, .name = "helper/hold-scan-free", HELPER_HOLDS,
     .about = "a BO whose handle is closed while a scan looks at it is freed "
	      "after that, once")
{
	static const char *const points[] = {
		"drm_gem_shmem_shrinker_evict", "drm_gem_shmem_evict_locked",
		"drm_gem_shmem_shrinker_evict+exit"};
	HELPER_DEVICE(fd, 0);

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		struct helper_bo bo = helper_bo_used(fd, PAGES, 0, 1);
		HOLD(hold, "%s task scanner", points[i]);
		struct thread *scanner = thread_start("scanner", scan_all, &bo);

		test_note("%s", points[i]);
		hold_wait(hold);
		close_bo(&bo);
		CHECK_EQ(helper_info(fd).bos, 1);
		hold_release(hold);
		thread_join(scanner);
		WAIT_UNTIL(!helper_info(fd).bos);
		for (int lru = SB_HELPER_LRU_EVICTABLE;
		     lru <= SB_HELPER_LRU_EVICTED; lru++)
			helper_check_list(fd, lru, 0, 0);
	}
}

/**
 * struct share - what a thread exports or imports
 * @bo: the BO
 * @dmabuf: of the BO
 * @handle: imported
 */
struct share {
	struct helper_bo bo;
	int dmabuf;
	uint32_t handle;
};

static void export(void *arg)
{
	struct share *share = arg;

	share->dmabuf = drm_export(share->bo.fd, share->bo.handle);
}

static void import(void *arg)
{
	struct share *share = arg;

	share->handle = drm_import(share->bo.fd, share->dmabuf);
}

static void verify_handle(int fd, uint32_t handle)
{
	struct helper_bo bo = {
		.fd = fd, .handle = handle, .size = PAGES * PAGE};

	helper_verify_content(&bo, 1);
	drm_gem_close(fd, handle);
}

TEST(export_close, .name = "helper/hold-export-close", HELPER_HOLDS,
     .about = "a handle is closed while its BO is exported: the dma-buf has "
	      "the content")
{
	static const char *const points[] = {"drm_gem_shmem_object_export",
					     "drm_gem_shmem_object_export+exit",
					     "drm_gem_prime_export+exit"};
	HELPER_DEVICE(fd, 0);

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		struct share share = {.bo = helper_bo_used(fd, PAGES, 0, 1)};
		HOLD(hold, "%s task exporter", points[i]);
		struct thread *exporter =
			thread_start("exporter", export, &share);
		struct thread *closer;

		test_note("%s", points[i]);
		hold_wait(hold);
		closer = thread_start("closer", close_bo, &share.bo);
		/* It may have to wait for the lock of the file's handles. */
		thread_sleeps(closer);
		helper_scan(fd, ALL);
		hold_release(hold);
		thread_join(exporter);
		thread_join(closer);
		verify_handle(fd, drm_import(fd, share.dmabuf));
		CHECK_SYS(close(share.dmabuf));
		WAIT_UNTIL(!helper_info(fd).bos);
	}
}

TEST(import_close, .name = "helper/hold-import-close", HELPER_HOLDS,
     .about = "the handle of a BO is closed while its dma-buf is imported into "
	      "the same file: "
	      "the imported handle has the content, or was the one that was "
	      "closed")
{
	static const char *const points[] = {"drm_gem_prime_fd_to_handle",
					     "drm_gem_prime_fd_to_handle+exit"};
	HELPER_DEVICE(fd, 0);

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		struct share share = {.bo = helper_bo_used(fd, PAGES, 0, 1)};
		struct thread *importer, *closer;

		share.dmabuf = drm_export(fd, share.bo.handle);
		{
			HOLD(hold, "%s task importer", points[i]);

			test_note("%s", points[i]);
			importer = thread_start("importer", import, &share);
			hold_wait(hold);
			closer = thread_start("closer", close_bo, &share.bo);
			thread_join(closer);
			hold_release(hold);
			thread_join(importer);
		}
		/* Imported before it was closed, it is the same handle, which is gone. */
		if (i == 0)
			verify_handle(fd, share.handle);
		else
			CHECK_EQ(share.handle, share.bo.handle);
		CHECK_SYS(close(share.dmabuf));
		WAIT_UNTIL(!helper_info(fd).bos);
	}
}

static void attach(void *arg)
{
	helper_do((struct helper_bo *)arg, SB_HELPER_ATTACH);
}

static void pin(void *arg)
{
	helper_do((struct helper_bo *)arg, SB_HELPER_PIN);
}

TEST(swapin_pin, .name = "helper/hold-swapin-pin", HELPER_HOLDS,
     .about = "a thread brings a BO back and another one of the same file pins "
	      "it: one waits "
	      "for the other, and the pages come once")
{
	HELPER_DEVICE(fd, 0);
	HELPER_BO(bo, helper_bo_used(fd, PAGES, 0, 1));
	HOLD(hold, "drm_gem_shmem_swapin_locked task attacher");
	struct thread *attacher, *pinner;

	helper_do(&bo, SB_HELPER_EVICT);
	attacher = thread_start("attacher", attach, &bo);
	hold_wait(hold);
	pinner = thread_start("pinner", pin, &bo);
	CHECK(thread_sleeps(pinner));
	helper_scan(fd, ALL);
	hold_release(hold);
	thread_join(attacher);
	thread_join(pinner);
	CHECK_STATE(&bo, .flags = HELPER_IN_USE, .uses = 2, .pins = 1,
		    .lru = SB_HELPER_LRU_PINNED);
	helper_do(&bo, SB_HELPER_UNPIN);
	helper_verify_content(&bo, 1);
}
