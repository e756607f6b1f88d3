// SPDX-License-Identifier: GPL-2.0-or-later
/* The device behind the helper-level driver: jobs that begin. */
#include "models/helper/helper.h"

#include <errno.h>

const HelperJob *helper_job_on(Helper *helper, uint32_t bo)
{
	for (guint i = 0; i < helper->jobs->len; i++) {
		const HelperJob *job =
			&g_array_index(helper->jobs, HelperJob, i);

		if (job->hold.active && (!bo || job->bo == bo))
			return job;
	}
	return NULL;
}

void helper_job_start(Helper *helper, uint32_t number, uint32_t bo)
{
	HelperJob job = {.number = number, .bo = bo};
	Fault fault = hold_begin(&helper->dev, &job.hold, "JOB", HELPER_JOB_NS);

	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		job.error = (uint32_t)fault.arg ?: EIO;
	if (fault.kind != FAULT_NONE)
		helper_trace(helper, "job %u: fault rule applies", number);
	g_array_append_val(helper->jobs, job);
}
