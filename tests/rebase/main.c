// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rebase SCRIPTS: what becomes of each patch of a series on another kernel? KERNEL says which,
 * SERIES the patches; SCRIPTS is uml-config/. A line for each patch:
 *
 *   applies     all of it
 *   is there    all of it is in this kernel already, by its lines (see hunks.h)
 *   in part     some hunks are there already, the others apply
 *   conflicts   some hunks neither apply nor are there: a line for each says where
 *
 * What applies is applied, so that the next patches find it. Those behind a conflict may have
 * conflicts because of it. Nothing but git's objects of the private copy is written. The exit
 * status is 0 only if nothing conflicts.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../each/plan.h"
#include "../host/child.h"
#include "../host/io.h"
#include "../host/workspace.h"
#include "hunks.h"

/* Hunks of a patch that are listed. */
#define MOST_HUNKS 20

enum { APPLIES, THERE, IN_PART, CONFLICTS, FATES };
static const char *const fates[FATES] = {"applies", "is there", "in part",
					 "conflicts"};

typedef struct {
	char *build; /* the workspace */
	Plan *plan;
	char **env; /* with an index of our own */
	guint count[FATES];
} Rebase;

/* git in the private copy with our index, and @input. Returns its status. */
static int run_git(const Rebase *rebase, const char *input,
		   const char *const *words)
{
	g_autofree char *file = g_build_filename(rebase->build, "hunk", NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GString) said = g_string_new(NULL);
	int status;

	g_ptr_array_add(argv, (gpointer) "git");
	g_ptr_array_add(argv, (gpointer) "-C");
	g_ptr_array_add(argv, rebase->plan->tree);
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer)*words);
	if (input && !write_file(rebase->build, "hunk", input, NULL))
		return 1;
	if (input)
		g_ptr_array_add(argv, file);
	g_ptr_array_add(argv, NULL);
	if (child_run(&(ChildArgs){.argv = (char **)argv->pdata,
				   .env = rebase->env,
				   .text = said},
		      &status, NULL) != CHILD_ENDED)
		return 1;
	return status;
}

static gboolean apply(const Rebase *rebase, const char *patch)
{
	static const char *const words[] = {"apply", "--cached",
					    "--whitespace=nowarn", NULL};

	return !run_git(rebase, patch, words);
}

/* Also where the code around it has changed, or in another place of the file. */
static gboolean is_there(const Rebase *rebase, const Hunk *hunk)
{
	static const char *const words[] = {"apply", "-R", "--check",
					    "--cached", NULL};
	g_autofree char *name = g_strconcat(":", hunk->file, NULL);
	char *argv[] = {"git", "-C", rebase->plan->tree, "cat-file", "blob",
			name,  NULL};
	g_autofree char *text = NULL;

	if (!run_git(rebase, hunk->patch, words))
		return TRUE;
	text = child_ask((ChildArgs){.argv = argv,
				     .env = rebase->env,
				     .errors = "/dev/null"},
			 NULL);
	return text && hunk_is_in(hunk, text);
}

/* The index is that of the kernel without patches, with all files that they touch. */
static gboolean make_index(Rebase *rebase, GError **error)
{
	static const char *const read[] = {"read-tree", "refs/shrinkbench/base",
					   NULL};
	g_autofree char *index = g_build_filename(rebase->build, "index", NULL);
	g_autofree char *set = g_strconcat("GIT_INDEX_FILE=", index, NULL);
	const char *const more[] = {set, NULL};

	g_unlink(index);
	rebase->env = child_env(more);
	if (run_git(rebase, NULL, read))
		return fail(error, "git cannot read %s", rebase->plan->tree);
	for (guint i = 1; i < rebase->plan->steps->len; i++) {
		const Step *step = rebase->plan->steps->pdata[i];
		g_autofree char *text = NULL;
		g_autoptr(GPtrArray) hunks = NULL;

		if (!step->patch ||
		    !g_file_get_contents(step->patch, &text, NULL, NULL))
			continue;
		hunks = hunks_of(text);
		for (guint k = 0; k < hunks->len; k++) {
			const Hunk *hunk = hunks->pdata[k];
			const char *const add[] = {"update-index", "--add",
						   "--", hunk->file, NULL};

			/* (A file that there is not, or that is there.) */
			run_git(rebase, NULL, add);
		}
	}
	return TRUE;
}

typedef struct {
	guint all, there, applied;
	GPtrArray *conflicts; /* Hunk */
} Fate;

