/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that the series touches and this kernel was built without. */
#ifndef COVERAGE_NOT_BUILT_H
#define COVERAGE_NOT_BUILT_H

#include "data.h"

typedef struct {
	const File *file;
	guint lines; /* of code that patches added, by their text */
	const char *reason; /* interned; NULL: none is known */
} NotBuilt;

/*
 * not_built() - those files with added lines of code. A source file was built if any of its
 * lines can run; a header, if a source file of its directory was, or if there is none there.
 * Nobody can say which lines of the others can run: those count that have more than blanks,
 * comments, braces and directives of the preprocessor. Returns NotBuilt *, in the order of
 * the data; free it with g_ptr_array_unref().
 */
GPtrArray *not_built(const Data *data);

#endif
