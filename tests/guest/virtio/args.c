// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of each ioctl of virtio-gpu, right and wrong. */
#include <errno.h>

#include "lib/args.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-reclaim.h"

#define SIZE (4 * PAGE)
/* Handles that no file of a test has. */
#define NO_HANDLE 77
#define MOST_HANDLE UINT32_MAX
#define BAD ARGS_BAD_POINTER

/**
 * struct handles - of BOs of several kinds, in one file
 * @fd: the file
 * @buffer: a buffer; @blob: a guest blob
 * @closed: one whose handle was closed
 * @foreign: one that only another file has
 */
struct handles {
	int fd, other;
	uint32_t buffer, blob, closed, foreign;
};

static struct handles handles_open(void)
{
	struct handles h = {
		.fd = gpu_render(),
		.other = gpu_render(),
	};
	struct bo bo[10];

	h.buffer = bo_buffer_unmapped(h.fd, SIZE).handle;
	bo[0] = bo_blob(h.fd, SIZE);
	bo_unmap(&bo[0]);
	h.blob = bo[0].handle;
	bo[0] = bo_buffer_unmapped(h.fd, SIZE);
	h.closed = bo[0].handle;
	bo_close_wait(&bo[0]);
	/* Its number must not be one of the above. */
	for (unsigned int i = 0; i < 10; i++)
		bo[i] = bo_buffer_unmapped(h.other, PAGE);
	h.foreign = bo[9].handle;
	return h;
}

static void handles_close(const struct handles *h)
{
	CHECK_SYS(close(h->fd));
	CHECK_SYS(close(h->other));
	WAIT_UNTIL(!res_count());
}

