// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compile SCRIPTS PRESET: compiles, for architectures that UML is not, what each patch of the
 * series touches, and what includes it: does the compiler say something, with W=1, that it did
 * not say before the patch? A line for each patch and target; the last is
 * "N passed, N failed, N skipped". SCRIPTS is uml-config/; PRESET has options of the
 * configuration, see allmod.config. From the environment:
 *
 *   ARCHES        of targets, see target.c; default: all
 *   FROM, TO, N   numbers of patches; default: all, and the fixes before them
 *   KERNEL, SERIES, J, SB_BUILD
 *                 as elsewhere
 *
 * The kernels of the other commands lack what UML does not need; build/compile/ has a whole
 * one, which follows the commits of theirs.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../each/findings.h"
#include "../host/child.h"
#include "../host/git.h"
#include "../host/io.h"
#include "../host/workspace.h"
#include "includes.h"
#include "target.h"

/* Lines of a reason: no more. */
#define MOST_LINES 20

typedef struct {
	const char *scripts, *preset;
	char *build; /* the workspace */
	char *repository; /* the kernel of the other commands */
	char *tree; /* the whole one */
	char **commits; /* the first has no patch */
	guint *slots; /* of each: its number in the series; 0: a fix, before the series */
	guint count; /* of patches */
	const char *without[8]; /* directories of drivers that are too big */
	guint passed, failed, skipped;
} Compile;

/* Big drivers, which have no use for what the series changes unless it changes them. */
static const struct {
	const char *dir, *option;
} big[] = {
	{"drivers/gpu/drm/amd", "DRM_AMDGPU"},
	{"drivers/gpu/drm/i915", "DRM_I915"},
	{"drivers/gpu/drm/xe", "DRM_XE"},
	{"drivers/gpu/drm/nouveau", "DRM_NOUVEAU"},
	{"drivers/gpu/drm/radeon", "DRM_RADEON"},
	{"drivers/gpu/drm/msm", "DRM_MSM"},
};

/*
 * The tree
 */

static char *ask(const Compile *compile, const char *name, GError **error)
{
	g_autofree char *program =
		g_build_filename(compile->scripts, name, NULL);
	char *argv[] = {program, NULL};

	return child_ask((ChildArgs){.argv = argv, .errors = CHILD_STDERR},
			 error);
}

/* "sh -c @text sh @a @b". FALSE with @error set to @message. */
static gboolean shell(const char *text, const char *a, const char *b,
		      const char *message, GError **error)
{
	char *argv[] = {"sh",	   "-c",      (char *)text, "sh",
			(char *)a, (char *)b, NULL};
	int status;

	if (child_run(&(ChildArgs){.argv = argv,
				   .out = CHILD_STDERR,
				   .errors = CHILD_STDERR},
		      &status, error) != CHILD_ENDED)
		return FALSE;
	return !status || fail(error, "%s", message);
}

/*
 * A whole copy of the source, once for each. That of a directory is made again when a file
 * in it has changed, by the list that the private copy has of it.
 */
static gboolean make_tree(Compile *compile, const char *source, GError **error)
{
	g_autofree char *base = g_path_get_basename(compile->repository);
	g_autofree char *manifest = read_text(
		compile->repository, ".git/shrinkbench/manifest", NULL);
	g_autofree char *hash = g_compute_checksum_for_string(
		G_CHECKSUM_SHA256, manifest ? manifest : "", -1);
	g_autofree char *name = g_strdup_printf("%s-%.8s", base, hash);
	g_autofree char *all = g_build_filename(compile->build, "whole", NULL);
	g_autofree char *new = g_build_filename(all, "new", NULL);

	compile->tree = g_build_filename(all, name, NULL);
	if (g_file_test(compile->tree, G_FILE_TEST_IS_DIR))
		return TRUE;
	remove_tree(all);
	g_mkdir_with_parents(new, 0777);
	fprintf(stderr, "kernel: extracting all of %s\n", base);
	if (!shell(g_file_test(source, G_FILE_TEST_IS_DIR)
			   ? "tar -C \"$1\" --exclude-vcs --exclude=./.config "
			     "--exclude=./include/config "
			     "--exclude=./include/generated "
			     "--exclude='./arch/*/include/generated' "
			     "--exclude='*.[oa]' --exclude='*.cmd' -cf - . | "
			     "tar -xf - -C \"$2\""
			   : "XZ_DEFAULTS=-T0 tar -xf \"$1\" -C \"$2\" "
			     "--strip-components=1",
		   source, new, "the source cannot be extracted", error))
		return FALSE;
	return !g_rename(new, compile->tree) ||
	       fail(error, "cannot rename %s", new);
}

