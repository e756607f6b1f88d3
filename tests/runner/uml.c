// SPDX-License-Identifier: GPL-2.0-or-later
#include "uml.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* The kernel splits its command line at blanks, but not within quotes. */
static char *option(const char *key, const char *value)
{
	const char *quote = strpbrk(value, " \t") ? "\"" : "";

	return g_strdup_printf("%s=%s%s%s", key, quote, value, quote);
}

/*
 * The console of drivers-stub/bus/console.c: printk goes to descriptor 2 from the
 * first line to the last, and to nothing else.
 */
static const char *const CONSOLE[] = {
	"shrinkbench.console=1", "con=null",	      "ssl=null", "loglevel=7",
	"printk.time=1",	 "printk.devkmsg=on",
};

/*
 * Loops per jiffy: measuring them would take 50 ms, half of a boot. The stub
 * devices do not depend on how long short delays are.
 */
#define LPJ "lpj=15000000"

static void add_words(GStrvBuilder *argv, const char *text)
{
	g_auto(GStrv) words = g_strsplit(text ?: "", " ", 0);

	for (char **word = words; *word; word++)
		if (**word)
			g_strv_builder_add(argv, *word);
}

/* TERM for the shell; the kernel puts it into init's environment. */
static void add_term(GStrvBuilder *argv)
{
	const char *term = g_getenv("TERM");

	if (term && *term && !strpbrk(term, " \t\n\"\\")) {
		g_autofree char *arg = option("TERM", term);
		g_strv_builder_add(argv, arg);
	}
}

char **uml_argv(const Config *config, const UmlArgs *args)
{
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_autofree char *mem = g_strdup_printf(
		"mem=%uM", args->ram_mib + config->more_ram_mib);
	g_autofree char *init = option("init", config->init);
	g_autofree char *run = option("SB_RUN", args->dir);
	g_autofree char *uml_dir =
		g_strdup_printf("uml_dir=%s/uml/", args->dir);
	g_autofree char *gpu = g_build_filename(args->dir, "gpu", NULL);
	g_autofree char *files = option("shrinkbench.dir", gpu);
	g_autofree char *data = g_build_filename(args->dir, "coverage", NULL);
	/* Ignored by kernels that do not gather any. */
	g_autofree char *coverage = option("coverage.dir", data);

	g_strv_builder_add_many(argv, config->kernel, mem, "root=/dev/root",
				"rootfstype=hostfs", "rootflags=/", "ro", init,
				run, uml_dir, "umid=guest", "panic=-1",
				"page_poison=1", LPJ, NULL);
	/* Without U (users of objects), which takes a tenth of a run's time. */
	if (config->slub_debug)
		g_strv_builder_add(argv, "slub_debug=FZP");
	/* Less CPU time than with ptrace, where the host allows it. */
	if (config->seccomp)
		g_strv_builder_add(argv, "seccomp=auto");
	for (guint i = 0; i < G_N_ELEMENTS(CONSOLE); i++)
		g_strv_builder_add(argv, CONSOLE[i]);
	g_strv_builder_add(argv, coverage);
	if (config->samples) {
		g_autofree char *path =
			g_build_filename(args->dir, "samples", NULL);
		g_autofree char *arg = option("shrinkbench.samples", path);

		g_strv_builder_add(argv, arg);
	}
	g_strv_builder_add(argv, "con0=null");
	if (args->link)
		g_strv_builder_add(argv, "con1=fd:3");
	if (args->terminal) {
		g_strv_builder_add(argv, "con2=fd:0,fd:1");
		add_term(argv);
	}
	if (args->virtual_time)
		g_strv_builder_add(argv, "time-travel=inf-cpu");
	if (config->shim)
		g_strv_builder_add(argv, files);
	add_words(argv, args->kernel_args);
	add_words(argv, config->append);
	return g_strv_builder_end(argv);
}

char **uml_envp(const Config *config, const UmlArgs *args)
{
	g_autoptr(GStrvBuilder) envp = g_strv_builder_new();
	g_autofree char *ram = g_strdup_printf("TMPDIR=%s", config->ram_dir);
	/* Coverage data may be sent elsewhere. */
	static const char *const kept[] = {"GCOV_PREFIX", "GCOV_PREFIX_STRIP",
					   "ASAN_OPTIONS"};

	g_strv_builder_add_many(envp, ram, "PATH=/usr/bin:/bin",
				"HOME=/nonexistent", "LC_ALL=C", NULL);
	if (args->ram_file)
		g_strv_builder_add(envp, "UML_RAM_FD=" G_STRINGIFY(UML_RAM_FD));
	for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
		const char *value = g_getenv(kept[i]);
		g_autofree char *entry = NULL;

		if (!value)
			continue;
		entry = g_strdup_printf("%s=%s", kept[i], value);
		g_strv_builder_add(envp, entry);
	}
	return g_strv_builder_end(envp);
}

static char *plan_text(const Config *config, const char *token,
		       GPtrArray *tests, const char *shell, Probe probe)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "token %s\ntests %s\n", token,
			       config->tests);
	if (config->shim)
		g_string_append(text, "devices\n");
	if (probe)
		g_string_append(text, "probe basics\n");
	if (probe == PROBE_SWAP)
		g_string_append(text, "probe swap\n");
	if (config->must_have)
		g_string_append_printf(text, "must-have %s\n",
				       config->must_have);
	if (config->root)
		g_string_append_printf(text, "root %s\n", config->root);
	g_string_append(text, shell ?: "");
	for (guint i = 0; tests && i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		g_string_append_printf(
			text, "test %s %u %s\n", test->name, test->swap_mib,
			test->expect || test->known ? "taint" : "-");
	}
	return g_string_free(text, FALSE);
}

gboolean uml_prepare(const Config *config, const char *dir, const char *token,
		     GPtrArray *tests, const char *shell, Probe probe,
		     GError **error)
{
	g_autofree char *plan = g_build_filename(dir, "plan", NULL);
	g_autofree char *uml = g_build_filename(dir, "uml", NULL);
	g_autofree char *text = plan_text(config, token, tests, shell, probe);
	int err;

	if (g_mkdir(dir, 0755) || g_mkdir(uml, 0755)) {
		err = errno;
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(err),
			    "cannot make %s: %s", dir, g_strerror(err));
		return FALSE;
	}
	return g_file_set_contents(plan, text, -1, error);
}
