// SPDX-License-Identifier: GPL-2.0-or-later
#include "choose.h"

#include <math.h>
#include <string.h>

/*
 * The cost of one object, in units of a step that compiles none. (Some objects are
 * compiled, some only fetched from ccache.)
 */
#define PER_OBJECT 0.03

/* At most so many points are searched exactly: the time grows with their third power. */
#define MOST_POINTS 128

/* A place in a line of commits at which a kernel can be tried; the last one is bad. */
typedef struct {
	const Commit *commit;
	double mass; /* of the patches after the last point, up to this one */
} Point;

typedef struct {
	GArray *points; /* of Point */
	double *cost; /* of the kernel at one point after that at another */
	double *best; /* expected cost for (good, bad, where); -1: not computed yet */
	guint len;
} Line;

static gboolean can_be_tried(const Commit *commit, const Commit *bad)
{
	return commit->applies && !commit->tried &&
	       commit->verdict == UNTRIED && commit != bad &&
	       commit->kernel != bad->kernel;
}

static double mass_of(const Commit *commit)
{
	return commit->same_as_parent ? 0 : 1;
}

static gboolean is_line(GPtrArray *candidates)
{
	for (guint i = 1; i < candidates->len; i++) {
		const Commit *commit = candidates->pdata[i];
		const Commit *last = candidates->pdata[i - 1];

		if (commit->parents->len != 1 || commit->on_edge ||
		    g_array_index(commit->parents, guint, 0) != last->number)
			return FALSE;
	}
	return TRUE;
}

/* The points of a line. A commit with the same kernel as the point before is no point. */
static GArray *points_of(GPtrArray *candidates)
{
	const Commit *bad = candidates->pdata[candidates->len - 1];
	GArray *points = g_array_new(FALSE, FALSE, sizeof(Point));
	double mass = 0;

	for (guint i = 0; i < candidates->len; i++) {
		const Commit *commit = candidates->pdata[i];
		const Point *last =
			points->len
				? &g_array_index(points, Point, points->len - 1)
				: NULL;
		Point point = {.commit = commit};

		mass += mass_of(commit);
		if (commit != bad &&
		    (!can_be_tried(commit, bad) ||
		     (last && last->commit->kernel == commit->kernel)))
			continue;
		point.mass = mass;
		mass = 0;
		g_array_append_val(points, point);
	}
	return points;
}

static double objects_of(const Commit *commit, const Reads *reads,
			 GHashTable *seen)
{
	double objects = 0;

	for (guint i = 0; commit->changes && i < commit->changes->len; i++) {
		char *path = g_array_index(commit->changes, Change, i).path;

		if (g_hash_table_add(seen, path))
			objects += reads ? reads_objects(reads, path) : 10;
	}
	return objects;
}

/* The cost of compiling the kernel at @to after that at @from; both are in a line. */
static double way(const History *history, guint from, guint to,
		  const Reads *reads)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	double objects = 0;

	for (guint i = MIN(from, to) + 1; i <= MAX(from, to); i++)
		objects += objects_of(history->commits->pdata[i], reads, seen);
	return objects;
}

static double step_cost(const Commit *to, double objects)
{
	return to->built ? 1 : 1 + PER_OBJECT * objects;
}

static void set_costs(Line *line, const History *history, const Reads *reads)
{
	for (guint i = 0; i < line->len; i++)
		for (guint j = i; j < line->len; j++) {
			const Commit *from =
				g_array_index(line->points, Point, i).commit;
			const Commit *to =
				g_array_index(line->points, Point, j).commit;
			double objects =
				way(history, from->number, to->number, reads);

			line->cost[i * line->len + j] = step_cost(to, objects);
			line->cost[j * line->len + i] =
				step_cost(from, objects);
		}
}

static double mass_between(const Line *line, int good, int bad)
{
	double mass = 0;

	for (int i = good + 1; i <= bad; i++)
		mass += g_array_index(line->points, Point, i).mass;
	return mass;
}

static double expect(Line *line, int good, int bad, int here);

