// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what starts programs, runs git and reads files. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "git.h"
#include "io.h"
#include "workspace.h"

static char *scratch;

static char *path(const char *name)
{
	return g_build_filename(scratch, name, NULL);
}

static void is_file(const char *name, const char *want)
{
	g_autofree char *file = path(name), *text = NULL;

	g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, want);
}

/* Run these commands of the shell; @args is otherwise what the caller says. */
static ChildEnd shell(const char *commands, ChildArgs args, int *status)
{
	char *argv[] = {"sh", "-c", (char *)commands, NULL};
	g_autoptr(GError) error = NULL;
	ChildEnd end;

	args.argv = argv;
	end = child_run(&args, status, &error);
	g_assert_true(!error == (end < CHILD_INTERRUPTED));
	return end;
}

static void test_statuses(void)
{
	static const struct {
		const char *commands;
		int status;
	} all[] = {{"true", 0}, {"exit 3", 3}, {"kill -9 $$", 128 + 9}};
	int status;

	for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
		g_assert_cmpint(shell(all[i].commands, (ChildArgs){0}, &status),
				==, CHILD_ENDED);
		g_assert_cmpint(status, ==, all[i].status);
	}
}

static void test_no_program(void)
{
	char *argv[] = {"/nonexistent", NULL};
	g_autoptr(GString) text = g_string_new(NULL);
	const ChildArgs args = {.argv = argv, .text = text};
	int status;

	g_assert_cmpint(child_run(&args, &status, NULL), ==, CHILD_ENDED);
	g_assert_cmpint(status, ==, 127);
	g_assert_true(g_str_has_prefix(text->str, "error: /nonexistent: "));
}

static void test_files(void)
{
	g_autofree char *out = path("out"), *errors = path("errors");
	g_autofree char *both = path("both"), *none = path("no/such");

	shell("echo one; echo two >&2",
	      (ChildArgs){.out = out, .errors = errors}, NULL);
	is_file("out", "one\n");
	is_file("errors", "two\n");
	shell("echo one; echo two >&2; cat", (ChildArgs){.out = both}, NULL);
	is_file("both", "one\ntwo\n");
	g_assert_cmpint(shell("true", (ChildArgs){.out = none}, NULL), ==,
			CHILD_FAILED);
}

static gboolean two_lines(const char *line, gpointer data)
{
	GPtrArray *lines = data;

	g_ptr_array_add(lines, g_strdup(line));
	return lines->len < 2;
}

static void test_lines(void)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) text = g_string_new(NULL);
	ChildArgs args = {.text = text, .line = two_lines, .data = lines};

	g_assert_cmpint(shell("printf 'a\\0b\\nrest'", args, NULL), ==,
			CHILD_ENDED);
	g_assert_cmpuint(lines->len, ==, 1);
	g_assert_cmpstr(lines->pdata[0], ==, "a?b");
	g_assert_cmpstr(text->str, ==, "a?b\nrest");
	/* Ended by the second line, with what it has started. */
	g_assert_cmpint(shell("echo two; sleep 1000 & wait", args, NULL), ==,
			CHILD_STOPPED);
}

static void test_limit(void)
{
	g_autofree char *out = path("limit");
	int status;

	g_assert_cmpint(
		shell("sleep 1000 & wait", (ChildArgs){.seconds = 1}, &status),
		==, CHILD_TOO_LONG);
	g_assert_cmpint(status, ==, 128 + SIGTERM);
	g_assert_cmpint(shell("exec sleep 1000",
			      (ChildArgs){.seconds = 1, .out = out}, &status),
			==, CHILD_TOO_LONG);
}

static void test_surroundings(void)
{
	static const char *const more[] = {"SB_ONE=1=2", NULL};
	g_auto(GStrv) env = child_env(more);
	char *argv[] = {"sh", "-c", "echo $SB_ONE; pwd; echo oops >&2", NULL};
	g_autofree char *errors = path("asked");
	ChildArgs args = {
		.argv = argv, .env = env, .dir = scratch, .errors = errors};
	g_autofree char *want = g_strdup_printf("1=2\n%s", scratch);
	g_autofree char *said = child_ask(args, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(said, ==, want);
	is_file("asked", "oops\n");
	argv[2] = "exit 4";
	g_assert_null(child_ask(args, &error));
	g_assert_cmpstr(error->message, ==, "sh failed with status 4");
}

static void test_time(void)
{
	gint64 usec = 0;

	shell("i=0; while [ $((i += 1)) -lt 20000 ]; do :; done",
	      (ChildArgs){.cpu_usec = &usec}, NULL);
	g_assert_cmpint(usec, >, 0);
}

/* In the background: it ends when we say so. Its group is its own. */
static void test_start(void)
{
	g_autofree char *fifo = path("fifo"), *out = path("started");
	g_autofree char *group = NULL;
	char *argv[] = {"sh", "-c", "cat fifo; cut -d' ' -f 1,5 /proc/$$/stat",
			NULL};
	const ChildArgs args = {.argv = argv, .dir = scratch, .out = out};
	g_auto(GStrv) words = NULL;
	Child *child;
	int status, fd;

	g_assert_cmpint(mkfifo(fifo, 0666), ==, 0);
	child = child_start(&args, NULL);
	g_assert_nonnull(child);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, 0);
	close(fd);
	g_assert_cmpint(child_wait(child, &status), ==, CHILD_ENDED);
	g_assert_cmpint(status, ==, 0);
	g_assert_true(g_file_get_contents(out, &group, NULL, NULL));
	words = g_strsplit(g_strchomp(group), " ", 2);
	g_assert_cmpstr(words[0], ==, words[1]);
}

