/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault injection: the rules that were written to the file `faults`, and what
 * they say of the next event. A rule names a device and a kind of event,
 * one of those of its model (DeviceModel.kinds); "*" is any. What takes no time
 * can but fail. One rule a line:
 *
 *   hold DEVICE KIND            complete none of these until released
 *   hang DEVICE KIND            as hold, and deaf to soft-stop and hard-stop
 *   release DEVICE KIND         drop hold and hang rules, complete what waits
 *   delay DEVICE KIND NS        complete NS of guest time later
 *   fail DEVICE KIND N [CODE]   the Nth from now fails (1 is the next one);
 *                               CODE: response type or exception status
 *   garbage DEVICE KIND N       the Nth from now is answered with nonsense
 *   lose-irq DEVICE N [LINE]    the Nth interrupt from now does not arrive
 *   lack DEVICE FEATURE         from its next reset on, it does not offer this
 *                               (DeviceModel.features)
 *   clear                       drop every rule, complete what is held
 *
 * N is at most 10^9, NS at most 10^12. A device or kind that does not exist
 * makes the line malformed. A hold or hang rule replaces one of either sort
 * for the same kind, a delay rule another delay rule; fail and garbage rules
 * add up. "release DEVICE *" drops the rules of every kind, "release DEVICE
 * KIND" only those written with that very KIND. Where several rules apply to
 * an event, all that count it do; fail and garbage win over hang, hang over
 * hold, hold over delay, and a longer delay over a shorter one.
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
 * Obey the text written to the file: one or more lines, as above. 0, or
 * -EINVAL when any line is malformed, and then none of them takes effect.
 * *released is set when held work may go on.
 */
int faults_command(Faults *faults, const char *text, size_t len,
		   bool *released);

/* An event of @kind begins: what shall happen to it? Counts it. */
Fault faults_next(Faults *faults, const char *device, const char *kind);

/* Is @kind still held or hung? Counts nothing; for release(). */
bool faults_held(Faults *faults, const char *device, const char *kind);

/* Is the device to be without @feature? Counts nothing. */
bool faults_lacks(Faults *faults, const char *device, const char *feature);

/* An interrupt is about to be raised: lose it? Counts it. */
bool faults_lose_irq(Faults *faults, const char *device, unsigned int line);

/* The rules in force, one a line, as they could be written again. Owned. */
GBytes *faults_text(Faults *faults);

#endif
