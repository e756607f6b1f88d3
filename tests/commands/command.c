// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../host/child.h"
#include "../host/io.h"
#include "scratch.h"

guint command_seconds = 600;

static guint passed_count, failed_count;

/* The last command. */
static struct {
	char *command;
	GString *out;
	char *errors;
	int status;
} last;

/*
 * Run and watch
 */

static const ChildArgs *args_of(const char *command, GString *out)
{
	static const char *argv[4] = {"sh", "-c"};
	static ChildArgs args;

	argv[2] = command;
	args = (ChildArgs){.argv = (char *const *)argv,
			   .text = out,
			   .errors = scratch_errors(),
			   .seconds = command_seconds};
	return &args;
}

static int status_of(ChildEnd end, int status)
{
	if (child_interrupted() || end == CHILD_FAILED)
		scratch_die("a command could not be run");
	return end == CHILD_ENDED ? status : -1;
}

/* Takes over @out. */
static void note(const char *command, GString *out, int status)
{
	g_free(last.command);
	g_free(last.errors);
	if (last.out)
		g_string_free(last.out, TRUE);
	last.command = g_strdup(command);
	last.out = out;
	last.errors = NULL;
	last.status = status;
	if (!g_file_get_contents(scratch_errors(), &last.errors, NULL, NULL))
		scratch_die("the errors of a command are lost: %s", command);
}

int run(const char *command)
{
	GString *out = g_string_new(NULL);
	int status = -1;
	ChildEnd end = child_run(args_of(command, out), &status, NULL);

	note(command, out, status_of(end, status));
	return last.status;
}

/* Run what is no subject of a test. Returns its status; *@text: all that it said, owned. */
static int run_aside(const char *command, char **text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *errors = NULL;
	int status = -1;
	ChildEnd end = child_run(args_of(command, out), &status, NULL);

	status = status_of(end, status);
	if (status && g_file_get_contents(scratch_errors(), &errors, NULL, NULL))
		g_string_append(out, errors);
	*text = g_string_free(g_steal_pointer(&out), FALSE);
	return status;
}

const char *ask(const char *command)
{
	g_autofree char *strict = g_strdup_printf("set -e; %s", command);
	char *text;
	int status = run_aside(strict, &text);

	scratch_keep(text);
	if (status == -1)
		scratch_die("no end within %u s: %s\n%s", command_seconds, command, text);
	if (status)
		scratch_die("status %d of: %s\n%s", status, command, text);
	if (g_str_has_suffix(text, "\n"))
		text[strlen(text) - 1] = '\0';
	return text;
}

void sh(const char *command)
{
	ask(command);
}

/*
 * Interrupt
 */

typedef struct {
	const char *line;
	int signal;
	pid_t pid; /* of the command; 0: it got its signal */
	int fifo; /* where the program that it started says its PID */
	int program; /* that program, as a pidfd; -1: it did not say */
} Moment;

static void send_signal(Moment *moment)
{
	kill(moment->pid, moment->signal);
	moment->pid = 0;
}

static gboolean look_at_line(const char *line, gpointer data)
{
	Moment *moment = data;

	if (moment->pid && strstr(line, moment->line))
		send_signal(moment);
	return TRUE;
}

/* Wait until a program says its PID, or the command ends. */
static void await_program(Moment *moment)
{
	struct pollfd fds[] = {{moment->fifo, POLLIN, 0},
			       {syscall(SYS_pidfd_open, moment->pid, 0), POLLIN, 0}};
	char text[32] = "";

	if (poll(fds, 2, command_seconds * 1000) > 0 && fds[0].revents &&
	    read(moment->fifo, text, sizeof(text) - 1) > 0) {
		moment->program = syscall(SYS_pidfd_open, atoi(text), 0);
		send_signal(moment);
	}
	close(fds[1].fd);
}

/* Is the program gone? If not, it is killed. */
static gboolean has_ended(int program)
{
	struct pollfd poll_fd = {program, POLLIN, 0};

	if (poll(&poll_fd, 1, 0) == 1)
		return TRUE;
	syscall(SYS_pidfd_send_signal, program, SIGKILL, NULL, 0);
	return FALSE;
}

static int watch_interrupted(Moment *moment, const ChildArgs *args)
{
	Child *child = child_start(args, NULL);
	int status = -1;
	ChildEnd end;

	if (!child)
		scratch_die("a command could not be started");
	moment->pid = child_pid(child);
	if (!moment->line)
		await_program(moment);
	end = child_wait(child, &status);
	status = status_of(end, status);
	if (moment->line)
		return status;
	return moment->program >= 0 && has_ended(moment->program) ? status : -1;
}

