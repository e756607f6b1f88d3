// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's process 1: runs the tests of its plan one after another, looks
 * after each whether it left anything behind, and powers the guest off. It
 * speaks to the runner through the kernel log, so that what it says stands in
 * order with what the kernel says; its own lines carry the plan's token:
 *
 *   sb:TOKEN ready                 about to run the first test
 *   sb:TOKEN begin N NAME          test N of the plan starts, counted from 0
 *   sb:TOKEN problem N TEXT        what is wrong with it, any number of lines
 *   sb:TOKEN refused N TEXT        what a device refused meanwhile, for the report
 *                                  of a test that fails
 *   sb:TOKEN end N ok|fail|skip    it has been cleaned up after
 *   sb:TOKEN sweep                 all tests are over, search for lost memory
 *   sb:TOKEN done                  about to power off
 *
 * "problem -" stands for the guest itself. After a test that failed, init
 * powers off: the next one deserves a fresh guest.
 *
 * The plan is the file "plan" in the directory of the host that SB_RUN in the
 * environment names. Its lines:
 *
 *   token TOKEN
 *   tests PATH                     the test program
 *   devices                        the stub devices must be there
 *   shell terminal|frames          instead of any test; what to run may be in the
 *                                  file "command" beside the plan
 *   variant NAME                   of the kernel, for the greeting
 *   host DIR                       what a user on the host calls that directory
 *   probe basics|swap              do not come up without what tests rely on
 *   must-have NAME ...             capabilities that the kernel must have
 *   root DIR                       where foreign programs are, on the host
 *   test NAME SWAP-MIB taint|-     taint: it may provoke a kernel report
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers-stub/protocol.h"
#include "lib/device-file.h"
#include "init-shell.h"
#include "lib/size.h"
#include "probe.h"
#include "lib/test.h"

#define LINE_MAX_LEN 900
#define TEXT_MAX (256 * 1024)
#define UML_HZ 100 /* arch/um/Kconfig */
#define PROBE_SWAP_MIB 1

/* Whose tasks a schedule is for (drivers-stub/race/schedule.c). */
#define RACE_MARK "/sys/module/race/parameters/mark"

/* Where the shell finds the FUSE tree. */
#define SHELL_GPU "/run/gpu"

/* KUnit sets this taint flag whenever a suite runs, which is no problem. */
#define TAINT_TEST (1ul << 18)

#define REFUSED_LINES 8 /* of what the devices refused, to show */

/*
 * Closing a device file only starts its release: commands are queued, and a worker
 * frees jobs. So poll the devices this many times, once a millisecond of guest
 * time, before the rest counts as left behind.
 */
#define LEAK_TRIES 500

#define CLEAR_WARN_ONCE "/sys/kernel/debug/clear_warn_once"
#define WATERMARK_BOOST "/proc/sys/vm/watermark_boost_factor"

static struct {
	char token[64];
	bool has_shell;
	struct shell shell;
	char *must_have; /* the environment of each test gets it */
	char *root; /* likewise; NULL: none */
	bool devices;
	bool probe_basics;
	bool probe_swap;
	char *tests; /* first "test" line, or NULL */
} plan;

static int kmsg_fd = STDERR_FILENO;
static int tests_fd = -1;
static unsigned long taint_before;
static bool lockdep_on;
static unsigned long tests_began; /* jiffies */

static void power_off(void)
{
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void __attribute__((format(printf, 1, 2))) mark(const char *fmt, ...)
{
	char line[LINE_MAX_LEN + 2];
	va_list args;
	int len, n;

	len = snprintf(line, sizeof(line), "sb:%s ", plan.token);
	va_start(args, fmt);
	n = vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	va_end(args);
	len += n;
	if (len > LINE_MAX_LEN)
		len = LINE_MAX_LEN;
	line[len++] = '\n';
	if (write(kmsg_fd, line, len) < 0)
		power_off();
}

/* The guest cannot be used: say why, and power off. */
static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;
	int err = errno;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	mark("problem - init: %s: %s", text, strerror(err));
	power_off();
	abort();
}

/* Whole file, NUL-terminated, static; NULL with errno if it cannot be read. */
static char *read_fd(int fd)
{
	static char text[TEXT_MAX];
	size_t len = 0;
	ssize_t n;

	while ((n = pread(fd, text + len, sizeof(text) - 1 - len, len)) > 0)
		len += n;
	text[len] = '\0';
	return n < 0 ? NULL : text;
}

