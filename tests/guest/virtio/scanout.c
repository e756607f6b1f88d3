// SPDX-License-Identifier: GPL-2.0-or-later
/* Modesetting: what the device shows, and how the pixels get to the host. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>

#include "display.h"
#include "lib/virtio-reclaim.h"

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
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	check_host(&bo);
	display_off(&display);
	CHECK_EQ(scanout_resource(0), 0);
	fb_remove(display.fd, fb);
	bo_close(&bo);
	WAIT_UNTIL(!res_exists(bo.res));
}

/* What debugfs says of the framebuffers of the device behind @fd, owned. */
static char *framebuffers(int fd)
{
	struct stat st;
	char path[64];

	CHECK_SYS(fstat(fd, &st));
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/framebuffer",
		 minor(st.st_rdev));
	return file_read(path);
}

TEST(state, .name = "virtio/scanout-debugfs",
     .about = "debugfs says that a framebuffer's BO is pinned and has pages",
     .needs = "virtio-shrinker")
{
	struct display display = display_open();
	BO(bo, bo_screen(&display));
	uint32_t fb = fb_screen(&display, &bo);
	char *text;

	display_show(&display, fb);
	text = framebuffers(display.fd);
	CHECK(strstr(text, "pages_pin_count=1\n"));
	CHECK(!strstr(text, "pages_use_count=0\n"));
	CHECK(strstr(text, "vmap_use_count=0\n"));
	CHECK(strstr(text, "evicted=0\n"));
	CHECK(strstr(text, "madv=0\n"));
	free(text);
	display_off(&display);
	fb_remove(display.fd, fb);
}

/* debugfs says all of it of the only framebuffer, which is not shown. */
static void check_says(int fd, unsigned int uses, unsigned int evicted,
		       int madv)
{
	char *text = framebuffers(fd), *line;

	CHECK_SYS(asprintf(&line, "pages_use_count=%u\n", uses));
	if (!strstr(text, line))
		FAIL("no %s in %s", line, text);
	free(line);
	CHECK_SYS(asprintf(&line, "evicted=%u\n", evicted));
	if (!strstr(text, line))
		FAIL("no %s in %s", line, text);
	free(line);
	CHECK_SYS(asprintf(&line, "madv=%d\n", madv));
	if (!strstr(text, line))
		FAIL("no %s in %s", line, text);
	free(line);
	CHECK(strstr(text, "pages_pin_count=0\n"));
	CHECK(strstr(text, "vmap_use_count=0\n"));
	free(text);
}

TEST(state_evicted, .name = "virtio/scanout-debugfs-evicted", EVICTS,
     .about = "debugfs says whether a framebuffer's BO has pages, is evicted, "
	      "not needed, or purged")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	/* A mapping is a use, and so is the SG table. */
	check_says(display.fd, 1, 0, 0);
	bo_unmap(&bo);
	check_says(display.fd, 0, 0, 0);
	bo_to_host(&bo);
	check_says(display.fd, 1, 0, 0);
	gpu_scan_all();
	check_says(display.fd, 1, 1, 0);
	CHECK(bo_dontneed(&bo));
	check_says(display.fd, 1, 1, 1);
	CHECK(bo_willneed(&bo));
	bo_to_host(&bo);
	check_says(display.fd, 1, 0, 0);
	CHECK(bo_dontneed(&bo));
	gpu_scan_all();
	check_says(display.fd, 0, 0, -1);
	fb_remove(display.fd, fb);
	bo_close(&bo);
	CHECK_SYS(close(display.fd));
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
	display_show(&display, fb[0]);
	for (unsigned int i = 1; i < 6; i++) {
		display_flip(&display, fb[i % 2]);
		CHECK_EQ(scanout_resource(0), bo[i % 2].res);
		check_host(&bo[i % 2]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		fb_remove(display.fd, fb[i]);
		bo_close(&bo[i]);
	}
}

TEST(dirty, .name = "virtio/scanout-dirty",
     .about = "DIRTYFB transfers its clips to the host, or all of the "
	      "framebuffer without clips")
{
	struct display display = display_open();
	BO(bo, bo_screen(&display));
	uint32_t fb = fb_screen(&display, &bo);
	struct drm_clip_rect clip = {.x1 = 37, .y1 = 11, .x2 = 90, .y2 = 50};
	struct drm_mode_fb_dirty_cmd arg = {
		.fb_id = fb,
		.num_clips = 1,
		.clips_ptr = (uintptr_t)&clip,
	};
	unsigned char *data;

	memset(bo.map, 0x11, bo.size);
	display_show(&display, fb);
	check_host(&bo);
	memset(bo.map, 0x22, bo.size);
	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_DIRTYFB, &arg));
	data = res_data(bo.res, 0, bo.size);
	for (uint32_t y = 0; y < display.mode.vdisplay; y++)
		for (uint32_t x = 0; x < display.mode.hdisplay; x++) {
			bool in = x >= clip.x1 && x < clip.x2 && y >= clip.y1 &&
				  y < clip.y2;
			unsigned char got = data[y * bo.pitch + x * 4];

			/* The driver may transfer more than necessary. */
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
}

