/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest: its daemon, its kernel, its console, its limits, its end. */
#ifndef RUNNER_GUEST_H
#define RUNNER_GUEST_H

#include <glib.h>

#include "config.h"
#include "plan.h"
#include "uml.h"
#include "verdict.h"

typedef struct Guest Guest;

typedef struct {
	/* A verdict is final. Takes @verdict. @log: path, not owned. */
	void (*verdict)(Verdict *verdict, const char *log, gpointer data);
	/* A line of the console, without newline; may be NULL. */
	void (*line)(guint number, const char *line, gpointer data);
	/*
	 * Nothing of the guest is left; it is freed after the call. @error:
	 * NULL, or why no guest at all can run (a full disk, say).
	 */
	void (*finished)(Guest *guest, const GError *error, gpointer data);
} GuestFuncs;

/*
 * Start guest number @number, to run @batch (not owned, must outlive it).
 * @probe: what it must be able to do, or else it does not come up. NULL with
 * @error set if not even its directory can be made.
 */
Guest *guest_start(const Config *config, guint number, const Batch *batch,
		   Probe probe, const GuestFuncs *funcs, gpointer data,
		   GError **error);

/* End it now, with no further verdict; finished() follows. */
void guest_abort(Guest *guest);

const Batch *guest_batch(const Guest *guest);
/* How many tests of the batch have their verdict. */
guint guest_concluded(const Guest *guest);
/* Has it reached its first test? */
gboolean guest_has_booted(const Guest *guest);

#endif
