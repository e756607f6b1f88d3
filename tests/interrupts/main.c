// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * interrupts: interrupts each long command at a random moment, by SIGINT, SIGTERM or
 * SIGKILL, to make or to its whole group, and checks that it has left nothing behind: the
 * next make check must pass, with the patches as they are; nothing may be mounted or
 * running; the user's tree, the kernel's tree and earlier results must be as they were. The
 * last line is "N passed, N failed". From the environment:
 *
 *   SEED=N      of the random numbers; default: the time. It is printed
 *   N=N         rounds (14): each takes the next command
 *   COMMANDS='check bench ...'
 *               only these
 *   KERNEL=dir  a tree of Linux 6.12, which is watched; default: Debian's, as elsewhere
 *
 * It runs in the top directory of the clone. All of it happens in a workspace of its own,
 * build/interrupts, of some 5 GB. It is used again if all passed.
 */
#include <glib/gstdio.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../host/workspace.h"
#include "after.h"
#include "rounds.h"

#define QUICK "virtio/dumb-create"
#define SERIES " SERIES=@/series"

/* What make is told, with @ for the workspace; and how many seconds that takes. */
static const struct {
	const char *name, *args;
	guint seconds;
} commands[] = {
	{"check", "check T=virtio/*" SERIES, 25},
	{"bench", "bench COLD=no ROUNDS=1", 240},
	{"bisect", "bisect T=" QUICK " SERIES=@/series.bad", 100},
	{"check-each", "check-each N=20 T=" QUICK SERIES, 40},
	{"check-regressions", "check-regressions R=R10a" SERIES, 90},
	{"coverage", "coverage T=virtio/dumb-*" SERIES, 45},
	{"fuzz", "fuzz TIME=20 SEED=1" SERIES, 25},
};

static char *work, *main_dir, *user, *user_state;
static char **chosen;
static guint64 seed, rounds;

static guint find_command(const char *name)
{
	guint i = 0;

	while (i < G_N_ELEMENTS(commands) && strcmp(commands[i].name, name))
		i++;
	return i;
}

/* What @args are with the workspace for @; owned. */
static char *expand(const char *args)
{
	g_auto(GStrv) parts = g_strsplit(args, "@", 0);

	return g_strjoinv(work, parts);
}

/* Starts make with @args; what it says goes to @log in the workspace. */
static Child *start(const char *log, const char *args, GError **error)
{
	g_autofree char *words = expand(args);
	g_autofree char *line = g_strconcat("make --no-print-directory ", words, NULL);
	g_autofree char *out = g_build_filename(work, log, NULL);
	g_auto(GStrv) argv = g_strsplit(line, " ", 0);

	return child_start(&(ChildArgs){.argv = argv, .dir = main_dir, .out = out}, error);
}

/* Appends the last @count lines of @log. */
static void append_tail(GString *text, const char *log, guint count)
{
	g_auto(GStrv) lines = read_lines(work, log, NULL);
	guint n = lines ? g_strv_length(lines) : 0;

	for (guint i = n > count ? n - count : 0; i < n; i++)
		g_string_append_printf(text, "| %s\n", lines[i]);
}

/* Runs make, which must succeed. */
static gboolean must(const char *args, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *words = expand(args);
	Child *child = start("first.log", args, error);
	int status;

	if (!child)
		return FALSE;
	if (child_wait(child, &status) == CHILD_ENDED && !status)
		return TRUE;
	append_tail(text, "first.log", 20);
	return fail(error,
		    "this must pass before anything is interrupted: make "
		    "%s\n%s",
		    words, text->str);
}

/*
 * Appends to the file @path a patch that puts @lines (with + or -) into
 * drm_mode_create_dumb(), which no other patch changes; @count lines come out.
 */
static gboolean append_patch(const char *path, guint count, const char *lines, GError **error)
{
#define DUMB "drivers/gpu/drm/drm_dumb_buffers.c"
	g_autofree char *text = NULL, *all = NULL;
	g_autofree char *patch =
		g_strdup_printf("diff --git a/" DUMB " b/" DUMB "\n"
				"--- a/" DUMB "\n"
				"+++ b/" DUMB "\n"
				"@@ -79,5 +79,%u @@ int drm_mode_create_dumb(struct drm_device "
				"*dev,\n"
				" \n"
				" \t/* test for wrap-around */\n"
				"%s"
				" \tif (PAGE_ALIGN(size) == 0)\n"
				" \t\treturn -EINVAL;\n",
				count, lines);

	g_file_get_contents(path, &text, NULL, NULL);
	all = g_strconcat(text ? text : "", patch, NULL);
	return write_file("/", path, all, error);
}