/* A signal, in a process of its own: nothing can be started after it. */
static void test_signal(void)
{
	char *argv[] = {"true", NULL};
	ChildArgs args = {.argv = argv};
	int status;

	if (g_test_subprocess()) {
		child_catch_signals();
		g_assert_cmpint(shell("kill -TERM $PPID; exec sleep 1000", args,
				      &status),
				==, CHILD_INTERRUPTED);
		g_assert_cmpint(status, ==, 128 + SIGTERM);
		g_assert_cmpint(child_interrupted(), ==, SIGTERM);
		g_assert_null(child_start(&args, NULL));
		g_assert_cmpint(shell("true", args, NULL), ==,
				CHILD_INTERRUPTED);
		return;
	}
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
	g_test_trap_assert_passed();
}

static gpointer stop(gpointer data)
{
	child_stop(GPOINTER_TO_INT(data));
	return NULL;
}

static gboolean stop_now(const char *line, gpointer data)
{
	(void)line;
	g_thread_join(g_thread_new("stop", stop, data));
	return TRUE;
}

/* By another thread. */
static void test_stop(void)
{
	ChildArgs args = {.line = stop_now, .data = GINT_TO_POINTER(-1)};

	if (g_test_subprocess()) {
		g_assert_cmpint(
			shell("echo begun; exec sleep 1000", args, NULL), ==,
			CHILD_INTERRUPTED);
		g_assert_cmpint(child_interrupted(), ==, -1);
		return;
	}
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
	g_test_trap_assert_passed();
}

static void test_workspace(void)
{
	g_autofree char *want = path("each");
	g_autofree char *made = NULL, *lock = path("lock");
	g_autoptr(GError) error = NULL;

	g_setenv("SB_BUILD", scratch, TRUE);
	made = workspace_make("/nonexistent", "each", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(made, ==, want);
	g_assert_cmpstr(setting("SB_BUILD"), ==, want);
	g_assert_true(exists(want, "download/."));
	g_assert_true(workspace_lock(lock, "busy", &error));
	g_assert_true(g_str_has_suffix(setting("SB_LOCKED"), lock));
	/* Another description of the file is another owner. */
	g_assert_false(workspace_lock(lock, "busy", &error));
	g_assert_cmpstr(error->message, ==, "busy");
}

static void test_take(void)
{
	g_autofree char *want = path("taken");
	g_autofree char *lock = path("taken/kernel.lock");
	g_autofree char *made = NULL;
	g_autoptr(GError) error = NULL;

	g_setenv("SB_BUILD", scratch, TRUE);
	made = workspace_take("/nonexistent", "taken", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(made, ==, want);
	g_assert_false(workspace_lock(lock, "busy", NULL));
}

static void test_git(void)
{
	static const char *const hash[] = {"hash-object", "--stdin", NULL};
	g_autoptr(GError) error = NULL;
	g_autofree char *made = NULL, *top = NULL, *id = NULL;

	g_setenv("GIT_DIR", "/nonexistent", TRUE);
	made = git(&error, scratch, "init", "-q", NULL);
	g_assert_no_error(error);
	top = git(&error, scratch, "rev-parse", "--show-toplevel", NULL);
	g_assert_no_error(error);
	g_assert_cmpstr(g_strchomp(top), ==, scratch);
	id = git_words(scratch, "text\n", hash, &error);
	g_assert_cmpstr(id, ==, "8e27be7d6154a1f68ea9160ef0e18691d20560dc\n");
	g_assert_null(git(&error, scratch, "rev-parse", "--verify", "x", NULL));
	g_assert_cmpstr(error->message, ==,
			"git rev-parse: fatal: Needed a single revision");
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	scratch = g_dir_make_tmp("host-test-XXXXXX", NULL);
	g_test_add_func("/host/child/statuses", test_statuses);
	g_test_add_func("/host/child/no-program", test_no_program);
	g_test_add_func("/host/child/files", test_files);
	g_test_add_func("/host/child/lines", test_lines);
	g_test_add_func("/host/child/limit", test_limit);
	g_test_add_func("/host/child/surroundings", test_surroundings);
	g_test_add_func("/host/child/time", test_time);
	g_test_add_func("/host/child/start", test_start);
	g_test_add_func("/host/child/signal", test_signal);
	g_test_add_func("/host/child/stop", test_stop);
	g_test_add_func("/host/git", test_git);
	g_test_add_func("/host/workspace", test_workspace);
	g_test_add_func("/host/workspace-take", test_take);
	status = g_test_run();
	remove_tree(scratch);
	g_assert_false(g_file_test(scratch, G_FILE_TEST_EXISTS));
	g_free(scratch);
	return status;
}
