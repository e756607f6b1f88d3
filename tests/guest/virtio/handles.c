// SPDX-License-Identifier: GPL-2.0-or-later
/* A BO with several handles, or with a handle and a framebuffer. */
#include <errno.h>
#include <unistd.h>

#include "lib/virtio-reclaim.h"
#include "display.h"

#define SIZE (4 * PAGE)

/* A job of @handle's file can use the BO. */
static void check_usable(int fd, uint32_t handle, size_t size)
{
	struct bo bo = bo_of_handle(fd, handle);
	BO(sum, bo_buffer(fd, PAGE));
	const struct bo *bos[] = {&bo, &sum};
	struct sb_exec exec = exec_checksum(&sum, 0, &bo, 0, size);

	bo.size = size;
	gpu_exec(fd, &exec, 1, bos, 2);
	bo_wait(&bo);
}

static uint32_t open_name(int fd, uint32_t name)
{
	struct drm_gem_open arg = {.name = name};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_OPEN, &arg));
	return arg.handle;
}

TEST(two, .name = "virtio/two-handles", .needs = "virtio-handles",
     .about = "a file that has opened a BO twice has it until both handles are "
	      "closed")
{
	GPU_CARD(fd);
	struct bo bo = bo_buffer(fd, SIZE);
	uint32_t res = bo.res;
	struct drm_gem_flink flink = {.handle = bo.handle};
	uint32_t second, third;

	bo_to_host(&bo);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_FLINK, &flink));
	second = open_name(fd, flink.name);
	third = open_name(fd, flink.name);
	check_usable(fd, third, SIZE);
	bo_close(&bo);
	check_usable(fd, second, SIZE);
	drm_gem_close(fd, second);
	check_usable(fd, third, SIZE);
	CHECK(res_exists(res));
	drm_gem_close(fd, third);
	WAIT_UNTIL(!res_exists(res));
}

/* GETFB2 gives the master a handle beside the one that it has. */
TEST(two_fb, .name = "virtio/two-handles-fb", .needs = "virtio-handles",
     .about = "the handle that GETFB2 gives of a BO that the file has works "
	      "after "
	      "the first is closed")
{
	struct display display = display_open();
	int fd = display.fd;
	struct bo bo = bo_screen(&display);
	uint32_t res = bo.res;
	size_t size = bo.size;
	struct drm_mode_fb_cmd2 get = {.fb_id = fb_screen(&display, &bo)};

	bo_to_host(&bo);
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_GETFB2, &get));
	CHECK_CMP(get.handles[0], !=, bo.handle);
	check_usable(fd, get.handles[0], size);
	bo_close(&bo);
	check_usable(fd, get.handles[0], size);
	drm_gem_close(fd, get.handles[0]);
	CHECK(res_exists(res));
	fb_remove(fd, get.fb_id);
	WAIT_UNTIL(!res_exists(res));
	CHECK_SYS(close(fd));
}

TEST(reimport, .name = "virtio/handle-again",
     .about = "a file that imports its own dma-buf has one handle of the BO, "
	      "which "
	      "works; also when it is imported after that handle was closed")
{
	GPU_CARD(fd);
	struct bo bo = bo_buffer(fd, SIZE);
	uint32_t res = bo.res;
	int dmabuf = drm_export(fd, bo.handle);

	bo_to_host(&bo);
	for (int i = 0; i < 3; i++) {
		uint32_t handle = drm_import(fd, dmabuf);
		struct drm_gem_close again = {.handle = handle};

		if (!i)
			CHECK_EQ(handle, bo.handle);
		check_usable(fd, handle, SIZE);
		if (!i)
			bo_close(&bo);
		else
			drm_gem_close(fd, handle);
		CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &again), EINVAL);
		CHECK(res_exists(res));
	}
	CHECK_SYS(close(dmabuf));
	WAIT_UNTIL(!res_exists(res));
}

/* The framebuffer, whose BO has no handle any more, keeps it. */
static void fb_again(const struct display *display, bool show)
{
	int fd = display->fd;
	struct bo bo = bo_screen(display);
	uint32_t res = bo.res, fb = fb_screen(display, &bo), handle;
	int dmabuf = drm_export(fd, bo.handle);
	size_t size = bo.size;
	struct bo again;

	stamp_fill(bo.map, size, 1, 1);
	if (show)
		display_show(display, fb);
	bo_close(&bo);
	CHECK(res_exists(res));
	for (int i = 0; i < 3; i++) {
		handle = drm_import(fd, dmabuf);
		again = bo_of_handle(fd, handle);
		CHECK_EQ(again.res, res);
		again.size = size;
		again.pitch = bo.pitch;
		bo_map(&again);
		stamp_verify(again.map, size, 1, 1);
		if (i < 2)
			bo_close(&again);
	}
	if (show)
		display_off(display);
	fb_remove(fd, fb);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_MODE_RMFB, &fb), ENOENT);
	CHECK(res_exists(res));
	stamp_verify(again.map, size, 1, 1);
	bo_to_host(&again);
	/* A framebuffer of the new handle works like the first. */
	fb = fb_screen(display, &again);
	display_show(display, fb);
	CHECK_EQ(scanout_resource(0), res);
	bo_close(&again);
	CHECK_SYS(close(dmabuf));
	fb_remove(fd, fb);
	WAIT_UNTIL(!res_exists(res));
}

TEST(fb, .name = "virtio/fb-handle-again",
     .about = "a framebuffer's BO whose handle was closed can be imported "
	      "again, shown or not, and goes with the last of both")
{
	struct display display = display_open();

	fb_again(&display, false);
	fb_again(&display, true);
	CHECK_SYS(close(display.fd));
}

/* GETFB and GETFB2 give the master a new handle. */
TEST(getfb, .name = "virtio/fb-get-handle",
     .about = "the handle that GETFB gives is the framebuffer's BO, after its "
	      "own handle was closed")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t res = bo.res;
	struct drm_mode_fb_cmd get = {.fb_id = fb_screen(&display, &bo)};
	size_t size = bo.size;

	stamp_fill(bo.map, size, 1, 1);
	bo_close(&bo);
	CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_GETFB, &get));
	CHECK_EQ(get.width, display.mode.hdisplay);
	CHECK_CMP(get.handle, !=, 0);
	fb_remove(display.fd, get.fb_id);
	bo = bo_of_handle(display.fd, get.handle);
	CHECK_EQ(bo.res, res);
	bo.size = size;
	bo_map(&bo);
	stamp_verify(bo.map, bo.size, 1, 1);
	bo_close_wait(&bo);
	CHECK_SYS(close(display.fd));
}
