/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels of a few files, for tests of commands that prepare or build one. */
#ifndef COMMANDS_FAKE_H
#define COMMANDS_FAKE_H

#include "command.h"

/* Does not depend on the settings of the user. */
#define GIT "git -c user.name=a -c user.email=a@b -c core.hooksPath=/nonexistent"
#define GEM "drivers/gpu/drm/drm_gem.c"

/* A kernel as prepare.sh sees one; GEM and lib/lib.c have the lines 1 to 40. */
void fake_kernel(const char *dir);
/*
 * One that builds; linux is the text of GEM and lib/lib.c. A word "ugly" is for checkpatch.pl,
 * and "undocumented NAME" for kernel-doc.
 */
void fake_build(const char *dir);
/*
 * Three patches for a kernel of fake_build(), to @out; the repository is $TMP/work. They replace
 * a comment by "int one;", "int two;", "int three;"; the last one in lib/lib.c. The second
 * changes include/uapi/drm/drm.h, too.
 */
void fake_series(const char *dir, const char *out);

#endif
