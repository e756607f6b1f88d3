/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line and environment of a guest kernel. */
#ifndef RUNNER_UML_H
#define RUNNER_UML_H

#include <glib.h>

#include "config.h"
#include "test-list.h"

/* Where a guest without a shell gets the file for its RAM. */
#define UML_RAM_FD 3

typedef struct {
	const char *dir; /* of this guest, absolute */
	guint ram_mib;
	gboolean virtual_time;
	const char *kernel_args; /* further ones, or NULL */
	gboolean ram_file; /* descriptor UML_RAM_FD: its RAM (ram-pool.h) */
	gboolean link; /* descriptor 3 is SHELL_LINK, see guest/shell.h */
	gboolean terminal; /* descriptors 0 and 1 are SHELL_TERMINAL */
} UmlArgs;

/* What a guest checks before its first test. */
typedef enum {
	PROBE_NOTHING,
	PROBE_BASICS, /* processes, signals, device files */
	PROBE_SWAP, /* and swap space */
} Probe;

/* NULL-terminated and owned; argv[0] is the kernel. */
char **uml_argv(const Config *config, const UmlArgs *args);

/* Its environment, without settings of the user that could affect a test. */
char **uml_envp(const Config *config, const UmlArgs *args);

/*
 * Create the guest's directory with its plan, see guest/init.c. @tests: of
 * TestInfo, or NULL. @shell: lines of the plan for the shell, or NULL. @probe: what
 * the guest must be able to do to run tests. False with @error set.
 */
gboolean uml_prepare(const Config *config, const char *dir, const char *token,
		     GPtrArray *tests, const char *shell, Probe probe,
		     GError **error);

#endif
