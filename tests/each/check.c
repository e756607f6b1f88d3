// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "../host/child.h"
#include "../host/git.h"
#include "../host/io.h"
#include "findings.h"

/* Lines of detail for a reason, at most. */
#define MOST_LINES 20

typedef struct {
	const CheckArgs *args;
	Check *result;
	FILE *log;
	char *tree, *out;
	GPtrArray *touched; /* files, by the patch */
} Work;

static void title(Work *work, const char *text)
{
	fprintf(work->log, "== %s\n", text);
	fflush(work->log);
}

static void add_reason(Work *work, const char *text, char *const *lines,
		       guint count)
{
	GString *reasons = work->result->reasons;

	fprintf(work->log, "%s\n", text);
	g_string_append_printf(reasons, "%s\n", text);
	for (guint i = 0; i < MIN(count, MOST_LINES); i++)
		g_string_append_printf(reasons, "\t%s\n", lines[i]);
}

/* It is wrong, if there are any of these lines. */
static void reason(Work *work, const char *text, const GPtrArray *lines)
{
	if (lines->len)
		add_reason(work, text, (char **)lines->pdata, lines->len);
}

/*
 * Run @argv; what it says goes to the log and to @said, its output alone to @out, if they
 * are not NULL. Return its status.
 */
static int run(Work *work, ChildArgs args, GString *said, GString *out)
{
	g_autofree char *file = NULL, *errors = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	int status = 255;

	args.text = text;
	if (out) {
		file = g_build_filename(work->args->dir, "errors", NULL);
		args.errors = file;
	}
	if (child_run(&args, &status, NULL) != CHILD_ENDED)
		status = 255;
	if (out) {
		g_string_append(out, text->str);
		errors = read_text(work->args->dir, "errors", NULL);
		g_string_assign(text, errors ? errors : "");
		g_unlink(file);
	}
	fwrite(text->str, 1, text->len, work->log);
	fflush(work->log);
	if (said)
		g_string_append(said, text->str);
	return status;
}

static char *script(const Work *work, const char *name)
{
	return g_build_filename(work->args->scripts, name, NULL);
}

/* The private copy with @series: its path, or NULL; @said: what was said. */
static char *prepare(Work *work, const char *series, GString *said)
{
	g_autofree char *program = script(work, "prepare.sh");
	g_autofree char *set = g_strconcat("SERIES=", series, NULL);
	const char *const more[] = {set, NULL};
	g_auto(GStrv) env = child_env(more);
	char *argv[] = {program, NULL};
	g_autoptr(GString) tree = g_string_new(NULL);

	if (run(work, (ChildArgs){.argv = argv, .env = env}, said, tree))
		return NULL;
	return g_strchomp(g_string_free(g_steal_pointer(&tree), FALSE));
}

/* The same as out_dir() of lib.sh. */
static char *out_dir(const Work *work)
{
	g_autofree char *base = g_path_get_basename(work->tree);
	gboolean own = *setting("KERNEL") || *setting("KERNEL_URL") ||
		       *setting("KERNEL_PACKAGE");

	return g_strdup_printf("%s/kernel/%s%s%s", work->args->build,
			       work->args->variant, own ? "-" : "",
			       own ? base : "");
}

/*
 * What needs no compiler
 */

/* The TYPE of "FILE:1: ERROR:TYPE: text", or NULL; owned. */
static char *type_of(const char *line)
{
	g_autoptr(GRegex) regex = g_regex_new(
		"^.*:[0-9]*: (ERROR|WARNING|CHECK):([A-Z0-9_]*): ", 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, line, 0, &match)
		       ? g_match_info_fetch(match, 2)
		       : NULL;
}

