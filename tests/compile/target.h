/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What objects are compiled for: an architecture, and a compiler. */
#ifndef COMPILE_TARGET_H
#define COMPILE_TARGET_H

#include <glib.h>

typedef struct {
	const char *name; /* in ARCHES= */
	const char *arch; /* ARCH= of kbuild */
	const char *prefix; /* of the tools: CROSS_COMPILE= */
	const char *compiler; /* without the prefix */
	const char *package; /* Debian's, with the compiler */
} Target;

/* All targets; the last entry has no name. */
extern const Target targets[];

typedef struct {
	const Target *target;
	const char *tree; /* the whole source of the kernel */
	const char *out; /* where it is built */
	const char *jobs; /* number of jobs at a time */
	FILE *log; /* what make says */
} TargetBuild;

/* target_find() - the target of that name, or NULL with @error set. */
const Target *target_find(const char *name, GError **error);

/* target_ready() - is its compiler there? FALSE with @error set, which says what to install. */
gboolean target_ready(const Target *target, GError **error);

/*
 * target_configure() - makes allmodconfig with the options in @preset, then "make prepare",
 * unless that was done for the same tree, preset and compiler. Removes objects of drivers.
 * FALSE with @error set.
 */
gboolean target_configure(const TargetBuild *build, const char *preset,
			  GError **error);

/*
 * target_compile() - compiles those @objects that are not up to date, with W=1; goes on after
 * errors. Returns what make said, owned. NULL with @error set if it cannot be started.
 */
char *target_compile(const TargetBuild *build, const GPtrArray *objects,
		     GError **error);

/* target_missing() - the number of objects that, by the output @said, this target cannot make. */
guint target_missing(const char *said);

#endif
