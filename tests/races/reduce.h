/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a schedule that fails to one with the fewest preemptions that still fails. */
#ifndef RACES_REDUCE_H
#define RACES_REDUCE_H

#include "schedule.h"

/* Does the test fail with this schedule? Sets *@failed; FALSE with @error set: unknown. */
typedef gboolean (*TryFunc)(const Schedule *schedule, gpointer data,
			    gboolean *failed, GError **error);

/*
 * reduce() - @schedule fails. Tries to do without random priorities, since each of them
 * may preempt whenever a task wakes up, and then without points, one at a time, until
 * none can be left out. NULL with @error set if a try gave no verdict.
 */
Schedule *reduce(const Schedule *schedule, TryFunc try, gpointer data,
		 GError **error);

#endif
