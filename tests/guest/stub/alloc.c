// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocations that fail: the first of a call, then the second, and so on, until
 * it gets through. After each failure the BO must be in one of the five states,
 * and the same call must succeed with memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stub.h"

#define PAGES 20
/* No call needs as many allocations. */
#define MANY 500

#define FAIL_NTH "/proc/thread-self/fail-nth"

/* Open all the time: to open it takes memory. */
static int nth = -1;

/* What GFP_KERNEL asks for may fail, too, and nothing is said of it. */
static void setup(void)
{
	static const char *const off[] = {
		"/sys/kernel/debug/failslab/ignore-gfp-wait",
		"/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait",
		"/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem",
	};
	static const char *const zero[] = {
		"/sys/kernel/debug/failslab/verbose",
		"/sys/kernel/debug/fail_page_alloc/verbose",
		"/sys/kernel/debug/fail_page_alloc/min-order",
	};

	for (unsigned int i = 0; i < sizeof(off) / sizeof(*off); i++)
		file_write(off[i], "N");
	for (unsigned int i = 0; i < sizeof(zero) / sizeof(*zero); i++)
		file_write(zero[i], "0");
	nth = CHECK_SYS(open(FAIL_NTH, O_RDWR | O_CLOEXEC));
}

static void fail_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	CHECK_EQ(pwrite(nth, text, len, 0), len);
}

/* Has there been a failure since fail_nth()? There will be none now. */
static bool failed(void)
{
	char text[16] = "";

	CHECK_CMP(pread(nth, text, sizeof(text) - 1, 0), >, 0);
	if (!strtoul(text, NULL, 10))
		return true;
	fail_nth(0);
	return false;
}

/**
 * struct call - a call whose allocations fail
 * @name: for messages
 * @prepare: what the BO has been through before
 * @call: 0 or an errno
 * @undo: back to how it was, as far as it takes
 */
struct call {
	const char *name;
	void (*prepare)(struct stub_bo *bo);
	int (*call)(struct stub_bo *bo);
	void (*undo)(struct stub_bo *bo);
};

static void fresh(struct stub_bo *bo)
{
	*bo = stub_bo(bo->fd, PAGES, 0);
}

static void used(struct stub_bo *bo)
{
	*bo = stub_bo_used(bo->fd, PAGES, 0, 1);
}

static void evicted(struct stub_bo *bo)
{
	used(bo);
	stub_do(bo, SB_STUB_EVICT);
}

static void nothing(struct stub_bo *bo)
{
	(void)bo;
}

static int attach(struct stub_bo *bo)
{
	return stub_try(bo, SB_STUB_ATTACH, 0);
}

static int swapin(struct stub_bo *bo)
{
	return stub_try(bo, SB_STUB_SWAPIN, 0);
}

static int pin(struct stub_bo *bo)
{
	return stub_try(bo, SB_STUB_PIN, 0);
}

static void unpin(struct stub_bo *bo)
{
	stub_do(bo, SB_STUB_UNPIN);
}

static int vmap(struct stub_bo *bo)
{
	return stub_try(bo, SB_STUB_VMAP, 0);
}

static void vunmap(struct stub_bo *bo)
{
	stub_do(bo, SB_STUB_VUNMAP);
}

static int map(struct stub_bo *bo)
{
	void *at = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			bo->fd, bo->offset);

	if (at == MAP_FAILED)
		return errno;
	bo->map = at;
	return 0;
}

static void unmap(struct stub_bo *bo)
{
	stub_bo_unmap(bo);
}

static int busy(struct stub_bo *bo)
{
	return stub_try(bo, SB_STUB_BUSY, 3);
}

static void idle(struct stub_bo *bo)
{
	stub_do(bo, SB_STUB_IDLE);
}

static int evict(struct stub_bo *bo)
{
	return stub_try(bo, SB_STUB_EVICT, 0);
}

static int advise(struct stub_bo *bo)
{
	struct sb_stub_madvise arg = {.handle = bo->handle};

	return drm_ioctl(bo->fd, DRM_IOCTL_SB_STUB_MADVISE, &arg) ? errno : 0;
}

static int export(struct stub_bo *bo)
{
	struct drm_prime_handle arg = {
		.handle = bo->handle,
		.flags = DRM_RDWR | DRM_CLOEXEC,
	};

	if (drm_ioctl(bo->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg))
		return errno;
	CHECK_SYS(close(arg.fd));
	return 0;
}

