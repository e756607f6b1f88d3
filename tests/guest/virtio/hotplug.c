// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outputs are unplugged, and plugged in again, at any moment: the device changes
 * its configuration before it answers a command.
 */
#include <errno.h>

#include "display.h"
#include "lib/caller.h"
#include "lib/virtio-reclaim.h"

/*
 * Is the output connected, by GETCONNECTOR, as a user asks after a hotplug event? Waits until
 * the driver has handled the change: it frees the EDID that the ioctl reads
 * (tests/KERNEL-BUGS.md, 56).
 */
static bool connected(const struct display *display)
{
	struct drm_mode_get_connector arg = {
		.connector_id = display->connector,
	};

	WAIT_UNTIL(display_handled());
	CHECK_SYS(drm_ioctl(display->fd, DRM_IOCTL_MODE_GETCONNECTOR, &arg));
	return arg.connection == 1;
}

/*
 * Wait until the output is connected, or not, as @want says. The driver may lose a change
 * that comes while it handles the one before (tests/KERNEL-BUGS.md, 37). It asks again after
 * the next change: unplug and plug in.
 */
static void settle(const struct display *display, bool want)
{
	for (int i = 0; i < 10 && connected(display) != want; i++) {
		for (int k = 0; k < 30 && connected(display) != want; k++)
			mem_millisecond();
		if (connected(display) != want) {
			display_change();
			display_change();
		}
	}
	CHECK_EQ(connected(display), want);
}

TEST(plug, .name = "virtio/hotplug",
     .about = "the kernel notices that an output is unplugged, or plugged in")
{
	struct display display = display_open();
	struct bo bo = bo_screen(&display);
	uint32_t fb = fb_screen(&display, &bo);

	for (int i = 0; i < 3; i++) {
		CHECK(connected(&display));
		display_show(&display, fb);
		CHECK_EQ(scanout_resource(0), bo.res);
		display_change();
		settle(&display, false);
		/* The driver does not turn the display off; that is up to the user. */
		CHECK_EQ(scanout_resource(0), bo.res);
		display_off(&display);
		display_change();
		settle(&display, true);
	}
	display_show(&display, fb);
	CHECK_EQ(scanout_resource(0), bo.res);
	CHECK_SYS(close(display.fd));
}

/* 6.12 has a bug here (tests/KERNEL-BUGS.md, 37). */
TEST(lost, .name = "virtio/hotplug-answer", .hidden = true,
     .about = "a change that comes while the driver asks about the one before "
	      "is not lost")
{
	static const char *const kinds[] = {"GET_DISPLAY_INFO", "GET_EDID"};
	struct display display = display_open();

	for (unsigned int i = 0; i < 2; i++) {
		/* Unplugged, and at once plugged in again. */
		display_change_at(kinds[i]);
		display_change();
		WAIT_UNTIL(!cmd_pending(""));
		WAIT_UNTIL(connected(&display));
		/* Twice more, so that all answers are to questions after the change. */
		display_change();
		WAIT_UNTIL(!connected(&display));
		display_change();
		WAIT_UNTIL(connected(&display));
	}
	CHECK_SYS(close(display.fd));
}

TEST(commit, .name = "virtio/hotplug-commit",
     .about = "a change while a commit holds the locks of mode setting waits "
	      "for it, and the commit does not wait for the change")
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

	bo_unmap(&screen);
	bo_unmap(&bo);
	display_show(&display, fb_screen(&display, &screen));
	for (int i = 0; i < 2; i++) {
		cmd_hold("TRANSFER_TO_HOST_2D");
		caller = caller_ioctl(display.fd, DRM_IOCTL_MODE_CURSOR2, &arg);
		WAIT_UNTIL(cmd_pending("TRANSFER_TO_HOST_2D"));
		caller_asleep(&caller, false);
		display_change();
		/* Others go on, and the host is asked at once. */
		display_change();
		display_change();
		cmd_release("TRANSFER_TO_HOST_2D");
		CHECK_EQ(caller_end(&caller), 0);
		settle(&display, i % 2 == 1);
		arg.handle = 0;
		CHECK_SYS(drm_ioctl(display.fd, DRM_IOCTL_MODE_CURSOR2, &arg));
		arg.handle = bo.handle;
	}
	CHECK_SYS(close(display.fd));
}

static void change_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 40; i++)
		display_change();
}

TEST(storm, .name = "virtio/hotplug-storm",
     .about = "changes all the time disturb neither flips nor evictions",
     EVICTS)
{
	struct display display = display_open();
	struct bo bo[2] = {bo_screen(&display), bo_screen(&display)};
	uint32_t fb[2] = {fb_screen(&display, &bo[0]),
			  fb_screen(&display, &bo[1])};
	int other = gpu_render();
	BO(idle, bo_used(other, 4, 1));
	pid_t pid;

	display_show(&display, fb[0]);
	pid = child_start(change_often, NULL);
	for (int i = 1; i <= 10; i++) {
		display_flip(&display, fb[i % 2]);
		CHECK_EQ(scanout_resource(0), bo[i % 2].res);
		gpu_scan(4);
		bo_verify(&idle, 1);
	}
	child_wait(pid);
	settle(&display, true);
	CHECK_SYS(close(display.fd));
}

/* 7.2 has a bug here (tests/KERNEL-BUGS.md, 76). */
TEST(unbind, .name = "virtio/hotplug-unbind", .virtual_time = true,
     .fixed_with = "virtio-reclaim-vbufs",
     .about = "a change that the driver has not handled yet does not disturb "
	      "unbinding it")
{
	char *name = gpu_device();
	int fd;

	cmd_hold("GET_DISPLAY_INFO");
	display_change();
	WAIT_UNTIL(cmd_pending("GET_DISPLAY_INFO"));
	gpu_unbind(name);
	CHECK(!cmd_pending(""));
	device_write("faults", "clear");
	gpu_bind(name);
	fd = display_open().fd;
	CHECK_SYS(close(fd));
	free(name);
}
