// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compare NAME-A PATH-A NAME-B PATH-B [JSON]: compares two saved runs (run.h), prints
 * the report and writes it to the file JSON. compare --check PATH: can it be read?
 * Exit status: 0 nothing got worse, 1 something did, 2 there is no verdict.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

static int fail(GError *error)
{
	fprintf(stderr, "error: %s\n", error->message);
	return 2;
}

static int check(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Runs) runs = runs_load(path, path, &error);

	return runs ? 0 : fail(error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Runs) a = NULL;
	g_autoptr(Runs) b = NULL;
	g_autoptr(Comparison) comparison = NULL;
	g_autofree char *text = NULL;
	g_autofree char *json = NULL;

	if (argc == 3 && !strcmp(argv[1], "--check"))
		return check(argv[2]);
	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: compare NAME-A PATH-A NAME-B PATH-B "
				"[JSON]\n");
		return 2;
	}
	a = runs_load(argv[1], argv[2], &error);
	b = a ? runs_load(argv[3], argv[4], &error) : NULL;
	if (!b)
		return fail(error);
	comparison = compare(a, b);
	if (!comparison->compared) {
		fprintf(stderr,
			"error: %s and %s have nothing in common to compare: "
			"tests, "
			"costs of %d runs, or coverage\n",
			argv[1], argv[3], COMPARE_TIMES);
		return 2;
	}
	json = report_json(a, b, comparison);
	if (argv[5] && !g_file_set_contents(argv[5], json, -1, &error))
		return fail(error);
	text = report_text(a, b, comparison);
	if (fputs(text, stdout) == EOF || fflush(stdout))
		return 2;
	return comparison->worse;
}