/* What is wrong by checkpatch.pl, but for exceptions; and those that are not needed. */
static void look_at_types(Work *work, const char *said, int status)
{
	const CheckArgs *args = work->args;
	g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
	g_autoptr(GPtrArray) types = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) bad = g_ptr_array_new();
	g_autoptr(GPtrArray) unneeded = g_ptr_array_new();
	guint prefix = strlen(args->patch) + 1;

	for (char **line = lines; *line; line++) {
		char *type = type_of(*line);

		if (!type)
			continue;
		g_ptr_array_add(types, type);
		if (!g_strv_contains((const char *const *)args->excepted, type))
			g_ptr_array_add(
				bad,
				*line + (g_str_has_prefix(*line, args->patch)
						 ? prefix
						 : 0));
	}
	for (char **type = args->excepted; *type; type++)
		if (!has_line(types, *type))
			g_ptr_array_add(unneeded, *type);
	reason(work, "checkpatch.pl --strict is not clean", bad);
	if (status && !types->len)
		add_reason(work, "checkpatch.pl failed", lines,
			   g_strv_length(lines));
	reason(work, "the index has exceptions that this patch does not need",
	       unneeded);
}

/* Runs it without settings of the user (HOME), and without looking up commits (GIT_DIR). */
static void checkpatch(Work *work)
{
	static const char *const more[] = {"HOME=/nonexistent",
					   "GIT_DIR=/nonexistent", NULL};
	g_auto(GStrv) env = child_env(more);
	char *argv[] = {"scripts/checkpatch.pl",
			"--strict",
			"--show-types",
			"--terse",
			"--color=never",
			(char *)work->args->patch,
			NULL};
	const ChildArgs args = {.argv = argv, .env = env, .dir = work->tree};
	g_autoptr(GString) said = g_string_new(NULL);
	int status;

	title(work, "checkpatch.pl --strict");
	status = run(work, args, said, NULL);
	look_at_types(work, said->str, status);
}

static gboolean is_file(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* What kernel-doc says of @file in @dir, without numbers of lines. */
static void kernel_doc(Work *work, const char *dir, const char *file,
		       GString *text)
{
	g_autofree char *program =
		g_build_filename(work->tree, "scripts/kernel-doc", NULL);
	char *argv[] = {program, "-none", (char *)file, NULL};
	g_autoptr(GString) said = g_string_new(NULL);
	/* "FILE:LINE: warning: text", in 7.3 "Warning: FILE:LINE text" */
	g_autoptr(GRegex) regex = g_regex_new("^((?:\\w+: )?[^ :]*):[0-9]+:? ",
					      G_REGEX_MULTILINE, 0, NULL);
	g_autofree char *plain = NULL;
	g_auto(GStrv) lines = NULL;

	if (!is_file(dir, file))
		return;
	run(work, (ChildArgs){.argv = argv, .dir = dir}, said, NULL);
	plain = g_regex_replace(regex, said->str, -1, 0, "\\1: ", 0, NULL);
	lines = g_strsplit(plain, "\n", -1);
	/* (Its lines have words; what goes on with one begins with a blank.) */
	for (char **line = lines; *line; line++)
		if (strchr(*line, ' ') && **line != ' ')
			g_string_append_printf(text, "%s\n", *line);
}

static gboolean is_source(const char *file)
{
	return g_str_has_suffix(file, ".c") || g_str_has_suffix(file, ".h");
}

static void check_kernel_doc(Work *work)
{
	g_autofree char *dir = g_build_filename(work->args->dir, "work", NULL);
	g_autoptr(GString) now_text = g_string_new(NULL);
	g_autoptr(GString) old_text = g_string_new(NULL);
	g_autoptr(GPtrArray) now = NULL, old = NULL, new = NULL;

	title(work, "kernel-doc");
	for (guint i = 0; i < work->touched->len; i++) {
		const char *file = work->touched->pdata[i];
		g_autofree char *name = g_strconcat("HEAD~1:", file, NULL);
		g_autofree char *text = NULL;
		gsize length = now_text->len;

		if (!is_source(file))
			continue;
		kernel_doc(work, work->tree, file, now_text);
		if (now_text->len == length)
			continue;
		text = git(NULL, work->tree, "cat-file", "blob", name, NULL);
		if (text && write_file(dir, file, text, NULL))
			kernel_doc(work, dir, file, old_text);
	}
	now = lines_of(now_text->str);
	old = lines_of(old_text->str);
	new = fresh(old, now);
	reason(work, "new warnings of kernel-doc", new);
}

/*
 * The compiler's warnings
 */

/* The touched C files that have been compiled, and that the patch leaves there; sorted. */
static GPtrArray *compiled(const Work *work)
{
	GPtrArray *files = g_ptr_array_new();

	for (guint i = 0; i < work->touched->len; i++) {
		const char *file = work->touched->pdata[i];
		g_autofree char *object = g_strdup(file);

		if (!g_str_has_suffix(file, ".c"))
			continue;
		object[strlen(object) - 1] = 'o';
		if (is_file(work->tree, file) && is_file(work->out, object))
			g_ptr_array_add(files, (gpointer)file);
	}
	return files;
}

/*
 * Those of @found that are about @files, and files without an object in @out. What sparse
 * finds elsewhere, in headers of the architecture for example, is nothing to these files;
 * the compiler names its options.
 */
static GPtrArray *of_files(GPtrArray *found, const GPtrArray *files,
			   const char *out)
{
	for (guint i = found->len; i > 0; i--) {
		const char *finding = found->pdata[i - 1];
		g_autofree char *file = file_of(finding);

		if (!g_regex_match_simple(" \\[-W[^]]*\\]$", finding, 0, 0) &&
		    !has_line(files, file) && strcmp(file, "static.sh"))
			g_ptr_array_remove_index(found, i - 1);
	}
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *object = g_strdup(files->pdata[i]);

		object[strlen(object) - 1] = 'o';
		if (!is_file(out, object))
			g_ptr_array_add(
				found,
				g_strdup_printf("%s: error: does not compile "
						"with W=1",
						(char *)files->pdata[i]));
	}
	g_ptr_array_sort(found, by_text);
	return found;
}