/* ENOENT for each handle that the file does not have. */
#define NO_HANDLES(request, type, field, ...)                                  \
	ARGS(request, ENOENT, type, .field = 0, ##__VA_ARGS__),                \
		ARGS(request, ENOENT, type, .field = NO_HANDLE,                \
		     ##__VA_ARGS__),                                           \
		ARGS(request, ENOENT, type, .field = MOST_HANDLE,              \
		     ##__VA_ARGS__),                                           \
		ARGS(request, ENOENT, type, .field = h.closed, ##__VA_ARGS__), \
		ARGS(request, ENOENT, type, .field = h.foreign, ##__VA_ARGS__)

#define POINT .box = {.w = 1, .h = 1, .d = 1}

TEST(bos, .name = "virtio/args-bo",
     .about = "calls on a BO refuse handles of other files, and arguments that "
	      "are not for its kind of BO")
{
	struct handles h = handles_open();
	const struct args_row rows[] = {
		NO_HANDLES(DRM_IOCTL_VIRTGPU_MAP, drm_virtgpu_map, handle),
		ARGS(DRM_IOCTL_VIRTGPU_MAP, 0, drm_virtgpu_map,
		     .handle = h.buffer),
		ARGS(DRM_IOCTL_VIRTGPU_MAP, 0, drm_virtgpu_map,
		     .handle = h.blob),
		NO_HANDLES(DRM_IOCTL_VIRTGPU_RESOURCE_INFO,
			   drm_virtgpu_resource_info, bo_handle),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_INFO, 0,
		     drm_virtgpu_resource_info, .bo_handle = h.blob),
		NO_HANDLES(DRM_IOCTL_VIRTGPU_WAIT, drm_virtgpu_3d_wait, handle),
		ARGS(DRM_IOCTL_VIRTGPU_WAIT, 0, drm_virtgpu_3d_wait,
		     .handle = h.blob),
		/* Unknown flags were never refused. */
		ARGS(DRM_IOCTL_VIRTGPU_WAIT, 0, drm_virtgpu_3d_wait,
		     .handle = h.buffer, .flags = 0xfffe),
		NO_HANDLES(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST,
			   drm_virtgpu_3d_transfer_to_host, bo_handle, POINT),
		NO_HANDLES(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
			   drm_virtgpu_3d_transfer_from_host, bo_handle, POINT),
		ARGS(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, EINVAL,
		     drm_virtgpu_3d_transfer_to_host, .bo_handle = h.blob,
		     POINT),
		ARGS(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, EINVAL,
		     drm_virtgpu_3d_transfer_from_host, .bo_handle = h.blob,
		     POINT),
		ARGS(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, EINVAL,
		     drm_virtgpu_3d_transfer_to_host, .bo_handle = h.buffer,
		     POINT, .stride = 4),
		ARGS(DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, EINVAL,
		     drm_virtgpu_3d_transfer_from_host, .bo_handle = h.buffer,
		     POINT, .layer_stride = 4),
		ARGS(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, 0,
		     drm_virtgpu_3d_transfer_to_host, .bo_handle = h.buffer,
		     POINT),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(advice, .name = "virtio/args-madvise", .needs = "virtio-madvise",
     .about = "MADVISE accepts two kinds of advice, and no padding")
{
	struct handles h = handles_open();
	const struct args_row rows[] = {
		NO_HANDLES(DRM_IOCTL_VIRTGPU_MADVISE, drm_virtgpu_madvise,
			   bo_handle),
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, EINVAL, drm_virtgpu_madvise,
		     .bo_handle = h.buffer, .pad = 1),
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, EINVAL, drm_virtgpu_madvise,
		     .bo_handle = h.buffer, .madv = 2),
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, EINVAL, drm_virtgpu_madvise,
		     .bo_handle = h.buffer, .madv = UINT32_MAX),
		/* The advice counts, not the handle. */
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, EINVAL, drm_virtgpu_madvise,
		     .bo_handle = NO_HANDLE, .madv = 2),
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, 0, drm_virtgpu_madvise,
		     .bo_handle = h.blob, .madv = VIRTGPU_MADV_WILLNEED),
		ARGS(DRM_IOCTL_VIRTGPU_MADVISE, 0, drm_virtgpu_madvise,
		     .bo_handle = h.buffer, .madv = VIRTGPU_MADV_WILLNEED,
		     .retained = 5),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

#define CREATE                                                                 \
	.target = TARGET_BUFFER, .format = FORMAT_R8, .depth = 1,              \
	.bind = BIND_VERTEX_BUFFER, .height = 1, .array_size = 1
#define GUEST .blob_mem = VIRTGPU_BLOB_MEM_GUEST
#define HOST .blob_mem = VIRTGPU_BLOB_MEM_HOST3D_GUEST

TEST(create, .name = "virtio/args-create",
     .about = "invalid arguments for a new BO are refused")
{
	struct handles h = handles_open();
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, 0,
		     drm_virtgpu_resource_create, CREATE, .width = 1,
		     .size = 0),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, 0,
		     drm_virtgpu_resource_create, CREATE, .width = 1,
		     .size = 1),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, .size = PAGE),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, .size = PAGE,
		     .blob_mem = 4),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, .size = PAGE,
		     .blob_mem = UINT32_MAX),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, GUEST, .size = PAGE,
		     .blob_flags = 8),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, GUEST, .size = PAGE,
		     .blob_id = 1),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, GUEST, .size = PAGE,
		     .cmd_size = 4),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EINVAL,
		     drm_virtgpu_resource_create_blob, HOST, .size = PAGE,
		     .cmd_size = 3),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, EFAULT,
		     drm_virtgpu_resource_create_blob, HOST, .size = PAGE,
		     .cmd_size = 4, .cmd = BAD),
		ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, 0,
		     drm_virtgpu_resource_create_blob, GUEST, .size = PAGE),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(exec, .name = "virtio/args-exec",
     .about = "EXECBUFFER refuses unknown flags, rings, handles, syncobjs and "
	      "addresses, and keeps no descriptor")
{
	struct handles h = handles_open();
	struct sb_exec nop = exec_nop();
	uint32_t good[] = {h.buffer}, twice[] = {h.buffer, h.buffer};
	uint32_t closed[] = {h.buffer, h.closed}, foreign[] = {h.foreign};
	struct drm_virtgpu_execbuffer_syncobj none = {.handle = NO_HANDLE};
	struct drm_virtgpu_execbuffer_syncobj flags = {.flags = 2};
#define EXEC .command = (uintptr_t)&nop, .size = sizeof(nop)
#define BOS(array)                                                             \
	.bo_handles = (uintptr_t)array,                                        \
	.num_bo_handles = sizeof(array) / sizeof(*array)
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, 0, drm_virtgpu_execbuffer,
		     EXEC),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC, .flags = 8),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC, .flags = 1u << 31),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC,
		     .flags = VIRTGPU_EXECBUF_RING_IDX, .ring_idx = 0),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC,
		     .flags = VIRTGPU_EXECBUF_RING_IDX, .ring_idx = 64),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EFAULT,
		     drm_virtgpu_execbuffer, .command = BAD, .size = 64),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EFAULT,
		     drm_virtgpu_execbuffer, .command = 0, .size = 64),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EFAULT,
		     drm_virtgpu_execbuffer, EXEC, .bo_handles = BAD,
		     .num_bo_handles = 1),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, ENOENT,
		     drm_virtgpu_execbuffer, EXEC, BOS(closed)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, ENOENT,
		     drm_virtgpu_execbuffer, EXEC, BOS(foreign)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EALREADY,
		     drm_virtgpu_execbuffer, EXEC, BOS(twice)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EALREADY,
		     drm_virtgpu_execbuffer, EXEC, BOS(twice),
		     .flags = VIRTGPU_EXECBUF_FENCE_FD_OUT),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EFAULT,
		     drm_virtgpu_execbuffer, .command = BAD, .size = 64,
		     BOS(good), .flags = VIRTGPU_EXECBUF_FENCE_FD_OUT),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC,
		     .flags = VIRTGPU_EXECBUF_FENCE_FD_IN, .fence_fd = -1),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC,
		     .flags = VIRTGPU_EXECBUF_FENCE_FD_IN, .fence_fd = h.fd),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EFAULT,
		     drm_virtgpu_execbuffer, EXEC, .in_syncobjs = BAD,
		     .num_in_syncobjs = 1, .syncobj_stride = sizeof(none)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EFAULT,
		     drm_virtgpu_execbuffer, EXEC, .out_syncobjs = BAD,
		     .num_out_syncobjs = 1, .syncobj_stride = sizeof(none)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC,
		     .in_syncobjs = (uintptr_t)&flags, .num_in_syncobjs = 1,
		     .syncobj_stride = sizeof(none)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, ENOENT,
		     drm_virtgpu_execbuffer, EXEC,
		     .in_syncobjs = (uintptr_t)&none, .num_in_syncobjs = 1,
		     .syncobj_stride = sizeof(none)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, EINVAL,
		     drm_virtgpu_execbuffer, EXEC,
		     .out_syncobjs = (uintptr_t)&none, .num_out_syncobjs = 1,
		     .syncobj_stride = sizeof(none)),
		ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, 0, drm_virtgpu_execbuffer,
		     EXEC, BOS(good)),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(query, .name = "virtio/args-query",
     .about =
	     "GETPARAM, GET_CAPS and CONTEXT_INIT refuse what they do not know")
{
	struct handles h = handles_open();
	int value;
	char caps[4096];
	struct drm_virtgpu_context_set_param unknown = {.param = 99};
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_VIRTGPU_GETPARAM, EINVAL, drm_virtgpu_getparam,
		     .param = 0, .value = (uintptr_t)&value),
		ARGS(DRM_IOCTL_VIRTGPU_GETPARAM, EINVAL, drm_virtgpu_getparam,
		     .param = UINT64_MAX, .value = (uintptr_t)&value),
		ARGS(DRM_IOCTL_VIRTGPU_GETPARAM, EFAULT, drm_virtgpu_getparam,
		     .param = VIRTGPU_PARAM_3D_FEATURES, .value = BAD),
		ARGS(DRM_IOCTL_VIRTGPU_GETPARAM, 0, drm_virtgpu_getparam,
		     .param = VIRTGPU_PARAM_3D_FEATURES,
		     .value = (uintptr_t)&value),
		ARGS(DRM_IOCTL_VIRTGPU_GET_CAPS, EINVAL, drm_virtgpu_get_caps,
		     .cap_set_id = 1, .addr = (uintptr_t)caps),
		ARGS(DRM_IOCTL_VIRTGPU_GET_CAPS, EINVAL, drm_virtgpu_get_caps,
		     .cap_set_id = UINT32_MAX, .addr = (uintptr_t)caps,
		     .size = 64),
		ARGS(DRM_IOCTL_VIRTGPU_CONTEXT_INIT, EINVAL,
		     drm_virtgpu_context_init, .num_params = 5),
		ARGS(DRM_IOCTL_VIRTGPU_CONTEXT_INIT, EINVAL,
		     drm_virtgpu_context_init, .num_params = UINT32_MAX),
		ARGS(DRM_IOCTL_VIRTGPU_CONTEXT_INIT, EFAULT,
		     drm_virtgpu_context_init, .num_params = 1,
		     .ctx_set_params = BAD),
		/* The file has a context. */
		ARGS(DRM_IOCTL_VIRTGPU_CONTEXT_INIT, EEXIST,
		     drm_virtgpu_context_init, .num_params = 1,
		     .ctx_set_params = (uintptr_t)&unknown),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

