// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/sleep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/test.h"

int sleep_system(const char *how)
{
	int fd = CHECK_SYS(open("/sys/module/shrinkbench/parameters/sleep",
				O_WRONLY | O_CLOEXEC));
	int err = 0;

	if (write(fd, how, strlen(how)) < 0)
		err = errno;
	CHECK_SYS(close(fd));
	return err;
}