/* What W=1 and sparse find in these files; see static.sh. */
static GPtrArray *w1(Work *work, const GPtrArray *files)
{
	g_autofree char *program = script(work, "static.sh");
	g_autofree char *base = g_path_get_basename(work->out);
	g_autofree char *out =
		g_build_filename(work->args->build, "w1", base, NULL);
	char *argv[] = {"nice",
			"-n",
			"5",
			program,
			work->tree,
			out,
			(char *)work->args->variant,
			NULL};
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autoptr(GString) said = g_string_new(NULL);

	for (char **word = argv; *word; word++)
		g_ptr_array_add(words, *word);
	for (guint i = 0; i < files->len; i++)
		g_ptr_array_add(words, files->pdata[i]);
	g_ptr_array_add(words, NULL);
	if (files->len &&
	    run(work, (ChildArgs){.argv = (char **)words->pdata}, said, NULL))
		g_string_append(said, "static.sh:1: error: it failed\n");
	return of_files(findings(work->tree, said->str), files, out);
}

/*
 * Checks the files that were compiled before the patch as well. Only findings that are new
 * with the patch count. Mostly there are none, and the state without it need not be checked.
 */
static void check_touched(Work *work, const GPtrArray *files)
{
	g_autoptr(GPtrArray) again = g_ptr_array_new();
	g_autoptr(GPtrArray) now = NULL, old = NULL, new = NULL;
	gboolean elsewhere = FALSE;
	g_autofree char *tree = NULL;

	title(work, "W=1 and sparse");
	now = w1(work, files);
	if (!now->len)
		return;
	title(work, "the same without the patch");
	g_free(prepare(work, work->args->before, NULL));
	/* (A warning may be about a header.) */
	for (guint i = 0; i < now->len; i++) {
		g_autofree char *file = file_of(now->pdata[i]);

		elsewhere |= !has_line(files, file);
	}
	for (guint i = 0; i < files->len; i++) {
		const char *file = files->pdata[i];
		gboolean found = elsewhere;

		for (guint j = 0; j < now->len && !found; j++) {
			g_autofree char *where = file_of(now->pdata[j]);

			found = !strcmp(where, file);
		}
		if (found && is_file(work->tree, file))
			g_ptr_array_add(again, (gpointer)file);
	}
	old = w1(work, again);
	tree = prepare(work, work->args->series, NULL);
	new = fresh(old, now);
	reason(work, "new warnings of W=1 or sparse", new);
}

