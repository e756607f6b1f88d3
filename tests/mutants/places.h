/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds places for edits with libclang. */
#ifndef MUTANTS_PLACES_H
#define MUTANTS_PLACES_H

#include "place.h"

/*
 * places_find() - the places in the functions of the file @path, whose text is @text, as
 * they are when @source is compiled with @args, a compiler's arguments that end with
 * NULL; @source may be @path, or include it. An array of Place, or NULL with @error set.
 * Their names of functions belong to @names.
 */
GArray *places_find(const char *path, const char *text, const char *source,
		    char **args, GStringChunk *names, GError **error);

#endif