/* The files that git follows become those of @commit; files that are the same stay. */
static gboolean check_out(const Compile *compile, const char *commit,
			  GError **error)
{
	g_autofree char *dir =
		g_strconcat("--git-dir=", compile->repository, "/.git", NULL);
	g_autofree char *files =
		g_strconcat("--work-tree=", compile->tree, NULL);
	g_autofree char *index =
		g_strconcat("GIT_INDEX_FILE=", compile->tree, ".index", NULL);
	const char *const more[] = {index, NULL};
	g_auto(GStrv) env = child_env(more);
	char *argv[] = {"git",	   dir,	 files,		 "read-tree",
			"--reset", "-u", (char *)commit, NULL};
	int status;

	if (child_run(&(ChildArgs){.argv = argv,
				   .env = env,
				   .out = CHILD_STDERR,
				   .errors = CHILD_STDERR},
		      &status, error) != CHILD_ENDED)
		return FALSE;
	return !status || fail(error, "git cannot write %s", compile->tree);
}

/* The last patches are those of the series, the others fixes. */
static gboolean read_slots(Compile *compile, GError **error)
{
	g_auto(GStrv) lines = read_lines(compile->repository,
					 ".git/shrinkbench/slots", error);
	guint count = lines ? g_strv_length(lines) : 0;

	if (!lines)
		return FALSE;
	compile->slots = g_new0(guint, compile->count + 1);
	for (guint i = 1; i <= MIN(count, compile->count); i++)
		compile->slots[compile->count + 1 - i] =
			g_ascii_strtoull(lines[count - i], NULL, 10);
	return TRUE;
}

static gboolean prepare(Compile *compile, GError **error)
{
	g_autofree char *source = NULL, *list = NULL;

	compile->build = workspace_take(compile->scripts, "compile", error);
	if (!compile->build)
		return FALSE;
	source = ask(compile, "source.sh", error);
	compile->repository = source ? ask(compile, "prepare.sh", error) : NULL;
	if (!compile->repository)
		return FALSE;
	list = git(error, compile->repository, "rev-list", "--reverse",
		   "refs/shrinkbench/base..HEAD", NULL);
	if (!list)
		return FALSE;
	compile->commits = g_strsplit(g_strchomp(list), "\n", -1);
	compile->count = g_strv_length(compile->commits) - 1;
	if (!compile->count)
		return fail(error, "there is no patch in the series");
	if (!read_slots(compile, error))
		return FALSE;
	return make_tree(compile, source, error);
}

/*
 * The targets
 */

static gboolean touches(const GPtrArray *files, const char *dir)
{
	for (guint i = 0; i < files->len; i++)
		if (g_str_has_prefix(files->pdata[i], dir))
			return TRUE;
	return FALSE;
}

/* Files that the patches from commit @first to @last touch; sorted. */
static GPtrArray *touched(const Compile *compile, guint first, guint last)
{
	g_autofree char *names =
		git(NULL, compile->repository, "diff", "--name-only",
		    compile->commits[first - 1], compile->commits[last], NULL);

	return lines_of(names ? names : "");
}

/* Write the preset: without drivers that are too big. */
static char *plan(Compile *compile, GError **error)
{
	g_autoptr(GPtrArray) files = touched(compile, 1, compile->count);
	g_autofree char *text = NULL;
	g_autoptr(GString) preset = NULL;
	guint count = 0;

	if (!g_file_get_contents(compile->preset, &text, NULL, error))
		return NULL;
	preset = g_string_new(text);
	for (guint i = 0; i < G_N_ELEMENTS(big); i++) {
		if (touches(files, big[i].dir))
			continue;
		compile->without[count++] = big[i].dir;
		g_string_append_printf(preset, "# CONFIG_%s is not set\n",
				       big[i].option);
	}
	if (!write_file(compile->build, "preset", preset->str, error))
		return NULL;
	return g_build_filename(compile->build, "preset", NULL);
}

