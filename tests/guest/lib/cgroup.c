// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/cgroup.h"

#define CGROUPS "/sys/fs/cgroup"
#define PATH_SIZE 128

static void make_path(char path[PATH_SIZE], const char *name, const char *file)
{
	snprintf(path, PATH_SIZE, CGROUPS "/%s/%s", name, file);
}

static void write_number(const char *name, const char *file, size_t number)
{
	char path[PATH_SIZE], text[32];

	make_path(path, name, file);
	snprintf(text, sizeof(text), "%zu", number);
	file_write(path, text);
}

void cgroup_new(const char *name, size_t limit)
{
	char *controllers = file_read(CGROUPS "/cgroup.controllers");
	char path[PATH_SIZE];

	if (!strstr(controllers, "memory"))
		test_skip("the kernel has no memory cgroups");
	free(controllers);
	file_write(CGROUPS "/cgroup.subtree_control", "+memory");
	make_path(path, name, "");
	CHECK_SYS(mkdir(path, 0755));
	if (limit)
		write_number(name, "memory.max", limit);
}

void cgroup_limit(const char *name, size_t limit)
{
	write_number(name, "memory.max", limit);
}

void cgroup_unlimit(const char *name)
{
	char path[PATH_SIZE];

	make_path(path, name, "memory.max");
	file_write(path, "max");
}

void cgroup_enter(const char *name)
{
	char path[PATH_SIZE];

	make_path(path, name, "cgroup.procs");
	file_write(path, "0");
}

/* A process that has just ended stays in its cgroup for a moment. */
void cgroup_remove(const char *name)
{
	char path[PATH_SIZE];

	make_path(path, name, "");
	WAIT_UNTIL(!rmdir(path));
}

size_t cgroup_size(const char *name, const char *file)
{
	char path[PATH_SIZE];
	char *text;
	size_t size;

	make_path(path, name, file);
	text = file_read(path);
	size = strtoul(text, NULL, 10);
	free(text);
	return size;
}

unsigned long cgroup_event(const char *name, const char *event)
{
	char path[PATH_SIZE];
	size_t len = strlen(event);
	unsigned long value = 0;
	bool found = false;
	char *text, *save;

	make_path(path, name, "memory.events");
	text = file_read(path);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		found |= !strncmp(line, event, len) &&
			 sscanf(line + len, " %lu", &value) == 1;
	free(text);
	if (!found)
		FAIL("%s has no event \"%s\"", path, event);
	return value;
}

/* Reading the statistics makes the kernel update them. */
void cgroup_recount(const char *name)
{
	char path[PATH_SIZE];

	make_path(path, name, "memory.stat");
	free(file_read(path));
}

bool cgroup_reclaim(const char *name, size_t size)
{
	char path[PATH_SIZE], text[32];
	int len = snprintf(text, sizeof(text), "%zu", size);
	ssize_t ret;
	int fd;

	cgroup_recount(name);
	make_path(path, name, "memory.reclaim");
	fd = CHECK_SYS(open(path, O_WRONLY | O_CLOEXEC));
	do
		ret = write(fd, text, (size_t)len);
	while (ret == -1 && errno == EINTR);
	if (ret == -1 && errno != EAGAIN)
		FAIL("%s: %s", path, test_errno());
	CHECK_SYS(close(fd));
	return ret == len;
}
