// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * relink.sh beside kbuild on a real kernel of the variant debug, which is built first: mostly from
 * ccache, after make check. It edits kernel trees in a workspace of its own, build/relink.
 */
#include <string.h>

#include "command.h"

#define UML "$ROOT/uml-config/"
/* $TMP/tree and $TMP/out are those of the kernel. */
#define HELPER "tree/drivers/gpu/drm/drm_gem_shmem_helper.c"
#define HEADER "tree/drivers/gpu/drm/virtio/virtgpu_drv.h"
#define RELINK                                                                                     \
	UML "relink.sh $(readlink -f tree) $(readlink -f out) $(getconf _NPROCESSORS_ONLN) 2>&1"
#define AGAIN UML "build.sh debug"
/* build.sh itself, with relink.sh taken from it; notes what it compiled. */
#define KBUILD                                                                                     \
	"rm -f out/relink/key; " AGAIN " && sed -n 's/^  CC  *//p' out/build.log | sort >kbuild"

/* Adds @line to the file @path. */
static void add(const char *path, const char *line)
{
	sh(f("echo '%s' >>%s", line, path));
}

static void has(const char *name, const char *symbol)
{
	holds(name, f("nm out/vmlinux | grep -q ' %s$'", symbol));
}

static void has_not(const char *name, const char *symbol)
{
	holds(name, f("! nm out/vmlinux | grep %s", symbol));
}

/* Status 2: that is for kbuild. Kbuild goes by times, so it would have nothing to do here. */
static void declines(const char *name, const char *path)
{
	sh(f("touch -r %s time && touch %s", path, path));
	check(name, run(RELINK) == 2);
	sh(f("touch -r time %s && " UML "relink.sh --stamp out", path));
}

/* An error of the compiler or of the linker. */
static void is_error(const char *name, const char *shown, const char *text)
{
	int status = run(RELINK);

	check(name, status > 0 && status != 2);
	says(shown, text);
}

static void same_bytes_by_kbuild(const char *name)
{
	const char *before = ask("sha256sum <out/linux");

	sh("rm -f out/vmlinux");
	ok("kbuild links it again", KBUILD);
	check(name, !strcmp(ask("sha256sum <out/linux"), before));
}

static void test_edits(void)
{
	ok("nothing to do", RELINK);
	check("nothing is done", !*command_out());
	add(HELPER, "int sb_probe_one; EXPORT_SYMBOL(sb_probe_one);");
	ok("a C file was edited", RELINK);
	check("one object was compiled", count("  CC") == 1);
	has("it is in the kernel", "sb_probe_one");
	same_bytes_by_kbuild("which gives the same bytes");

	add(HEADER, "extern int sb_probe_one;");
	ok("a header was edited", RELINK);
	put("relinked", command_out());
	sh("sed -n 's/^  CC //p' relinked | sort >objects; touch " HEADER);
	ok("kbuild, after the same edit", KBUILD);
	holds("compiles the same objects", "grep -v init/version kbuild | diff - objects");
	holds("which are several", "[ $(wc -l <objects) -gt 5 ]");
}

static void test_old_file(void)
{
	sh("cp -p " HELPER " old.c; touch -d 2001-01-01 old.c");
	add(HELPER, "int sb_probe_two; EXPORT_SYMBOL(sb_probe_two);");
	ok("one more edit", RELINK);
	has("is in the kernel", "sb_probe_two");
	sh("cp -p old.c " HELPER ".new; mv " HELPER ".new " HELPER);
	ok("the old file comes back, with its old time", RELINK);
	has_not("and the kernel with it", "sb_probe_two");
}

static void test_errors(void)
{
	add(HELPER, "int sb_probe_three = error;");
	is_error("an error of the compiler", "is shown", "drm_gem_shmem_helper.c");
	fails("and is not forgotten", RELINK);
	sh("sed -i 's/^int sb_probe_three.*/int sb_probe_three;/' " HELPER);
	ok("until it is fixed", RELINK);
	has("then the kernel has it", "sb_probe_three");

	add(HELPER, "extern int sb_nowhere; int *sb_probe_four = &sb_nowhere;");
	is_error("an error of the linker", "is shown, too", "undefined reference");
	fails("and is not forgotten, either", RELINK);
	fails("nor for build.sh", AGAIN);
	sh("sed -i 's/^extern int sb_nowhere;/static int sb_nowhere;/' " HELPER);
	ok("until that is fixed", RELINK);
	has("then the kernel has it, too", "sb_probe_four");
}

static void test_declined(void)
{
	declines("a makefile is for kbuild", "tree/drivers/gpu/drm/Makefile");
	declines("so is Kconfig", "tree/drivers/gpu/drm/Kconfig");
	declines("so is what headers are generated from", "tree/kernel/bounds.c");
	declines("so is a host program", "tree/scripts/mod/modpost.c");
	sh("mv " HEADER " away");
	check("so is a header that is gone", run(RELINK) == 2);
	sh("mv away " HEADER);
	ok("which does it", AGAIN);
	ok("nothing to do after that", RELINK);
	check("nothing is done", !*command_out());
	add(HELPER, "int sb_probe_five; EXPORT_SYMBOL(sb_probe_five);");
	ok("one more edit after that", RELINK);
	same_bytes_by_kbuild("which gives the same bytes, too");
}

static void test_series(void)
{
	sh("mkdir patches; git -C tree diff >patches/0001-all.patch; git -C tree reset -q --hard");
	ok("the edits as a series", "SERIES=$TMP/patches " AGAIN);
	has("are in the kernel", "sb_probe_three");
	ok("and with SERIES=none", AGAIN);
	has_not("they are not", "sb_probe_three");
}

static void test_relink(void)
{
	g_autofree char *build = g_build_filename(g_getenv("ROOT"), "build/relink", NULL);

	g_setenv("SB_BUILD", build, TRUE);
	g_setenv("SERIES", "none", TRUE);
	sh("mkdir -p $SB_BUILD $ROOT/build/download; ln -sfn ../download $SB_BUILD/download");
	/* Edits that a run left behind which was cut short. */
	sh("for tree in $SB_BUILD/src/*/.git; do"
	   "	[ ! -d $tree ] || git -C ${tree%/.git} reset -q --hard; done");
	sh("linux=$(" AGAIN ") && ln -s $(dirname $linux) out && ln -s $(" UML "prepare.sh) tree");
	test_edits();
	test_old_file();
	test_errors();
	test_declined();
	test_series();
	sh("git -C tree reset -q --hard");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	/* It builds a whole kernel. */
	command_seconds = 3600;
	commands_add("/relink", test_relink);
	return commands_run();
}
