// SPDX-License-Identifier: GPL-2.0-or-later
#include "pages.h"

#include "diff.h"
#include "html.h"
#include "summary.h"

#include <string.h>

/* As many tests as a line shows; the rest is a link away. */
#define TESTS_SHOWN 8

/* The page of a patch. */
typedef struct {
	const Data *data;
	const Patch *patch;
	GString *html;
	GHashTable *places; /* "FILE:LINE" then -> Blame */
	GHashTable *sets; /* of tests, as text -> number */
	GPtrArray *set_list; /* of GArray of Run */
} Page;

static void add_runs(Page *page, const GArray *runs, guint max, gboolean counts)
{
	for (guint i = 0; i < runs->len && i < max; i++) {
		const Run *run = &g_array_index(runs, Run, i);

		g_string_append(page->html, i ? ", " : "");
		html_text(page->html, page->data->tests->pdata[run->test]);
		if (counts)
			g_string_append_printf(
				page->html,
				"\xc2\xa0\xc3\x97%" G_GUINT64_FORMAT,
				run->count);
	}
}

/* Many lines were run by the same tests: these are listed once per page. */
static guint set_of(Page *page, const GArray *runs)
{
	g_autoptr(GString) key = g_string_new(NULL);
	gpointer known;

	for (guint i = 0; i < runs->len; i++)
		g_string_append_printf(key, "%u ",
				       g_array_index(runs, Run, i).test);
	known = g_hash_table_lookup(page->sets, key->str);
	if (!known) {
		g_ptr_array_add(page->set_list, (gpointer)runs);
		known = GUINT_TO_POINTER(page->set_list->len);
		g_hash_table_insert(page->sets, g_strdup(key->str), known);
	}
	return GPOINTER_TO_UINT(known);
}

static void add_sets(Page *page)
{
	if (!page->set_list->len)
		return;
	g_string_append(page->html, "<section class=\"sets\">\n");
	for (guint i = 0; i < page->set_list->len; i++) {
		const GArray *runs = page->set_list->pdata[i];

		g_string_append_printf(
			page->html,
			"<p id=\"t%u\"><a class=\"close\" href=\"#_\">close</a>"
			"<strong>%u test%s:</strong> ",
			i + 1, runs->len, runs->len == 1 ? "" : "s");
		add_runs(page, runs, G_MAXUINT, FALSE);
		g_string_append(page->html, "</p>\n");
	}
	g_string_append(page->html, "</section>\n");
}

static void add_branches(Page *page, const Line *line)
{
	if (line->taken >= line->branches)
		return;
	g_string_append_printf(page->html,
			       " <span class=\"dim\">[%u of %u branches]",
			       line->taken, line->branches);
	if (line->reasoned) {
		g_string_append(page->html, " ");
		html_text(page->html, line->reason);
	}
	g_string_append(page->html, "</span>");
}

static void add_run_line(Page *page, const Line *line, const char *text)
{
	guint n = line->runs ? line->runs->len : 0;

	g_string_append_printf(page->html,
			       "<details class=\"l run\"><summary><b>"
			       "%" G_GUINT64_FORMAT "</b><code>",
			       line->count);
	html_text(page->html, text);
	add_branches(page, line);
	g_string_append(page->html, "</code>");
	if (n)
		g_string_append_printf(
			page->html, "<a href=\"#t%u\">%u test%s</a>",
			set_of(page, line->runs), n, n == 1 ? "" : "s");
	g_string_append_printf(page->html, "</summary><p>%u test%s: ", n,
			       n == 1 ? "" : "s");
	if (n)
		add_runs(page, line->runs, TESTS_SHOWN, TRUE);
	if (n > TESTS_SHOWN)
		g_string_append_printf(page->html, " and %u more",
				       n - TESTS_SHOWN);
	g_string_append(page->html, "</p></details>\n");
}

static void add_plain_line(Page *page, const char *class, const char *mark,
			   const char *text)
{
	g_string_append_printf(page->html, "<div class=\"l%s\"><b>%s</b><code>",
			       class, mark);
	html_text(page->html, text);
	g_string_append(page->html, "</code></div>\n");
}

