// SPDX-License-Identifier: GPL-2.0-or-later
/* Each check of lint.sh finds what it is for, in a clone of a few files. */
#include "command.h"

/* (Neither this nor the wrong word below are for the checks of this very file.) */
#define ID                                                                                         \
	"SPDX-License-"                                                                            \
	"Identifier: GPL-2.0"
#define C_ID "// " ID "-or-later\n"
#define SH_ID "#!/bin/sh\n# " ID "-or-later\n"
#define LINT "clone/tests/lint.sh shellcheck clang_format codespell reuse spdx width"
#define ZEROS_50 "00000000000000000000000000000000000000000000000000"

/* Without faults, but for that file. */
static void make_clone(const char *file, const char *text)
{
	sh("rm -rf clone; mkdir -p clone/uml-config clone/tests clone/a; git init -q clone; cd "
	   "$ROOT;"
	   "cp -R .clang-format .codespellrc .shellcheckrc .reuse LICENSES $TMP/clone;"
	   "cp uml-config/lib.sh $TMP/clone/uml-config; cp tests/lint.sh $TMP/clone/tests");
	put("clone/a/other.c", "// " ID "-only\n");
	put(f("clone/a/%s", file), f("%s\n", text));
}

/* With that fault only this check fails. */
static void finds(const char *name, const char *lint, const char *file, const char *text)
{
	make_clone(file, text);
	run(LINT);
	check(name, said("=5 passed, 1 failed") && said(f("^FAIL  %s", lint)));
}

static void checks(void)
{
	make_clone("good.c", C_ID "int good;");
	ok("nothing is wrong", LINT);
	says("as it says", "=6 passed, 0 failed");
	finds("a word that is split", "shellcheck", "a.sh", SH_ID "rm $1");
	finds("another format", "clang_format", "a.c", C_ID "int  a;");
	finds("a word that is not spelt so", "codespell", "a.sh",
	      SH_ID "echo t"
		    "eh end");
	finds("a license that has no text", "reuse", "a.sh", "#!/bin/sh\n# " ID "\ntrue");
	finds("a file that names no license", "spdx", "a.c", "int a;");
	finds("a line that is too long", "width", "a.sh", SH_ID "echo " ZEROS_50 ZEROS_50);
	finds("a line of a document that is too long", "width", "a.md", ZEROS_50 ZEROS_50 "0");
}

static void versions(void)
{
	make_clone("good.c", C_ID "int good;");
	stub("bin/clang-format", "echo version 19.1.0");
	stub("bin/clang-format-14", "echo version 19.1.0");
	fails("another clang-format", "clone/tests/lint.sh clang_format");
	says("is not asked", "clang-format 14 is needed");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/lint/checks", checks);
	commands_add("/lint/versions", versions);
	return commands_run();
}
