// SPDX-License-Identifier: GPL-2.0-or-later
#include "reduce.h"

/* Leave out one point after the other. TRUE unless there is no verdict. */
static gboolean leave_out(Schedule **best, TryFunc try, gpointer data,
			  GError **error)
{
	guint at = 0;

	while (at < (*best)->points->len) {
		Schedule *less = schedule_without(*best, at);
		gboolean failed;

		if (!try(less, data, &failed, error)) {
			schedule_free(less);
			return FALSE;
		}
		if (failed) {
			/* A point that was needed before may be superfluous now. */
			at = 0;
			schedule_free(*best);
			*best = less;
		} else {
			at++;
			schedule_free(less);
		}
	}
	return TRUE;
}

Schedule *reduce(const Schedule *schedule, TryFunc try, gpointer data,
		 GError **error)
{
	g_autoptr(Schedule) flat = schedule_without(schedule, G_MAXUINT);
	g_autoptr(Schedule) best = schedule_without(schedule, G_MAXUINT);
	gboolean failed = FALSE;

	flat->seed = 0;
	if (schedule->seed && !try(flat, data, &failed, error))
		return NULL;
	if (failed)
		best->seed = 0;
	if (!leave_out(&best, try, data, error))
		return NULL;
	return g_steal_pointer(&best);
}
