// SPDX-License-Identifier: GPL-2.0-or-later
/* What series-index.sh reads out of a series and its index, and what it refuses. */
#include <string.h>

#include "tests.h"

/* (lib.sh looks for the clone above $0.) */
#define PLAN "sh -c '. \"$2\"' " UML "plan %s ./plan.sh"

/* A series with a patch in each of @slots, and the index @index, if not NULL. */
static void series(const char *slots, const char *index)
{
	g_auto(GStrv) names = g_strsplit(slots, " ", 0);

	sh("rm -rf series && mkdir series");
	if (index)
		put("series/index", index);
	for (char **name = names; *name; name++)
		put(f("series/%s-a.patch", *name), "+++ b/file\n");
}

/* It is refused in one line, with @text. */
static void refuses(const char *name, const char *text)
{
	gboolean failed = run(f(PLAN, "series")) > 0;

	check(name, failed && said(text) && said("error: ") && said_lines() == 1);
}

static const struct {
	const char *name, *slots, *index, *text;
} wrong[] = {
	{"a slot that is missing in the middle", "0001 0003", "", "slot 0002 has neither"},
	{"at the end", "0001 0002", "0003 last\n", "slot 0003 has neither"},
	{"at the beginning", "0002", "0002 empty nothing left\n", "slot 0001 has neither"},
	{"one after the last", "0001 0002", "0001 last\n", "slot 0002 comes after"},
	{"one that is not empty", "0001", "0001 empty why\n", "slot 0001 is not empty"},
	{"one without a reason", "", "0001 empty\n",
	 "index:1: give a reason why slot 0001 is empty"},
	{"one that is empty twice", "", "0001 empty a\n0001 empty b\n",
	 "index:2: second entry of this kind for slot 0001"},
	{"one that gives twice", "0001", "0001 gives a\n0001 gives b\n",
	 "index:2: second entry of this kind for slot 0001"},
	{"an exception twice", "0001", "0001 except A b\n0001 except A c\n",
	 "index:2: second entry of this kind for slot 0001"},
	{"two last ones", "0001", "0001 last\n0001 last\n",
	 "index:2: the last slot is already set: 0001"},
	{"an unknown keyword", "0001", "0001 unless LONG_LINE why\n",
	 "index:1: unknown keyword \"unless\""},
	{"a slot of one digit", "0001", "1 gives a\n", "index:1: a line must begin with a slot"},
	{"an exception without a reason", "0001", "0001 except LONG_LINE\n",
	 "give a reason for the exception LONG_LINE"},
	{"an exception without a TYPE", "0001", "0001 except long line\n",
	 "a TYPE of checkpatch.pl"},
	{"a gift of nothing", "0001", "0001 gives\n", "names of capabilities"},
	{"a name that is none", "0001", "0001 gives A_b\n", "names of capabilities"},
	{"an empty slot that gives", "", "0001 empty why\n0001 gives a\n",
	 "index:2: slot 0001 is empty"},
	{"slot 0000", "0000", "", "the first slot is 0001"},
};

void test_series(void)
{
	g_auto(GStrv) dirs = g_strsplit(
		ask("cd " UML "series && for i in */index; do echo ${i%/index}; done"), "\n", 0);

	put("plan.sh", ". \"$ROOT/uml-config/lib.sh\"\n"
		       ". \"$ROOT/uml-config/series-index.sh\"\n"
		       "series_plan \"$1\" work >plan\n"
		       "cat plan\n"
		       "series_gives <plan\n");
	series("0001 0003", "# A comment, and a line of nothing:\n\n"
			    "0002 empty 6.12 has it already\n"
			    "0001 except LONG_LINE a table # of numbers\n"
			    "0001\texcept  CAMELCASE  names of the hardware\n"
			    "0003 gives second first\n"
			    "0001 gives first\n"
			    "0003 last\n");
	ok("a series with an index", f(PLAN, "series"));
	check("in order", !strcmp(command_out(), "0001 patch series/0001-a.patch\n"
						 "0001 except LONG_LINE a table # of numbers\n"
						 "0001 except CAMELCASE  names of the hardware\n"
						 "0001 gives first\n"
						 "0002 empty 6.12 has it already\n"
						 "0003 patch series/0003-a.patch\n"
						 "0003 gives second first\n"
						 "first second\n"));
	series("0001 0003", NULL);
	ok("without an index, there are no gaps", f(PLAN, "series"));
	check("in the order of names", !strcmp(command_out(), "0001 patch series/0001-a.patch\n"
							      "0002 patch series/0003-a.patch\n"
							      "\n"));
	series("", "");
	ok("an index of nothing", f(PLAN, "series"));

	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		series(wrong[i].slots, wrong[i].index);
		refuses(wrong[i].name, wrong[i].text);
	}
	series("0001", "");
	put("series/0001-b.patch", "+++ b/file\n");
	refuses("two patches in a slot", "slot 0001 has two patches");
	series("", "");
	put("series/a.patch", "+++ b/file\n");
	refuses("a patch without a slot", "must be named NNNN-");
	/* Each of the project's own is read. */
	for (char **dir = dirs; *dir; dir++)
		ok(f("the index for %s", *dir), f(PLAN, f("\"$ROOT/uml-config/series/%s\"", *dir)));
}