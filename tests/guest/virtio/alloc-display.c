// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modesetting when memory runs out half-way. A call that fails must leave the
 * screen unchanged, and a BO that is no longer shown must not stay pinned.
 */
#include <errno.h>
#include <poll.h>

#include <drm/drm_fourcc.h>

#include "lib/caps.h"
#include "lib/fail-nth.h"
#include "display.h"
#include "lib/virtio-reclaim.h"

#define SIDE 64

/**
 * struct scene - the state that the calls work on
 * @display: the first output
 * @screen: two BOs that fill it, the first with the stamps of BO 1; the shrinker
 *	can have their pages when nothing shows them
 * @fb: framebuffers of the two, and of one that a call makes
 * @cursor: a BO that is a cursor's size
 * @shown: resource that the scanout shows before the call
 * @pointer: resource that is its cursor before the call
 * @pages: of each screen
 * @evicts: does the driver evict BOs?
 */
struct scene {
	struct display display;
	struct bo screen[2];
	uint32_t fb[3];
	struct bo cursor;
	uint32_t shown, pointer;
	size_t pages;
	bool evicts;
};

static void set_out(struct scene *scene)
{
	scene->fb[2] = 0;
	scene->shown = scanout_resource(0);
	scene->pointer = cursor_resource(0);
}

/* Nothing is shown, and nothing is pinned. */
static void dark(void *arg)
{
	struct scene *scene = arg;

	display_cursor(&scene->display, DRM_MODE_CURSOR_BO, NULL, 0, 0);
	display_off(&scene->display);
	WAIT_UNTIL(!scanout_resource(0));
	for (int i = 0; i < 2; i++) {
		bo_wait(&scene->screen[i]);
		bo_to_host(&scene->screen[i]);
	}
	if (scene->evicts)
		WAIT_UNTIL(gpu_count() >= 2 * scene->pages);
	set_out(scene);
}

static void evicted(void *arg)
{
	dark(arg);
	gpu_scan_all();
}

static void lit(void *arg)
{
	struct scene *scene = arg;

	dark(arg);
	display_show(&scene->display, scene->fb[0]);
	WAIT_UNTIL(scanout_resource(0) == scene->screen[0].res);
	set_out(scene);
}

static void pointed(void *arg)
{
	struct scene *scene = arg;

	lit(arg);
	display_cursor(&scene->display, DRM_MODE_CURSOR_BO, &scene->cursor, 0,
		       0);
	WAIT_UNTIL(cursor_resource(0) == scene->cursor.res);
	set_out(scene);
}

static void unchanged(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(scanout_resource(0), scene->shown);
	CHECK_EQ(cursor_resource(0), scene->pointer);
	/* No BO may be left locked. */
	for (int i = 0; i < 2; i++)
		bo_wait(&scene->screen[i]);
	/* A BO that is not shown is not pinned. */
	if (scene->evicts && !scene->shown) {
		gpu_scan_all();
		CHECK(!bo_attached(&scene->screen[0]));
		CHECK(!bo_attached(&scene->screen[1]));
	}
}

/* The content is intact, and only BOs that are not shown can be evicted. */
static void end(void *arg)
{
	struct scene *scene = arg;
	uint32_t shown;

	if (scene->evicts) {
		shown = scanout_resource(0);
		/* The commit worker releases the old framebuffer asynchronously. */
		for (int i = 0; i < 2; i++)
			WAIT_UNTIL((gpu_scan_all(),
				    bo_attached(&scene->screen[i]) ==
					    (scene->screen[i].res == shown)));
	}
	stamp_verify(scene->screen[0].map, scene->screen[0].size, 1, 1);
}

static int add_fb(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_fb_cmd2 add = {
		.width = scene->display.mode.hdisplay,
		.height = scene->display.mode.vdisplay,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.handles = {scene->screen[0].handle},
		.pitches = {scene->display.mode.hdisplay * 4u},
	};
	int err = inject_ioctl(scene->display.fd, DRM_IOCTL_MODE_ADDFB2, &add);

	if (!err)
		scene->fb[2] = add.fb_id;
	return err;
}

