// SPDX-License-Identifier: GPL-2.0-or-later
/* --shell: on a terminal, and without one. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

#define BINARY_BYTES 300000

static int open_file(const char *name, int flags)
{
	g_autofree char *path = selftest_path(name);
	int fd = open(path, flags | O_CLOEXEC, 0644);

	g_assert_cmpint(fd, >=, 0);
	return fd;
}

static void write_text(int fd, const char *text)
{
	g_assert_cmpint(write(fd, text, strlen(text)), ==, strlen(text));
}

/* A plain file with this text, open for reading. */
static int text_file(const char *text, gsize len)
{
	g_autofree char *path = selftest_path("input");

	g_assert_true(g_file_set_contents(path, text, len, NULL));
	return open_file("input", O_RDONLY);
}

/* Run with @args, input from @in, which is closed; @err: what went there. */
static Run *run_shell(const char *const *args, int in, char **err)
{
	int err_fd = open_file("errors", O_WRONLY | O_CREAT | O_TRUNC);
	g_autofree char *path = selftest_path("errors");
	Run *run = run_start_with(args, in, err_fd);

	close(in);
	close(err_fd);
	run_wait(run);
	g_assert_true(g_file_get_contents(path, err, NULL, NULL));
	g_test_message("%s", *err);
	return run;
}

/* Only the output of the commands appears, each part where it belongs. */
static void check_shell(const char *const *args, int in, const char *out,
			const char *err, int status)
{
	g_autofree char *errors = NULL;
	Run *run = run_shell(args, in, &errors);

	g_assert_cmpstr(run->out->str, ==, out);
	g_assert_cmpstr(errors, ==, err);
	check_exit(run, status);
	run_free(run);
}

static const char *const SHELL[] = {"--shell", NULL};

static void test_file(void)
{
	static const char script[] =
		"echo $((6 * 7)) $(id -u)\necho wrong >&2\n"
		"guest-tests run selftest/pass && echo it passes\nexit 3\n";

	check_shell(SHELL, text_file(script, strlen(script)),
		    "42 0\nit passes\n", "wrong\n", 3);
}

static void test_null(void)
{
	check_shell(SHELL, open("/dev/null", O_RDONLY | O_CLOEXEC), "", "", 0);
}

/* All input is written, and the pipe closed, before the guest is up. */
static void test_pipe(void)
{
	int fds[2];

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	write_text(fds[1], "id -u; exit 3\n");
	close(fds[1]);
	check_shell(SHELL, fds[0], "0\n", "", 3);
}

/* The pipe stays open: each command is answered before the next is sent. */
static void test_dialogue(void)
{
	int fds[2];
	Run *run;

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	run = run_start_with(SHELL, fds[0], -1);
	close(fds[0]);
	write_text(fds[1], "echo $((6 * 7))\n");
	run_read(run, "42\n");
	write_text(fds[1], "echo $((7 * 7))\n");
	run_read(run, "49\n");
	g_assert_cmpstr(run->out->str, ==, "42\n49\n");
	write_text(fds[1], "kill -9 $$\n");
	run_wait(run);
	close(fds[1]);
	check_exit(run, 128 + SIGKILL);
	run_free(run);
}

static void test_command(void)
{
	static const char *const args[] = {
		"--shell",
		"--command=test -t 0 || test -t 1 || cat\necho \"$HOME\" >&2\n"
		"sleep 1000 &\nfalse",
		NULL};

	check_shell(args, text_file("data", 4), "data", "/tmp\n", 1);
}

/* All kinds of bytes, more than all buffers in between hold, both ways. */
static void test_binary(void)
{
	static const char *const args[] = {"--shell", "--command=cat", NULL};
	g_autofree char *bytes = g_malloc(BINARY_BYTES);
	g_autofree char *errors = NULL;
	Run *run;

	for (gsize i = 0; i < BINARY_BYTES; i++)
		bytes[i] = g_test_rand_int();
	run = run_shell(args, text_file(bytes, BINARY_BYTES), &errors);
	g_assert_cmpmem(run->out->str, run->out->len, bytes, BINARY_BYTES);
	check_exit(run, 0);
	run_free(run);
}

static void test_gpu(void)
{
	static const char *const args[] = {
		"--shell",
		"--command=cd /run/gpu && cat version &&\n"
		"echo hold panfrost JOB > faults && cat faults &&\n"
		"! echo nonsense > faults 2>/dev/null && tail -n 1 trace | wc "
		"-l",
		NULL};

	if (!has_shim()) {
		g_test_skip("no --shim");
		return;
	}
	check_shell(args, open("/dev/null", O_RDONLY | O_CLOEXEC),
		    "1\nhold panfrost JOB\n1\n", "", 0);
}

static void test_end(gconstpointer data)
{
	static const char *const args[] = {
		"--shell", "--command=echo it runs; sleep 1000", NULL};
	int number = GPOINTER_TO_INT(data);
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	Run *run = run_start_with(args, in, -1);

	close(in);
	run_read(run, "it runs\n");
	kill(run->pid, number);
	run_wait(run);
	if (number == SIGKILL)
		g_assert_true(WIFSIGNALED(run->status));
	else
		check_exit(run, 128 + number);
	run_free(run);
}

