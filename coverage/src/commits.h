/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commits of a git tree a series is. */
#ifndef COVERAGE_COMMITS_H
#define COVERAGE_COMMITS_H

#include <glib.h>

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

#endif
