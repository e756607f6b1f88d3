// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon itself, named by the environment variable SHIM. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/registry.h"
#include "util.h"

#define RAM_SIZE (64 * 1024)

typedef struct {
	const char *shim;
	char *dir; /* resolved, as in the list of mounts */
	pid_t pid;
	int ram_fd;
	struct sb_event_page *page;
} Case;

/* Start the daemon on the directory and wait until it is there. */
static pid_t start(Case *c)
{
	int ready[2];
	pid_t pid;
	char byte;

	g_assert_cmpint(pipe2(ready, O_CLOEXEC), ==, 0);
	pid = fork();
	g_assert_cmpint(pid, >=, 0);
	if (pid == 0) {
		g_autofree char *arg =
			g_strdup_printf("--ready-fd=%d", ready[1]);

		fcntl(ready[1], F_SETFD, 0);
		execl(c->shim, c->shim, "--die-with-parent", arg, c->dir, NULL);
		_exit(127);
	}
	close(ready[1]);
	g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
	g_assert_cmpint(read(ready[0], &byte, 1), ==, 0);
	close(ready[0]);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = -1;

	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	return status;
}

static void set_up(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *dir = g_dir_make_tmp("shim-XXXXXX", NULL);

	c->shim = g_getenv("SHIM");
	if (!c->shim)
		g_error("the environment variable SHIM must name the daemon");
	g_assert_nonnull(dir);
	c->dir = realpath(dir, NULL);
	c->pid = start(c);
	c->ram_fd = ram_file(RAM_SIZE, (void **)&c->page);
}

static void tear_down(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	if (c->pid) {
		kill(c->pid, SIGTERM);
		g_assert_cmpint(wait_for(c->pid), ==, 0);
	}
	g_assert_false(is_mount_point(c->dir));
	g_assert_cmpint(g_rmdir(c->dir), ==, 0);
	free(c->dir);
	munmap(c->page, RAM_SIZE);
	close(c->ram_fd);
}

static int open_file(Case *c, const char *file)
{
	g_autofree char *path = g_build_filename(c->dir, file, NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	g_assert_cmpint(fd, >=, 0);
	return fd;
}

static int say_hello(Case *c, int fd)
{
	struct sb_hello hello = hello_for(c->ram_fd, 0);

	return pwrite(fd, &hello, sizeof(hello), SB_CTL_HELLO) < 0 ? -errno : 0;
}

static guint32 read32(int fd, off_t offset)
{
	guint32 value;

	g_assert_cmpint(pread(fd, &value, 4, offset), ==, 4);
	return value;
}

static void test_devices(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	int gpu = open_file(c, SB_FILE_VIRTIO_GPU);
	int panfrost = open_file(c, SB_FILE_PANFROST);
	int again = open_file(c, SB_FILE_PANFROST);
	guint32 value = 0;

	g_assert_cmpint(say_hello(c, gpu), ==, 0);
	g_assert_cmpuint(c->page->magic, ==, SB_MAGIC);
	g_assert_cmpuint(c->page->isr_reg, ==, 0x60);
	g_assert_cmpuint(c->page->ack_reg, ==, 0x64);
	g_assert_cmpuint(read32(gpu, 0), ==, 0x74726976);
	g_assert_cmpuint(read32(gpu, 8), ==, 16);
	g_assert_cmpint(pwrite(gpu, &value, 4, 0x70), ==, 4);

	g_assert_cmpint(say_hello(c, panfrost), ==, 0);
	g_assert_cmpuint(c->page->isr_reg, ==, SB_NO_REG);
	g_assert_cmpuint(read32(panfrost, 0), ==, 0x08602000);
	g_assert_cmpint(say_hello(c, again), ==, -EBUSY);
	close(panfrost);
	g_assert_cmpint(say_hello(c, again), ==, 0);
	close(again);
	close(gpu);
}

/* Read every file and directory; open for writing those that allow it. */
static guint walk(const char *dir, GPtrArray *files)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	guint count = 0;

	g_assert_nonnull(d);
	while ((entry = readdir(d))) {
		g_autofree char *path =
			g_build_filename(dir, entry->d_name, NULL);
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		count++;
		g_assert_cmpint(stat(path, &st), ==, 0);
		if (S_ISDIR(st.st_mode)) {
			count += walk(path, files);
			continue;
		}
		if (st.st_mode & 0200)
			g_ptr_array_add(files, g_strdup(path));
		if ((st.st_mode & 0777) == 0600)
			continue; /* a device: it cannot be read as a whole */
		g_file_get_contents(path, &text, NULL, &error);
		g_assert_no_error(error);
	}
	closedir(d);
	return count;
}

