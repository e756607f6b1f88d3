// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

/*
 * A boot takes as long as a dozen small tests: BATCH_MIN. With smaller batches, all
 * guests end at about the same time: BATCH_MAX.
 */
#define BATCH_MIN 12
#define BATCH_MAX 64

static Batch *batch_new(const TestInfo *like)
{
	Batch *batch = g_new0(Batch, 1);

	batch->ram_mib = like->ram_mib;
	batch->virtual_time = like->virtual_time;
	batch->kernel_args = like->kernel_args;
	batch->tests = g_ptr_array_new();
	return batch;
}

void batch_free(Batch *batch)
{
	g_ptr_array_unref(batch->tests);
	g_free(batch);
}

Batch *batch_rest(const Batch *batch, guint from)
{
	Batch *rest;

	if (from >= batch->tests->len)
		return NULL;
	rest = batch_new(batch->tests->pdata[from]);
	for (guint i = from; i < batch->tests->len; i++)
		g_ptr_array_add(rest->tests, batch->tests->pdata[i]);
	return rest;
}

/*
 * Swap is set up for each test, but a guest that has swapped has its memory in
 * another state than one that has not.
 */
gboolean plan_same_guest(const TestInfo *a, const TestInfo *b)
{
	return !a->alone && !b->alone && a->ram_mib == b->ram_mib &&
	       !!a->swap_mib == !!b->swap_mib &&
	       a->virtual_time == b->virtual_time &&
	       !g_strcmp0(a->kernel_args, b->kernel_args);
}

/*
 * Divide the tests of @group into batches of about the same size, in order, and add
 * one of those in @last to the end of each.
 */
static void split(GQueue *batches, GPtrArray *group, GPtrArray *last,
		  guint jobs)
{
	guint parts = MAX(MIN(group->len / BATCH_MIN, 2 * jobs),
			  (group->len + BATCH_MAX - 1) / BATCH_MAX);
	guint from = 0;

	parts = MAX(MAX(parts, 1), last->len);
	for (guint part = 0; part < parts; part++) {
		guint to = (guint64)group->len * (part + 1) / parts;
		GPtrArray *any = group->len ? group : last;
		Batch *batch = batch_new(any->pdata[0]);

		for (; from < to; from++)
			g_ptr_array_add(batch->tests, group->pdata[from]);
		if (part < last->len)
			g_ptr_array_add(batch->tests, last->pdata[part]);
		g_queue_push_tail(batches, batch);
	}
}

/* Cost of a test, in small tests. Tests with swap space usually fill the RAM. */
static guint weight(const Batch *batch)
{
	guint sum = BATCH_MIN;

	for (guint i = 0; i < batch->tests->len; i++) {
		const TestInfo *test = batch->tests->pdata[i];

		sum += test->swap_mib ? 4 : 1;
	}
	return sum;
}

static gint heaviest_first(gconstpointer a, gconstpointer b, gpointer data)
{
	(void)data;
	return (gint)weight(b) - (gint)weight(a);
}

GQueue *plan_batches(GPtrArray *tests, guint jobs)
{
	GQueue *batches = g_queue_new();
	g_autofree gboolean *taken = g_new0(gboolean, tests->len);

	for (guint i = 0; i < tests->len; i++) {
		g_autoptr(GPtrArray) group = g_ptr_array_new();
		g_autoptr(GPtrArray) last = g_ptr_array_new();

		for (guint j = i; j < tests->len; j++) {
			const TestInfo *test = tests->pdata[j];

			if (taken[j] ||
			    (j != i && !plan_same_guest(tests->pdata[i], test)))
				continue;
			taken[j] = TRUE;
			g_ptr_array_add(test->last ? last : group,
					tests->pdata[j]);
		}
		if (group->len || last->len)
			split(batches, group, last, jobs);
	}
	g_queue_sort(batches, heaviest_first, NULL);
	return batches;
}