/* The expected cost of trying @k, between @good and @bad, and of all later steps. */
static double expect_with(Line *line, int good, int bad, double first, int k)
{
	double all = mass_between(line, good, bad);
	double left = mass_between(line, good, k);
	double share = all > 0 ? left / all : 0.5;

	return first + share * expect(line, good, k, k) +
	       (1 - share) * expect(line, k, bad, k);
}

/* The least expected cost from point @here, which is @good or @bad; @good -1: GOOD. */
static double expect(Line *line, int good, int bad, int here)
{
	double *best = &line->best[((good + 1) * (line->len + 1) + bad) * 2 +
				   (here == bad)];

	if (bad - good <= 1)
		return 0;
	if (*best >= 0)
		return *best;
	for (int k = good + 1; k < bad; k++) {
		double cost = expect_with(line, good, bad,
					  line->cost[here * line->len + k], k);

		if (*best < 0 || cost < *best)
			*best = cost;
	}
	return *best;
}

static guint steps_for(double points)
{
	return points > 1 ? (guint)ceil(log2(points)) : 0;
}

static Choice choose_in_line(const History *history, GArray *points,
			     const Commit *here, const Reads *reads)
{
	guint len = points->len;
	g_autofree double *cost = g_new0(double, len *len);
	g_autofree double *best = g_new(double, (len + 1) * (len + 1) * 2);
	Line line = {.points = points, .cost = cost, .best = best, .len = len};
	Choice choice = {.steps = steps_for(len)};

	for (guint i = 0; i < (len + 1) * (len + 1) * 2; i++)
		best[i] = -1;
	set_costs(&line, history, reads);
	for (guint k = 0; k + 1 < len; k++) {
		const Commit *to = g_array_index(points, Point, k).commit;
		double first = step_cost(
			to, way(history, here->number, to->number, reads));
		double all =
			expect_with(&line, -1, (int)len - 1, first, (int)k);

		if (!choice.next || all < choice.cost) {
			choice.next = to;
			choice.cost = all;
		}
	}
	return choice;
}

static double mass_below(GPtrArray *candidates, const Commit *commit)
{
	double mass = 0;

	for (guint i = 0; i < candidates->len; i++) {
		const Commit *other = candidates->pdata[i];

		if (commit->ancestors[other->number])
			mass += mass_of(other);
	}
	return mass;
}

static Choice choose_half(GPtrArray *candidates)
{
	const Commit *bad = candidates->pdata[candidates->len - 1];
	double all = mass_below(candidates, bad), nearest = 0;
	Choice choice = {.steps = steps_for(all)};

	for (guint i = 0; i < candidates->len; i++) {
		const Commit *commit = candidates->pdata[i];
		double off;

		if (!can_be_tried(commit, bad))
			continue;
		off = fabs(mass_below(candidates, commit) - all / 2);
		if (choice.next && off >= nearest)
			continue;
		choice.next = commit;
		nearest = off;
	}
	choice.steps = MAX(choice.steps, choice.next ? 1 : 0);
	choice.cost = choice.steps * (1 + PER_OBJECT * 50);
	return choice;
}

/* The first one to which the test applies, if nothing tells of one before it. */
static const Commit *border(const History *history, GPtrArray *candidates)
{
	const Commit *bad = candidates->pdata[candidates->len - 1];

	if (!history->good || history->good->applies ||
	    history_has_good(history))
		return NULL;
	for (guint i = 0; i < candidates->len; i++)
		if (can_be_tried(candidates->pdata[i], bad))
			return candidates->pdata[i];
	return NULL;
}

Choice choose(const History *history, GPtrArray *candidates, const Commit *here,
	      const Reads *reads)
{
	const Commit *first = border(history, candidates);
	Choice choice = {NULL};
	gboolean line = is_line(candidates);
	g_autoptr(GArray) points = NULL;

	if (candidates->len < 2)
		return choice;
	points = points_of(candidates);
	if (line && here && points->len <= MOST_POINTS)
		choice = choose_in_line(history, points, here, reads);
	else
		choice = choose_half(candidates);
	if (first && choice.next) {
		choice.next = first;
		choice.steps++;
		choice.cost++;
	}
	return choice;
}
