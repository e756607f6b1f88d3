/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file tree, served to the kernel by FUSE. README.md describes each file. */
#ifndef SHIM_TREE_H
#define SHIM_TREE_H

#include <stdbool.h>

#include "core/bus.h"

/**
 * tree_serve - serve the tree of @bus until unmounted or told to stop
 * @fuse_fd: connection from mount_new(); closed on return
 * @dir: where it is mounted
 * @ready_fd: gets one byte once the tree is there, then is closed; -1: none
 * @debug: log every FUSE request to stderr
 *
 * Ends on SIGTERM, SIGINT, SIGHUP, and when the file system is unmounted.
 * The caller must have blocked these signals. Return: false after a failure,
 * which has been printed.
 */
bool tree_serve(Bus *bus, int fuse_fd, const char *dir, int ready_fd,
		bool debug);

#endif
