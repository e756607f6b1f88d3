// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads what drivers-stub/timeline/sampler.c wrote. */
#include <stdio.h>
#include <string.h>

#include "../host/io.h"
#include "timeline.h"

/* Of the guest's BOs, by their key. */
typedef GHashTable Keys;

/* The device as its trace calls it, of the kernel's name for it; owned. */
static char *device_name(const char *name)
{
	if (g_str_has_prefix(name, "virtio"))
		return g_strdup("virtio-gpu");
	if (g_str_has_prefix(name, "shrinkbench-helper"))
		return g_strdup(name + strlen("shrinkbench-"));
	return g_strdup(name);
}

static gboolean find_state(const char *word, BoState *state)
{
	if (!strcmp(word, "no-pages")) {
		*state = BO_NO_PAGES;
		return TRUE;
	}
	for (guint i = 0; i < BO_STATES; i++) {
		if (!strcmp(word, state_name(i))) {
			*state = i;
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean read_mem(Timeline *timeline, guint64 time, const char *rest)
{
	static const char *const names[] = {"free", "shmem", "swap used"};
	guint64 kib[3];

	if (sscanf(rest,
		   "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
		   " %" G_GUINT64_FORMAT,
		   &kib[0], &kib[1], &kib[2]) != 3)
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(kib); i++)
		curve_set(curve_in(timeline->memory, names[i]), time, kib[i]);
	return TRUE;
}

static gboolean read_shrinker(Timeline *timeline, guint64 time,
			      const char *rest)
{
	guint64 count;
	char name[128];

	if (sscanf(rest, "%" G_GUINT64_FORMAT " %127s", &count, name) != 2)
		return FALSE;
	curve_set(curve_in(timeline->shrinkers, name), time, count);
	return TRUE;
}

static gboolean read_bo(Timeline *timeline, Keys *keys, guint64 time,
			const char *rest)
{
	char device[128], state_word[16], busy[8], needed[16];
	g_autofree char *name = NULL;
	guint64 size, id;
	BoState state;
	Lane *lane;
	guint key;

	if (sscanf(rest,
		   "%u %127s %" G_GUINT64_FORMAT " 0x%" G_GINT64_MODIFIER
		   "x %15s %7s %15s",
		   &key, device, &size, &id, state_word, busy, needed) != 7 ||
	    !find_state(state_word, &state))
		return FALSE;
	lane = g_hash_table_lookup(keys, GUINT_TO_POINTER(key));
	if (!lane) {
		name = device_name(device);
		lane = timeline_add_lane(timeline, name);
		lane->size = size;
		g_hash_table_insert(keys, GUINT_TO_POINTER(key), lane);
	}
	/* It is known late, and for a closed BO no longer. */
	if (id)
		lane->id = id;
	lane_set(lane, time, state, !strcmp(busy, "busy"),
		 !strcmp(needed, "unneeded"));
	return TRUE;
}

static gboolean read_gone(Keys *keys, guint64 time, const char *rest)
{
	guint key;
	Lane *lane;

	if (sscanf(rest, "%u", &key) != 1)
		return FALSE;
	lane = g_hash_table_lookup(keys, GUINT_TO_POINTER(key));
	if (lane)
		lane_end(lane, time);
	return lane != NULL;
}

static gboolean read_line(Timeline *timeline, Keys *keys, const char *line)
{
	guint64 time;
	char kind[16];
	int len = 0;

	if (sscanf(line, "%" G_GUINT64_FORMAT " %15s %n", &time, kind, &len) !=
		    2 ||
	    !len)
		return FALSE;
	line += len;
	if (!strcmp(kind, "log")) {
		timeline_log_line(timeline, time, line);
		return TRUE;
	}
	if (!strcmp(kind, "mem"))
		return read_mem(timeline, time, line);
	if (!strcmp(kind, "shrinker"))
		return read_shrinker(timeline, time, line);
	if (!strcmp(kind, "bo"))
		return read_bo(timeline, keys, time, line);
	return !strcmp(kind, "gone") && read_gone(keys, time, line);
}

/* Lines of the log may have newlines within: what follows is no sample. */
static gboolean is_sample(const char *line)
{
	return g_ascii_isdigit(*line);
}

gboolean timeline_read_samples(Timeline *timeline, const char *text,
			       GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GHashTable) keys = g_hash_table_new(NULL, NULL);

	for (char **line = lines; *line; line++) {
		/* A guest that is killed may leave half of the last line. */
		if (is_sample(*line) && !read_line(timeline, keys, *line) &&
		    line[1])
			return fail(error, "samples, line %u: not a sample: %s",
				    (guint)(line - lines) + 1, *line);
	}
	timeline->sampled = TRUE;
	return TRUE;
}
