// SPDX-License-Identifier: GPL-2.0-or-later
#include "schedule.h"

#include "../host/io.h"

static Schedule *schedule_new(guint64 seed)
{
	Schedule *schedule = g_new0(Schedule, 1);

	schedule->seed = seed;
	schedule->points = g_array_new(FALSE, FALSE, sizeof(guint64));
	return schedule;
}

static guint64 point(const Schedule *schedule, guint n)
{
	return g_array_index(schedule->points, guint64, n);
}

static int by_number(gconstpointer a, gconstpointer b)
{
	guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

	return (x > y) - (x < y);
}

Schedule *schedule_random(guint64 seed, guint64 steps, guint most)
{
	const guint32 words[] = {(guint32)seed, (guint32)(seed >> 32)};
	GRand *random = g_rand_new_with_seed_array(words, G_N_ELEMENTS(words));
	Schedule *schedule = schedule_new(seed);
	guint count = g_rand_int(random) % (most + 1);

	for (guint i = 0; i < count; i++) {
		guint64 step =
			1 + (guint64)(g_rand_double(random) * (double)steps);

		g_array_append_val(schedule->points, step);
	}
	g_array_sort(schedule->points, by_number);
	g_rand_free(random);
	return schedule;
}

Schedule *schedule_without(const Schedule *schedule, guint skip)
{
	Schedule *copy = schedule_new(schedule->seed);

	for (guint i = 0; i < schedule->points->len; i++) {
		guint64 step = point(schedule, i);

		if (i != skip)
			g_array_append_val(copy->points, step);
	}
	return copy;
}

char *schedule_text(const Schedule *schedule)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "%" G_GUINT64_FORMAT, schedule->seed);
	for (guint i = 0; i < schedule->points->len; i++)
		g_string_append_printf(text, ",%" G_GUINT64_FORMAT,
				       point(schedule, i));
	return g_string_free(text, FALSE);
}

Schedule *schedule_parse(const char *text, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	g_autoptr(Schedule) schedule = schedule_new(0);

	if (!*words || g_strv_length(words) > 1 + SCHEDULE_POINTS_MAX) {
		fail(error,
		     "\"%s\" is not a schedule: SEED[,STEP...], %d steps at "
		     "most",
		     text, SCHEDULE_POINTS_MAX);
		return NULL;
	}
	for (char **word = words; *word; word++) {
		guint64 number;

		if (!to_number(*word, "a schedule", &number, error))
			return NULL;
		if (word == words)
			schedule->seed = number;
		else
			g_array_append_val(schedule->points, number);
	}
	for (guint i = 1; i < schedule->points->len; i++)
		if (point(schedule, i) < point(schedule, i - 1)) {
			fail(error,
			     "the steps of the schedule %s do not ascend",
			     text);
			return NULL;
		}
	return g_steal_pointer(&schedule);
}

void schedule_free(Schedule *schedule)
{
	g_array_unref(schedule->points);
	g_free(schedule);
}
