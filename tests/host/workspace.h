/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of commands that have a copy of the kernel of their own, and locks. */
#ifndef HOST_WORKSPACE_H
#define HOST_WORKSPACE_H

#include <glib.h>

/*
 * workspace_make() - makes build/@name, which shares the download with build/. From now on,
 * scripts work in it (SB_BUILD). build/ is SB_BUILD, or beside the directory @scripts.
 * Returns its path, owned; NULL with @error set.
 */
char *workspace_make(const char *scripts, const char *name, GError **error);

/*
 * workspace_lock() - takes the lock @path until this process ends, and all that it started
 * from then on; these know it by SB_LOCKED. If somebody else has it: waits, and says so if
 * @busy is NULL; else @busy is the error. FALSE with @error set.
 */
gboolean workspace_lock(const char *path, const char *busy, GError **error);

/*
 * workspace_take() - workspace_make(), and the copy of the kernel in it is ours until this process
 * ends: waits for whoever has its lock. Returns its path, owned; NULL with @error set.
 */
char *workspace_take(const char *scripts, const char *name, GError **error);

#endif
