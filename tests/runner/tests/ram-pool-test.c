// SPDX-License-Identifier: GPL-2.0-or-later
/* Files for the guests' RAM. */
#include "../ram-pool.h"

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

static void test_next_guest(void)
{
	int first = ram_take(), second;

	g_assert_cmpint(first, >=, 0);
	ram_give(first);
	g_assert_cmpint(ram_take(), ==, first);
	second = ram_take();
	g_assert_cmpint(second, !=, first);
	ram_give(first);
	ram_give(second);
	ram_free();
}

static void test_same_time(void)
{
	int first = ram_take(), second = ram_take();

	g_assert_cmpint(first, !=, second);
	ram_give(second);
	g_assert_cmpint(ram_take(), ==, second);
	ram_give(first);
	ram_give(second);
	ram_free();
}

/* Pages that the guest before has written stay; a program that is run loses the file. */
static void test_content(void)
{
	int fd = ram_take();
	char byte = 0;

	g_assert_cmpint(pwrite(fd, "x", 1, 4096), ==, 1);
	ram_give(fd);
	g_assert_cmpint(pread(ram_take(), &byte, 1, 4096), ==, 1);
	g_assert_cmpint(byte, ==, 'x');
	g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
	ram_give(fd);
	ram_free();
}

/* What was not there is not given back, and nothing stays open. */
static void test_none(void)
{
	int fd = ram_take();

	ram_give(fd);
	ram_give(-1);
	g_assert_cmpint(ram_take(), ==, fd);
	ram_give(fd);
	ram_free();
	g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
	fd = ram_take();
	g_assert_cmpint(fd, >=, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ram/next-guest", test_next_guest);
	g_test_add_func("/ram/same-time", test_same_time);
	g_test_add_func("/ram/content", test_content);
	g_test_add_func("/ram/none", test_none);
	return g_test_run();
}
