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

struct pressure {
	pid_t pid;
	unsigned int fills; /* how often it has filled RAM */
};

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

static void __attribute__((noreturn))
make_short(struct pressure *pressure, size_t size)
{
	/* If the kernel kills a process, it is to be this one. */
	if (!write_text("/proc/self/oom_score_adj", "1000"))
		_exit(1);
	while (fill(-1, size)) {
		__atomic_add_fetch(&pressure->fills, 1, __ATOMIC_SEQ_CST);
		if (!fill_shmem(size) ||
		    !write_text("/proc/sys/vm/drop_caches", "3"))
			break;
	}
	_exit(1);
}

struct pressure *pressure_start(unsigned int mib)
{
	struct pressure *pressure =
		mmap(NULL, sizeof(*pressure), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	pid_t pid;

	if (pressure == MAP_FAILED)
		return NULL;
	pid = fork();
	if (!pid)
		make_short(pressure, mib * MIB);
	pressure->pid = pid;
	return pressure;
}

const char *pressure_stop(struct pressure *pressure)
{
	unsigned int fills;
	pid_t pid, ended;

	if (!pressure || pressure->pid < 0)
		return "no process";
	pid = pressure->pid;
	ended = waitpid(pid, NULL, WNOHANG);
	if (!ended && (kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid))
		return strerror(errno);
	fills = pressure->fills;
	munmap(pressure, sizeof(*pressure));
	if (ended)
		return "the process that makes memory short has ended";
	return fills ? NULL : "the client ended before memory was short";
}
