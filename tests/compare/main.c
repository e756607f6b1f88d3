// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compare SCRIPTS COMMAND...: runs the tests with two kernels in turn, and says what differs
 * (compare.c). COMMAND is the runner, in which @KERNEL@, @SOURCE@ and @GIVES@ stand for a
 * kernel (uml-config/keep.sh), @VARIANT@ for its variant, and @RUN@ for the directory of its
 * guests. SCRIPTS is uml-config/. From the environment:
 *
 *   A, B    each a series (a directory of patches, an mbox, or none), a kernel (a source tree, a
 *           tarball, or debian:VERSION), or the results of a run: a directory or JUnit XML
 *   RUNS=N  runs of each kernel
 *   COST=1  measures what reclaim costs as well, at least three times
 *   T, J, VARIANT, MAKE, SB_BUILD
 *           as elsewhere
 *
 * It works in build/compare, with a copy of the kernel of its own. The results get their
 * names, a and b, when the comparison is complete; those of before stay until then.
 * Exit status: 0 nothing got worse, 1 something did, 2 there is no verdict.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../host/workspace.h"
#include "report.h"
#include "session.h"

/* The results of this comparison get their names. */
static void publish(const char *build)
{
	static const char *const parts[] = {"a", "b", "compare.json"};
	g_autofree char *new = g_build_filename(build, "new", NULL);

	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *from = g_build_filename(new, parts[i], NULL);
		g_autofree char *to = g_build_filename(build, parts[i], NULL);

		if (!exists(new, parts[i]))
			continue;
		remove_tree(to);
		g_rename(from, to);
	}
}

/* Print what differs. Return the exit status; -1 with @error set. */
static int report(const Session *session, GError **error)
{
	const Side *sides = session->sides;
	g_autoptr(Runs) a = runs_load(sides[0].path, sides[0].results, error);
	g_autoptr(Runs) b =
		a ? runs_load(sides[1].path, sides[1].results, error) : NULL;
	g_autoptr(Comparison) comparison = NULL;
	g_autofree char *text = NULL, *json = NULL;

	if (!b)
		return -1;
	comparison = compare(a, b);
	if (!comparison->compared) {
		fail(error,
		     "%s and %s have nothing in common to compare: tests, "
		     "costs of %d runs, or coverage",
		     sides[0].path, sides[1].path, COMPARE_TIMES);
		return -1;
	}
	json = report_json(a, b, comparison);
	if (!write_file(session->build, "new/compare.json", json, error))
		return -1;
	text = report_text(a, b, comparison);
	if (fputs(text, stdout) == EOF || fflush(stdout)) {
		fail(error, "cannot print the report");
		return -1;
	}
	return comparison->worse;
}

/* Can the results that the user named be read? Before anything is built. */
static gboolean check_results(const Session *session, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(session->sides); i++) {
		const Side *side = &session->sides[i];
		g_autoptr(Runs) runs = NULL;

		if (side->set)
			continue;
		runs = runs_load(side->path, side->path, error);
		if (!runs)
			return FALSE;
	}
	return TRUE;
}

static gboolean read_runs(Session *session, GError **error)
{
	guint64 runs = 1;

	if (*setting("RUNS") &&
	    !g_ascii_string_to_unsigned(setting("RUNS"), 10, 1, 1000, &runs,
					NULL))
		return fail(error,
			    "RUNS=%s: that is not a number from 1 to 1000",
			    setting("RUNS"));
	session->runs = runs;
	session->cost = *setting("COST");
	session->variant = *setting("VARIANT") ? setting("VARIANT") : "debug";
	return TRUE;
}

static int run(Session *session, GError **error)
{
	g_autofree char *lock = NULL, *new = NULL;
	int status = -1;

	if (!read_runs(session, error))
		return -1;
	session->build = workspace_make(session->scripts, "compare", error);
	if (!session->build || !session_sides(session, error) ||
	    !check_results(session, error))
		return -1;
	lock = g_strconcat(session->build, ".lock", NULL);
	if (!workspace_lock(lock, "another make compare is running", error))
		return -1;
	new = g_build_filename(session->build, "new", NULL);
	remove_tree(new);
	if (session_run(session, error))
		status = report(session, error);
	if (status >= 0)
		publish(session->build);
	remove_tree(new);
	return status;
}

int main(int argc, char **argv)
{
	g_autofree char *scripts = argc > 2 ? realpath(argv[1], NULL) : NULL;
	Session session = {.scripts = scripts, .command = argv + 2};
	g_autoptr(GError) error = NULL;
	int status;

	if (!scripts) {
		fprintf(stderr, "usage: compare SCRIPTS COMMAND...\n");
		return 2;
	}
	child_catch_signals();
	status = run(&session, &error);
	if (child_interrupted())
		return 128 + child_interrupted();
	if (status < 0)
		fprintf(stderr, "error: %s\n", error->message);
	return status < 0 ? 2 : status;
}
