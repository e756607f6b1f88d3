// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What remains on a terminal: the same result lines as elsewhere, and no progress
 * line. A child prints on a pseudo terminal; a small terminal emulator interprets
 * the output.
 */
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../output.h"
#include "../progress.h"
#include "../test-list.h"

#define COLUMNS 60

static const char LIST[] = "a/one\tx\t128\t0\t30\t-\t-\t-\t-\t-\n"
			   "a/two\tx\t128\t0\t30\t-\t-\t-\t-\t-\n"
			   "a/three\tx\t128\t0\t30\t-\t-\t-\t-\t-\n";

static void give_verdict(Output *output, const TestInfo *test, VerdictKind kind,
			 const char *reason)
{
	Verdict verdict = {.name = test->name,
			   .kind = kind,
			   .reasons = g_ptr_array_new(),
			   .usec = 10000,
			   .test = test};

	if (reason)
		g_ptr_array_add(verdict.reasons, (char *)reason);
	output_verdict(output, &verdict, NULL);
	g_ptr_array_unref(verdict.reasons);
}

/* A run of three tests, with an error message and a line of a console. */
static void print_run(gboolean tap)
{
	static const Config base = {
		.release = (char *)"6.12", .jobs = 2, .shim = (char *)"x"};
	g_autoptr(GPtrArray) tests = test_list_parse(LIST, NULL);
	Config config = base;
	Output *output;

	config.tap = tap;
	output = output_new(&config, tests);
	give_verdict(output, tests->pdata[0], VERDICT_PASS, NULL);
	progress_show();
	progress_show();
	give_verdict(output, tests->pdata[1], VERDICT_FAIL, "why");
	output_console(output, 1, "console");
	g_printerr("runner: an error\n");
	give_verdict(output, tests->pdata[2], VERDICT_SKIP, "no");
	output_end(output, NULL);
	output_free(output);
}

static void set_env(const char *name, const char *value)
{
	if (value)
		g_setenv(name, value, TRUE);
	else
		g_unsetenv(name);
}

/* The child's whole output, owned; on a pipe if there are no @columns. */
static char *printed(guint columns, const char *term, const char *no_color,
		     gboolean tap)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};
	GString *out = g_string_new(NULL);
	int fds[2], status;
	char buf[4096];
	ssize_t n;
	pid_t pid;

	if (columns)
		g_assert_cmpint(openpty(&fds[0], &fds[1], NULL, NULL, &size),
				==, 0);
	else
		g_assert_cmpint(pipe(fds), ==, 0);
	pid = fork();
	g_assert_cmpint(pid, >=, 0);
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		set_env("TERM", term);
		set_env("NO_COLOR", no_color);
		print_run(tap);
		fflush(NULL);
		_exit(0);
	}
	close(fds[1]);
	/* (A terminal ends with EIO.) */
	while ((n = read(fds[0], buf, sizeof(buf))) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0)
			g_string_append_len(out, buf, n);
	close(fds[0]);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
	return g_string_free(out, FALSE);
}

/*
 * The content of a terminal with @columns after @sent, owned, without trailing
 * blanks. @seen: gets the content of the cursor's line each time it was erased.
 */
static char *screen(const char *sent, guint columns, GString *seen)
{
	GString *done = g_string_new(NULL);
	g_autoptr(GString) line = g_string_new(NULL);
	gsize at = 0;

	for (const char *p = sent; *p; p++) {
		if (g_str_has_prefix(p, "\033[K")) {
			g_string_append_printf(seen, "%s\n", line->str);
			g_string_truncate(line, at);
			p += 2;
		} else if (*p == '\033') {
			p += strcspn(p, "m");
		} else if (*p == '\r') {
			at = 0;
		} else if (*p == '\n' || at == columns) {
			g_string_append_printf(done, "%s\n", line->str);
			g_string_truncate(line, 0);
			at = 0;
			p -= *p != '\n';
		} else {
			if (at < line->len)
				line->str[at] = *p;
			else
				g_string_append_c(line, *p);
			at++;
		}
	}
	g_string_append(done, line->str);
	return g_string_free(done, FALSE);
}

static const char RESULT[] = "Linux 6.12: 3 tests, 2 guests at a time\n"
			     "ok    a/one      0.01s\n"
			     "FAIL  a/two      0.01s  why\n"
			     "1| console\n"
			     "runner: an error\n"
			     "skip  a/three    0.01s  no\n"
			     "1 passed, 1 failed, 1 skipped\n";

static void test_terminal(void)
{
	g_autofree char *sent = printed(COLUMNS, "xterm", NULL, FALSE);
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autofree char *shown = screen(sent, COLUMNS, seen);

	g_assert_cmpstr(shown, ==, RESULT);
	g_assert_nonnull(strstr(sent, "\033[31mFAIL"));
	g_assert_true(g_str_has_prefix(seen->str, "0 of 3 tests run, 0 failed\n"
						  "1 of 3 tests run, 0 failed,"
						  " about "));
	g_assert_nonnull(strstr(seen->str, " s left\n"));
	g_assert_true(
		g_str_has_suffix(seen->str, "\n3 of 3 tests run, 1 failed\n"));
}

/* A line that wraps cannot be erased. */
static void test_narrow(void)
{
	for (guint columns = 1; columns < 40; columns++) {
		g_autofree char *sent = printed(columns, "xterm", NULL, FALSE);
		g_autoptr(GString) seen = g_string_new(NULL);
		g_autofree char *shown = screen(sent, 1000, seen);
		g_auto(GStrv) lines = g_strsplit(seen->str, "\n", 0);

		g_assert_cmpstr(shown, ==, RESULT);
		for (char **line = lines; *line; line++)
			g_assert_cmpuint(strlen(*line), <, columns);
	}
}

static void test_no_colour(void)
{
	g_autofree char *sent = printed(COLUMNS, "xterm", "1", FALSE);
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autofree char *shown = screen(sent, COLUMNS, seen);

	g_assert_cmpstr(shown, ==, RESULT);
	g_assert_null(strstr(sent, "\033[3"));
	g_assert_nonnull(
		strstr(seen->str, "2 of 3 tests run, 1 failed, about"));
}

/* Elsewhere, the output is plain lines. */
static void test_plain(void)
{
	g_autofree char *pipe = printed(0, "xterm", NULL, FALSE);
	g_autofree char *dumb = printed(COLUMNS, "dumb", NULL, FALSE);
	g_autofree char *empty = printed(COLUMNS, "", "1", FALSE);
	g_autofree char *unset = printed(COLUMNS, NULL, "1", FALSE);
	g_autofree char *tap = printed(COLUMNS, "xterm", NULL, TRUE);
	g_autoptr(GString) with_cr = g_string_new(RESULT);

	g_assert_cmpstr(pipe, ==, RESULT);
	g_string_replace(with_cr, "\n", "\r\n", 0);
	g_assert_cmpstr(dumb, ==, with_cr->str);
	g_assert_cmpstr(empty, ==, with_cr->str);
	g_assert_cmpstr(unset, ==, with_cr->str);
	g_assert_true(g_str_has_prefix(tap, "TAP version 13\r\n# Linux"));
	g_assert_null(strchr(tap, '\033'));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/output/terminal", test_terminal);
	g_test_add_func("/output/narrow", test_narrow);
	g_test_add_func("/output/no-colour", test_no_colour);
	g_test_add_func("/output/plain", test_plain);
	return g_test_run();
}
