// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the driver passes on for a process, though the device cannot do it: refused, and
 * no violation (shim/README.md).
 */
#include <errno.h>

#include <drm/drm_fourcc.h>

#include "display.h"

/* Sizes that no resource can have, each seen by the device only. */
TEST(create, .name = "virtio/unchecked-create",
     .about = "a resource of an impossible shape is refused, and closing its "
	      "BO is "
	      "no violation")
{
	static const struct {
		struct drm_virtgpu_resource_create arg;
		const char *why;
	} rows[] = {
		{{.target = 2,
		  .format = 1,
		  .width = 1,
		  .height = 1,
		  .depth = 2,
		  .array_size = 1},
		 "depth of a target"},
		{{.target = 0,
		  .format = 64,
		  .width = 1,
		  .height = 2,
		  .depth = 1,
		  .array_size = 1},
		 "more than a width"},
		{{.target = 2,
		  .format = 1,
		  .width = 4,
		  .height = 4,
		  .depth = 1,
		  .array_size = 1,
		  .last_level = 3},
		 "more levels"},
		{{.target = 9,
		  .format = 1,
		  .width = 4,
		  .height = 4,
		  .depth = 1,
		  .array_size = 1},
		 "unknown target"},
	};
	GPU(fd);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drm_virtgpu_resource_create arg = rows[i].arg;
		struct bo bo;

		CHECK_SYS(
			drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg));
		CHECK_EQ(refused_take(rows[i].why), 1);
		bo = bo_of_handle(fd, arg.bo_handle);
		CHECK(!res_exists(bo.res));
		bo_close(&bo);
	}
}

/* The kernel does not compare a framebuffer with its BO. */
TEST(framebuffer, .name = "virtio/unchecked-framebuffer",
     .about = "a framebuffer that is larger than its BO is refused by the "
	      "device, "
	      "if the kernel does not, and the next one is shown")
{
	struct display display = display_open();
	struct bo small = bo_dumb(display.fd, display.mode.hdisplay, 16);
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo), res = bo.res;
	struct drm_mode_fb_cmd2 large = {
		.width = display.mode.hdisplay,
		.height = display.mode.vdisplay,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.handles = {small.handle},
		.pitches = {small.pitch},
	};

	if (drm_ioctl(display.fd, DRM_IOCTL_MODE_ADDFB2, &large)) {
		CHECK_EQ(errno, EINVAL);
	} else {
		display_show(&display, large.fb_id);
		CHECK_CMP(refused_take("outside"), >, 0);
		CHECK_CMP(scanout_resource(0), !=, small.res);
		fb_remove(display.fd, large.fb_id);
	}
	bo_close_wait(&small);
	refused_take("outside");
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), res);
	CHECK_EQ(refused_count(), 0);
	fb_remove(display.fd, fb);
	bo_close_wait(&bo);
	CHECK_SYS(close(display.fd));
}

TEST(multisampled, .name = "virtio/unchecked-multisampled",
     .about = "a transfer of a multisampled resource is refused")
{
	GPU(fd);
	struct drm_virtgpu_resource_create arg = {
		.target = 2,
		.format = 1,
		.bind = 2,
		.width = 16,
		.height = 16,
		.depth = 1,
		.array_size = 1,
		.nr_samples = 4,
	};
	struct bo bo;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg));
	CHECK_EQ(refused_count(), 0);
	bo = bo_of_handle(fd, arg.bo_handle);
	bo_to_host_box(
		&bo, (struct drm_virtgpu_3d_box){.w = 16, .h = 16, .d = 1}, 0);
	CHECK_EQ(refused_take("multisampled resource"), 1);
	bo_close_wait(&bo);
}
