/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Schedules, as drivers-stub/race/schedule.c carries them out. */
#ifndef RACES_SCHEDULE_H
#define RACES_SCHEDULE_H

#include <glib.h>

/* The kernel's POINTS_MAX. */
#define SCHEDULE_POINTS_MAX 32

typedef struct {
	guint64 seed; /* of the tasks' priorities; 0: all have the same */
	GArray *points; /* guint64: the steps at which to preempt, ascending */
} Schedule;

/*
 * schedule_random() - the schedule of @seed, which is not 0, for a test of about @steps
 * steps: 0 to @most points, each step as likely as any other.
 */
Schedule *schedule_random(guint64 seed, guint64 steps, guint most);

/* schedule_without() - a copy without point number @skip; G_MAXUINT: with all of them. */
Schedule *schedule_without(const Schedule *schedule, guint skip);

/* schedule_text() - "SEED,STEP,...", for race.schedule=; owned. */
char *schedule_text(const Schedule *schedule);

/* schedule_parse() - the reverse; NULL with @error set if it is none. */
Schedule *schedule_parse(const char *text, GError **error);

void schedule_free(Schedule *schedule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schedule, schedule_free)

#endif
