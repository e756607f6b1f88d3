// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "drivers-stub/protocol.h"
#include "lib/device-file.h"

int device_file_open(const char *path)
{
	struct sb_host_open arg = {0};
	int fd, err;

	if (strlen(path) >= sizeof(arg.path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(arg.path, path, strlen(path));
	fd = open(SB_DEV_NODE, O_RDWR | O_CLOEXEC);
	if (fd == -1) {
		errno = ENODEV;
		return -1;
	}
	if (!ioctl(fd, SB_IOC_OPEN, &arg))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}
