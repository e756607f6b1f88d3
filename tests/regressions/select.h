/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which patches are planted, and in which order. */
#ifndef REGRESSIONS_SELECT_H
#define REGRESSIONS_SELECT_H

#include "planted.h"

/*
 * The patches *.patch in @dir whose names match one of the words of @only (shell
 * patterns, or what a name begins with up to '-' or a letter, as in R05; NULL or "":
 * all), by name, those of a variant together. @complete: see planted_parse(). Array of
 * Planted; NULL with @error set, also if there is none.
 *
 * A patch of the same name in @base, which may be NULL, is taken instead, for a kernel to
 * which that in @dir does not apply. A file there that ends in .none instead of .patch
 * says in a line why there is none; the line is printed.
 */
GPtrArray *select_patches(const char *dir, const char *base, const char *only,
			  gboolean complete, GError **error);

/* Those of shard @number of @count: neighbours. Removes the others. */
void select_shard(GPtrArray *patches, guint number, guint count);

#endif
