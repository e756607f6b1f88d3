// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-gpu when memory runs out half-way: the Nth allocation of a call fails,
 * for each N until the call gets by without it. What fails must leave the BO in
 * the state it was in or in that it was to be in, unlocked and idle; the next
 * try must succeed, and the content stay.
 */
#include <errno.h>

#include "../inject.h"
#include "reclaim.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/* Opened while there is memory. */
static int scan_fd;

static int use(const struct bo *bo, unsigned long request, void *arg)
{
	return drm_ioctl(bo->fd, request, arg) ? errno : 0;
}

static int try_to_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};

	return use(bo, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg);
}

static int try_from_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_from_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = SIZE, .h = 1, .d = 1},
	};

	return use(bo, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &arg);
}

static int try_exec(const struct bo *bo)
{
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
		.bo_handles = (uintptr_t)&bo->handle,
		.num_bo_handles = 1,
	};

	return use(bo, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg);
}

static int try_madvise(const struct bo *bo)
{
	struct drm_virtgpu_madvise arg = {
		.bo_handle = bo->handle,
		.madv = VIRTGPU_MADV_WILLNEED,
	};

	return use(bo, DRM_IOCTL_VIRTGPU_MADVISE, &arg);
}

static int try_wait(const struct bo *bo)
{
	struct drm_virtgpu_3d_wait arg = {.handle = bo->handle};

	return use(bo, DRM_IOCTL_VIRTGPU_WAIT, &arg);
}

/* A fault that gets no memory is taken again: this is never refused. */
static int try_fault(const struct bo *bo)
{
	bo_fault_in(bo);
	return 0;
}

/* Whatever it can have; a BO that it cannot evict stays. */
static int try_scan(const struct bo *bo)
{
	(void)bo;
	shrinker_scan_fd(scan_fd, 2 * PAGES);
	return 0;
}

/**
 * struct call - a call that allocates
 * @call: 0 or an errno
 * @evicted: of an evicted BO; else of one with pages
 * @refused: must it be refused for one allocation at least?
 */
struct call {
	int (*call)(const struct bo *bo);
	bool evicted;
	bool refused;
};

/* As the call is to find it. */
static void settle(const struct bo *bo, const struct call *call)
{
	bo_to_host(bo);
	bo_wait(bo);
	CHECK_EQ(gpu_count(), PAGES);
	if (call->evicted)
		gpu_scan_all();
}

static void check_state(const struct bo *bo)
{
	unsigned long count = gpu_count();

	CHECK(count == 0 || count == PAGES);
	CHECK(res_pages(bo->res) == 0 || res_pages(bo->res) == PAGES);
	/* Pages that the host has are the BO's. */
	if (!count)
		CHECK_EQ(res_pages(bo->res), 0);
}

static void fail_each(const struct bo *bo, const struct call *call)
{
	unsigned int refused = 0, n;
	bool hit = true;

	for (n = 1; hit && n < INJECT_MOST; n++) {
		int err;

		settle(bo, call);
		inject_nth(n);
		err = call->call(bo);
		hit = inject_hit();
		if (err) {
			CHECK(hit);
			refused++;
		}
		WAIT_UNTIL(!bo_busy(bo));
		check_state(bo);
		CHECK(bo_willneed(bo));
		CHECK_EQ(call->call(bo), 0);
		bo_verify(bo, 1);
	}
	CHECK(!hit);
	if (call->refused)
		CHECK_CMP(refused, >, 0);
}

static void run(const struct call *call)
{
	struct bo bo;
	int fd;

	inject_begin();
	scan_fd = shrinker_open(drm_shrinker(DRM_VIRTIO));
	fd = gpu_render();
	bo = bo_used(fd, PAGES, 1);
	/*
	 * An execbuffer without memory for its fence takes it that descriptor 0
	 * is the fence's, and gives it back (tests/README.md).
	 */
	close(STDIN_FILENO);
	fail_each(&bo, call);
	bo_close_wait(&bo);
}

#define FAIL_NTH(ident, suffix, ...)                                           \
	TEST(ident, .name = "virtio/fail-nth-" suffix, EVICTS, .seconds = 60,  \
	     .about = "whichever allocation fails, the BO stays usable, with " \
		      "its content, and the next try succeeds")                \
	{                                                                      \
		run(&(struct call){__VA_ARGS__});                              \
	}

FAIL_NTH(to_host, "to-host", try_to_host, false, true)
FAIL_NTH(from_host, "from-host", try_from_host, false, true)
FAIL_NTH(exec, "exec", try_exec, false, true)
FAIL_NTH(advice, "madvise", try_madvise, false, false)
FAIL_NTH(wait, "wait", try_wait, false, false)
FAIL_NTH(scan, "scan", try_scan, false, false)
FAIL_NTH(evicted_to_host, "evicted-to-host", try_to_host, true, true)
FAIL_NTH(evicted_from_host, "evicted-from-host", try_from_host, true, true)
FAIL_NTH(evicted_exec, "evicted-exec", try_exec, true, true)
FAIL_NTH(evicted_fault, "evicted-fault", try_fault, true, false)
FAIL_NTH(evicted_advice, "evicted-madvise", try_madvise, true, false)

static int try_create(int fd, struct bo *bo)
{
	struct drm_virtgpu_resource_create arg = {
		.target = 0, /* PIPE_BUFFER */
		.format = 64, /* R8_UNORM */
		.bind = 1 << 4, /* vertex buffer */
		.width = SIZE,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = SIZE,
	};

	if (drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg))
		return errno;
	*bo = bo_of_handle(fd, arg.bo_handle);
	bo->size = SIZE;
	return 0;
}

static int try_blob(int fd, struct bo *bo)
{
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = SIZE,
	};

	if (drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg))
		return errno;
	*bo = bo_of_handle(fd, arg.bo_handle);
	bo->size = SIZE;
	return 0;
}

static void create_each(int fd, int (*create)(int fd, struct bo *bo))
{
	unsigned int resources = res_count();
	struct sb_exec nop = exec_nop();
	unsigned int refused = 0, n;
	bool hit = true;

	for (n = 1; hit && n < INJECT_MOST; n++) {
		struct bo bo;
		int err;

		inject_nth(n);
		err = create(fd, &bo);
		hit = inject_hit();
		if (err) {
			CHECK(hit);
			refused++;
		} else {
			bo_map(&bo);
			stamp_fill(bo.map, SIZE, n, 1);
			gpu_exec(fd, &nop, 1, (const struct bo *[]){&bo}, 1);
			stamp_verify(bo.map, SIZE, n, 1);
			bo_close(&bo);
		}
		WAIT_UNTIL(res_count() == resources);
		WAIT_UNTIL(!gpu_count());
	}
	CHECK(!hit);
	CHECK_CMP(refused, >, 0);
}

TEST(fail_create, .name = "virtio/fail-nth-create", .needs = "virtio-shrinker",
     .seconds = 120,
     .about = "whichever allocation of a BO's creation fails, nothing is left "
	      "of it")
{
	int fd;

	inject_begin();
	fd = gpu_render();
	create_each(fd, try_create);
	create_each(fd, try_blob);
}
