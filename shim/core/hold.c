// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hold.h"

Fault hold_begin(Device *device, Hold *hold, const char *kind, uint64_t ns)
{
	Fault fault = faults_next(device->faults, device->name, kind);

	if (fault.kind == FAULT_DELAY)
		ns += fault.arg;
	*hold = (Hold){
		.active = true,
		.held = fault.kind == FAULT_HOLD || fault.kind == FAULT_HANG,
		.kind = kind,
		.due_ns = device->now_ns + ns,
	};
	return fault;
}

bool hold_held(const Device *device, const Hold *hold)
{
	return hold->active && hold->held &&
	       faults_held(device->faults, device->name, hold->kind);
}

bool hold_due(const Device *device, const Hold *hold)
{
	return hold->active && device->now_ns >= hold->due_ns &&
	       !hold_held(device, hold);
}

void hold_want_tick(Device *device, const Hold *hold)
{
	uint64_t at = hold->due_ns;

	if (!hold->active || at == HOLD_NEVER)
		return;
	if (hold_held(device, hold))
		at = MAX(at, device->now_ns + HOLD_POLL_NS);
	if (!device->deadline_ns || at < device->deadline_ns)
		device->deadline_ns = MAX(at, 1);
}