static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_fd(fd);
	close(fd);
	return text;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void read_command(const char *dir)
{
	char path[4200], *text;

	snprintf(path, sizeof(path), "%s/command", dir);
	text = read_file(path);
	if (text)
		plan.shell.command = strdup(text);
	else if (errno != ENOENT)
		die("cannot read %s", path);
}

/* Read the plan and open the test program, before a mount hides them. */
static void read_plan(void)
{
	const char *dir = getenv("SB_RUN");
	char path[4200], *text, *line, *rest;

	if (!dir)
		die("no SB_RUN in the environment");
	snprintf(path, sizeof(path), "%s/plan", dir);
	text = read_file(path);
	if (!text || !(text = strdup(text)))
		die("cannot read %s", path);
	for (line = text; *line; line = rest) {
		if (!strncmp(line, "test ", 5)) {
			plan.tests = line;
			return;
		}
		rest = strchrnul(line, '\n');
		if (*rest)
			*rest++ = '\0';
		if (!strncmp(line, "token ", 6)) {
			snprintf(plan.token, sizeof(plan.token), "%s",
				 line + 6);
		} else if (!strncmp(line, "shell ", 6)) {
			read_command(dir);
			plan.has_shell = true;
			plan.shell.terminal = !strcmp(line + 6, "terminal");
		} else if (!strncmp(line, "host ", 5)) {
			plan.shell.host_dir = line + 5;
		} else if (!strncmp(line, "variant ", 8)) {
			plan.shell.variant = line + 8;
		} else if (!strncmp(line, "tests ", 6)) {
			tests_fd = open(line + 6, O_RDONLY | O_CLOEXEC);
			if (tests_fd < 0)
				die("cannot open %s", line + 6);
		} else if (!strncmp(line, "must-have ", 10)) {
			plan.must_have = line + 10;
		} else if (!strncmp(line, "root ", 5)) {
			plan.root = line + 5;
		} else if (!strcmp(line, "devices")) {
			plan.devices = true;
		} else if (!strcmp(line, "probe basics")) {
			plan.probe_basics = true;
		} else if (!strcmp(line, "probe swap")) {
			plan.probe_swap = true;
		}
	}
}

static void mount_one(const char *type, const char *dir, bool needed)
{
	if (mount(type, dir, type, 0, NULL) && needed)
		die("cannot mount %s on %s", type, dir);
}

static void mount_all(void)
{
	mount_one("devtmpfs", "/dev", true);
	kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg_fd < 0) {
		kmsg_fd = STDERR_FILENO;
		die("cannot open /dev/kmsg");
	}
	mount_one("proc", "/proc", true);
	mount_one("sysfs", "/sys", true);
	mount_one("tmpfs", "/tmp", true);
	mount_one("tmpfs", "/run", false);
	mount_one("debugfs", "/sys/kernel/debug", false);
	mount_one("cgroup2", "/sys/fs/cgroup", false);
}

/*
 * Memory in pieces makes mm/page_alloc.c raise the watermarks for a while, by up to
 * 4 MiB whatever the size of the zone. In a guest of 32 MiB that is an eighth of all
 * memory: whether a test's program is killed would depend on the tests before it.
 */
static void keep_watermarks(void)
{
	if (!write_file(WATERMARK_BOOST, "0"))
		die("cannot write %s", WATERMARK_BOOST);
}

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static char *device_text(const char *path)
{
	int fd = device_file_begin(path);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_fd(fd);
	device_file_end(fd);
	return text;
}

static bool device_command(const char *path, const char *text)
{
	int fd = device_file_begin(path);
	bool ok = fd >= 0 && pwrite(fd, text, strlen(text), 0) >= 0;

	if (fd >= 0)
		device_file_end(fd);
	return ok;
}

static unsigned int problems;

static void __attribute__((format(printf, 2, 3)))
problem(int test, const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	problems++;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (test < 0)
		mark("problem - %s", text);
	else
		mark("problem %d %s", test, text);
}

static void problem_lines(int test, const char *what, char *text)
{
	char *save, *line;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		problem(test, "%s: %s", what, line);
}

