// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/ram.h"
#include "util.h"

static void test_bounds(void)
{
	guint8 memory[64] = {0};
	guint8 buf[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	guint8 back[8] = {0};
	Ram *ram = ram_new();

	g_assert_null(ram_at(ram, 0, 1));
	g_assert_null(ram_at(ram, 0, 0));
	g_assert_false(ram_read(ram, 0, buf, 1));

	ram_set(ram, memory, sizeof(memory));
	g_assert_true(ram_at(ram, 0, 64) == memory);
	g_assert_true(ram_at(ram, 63, 1) == memory + 63);
	g_assert_true(ram_at(ram, 64, 0) == memory + 64);
	g_assert_null(ram_at(ram, 64, 1));
	g_assert_null(ram_at(ram, 63, 2));
	g_assert_null(ram_at(ram, 0, 65));
	g_assert_null(ram_at(ram, 65, 0));
	g_assert_null(ram_at(ram, G_MAXUINT64, 2));
	g_assert_null(ram_at(ram, 1, G_MAXSIZE));

	g_assert_true(ram_write(ram, 56, buf, 8));
	g_assert_true(ram_read(ram, 56, back, 8));
	g_assert_cmpmem(buf, 8, back, 8);
	g_assert_false(ram_write(ram, 57, buf, 8));
	g_assert_cmpint(memory[57], ==, 2);
	memset(back, 0, sizeof(back));
	g_assert_false(ram_read(ram, 57, back, 8));
	g_assert_cmpint(back[0], ==, 0);

	/* A RAM that is not mapped. */
	ram_unmap(ram);
	g_assert_nonnull(ram_at(ram, 0, 1));
	ram_free(ram);
}

static void test_map(void)
{
	char *bytes;
	int fd = ram_file(8192, (void **)&bytes);
	int other = ram_file(4096, NULL);
	Ram *ram = ram_new();
	uint32_t value = 7;

	g_assert_cmpint(ram_map(ram, fd), ==, 0);
	g_assert_true(ram_write(ram, 8188, &value, 4));
	g_assert_cmpint(bytes[8188], ==, 7);
	g_assert_null(ram_at(ram, 8190, 4));

	/* A second user, of the same file only. */
	g_assert_cmpint(ram_map(ram, other), ==, -EBUSY);
	g_assert_cmpint(ram_map(ram, fd), ==, 0);
	ram_unmap(ram);
	g_assert_nonnull(ram_at(ram, 0, 8192));
	ram_unmap(ram);
	g_assert_null(ram_at(ram, 0, 1));
	ram_unmap(ram);

	g_assert_cmpint(ram_map(ram, other), ==, 0);
	g_assert_null(ram_at(ram, 4096, 1));
	ram_free(ram);
	close(fd);
	close(other);
}

static void test_bad_files(void)
{
	int empty = ram_file(0, NULL);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int read_only = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	Ram *ram = ram_new();

	g_assert_cmpint(ram_map(ram, empty), ==, -EINVAL);
	g_assert_cmpint(ram_map(ram, null), ==, -EINVAL);
	g_assert_cmpint(ram_map(ram, read_only), ==, -EACCES);
	g_assert_cmpint(ram_map(ram, -1), ==, -EBADF);
	g_assert_null(ram_at(ram, 0, 0));
	ram_free(ram);
	close(empty);
	close(null);
	close(read_only);
}

/* A guest that truncates its RAM must not kill the daemon. */
static void test_truncated(void)
{
	int fd = ram_file(4 * RAM_PAGE_SIZE, NULL);
	Ram *ram = ram_new();
	uint64_t value = 0x1122334455667788;

	g_assert_cmpint(ram_map(ram, fd), ==, 0);
	g_assert_true(ram_write(ram, 2 * RAM_PAGE_SIZE + 8, &value, 8));
	g_assert_true(ram_write(ram, 8, &value, 8));
	g_assert_cmpint(ftruncate(fd, RAM_PAGE_SIZE), ==, 0);
	g_assert_true(ram_read(ram, 2 * RAM_PAGE_SIZE + 8, &value, 8));
	g_assert_cmpuint(value, ==, 0);
	value = 5;
	g_assert_true(ram_write(ram, 3 * RAM_PAGE_SIZE, &value, 8));
	g_assert_true(ram_read(ram, 8, &value, 8));
	g_assert_cmpuint(value, ==, 0x1122334455667788);
	ram_free(ram);
	close(fd);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ram/bounds", test_bounds);
	g_test_add_func("/ram/map", test_map);
	g_test_add_func("/ram/bad-files", test_bad_files);
	g_test_add_func("/ram/truncated", test_truncated);
	return g_test_run();
}
