/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries mutants, one after the other. */
#ifndef MUTANTS_CAMPAIGN_H
#define MUTANTS_CAMPAIGN_H

#include "../../coverage/src/data.h"
#include "kernel.h"
#include "state.h"
#include "trial.h"

/* So many kernels are built at a time, at most. */
#define BUILDERS 2

/* A part of a campaign: the tests that run with one variant. */
typedef struct {
	char *name; /* "kasan", or "kasan/far" */
	char *variant; /* of the kernel */
	gboolean
		far; /* only tests that do not reach the line, else the others */
} Stage;

typedef struct {
	Stage *stages; /* in the order in which they come */
	guint stages_count;
	const Stage *stage; /* the present one */
	Kernel *kernels
		[BUILDERS]; /* of its variant, each with a source of its own */
	guint kernels_count;
	char *work; /* build/mutants */
	char *tested; /* directory of the kernel that is tested */
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
 * campaign_left() - those of @mutants that are to be tried in the present stage: they have no
 * result there yet, and survived the stages before it.
 */
GPtrArray *campaign_left(Campaign *campaign, const GPtrArray *mutants);

/*
 * campaign_run() - tries each of @left. Prints a line for each. FALSE with @error if it did
 * not come to its end; what is known then stays known.
 */
gboolean campaign_run(Campaign *campaign, const GPtrArray *left,
		      GError **error);

/*
 * campaign_report() - prints the survivors of all stages with their diffs, and the
 * sum. @whole: the campaign came to its end. @survivors: there were some.
 */
gboolean campaign_report(Campaign *campaign, const GPtrArray *mutants,
			 gboolean whole, gboolean *survivors, GError **error);

#endif
