// SPDX-License-Identifier: GPL-2.0-or-later
#include "timeline.h"

#include <string.h>

static const char *const state_names[BO_STATES] = {
	"no pages", "pinned",	"evictable", "evicted",
	"purged",   "imported", "attached"};
static const char *const event_names[EVENT_KINDS] = {
	"other",      "create", "close",       "attach", "detach",
	"page table", "job",	"stamp check", "fault",	 "violation"};

const char *state_name(BoState state)
{
	return state_names[state];
}

const char *event_name(EventKind kind)
{
	return event_names[kind];
}

const char *result_name(TimelineResult result)
{
	static const char *const names[] = {"the guest died", "passed",
					    "failed", "skipped"};

	return names[result];
}

static void event_clear(gpointer data)
{
	Event *event = data;

	g_free(event->text);
}

static void mark_clear(gpointer data)
{
	Mark *mark = data;

	g_free(mark->text);
	if (mark->report)
		g_string_free(mark->report, TRUE);
}

static void lane_free(gpointer data)
{
	Lane *lane = data;

	g_free(lane->device);
	g_array_unref(lane->spans);
	g_array_unref(lane->events);
	g_free(lane);
}

static void curve_free(gpointer data)
{
	Curve *curve = data;

	g_free(curve->name);
	g_array_unref(curve->points);
	g_free(curve);
}

Timeline *timeline_new(const char *test)
{
	Timeline *timeline = g_new0(Timeline, 1);

	timeline->test = g_strdup(test);
	timeline->memory = g_ptr_array_new_with_free_func(curve_free);
	timeline->shrinkers = g_ptr_array_new_with_free_func(curve_free);
	timeline->lanes = g_ptr_array_new_with_free_func(lane_free);
	timeline->marks = g_array_new(FALSE, FALSE, sizeof(Mark));
	g_array_set_clear_func(timeline->marks, mark_clear);
	return timeline;
}

void timeline_free(Timeline *timeline)
{
	g_free(timeline->test);
	g_free(timeline->kernel);
	g_ptr_array_unref(timeline->memory);
	g_ptr_array_unref(timeline->shrinkers);
	g_ptr_array_unref(timeline->lanes);
	g_array_unref(timeline->marks);
	g_free(timeline);
}

Lane *timeline_add_lane(Timeline *timeline, const char *device)
{
	Lane *lane = g_new0(Lane, 1);

	lane->device = g_strdup(device);
	lane->spans = g_array_new(FALSE, FALSE, sizeof(Span));
	lane->events = g_array_new(FALSE, FALSE, sizeof(Event));
	g_array_set_clear_func(lane->events, event_clear);
	g_ptr_array_add(timeline->lanes, lane);
	return lane;
}

Lane *timeline_device(Timeline *timeline, const char *device)
{
	Lane *lane;

	for (guint i = 0; i < timeline->lanes->len; i++) {
		lane = timeline->lanes->pdata[i];
		if (lane->whole && !strcmp(lane->device, device))
			return lane;
	}
	lane = timeline_add_lane(timeline, device);
	lane->whole = TRUE;
	return lane;
}

/* How long before or after the life of the BO that is. */
static guint64 distance(const Lane *lane, guint64 time)
{
	if (time < lane->born)
		return lane->born - time;
	return time > lane->died ? time - lane->died : 0;
}

/*
 * The devices hear of a BO before the sampler sees it first, and after it has seen it
 * last. Ids are used again.
 */
Lane *timeline_find(Timeline *timeline, const char *device, guint64 id,
		    gboolean inside, guint64 time)
{
	Lane *best = NULL;

	for (guint i = 0; i < timeline->lanes->len; i++) {
		Lane *lane = timeline->lanes->pdata[i];

		if (lane->whole || !lane->id || strcmp(lane->device, device) ||
		    (inside ? id - lane->id >= lane->size : id != lane->id))
			continue;
		if (!best || distance(lane, time) < distance(best, time))
			best = lane;
	}
	return best;
}

void lane_set(Lane *lane, guint64 time, BoState state, gboolean busy,
	      gboolean unneeded)
{
	Span span = {time, time, state, busy, unneeded};

	if (lane->spans->len) {
		Span *last =
			&g_array_index(lane->spans, Span, lane->spans->len - 1);

		last->to = time;
		if (last->state == state && last->busy == busy &&
		    last->unneeded == unneeded)
			return;
	} else {
		lane->born = time;
	}
	/* Until lane_end(). */
	lane->died = G_MAXUINT64;
	g_array_append_val(lane->spans, span);
}

void lane_end(Lane *lane, guint64 time)
{
	lane->died = time;
	if (lane->spans->len)
		g_array_index(lane->spans, Span, lane->spans->len - 1).to =
			time;
}

