// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transfers between a BO's pages and the host's storage. The result is compared
 * byte by byte, and the device checks stamps as it accesses pages.
 */
#include <errno.h>
#include <string.h>

#include "lib/caller.h"
#include "lib/process.h"
#include "lib/virtio-gpu.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

static void check_host(const struct bo *bo, uint32_t number,
		       uint32_t generation)
{
	void *data = res_data(bo->res, 0, bo->size);

	stamp_verify(data, bo->size, number, generation);
	free(data);
}

TEST(to_host, .name = "virtio/transfer-to-host",
     .about = "the host's storage becomes what the BO holds, each time anew")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	for (uint32_t generation = 1; generation <= 3; generation++) {
		stamp_fill(bo.map, SIZE, 1, generation);
		res_expect(&bo, 1, generation);
		bo_to_host(&bo);
		check_host(&bo, 1, generation);
	}
}

TEST(from_host, .name = "virtio/transfer-from-host",
     .about = "a transfer from the host gives the BO the content of the host's "
	      "storage")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	stamp_fill(bo.map, SIZE, 1, 2);
	res_expect(&bo, 1, 2);
	bo_from_host(&bo);
	stamp_verify(bo.map, SIZE, 1, 1);
	/* Later writes of the guest do not change the host's storage. */
	check_host(&bo, 1, 1);
}

/* On 7.3, the second transfer waits for the end of the first; 6.12 sends it at once. */
TEST(both_ways, .name = "virtio/transfer-both-ways",
     .about = "what the host writes is not lost if the BO is transferred to "
	      "the host before that has ended")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	struct drm_virtgpu_3d_box all = {.w = SIZE, .h = 1, .d = 1};
	struct drm_virtgpu_3d_transfer_from_host from = {.bo_handle = bo.handle,
							 .box = all};
	struct drm_virtgpu_3d_transfer_to_host to = {.bo_handle = bo.handle,
						     .box = all};

	for (uint32_t generation = 1; generation <= 2; generation++) {
		struct caller caller;
		char state;

		stamp_fill(bo.map, SIZE, 1, generation);
		bo_to_host(&bo);
		memset(bo.map, 0, SIZE);
		cmd_hold("TRANSFER_FROM_HOST_3D");
		CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
				    &from));
		caller = caller_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST,
				      &to);
		WAIT_UNTIL(strchr("SZ", state = process_state(caller.pid)));
		if (generation == 1 && state == 'S') {
			caller_signal(&caller, SIGNAL_ENDS);
			CHECK_EQ(caller_end(&caller), EINTR);
			caller = caller_ioctl(
				fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
		}
		cmd_release("TRANSFER_FROM_HOST_3D");
		CHECK_EQ(caller_end(&caller), 0);
		bo_wait(&bo);
		stamp_verify(bo.map, SIZE, 1, generation);
		check_host(&bo, 1, generation);
	}
}

TEST(part, .name = "virtio/transfer-part",
     .about = "a part of a buffer is transferred, either way, and nothing else")
{
	/* Not page-aligned at either end. */
	const struct drm_virtgpu_3d_box box = {
		.x = 3 * PAGE + 100,
		.w = 5 * PAGE,
		.h = 1,
		.d = 1,
	};
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	char want[SIZE];
	char *data;

	stamp_fill(bo.map, SIZE, 1, 1);
	memcpy(want, bo.map, SIZE);
	bo_to_host(&bo);

	stamp_fill(bo.map, SIZE, 1, 2);
	memcpy(want + box.x, (char *)bo.map + box.x, box.w);
	bo_to_host_box(&bo, box, box.x);
	data = res_data(bo.res, 0, SIZE);
	CHECK(!memcmp(data, want, SIZE));
	free(data);

	stamp_fill(bo.map, SIZE, 1, 3);
	memcpy(want, bo.map, SIZE);
	bo_from_host_box(&bo, box, box.x);
	stamp_fill(want, SIZE, 1, 3);
	data = res_data(bo.res, box.x, box.w);
	memcpy(want + box.x, data, box.w);
	free(data);
	CHECK(!memcmp(bo.map, want, SIZE));
}

TEST(other_offset, .name = "virtio/transfer-offset",
     .about = "the offset in the BO may differ from that in the resource")
{
	const struct drm_virtgpu_3d_box box = {
		.x = PAGE,
		.w = 2 * PAGE,
		.h = 1,
		.d = 1,
	};
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	void *data;

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host_box(&bo, box, 7 * PAGE);
	data = res_data(bo.res, PAGE, 2 * PAGE);
	stamp_verify_pages(data, 2 * PAGE, 1, 1, 7);
	free(data);
	bo_from_host_box(&bo, box, 0);
	stamp_verify_pages(bo.map, 2 * PAGE, 1, 1, 7);
	stamp_verify_pages((char *)bo.map + 2 * PAGE, SIZE - 2 * PAGE, 1, 1, 2);
}

/* Lines of a box of @bo, in memory laid out as the BO is. */
static void fill_box(struct bo *bo, void *base, struct drm_virtgpu_3d_box box,
		     int value)
{
	for (uint32_t y = box.y; y < box.y + box.h; y++)
		memset((char *)base + y * bo->pitch + box.x * 4, value,
		       box.w * 4);
}