/* Hunk by hunk; what applies stays applied. */
static void try_hunks(const Rebase *rebase, const GPtrArray *hunks, Fate *fate)
{
	for (guint i = 0; i < hunks->len; i++) {
		const Hunk *hunk = hunks->pdata[i];

		fate->all++;
		if (is_there(rebase, hunk))
			fate->there++;
		else if (apply(rebase, hunk->patch))
			fate->applied++;
		else
			g_ptr_array_add(fate->conflicts, (gpointer)hunk);
	}
}

static int fate_of(const Fate *fate)
{
	if (fate->conflicts->len)
		return CONFLICTS;
	if (fate->there == fate->all)
		return THERE;
	return fate->there ? IN_PART : APPLIES;
}

static void print_fate(Rebase *rebase, const Step *step, const Fate *fate)
{
	int is = fate_of(fate);

	printf("%-9s  %s %s", fates[is], step->slot, step->subject);
	if (is == IN_PART)
		printf(" (%u of %u hunks are there)", fate->there, fate->all);
	if (is == CONFLICTS)
		printf(" (%u of %u hunks; %u are there)", fate->conflicts->len,
		       fate->all, fate->there);
	printf("\n");
	for (guint i = 0; i < MIN(fate->conflicts->len, MOST_HUNKS); i++) {
		const Hunk *hunk = fate->conflicts->pdata[i];

		printf("      | %s:%u %s\n", hunk->file, hunk->line,
		       hunk->function);
	}
	fflush(stdout);
	rebase->count[is]++;
}

static gboolean try_patch(Rebase *rebase, const Step *step, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GPtrArray) hunks = NULL;
	Fate fate = {0};

	if (!g_file_get_contents(step->patch, &text, NULL, error))
		return FALSE;
	hunks = hunks_of(text);
	if (!hunks->len)
		return fail(error, "%s is no patch", step->patch);
	fate.conflicts = g_ptr_array_new();
	if (apply(rebase, text))
		fate.all = fate.applied = hunks->len;
	else
		try_hunks(rebase, hunks, &fate);
	if (!child_interrupted())
		print_fate(rebase, step, &fate);
	g_ptr_array_unref(fate.conflicts);
	return !child_interrupted();
}

/*
 * Have the private copy get all files that the patches touch. That they do not apply is what
 * we are asked about; whatever else is wrong, plan_make() will say.
 */
static void fetch_files(const char *scripts)
{
	g_autofree char *program =
		g_build_filename(scripts, "prepare.sh", NULL);
	char *argv[] = {program, NULL};

	child_run(&(ChildArgs){.argv = argv,
			       .out = "/dev/null",
			       .errors = "/dev/null"},
		  NULL, NULL);
}

/* The fixes of the series come before it; another kernel may not need them. */
static void apply_fixes(const Rebase *rebase)
{
	const GPtrArray *steps = rebase->plan->steps;
	const Step *last = steps->pdata[steps->len - 1];
	g_autofree char *dir = g_build_filename(last->series, "fixes", NULL);
	g_autoptr(GPtrArray) fixes = list_tree(dir);

	for (guint i = 0; i < fixes->len; i++) {
		g_autofree char *text = read_text(dir, fixes->pdata[i], NULL);

		if (text && g_str_has_suffix(fixes->pdata[i], ".patch"))
			apply(rebase, text);
	}
}

static gboolean run(const char *scripts, Rebase *rebase, GError **error)
{
	rebase->build = workspace_take(scripts, "rebase", error);
	if (!rebase->build)
		return FALSE;
	fetch_files(scripts);
	rebase->plan = plan_make(scripts, rebase->build, error);
	if (!rebase->plan || !make_index(rebase, error))
		return FALSE;
	apply_fixes(rebase);
	for (guint i = 1; i < rebase->plan->steps->len; i++) {
		const Step *step = rebase->plan->steps->pdata[i];

		if (step->patch && !try_patch(rebase, step, error))
			return FALSE;
	}
	return TRUE;
}

int main(int argc, char **argv)
{
	g_autofree char *scripts = argc == 2 ? realpath(argv[1], NULL) : NULL;
	Rebase rebase = {0};
	g_autoptr(GError) error = NULL;

	if (!scripts) {
		fprintf(stderr, "usage: rebase SCRIPTS\n");
		return 2;
	}
	g_setenv("LC_ALL", "C", TRUE);
	child_catch_signals();
	if (!run(scripts, &rebase, &error)) {
		if (child_interrupted())
			return 128 + child_interrupted();
		fprintf(stderr, "error: %s\n", error->message);
		return 1;
	}
	printf("%u apply, %u are there, %u in part, %u conflict\n",
	       rebase.count[APPLIES], rebase.count[THERE],
	       rebase.count[IN_PART], rebase.count[CONFLICTS]);
	return rebase.count[CONFLICTS] ? 1 : 0;
}
