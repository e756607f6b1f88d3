// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * try-mount DIR: can the shim mount its tree on this empty directory? If not, it
 * says why, and its exit status is 1.
 */
#include <stdio.h>
#include <unistd.h>

#include "core/mount.h"

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Mount mount;

	if (argc != 2) {
		fprintf(stderr, "usage: try-mount DIR\n");
		return 2;
	}
	if (!mount_new(&mount, argv[1], &error)) {
		puts(error->message);
		return 1;
	}
	close(mount.fuse_fd);
	mount_end(&mount);
	return 0;
}
