/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that do not come up: each cause once, and what to do about it. */
#ifndef RUNNER_BOOT_H
#define RUNNER_BOOT_H

#include <glib.h>

#include "verdict.h"

typedef struct BootFailures BootFailures;

BootFailures *boot_failures_new(void);
void boot_failures_free(BootFailures *failures);

/*
 * Takes @verdict, of a guest whose tests were not run (verdict->cost of them).
 * @log: path of its console, copied. If another guest has failed for the same
 * cause, only the cost is added to that.
 */
void boot_failures_add(BootFailures *failures, Verdict *verdict,
		       const char *log);

/* Calls @func for each cause, with a verdict that says what it costs. */
void boot_failures_each(BootFailures *failures,
			void (*func)(Verdict *verdict, const char *log,
				     gpointer data),
			gpointer data);

/*
 * No guest came up: one block for a person, that says what failed, the last
 * lines of the console and, if it is known, what to do; owned. *@why: the
 * cause in a line, of @failures.
 */
char *boot_failures_block(const BootFailures *failures, const char **why);

#endif
