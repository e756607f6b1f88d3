// SPDX-License-Identifier: GPL-2.0-or-later
#include "gdb.h"

#include <gio/gio.h>
#include <unistd.h>

#include "interactive.h"
#include "output.h"
#include "session.h"
#include "uml.h"

/* Signals that UML itself uses; gdb must pass them on. */
#define UML_SIGNALS "SIGSEGV SIGUSR1 SIGUSR2 SIGALRM SIGVTALRM SIGIO SIGWINCH"

/* The debugger's command line: @kernel with its signals set right. */
static char **gdb_argv(char **kernel, GError **error)
{
	const char *command = g_getenv("GDB") ?: "gdb";
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_auto(GStrv) words = NULL;
	g_autofree char *program = NULL;

	if (!g_shell_parse_argv(command, NULL, &words, error))
		return NULL;
	program = g_find_program_in_path(words[0]);
	if (!program) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s is not installed", words[0]);
		return NULL;
	}
	g_strv_builder_add_many(argv, program, "-q", "-ex",
				"handle " UML_SIGNALS " nostop noprint pass",
				"-ex", "set print thread-events off", NULL);
	g_strv_builder_addv(argv, (const char **)words + 1);
	g_strv_builder_add(argv, "--args");
	g_strv_builder_addv(argv, (const char **)kernel);
	return g_strv_builder_end(argv);
}

static int exit_status(const Interactive *in)
{
	g_autofree char *how = process_describe(in->status);

	if (in->signal)
		return 128 + in->signal;
	if (!in->started)
		return STATUS_ERROR;
	if (how)
		g_printerr("runner: %s ended: %s\n", in->argv[0], how);
	return how ? STATUS_FAILED : STATUS_PASSED;
}

int gdb_run(const Config *config, TestInfo *test)
{
	g_autofree char *dir =
		g_build_filename(config->session_dir, "gdb", NULL);
	g_autofree char *gpu = g_build_filename(dir, "gpu", NULL);
	g_autofree char *gpu_path = output_path(gpu);
	g_autoptr(GPtrArray) tests = g_ptr_array_new();
	const UmlArgs uml = {.dir = dir,
			     .ram_mib = test->ram_mib,
			     .virtual_time = test->virtual_time,
			     .kernel_args = test->kernel_args};
	g_auto(GStrv) kernel = uml_argv(config, &uml);
	g_auto(GStrv) envp = g_get_environ();
	g_auto(GStrv) argv = NULL;
	g_autoptr(GError) error = NULL;
	Interactive in = {
		.dir = dir,
		.fds = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, -1},
		.keep_int = TRUE};

	g_ptr_array_add(tests, test);
	argv = gdb_argv(kernel, &error);
	if (!argv || !uml_prepare(config, dir, "gdb", tests, NULL,
				  PROBE_NOTHING, &error)) {
		g_printerr("runner: %s\n", error->message);
		return STATUS_ERROR;
	}
	envp = g_environ_setenv(g_steal_pointer(&envp), "TMPDIR",
				config->ram_dir, TRUE);
	in.argv = (const char *const *)argv;
	in.envp = (const char *const *)envp;
	if (config->shim)
		g_printerr("devices: %s\n", gpu_path);
	g_printerr("test: %s; start it with run\n", test->name);
	interactive_run(config, &in);
	return exit_status(&in);
}
