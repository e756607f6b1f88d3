/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tests apply to which commits? Told by the index of the series, or the source. */
#ifndef BISECT_NEEDS_H
#define BISECT_NEEDS_H

#include "history.h"

/*
 * Set .applies of all commits of @history, whose repository is @repo, for a test with
 * these @tags. If neither the index nor the source tells of a capability, the test may
 * apply everywhere; the same if they say that it does not apply at BAD, where it has run.
 *
 * Return a text that says which capabilities decide, or NULL if none does; owned.
 */
char *needs_apply(History *history, const char *repo, char **tags);

/* Set .gives of all commits that have a .slot, from @plan (see series-index.sh). */
void needs_read_plan(History *history, const char *plan);

#endif
