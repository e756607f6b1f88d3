// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * series-pages DATA OUT TITLE: the series as HTML, OUT/series.html and a page
 * per patch, OUT/series/NUMBER.html. Plain HTML and CSS, nothing from elsewhere.
 *
 * In DATA, fields between tabs:
 *   patches	NUMBER COMMIT SUBJECT
 *   diff.NUMBER	the patch
 *   blame	FILE LINE NUMBER FILE-THEN LINE-THEN
 *   all.lines	FILE LINE COUNT FUNCTION
 *   tests.lines	TEST FILE LINES
 *   branches	FILE LINE TAKEN ALL
 *   reasons	FILE LINE REASON: why a line does not run
 *   lost.txt	tests whose data is lost
 *   never	FILE FUNCTION: not entered
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many tests as a line shows; the rest is a link away. */
#define TESTS_SHOWN 8

typedef struct {
	const char *file;
	guint line;
	guint64 count;
	char *reason;
	guint branches, taken;
	GArray *runs;
} Line;

/* A test that ran a line. */
typedef struct {
	guint test;
	guint64 count;
} Run;

typedef struct {
	char *number, *commit, *subject;
	guint lines, run; /* that can run, and did */
	guint branches, taken;
	GHashTable *places; /* "FILE:LINE" then -> where that is now */
} Patch;

/* One page. */
typedef struct {
	GString *html;
	GHashTable *sets; /* of tests, as text -> number */
	GPtrArray *set_list;
} Page;

static const char *data_dir, *title;
static GHashTable *lines; /* "FILE:LINE" -> Line */
static GHashTable *files; /* with lines that can run -> itself */
static GPtrArray *patches;
static GPtrArray *tests; /* names */
static GPtrArray *lost;

static const char style[] =
	":root{color-scheme:light dark;--run:#d6f5d6;--not:#ffd9d6;--dim:#666;"
	"--rule:#ccc;--old:#f2f2f2}\n"
	"@media(prefers-color-scheme:dark){:root{--run:#12401c;--not:#5c1a1a;"
	"--dim:#aaa;--rule:#444;--old:#262626}}\n"
	"body{font:16px/1.45 system-ui,sans-serif;max-width:70em;"
	"margin:0 auto;padding:.5em;overflow-wrap:anywhere}\n"
	"h1{font-size:1.3em}h2{font-size:1.05em}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{padding:.3em .4em;border-bottom:1px solid var(--rule);"
	"text-align:right;vertical-align:top;white-space:nowrap}\n"
	"th:nth-child(2),td:nth-child(2){text-align:left;width:99%;"
	"white-space:normal}\n"
	"td.bad,.never b{font-weight:bold}\n"
	".lost{border:2px solid;padding:.5em}.dim{color:var(--dim)}\n"
	".diff{border:1px solid var(--rule);margin-bottom:1em}\n"
	".l,summary{display:flex;gap:.6em}summary{cursor:pointer}\n"
	"details.l{display:block}summary::-webkit-details-marker{display:none}"
	"\n"
	".l b{flex:0 0 4.2em;text-align:right;font-weight:normal;"
	"font-size:13px;font-variant-numeric:tabular-nums}\n"
	"code{font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;"
	"overflow-wrap:anywhere;tab-size:8}\n"
	".run{background:var(--run)}.never{background:var(--not)}\n"
	".run summary b{text-decoration:underline dotted}\n"
	".old{background:var(--old);color:var(--dim)}"
	".at{color:var(--dim);border-top:1px solid var(--rule)}\n"
	".l p,.why{margin:.2em .5em .4em 5em;font-size:.85em;"
	"overflow-wrap:anywhere}.why{display:block}\n"
	".key span{padding:0 .4em;margin-right:.5em}\n"
	"@media(max-width:40em){code{font-size:11px;tab-size:4}"
	"table{font-size:13px}th,td{padding:.3em .2em}"
	".l,summary{gap:.3em}.l b{flex-basis:3.3em;font-size:12px}"
	".l p,.why{margin-left:1em}}\n"
	"@media print{*{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}body{max-width:none;font-size:11px}"
	"code,.l b{font-size:9px}.sets{display:none}.l{break-inside:avoid}}\n";