static void add_never_line(Page *page, const Line *line, const char *text)
{
	add_plain_line(page, " never", "never", text);
	if (!line->reason)
		return;
	g_string_append(page->html, "<span class=\"why never\">");
	html_text(page->html, line->reason);
	g_string_append(page->html, "</span>\n");
}

static gboolean has_code(const Page *page, const char *name)
{
	const File *file = data_file(page->data, name);

	return file && file->lines->len;
}

/* What the patch added as @file:@at. */
static void add_added(Page *page, const char *file, guint at, const char *text)
{
	g_autofree char *key = g_strdup_printf("%s:%u", file, at);
	const Blame *place = g_hash_table_lookup(page->places, key);
	const Line *line = place ? file_line(place->file, place->line) : NULL;

	if (line && line->count)
		add_run_line(page, line, text);
	else if (line)
		add_never_line(page, line, text);
	else if (!place && has_code(page, file))
		add_plain_line(page, " old", "later", text);
	else
		add_plain_line(page, "", "", text);
}

static void add_hunk(Page *page, const Hunk *hunk)
{
	guint at = hunk->new_at;

	add_plain_line(page, " at", "", hunk->header);
	for (guint i = 0; i < hunk->lines->len; i++) {
		const char *text = hunk->lines->pdata[i];

		if (*text == '+')
			add_added(page, hunk->file, at, text);
		else
			add_plain_line(page, *text == '-' ? " old" : "", "",
				       text);
		at += *text != '-';
	}
}

static void add_file(Page *page, const DiffFile *file)
{
	g_string_append(page->html, "<h2>");
	html_text(page->html, file->name);
	g_string_append(page->html, "</h2>\n");
	if (!has_code(page, file->name))
		g_string_append(
			page->html,
			"<p class=\"dim\">Nothing here is compiled into this "
			"kernel as code that can run.</p>\n");
	g_string_append(page->html, "<div class=\"diff\">\n");
	for (guint i = 0; i < file->notes->len; i++)
		add_plain_line(page, " at", "", file->notes->pdata[i]);
	for (guint i = 0; i < file->hunks->len; i++)
		add_hunk(page, file->hunks->pdata[i]);
	g_string_append(page->html, "</div>\n");
}

static gboolean add_diff(Page *page, GError **error)
{
	g_autofree char *name = g_strconcat("diff.", page->patch->number, NULL);
	g_autofree char *text = read_text(page->data->dir, name, error);
	g_autoptr(GPtrArray) files = NULL;

	if (!text)
		return FALSE;
	files = diff_parse(text);
	for (guint i = 0; i < files->len; i++)
		add_file(page, files->pdata[i]);
	return TRUE;
}

static char *links(const GPtrArray *patches, guint i)
{
	GString *html = g_string_new("<p><a href=\"../series.html\">"
				     "the series</a>");

	if (i)
		g_string_append_printf(
			html, " \xc2\xb7 <a href=\"%s.html\">before</a>",
			((Patch *)patches->pdata[i - 1])->number);
	if (i + 1 < patches->len)
		g_string_append_printf(
			html, " \xc2\xb7 <a href=\"%s.html\">next</a>",
			((Patch *)patches->pdata[i + 1])->number);
	g_string_append(html, "</p>\n");
	return g_string_free(html, FALSE);
}

static void add_key(Page *page)
{
	Sum sum = sum_of(page->data, page->patch);

	g_string_append_printf(page->html, "<p>%u of %u added lines run (",
			       sum.run, sum.lines);
	html_percent(page->html, sum.run, sum.lines);
	g_string_append_printf(
		page->html,
		"), %u of %u branches taken. A line\xe2\x80\x99s tests are at "
		"its "
		"end; touch a count for how often each ran it.</p>\n",
		sum.taken, sum.branches);
	g_string_append(
		page->html,
		"<p class=\"key\"><span class=\"run\">42: how often it ran"
		"</span> <span class=\"never\">never: can run, did not"
		"</span> <span class=\"old\">later: a later patch "
		"changed it</span></p>\n");
}

/* Where lines of the patch are now, by where it put them. */
static GHashTable *places_of(const Data *data, const Patch *patch)
{
	GHashTable *places =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < data->blames->len; i++) {
		Blame *blame = data->blames->pdata[i];

		if (blame->patch == patch)
			g_hash_table_insert(places,
					    g_strdup_printf("%s:%u",
							    blame->file_then,
							    blame->line_then),
					    blame);
	}
	return places;
}

