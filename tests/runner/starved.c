// SPDX-License-Identifier: GPL-2.0-or-later
#include "starved.h"

#include <stdio.h>
#include <string.h>

/* Is the process with this directory in /proc of the group? */
static gboolean in_group(const char *dir, pid_t group)
{
	g_autofree char *path = g_build_filename(dir, "stat", NULL);
	g_autofree char *stat = NULL;
	const char *rest;
	char state;
	int parent, its;

	if (!g_file_get_contents(path, &stat, NULL, NULL))
		return FALSE;
	/* The name of the program may have any characters. */
	rest = strrchr(stat, ')');
	return rest &&
	       sscanf(rest + 1, " %c %d %d", &state, &parent, &its) == 3 &&
	       its == group;
}

static gint64 thread_us(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "schedstat", NULL);
	g_autofree char *text = NULL;
	guint64 ran, waited;

	if (!g_file_get_contents(path, &text, NULL, NULL) ||
	    sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &ran,
		   &waited) != 2)
		return 0;
	return (gint64)(waited / 1000);
}

static gint64 process_us(const char *dir)
{
	g_autofree char *tasks = g_build_filename(dir, "task", NULL);
	g_autoptr(GDir) threads = g_dir_open(tasks, 0, NULL);
	const char *name;
	gint64 sum = 0;

	while (threads && (name = g_dir_read_name(threads))) {
		g_autofree char *thread = g_build_filename(tasks, name, NULL);

		sum += thread_us(thread);
	}
	return sum;
}

gint64 starved_us(pid_t group)
{
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;
	gint64 sum = 0;

	while (proc && (name = g_dir_read_name(proc))) {
		g_autofree char *dir = g_build_filename("/proc", name, NULL);

		if (g_ascii_isdigit(*name) && in_group(dir, group))
			sum += process_us(dir);
	}
	return sum;
}
