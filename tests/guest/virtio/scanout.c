// SPDX-License-Identifier: GPL-2.0-or-later
/* Modesetting: what the device shows, and how the pixels get there. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>

#include "gpu.h"

#define CURSOR_SIDE 64

/**
 * struct display - the first connected output
 * @fd: card, with us as its master
 * @mode: the output's preferred mode
 */
struct display {
	int fd;
	uint32_t crtc;
	uint32_t connector;
	struct drm_mode_modeinfo mode;
};

static bool connector_modes(int fd, uint32_t id, struct drm_mode_modeinfo *mode)
{
	struct drm_mode_modeinfo modes[64];
	struct drm_mode_get_connector arg = {.connector_id = id};

	/* Without room for a mode the kernel asks the device again. */
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETCONNECTOR, &arg));
	if (arg.connection != 1 || !arg.count_modes)
		return false;
	arg = (struct drm_mode_get_connector){
		.connector_id = id,
		.modes_ptr = (uintptr_t)modes,
		.count_modes = sizeof(modes) / sizeof(*modes),
	};
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETCONNECTOR, &arg));
	*mode = modes[0];
	for (uint32_t i = 0; i < arg.count_modes; i++)
		if (modes[i].type & DRM_MODE_TYPE_PREFERRED)
			*mode = modes[i];
	return true;
}

static struct display display_open(void)
{
	struct display display = {.fd = gpu_card()};
	uint32_t crtcs[16], connectors[16];
	struct drm_mode_card_res res = {
		.crtc_id_ptr = (uintptr_t)crtcs,
		.count_crtcs = 16,
		.connector_id_ptr = (uintptr_t)connectors,
		.count_connectors = 16,
	};

	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_GETRESOURCES, &res));
	CHECK_CMP(res.count_crtcs, >=, 1);
	CHECK_CMP(res.count_connectors, >=, 1);
	for (uint32_t i = 0; i < res.count_connectors; i++)
		if (connector_modes(display.fd, connectors[i], &display.mode)) {
			display.crtc = crtcs[i];
			display.connector = connectors[i];
			return display;
		}
	FAIL("no output is connected");
}

static uint32_t fb_of(const struct bo *bo, uint32_t width, uint32_t height)
{
	struct drm_mode_fb_cmd2 arg = {
		.width = width,
		.height = height,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.handles = {bo->handle},
		.pitches = {width * 4},
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_MODE_ADDFB2, &arg));
	return arg.fb_id;
}

static void fb_remove(int fd, uint32_t fb)
{
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_RMFB, &fb));
}

/* A dumb buffer that fills the display. */
static struct bo bo_screen(const struct display *display)
{
	return bo_dumb(display->fd, display->mode.hdisplay,
		       display->mode.vdisplay);
}

static uint32_t fb_screen(const struct display *display, const struct bo *bo)
{
	return fb_of(bo, display->mode.hdisplay, display->mode.vdisplay);
}

static void show(const struct display *display, uint32_t fb)
{
	struct drm_mode_crtc arg = {
		.set_connectors_ptr = (uintptr_t)&display->connector,
		.count_connectors = 1,
		.crtc_id = display->crtc,
		.fb_id = fb,
		.mode_valid = 1,
		.mode = display->mode,
	};

	CHECK_SYS(drm_ioctl(display->fd, DRM_IOCTL_MODE_SETCRTC, &arg));
}

static void show_nothing(const struct display *display)
{
	struct drm_mode_crtc arg = {.crtc_id = display->crtc};

	CHECK_SYS(drm_ioctl(display->fd, DRM_IOCTL_MODE_SETCRTC, &arg));
}

static void check_host(const struct bo *bo)
{
	void *data = res_data(bo->res, 0, bo->size);

	CHECK(!memcmp(data, bo->map, bo->size));
	free(data);
}

TEST(modes, .name = "virtio/scanout-modes",
     .about = "an output is connected and has a mode that the device gave")
{
	struct display display = display_open();

	CHECK_CMP(display.mode.hdisplay, >=, 32);
	CHECK_CMP(display.mode.vdisplay, >=, 32);
	CHECK(display.mode.type & DRM_MODE_TYPE_PREFERRED);
}

