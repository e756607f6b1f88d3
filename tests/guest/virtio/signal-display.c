// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals during updates of planes. Either the call ends with EINTR, or the screen is
 * what it was told to be.
 */
#include <errno.h>
#include <string.h>

#include "display.h"
#include "lib/caller.h"
#include "lib/virtio-lock.h"
#include "lib/virtio-reclaim.h"

/**
 * struct screen - a buffer on, or for, the screen, whose lock is held
 * @display: the display
 * @bo: the buffer, of which the host knows generation 1
 * @fb: its framebuffer
 * @lock: the processes that hold the lock
 */
struct screen {
	struct display display;
	struct bo bo;
	uint32_t fb;
	struct lock lock;
};

static void host_has(const struct bo *bo, uint32_t generation)
{
	void *data = res_data(bo->res, 0, bo->size);

	stamp_verify(data, bo->size, 1, generation);
	free(data);
}

static void look(void *data)
{
	const struct screen *screen = data;

	host_has(&screen->bo, 1);
}

static void go(void *data)
{
	const struct screen *screen = data;

	bo_unlock(&screen->lock);
}

/* The host gets generation 1, the buffer has generation 2. */
static struct screen screen_open(void)
{
	struct screen screen = {.display = display_open()};

	screen.bo = bo_screen(&screen.display);
	screen.fb = fb_screen(&screen.display, &screen.bo);
	stamp_fill(screen.bo.map, screen.bo.size, 1, 1);
	bo_to_host(&screen.bo);
	host_has(&screen.bo, 1);
	return screen;
}

/*
 * The holder of the lock transfers the buffer itself: what it sends is not what is
 * looked for.
 */
static void screen_hold(struct screen *screen)
{
	stamp_fill(screen->bo.map, screen->bo.size, 1, 1);
	screen->lock = bo_lock(&screen->bo);
}

static void check_shown(struct screen *screen)
{
	CHECK_EQ(scanout_resource(0), screen->bo.res);
	CHECK_SYS(close(screen->display.fd));
}

TEST(dirty, .name = "virtio/signal-dirtyfb", .virtual_time = true,
     .needs = "virtio-shrinker",
     .about =
	     "DIRTYFB that a signal interrupts, or restarts, brings the change "
	     "to the host in the end")
{
	struct screen screen = screen_open();
	struct drm_mode_fb_dirty_cmd arg = {.fb_id = screen.fb};
	struct scene scene = {
		.fd = screen.display.fd,
		.request = DRM_IOCTL_MODE_DIRTYFB,
		.arg = &arg,
		.look = look,
		.go = go,
		.data = &screen,
	};

	display_show(&screen.display, screen.fb);
	screen_hold(&screen);
	signals_end(&scene);
	signals_restart(&scene);
	stamp_fill(screen.bo.map, screen.bo.size, 1, 2);
	CHECK_SYS(drm_ioctl(screen.display.fd, DRM_IOCTL_MODE_DIRTYFB, &arg));
	host_has(&screen.bo, 2);
	check_shown(&screen);
}

TEST(flip, .name = "virtio/signal-flip", .virtual_time = true,
     .needs = "virtio-shrinker",
     .about = "a flip that a signal interrupts, or restarts, shows the buffer "
	      "in the end")
{
	struct screen screen = screen_open();
	struct bo first = bo_screen(&screen.display);
	struct drm_mode_crtc_page_flip arg = {
		.crtc_id = screen.display.crtc,
		.fb_id = screen.fb,
	};
	struct scene scene = {
		.fd = screen.display.fd,
		.request = DRM_IOCTL_MODE_PAGE_FLIP,
		.arg = &arg,
		.look = look,
		.go = go,
		.data = &screen,
	};

	display_show(&screen.display, fb_screen(&screen.display, &first));
	screen_hold(&screen);
	signals_end(&scene);
	CHECK_EQ(scanout_resource(0), first.res);
	signals_restart(&scene);
	WAIT_UNTIL(scanout_resource(0) == screen.bo.res);
	display_settle();
	check_shown(&screen);
}

/* 6.12 has a bug here (tests/KERNEL-BUGS.md, 36). */
TEST(cursor, .name = "virtio/signal-cursor", .hidden = true,
     .about = "a new cursor is shown when the host has its image, also if a "
	      "signal comes before")
{
	struct display display = display_open();
	struct bo screen = bo_screen(&display), bo = bo_cursor(&display);
	struct drm_mode_cursor2 arg = {
		.flags = DRM_MODE_CURSOR_BO,
		.crtc_id = display.crtc,
		.width = CURSOR_SIDE,
		.height = CURSOR_SIDE,
		.handle = bo.handle,
	};
	struct caller caller;
	unsigned int seen;

	display_show(&display, fb_screen(&display, &screen));
	stamp_fill(bo.map, bo.size, 1, 1);
	seen = cmd_seen("UPDATE_CURSOR");
	cmd_hold("TRANSFER_TO_HOST_2D");
	caller = caller_ioctl(display.fd, DRM_IOCTL_MODE_CURSOR2, &arg);
	WAIT_UNTIL(cmd_pending("TRANSFER_TO_HOST_2D"));
	caller_asleep(&caller, false);
	caller_send(&caller, SIGNAL_RESTARTS);
	for (int i = 0; i < 3; i++) {
		mem_millisecond();
		CHECK_EQ(cmd_seen("UPDATE_CURSOR"), seen);
	}
	cmd_release("TRANSFER_TO_HOST_2D");
	CHECK_EQ(caller_end(&caller), 0);
	WAIT_UNTIL(cursor_resource(0) == bo.res);
	host_has(&bo, 1);
	display_off(&display);
	CHECK_SYS(close(display.fd));
}
