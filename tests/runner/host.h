/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest needs from the host's file systems. */
#ifndef RUNNER_HOST_H
#define RUNNER_HOST_H

#include <glib.h>

/*
 * A directory that can hold @bytes of guest RAM, to be mapped executable:
 * tmpfs if possible, else @fallback. Owned; NULL with @error set if none can.
 */
char *host_ram_dir(guint64 bytes, const char *fallback, GError **error);

/*
 * Create a directory for this run below @run_dir, with a file that stays locked
 * during the run; the link "last" points to it. Removes finished runs, except for
 * the last few. Absolute path, owned; NULL with @error set.
 */
char *host_session_dir(const char *run_dir, GError **error);

/* Remove @path and everything below it, except for mounts. */
void host_remove_tree(const char *path);

/* Is something mounted on @path (absolute, without symbolic links)? */
gboolean host_is_mounted(const char *path);

#endif
