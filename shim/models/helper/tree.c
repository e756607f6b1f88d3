// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device behind the helper-level stub driver: what people and tests can
 * read of it, and what must not be left.
 */
#include "models/helper/helper.h"

#include <string.h>

#include "core/text.h"

#define HEX "0x%" G_GINT64_MODIFIER "x"
#define U64 "%" G_GUINT64_FORMAT

static gboolean add_id(gpointer key, gpointer value G_GNUC_UNUSED,
		       gpointer names)
{
	g_ptr_array_add(names, g_strdup_printf("%u", GPOINTER_TO_UINT(key)));
	return FALSE;
}

char **stub_list(Device *device, const char *path)
{
	static const char *const top[] = {"bos/", "jobs", "status", NULL};
	Stub *stub = (Stub *)device;
	GPtrArray *names;

	if (!*path)
		return g_strdupv((char **)top);
	if (strcmp(path, "bos") != 0)
		return NULL;
	names = g_ptr_array_new();
	g_tree_foreach(stub->bos, add_id, names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static gboolean add_pages(gpointer key G_GNUC_UNUSED, gpointer value,
			  gpointer pages)
{
	*(guint64 *)pages += ((const StubBo *)value)->pages->len;
	return FALSE;
}

static void show_status(Stub *stub, GString *out)
{
	guint64 pages = 0;

	g_tree_foreach(stub->bos, add_pages, &pages);
	g_string_append_printf(out,
			       "bos: %d\n"
			       "pages: " U64 "\n"
			       "jobs: %u\n",
			       g_tree_nnodes(stub->bos), pages,
			       stub->jobs->len);
	for (uint32_t op = 0; op < STUB_OPS; op++)
		if (stub->done[op] || stub->refused[op])
			g_string_append_printf(
				out, "%s: " U64 " done, " U64 " refused\n",
				stub_op_name(op), stub->done[op],
				stub->refused[op]);
}

static const char *job_state(Stub *stub, const StubJob *job)
{
	if (job->ended)
		return "ended, not acknowledged";
	return stub_job_held(stub, job) ? "held" : "running";
}

static void show_jobs(Stub *stub, GString *out)
{
	for (guint i = 0; i < stub->jobs->len; i++) {
		const StubJob *job = &g_array_index(stub->jobs, StubJob, i);

		g_string_append_printf(out, "%u bo %u %s\n", job->number,
				       job->bo, job_state(stub, job));
	}
}

/* Runs of pages that follow each other, a line each. */
static void show_bo(const StubBo *bo, GString *out)
{
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

GBytes *stub_show(Device *device, const char *path)
{
	Stub *stub = (Stub *)device;
	const StubBo *bo = NULL;
	GString *out;
	uint64_t id;

	if (g_str_has_prefix(path, "bos/") &&
	    text_number(path + strlen("bos/"), 1, G_MAXUINT32, &id))
		bo = stub_bo_find(stub, (uint32_t)id);
	if (!bo && strcmp(path, "status") != 0 && strcmp(path, "jobs") != 0)
		return NULL;

	out = g_string_new(NULL);
	if (bo)
		show_bo(bo, out);
	else if (!strcmp(path, "status"))
		show_status(stub, out);
	else
		show_jobs(stub, out);
	return g_string_free_to_bytes(out);
}

static gboolean add_leak(gpointer key, gpointer value, gpointer out)
{
	const StubBo *bo = value;

	g_string_append_printf(out, "BO %u: %u pages attached\n",
			       GPOINTER_TO_UINT(key), bo->pages->len);
	return FALSE;
}

void stub_leaks(Device *device, GString *out)
{
	Stub *stub = (Stub *)device;

	g_tree_foreach(stub->bos, add_leak, out);
	for (guint i = 0; i < stub->jobs->len; i++) {
		const StubJob *job = &g_array_index(stub->jobs, StubJob, i);

		if (!job->ended)
			g_string_append_printf(out, "job %u on BO %u: %s\n",
					       job->number, job->bo,
					       job_state(stub, job));
	}
}
