/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queries to git. Nothing is written. */
#ifndef COVERAGE_GIT_H
#define COVERAGE_GIT_H

#include <glib.h>

/* git() - the output of "git WORD... NULL" in @repo, or NULL if it fails. */
char *git(GError **error, const char *repo, ...) G_GNUC_NULL_TERMINATED;

/* The commits of a series: @base..@head in @repo. */
typedef struct {
	char *repo, *base, *head;
	gboolean slots; /* the patches have numbers of their own, see slots() */
} Series;

/*
 * series_find() - the patches in the private copy @tree of a kernel; or if the
 * environment has BASE, BASE..HEAD of KERNEL, which is a git tree.
 */
gboolean series_find(Series *series, const char *tree, GError **error);
void series_clear(Series *series);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Series, series_clear)

/* series_slots() - the numbers of the patches in a private copy. Ends with NULL. */
char **series_slots(const char *tree);

/* setting() - the variable @name of the environment, or "". */
const char *setting(const char *name);

#endif
