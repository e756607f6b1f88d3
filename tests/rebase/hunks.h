/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch in pieces that git can apply one by one. */
#ifndef REBASE_HUNKS_H
#define REBASE_HUNKS_H

#include <glib.h>

typedef struct {
	char *patch; /* a patch of this hunk alone */
	char *file; /* that it changes, with its name after the patch */
	guint line; /* where it begins, by the patch; 0: a new file, or no hunk */
	char *function; /* what git says behind "@@", may be empty */
} Hunk;

/*
 * hunks_of() - the hunks of a patch, as git or diff -u writes it; what comes before and behind
 * it, such as a mail, is left out. What changes a file without a hunk (a rename, a mode, an
 * empty file) is a Hunk of line 0. Returns Hunk *; free it with g_ptr_array_unref().
 */
GPtrArray *hunks_of(const char *patch);

/*
 * hunk_is_in() - is what the hunk does done in the file @text? It has all lines that the hunk
 * adds, anywhere, and none that it removes; lines without letters or digits do not count.
 */
gboolean hunk_is_in(const Hunk *hunk, const char *text);

#endif