static gboolean write_patch(const Data *data, guint i, const char *out,
			    GError **error)
{
	const Patch *patch = data->patches->pdata[i];
	g_autofree char *name =
		g_strdup_printf("series/%s.html", patch->number);
	g_autofree char *heading =
		g_strdup_printf("%s %s", patch->number, patch->subject);
	g_autofree char *up = links(data->patches, i);
	g_autoptr(GPtrArray) set_list = g_ptr_array_new();
	g_autoptr(GHashTable) places = places_of(data, patch);
	g_autoptr(GHashTable) sets =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Page page = {
		.data = data,
		.patch = patch,
		.html = html_begin(up, heading, data->lost),
		.places = places,
		.sets = sets,
		.set_list = set_list,
	};

	add_key(&page);
	if (!add_diff(&page, error)) {
		g_string_free(page.html, TRUE);
		return FALSE;
	}
	add_sets(&page);
	return html_write(page.html, out, name, error);
}

/* How many of its lines did not run. */
static guint missing(const Data *data, const Patch *patch)
{
	Sum sum = sum_of(data, patch);

	return sum.lines - sum.run;
}

/* The lowest percentage first, then the most lines; patches without lines last. */
static gint by_worst(gconstpointer a, gconstpointer b, gpointer user)
{
	const Data *data = user;
	const Patch *x = *(Patch *const *)a, *y = *(Patch *const *)b;
	Sum m = sum_of(data, x), n = sum_of(data, y);
	guint64 left = (guint64)m.run * n.lines,
		right = (guint64)n.run * m.lines;

	if (!m.lines || !n.lines)
		return !m.lines - !n.lines;
	if (left != right)
		return left < right ? -1 : 1;
	return (gint)missing(data, y) - (gint)missing(data, x);
}

static void add_bar(GString *html, const Sum *sum)
{
	if (sum->lines)
		g_string_append_printf(html,
				       "<span class=\"bar\"><i "
				       "style=\"width:%.1f%%\"></i></span>",
				       100.0 * sum->run / sum->lines);
	else
		g_string_append(html, "<span class=\"bar none\"></span>");
}

static void add_row(GString *html, const Data *data, const Patch *patch)
{
	Sum sum = sum_of(data, patch);
	const char *class = sum.run < sum.lines ? " class=\"bad never\""
			    : sum.lines		? " class=\"run\""
						: "";

	g_string_append_printf(html,
			       "<tr><td>%s</td><td><a href=\"series/%s.html\">",
			       patch->number, patch->number);
	html_text(html, patch->subject);
	g_string_append_printf(html, "</a></td><td>");
	add_bar(html, &sum);
	g_string_append_printf(html, "</td><td>%u</td><td>%u</td><td%s>",
			       sum.lines, sum.run, class);
	html_percent(html, sum.run, sum.lines);
	g_string_append(html, "</td></tr>\n");
}

/* @class: which of the choices shows it. */
static void add_table(GString *html, const Data *data, const GPtrArray *patches,
		      const char *class)
{
	g_string_append_printf(
		html,
		"<table class=\"%s\">\n<tr><th></th><th>patch</th><th></th>"
		"<th>added</th><th>run</th><th></th></tr>\n",
		class);
	for (guint i = 0; i < patches->len; i++)
		add_row(html, data, patches->pdata[i]);
	g_string_append(html, "</table>\n");
}

static void add_patches(GString *html, const Data *data)
{
	g_autoptr(GPtrArray) worst =
		g_ptr_array_copy(data->patches, NULL, NULL);

	g_ptr_array_set_free_func(worst, NULL);
	g_ptr_array_sort_with_data(worst, by_worst, (gpointer)data);
	g_string_append(
		html,
		"<input type=\"radio\" name=\"order\" id=\"in-order\" checked>"
		"<label class=\"choice\" for=\"in-order\">in order</label>\n"
		"<input type=\"radio\" name=\"order\" id=\"worst\">"
		"<label class=\"choice\" for=\"worst\">the worst "
		"first</label>\n");
	add_table(html, data, data->patches, "in-order");
	add_table(html, data, worst, "worst-first");
}

