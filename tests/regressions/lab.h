/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab: builds kernels with a planted bug, runs tests with them, tells what failed.
 *
 *	Lab *lab = lab_new(&config, &error);
 *	lab_plain(lab, "debug", patterns, &error)
 *					the tests pass without a bug, or an error
 *	lab_build(lab, planted, "debug", &time, &error)
 *					its kernel; may run in one thread while
 *	lab_run(lab, planted, ...)	runs tests with an earlier one in another
 *
 * All of it is in the workspace build/regressions (uml-config/plant.sh).
 */
#ifndef REGRESSIONS_LAB_H
#define REGRESSIONS_LAB_H

#include "planted.h"
#include "trial.h"

typedef struct {
	const char *scripts; /* directory of plant.sh */
	const char *work; /* where kernels and logs go */
	/*
	 * What runs tests and prints TAP. @KERNEL@, @SOURCE@, @GIVES@, @VARIANT@ and
	 * @NAME@ stand for what they say in uml-config/plant.sh, and for the name of
	 * the patch. It takes --limit, --stop-after and patterns of tests.
	 */
	char **command;
	guint room_mib; /* so much space must be left on the disk */
} LabConfig;

/* What something has taken, microseconds; an addend to what is there. */
typedef struct {
	gint64 wall, cpu;
} LabTime;

typedef struct Lab Lab;

Lab *lab_new(const LabConfig *config, GError **error);
void lab_free(Lab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lab, lab_free)

/*
 * Are these tests (all if there are none) known to pass with the kernel of this variant
 * as it is without a bug? If they are not, lab_plain() builds it and runs them. What
 * fails is tried again. False with @error set: there is no kernel, or they do not pass.
 */
gboolean lab_knows_plain(Lab *lab, const char *variant, char **patterns,
			 GError **error);
gboolean lab_plain(Lab *lab, const char *variant, char **patterns,
		   LabTime *time, GError **error);

/* Names of the tests that pass without a bug, as far as they are known; owned. */
char **lab_plain_tests(Lab *lab, const char *variant);
gboolean lab_passes_plain(Lab *lab, const char *variant, const char *test);

typedef enum { LAB_BUILT, LAB_BROKEN, LAB_ERROR } LabResult;

/*
 * Build a kernel with the bug, of the whole series, or of what there is up to its step.
 * LAB_BROKEN: the patch does not apply, or the kernel does not build; lab_build_log()
 * has the compiler's words.
 */
LabResult lab_build(Lab *lab, const Planted *planted, const char *variant,
		    LabTime *time, GError **error);
char *lab_build_log(Lab *lab, const Planted *planted, const char *variant);

/*
 * Run tests with the kernel that lab_build() made, all if there are no patterns. NULL
 * with @error set if they cannot be run. lab_log() is where they write; owned.
 */
Tap *lab_run(Lab *lab, const Planted *planted, const char *variant,
	     char **patterns, TrialLimits limits, LabTime *time,
	     GError **error);
char *lab_log(Lab *lab, const Planted *planted, const char *variant);

/* Kernels are large. Remove that one. */
void lab_remove_kernel(Lab *lab, const Planted *planted, const char *variant);

/*
 * check-each with the bug as a part of its step, and taken back by the next one, *@next.
 * Only the tests of Caught-by are run. Return the log of check-each, owned, *@tap what
 * the tests said of the step, or NULL; NULL with @error set.
 */
char *lab_each(Lab *lab, const Planted *planted, Tap **tap, char **next,
	       LabTime *time, GError **error);

#endif
