/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Have the tests caught the bug that a patch plants? */
#ifndef REGRESSIONS_JUDGE_H
#define REGRESSIONS_JUDGE_H

#include "planted.h"

/*
 * Judge a run of the tests with the bug, @tap: one of the tests that are to catch it must
 * have failed for the reason, and no test that must pass. A reason is an extended regular
 * expression over all that was said of one failure, the lines of the kernel's report
 * included.
 *
 * If @again is not NULL, it is a second run, of tests that failed in the first. What did
 * not fail again was no evidence: it counts as passed, and is said to be flaky. What
 * failed again, but not for the reason, has caught nothing.
 *
 * Append to @out how it was caught (kind of failure, colon, tests), or "not caught"; then
 * what is wrong, if anything is, with a tab before what only explains it. Return: it was
 * caught as it should be.
 */
gboolean judge(const Planted *planted, const Tap *tap, const Tap *again,
	       GString *out);

/*
 * The tests whose failure in @tap matters: names of those that catch the bug, then of
 * those that must pass, some of each. A second run with these settles the verdict.
 */
GPtrArray *judge_doubtful(const Planted *planted, const Tap *tap);

/* Append the tests of @tap that caught the bug, by kind of failure. How many. */
guint judge_say_how(const Planted *planted, const Tap *tap, GString *out);

#endif