/* Fail a test that has passed, but has left a rule that was never checked. */
static void check_stamps(int test)
{
	char *text = device_text("stamps");
	char *save, *line;

	if (!text) {
		problem(test, "cannot read stamps: %s", strerror(errno));
		return;
	}
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (strstr(line, " checked 0 "))
			problem(test, "no device has checked the stamps of: %s",
				line);
}

/* Say what the devices refused, which fails no test, and clear the list. */
static void note_refused(int test)
{
	char *text = device_text("refused");
	char *save, *line;
	int lines = 0;

	if (!text || !*text)
		return;
	for (line = strtok_r(text, "\n", &save); line && lines < REFUSED_LINES;
	     line = strtok_r(NULL, "\n", &save), lines++)
		mark("refused %d %s", test, line);
	if (!device_command("refused", "clear\n"))
		problem(test, "cannot clear refused: %s", strerror(errno));
}

/*
 * Check the devices when no test runs. Faults and stamps that a test has set are
 * removed first. Held work completes then, and nothing may be left.
 */
static void check_devices(int test, bool passed)
{
	char *text = NULL;

	if (!plan.devices)
		return;
	if (!device_command("faults", "clear\n")) {
		problem(test, "cannot write to the devices: %s",
			strerror(errno));
		return;
	}
	if (passed)
		check_stamps(test);
	if (!device_command("stamps", "clear\n")) {
		problem(test, "cannot write to the devices: %s",
			strerror(errno));
		return;
	}
	for (int i = 0; i < LEAK_TRIES; i++) {
		text = device_text("leaks");
		if (!text || !*text)
			break;
		sleep_ms(1);
	}
	if (!text)
		problem(test, "cannot read leaks: %s", strerror(errno));
	else
		problem_lines(test, "left behind", text);

	note_refused(test);
	text = device_text("violations");
	if (!text)
		problem(test, "cannot read violations: %s", strerror(errno));
	else if (*text)
		problem_lines(test, "violation", text);
	if (text && *text && !device_command("violations", "clear\n"))
		problem(test, "cannot clear violations: %s", strerror(errno));
}

static unsigned long taint(void)
{
	char *text = read_file("/proc/sys/kernel/tainted");

	return text ? strtoul(text, NULL, 10) & ~TAINT_TEST : 0;
}

/* On a kernel without lock debugging, it cannot have been turned off. */
static bool debug_locks(void)
{
	char *text = read_file("/proc/lockdep_stats");
	char *line = text ? strstr(text, "debug_locks:") : NULL;

	return !line || strtol(line + strlen("debug_locks:"), NULL, 10) == 1;
}

/* @last: no other test follows. */
static void check_kernel(int test, bool may_taint, bool last)
{
	unsigned long now = taint();

	if (now != taint_before && !may_taint)
		problem(test, "the kernel is tainted: 0x%lx, was 0x%lx", now,
			taint_before);
	taint_before = now;
	/* What it made the kernel report once counts anew. */
	if (may_taint)
		write_file(CLEAR_WARN_ONCE, "1");
	if (lockdep_on && !debug_locks()) {
		lockdep_on = false;
		/*
		 * Lock debugging is off after a report, which a test may expect. Others
		 * must not run without it.
		 */
		if (!may_taint || !last)
			problem(test, "debug_locks: 0: lockdep has switched "
				      "itself off");
	}
}

