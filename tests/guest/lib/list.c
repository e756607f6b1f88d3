// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/list.h"

#include <stdio.h>
#include <string.h>

#include "lib/caps.h"
#include "ram.h"

#define LETTERS_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct test *const *)a)->name,
		      (*(const struct test *const *)b)->name);
}

/* Is it a single line that is not empty, or NULL? */
static bool is_line(const char *text)
{
	return !text || (*text && !strpbrk(text, "\t\n"));
}

/* What is wrong with the declaration, or NULL. */
static const char *bad_test(const struct test *test)
{
	if (!test->name || !strchr(test->name, '/') ||
	    test->name[strspn(test->name, LETTERS_DIGITS "-/")])
		return "name must be area/what-it-shows";
	if (!test->about || !is_line(test->about))
		return "about must be one line";
	if (!is_line(test->expect))
		return "expect must be one line";
	if (!is_line(test->known))
		return "known must be one line";
	if (!is_line(test->kernel_args))
		return "kernel_args must be one line";
	return NULL;
}

/* Are all of @names, separated by blanks, in SB_MUST_HAVE? */
static bool must_have(const char *names)
{
	char *all, *copy = strdup(names ?: ""), *rest, *name;
	bool has = true;

	if (!copy || asprintf(&all, " %s ", getenv(MUST_HAVE) ?: "") < 0)
		abort();
	for (name = strtok_r(copy, " ", &rest); name && has;
	     name = strtok_r(NULL, " ", &rest)) {
		char *word;

		if (asprintf(&word, " %s ", name) < 0)
			abort();
		has = strstr(all, word);
		free(word);
	}
	free(all);
	free(copy);
	return has;
}

/* Print @prefix and each of @words, separated by blanks; @words may be NULL. */
static int print_words(int count, const char *prefix, const char *words)
{
	char *copy = strdup(words ?: ""), *rest, *word;

	if (!copy)
		abort();
	for (word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		printf("%s%s%s", count++ ? " " : "", prefix, word);
	free(copy);
	return count;
}

/* Print the tags by which tests can be chosen (tests/README.md). */
static void print_tags(const struct test *test)
{
	int count = 0;

	count = print_words(count, "", test->alone ? "alone" : NULL);
	count = print_words(count, "", test->last ? "last" : NULL);
	count = print_words(count, "",
			    test->virtual_time ? "virtual-time" : NULL);
	count = print_words(count, "", test->ram_mib ? "ram" : NULL);
	count = print_words(count, "", test->swap_mib ? "swap" : NULL);
	count = print_words(count, "",
			    test->kernel_args ? "kernel-args" : NULL);
	count = print_words(count, "", test->expect ? "report" : NULL);
	count = print_words(count, "", test->known ? "known-warning" : NULL);
	count = print_words(count, "needs:", test->needs);
	count = print_words(count, "needs:", test->boot_needs);
	if (!count)
		printf("-");
}

int list_tests(const struct test *const *tests, size_t count)
{
	const struct test **sorted = calloc(count, sizeof(*sorted));

	if (!sorted)
		abort();
	memcpy(sorted, tests, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < count; i++) {
		const struct test *test = sorted[i];
		const char *bad = bad_test(test);
		bool hidden = test->hidden || !must_have(test->boot_needs) ||
			      !must_have(test->fixed_with);

		if (!bad && i && !strcmp(test->name, sorted[i - 1]->name))
			bad = "name is taken";
		if (bad) {
			fprintf(stderr, "guest-tests: test \"%s\": %s\n",
				test->name ?: "", bad);
			return 1;
		}
		printf("%s\t%s\t%u\t%u\t%u\t%s%s%s%s%s\t%s\t%s\t%s\t",
		       test->name, test->about, test->ram_mib ?: GUEST_RAM_MIB,
		       test->swap_mib, test->seconds ?: DEFAULT_SECONDS,
		       test->alone ? "alone," : "", test->last ? "last," : "",
		       test->virtual_time ? "virtual," : "",
		       hidden ? "hidden," : "", "-", test->expect ?: "-",
		       test->kernel_args ?: "-", test->known ?: "-");
		print_tags(test);
		printf("\n");
	}
	free(sorted);
	return 0;
}
