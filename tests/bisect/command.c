// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <gio/gio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void stop_with_error(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_printerr("error: %s\n", text);
	exit(2);
}

GSubprocess *command_start(char **argv, const char *out, const char *errors)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	GSubprocess *process;
	g_autoptr(GError) error = NULL;

	g_subprocess_launcher_set_stdin_file_path(launcher, "/dev/null");
	g_subprocess_launcher_set_stdout_file_path(launcher,
						   out ?: "/dev/null");
	g_subprocess_launcher_set_stderr_file_path(launcher,
						   errors ?: "/dev/null");
	process = g_subprocess_launcher_spawnv(
		launcher, (const char *const *)argv, &error);
	if (!process)
		stop_with_error("%s: %s", argv[0], error->message);
	return process;
}

int command_end(GSubprocess *process)
{
	g_autoptr(GError) error = NULL;
	int status = 255;

	if (!g_subprocess_wait(process, NULL, &error))
		stop_with_error("%s", error->message);
	if (g_subprocess_get_if_exited(process))
		status = g_subprocess_get_exit_status(process);
	g_object_unref(process);
	return status;
}

int command_run(char **argv, const char *out, const char *errors)
{
	return command_end(command_start(argv, out, errors));
}

static char *text_of(GBytes *bytes)
{
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);

	return g_strndup(data ?: "", len);
}

/* "git -C @repo", the words in @args, and NULL at the end. */
static GPtrArray *words_of(const char *repo, va_list args)
{
	GPtrArray *words = g_ptr_array_new();
	const char *word;

	g_ptr_array_add(words, (gpointer) "git");
	g_ptr_array_add(words, (gpointer) "-C");
	g_ptr_array_add(words, (gpointer)repo);
	while ((word = va_arg(args, const char *)))
		g_ptr_array_add(words, (gpointer)word);
	g_ptr_array_add(words, NULL);
	return words;
}

static char *git_run(GPtrArray *words, const char *input, GError **error)
{
	g_autoptr(GSubprocess) process = NULL;
	g_autoptr(GBytes) in = NULL, out = NULL, errors = NULL;
	g_autofree char *said = NULL;

	if (input)
		in = g_bytes_new_static(input, strlen(input));
	process = g_subprocess_newv((const char *const *)words->pdata,
				    (input ? G_SUBPROCESS_FLAGS_STDIN_PIPE
					   : G_SUBPROCESS_FLAGS_NONE) |
					    G_SUBPROCESS_FLAGS_STDOUT_PIPE |
					    G_SUBPROCESS_FLAGS_STDERR_PIPE,
				    error);
	if (!process ||
	    !g_subprocess_communicate(process, in, NULL, &out, &errors, error))
		return NULL;
	if (!g_subprocess_get_if_exited(process) ||
	    g_subprocess_get_exit_status(process)) {
		said = text_of(errors);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "git %s: %s",
			    (char *)words->pdata[3], g_strstrip(said));
		return NULL;
	}
	return text_of(out);
}

char *git_words(char **words)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();

	for (; *words; words++)
		g_ptr_array_add(all, *words);
	g_ptr_array_add(all, NULL);
	return git_run(all, NULL, NULL);
}

char *git_try(const char *repo, const char *input, ...)
{
	g_autoptr(GPtrArray) words = NULL;
	va_list args;
	char *out;

	va_start(args, input);
	words = words_of(repo, args);
	va_end(args);
	out = git_run(words, input, NULL);
	return out;
}

char *git_get(const char *repo, const char *input, ...)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) words = NULL;
	va_list args;
	char *out;

	va_start(args, input);
	words = words_of(repo, args);
	va_end(args);
	out = git_run(words, input, &error);
	if (!out)
		stop_with_error("%s", error->message);
	return out;
}