/* Turn on swap on zram, of @mib. False with a problem noted. */
static bool swap_on(int test, unsigned int mib)
{
	static char page[PAGE];
	const char *what = "disksize";
	char text[32];
	uint32_t *header = (uint32_t *)(page + 1024);
	int fd;

	snprintf(text, sizeof(text), "%uM", mib);
	if (!write_file("/sys/block/zram0/disksize", text))
		goto fail;
	/* union swap_header: version, last page, number of bad pages */
	memset(page, 0, sizeof(page));
	header[0] = 1;
	header[1] = mib * (1024 * 1024 / PAGE) - 1;
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	what = "header";
	fd = open("/dev/zram0", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		goto fail;
	if (write(fd, page, PAGE) != PAGE) {
		close(fd);
		goto fail;
	}
	what = "fsync";
	if (fsync(fd)) {
		close(fd);
		goto fail;
	}
	close(fd);
	what = "swapon";
	if (!swapon("/dev/zram0", 0))
		return true;
fail:
	problem(test, "no swap: %s of /dev/zram0: %s", what, strerror(errno));
	return false;
}

static void swap_off(int test)
{
	if (swapoff("/dev/zram0"))
		problem(test, "swapoff: %s", strerror(errno));
	else if (!write_file("/sys/block/zram0/reset", "1"))
		problem(test, "reset of zram0: %s", strerror(errno));
}

static void __attribute__((noreturn)) exec_test(const char *name)
{
	char *argv[] = {"guest-tests", "run", (char *)name, NULL};
	char must_have[4096], root[4200];
	char *envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			"HOME=/tmp",
			"LC_ALL=C",
			must_have,
			root,
			NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if ((size_t)snprintf(must_have, sizeof(must_have), "SB_MUST_HAVE=%s",
			     plan.must_have ?: "") >= sizeof(must_have))
		mark("problem - the line must-have is too long");
	snprintf(root, sizeof(root), "SB_ROOT=%s", plan.root ?: "");
	setsid();
	/* Only the race variant has that file; it acts only if there is a schedule. */
	write_file(RACE_MARK, "1");
	/* Its mounts, and its files in /tmp, go with the mount namespace. */
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) || chdir("/tmp"))
		mark("problem - private /tmp: %s", strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(kmsg_fd, STDOUT_FILENO);
	dup2(kmsg_fd, STDERR_FILENO);
	syscall(SYS_execveat, tests_fd, "", argv, envp, AT_EMPTY_PATH);
	mark("problem - exec of the test program: %s", strerror(errno));
	_exit(127);
}

/*
 * Run the test to its end, and return its wait status. No process of it stays
 * alive. vfork() avoids a needless copy of our memory.
 */
static int run_process(const char *name)
{
	int status = 0, other;
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (!pid)
		exec_test(name);
	/* Orphans of the test are children of init. */
	for (;;) {
		pid_t dead = wait(&other);

		if (dead == pid) {
			status = other;
			break;
		}
		if (dead < 0 && errno != EINTR)
			die("wait");
	}
	write_file(RACE_MARK, "0");
	kill(-1, SIGKILL);
	/*
	 * A process that waits for a device may only end once faults are cleared.
	 */
	if (plan.devices)
		device_command("faults", "clear\n");
	while (wait(&other) > 0 || errno == EINTR)
		;
	return status;
}

/* Returns true if all is well and the next test may run. */
static bool run_test(int test, const char *name, unsigned int swap_mib,
		     bool may_taint, bool last)
{
	const char *result = "ok";
	bool passed = false;
	int status;

	problems = 0;
	mark("begin %d %s", test, name);
	/* Only a kernel with coverage has that file. */
	write_file("/sys/module/coverage/parameters/test", name);
	/*
	 * This test must see its own report, even if the kernel reports it only
	 * once.
	 */
	if (may_taint)
		write_file(CLEAR_WARN_ONCE, "1");
	if (!swap_mib || swap_on(test, swap_mib)) {
		status = run_process(name);
		if (WIFSIGNALED(status))
			problem(test, "killed by signal %d (%s)",
				WTERMSIG(status), strsignal(WTERMSIG(status)));
		else if (WEXITSTATUS(status) == TEST_SKIP)
			result = "skip";
		else if (WEXITSTATUS(status) != TEST_PASS)
			problem(test, "exit status %d", WEXITSTATUS(status));
		else
			passed = true;
		if (swap_mib)
			swap_off(test);
	}
	check_devices(test, passed);
	check_kernel(test, may_taint, last);
	mark("end %d %s", test, problems ? "fail" : result);
	return !problems;
}

/* As the kernel counts them: they start five minutes before they wrap. */
static unsigned long jiffies(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (unsigned int)(-300 * UML_HZ) + now.tv_sec * UML_HZ +
	       now.tv_nsec / (1000000000 / UML_HZ);
}

/* With one write(): dprintf() seeks, which the log refuses. */
static void print_line(const char *text)
{
	char line[LINE_MAX_LEN + 2];
	int len = snprintf(line, sizeof(line), "%.*s\n", LINE_MAX_LEN, text);

	if (write(kmsg_fd, line, len) < 0)
		mark("problem - write to the log: %s", strerror(errno));
}

/*
 * Print the records of kmemleak, except for allocations at boot, of which a few are
 * always wrong.
 */