/* C files that are compiled with this patch for the first time; @old: the others. */
static void check_new(Work *work, const GPtrArray *old)
{
	g_autoptr(GPtrArray) all = compiled(work);
	g_autoptr(GPtrArray) files = g_ptr_array_new();
	g_autoptr(GPtrArray) found = NULL;

	title(work, "W=1 and sparse on new files");
	for (guint i = 0; i < all->len; i++)
		if (!has_line(old, all->pdata[i]))
			g_ptr_array_add(files, all->pdata[i]);
	found = w1(work, files);
	reason(work, "warnings of W=1 or sparse in new files", found);
}

/* The files whose objects a build has made, by its log; with "ld" and "modpost". */
static GPtrArray *made_by(const char *log)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	GPtrArray *made = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(made, g_strdup("ld"));
	g_ptr_array_add(made, g_strdup("modpost"));
	for (char **line = lines; *line; line++) {
		char *name = *line + strlen("  CC ");

		if (!g_str_has_prefix(*line, "  CC ") ||
		    !g_str_has_suffix(*line, ".o"))
			continue;
		name = g_strdup(g_strchug(name));
		name[strlen(name) - 1] = 'c';
		g_ptr_array_add(made, name);
	}
	return made;
}

/* All warnings as the objects are now: those of @log, and old ones of other files. */
static gboolean note_warnings(Work *work, const char *log)
{
	g_autofree char *old_text = read_text(work->out, "alive", NULL);
	g_autoptr(GPtrArray) old = lines_of(old_text ? old_text : "");
	g_autoptr(GPtrArray) made = made_by(log);
	g_autoptr(GPtrArray) all = findings(work->tree, log);
	g_autoptr(GPtrArray) alive = g_ptr_array_new();
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < old->len; i++) {
		g_autofree char *file = file_of(old->pdata[i]);

		if (!has_line(made, file))
			g_ptr_array_add(alive, old->pdata[i]);
	}
	for (guint i = 0; i < all->len; i++)
		if (strstr(all->pdata[i], ": warning: "))
			g_ptr_array_add(alive, all->pdata[i]);
	g_ptr_array_sort(alive, by_text);
	for (guint i = 0; i < alive->len; i++)
		g_string_append_printf(text, "%s\n", (char *)alive->pdata[i]);
	return write_file(work->out, "alive", text->str, NULL) &&
	       write_file(work->args->dir, "alive", text->str, NULL);
}

static void say_why(Work *work, const char *said)
{
	g_autofree char *base = g_path_get_basename(work->tree);
	g_autofree char *quoted = g_regex_escape_string(base, -1);
	g_autofree char *pattern = g_strdup_printf("^[^ ]*/%s/", quoted);
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
	g_auto(GStrv) lines = NULL;
	g_autofree char *text = g_strchomp(g_strdup(said));
	g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
	guint count;

	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (strstr(*line, ": error: ") ||
		    strstr(*line, ": undefined reference"))
			g_ptr_array_add(errors,
					g_regex_replace(regex, *line, -1, 0, "",
							0, NULL));
	count = g_strv_length(lines);
	if (!errors->len)
		add_reason(work, "the kernel does not build",
			   lines + count - MIN(count, MOST_LINES), MOST_LINES);
	reason(work, "the kernel does not build", errors);
}

