/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounting through fusermount3. A separate process, the watcher, unmounts when this
 * process ends, however it ends. The option auto_unmount of libfuse would do that,
 * too, but not for an ordinary user without allow_other (fusermount3 is
 * set-user-ID, and may not access the mount). It also outlives a clean exit for a
 * moment, and may then unmount what somebody has mounted at the same place since.
 * This program waits for its watcher.
 */
#ifndef SHIM_MOUNT_H
#define SHIM_MOUNT_H

#include <glib.h>
#include <sys/types.h>

typedef struct {
	int fuse_fd; /* the FUSE connection; the caller closes it */
	int watch_fd; /* while it is open, the watcher keeps the mount */
	pid_t watcher;
} Mount;

/**
 * mount_new - mount a FUSE file system on the empty directory @dir
 *
 * Return: FALSE with @error, one line that says what to do.
 */
gboolean mount_new(Mount *mount, const char *dir, GError **error);

/* Unmount, even when busy, and wait until that is done. */
void mount_end(Mount *mount);

#endif
