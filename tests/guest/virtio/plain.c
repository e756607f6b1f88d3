// SPDX-License-Identifier: GPL-2.0-or-later
/* A device without 3D: there are no contexts, and transfers are other commands. */
#include <errno.h>

#include "display.h"
#include "lib/virtio-reclaim.h"
#include "plain.h"

#define PAGES 8
#define TO_HOST_2D "TRANSFER_TO_HOST_2D"

char *plain_bind_without(const char *features)
{
	char *name = gpu_device();

	device_write("faults", "%s", features);
	gpu_unbind(name);
	gpu_bind(name);
	return name;
}

char *plain_begin(void)
{
	return plain_bind_without("lack virtio-gpu VIRGL\n"
				  "lack virtio-gpu RESOURCE_BLOB\n");
}

void plain_end(char *name)
{
	device_write("faults", "clear");
	gpu_unbind(name);
	gpu_bind(name);
	free(name);
}

static int to_host(const struct bo *bo)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo->handle,
		.box = {.w = 32, .h = 32, .d = 1},
	};

	return drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg);
}

TEST(transfer, .name = "virtio/plain-transfer",
     .about = "without 3D, what is written to a BO gets to the host")
{
	char *name = plain_begin();
	int fd = gpu_card();
	struct bo bo = bo_used_dumb(fd, PAGES, 1);

	CHECK(!gpu_param(fd, VIRTGPU_PARAM_3D_FEATURES));
	CHECK_EQ(cmd_seen(TO_HOST_2D), 1);
	CHECK_EQ(ctx_count(), 0);
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
	CHECK_SYS(close(fd));
	plain_end(name);
}

TEST(evict, .name = "virtio/plain-evict", EVICTS,
     .about = "without 3D, a BO that is evicted comes back, one that is purged "
	      "does not")
{
	char *name = plain_begin();
	int fd = gpu_card();
	struct bo bo = bo_used_dumb(fd, PAGES, 1);
	struct bo gone = bo_used_dumb(fd, PAGES, 2);

	CHECK(bo_dontneed(&gone));
	CHECK_EQ(gpu_count(), 2 * PAGES);
	gpu_scan_all();
	CHECK(!bo_attached(&bo));
	CHECK(!bo_attached(&gone));
	bo_verify(&bo, 1);
	CHECK_EQ(res_pages(bo.res), PAGES);
	CHECK(!bo_willneed(&gone));
	CHECK_ERRNO(to_host(&gone), EINVAL);
	mem_all_bus_errors(gone.map, gone.size);
	bo_close_wait(&bo);
	bo_close_wait(&gone);
	CHECK_SYS(close(fd));
	plain_end(name);
}

TEST(busy, .name = "virtio/plain-busy", EVICTS,
     .about = "without 3D, a BO that the host is reading is not evicted")
{
	char *name = plain_begin();
	int fd = gpu_card();
	struct bo bo = bo_used_dumb(fd, PAGES, 1);

	cmd_hold(TO_HOST_2D);
	CHECK_SYS(to_host(&bo));
	WAIT_UNTIL(cmd_pending(TO_HOST_2D));
	CHECK(bo_busy(&bo));
	gpu_scan(2 * PAGES);
	mem_drop_caches();
	CHECK_EQ(res_pages(bo.res), PAGES);
	CHECK_EQ(gpu_count(), PAGES);
	cmd_release(TO_HOST_2D);
	bo_wait(&bo);
	gpu_scan_all();
	CHECK(!bo_attached(&bo));
	bo_verify(&bo, 1);
	bo_close_wait(&bo);
	CHECK_SYS(close(fd));
	plain_end(name);
}

TEST(blob, .name = "virtio/plain-blob", EVICTS,
     .about = "without 3D but with blobs, a dumb BO is a blob: shown in place, "
	      "and never reclaimed")
{
	char *name = plain_bind_without("lack virtio-gpu VIRGL\n");
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	CHECK_EQ(cmd_seen("SET_SCANOUT_BLOB"), 1);
	CHECK_EQ(gpu_count(), 0);
	display_off(&display);
	gpu_scan(1000);
	mem_drop_caches();
	CHECK_EQ(res_pages(bo.res), (bo.size + PAGE - 1) / PAGE);
	stamp_verify(bo.map, bo.size, 1, 1);
	fb_remove(display.fd, fb);
	res_forget(&bo);
	bo_close_wait(&bo);
	CHECK_SYS(close(display.fd));
	plain_end(name);
}

TEST(no_uuid, .name = "virtio/plain-export",
     .about = "a BO is exported and imported without the device's UUIDs")
{
	char *name = plain_bind_without("lack virtio-gpu RESOURCE_UUID\n");
	int fd = gpu_render(), other = gpu_render(), dmabuf;
	struct bo bo = bo_buffer(fd, PAGE), theirs;

	stamp_fill(bo.map, bo.size, 1, 1);
	dmabuf = drm_export(fd, bo.handle);
	CHECK_EQ(cmd_seen("RESOURCE_ASSIGN_UUID"), 0);
	theirs = bo_of_handle(other, drm_import(other, dmabuf));
	CHECK_EQ(theirs.res, bo.res);
	bo_map(&theirs);
	stamp_verify(theirs.map, theirs.size, 1, 1);
	bo_close(&theirs);
	CHECK_SYS(close(dmabuf));
	bo_close_wait(&bo);
	CHECK_SYS(close(other));
	CHECK_SYS(close(fd));
	plain_end(name);
}