/* After a build that was cut short, whose warnings are unknown, builds from nothing. */
static gboolean build(Work *work)
{
	g_autofree char *program = script(work, "keep.sh");
	g_autofree char *kernel =
		g_build_filename(work->args->dir, "kernel", NULL);
	g_autofree char *unknown =
		g_build_filename(work->out, "alive.unknown", NULL);
	g_autofree char *log = g_build_filename(work->out, "build.log", NULL);
	g_autofree char *set = g_strconcat("SERIES=", work->args->series, NULL);
	const char *const more[] = {set, NULL};
	g_auto(GStrv) env = child_env(more);
	char *argv[] = {"nice", "-n", "5", program, (char *)work->args->variant,
			kernel, NULL};
	g_autoptr(GString) said = g_string_new(NULL);
	g_autoptr(GString) path = g_string_new(NULL);
	g_autofree char *text = NULL;
	int status;

	title(work, "build");
	if (g_file_test(unknown, G_FILE_TEST_EXISTS))
		remove_tree(work->out);
	write_file(work->out, "alive.unknown", "", NULL);
	g_unlink(log);
	status = run(work, (ChildArgs){.argv = argv, .env = env}, said, path);
	text = read_text(work->out, "build.log", NULL);
	g_string_append(said, text ? text : "");
	if (!child_interrupted() && note_warnings(work, said->str))
		g_unlink(unknown);
	if (status)
		say_why(work, said->str);
	return !status;
}

static void check_build_warnings(Work *work)
{
	g_autofree char *before =
		read_text(work->args->previous, "alive", NULL);
	g_autofree char *after = read_text(work->args->dir, "alive", NULL);
	g_autoptr(GPtrArray) old = lines_of(before ? before : "");
	g_autoptr(GPtrArray) now = lines_of(after ? after : "");
	g_autoptr(GPtrArray) new = fresh(old, now);

	reason(work, "new warnings of the build", new);
}

static guint seconds(void)
{
	return g_get_monotonic_time() / G_USEC_PER_SEC;
}

static gboolean begin(Work *work)
{
	g_autoptr(GString) said = g_string_new(NULL);
	g_autoptr(GPtrArray) why = g_ptr_array_new();
	g_autofree char *names = NULL;
	g_auto(GStrv) lines = NULL;

	title(work, "prepare");
	work->tree = prepare(work, work->args->series, said);
	if (!work->tree) {
		lines = g_strsplit(said->str, "\n", -1);
		for (char **line = lines; *line; line++)
			if (**line && !g_str_has_prefix(*line, "kernel: "))
				g_ptr_array_add(why, *line);
		add_reason(work, "the kernel cannot be prepared",
			   (char **)why->pdata, why->len);
		return FALSE;
	}
	work->out = out_dir(work);
	names = work->args->patch ? git(NULL, work->tree, "diff", "--name-only",
					"HEAD~1", "HEAD", NULL)
				  : NULL;
	work->touched = lines_of(names ? names : "");
	return TRUE;
}

static void look(Work *work)
{
	g_autoptr(GPtrArray) old = NULL;
	guint began = seconds();

	if (!begin(work))
		return;
	old = compiled(work);
	if (work->args->patch) {
		guint at = seconds();

		checkpatch(work);
		check_kernel_doc(work);
		check_touched(work, old);
		work->result->looks = seconds() - at;
	}
	work->result->built = build(work);
	if (work->args->patch && work->result->built) {
		guint at;

		check_build_warnings(work);
		at = seconds();
		check_new(work, old);
		work->result->looks += seconds() - at;
	}
	work->result->build = seconds() - began - work->result->looks;
}

Check *check_step(const CheckArgs *args)
{
	static const char *const old[] = {"kernel", "kernel.gives",
					  "kernel.source", "alive", "work"};
	g_autofree char *path = g_build_filename(args->dir, "log", NULL);
	g_autofree char *work_dir = NULL;
	Work work = {.args = args, .result = g_new0(Check, 1)};

	work.result->reasons = g_string_new(NULL);
	for (guint i = 0; i < G_N_ELEMENTS(old); i++) {
		g_autofree char *file =
			g_build_filename(args->dir, old[i], NULL);

		remove_tree(file);
	}
	work.log = fopen(path, "we");
	if (work.log) {
		look(&work);
		fclose(work.log);
	}
	if (!work.result->built && !work.result->reasons->len)
		g_string_append(work.result->reasons,
				"the step could not be checked\n");
	work_dir = g_build_filename(args->dir, "work", NULL);
	remove_tree(work_dir);
	if (work.touched)
		g_ptr_array_unref(work.touched);
	g_free(work.tree);
	g_free(work.out);
	return work.result;
}

void check_free(Check *check)
{
	g_string_free(check->reasons, TRUE);
	g_free(check);
}
