// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff.h"
#include "fixture.h"

static char *as_text(const char *diff)
{
	g_autoptr(GPtrArray) files = diff_parse(diff);
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < files->len; i++) {
		const DiffFile *file = files->pdata[i];

		g_string_append_printf(text, "[%s]",
				       file->name ? file->name : "");
		for (guint k = 0; k < file->notes->len; k++)
			g_string_append_printf(text, "(%s)",
					       (char *)file->notes->pdata[k]);
		for (guint k = 0; k < file->hunks->len; k++) {
			const Hunk *hunk = file->hunks->pdata[k];

			g_string_append_printf(text, "%s:%u:%u", hunk->file,
					       hunk->old_at, hunk->new_at);
			for (guint n = 0; n < hunk->lines->len; n++)
				g_string_append_printf(
					text, "{%s}",
					(char *)hunk->lines->pdata[n]);
		}
	}
	return g_string_free(text, FALSE);
}

static void is(const char *diff, const char *expected)
{
	g_autofree char *text = as_text(diff);

	g_assert_cmpstr(text, ==, expected);
}

static void test_git(void)
{
	is("commit 12\n\n    why\n\n"
	   "diff --git a/d/a.c b/d/a.c\nindex 1..2 100644\n"
	   "--- a/d/a.c\n+++ b/d/a.c\n"
	   "@@ -1,2 +1,2 @@ f()\n a\n-b\n+c\n@@ -9 +9 @@\n-x\n+y\n"
	   "\\ No newline at end of file\n"
	   "diff --git a/d/z b/d/z\nBinary files differ\n",
	   "[d/a.c]d/a.c:1:1{ a}{-b}{+c}d/a.c:9:9{-x}{+y}"
	   "[d/z](Binary files differ)");
}

static void test_rename(void)
{
	is("diff --git a/d/a.c b/d/b.c\nrename from d/a.c\nrename to d/b.c\n",
	   "[d/b.c](rename from d/a.c)(rename to d/b.c)");
}

/* A new file has its new name, a removed file its old one. */
static void test_new_and_removed(void)
{
	is("--- /dev/null\n+++ b/d/n.c\n@@ -0,0 +1 @@\n+n\n"
	   "--- a/d/o.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-o\n",
	   "[]d/n.c:0:1{+n}d/o.c:1:0{-o}");
}

/* diff adds times; a mail program strips trailing blanks and adds a signature. */
static void test_mail(void)
{
	is("Subject: x\n---\n 1 file changed\n\n"
	   "--- a/d/a.c\t2026-01-01 00:00:00\n+++ b/d/a.c\t2026-01-01\n"
	   "@@ -1,3 +1,2 @@\n a\n\n--- b\n-- \n2.39\n",
	   "[]d/a.c:1:1{ a}{ }{--- b}");
}

static void test_cut(void)
{
	is("@@ -1,9 +1,9 @@\n a\n", "[](null):1:1{ a}");
	is("@@ nothing @@\n a\n@@ -x +y @@\n a\n@@ -1 @@\n", "");
	is("", "");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/diff/git", test_git);
	g_test_add_func("/diff/rename", test_rename);
	g_test_add_func("/diff/new-and-removed", test_new_and_removed);
	g_test_add_func("/diff/mail", test_mail);
	g_test_add_func("/diff/cut", test_cut);
	return fixture_run();
}
