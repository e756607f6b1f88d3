// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../guest/lib/test.h"

/* Exit statuses of IGT; see its lib/igt_core.h. */
#define IGT_INVALID 79

static void keep_first(char *place, size_t size, const char *line,
		       const char *after)
{
	const char *found = strstr(line, after);

	if (found && !*place)
		snprintf(place, size, "%s", found + strlen(after));
}

void judge_line(struct said *said, const char *line)
{
	keep_first(said->assertion, sizeof(said->assertion), line,
		   "Failed assertion: ");
	keep_first(said->requirement, sizeof(said->requirement), line,
		   "Test requirement: ");
	if (strstr(line, "Unknown subtest: "))
		said->no_subtest = true;
}

static enum outcome outcome_of(int status)
{
	if (!WIFEXITED(status))
		return OUTCOME_FAIL;
	switch (WEXITSTATUS(status)) {
	case 0:
		return OUTCOME_PASS;
	case TEST_SKIP:
		return OUTCOME_SKIP;
	default:
		return OUTCOME_FAIL;
	}
}

/* "exit status 98, assertion" */
static void describe(const struct said *said, int status, char *text,
		     size_t size)
{
	bool skip = outcome_of(status) == OUTCOME_SKIP;
	const char *why = skip ? said->requirement : said->assertion;
	const char *comma = *why ? ": " : "";

	if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (skip)
		snprintf(text, size, "it was skipped%s%s", comma, why);
	else
		snprintf(text, size, "exit status %d%s%s", WEXITSTATUS(status),
			 comma, why);
}

int judge_status(const struct expectation *expectation, const struct said *said,
		 int status, char *text, size_t size)
{
	static const char *const wants[] = {"to pass", "to be skipped",
					    "to fail"};
	enum outcome got = outcome_of(status);
	char what[300];

	*text = '\0';
	if (said->no_subtest ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == IGT_INVALID)) {
		snprintf(text, size, "there is no such subtest");
		return TEST_FAIL;
	}
	describe(said, status, what, sizeof(what));
	if (WIFSIGNALED(status)) {
		snprintf(text, size, "%s", what);
		return TEST_FAIL;
	}
	if (got != expectation->want) {
		snprintf(text, size, "expected %s, but %s%s%s",
			 wants[expectation->want],
			 got == OUTCOME_PASS ? "it passed" : what,
			 expectation->why ? "; the list says: " : "",
			 expectation->why ?: "");
		return TEST_FAIL;
	}
	if (got == OUTCOME_PASS)
		return TEST_PASS;
	snprintf(text, size, "%s%s",
		 got == OUTCOME_FAIL ? "fails as expected: " : "",
		 expectation->why);
	return TEST_SKIP;
}
