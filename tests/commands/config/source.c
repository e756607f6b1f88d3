// SPDX-License-Identifier: GPL-2.0-or-later
/* Where source.sh gets a kernel from. */
#include <string.h>

#include "../../host/child.h"
#include "tests.h"

#define SOURCE UML "source.sh"
#define TARBALL "linux-6.12.9.tar"
#define AT(path) "KERNEL_URL=file://$TMP/" path " "
/* Its sum, which is that of moved as well. */
#define SUM "KERNEL_SHA256=$(cat moved " TARBALL " 2>/dev/null | sha256sum | cut -d' ' -f1) "
#define OTHER_SUM "KERNEL_SHA256=$(echo other | sha256sum | cut -d' ' -f1) "

static void test_url(void)
{
	put(TARBALL, "a kernel\n");
	ok("a URL is downloaded", AT(TARBALL) SUM SOURCE);
	check("and its path printed", same_file(answer(), TARBALL));
	sh("mv " TARBALL " moved");
	ok("once", AT(TARBALL) SUM SOURCE);
	sh("mv moved " TARBALL "; rm -rf build");

	bad("a wrong checksum is an error", TARBALL " is corrupt", AT(TARBALL) OTHER_SUM SOURCE);
	holds("which is thrown away", "! ls build/download/linux-*");
	fails("a URL without a checksum is an error", AT(TARBALL) SOURCE);
	fails("a URL that is not there is an error", AT("none") SUM SOURCE);
	says("that says what else there is", "KERNEL=");
}

/* Debian's package, from an apt-get and a dpkg-deb of our own. */
static void put_package(void)
{
	put("pkg/usr/src/linux-source-6.12.tar.xz", "Debian's kernel\n");
	put("pkg/usr/src/linux-source-7.3.tar.xz", "Debian's kernel\n");
	sh("tar -C pkg -cf data.tar ./usr/src");
	stub("bin/apt-get", "echo \"$*\" >>$TMP/apt.log\n"
			    "case $* in\n"
			    "*update*) touch $TMP/updated ;;\n"
			    "*'download linux-source-6.12'*)\n"
			    "	[ -e $TMP/updated ] || exit 100\n"
			    "	[ ! -e $TMP/slow ] || cat $TMP/gate >/dev/null\n"
			    "	cp $TMP/data.tar linux-source-6.12_6.12.9-1_all.deb ;;\n"
			    "*indextargets*) echo http://mirror/debian/ ;;\n"
			    "*SourceParts=/dev/null*'download linux-source-7.3'*)\n"
			    "	[ ! -e $TMP/gone ] || exit 100\n"
			    "	cp $TMP/data.tar linux-source-7.3_7.3.9-1_all.deb ;;\n"
			    "*) exit 100 ;;\n"
			    "esac");
	stub("bin/apt-cache", "printf 'linux-source-%s\\n' 7.5 6.12 7.3-rt; echo linux-source");
	stub("bin/dpkg-deb", "case $1 in\n"
			     "-f) echo \"$(basename \"$2\" | cut -d _ -f 2)\" ;;\n"
			     "--fsys-tarfile) [ ! -e $TMP/corrupt ] && cat \"$2\" ;;\n"
			     "esac");
}

static void is_debians(const char *name)
{
	holds(name, f("grep -q \"Debian's kernel\" %s", answer()));
}

static void test_package(void)
{
	put_package();
	ok("the package is downloaded, after an update where it is not known", SOURCE);
	is_debians("its tarball is the source");
	holds("the machine's lists are not written",
	      "! grep update apt.log | grep -v Dir::State=$SB_BUILD");
	sh("rm updated");
	ok("a second run needs no apt", SOURCE);
	sh("rm -rf build; touch updated corrupt");
	fails("a corrupt package is an error", SOURCE);
	says("that names it", "linux-source-6.12_6.12.9-1_all.deb");
	sh("rm corrupt");
	ok("and is downloaded again", SOURCE);
	fails("a package that apt does not have is an error",
	      "KERNEL_PACKAGE=linux-source-0 " SOURCE);
	says("that names it", "linux-source-0");
	sh(". " UML "kernel-org.conf; cp " TARBALL " build/download/;"
	   "echo " TARBALL " >build/download/url-$pinned_sha256.name");
	fails("whose place the pinned kernel does not take",
	      "KERNEL_PACKAGE=linux-source-0 " SOURCE);
}

static guint errors_said(void)
{
	g_auto(GStrv) parts = g_strsplit(command_errors(), "error: ", 0);

	return g_strv_length(parts) - 1;
}

/* Debian's packages of other kernels. */
static void test_other_packages(void)
{
	ok("a package that the machine's apt lacks comes from Debian's other suites",
	   "KERNEL=debian:7.3 " SOURCE);
	says("of the machine's mirror", "http://mirror/debian/");
	is_debians("its tarball is the source");
	says("and a release that was not tested is said",
	     "linux-source-7.3 has moved on from 7.3.4, with which this was tested, to "
	     "7.3.9-1, which");
	ok("a second run needs no apt", "KERNEL=debian:7.3 " SOURCE);
	sh("rm -rf build; touch gone");
	bad("a package that is gone is an error", "KERNEL=debian:6.12, KERNEL=debian:7.5",
	    "KERNEL=debian:7.3 " SOURCE);
	check("in one line", errors_said() == 1);
}

/* Starts source.sh with @vars in the build directory @build; waits until it says something. */
static Child *start(const char *vars, const char *build, int number)
{
	const char *errors = f("err.%d", number);
	const char *argv[] = {"sh", "-c", f("exec env %s SB_BUILD=%s " SOURCE, vars, build), NULL};
	Child *child = child_start(&(ChildArgs){.argv = (char **)argv,
						.out = f("out.%d", number),
						.errors = errors,
						.seconds = 30},
				   NULL);

	g_assert_nonnull(child);
	sh(f("timeout 30 sh -c 'until [ -s %s ]; do :; done'", errors));
	return child;
}

/*
 * Two build directories with one store: the first is downloading, which takes until this
 * test lets it go on, when the second begins.
 */
static void second_waits(const char *name, const char *name_of_words, const char *vars)
{
	Child *first, *second;
	int status[2];

	sh("rm -rf build; mkdir -p build/each build/download; ln -s ../download build/each");
	first = start(vars, "$TMP/build", 1);
	second = start(vars, "$TMP/build/each", 2);
	sh("cp err.2 first-words");
	/* To all that would read it: only one does. */
	sh("timeout 5 cat " TARBALL " >gate");
	child_wait(first, &status[0]);
	child_wait(second, &status[1]);
	sh("cat err.?");
	check(name, !status[0] && !status[1] &&
			    !run("cmp $(cat out.1) $(cat out.2) && [ -s $(cat out.1) ]"));
	holds(name_of_words, "head -n 1 first-words | grep -qx "
			     "'kernel: waiting for another make to download the kernel'");
}

void test_source(void)
{
	test_url();
	test_package();
	test_other_packages();
	sh("mkfifo gate; touch slow");
	second_waits("two build directories download once from a URL",
		     "the second says that it waits", AT("gate") SUM);
	second_waits("and once from apt", "the second says so, too", "");
}