void lane_event(Lane *lane, guint64 time, EventKind kind, const char *text)
{
	Event event = {time, kind, g_strdup(text)};

	g_array_append_val(lane->events, event);
}

char *lane_name(const Lane *lane)
{
	if (lane->whole)
		return g_strdup(lane->device);
	if (!lane->id)
		return g_strdup_printf("%s BO", lane->device);
	/* Addresses are those of pages. */
	if (lane->id >= 4096)
		return g_strdup_printf("%s 0x%" G_GINT64_MODIFIER "x",
				       lane->device, lane->id);
	return g_strdup_printf("%s %" G_GUINT64_FORMAT, lane->device, lane->id);
}

Curve *curve_in(GPtrArray *curves, const char *name)
{
	Curve *curve;

	for (guint i = 0; i < curves->len; i++) {
		curve = curves->pdata[i];
		if (!strcmp(curve->name, name))
			return curve;
	}
	curve = g_new0(Curve, 1);
	curve->name = g_strdup(name);
	curve->points = g_array_new(FALSE, FALSE, sizeof(Point));
	g_ptr_array_add(curves, curve);
	return curve;
}

void curve_set(Curve *curve, guint64 time, guint64 value)
{
	Point point = {time, value};

	g_array_append_val(curve->points, point);
}

guint64 curve_most(const Curve *curve)
{
	guint64 most = 0;

	for (guint i = 0; i < curve->points->len; i++)
		most = MAX(most, g_array_index(curve->points, Point, i).value);
	return most;
}

void timeline_mark(Timeline *timeline, guint64 time, MarkKind kind,
		   const char *text)
{
	Mark mark = {time, kind, g_strdup(text), NULL};

	g_array_append_val(timeline->marks, mark);
}

/* The value at the beginning becomes its first point. */
static void clip_curve(Curve *curve, guint64 begin, guint64 end)
{
	GArray *points = curve->points;
	guint before = 0;

	while (points->len &&
	       g_array_index(points, Point, points->len - 1).time > end)
		g_array_set_size(points, points->len - 1);
	while (before < points->len &&
	       g_array_index(points, Point, before).time <= begin)
		before++;
	if (!before)
		return;
	g_array_index(points, Point, before - 1).time = begin;
	if (before > 1)
		g_array_remove_range(points, 0, before - 1);
}

static void clip_curves(GPtrArray *curves, guint64 begin, guint64 end)
{
	for (guint i = curves->len; i-- > 0;) {
		Curve *curve = curves->pdata[i];

		clip_curve(curve, begin, end);
		if (!curve_most(curve))
			g_ptr_array_remove_index(curves, i);
	}
}

static void clip_spans(GArray *spans, guint64 begin, guint64 end)
{
	for (guint i = spans->len; i-- > 0;) {
		Span *span = &g_array_index(spans, Span, i);

		if (span->to < begin || span->from > end) {
			g_array_remove_index(spans, i);
			continue;
		}
		span->from = MAX(span->from, begin);
		span->to = MIN(span->to, end);
	}
}

static void clip_events(GArray *events, guint64 begin, guint64 end)
{
	for (guint i = events->len; i-- > 0;) {
		guint64 time = g_array_index(events, Event, i).time;

		if (time < begin || time > end)
			g_array_remove_index(events, i);
	}
}

/* A device, then its BOs by age. */
static gint by_device(gconstpointer a, gconstpointer b)
{
	const Lane *x = *(Lane *const *)a, *y = *(Lane *const *)b;
	int order = strcmp(x->device, y->device);

	if (order)
		return order;
	if (x->whole != y->whole)
		return x->whole ? -1 : 1;
	return x->born < y->born ? -1 : x->born > y->born;
}

void timeline_clip(Timeline *timeline)
{
	guint64 begin = timeline->begin, end = timeline->end;

	clip_curves(timeline->memory, begin, end);
	clip_curves(timeline->shrinkers, begin, end);
	for (guint i = timeline->lanes->len; i-- > 0;) {
		Lane *lane = timeline->lanes->pdata[i];

		if (lane->died == G_MAXUINT64)
			lane_end(lane, MAX(end, lane->born));
		clip_spans(lane->spans, begin, end);
		clip_events(lane->events, begin, end);
		if (!lane->spans->len && !lane->events->len)
			g_ptr_array_remove_index(timeline->lanes, i);
	}
	for (guint i = timeline->marks->len; i-- > 0;) {
		guint64 time = g_array_index(timeline->marks, Mark, i).time;

		if (time < begin || time > end)
			g_array_remove_index(timeline->marks, i);
	}
	g_ptr_array_sort(timeline->lanes, by_device);
}
