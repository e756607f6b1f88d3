/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mutants: one small edit each. */
#ifndef MUTANTS_MUTANT_H
#define MUTANTS_MUTANT_H

#include "operators.h"

typedef struct {
	/* Its ID in the file of results; it stays when lines of the file move. */
	char *id;
	char *file; /* in the kernel's source */
	char *function;
	const char *operator;
	char *line_text; /* the first line of the edit, without blanks around it */
	guint line; /* its number */
	gsize begin, end; /* the bytes that it replaces */
	char *edit; /* what it puts there */
} Mutant;

/*
 * mutants_of() - all mutants at @places of the file @file, whose text is @text, that
 * begin in a line of the set @lines (NULL: in any). An array of Mutant.
 */
GPtrArray *mutants_of(const char *file, const char *text, const GArray *places,
		      GHashTable *lines);

/* mutant_apply() - @text with the edit. */
char *mutant_apply(const Mutant *mutant, const char *text);

/* mutant_diff() - the same as a patch. */
char *mutant_diff(const Mutant *mutant, const char *text);

/*
 * mutants_choose() - chooses @count of @all at random, by @seed, and of these the
 * @shard-th part of @shards (1 of 1: all). They stay in the order of the files.
 */
GPtrArray *mutants_choose(const GPtrArray *all, guint count, guint seed,
			  guint shard, guint shards);

#endif
