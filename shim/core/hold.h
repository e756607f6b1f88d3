/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that takes guest time, and that a fault rule can hold (faults.h). A model has one
 * Hold for each piece of work:
 *
 * - It begins with hold_begin(), which returns a Fault. Whether to fail or to answer with
 *   garbage is up to the model.
 * - In DeviceModel.tick and .release, and after a register access, the model completes
 *   all work that is hold_due(), and clears its @active. Then it computes its deadline
 *   again: device->deadline_ns = 0, and hold_want_tick() for each Hold that is left.
 *
 * All zeros is a Hold that is not active.
 */
#ifndef SHIM_HOLD_H
#define SHIM_HOLD_H

#include "core/device.h"

/* Hold.due_ns of work that only a reset ends. */
#define HOLD_NEVER G_MAXUINT64
/* Guest ticks while something is held (ns), so that a release is noticed. */
#define HOLD_POLL_NS 10000000ull

/**
 * Hold - a piece of work
 *
 * @active: begun and not complete; the model clears it when it gives up
 * @held: a rule held it when it began; it stays held for as long as any rule
 *	holds @kind
 * @kind: as in faults.h; never freed
 * @due_ns: guest time at which it completes if nothing holds it
 */
typedef struct {
	bool active;
	bool held;
	const char *kind;
	uint64_t due_ns;
} Hold;

/**
 * hold_begin - begin an event of @kind that takes @ns of guest time
 *
 * Counts it for the fault rules. Holds and delays are handled here.
 * Return: the fault that applies, FAULT_NONE for none.
 */
Fault hold_begin(Device *device, Hold *hold, const char *kind, uint64_t ns);

/* Does a rule that is still in force hold it? */
bool hold_held(const Device *device, const Hold *hold);

/* Must it be completed now? False if it is not active. */
bool hold_due(const Device *device, const Hold *hold);

/* Request a tick when it is due or, while it is held, after HOLD_POLL_NS. */
void hold_want_tick(Device *device, const Hold *hold);

#endif
