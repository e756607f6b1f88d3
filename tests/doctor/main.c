// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor ROOT BUILD JOBS GOOD BAD [--quick]: looks at what a run depends on, beside what
 * doctor.sh has looked at: these were GOOD and BAD lines. A line for each, "good", "bad" with
 * what to do, or "?" where it cannot be told. Status 1 if something is bad. With --quick,
 * only at what takes no time and without which nothing works.
 *
 * For tests: SB_DEV_FUSE, SB_MTAB, SB_PROC, SB_CGROUP say where to look instead of the usual
 * place; SB_UID, SB_FREE_MIB, SB_TIME the user, the space and the time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../host/io.h"
#include "ask.h"
#include "limits.h"
#include "say.h"
#include "source.h"

/* Linux 6.12 knows of no more bytes of XSAVE state. */
#define XSAVE_6_12 2696

/* How to start a container in which FUSE works. */
#define CONTAINER                                                                                  \
	"in a container, start it with: docker run --device /dev/fuse --cap-add SYS_ADMIN "        \
	"--security-opt apparmor=unconfined; or: podman run --device /dev/fuse "                   \
	"--cap-add SYS_ADMIN --security-opt label=disable"

static const char *root, *build;

static gboolean is_root(void)
{
	return *setting("SB_UID") ? !strcmp(setting("SB_UID"), "0") : !geteuid();
}

static void check_lcov(void)
{
	g_autofree char *text = NULL;

	if (ask(&text, "lcov", "--version", NULL))
		good("lcov", "%.*s", (int)strcspn(text, "\n"), text);
	else
		bad("lcov", "missing; make coverage needs it");
}

static void check_device(void)
{
	const char *device = place("SB_DEV_FUSE", "/dev/fuse");
	int fd = open(device, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		good("/dev/fuse", "can be opened");
	} else if (!g_file_test(device, G_FILE_TEST_EXISTS)) {
		bad("/dev/fuse", "missing; load the module (modprobe fuse), or " CONTAINER);
	} else {
		bad("/dev/fuse",
		    "not accessible to %s; as root: chmod 666 %s; "
		    "or " CONTAINER,
		    g_get_user_name(), device);
	}
}

static void check_fusermount(void)
{
	g_autofree char *program = g_find_program_in_path("fusermount3"), *text = NULL;
	struct stat info;

	if (!program) {
		bad("fusermount3", "missing; it is in the package fuse3");
	} else if (!is_root() && !exists(place("SB_MTAB", "/etc/mtab"), "")) {
		/* As an ordinary user's, a mount is known and undone by that file only. */
		bad("fusermount3", "cannot unmount without /etc/mtab; as root: ln -s "
				   "/proc/self/mounts /etc/mtab");
	} else if (!is_root() && (stat(program, &info) || !(info.st_mode & S_ISUID))) {
		bad("fusermount3",
		    "not set-user-ID: ordinary users cannot mount; as root: "
		    "chmod u+s %s",
		    program);
	} else {
		ask(&text, program, "--version", NULL);
		good("fusermount3", "%.*s", (int)strcspn(text, "\n"), text);
	}
}

static void check_mount(void)
{
	g_autofree char *program = g_build_filename(build, "shim/try-mount", NULL);
	g_autofree char *dir = g_dir_make_tmp("doctor-XXXXXX", NULL), *text = NULL;

	if (!dir)
		bad("mount", "there is no place for a directory in %s", g_get_tmp_dir());
	else if (ask(&text, program, dir, NULL))
		good("mount", "a FUSE file system was mounted and unmounted");
	else
		bad("mount", "%s; " CONTAINER, text);
	if (dir)
		rmdir(dir);
}

static void check_ptrace(const char *probe)
{
	g_autofree char *text = NULL, *yama = NULL;

	if (ask(&text, probe, "ptrace", NULL)) {
		good("ptrace", "allowed");
		good("XSAVE", "bytes of state: %s%s", text,
		     atoi(text) > XSAVE_6_12 ? ", more than Linux 6.12 knows "
					       "of: kernels before "
					       "6.13 get a fixup"
					     : "");
		return;
	}
	yama = read_word(place("SB_PROC", "/proc"), "sys/kernel/yama/ptrace_scope");
	if (atoi(yama) >= 2)
		bad("ptrace", "%s; as root: sysctl kernel.yama.ptrace_scope=1 (it is %s)", text,
		    yama);
	else
		bad("ptrace",
		    "%s; is it forbidden by seccomp? (containers: --cap-add "
		    "SYS_PTRACE)",
		    text);
}

static void check_ram(const char *probe, const char *jobs)
{
	g_autofree char *text = NULL;

	if (ask(&text, probe, "ram", jobs, build, NULL))
		good("guest RAM", "in %s", text);
	else
		bad("guest RAM", "%s; the place must not be mounted noexec", text);
}

/* The time of a file that is made now; 0 if none can be made. */
static time_t file_time(void)
{
	g_autofree char *path = g_build_filename(build, "clock.XXXXXX", NULL);
	int fd = g_mkstemp(path);
	struct stat info = {0};

	if (fd < 0)
		return 0;
	fstat(fd, &info);
	close(fd);
	unlink(path);
	return info.st_mtime;
}

static void check_clock(void)
{
	g_autofree char *makefile = g_build_filename(root, "Makefile", NULL), *date = NULL;
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	time_t at = file_time();
	time_t off = at - (*setting("SB_TIME") ? atol(setting("SB_TIME")) : time(NULL));
	struct stat info;

	date = g_date_time_format(now, "%c");
	if (!stat(makefile, &info) && info.st_mtime > at)
		bad("clock",
		    "%s: behind the files of this clone, so that make cannot "
		    "tell what is new; set "
		    "it, or touch the files",
		    date);
	else if (off > 2 || off < -2)
		bad("clock",
		    "that of the file system at %s is %ld s off; set both, or "
		    "move the clone to a "
		    "local disk",
		    build, (long)off);
	else
		good("clock", "%s", date);
}

static void check_locale(const char *probe)
{
	g_autofree char *text = NULL;

	if (ask(&text, probe, "locale", NULL))
		good("locale", "%s", text);
	else
		good("locale", "that of the environment is not installed; C is "
			       "used, and perl may "
			       "complain");
}

int main(int argc, char **argv)
{
	g_autofree char *probe = NULL;
	guint jobs;

	if (argc < 6) {
		fprintf(stderr, "usage: doctor ROOT BUILD JOBS GOOD BAD [--quick]\n");
		return 2;
	}
	root = argv[1];
	build = argv[2];
	jobs = (guint)atoi(argv[3]);
	said[GOOD] = (guint)atoi(argv[4]);
	said[BAD] = (guint)atoi(argv[5]);
	quick = argc > 6;
	probe = g_build_filename(build, "tests/probe", NULL);
	if (!quick)
		check_lcov();
	check_device();
	check_fusermount();
	check_mount();
	check_ptrace(probe);
	check_ram(probe, argv[3]);
	check_disk(build);
	if (!quick) {
		check_memory(jobs);
		check_processes(jobs);
		check_ulimits();
		check_source(root);
		check_clock();
		check_locale(probe);
	}
	return say_sum();
}
