// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * probe ptrace     traces a process as a UML kernel does; prints the size of the
 *                  host's XSAVE area
 * probe ram JOBS DIR
 *                  prints where the RAM of JOBS guests would be; DIR is the last
 *                  resort
 * probe locale     prints the locale that the environment names
 *
 * Exit status: 0, or 1 with a line on standard output that says what failed.
 */
#include <elf.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../guest/ram.h"
#include "../runner/config.h"
#include "../runner/host.h"

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif

/* More than any processor's. */
static char xstate[65536];

static int failed(const char *what, int err)
{
	printf("%s: %s\n", what, g_strerror(err));
	return 1;
}

static void traced(void) G_GNUC_NORETURN;

static void traced(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		_exit(errno);
	raise(SIGSTOP);
	for (;;)
		syscall(SYS_getpid);
}

/* The state that waitpid() returns when @pid stops, or ends. */
static int next_stop(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int trace(pid_t pid)
{
	struct iovec iov = {xstate, sizeof(xstate)};
	int status = next_stop(pid);

	if (WIFEXITED(status))
		return failed("PTRACE_TRACEME", WEXITSTATUS(status));
	if (!WIFSTOPPED(status))
		return failed("PTRACE_TRACEME", ECHILD);
	if (ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov))
		return failed("PTRACE_GETREGSET of NT_X86_XSTATE", errno);
	if (ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov))
		return failed("PTRACE_SETREGSET of NT_X86_XSTATE", errno);
	if (ptrace(PTRACE_SYSEMU, pid, 0, 0))
		return failed("PTRACE_SYSEMU", errno);
	status = next_stop(pid);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		return failed("PTRACE_SYSEMU", EPROTO);
	printf("%zu\n", iov.iov_len);
	return 0;
}

static int probe_ptrace(void)
{
	pid_t pid = fork();
	int result;

	if (pid < 0)
		return failed("fork", errno);
	if (pid == 0)
		traced();
	result = trace(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return result;
}

static int probe_ram(const char *jobs, const char *fallback)
{
	guint64 bytes = g_ascii_strtoull(jobs, NULL, 10) * GUESTS_PER_JOB * (GUEST_RAM_MIB + 16)
			<< 20;
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = host_ram_dir(bytes, fallback, &error);

	puts(dir ? dir : error->message);
	return !dir;
}

static int probe_locale(void)
{
	const char *name = setlocale(LC_ALL, "");

	puts(name ? name : "not installed");
	return !name;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "ptrace"))
		return probe_ptrace();
	if (argc == 4 && !strcmp(argv[1], "ram"))
		return probe_ram(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "locale"))
		return probe_locale();
	fprintf(stderr, "usage: probe ptrace | ram JOBS DIR | locale\n");
	return 2;
}
