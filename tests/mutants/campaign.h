/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries mutants, one after the other. */
#ifndef MUTANTS_CAMPAIGN_H
#define MUTANTS_CAMPAIGN_H

#include "../../coverage/src/data.h"
#include "kernel.h"
#include "state.h"
#include "trial.h"

typedef struct {
	char **variants; /* of the kernel, in the order in which they are tried */
	const char *variant; /* the present one of them */
	Kernel *kernel; /* of this variant */
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
 * campaign_run() - tries, with the present variant, each of @mutants that has no result
 * yet and that survived all variants before it. Prints a line for each. FALSE with
 * @error if it did not come to its end; what is known then stays known.
 */
gboolean campaign_run(Campaign *campaign, const GPtrArray *mutants,
		      GError **error);

/*
 * campaign_report() - prints the survivors of all variants with their diffs, and the
 * sum. @whole: the campaign came to its end. @survivors: there were some.
 */
gboolean campaign_report(Campaign *campaign, const GPtrArray *mutants,
			 gboolean whole, gboolean *survivors, GError **error);

#endif
