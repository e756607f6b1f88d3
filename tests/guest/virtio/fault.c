// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device that fails a command, or answers it with garbage. The driver ignores
 * most errors, which is allowed. What must hold: nothing crashes, a failed creation
 * causes no further trouble, all pages are freed in the end, and the device works
 * for the next user.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>

#include "lib/virtio-gpu.h"

#define PAGES 8
#define SIZE (PAGES * PAGE)

/*
 * Transfer, ignore the result, and wait only for a limited time. If the first transfer
 * loses its fence, that of the command stream makes up for it: 7.3 lets the second
 * transfer wait for the first one.
 */
static void transfer(const struct bo *bo)
{
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo->handle,
		.box = {.w = 32, .h = 1, .d = 1},
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo->handle,
		.box = {.w = 32, .h = 1, .d = 1},
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to));
	CHECK_SYS(close(gpu_exec_fence(bo->fd, &exec, 1, NULL, 0, -1)));
	CHECK_SYS(
		drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from));
}

/* A command of nearly every kind that the driver sends; any may go wrong. */
static void use_everything(void)
{
	int fd = gpu_card();
	struct bo dumb = bo_dumb(fd, 64, 64);
	struct bo buffer = bo_buffer(fd, SIZE);
	struct bo blob = bo_blob(fd, SIZE);
	const struct bo *bos[] = {&buffer};
	struct sb_exec exec = exec_nop();
	int fence;

	stamp_fill(dumb.map, dumb.size, 1, 1);
	stamp_fill(buffer.map, SIZE, 2, 1);
	stamp_fill(blob.map, SIZE, 3, 1);
	transfer(&dumb);
	transfer(&buffer);
	CHECK_SYS(close(drm_export(fd, buffer.handle)));
	fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	/* A later fence signals, whatever happened to those before it. */
	CHECK_SYS(close(fence));
	fence = gpu_exec_fence(fd, &exec, 1, bos, 1, -1);
	CHECK(sync_file_wait(fence, 10000));
	CHECK_SYS(close(fence));
	bo_wait(&dumb);
	bo_wait(&buffer);
	bo_wait(&blob);
	/* Guest memory is unchanged, except by FROM_HOST. */
	stamp_verify_pages((char *)dumb.map + PAGE, dumb.size - PAGE, 1, 1, 1);
	stamp_verify_pages((char *)buffer.map + PAGE, SIZE - PAGE, 2, 1, 1);
	stamp_verify(blob.map, SIZE, 3, 1);
	bo_close(&dumb);
	bo_close(&buffer);
	bo_close(&blob);
	CHECK_SYS(close(fd));
}

static void check_works(void)
{
	GPU_CARD(fd);
	BO(dumb, bo_dumb(fd, 64, 64));
	BO(buffer, bo_buffer(fd, SIZE));
	BO(blob, bo_blob(fd, SIZE));
	const struct bo *bos[] = {&buffer, &blob};
	struct sb_exec exec = exec_copy(&buffer, 0, &blob, 0, SIZE);

	exec.flags = SB_EXEC_SRC_GUEST;
	stamp_fill(dumb.map, dumb.size, 1, 1);
	bo_to_host(&dumb);
	memset(dumb.map, 0, dumb.size);
	bo_from_host(&dumb);
	stamp_verify(dumb.map, dumb.size, 1, 1);
	stamp_fill(blob.map, SIZE, 2, 1);
	gpu_exec(fd, &exec, 1, bos, 2);
	bo_from_host(&buffer);
	stamp_verify(buffer.map, SIZE, 2, 1);
}

/* The rule has been used up: the device has seen the command. */
static bool used_up(void)
{
	char *rules = device_read("faults");
	bool none;

	CHECK(rules);
	none = !*rules;
	free(rules);
	return none;
}

static void try_fault(const char *fault, const char *kind)
{
	unsigned int resources = res_count();
	unsigned int contexts = ctx_count();

	device_write("faults", "%s virtio-gpu %s 1\n", fault, kind);
	use_everything();
	WAIT_UNTIL(used_up());
	check_works();
	WAIT_UNTIL(ctx_count() == contexts);
	WAIT_UNTIL(res_count() == resources);
}

#define FAULT_TESTS(ident, kind, suffix)                                       \
	TEST(fail_##ident, .name = "virtio/fail-" suffix,                      \
	     .about = "nothing but its own work is lost when " kind " fails")  \
	{                                                                      \
		try_fault("fail", kind);                                       \
	}                                                                      \
	TEST(garbage_##ident, .name = "virtio/garbage-" suffix,                \
	     .about =                                                          \
		     "nothing is lost when " kind " is answered with garbage") \
	{                                                                      \
		try_fault("garbage", kind);                                    \
	}

FAULT_TESTS(create_2d, "RESOURCE_CREATE_2D", "create-2d")
FAULT_TESTS(create_3d, "RESOURCE_CREATE_3D", "create-3d")
FAULT_TESTS(create_blob, "RESOURCE_CREATE_BLOB", "create-blob")
FAULT_TESTS(attach_backing, "RESOURCE_ATTACH_BACKING", "attach-backing")
FAULT_TESTS(ctx_create, "CTX_CREATE", "ctx-create")
FAULT_TESTS(ctx_attach, "CTX_ATTACH_RESOURCE", "ctx-attach")
FAULT_TESTS(ctx_detach, "CTX_DETACH_RESOURCE", "ctx-detach")
FAULT_TESTS(to_host, "TRANSFER_TO_HOST_3D", "to-host")
FAULT_TESTS(from_host, "TRANSFER_FROM_HOST_3D", "from-host")
FAULT_TESTS(submit, "SUBMIT_3D", "submit")
FAULT_TESTS(unref, "RESOURCE_UNREF", "unref")
FAULT_TESTS(uuid, "RESOURCE_ASSIGN_UUID", "assign-uuid")

