/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One test under one schedule, in a guest of its own. */
#ifndef RACES_TRIAL_H
#define RACES_TRIAL_H

#include "schedule.h"

/**
 * struct Trials - how trials are made
 * @command: the runner's, with all its options but those that a trial adds
 * @work: a directory for the guests' logs
 */
typedef struct {
	char **command;
	const char *work;
} Trials;

typedef enum { TRIAL_PASS, TRIAL_FAIL, TRIAL_SKIP } TrialResult;

/**
 * struct Trial - what came of one
 * @result: of the test; lost memory and the like fail it, too
 * @why: of a failure, the first line that was said; of a skipped test, the reason
 * @log: the guest's
 * @steps: that the tasks of the test made; 0 if the guest died before it could say so
 */
typedef struct {
	TrialResult result;
	char *why;
	char *log;
	guint64 steps;
} Trial;

/*
 * trial_run() - run @test; NULL with @error set if there is no verdict. @slot: trials that run
 * at the same time have different ones.
 */
Trial *trial_run(const Trials *trials, const char *test,
		 const Schedule *schedule, guint slot, GError **error);

void trial_free(Trial *trial);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trial, trial_free)

#endif
