// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench FIGURES LOG DIR [AGAINST]: measures the figures of a key file (bench.h) in the
 * directory DIR, and in turn in AGAINST. ROUNDS=N: instead of 5; COLD=no: without the
 * figures that compile a kernel from nothing. Exit status: 0 all were measured, 1 some
 * failed, 2 nothing was run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static void print(const char *text, gpointer data)
{
	(void)data;
	fputs(text, stdout);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *rounds = g_getenv("ROUNDS");
	Bench bench = {.print = print, .rounds = 5, .log = argv[2]};
	g_autofree char *figures = NULL;
	g_autoptr(GError) error = NULL;
	guint failed;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: bench FIGURES LOG DIR [AGAINST]\n");
		return 2;
	}
	bench.dir = argv[3];
	bench.against = argv[4];
	bench.cold = g_strcmp0(g_getenv("COLD"), "no");
	if (rounds)
		bench.rounds = (guint)strtoul(rounds, NULL, 10);
	if (!bench.rounds || bench.rounds > 1000) {
		fprintf(stderr,
			"error: ROUNDS=%s: that is not a number from 1\n",
			rounds);
		return 2;
	}
	if (!g_file_get_contents(argv[1], &figures, NULL, &error)) {
		fprintf(stderr, "error: %s\n", error->message);
		return 2;
	}
	failed = bench_run(&bench, figures, &error);
	if (error) {
		fprintf(stderr, "error: %s: %s\n", argv[1], error->message);
		return 2;
	}
	if (failed)
		printf("%u figure%s failed; the last command's output is %s\n",
		       failed, failed == 1 ? "" : "s", bench.log);
	return failed != 0;
}