static void add_never(GString *html, const Data *data)
{
	g_autoptr(GPtrArray) never = never_entered(data);

	g_string_append(html, "<h2>Functions never entered</h2>\n<ul>\n");
	for (guint i = 0; i < never->len; i += 2) {
		g_string_append(html, "<li><code>");
		html_text(html, never->pdata[i + 1]);
		g_string_append(html, "()</code> ");
		html_text(html, ((File *)never->pdata[i])->name);
		g_string_append(html, "</li>\n");
	}
	g_string_append(html, "</ul>\n");
}

static gboolean write_index(const Data *data, const char *out,
			    const char *title, GError **error)
{
	GString *html = html_begin("<p><a href=\"index.html\">all instrumented "
				   "files</a></p>\n",
				   title, data->lost);
	Sum sum = sum_of(data, NULL);

	g_string_append_printf(html, "<p>%u of %u added lines run (", sum.run,
			       sum.lines);
	html_percent(html, sum.run, sum.lines);
	g_string_append_printf(html, "), %u of %u branches taken.</p>\n",
			       sum.taken, sum.branches);
	add_patches(html, data);
	g_string_append(html,
			"<p class=\"dim\">Added: lines that "
			"can run, as the series leaves them; a line "
			"counts for the patch that changed it last.</p>\n");
	add_never(html, data);
	return html_write(html, out, "series.html", error);
}

gboolean pages_write(const Data *data, const char *out, const char *title,
		     GError **error)
{
	for (guint i = 0; i < data->patches->len; i++)
		if (!write_patch(data, i, out, error))
			return FALSE;
	return write_index(data, out, title, error);
}

/* LCOV's own pages are light, and for wide screens. */
static const char lcov_style[] =
	"<meta name=\"viewport\" content=\"width=device-width, "
	"initial-scale=1\">\n<style>\n"
	"@media(prefers-color-scheme:dark){:root{color-scheme:dark}"
	"body{background:#121212;color:#eee}"
	"td[class],pre[class],span[class]{color:#eee}"
	"td[class]{background-color:#1b2230}"
	"td.title,td.headerItem,td.headerValue,td.headerValueLeg,"
	"td.headerCovTableHead,td.versionInfo{background:none}"
	"td.ruler,td.tableHead{background-color:#31508f}"
	"[class$=Hi],[class$=LegH],span.lineCov,span.branchCov,"
	"span.coverLegendCov{background-color:#12501c!important}"
	"[class$=Med],[class$=LegM]{background-color:#665500!important}"
	"[class$=Lo],[class$=LegL],span.lineNoCov,span.branchNoCov,"
	"span.branchNoExec,span.coverLegendNoCov"
	"{background-color:#7a1f1f!important}"
	"span.lineNum{background-color:#2b2b2b;color:#aaa}"
	"body a:link,body a:visited{color:#9ab8ff}}\n"
	"@media(max-width:50em){body{margin:4px}pre.source,pre.sourceHeading"
	"{font-size:9px}td[class]{font-size:10px;padding:2px}"
	"td.coverFile,td.coverDirectory,td.headerValue"
	"{overflow-wrap:anywhere}td.title{font-size:16px}"
	"td.coverBar img{max-width:30px}"
	"td.headerValueLeg,td.headerCovTableHead{font-size:8px}"
	"center table{width:100%}}\n"
	"@media print{[class]{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}}\n</style>\n";

char *prolog(const Data *data)
{
	GString *html = g_string_new(
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"UTF-8\">\n<title>@pagetitle@</title>\n"
		"<link rel=\"stylesheet\" type=\"text/css\" "
		"href=\"@basedir@gcov.css\">\n");

	g_string_append_printf(html, "%s</head>\n<body>\n", lcov_style);
	if (data->patches->len)
		g_string_append(html,
				"<p style=\"margin: 1em\"><a href=\"@basedir@"
				"series.html\">The series, patch by patch</a>"
				"</p>\n");
	if (!data->lost->len)
		return g_string_free(html, FALSE);
	g_string_append(html,
			"<p style=\"margin: 1em; font-weight: bold\">The guest "
			"died before the data of these tests was written; what "
			"only they ran shows as not run: ");
	html_names(html, data->lost);
	g_string_append(html, "</p>\n");
	return g_string_free(html, FALSE);
}
