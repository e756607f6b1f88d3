// SPDX-License-Identifier: GPL-2.0-or-later
#include "pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1ul << 20)

static bool fill(int fd, size_t size)
{
	char *map =
		mmap(NULL, size, PROT_READ | PROT_WRITE,
		     fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return false;
	memset(map, 0x5b, size);
	return !munmap(map, size);
}

static bool fill_shmem(size_t size)
{
	int fd = memfd_create("pressure", MFD_CLOEXEC);
	bool good = fd >= 0 && !ftruncate(fd, size) && fill(fd, size);

	return fd >= 0 && !close(fd) && good;
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) > 0;

	return fd >= 0 && !close(fd) && good;
}

/* Writes a byte to @begun when it has been through once. */
static void __attribute__((noreturn)) make_short(size_t size, int begun)
{
	/* If the kernel kills a process, it is to be this one. */
	if (!write_text("/proc/self/oom_score_adj", "1000"))
		_exit(1);
	while (fill(-1, size) && fill_shmem(size) &&
	       write_text("/proc/sys/vm/drop_caches", "3")) {
		if (begun >= 0 && write(begun, "", 1) != 1)
			break;
		begun = -1;
	}
	_exit(1);
}

pid_t pressure_start(unsigned int mib)
{
	int begun[2];
	ssize_t got;
	pid_t pid;
	char byte;

	if (pipe2(begun, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		make_short(mib * MIB, begun[1]);
	close(begun[1]);
	do
		got = read(begun[0], &byte, 1);
	while (got < 0 && errno == EINTR);
	close(begun[0]);
	return pid;
}

const char *pressure_stop(pid_t pid)
{
	pid_t ended;

	if (pid < 0)
		return "no process";
	ended = waitpid(pid, NULL, WNOHANG);
	if (!ended && (kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid))
		return strerror(errno);
	return ended ? "the process that makes memory short has ended" : NULL;
}
