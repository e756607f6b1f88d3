// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-gpu when memory runs out half-way through creating files, contexts, or BOs
 * of each kind. A call that fails must leave nothing behind, neither in the driver
 * nor in the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/caps.h"
#include "lib/fail-nth.h"
#include "lib/virtio-reclaim.h"

#define PAGES 4
#define SIZE (PAGES * PAGE)
#define CAPSET_SIZE 64

/**
 * struct scene - the state that the calls work on
 * @fd: a file of the device; render node, or card
 * @path: to open that device again
 * @made: another file, opened by a call
 * @bo: of a call
 * @resources: number of resources in the host, without those of the calls
 * @contexts: likewise, contexts
 * @device: name of the device, to bind it
 * @shrinks: does the driver have a shrinker?
 */
struct scene {
	int fd;
	char path[32];
	int made;
	struct bo bo;
	unsigned int resources, contexts;
	char *device;
	bool shrinks;
};

static void nothing_made(void *arg)
{
	struct scene *scene = arg;

	WAIT_UNTIL(res_count() == scene->resources);
	if (scene->shrinks)
		WAIT_UNTIL(!gpu_count());
}

/* The BO works like any other, and is destroyed with its handle. */
static void end_made(void *arg)
{
	struct scene *scene = arg;
	struct sb_exec nop = exec_nop();
	struct bo *bo = &scene->bo;

	bo->fd = scene->fd;
	WAIT_UNTIL(res_count() == scene->resources + 1);
	bo_map(bo);
	for (size_t i = 0; i < bo->size; i++)
		CHECK_EQ(((char *)bo->map)[i], 0);
	stamp_fill(bo->map, bo->size, 1, 1);
	gpu_exec(scene->fd, &nop, 1, (const struct bo *[]){bo}, 1);
	CHECK_EQ(res_pages(bo->res), PAGES);
	stamp_verify(bo->map, bo->size, 1, 1);
	bo_close(bo);
	nothing_made(arg);
}

static int create(void *arg)
{
	struct scene *scene = arg;
	struct drm_virtgpu_resource_create create = {
		.target = 0, /* PIPE_BUFFER */
		.format = 64, /* R8_UNORM */
		.bind = 1 << 4, /* vertex buffer */
		.width = SIZE,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = SIZE,
	};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE,
			       &create);

	if (!err)
		scene->bo = (struct bo){
			.handle = create.bo_handle,
			.res = create.res_handle,
			.size = SIZE,
		};
	return err;
}

static int create_blob(struct scene *scene, uint32_t mem, uint32_t flags,
		       const struct sb_exec *exec)
{
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = mem,
		.blob_flags = flags,
		.size = SIZE,
		.cmd = (uintptr_t)exec,
		.cmd_size = exec ? sizeof(*exec) : 0,
	};
	int err = inject_ioctl(scene->fd,
			       DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob);

	if (!err)
		scene->bo = (struct bo){
			.handle = blob.bo_handle,
			.res = blob.res_handle,
			.size = SIZE,
		};
	return err;
}

static int guest_blob(void *arg)
{
	return create_blob(arg, VIRTGPU_BLOB_MEM_GUEST,
			   VIRTGPU_BLOB_FLAG_USE_MAPPABLE, NULL);
}

/* A blob with a UUID, by which other devices know it. */
static int named_blob(void *arg)
{
	return create_blob(arg, VIRTGPU_BLOB_MEM_GUEST,
			   VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
				   VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE,
			   NULL);
}

static int both_blob(void *arg)
{
	struct sb_exec nop = exec_nop();

	return create_blob(arg, VIRTGPU_BLOB_MEM_HOST3D_GUEST,
			   VIRTGPU_BLOB_FLAG_USE_MAPPABLE, &nop);
}

static int host_blob(void *arg)
{
	struct sb_exec nop = exec_nop();

	return create_blob(arg, VIRTGPU_BLOB_MEM_HOST3D, 0, &nop);
}

