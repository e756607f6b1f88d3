// SPDX-License-Identifier: GPL-2.0-or-later
#include "workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "child.h"
#include "io.h"

char *workspace_make(const char *scripts, const char *name, GError **error)
{
	g_autofree char *top = g_canonicalize_filename("../build", scripts);
	const char *build = *setting("SB_BUILD") ? setting("SB_BUILD") : top;
	g_autofree char *download = g_build_filename(build, "download", NULL);
	g_autofree char *dir = g_build_filename(build, name, NULL);
	g_autofree char *link = g_build_filename(dir, "download", NULL);

	if (g_mkdir_with_parents(dir, 0777) ||
	    g_mkdir_with_parents(download, 0777)) {
		fail(error, "%s: %s", dir, g_strerror(errno));
		return NULL;
	}
	g_unlink(link);
	if (symlink("../download", link)) {
		fail(error, "%s: %s", link, g_strerror(errno));
		return NULL;
	}
	g_setenv("SB_BUILD", dir, TRUE);
	return g_steal_pointer(&dir);
}

gboolean workspace_lock(const char *path, const char *busy, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	g_autofree char *locked = NULL;

	if (fd < 0)
		return fail(error, "%s: %s", path, g_strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		if (busy)
			return fail(error, "%s", busy);
		fprintf(stderr, "kernel: waiting for another make to finish "
				"with the kernel\n");
	}
	while (flock(fd, LOCK_EX))
		if (errno != EINTR || child_interrupted())
			return fail(error, "%s: %s", path, g_strerror(errno));
	locked = g_strdup_printf("%s:%s", setting("SB_LOCKED"), path);
	g_setenv("SB_LOCKED", locked, TRUE);
	return TRUE;
}
char *workspace_take(const char *scripts, const char *name, GError **error)
{
	g_autofree char *dir = workspace_make(scripts, name, error);
	g_autofree char *lock =
		dir ? g_build_filename(dir, "kernel.lock", NULL) : NULL;

	if (!lock || !workspace_lock(lock, NULL, error))
		return NULL;
	return g_steal_pointer(&dir);
}