static void test_malformed(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *noise = g_malloc(SB_HOST_MAX);
	GRand *rand = g_rand_new_with_seed(1);

	for (guint i = 0; i < SB_HOST_MAX; i++)
		noise[i] = (char)g_rand_int_range(rand, 0, 256);
	g_rand_free(rand);
	g_assert_cmpuint(walk(c->dir, files), >, 10);
	/* faults, refused, stamps, trace, violations, and the devices */
	g_assert_cmpuint(files->len, ==, 5 + models_count());
	for (guint i = 0; i < files->len; i++) {
		int fd = open(files->pdata[i], O_RDWR | O_CLOEXEC);

		g_test_message("%s", (char *)files->pdata[i]);
		g_assert_cmpint(fd, >=, 0);
		for (size_t len = 3; len <= SB_HOST_MAX; len = len * 5 + 1) {
			g_assert_cmpint(pwrite(fd, noise, len, 0), ==, -1);
			g_assert_cmpint(errno, ==, EINVAL);
		}
		close(fd);
	}
	g_assert_cmpuint(walk(c->dir, files), >, 10);
}

static void test_kill(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	int fd = open_file(c, SB_FILE_VIRTIO_GPU);
	guint32 value;

	/* Even with a guest in the middle of everything. */
	g_assert_cmpint(say_hello(c, fd), ==, 0);
	kill(c->pid, SIGKILL);
	g_assert_true(WIFSIGNALED(wait_for(c->pid)));
	c->pid = 0;
	g_assert_cmpint(pread(fd, &value, 4, 0), ==, -1);
	wait_unmounted(c->dir);
	g_assert_cmpint(pread(fd, &value, 4, 0), ==, -1);
	close(fd);
}

static void test_stop(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
		int fd = open_file(c, SB_FILE_VIRTIO_GPU);

		g_assert_cmpint(say_hello(c, fd), ==, 0);
		kill(c->pid, signals[i]);
		g_assert_cmpint(wait_for(c->pid), ==, 0);
		g_assert_false(is_mount_point(c->dir));
		close(fd);
		/* The directory can be used again at once, and stays mounted:
		 * nothing of the last daemon is left that would unmount it.
		 */
		c->pid = start(c);
	}
	g_assert_true(is_mount_point(c->dir));
}

static void test_unmount(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	const char *argv[] = {"fusermount3", "-u", c->dir, NULL};
	int status = -1;

	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL,
				   G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
				   &status, NULL));
	g_assert_cmpint(status, ==, 0);
	g_assert_cmpint(wait_for(c->pid), ==, 0);
	c->pid = 0;
}

/* The daemon ends when the process that started it does. */
static void test_orphan(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *dir = g_dir_make_tmp("shim-XXXXXX", NULL);
	Case other = {.shim = c->shim, .dir = realpath(dir, NULL)};
	pid_t pid = fork();

	if (pid == 0) {
		start(&other);
		_exit(is_mount_point(other.dir) ? 0 : 1);
	}
	g_assert_cmpint(wait_for(pid), ==, 0);
	wait_unmounted(other.dir);
	g_assert_cmpint(g_rmdir(other.dir), ==, 0);
	free(other.dir);
}

/*
 * Run the daemon with @args; it must fail with a single line that contains
 * @message.
 */
static void assert_fails(Case *c, const char *args, const char *message)
{
	g_autofree char *line = g_strdup_printf("%s %s", c->shim, args);
	g_autofree char *out = NULL, *err = NULL;
	g_autoptr(GError) error = NULL;
	int status = 0;

	g_assert_true(
		g_spawn_command_line_sync(line, &out, &err, &status, &error));
	g_assert_cmpint(status, !=, 0);
	g_assert_cmpstr(out, ==, "");
	g_test_message("%s", err);
	g_assert_true(g_str_has_prefix(err, "shim: "));
	g_assert_nonnull(strstr(err, message));
	g_assert_true(strchr(err, '\n') == err + strlen(err) - 1);
}

static void test_usage(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	assert_fails(c, "", "name one mount point");
	assert_fails(c, "a b", "name one mount point");
	assert_fails(c, "--nonsense /", "--nonsense");
	assert_fails(c, "--ready-fd=99 /tmp", "--ready-fd");
	assert_fails(c, "/nonexistent/directory", "/nonexistent/directory");
	assert_fails(c, "/dev/null", "/dev/null");
	/* In use already. */
	assert_fails(c, c->dir, "not empty");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, func)                                                        \
	g_test_add("/shim/" name, Case, NULL, set_up, func, tear_down)
	ADD("devices", test_devices);
	ADD("malformed", test_malformed);
	ADD("kill", test_kill);
	ADD("stop", test_stop);
	ADD("unmount", test_unmount);
	ADD("orphan", test_orphan);
	ADD("usage", test_usage);
	return g_test_run();
}
