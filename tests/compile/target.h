/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What objects are compiled for: an architecture, and a compiler. */
#ifndef COMPILE_TARGET_H
#define COMPILE_TARGET_H

#include <glib.h>

typedef struct {
	const char *name; /* as ARCHES= says it */
	const char *arch; /* ARCH= of kbuild */
	const char *prefix; /* of the tools: CROSS_COMPILE= */
	const char *compiler; /* without the prefix */
	const char *package; /* of Debian: has the compiler */
} Target;

/* All there are; the last has no name. */
extern const Target targets[];

typedef struct {
	const Target *target;
	const char *tree; /* the kernel, whole */
	const char *out; /* where it is built */
	const char *jobs; /* at once */
	FILE *log; /* what make says */
} TargetBuild;

/* target_find() - the target of that name, or NULL with @error set. */
const Target *target_find(const char *name, GError **error);

/* target_ready() - is its compiler there? FALSE with @error set, which says what to install. */
gboolean target_ready(const Target *target, GError **error);

/*
 * target_configure() - allmodconfig with the options in @preset, and no objects of drivers; what is
 * there of the same tree, preset and compiler is taken. FALSE with @error set.
 */
gboolean target_configure(const TargetBuild *build, const char *preset,
			  GError **error);

/*
 * target_compile() - compiles those @objects that are not up to date, with W=1; goes on after
 * errors. Returns what make said, owned. NULL with @error set if it cannot be started.
 */
char *target_compile(const TargetBuild *build, const GPtrArray *objects,
		     GError **error);

/* target_missing() - of how many objects did make say that this target has none? */
guint target_missing(const char *said);

#endif
