/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner's end of the link to a guest's shell (guest/shell.h): takes its
 * frames apart, and passes the runner's standard input on.
 */
#ifndef RUNNER_RELAY_H
#define RUNNER_RELAY_H

#include <glib.h>

typedef struct Relay Relay;

/* The guest has booted and takes input. */
typedef void (*RelayReadyFunc)(gpointer data);
/* Writing to standard output or error has failed with @err. */
typedef void (*RelayBrokenFunc)(int err, gpointer data);

/* @fd: one end of a socket pair; the relay closes it. */
Relay *relay_new(int fd, RelayReadyFunc ready, RelayBrokenFunc broken,
		 gpointer data);
void relay_free(Relay *relay);

/* Pass standard input on from now to its end; once the guest is ready. */
void relay_input(Relay *relay);

/* The terminal has another size. */
void relay_size(Relay *relay);

/* Pass on the remaining frames; the guest must have ended. */
void relay_finish(Relay *relay);

/* The shell's exit status; -1 when the guest has not said. */
int relay_status(const Relay *relay);

#endif
