// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/test.h"

void fd_cleanup(const int *fd)
{
	CHECK_SYS(close(*fd));
}
