// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what counts as a finding, and of the order of steps. For more: commands/each-test.c. */
#include "findings.h"
#include "plan.h"

/* Lines of a log, and the finding in them, or NULL. The tree is /build/src/linux-1. */
static const struct {
	const char *name, *log, *finding;
} lines[] = {
	{"warning", "d/a.c:3:7: warning: x is odd [-Wodd]",
	 "d/a.c: warning: x is odd [-Wodd]"},
	{"no-column", "d/a.c:3: error: no", "d/a.c: error: no"},
	{"whole-path", "/build/src/linux-1/d/a.c:3:7: warning: x",
	 "d/a.c: warning: x"},
	{"other-path", "/build/src/linux-10/d/a.c:3:7: warning: x",
	 "/build/src/linux-10/d/a.c: warning: x"},
	{"relative", "./include/a.h:3:7: warning: x",
	 "include/a.h: warning: x"},
	{"linker", "/usr/bin/ld.bfd: warning: x has y", "ld: warning: x has y"},
	{"modpost", "WARNING: modpost: no section",
	 "modpost: warning: no section"},
	{"note", "d/a.c:3:7: note: x", NULL},
	{"where", "d/a.c: In function 'warning':", NULL},
	{"progress", "  CC      d/a.o", NULL},
};

static void test_finding(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data);
	g_autoptr(GPtrArray) found =
		findings("/build/src/linux-1", lines[i].log);

	g_assert_cmpuint(found->len, ==, lines[i].finding ? 1 : 0);
	if (lines[i].finding)
		g_assert_cmpstr(found->pdata[0], ==, lines[i].finding);
}

static void test_order(void)
{
	g_autoptr(GPtrArray) found =
		findings("/t", "./b.c:1: warning: x\na.c:9: warning: x\n");
	g_autofree char *file = file_of(found->pdata[0]);

	g_assert_cmpstr(file, ==, "a.c");
	g_assert_true(has_line(found, "b.c: warning: x"));
	g_assert_false(has_line(found, "b.c: warning: y"));
}

static void test_fresh(void)
{
	static const struct {
		const char *before, *now, *fresh;
	} cases[] = {
		{"", "", ""},
		{"", "a\nb\n", "a,b"},
		{"a\nb\n", "a\nb\n", ""},
		{"b\n", "c\na\nb\n", "a,c"},
		{"a\n", "a\na\n", "a"},
		{"a\nx\nz\n", "y\n", "y"},
		{"a\nb\n", "b\nc\n", "c"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) before = lines_of(cases[i].before);
		g_autoptr(GPtrArray) now = lines_of(cases[i].now);
		g_autoptr(GPtrArray) new = fresh(before, now);
		g_autofree char *text = NULL;

		g_ptr_array_add(new, NULL);
		text = g_strjoinv(",", (char **)new->pdata);
		g_assert_cmpstr(text, ==, cases[i].fresh);
	}
}

/* 0000, a patch, an empty slot, a patch. */
static void test_before(void)
{
	Step steps[] = {{.slot = "0000"},
			{.slot = "0001", .patch = "a"},
			{.slot = "0002"},
			{.slot = "0003", .patch = "b"}};
	static const guint before[] = {0, 0, 1, 1};
	Plan plan = {.steps = g_ptr_array_new()};

	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		g_ptr_array_add(plan.steps, &steps[i]);
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		g_assert_true(plan_before(&plan, &steps[i]) ==
			      &steps[before[i]]);
	g_ptr_array_unref(plan.steps);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *name =
			g_strconcat("/each/finding/", lines[i].name, NULL);

		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_finding);
	}
	g_test_add_func("/each/order", test_order);
	g_test_add_func("/each/fresh", test_fresh);
	g_test_add_func("/each/before", test_before);
	return g_test_run();
}
