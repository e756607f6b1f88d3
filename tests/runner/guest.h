/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest: its daemon, kernel, console, time limits, and end. */
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
	/* Its tests have run; from now on it mostly sleeps. */
	void (*sweeping)(gpointer data);
	/*
	 * Nothing of the guest is left; it is freed after the call. @error: NULL,
	 * or the reason why no guest can run at all (such as a full disk).
	 */
	void (*finished)(Guest *guest, const GError *error, gpointer data);
} GuestFuncs;

/*
 * Start guest number @number, to run @batch (not owned, must outlive it). @probe:
 * what the guest must be able to do to run tests. NULL with @error set if its
 * directory cannot be created.
 */
Guest *guest_start(const Config *config, guint number, const Batch *batch,
		   Probe probe, const GuestFuncs *funcs, gpointer data,
		   GError **error);

/* End it now, without further verdicts; finished() follows. */
void guest_abort(Guest *guest);

const Batch *guest_batch(const Guest *guest);
/* Number of tests of the batch that have their verdict. */
guint guest_concluded(const Guest *guest);
/* Has it reached its first test? */
gboolean guest_has_booted(const Guest *guest);
/* Does it wait for what tells a leak (sweep() of init.c)? */
gboolean guest_is_sweeping(const Guest *guest);

#endif
