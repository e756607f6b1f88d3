/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a History from the repository that history.sh made. */
#ifndef BISECT_READ_GIT_H
#define BISECT_READ_GIT_H

#include "history.h"

/*
 * Read DIR/repo, DIR/slots and DIR/plan. GOOD is refs/ends/good, or where that and
 * refs/ends/bad part.
 */
History *read_git(const char *dir);

#endif
