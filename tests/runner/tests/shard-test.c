// SPDX-License-Identifier: GPL-2.0-or-later
/* Shards: together they contain all tests. */
#include "../shard.h"
#include "../test-list.h"

static void test_parse(void)
{
	static const char *const bad[] = {
		"",	 "1",	  "/",	  "1/",	   "/1",
		"0/3",	 "4/3",	  "1/0",  "a/b",   "1/2/",
		"1/b",	 "-1/3",  "1 /3", "+1/3",  " 1/3",
		"1/3 ",	 "01/3",  "1/03", "1/2/3", "1/99999999999",
		"1.0/3", "1/3\n",
	};
	g_autoptr(GError) error = NULL;
	Shard shard;

	g_assert_true(shard_parse("2/3", &shard, &error));
	g_assert_cmpuint(shard.number, ==, 2);
	g_assert_cmpuint(shard.count, ==, 3);
	g_assert_true(shard_parse("10/10", &shard, &error));
	g_assert_cmpuint(shard.number, ==, 10);
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(shard_parse(bad[i], &shard, &error));
		g_assert_nonnull(error);
		g_clear_error(&error);
	}
}

/* @count tests for guests of @kinds kinds, some of which need their own guest. */
static GPtrArray *many(guint count, guint kinds)
{
	g_autoptr(GString) list = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	GPtrArray *tests;

	for (guint i = 0; i < count; i++)
		g_string_append_printf(
			list, "a/%03u\tx\t%u\t0\t1\t%s\t-\t-\t-\t-\n", i,
			i * i % kinds + 1, i % 11 == 10 ? "alone,-" : "-");
	tests = test_list_parse(list->str, &error);
	g_assert_no_error(error);
	return tests;
}

/* How many of @tests need a guest with so much RAM, and share it? */
static guint count_kind(GPtrArray *tests, guint ram_mib)
{
	guint found = 0;

	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		found += !test->alone && test->ram_mib == ram_mib;
	}
	return found;
}

static void check_even(guint len, guint count, guint shards)
{
	g_assert_cmpuint(len, >=, count / shards);
	g_assert_cmpuint(len, <=, (count + shards - 1) / shards);
}

static void check_union(guint count, guint kinds, guint shards)
{
	g_autoptr(GPtrArray) tests = many(count, kinds);
	g_autofree gboolean *seen = g_new0(gboolean, count);

	for (guint number = 1; number <= shards; number++) {
		Shard shard = {number, shards};
		g_autoptr(GPtrArray) part = shard_select(tests, &shard);
		guint before = 0;

		check_even(part->len, count, shards);
		for (guint ram = 1; ram <= kinds; ram++)
			check_even(count_kind(part, ram),
				   count_kind(tests, ram), shards);
		for (guint i = 0; i < part->len; i++) {
			guint at;

			g_assert_true(
				g_ptr_array_find(tests, part->pdata[i], &at));
			g_assert_false(seen[at]);
			seen[at] = TRUE;
			g_assert_true(!i || at > before);
			before = at;
		}
	}
	for (guint i = 0; i < count; i++)
		g_assert_true(seen[i]);
}

static void test_union(void)
{
	for (guint count = 0; count < 120; count += 7)
		for (guint kinds = 1; kinds < 6; kinds++)
			for (guint shards = 1; shards < 30; shards++)
				check_union(count, kinds, shards);
}

/*
 * The result is reproducible, neighbours are separated; without shards it is
 * everything.
 */
static void test_same(void)
{
	g_autoptr(GPtrArray) tests = many(9, 1);
	Shard shard = {2, 3}, none = {0, 0};
	g_autoptr(GPtrArray) part = shard_select(tests, &shard);
	g_autoptr(GPtrArray) again = shard_select(tests, &shard);
	g_autoptr(GPtrArray) all = shard_select(tests, &none);
	static const guint want[] = {1, 4, 7};

	g_assert_cmpuint(part->len, ==, 3);
	g_assert_cmpuint(again->len, ==, 3);
	for (guint i = 0; i < 3; i++) {
		g_assert_true(part->pdata[i] == tests->pdata[want[i]]);
		g_assert_true(again->pdata[i] == part->pdata[i]);
	}
	g_assert_cmpuint(all->len, ==, 9);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/shard/parse", test_parse);
	g_test_add_func("/shard/union", test_union);
	g_test_add_func("/shard/same", test_same);
	return g_test_run();
}
