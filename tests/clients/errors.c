// SPDX-License-Identifier: GPL-2.0-or-later
#include "errors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERN_ERR 3
#define RECORD_MAX 8192

int errors_begin(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) == 0)
		return fd;
	close(fd);
	return -1;
}

bool errors_any(int fd, char *text, size_t size)
{
	char record[RECORD_MAX];

	for (;;) {
		/* "LEVEL,NUMBER,TIME,FLAGS;TEXT": what programs write has a greater LEVEL. */
		ssize_t len = read(fd, record, sizeof(record) - 1);
		char *begin;

		/* Some were overwritten before they were read. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len < 0 && errno == EAGAIN)
			return false;
		if (len <= 0) {
			snprintf(text, size, "/dev/kmsg cannot be read");
			return true;
		}
		record[len] = '\0';
		begin = strchr(record, ';');
		if (!begin || strtoul(record, NULL, 10) > KERN_ERR)
			continue;
		begin[1 + strcspn(begin + 1, "\n")] = '\0';
		snprintf(text, size, "%s", begin + 1);
		return true;
	}
}
