// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>

#include "display.h"
#include "lib/process.h"

static bool connector_modes(int fd, uint32_t id, struct drm_mode_modeinfo *mode)
{
	struct drm_mode_modeinfo modes[64];
	struct drm_mode_get_connector arg = {.connector_id = id};

	/* With no space for modes, the kernel probes the device again. */
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

struct display display_open(void)
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

static uint32_t fb_format(const struct bo *bo, uint32_t width, uint32_t height,
			  uint32_t format)
{
	struct drm_mode_fb_cmd2 arg = {
		.width = width,
		.height = height,
		.pixel_format = format,
		.handles = {bo->handle},
		.pitches = {width * 4},
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_MODE_ADDFB2, &arg));
	return arg.fb_id;
}

uint32_t fb_of(const struct bo *bo, uint32_t width, uint32_t height)
{
	return fb_format(bo, width, height, DRM_FORMAT_XRGB8888);
}

uint32_t fb_of_cursor(const struct bo *bo)
{
	return fb_format(bo, CURSOR_SIDE, CURSOR_SIDE, DRM_FORMAT_ARGB8888);
}

void fb_remove(int fd, uint32_t fb)
{
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_RMFB, &fb));
}

struct bo bo_screen(const struct display *display)
{
	return bo_dumb(display->fd, display->mode.hdisplay,
		       display->mode.vdisplay);
}

struct bo bo_cursor(const struct display *display)
{
	return bo_dumb(display->fd, CURSOR_SIDE, CURSOR_SIDE);
}

uint32_t fb_screen(const struct display *display, const struct bo *bo)
{
	return fb_of(bo, display->mode.hdisplay, display->mode.vdisplay);
}

int display_try_show(const struct display *display, uint32_t fb)
{
	struct drm_mode_crtc arg = {
		.set_connectors_ptr = (uintptr_t)&display->connector,
		.count_connectors = 1,
		.crtc_id = display->crtc,
		.fb_id = fb,
		.mode_valid = 1,
		.mode = display->mode,
	};

	return drm_ioctl(display->fd, DRM_IOCTL_MODE_SETCRTC, &arg);
}

void display_show(const struct display *display, uint32_t fb)
{
	CHECK_SYS(display_try_show(display, fb));
}

void display_off(const struct display *display)
{
	struct drm_mode_crtc arg = {.crtc_id = display->crtc};

	CHECK_SYS(drm_ioctl(display->fd, DRM_IOCTL_MODE_SETCRTC, &arg));
}

int display_try_cursor(const struct display *display, uint32_t flags,
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

	return drm_ioctl(display->fd, DRM_IOCTL_MODE_CURSOR2, &arg);
}

void display_cursor(const struct display *display, uint32_t flags,
		    const struct bo *bo, int x, int y)
{
	CHECK_SYS(display_try_cursor(display, flags, bo, x, y));
}

static bool commits(pid_t pid, const char *name, void *data)
{
	(void)pid;
	(void)data;
	return strstr(name, "+events_unbound");
}

/* Is a kernel thread committing a flip? The name of the thread says so. */
static bool is_committing(void)
{
	return process_find(commits, NULL);
}

void display_settle(void)
{
	WAIT_UNTIL(!is_committing());
}

void display_flip(const struct display *display, uint32_t fb)
{
	static uint64_t number;
	struct drm_mode_crtc_page_flip arg = {
		.crtc_id = display->crtc,
		.fb_id = fb,
		.flags = DRM_MODE_PAGE_FLIP_EVENT,
		.user_data = ++number,
	};
	struct pollfd poll_fd = {.fd = display->fd, .events = POLLIN};
	struct drm_event_vblank event;

	CHECK_SYS(drm_ioctl(display->fd, DRM_IOCTL_MODE_PAGE_FLIP, &arg));
	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 10000)), 1);
	CHECK_EQ(CHECK_SYS(read(display->fd, &event, sizeof(event))),
		 (ssize_t)sizeof(event));
	CHECK_EQ(event.base.type, DRM_EVENT_FLIP_COMPLETE);
	CHECK_EQ(event.user_data, number);
	display_settle();
}

void display_change_at(const char *kind)
{
	device_write("faults", "change virtio-gpu %s 1", kind);
}

void display_change(void)
{
	struct drm_virtgpu_context_init arg = {0};
	GPU(fd);

	display_change_at("CTX_CREATE");
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &arg));
}

bool display_handled(void)
{
	char *status = device_read("virtio-gpu/status");
	bool ret;

	CHECK(status);
	ret = strstr(status, "\nevents 0x0\n");
	free(status);
	return ret;
}
