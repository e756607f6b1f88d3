// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench SHIM [ITERATIONS] - compares the cost of a register access with that of a
 * FUSE round trip. All are measured in turn on one CPU, so that other load affects
 * each in the same way. "raw" is the smallest FUSE file system that answers a read
 * and a write of four bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mount.h"
#include "protocol.h"

#define RAW_FILE "raw"
#define RAM_SIZE (1024 * 1024)

static void die(const char *what) G_GNUC_NORETURN;

static void die(const char *what)
{
	g_printerr("bench: %s\n", what);
	exit(1);
}

/* The raw file system: one file, inode 2. */

static void raw_attr(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0700 : S_IFREG | 0600;
	st->st_nlink = 1;
	st->st_uid = getuid();
	st->st_gid = getgid();
}

static void raw_lookup(fuse_req_t req, fuse_ino_t parent G_GNUC_UNUSED,
		       const char *name)
{
	struct fuse_entry_param entry = {.ino = 2};

	raw_attr(2, &entry.attr);
	if (strcmp(name, RAW_FILE) != 0)
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_entry(req, &entry);
}

static void raw_getattr(fuse_req_t req, fuse_ino_t ino,
			struct fuse_file_info *fi G_GNUC_UNUSED)
{
	struct stat st;

	raw_attr(ino, &st);
	fuse_reply_attr(req, &st, 0);
}

