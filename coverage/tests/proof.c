// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process 1 of a guest that does a known number of known things, so that the
 * counts in the coverage report can be foretold:
 *
 *   proof/first	CREATES buffer objects made, CLOSES of them closed
 *   proof/second	one more made
 *
 * and then ends as the kernel command line says: proof=off, proof=panic, or
 * proof=wait (for a signal from the host), the latter two as proof/third, with
 * one more made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include <drm/drm.h>

#define CREATES 7
#define CLOSES 5

static int kmsg = STDERR_FILENO;

/* Not dprintf(): it asks for the position, and this file has none. */
static void say(const char *what, const char *why)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "proof: %s %s\n", what, why);

	if (write(kmsg, line, len) != len)
		reboot(RB_POWER_OFF);
}

static void __attribute__((noreturn)) die(const char *what)
{
	say(what, strerror(errno));
	reboot(RB_POWER_OFF);
	abort();
}

static void name_test(const char *name)
{
	int fd = open("/sys/module/coverage/parameters/test", O_WRONLY);

	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		die("name of the test");
	close(fd);
}

/* vgem has no hardware, so this needs no stub device. */
static int open_vgem(void)
{
	char path[32], name[8];

	for (int i = 0; i < 64; i++) {
		struct drm_version version = {.name = name,
					      .name_len = sizeof(name)};
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR);
		if (fd >= 0 && !ioctl(fd, DRM_IOCTL_VERSION, &version) &&
		    version.name_len == 4 && !memcmp(name, "vgem", 4))
			return fd;
		close(fd);
	}
	die("no vgem");
}

static __u32 create(int fd)
{
	struct drm_mode_create_dumb arg = {
		.width = 64, .height = 64, .bpp = 32};

	if (ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &arg))
		die("create");
	return arg.handle;
}

int main(int argc, char **argv)
{
	const char *end = getenv("proof");
	int fd;

	(void)argc;
	(void)argv;
	if (getpid() != 1)
		return 2;
	if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		die("mount");
	kmsg = open("/dev/kmsg", O_WRONLY);
	if (kmsg < 0 || !end)
		die("start");
	fd = open_vgem();

	name_test("proof/first");
	for (int i = 0; i < CREATES; i++) {
		struct drm_gem_close arg = {.handle = create(fd)};

		if (i < CLOSES && ioctl(fd, DRM_IOCTL_GEM_CLOSE, &arg))
			die("close");
	}
	name_test("proof/second");
	create(fd);
	if (!strcmp(end, "off")) {
		say("done", "");
		reboot(RB_POWER_OFF);
		return 1;
	}
	name_test("proof/third");
	create(fd);
	say("waiting", "");
	if (!strcmp(end, "panic"))
		return 1;
	for (;;)
		pause();
}