/* The reader is gone. */
static void test_no_reader(void)
{
	static const char *const args[] = {"--shell", "--command=yes", NULL};
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int err = open_file("errors", O_WRONLY | O_CREAT | O_TRUNC);
	Run *run = run_start_with(args, in, err);

	close(in);
	close(err);
	run_read(run, "y\n");
	close(run->out_fd);
	run->out_fd = open("/dev/null", O_RDONLY);
	run_wait(run);
	check_exit(run, 128 + SIGPIPE);
	run_free(run);
}

/* Nobody reads, and the guest blocks: it can still be ended. */
static void test_no_room(void)
{
	static const char *const args[] = {"--shell", "--command=yes", NULL};
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	Run *run = run_start_with(args, in, -1);
	int full = 0;

	close(in);
	g_assert_cmpint(fcntl(run->out_fd, F_SETPIPE_SZ, 4096), >, 0);
	run_read(run, "y\n");
	/* After the last read, there is space for one more write. */
	while (!ioctl(run->out_fd, FIONREAD, &full) && !full)
		g_usleep(1000);
	kill(run->pid, SIGTERM);
	g_assert_cmpint(waitpid(run->pid, &run->status, 0), ==, run->pid);
	check_nothing_left();
	check_exit(run, 128 + SIGTERM);
	run_free(run);
}

static void check_lines(const Run *run, const char *errors, const char *first,
			const char *last)
{
	g_assert_cmpstr(run->out->str, ==, "");
	g_assert_true(g_str_has_prefix(errors, first));
	g_assert_nonnull(strstr(errors, last));
	g_assert_nonnull(strstr(errors, "\nlog: "));
	check_exit(run, 2);
}

static void test_panic(void)
{
	static const char *const args[] = {
		"--shell",
		"--command=cd /sys/kernel/debug/provoke-crash && "
		"echo PANIC > DIRECT; exit 77",
		NULL};
	g_autofree char *errors = NULL;
	Run *run = run_shell(args, open("/dev/null", O_RDONLY | O_CLOEXEC),
			     &errors);

	if (WIFEXITED(run->status) && WEXITSTATUS(run->status) == 77)
		g_test_skip("the kernel cannot do that");
	else
		check_lines(run, errors,
			    "runner: the guest ended before its shell: "
			    "killed by signal 6",
			    "Kernel panic - not syncing");
	run_free(run);
}

/* Somebody else ends the guest: by a signal, as its parent might. */
static void test_guest_ended(void)
{
	static const char *const args[] = {
		"--shell", "--command=echo it runs; sleep 1000", NULL};
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int err = open_file("errors", O_WRONLY | O_CREAT | O_TRUNC);
	g_autofree char *path = selftest_path("errors"), *errors = NULL,
			*text = NULL;
	char *log;
	Run *run = run_start_with(args, in, err);

	close(in);
	close(err);
	run_read(run, "it runs\n");
	kill(guest_process(), SIGTERM);
	run_wait(run);
	g_assert_true(g_file_get_contents(path, &errors, NULL, NULL));
	g_test_message("%s", errors);
	g_assert_true(g_str_has_prefix(
		errors, "runner: the guest ended before its shell: "
			"exit status 1"));
	log = strstr(errors, "\nlog: ");
	g_assert_nonnull(log);
	g_assert_true(g_file_get_contents(g_strchomp(log + strlen("\nlog: ")),
					  &text, NULL, NULL));
	g_assert_null(strstr(text, "BUG: "));
	check_exit(run, 2);
	run_free(run);
}

static void test_no_boot(void)
{
	g_autofree char *arg = selftest_kernel(
		"fake-shell-kernel", "echo what is wrong >&2\nexit 3\n");
	const char *args[] = {arg, "--shell", NULL};
	g_autofree char *errors = NULL;
	Run *run;

	run = run_shell(args, open("/dev/null", O_RDONLY | O_CLOEXEC), &errors);
	check_lines(run, errors,
		    "runner: the guest ended before it had booted: "
		    "exit status 3\n",
		    "\n| what is wrong\n");
	run_free(run);
}

/* A shell's terminal, and how much of its output was handled. */
typedef struct {
	int fd;
	pid_t pid; /* the runner's */
	struct termios before;
	GString *out;
	gsize seen;
} Terminal;

/* Read until @text appears; false at the end of the terminal's output. */
static gboolean wait_for(Terminal *terminal, const char *text)
{
	char buf[1024];
	const char *found;
	ssize_t n;

	while (!(found = strstr(terminal->out->str + terminal->seen, text))) {
		n = read(terminal->fd, buf, sizeof(buf));
		if (n <= 0)
			return FALSE;
		g_string_append_len(terminal->out, buf, n);
	}
	terminal->seen = found - terminal->out->str + strlen(text);
	return TRUE;
}

/* Type @text; @answer and another prompt must follow. */
static void ask(Terminal *terminal, const char *text, const char *answer)
{
	write_text(terminal->fd, text);
	g_assert_true(wait_for(terminal, answer));
	g_assert_true(wait_for(terminal, "guest# "));
}

