/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system of the clients in a guest, and processes in it. */
#ifndef CLIENTS_ROOT_H
#define CLIENTS_ROOT_H

/* Handles a line that a program printed, without its newline. */
typedef void (*root_line_fn)(const char *line, void *data);

/*
 * Mount it, from the host's directory @host, which is only read, with the guest's own /dev,
 * /proc and /sys, and an empty /tmp and /run. Returns NULL, or what failed, with errno.
 */
const char *root_mount(const char *host);

/*
 * Run a program there, with @env besides the usual environment, and give each line of its
 * output and errors to @line. Returns its status, as wait() says, when it has ended and its
 * output has been read; what it left running does not count. -1 with errno if it cannot
 * be run.
 */
int root_run(char *const *argv, char *const *env, root_line_fn line,
	     void *data);

/* Where its file @path is in this process; static. */
const char *root_path(const char *path);

#endif