static gboolean select_targets(GPtrArray *selected, GError **error)
{
	g_auto(GStrv) words = g_strsplit(setting("ARCHES"), " ", -1);

	for (char **word = words; *word; word++) {
		const Target *target =
			**word ? target_find(*word, error) : NULL;

		if (**word && !target)
			return FALSE;
		if (target)
			g_ptr_array_add(selected, (gpointer)target);
	}
	for (const Target *all = targets; !*words && all->name; all++)
		g_ptr_array_add(selected, (gpointer)all);
	for (guint i = 0; i < selected->len; i++)
		if (!target_ready(selected->pdata[i], error))
			return FALSE;
	return selected->len || fail(error, "ARCHES= names nothing");
}

/*
 * The patches
 */

/* Findings of @said that are not in @before, each once; owned strings. */
static GPtrArray *new_findings(const Compile *compile, const char *said,
			       const char *before)
{
	g_autoptr(GPtrArray) now = findings(compile->tree, said);
	g_autoptr(GPtrArray) old = findings(compile->tree, before);
	GPtrArray *new = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < now->len; i++)
		if (!has_line(old, now->pdata[i]) &&
		    !has_line(new, now->pdata[i]))
			g_ptr_array_add(new, g_strdup(now->pdata[i]));
	return new;
}

/*
 * What the compiler finds in @objects with the patch @number that it does not find without it.
 * Most often it finds nothing, and need not be asked without. NULL with @error set.
 * @missing: how many of the objects this target does not have.
 */
static GPtrArray *look(Compile *compile, const TargetBuild *build, guint number,
		       const GPtrArray *objects, guint *missing, GError **error)
{
	g_autofree char *said = NULL, *before = NULL;
	g_autoptr(GPtrArray) first = NULL;

	said = target_compile(build, objects, error);
	if (!said)
		return NULL;
	*missing = target_missing(said);
	first = new_findings(compile, said, "");
	if (!first->len)
		return g_steal_pointer(&first);
	fprintf(build->log, "== the same without the patch\n");
	if (!check_out(compile, compile->commits[number - 1], error))
		return NULL;
	before = target_compile(build, objects, error);
	if (!before || !check_out(compile, compile->commits[number], error))
		return NULL;
	return new_findings(compile, said, before);
}

static void print_result(Compile *compile, const Target *target, guint number,
			 const GPtrArray *new, guint objects)
{
	g_autofree char *subject =
		git(NULL, compile->repository, "log", "-1", "--format=%s",
		    compile->commits[number], NULL);
	const char *verdict = new->len ? "FAIL" : objects ? "ok" : "skip";

	printf("%-4s  %04u %-6s %4u objects  %s\n", verdict,
	       compile->slots[number], target->name, objects,
	       subject ? g_strchomp(subject) : "");
	for (guint i = 0; i < MIN(new->len, MOST_LINES); i++)
		printf("      | %s\n", (char *)new->pdata[i]);
	fflush(stdout);
	compile->failed += new->len > 0;
	compile->passed += !new->len &&objects;
	compile->skipped += !new->len && !objects;
}

static gboolean check_patch(Compile *compile, TargetBuild *build, guint number,
			    const GPtrArray *objects, GError **error)
{
	g_autoptr(GPtrArray) new = NULL;
	guint missing = 0;

	fprintf(build->log, "== %04u\n", compile->slots[number]);
	new = objects->len
		      ? look(compile, build, number, objects, &missing, error)
		      : g_ptr_array_new();
	if (!new)
		return FALSE;
	print_result(compile, build->target, number, new,
		     objects->len - MIN(missing, objects->len));
	return TRUE;
}

static gboolean any_header(const GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++)
		if (g_str_has_suffix(files->pdata[i], ".h"))
			return TRUE;
	return FALSE;
}

