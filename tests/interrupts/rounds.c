// SPDX-License-Identifier: GPL-2.0-or-later
#include "rounds.h"

#include <signal.h>

static void shuffle(GRand *rand, guint *numbers, guint count)
{
	for (guint i = 0; i < count; i++)
		numbers[i] = i;
	for (guint i = count; i > 1; i--) {
		guint j = g_rand_int_range(rand, 0, i);
		guint number = numbers[i - 1];

		numbers[i - 1] = numbers[j];
		numbers[j] = number;
	}
}

Round *rounds_draw(guint32 seed, guint count, char *const *commands)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
	guint n = g_strv_length((char **)commands);
	guint how[2 * G_N_ELEMENTS(signals)], m = G_N_ELEMENTS(how);
	g_autofree guint *which = g_new(guint, n);
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	Round *rounds = g_new(Round, count);

	shuffle(rand, which, n);
	shuffle(rand, how, m);
	for (guint i = 0; i < count; i++) {
		/* (The pairs change even if there are as many commands as ways.) */
		guint way = how[(i + i / m) % m];

		rounds[i] = (Round){commands[which[i % n]], signals[way / 2], way % 2,
				    g_rand_double(rand)};
	}
	return rounds;
}
