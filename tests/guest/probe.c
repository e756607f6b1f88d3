// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/size.h"
#include "probe.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fp.h"

#define PAGES 16

const char *probe_processes(void)
{
	int status = -1;
	pid_t child = fork();

	if (child < 0)
		return "fork() fails";
	if (!child)
		_exit(fp_survives_signal() ? 0 : 1);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return "wait() fails";
	if (!WIFEXITED(status))
		return "a process dies that takes a signal";
	if (WEXITSTATUS(status))
		return "a signal spoils the floating-point registers";
	return NULL;
}

static bool is_filled(const unsigned char *page, unsigned char value)
{
	for (size_t i = 0; i < PAGE; i++)
		if (page[i] != value)
			return false;
	return true;
}

const char *probe_swap(void)
{
	unsigned char *map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *failed = NULL;

	if (map == MAP_FAILED)
		return "mmap() fails";
	for (size_t i = 0; i < PAGES; i++)
		memset(map + i * PAGE, i + 1, PAGE);
	if (madvise(map, PAGES * PAGE, MADV_PAGEOUT))
		failed = "memory cannot be swapped out";
	for (size_t i = 0; i < PAGES && !failed; i++)
		if (!is_filled(map + i * PAGE, i + 1))
			failed = "memory comes back wrong from swap space";
	munmap(map, PAGES * PAGE);
	return failed;
}
