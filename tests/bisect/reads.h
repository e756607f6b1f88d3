/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the kernel's source that builds read. A commit that changes no other cannot
 * change the kernel. */
#ifndef BISECT_READS_H
#define BISECT_READS_H

#include <glib.h>

typedef struct Reads Reads;

Reads *reads_new(void);
void reads_free(Reads *reads);

/*
 * Add those of the build in @out, of the source in @tree, as relink.sh and kbuild have
 * noted them there. FALSE: there are no such notes.
 */
gboolean reads_add_build(Reads *reads, const char *tree, const char *out);

/* Write them to @path; add those that were written so. FALSE if there are none. */
void reads_save(const Reads *reads, const char *path);
gboolean reads_add_saved(Reads *reads, const char *path);

/* Add one that @objects objects are made from. */
void reads_add(Reads *reads, const char *path, guint objects);

/*
 * How many objects are made from it; at least 1 if it is read for anything, 0 if it is
 * not.
 */
guint reads_objects(const Reads *reads, const char *path);

#endif
