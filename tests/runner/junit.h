/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results as JUnit XML, for CI systems. */
#ifndef RUNNER_JUNIT_H
#define RUNNER_JUNIT_H

#include <glib.h>

#include "config.h"

/*
 * Write @verdicts (of Verdict) to @path atomically: a reader sees the old file or
 * the new one. False with @error set.
 */
gboolean junit_write(const char *path, const Config *config,
		     GPtrArray *verdicts, GError **error);

#endif
