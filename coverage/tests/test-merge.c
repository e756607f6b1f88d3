// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "merge.h"

#include <string.h>

/* Two shards: what a guest ran that they share, and a test of each. */
typedef struct {
	const char *top; /* one, two, new, work, final */
	char *one, *two, *new, *final, *work, *data;
} Shards;

static char *shard(const char *top, const char *name, const char *number)
{
	g_autofree char *run =
		g_strdup_printf("shard %s/2\ntests \nstatus 0\n", number);
	g_autofree char *prefix = g_strdup_printf("/tree%s/x\n", number);
	g_autofree char *unsure = g_strdup_printf("x/unsure%s\n", number);
	g_autofree char *info = g_strdup_printf(
		"TN:\nSF:/tree%s/x/d/a.c\nDA:2,4\nend_of_record\n", number);
	char *dir = g_build_filename(top, name, NULL);
	g_autofree char *data = g_build_filename(dir, "data", NULL);
	g_autoptr(GError) error = NULL;

	copy_tree(fixture_data(), data, ".", &error);
	g_assert_no_error(error);
	put(data, "run", run);
	put(data, "prefix", prefix);
	put(data, "unsure", unsure);
	put(dir, "coverage.info", info);
	return dir;
}

static void clear(Shards *shards)
{
	g_free(shards->one);
	g_free(shards->two);
	g_free(shards->new);
	g_free(shards->final);
	g_free(shards->work);
	g_free(shards->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shards, clear)

static Shards make(void)
{
	Shards shards = {.top = fixture_dir()};

	shards.one = shard(shards.top, "one", "1");
	shards.two = shard(shards.top, "two", "2");
	shards.new = g_build_filename(shards.top, "new", NULL);
	shards.data = g_build_filename(shards.new, "data", NULL);
	shards.final = g_build_filename(shards.top, "final", NULL);
	shards.work = g_build_filename(shards.top, "work", NULL);
	put(shards.one, "data/tests.lines",
	    "boot|d/a.c|2:1\nx/one|d/a.c|2-5:3 9:3\n");
	put(shards.one, "data/all.lines",
	    "d/a.c|2|4|f\nd/a.c|4|3|f\nd/a.c|5|3|f\nd/a.c|6|0|f\n"
	    "d/a.c|7|0|f\nd/a.c|8|0|f\nd/a.c|9|3|f\n");
	put(shards.two, "data/tests.lines",
	    "boot|d/a.c|2:1\nx/two|d/a.c|2-4:1 7:1\n");
	put(shards.two, "data/all.lines",
	    "d/a.c|2|2|f\nd/a.c|4|1|f\nd/a.c|5|0|f\nd/a.c|6|0|f\n"
	    "d/a.c|7|1|f\nd/a.c|8|0|f\nd/a.c|9|0|f\n");
	return shards;
}

static gboolean try(const Shards *shards, const char *first, const char *second,
		    const char *third, char **failed, GError **error)
{
	const char *dirs[] = {first, second, third, NULL};

	return merge(shards->new, shards->final, shards->work, (char **)dirs,
		     failed, error);
}

static void good(const Shards *shards, const char *first, const char *second,
		 const char *third, const char *failed)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *list = NULL;

	try(shards, first, second, third, &list, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(list, ==, failed);
}

/* One line says what is wrong, and there is nothing of a report. */
static void bad(const Shards *shards, const char *first, const char *second,
		const char *why)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *list = NULL;

	g_assert_false(try(shards, first, second, NULL, &list, &error));
	assert_error(&error, why);
	g_assert_false(exists(shards->new, ""));
}

static void assert_merged(const Shards *shards)
{
	assert_file(shards->data, "all.lines",
		    "d/a.c|2|6|f\nd/a.c|4|4|f\nd/a.c|5|3|f\nd/a.c|6|0|f\n"
		    "d/a.c|7|1|f\nd/a.c|8|0|f\nd/a.c|9|3|f\n");
	assert_file(shards->data, "tests.lines",
		    "boot|d/a.c|2:2\nx/one|d/a.c|2-5:3 9:3\n"
		    "x/two|d/a.c|2-4:1 7:1\n");
	assert_file(shards->data, "unsure", "x/unsure1\nx/unsure2\n");
}

