/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output, for people or for a TAP consumer. */
#ifndef RUNNER_OUTPUT_H
#define RUNNER_OUTPUT_H

#include <glib.h>

#include "config.h"
#include "verdict.h"

typedef struct Output Output;

/* Print the header for @tests, the tests to run. */
Output *output_new(const Config *config, GPtrArray *tests);
void output_free(Output *output);

/* Print one verdict; @log: path of the guest's console, or NULL. */
void output_verdict(Output *output, const Verdict *verdict, const char *log);

/*
 * Count a test that was not run because its guest did not come up; the guest has a
 * verdict of its own. Only TAP prints a line for each test.
 */
void output_not_run(Output *output, const Verdict *verdict);

/* No guest comes up: @block explains it, @why is one line. */
void output_bail_out(Output *output, const char *block, const char *why);

/* A line of a guest's console, for --verbose. */
void output_console(Output *output, guint guest, const char *line);

/* Print the last line. @cut_short: "interrupted", "stopped", or NULL. */
void output_end(Output *output, const char *cut_short);

/* Did all tests pass, and at least one (none if the shard is empty)? */
gboolean output_all_passed(const Output *output);

/* Has writing to standard output failed? */
#define NO_OUTPUT "cannot write to standard output"
gboolean output_is_broken(void);

/* @path as a person in the current directory would type it; owned. */
char *output_path(const char *path);

#endif