static void end_added(void *arg)
{
	struct scene *scene = arg;

	display_show(&scene->display, scene->fb[2]);
	CHECK_EQ(scanout_resource(0), scene->screen[0].res);
	display_off(&scene->display);
	fb_remove(scene->display.fd, scene->fb[2]);
	end(arg);
}

static void added(void *arg)
{
	dark(arg);
	CHECK_EQ(add_fb(arg), 0);
}

static int remove_fb(void *arg)
{
	struct scene *scene = arg;

	return inject_ioctl(scene->display.fd, DRM_IOCTL_MODE_RMFB,
			    &scene->fb[2]);
}

static int show(void *arg)
{
	struct scene *scene = arg;

	return display_try_show(&scene->display, scene->fb[0]) ? errno : 0;
}

static void end_shown(void *arg)
{
	struct scene *scene = arg;

	CHECK_EQ(scanout_resource(0), scene->screen[0].res);
	end(arg);
}

static int show_nothing(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_crtc off = {.crtc_id = scene->display.crtc};

	return inject_ioctl(scene->display.fd, DRM_IOCTL_MODE_SETCRTC, &off);
}

static void end_dark(void *arg)
{
	CHECK_EQ(scanout_resource(0), 0);
	end(arg);
}

static bool has_event(int fd, int ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return CHECK_SYS(poll(&poll_fd, 1, ms)) == 1;
}

static int flip(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_crtc_page_flip flip = {
		.crtc_id = scene->display.crtc,
		.fb_id = scene->fb[1],
		.flags = DRM_MODE_PAGE_FLIP_EVENT,
		.user_data = 42,
	};

	return inject_ioctl(scene->display.fd, DRM_IOCTL_MODE_PAGE_FLIP, &flip);
}

static void not_flipped(void *arg)
{
	CHECK(!has_event(((struct scene *)arg)->display.fd, 0));
	unchanged(arg);
}

static void end_flipped(void *arg)
{
	struct scene *scene = arg;
	struct drm_event_vblank event;
	int fd = scene->display.fd;

	CHECK(has_event(fd, 10000));
	CHECK_EQ(CHECK_SYS(read(fd, &event, sizeof(event))),
		 (ssize_t)sizeof(event));
	CHECK_EQ(event.user_data, 42);
	display_settle();
	WAIT_UNTIL(scanout_resource(0) == scene->screen[1].res);
	CHECK(!has_event(fd, 0));
	end(arg);
}

static int dirty(void *arg)
{
	struct scene *scene = arg;
	struct drm_mode_fb_dirty_cmd dirty = {.fb_id = scene->fb[0]};

	return inject_ioctl(scene->display.fd, DRM_IOCTL_MODE_DIRTYFB, &dirty);
}

static int cursor(void *arg)
{
	struct scene *scene = arg;

	return display_try_cursor(&scene->display, DRM_MODE_CURSOR_BO,
				  &scene->cursor, 0, 0)
		       ? errno
		       : 0;
}

/*
 * Without memory, the driver may drop a change of the cursor: the commit can no
 * longer fail at that point (tests/KERNEL-BUGS.md, 10).
 */
static void end_cursor(void *arg)
{
	struct scene *scene = arg;

	CHECK(cursor_resource(0) == scene->cursor.res ||
	      cursor_resource(0) == scene->pointer);
	end(arg);
}

static void end_hidden(void *arg)
{
	CHECK_EQ(cursor_resource(0), 0);
	end(arg);
}

static int move(void *arg)
{
	struct scene *scene = arg;

	return display_try_cursor(&scene->display, DRM_MODE_CURSOR_MOVE, NULL,
				  10, 10)
		       ? errno
		       : 0;
}