TEST(box, .name = "virtio/transfer-box",
     .about = "a box of a texture is transferred, either way, and nothing else")
{
	const struct drm_virtgpu_3d_box box = {
		.x = 5,
		.y = 7,
		.w = 19,
		.h = 30,
		.d = 1,
	};
	GPU(fd);
	BO(bo, bo_texture(fd, 64, 64));
	uint32_t offset = box.y * bo.pitch + box.x * 4;
	char *want = malloc(bo.size);
	char *data;

	CHECK(want);
	memset(bo.map, 0x11, bo.size);
	bo_to_host(&bo);
	memset(bo.map, 0x22, bo.size);
	bo_to_host_box(&bo, box, offset);
	memset(want, 0x11, bo.size);
	fill_box(&bo, want, box, 0x22);
	data = res_data(bo.res, 0, bo.size);
	CHECK(!memcmp(data, want, bo.size));
	free(data);

	memset(bo.map, 0x33, bo.size);
	bo_from_host_box(&bo, box, offset);
	memset(want, 0x33, bo.size);
	fill_box(&bo, want, box, 0x22);
	CHECK(!memcmp(bo.map, want, bo.size));
	free(want);
}

TEST(dumb, .name = "virtio/transfer-dumb",
     .about = "a dumb buffer goes to the host and back")
{
	GPU_CARD(fd);
	BO(bo, bo_dumb(fd, 128, 64));

	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	bo_to_host(&bo);
	check_host(&bo, 1, 1);
	memset(bo.map, 0, bo.size);
	res_forget(&bo);
	bo_from_host(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
}

TEST(untouched, .name = "virtio/transfer-untouched",
     .about = "pages that nobody ever touched read as zeroes at the host")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	char *data;

	stamp_fill((char *)bo.map + 3 * PAGE, PAGE, 1, 1);
	bo_to_host(&bo);
	data = res_data(bo.res, 0, SIZE);
	stamp_verify(data + 3 * PAGE, PAGE, 1, 1);
	for (size_t i = 0; i < SIZE; i++)
		if (i / PAGE != 3)
			CHECK_EQ(data[i], 0);
	free(data);
}

TEST(wrong_stamp, .name = "virtio/transfer-wrong-stamp",
     .about =
	     "a page without its stamp is a violation when the device reads it")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));

	stamp_fill(bo.map, SIZE, 42, 1);
	stamp_fill_pages((char *)bo.map + 5 * PAGE, PAGE, 42, 7, 5);
	res_expect(&bo, 42, 1);
	bo_to_host(&bo);
	CHECK_EQ(violations_take("42"), 1);
	res_forget(&bo);
	bo_to_host(&bo);
	CHECK_EQ(violations_count(), 0);
}

TEST(bounds, .name = "virtio/transfer-bounds",
     .about = "the device refuses a box or offset beyond the resource and "
	      "writes nothing")
{
	static const struct {
		struct drm_virtgpu_3d_box box;
		uint32_t offset;
	} bad[] = {
		{{.x = SIZE - 1, .w = 2, .h = 1, .d = 1}, 0},
		{{.x = UINT32_MAX, .w = 2, .h = 1, .d = 1}, 0},
		{{.x = 1, .w = UINT32_MAX, .h = 1, .d = 1}, 0},
		{{.w = 1, .h = 2, .d = 1}, 0},
		{{.w = 1, .h = 1, .d = 2}, 0},
		{{.w = 2, .h = 1, .d = 1}, SIZE - 1},
		{{.w = 1, .h = 1, .d = 1}, UINT32_MAX},
	};
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_to_host(&bo);
	stamp_fill(bo.map, SIZE, 1, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		/* The driver forwards the command, and ignores the error. */
		bo_to_host_box(&bo, bad[i].box, bad[i].offset);
		CHECK_EQ(refused_take("TRANSFER_TO_HOST"), 1);
		bo_from_host_box(&bo, bad[i].box, bad[i].offset);
		CHECK_EQ(refused_take("TRANSFER_FROM_HOST"), 1);
	}
	check_host(&bo, 1, 1);
	stamp_verify(bo.map, SIZE, 1, 2);
	bo_close(&bo);
}

TEST(refused, .name = "virtio/transfer-refused",
     .about = "strides, and transfers of a guest blob, are EINVAL")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, SIZE));
	BO(blob, bo_blob(fd, SIZE));
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo.handle,
		.box = {.w = 1, .h = 1, .d = 1},
		.stride = 64,
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo.handle,
		.box = {.w = 1, .h = 1, .d = 1},
		.layer_stride = 64,
	};

	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to),
		    EINVAL);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from),
		    EINVAL);
	to.stride = 0;
	from.layer_stride = 0;
	to.bo_handle = blob.handle;
	from.bo_handle = blob.handle;
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to),
		    EINVAL);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from),
		    EINVAL);
	/* The failed calls have left the BO unlocked and idle. */
	bo_wait(&bo);
	bo_wait(&blob);
	bo_to_host(&bo);
}
