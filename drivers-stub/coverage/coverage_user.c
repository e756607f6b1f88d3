// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host side of coverage.c, see coverage.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <gcov.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coverage.h"

/* Too large for a task's stack. */
static char path[PATH_MAX], dumped[PATH_MAX];
static sigset_t blocked;

/* Create the parent directories of @file. */
static void make_parents(char *file)
{
	char *slash = file;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(file, 0777);
		*slash = '/';
	}
}

int coverage_begin(const char *dir, const char *name)
{
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s/running", dir, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	make_parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

void coverage_write(const char *dir, const char *name, const void *again)
{
	/* Data files are named like their objects, below GCOV_PREFIX. */
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	setenv("GCOV_PREFIX", path, 1);
	setenv("GCOV_PREFIX_STRIP", COVERAGE_STRIP, 1);
	snprintf(path, sizeof(path), "%s/errors", dir);
	setenv("GCOV_ERROR_FILE", path, 1);
	__gcov_dump();
	if (again)
		__gcov_reset();

	snprintf(path, sizeof(path), "%s/%s/running", dir, name);
	snprintf(dumped, sizeof(dumped), "%s/%s/dumped", dir, name);
	rename(path, dumped);
}

void coverage_block(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &blocked);
}

void coverage_unblock(void)
{
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}
