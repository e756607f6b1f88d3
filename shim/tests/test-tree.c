// SPDX-License-Identifier: GPL-2.0-or-later
/* The file tree through a real mount, with two small devices in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake.h"
#include "core/mount.h"
#include "core/tree.h"
#include "util.h"

#define RAM_SIZE (64 * 1024)
#define GPU "virtio-gpu"
#define PANFROST "panfrost"

typedef struct {
	char *dir;
	pid_t server;
	int ram_fd;
	guint8 *ram;
} Case;

static void serve(const char *dir, int ready_fd) G_GNUC_NORETURN;

static void serve(const char *dir, int ready_fd)
{
	g_autoptr(GError) error = NULL;
	Bus *bus = bus_new();
	sigset_t stop;
	Mount mount;
	bool good;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (!mount_new(&mount, dir, &error)) {
		g_printerr("%s\n", error->message);
		_exit(2);
	}
	bus_add(bus, &fake_gpu);
	bus_add(bus, &fake_panfrost);
	good = tree_serve(bus, mount.fuse_fd, dir, ready_fd, false);
	mount_end(&mount);
	bus_free(bus);
	_exit(good ? 0 : 1);
}

static void set_up(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	int ready[2];
	char byte;

	c->dir = g_dir_make_tmp("shim-tree-XXXXXX", NULL);
	g_assert_nonnull(c->dir);
	g_assert_cmpint(pipe2(ready, O_CLOEXEC), ==, 0);
	c->server = fork();
	g_assert_cmpint(c->server, >=, 0);
	if (c->server == 0) {
		/* If the test fails, nothing may be left. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(ready[0]);
		serve(c->dir, ready[1]);
	}
	close(ready[1]);
	g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
	/* The server has closed it, and no helper of the mount has it open. */
	g_assert_cmpint(read(ready[0], &byte, 1), ==, 0);
	close(ready[0]);
	c->ram_fd = ram_file(RAM_SIZE, (void **)&c->ram);
}

static void tear_down(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	int status = -1;

	kill(c->server, SIGTERM);
	g_assert_cmpint(waitpid(c->server, &status, 0), ==, c->server);
	g_assert_cmpint(status, ==, 0);
	/* Really gone, at once. */
	g_assert_false(is_mount_point(c->dir));
	g_assert_cmpint(g_rmdir(c->dir), ==, 0);
	g_free(c->dir);
	munmap(c->ram, RAM_SIZE);
	close(c->ram_fd);
}

