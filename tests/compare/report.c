// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <string.h>

static const struct {
	const char *heading, *json;
} kinds[KINDS] = {
	[NEWLY_FAILS] = {"newly failing", "newly-fails"},
	[SOMETIMES_FAILS] = {"failing in some runs only", "sometimes-fails"},
	[NEWLY_SKIPPED] = {"newly skipped", "newly-skipped"},
	[GONE] = {"no longer there", "gone"},
	[SLOWER] = {"slower", "slower"},
	[COSTS_MORE] = {"reclaim costs more", "costs-more"},
	[COVERAGE_LOST] = {"coverage lost", "coverage-lost"},
	[STILL_FAILS] = {"failing as before", "still-fails"},
	[FIXED] = {"fixed", "fixed"},
	[NEWLY_RUN] = {"newly run", "newly-run"},
	[NO_LONGER_APPLIES] = {"about what only A lacks", "no-longer-applies"},
	[FASTER] = {"faster", "faster"},
	[COSTS_LESS] = {"reclaim costs less", "costs-less"},
	[COVERAGE_GAINED] = {"coverage gained", "coverage-gained"},
};

static int by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

/* The names of all costs of either, sorted; the strings belong to the runs. */
static GList *cost_names(const Runs *a, const Runs *b)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, a->costs);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		g_hash_table_add(names, name);
	g_hash_table_iter_init(&iter, b->costs);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		g_hash_table_add(names, name);
	return g_list_sort(g_hash_table_get_keys(names), by_name);
}

static void add_run(GString *text, const char *letter, const Runs *runs)
{
	g_string_append_printf(text, "%s: %s%s%s%s, %u run%s\n", letter,
			       runs->name, *runs->kernel ? " (" : "",
			       runs->kernel, *runs->kernel ? ")" : "",
			       runs->runs, runs->runs == 1 ? "" : "s");
}

static void add_change(GString *text, const Change *change, int width)
{
	g_string_append_printf(text, "  %-*s  %s -> %s\n", width, change->name,
			       change->a, change->b);
	if (change->reason)
		g_string_append_printf(text, "      %s\n", change->reason);
}

static void add_changes(GString *text, const Comparison *comparison)
{
	guint width = 0;
	int last = -1;

	for (guint i = 0; i < comparison->changes->len; i++) {
		const Change *change = comparison->changes->pdata[i];

		width = MAX(width, (guint)strlen(change->name));
	}
	for (guint i = 0; i < comparison->changes->len; i++) {
		const Change *change = comparison->changes->pdata[i];

		if ((int)change->kind != last)
			g_string_append_printf(text, "%s:\n",
					       kinds[change->kind].heading);
		last = (int)change->kind;
		add_change(text, change, (int)width);
	}
}

static char *cost_text(const CostRuns *cost)
{
	Spread s;

	if (!cost)
		return g_strdup("-");
	s = spread_of(cost->values);
	return g_strdup_printf("%.4g (%.4g .. %.4g)", s.median, s.least,
			       s.most);
}

static void add_costs(GString *text, const Runs *a, const Runs *b)
{
	g_autoptr(GList) names = cost_names(a, b);

	if (names)
		g_string_append(text, "what reclaim costs, median "
				      "(least .. most):\n");
	for (const GList *at = names; at; at = at->next) {
		const CostRuns *x = g_hash_table_lookup(a->costs, at->data);
		const CostRuns *y = g_hash_table_lookup(b->costs, at->data);
		g_autofree char *one = cost_text(x);
		g_autofree char *two = cost_text(y);

		g_string_append_printf(text, "  %-32s %-11s %-28s %s\n",
				       (char *)at->data, (x ?: y)->unit, one,
				       two);
	}
}

