/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the kernel at a commit, and runs the tests with it. What is done stays in
 * DIR/steps/COMMIT, so nothing is done twice after an interruption:
 *
 *   build.log		what at.sh said
 *   untestable		why there is no kernel
 *   run-N.tap		what the tests said
 */
#ifndef BISECT_STEP_H
#define BISECT_STEP_H

#include "../host/child.h"
#include "../tap/tap.h"
#include "history.h"

/* What all steps share. */
typedef struct {
	const char *dir; /* of this bisection */
	const char *scripts; /* uml-config/ */
	const char *kernels; /* where kernels are kept */
	const char *variant;
	char **command; /* runs the tests, see bisect.sh */
	GHashTable *names; /* commit ID -> name of its kernel in .kernels */
} Bench;

typedef struct {
	char *dir;
	GPtrArray *runs; /* of Tap */
	char *untestable; /* NULL, or why there is no kernel */
	const char *same_as; /* the step that tried the same kernel, or NULL */
	double begun; /* start of the build, in seconds of the monotonic clock */
	double build, tests; /* seconds that these took just now */
} Step;

/* Where the kernel of @commit is kept, or will be; owned. */
char *kernel_dir(const Bench *bench, const Commit *commit);

/* What is known of @commit, from before. It belongs to the caller. */
Step *step_load(const Bench *bench, const Commit *commit);
void step_free(Step *step);

/*
 * Write the file "reads" in directory @kernel: what the build of the kernel there has read.
 * Call it right after the build, since the next one overwrites the notes of kbuild.
 */
void note_reads(const char *kernel);

/*
 * Start to build the kernel; NULL: it is there. step_end_build() waits for the end;
 * afterwards the kernel is there, or .untestable is set.
 */
Child *step_start_build(const Bench *bench, Step *step, const Commit *commit);
void step_end_build(const Bench *bench, Step *step, const Commit *commit,
		    Child *process);

/* Run the tests once more, and add the result to .runs. */
void step_run(const Bench *bench, Step *step, const Commit *commit);

#endif
