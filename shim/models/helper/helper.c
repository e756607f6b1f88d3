// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device behind the helper-level driver: registers, and jobs. A job uses the
 * pages all at once when its time is over. So the device notices if the driver
 * takes pages away from a running job.
 */
#include "models/helper/helper.h"

#include <errno.h>
#include <string.h>

static gboolean use_if_kept(gpointer key G_GNUC_UNUSED, gpointer value,
			    gpointer user)
{
	const HelperBo *bo = value;

	if (bo->kept)
		helper_bo_check(user, bo, 0, bo->size);
	return FALSE;
}

/* End the job at @index, and move it behind those that ended before. */
static void end_job(Helper *helper, guint index)
{
	HelperJob job = g_array_index(helper->jobs, HelperJob, index);
	const HelperBo *bo = helper_bo_find(helper, job.bo);

	if (!job.error) {
		if (bo && !bo->kept)
			helper_bo_check(helper, bo, 0, bo->size);
		g_tree_foreach(helper->bos, use_if_kept, helper);
	}
	job.hold.active = false;
	g_array_remove_index(helper->jobs, index);
	g_array_append_val(helper->jobs, job);
	helper_trace(helper, "job %u on BO %u ended: %s", job.number, job.bo,
		     g_strerror((int)job.error));
	device_raise(&helper->dev, SB_IRQ_HELPER);
}

/* End what is due, and compute the next deadline. */
static void advance(Device *device)
{
	Helper *helper = (Helper *)device;
	guint i = 0;

	device->deadline_ns = 0;
	while (i < helper->jobs->len) {
		const HelperJob *job =
			&g_array_index(helper->jobs, HelperJob, i);

		if (hold_due(device, &job->hold)) {
			end_job(helper, i);
		} else {
			hold_want_tick(device, &job->hold);
			i++;
		}
	}
}

/* The job that ended first; NULL if the driver has acknowledged all. */
static const HelperJob *first_ended(Helper *helper, guint *index)
{
	for (*index = 0; *index < helper->jobs->len; ++*index) {
		const HelperJob *job =
			&g_array_index(helper->jobs, HelperJob, *index);

		if (!job->hold.active)
			return job;
	}
	return NULL;
}

static int helper_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Helper *helper = (Helper *)device;
	const HelperJob *job;
	uint64_t value = 0;
	guint index;

	if (len != sizeof(value) || offset > SB_HELPER_REG_ENDED) {
		helper_violation(helper,
				 "read of %zu bytes at 0x%" G_GINT64_MODIFIER
				 "x: no such register",
				 len, offset);
		return -EINVAL;
	}
	if (offset == SB_HELPER_REG_ID)
		value = SB_HELPER_ID;
	job = offset == SB_HELPER_REG_ENDED ? first_ended(helper, &index)
					    : NULL;
	if (job)
		value = job->number | (uint64_t)job->error << 32;
	memcpy(buf, &value, sizeof(value));
	return 0;
}

static void acknowledge(Helper *helper, uint64_t number)
{
	guint index;
	const HelperJob *job = first_ended(helper, &index);

	if (job && job->number == number)
		g_array_remove_index(helper->jobs, index);
	else
		helper_violation(helper,
				 "acknowledged job %" G_GUINT64_FORMAT
				 ", which is not the first that ended",
				 number);
}

static int helper_write(Device *device, uint64_t offset, const void *buf,
			size_t len)
{
	Helper *helper = (Helper *)device;
	uint64_t value;

	if (len != sizeof(value) || offset > SB_HELPER_REG_ENDED) {
		helper_violation(helper,
				 "write of %zu bytes at 0x%" G_GINT64_MODIFIER
				 "x: no such register",
				 len, offset);
		return -EINVAL;
	}
	memcpy(&value, buf, sizeof(value));
	if (offset == SB_HELPER_REG_COMMAND)
		helper_command(helper, value);
	else if (offset == SB_HELPER_REG_ENDED)
		acknowledge(helper, value);
	else
		helper_violation(helper,
				 "write of the identification register");
	advance(device);
	return 0;
}

static void helper_reset(Device *device)
{
	Helper *helper = (Helper *)device;

	helper_bos_reset(helper);
	g_array_set_size(helper->jobs, 0);
	memset(helper->done, 0, sizeof(helper->done));
	memset(helper->refused, 0, sizeof(helper->refused));
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void helper_init(Device *device)
{
	Helper *helper = (Helper *)device;

	helper->jobs = g_array_new(FALSE, FALSE, sizeof(HelperJob));
	helper_bos_reset(helper);
}

static void helper_fini(Device *device)
{
	Helper *helper = (Helper *)device;

	g_tree_unref(helper->bos);
	g_array_unref(helper->jobs);
}

static const DeviceWindow windows[] = {{0, SB_HELPER_REG_ENDED + 8}, {0, 0}};

static const DeviceKind kinds[] = {
	{"JOB", .instant = false},   {"ATTACH", .instant = true},
	{"DETACH", .instant = true}, {"ACCESS", .instant = true},
	{NULL, .instant = false},
};

DEVICE_MODEL(helper_model, .name = "helper", .instances = SB_HELPERS,
	     .reg_file = "regs", .windows = windows, .irqs = 1, .kinds = kinds,
	     .stamps = STAMPS_BY_RESOURCE, .size = sizeof(Helper),
	     .init = helper_init, .fini = helper_fini, .read = helper_read,
	     .write = helper_write, .tick = advance, .release = advance,
	     .reset = helper_reset, .leaks = helper_leaks,
	     .nodes = helper_nodes);