/* Host memory, which this device does not let the guest map. */
static void end_host_blob(void *arg)
{
	struct scene *scene = arg;
	struct sb_exec fill = exec_fill(&scene->bo, 0, SIZE, 0x12345678);
	const struct bo *bos[] = {&scene->bo};
	uint32_t *data;

	scene->bo.fd = scene->fd;
	gpu_exec(scene->fd, &fill, 1, bos, 1);
	data = res_data(scene->bo.res, 0, SIZE);
	CHECK_EQ(data[SIZE / 4 - 1], 0x12345678);
	free(data);
	bo_close(&scene->bo);
	nothing_made(arg);
}

/* The driver writes the size before it allocates. */
static int create_dumb(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_create_dumb dumb = {
		.width = PAGE / 4,
		.height = PAGES,
		.bpp = 32,
	};

	if (drm_ioctl(scene->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		return errno;
	CHECK_EQ(dumb.size, SIZE);
	CHECK_EQ(dumb.pitch, PAGE);
	scene->bo = bo_of_handle(scene->fd, dumb.handle);
	scene->bo.size = SIZE;
	return 0;
}

static void dumb(void *arg)
{
	struct scene *scene = arg;

	scene->bo = bo_dumb(scene->fd, PAGE / 4, PAGES);
	bo_unmap(&scene->bo);
}

static int map_dumb(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_map_dumb map = {.handle = scene->bo.handle};

	return inject_ioctl(scene->fd, DRM_IOCTL_MODE_MAP_DUMB, &map);
}

static int destroy_dumb(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_destroy_dumb destroy = {.handle = scene->bo.handle};

	return inject_ioctl(scene->fd, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .done = after,     \
		__VA_ARGS__                                                    \
	}
#define MAKES .refused = nothing_made, .refusable = true

/* Without memory for the table of handles, the error is ENOSPC. */
#define HANDLE .also = ENOSPC

static void run(int fd, const struct inject_call *calls, size_t count)
{
	struct scene scene = {
		.fd = fd,
		.shrinks = caps_has("virtio-shrinker"),
	};

	inject_begin();
	/* Gives the file its context. */
	scene.bo = bo_buffer_unmapped(fd, PAGE);
	bo_close_wait(&scene.bo);
	scene.resources = res_count();
	inject_each(calls, count, &scene);
}
#define RUN(fd, calls) run(fd, calls, sizeof(calls) / sizeof(*(calls)))

TEST(create_bo, .name = "virtio/fail-nth-create", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a BO's creation fails, nothing is left "
	      "of it, and the next one works")
{
	static const struct inject_call calls[] = {
		CALL("resource", NULL, create, end_made, MAKES, HANDLE),
		CALL("guest blob", NULL, guest_blob, end_made, MAKES, HANDLE),
		CALL("guest blob with a UUID", NULL, named_blob, end_made,
		     MAKES, HANDLE),
		CALL("host blob with guest memory", NULL, both_blob, end_made,
		     MAKES, HANDLE),
		CALL("host blob", NULL, host_blob, end_host_blob, MAKES,
		     HANDLE),
	};

	RUN(gpu_render(), calls);
}

TEST(create_dumb_bo, .name = "virtio/fail-nth-dumb", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a call on a dumb buffer fails, nothing "
	      "is left of it")
{
	static const struct inject_call calls[] = {
		CALL("create", NULL, create_dumb, end_made, MAKES, HANDLE),
		CALL("map", dumb, map_dumb, end_made),
		CALL("destroy", dumb, destroy_dumb, nothing_made),
	};

	RUN(gpu_card(), calls);
}

/* A file that was opened works. */
static void check_file(int fd)
{
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
}

static int open_file(void *arg)
{
	struct scene *scene = arg;
	int fd = open(scene->path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return errno;
	scene->made = fd;
	return 0;
}

static void end_file(void *arg)
{
	struct scene *scene = arg;

	check_file(scene->made);
	CHECK_SYS(close(scene->made));
	WAIT_UNTIL(ctx_count() == scene->contexts);
	nothing_made(arg);
}

static void opened(void *arg)
{
	struct scene *scene = arg;

	scene->made = CHECK_SYS(open(scene->path, O_RDWR | O_CLOEXEC));
}

static void no_context(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(ctx_count(), scene->contexts);
}

static int context(void *arg)
{
	static const char name[] = "name";
	const struct drm_virtgpu_context_set_param set[] = {
		{VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 2},
		{VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK, 2},
		{VIRTGPU_CONTEXT_PARAM_DEBUG_NAME, (uintptr_t)name},
	};
	struct drm_virtgpu_context_init init = {
		.num_params = 3,
		.ctx_set_params = (uintptr_t)set,
	};
	struct scene *scene = arg;

	return inject_ioctl(scene->made, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &init);
}

/* The first use of a file makes its context. */
static int first_bo(void *arg)
{
	struct scene *scene = arg;
	struct scene made = {.fd = scene->made};

	return create(&made);
}

static void used_file(void *arg)
{
	opened(arg);
	check_file(((struct scene *)arg)->made);
}

static int close_file(void *arg)
{
	CHECK_SYS(close(((struct scene *)arg)->made));
	return 0;
}

static void end_closed(void *arg)
{
	struct scene *scene = arg;

	WAIT_UNTIL(ctx_count() == scene->contexts);
	nothing_made(arg);
}

TEST(file, .name = "virtio/fail-nth-file", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation fails while a file is opened, gets its "
	      "context or is closed, the file works, or there is none")
{
	static const struct inject_call calls[] = {
		CALL("open", NULL, open_file, end_file, .refusable = true,
		     .refused = no_context),
		CALL("context", opened, context, end_file, .refusable = true,
		     .refused = no_context),
		CALL("first BO", opened, first_bo, end_file, MAKES, HANDLE),
		CALL("close", used_file, close_file, end_closed),
	};
	struct scene scene = {
		.fd = gpu_render(),
		.shrinks = caps_has("virtio-shrinker"),
	};

	inject_begin();
	snprintf(scene.path, sizeof(scene.path), "/proc/self/fd/%d", scene.fd);
	scene.resources = res_count();
	scene.contexts = ctx_count();
	INJECT_EACH(calls, &scene);
}

static int param(void *arg)
{
	struct scene *scene = arg;
	int value = -1;
	struct drm_virtgpu_getparam get = {
		.param = VIRTGPU_PARAM_3D_FEATURES,
		.value = (uintptr_t)&value,
	};
	int err = inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get);

	if (!err)
		CHECK_EQ(value, 1);
	return err;
}

/* The driver caches the answer, so bind it again for each call. */
static void bound_again(void *arg)
{
	struct scene *scene = arg;

	CHECK_SYS(close(scene->fd));
	gpu_unbind(scene->device);
	gpu_bind(scene->device);
	scene->fd = gpu_render();
}

static int caps(void *arg)
{
	static char answer[CAPSET_SIZE];
	struct scene *scene = arg;
	struct drm_virtgpu_get_caps get = {
		.cap_set_id = 2, /* VIRTIO_GPU_CAPSET_VIRGL2 */
		.cap_set_ver = 1,
		.addr = (uintptr_t)answer,
		.size = sizeof(answer),
	};
	int err;

	memset(answer, 0x55, sizeof(answer));
	err = inject_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &get);
	/* All of it, or nothing. */
	CHECK_EQ(answer[CAPSET_SIZE - 1], err ? 0x55 : 0);
	CHECK_EQ(answer[0], err ? 0x55 : 2);
	return err;
}

TEST(query, .name = "virtio/fail-nth-query", .needs = INJECT_NEEDS,
     .seconds = INJECT_SECONDS, .alone = true,
     .about = "whichever allocation fails of a question to driver or host, the "
	      "answer is right, or there is none")
{
	static const struct inject_call calls[] = {
		CALL("parameter", NULL, param, NULL),
		CALL("capset", bound_again, caps, NULL, .refusable = true),
		CALL("capset, cached", NULL, caps, NULL),
	};
	struct scene scene = {.fd = gpu_render(), .device = gpu_device()};

	inject_begin();
	INJECT_EACH(calls, &scene);
}
