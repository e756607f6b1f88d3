// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a guest's trace: what its devices did (shim/core/journal.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

/* What a message with this text in it is. The first one that fits counts. */
static const struct {
	const char *text;
	EventKind kind;
} kinds[] = {
	{"VIOLATION: ", EVENT_VIOLATION},
	{"stamps: ", EVENT_CHECK},
	{"-> ERR", EVENT_FAULT},
	{"(fault)", EVENT_FAULT},
	{"fault 0x", EVENT_FAULT},
	{"fault at ", EVENT_FAULT},
	{"out of memory", EVENT_FAULT},
	{"RESOURCE_CREATE", EVENT_CREATE},
	{"RESOURCE_UNREF ", EVENT_CLOSE},
	{"DETACH_BACKING ", EVENT_DETACH},
	{"ATTACH_BACKING ", EVENT_ATTACH},
	{"DETACH BO ", EVENT_DETACH},
	{"ATTACH BO ", EVENT_ATTACH},
	{"TRANSFER_", EVENT_JOB},
	{"SUBMIT_3D ", EVENT_JOB},
	{"RESOURCE_FLUSH ", EVENT_JOB},
	{": FLUSH_PT ", EVENT_MAP},
	{": FLUSH_MEM ", EVENT_MAP},
	{": chain ", EVENT_JOB},
	{": list ", EVENT_JOB},
	{"JOB ", EVENT_JOB},
	{"job ", EVENT_JOB},
	{" BO ", EVENT_JOB},
};

/* What the name of a BO follows, and whether that is an address. */
static const struct {
	const char *text;
	gboolean address;
} names[] = {
	{" res ", FALSE},     {"resource ", FALSE}, {" BO ", FALSE},
	{" address ", TRUE},  {" chain ", TRUE},    {" list ", TRUE},
	{" fault at ", TRUE}, {" lock ", TRUE},	    {" at ", TRUE},
};

/* What the numbers of a job's resources follow. */
#define USES " uses"

/* Registers are too many, and power says little about memory. */
static gboolean is_dull(const char *message)
{
	return g_str_has_prefix(message, "read") ||
	       g_str_has_prefix(message, "write") ||
	       g_str_has_prefix(message, "power: ");
}

static EventKind kind_of(const char *message)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (strstr(message, kinds[i].text))
			return kinds[i].kind;
	return EVENT_OTHER;
}

static Lane *find_lane(Timeline *timeline, const char *device, guint64 time,
		       const char *message)
{
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *found = strstr(message, names[i].text);
		guint64 id;
		char *end;

		if (!found)
			continue;
		found += strlen(names[i].text);
		id = strtoull(found, &end, 0);
		if (end == found)
			continue;
		/* The low bits of a locked region are its size. */
		return timeline_find(timeline, device, id, names[i].address,
				     time);
	}
	return NULL;
}

/* A BO that was not sampled: its state is what the device knows. */
static Lane *follow(Timeline *timeline, const char *device, guint64 time,
		    EventKind kind, Lane *lane, const char *message)
{
	if (kind == EVENT_CREATE && (!lane || lane->died < time)) {
		const char *res = strstr(message, " res ");

		if (!res)
			return lane;
		lane = timeline_add_lane(timeline, device);
		lane->id = strtoull(res + strlen(" res "), NULL, 10);
		lane_set(lane, time, BO_NO_PAGES, FALSE, FALSE);
	} else if (!lane) {
		return NULL;
	} else if (kind == EVENT_ATTACH) {
		lane_set(lane, time, BO_ATTACHED, FALSE, FALSE);
	} else if (kind == EVENT_DETACH) {
		lane_set(lane, time, BO_NO_PAGES, FALSE, FALSE);
	} else if (kind == EVENT_CLOSE) {
		lane_end(lane, time);
	}
	return lane;
}

/* A job that uses several BOs is an event of each. FALSE: it names none. */
static gboolean add_uses(Timeline *timeline, const char *device, guint64 time,
			 EventKind kind, const char *message)
{
	const char *found = strstr(message, USES);
	gboolean any = FALSE;
	guint64 id;
	char *end;

	for (found = found ? found + strlen(USES) : NULL; found; found = end) {
		Lane *lane;

		id = strtoull(found, &end, 10);
		if (end == found)
			break;
		lane = timeline_find(timeline, device, id, FALSE, time);
		if (lane)
			lane_event(lane, time, kind, message);
		any |= lane != NULL;
	}
	return any;
}

static void read_line(Timeline *timeline, const char *line)
{
	guint64 seconds, ns, time;
	char device[64];
	int len = 0;
	EventKind kind;
	Lane *lane;

	if (sscanf(line, "(%" G_GUINT64_FORMAT " older lines dropped)",
		   &timeline->dropped) == 1 ||
	    sscanf(line,
		   "%*u %" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %63s %n",
		   &seconds, &ns, device, &len) != 3 ||
	    !len || is_dull(line + len) || !strcmp(device, "bus"))
		return;
	line += len;
	time = seconds * 1000000000 + ns;
	kind = kind_of(line);
	if (add_uses(timeline, device, time, kind, line))
		return;
	lane = find_lane(timeline, device, time, line);
	if (!timeline->sampled)
		lane = follow(timeline, device, time, kind, lane, line);
	lane_event(lane ?: timeline_device(timeline, device), time, kind, line);
}

void timeline_read_trace(Timeline *timeline, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		read_line(timeline, *line);
}