static int hide(void *arg)
{
	struct scene *scene = arg;

	return display_try_cursor(&scene->display, DRM_MODE_CURSOR_BO, NULL, 0,
				  0)
		       ? errno
		       : 0;
}

#define CALL(word, before, how, after, ...)                                    \
	{                                                                      \
		.name = word, .setup = before, .call = how, .done = after,     \
		.refused = unchanged, __VA_ARGS__                              \
	}

/* A display whose framebuffers have few pages. */
static struct display small_display(void)
{
	struct display display = display_open();

	display.mode = (struct drm_mode_modeinfo){
		.name = "small",
		.clock = 1000,
		.hdisplay = SIDE,
		.hsync_start = SIDE + 1,
		.hsync_end = SIDE + 2,
		.htotal = SIDE + 3,
		.vdisplay = SIDE,
		.vsync_start = SIDE + 1,
		.vsync_end = SIDE + 2,
		.vtotal = SIDE + 3,
	};
	return display;
}

static void run(const struct inject_call *calls, size_t count)
{
	struct scene scene = {.display = small_display()};

	inject_begin();
	scene.evicts = caps_has("virtio-shrinker");
	for (int i = 0; i < 2; i++) {
		scene.screen[i] = bo_screen(&scene.display);
		scene.fb[i] = fb_screen(&scene.display, &scene.screen[i]);
	}
	scene.pages = scene.screen[0].size / PAGE;
	stamp_fill(scene.screen[0].map, scene.screen[0].size, 1, 1);
	scene.cursor = bo_cursor(&scene.display);
	inject_each(calls, count, &scene);
	dark(&scene);
	for (int i = 0; i < 2; i++) {
		fb_remove(scene.display.fd, scene.fb[i]);
		bo_close_wait(&scene.screen[i]);
	}
	bo_close_wait(&scene.cursor);
}
#define RUN(calls) run(calls, sizeof(calls) / sizeof(*(calls)))

TEST(display, .name = "virtio/fail-nth-display", .needs = INJECT_NEEDS,
     .swap_mib = 32, .seconds = INJECT_SECONDS,
     .about = "whichever allocation of modesetting fails, the screen is as "
	      "before or as it is to be, and what is not shown is not pinned")
{
	static const struct inject_call calls[] = {
		CALL("add framebuffer", dark, add_fb, end_added,
		     .refusable = true),
		CALL("remove framebuffer", added, remove_fb, end),
		CALL("show", dark, show, end_shown, .refusable = true),
		CALL("show nothing", lit, show_nothing, end_dark,
		     .refusable = true),
	};

	RUN(calls);
}

TEST(flips, .name = "virtio/fail-nth-flip", .needs = INJECT_NEEDS,
     .swap_mib = 32, .seconds = INJECT_SECONDS,
     .about = "whichever allocation of a flip, a flush or a cursor fails, the "
	      "screen is as before or as it is to be")
{
	static const struct inject_call calls[] = {
		{.name = "flip",
		 .setup = lit,
		 .call = flip,
		 .refused = not_flipped,
		 .done = end_flipped,
		 .refusable = true},
		CALL("dirty", lit, dirty, end_shown, .refusable = true),
		CALL("cursor", lit, cursor, end_cursor, .refusable = true),
		CALL("move cursor", pointed, move, end_cursor,
		     .refusable = true),
		CALL("hide cursor", pointed, hide, end_hidden,
		     .refusable = true),
	};

	RUN(calls);
}

TEST(evicted_screen, .name = "virtio/fail-nth-show-evicted",
     .needs = INJECT_NEEDS " virtio-shrinker", .swap_mib = 32,
     .seconds = INJECT_SECONDS,
     .about = "whichever allocation of showing an evicted BO fails, the screen "
	      "stays as it is and the BO not pinned, and its content is shown")
{
	static const struct inject_call calls[] = {
		CALL("show", evicted, show, end_shown, .refusable = true),
	};

	RUN(calls);
}
