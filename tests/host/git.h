/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs git: its output does not depend on settings of the user's, and commands that only
 * look write nothing.
 */
#ifndef HOST_GIT_H
#define HOST_GIT_H

#include <glib.h>

/* git() - the output of "git -C @repo WORD... NULL", or NULL if it fails. */
char *git(GError **error, const char *repo, ...) G_GNUC_NULL_TERMINATED;

/* The same of any number of @words, which end with NULL. @input: what it reads, or NULL. */
char *git_words(const char *repo, const char *input, const char *const *words,
		GError **error);

#endif
