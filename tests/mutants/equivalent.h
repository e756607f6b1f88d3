/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file "equivalent": mutants that a person has looked at and that change nothing
 * that a test could see. An entry is
 *
 *	FILE FUNCTION OPERATOR
 *	 TEXT OF THE LINE
 *	 -> ITS NEW TEXT
 *	 REASON
 *	 MORE OF THE REASON
 *
 * with blanks at the beginning of all lines but the first; empty lines and those that
 * begin with "#" mean nothing. The new text is the first line that the edit changes, as
 * in a patch.
 */
#ifndef MUTANTS_EQUIVALENT_H
#define MUTANTS_EQUIVALENT_H

#include "mutant.h"

/*
 * equivalent_parse() - the entries in @text, for equivalent_reason(); NULL with @error
 * if one is incomplete. Free it with g_hash_table_unref().
 */
GHashTable *equivalent_parse(const char *text, GError **error);

/* equivalent_reason() - the reason given for @mutant, or NULL. @text: of its file. */
const char *equivalent_reason(GHashTable *entries, const Mutant *mutant,
			      const char *text);

/* equivalent_entry() - the entry for @mutant, without the reason. */
char *equivalent_entry(const Mutant *mutant, const char *text);

#endif