static int open_file(Case *c, const char *file, int flags)
{
	g_autofree char *path = g_build_filename(c->dir, file, NULL);
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static char *list(Case *c, const char *dir)
{
	g_autofree char *path = g_build_filename(c->dir, dir, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	DIR *d = opendir(path);
	struct dirent *entry;

	if (!d)
		return g_strdup(g_strerror(errno));
	while ((entry = readdir(d)))
		g_ptr_array_add(names,
				g_strconcat(entry->d_name,
					    entry->d_type == DT_DIR ? "/" : "",
					    NULL));
	closedir(d);
	g_ptr_array_add(names, NULL);
	return g_strjoinv(" ", (char **)names->pdata);
}

static void assert_list(Case *c, const char *dir, const char *names)
{
	g_autofree char *found = list(c, dir);

	g_assert_cmpstr(found, ==, names);
}

static void assert_file(Case *c, const char *file, const char *text)
{
	g_autofree char *found = read_file(c->dir, file);

	g_assert_cmpstr(found, ==, text);
}

static int open_guest(Case *c, const char *device, guint64 event_page)
{
	struct sb_hello hello = hello_for(c->ram_fd, event_page);
	g_autofree char *file = g_build_filename(device, "regs", NULL);
	int fd = open_file(c, file, O_RDWR);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(pwrite(fd, &hello, sizeof(hello), SB_CTL_HELLO), ==,
			sizeof(hello));
	return fd;
}

static void write32(int fd, off_t offset, guint32 value)
{
	g_assert_cmpint(pwrite(fd, &value, 4, offset), ==, 4);
}

static guint32 read32(int fd, off_t offset)
{
	guint32 value;

	g_assert_cmpint(pread(fd, &value, 4, offset), ==, 4);
	return value;
}

static void test_names(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct stat st;
	int fd;

	assert_list(c, "",
		    "./ ../ virtio-gpu/ panfrost/ faults leaks refused stamps "
		    "trace "
		    "version violations");
	assert_list(c, GPU, "./ ../ regs value dir/ big");
	assert_list(c, GPU "/dir", "./ ../ value");
	assert_list(c, GPU "/value", "Not a directory");
	assert_list(c, GPU "/nothing", "No such file or directory");
	assert_file(c, "version", "1\n");
	assert_file(c, GPU "/dir/value", "0\n");
	g_assert_cmpint(open_file(c, "nothing", O_RDONLY), ==, -ENOENT);
	g_assert_cmpint(open_file(c, "virtio-gpux/regs", O_RDONLY), ==,
			-ENOENT);
	g_assert_cmpint(open_file(c, GPU "/di", O_RDONLY), ==, -ENOENT);
	g_assert_cmpint(open_file(c, GPU "/value", O_WRONLY), ==, -EACCES);
	g_assert_cmpint(open_file(c, "version", O_RDWR), ==, -EACCES);
	g_assert_cmpint(open_file(c, "new", O_WRONLY | O_CREAT), <, 0);

	fd = open_file(c, "faults", O_RDWR);
	g_assert_cmpint(fchmod(fd, 0777), ==, -1);
	g_assert_cmpint(fstat(fd, &st), ==, 0);
	g_assert_cmpuint(st.st_mode, ==, S_IFREG | 0644);
	g_assert_cmpuint(st.st_uid, ==, getuid());
	close(fd);
	fd = open_file(c, GPU "/regs", O_RDONLY);
	g_assert_cmpint(fstat(fd, &st), ==, 0);
	g_assert_cmpint(st.st_size, ==, 0);
	close(fd);
}

/* Files that come and go with the guest's actions. */
static void test_dynamic(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	int guest = open_guest(c, GPU, 0), fd;
	char buf[8];

	g_assert_cmpint(open_file(c, GPU "/42", O_RDONLY), ==, -ENOENT);
	write32(guest, FAKE_VALUE, 42);
	assert_list(c, GPU, "./ ../ regs value dir/ big 42");
	assert_file(c, GPU "/42", "42\n");
	fd = open_file(c, GPU "/42", O_RDONLY);
	g_assert_cmpint(pread(fd, buf, 1, 0), ==, 1);
	/*
	 * All of one reading is one snapshot; a read at offset 0 takes a new one.
	 */
	write32(guest, FAKE_VALUE, 17);
	g_assert_cmpint(pread(fd, buf, 8, 1), ==, 2);
	g_assert_cmpint(buf[0], ==, '2');
	g_assert_cmpint(pread(fd, buf, 8, 0), ==, 3);
	g_assert_cmpint(buf[0], ==, '1');
	write32(guest, FAKE_VALUE, 0);
	g_assert_cmpint(pread(fd, buf, 8, 0), ==, -1);
	g_assert_cmpint(errno, ==, ENOENT);
	g_assert_cmpint(open_file(c, GPU "/42", O_RDONLY), ==, -ENOENT);
	close(fd);
	close(guest);
}

static void test_big(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *text = read_file(c->dir, GPU "/big");
	char buf[100];
	struct stat st;
	int fd;

	g_assert_cmpuint(strlen(text), ==, 200000);
	fd = open_file(c, GPU "/big", O_RDONLY);
	g_assert_cmpint(fstat(fd, &st), ==, 0);
	g_assert_cmpint(st.st_size, ==, 200000);
	/* tail(1) starts to read near the end. */
	g_assert_cmpint(pread(fd, buf, 100, 199950), ==, 50);
	g_assert_cmpint(pread(fd, buf, 100, 0), ==, 100);
	g_assert_cmpint(pread(fd, buf, 100, 199950), ==, 50);
	g_assert_cmpint(pread(fd, buf, 100, 200000), ==, 0);
	g_assert_cmpint(pread(fd, buf, 100, 1ll << 40), ==, 0);
	close(fd);
}

static void test_commands(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *path = g_build_filename(c->dir, "faults", NULL);
	int fd;

	g_assert_cmpint(write_file(c->dir, "faults", "hold panfrost JOB\n"), ==,
			0);
	assert_file(c, "faults", "hold panfrost JOB\n");
	g_assert_cmpint(write_file(c->dir, "faults", "bogus\n"), ==, -EINVAL);
	/* As a shell opens it. */
	fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0666);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, "clear\n", 6), ==, 6);
	g_assert_cmpint(write(fd, "hang panfrost JOB\n", 18), ==, 18);
	close(fd);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	g_assert_cmpint(write(fd, "delay panfrost JOB 5\n", 21), ==, 21);
	close(fd);
	assert_file(c, "faults", "hang panfrost JOB\ndelay panfrost JOB 5\n");

	g_assert_cmpint(write_file(c->dir, "stamps", "expect virtio-gpu 1 2 3"),
			==, 0);
	assert_file(c, "stamps",
		    "virtio-gpu resource 1 bo 2 generation 3 first-page 0 "
		    "checked 0 bad 0\n");
	g_assert_cmpint(write_file(c->dir, "stamps", "bogus"), ==, -EINVAL);

	fd = open_file(c, GPU "/regs", O_RDWR);
	g_assert_cmpuint(read32(fd, FAKE_VALUE), ==, 0);
	close(fd);
	assert_file(c, "trace", "0 0.000000000 virtio-gpu read32 0x0 = 0x0\n");
	g_assert_cmpint(write_file(c->dir, "trace", "clea"), ==, -EINVAL);
	g_assert_cmpint(write_file(c->dir, "trace", "clear"), ==, 0);
	assert_file(c, "trace", "");
	g_assert_cmpint(write_file(c->dir, "violations", "clear\n\n"), ==,
			-EINVAL);
	g_assert_cmpint(write_file(c->dir, "violations", "clear\n"), ==, 0);
	g_assert_cmpint(write_file(c->dir, "refused", "clear it"), ==, -EINVAL);
	g_assert_cmpint(write_file(c->dir, "refused", "clear\n"), ==, 0);
	assert_file(c, "refused", "");
}