/* Makes the last patch of the series another one. */
static gboolean edit(guint number, GError **error)
{
	g_autofree char *path = g_build_filename(work, "series/0024-round.patch", NULL);
	g_autofree char *lines =
		g_strdup_printf(" \tsize = args->height * stride;\n"
				"+\t{ static const char __used r[] = \"sb_round %u.\"; }\n",
				number);

	g_unlink(path);
	g_clear_pointer(&user_state, g_free);
	if (user)
		user_state = after_state(user);
	return append_patch(path, 6, lines, error);
}

/* Copies the project's own series to @name, without its last slot. */
static gboolean copy_series(const char *name, GError **error)
{
	g_autofree char *dir = g_build_filename(work, name, NULL);
	g_autoptr(GString) index = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;

	remove_tree(dir);
	if (!copy_tree("uml-config/series/6.12", dir, "", error))
		return FALSE;
	lines = read_lines(dir, "index", error);
	for (char **line = lines; line && *line; line++)
		if (!g_str_has_suffix(*line, " last"))
			g_string_append_printf(index, "%s\n", *line);
	return lines && write_file(dir, "index", index->str, error);
}

/* The series that bisect is to search: with patch 18, dumb BOs are empty. */
static gboolean make_bad_series(GError **error)
{
	g_autofree char *pattern = g_build_filename(work, "series.bad/0018-*.patch", NULL);
	glob_t files;
	gboolean good;

	if (!copy_series("series.bad", error))
		return FALSE;
	if (glob(pattern, 0, NULL, &files))
		return fail(error, "%s: there is no such file", pattern);
	good = append_patch(files.gl_pathv[0], 5,
			    "-\tsize = args->height * stride;\n"
			    "+\tsize = 0;\n",
			    error);
	globfree(&files);
	return good;
}

static gboolean has_coverage(void)
{
	return g_strv_contains((const char *const *)chosen, "coverage");
}

static gboolean prepare(GError **error)
{
	char *copy[] = {"tests/workspace.sh", main_dir, NULL};
	g_autofree char *passed = g_build_filename(work, "passed", NULL);
	int status;

	if (!after_ended(work, AFTER_SECONDS)) {
		g_autoptr(GArray) pids = after_running(work);

		return fail(error, "still running in %s: process %d", work,
			    pids->len ? g_array_index(pids, pid_t, 0) : 0);
	}
	if (!exists(work, "passed"))
		remove_tree(main_dir);
	g_unlink(passed);
	if (child_run(&(ChildArgs){.argv = copy, .out = CHILD_STDERR}, &status, error) !=
	    CHILD_ENDED)
		return FALSE;
	if (status)
		return fail(error, "tests/workspace.sh failed");
	return copy_series("series", error) && make_bad_series(error) && edit(0, error) &&
	       must("check T=" QUICK SERIES, error) &&
	       (!has_coverage() || must("coverage T=" QUICK SERIES, error));
}

/*
 * Make passes SIGTERM on to its child, but not SIGINT: alone with that, it waits. So SIGINT
 * to make is for its child.
 */
static void interrupt(const Round *round, pid_t make)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", make, make);
	g_autofree char *children = NULL;
	pid_t pid = round->group ? -make : make;

	if (round->signal == SIGINT && !round->group) {
		g_file_get_contents(path, &children, NULL, NULL);
		pid = children ? atoi(children) : 0;
	}
	if (pid)
		kill(pid, round->signal);
}

static void check_next(const After *after, guint number, GString *bad, GError **error)
{
	g_autofree char *text = g_strdup_printf("sb_round %u.", number);
	g_autoptr(GString) said = g_string_new(NULL);
	Child *child = start("next.log", "check T=" QUICK SERIES, error);
	int status = 0;

	if (!child)
		return;
	child_wait(child, &status);
	append_tail(said, "next.log", 15);
	if (!status && g_str_has_suffix(said->str, "| 1 passed, 0 failed\n"))
		after_kernel(after, text, bad);
	else
		g_string_append_printf(bad, "the next make check fails:\n%s", said->str);
}

static void print_failure(guint number, GString *bad)
{
	g_autofree char *from = g_build_filename(work, "round.log", NULL);
	g_autofree char *name = g_strdup_printf("round-%u.log", number);
	g_autofree char *to = g_build_filename(work, name, NULL);
	g_auto(GStrv) lines = NULL;

	g_string_append_printf(bad, "what it said (build/interrupts/%s):\n", name);
	append_tail(bad, "round.log", 5);
	g_rename(from, to);
	g_string_append_printf(bad,
			       "again: make check-interrupts "
			       "SEED=%" G_GUINT64_FORMAT " N=%u",
			       seed, number);
	lines = g_strsplit(bad->str, "\n", -1);
	for (char **line = lines; *line; line++)
		printf("      %s\n", *line);
}