/* By the other device, which must be open for it. */
static int importer;
static int dmabuf;
static uint32_t theirs;

static void exported(struct stub_bo *bo)
{
	used(bo);
	dmabuf = drm_export(bo->fd, bo->handle);
}

static int import(struct stub_bo *bo)
{
	(void)bo;
	return drm_try_import(importer, dmabuf, &theirs);
}

static void unimport(struct stub_bo *bo)
{
	(void)bo;
	drm_gem_close(importer, theirs);
	CHECK_SYS(close(dmabuf));
}

static int create(struct stub_bo *bo)
{
	struct sb_stub_create arg = {.size = PAGES * PAGE};

	if (drm_ioctl(bo->fd, DRM_IOCTL_SB_STUB_CREATE, &arg))
		return errno;
	drm_gem_close(bo->fd, arg.handle);
	return 0;
}

static void each_allocation(const struct call *call)
{
	struct stub_bo bo = {.fd = stub_open(0)};
	unsigned int n, failures = 0;
	bool was_used = call->prepare != fresh;
	uint32_t bos = stub_info(bo.fd).bos;

	importer = stub_open(1);
	call->prepare(&bo);
	for (n = 1; n < MANY; n++) {
		int err;

		fail_nth(n);
		err = call->call(&bo);
		if (!failed()) {
			CHECK_EQ(err, 0);
			break;
		}
		failures++;
		stub_check_legal(&bo);
		stub_check_lists(bo.fd);
		if (err) {
			/* Handles run out of space when there is no memory. */
			if (err != ENOMEM && err != ENOSPC)
				FAIL("%s: allocation %u: %s", call->name, n,
				     strerror(err));
			CHECK_EQ(call->call(&bo), 0);
		}
		stub_check_legal(&bo);
		stub_check_lists(bo.fd);
		call->undo(&bo);
		if (was_used && !stub_state(&bo).pins)
			stub_verify_content(&bo, 1);
		stub_bo_close(&bo);
		CHECK_EQ(stub_info(bo.fd).bos, bos);
		CHECK_EQ(stub_info(importer).bos, 0);
		call->prepare(&bo);
	}
	CHECK_CMP(n, <, MANY);
	test_note("%s: %u allocations", call->name, failures);
	call->undo(&bo);
	stub_bo_close(&bo);
	CHECK_EQ(stub_info(bo.fd).bos, bos);
	CHECK_SYS(close(importer));
	CHECK_SYS(close(bo.fd));
}

TEST(any, .name = "stub/alloc-fails", STUB, .needs = "fail-nth", .alone = true,
     .seconds = 120,
     .about =
	     "whichever allocation of a call fails, the BO is in a legal state "
	     "and the same call succeeds with memory")
{
	static const struct call calls[] = {
		{"create", fresh, create, nothing},
		{"attach", fresh, attach, nothing},
		{"pin", fresh, pin, unpin},
		{"vmap", fresh, vmap, vunmap},
		{"vmap of a used BO", used, vmap, vunmap},
		{"mmap", fresh, map, unmap},
		{"mmap of a used BO", used, map, unmap},
		{"busy", used, busy, idle},
		{"advice", used, advise, nothing},
		{"export", used, export, nothing},
		{"import", exported, import, unimport},
	};

	setup();
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		each_allocation(&calls[i]);
}

TEST(reclaimed, .name = "stub/alloc-fails-evicted", STUB, .swap_mib = 16,
     .needs = "fail-nth shmem-shrinker", .alone = true, .seconds = 120,
     .about = "whichever allocation of a call on an evicted BO fails, it keeps "
	      "its content; eviction itself needs no memory")
{
	static const struct call calls[] = {
		{"swapin", evicted, swapin, nothing},
		{"attach", evicted, attach, nothing},
		{"pin", evicted, pin, unpin},
		{"vmap", evicted, vmap, vunmap},
		{"mmap", evicted, map, unmap},
		{"advice", evicted, advise, nothing},
		{"export", evicted, export, nothing},
	};
	struct stub_bo bo = {.fd = stub_open(0)};

	setup();
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		each_allocation(&calls[i]);
	used(&bo);
	fail_nth(1);
	CHECK_EQ(evict(&bo), 0);
	failed();
	CHECK_EVICTED(&bo);
	stub_bo_close(&bo);
}
