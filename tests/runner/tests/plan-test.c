// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists, patterns and batches. */
#include <string.h>

#include "../plan.h"
#include "../test-list.h"

static const char LIST[] =
	"a/one\tx\t128\t0\t30\t-\t-\t-\t-\t-\n"
	"a/two\tx\t128\t0\t30\talone,-\t-\t-\t-\talone\n"
	"b/big\tx\t256\t0\t30\t-\t-\t-\t-\tram needs:nth\n"
	"b/kernel\tx\t128\t0\t30\t-\t-\ta=b\t-\tneeds:nth-2\n"
	"b/swap\tx\t128\t64\t30\t-\t-\t-\t-\tswap needs:nth\n"
	"b/virtual\tx\t128\t0\t30\tvirtual,-\t-\t-\t-\t-\n"
	"c/hidden\tx\t128\t0\t5\thidden,-\tBUG\t-\tf c\tswap odd\n";

static GPtrArray *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *tests = test_list_parse(text, &error);

	g_assert_no_error(error);
	return tests;
}

static void test_parse(void)
{
	g_autoptr(GPtrArray) tests = parse(LIST);
	const TestInfo *test;

	g_assert_cmpuint(tests->len, ==, 7);
	test = tests->pdata[6];
	g_assert_cmpstr(test->name, ==, "c/hidden");
	g_assert_cmpuint(test->seconds, ==, 5);
	g_assert_true(test->hidden);
	g_assert_false(test->alone);
	g_assert_false(test->last);
	g_assert_cmpstr(test->expect, ==, "BUG");
	g_assert_cmpstr(test->known, ==, "f c");
	g_assert_cmpstr(test->tags[0], ==, "swap");
	g_assert_cmpstr(test->tags[1], ==, "odd");
	g_assert_null(test->tags[2]);
	test = tests->pdata[0];
	g_assert_null(test->tags[0]);
	test = tests->pdata[3];
	g_assert_cmpstr(test->kernel_args, ==, "a=b");
	test = tests->pdata[4];
	g_assert_cmpuint(test->swap_mib, ==, 64);
	g_assert_null(test->expect);
	g_assert_null(test->known);
}

static void test_parse_bad(void)
{
	static const char *const bad[] = {
		"a\n",
		"a\tb\tc\td\te\tf\tg\th\ti\tj\n",
		"a\tb\t1\t2\t-3\tf\tg\th\ti\tj\n",
		"\tb\t1\t2\t3\tf\tg\th\ti\tj\n",
		"a\tb\t1\t2\t99999999999\tf\tg\th\ti\tj\n",
		"a\tb\t1\t2\t3\tf\tg\th\ti\n",
		"a\tb\t1\t2\t3\tf\tg\th\ti\tj\tk\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(test_list_parse(bad[i], &error));
		g_assert_nonnull(error);
	}
}

static void check_select(const char *patterns, const char *want)
{
	g_autoptr(GPtrArray) all = parse(LIST);
	g_auto(GStrv) vector = g_strsplit(patterns, " ", 0);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) tests = test_list_select(all, vector, &error);
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; tests && i < tests->len; i++)
		g_string_append_printf(names, "%s%s", i ? " " : "",
				       ((TestInfo *)tests->pdata[i])->name);
	g_assert_cmpstr(tests ? names->str : error->message, ==, want);
}

static void test_select(void)
{
	check_select("", "a/one a/two b/big b/kernel b/swap b/virtual");
	check_select("a/*", "a/one a/two");
	check_select("*", "a/one a/two b/big b/kernel b/swap b/virtual");
	check_select("b/big a/one", "a/one b/big");
	check_select("a/one a/*", "a/one a/two");
	check_select("c/hidden", "c/hidden");
	check_select("[ab]/?w*", "a/two b/swap");
	check_select("c/*", "no test matches \"c/*\"; --list names them");
	check_select("a/* nope", "no test matches \"nope\"; --list names them");
}

static void test_select_tags(void)
{
	check_select("@swap", "b/swap");
	check_select("@needs:nth", "b/big b/swap");
	check_select("@nth", "b/big b/swap");
	/* A list is a union; what stands in one word must all hold. */
	check_select("a/o* @swap", "a/one b/swap");
	check_select("b/b*@nth", "b/big");
	check_select("@nth@swap", "b/swap");
	check_select("b/*@nth@swap a/two@alone", "a/two b/swap");
	check_select("c/hidden @swap", "b/swap c/hidden");
	check_select("a/*@swap",
		     "no test matches \"a/*@swap\"; --list names them");
	check_select("@odd", "no test matches \"@odd\"; --list names them");
	check_select("c/hidden@swap",
		     "no test matches \"c/hidden@swap\"; --list names them");
	check_select("a/* @none", "no test has the tag \"none\"; the tags are: "
				  "alone needs:nth needs:nth-2 odd ram swap");
	check_select("a/*@", "no test has the tag \"\"; the tags are: "
			     "alone needs:nth needs:nth-2 odd ram swap");
}

