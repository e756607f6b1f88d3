/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A place in a C file at which an operator can plant an edit. */
#ifndef MUTANTS_PLACE_H
#define MUTANTS_PLACE_H

#include <glib.h>

typedef enum {
	PLACE_IF, /* the condition of an if */
	PLACE_LEAVING_IF, /* the same, if its branch ends in goto or return */
	PLACE_STAYING_IF, /* the same, if it does not */
	PLACE_LOOP, /* the condition of a loop */
	PLACE_CHOICE, /* the condition of ?: */
	PLACE_OPERAND, /* an operand of && or || with its operator */
	PLACE_CALL, /* a statement that is a call, without its semicolon */
	PLACE_ASSIGNMENT, /* a statement that changes a variable; likewise */
	PLACE_COMPARISON, /* the operator of a comparison */
	PLACE_NUMBER, /* an integer, but not one that is returned */
	PLACE_ERRNO, /* -EINVAL and the like */
	PLACE_RETURNED, /* what a return statement returns */
} PlaceKind;

typedef struct {
	PlaceKind kind;
	gsize begin, end; /* bytes in the file: from begin to before end */
	const char *function; /* around it */
} Place;

#endif
