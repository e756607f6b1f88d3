// SPDX-License-Identifier: GPL-2.0-or-later
/* clients/mesa/make.sh, with stand-ins for the packages, the namespaces and the compilers. */
#include "command.h"

#define MAKE "$ROOT/tests/clients/mesa/make.sh clients"
#define INTO "clients/root/opt/mesa"

/* fetch makes the root, and has the source; the rest is carried out in it without chroot. */
static void stand_ins(void)
{
	sh("rm -rf clients calls; mkdir -p clients/root source; echo x >source/x;"
	   "tar -cJf mesa.tar.xz source");
	stub("build/tests/fetch", "mkdir -p $1/root && cp $TMP/mesa.tar.xz "
				  "$1/$(sed -n 's|^file .*/||p' $2 | cut -d' ' -f1)");
	stub("bin/unshare", "while [ $1 != sh ]; do shift; done\n"
			    "root=$4; shift 4; echo $1 >>$TMP/calls\n"
			    "case $1 in\n"
			    "meson) [ -f $root/work/x ] && mkdir -p $root/opt/mesa/lib ;;\n"
			    "gcc) : >$root/opt/mesa/bin/gl-client ;;\n"
			    "esac");
}

static void builds(void)
{
	stand_ins();
	ok("the drivers and their client are built", MAKE);
	says("a line says where the log is", "log: ");
	check("and are in the clients' root", there(INTO "/lib") && there(INTO "/bin/gl-client"));
	check("what they were built from is gone", !there("clients/mesa/root/work"));
	is("all is done once", "calls", "/usr/bin/true\nmeson\nninja\ngcc\n");
	sh("rm calls");
	ok("again", MAKE);
	check("nothing is done", !said_lines() && !there("calls"));
	sh("rm -r clients/root");
	ok("the clients' root is new", MAKE);
	is("the drivers are not built again", "calls", "gcc\n");
	check("but are in it", there(INTO "/bin/gl-client"));
	sh("rm clients/mesa/root/opt/mesa/made " INTO "/made");
	stub("bin/unshare", "exit 1");
	ok("they cannot be built again", MAKE);
	check("old ones are not left for the clients", !there(INTO));
}

static void cannot(void)
{
	stand_ins();
	stub("build/tests/fetch", "echo getting; echo 'error: no network' >&2; exit 1");
	ok("without packages, the clients do without", MAKE);
	says("and a line says why", "their clients are skipped: error: no network\n");
	stub("build/tests/fetch", "exit 130");
	fails("an interrupt ends all", MAKE);
	stand_ins();
	stub("bin/unshare", "echo 'unshare failed: not permitted' >&2; exit 1");
	ok("without namespaces, likewise", MAKE);
	says("and a line says why", "are built: unshare failed: not permitted\n");
	stand_ins();
	stub("bin/unshare", "case $* in *meson*) exit 1 ;; esac");
	ok("what does not compile, likewise", MAKE);
	says("and the line names the log", "they do not build (log: ");
	check("nothing is in the clients' root", !there(INTO));
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/mesa/builds", builds);
	commands_add("/mesa/cannot", cannot);
	return commands_run();
}
