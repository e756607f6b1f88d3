/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What takes guest time, and what a fault rule can hold back (faults.h). A
 * model has one Hold for each thing that is under way:
 *
 *   to begin it, hold_begin(); the Fault that this returns says whether it
 *   shall fail or be answered with nonsense, which is the model's business;
 *   in DeviceModel.tick and .release, and after a register access, complete
 *   whatever hold_due() says and clear its @active; then work out the
 *   deadline afresh: device->deadline_ns = 0, and hold_want_tick() for each
 *   Hold that is left.
 *
 * All zeros is a Hold that is not active.
 */
#ifndef SHIM_HOLD_H
#define SHIM_HOLD_H

#include "core/device.h"

/* Hold.due_ns of what only a reset ends. */
#define HOLD_NEVER G_MAXUINT64
/* While something is held the guest ticks this often (ns), and sees a release. */
#define HOLD_POLL_NS 10000000ull

/**
 * Hold - something under way
 *
 * @active: begun and not complete; the model clears it when it gives up
 * @held: a rule held it back when it began; it stays held for as long as any
 *	rule holds @kind
 * @kind: as in faults.h; a string that stays
 * @due_ns: guest time at which it is complete if nothing holds it
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
 * Counts it for the fault rules: holds and delays are taken care of here.
 * Return: the fault that applies, FAULT_NONE for none.
 */
Fault hold_begin(Device *device, Hold *hold, const char *kind, uint64_t ns);

/* Is it held back by a rule that is still in force? */
bool hold_held(const Device *device, const Hold *hold);

/* Is it time to complete it? False also when it is not active. */
bool hold_due(const Device *device, const Hold *hold);

/* Ask for a tick when it is due, or, while it is held, soon. */
void hold_want_tick(Device *device, const Hold *hold);

#endif