/* FALSE with @error set if the round could not be played. */
static gboolean play(guint number, const Round *round, gboolean *passed, GError **error)
{
	static const char *const names[] = {
		[SIGINT] = "INT", [SIGTERM] = "TERM", [SIGKILL] = "KILL"};
	guint command = find_command(round->command);
	double moment = round->fraction * commands[command].seconds;
	const After after = {work, main_dir, user, user_state, has_coverage()};
	gint64 began = g_get_monotonic_time();
	g_autoptr(GString) bad = g_string_new(NULL);
	GError *why = NULL;
	gboolean ended;
	Child *child;

	if (!edit(number, error))
		return FALSE;
	child = start("round.log", commands[command].args, error);
	if (!child)
		return FALSE;
	ended = child_ended(child, (guint)(moment * 1000));
	interrupt(round, child_pid(child));
	after_check(&after, bad);
	child_wait(child, NULL);
	check_next(&after, number, bad, &why);
	if (why || child_interrupted()) {
		g_clear_error(&why);
		return fail(error, "interrupted");
	}
	*passed = !bad->len;
	printf("%-4s  %2u  SIG%-4s to %-5s after %6.2f s of %s%s "
	       "(%" G_GINT64_FORMAT " s)\n",
	       *passed ? "ok" : "FAIL", number, names[round->signal],
	       round->group ? "group" : "make", moment, round->command,
	       ended ? ", which had ended" : "", (g_get_monotonic_time() - began) / G_USEC_PER_SEC);
	if (!*passed)
		print_failure(number, bad);
	return TRUE;
}

static gboolean play_all(guint *failed, GError **error)
{
	g_autofree Round *all = rounds_draw((guint32)seed, (guint)rounds, chosen);

	*failed = 0;
	for (guint i = 0; i < rounds; i++) {
		gboolean passed = FALSE;

		if (!play(i + 1, &all[i], &passed, error))
			return FALSE;
		*failed += !passed;
	}
	return *failed || write_file(work, "passed", "", error);
}

/* A number of the environment. */
static gboolean number(const char *name, guint64 otherwise, guint64 *value, GError **error)
{
	*value = otherwise;
	return !*setting(name) || to_number(setting(name), name, value, error);
}

/* Nothing of the make that started us gets into those that are started here. */
static void clean_environment(void)
{
	static const char *const keep[] = {"PATH", "HOME",   "KERNEL", "TERM",
					   "LANG", "TMPDIR", NULL};
	g_auto(GStrv) names = g_listenv();

	for (char **name = names; *name; name++)
		if (!g_strv_contains(keep, *name) && !g_str_has_prefix(*name, "CCACHE_"))
			g_unsetenv(*name);
	g_setenv("LC_ALL", "C", TRUE);
	g_setenv("GIT_OPTIONAL_LOCKS", "0", TRUE);
}

static gboolean read_settings(GError **error)
{
	g_autofree char *top = g_get_current_dir();

	if (!number("SEED", (guint64)g_get_real_time() / G_USEC_PER_SEC, &seed, error) ||
	    !number("N", 14, &rounds, error))
		return FALSE;
	work = g_build_filename(top, "build/interrupts", NULL);
	main_dir = g_build_filename(work, "main", NULL);
	chosen = g_strsplit(*setting("COMMANDS") ? setting("COMMANDS")
						 : "check bench bisect check-each "
						   "check-regressions coverage fuzz",
			    " ", 0);
	for (char **name = chosen; *name; name++)
		if (find_command(*name) == G_N_ELEMENTS(commands))
			return fail(error,
				    "COMMANDS: \"%s\" is none of check bench "
				    "bisect check-each check-regressions "
				    "coverage fuzz",
				    *name);
	if (g_file_test(setting("KERNEL"), G_FILE_TEST_IS_DIR)) {
		user = g_canonicalize_filename(setting("KERNEL"), NULL);
		g_setenv("KERNEL", user, TRUE);
	}
	return TRUE;
}

static gboolean run(guint *failed, GError **error)
{
	gint64 began = g_get_monotonic_time();
	g_autofree char *lock = NULL;

	if (!read_settings(error))
		return FALSE;
	lock = g_strconcat(work, ".lock", NULL);
	if (!write_file(work, "first.log", "", error) ||
	    !workspace_lock(lock, "another check-interrupts is running", error))
		return FALSE;
	clean_environment();
	printf("SEED=%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " rounds\n", seed, rounds);
	if (!prepare(error))
		return FALSE;
	printf("the workspace is ready (%" G_GINT64_FORMAT " s)\n",
	       (g_get_monotonic_time() - began) / G_USEC_PER_SEC);
	return play_all(failed, error);
}

int main(void)
{
	g_autoptr(GError) error = NULL;
	guint failed;

	setlinebuf(stdout);
	child_catch_signals();
	if (!run(&failed, &error)) {
		fprintf(stderr, "error: %s\n", error->message);
		return child_interrupted() ? 128 + child_interrupted() : 1;
	}
	printf("%" G_GUINT64_FORMAT " passed, %u failed\n", rounds - failed, failed);
	return failed > 0;
}
