/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which C files of a kernel include a header, by their text: no compiler is asked. */
#ifndef COMPILE_INCLUDES_H
#define COMPILE_INCLUDES_H

#include <glib.h>

typedef struct Includes Includes;

/*
 * includes_read() - reads the #include lines of all .c and .h files below @dirs (which end
 * with NULL) of the kernel @tree, but not of those below @without. Free it with
 * includes_free().
 */
Includes *includes_read(const char *tree, const char *const *dirs,
			const char *const *without);
void includes_free(Includes *includes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Includes, includes_free)

/*
 * includes_of() - the objects to which @files, paths relative to the tree, belong: those of
 * C files among them, and of C files that include a header among them, also by way of other
 * headers. "<drm/x.h>" is include/drm/x.h; "x.h" is that of the same directory if there is
 * one. Any other path of which nothing is known counts by its last part: too many objects are
 * better than too few. Sorted; free it with g_ptr_array_unref().
 */
GPtrArray *includes_of(const Includes *includes, const GPtrArray *files);

#endif
