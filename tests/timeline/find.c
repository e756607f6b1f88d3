// SPDX-License-Identifier: GPL-2.0-or-later
#include "find.h"

#include <glib/gstdio.h>
#include <string.h>

#include "../host/io.h"

typedef struct {
	const char *begin; /* what init says when the test begins */
	char *best;
	gint64 time;
} Search;

static gboolean ran_here(const Search *search, const char *dir)
{
	g_autofree char *log = read_text(dir, "log", NULL);
	const char *found = log ? strstr(log, search->begin) : NULL;
	size_t len = strlen(search->begin);

	while (found && found[len] != '\n' && found[len] != '\r')
		found = strstr(found + len, search->begin);
	return found != NULL;
}

static void look_at(Search *search, const char *dir)
{
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	GStatBuf info;
	gint64 time;

	if (g_stat(log, &info))
		return;
	time = (gint64)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
	if ((search->best && time <= search->time) || !ran_here(search, dir))
		return;
	g_free(search->best);
	search->best = g_strdup(dir);
	search->time = time;
}

/* Runs are directories in @runs, and guests in these. */
static void look_below(Search *search, const char *runs, guint depth)
{
	g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(runs, name, NULL);

		/* "last" is one of the others. */
		if (g_file_test(path, G_FILE_TEST_IS_SYMLINK) ||
		    !g_file_test(path, G_FILE_TEST_IS_DIR))
			continue;
		if (depth)
			look_below(search, path, depth - 1);
		else
			look_at(search, path);
	}
}

char *find_guest(const char *const *runs, const char *test, GError **error)
{
	g_autofree char *begin = g_strdup_printf(" %s", test);
	Search search = {.begin = begin};

	for (; *runs; runs++)
		look_below(&search, *runs, 1);
	if (!search.best)
		fail(error, "%s was never run here: make timeline T=%s runs it",
		     test, test);
	return search.best;
}
