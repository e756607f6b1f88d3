/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the selected tests, from the first guest to the last line. */
#ifndef RUNNER_SESSION_H
#define RUNNER_SESSION_H

#include <glib.h>

#include "config.h"

/* Exit statuses of the runner; 128 + N after signal N. */
#define STATUS_PASSED 0
#define STATUS_FAILED 1
#define STATUS_ERROR 2

/* Run @tests (of TestInfo) and print; the runner's exit status. */
int session_run(const Config *config, GPtrArray *tests);

#endif
