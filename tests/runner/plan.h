/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tests share a guest. */
#ifndef RUNNER_PLAN_H
#define RUNNER_PLAN_H

#include <glib.h>

#include "test-list.h"

/* Tests that one guest runs, one after another. */
typedef struct {
	guint ram_mib;
	gboolean virtual_time;
	const char *kernel_args; /* the tests', or NULL */
	GPtrArray *tests; /* of TestInfo, not owned by it */
} Batch;

/* Can one guest run both? Not if either needs its own guest. */
gboolean plan_same_guest(const TestInfo *a, const TestInfo *b);

/*
 * Divide @tests into batches of tests that need the same guest, for @jobs
 * guests at a time: few enough that booting costs little, many enough that
 * all guests end at about the same time. Queue of Batch, owned by the caller,
 * in the order in which they should start.
 */
GQueue *plan_batches(GPtrArray *tests, guint jobs);

/* The part of @batch from its test number @from on; NULL if there is none. */
Batch *batch_rest(const Batch *batch, guint from);

void batch_free(Batch *batch);

#endif
