// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../host/child.h"
#include "../host/io.h"

/* In work: the file that is edited, and its text without the edit. */
#define PLANTED "planted"
#define ORIGINAL "planted.original"
/* In work: names of the objects of the kernel without a mutant. */
#define PLAIN "plain"

/* What scripts get of our environment, as in kbuild_env(). */
static char **build_env(const char *work)
{
	static const char *const kept[] = {"PATH", "HOME",	 "TERM",
					   "CC",   "KERNEL",	 "SERIES",
					   "J",	   "CCACHE_DIR", "TMPDIR"};
	char **env = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
		if (g_getenv(kept[i]))
			env = g_environ_setenv(env, kept[i], g_getenv(kept[i]),
					       TRUE);
	env = g_environ_setenv(env, "LC_ALL", "C", TRUE);
	return g_environ_setenv(env, "SB_BUILD", work, TRUE);
}

static gboolean run(char **env, GString *log, GError **error,
		    ...) G_GNUC_NULL_TERMINATED;

static gboolean run(char **env, GString *log, GError **error, ...)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	va_list args;
	ChildArgs program = {.env = env, .text = log};
	int status;
	char *word;

	va_start(args, error);
	while ((word = va_arg(args, char *)))
		g_ptr_array_add(words, word);
	va_end(args);
	g_ptr_array_add(words, NULL);
	program.argv = (char **)words->pdata;
	if (child_run(&program, &status, NULL) == CHILD_ENDED && !status)
		return TRUE;
	return fail(error, "%s failed:\n%s", (char *)words->pdata[0], log->str);
}

/* A new file takes the place of @path: relink.sh sees that. */
static gboolean replace(const char *path, const char *text, GError **error)
{
	return g_file_set_contents(path, text, -1, error);
}

gboolean kernel_restore(const char *work, GError **error)
{
	g_autofree char *planted = g_build_filename(work, PLANTED, NULL);
	g_autofree char *path = NULL, *text = NULL;

	if (!g_file_test(planted, G_FILE_TEST_EXISTS))
		return TRUE;
	text = read_text(work, ORIGINAL, error);
	if (!text || !g_file_get_contents(planted, &path, NULL, error) ||
	    (g_file_test(path, G_FILE_TEST_EXISTS) &&
	     !replace(path, text, error)))
		return FALSE;
	g_unlink(planted);
	return TRUE;
}

/* The objects get second names, which no later build changes. */
static gboolean keep_objects(Kernel *kernel, GError **error)
{
	g_autofree char *plain = g_build_filename(kernel->work, PLAIN, NULL);
	g_autoptr(GString) log = g_string_new(NULL);

	return run(NULL, log, error, "rm", "-rf", plain, NULL) &&
	       run(NULL, log, error, "cp", "-al", kernel->out, plain, NULL);
}

/* Keep the last line; what the scripts say of their progress is for people. */
static gboolean last_line(const char *line, gpointer data)
{
	char **last = data;

	if (g_str_has_prefix(line, "kernel: "))
		fprintf(stderr, "%s\n", line);
	g_free(*last);
	*last = g_strdup(line);
	return TRUE;
}

Kernel *kernel_build(const char *work, const char *variant, GError **error)
{
	g_autoptr(Kernel) kernel = g_new0(Kernel, 1);
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *program = NULL, *source = NULL;
	char *argv[] = {"uml-config/build.sh", (char *)variant, NULL};
	ChildArgs args = {
		.argv = argv, .text = log, .line = last_line, .data = &program};
	int status;

	kernel->work = g_strdup(work);
	kernel->env = build_env(work);
	args.env = kernel->env;
	if (!kernel_restore(work, error))
		return NULL;
	if (child_run(&args, &status, NULL) != CHILD_ENDED || status ||
	    !program || !g_str_has_suffix(program, "/linux")) {
		fail(error, "there is no %s kernel to plant anything in:\n%s",
		     variant, log->str);
		return NULL;
	}
	kernel->out = g_path_get_dirname(program);
	source = g_build_filename(kernel->out, "source", NULL);
	kernel->tree = realpath(source, NULL);
	kernel->gives = read_word(kernel->out, "gives");
	return kernel->tree && keep_objects(kernel, error)
		       ? g_steal_pointer(&kernel)
		       : NULL;
}

