// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner: boots guests, has them run tests, and prints the results.
 * See ../README.md.
 */
#include <errno.h>
#include <gio/gio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../guest/ram.h"
#include "config.h"
#include "gdb.h"
#include "host.h"
#include "output.h"
#include "process.h"
#include "session.h"
#include "shell.h"
#include "test-list.h"

/* RAM that KASAN takes from a guest, in MiB. */
#define KASAN_RAM_MIB 32

static gboolean list_only, shell, gdb;
static char *shard;
static char *command;
static char **patterns;
static Config config;

static const GOptionEntry entries[] = {
	{"kernel", 0, 0, G_OPTION_ARG_FILENAME, &config.kernel,
	 "The UML kernel", "PATH"},
	{"source", 0, 0, G_OPTION_ARG_FILENAME, &config.source,
	 "Its source; without it, no warning is recognised as known", "DIR"},
	{"shim", 0, 0, G_OPTION_ARG_FILENAME, &config.shim,
	 "The device daemon; without it there are no stub devices", "PATH"},
	{"tests", 0, 0, G_OPTION_ARG_FILENAME, &config.tests,
	 "The test program", "PATH"},
	{"init", 0, 0, G_OPTION_ARG_FILENAME, &config.init, "The guest's init",
	 "PATH"},
	{"run-dir", 0, 0, G_OPTION_ARG_FILENAME, &config.run_dir,
	 "Where logs go", "DIR"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &config.jobs,
	 "Guests at a time (default: one for each processor)", "N"},
	{"limit", 0, 0, G_OPTION_ARG_INT, &config.limit,
	 "No test may take longer, nor a boot (default: their own limits)",
	 "SECONDS"},
	{"stop-after", 0, 0, G_OPTION_ARG_INT, &config.stop_after,
	 "End the run when so many have failed", "N"},
	{"shard", 0, 0, G_OPTION_ARG_STRING, &shard,
	 "Run the I-th of N shares of the tests that are selected", "I/N"},
	{"variant", 0, 0, G_OPTION_ARG_STRING, &config.variant,
	 "Name of the kernel's variant, for the header", "NAME"},
	{"append", 0, 0, G_OPTION_ARG_STRING, &config.append,
	 "Further parameters for the kernel", "ARGS"},
	{"must-have", 0, 0, G_OPTION_ARG_STRING, &config.must_have,
	 "Capabilities without which tests fail, not skip", "'NAME ...'"},
	{"root", 0, 0, G_OPTION_ARG_FILENAME, &config.root,
	 "The root file system of foreign programs that the tests start",
	 "DIR"},
	{"tap", 0, 0, G_OPTION_ARG_NONE, &config.tap, "Print TAP", NULL},
	{"junit", 0, 0, G_OPTION_ARG_FILENAME, &config.junit, "Write JUnit XML",
	 "FILE"},
	{"list", 0, 0, G_OPTION_ARG_NONE, &list_only,
	 "Print the tests, what they show, and their tags", NULL},
	{"shell", 0, 0, G_OPTION_ARG_NONE, &shell, "Start a shell in a guest",
	 NULL},
	{"command", 0, 0, G_OPTION_ARG_STRING, &command,
	 "With --shell: run this instead of standard input", "COMMAND"},
	{"gdb", 0, 0, G_OPTION_ARG_NONE, &gdb,
	 "Run the kernel of one test under gdb ($GDB)", NULL},
	{"keep", 0, 0, G_OPTION_ARG_NONE, &config.keep,
	 "Keep plans and device traces of guests that passed, too", NULL},
	{"samples", 0, 0, G_OPTION_ARG_NONE, &config.samples,
	 "Sample memory and BOs, for a timeline; implies --keep", NULL},
	{"verbose", 'v', 0, G_OPTION_ARG_NONE, &config.verbose,
	 "Print the guests' consoles", NULL},
	{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &patterns, NULL,
	 "[PATTERN...]"},
	{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static int fail(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

static int fail(const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = g_strdup_vprintf(fmt, args);
	va_end(args);
	g_printerr("runner: %s\n", text);
	return STATUS_ERROR;
}

/* An absolute path of a program that can be run; NULL with @error set. */
static char *program(const char *option, const char *path, GError **error)
{
	g_autofree char *real = path ? realpath(path, NULL) : NULL;

	if (!path)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "say --%s=PATH", option);
	else if (!real || access(real, X_OK))
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "--%s=%s: %s", option, path, g_strerror(errno));
	else if (strpbrk(real, "\"\\\n"))
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
			    "--%s=%s: a kernel command line cannot name this",
			    option, path);
	else
		return g_steal_pointer(&real);
	return NULL;
}

static gboolean replace(const char *option, char **path, GError **error)
{
	char *real = program(option, *path, error);

	if (!real)
		return FALSE;
	g_free(*path);
	*path = real;
	return TRUE;
}

/* What the kernel prints with @option, owned; NULL with @error set. */
static char *ask_kernel(const char *option, GError **error)
{
	const char *argv[] = {config.kernel, option, NULL};
	g_autofree char *text = NULL;
	int status;

	if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL,
			  NULL, NULL, &text, NULL, &status, error))
		return NULL;
	if (!g_spawn_check_wait_status(status, error) || !*g_strstrip(text)) {
		g_prefix_error(error,
			       "%s is not a UML kernel: ", config.kernel);
		return NULL;
	}
	return g_steal_pointer(&text);
}