/* Of those that name a BO, most sizes are for the host to refuse. */
TEST(huge, .name = "virtio/args-huge", .known = ARGS_KNOWN_HUGE,
     .needs = "virtio-late-attach",
     .about = "sizes and counts of 0, and near 2^31, 2^32 and 2^64, are "
	      "refused or harmless")
{
	struct handles h = handles_open();
	struct sb_exec nop = exec_nop();
	uint32_t bos[] = {h.buffer};
	struct drm_virtgpu_execbuffer_syncobj sync = {.handle = NO_HANDLE};
	char caps[4096];
#define HUGE_EXEC(error, ...)                                                  \
	ARGS(DRM_IOCTL_VIRTGPU_EXECBUFFER, error, drm_virtgpu_execbuffer,      \
	     __VA_ARGS__)
#define HUGE_BLOB(error, ...)                                                  \
	ARGS(DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, error,                    \
	     drm_virtgpu_resource_create_blob, __VA_ARGS__)
	const struct args_row rows[] = {
		HUGE_EXEC(ENOMEM, .command = (uintptr_t)&nop,
			  .size = UINT32_MAX),
		HUGE_EXEC(ENOMEM, .command = (uintptr_t)&nop,
			  .size = UINT32_MAX - 3),
		HUGE_EXEC(ENOMEM, .command = (uintptr_t)&nop, .size = 1u << 31),
		HUGE_EXEC(ENOMEM, .command = (uintptr_t)&nop,
			  .size = INT32_MAX),
		HUGE_EXEC(EFAULT, .command = UINT64_MAX - 3, .size = 4),
		HUGE_EXEC(EFAULT, .command = UINT64_MAX - 3, .size = 64),
		HUGE_EXEC(ENOMEM, EXEC, .bo_handles = (uintptr_t)bos,
			  .num_bo_handles = UINT32_MAX),
		HUGE_EXEC(ENOMEM, EXEC, .bo_handles = (uintptr_t)bos,
			  .num_bo_handles = 1u << 28),
		HUGE_EXEC(ENOMEM, EXEC, .in_syncobjs = (uintptr_t)&sync,
			  .num_in_syncobjs = UINT32_MAX,
			  .syncobj_stride = sizeof(sync)),
		HUGE_EXEC(ENOMEM, EXEC, .out_syncobjs = (uintptr_t)&sync,
			  .num_out_syncobjs = UINT32_MAX,
			  .syncobj_stride = sizeof(sync)),
		/* Nothing is read: the handle is 0. */
		HUGE_EXEC(ENOENT, EXEC, .in_syncobjs = BAD,
			  .num_in_syncobjs = 1, .syncobj_stride = 0),
		HUGE_EXEC(ENOENT, EXEC, .in_syncobjs = (uintptr_t)&sync,
			  .num_in_syncobjs = 1, .syncobj_stride = UINT32_MAX),
		HUGE_BLOB(EINVAL, HOST, .size = PAGE, .cmd = (uintptr_t)&nop,
			  .cmd_size = UINT32_MAX),
		HUGE_BLOB(ENOMEM, HOST, .size = PAGE, .cmd = (uintptr_t)&nop,
			  .cmd_size = UINT32_MAX - 3),
		HUGE_BLOB(ENOSPC, GUEST, .size = 0),
		/* Rounded up, it is 0, too. */
		HUGE_BLOB(ENOSPC, GUEST, .size = UINT64_MAX),
		HUGE_BLOB(EINVAL, GUEST, .size = 1ull << 63),
		ARGS(DRM_IOCTL_VIRTGPU_GET_CAPS, 0, drm_virtgpu_get_caps,
		     .cap_set_id = 2, .addr = (uintptr_t)caps,
		     .size = UINT32_MAX),
		ARGS(DRM_IOCTL_VIRTGPU_GET_CAPS, EFAULT, drm_virtgpu_get_caps,
		     .cap_set_id = 2, .addr = BAD, .size = UINT32_MAX),
		ARGS(DRM_IOCTL_VIRTGPU_GET_CAPS, EINVAL, drm_virtgpu_get_caps,
		     .cap_set_id = 2, .cap_set_ver = UINT32_MAX,
		     .addr = (uintptr_t)caps, .size = sizeof(caps)),
	};

	ARGS_CHECK(h.fd, rows);
	handles_close(&h);
}

