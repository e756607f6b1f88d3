// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "target.h"

#include <string.h>

#include "../host/child.h"
#include "../host/io.h"

const Target targets[] = {
	{"x86_64", "x86_64", "", "gcc", "gcc"},
	{"arm64", "arm64", "aarch64-linux-gnu-", "gcc",
	 "gcc-aarch64-linux-gnu"},
	{"arm", "arm", "arm-linux-gnueabihf-", "gcc",
	 "gcc-arm-linux-gnueabihf"},
	{"clang", "x86_64", "", "clang", "clang"},
	{NULL, NULL, NULL, NULL, NULL},
};

const Target *target_find(const char *name, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (const Target *target = targets; target->name; target++) {
		if (!strcmp(target->name, name))
			return target;
		g_string_append_printf(names, "%s%s", names->len ? ", " : "",
				       target->name);
	}
	fail(error, "ARCHES=%s: there are %s", name, names->str);
	return NULL;
}

/* What CLANG= says, to take another version than the default. */
static char *compiler_of(const Target *target)
{
	if (!strcmp(target->compiler, "clang") && *setting("CLANG"))
		return g_strdup(setting("CLANG"));
	return g_strconcat(target->prefix, target->compiler, NULL);
}

gboolean target_ready(const Target *target, GError **error)
{
	g_autofree char *compiler = compiler_of(target);
	g_autofree char *path = g_find_program_in_path(compiler);

	if (path)
		return TRUE;
	return fail(
		error,
		"%s is missing: install it (Debian: %s), or leave %s out of "
		"ARCHES=",
		compiler, target->package, target->name);
}

/* make's environment: nothing of the caller's but where programs and ccache's files are. */
static char **environment(void)
{
	static const char *const kept[] = {"PATH", "HOME", "TERM", "TMPDIR"};
	char **env = NULL;
	g_auto(GStrv) names = g_listenv();

	for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
		if (g_getenv(kept[i]))
			env = g_environ_setenv(env, kept[i], g_getenv(kept[i]),
					       TRUE);
	for (char **name = names; *name; name++)
		if (g_str_has_prefix(*name, "CCACHE_"))
			env = g_environ_setenv(env, *name, g_getenv(*name),
					       TRUE);
	return g_environ_setenv(env, "LC_ALL", "C", TRUE);
}

/* Run make with @words behind what all need. NULL with @error set. */
static char *run_make(const TargetBuild *build, const GPtrArray *words,
		      const char *preset, int *status, GError **error)
{
	const Target *target = build->target;
	g_autofree char *compiler = compiler_of(target);
	g_autofree char *ccache = g_find_program_in_path("ccache");
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) env = environment();
	g_autoptr(GString) text = g_string_new(NULL);
	char *const args[] = {
		g_strdup("make"),
		g_strdup("-k"),
		g_strdup("-s"),
		g_strconcat("-j", build->jobs, NULL),
		g_strdup("-C"),
		g_strdup(build->tree),
		g_strconcat("O=", build->out, NULL),
		g_strconcat("ARCH=", target->arch, NULL),
		g_strconcat("CROSS_COMPILE=", target->prefix, NULL),
		g_strconcat("CC=", ccache ? "ccache " : "", compiler, NULL),
		g_strdup("W=1"),
		/* kernel-doc is the business of make check-each. */
		g_strdup("cmd_checkdoc="),
	};

	for (guint i = 0; i < G_N_ELEMENTS(args); i++)
		g_ptr_array_add(argv, args[i]);
	for (guint i = 0; i < words->len; i++)
		g_ptr_array_add(argv, g_strdup(words->pdata[i]));
	g_ptr_array_add(argv, NULL);
	if (preset)
		env = g_environ_setenv(env, "KCONFIG_ALLCONFIG", preset, TRUE);
	env = g_environ_setenv(env, "CCACHE_BASEDIR", build->tree, FALSE);
	env = g_environ_setenv(env, "CCACHE_NOHASHDIR", "1", FALSE);
	if (child_run(&(ChildArgs){.argv = (char **)argv->pdata,
				   .env = env,
				   .text = text},
		      status, error) != CHILD_ENDED)
		return NULL;
	fwrite(text->str, 1, text->len, build->log);
	fflush(build->log);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What a configuration depends on. */
static char *key_of(const TargetBuild *build, const char *preset)
{
	g_autofree char *compiler = compiler_of(build->target);
	g_autofree char *base = g_path_get_basename(build->tree);
	g_autofree char *text = NULL, *version = NULL, *sum = NULL;
	char *argv[] = {compiler, (char *)"--version", NULL};

	g_file_get_contents(preset, &text, NULL, NULL);
	version = child_ask((ChildArgs){.argv = argv}, NULL);
	sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text ? text : "",
					    -1);
	return g_strdup_printf("%s %.12s %.*s", base, sum,
			       version ? (int)strcspn(version, "\n") : 0,
			       version ? version : "");
}

static gboolean configure_now(const TargetBuild *build, const char *preset,
			      GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autofree char *said = NULL, *last = NULL;
	const char *line;
	int status;

	remove_tree(build->out);
	if (g_mkdir_with_parents(build->out, 0777))
		return fail(error, "cannot make %s", build->out);
	g_ptr_array_add(words, (gpointer) "allmodconfig");
	g_ptr_array_add(words, (gpointer) "prepare");
	said = run_make(build, words, preset, &status, error);
	if (!said || !status)
		return said != NULL;
	line = strstr(said, "error: ");
	line = line ? line : strstr(said, "*** ");
	last = g_strndup(line ? line : "", strcspn(line ? line : "", "\n"));
	return fail(error, "the kernel cannot be configured for %s: %s",
		    build->target->name, last);
}

gboolean target_configure(const TargetBuild *build, const char *preset,
			  GError **error)
{
	g_autofree char *key = key_of(build, preset);
	g_autofree char *have = read_word(build->out, "configured");
	g_autofree char *objects =
		g_build_filename(build->out, "drivers", NULL);

	if (!strcmp(key, have)) {
		remove_tree(objects);
		return TRUE;
	}
	fprintf(stderr, "kernel: configuring %s\n", build->target->name);
	return configure_now(build, preset, error) &&
	       write_file(build->out, "configured", key, error);
}

char *target_compile(const TargetBuild *build, const GPtrArray *objects,
		     GError **error)
{
	int status;

	return run_make(build, objects, NULL, &status, error);
}

guint target_missing(const char *said)
{
	guint count = 0;

	while ((said = strstr(said, "No rule to make target "))) {
		count++;
		said++;
	}
	return count;
}
