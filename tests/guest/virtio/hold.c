// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Races of virtio-gpu, built with hold points: two threads on one file, and the shrinker.
 */
#include <errno.h>
#include <string.h>

#include "lib/caps.h"
#include "lib/hold.h"
#include "lib/test.h"
#include "lib/thread.h"
#include "lib/virtio-gpu.h"
#include "lib/virtio-reclaim.h"
#include "lib/violations.h"

#define SIZE (4 * PAGE)
#define ALL 1000

/**
 * struct request - an ioctl that a thread makes
 * @fd: the file
 * @number: of the ioctl
 * @arg: its argument
 * @err: 0 or an errno
 */
struct request {
	int fd;
	unsigned long number;
	void *arg;
	int err;
};

static void make_request(void *arg)
{
	struct request *request = arg;

	request->err = drm_ioctl(request->fd, request->number, request->arg)
			       ? errno
			       : 0;
}

static void close_bo(void *arg)
{
	const struct bo *bo = arg;

	drm_gem_close(bo->fd, bo->handle);
}

/* Numbers of transfers in the list. */
enum { TO_HOST = 2, FROM_HOST = 3 };

/* Every ioctl that takes a handle, with the argument for handle *@handle. */
static unsigned int requests(int fd, const uint32_t *handle,
			     struct request *list)
{
	static struct drm_virtgpu_map map;
	static struct drm_virtgpu_resource_info info;
	static struct drm_virtgpu_3d_transfer_to_host to;
	static struct drm_virtgpu_3d_transfer_from_host from;
	static struct drm_virtgpu_3d_wait wait;
	static struct drm_virtgpu_madvise advice;
	static struct drm_virtgpu_execbuffer exec;
	static struct drm_prime_handle prime;
	static struct sb_exec nop;
	const struct request all[] = {
		{fd, DRM_IOCTL_VIRTGPU_MAP, &map, 0},
		{fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info, 0},
		{fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to, 0},
		{fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from, 0},
		{fd, DRM_IOCTL_VIRTGPU_WAIT, &wait, 0},
		{fd, DRM_IOCTL_VIRTGPU_MADVISE, &advice, 0},
		{fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec, 0},
		{fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime, 0},
	};

	nop = exec_nop();
	map = (struct drm_virtgpu_map){.handle = *handle};
	info = (struct drm_virtgpu_resource_info){.bo_handle = *handle};
	to = (struct drm_virtgpu_3d_transfer_to_host){
		.bo_handle = *handle, .box = {.w = PAGE, .h = 1, .d = 1}};
	from = (struct drm_virtgpu_3d_transfer_from_host){
		.bo_handle = *handle, .box = {.w = PAGE, .h = 1, .d = 1}};
	wait = (struct drm_virtgpu_3d_wait){.handle = *handle};
	advice = (struct drm_virtgpu_madvise){.bo_handle = *handle};
	exec = (struct drm_virtgpu_execbuffer){
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)handle,
		.num_bo_handles = 1,
	};
	prime = (struct drm_prime_handle){.handle = *handle, .fd = -1};
	memcpy(list, all, sizeof(all));
	return sizeof(all) / sizeof(*all);
}

/* Close the handle while request @n is at @point; returns its result. */
static int close_at(unsigned int n, const char *point)
{
	GPU(fd);
	struct bo bo = bo_buffer_unmapped(fd, SIZE);
	HOLD(hold, "%s task caller", point);
	struct request list[16];
	struct thread *caller, *closer;
	uint32_t handle = bo.handle;

	requests(fd, &handle, list);
	caller = thread_start("caller", make_request, &list[n]);
	hold_wait(hold);
	closer = thread_start("closer", close_bo, &bo);
	/* An export has the lock of the handles that are shared. */
	thread_sleeps(closer);
	hold_release(hold);
	thread_join(caller);
	thread_join(closer);
	if (list[n].number == DRM_IOCTL_PRIME_HANDLE_TO_FD && !list[n].err)
		CHECK_SYS(close(((struct drm_prime_handle *)list[n].arg)->fd));
	WAIT_UNTIL(!res_exists(bo.res));
	/* A close overtakes a transfer: a bug of the plain kernel (KERNEL-BUGS.md). */
	if (strstr(point, "+exit") && (n == TO_HOST || n == FROM_HOST) &&
	    violations_take("not attached to the context"))
		test_note("the close has overtaken the transfer");
	return list[n].err;
}

TEST(close_ioctl, .name = "virtio/hold-close-ioctl", .needs = "race",
     .about = "a handle is closed while each ioctl uses it: if it has looked "
	      "the handle up, it "
	      "succeeds, else there is no such handle; then the resource goes")
{
	struct request list[16];
	uint32_t none = 0;
	unsigned int count = requests(-1, &none, list);

	for (unsigned int n = 0; n < count; n++) {
		if (list[n].number == DRM_IOCTL_VIRTGPU_MADVISE &&
		    !caps_has("virtio-madvise"))
			continue;
		test_note("ioctl %#lx", list[n].number);
		CHECK_EQ(close_at(n, "drm_gem_object_lookup"), ENOENT);
		CHECK_EQ(close_at(n, "drm_gem_object_lookup+exit"), 0);
	}
}