TEST(set, .name = "virtio/scanout-set",
     .about =
	     "SETCRTC shows the buffer, with what is in it; disable shows none")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	CHECK_EQ(scanout_resource(0), 0);
	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	check_host(&bo);
	show_nothing(&display);
	CHECK_EQ(scanout_resource(0), 0);
	fb_remove(display.fd, fb);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(flip, .name = "virtio/scanout-flip",
     .about = "each page flip shows the other buffer and sends its event")
{
	struct display display = display_open();
	struct bo bo[2];
	uint32_t fb[2];

	for (unsigned int i = 0; i < 2; i++) {
		bo[i] = bo_screen(&display);
		fb[i] = fb_screen(&display, &bo[i]);
		stamp_fill(bo[i].map, bo[i].size, i, 1);
		res_expect(&bo[i], i, 1);
	}
	show(&display, fb[0]);
	for (unsigned int i = 1; i < 6; i++) {
		struct drm_mode_crtc_page_flip arg = {
			.crtc_id = display.crtc,
			.fb_id = fb[i % 2],
			.flags = DRM_MODE_PAGE_FLIP_EVENT,
			.user_data = 1000 + i,
		};
		struct pollfd poll_fd = {.fd = display.fd, .events = POLLIN};
		struct drm_event_vblank event;

		CHECK_SYS(
			drm_ioctl(display.fd, DRM_IOCTL_MODE_PAGE_FLIP, &arg));
		CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 10000)), 1);
		CHECK_EQ(CHECK_SYS(read(display.fd, &event, sizeof(event))),
			 (ssize_t)sizeof(event));
		CHECK_EQ(event.base.type, DRM_EVENT_FLIP_COMPLETE);
		CHECK_EQ(event.user_data, 1000 + i);
		CHECK_EQ(scanout_resource(0), bo[i % 2].res);
		check_host(&bo[i % 2]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		fb_remove(display.fd, fb[i]);
		bo_close(&bo[i]);
	}
}

TEST(dirty, .name = "virtio/scanout-dirty",
     .about = "DIRTYFB brings the clip to the host; all of it without clips")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);
	struct drm_clip_rect clip = {.x1 = 37, .y1 = 11, .x2 = 90, .y2 = 50};
	struct drm_mode_fb_dirty_cmd arg = {
		.fb_id = fb,
		.num_clips = 1,
		.clips_ptr = (uintptr_t)&clip,
	};
	unsigned char *data;

	memset(bo.map, 0x11, bo.size);
	show(&display, fb);
	check_host(&bo);
	memset(bo.map, 0x22, bo.size);
	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_DIRTYFB, &arg));
	data = res_data(bo.res, 0, bo.size);
	for (uint32_t y = 0; y < display.mode.vdisplay; y++)
		for (uint32_t x = 0; x < display.mode.hdisplay; x++) {
			bool in = x >= clip.x1 && x < clip.x2 && y >= clip.y1 &&
				  y < clip.y2;
			unsigned char got = data[y * bo.pitch + x * 4];

			/* The driver may take more than it needs. */
			CHECK(got == 0x22 || (got == 0x11 && !in));
		}
	free(data);
	arg.num_clips = 0;
	CHECK_ERRNO(drm_ioctl(display.fd, DRM_IOCTL_MODE_DIRTYFB, &arg),
		    EINVAL);
	arg.clips_ptr = 0;
	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_DIRTYFB, &arg));
	check_host(&bo);
	fb_remove(display.fd, fb);
	bo_close(&bo);
}

TEST(removed, .name = "virtio/scanout-rmfb",
     .about = "removing the framebuffer that is shown ends the show first")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	show(&display, fb);
	/* The framebuffer keeps the BO. */
	bo_close(&bo);
	CHECK_EQ(scanout_resource(0), bo.res);
	fb_remove(display.fd, fb);
	CHECK_EQ(scanout_resource(0), 0);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(closed, .name = "virtio/scanout-close",
     .about = "closing the file that shows something ends the show first")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);

	show(&display, fb_screen(&display, &bo));
	CHECK_EQ(scanout_resource(0), bo.res);
	bo_unmap(&bo);
	CHECK_SYS(close(display.fd));
	WAIT_UNTIL(scanout_resource(0) == 0);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(blob, .name = "virtio/scanout-blob",
     .about = "a guest blob is shown in place")
{
	struct display display = display_open();
	size_t size = display.mode.hdisplay * 4ul * display.mode.vdisplay;
	struct bo bo = bo_blob(display.fd, size);
	uint32_t fb = fb_screen(&display, &bo);

	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	show_nothing(&display);
	CHECK_EQ(scanout_resource(0), 0);
	fb_remove(display.fd, fb);
	bo_close(&bo);
}

