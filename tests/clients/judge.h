/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a client did what is expected of it. */
#ifndef CLIENTS_JUDGE_H
#define CLIENTS_JUDGE_H

#include "clients.h"

/* What a client printed that says why it failed or was skipped. */
struct said {
	char assertion[200]; /* the first one that failed, or "" */
	char requirement[200]; /* the first one that was not met, or "" */
	bool no_subtest; /* there is none of that name */
};

/* Look at a line that the client printed, without its newline. */
void judge_line(struct said *said, const char *line);

/*
 * The verdict on a client that ended with @status, as wait() says: TEST_PASS, TEST_FAIL or
 * TEST_SKIP (guest/lib/test.h). @text, of @size bytes: its reason, "" if it passed. What fails
 * as expected is skipped: it shows nothing, but does not hide what else fails. A program
 * that is killed by a signal fails always. @expectation is not OUTCOME_OMIT.
 */
int judge_status(const struct expectation *expectation, const struct said *said,
		 int status, char *text, size_t size);

#endif
