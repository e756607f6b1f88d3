/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scratch directory and the environment of commands. Only for the files of this library. */
#ifndef COMMANDS_SCRATCH_H
#define COMMANDS_SCRATCH_H

#include <glib.h>

/* Makes it, and sets the environment up. Signals are caught from then on. */
void scratch_make(void);
/* Empties it, frees what f() made, and changes to it. */
void scratch_reset(void);
void scratch_remove(void);
/* The file of errors of commands; outside of $TMP. */
const char *scratch_errors(void);
/* Ends this program with an error, or with 128 and the signal that came. */
G_NORETURN void scratch_die(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Keeps @text until the group ends. */
const char *scratch_keep(char *text);

#endif
