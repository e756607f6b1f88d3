// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdicts of distros/run.sh, with roots that are made up. */
#include <signal.h>

#include "command.h"

#define DISTROS(names) "env DISTROS='" names "' $ROOT/tests/distros/run.sh"

static void verdicts(void)
{
	unpack("distros.txt", ".");
	ok("two pass", DISTROS("good better"));
	says("their sum", "=12 passed, 0 failed");
	check("nothing stays of the roots", !there("build/distros/good/root"));
	fails("one has failures", DISTROS("good bad better"));
	says("all are told", "=15 passed, 2 failed");
	fails("no test", DISTROS("none"));
	says("is a failure", "=0 passed, 1 failed");
	fails("a status without a failure", DISTROS("liar good"));
	says("is one", "=9 passed, 1 failed");
	fails("it ended without a sum", DISTROS("good silent"));
	says("which counts", "=5 passed, 1 failed");
	says("its last lines are shown", "E: no space left");
	fails("nothing at all was said", DISTROS("good early"));
	says("which counts, too", "=5 passed, 1 failed");
	ok("one cannot be had", DISTROS("gone good"));
	says("it is named, with the reason", "cannot get gone: E: no such suite");
	says("and skipped", "1 skipped");
	says("the others count", "=5 passed, 0 failed");
	fails("none can be had", DISTROS("gone"));
}

static void ended(void)
{
	static const int signals[] = {SIGINT, SIGTERM};

	unpack("distros.txt", ".");
	for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
		check(f("signal %d ends it, and all that runs", signals[i]),
		      interrupted(signals[i], NULL, DISTROS("slow good")) == 128 + signals[i]);
		check("nothing stays of the root", !there("build/distros/slow/root"));
		ok("the next run is not in its way", DISTROS("good"));
	}
}

static void errors(void)
{
	unpack("distros.txt", ".");
	sh("mkdir build/distros");
	fails("two at once", "flock build/distros/lock " DISTROS("good"));
	says("it is said", "another make check-distros");
	stub("bin/unshare", "echo 'unshare: not permitted' >&2; exit 1");
	fails("no namespaces", DISTROS("good"));
	says("what to do", "/etc/subuid");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	g_setenv("MIRROR", "file:///nowhere/", TRUE);
	commands_add("/distros/verdicts", verdicts);
	commands_add("/distros/ended", ended);
	commands_add("/distros/errors", errors);
	return commands_run();
}