int interrupted(int signal, const char *line, const char *command)
{
	GString *out = g_string_new(NULL);
	/* (The shell itself would not pass the signal on.) */
	g_autofree char *replaced = g_strdup_printf("exec %s", command);
	ChildArgs args = *args_of(replaced, out);
	Moment moment = {.line = line, .signal = signal, .program = -1};
	int status;

	args.line = line ? look_at_line : NULL;
	args.data = &moment;
	unlink("fifo");
	if (mkfifo("fifo", 0600))
		scratch_die("no fifo in the scratch directory");
	moment.fifo = open("fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	status = watch_interrupted(&moment, &args);
	close(moment.fifo);
	close(moment.program);
	note(command, out, moment.pid ? -1 : status);
	return last.status;
}

/*
 * What the last command said
 */

const char *command_out(void)
{
	return last.out->str;
}

const char *command_errors(void)
{
	return last.errors;
}

const char *answer(void)
{
	const char *end = strrchr(last.out->str, '\n');

	return f("%.*s", (int)(end ? end - last.out->str : 0), last.out->str);
}

static guint count_in(const char *text, const char *format, const char *regex)
{
	g_autofree char *pattern = g_strdup_printf(format, regex);
	g_autoptr(GError) error = NULL;
	g_autoptr(GRegex) compiled =
		g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, &error);
	g_autoptr(GMatchInfo) match = NULL;
	guint matches = 0;

	if (!compiled)
		scratch_die("%s", error->message);
	for (g_regex_match(compiled, text, 0, &match); g_match_info_matches(match); matches++)
		g_match_info_next(match, NULL);
	return matches;
}

guint count(const char *regex)
{
	return count_in(last.out->str, "^(?:%s)", regex);
}

gboolean said(const char *text)
{
	if (!text)
		return TRUE;
	switch (*text) {
	case '!':
		return !said(text + 1);
	case '^':
		return count(text + 1);
	case '=':
		return count_in(last.out->str, "^(?:%s)\n?\\z", text + 1);
	default:
		return strstr(last.out->str, text) || strstr(last.errors, text);
	}
}

guint said_lines(void)
{
	return count_in(last.out->str, "%s", "\n") + count_in(last.errors, "%s", "\n");
}

/*
 * Checks
 */

static void print_indented(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line && (**line || line[1]); line++)
		printf("    %s\n", *line);
}

/* @why: NULL if it passed. */
static void verdict(const char *name, const char *why)
{
	printf("%sok - %s\n", why ? "not " : "", name);
	if (why) {
		printf("    (%s) %s\n", g_test_get_path(), why);
		failed_count++;
		g_test_fail();
	} else {
		passed_count++;
	}
	fflush(stdout);
}

static void print_last(void)
{
	if (!last.command)
		return;
	printf("    status %d of: %s\n", last.status, last.command);
	print_indented(last.out->str);
	print_indented(last.errors);
	fflush(stdout);
}

void check(const char *name, gboolean passed)
{
	verdict(name, passed ? NULL : "this does not hold after:");
	if (!passed)
		print_last();
}

void says(const char *name, const char *text)
{
	g_autofree char *why = g_strdup_printf("this was not printed: %s", text);

	verdict(name, said(text) ? NULL : why);
	if (!said(text))
		print_last();
}

static void check_run(const char *name, const char *text, const char *command, gboolean good_status)
{
	int status = run(command);

	if (good_status ? status != 0 : status < 1 || status > 124) {
		verdict(name, good_status ? "it fails" : "this is not the status of an error");
		print_last();
	} else {
		says(name, text);
	}
}

void ok(const char *name, const char *command)
{
	check_run(name, NULL, command, TRUE);
}

void fails(const char *name, const char *command)
{
	check_run(name, NULL, command, FALSE);
}

void good(const char *name, const char *text, const char *command)
{
	check_run(name, text, command, TRUE);
}

void bad(const char *name, const char *text, const char *command)
{
	check_run(name, text, command, FALSE);
}

void refused(const char *name, const char *text, const char *command)
{
	run(command);
	check(name, last.status >= 1 && last.status <= 124 && said_lines() == 1 && said(text));
}

void holds(const char *name, const char *command)
{
	g_autofree char *text = NULL, *why = NULL;
	int status = run_aside(command, &text);

	why = g_strdup_printf("status %d of: %s", status, command);
	verdict(name, status ? why : NULL);
	if (status) {
		print_indented(text);
		print_last();
	}
}

void is(const char *name, const char *path, const char *text)
{
	g_autofree char *have = NULL;
	gboolean same = g_file_get_contents(path, &have, NULL, NULL) && !strcmp(have, text);

	verdict(name, same ? NULL : have ? "the content of the file is:" : "there is no such file");
	if (!same) {
		print_indented(have ? have : path);
		print_last();
	}
}

/*
 * The program
 */

static void run_group(gconstpointer group)
{
	scratch_reset();
	((void (*)(void))group)();
}

void commands_add(const char *path, void (*group)(void))
{
	g_test_add_data_func(path, (gconstpointer)group, run_group);
}

/* What GLib says of groups: the checks say more. */
static void print_nothing(const char *text)
{
	(void)text;
}

void commands_init(int argc, char **argv)
{
	static char keep_going[] = "-k";
	static char *words[32];
	char **list = words;
	int count = MIN(argc, (int)G_N_ELEMENTS(words) - 2);

	memcpy(words, argv, count * sizeof(*words));
	words[count++] = keep_going;
	g_set_print_handler(print_nothing);
	g_test_init(&count, &list, NULL);
	scratch_make();
}

int commands_run(void)
{
	int status = g_test_run();

	printf("%u passed, %u failed\n", passed_count, failed_count);
	scratch_remove();
	g_free(last.command);
	g_free(last.errors);
	if (last.out)
		g_string_free(last.out, TRUE);
	return status || failed_count || !passed_count;
}
