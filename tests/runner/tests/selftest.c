// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The runner as a whole, with real guests that fail in every way: the hidden tests
 * in ../../guest/selftest. Tests are skipped if the kernel or the call lacks what
 * they need (LKDTM, stub devices).
 *
 * After each test, no process and no mount with the run directory in its name may
 * be left.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host.h"
#include "selftest.h"

static char *runner, *kernel, *shim, *tests, *init, *run_dir;
static gint rounds = 12;

static const GOptionEntry entries[] = {
	{"runner", 0, 0, G_OPTION_ARG_FILENAME, &runner, NULL, "PATH"},
	{"kernel", 0, 0, G_OPTION_ARG_FILENAME, &kernel, NULL, "PATH"},
	{"shim", 0, 0, G_OPTION_ARG_FILENAME, &shim, NULL, "PATH"},
	{"tests", 0, 0, G_OPTION_ARG_FILENAME, &tests, NULL, "PATH"},
	{"init", 0, 0, G_OPTION_ARG_FILENAME, &init, NULL, "PATH"},
	{"run-dir", 0, 0, G_OPTION_ARG_FILENAME, &run_dir, NULL, "DIR"},
	{"rounds", 0, 0, G_OPTION_ARG_INT, &rounds,
	 "How often to kill the runner at random", "N"},
	{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

gboolean has_shim(void)
{
	return shim != NULL;
}

char *selftest_path(const char *name)
{
	return g_build_filename(run_dir, name, NULL);
}

char **selftest_argv(const char *const *args)
{
	GPtrArray *argv = g_ptr_array_new();

	g_ptr_array_add(argv, g_strdup(runner));
	g_ptr_array_add(argv, g_strconcat("--kernel=", kernel, NULL));
	if (shim)
		g_ptr_array_add(argv, g_strconcat("--shim=", shim, NULL));
	g_ptr_array_add(argv, g_strconcat("--tests=", tests, NULL));
	g_ptr_array_add(argv, g_strconcat("--init=", init, NULL));
	g_ptr_array_add(argv, g_strconcat("--run-dir=", run_dir, NULL));
	for (; *args; args++)
		g_ptr_array_add(argv, g_strdup(*args));
	g_ptr_array_add(argv, NULL);
	return (char **)g_ptr_array_free(argv, FALSE);
}

Run *run_start_with(const char *const *args, int in, int err)
{
	g_auto(GStrv) argv = selftest_argv(args);
	Run *run = g_new0(Run, 1);
	int fds[2];

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	run->out = g_string_new(NULL);
	run->out_fd = fds[0];
	run->pid = fork();
	g_assert_cmpint(run->pid, >=, 0);
	if (!run->pid) {
		if (in >= 0)
			dup2(in, STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		dup2(err >= 0 ? err : fds[1], STDERR_FILENO);
		execv(runner, argv);
		_exit(127);
	}
	close(fds[1]);
	return run;
}

static Run *run_start(const char *const *args)
{
	return run_start_with(args, -1, -1);
}

void run_read(Run *run, const char *text)
{
	char buf[4096];
	ssize_t n;

	while (!text || !strstr(run->out->str, text)) {
		n = read(run->out_fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		g_string_append_len(run->out, buf, n);
	}
}

void run_free(Run *run)
{
	close(run->out_fd);
	g_string_free(run->out, TRUE);
	g_free(run);
}

static gboolean names_run_dir(const char *path)
{
	g_autofree char *text = NULL;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, NULL))
		return FALSE;
	return memmem(text, len, run_dir, strlen(run_dir)) != NULL;
}

/* A process that has the run directory on its command line, or 0. */
static pid_t find_process(const char *program)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;
	pid_t found = 0;

	while (!found && (name = g_dir_read_name(proc))) {
		g_autofree char *cmdline =
			g_strdup_printf("/proc/%s/cmdline", name);
		g_autofree char *exe_link =
			g_strdup_printf("/proc/%s/exe", name);
		g_autofree char *exe = NULL;
		pid_t pid = atoi(name);

		if (pid <= 0 || pid == getpid() || !names_run_dir(cmdline))
			continue;
		exe = g_file_read_link(exe_link, NULL);
		if (program && g_strcmp0(exe, program))
			continue;
		found = pid;
	}
	return found;
}

/* (Processes of the guest are its children, and have higher numbers.) */
pid_t guest_process(void)
{
	g_autofree char *real = realpath(kernel, NULL);

	return find_process(real);
}

/*
 * If the runner was killed, its processes and mounts still end by themselves, after
 * a moment.
 */
void check_nothing_left(void)
{
	pid_t left = 0;
	gboolean mounted = FALSE;

	for (int i = 0; i < 500; i++) {
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		left = find_process(NULL);
		mounted = names_run_dir("/proc/self/mountinfo");
		if (!left && !mounted)
			return;
		g_usleep(10000);
	}
	if (left)
		g_error("process %d is left", (int)left);
	g_error("a mount is left below %s", run_dir);
}

void run_wait(Run *run)
{
	run_read(run, NULL);
	g_assert_cmpint(waitpid(run->pid, &run->status, 0), ==, run->pid);
	g_test_message("%s", run->out->str);
	check_nothing_left();
}

static Run *run_all(const char *const *args)
{
	Run *run = run_start(args);

	run_wait(run);
	return run;
}

void check_exit(const Run *run, int status)
{
	g_assert_true(WIFEXITED(run->status));
	g_assert_cmpint(WEXITSTATUS(run->status), ==, status);
}

/* The lines of @name's verdict, up to the next verdict; owned. */
static char *block_of(const Run *run, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(run->out->str, "\n", 0);
	g_autofree char *start = g_strdup_printf("  %s ", name);
	GString *block = g_string_new(NULL);
	gboolean in = FALSE;

	for (char **line = lines; *line; line++) {
		if ((*line)[0] != ' ')
			in = strstr(*line, start) != NULL;
		if (in)
			g_string_append_printf(block, "%s\n", *line);
	}
	return g_string_free(block, FALSE);
}

static void check_verdict(const Run *run, const char *name, const char *word,
			  const char *reason)
{
	g_autofree char *block = block_of(run, name);

	if (!g_str_has_prefix(block, word) || !strstr(block, reason))
		g_error("%s: want \"%s ... %s\", got: %s", name, word, reason,
			*block ? block : "nothing");
}

static gboolean is_skipped(const Run *run, const char *name)
{
	g_autofree char *block = block_of(run, name);

	return g_str_has_prefix(block, "skip");
}

static gboolean has_log(const Run *run, const char *name)
{
	g_autofree char *block = block_of(run, name);
	const char *log = strstr(block, "log: ");
	g_autofree char *path = NULL;

	if (!log)
		return FALSE;
	path = g_strndup(log + 5, strcspn(log + 5, "\n"));
	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static void test_pass(void)
{
	static const char *const args[] = {
		"selftest/alone",	 "selftest/litter",
		"selftest/pass",	 "selftest/pass-too",
		"selftest/swap",	 "selftest/untouched",
		"selftest/virtual-time", NULL};
	Run *run = run_all(args);

	for (const char *const *name = args; *name; name++)
		check_verdict(run, *name, "ok", "");
	g_assert_true(
		g_str_has_suffix(run->out->str, "\n7 passed, 0 failed\n"));
	check_exit(run, 0);
	run_free(run);
}

/* A run in which no test passed is not a success. */
static void test_skip(void)
{
	static const char *const args[] = {"selftest/skip", NULL};
	Run *run = run_all(args);

	check_verdict(run, "selftest/skip", "skip", "nothing to do here");
	g_assert_true(g_str_has_suffix(run->out->str,
				       "\n0 passed, 0 failed, 1 skipped\n"));
	check_exit(run, 1);
	run_free(run);
}

/* A missing capability: the test is skipped, unless the kernel must have it. */
static void test_needs(void)
{
	static const char *const may[] = {"selftest/needs", "selftest/pass",
					  NULL};
	static const char *const must[] = {"--must-have=virtio-shrinker never",
					   "selftest/needs", "selftest/pass",
					   NULL};
	Run *run = run_all(may);

	check_verdict(run, "selftest/needs", "skip",
		      "needs what no kernel has");
	g_assert_true(g_str_has_suffix(run->out->str,
				       "\n1 passed, 0 failed, 1 skipped\n"));
	check_exit(run, 0);
	run_free(run);

	run = run_all(must);
	check_verdict(run, "selftest/needs", "FAIL",
		      "the kernel must have what no kernel has");
	g_assert_true(
		g_str_has_suffix(run->out->str, "\n1 passed, 1 failed\n"));
	check_exit(run, 1);
	run_free(run);
}

/* Promised capabilities are checked, whether or not a test needs them. */
static void test_must_have(void)
{
	static const char *const none[] = {"kernel/must-have", NULL};
	static const char *const never[] = {"--must-have=never",
					    "kernel/must-have", NULL};
	static const char *const unknown[] = {"--must-have=typing-error",
					      "kernel/must-have", NULL};
	Run *run = run_all(none);

	check_verdict(run, "kernel/must-have", "skip", "nothing is promised");
	run_free(run);

	run = run_all(never);
	check_verdict(run, "kernel/must-have", "FAIL",
		      "the kernel must have what no kernel has");
	check_exit(run, 1);
	run_free(run);

	run = run_all(unknown);
	check_verdict(run, "kernel/must-have", "FAIL",
		      "no capability \"typing-error\"");
	check_exit(run, 1);
	run_free(run);
}

typedef struct {
	const char *name;
	const char *reason;
	const char *also; /* anywhere in its block; NULL: nothing more */
	gboolean may_skip;
} Bad;

static const Bad BAD[] = {
	{"check", "1 + 1 == 3 does not hold: 2 (0x2)", NULL, FALSE},
	{"status", "exit status 42", NULL, FALSE},
	{"segfault", "segfault", "killed by signal 11", FALSE},
	{"killed", "killed by signal 9", NULL, FALSE},
	{"warning", "WARNING: ", "| Call Trace:", TRUE},
	{"missing-warning", "expected kernel report", NULL, FALSE},
	{"bug", "BUG: failure at", "killed by signal 6", TRUE},
	{"panic", "Kernel panic", "killed by signal 6", TRUE},
	{"oops", "Kernel panic - not syncing: Kernel mode", NULL, TRUE},
	{"lockdep", "", "debug_locks: 0", TRUE},
	{"hang", "time limit: the test did not end within 2 s", NULL, FALSE},
	{"kernel-hang", "time limit", NULL, TRUE},
	{"task-hang", "time limit", NULL, TRUE},
	{"power-off", "the guest ended while the test ran: power off", NULL,
	 FALSE},
	{"restart", "init spoke out of turn", NULL, FALSE},
	{"forged", "and fails", NULL, FALSE},
	{"replayed", "init spoke out of turn", NULL, FALSE},
	{"chatty", "said enough", " ...", FALSE},
	{"violation", "violation: ", NULL, TRUE},
	{"refused", "said enough", "refused: ", TRUE},
	{"leak", "left behind: ", NULL, TRUE},
	{"ioctl-value", "ioctl UDMABUF_CREATE", "want 0 or -1, got ", TRUE},
	{"unchecked-stamps", "no device has checked the stamps of: virtio-gpu",
	 NULL, TRUE},
	{"unchecked-stamps-forgotten",
	 "no device has checked the stamps of: virtio-gpu", NULL, TRUE},
	{"unchecked-stamps-replaced",
	 "no device has checked the stamps of: virtio-gpu", NULL, TRUE},
	{"bo-kept", "!res_exists(bo->res) has not come true", NULL, TRUE},
	{"helper-bo-kept", "helper_info(*fd).bos == 0 has not come true", NULL,
	 TRUE},
	{"typo-seen", "no command called \"SUBMIT_3\"", NULL, TRUE},
	{"typo-pending", "no command called \"SUBMIT_4D\"", NULL, TRUE},
	{"typo-hold", "write \"hold virtio-gpu SUBMIT_4D\"", NULL, TRUE},
	{"typo-vmstat", "no counter \"pswpoutt\"", NULL, FALSE},
};

/* The test fails as it should, and the next one passes. */
static void test_bad(gconstpointer data)
{
	const Bad *bad = data;
	g_autofree char *name = g_strconcat("selftest/", bad->name, NULL);
	const char *args[] = {"--jobs=1", name, "selftest/zz-control", NULL};
	Run *run = run_all(args);

	check_verdict(run, "selftest/zz-control", "ok", "");
	if (bad->may_skip && is_skipped(run, name)) {
		g_test_skip("the kernel cannot do that");
	} else {
		check_verdict(run, name, "FAIL", bad->reason);
		if (bad->also)
			check_verdict(run, name, "FAIL", bad->also);
		g_assert_true(has_log(run, name));
		g_assert_true(g_str_has_suffix(run->out->str,
					       "\n1 passed, 1 failed\n"));
		check_exit(run, 1);
	}
	run_free(run);
}

/* One guest at a time: a test that fails ends its guest. */
static void test_stop_after(void)
{
	static const char *const args[] = {"--jobs=1",	      "--stop-after=2",
					   "selftest/check",  "selftest/killed",
					   "selftest/status", NULL};
	Run *run = run_all(args);

	g_assert_true(g_str_has_suffix(
		run->out->str, "\nstopped; so far: 0 passed, 2 failed\n"));
	check_exit(run, 1);
	run_free(run);
}

static void test_limit(void)
{
	static const char *const args[] = {"--limit=1", "selftest/hang", NULL};
	Run *run = run_all(args);

	check_verdict(run, "selftest/hang", "FAIL",
		      "time limit: the test did not end within 1 s");
	check_exit(run, 1);
	run_free(run);
}

static void test_expected(void)
{
	static const char *const args[] = {"--jobs=1",
					   "selftest/expected-warning",
					   "selftest/zz-control", NULL};
	Run *run = run_all(args);

	if (is_skipped(run, args[1]))
		g_test_skip("the kernel cannot do that");
	else
		check_verdict(run, args[1], "ok", "");
	check_verdict(run, "selftest/zz-control", "ok", "");
	check_exit(run, 0);
	run_free(run);
}

/* A report that the kernel gives once is there for the next test, too. */
static void test_expected_once(void)
{
	static const char *const args[] = {"--jobs=1", "selftest/expected-once",
					   "selftest/once-more", NULL};
	Run *run = run_all(args);

	if (is_skipped(run, args[1])) {
		g_test_skip("the kernel cannot do that");
	} else {
		check_verdict(run, args[1], "ok", "");
		check_verdict(run, args[2], "FAIL", "refcount");
		check_exit(run, 1);
	}
	run_free(run);
}

/* Wait until the guest runs its test; that is what must fail. */
static void wait_for_test(Run *run)
{
	run_read(run, " begin 0 selftest/slow");
}

static void kill_part(const char *program, const char *reason)
{
	static const char *const args[] = {"--verbose", "selftest/slow",
					   "selftest/swap", "--jobs=1", NULL};
	g_autofree char *real = realpath(program, NULL);
	Run *run = run_start(args);
	pid_t pid;

	wait_for_test(run);
	pid = find_process(real);
	g_assert_cmpint(pid, >, 0);
	kill(pid, SIGKILL);
	run_wait(run);
	check_verdict(run, "selftest/slow", "FAIL", reason);
	check_verdict(run, "selftest/swap", "ok", "");
	check_exit(run, 1);
	run_free(run);
}

static void test_kill_guest(void)
{
	kill_part(kernel, "the guest ended while the test ran: killed by "
			  "signal 9");
}

static void test_kill_shim(void)
{
	if (!shim) {
		g_test_skip("no --shim");
		return;
	}
	kill_part(shim, "the device daemon died: killed by signal 9");
}

/* A guest that the host has stopped for a while does not hit its time limit. */
static void test_stop_guest(void)
{
	static const char *const args[] = {"--verbose", "selftest/clock", NULL};
	g_autofree char *real = realpath(kernel, NULL);
	Run *run = run_start(args);
	pid_t pid;

	run_read(run, "waits for a stop");
	pid = find_process(real);
	g_assert_cmpint(pid, >, 0);
	/* The kernel itself: it leads the group of the guest's processes. */
	pid = getpgid(pid);
	kill(pid, SIGSTOP);
	g_usleep(G_USEC_PER_SEC);
	kill(pid, SIGCONT);
	run_wait(run);
	check_verdict(run, "selftest/clock", "ok", "");
	check_exit(run, 0);
	run_free(run);
}

/* A stopped daemon answers nothing, not even the request to end. */
static void test_stop_shim(void)
{
	static const char *const args[] = {"--verbose", "selftest/hang", NULL};
	g_autofree char *real = NULL;
	Run *run;

	if (!shim) {
		g_test_skip("no --shim");
		return;
	}
	real = realpath(shim, NULL);
	run = run_start(args);
	run_read(run, " begin 0 selftest/hang");
	kill(find_process(real), SIGSTOP);
	run_wait(run);
	check_verdict(run, "selftest/hang", "FAIL", "time limit");
	check_exit(run, 1);
	run_free(run);
}

/* Signals that end a run: nothing is left, and the exit status is right. */
static void test_signal(gconstpointer data)
{
	static const char *const args[] = {"--verbose", "selftest/slow",
					   "selftest/swap", NULL};
	int number = GPOINTER_TO_INT(data);
	Run *run = run_start(args);

	wait_for_test(run);
	kill(run->pid, number);
	run_wait(run);
	g_assert_nonnull(strstr(run->out->str, "\ninterrupted; so far: "));
	check_exit(run, 128 + number);
	run_free(run);
}

/* Kill it at any moment; after SIGKILL it cannot clean up. */
static void test_random_kill(void)
{
	static const char *const args[] = {"--jobs=2",	    "selftest/slow",
					   "selftest/swap", "selftest/alone",
					   "selftest/pass", NULL};
	static const int signals[] = {SIGKILL, SIGTERM, SIGINT, SIGKILL};

	for (int i = 0; i < rounds; i++) {
		gulong usec = g_test_rand_int_range(0, 900000);
		int number = signals[i % G_N_ELEMENTS(signals)];
		Run *run = run_start(args);

		g_test_message("signal %d after %lu us", number, usec);
		g_usleep(usec);
		kill(run->pid, number);
		run_wait(run);
		run_free(run);
	}
}

static void test_closed_output(void)
{
	static const char *const run_tests[] = {"selftest/pass",
						"selftest/slow", NULL};
	static const char *const list[] = {"--list", NULL};
	const char *const *const calls[] = {run_tests, list};

	for (guint i = 0; i < G_N_ELEMENTS(calls); i++) {
		Run *run = run_start(calls[i]);

		close(run->out_fd);
		run->out_fd = open("/dev/null", O_RDONLY);
		run_wait(run);
		check_exit(run, 2);
		run_free(run);
	}
}

/* Blanks are special in kernel command lines and mount tables. */
static void test_blank(void)
{
	g_autofree char *dir = g_strconcat(run_dir, "/with a blank", NULL);
	g_autofree char *arg = g_strconcat("--run-dir=", dir, NULL);
	const char *args[] = {arg, "selftest/pass", NULL};
	Run *run = run_all(args);

	check_verdict(run, "selftest/pass", "ok", "");
	check_exit(run, 0);
	run_free(run);
}

/* What the guest of the last run left as @name; NULL if it is not there. */
static char *left_by_guest(const char *name)
{
	g_autofree char *path =
		g_strdup_printf("%s/last/guest-1/%s", run_dir, name);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

/* Memory, the BO's life, and the log, only if they are asked for. */
static void test_samples(void)
{
	static const char *const args[] = {"--samples", "virtio/dumb-create",
					   NULL};
	static const char *const expected[] = {" mem ", " bo 1 virtio",
					       " gone 1\n",
					       "begin 0 virtio/dumb-create\n"};
	Run *run = run_all(args);
	g_autofree char *samples = left_by_guest("samples");
	g_autofree char *trace = left_by_guest("trace");
	g_autofree char *none = NULL;

	check_exit(run, 0);
	run_free(run);
	g_assert_nonnull(samples);
	for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
		if (!strstr(samples, expected[i]))
			g_error("\"%s\" is not in: %s", expected[i], samples);
	g_assert_nonnull(trace);

	run = run_all(args + 1);
	check_exit(run, 0);
	run_free(run);
	none = left_by_guest("samples");
	g_assert_null(none);
}

/* Two at once, in the same directory. */
static void test_two(void)
{
	static const char *const args[] = {"selftest/pass", "selftest/swap",
					   "selftest/alone", NULL};
	Run *a = run_start(args);
	Run *b = run_start(args);

	run_read(a, NULL);
	run_read(b, NULL);
	g_assert_cmpint(waitpid(a->pid, &a->status, 0), ==, a->pid);
	g_assert_cmpint(waitpid(b->pid, &b->status, 0), ==, b->pid);
	g_test_message("%s\n%s", a->out->str, b->out->str);
	check_nothing_left();
	check_exit(a, 0);
	check_exit(b, 0);
	run_free(a);
	run_free(b);
}

static void test_tap_and_junit(void)
{
	g_autofree char *file = g_build_filename(run_dir, "junit.xml", NULL);
	g_autofree char *arg = g_strconcat("--junit=", file, NULL);
	const char *args[] = {"--tap",
			      arg,
			      "--jobs=1",
			      "selftest/forged",
			      "selftest/pass",
			      "selftest/skip",
			      NULL};
	Run *run = run_all(args);
	g_autofree char *xml = NULL;
	g_autoptr(GError) error = NULL;
	GMarkupParser nothing = {NULL};
	GMarkupParseContext *context;

	g_assert_nonnull(
		strstr(run->out->str, "\nnot ok 1 - selftest/forged\n"));
	g_assert_nonnull(strstr(run->out->str, "\nok 2 - selftest/pass\n"));
	g_assert_nonnull(
		strstr(run->out->str, "\nok 3 - selftest/skip # SKIP nothing"));
	g_assert_nonnull(strstr(run->out->str, "\n1..3\n"));
	/* The output of the test appears only in comments. */
	g_assert_null(strstr(run->out->str, "\nok 1"));
	check_exit(run, 1);

	g_file_get_contents(file, &xml, NULL, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(xml, "tests=\"3\" failures=\"1\" errors=\"0\" "
				     "skipped=\"1\""));
	context = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_markup_parse_context_parse(context, xml, -1, &error);
	g_assert_no_error(error);
	g_markup_parse_context_end_parse(context, &error);
	g_assert_no_error(error);
	g_markup_parse_context_free(context);
	run_free(run);
}

static void test_list(void)
{
	static const char *const args[] = {"--list", NULL};
	Run *run = run_all(args);

	g_assert_null(strstr(run->out->str, "selftest/"));
	check_exit(run, 0);
	run_free(run);
}

static void check_error(const char *const *args, const char *message)
{
	Run *run = run_all(args);

	if (!strstr(run->out->str, message))
		g_error("want \"%s\", got: %s", message, run->out->str);
	g_assert_null(strstr(run->out->str, "passed"));
	check_exit(run, 2);
	run_free(run);
}

static void test_errors(void)
{
	check_error((const char *const[]){"selftest/none", NULL},
		    "no test matches \"selftest/none\"");
	check_error((const char *const[]){"selftest/*", NULL},
		    "no test matches \"selftest/*\"");
	check_error((const char *const[]){"--kernel=/nonexistent",
					  "selftest/pass", NULL},
		    "--kernel=/nonexistent: No such file");
	check_error((const char *const[]){"--kernel=/bin/false",
					  "selftest/pass", NULL},
		    "is not a UML kernel");
	check_error((const char *const[]){"--tests=/bin/false", "selftest/pass",
					  NULL},
		    "--list");
	check_error((const char *const[]){"--run-dir=/proc/none",
					  "selftest/pass", NULL},
		    "cannot make a directory for this run in /proc/none");
}

/* One block says that no guest comes up, why, and what to do; no test is named. */
static void check_no_guest(Run *run, const char *why)
{
	g_assert_true(strstr(run->out->str, "no guest comes up") != NULL);
	g_assert_true(strstr(run->out->str, why) != NULL);
	g_assert_true(strstr(run->out->str, "\n  what to do: ") != NULL);
	g_assert_null(strstr(run->out->str, "FAIL"));
	g_assert_null(strstr(run->out->str, " passed, "));
	check_exit(run, 2);
	run_free(run);
}

char *selftest_kernel(const char *name, const char *commands)
{
	g_autofree char *path = selftest_path(name);
	g_autofree char *text = g_strconcat(
		"#!/bin/sh\n[ $# -eq 1 ] && exec echo 6.12\n", commands, NULL);

	g_assert_true(g_file_set_contents_full(
		path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
	return g_strconcat("--kernel=", path, NULL);
}

/* There are no results. */
static void test_no_boot(void)
{
	g_autofree char *arg = selftest_kernel("fake-kernel", "exit 3\n");
	g_autofree char *junit = g_build_filename(run_dir, "none.xml", NULL);
	g_autofree char *junit_arg = g_strconcat("--junit=", junit, NULL);
	const char *args[] = {arg,
			      junit_arg,
			      "selftest/pass",
			      "selftest/swap",
			      "selftest/alone",
			      NULL};

	check_no_guest(run_all(args),
		       "the guest ended before its first test: exit status 3");
	g_assert_false(g_file_test(junit, G_FILE_TEST_EXISTS));
}

/* Says what init says, up to the end of the first test. */
#define SAY_INIT                                                               \
	"for arg; do case $arg in SB_RUN=*) dir=${arg#SB_RUN=} ;; esac; "      \
	"done\n"                                                               \
	"say() { echo \"[    0.000000] sb:$token $*\" >&2; }\n"                \
	"token=$(sed -n 's/^token //p' \"$dir/plan\")\n"                       \
	"say ready; say begin 0 \"$(sed -n 's/^test \\([^ ]*\\).*/\\1/p' "     \
	"\"$dir/plan\")\"; say end 0 ok\n"

/* The first guest sweeps until there is a second one. */
#define SWEEPING_KERNEL                                                        \
	SAY_INIT "say sweep\n"                                                 \
		 "case $dir in *guest-1)\n"                                    \
		 "	until [ -e \"${dir%1}2\" ]; do sleep 0.01; done ;;\n"       \
		 "esac\n"                                                      \
		 "say done\n"

/* The next guest does not wait for one that only waits. */
static void test_sweep(void)
{
	g_autofree char *arg = selftest_kernel("sweeping", SWEEPING_KERNEL);
	const char *args[] = {arg,
			      "--jobs=1",
			      "--limit=60",
			      "selftest/pass",
			      "selftest/alone",
			      NULL};
	Run *run = run_all(args);

	g_assert_true(strstr(run->out->str, "2 passed, 0 failed") != NULL);
	check_exit(run, 0);
	run_free(run);
}

/* A directory is where the devices' list is to be copied to. */
static void test_unread_violations(void)
{
	g_autofree char *arg = selftest_kernel(
		"unread", SAY_INIT "mkdir \"$dir/violations\"; say done\n");
	const char *args[] = {arg, "selftest/pass", NULL};
	Run *run = run_all(args);

	check_verdict(run, "selftest/pass", "FAIL",
		      "the devices' list of violations could not be read");
	check_exit(run, 1);
	run_free(run);
}

/* The last lines of the kernel are shown, those before the panic, too. */
static void test_no_init(void)
{
	static const char *const args[] = {"selftest/no-boot",
					   "selftest/no-boot-alone", NULL};
	Run *run = run_all(args);

	g_assert_true(
		strstr(run->out->str, "  | Failed to execute /nonexistent") ||
		strstr(run->out->str, "  | Kernel panic"));
	g_assert_true(strstr(run->out->str, "  | VFS: Mounted root") != NULL);
	check_no_guest(run, "Requested init /nonexistent failed");
}

static void test_no_boot_tap(void)
{
	static const char *const args[] = {"--tap", "selftest/no-boot", NULL};
	Run *run = run_all(args);

	g_assert_true(strstr(run->out->str, "\nBail out! ") != NULL);
	g_assert_null(strstr(run->out->str, "\n1.."));
	check_exit(run, 2);
	run_free(run);
}

/* Guests that come up, but cannot do what tests rely on. */
static void test_no_swap(void)
{
	static const char *const args[] = {"--append=zram.num_devices=0",
					   "selftest/pass", "selftest/swap",
					   NULL};

	check_no_guest(run_all(args), "no swap: ");
}

/* A failed probe that no test of the run needs does not stop the run. */
static void test_no_swap_needed(void)
{
	static const char *const args[] = {"--append=zram.num_devices=0",
					   "selftest/pass", NULL};
	Run *run = run_all(args);

	check_verdict(run, "selftest/pass", "ok", "");
	check_exit(run, 0);
	run_free(run);
}

/* Single guests that do not come up: each cause is printed once, with its cost. */
static void test_some_boot(void)
{
	static const char *const args[] = {"--jobs=1", "selftest/no-boot",
					   "selftest/no-boot-alone",
					   "selftest/pass", NULL};
	Run *run = run_all(args);
	const char *cause = "Requested init /nonexistent failed";
	const char *first = strstr(run->out->str, cause);

	check_verdict(run, "boot", "FAIL",
		      "2 tests were not run because of it");
	check_verdict(run, "selftest/pass", "ok", "");
	g_assert_null(strstr(run->out->str, "FAIL  selftest/"));
	g_assert_nonnull(first);
	g_assert_true(
		g_str_has_suffix(run->out->str, "\n1 passed, 3 failed\n"));
	check_exit(run, 1);
	run_free(run);
}

/* A daemon that does not start. */
static void test_no_shim(void)
{
	static const char *const args[] = {"--shim=/bin/false", "selftest/pass",
					   NULL};

	check_no_guest(run_all(args), "the device daemon did not start");
}

/* An almost full file system, in a mount namespace of its own. */
static void test_disk_full(void)
{
	g_autofree char *small = g_build_filename(run_dir, "small", NULL);
	g_autofree char *script = g_strdup_printf(
		"mkdir -p '%s' && mount -t tmpfs -o size=24k none '%s' || "
		"exit 77; exec '%s' --kernel='%s' --tests='%s' --init='%s' "
		"--run-dir='%s' selftest/chatty 2>&1",
		small, small, runner, kernel, tests, init, small);
	const char *argv[] = {"unshare", "-rm", "sh", "-c", script, NULL};
	g_autofree char *out = NULL;
	int status;

	if (!g_spawn_sync(NULL, (char **)argv, NULL,
			  G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
			  NULL, NULL, &out, NULL, &status, NULL) ||
	    !WIFEXITED(status) || WEXITSTATUS(status) == 77 ||
	    (WEXITSTATUS(status) == 1 && !*out)) {
		g_test_skip("no mount namespaces here");
		return;
	}
	g_test_message("%s", out);
	g_assert_nonnull(strstr(out, "No space left on device"));
	g_assert_cmpint(WEXITSTATUS(status), ==, 2);
	check_nothing_left();
}

static void test_gdb(void)
{
	static const char *const args[] = {"--gdb", "selftest/pass", NULL};
	g_autofree char *gdb = g_find_program_in_path("gdb");
	Run *run;

	if (!gdb) {
		g_test_skip("no gdb");
		return;
	}
	g_setenv("GDB", "gdb -nx -batch -ex 'break panic' -ex run", TRUE);
	run = run_all(args);
	g_unsetenv("GDB");
	g_assert_nonnull(strstr(run->out->str, "Breakpoint 1 at "));
	g_assert_nonnull(strstr(run->out->str, " end 0 ok"));
	g_assert_nonnull(strstr(run->out->str, "exited normally"));
	check_exit(run, 0);
	run_free(run);
}

static void test_too_many_gdb(void)
{
	check_error((const char *const[]){"--gdb", "selftest/pass",
					  "selftest/swap", NULL},
		    "name one test");
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) options = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *base = NULL;
	int result;

	g_test_init(&argc, &argv, NULL);
	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error))
		g_error("%s", error->message);
	if (!runner || !kernel || !tests || !init || !run_dir)
		g_error("see make selftest for how to call this");
	/* A name that no other run has, so that only our processes are found. */
	base = run_dir;
	run_dir = g_strdup_printf("%s/%d", base, (int)getpid());
	g_assert_cmpint(g_mkdir_with_parents(run_dir, 0755), ==, 0);
	/* Orphans of a killed runner become our children. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	g_test_add_func("/runner/pass", test_pass);
	g_test_add_func("/runner/skip", test_skip);
	g_test_add_func("/runner/needs", test_needs);
	g_test_add_func("/runner/must-have", test_must_have);
	for (guint i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autofree char *path =
			g_strconcat("/runner/fail/", BAD[i].name, NULL);

		g_test_add_data_func(path, &BAD[i], test_bad);
	}
	g_test_add_func("/runner/stop-after", test_stop_after);
	g_test_add_func("/runner/limit", test_limit);
	g_test_add_func("/runner/expected", test_expected);
	g_test_add_func("/runner/expected-once", test_expected_once);
	g_test_add_func("/runner/kill-guest", test_kill_guest);
	g_test_add_func("/runner/kill-shim", test_kill_shim);
	g_test_add_func("/runner/stop-shim", test_stop_shim);
	g_test_add_func("/runner/stop-guest", test_stop_guest);
	g_test_add_data_func("/runner/sigint", GINT_TO_POINTER(SIGINT),
			     test_signal);
	g_test_add_data_func("/runner/sigterm", GINT_TO_POINTER(SIGTERM),
			     test_signal);
	g_test_add_data_func("/runner/sighup", GINT_TO_POINTER(SIGHUP),
			     test_signal);
	g_test_add_func("/runner/random-kill", test_random_kill);
	g_test_add_func("/runner/closed-output", test_closed_output);
	g_test_add_func("/runner/blank", test_blank);
	if (shim)
		g_test_add_func("/runner/samples", test_samples);
	g_test_add_func("/runner/two", test_two);
	g_test_add_func("/runner/tap-and-junit", test_tap_and_junit);
	g_test_add_func("/runner/list", test_list);
	g_test_add_func("/runner/errors", test_errors);
	g_test_add_func("/runner/sweep", test_sweep);
	if (shim)
		g_test_add_func("/runner/unread-violations",
				test_unread_violations);
	g_test_add_func("/runner/no-boot", test_no_boot);
	g_test_add_func("/runner/no-boot-tap", test_no_boot_tap);
	g_test_add_func("/runner/no-init", test_no_init);
	g_test_add_func("/runner/no-swap", test_no_swap);
	g_test_add_func("/runner/no-swap-needed", test_no_swap_needed);
	g_test_add_func("/runner/some-boot", test_some_boot);
	g_test_add_func("/runner/no-shim", test_no_shim);
	g_test_add_func("/runner/disk-full", test_disk_full);
	add_shell_tests();
	g_test_add_func("/runner/gdb", test_gdb);
	g_test_add_func("/runner/gdb-many", test_too_many_gdb);
	result = g_test_run();
	if (!result)
		host_remove_tree(run_dir);
	g_free(run_dir);
	return result;
}