/* Is the object the same but for debug information? */
static gboolean same_object(Kernel *kernel, const char *object)
{
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *new = g_build_filename(kernel->out, object, NULL);
	g_autofree char *old =
		g_build_filename(kernel->work, PLAIN, object, NULL);
	g_autofree char *a = g_build_filename(kernel->work, "a.o", NULL);
	g_autofree char *b = g_build_filename(kernel->work, "b.o", NULL);

	return run(NULL, log, NULL, "objcopy", "--strip-debug", old, a, NULL) &&
	       run(NULL, log, NULL, "objcopy", "--strip-debug", new, b, NULL) &&
	       run(NULL, log, NULL, "cmp", "-s", a, b, NULL);
}

/* Are all objects that relink.sh compiled the same as before? */
static gboolean is_unchanged(Kernel *kernel)
{
	g_autofree char *dir = g_build_filename(kernel->out, "relink", NULL);
	g_auto(GStrv) objects = read_lines(dir, "objects", NULL);

	for (guint i = 0; objects && objects[i]; i++)
		if (*objects[i] && !same_object(kernel, objects[i]))
			return FALSE;
	return objects != NULL;
}

/* Those of the compiler have a line and a column, and what ends it is a "fatal error". */
gboolean kernel_refuses(const char *log)
{
	return g_regex_match_simple(
		":[0-9]+:[0-9]+: error: |undefined reference to ", log, 0, 0);
}

/* relink.sh, or build.sh, for which relink.sh leaves what it does not know. */
static BuildEnd build(Kernel *kernel, GString *log)
{
	const char *jobs = g_getenv("J") ? g_getenv("J") : "2";
	char *quick[] = {"uml-config/relink.sh", kernel->tree, kernel->out,
			 (char *)jobs, NULL};
	g_autofree char *variant = g_path_get_basename(kernel->out);
	char *slow[] = {"uml-config/build.sh", variant, NULL};
	ChildArgs args = {.argv = quick, .env = kernel->env, .text = log};
	int status = 0;

	if (child_run(&args, &status, NULL) != CHILD_ENDED)
		return BUILD_ENDED;
	if (status == 2) {
		args.argv = slow;
		if (child_run(&args, &status, NULL) != CHILD_ENDED)
			return BUILD_ENDED;
		if (!status)
			return BUILT;
	}
	if (status)
		return kernel_refuses(log->str) ? BUILD_FAILS : BUILD_ENDED;
	return is_unchanged(kernel) ? UNCHANGED : BUILT;
}

BuildEnd kernel_plant(Kernel *kernel, const char *file, const char *original,
		      const char *edited, GString *log)
{
	g_autofree char *path = g_build_filename(kernel->tree, file, NULL);
	g_autoptr(GError) error = NULL;
	BuildEnd end;

	if (!kernel_restore(kernel->work, &error) ||
	    !write_file(kernel->work, ORIGINAL, original, &error) ||
	    !write_file(kernel->work, PLANTED, path, &error) ||
	    !replace(path, edited, &error)) {
		g_string_append_printf(log, "%s\n", error->message);
		return BUILD_ENDED;
	}
	end = build(kernel, log);
	return child_interrupted() ? BUILD_ENDED : end;
}

gboolean kernel_take(const Kernel *kernel, const char *dir, GError **error)
{
	g_autofree char *from = g_build_filename(kernel->out, "linux", NULL);
	g_autofree char *to = g_build_filename(dir, "linux", NULL);

	g_mkdir_with_parents(dir, 0777);
	g_unlink(to);
	if (link(from, to))
		return fail(error, "%s: %s", to, g_strerror(errno));
	return TRUE;
}

