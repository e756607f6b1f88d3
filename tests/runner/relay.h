/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner's end of the link to a guest's shell (guest/shell.h): parses its
 * frames, and forwards the runner's standard input.
 */
#ifndef RUNNER_RELAY_H
#define RUNNER_RELAY_H

#include <glib.h>

typedef struct Relay Relay;

/* Called when the guest has booted and accepts input. */
typedef void (*RelayReadyFunc)(gpointer data);
/* Called when writing to standard output or error has failed with @err. */
typedef void (*RelayBrokenFunc)(int err, gpointer data);

/* @fd: one end of a socket pair; the relay closes it. */
Relay *relay_new(int fd, RelayReadyFunc ready, RelayBrokenFunc broken,
		 gpointer data);
void relay_free(Relay *relay);

/*
 * Forward standard input from now on, to its end; call it once the guest is ready.
 */
void relay_input(Relay *relay);

/* Tell the guest the new size of the terminal. */
void relay_size(Relay *relay);

/* Pass on the remaining frames; the guest must have ended. */
void relay_finish(Relay *relay);

/* The shell's exit status; -1 if the guest has not reported it. */
int relay_status(const Relay *relay);

#endif
