// SPDX-License-Identifier: GPL-2.0-or-later
#include "shorten.h"

/* What fails: lists that have all of these. */
typedef struct {
	const guint *needed;
	guint count;
	guint guests; /* how often parts were tried */
	guint most; /* the largest number of parts at a time */
} Fault;

static GArray *list_of(guint count, guint step)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(guint));

	for (guint i = 0; i < count; i++) {
		guint number = i * step;

		g_array_append_val(list, number);
	}
	return list;
}

static gboolean has(const GArray *list, guint number)
{
	for (guint i = 0; i < list->len; i++)
		if (g_array_index(list, guint, i) == number)
			return TRUE;
	return FALSE;
}

static int without(const GArray *list, const GArray *parts, gpointer data)
{
	Fault *fault = data;

	fault->guests++;
	fault->most = MAX(fault->most, parts->len);
	for (guint i = 0; i < parts->len; i++) {
		Part part = g_array_index(parts, Part, i);
		gboolean fails = TRUE;

		for (guint j = 0; j < fault->count; j++) {
			guint needed = fault->needed[j];

			fails &= has(list, needed) &&
				 !(needed >= part.first && needed <= part.last);
		}
		if (fails)
			return i;
	}
	return -1;
}

static int give_up(const GArray *list, const GArray *parts, gpointer data)
{
	(void)list;
	(void)parts;
	++*(guint *)data;
	return -2;
}

static void test_ranges(void)
{
	static const struct {
		guint numbers[6], count;
		const char *text;
	} all[] = {{{0}, 0, ""},
		   {{7}, 1, "7"},
		   {{0, 1}, 2, "0-1"},
		   {{0, 1, 2, 3, 7, 9}, 6, "0-3,7,9"},
		   {{3, 5, 6}, 3, "3,5-6"}};

	for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
		g_autoptr(GArray) list =
			g_array_new(FALSE, FALSE, sizeof(guint));
		g_autofree char *text = NULL;

		g_array_append_vals(list, all[i].numbers, all[i].count);
		text = ranges(list);
		g_assert_cmpstr(text, ==, all[i].text);
	}
}

static void test_shorten(void)
{
	static const guint one[] = {399}, two[] = {0, 200},
			   three[] = {7, 30, 32}, all[] = {0, 2, 4, 6};
	static const struct {
		const guint *needed;
		guint count, length, step;
		const char *text;
	} cases[] = {{one, 1, 400, 1, "399"},	    {two, 2, 400, 1, "0,200"},
		     {three, 3, 100, 1, "7,30,32"}, {all, 4, 4, 2, "0,2,4,6"},
		     {two, 2, 300, 2, "0,200"},	    {NULL, 0, 5, 1, ""}};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		for (guint most = 1; most <= 100; most += 33) {
			g_autoptr(GArray) list =
				list_of(cases[i].length, cases[i].step);
			g_autofree char *text = NULL;
			Fault fault = {cases[i].needed, cases[i].count, 0, 0};

			shorten(list, most, without, &fault);
			text = ranges(list);
			g_assert_cmpstr(text, ==, cases[i].text);
			g_assert_cmpuint(fault.most, <=, most);
		}
}

static void test_few_guests(void)
{
	static const guint needed[] = {100, 300};
	g_autoptr(GArray) list = list_of(400, 1);
	Fault fault = {needed, 2, 0, 0};

	shorten(list, 100, without, &fault);
	g_assert_cmpuint(fault.guests, <, 50);
}

static void test_give_up(void)
{
	g_autoptr(GArray) list = list_of(10, 1);
	guint guests = 0;

	shorten(list, 100, give_up, &guests);
	g_assert_cmpuint(guests, ==, 1);
	g_assert_cmpuint(list->len, ==, 10);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fuzz/ranges", test_ranges);
	g_test_add_func("/fuzz/shorten", test_shorten);
	g_test_add_func("/fuzz/few-guests", test_few_guests);
	g_test_add_func("/fuzz/give-up", test_give_up);
	return g_test_run();
}
