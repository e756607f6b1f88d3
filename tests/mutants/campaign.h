/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries mutants, one after the other. */
#ifndef MUTANTS_CAMPAIGN_H
#define MUTANTS_CAMPAIGN_H

#include "../../coverage/src/data.h"
#include "kernel.h"
#include "state.h"
#include "trial.h"

typedef struct {
	Kernel *kernel;
	Trial trial; /* of a mutant */
	Trial plain; /* of the kernel without one */
	GHashTable *plain_passes; /* names of what passed there */
	State *state;
	const Data *coverage;
	GPtrArray *tests; /* names of all */
	GHashTable *equivalents; /* see equivalent.h */
	GHashTable *texts; /* file -> its text without a mutant */
	GHashTable
		*killers; /* function -> GPtrArray of tests that killed there */
} Campaign;

/*
 * campaign_run() - tries each of @mutants that has no result yet, prints a line for each,
 * at the end the survivors with their diffs, and the sum. @survivors: there were some.
 * FALSE with @error if it did not come to its end; what is known then stays known.
 */
gboolean campaign_run(Campaign *campaign, const GPtrArray *mutants,
		      gboolean *survivors, GError **error);

#endif
