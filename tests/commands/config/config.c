// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What config.sh makes of the words of the kernel's merge_config.sh, and of alternatives in
 * the fragments.
 */
#include <string.h>

#include "tests.h"

#define CONFIG UML "config.sh $TMP/tree $TMP/out $TMP/a.config $TMP/b.config"
#define MERGE "tree/scripts/kconfig/merge_config.sh"

/* merge_config.sh says that @request ended as @value. */
static void did_not_stick(const char *option, const char *request, const char *value)
{
	put("words", f("Value requested for %s not in final .config\n"
		       "Requested value:  %s\n"
		       "Actual value:     %s\n\n",
		       option, request, value));
}

static void test_words(void)
{
	stub(MERGE, "cat $TMP/words; exit $(cat $TMP/status)");
	put("status", "0\n");
	put("a.config", "CONFIG_ZRAM=y\n");
	put("b.config", "# CONFIG_NET is not set\n");
	put("words", "# merged configuration written\n");
	ok("a configuration that sticks", CONFIG);

	did_not_stick("CONFIG_ZRAM", "CONFIG_ZRAM=y", "");
	bad("an option that did not stick is an error",
	    f("CONFIG_ZRAM=y: unknown here (%s:1)", scratch_path("a.config")), CONFIG);
	says("and the fragments", "a.config + b.config");
	put("tree/arch/arm/Kconfig", "config ZRAM\n\tbool\n");
	bad("another architecture has it", "CONFIG_ZRAM=y: unknown here", CONFIG);
	put("tree/arch/um/Kconfig.zram", "menuconfig  ZRAM\n\tbool\n");
	bad("it exists, but cannot be set", "CONFIG_ZRAM=y: what it depends on is not there",
	    CONFIG);
	did_not_stick("CONFIG_ZRAM", "CONFIG_ZRAM=y", "CONFIG_ZRAM=m");
	bad("so is one with another value", "CONFIG_ZRAM=y: is CONFIG_ZRAM=m", CONFIG);

	did_not_stick("CONFIG_NET", "# CONFIG_NET is not set", "");
	ok("an option that is to be off may as well not exist", CONFIG);
	did_not_stick("CONFIG_NET", "# CONFIG_NET is not set", "CONFIG_NET=y");
	bad("but not be on",
	    f("# CONFIG_NET is not set: is CONFIG_NET=y (%s:1)", scratch_path("b.config")), CONFIG);

	put("words", "Kconfig:1: syntax error\n");
	put("status", "1\n");
	bad("a configuration that fails is an error", "syntax error", CONFIG);
}

/* The options that merge_config.sh got last are these. */
static void merged(const char *name, const char *options)
{
	check(name, !strcmp(ask("grep -v '^#' merged | paste -s -d ' ' -"), options));
}

/* What the file unmet lists does not stick. */
static void test_alternatives(void)
{
	stub(MERGE, "shift 3\n"
		    "cat \"$@\" >$TMP/merged\n"
		    "grep -xFf $TMP/unmet $TMP/merged | while read -r line; do\n"
		    "	printf 'Requested value:  %s\\nActual value:     \\n' \"$line\"\n"
		    "done");
	put("unmet", "");
	put("a.config", "CONFIG_OLD=y | CONFIG_NEW=y\n");
	put("b.config", "CONFIG_X=y\n");
	put("tree/Kconfig", "config NEW\n");
	ok("of alternatives, the one that exists", CONFIG);
	merged("is asked for", "CONFIG_NEW=y CONFIG_X=y");
	put("tree/Kconfig", "config OLD\nconfig NEW\n");
	ok("if there are two", CONFIG);
	merged("it is the first", "CONFIG_OLD=y CONFIG_X=y");
	put("unmet", "CONFIG_OLD=y\n");
	ok("one that does not stick", CONFIG);
	merged("is replaced by the next", "CONFIG_NEW=y CONFIG_X=y");
	put("unmet", "CONFIG_OLD=y\nCONFIG_NEW=y\n");
	bad("if none sticks, that is an error", "CONFIG_OLD=y: what it depends on is not there",
	    CONFIG);
	put("tree/Kconfig", "");
	bad("so it is if none exists",
	    f("CONFIG_OLD=y: unknown here (%s:1)", scratch_path("a.config")), CONFIG);
	put("a.config", "CONFIG_OLD=y | gone\n");
	ok("an option that may be gone", CONFIG);
	merged("is not asked for", "CONFIG_X=y");
	put("tree/Kconfig", "config OLD\n");
	bad("but has to stick where it exists", "CONFIG_OLD=y: what it depends on is not there",
	    CONFIG);
	put("unmet", "CONFIG_OLD=y\nCONFIG_NEW=y\nCONFIG_X=y\n");
	fails("another option that does not stick, in a later round", CONFIG);
	says("is named, too", f("CONFIG_X=y: unknown here (%s:1)", scratch_path("b.config")));
}

void test_config(void)
{
	sh("mkdir -p tree/scripts/kconfig tree/arch/arm tree/arch/um out");
	test_words();
	test_alternatives();
}