/* One write is one transfer: the largest one of a guest is not split. */
static void test_long_command(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	GString *text = g_string_new("clear\n");

	while (text->len < SB_HOST_MAX - 32)
		g_string_append(text, "release panfrost JOB\n");
	g_string_append(text, "hold panfrost RESET\n");
	g_assert_cmpuint(text->len, <=, SB_HOST_MAX);
	g_assert_cmpint(write_file(c->dir, "faults", text->str), ==, 0);
	assert_file(c, "faults", "hold panfrost RESET\n");
	g_string_free(text, TRUE);
}

static void test_registers(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct sb_hello hello = hello_for(c->ram_fd, 4096);
	int guest = open_guest(c, GPU, 0);
	int look = open_file(c, GPU "/regs", O_RDWR);
	guint8 buf[4096] = {0};

	write32(guest, FAKE_VALUE, 0xdeadbeef);
	g_assert_cmpuint(read32(look, FAKE_VALUE), ==, 0xdeadbeef);
	g_assert_cmpuint(read32(look, SB_CTL_PING), ==, SB_MAGIC);
	g_assert_cmpint(pwrite(look, buf, 4, FAKE_VALUE), ==, -1);
	g_assert_cmpint(errno, ==, EPERM);
	g_assert_cmpint(pwrite(look, &hello, sizeof(hello), SB_CTL_HELLO), ==,
			-1);
	g_assert_cmpint(errno, ==, EBUSY);
	for (size_t len = 1; len <= sizeof(buf); len *= 3) {
		g_assert_cmpint(pread(guest, buf, len, 0), ==, -1);
		g_assert_cmpint(errno, ==, EINVAL);
		g_assert_cmpint(pwrite(guest, buf, len, 0), ==, -1);
		g_assert_cmpint(errno, ==, EINVAL);
	}
	g_assert_cmpint(pread(guest, buf, 4, 2), ==, -1);
	g_assert_cmpint(errno, ==, EINVAL);
	g_assert_cmpint(pread(guest, buf, 4, SB_CTL_BASE + 0x300), ==, -1);
	g_assert_cmpint(errno, ==, EINVAL);
	g_assert_cmpint(pread(guest, buf, 4, 1ll << 62), ==, -1);
	assert_file(c, GPU "/value", "3735928559\n");
	assert_file(c, "leaks", "virtio-gpu value 1\nvirtio-gpu value 2\n");

	/*
	 * A close by another opener changes nothing; a close by the guest resets.
	 */
	close(look);
	g_assert_cmpuint(read32(guest, FAKE_VALUE), ==, 0xdeadbeef);
	close(guest);
	guest = open_guest(c, GPU, 4096);
	g_assert_cmpuint(read32(guest, FAKE_VALUE), ==, 0);
	close(guest);
}

static void test_events(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	struct sb_event_page *page = (struct sb_event_page *)(c->ram + 4096);
	int guest = open_guest(c, PANFROST, 4096);

	g_assert_cmpuint(page->magic, ==, SB_MAGIC);
	page->now_ns = 1000000001;
	write32(guest, FAKE_DEADLINE, 10);
	g_assert_cmpuint(page->deadline_ns, ==, 1000000011);
	page->now_ns += 10;
	write32(guest, SB_CTL_TICK, 0);
	g_assert_cmpuint(page->deadline_ns, ==, 0);
	g_assert_cmpuint(page->irq_raise, ==, 1u << 7);
	/* From the host side, too. */
	g_assert_cmpint(write_file(c->dir, "faults", "release panfrost JOB"),
			==, 0);
	g_assert_cmpuint(page->irq_raise, ==, 1u << 7 | 1u << 9);
	close(guest);
	assert_file(c, "trace",
		    "0 0.000000000 bus panfrost: hello: guest connected\n"
		    "1 1.000000001 panfrost write32 0x8 = 0xa\n"
		    "2 1.000000011 bus panfrost: guest gone\n");
}

/* A guest whose RAM is said to be a file of the tree: refused, no deadlock. */
static void test_own_file(Case *c, gconstpointer data G_GNUC_UNUSED)
{
	int fd = open_file(c, GPU "/regs", O_RDWR);
	struct sb_hello hello = hello_for(fd, 0);

	g_assert_cmpint(pwrite(fd, &hello, sizeof(hello), SB_CTL_HELLO), ==,
			-1);
	g_assert_cmpint(errno, ==, EFAULT);
	close(fd);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, func)                                                        \
	g_test_add("/tree/" name, Case, NULL, set_up, func, tear_down)
	ADD("names", test_names);
	ADD("dynamic", test_dynamic);
	ADD("big", test_big);
	ADD("commands", test_commands);
	ADD("long-command", test_long_command);
	ADD("registers", test_registers);
	ADD("events", test_events);
	ADD("own-file", test_own_file);
	return g_test_run();
}