/* Unbind the driver while request @n is at @point; returns its result. */
static int unbind_at(unsigned int n, const char *point)
{
	char *device = gpu_device();
	int fd = gpu_render();
	struct bo bo = bo_buffer_unmapped(fd, SIZE);
	uint32_t handle = bo.handle;
	struct request list[16];
	struct thread *caller;

	requests(fd, &handle, list);
	{
		HOLD(hold, "%s task caller", point);

		caller = thread_start("caller", make_request, &list[n]);
		hold_wait(hold);
		gpu_unbind(device);
		hold_release(hold);
		thread_join(caller);
	}
	if (list[n].number == DRM_IOCTL_PRIME_HANDLE_TO_FD && !list[n].err)
		CHECK_SYS(close(((struct drm_prime_handle *)list[n].arg)->fd));
	CHECK_SYS(close(fd));
	gpu_bind(device);
	free(device);
	return list[n].err;
}

TEST(unbind_ioctl, .name = "virtio/hold-unbind-ioctl",
     .needs = "race virtio-late-attach", .last = true,
     .about = "the driver is unbound while an ioctl has looked its handle up: "
	      "the ioctl ends "
	      "with success or ENODEV, and the driver can be bound again")
{
	struct request list[16];
	uint32_t none = 0;
	unsigned int count = requests(-1, &none, list);

	for (unsigned int n = 0; n < count; n++) {
		int err;

		test_note("ioctl %#lx", list[n].number);
		err = unbind_at(n, "drm_gem_object_lookup+exit");
		test_note("errno %d", err);
		CHECK(!err || err == ENODEV);
	}
}

/*
 * Close the handle that @create makes, the next after @last's, before the call returns. The call
 * then drops the last reference, and goes on when the BO, resource @res, is gone. (A worker may
 * still have a reference, for the answer to the creation; then the worker waits instead.)
 */
static void close_created(struct request *create, const struct bo *last,
			  uint32_t res)
{
	HOLD(named, "drm_gem_handle_create+exit task creator");
	HOLD(freed, "drm_gem_object_free+exit");
	struct thread *creator = thread_start("creator", make_request, create);

	hold_wait(named);
	/* Answers come in order: after this one, that of the creation is there. */
	bo_to_host(last);
	bo_wait(last);
	drm_gem_close(create->fd, last->handle + 1);
	hold_release(named);
	hold_wait(freed);
	WAIT_UNTIL(!res_exists(res));
	/* Likewise, for the one that frees the BO. */
	bo_to_host(last);
	bo_wait(last);
	hold_release(freed);
	thread_join(creator);
	CHECK_EQ(create->err, 0);
}

TEST(close_create, .name = "virtio/hold-close-create", .needs = "race",
     .about = "another thread closes a handle before its creation has ended: "
	      "the creation "
	      "succeeds, and the resource goes")
{
	GPU(fd);
	struct bo last = bo_buffer_unmapped(fd, PAGE);
	struct drm_virtgpu_resource_create arg = {
		.target = 0, /* PIPE_BUFFER */
		.format = 1,
		.bind = 1 << 14,
		.width = PAGE,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = PAGE,
	};
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE,
		.size = PAGE,
	};
	struct request create = {fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg,
				 0};
	struct request create_blob = {
		fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob, 0};

	close_created(&create, &last, last.res + 1);
	CHECK_EQ(arg.bo_handle, last.handle + 1);
	CHECK_EQ(arg.res_handle, last.res + 1);

	close_created(&create_blob, &last, last.res + 2);
	CHECK_EQ(blob.bo_handle, last.handle + 1);
	CHECK_EQ(blob.res_handle, last.res + 2);
	bo_close(&last);
}

TEST(context, .name = "virtio/hold-context", .needs = "race",
     .about = "two threads use a file for the first time: one makes the "
	      "context, the other "
	      "waits for it")
{
	GPU(fd);
	struct drm_virtgpu_resource_create arg[2];
	struct request create[2];
	HOLD(hold, "virtio_gpu_create_context_locked task first");
	struct thread *first, *second;

	for (int i = 0; i < 2; i++) {
		arg[i] = (struct drm_virtgpu_resource_create){
			.format = 1,
			.bind = 1 << 14,
			.width = PAGE,
			.height = 1,
			.depth = 1,
			.array_size = 1,
			.size = PAGE,
		};
		create[i] = (struct request){
			fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg[i], 0};
	}
	first = thread_start("first", make_request, &create[0]);
	hold_wait(hold);
	second = thread_start("second", make_request, &create[1]);
	CHECK(thread_sleeps(second));
	CHECK_EQ(ctx_count(), 0);
	hold_release(hold);
	thread_join(first);
	thread_join(second);
	WAIT_UNTIL(ctx_count() == 1);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(create[i].err, 0);
		drm_gem_close(fd, arg[i].bo_handle);
	}
}