static void print_lost(char *text)
{
	char *line, *rest, *object = NULL;
	unsigned long when;

	for (line = text; *line; line = rest) {
		char *found = strstr(line, ", jiffies ");

		rest = strchrnul(line, '\n');
		if (*rest)
			*rest++ = '\0';
		if (*line != ' ') {
			object = line;
			continue;
		}
		if (object && found && found < rest &&
		    sscanf(found, ", jiffies %lu", &when) == 1) {
			if (when < tests_began)
				continue;
			print_line(object);
			object = NULL;
		}
		if (!object)
			print_line(line);
	}
}

/*
 * Look for kernel memory that nothing points to any more. kmemleak only reports
 * objects older than five seconds, and needs a second scan for those that have
 * changed.
 */
static void sweep(void)
{
	const char *path = "/sys/kernel/debug/kmemleak";
	char *text;

	if (access(path, W_OK))
		return;
	mark("sweep");
	/* kmemleak refuses it when it has switched itself off. */
	if (!write_file(path, "scan")) {
		problem(-1, "cannot write to %s: %s", path, strerror(errno));
		return;
	}
	sleep_ms(5100);
	text = write_file(path, "scan") ? read_file(path) : NULL;
	if (!text)
		problem(-1, "cannot use %s: %s", path, strerror(errno));
	else
		print_lost(text);
}

/*
 * Probe what every test relies on. Without it, hundreds of tests would fail, each
 * for a different reason.
 */
static void run_probe(void)
{
	const char *failed = probe_processes();

	problems = 0;
	if (!failed && plan.probe_swap && swap_on(-1, PROBE_SWAP_MIB)) {
		failed = probe_swap();
		swap_off(-1);
	}
	if (plan.devices && !device_text("leaks"))
		problem(-1, "the device files cannot be read: %s",
			strerror(errno));
	if (failed)
		problem(-1, "%s", failed);
	if (problems)
		power_off();
}

/*
 * Only /tmp and /run are the guest's own; the rest of the file system is the
 * host's.
 */
static void mount_gpu(void)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/gpu", getenv("SB_RUN"));
	if (mkdir(SHELL_GPU, 0755) ||
	    mount("none", SHELL_GPU, "hostfs", MS_NOSUID | MS_NODEV, path))
		die("cannot mount %s on %s", path, SHELL_GPU);
	plan.shell.gpu = SHELL_GPU;
}

static void run_shell(void)
{
	char link[32];

	/* A path to the test program that no mount hides. */
	fcntl(tests_fd, F_SETFD, 0);
	snprintf(link, sizeof(link), "/proc/1/fd/%d", tests_fd);
	if (symlink(link, "/tmp/guest-tests"))
		mark("problem - link of guest-tests: %s", strerror(errno));
	if (plan.devices)
		mount_gpu();
	if (!shell_run(&plan.shell))
		die("no shell");
}

int main(void)
{
	char *line, *rest;
	int fd, test = 0;
	bool good = true;

	if (getpid() != 1) {
		fprintf(stderr, "init: to be run by a guest kernel only\n");
		return 2;
	}
	/*
	 * Without a console, descriptors 0 to 2 are free: do not let other files
	 * use them.
	 */
	while ((fd = open("/", O_PATH)) >= 0 && fd <= STDERR_FILENO)
		;
	close(fd);
	read_plan();
	mount_all();
	keep_watermarks();
	if (plan.devices && access(SB_DEV_NODE, R_OK | W_OK))
		die("no stub devices: %s", SB_DEV_NODE);
	taint_before = taint();
	lockdep_on = debug_locks();
	if (!lockdep_on)
		problem(-1, "debug_locks: 0: lockdep is off after boot");
	if (plan.probe_basics)
		run_probe();
	tests_began = jiffies();
	mark("ready");

	if (plan.has_shell)
		run_shell();
	for (line = plan.tests; good && line && *line; line = rest) {
		char name[256], may_taint[8];
		unsigned int swap_mib;

		rest = strchrnul(line, '\n');
		if (*rest)
			*rest++ = '\0';
		if (sscanf(line, "test %255s %u %7s", name, &swap_mib,
			   may_taint) != 3) {
			problem(-1, "plan: %s", line);
			break;
		}
		good = run_test(test++, name, swap_mib,
				!strcmp(may_taint, "taint"), !*rest);
	}
	if (test && good)
		sweep();
	mark("done");
	power_off();
	return 1;
}