static void test_two(void)
{
	g_auto(Shards) shards = make();
	g_autofree char *prefix =
		g_strconcat(shards.final, "/data/source\n", NULL);
	g_autofree char *info = g_strdup_printf(
		"TN:\nSF:%s/source/d/a.c\nDA:2,4\nend_of_record\n",
		shards.data);

	put(shards.one, "data/lost.txt", "x/lost\n");
	put(shards.two, "data/lost.txt", "x/also\n");
	put(shards.one, "data/trouble", "first\n");
	put(shards.two, "data/trouble", "second\n");
	put(shards.one, "data/run", "shard 1/2\ntests \nstatus 0\nours yes\n");
	good(&shards, shards.one, shards.two, NULL, "");
	assert_merged(&shards);
	assert_file(shards.data, "lost.txt", "x/also\nx/lost\n");
	assert_file(shards.new, "lost.txt", "x/also\nx/lost\n");
	assert_file(shards.data, "trouble", "first\nsecond\n");
	assert_file(shards.data, "run",
		    "shard 1/1\ntests \nstatus 0\nours yes\n");
	assert_file(shards.data, "prefix", prefix);
	assert_file(shards.work, "0000.info", info);
	assert_file(shards.work, "0001.info", info);
	g_assert_true(same_tree(shards.one, shards.new, "data/source"));
	g_assert_true(same_tree(shards.one, shards.new, "data/diff.0004"));
}

static void test_order(void)
{
	g_auto(Shards) shards = make();

	good(&shards, shards.two, shards.one, NULL, "");
	assert_merged(&shards);
}

static void test_failed(void)
{
	g_auto(Shards) shards = make();

	edit(shards.two, "data/run", "status 0", "status 1");
	good(&shards, shards.one, shards.two, NULL, " 2/2");
	assert_file(shards.data, "run", "shard 1/1\ntests \nstatus 1\n");
}

static void test_empty(void)
{
	g_auto(Shards) shards = make();
	g_autofree char *three = g_build_filename(shards.top, "three", NULL);

	edit(shards.one, "data/run", "1/2", "1/3");
	edit(shards.two, "data/run", "2/2", "2/3");
	put(three, "data/run", "shard 3/3\ntests \nstatus 0\nempty yes\n");
	good(&shards, three, shards.one, shards.two, "");
	assert_merged(&shards);
	sh("rm -r \"$1\"", shards.new);
	put(three, "data/run", "shard 1/1\ntests \nstatus 0\nempty yes\n");
	bad(&shards, three, NULL, "no shard has a test");
}

static void test_other_machine(void)
{
	g_auto(Shards) shards = make();

	edit(shards.two, "data/patches", "|22|", "|77|");
	good(&shards, shards.one, shards.two, NULL, "");
}

static void test_not_all(void)
{
	g_auto(Shards) shards = make();
	g_autofree char *none = g_build_filename(shards.top, "none", NULL);

	bad(&shards, shards.one, NULL, "shard 2/2 is missing");
	bad(&shards, shards.one, shards.one, "1/2, which is there already");
	bad(&shards, shards.one, none, "there is no coverage data in ");
	bad(&shards, shards.top, NULL, "there is no coverage data in ");
	edit(shards.two, "data/run", "2/2", "2/3");
	bad(&shards, shards.one, shards.two, "is shard 2/3, and ");
}

static void test_onto_itself(void)
{
	g_auto(Shards) shards = make();

	g_free(shards.final);
	shards.final = g_strconcat(shards.top, "/./two", NULL);
	bad(&shards, shards.one, shards.two, "two is where the report goes");
}

static void test_other_run(void)
{
	static const struct {
		const char *name, *from, *to, *why;
	} cases[] = {
		{"data/run", "tests ", "tests x/*", "ran other tests (T=)"},
		{"data/tests.lines", "x/two", "x/one",
		 "x/one is in the data "
		 "of two shards"},
		{"data/source/d/a.c", "}", "} ",
		 "the sources are not the same"},
		{"data/release", "6.12", "6.13", "the releases are not"},
		{"data/patches", "three", "four", "the patches are not"},
		{"data/blame", "4|0001", "4|0002", "lines of patches are not"},
		{"data/files", "d/a.c\n", "d/a.c\nd/b.c\n", "names of files"},
		{"data/all.lines", "d/a.c|5|0|f\n", "", "lines with code are"},
		{"data/all.lines", "5|0|f", "5|0|g", "lines with code are not"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Shards) shards = make();

		edit(shards.two, cases[i].name, cases[i].from, cases[i].to);
		bad(&shards, shards.one, shards.two, cases[i].why);
	}
}

static void test_not_complete(void)
{
	static const char *const names[] = {"coverage.info", "data/source",
					    "data/unsure", "data/prefix"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_auto(Shards) shards = make();
		g_autofree char *path =
			g_build_filename(shards.two, names[i], NULL);
		g_autofree char *why =
			g_strdup_printf("lacks %s; is it complete?", names[i]);

		sh("rm -r \"$1\"", path);
		bad(&shards, shards.one, shards.two, why);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/merge/two", test_two);
	g_test_add_func("/merge/order", test_order);
	g_test_add_func("/merge/failed", test_failed);
	g_test_add_func("/merge/empty", test_empty);
	g_test_add_func("/merge/other-machine", test_other_machine);
	g_test_add_func("/merge/not-all", test_not_all);
	g_test_add_func("/merge/onto-itself", test_onto_itself);
	g_test_add_func("/merge/other-run", test_other_run);
	g_test_add_func("/merge/not-complete", test_not_complete);
	return fixture_run();
}