TEST(refused, .name = "virtio/scanout-refused",
     .about = "framebuffers too large for their BO, or odd, are refused")
{
	struct display display = display_open();
	struct bo bo = bo_dumb(display.fd, 64, 64);
	const struct drm_mode_fb_cmd2 good = {
		.width = 64,
		.height = 64,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.handles = {bo.handle},
		.pitches = {64 * 4},
	};
	struct drm_mode_fb_cmd2 arg = good;
	struct drm_mode_crtc crtc = {
		.set_connectors_ptr = (uintptr_t)&display.connector,
		.count_connectors = 1,
		.crtc_id = display.crtc,
		.mode_valid = 1,
		.mode = display.mode,
	};

	arg.pixel_format = DRM_FORMAT_RGB565;
	CHECK_ERRNO(drm_ioctl(display.fd, DRM_IOCTL_MODE_ADDFB2, &arg), ENOENT);
	arg = good;
	arg.handles[0] = bo.handle + 1;
	CHECK_ERRNO(drm_ioctl(display.fd, DRM_IOCTL_MODE_ADDFB2, &arg), EINVAL);
	arg = good;
	arg.width = 0;
	CHECK_ERRNO(drm_ioctl(display.fd, DRM_IOCTL_MODE_ADDFB2, &arg), EINVAL);
	arg = good;
	arg.width = 16384;
	arg.pitches[0] = 16384 * 4;
	CHECK_ERRNO(drm_ioctl(display.fd, DRM_IOCTL_MODE_ADDFB2, &arg), EINVAL);
	/* A framebuffer smaller than the mode. */
	crtc.fb_id = fb_of(&bo, 64, 64);
	CHECK_ERRNO(drm_ioctl(display.fd, DRM_IOCTL_MODE_SETCRTC, &crtc),
		    ENOSPC);
	CHECK_EQ(scanout_resource(0), 0);
	fb_remove(display.fd, crtc.fb_id);
	bo_close(&bo);
}

static void cursor(const struct display *display, uint32_t flags,
		   const struct bo *bo, int x, int y)
{
	struct drm_mode_cursor2 arg = {
		.flags = flags,
		.crtc_id = display->crtc,
		.x = x,
		.y = y,
		.width = CURSOR_SIDE,
		.height = CURSOR_SIDE,
		.handle = bo ? bo->handle : 0,
		.hot_x = 3,
		.hot_y = 5,
	};

	CHECK_SYS(drm_ioctl(display->fd, DRM_IOCTL_MODE_CURSOR2, &arg));
}

TEST(cursors, .name = "virtio/cursor",
     .about = "a cursor is uploaded and shown, moved, changed and hidden")
{
	struct display display = display_open();
	struct bo screen = bo_screen(&display);
	struct bo one = bo_dumb(display.fd, CURSOR_SIDE, CURSOR_SIDE);
	struct bo two = bo_dumb(display.fd, CURSOR_SIDE, CURSOR_SIDE);
	uint32_t fb = fb_screen(&display, &screen);

	stamp_fill(one.map, one.size, 1, 1);
	stamp_fill(two.map, two.size, 2, 1);
	show(&display, fb);
	cursor(&display, DRM_MODE_CURSOR_BO, &one, 0, 0);
	CHECK_EQ(cursor_resource(0), one.res);
	check_host(&one);
	cursor(&display, DRM_MODE_CURSOR_MOVE, NULL, 100, 50);
	CHECK_EQ(cursor_resource(0), one.res);
	cursor(&display, DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE, &two, 7, 9);
	CHECK_EQ(cursor_resource(0), two.res);
	check_host(&two);
	cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	CHECK_EQ(cursor_resource(0), 0);
	CHECK_EQ(scanout_resource(0), screen.res);
	fb_remove(display.fd, fb);
	bo_close(&one);
	bo_close(&two);
	bo_close(&screen);
}

/* The @nth command of @kind from now on fails while something is shown. */
static void show_with_fault(const char *kind, unsigned int nth)
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	memset(bo.map, 0x11, bo.size);
	device_write("faults", "fail virtio-gpu %s %u\n", kind, nth);
	show(&display, fb);
	show_nothing(&display);
	CHECK_EQ(scanout_resource(0), 0);
	/* And now without. */
	memset(bo.map, 0x22, bo.size);
	show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	check_host(&bo);
	fb_remove(display.fd, fb);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(fail_scanout, .name = "virtio/scanout-fail-set",
     .about = "a SET_SCANOUT that fails costs one picture, not the next")
{
	/* The first one is of no resource: the mode is set before the plane. */
	show_with_fault("SET_SCANOUT", 2);
}

TEST(fail_flush, .name = "virtio/scanout-fail-flush",
     .about = "a RESOURCE_FLUSH that fails costs one picture, not the next")
{
	show_with_fault("RESOURCE_FLUSH", 1);
}

TEST(fail_transfer, .name = "virtio/scanout-fail-transfer",
     .about =
	     "a TRANSFER_TO_HOST_2D that fails costs one picture, not the next")
{
	show_with_fault("TRANSFER_TO_HOST_2D", 1);
}
