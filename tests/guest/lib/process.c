// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process.h"
#include "lib/test.h"

pid_t child_start(void (*function)(void *arg), void *arg)
{
	pid_t pid = CHECK_SYS(fork());

	if (!pid) {
		function(arg);
		_exit(TEST_PASS);
	}
	return pid;
}

void child_wait(pid_t pid)
{
	int status;

	CHECK_EQ(CHECK_SYS(waitpid(pid, &status, 0)), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != TEST_PASS)
		FAIL("the child process ended with status %#x", status);
}

void child_kill(pid_t pid)
{
	int status;

	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_EQ(CHECK_SYS(waitpid(pid, &status, 0)), pid);
	/* It must have been killed, not ended by a failed check. */
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		FAIL("the child process ended by itself, with status %#x",
		     status);
}

char process_state(pid_t pid)
{
	char path[64];
	char *text, *end, state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = file_read(path);
	end = strrchr(text, ')');
	CHECK(end && end[1] == ' ');
	state = end[2];
	free(text);
	return state;
}

/* The name of process @pid to @name, false if it has ended */
static bool name_of(pid_t pid, char *name, size_t size)
{
	char path[32];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, name, size - 1);
	close(fd);
	if (len <= 0)
		return false;
	name[len] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return true;
}

bool process_find(bool (*look)(pid_t pid, const char *name, void *data),
		  void *data)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	CHECK(proc);
	while (!found && (entry = readdir(proc))) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		/* A worker's name goes on with what it does. */
		char name[80];

		if (pid > 0 && name_of(pid, name, sizeof(name)))
			found = look(pid, name, data);
	}
	closedir(proc);
	return found;
}

bool process_ends(pid_t pid, int ms)
{
	struct pollfd end = {
		.fd = CHECK_SYS((int)syscall(SYS_pidfd_open, pid, 0)),
		.events = POLLIN,
	};
	bool ended = CHECK_SYS(poll(&end, 1, ms));

	CHECK_SYS(close(end.fd));
	return ended;
}