static Terminal *terminal_open(const struct winsize *size)
{
	g_auto(GStrv) argv = selftest_argv(SHELL);
	Terminal *terminal = g_new0(Terminal, 1);

	terminal->out = g_string_new(NULL);
	terminal->pid = forkpty(&terminal->fd, NULL, NULL, size);
	g_assert_cmpint(terminal->pid, >=, 0);
	if (!terminal->pid) {
		setenv("TERM", "dumb", 1);
		execv(argv[0], argv);
		_exit(127);
	}
	g_assert_cmpint(tcgetattr(terminal->fd, &terminal->before), ==, 0);
	g_assert_true(wait_for(terminal, "guest# "));
	return terminal;
}

/* Type @text, the last command; the terminal must be restored afterwards. */
static void terminal_close(Terminal *terminal, const char *text, int want)
{
	struct termios after;
	int status;

	write_text(terminal->fd, text);
	g_assert_false(wait_for(terminal, "no such text"));
	g_assert_cmpint(waitpid(terminal->pid, &status, 0), ==, terminal->pid);
	g_assert_cmpint(tcgetattr(terminal->fd, &after), ==, 0);
	g_test_message("%s", terminal->out->str);
	g_assert_cmpint(terminal->before.c_lflag, ==, after.c_lflag);
	g_assert_cmpint(terminal->before.c_oflag, ==, after.c_oflag);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == want);
	check_nothing_left();
	close(terminal->fd);
	g_string_free(terminal->out, TRUE);
	g_free(terminal);
}

static void test_terminal(void)
{
	static const char *const greeting[] = {
		"Shrinkers:   /sys/kernel/debug/shrinker\r\n",
		"Kernel log: ", "Run a test: ", "Leave: "};
	static const char *const devices[] = {"virtio_gpu  /dev/dri/card",
					      "panfrost    /dev/dri/card",
					      "FUSE tree:   /run/gpu; "};
	struct winsize size = {.ws_row = 33, .ws_col = 99};
	Terminal *terminal = terminal_open(&size);

	/* No line of the kernel comes before it. */
	g_assert_true(g_str_has_prefix(terminal->out->str, "Linux "));
	for (guint i = 0; i < G_N_ELEMENTS(greeting); i++)
		g_assert_nonnull(strstr(terminal->out->str, greeting[i]));
	for (guint i = 0; i < G_N_ELEMENTS(devices) && has_shim(); i++)
		g_assert_nonnull(strstr(terminal->out->str, devices[i]));
	ask(terminal, "stty size\n", "\n33 99\r\n");
	ask(terminal,
	    "guest-tests run selftest/pass && echo it is $((6 * 7))\n",
	    "\nit is 42\r\n");
	/* Ctrl-C is for what runs in the guest. */
	write_text(terminal->fd, "sh -c 'echo sleeps; exec sleep 1000'\n");
	g_assert_true(wait_for(terminal, "\nsleeps\r\n"));
	ask(terminal, "\003", "^C");
	ask(terminal, "echo status $?\n", "\nstatus 130\r\n");
	size.ws_row = 44;
	g_assert_cmpint(ioctl(terminal->fd, TIOCSWINSZ, &size), ==, 0);
	ask(terminal, "until stty size | grep '44 99'; do :; done\n",
	    "\n44 99\r\n");
	terminal_close(terminal, "exit 3\n", 3);
}

/* A kernel that is killed cannot restore the terminal. */
static void test_terminal_killed(void)
{
	struct winsize size = {.ws_row = 33, .ws_col = 99};
	Terminal *terminal = terminal_open(&size);

	kill(terminal->pid, SIGTERM);
	terminal_close(terminal, "", 128 + SIGTERM);
}

void add_shell_tests(void)
{
	g_test_add_func("/runner/shell/terminal", test_terminal);
	g_test_add_func("/runner/shell/terminal-killed", test_terminal_killed);
	g_test_add_func("/runner/shell/file", test_file);
	g_test_add_func("/runner/shell/null", test_null);
	g_test_add_func("/runner/shell/pipe", test_pipe);
	g_test_add_func("/runner/shell/dialogue", test_dialogue);
	g_test_add_func("/runner/shell/command", test_command);
	g_test_add_func("/runner/shell/binary", test_binary);
	g_test_add_func("/runner/shell/gpu", test_gpu);
	g_test_add_data_func("/runner/shell/sigint", GINT_TO_POINTER(SIGINT),
			     test_end);
	g_test_add_data_func("/runner/shell/sigterm", GINT_TO_POINTER(SIGTERM),
			     test_end);
	g_test_add_data_func("/runner/shell/sigkill", GINT_TO_POINTER(SIGKILL),
			     test_end);
	g_test_add_func("/runner/shell/no-reader", test_no_reader);
	g_test_add_func("/runner/shell/no-room", test_no_room);
	g_test_add_func("/runner/shell/panic", test_panic);
	g_test_add_func("/runner/shell/guest-ended", test_guest_ended);
	g_test_add_func("/runner/shell/no-boot", test_no_boot);
}
