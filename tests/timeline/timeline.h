/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened during a test, over guest time: memory, the shrinkers' counts, the BOs
 * and their states, the events of the devices, and what the test and the kernel said.
 * Times are in ns.
 */
#ifndef TIMELINE_TIMELINE_H
#define TIMELINE_TIMELINE_H

#include <glib.h>

/**
 * BoState - where the pages of a BO are
 *
 * @BO_NO_PAGES: never allocated, or freed
 * @BO_PINNED: they are there, and the kernel cannot take them
 * @BO_EVICTABLE: they are there, and the kernel may take them
 * @BO_EVICTED: in shmem or swap space
 * @BO_PURGED: gone, with their content
 * @BO_IMPORTED: they are another driver's
 * @BO_ATTACHED: the device has them; the rest is not known, as nothing was sampled
 */
typedef enum {
	BO_NO_PAGES,
	BO_PINNED,
	BO_EVICTABLE,
	BO_EVICTED,
	BO_PURGED,
	BO_IMPORTED,
	BO_ATTACHED,
	BO_STATES
} BoState;

typedef enum {
	EVENT_OTHER,
	EVENT_CREATE,
	EVENT_CLOSE,
	EVENT_ATTACH,
	EVENT_DETACH,
	EVENT_MAP, /* the page table changed */
	EVENT_JOB, /* or a transfer */
	EVENT_CHECK, /* of stamps */
	EVENT_FAULT, /* or anything that failed */
	EVENT_VIOLATION,
	EVENT_KINDS
} EventKind;

typedef struct {
	guint64 time;
	EventKind kind;
	char *text;
} Event;

typedef enum {
	MARK_NOTE, /* of the test */
	MARK_FAILED, /* the check that ended the test */
	MARK_REPORT, /* of the kernel */
} MarkKind;

typedef struct {
	guint64 time;
	MarkKind kind;
	char *text;
	GString *report; /* the lines that follow, of a report; or NULL */
} Mark;

/* A state that lasts. */
typedef struct {
	guint64 from, to;
	BoState state;
	gboolean busy; /* a fence is not signaled */
	gboolean unneeded; /* marked with MADVISE */
} Span;

/**
 * Lane - a BO, or what of a device belongs to no BO
 *
 * @device: name of the device, as in its trace
 * @id: the device's name for the BO: a number or a GPU address; 0: not known
 * @size: in bytes; 0: not known
 * @whole: this is the device's own lane
 * @born, @died: when it was first and last there
 * @spans: of Span, in order; none for a device
 * @events: of Event, in order
 */
typedef struct {
	char *device;
	guint64 id;
	guint64 size;
	gboolean whole;
	guint64 born, died;
	GArray *spans;
	GArray *events;
} Lane;

typedef struct {
	guint64 time;
	guint64 value;
} Point;

/* A value over time, which is constant from each point to the next. */
typedef struct {
	char *name;
	GArray *points; /* of Point, in order */
} Curve;

typedef enum {
	TIMELINE_UNKNOWN, /* the guest died */
	TIMELINE_OK,
	TIMELINE_FAIL,
	TIMELINE_SKIP,
} TimelineResult;

/**
 * Timeline - all of it
 *
 * @test: its name
 * @begin, @end: of the test
 * @last: the time of the last line of the log so far
 * @result: what init said of it
 * @kernel: its release
 * @sampled: memory and BOs were sampled
 * @dropped: lines of the trace that are lost
 * @memory: of Curve: free, shmem, swap, in KiB
 * @shrinkers: of Curve
 * @lanes: of Lane
 * @marks: of Mark, in order
 * @in_report: lines of the log belong to the report that is the last mark
 */
typedef struct {
	char *test;
	guint64 begin, end;
	guint64 last;
	TimelineResult result;
	char *kernel;
	gboolean sampled;
	guint64 dropped;
	GPtrArray *memory;
	GPtrArray *shrinkers;
	GPtrArray *lanes;
	GArray *marks;
	gboolean in_report;
} Timeline;

Timeline *timeline_new(const char *test);
void timeline_free(Timeline *timeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Timeline, timeline_free)

/*
 * timeline_read() - the timeline of @test in the files of a guest: "log", and if they are
 * there, "trace" and "samples". NULL with @error set if the test was not run there, was
 * skipped, or left neither.
 */
Timeline *timeline_read(const char *dir, const char *test, GError **error);

/* The parts of timeline_read(). Text that makes no sense is an error, or skipped if the
 * guest may have died while it wrote.
 */
gboolean timeline_read_log(Timeline *timeline, const char *text);
gboolean timeline_read_samples(Timeline *timeline, const char *text,
			       GError **error);
void timeline_read_trace(Timeline *timeline, const char *text);

/* One line of the kernel log, at that time. */
void timeline_log_line(Timeline *timeline, guint64 time, const char *line);

/* timeline_clip() - forgets all that was not while the test ran, and sorts the lanes. */
void timeline_clip(Timeline *timeline);

/* The lane of a device for what belongs to no BO; it is made if necessary. */
Lane *timeline_device(Timeline *timeline, const char *device);
/*
 * The lane of the BO that @device knew as @id at @time. With @inside, of the BO that has
 * this address. NULL if there is none.
 */
Lane *timeline_find(Timeline *timeline, const char *device, guint64 id,
		    gboolean inside, guint64 time);
Lane *timeline_add_lane(Timeline *timeline, const char *device);
/* From @time on, the BO is in this state. */
void lane_set(Lane *lane, guint64 time, BoState state, gboolean busy,
	      gboolean unneeded);
void lane_end(Lane *lane, guint64 time);
void lane_event(Lane *lane, guint64 time, EventKind kind, const char *text);
/* "virtio-gpu 3", or "panfrost 0x2000000", or "panfrost"; owned. */
char *lane_name(const Lane *lane);

Curve *curve_in(GPtrArray *curves, const char *name);
void curve_set(Curve *curve, guint64 time, guint64 value);
guint64 curve_most(const Curve *curve);

void timeline_mark(Timeline *timeline, guint64 time, MarkKind kind,
		   const char *text);

/* In words, static. */
const char *state_name(BoState state);
const char *event_name(EventKind kind);
const char *result_name(TimelineResult result);

#endif