TEST(error_fence, .name = "virtio/fail-fence",
     .about = "a fenced command that fails still signals its fence")
{
	GPU(fd);
	struct sb_exec exec = exec_nop();
	int fence;

	cmd_fail("SUBMIT_3D");
	fence = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	CHECK(sync_file_wait(fence, 10000));
	CHECK_SYS(close(fence));
	WAIT_UNTIL(used_up());
}

TEST(fail_each, .name = "virtio/fail-each",
     .about = "a job that fails leaves those before and after it alone")
{
	enum { COUNT = 8 };
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	const struct bo *bos[] = {&bo};
	uint32_t *words = bo.map;

	bo_wait(&bo);
	for (unsigned int bad = 0; bad < COUNT; bad++) {
		memset(bo.map, 0, PAGE);
		bo_to_host(&bo);
		device_write("faults", "fail virtio-gpu SUBMIT_3D %u\n",
			     bad + 1);
		for (unsigned int i = 0; i < COUNT; i++) {
			struct sb_exec exec = exec_fill(&bo, 4 * i, 4, i + 1);

			CHECK_SYS(close(
				gpu_exec_fence(fd, &exec, 1, bos, 1, -1)));
		}
		bo_from_host(&bo);
		for (unsigned int i = 0; i < COUNT; i++)
			CHECK_EQ(words[i], i == bad ? 0 : i + 1);
	}
}

/* Bind the driver again: the new instance knows nothing of the errors before. */
static void driver_anew(void)
{
	char *device = gpu_device();

	gpu_unbind(device);
	gpu_bind(device);
	free(device);
}

static void probe_with(const char *fault, const char *kind)
{
	device_write("faults", "%s virtio-gpu %s 1\n", fault, kind);
	driver_anew();
	WAIT_UNTIL(used_up());
	check_works();
	driver_anew();
	check_works();
}

TEST(fail_ctx_destroy, .name = "virtio/fail-ctx-destroy",
     .about = "a context that the device will not let go is gone after a reset")
{
	unsigned int contexts = ctx_count();

	cmd_fail("CTX_DESTROY");
	use_everything();
	WAIT_UNTIL(used_up());
	CHECK_EQ(ctx_count(), contexts + 1);
	driver_anew();
	CHECK_EQ(ctx_count(), 0);
	check_works();
}

TEST(garbage_ctx_destroy, .name = "virtio/garbage-ctx-destroy",
     .about = "nothing is lost when CTX_DESTROY is answered with garbage")
{
	try_fault("garbage", "CTX_DESTROY");
}

static int get_caps(uint8_t *caps, uint32_t size)
{
	int fd = gpu_render();
	int mask = gpu_param(fd, VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs);
	struct drm_virtgpu_get_caps arg = {
		.cap_set_id = (uint32_t)__builtin_ctz((unsigned int)mask),
		.addr = (uintptr_t)caps,
		.size = size,
	};
	int ret;

	CHECK_CMP(mask, !=, 0);
	ret = drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &arg);
	CHECK_SYS(close(fd));
	return ret;
}

TEST(fail_capset, .name = "virtio/fail-capset",
     .about =
	     "a capset that the device did not give is asked for after a reset")
{
	uint8_t good[64] = {0}, caps[64] = {0};

	CHECK_SYS(get_caps(good, sizeof(good)));
	driver_anew();
	cmd_fail("GET_CAPSET");
	/* The driver ignores the error, and caches the answer. */
	get_caps(caps, sizeof(caps));
	WAIT_UNTIL(used_up());
	driver_anew();
	CHECK_SYS(get_caps(caps, sizeof(caps)));
	CHECK(!memcmp(caps, good, sizeof(good)));
}

#define PROBE_TESTS(ident, kind, suffix)                                       \
	TEST(probe_fail_##ident, .name = "virtio/probe-fail-" suffix,          \
	     .about = "the driver probes though " kind " fails")               \
	{                                                                      \
		probe_with("fail", kind);                                      \
	}                                                                      \
	TEST(probe_garbage_##ident, .name = "virtio/probe-garbage-" suffix,    \
	     .about = "the driver probes though " kind " answers garbage")     \
	{                                                                      \
		probe_with("garbage", kind);                                   \
	}

PROBE_TESTS(display_info, "GET_DISPLAY_INFO", "display-info")
PROBE_TESTS(edid, "GET_EDID", "edid")

/* The driver waits five seconds for each capset without an ID. */
TEST(probe_fail_capset, .name = "virtio/probe-fail-capset-info",
     .about = "the driver probes though GET_CAPSET_INFO fails",
     .virtual_time = true)
{
	probe_with("fail", "GET_CAPSET_INFO");
}

TEST(probe_garbage_capset, .name = "virtio/probe-garbage-capset-info",
     .about = "the driver probes though GET_CAPSET_INFO answers garbage")
{
	probe_with("garbage", "GET_CAPSET_INFO");
}
