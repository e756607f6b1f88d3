/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Have the tests caught the bug that a patch plants? */
#ifndef REGRESSIONS_JUDGE_H
#define REGRESSIONS_JUDGE_H

#include <glib.h>

/*
 * Judge @tap, the output of the tests, by the header of @patch: one of the
 * tests that it names at "Caught-by:" must have failed for its "Reason:", and
 * none but those and the ones at "Also:" may have failed. A reason is an
 * extended regular expression over all that was said of one failure, the lines
 * of the kernel's report included.
 *
 * Append to @out how it was caught (kind of failure, colon, tests), or "not
 * caught"; then what is wrong, if anything is, with a tab before what only
 * explains it. Return: it was caught as it should be. False with @error set
 * if the header cannot be used.
 */
gboolean judge(const char *patch, const char *tap, GString *out,
	       GError **error);

#endif