/* The objects that the patch @number touches, in the tree as it is with it. */
static GPtrArray *objects_of(const Compile *compile, guint number)
{
	static const char *const nowhere[] = {NULL};
	static const char *const everywhere[] = {"drivers/gpu/drm",
						 "drivers/accel",
						 "drivers/dma-buf",
						 "include/drm",
						 "include/linux",
						 "include/uapi/drm",
						 NULL};
	g_autoptr(GPtrArray) files = touched(compile, number, number);
	/* Without a header, nobody need know what includes what. */
	g_autoptr(Includes) includes = includes_read(
		compile->tree, any_header(files) ? everywhere : nowhere,
		compile->without);

	return includes_of(includes, files);
}

/* The index of the first or the last commit that FROM, TO and N select, by its slot. */
static gboolean bound(const Compile *compile, const char *name, gboolean last,
		      guint *index, GError **error)
{
	const char *text = *setting("N") ? setting("N") : setting(name);
	guint64 slot;

	*index = last ? compile->count : 1;
	if (!*text)
		return TRUE;
	if (!g_ascii_string_to_unsigned(
		    text, 10, 1, compile->slots[compile->count], &slot, NULL))
		return fail(error,
			    "%s is not the number of a patch, from 1 to %u",
			    text, compile->slots[compile->count]);
	while (last ? compile->slots[*index] > slot
		    : compile->slots[*index] < slot)
		*index += last ? -1 : 1;
	return TRUE;
}

/* All targets go through the patches together: the tree changes once for all. */
static gboolean check_all(Compile *compile, const GPtrArray *selected,
			  TargetBuild *builds, GError **error)
{
	g_autofree char *preset = plan(compile, error);
	guint first, last;

	if (!preset || !bound(compile, "FROM", FALSE, &first, error) ||
	    !bound(compile, "TO", TRUE, &last, error) ||
	    !check_out(compile, compile->commits[first - 1], error))
		return FALSE;
	for (guint i = 0; i < selected->len; i++)
		if (!target_configure(&builds[i], preset, error))
			return FALSE;
	for (guint number = first; number <= last; number++) {
		g_autoptr(GPtrArray) objects = NULL;

		if (!check_out(compile, compile->commits[number], error))
			return FALSE;
		objects = objects_of(compile, number);
		for (guint i = 0; i < selected->len; i++)
			if (!check_patch(compile, &builds[i], number, objects,
					 error))
				return FALSE;
	}
	return TRUE;
}

static gboolean run(Compile *compile, GError **error)
{
	g_autoptr(GPtrArray) selected = g_ptr_array_new();
	g_autofree TargetBuild *builds = NULL;
	g_autofree char *jobs = g_strdup(*setting("J") ? setting("J") : "1");
	gboolean done;

	if (!select_targets(selected, error) || !prepare(compile, error))
		return FALSE;
	builds = g_new0(TargetBuild, selected->len);
	for (guint i = 0; i < selected->len; i++) {
		const Target *target = selected->pdata[i];
		g_autofree char *log = g_strdup_printf(
			"%s/%s.log", compile->build, target->name);

		builds[i] = (TargetBuild){
			.target = target,
			.tree = compile->tree,
			.out = g_build_filename(compile->build, target->name,
						NULL),
			.jobs = jobs,
			.log = fopen(log, "we"),
		};
		if (!builds[i].log)
			return fail(error, "cannot write %s", log);
	}
	done = check_all(compile, selected, builds, error);
	for (guint i = 0; i < selected->len; i++)
		fclose(builds[i].log);
	return done;
}

int main(int argc, char **argv)
{
	g_autofree char *scripts = argc == 3 ? realpath(argv[1], NULL) : NULL;
	Compile compile = {.scripts = scripts, .preset = argv[2]};
	g_autoptr(GError) error = NULL;

	if (!scripts) {
		fprintf(stderr, "usage: compile SCRIPTS PRESET\n");
		return 2;
	}
	g_setenv("LC_ALL", "C", TRUE);
	child_catch_signals();
	if (!run(&compile, &error) && !child_interrupted()) {
		fprintf(stderr, "error: %s\n", error->message);
		return 1;
	}
	printf("%s%u passed, %u failed, %u skipped\n",
	       child_interrupted() ? "interrupted; so far: " : "",
	       compile.passed, compile.failed, compile.skipped);
	if (child_interrupted())
		return 128 + child_interrupted();
	return compile.failed || !compile.passed;
}
