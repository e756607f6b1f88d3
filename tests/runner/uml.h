/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest kernel is called. */
#ifndef RUNNER_UML_H
#define RUNNER_UML_H

#include <glib.h>

#include "config.h"
#include "test-list.h"

typedef struct {
	const char *dir; /* of this guest, absolute */
	guint ram_mib;
	gboolean virtual_time;
	const char *kernel_args; /* further ones, or NULL */
	gboolean terminal; /* /dev/console is descriptors 0 and 1 */
} UmlArgs;

/* NULL-terminated and owned; argv[0] is the kernel. */
char **uml_argv(const Config *config, const UmlArgs *args);

/* Its environment; nothing of the user's that could change a test. */
char **uml_envp(const Config *config);

/*
 * Make the guest's directory with its plan, see guest/init.c. @tests: of
 * TestInfo; NULL: a shell, as @shell says. False with @error set.
 */
gboolean uml_prepare(const Config *config, const char *dir, const char *token,
		     GPtrArray *tests, const char *shell, GError **error);

#endif