char *report_text(const Runs *a, const Runs *b, const Comparison *comparison)
{
	GString *text = g_string_new(NULL);
	guint worse = 0;

	add_run(text, "A", a);
	add_run(text, "B", b);
	add_changes(text, comparison);
	add_costs(text, a, b);
	if (!comparison->times)
		g_string_append_printf(
			text,
			"times were not compared: that takes %d runs of each "
			"(RUNS=%d)\n",
			COMPARE_TIMES, COMPARE_TIMES);
	for (guint i = 0; i < comparison->changes->len; i++)
		worse += ((Change *)comparison->changes->pdata[i])->worse;
	g_string_append_printf(text, "%u tests are the same\n",
			       comparison->same);
	if (worse)
		g_string_append_printf(text, "worse: %u change%s\n", worse,
				       worse == 1 ? "" : "s");
	else
		g_string_append(text, "nothing got worse\n");
	return g_string_free(text, FALSE);
}

/* JSON's escapes, of text that need not be UTF-8. */
static void add_string(GString *json, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	g_string_append_c(json, '"');
	for (const char *p = valid; *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_printf(json, "\\%c", *p);
		else if ((guchar)*p < ' ' || *p == 0x7f)
			g_string_append_printf(json, "\\u%04x", *p);
		else
			g_string_append_c(json, *p);
	}
	g_string_append_c(json, '"');
}

static void add_member(GString *json, const char *name, const char *value)
{
	g_string_append_printf(json, "\"%s\": ", name);
	add_string(json, value);
}

static void json_run(GString *json, const char *letter, const Runs *runs)
{
	g_string_append_printf(json, "  \"%s\": {", letter);
	add_member(json, "name", runs->name);
	g_string_append(json, ", ");
	add_member(json, "kernel", runs->kernel);
	g_string_append_printf(json, ", \"runs\": %u},\n", runs->runs);
}

static void json_change(GString *json, const Change *change)
{
	g_string_append(json, "    {");
	add_member(json, "kind", kinds[change->kind].json);
	g_string_append_printf(json, ", \"worse\": %s, ",
			       change->worse ? "true" : "false");
	add_member(json, "name", change->name);
	g_string_append(json, ", ");
	add_member(json, "a", change->a);
	g_string_append(json, ", ");
	add_member(json, "b", change->b);
	if (change->reason) {
		g_string_append(json, ", ");
		add_member(json, "reason", change->reason);
	}
	g_string_append(json, "}");
}

static void json_values(GString *json, const char *letter, const CostRuns *cost)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append_printf(json, ", \"%s\": [", letter);
	for (guint i = 0; cost && i < cost->values->len; i++)
		g_string_append_printf(
			json, "%s%s", i ? ", " : "",
			g_ascii_dtostr(number, sizeof(number),
				       g_array_index(cost->values, double, i)));
	g_string_append(json, "]");
}

char *report_json(const Runs *a, const Runs *b, const Comparison *comparison)
{
	GString *json = g_string_new("{\n");
	g_autoptr(GList) names = cost_names(a, b);

	json_run(json, "a", a);
	json_run(json, "b", b);
	g_string_append_printf(json, "  \"worse\": %s,\n  \"changes\": [",
			       comparison->worse ? "true" : "false");
	for (guint i = 0; i < comparison->changes->len; i++) {
		g_string_append(json, i ? ",\n" : "\n");
		json_change(json, comparison->changes->pdata[i]);
	}
	g_string_append(json, "\n  ],\n  \"costs\": [");
	for (const GList *at = names; at; at = at->next) {
		const CostRuns *x = g_hash_table_lookup(a->costs, at->data);
		const CostRuns *y = g_hash_table_lookup(b->costs, at->data);

		g_string_append(json, at == names ? "\n    {" : ",\n    {");
		add_member(json, "name", at->data);
		g_string_append(json, ", ");
		add_member(json, "unit", (x ?: y)->unit);
		json_values(json, "a", x);
		json_values(json, "b", y);
		g_string_append(json, "}");
	}
	g_string_append(json, "\n  ]\n}\n");
	return g_string_free(json, FALSE);
}