TEST(context, .name = "virtio/args-context",
     .about = "CONTEXT_INIT refuses capsets, rings, names and parameters that "
	      "make no sense")
{
	typedef struct drm_virtgpu_context_set_param param;
	enum {
		CAPSET = VIRTGPU_CONTEXT_PARAM_CAPSET_ID,
		RINGS = VIRTGPU_CONTEXT_PARAM_NUM_RINGS,
		MASK = VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK,
	};
	param unknown[] = {{.param = 99}}, none[] = {{.param = 0}};
	param capset[] = {{CAPSET, 63}}, far_capset[] = {{CAPSET, 64}};
	param most_capset[] = {{CAPSET, UINT64_MAX}};
	param rings[] = {{RINGS, 65}}, most_rings[] = {{RINGS, UINT64_MAX}};
	param mask[] = {{MASK, 1}};
#define INIT(error, array)                                                     \
	ARGS(DRM_IOCTL_VIRTGPU_CONTEXT_INIT, error, drm_virtgpu_context_init,  \
	     .num_params = sizeof(array) / sizeof(*(array)),                   \
	     .ctx_set_params = (uintptr_t)(array))
	const struct args_row rows[] = {
		INIT(EINVAL, unknown),	   INIT(EINVAL, none),
		INIT(EINVAL, capset),	   INIT(EINVAL, far_capset),
		INIT(EINVAL, most_capset), INIT(EINVAL, rings),
		INIT(EINVAL, most_rings),  INIT(EINVAL, mask),
	};
	unsigned int contexts = ctx_count();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int fd = drm_open(DRM_VIRTIO, DRM_RENDER);

		args_check(fd, &rows[i], 1);
		CHECK_SYS(close(fd));
	}
	WAIT_UNTIL(ctx_count() == contexts);
}