G_GNUC_NORETURN static void die(const char *path, const char *why)
{
	fprintf(stderr, "error: coverage: %s: %s\n", path, why);
	exit(1);
}

/* Text that is safe as HTML, whatever is in it. */
static void add(Page *page, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *escaped = g_markup_escape_text(valid, -1);

	g_string_append(page->html, escaped);
}

static void addf(Page *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void addf(Page *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(page->html, format, args);
	va_end(args);
}

static char *key_of(const char *file, const char *line)
{
	return g_strconcat(file, ":", line, NULL);
}

static guint64 number(const char *path, const char *text)
{
	guint64 n;

	if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &n, NULL))
		die(path, "not a number where there should be one");
	return n;
}

typedef void (*FieldsFunc)(const char *path, char **fields);

/* Calls @func for each line of DATA/@name, which has @count fields. */
static void each(const char *name, guint count, FieldsFunc func)
{
	g_autofree char *path = g_build_filename(data_dir, name, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	char *next;

	if (!g_file_get_contents(path, &text, NULL, &error))
		die(path, error->message);
	for (char *line = text; *line; line = next) {
		g_auto(GStrv) fields = NULL;
		char *end = strchr(line, '\n');

		next = end ? end + 1 : line + strlen(line);
		if (end)
			*end = '\0';
		fields = g_strsplit(line, "\t", count);
		if (g_strv_length(fields) != count)
			die(path, "a line with too few fields");
		func(path, fields);
	}
}

static void free_patch(gpointer data)
{
	Patch *patch = data;

	g_free(patch->number);
	g_free(patch->commit);
	g_free(patch->subject);
	g_hash_table_unref(patch->places);
	g_free(patch);
}

static void free_line(gpointer data)
{
	Line *line = data;

	g_free(line->reason);
	if (line->runs)
		g_array_unref(line->runs);
	g_free(line);
}

static void take_patch(const char *path, char **fields)
{
	Patch *patch = g_new0(Patch, 1);

	if (strspn(fields[0], "0123456789") != strlen(fields[0]))
		die(path, "the number of a patch is none");
	patch->number = g_strdup(fields[0]);
	patch->commit = g_strdup(fields[1]);
	patch->subject = g_strdup(fields[2]);
	patch->places =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_ptr_array_add(patches, patch);
}

static void take_line(const char *path, char **fields)
{
	Line *line = g_new0(Line, 1);
	char *file = g_hash_table_lookup(files, fields[0]);

	if (!file) {
		file = g_strdup(fields[0]);
		g_hash_table_add(files, file);
	}
	line->file = file;
	line->line = number(path, fields[1]);
	line->count = number(path, fields[2]);
	g_hash_table_insert(lines, key_of(fields[0], fields[1]), line);
}

static Line *line_at(const char *file, guint line)
{
	g_autofree char *key = g_strdup_printf("%s:%u", file, line);

	return g_hash_table_lookup(lines, key);
}

/* "12:3 15-17:1"; between the ends of a range are lines that cannot run, too. */
static void take_test(const char *path, char **fields)
{
	g_auto(GStrv) ranges = g_strsplit(fields[2], " ", -1);
	const char *last = tests->len ? tests->pdata[tests->len - 1] : NULL;

	if (g_strcmp0(last, fields[0]))
		g_ptr_array_add(tests, g_strdup(fields[0]));
	for (char **range = ranges; *range; range++) {
		Run run = {.test = tests->len - 1};
		guint from, to;
		char *end;

		from = to = strtoul(*range, &end, 10);
		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		if (*end != ':')
			die(path, "a range of lines that is none");
		run.count = number(path, end + 1);
		for (guint i = from; i <= to; i++) {
			Line *line = line_at(fields[1], i);

			if (!line)
				continue;
			if (!line->runs)
				line->runs =
					g_array_new(FALSE, FALSE, sizeof(Run));
			g_array_append_val(line->runs, run);
		}
	}
}

static void take_branches(const char *path, char **fields)
{
	Line *line = line_at(fields[0], number(path, fields[1]));

	if (!line)
		return;
	line->taken = number(path, fields[2]);
	line->branches = number(path, fields[3]);
}

static void take_reason(const char *path, char **fields)
{
	Line *line = line_at(fields[0], number(path, fields[1]));

	if (line && !line->reason)
		line->reason = g_strdup(fields[2]);
}

static void take_lost(const char *path, char **fields)
{
	(void)path;
	g_ptr_array_add(lost, g_strdup(fields[0]));
}

static Patch *patch_of(const char *name)
{
	for (guint i = 0; i < patches->len; i++) {
		Patch *patch = patches->pdata[i];

		if (!strcmp(patch->number, name))
			return patch;
	}
	return NULL;
}

static void take_blame(const char *path, char **fields)
{
	Patch *patch = patch_of(fields[2]);
	Line *line = line_at(fields[0], number(path, fields[1]));

	if (!patch)
		return;
	g_hash_table_insert(patch->places, key_of(fields[3], fields[4]),
			    key_of(fields[0], fields[1]));
	if (!line)
		return;
	patch->lines++;
	patch->run += line->count > 0;
	patch->branches += line->branches;
	patch->taken += line->taken;
}

static void begin(Page *page, const char *up, const char *heading)
{
	page->html = g_string_new("<!DOCTYPE html>\n<html lang=\"en\">\n"
				  "<head>\n<meta charset=\"UTF-8\">\n"
				  "<meta name=\"viewport\" content=\"width="
				  "device-width, initial-scale=1\">\n<title>");
	add(page, heading);
	addf(page, "</title>\n<style>\n%s</style>\n</head>\n<body>\n%s<h1>",
	     style, up);
	add(page, heading);
	addf(page, "</h1>\n");
	if (!lost->len)
		return;
	addf(page,
	     "<p class=\"lost\"><strong>The guest died before the data of "
	     "these tests was written; what only they ran shows as not "
	     "run:</strong> ");
	for (guint i = 0; i < lost->len; i++) {
		addf(page, "%s", i ? ", " : "");
		add(page, lost->pdata[i]);
	}
	addf(page, "</p>\n");
}

static void finish(Page *page, const char *path)
{
	g_autoptr(GError) error = NULL;

	addf(page, "</body>\n</html>\n");
	if (!g_file_set_contents(path, page->html->str, page->html->len,
				 &error))
		die(path, error->message);
	g_string_free(page->html, TRUE);
}

static void percent(Page *page, guint part, guint all)
{
	if (all)
		/* Rounded down: 100 is all of it. */
		addf(page, "%u.%u%%", part * 100 / all, part * 1000 / all % 10);
	else
		addf(page, "\xe2\x80\x93");
}

static void add_runs(Page *page, const GArray *runs, guint max, gboolean counts)
{
	for (guint i = 0; i < runs->len && i < max; i++) {
		const Run *run = &g_array_index(runs, Run, i);

		addf(page, "%s", i ? ", " : "");
		add(page, tests->pdata[run->test]);
		if (counts)
			addf(page, "\xc2\xa0\xc3\x97%" G_GUINT64_FORMAT,
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
	addf(page, "<section class=\"sets\">\n<h2>All tests of a line</h2>\n");
	for (guint i = 0; i < page->set_list->len; i++) {
		const GArray *runs = page->set_list->pdata[i];

		addf(page, "<p id=\"t%u\"><strong>%u tests:</strong> ", i + 1,
		     runs->len);
		add_runs(page, runs, G_MAXUINT, FALSE);
		addf(page, "</p>\n");
	}
	addf(page, "</section>\n");
}

static void add_branches(Page *page, const Line *line)
{
	if (line->taken < line->branches)
		addf(page, " <span class=\"dim\">[%u of %u branches]</span>",
		     line->taken, line->branches);
}

static void add_run_line(Page *page, const Line *line, const char *text)
{
	guint n = line->runs ? line->runs->len : 0;

	addf(page,
	     "<details class=\"l run\"><summary><b>%" G_GUINT64_FORMAT
	     "</b><code>",
	     line->count);
	add(page, text);
	add_branches(page, line);
	addf(page, "</code></summary><p>%u test%s: ", n, n == 1 ? "" : "s");
	if (n) {
		add_runs(page, line->runs, TESTS_SHOWN, TRUE);
		if (n > TESTS_SHOWN)
			addf(page, ", \xe2\x80\xa6 <a href=\"#t%u\">all %u</a>",
			     set_of(page, line->runs), n);
	}
	addf(page, "</p></details>\n");
}

static void add_plain_line(Page *page, const char *class, const char *mark,
			   const char *text)
{
	addf(page, "<div class=\"l%s\"><b>%s</b><code>", class, mark);
	add(page, text);
	addf(page, "</code></div>\n");
}

/* What @patch added as @file:@at. */
static void add_added(Page *page, const Patch *patch, const char *file,
		      guint at, const char *text)
{
	g_autofree char *key = g_strdup_printf("%s:%u", file, at);
	const char *place = g_hash_table_lookup(patch->places, key);
	const Line *line = place ? g_hash_table_lookup(lines, place) : NULL;

	if (line && line->count) {
		add_run_line(page, line, text);
	} else if (line) {
		add_plain_line(page, " never", "never", text);
		if (line->reason) {
			addf(page, "<span class=\"why never\">");
			add(page, line->reason);
			addf(page, "</span>\n");
		}
	} else if (!place && g_hash_table_contains(files, file)) {
		add_plain_line(page, " old", "later", text);
	} else {
		add_plain_line(page, "", "", text);
	}
}

static guint hunk_start(const char *line)
{
	const char *plus = strchr(line, '+');

	return plus ? strtoul(plus + 1, NULL, 10) : 0;
}

static void begin_file(Page *page, const char *name, gboolean *open)
{
	if (*open)
		addf(page, "</div>\n");
	*open = TRUE;
	addf(page, "<h2>");
	add(page, name);
	addf(page, "</h2>\n");
	if (!g_hash_table_contains(files, name))
		addf(page,
		     "<p class=\"dim\">Nothing here is compiled into this "
		     "kernel as code that can run.</p>\n");
	addf(page, "<div class=\"diff\">\n");
}

static void add_diff(Page *page, const Patch *patch)
{
	g_autofree char *name = g_strconcat("diff.", patch->number, NULL);
	g_autofree char *path = g_build_filename(data_dir, name, NULL);
	g_autofree char *text = NULL, *file = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) list = NULL;
	gboolean open = FALSE, hunk = FALSE;
	guint at = 0;

	if (!g_file_get_contents(path, &text, NULL, &error))
		die(path, error->message);
	list = g_strsplit(text, "\n", -1);
	for (char **line = list; *line; line++) {
		if (g_str_has_prefix(*line, "diff --git ")) {
			const char *to = strstr(*line, " b/");

			hunk = FALSE;
			g_free(file);
			file = g_strdup(to ? to + 3 : "");
			begin_file(page, file, &open);
		} else if (g_str_has_prefix(*line, "@@ ")) {
			hunk = TRUE;
			at = hunk_start(*line);
			add_plain_line(page, " at", "", *line);
		} else if (!hunk) {
			if (g_str_has_prefix(*line, "+++ b/")) {
				g_free(file);
				file = g_strdup(*line + 6);
				g_strdelimit(file, "\t", '\0');
			} else if (g_str_has_prefix(*line, "rename ") ||
				   g_str_has_prefix(*line, "deleted ") ||
				   g_str_has_prefix(*line, "new file ") ||
				   g_str_has_prefix(*line, "Binary ")) {
				add_plain_line(page, " at", "", *line);
			}
		} else if (**line == '+') {
			add_added(page, patch, file, at++, *line);
		} else if (**line == '-') {
			add_plain_line(page, " old", "", *line);
		} else if (**line == ' ') {
			add_plain_line(page, "", "", *line);
			at++;
		}
	}
	if (open)
		addf(page, "</div>\n");
}

static void write_patch(const Patch *patch, guint i, const char *dir)
{
	Page page = {.set_list = g_ptr_array_new()};
	g_autofree char *path =
		g_strdup_printf("%s/%s.html", dir, patch->number);
	g_autofree char *heading =
		g_strdup_printf("%s %s", patch->number, patch->subject);
	g_autoptr(GString) up =
		g_string_new("<p><a href=\"../series.html\">the "
			     "series</a>");

	page.sets =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (i)
		g_string_append_printf(
			up,
			" \xc2\xb7 <a href=\"%s.html\">before"
			"</a>",
			((Patch *)patches->pdata[i - 1])->number);
	if (i + 1 < patches->len)
		g_string_append_printf(
			up, " \xc2\xb7 <a href=\"%s.html\">next</a>",
			((Patch *)patches->pdata[i + 1])->number);
	g_string_append(up, "</p>\n");
	begin(&page, up->str, heading);
	addf(&page, "<p>%u of %u added lines run (", patch->run, patch->lines);
	percent(&page, patch->run, patch->lines);
	addf(&page,
	     "), %u of %u branches taken. Touch a count for the tests "
	     "that ran a line.</p>\n",
	     patch->taken, patch->branches);
	addf(&page, "<p class=\"key\"><span class=\"run\">42: ran so often"
		    "</span> <span class=\"never\">never: can run, did not"
		    "</span> <span class=\"old\">later: a later patch changed "
		    "it</span></p>\n");
	add_diff(&page, patch);
	add_sets(&page);
	finish(&page, path);
	g_hash_table_unref(page.sets);
	g_ptr_array_unref(page.set_list);
}

static Page *never_page; /* that take_never() adds to */

static void take_never(const char *path, char **fields)
{
	(void)path;
	addf(never_page, "<li><code>");
	add(never_page, fields[1]);
	addf(never_page, "()</code> ");
	add(never_page, fields[0]);
	addf(never_page, "</li>\n");
}

static void write_index(const char *path)
{
	Page page = {0};
	guint all = 0, run = 0, branches = 0, taken = 0;

	begin(&page,
	      "<p><a href=\"index.html\">all instrumented files</a></p>\n",
	      title);
	for (guint i = 0; i < patches->len; i++) {
		const Patch *patch = patches->pdata[i];

		all += patch->lines;
		run += patch->run;
		branches += patch->branches;
		taken += patch->taken;
	}
	addf(&page, "<p>%u of %u added lines run (", run, all);
	percent(&page, run, all);
	addf(&page,
	     "), %u of %u branches taken.</p>\n<table>\n<tr><th>"
	     "</th><th>patch</th><th>added</th><th>run</th><th></th>"
	     "</tr>\n",
	     taken, branches);
	for (guint i = 0; i < patches->len; i++) {
		const Patch *patch = patches->pdata[i];

		addf(&page, "<tr><td>%s</td><td><a href=\"series/%s.html\">",
		     patch->number, patch->number);
		add(&page, patch->subject);
		addf(&page, "</a></td><td>%u</td><td>%u</td><td%s>",
		     patch->lines, patch->run,
		     patch->run < patch->lines ? " class=\"bad never\""
		     : patch->lines	       ? " class=\"run\""
					       : "");
		percent(&page, patch->run, patch->lines);
		addf(&page, "</td></tr>\n");
	}
	addf(&page, "</table>\n<p class=\"dim\">Added: lines that can run, as "
		    "the series leaves them; a line counts for the patch that "
		    "changed it last.</p>\n<h2>Functions never entered</h2>\n"
		    "<ul>\n");
	never_page = &page;
	each("never", 2, take_never);
	addf(&page, "</ul>\n");
	finish(&page, path);
}

int main(int argc, char **argv)
{
	g_autofree char *dir = NULL, *path = NULL;

	if (argc != 4) {
		fprintf(stderr, "usage: series-pages DATA OUT TITLE\n");
		return 2;
	}
	data_dir = argv[1];
	title = argv[3];
	files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
				      free_line);
	patches = g_ptr_array_new_with_free_func(free_patch);
	tests = g_ptr_array_new_with_free_func(g_free);
	lost = g_ptr_array_new_with_free_func(g_free);
	each("patches", 3, take_patch);
	each("all.lines", 4, take_line);
	each("tests.lines", 3, take_test);
	each("branches", 4, take_branches);
	each("reasons", 3, take_reason);
	each("lost.txt", 1, take_lost);
	each("blame", 5, take_blame);

	dir = g_build_filename(argv[2], "series", NULL);
	if (g_mkdir_with_parents(dir, 0777))
		die(dir, g_strerror(errno));
	for (guint i = 0; i < patches->len; i++)
		write_patch(patches->pdata[i], i, dir);
	path = g_build_filename(argv[2], "series.html", NULL);
	write_index(path);

	g_ptr_array_unref(patches);
	g_ptr_array_unref(tests);
	g_ptr_array_unref(lost);
	g_hash_table_unref(lines);
	g_hash_table_unref(files);
	return 0;
}
