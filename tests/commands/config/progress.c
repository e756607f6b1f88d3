// SPDX-License-Identifier: GPL-2.0-or-later
/* What is seen of a long compilation, on a terminal and elsewhere. */
#include <string.h>

#include "tests.h"

#define BUILD "TERM=xterm KERNEL=$TMP/linux SERIES=none " UML "build.sh debug"
/* On a terminal of its own, which is $TMP/terminal, too. */
#define ON_TERMINAL "timeout 30 script -qefc $TMP/session terminal"

/* Objects of the fake kernel are made when the terminal shows @text. */
static void wait_for(const char *text)
{
	sh(f("sed -i \"/^>@until/d; s,^>@echo \\\"  CC .*,>@until grep -q '%s' "
	     "$TMP/terminal; do sleep 0.1; done\\n&,\" linux/Makefile",
	     text));
}

/* What the line says of a log with @made objects of @total, 30 seconds after the beginning. */
static void check_line(const char *name, guint made, guint total, const char *text)
{
	GString *log = g_string_new("  GEN     Makefile\n");

	for (guint i = 1; i <= made; i++)
		g_string_append_printf(log, "  %s      %u.o\n", i < 20 ? "CC" : "AS", i);
	put("log", log->str);
	g_string_free(log, TRUE);
	/* (What would wait ends it.) */
	stub("bin/sleep", "exit 1");
	stub("bin/date", "echo asked >>$0.log; "
			 "[ $(wc -l <$0.log) = 1 ] && echo 1000 || echo 1030");
	sh("rm -f bin/date.log");
	run(f(UML "progress.sh debug $TMP/log %u", total));
	says(name, text);
	sh("rm bin/sleep bin/date");
}

static void test_terminal(void)
{
	wait_for("debug: [01] of about 850 objects");
	ok("a build on a terminal shows how far it is", ON_TERMINAL);
	says("and ends without that line", "\033[Kkernel: debug took");
	check("nothing goes on afterwards", !*ask("cat left"));
	sh("cd build/kernel/debug*; seq 1 17 | sed 's/$/.o/' | xargs touch");
	put("build/kernel/objects", "40\n");
	sh("echo '/* new */' >>linux/lib/lib.c");
	wait_for("debug: [01] of about 21 objects");
	ok("another one knows what is there, and how many there were", ON_TERMINAL);
	check("which are counted again", !strcmp(ask("cat build/kernel/objects"), "19"));
	put("build/kernel/objects", "20\n");
	sh("echo '/* new */' >>linux/lib/lib.c");
	wait_for("debug: [01] objects");
	ok("one that finds nearly all does not guess how many of the old are new", ON_TERMINAL);
	wait_for("objects");
	put("linux/lib/lib.c", "int broken\n");
	bad("one that does not build fails", "error: the debug kernel does not build", ON_TERMINAL);
	check("nothing goes on after that", !*ask("cat left"));
}

void test_progress(void)
{
	fake_build("linux");
	/* Ends with the status of the build; left has what is still at work for it then. */
	stub("session", BUILD "\n"
			      "status=$?\n"
			      "for cmdline in /proc/[0-9]*/cmdline; do\n"
			      "	tr '\\0' ' ' <$cmdline\n"
			      "	echo\n"
			      "done 2>/dev/null | grep \"[p]rogress.sh debug $TMP\" >$TMP/left\n"
			      "exit $status");
	test_terminal();
	sh("sed -i '/^>@until/d; s/^>@echo \"  CC .*/>@sleep 0.5\\n&/' linux/Makefile");
	put("linux/lib/lib.c", "");
	ok("a build elsewhere", BUILD);
	check("prints whole lines",
	      !strstr(command_errors(), "objects") && !strchr(command_errors(), '\r'));
	check_line("the time left comes from the pace", 20, 60,
		   "debug: 20 of about 60 objects, 60 s left");
	check_line("not when there are more than expected", 20, 10, "debug: 20 objects");
	check_line("nor when hardly any is made", 4, 60, "debug: 4 of about 60 objects\033");
}