TEST(removed, .name = "virtio/scanout-rmfb",
     .about = "removing the framebuffer that is shown turns the display off "
	      "first")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	display_show(&display, fb);
	/* The framebuffer keeps the BO. */
	bo_close(&bo);
	CHECK_EQ(scanout_resource(0), bo.res);
	fb_remove(display.fd, fb);
	CHECK_EQ(scanout_resource(0), 0);
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(closed, .name = "virtio/scanout-close",
     .about =
	     "closing the file that shows a buffer turns the display off first")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);

	display_show(&display, fb_screen(&display, &bo));
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
	BO(bo, bo_blob(display.fd, size));
	uint32_t fb = fb_screen(&display, &bo);

	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	display_off(&display);
	CHECK_EQ(scanout_resource(0), 0);
	fb_remove(display.fd, fb);
}

TEST(host_blob, .name = "virtio/scanout-host-blob",
     .about = "a blob in host memory, which has no guest page, is shown")
{
	struct display display = display_open();
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_HOST3D,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = display.mode.hdisplay * 4ul * display.mode.vdisplay,
	};
	uint32_t fb;
	struct bo bo;

	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB,
			    &arg));
	bo = bo_of_handle(display.fd, arg.bo_handle);
	fb = fb_screen(&display, &bo);
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	CHECK_EQ(res_pages(bo.res), 0);
	display_off(&display);
	CHECK_EQ(scanout_resource(0), 0);
	fb_remove(display.fd, fb);
	bo_close_wait(&bo);
}

TEST(refused, .name = "virtio/scanout-refused",
     .about = "framebuffers too large for their BO, or odd, are refused")
{
	struct display display = display_open();
	BO(bo, bo_dumb(display.fd, 64, 64));
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
}

TEST(cursors, .name = "virtio/cursor",
     .about = "a cursor is uploaded and shown, moved, changed and hidden")
{
	struct display display = display_open();
	BO(screen, bo_screen(&display));
	BO(one, bo_dumb(display.fd, CURSOR_SIDE, CURSOR_SIDE));
	BO(two, bo_dumb(display.fd, CURSOR_SIDE, CURSOR_SIDE));
	uint32_t fb = fb_screen(&display, &screen);

	stamp_fill(one.map, one.size, 1, 1);
	stamp_fill(two.map, two.size, 2, 1);
	display_show(&display, fb);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &one, 0, 0);
	CHECK_EQ(cursor_resource(0), one.res);
	check_host(&one);
	display_cursor(&display, DRM_MODE_CURSOR_MOVE, NULL, 100, 50);
	CHECK_EQ(cursor_resource(0), one.res);
	display_cursor(&display, DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE,
		       &two, 7, 9);
	CHECK_EQ(cursor_resource(0), two.res);
	check_host(&two);
	display_cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	CHECK_EQ(cursor_resource(0), 0);
	CHECK_EQ(scanout_resource(0), screen.res);
	fb_remove(display.fd, fb);
}

TEST(cursor_often, .name = "virtio/cursor-often",
     .about = "a cursor can be moved more often than commands fit into its "
	      "queue")
{
	enum { OFTEN = 100 };
	struct display display = display_open();
	BO(screen, bo_screen(&display));
	BO(bo, bo_dumb(display.fd, CURSOR_SIDE, CURSOR_SIDE));
	uint32_t fb = fb_screen(&display, &screen);
	unsigned int moved = cmd_seen("MOVE_CURSOR");

	display_show(&display, fb);
	display_cursor(&display, DRM_MODE_CURSOR_BO, &bo, 0, 0);
	for (int i = 1; i <= OFTEN; i++)
		display_cursor(&display, DRM_MODE_CURSOR_MOVE, NULL, i, i);
	WAIT_UNTIL(cmd_seen("MOVE_CURSOR") >= moved + OFTEN);
	display_cursor(&display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	CHECK_EQ(cursor_resource(0), 0);
	fb_remove(display.fd, fb);
}

/* The @nth command of @kind from now on fails while something is shown. */
static void show_with_fault(const char *kind, unsigned int nth)
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	memset(bo.map, 0x11, bo.size);
	device_write("faults", "fail virtio-gpu %s %u\n", kind, nth);
	display_show(&display, fb);
	display_off(&display);
	CHECK_EQ(scanout_resource(0), 0);
	/* And now without. */
	memset(bo.map, 0x22, bo.size);
	display_show(&display, fb);
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
