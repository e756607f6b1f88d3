/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault injection: the rules written to the file `faults`, and their effect on the
 * next event. A test in the guest writes them with device_write("faults", ...). A rule
 * names a device and a kind of event of its model (DeviceModel.kinds); "*" is any kind.
 * Events that take no time can only fail. There is one rule a line:
 *
 *   hold DEVICE KIND            complete none of these until released
 *   hang DEVICE KIND            as hold, and ignore soft-stop and hard-stop
 *   release DEVICE KIND         drop hold and hang rules, complete what waits
 *   delay DEVICE KIND NS        complete NS of guest time later
 *   fail DEVICE KIND N [CODE]   the Nth from now fails (1 is the next one);
 *                               CODE: response type or exception status
 *   garbage DEVICE KIND N       the Nth from now is answered with garbage
 *   change DEVICE KIND N       before the Nth from now is answered, the
 *                               device changes its configuration; only for
 *                               models with DeviceModel.changes
 *   lose-irq DEVICE N [LINE]    the Nth interrupt from now does not arrive;
 *                               LINE: only those of this line, from 0 on
 *   lack DEVICE FEATURE         from its next reset on, it does not offer this
 *                               (DeviceModel.features)
 *   clear                       drop every rule, complete what is held
 *
 * N is at most 10^9, NS at most 10^12. A line with a device, kind or interrupt line that
 * does not exist is malformed. A hold or hang rule replaces one of either sort for the same kind, a
 * delay rule another delay rule; fail and garbage rules add up. "release DEVICE *"
 * drops the rules of every kind, "release DEVICE KIND" only those written with that
 * very KIND. If several rules apply to an event, all of them count it; fail and
 * garbage win over hang, hang over hold, hold over delay, and a longer delay over a
 * shorter one.
 */
#ifndef SHIM_FAULTS_H
#define SHIM_FAULTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Faults Faults;

typedef enum {
	FAULT_NONE,
	FAULT_HOLD,
	FAULT_HANG,
	FAULT_DELAY, /* arg: ns */
	FAULT_FAIL, /* arg: code, 0 when the rule gave none */
	FAULT_GARBAGE, /* arg: a number that differs at every call */
} FaultKind;

typedef struct {
	FaultKind kind;
	uint64_t arg;
} Fault;

Faults *faults_new(void);
void faults_free(Faults *faults);

/*
 * Execute the text written to the file: one or more lines, as above. 0, or -EINVAL
 * if any line is malformed, and then none of them takes effect. *released is set if
 * held work may continue.
 */
int faults_command(Faults *faults, const char *text, size_t len,
		   bool *released);

/*
 * An event of @kind begins: returns the fault that applies, and counts the event.
 */
Fault faults_next(Faults *faults, const char *device, const char *kind);

/* Is @kind still held or hung? Does not count an event; for release(). */
bool faults_held(Faults *faults, const char *device, const char *kind);

/* Does a rule take @feature away? Does not count an event. */
bool faults_lacks(Faults *faults, const char *device, const char *feature);

/* An event of @kind is about to be answered: does the configuration change? Counts it. */
bool faults_change(Faults *faults, const char *device, const char *kind);

/* An interrupt is about to be raised: is it lost? Counts it. */
bool faults_lose_irq(Faults *faults, const char *device, unsigned int line);

/* The rules in force, one a line, in the syntax for writing them. Owned. */
GBytes *faults_text(Faults *faults);

#endif