static void raw_open(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED,
		     struct fuse_file_info *fi)
{
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void raw_read(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED, size_t size,
		     off_t off G_GNUC_UNUSED,
		     struct fuse_file_info *fi G_GNUC_UNUSED)
{
	fuse_reply_buf(req, "raw", MIN(size, 4));
}

static void raw_write(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED,
		      const char *buf G_GNUC_UNUSED, size_t size,
		      off_t off G_GNUC_UNUSED,
		      struct fuse_file_info *fi G_GNUC_UNUSED)
{
	fuse_reply_write(req, size);
}

static void serve_raw(int fuse_fd)
{
	static const struct fuse_lowlevel_ops ops = {
		.lookup = raw_lookup,
		.getattr = raw_getattr,
		.open = raw_open,
		.read = raw_read,
		.write = raw_write,
	};
	g_autofree char *mount = g_strdup_printf("/dev/fd/%d", fuse_fd);
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session;

	fuse_opt_add_arg(&args, "raw");
	session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (session && fuse_session_mount(session, mount) == 0)
		fuse_session_loop(session);
	_exit(0);
}

/* Mount it on @dir. Its server ends with this process at the latest. */
static pid_t start_raw(const char *dir)
{
	pid_t parent = getpid(), pid;
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (pid == 0) {
		g_autoptr(GError) error = NULL;
		Mount mount;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		if (!mount_new(&mount, dir, &error)) {
			g_printerr("bench: %s\n", error->message);
			_exit(1);
		}
		if (write(ready[1], "R", 1) < 0)
			_exit(1);
		serve_raw(mount.fuse_fd);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(1);
	close(ready[0]);
	return pid;
}

static pid_t start_shim(const char *shim, const char *dir)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (pid == 0) {
		g_autofree char *arg =
			g_strdup_printf("--ready-fd=%d", ready[1]);

		fcntl(ready[1], F_SETFD, 0);
		execl(shim, shim, "--die-with-parent", arg, dir, NULL);
		g_printerr("bench: %s: %s\n", shim, g_strerror(errno));
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(1);
	close(ready[0]);
	return pid;
}

static int open_in(const char *dir, const char *file)
{
	g_autofree char *path = g_build_filename(dir, file, NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static int open_device(const char *dir, const char *file, int ram, int page)
{
	struct sb_hello hello = {.magic = SB_MAGIC,
				 .version = SB_VERSION,
				 .pid = (__u32)getpid(),
				 .ram_fd = (__u32)ram,
				 .event_page = (__u64)page * 4096};
	int fd = open_in(dir, file);

	if (pwrite(fd, &hello, sizeof(hello), SB_CTL_HELLO) < 0)
		die("hello refused");
	return fd;
}

#define HELPER_COMMAND 0x10000u
#define HELPER_RUN 0x11000u
#define HELPER_PAGE 0x12000u
#define HELPER_DATA 0x13000u
#define HELPER_LEN 64u

/* Attach a BO of one page, and put a command into RAM that reads some of it. */
static int open_helper(const char *dir, int ram)
{
	static const struct sb_helper_run run = {HELPER_PAGE, 4096};
	const struct sb_helper_command commands[] = {
		{.op = SB_HELPER_CMD_ATTACH,
		 .bo = 1,
		 .len = 4096,
		 .data = HELPER_RUN,
		 .count = 1},
		{.op = SB_HELPER_CMD_READ,
		 .bo = 1,
		 .len = HELPER_LEN,
		 .data = HELPER_DATA},
	};
	g_autofree char *file = g_strdup_printf(SB_FILE_HELPER, 0);
	uint64_t address = HELPER_COMMAND;
	struct sb_helper_command done;
	int fd = open_device(dir, file, ram, 2);

	if (pwrite(ram, &run, sizeof(run), HELPER_RUN) < 0)
		die("RAM");
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (pwrite(ram, &commands[i], sizeof(done), HELPER_COMMAND) <
			    0 ||
		    pwrite(fd, &address, sizeof(address),
			   SB_HELPER_REG_COMMAND) < 0 ||
		    pread(ram, &done, sizeof(done), HELPER_COMMAND) < 0 ||
		    done.status)
			die("helper command");
	}
	return fd;
}

static guint64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (guint64)ts.tv_sec * 1000000000 + (guint64)ts.tv_nsec;
}

typedef struct {
	const char *name;
	int fd;
	off_t offset;
	bool write;
	gint base; /* compared with this one */
	size_t len;
	uint64_t value; /* written */
	guint64 *ns;
} Probe;

static int by_value(const void *a, const void *b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return (x > y) - (x < y);
}

static guint64 access_once(const Probe *probe)
{
	uint64_t value = probe->value;
	guint64 start = now();
	ssize_t n;

	if (probe->write)
		n = pwrite(probe->fd, &value, probe->len, probe->offset);
	else
		n = pread(probe->fd, &value, probe->len, probe->offset);
	if (n != (ssize_t)probe->len)
		die(probe->name);
	return now() - start;
}

/* The first access after another server has run is slower: leave it out. */
static void measure(Probe *probe, guint i)
{
	access_once(probe);
	probe->ns[i] = access_once(probe);
}

/*
 * On several CPUs, the scheduler's placement would matter more than the servers'
 * work.
 */
static void use_one_cpu(void)
{
	cpu_set_t set;
	int cpu = CPU_SETSIZE;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return;
	while (--cpu > 0 && !CPU_ISSET(cpu, &set))
		;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void clean_up(pid_t pid, const char *dir)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	/* If the raw server was killed, its watcher may need a moment. */
	for (int i = 0; i < 200 && g_rmdir(dir) < 0; i++)
		g_usleep(10000);
}

int main(int argc, char **argv)
{
	guint count = argc > 2 ? (guint)atoi(argv[2]) : 20000;
	g_autofree char *raw_dir = g_dir_make_tmp("bench-raw-XXXXXX", NULL);
	g_autofree char *shim_dir = g_dir_make_tmp("bench-shim-XXXXXX", NULL);
	int ram = memfd_create("ram", MFD_CLOEXEC);
	pid_t raw, shim;
	int raw_fd, virtio, panfrost, helper;

	if (argc < 2 || !count)
		die("usage: bench SHIM [ITERATIONS]");
	if (!raw_dir || !shim_dir || ram < 0 || ftruncate(ram, RAM_SIZE) < 0)
		die("cannot make temporary files");
	use_one_cpu();
	raw = start_raw(raw_dir);
	shim = start_shim(argv[1], shim_dir);
	raw_fd = open_in(raw_dir, RAW_FILE);
	virtio = open_device(shim_dir, SB_FILE_VIRTIO_GPU, ram, 0);
	panfrost = open_device(shim_dir, SB_FILE_PANFROST, ram, 1);
	helper = open_helper(shim_dir, ram);

	/* MagicValue, DeviceFeaturesSel; GPU_ID, JOB_INT_MASK */
	Probe probes[] = {
		{"raw FUSE read", raw_fd, 0, false, 0, 4, 0, NULL},
		{"raw FUSE write", raw_fd, 0, true, 1, 4, 0, NULL},
		{"shim ping", virtio, SB_CTL_PING, false, 0, 4, 0, NULL},
		{"virtio-gpu register read", virtio, 0x000, false, 0, 4, 0,
		 NULL},
		{"virtio-gpu register write", virtio, 0x014, true, 1, 4, 0,
		 NULL},
		{"panfrost register read", panfrost, 0x0000, false, 0, 4, 0,
		 NULL},
		{"panfrost register write", panfrost, 0x1008, true, 1, 4, 0,
		 NULL},
		{"helper register read", helper, SB_HELPER_REG_ID, false, 0, 8,
		 0, NULL},
		{"helper command, 64 bytes", helper, SB_HELPER_REG_COMMAND,
		 true, 1, 8, HELPER_COMMAND, NULL},
	};

	for (guint p = 0; p < G_N_ELEMENTS(probes); p++)
		probes[p].ns = g_new0(guint64, count);
	for (guint i = 0; i < count; i++)
		for (guint p = 0; p < G_N_ELEMENTS(probes); p++)
			measure(&probes[p], i);
	for (guint p = 0; p < G_N_ELEMENTS(probes); p++)
		qsort(probes[p].ns, count, sizeof(guint64), by_value);

	g_print("%-26s %10s %10s %10s %8s\n", "transaction, ns", "median",
		"10%", "90%", "of raw");
	for (guint p = 0; p < G_N_ELEMENTS(probes); p++) {
		const guint64 *ns = probes[p].ns;
		const guint64 *base = probes[probes[p].base].ns;

		g_print("%-26s %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT
			" %10" G_GUINT64_FORMAT " %7.2fx\n",
			probes[p].name, ns[count / 2], ns[count / 10],
			ns[count * 9 / 10],
			(double)ns[count / 2] / (double)base[count / 2]);
	}
	for (guint p = 0; p < G_N_ELEMENTS(probes); p++)
		g_free(probes[p].ns);
	close(raw_fd);
	close(virtio);
	close(panfrost);
	close(helper);
	clean_up(raw, raw_dir);
	clean_up(shim, shim_dir);
	return 0;
}
