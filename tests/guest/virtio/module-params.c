// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests that are booted with parameters of the drivers and of DRM. */
#include <errno.h>

#include "lib/virtio-reclaim.h"
#include "display.h"

static void check_works(void)
{
	GPU(fd);
	BO(bo, bo_buffer(fd, 4 * PAGE));

	stamp_fill(bo.map, bo.size, 1, 1);
	res_expect(&bo, 1, 1);
	bo_to_host(&bo);
	res_forget(&bo);
}

TEST(no_modeset, .name = "virtio/param-no-modeset",
     .kernel_args = "virtio_gpu.modeset=0",
     .about = "with modeset=0, the driver leaves the device alone")
{
	CHECK_ERRNO(drm_try_open(DRM_VIRTIO, DRM_CARD), ENODEV);
	CHECK_ERRNO(drm_try_open(DRM_VIRTIO, DRM_RENDER), ENODEV);
	CHECK_EQ(res_count(), 0);
}

TEST(modeset, .name = "virtio/param-modeset",
     .kernel_args = "virtio_gpu.modeset=1 nomodeset",
     .about = "with modeset=1, the driver works, even with nomodeset")
{
	check_works();
}

/*
 * Wait until the driver has handled the answers to all commands so far: it frees the ID of
 * a resource when the host has answered that it is destroyed.
 */
static void catch_up(const struct bo *other)
{
	bo_to_host(other);
}

TEST(virglhack, .name = "virtio/param-no-virglhack",
     .kernel_args = "virtio_gpu.virglhack=0",
     .about = "with virglhack=0, resource IDs are used again, and never those "
	      "of a BO that is left")
{
	enum { COUNT = 8 };
	GPU(fd);
	BO(other, bo_buffer(fd, PAGE));
	struct bo bo[COUNT];
	uint32_t res;

	check_works();
	catch_up(&other);
	for (int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < COUNT; i++) {
			bo[i] = bo_buffer(fd, PAGE);
			CHECK_CMP(bo[i].res, <=, COUNT + 2);
			for (unsigned int j = 0; j < i; j++)
				CHECK_CMP(bo[i].res, !=, bo[j].res);
		}
		res = bo[2].res;
		bo_close_wait(&bo[2]);
		catch_up(&other);
		bo[2] = bo_buffer(fd, PAGE);
		CHECK_EQ(bo[2].res, res);
		bo_to_host(&bo[2]);
		for (unsigned int i = 0; i < COUNT; i++)
			bo_close_wait(&bo[i]);
		catch_up(&other);
	}
}

TEST(debug, .name = "virtio/param-debug",
     .kernel_args = "drm.debug=0x1ff drm_kms_helper.poll=0",
     .about = "with all of DRM's messages, the driver works")
{
	check_works();
}

TEST(vblank, .name = "virtio/param-vblank",
     .kernel_args = "drm.vblankoffdelay=0 drm.timestamp_precision_usec=0 "
		    "drm.edid_fixup=8",
     .about = "with other values for vblank and EDIDs, the screen shows what "
	      "is drawn")
{
	struct display display = display_open();
	struct bo screen = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &screen);

	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), screen.res);
	check_works();
	display_off(&display);
	fb_remove(display.fd, fb);
	bo_close_wait(&screen);
	CHECK_SYS(close(display.fd));
}
