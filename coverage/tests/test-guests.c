// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "guests.h"

/* A kernel of one object, and the data of a guest that ran two tests. */
static const char *make(void)
{
	const char *top = fixture_dir();

	put(top, "kernel/coverage.files", "d/a.c\nd/a.h\nd/not-built.c\n");
	put(top, "kernel/d/a.gcno", "oncgversSTMPnotes");
	put(top, "g1/coverage/boot/d/a.gcda", "adcgversSTMPdata");
	put(top, "g1/coverage/boot/dumped", "");
	put(top, "g1/coverage/x/one/d/a.gcda", "adcgversSTMPmore");
	put(top, "g1/coverage/x/one/dumped", "");
	return top;
}

/* The directories with data, without @top, or the error. */
static char *read_guests(const char *top, const char *below, const char *junit)
{
	g_autofree char *kernel = g_build_filename(top, "kernel", NULL);
	g_autofree char *dir = g_build_filename(top, below, NULL);
	g_autofree char *result = g_build_filename(top, "junit", NULL);
	g_autofree char *out = g_build_filename(top, "out", NULL);
	char *dirs[] = {dir, NULL};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) dumped = NULL;
	GString *text = g_string_new(NULL);

	if (junit)
		put(top, "junit", junit);
	dumped = guests_read(kernel, dirs, junit ? result : NULL, out, &error);
	for (guint i = 0; dumped && i < dumped->len; i++)
		g_string_append_printf(text, "%s ",
				       guests_test(dumped->pdata[i]));
	if (error)
		g_string_append(text, error->message);
	return g_string_free(text, FALSE);
}

static void test_data(void)
{
	const char *top = make();
	g_autofree char *dirs = read_guests(top, "g1", NULL);

	g_assert_cmpstr(dirs, ==, "boot x/one ");
	assert_file(top, "out/lost.txt", "");
	assert_file(top, "out/unsure", "");
	assert_file(top, "out/trouble", "");
}

/* Below the directory of one test. */
static void test_one(void)
{
	g_autofree char *dirs = read_guests(make(), "g1/coverage/x", NULL);

	g_assert_cmpstr(dirs, ==, "x/one ");
}

/* The guest died, or wrote nothing. */
static void test_lost(void)
{
	const char *top = make();
	g_autofree char *dirs = NULL;

	put(top, "g2/coverage/x/died/running", "");
	put(top, "g2/coverage/x/empty/dumped", "");
	put(top, "g2/coverage/x/no-mark/running", "not empty");
	dirs = read_guests(top, "", NULL);
	g_assert_cmpstr(dirs, ==, "boot x/one ");
	assert_file(top, "out/lost.txt", "x/died\nx/empty\n");
	assert_file(top, "out/unsure", "x/died\nx/empty\n");
}

static void test_junit(void)
{
	const char *top = make();
	g_autofree char *dirs = read_guests(
		top, "",
		"<testcase classname=\"x\" name=\"x/one\">\n"
		"<skipped message=\"no\"/>\n"
		"<testcase classname=\"x\" name=\"x/never\" time=\"0\">\n"
		"</testcase>\n");

	g_assert_cmpstr(dirs, ==, "boot x/one ");
	assert_file(top, "out/lost.txt", "x/never\n");
	assert_file(top, "out/unsure", "x/never\nx/one\n");
}

static void test_not_passed(void)
{
	static const char *const results[] = {"<failure m=\"\"/>", "<error/>",
					      "<skipped/>"};

	for (guint i = 0; i < G_N_ELEMENTS(results); i++) {
		const char *top = make();
		g_autofree char *junit = g_strdup_printf(
			"<testcase name=\"x/one\">%s</testcase>\n", results[i]);

		g_free(read_guests(top, "", junit));
		assert_file(top, "out/unsure", "x/one\n");
		assert_file(top, "out/lost.txt", "");
	}
}

static void test_trouble(void)
{
	const char *top = make();

	put(top, "g1/coverage/errors", "1\n2\n3\n4\n");
	put(top, "g2/coverage/errors", "");
	put(top, "g2/errors", "not ours\n");
	g_free(read_guests(top, "", NULL));
	assert_file(top, "out/trouble", "1\n2\n3\n");
}

static void fails(const char *top, const char *below, const char *why)
{
	g_autofree char *said = read_guests(top, below, NULL);

	assert_has(said, why);
	g_assert_false(exists(top, "out/lost.txt"));
}

/* Another build has another stamp, another compiler another version. */
static void test_another_kernel(void)
{
	const char *top = make();

	put(top, "g1/coverage/x/one/d/a.gcda", "adcgversPMTSdata");
	fails(top, "g1", "x/one/d/a.gcda is not from the kernel in ");
	put(top, "g1/coverage/x/one/d/a.gcda", "adcgsrevSTMPdata");
	fails(top, "g1", "x/one/d/a.gcda is not from the kernel in ");
	put(top, "g1/coverage/x/one/d/a.gcda", "adcg");
	fails(top, "g1", "x/one/d/a.gcda is not from the kernel in ");
	sh("rm \"$1/g1/coverage/x/one/d/a.gcda\"", top);
	put(top, "g1/coverage/x/one/d/b.gcda", "adcgversSTMPdata");
	fails(top, "g1", "x/one/d/b.gcda is not from the kernel in ");
}

static void test_nothing(void)
{
	const char *top = make();

	fails(top, "kernel", "no guest wrote coverage data below ");
	put(top, "kernel/coverage.files", "d/a.h\nd/not-built.c\n");
	fails(top, "g1", "nothing in ");
	sh("rm \"$1/kernel/coverage.files\"", top);
	fails(top, "g1", "is instrumented; is it the gcov variant?");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guests/data", test_data);
	g_test_add_func("/guests/one", test_one);
	g_test_add_func("/guests/lost", test_lost);
	g_test_add_func("/guests/junit", test_junit);
	g_test_add_func("/guests/not-passed", test_not_passed);
	g_test_add_func("/guests/trouble", test_trouble);
	g_test_add_func("/guests/another-kernel", test_another_kernel);
	g_test_add_func("/guests/nothing", test_nothing);
	return fixture_run();
}
