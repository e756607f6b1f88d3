// SPDX-License-Identifier: GPL-2.0-or-later
/* A run's own name of its kernel: how long it stays. */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests.h"

#define WITH "KERNEL=$TMP/linux SERIES=none " UML "with-kernel.sh "
#define USED "build/kernel/in-use/"

static void is_empty(const char *name)
{
	holds(name, "[ -z \"$(ls " USED ")\" ]");
}

static void test_beside(void)
{
	ok("a command beside the build is told of the headers",
	   WITH "--beside 'test -f \"${UAPI%/include/uapi}/Kbuild\"' debug true");
	fails("if it fails, the other is not run", WITH "--beside 'exit 3' debug touch ran");
	check("indeed", !there("ran"));
}

/*
 * What others left, or use: a run in another PID namespace has a number that is somebody
 * else's here, or nobody's.
 */
static void test_pruned(void)
{
	const char *ours = f(USED "debug.%d", getpid());
	int fd;

	put(ours, "");
	put(USED "debug.left", "");
	put(USED "debug.left.lock", "");
	put(USED "debug.4194305", "");
	fd = open(USED "debug.4194305.lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	flock(fd, LOCK_EX);
	ok("another run prunes", WITH "debug true");
	check("what nobody holds, whatever its number", !there(ours));
	check("with its lock", !there(USED "debug.left") && !there(USED "debug.left.lock"));
	check("but not what a run elsewhere holds", there(USED "debug.4194305"));
	close(fd);
	ok("until it has ended", WITH "debug true");
	is_empty("then it goes");
}

/* A run that is killed while its command goes on with the kernel. */
static void test_killed(void)
{
	sh("mkfifo end");
	stub("command", "echo $1 >$TMP/kernel; kill -KILL $PPID; read -r _ <$TMP/end");
	/* (The command has the pipe of the output; so it has another.) */
	run(WITH "debug $TMP/command @KERNEL@ >/dev/null 2>&1");
	ok("another run begins when one has been killed", WITH "debug true");
	holds("the kernel stays while its command lives", "[ -e $(cat kernel) ]");
	sh("echo >end; until flock -n $(cat kernel).lock true; do :; done");
	ok("another begins when that has ended", WITH "debug true");
	is_empty("and there is no kernel left");
}

void test_with_kernel(void)
{
	fake_build("linux");
	ok("the command has a kernel", WITH "debug test -s @KERNEL@");
	is_empty("which is gone afterwards");
	test_beside();
	test_pruned();
	test_killed();
}
