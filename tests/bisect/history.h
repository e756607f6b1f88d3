/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commits between GOOD and BAD, one of which is the first bad one, and what is known
 * of each.
 */
#ifndef BISECT_HISTORY_H
#define BISECT_HISTORY_H

#include <glib.h>

#include "reads.h"

typedef enum {
	UNTRIED,
	GOOD,
	BAD,
	/* The test does not apply: a run skipped it. */
	ABSENT,
	/* It does not build or boot, or fails for another reason. */
	UNTESTABLE,
} Verdict;

/* A file that a commit changes, compared with its first parent. */
typedef struct {
	char *path;
	guint64 hash; /* differs with what was there, and what is there now */
} Change;

typedef struct {
	char *id, *subject;
	char *slot; /* of a patch of a series, or NULL */
	char *gives; /* what the series' index promises here; never NULL */
	guint number; /* its index in History.commits */
	GArray *parents; /* guint: those that are in History.commits */
	gboolean
		first_inside; /* the first parent is there, and comes first in .parents */
	gboolean on_edge; /* a parent is an ancestor of GOOD */
	guint64 edge; /* how the kernel of that parent differs from GOOD's */
	GArray *changes; /* of Change; NULL: not known */
	gboolean *ancestors; /* by number; itself included */

	/* Commits with the same value have the same kernel. */
	guint64 kernel;
	gboolean same_as_parent; /* it does not change the kernel */
	gboolean built; /* its kernel is there already */
	gboolean applies; /* the test does, as far as the source tells */
	gboolean tried;
	Verdict verdict; /* its own, or that of the same kernel elsewhere */
	char *note; /* why that verdict; or NULL */
} Commit;

typedef struct {
	GPtrArray *commits; /* of Commit, parents first, BAD last */
	Commit *good; /* the one that ought to be good; not in commits */
	GHashTable *by_id; /* ID -> Commit, of commits */
} History;

History *history_new(void);

/* Add a commit; @parents: IDs, NULL-terminated. It belongs to @history. */
Commit *history_add(History *history, const char *id, char **parents);

/* Set .good. */
Commit *history_set_good(History *history, const char *id);

/* Find the ancestors of each commit; call it when all are added. */
void history_complete(History *history);

void history_free(History *history);

const Commit *history_bad(const History *history);

/* Add a change to @commit. */
void commit_changes(Commit *commit, const char *path, guint64 hash);

/*
 * Find out which commits have different kernels, by the changes of files that @reads has.
 * With NULL, all kernels are taken to be different.
 */
void history_set_kernels(History *history, const Reads *reads);

/* Give the verdict of each commit that was tried to others with the same kernel. */
void history_spread(History *history);

/*
 * The commits of which, by the verdicts so far, one is the first bad one. The last of
 * them is bad. Array of Commit.
 *
 * While no kernel is known to be good, a kernel on which the test was skipped counts as
 * one before the first bad one: what is found then is where the test begins to apply.
 */
GPtrArray *history_candidates(const History *history);

/* Is a kernel known to be good? */
gboolean history_has_good(const History *history);

/* Has @commit a parent that must be good because GOOD is, and for no other reason? */
gboolean history_relies_on_good(const History *history, const Commit *commit);

#endif
