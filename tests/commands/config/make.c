// SPDX-License-Identifier: GPL-2.0-or-later
/* The top Makefile: paths that it cannot work in, and its list of commands. */
#include <string.h>

#include "tests.h"

/* make in the clone, which the link $TMP/clone leads to. */
#define MAKE "make -C \"$(readlink clone)\" --no-print-directory "

/*
 * As much of this clone as make needs to begin, below a directory @name; with a deps.sh that
 * lets nothing begin that it does not hear of.
 */
static void put_clone(const char *name)
{
	g_autofree char *quoted = g_shell_quote(name);
	const char *dir = f("clones/%s/x", name);

	sh(f("rm -rf clones; mkdir -p clones/%1$s/x/uml-config; ln -sfn $TMP/clones/%1$s/x clone\n"
	     "cd $ROOT; cp Makefile $TMP/clones/%1$s/x/\n"
	     "cd uml-config; cp path.sh shard.sh supervise.c $TMP/clones/%1$s/x/uml-config/",
	     quoted));
	stub(f("%s/uml-config/deps.sh", dir), "echo begun >&2; exit 3");
}

/* Each command refuses the path, in a line that names @what, before anything else happens. */
static gboolean is_refused(const char *what)
{
	static const char *const targets[] = {"check", "coverage", "check-each",
					      "list",  "kernel",   "clean"};

	for (guint i = 0; i < G_N_ELEMENTS(targets); i++)
		if (run(f(MAKE "%s", targets[i])) <= 0 || said_lines() != 1 ||
		    !said(f("the path of this clone has %s", what)) || !said("move the clone"))
			return FALSE;
	return TRUE;
}

static void test_refused(void)
{
	static const char *const names[] = {"a b", "a\tb", "a\nb", "a:b", "a#b", "a$b", "a%b",
					    "a'b", "a\"b", "a\\b", "a;b", "a*b", "a?b", "a[b",
					    "a&b", "a(b",  "a|b",  "a,b", "a=b"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		char odd = names[i][1];
		const char *what = strchr(" \t\n", odd) ? "a blank"
				   : odd == ':'		? "a colon"
							: f("the character %c", odd);
		char *shown = (char *)f("%s", names[i]);

		if (strchr("\t\n", odd))
			shown[1] = '?';
		put_clone(names[i]);
		check(f("%s: commands say %s", shown, what), is_refused(what));
		ok(f("%s: make help works", shown), MAKE "help");
		ok(f("%s: and so does make", shown), MAKE);
	}
}

static void test_accepted(const char *name)
{
	put_clone(name);
	fails(f("%s is a path like any other", name), MAKE "kernel");
	says(f("%s: make begins", name), "begun");
}

/* The kernel and the programs, each of which waits until the other has begun. */
static void test_together(void)
{
	put_clone("together");
	sh("cd clone; mkdir shim tests; echo all: | tee shim/Makefile >tests/Makefile;"
	   "printf '\\t@cat ../gate\\n' >>shim/Makefile; mkfifo gate; cd $ROOT/uml-config;"
	   "cp lib.sh with-kernel.sh fill-in.sh $TMP/clone/uml-config");
	stub("clone/uml-config/prepare.sh", "");
	stub("clone/uml-config/build.sh", "mkdir -p build; : >build/gives; echo kernel >gate; "
					  "echo build/linux");
	stub("clone/uml-config/deps.sh", "echo looked >>looks");
	stub("clone/tests/doctor/doctor.sh", "echo looked >>looks");
	/* (build/ is that of the clone.) */
	ok("the kernel and the programs are built at the same time", "timeout 20 " MAKE "build");
	/* By deps.sh and by doctor.sh, which is the same here. */
	check("the host is looked at once", !strcmp(ask("cat clone/looks"), "looked\nlooked"));
}

/* Those that the top Makefile names outside of .PHONY are those in it. */
static void test_targets(void)
{
	sh("sed -n 's/^\\([a-z][a-z -]*\\):\\( [^=]*\\)\\{0,1\\}$/\\1/p' $ROOT/Makefile | "
	   "tr ' ' '\\n' | sort -u >targets");
	sh("sed -n '/^\\.PHONY:/,/[^\\\\]$/p' $ROOT/Makefile | sed 's/^\\.PHONY://; s/\\\\$//' | "
	   "tr -s ' \\t' '\\n' | sed '/^$/d' | sort -u >phony");
	holds("there are commands", "grep -qx check-each targets");
	holds("no file is taken for one", "diff targets phony");
}

void test_make(void)
{
	test_refused();
	test_accepted("a@b+c~d.e_f-G");
	test_accepted("Zoë");
	test_together();
	test_targets();
}
