// SPDX-License-Identifier: GPL-2.0-or-later
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gio/gio.h>
#include <gio/gunixmounts.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Number of earlier runs whose logs are kept. */
#define KEEP_SESSIONS 5

#define LOCK_FILE "lock"

static gboolean can_map_exec(const char *dir)
{
	g_autofree char *name = g_build_filename(dir, "sb-XXXXXX", NULL);
	int fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
	void *page = MAP_FAILED;

	if (fd < 0)
		return FALSE;
	unlink(name);
	if (!ftruncate(fd, 4096))
		page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd,
			    0);
	if (page != MAP_FAILED)
		munmap(page, 4096);
	close(fd);
	return page != MAP_FAILED;
}

static gboolean suits(const char *dir, guint64 bytes, gboolean tmpfs)
{
	struct statfs fs;

	return !statfs(dir, &fs) && (!tmpfs || fs.f_type == TMPFS_MAGIC) &&
	       (guint64)fs.f_bavail * fs.f_bsize >= bytes && can_map_exec(dir);
}

char *host_ram_dir(guint64 bytes, const char *fallback, GError **error)
{
	const char *const dirs[] = {"/dev/shm", g_get_user_runtime_dir(),
				    "/tmp", fallback};

	for (int tmpfs = 1; tmpfs >= 0; tmpfs--)
		for (guint i = 0; i < G_N_ELEMENTS(dirs); i++)
			if (suits(dirs[i], bytes, tmpfs))
				return g_strdup(dirs[i]);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
		    "no space for %" G_GUINT64_FORMAT " MiB of guest RAM in "
		    "/dev/shm, /tmp or %s: free space, or lower --jobs",
		    bytes >> 20, fallback);
	return NULL;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void host_remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

gboolean host_is_mounted(const char *path)
{
	GUnixMountEntry *entry = g_unix_mount_at(path, NULL);

	if (!entry)
		return FALSE;
	g_unix_mount_free(entry);
	return TRUE;
}

/* Lock a run's directory; -1 if it is in use, or belongs to no run. */
static int lock_session(const char *dir, int flags)
{
	g_autofree char *name = g_build_filename(dir, LOCK_FILE, NULL);
	int fd = open(name, O_RDWR | O_CLOEXEC | flags, 0666);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names begin with the time: the first ones are the oldest. */
static void forget_old(const char *run_dir)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(run_dir, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, "20"))
			g_ptr_array_add(names,
					g_build_filename(run_dir, name, NULL));
	if (dir)
		g_dir_close(dir);
	g_ptr_array_sort(names, by_string);
	for (guint i = 0; i + KEEP_SESSIONS < names->len; i++) {
		int fd = lock_session(names->pdata[i], 0);

		if (fd < 0)
			continue;
		host_remove_tree(names->pdata[i]);
		close(fd);
	}
}

static void link_last(const char *run_dir, const char *session)
{
	g_autofree char *base = g_path_get_basename(session);
	g_autofree char *temp = g_strconcat(session, ".link", NULL);
	g_autofree char *last = g_build_filename(run_dir, "last", NULL);

	if (symlink(base, temp) || rename(temp, last))
		unlink(temp);
}

char *host_session_dir(const char *run_dir, GError **error)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *stamp =
		g_date_time_format(now, "%Y%m%d-%H%M%S-XXXXXX");
	g_autofree char *real = NULL;
	g_autofree char *session = NULL;
	int err;

	if (!g_mkdir_with_parents(run_dir, 0777))
		real = realpath(run_dir, NULL);
	if (real)
		session = g_build_filename(real, stamp, NULL);
	/* The lock file stays open, and so locked, until the process ends. */
	if (!session || !g_mkdtemp_full(session, 0755) ||
	    lock_session(session, O_CREAT) < 0) {
		err = errno;
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(err),
			    "cannot make a directory for this run in %s: %s",
			    run_dir, g_strerror(err));
		return NULL;
	}
	if (strpbrk(session, "\"\\\n")) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
			    "%s: a kernel command line cannot name this; "
			    "choose another --run-dir",
			    session);
		host_remove_tree(session);
		return NULL;
	}
	link_last(real, session);
	forget_old(real);
	return g_steal_pointer(&session);
}
