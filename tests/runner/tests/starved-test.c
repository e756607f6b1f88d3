// SPDX-License-Identifier: GPL-2.0-or-later
/* How long the host has not run processes that could run. */
#include "../starved.h"

#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process of @group (0: its own) that works on the first CPU that it may use. */
static pid_t busy(pid_t group)
{
	pid_t pid = fork();

	g_assert_cmpint(pid, >=, 0);
	if (!pid) {
		cpu_set_t cpus, one;
		int cpu = 0;

		setpgid(0, group);
		sched_getaffinity(0, sizeof(cpus), &cpus);
		while (!CPU_ISSET(cpu, &cpus))
			cpu++;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		for (;;)
			getppid();
	}
	setpgid(pid, group);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

/* Two that share a CPU wait for each other: that never stops to grow. */
static void test_share(void)
{
	pid_t first = busy(0), second = busy(first);

	while (starved_us(first) < 2 * 1000 * 1000)
		g_usleep(1000);
	end(first);
	end(second);
}

/* Of other groups, and of one that is gone, nothing is counted. */
static void test_group(void)
{
	pid_t first = busy(0), second = busy(0), none = busy(0);

	end(none);
	while (starved_us(first) < 1000 * 1000)
		g_usleep(1000);
	g_assert_cmpint(starved_us(none), ==, 0);
	end(first);
	end(second);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/starved/share", test_share);
	g_test_add_func("/starved/group", test_group);
	return g_test_run();
}
