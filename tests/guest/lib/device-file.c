// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
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

/* Lowest descriptor for a file that stays open, above those that tests use. */
#define KEPT_FD 300

/* The paths of the files that stay open; the next one to open replaces kept[oldest]. */
static char kept[8][56];
static unsigned int oldest;

/* Whoever has set it uses kept[], and the file of it that is in_use. */
static atomic_flag busy = ATOMIC_FLAG_INIT;
static atomic_int in_use = -1;

/* Open @path, and put it in kept[]. */
static int open_kept(const char *path)
{
	int fd, low = device_file_open(path);

	if (low < 0)
		return -1;
	kept[oldest][0] = '\0';
	fd = dup3(low, KEPT_FD + (int)oldest, O_CLOEXEC);
	close(low);
	if (fd < 0)
		return -1;
	strcpy(kept[oldest], path);
	oldest = (oldest + 1) % (sizeof(kept) / sizeof(*kept));
	return fd;
}

int device_file_begin(const char *path)
{
	int fd = -1;

	/* A thread that finds them in use does without. */
	if (strlen(path) >= sizeof(*kept) || atomic_flag_test_and_set(&busy))
		return device_file_open(path);
	for (int i = 0; i < (int)(sizeof(kept) / sizeof(*kept)); i++)
		if (!strcmp(kept[i], path))
			fd = KEPT_FD + i;
	if (fd < 0)
		fd = open_kept(path);
	if (fd < 0)
		atomic_flag_clear(&busy);
	else
		in_use = fd;
	return fd;
}

void device_file_end(int fd)
{
	if (fd != in_use) {
		close(fd);
		return;
	}
	in_use = -1;
	atomic_flag_clear(&busy);
}