/* "a/one+b/one a/two": batches, each with its tests. */
static char *describe(GQueue *batches)
{
	GString *text = g_string_new(NULL);

	for (GList *l = batches->head; l; l = l->next) {
		const Batch *batch = l->data;

		for (guint i = 0; i < batch->tests->len; i++)
			g_string_append_printf(
				text, "%s%s",
				i	     ? "+"
				: *text->str ? " "
					     : "",
				((TestInfo *)batch->tests->pdata[i])->name);
	}
	return g_string_free(text, FALSE);
}

static void free_batch(gpointer data)
{
	batch_free(data);
}

static void test_kinds(void)
{
	g_autoptr(GPtrArray) all = parse(LIST);
	GQueue *batches = plan_batches(all, 2);
	g_autofree char *text = describe(batches);

	g_assert_cmpstr(text, ==,
			"b/swap a/one+c/hidden a/two b/big b/kernel b/virtual");
	g_queue_free_full(batches, free_batch);
}

/* @count tests like each other, the last @last of which are to be last. */
static GPtrArray *many(guint count, guint last)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (guint i = 0; i < count; i++)
		g_string_append_printf(list,
				       "a/%03u\tx\t1\t0\t1\t%s\t-\t-\t-\t-\n",
				       i, i < count - last ? "-" : "last,-");
	return parse(list->str);
}

/* Each test once, in batches of about the same size. */
static void test_many(void)
{
	for (guint count = 1; count < 400; count += 7) {
		for (guint jobs = 1; jobs < 40; jobs += 5) {
			g_autoptr(GPtrArray) tests = many(count, 0);
			g_autofree gboolean *seen = g_new0(gboolean, count);
			guint most = 0, least = G_MAXUINT;
			GQueue *batches = plan_batches(tests, jobs);

			for (GList *l = batches->head; l; l = l->next) {
				const Batch *batch = l->data;
				guint at;

				g_assert_true(g_ptr_array_find(
					tests, batch->tests->pdata[0], &at));
				most = MAX(most, batch->tests->len);
				least = MIN(least, batch->tests->len);
				for (guint i = 0; i < batch->tests->len; i++) {
					g_assert_true(batch->tests->pdata[i] ==
						      tests->pdata[at + i]);
					g_assert_false(seen[at + i]);
					seen[at + i] = TRUE;
				}
			}
			for (guint i = 0; i < count; i++)
				g_assert_true(seen[i]);
			g_assert_cmpuint(most, <=, 64);
			g_assert_cmpuint(most - least, <=, 1);
			g_assert_true(count < 24 || batches->length > 1);
			g_queue_free_full(batches, free_batch);
		}
	}
}

/* Nothing comes after a test that is to be last. */
static void test_last(void)
{
	for (guint count = 1; count < 40; count += 3) {
		for (guint last = 0; last <= count; last++) {
			g_autoptr(GPtrArray) tests = many(count, last);
			GQueue *batches = plan_batches(tests, 2);
			guint total = 0, found = 0;

			for (GList *l = batches->head; l; l = l->next) {
				const GPtrArray *batch =
					((Batch *)l->data)->tests;

				total += batch->len;
				for (guint i = 0; i < batch->len; i++) {
					TestInfo *test = batch->pdata[i];

					found += test->last;
					g_assert_true(!test->last ||
						      i == batch->len - 1);
				}
			}
			g_assert_cmpuint(total, ==, count);
			g_assert_cmpuint(found, ==, last);
			g_queue_free_full(batches, free_batch);
		}
	}
}

/* The heaviest first: a test with swap space weighs more than one without. */
static void test_order(void)
{
	g_autoptr(GPtrArray) tests =
		parse("a/alone\tx\t1\t0\t1\talone,-\t-\t-\t-\t-\n"
		      "a/few\tx\t1\t0\t1\t-\t-\tfew\t-\t-\n"
		      "a/few2\tx\t1\t0\t1\t-\t-\tfew\t-\t-\n"
		      "a/swap\tx\t1\t9\t1\t-\t-\t-\t-\t-\n");
	GQueue *batches = plan_batches(tests, 2);
	g_autofree char *text = describe(batches);

	g_assert_cmpstr(text, ==, "a/swap a/few+a/few2 a/alone");
	g_queue_free_full(batches, free_batch);
}

static void test_rest(void)
{
	g_autoptr(GPtrArray) all = parse(LIST);
	GQueue *batches = plan_batches(all, 1);
	Batch *first = g_queue_pop_nth(batches, 1);
	Batch *rest = batch_rest(first, 1);

	g_assert_cmpuint(rest->tests->len, ==, 1);
	g_assert_cmpstr(((TestInfo *)rest->tests->pdata[0])->name, ==,
			"c/hidden");
	g_assert_null(batch_rest(first, 2));
	batch_free(first);
	batch_free(rest);
	g_queue_free_full(batches, free_batch);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/list/parse", test_parse);
	g_test_add_func("/list/bad", test_parse_bad);
	g_test_add_func("/list/select", test_select);
	g_test_add_func("/list/select-tags", test_select_tags);
	g_test_add_func("/plan/kinds", test_kinds);
	g_test_add_func("/plan/many", test_many);
	g_test_add_func("/plan/last", test_last);
	g_test_add_func("/plan/order", test_order);
	g_test_add_func("/plan/rest", test_rest);
	return g_test_run();
}