static gboolean has_line(const char *text, const char *line)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	return g_strv_contains((const char *const *)lines, line);
}

/* The kernel's release, "6.12.117", and what its configuration needs in guests. */
static gboolean meet_kernel(GError **error)
{
	g_autofree char *answers = NULL, *options = NULL;

	config.release = ask_kernel("--version", error);
	answers = config.release ? ask_kernel("--showconfig", error) : NULL;
	options = answers ? ask_kernel("--help", error) : NULL;
	if (!options)
		return FALSE;
	config.seccomp = has_line(options, "seccomp=<on/auto/off>");
	config.more_ram_mib =
		has_line(answers, "CONFIG_KASAN=y") ? KASAN_RAM_MIB : 0;
	config.slub_debug = has_line(answers, "CONFIG_SLUB_DEBUG_ON=y");
	return TRUE;
}

static gboolean find_room(GPtrArray *tests, GError **error)
{
	guint64 most = GUEST_RAM_MIB;

	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		most = MAX(most, test->ram_mib);
	}
	/* UML adds some for its own image. */
	most += config.more_ram_mib + 16;
	config.ram_dir = host_ram_dir(most * GUESTS_PER_JOB * config.jobs << 20,
				      config.run_dir, error);
	return config.ram_dir != NULL;
}

static gboolean find_root(GError **error)
{
	g_autofree char *real = NULL;

	if (!config.root)
		return TRUE;
	real = realpath(config.root, NULL);
	if (!real || !g_file_test(real, G_FILE_TEST_IS_DIR)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
			    "--root=%s is no directory", config.root);
		return FALSE;
	}
	g_free(config.root);
	config.root = g_steal_pointer(&real);
	return TRUE;
}

static gboolean prepare(GPtrArray *tests, GError **error)
{
	if (config.must_have && strchr(config.must_have, '\n')) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "--must-have takes names with blanks between");
		return FALSE;
	}
	if (config.jobs <= 0)
		config.jobs = g_get_num_processors();
	if (!config.run_dir)
		config.run_dir = g_strdup("build/run");
	if (!replace("kernel", &config.kernel, error) ||
	    !replace("init", &config.init, error) ||
	    !replace("tests", &config.tests, error) ||
	    (config.shim && !replace("shim", &config.shim, error)) ||
	    !find_root(error) || !meet_kernel(error))
		return FALSE;
	config.session_dir = host_session_dir(config.run_dir, error);
	return config.session_dir && find_room(tests, error);
}

static int run(int argc, char **argv)
{
	g_autoptr(GOptionContext) options =
		g_option_context_new("- run tests in guest kernels");
	g_autoptr(GPtrArray) all = NULL;
	g_autoptr(GPtrArray) selected = NULL;
	g_autoptr(GPtrArray) tests = NULL;
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error))
		return fail("%s", error->message);
	if (!config.tests)
		return fail("say --tests=PATH");
	if (config.limit < 0 || config.stop_after < 0)
		return fail("--limit and --stop-after take positive numbers");
	if (shard && !shard_parse(shard, &config.shard, &error))
		return fail("--shard: %s", error->message);
	/* Whether a test is hidden depends on it. */
	if (config.must_have)
		g_setenv("SB_MUST_HAVE", config.must_have, TRUE);
	else
		g_unsetenv("SB_MUST_HAVE");
	all = test_list_load(config.tests, &error);
	if (!all)
		return fail("%s", error->message);
	selected = test_list_select(all, patterns, &error);
	if (!selected)
		return fail("%s", error->message);
	config.of_tests = selected->len;
	tests = shard_select(selected, &config.shard);
	if (list_only) {
		test_list_print(tests);
		fflush(stdout);
		return output_is_broken() ? fail(NO_OUTPUT) : STATUS_PASSED;
	}
	config.keep |= config.samples;
	if (!selected->len && !shell)
		return fail("%s has no tests", config.tests);
	if (command && !shell)
		return fail("--command is for --shell");
	if (gdb && tests->len != 1)
		return fail("--gdb: name one test");
	if (!prepare(tests, &error))
		return fail("%s", error->message);
	if (shell)
		return shell_run(&config, command);
	if (gdb)
		return gdb_run(&config, tests->pdata[0]);
	return session_run(&config, tests);
}

int main(int argc, char **argv)
{
	int status;

	setlocale(LC_ALL, "");
	/* If the reader is gone, the write fails instead. */
	signal(SIGPIPE, SIG_IGN);
	process_init();
	status = run(argc, argv);
	g_strfreev(patterns);
	g_free(shard);
	g_free(command);
	g_free(config.kernel);
	g_free(config.shim);
	g_free(config.tests);
	g_free(config.init);
	g_free(config.run_dir);
	g_free(config.variant);
	g_free(config.append);
	g_free(config.must_have);
	g_free(config.root);
	g_free(config.junit);
	g_free(config.release);
	g_free(config.session_dir);
	g_free(config.ram_dir);
	return status;
}
