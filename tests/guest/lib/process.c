// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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
