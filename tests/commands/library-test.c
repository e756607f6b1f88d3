// SPDX-License-Identifier: GPL-2.0-or-later
/* The library of these tests itself. Groups of /sample are judged by those of /library. */
#include <signal.h>
#include <string.h>

#include "command.h"

/* Each of these checks fails. */
static void sample_red(void)
{
	ok("a status", "exit 1");
	fails("no failure", "true");
	fails("a crash is no error", "kill -SEGV $$");
	fails("no such program", "nonexistent-program");
	good("another text", "two", "echo one");
	bad("a good status", "one", "echo one");
	refused("two lines", "one", "echo one; echo two; exit 1");
	says("no such line", "^ne");
	says("not the last line", "=on");
	says("it was said", "!one");
	holds("a file", "test -e none");
	check("a condition", FALSE);
	is("no such file", "none", "");
	put("file", "one");
	is("another content", "file", "two");
	command_seconds = 1;
	ok("a limit", "exec sleep 1000");
}

static void sample_green(void)
{
	ok("one check", "true");
}

static void sample_broken(void)
{
	sh("echo why >&2; exit 3");
}

/* Waits until it is told to end. */
static void sample_waits(void)
{
	run("echo $$ >\"$OUTER/fifo\"; pwd >\"$OUTER/where\"; exec sleep 1000");
}

#define SAMPLE "cd $ROOT && exec env OUTER=$TMP SAMPLE=1 /proc/$PPID/exe -p /sample/"

static void verdicts(void)
{
	bad("checks that fail", "=0 passed, 15 failed", SAMPLE "red");
	check("each is red", count("not ok - ") == 15 && !said("^ok "));
	says("with the command, and what it says", "status 0 of: echo one\n    one\n");
	says("and why", "(/sample/red) this was not printed: two");
	good("one that passes", "=1 passed, 0 failed", SAMPLE "green");
	says("is green", "^ok - one check$");
	bad("no check at all", "0 passed, 0 failed", SAMPLE "none");
	bad("set-up that fails", "error: status 3 of: echo why", SAMPLE "broken");
	says("with what it said", "why");
}

static void signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
		check(f("signal %d ends it, and its command", numbers[i]),
		      interrupted(numbers[i], NULL, "sh -c '" SAMPLE "waits'") == 128 + numbers[i]);
		holds("nothing is left of its directory", "! test -e \"$(dirname $(cat where))\"");
	}
	check("a line says when",
	      interrupted(SIGTERM, "tw", "sh -c 'echo one; echo two; exec sleep 1000'") ==
		      128 + SIGTERM);
	check("one that does not come", interrupted(SIGTERM, "three", "echo two") == -1);
	check("one that ends before", interrupted(SIGTERM, NULL, "true") == -1);
	check("what goes on is noticed", interrupted(SIGTERM, NULL,
						     "sh -c 'setsid sh -c \"echo \\$\\$ >fifo; "
						     "exec sleep 1000\" >/dev/null 2>&1 & "
						     "wait'") == -1);
}

static void surroundings(void)
{
	ok("the directory is empty", "test \"$(pwd)\" = \"$TMP\" && ! ls -A | grep .");
	holds("its input, too", "! grep .");
	holds("the clone", "test -e \"$ROOT/uml-config/lib.sh\"");
	holds("the caller's variables are not passed on", "test -z \"${MAKEFLAGS:-}${J:-}${T:-}\"");
	stub("bin/gcc", "echo \"a stub: $*\"");
	good("a stub comes first", "=a stub: -x 'a b'", "gcc -x \"'a b'\"");
	put("a/file", "one\n");
	put("b/file", "one\n");
	is("the content of a file", "a/file", "one\n");
	check("the same", same_file("a/file", "b/file") && same_file("a", "b"));
	put("b/file", "two\n");
	check("not the same", !same_file("a/file", "b/file") && !same_file("a", "b"));
	check("nor what is not there", !same_file("none", "none") && !there("none"));
	unpack("doctor.txt", "archive");
	is("a file of an archive", "archive/proc/self/cgroup", "0::/a/b\n");
	good("and a program", "=/lib/x", "archive/bin/gcc -print-file-name=x");
	is("an empty file", "archive/mtab", "");
	ok("output and errors", "echo out; echo errors >&2");
	check("are apart",
	      !strcmp(command_out(), "out\n") && !strcmp(command_errors(), "errors\n"));
	check("what is asked", !strcmp(ask("echo one; echo two"), "one\ntwo"));
	says("is not the last command", "out");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	if (g_getenv("SAMPLE")) {
		commands_add("/sample/red", sample_red);
		commands_add("/sample/green", sample_green);
		commands_add("/sample/broken", sample_broken);
		commands_add("/sample/waits", sample_waits);
	} else {
		commands_add("/library/verdicts", verdicts);
		commands_add("/library/signals", signals);
		commands_add("/library/surroundings", surroundings);
	}
	return commands_run();
}
