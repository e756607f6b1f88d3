// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of how a patch is taken apart. */
#include "hunks.h"

#define MAIL                                                                   \
	"From 0 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] x\n\n"              \
	"--- is a word here\n---\n d/a.c | 2 +-\n\n"
#define A                                                                      \
	"diff --git a/d/a.c b/d/a.c\nindex 1..2 100644\n--- a/d/a.c\n+++ "     \
	"b/d/a.c\n"
#define A1 "@@ -3,2 +3,3 @@ int f(void)\n x\n+y\n\n"
#define A2 "@@ -9 +10 @@\n-x\n+--- y\n\\ No newline at end of file\n"
#define B "--- /dev/null\n+++ b/e/b.c\tSun\n"
#define B1 "@@ -0,0 +1,2 @@\n+x\n+y\n"
#define RENAME                                                                 \
	"diff --git a/d/c.c b/d/e.c\nsimilarity index 100%\n"                  \
	"rename from d/c.c\nrename to d/e.c\n"
#define END "-- \n2.39.5\n\n"

static const struct {
	const char *name, *patch;
	struct {
		const char *patch, *file, *function;
		guint line;
	} hunks[4];
} cases[] = {
	{"none", "no patch\n", {{0}}},
	{"mail", MAIL A A1 END, {{A A1, "d/a.c", "int f(void)", 3}}},
	{"two",
	 A A1 A2,
	 {{A A1, "d/a.c", "int f(void)", 3}, {A A2, "d/a.c", "", 9}}},
	{"files",
	 MAIL A A2 B B1 END,
	 {{A A2, "d/a.c", "", 9}, {B B1, "e/b.c", "", 0}}},
	{"rename",
	 A A1 RENAME A A2,
	 {{A A1, "d/a.c", "int f(void)", 3},
	  {RENAME, "d/e.c", "", 0},
	  {A A2, "d/a.c", "", 9}}},
};

static void test_case(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data), count = 0;
	g_autoptr(GPtrArray) hunks = hunks_of(cases[i].patch);

	while (count < 4 && cases[i].hunks[count].patch)
		count++;
	g_assert_cmpuint(hunks->len, ==, count);
	for (guint k = 0; k < count; k++) {
		const Hunk *hunk = hunks->pdata[k];

		g_assert_cmpstr(hunk->patch, ==, cases[i].hunks[k].patch);
		g_assert_cmpstr(hunk->file, ==, cases[i].hunks[k].file);
		g_assert_cmpstr(hunk->function, ==, cases[i].hunks[k].function);
		g_assert_cmpuint(hunk->line, ==, cases[i].hunks[k].line);
	}
}

static const struct {
	const char *name, *text;
	gboolean is;
} texts[] = {
	{"all", "a\nadded\n", TRUE},
	{"elsewhere", "added\n\na\n", TRUE},
	{"not-added", "a\n", FALSE},
	{"part-of-a-line", "a\nadded too\n", FALSE},
	{"not-removed", "a\nadded\nremoved\n", FALSE},
};

static void test_text(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data);
	g_autoptr(GPtrArray) hunks =
		hunks_of(A "@@ -3,3 +3,3 @@\n a\n-removed\n-}\n+added\n+{\n");

	g_assert_cmpuint(hunks->len, ==, 1);
	g_assert_cmpint(hunk_is_in(hunks->pdata[0], texts[i].text), ==,
			texts[i].is);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *name =
			g_strdup_printf("/rebase/hunks/%s", cases[i].name);

		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_case);
	}
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *name =
			g_strdup_printf("/rebase/is-in/%s", texts[i].name);

		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_text);
	}
	return g_test_run();
}
