/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line, and settings for every guest that follow from it. */
#ifndef RUNNER_CONFIG_H
#define RUNNER_CONFIG_H

#include <glib.h>

#include "shard.h"

/* At most, for each job: the next guest runs while one sweeps. */
#define GUESTS_PER_JOB 2

typedef struct {
	char *kernel; /* the UML executable */
	char *source; /* what it was built from, or NULL */
	char *shim; /* the FUSE daemon; NULL: guests without stub devices */
	char *tests; /* the test program */
	char *init; /* the guest's process 1 */
	char *run_dir; /* where all runs leave their logs */
	char *variant; /* name of the kernel's variant, or NULL */
	char *append; /* further kernel parameters, or NULL */
	char *must_have; /* what the kernel must be able to do, or NULL */
	char *root; /* for foreign programs, or NULL */
	char *junit; /* file to write, or NULL */
	gint jobs; /* guests at a time, without those that sweep */
	gint limit; /* seconds that a test may take at most, or 0 */
	gint stop_after; /* so many failures end the run, or 0 */
	Shard shard; /* of the tests */
	gboolean tap;
	gboolean keep;
	gboolean samples; /* for a timeline; implies keep */
	gboolean verbose;

	char *release; /* of the kernel */
	guint of_tests; /* number of tests in all shards together */
	guint more_ram_mib; /* RAM of a guest beyond what its tests ask for */
	gboolean slub_debug; /* the kernel has it on */
	gboolean seccomp; /* can catch system calls so, without ptrace */
	char *session_dir; /* of this run, below run_dir */
	char *ram_dir; /* where the guests' RAM lies */
} Config;

#endif
