// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device behind the helper-level driver: its files in the FUSE tree, and the
 * check for leaks.
 */
#include "models/helper/helper.h"

#define HEX "0x%" G_GINT64_MODIFIER "x"
#define U64 "%" G_GUINT64_FORMAT

static gboolean add_id(gpointer key, gpointer value G_GNUC_UNUSED,
		       gpointer numbers)
{
	uint32_t id = GPOINTER_TO_UINT(key);

	g_array_append_val((GArray *)numbers, id);
	return FALSE;
}

static void list_bos(Device *device, GArray *numbers)
{
	g_tree_foreach(((Helper *)device)->bos, add_id, numbers);
}

static gboolean add_pages(gpointer key G_GNUC_UNUSED, gpointer value,
			  gpointer pages)
{
	*(guint64 *)pages += ((const HelperBo *)value)->pages->len;
	return FALSE;
}

static void show_status(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	Helper *helper = (Helper *)device;
	guint64 pages = 0;

	g_tree_foreach(helper->bos, add_pages, &pages);
	g_string_append_printf(out,
			       "bos: %d\n"
			       "pages: " U64 "\n"
			       "jobs: %u\n",
			       g_tree_nnodes(helper->bos), pages,
			       helper->jobs->len);
	for (uint32_t op = 0; op < HELPER_OPS; op++)
		if (helper->done[op] || helper->refused[op])
			g_string_append_printf(
				out, "%s: " U64 " done, " U64 " refused\n",
				helper_op_name(op), helper->done[op],
				helper->refused[op]);
}

static const char *job_state(Helper *helper, const HelperJob *job)
{
	if (!job->hold.active)
		return "ended, not acknowledged";
	return hold_held(&helper->dev, &job->hold) ? "held" : "running";
}

static void show_jobs(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	Helper *helper = (Helper *)device;

	for (guint i = 0; i < helper->jobs->len; i++) {
		const HelperJob *job =
			&g_array_index(helper->jobs, HelperJob, i);

		g_string_append_printf(out, "%u bo %u %s\n", job->number,
				       job->bo, job_state(helper, job));
	}
}

/* Prints a line for each run of contiguous pages. */
static void show_bo(Device *device, uint32_t id, GString *out)
{
	const HelperBo *bo = helper_bo_find((Helper *)device, id);
	const uint64_t *pages = (const uint64_t *)(void *)bo->pages->data;
	guint count = bo->pages->len;

	g_string_append_printf(out,
			       "size: " U64 "\n"
			       "kept: %s\n",
			       bo->size, bo->kept ? "yes" : "no");
	for (guint i = 0, n; i < count; i += n) {
		for (n = 1; i + n < count &&
			    pages[i + n] == pages[i] + n * RAM_PAGE_SIZE;
		     n++)
			;
		g_string_append_printf(out, HEX " %u pages\n",
				       (guint64)pages[i], n);
	}
}

const Node helper_nodes[] = {
	{.path = "bos/%u", .show = show_bo, .list = list_bos},
	{.path = "jobs", .show = show_jobs},
	{.path = "status", .show = show_status},
	{.path = NULL},
};

static gboolean add_leak(gpointer key, gpointer value, gpointer out)
{
	const HelperBo *bo = value;

	g_string_append_printf(out, "BO %u: %u pages attached\n",
			       GPOINTER_TO_UINT(key), bo->pages->len);
	return FALSE;
}

void helper_leaks(Device *device, GString *out)
{
	Helper *helper = (Helper *)device;

	g_tree_foreach(helper->bos, add_leak, out);
	for (guint i = 0; i < helper->jobs->len; i++) {
		const HelperJob *job =
			&g_array_index(helper->jobs, HelperJob, i);

		if (job->hold.active)
			g_string_append_printf(out, "job %u on BO %u: %s\n",
					       job->number, job->bo,
					       job_state(helper, job));
	}
}
