// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver is unbound while processes wait for space in the control queue: nobody
 * makes space any more.
 */
#include <errno.h>
#include <stdio.h>

#include "lib/caller.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-gpu.h"
#include "display.h"

/* More commands than the control queue can hold. */
#define MANY 400
#define SIDE 16

static int fill(void *arg)
{
	int fd = *(int *)arg;
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer submit = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
	};

	for (int i = 0; i < MANY; i++)
		if (drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &submit))
			return errno;
	return 0;
}

TEST(full, .name = "virtio/unbind-queue-full", .needs = "virtio-late-attach",
     .seconds = 20,
     .about = "unbinding ends the wait for space in the queue, whoever waits")
{
	char *name = gpu_device();
	struct display display = display_open();
	int fd = display.fd;
	struct bo bo = bo_texture(fd, SIDE, SIDE), closed = bo_buffer(fd, PAGE);
	struct bo fresh = bo_buffer_unmapped(fd, PAGE);
	struct bo screen = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &screen);
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = bo.handle,
		.box = {.w = SIDE, .h = SIDE, .d = 1},
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = bo.handle,
		.box = to.box,
	};
	/* It has to attach the BO first. */
	struct drm_virtgpu_3d_transfer_to_host attach = {
		.bo_handle = fresh.handle,
		.box = {.w = 1, .h = 1, .d = 1},
	};
	struct drm_virtgpu_resource_create create = {
		.target = TARGET_BUFFER,
		.format = FORMAT_R8,
		.bind = BIND_VERTEX_BUFFER,
		.width = PAGE,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.size = PAGE,
	};
	struct drm_virtgpu_resource_create_blob blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.size = PAGE,
	};
	struct sb_exec nop = exec_nop();
	/* It has a fence, but no BO. */
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.fence_fd = -1,
	};
	struct drm_virtgpu_resource_create_blob host_blob = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = PAGE,
	};
	struct drm_mode_create_dumb dumb = {
		.width = SIDE, .height = SIDE, .bpp = 32};
	struct drm_gem_close close_arg = {.handle = closed.handle};
	struct drm_mode_crtc show = {
		.set_connectors_ptr = (uintptr_t)&display.connector,
		.count_connectors = 1,
		.crtc_id = display.crtc,
		.fb_id = fb,
		.mode_valid = 1,
		.mode = display.mode,
	};
	/* What cannot report it may say that all is well. */
	const struct {
		const char *name;
		unsigned long request;
		void *arg;
		bool reports;
	} calls[] = {
		{"to host", DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to, false},
		{"from host", DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from,
		 false},
		{"attach", DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &attach, true},
		{"create", DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create, false},
		{"blob", DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &blob, true},
		{"host blob", DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB,
		 &host_blob, true},
		{"dumb", DRM_IOCTL_MODE_CREATE_DUMB, &dumb, false},
		{"close", DRM_IOCTL_GEM_CLOSE, &close_arg, false},
		{"setcrtc", DRM_IOCTL_MODE_SETCRTC, &show, false},
		{"exec", DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec, true},
	};
	enum { COUNT = sizeof(calls) / sizeof(*calls) };
	struct caller filler, caller[COUNT];

	bo_to_host(&bo);
	bo_unmap(&bo);
	bo_unmap(&closed);
	bo_unmap(&screen);
	cmd_hold("SUBMIT_3D");
	filler = caller_run(fd, fill, &fd);
	caller_asleep(&filler, false);
	for (unsigned int i = 0; i < COUNT; i++) {
		caller[i] = caller_ioctl(fd, calls[i].request, calls[i].arg);
		caller_asleep(&caller[i], false);
	}
	gpu_unbind(name);
	CHECK_EQ(caller_end(&filler), ENODEV);
	for (unsigned int i = 0; i < COUNT; i++) {
		int err = caller_end(&caller[i]);

		if (err != ENODEV && (calls[i].reports || err))
			FAIL("%s: errno %d", calls[i].name, err);
	}
	device_write("faults", "clear\n");
	CHECK_SYS(close(fd));
	CHECK_EQ(res_count(), 0);
	gpu_bind(name);
	fd = gpu_render();
	bo = bo_buffer(fd, PAGE);
	bo_to_host(&bo);
	bo_close_wait(&bo);
	CHECK_SYS(close(fd));
	free(name);
}

static int move_often(void *arg)
{
	const struct display *display = arg;

	for (int i = 0; i < MANY; i++)
		if (display_try_cursor(display, DRM_MODE_CURSOR_MOVE, NULL, i,
				       i))
			return errno;
	return 0;
}

TEST(cursor_full, .name = "virtio/unbind-cursor-full",
     .needs = "virtio-late-attach", .seconds = 20,
     .about = "unbinding ends the wait for space in the queue for the cursor")
{
	char *name = gpu_device();
	struct display display = display_open();
	struct bo screen = bo_screen(&display), bo = bo_cursor(&display);
	uint32_t fb = fb_screen(&display, &screen);
	struct caller mover;

	bo_unmap(&screen);
	bo_unmap(&bo);
	display_show(&display, fb);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &bo, 0, 0);
	cmd_hold("MOVE_CURSOR");
	mover = caller_run(display.fd, move_often, &display);
	caller_asleep(&mover, false);
	gpu_unbind(name);
	CHECK_EQ(caller_end(&mover), ENODEV);
	device_write("faults", "clear\n");
	CHECK_SYS(close(display.fd));
	CHECK_EQ(res_count(), 0);
	gpu_bind(name);
	free(name);
}

TEST(cursor_image, .name = "virtio/unbind-cursor-image",
     .needs = "virtio-late-attach", .seconds = 20,
     .about = "unbinding ends a change of the cursor, which waits for space in "
	      "the queue, and then for the host to have the image")
{
	char *name = gpu_device();
	struct display display = display_open();
	struct bo screen = bo_screen(&display), bo = bo_cursor(&display);
	struct bo other = bo_cursor(&display);
	uint32_t fb = fb_screen(&display, &screen);
	struct drm_mode_cursor2 change = {
		.flags = DRM_MODE_CURSOR_BO,
		.crtc_id = display.crtc,
		.width = CURSOR_SIDE,
		.height = CURSOR_SIDE,
		.handle = other.handle,
	};
	struct caller filler, caller;
	int err;

	bo_unmap(&screen);
	bo_unmap(&bo);
	bo_unmap(&other);
	display_show(&display, fb);
	/* The host has the pages of both. */
	display_cursor(&display, DRM_MODE_CURSOR_BO, &other, 0, 0);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &bo, 0, 0);
	cmd_hold("SUBMIT_3D");
	filler = caller_run(display.fd, fill, &display.fd);
	caller_asleep(&filler, false);
	caller = caller_ioctl(display.fd, DRM_IOCTL_MODE_CURSOR2, &change);
	caller_asleep(&caller, false);
	gpu_unbind(name);
	CHECK_EQ(caller_end(&filler), ENODEV);
	err = caller_end(&caller);
	CHECK(!err || err == ENODEV);
	device_write("faults", "clear\n");
	CHECK_SYS(close(display.fd));
	CHECK_EQ(res_count(), 0);
	gpu_bind(name);
	free(name);
}
