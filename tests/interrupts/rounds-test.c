// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the draw. */
#include <signal.h>
#include <string.h>

#include "rounds.h"

#define COUNT 42

static char *commands[] = {"a", "b", "c", "d", "e", "f", "g", NULL};

static gboolean same(const Round *a, const Round *b)
{
	return a->command == b->command && a->signal == b->signal && a->group == b->group &&
	       a->fraction == b->fraction;
}

static void test_seed(void)
{
	g_autofree Round *one = rounds_draw(1, COUNT, commands);
	g_autofree Round *again = rounds_draw(1, 10, commands);
	g_autofree Round *other = rounds_draw(2, 10, commands);
	guint differ = 0;

	for (guint i = 0; i < 10; i++) {
		g_assert_true(same(&one[i], &again[i]));
		differ += !same(&one[i], &other[i]);
	}
	g_assert_cmpuint(differ, >, 0);
}

/* In each run of seven, every command; in each of six, every signal to make and its group. */
static void test_turns(void)
{
	g_autofree Round *rounds = rounds_draw(3, COUNT, commands);

	for (guint first = 0; first < COUNT; first += 7) {
		guint seen = 0;

		for (guint i = first; i < first + 7; i++)
			seen |= 1U << (rounds[i].command[0] - 'a');
		g_assert_cmpuint(seen, ==, 0x7f);
	}
	for (guint first = 0; first < COUNT; first += 6) {
		guint64 seen[2] = {0};

		for (guint i = first; i < first + 6; i++)
			seen[rounds[i].group] |= 1ULL << rounds[i].signal;
		for (guint group = 0; group < 2; group++)
			g_assert_cmpuint(seen[group], ==,
					 1 << SIGINT | 1 << SIGTERM | 1 << SIGKILL);
	}
}

static void test_fractions(void)
{
	g_autofree Round *rounds = rounds_draw(4, COUNT, commands);
	double least = 1, most = 0;

	for (guint i = 0; i < COUNT; i++) {
		least = MIN(least, rounds[i].fraction);
		most = MAX(most, rounds[i].fraction);
	}
	g_assert_cmpfloat(least, >=, 0);
	g_assert_cmpfloat(least, <, 0.3);
	g_assert_cmpfloat(most, <, 1);
	g_assert_cmpfloat(most, >, 0.7);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/interrupts/seed", test_seed);
	g_test_add_func("/interrupts/turns", test_turns);
	g_test_add_func("/interrupts/fractions", test_fractions);
	return g_test_run();
}
