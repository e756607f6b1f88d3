// SPDX-License-Identifier: GPL-2.0-or-later
#include "limits.h"

#include <glob.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "../host/io.h"
#include "ask.h"
#include "say.h"

/* What a guest's RAM and the programs beside it take, in MiB. */
#define GUEST_MIB 112
#define OTHERS_MIB 128
/* Disk: all variants, and the least with which a first build gets to its end. */
#define DISK_MIB 3000
#define LEAST_DISK_MIB 900
/* Processes of a guest, and others. */
#define GUEST_PIDS 64

/* The path of our cgroup of version 1 with this controller: "N:a,b:PATH"; owned, or NULL. */
static char *path_of_controller(const char *proc, const char *controller)
{
	g_auto(GStrv) lines = read_lines(proc, "self/cgroup", NULL);

	for (char **line = lines; line && *line; line++) {
		g_auto(GStrv) fields = g_strsplit(*line, ":", 3);
		g_auto(GStrv) names = g_strsplit(fields[1] ? fields[1] : "", ",", 0);

		if (fields[1] && g_strv_contains((const char *const *)names, controller))
			return g_strdup(fields[2]);
	}
	return NULL;
}

/*
 * The smallest limit on the way up from our cgroup: in the files @name of version 2, or @old of
 * the @controller of version 1. G_MAXUINT64 if there is none.
 */
static guint64 least(const char *name, const char *controller, const char *old)
{
	const char *cgroup = place("SB_CGROUP", "/sys/fs/cgroup");
	const char *proc = place("SB_PROC", "/proc");
	gboolean is_v2 = exists(cgroup, "cgroup.controllers");
	g_autofree char *root = g_build_filename(cgroup, is_v2 ? "" : controller, NULL);
	g_autofree char *path = is_v2 ? line_after(proc, "self/cgroup", "0::")
				      : path_of_controller(proc, controller);
	guint64 limit = G_MAXUINT64, here;

	for (char *end = path ? path + strlen(path) : NULL; end; end = strrchr(path, '/')) {
		g_autofree char *dir = NULL, *word = NULL;

		*end = 0;
		dir = g_build_filename(root, path, NULL);
		word = read_word(dir, is_v2 ? name : old);
		if (g_ascii_string_to_unsigned(word, 10, 0, G_MAXUINT64, &here, NULL))
			limit = MIN(limit, here);
	}
	return limit;
}

void check_memory(guint jobs)
{
	g_autofree char *text = line_after(place("SB_PROC", "/proc"), "meminfo", "MemAvailable:");
	guint64 available = text ? g_ascii_strtoull(g_strstrip(text), NULL, 10) / 1024 : 0;
	guint64 limit = least("memory.max", "memory", "memory.limit_in_bytes") >> 20;
	guint64 have = MIN(available, limit), need = jobs * GUEST_MIB + OTHERS_MIB;
	g_autofree char *what =
		limit < available
			? g_strdup_printf("the cgroup may use %" G_GUINT64_FORMAT " MiB", have)
			: g_strdup_printf("%" G_GUINT64_FORMAT " MiB are available", have);

	if (!text)
		unknown("memory", "not known: %s/meminfo does not say what is available",
			place("SB_PROC", "/proc"));
	else if (have < need)
		bad("memory",
		    "%s; %u guests at a time need %" G_GUINT64_FORMAT
		    " MiB: say J=1, or make more available",
		    what, jobs, need);
	else
		good("memory", "%s, %" G_GUINT64_FORMAT " MiB are needed", what, need);
}

void check_processes(guint jobs)
{
	guint64 may = least("pids.max", "pids", "pids.max"), need = (jobs + 1) * GUEST_PIDS;
	g_autofree char *number = may == G_MAXUINT64 ? g_strdup("any number")
						     : g_strdup_printf("%" G_GUINT64_FORMAT, may);

	if (may < need)
		bad("processes",
		    "the cgroup may have %s; %u guests at a time need "
		    "%" G_GUINT64_FORMAT ": say J=1, or raise pids.max "
		    "(docker, podman: --pids-limit)",
		    number, jobs, need);
	else
		good("processes", "%s in this cgroup, %" G_GUINT64_FORMAT " are needed", number,
		     need);
}

void check_ulimits(void)
{
	static const struct {
		char option;
		int resource;
		guint unit; /* of ulimit */
	} all[] = {{'f', RLIMIT_FSIZE, 512}, {'v', RLIMIT_AS, 1024}};
	struct rlimit limit;

	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		if (!getrlimit(all[i].resource, &limit) && limit.rlim_cur != RLIM_INFINITY)
			bad("limits",
			    "ulimit -%c is %" G_GUINT64_FORMAT
			    ", guests need more: say ulimit -%c unlimited",
			    all[i].option, (guint64)limit.rlim_cur / all[i].unit, all[i].option);
}

/* In MiB; FALSE if that cannot be told. */
static gboolean find_space(const char *dir, guint64 *space)
{
	struct statvfs info;

	if (*setting("SB_FREE_MIB"))
		return to_number(setting("SB_FREE_MIB"), "", space, NULL);
	if (statvfs(dir, &info))
		return FALSE;
	*space = (guint64)info.f_bavail * info.f_frsize >> 20;
	return TRUE;
}

static gboolean has_kernel(const char *build)
{
	g_autofree char *pattern = g_build_filename(build, "kernel/*/linux", NULL);
	glob_t found;
	gboolean any = !glob(pattern, 0, NULL, &found);

	if (any)
		globfree(&found);
	return any;
}

void check_disk(const char *build)
{
	guint need = quick ? LEAST_DISK_MIB : DISK_MIB;
	guint64 space;

	/* Most of that is there if a kernel is. */
	if (has_kernel(build))
		need /= 6;
	if (!find_space(build, &space))
		unknown("disk", "not known: the file system says nothing of %s", build);
	else if (space < need)
		bad("disk", "%" G_GUINT64_FORMAT " MiB are free at %s, %u are needed", space, build,
		    need);
	else
		good("disk", "%" G_GUINT64_FORMAT " MiB are free at %s, %u are needed", space,
		     build, need);
}