/*
 * Add an argument if clang knows it. Directories in @out get a whole path: with the option
 * -working-directory, libclang would change ours.
 */
static void add_arg(GPtrArray *args, const char *word, const char *out)
{
	static const char *const kept[] = {"-D", "-U", "-std=", "-nostdinc",
					   "-f"};

	if (g_str_has_prefix(word, "-I")) {
		g_autofree char *dir = g_canonicalize_filename(word + 2, out);

		g_ptr_array_add(args, g_strconcat("-I", dir, NULL));
		return;
	}
	if (!strcmp(word, "-fconserve-stack"))
		return;
	for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
		if (g_str_has_prefix(word, kept[i])) {
			g_ptr_array_add(args, g_strdup(word));
			return;
		}
}

/* Arguments that clang needs to read the source: gcc has others that it refuses. */
static char **parse_args(const char *command, const char *out)
{
	g_auto(GStrv) words = NULL;
	GPtrArray *args = g_ptr_array_new();

	if (!g_shell_parse_argv(command, NULL, &words, NULL))
		words = g_new0(char *, 1);
	for (guint i = 0; words[i]; i++) {
		if (g_str_equal(words[i], "-include") && words[i + 1]) {
			g_ptr_array_add(args, g_strdup(words[i++]));
			g_ptr_array_add(args, g_strdup(words[i]));
			continue;
		}
		add_arg(args, words[i], out);
	}
	g_ptr_array_add(args, g_strdup("-w"));
	g_ptr_array_add(args, NULL);
	return (char **)g_ptr_array_free(args, FALSE);
}

/* If these notes of kbuild are those of an object made from @file. */
static char *from_notes(const Kernel *kernel, const char *path,
			const char *file, char ***args)
{
	g_autofree char *notes = NULL, *source = NULL;
	g_autofree char *include = g_strconcat("/", file, " \\\n", NULL);
	char *command, *end, *from;

	if (!g_file_get_contents(path, &notes, NULL, NULL))
		return NULL;
	from = strstr(notes, "\nsource_");
	from = from ? strstr(from, " := ") : NULL;
	command = strstr(notes, " := ");
	if (!from || !command)
		return NULL;
	from += strlen(" := ");
	source = g_strndup(from, strcspn(from, "\n"));
	if (!g_str_has_suffix(source, file) && !strstr(notes, include))
		return NULL;
	command += strlen(" := ");
	end = strchr(command, '\n');
	*end = 0;
	*args = parse_args(command, kernel->out);
	return g_canonicalize_filename(source, kernel->out);
}

char *kernel_source(const Kernel *kernel, const char *file, char ***args)
{
	g_autofree char *dir =
		g_build_filename(kernel->out, "drivers/gpu/drm", NULL);
	g_autofree char *where = g_path_get_dirname(file);
	g_autofree char *base = g_path_get_basename(file);
	g_autofree char *own = NULL;
	g_autoptr(GPtrArray) all = list_tree(dir);
	char *source = NULL;

	if (g_str_has_suffix(file, ".c")) {
		base[strlen(base) - 1] = 'o';
		own = g_strdup_printf("%s/%s/.%s.cmd", kernel->out, where,
				      base);
		return from_notes(kernel, own, file, args);
	}
	for (guint i = 0; i < all->len && !source; i++) {
		g_autofree char *path =
			g_build_filename(dir, all->pdata[i], NULL);

		if (g_str_has_suffix(path, ".o.cmd"))
			source = from_notes(kernel, path, file, args);
	}
	return source;
}

void kernel_free(Kernel *kernel)
{
	g_free(kernel->work);
	g_free(kernel->out);
	free(kernel->tree);
	g_free(kernel->gives);
	g_strfreev(kernel->env);
	g_free(kernel);
}
