/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison, for people and for programs. */
#ifndef COMPARE_REPORT_H
#define COMPARE_REPORT_H

#include "compare.h"

/*
 * A table: a heading for each kind of change, with a line for each test; then what
 * reclaim costs; last "worse: N changes" or "nothing got worse".
 */
char *report_text(const Runs *a, const Runs *b, const Comparison *comparison);

/*
 * JSON: {"a": {"name", "kernel", "runs"}, "b": likewise, "worse": BOOLEAN, "changes":
 * [{"kind", "worse", "name", "a", "b", "reason"}], "costs": [{"name", "unit", "a":
 * [NUMBER...], "b": [NUMBER...]}]}.
 */
char *report_json(const Runs *a, const Runs *b, const Comparison *comparison);

#endif
