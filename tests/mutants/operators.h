/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operators: the kinds of small edits that are planted. */
#ifndef MUTANTS_OPERATORS_H
#define MUTANTS_OPERATORS_H

#include "place.h"

typedef struct {
	const char *name;
	PlaceKind place;
	const char *only; /* regular expressions for the text there, or NULL */
	const char *except;
	const char *edit; /* the new text; @ stands for the old one */
} Operator;

extern const Operator operators[];
extern const guint operators_count;

/*
 * operator_edit() - what @operator makes of @text, the text of a place of its kind, or
 * NULL if it is not for this text. The new text has as many lines as the old one, so
 * that no line moves: __LINE__ would change the object file. The caller frees it.
 */
char *operator_edit(const Operator *operator, const char * text);

#endif