#define VIRTIO_HOLDS                                                           \
	.needs = "race virtio-shrinker virtio-madvise", .swap_mib = 16

static void scan_all(void *arg)
{
	(void)arg;
	gpu_scan(SIZE / PAGE);
}

/* Give the BO up while a thread that uses it in a submit is at @point, and scan. */
static int submit_and_scan(const char *point, bool *purged)
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	struct sb_exec nop = exec_nop();
	struct drm_virtgpu_execbuffer exec = {
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.bo_handles = (uintptr_t)&bo.handle,
		.num_bo_handles = 1,
	};
	struct request submit = {fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec, 0};
	struct drm_virtgpu_madvise arg = {.bo_handle = bo.handle,
					  .madv = VIRTGPU_MADV_DONTNEED};
	struct request advice = {fd, DRM_IOCTL_VIRTGPU_MADVISE, &arg, 0};
	HOLD(hold, "%s task submitter", point);
	struct thread *submitter, *adviser;

	stamp_fill(bo.map, bo.size, 1, 1);
	bo_to_host(&bo);
	bo_wait(&bo);
	submitter = thread_start("submitter", make_request, &submit);
	hold_wait(hold);
	adviser = thread_start("adviser", make_request, &advice);
	thread_sleeps(adviser);
	gpu_scan(ALL);
	hold_release(hold);
	thread_join(submitter);
	thread_join(adviser);
	CHECK_EQ(advice.err, 0);
	bo_wait(&bo);
	*purged = !bo_willneed(&bo);
	if (!*purged)
		stamp_verify(bo.map, bo.size, 1, 1);
	return submit.err;
}

TEST(submit_scan, .name = "virtio/hold-submit-scan", VIRTIO_HOLDS,
     .about = "a BO is given up, and there is a scan, during a submit: before "
	      "it has the lock "
	      "the BO is purged, and the submit fails; afterwards the BO stays")
{
	bool purged;

	CHECK_EQ(submit_and_scan("virtio_gpu_array_lock_resv", &purged),
		 EINVAL);
	CHECK(purged);
	CHECK_EQ(submit_and_scan("virtio_gpu_array_lock_resv+exit", &purged),
		 0);
	CHECK(!purged);
	CHECK_EQ(submit_and_scan("virtio_gpu_submit", &purged), 0);
	CHECK(!purged);
}

static void to_host(void *arg)
{
	bo_to_host(arg);
}

TEST(evict_use, .name = "virtio/hold-evict-use", VIRTIO_HOLDS,
     .about = "a transfer waits while its BO is evicted, and then brings the "
	      "content back")
{
	static const char *const points[] = {
		"virtio_gpu_evict_object", "virtio_gpu_object_attach_settled",
		"drm_gem_shmem_evict_locked", "virtio_gpu_evict_object+exit"};

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		GPU(fd);
		BO(bo, bo_buffer(fd, SIZE));
		HOLD(hold, "%s task scanner", points[i]);
		struct thread *scanner, *user;

		test_note("%s", points[i]);
		stamp_fill(bo.map, bo.size, 1, 1);
		bo_to_host(&bo);
		bo_wait(&bo);
		scanner = thread_start("scanner", scan_all, NULL);
		hold_wait(hold);
		user = thread_start("user", to_host, &bo);
		CHECK(thread_sleeps(user));
		hold_release(hold);
		thread_join(scanner);
		thread_join(user);
		CHECK_EQ(res_pages(bo.res), SIZE / PAGE);
		stamp_verify(bo.map, bo.size, 1, 1);
		res_expect(&bo, 1, 1);
		bo_to_host(&bo);
		res_forget(&bo);
	}
}

TEST(free_scan, .name = "virtio/hold-free-scan", VIRTIO_HOLDS,
     .about = "a scan passes over a BO that is being freed, and its resource "
	      "goes")
{
	static const char *const points[] = {"virtio_gpu_free_object",
					     "virtio_gpu_free_object+exit",
					     "drm_gem_shmem_free"};

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		GPU(fd);
		struct bo bo = bo_buffer(fd, SIZE);

		test_note("%s", points[i]);
		bo_to_host(&bo);
		bo_wait(&bo);
		bo_unmap(&bo);
		{
			FD(hold, hold_at("%s", points[i]));
			struct thread *closer =
				thread_start("closer", close_bo, &bo);

			hold_wait(hold);
			gpu_scan(ALL);
			hold_release(hold);
			thread_join(closer);
		}
		WAIT_UNTIL(!res_exists(bo.res));
	}
}
