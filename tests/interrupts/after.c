// SPDX-License-Identifier: GPL-2.0-or-later
#include "after.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../host/child.h"
#include "../host/git.h"
#include "../host/io.h"

static gboolean leads_below(const char *pid, const char *link, const char *dir)
{
	g_autofree char *path = g_build_filename("/proc", pid, link, NULL);
	g_autofree char *target = g_file_read_link(path, NULL);
	gsize length = strlen(dir);

	return target && !strncmp(target, dir, length) && target[length] == '/';
}

GArray *after_running(const char *work)
{
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));
	g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		pid_t pid = (pid_t)g_ascii_strtoll(name, NULL, 10);

		if (pid && (leads_below(name, "cwd", work) || leads_below(name, "exe", work)))
			g_array_append_val(pids, pid);
	}
	return pids;
}

gboolean after_ended(const char *work, guint seconds)
{
	gint64 end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;

	for (;;) {
		g_autoptr(GArray) pids = after_running(work);

		if (!pids->len)
			return TRUE;
		if (g_get_monotonic_time() > end || child_interrupted())
			return FALSE;
		g_usleep(G_USEC_PER_SEC / 5);
	}
}

char *after_state(const char *dir)
{
	char *find[] = {"find",	  ".",	"-name",   ".git",
			"-prune", "-o", "-printf", "%p %y %s %T@ %C@\n",
			NULL};
	g_autofree char *files = child_ask((ChildArgs){.argv = find, .dir = dir}, NULL);
	g_autofree char *edits = git(NULL, dir, "status", "--porcelain", "-uno", NULL);

	return g_strconcat(files ? files : "", "\n", edits, NULL);
}

static char *command_line(pid_t pid)
{
	g_autofree char *dir = g_strdup_printf("/proc/%d", pid);
	g_autofree char *path = g_build_filename(dir, "cmdline", NULL);
	char *text = NULL;
	gsize length = 0;

	if (!g_file_get_contents(path, &text, &length, NULL))
		return g_strdup("?");
	for (gsize i = 0; i + 1 < length; i++)
		text[i] = text[i] ? text[i] : ' ';
	return text;
}

static void check_processes(const char *work, GString *bad)
{
	g_autoptr(GArray) pids = NULL;

	if (after_ended(work, AFTER_SECONDS) || child_interrupted())
		return;
	pids = after_running(work);
	g_string_append_printf(bad, "still running after %u s:\n", AFTER_SECONDS);
	for (guint i = 0; i < pids->len; i++) {
		pid_t pid = g_array_index(pids, pid_t, i);
		g_autofree char *line = command_line(pid);

		g_string_append_printf(bad, "| %d %.110s\n", pid, line);
		kill(pid, SIGKILL);
	}
	after_ended(work, 10);
}

static void check_mounts(const char *work, GString *bad)
{
	g_auto(GStrv) lines = read_lines("/proc", "mounts", NULL);
	g_autofree char *below = g_strdup_printf(" %s/", work);

	for (char **line = lines; line && *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 3);

		if (strstr(*line, below))
			g_string_append_printf(bad, "still mounted: %s\n", words[1]);
	}
}

static void check_locks(const char *build, GString *bad)
{
	g_autoptr(GPtrArray) files = list_tree(build);

	for (guint i = 0; i < files->len; i++) {
		const char *name = files->pdata[i];
		g_autofree char *base = g_path_get_basename(name);
		g_autofree char *path = g_build_filename(build, name, NULL);
		int fd;

		if (strstr(name, ".git/") ||
		    (strcmp(base, "lock") && !g_str_has_suffix(base, ".lock")))
			continue;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB))
			g_string_append_printf(bad, "still locked: %s\n", path);
		close(fd);
	}
}

/* There is such a file, and its last line has @end, or begins with it. */
static void check_whole(const char *build, const char *name, const char *end, GString *bad)
{
	g_auto(GStrv) lines = read_lines(build, name, NULL);
	guint count = lines ? g_strv_length(lines) : 0;

	if (!count || !strstr(lines[count - 1], end))
		g_string_append_printf(bad, "build/%s is lost\n", name);
}

static void check_results(const After *after, const char *build, GString *bad)
{
	check_whole(build, "junit-debug.xml", "</testsuite>", bad);
	if (after->coverage) {
		check_whole(build, "junit-gcov.xml", "</testsuite>", bad);
		check_whole(build, "coverage/index.html", "</html>", bad);
		check_whole(build, "coverage/data/tests.lines", "virtio/dumb-", bad);
	}
	if (!exists(build, "run/last/"))
		g_string_append(bad, "the last run is lost\n");
}

void after_check(const After *after, GString *bad)
{
	g_autofree char *build = g_build_filename(after->main, "build", NULL);

	check_processes(after->work, bad);
	check_mounts(after->work, bad);
	check_locks(build, bad);
	if (after->user) {
		g_autofree char *state = after_state(after->user);

		if (strcmp(state, after->user_state))
			g_string_append_printf(bad, "%s was changed\n", after->user);
	}
	check_results(after, build, bad);
}

/* Whether a file that @pattern names contains @text. */
static gboolean any_has(const char *pattern, const char *text)
{
	gboolean found = FALSE;
	glob_t files;

	if (glob(pattern, 0, NULL, &files))
		return FALSE;
	for (gsize i = 0; i < files.gl_pathc; i++) {
		g_autofree char *content = NULL;
		gsize size;

		found |= g_file_get_contents(files.gl_pathv[i], &content, &size, NULL) &&
			 memmem(content, size, text, strlen(text));
	}
	globfree(&files);
	return found;
}

void after_kernel(const After *after, const char *text, GString *bad)
{
	g_autofree char *pattern = g_strconcat(after->main, "/build/kernel/debug*/linux", NULL);
	g_autofree char *src = g_build_filename(after->main, "build/src", NULL);
	g_autoptr(GDir) dir = g_dir_open(src, 0, NULL);
	const char *name;

	if (!any_has(pattern, text))
		g_string_append(bad, "the next make check runs a kernel "
				     "without the last edit\n");
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *tree = g_build_filename(src, name, NULL);
		g_autofree char *edits = NULL;

		if (!g_file_test(tree, G_FILE_TEST_IS_DIR))
			continue;
		edits = git(NULL, tree, "status", "--porcelain", NULL);
		if (!edits || *edits)
			g_string_append_printf(bad, "the kernel tree %s has edits\n", tree);
	}
}
