// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include "io.h"
#include "summary.h"

static const char style[] =
	":root{color-scheme:light dark;--run:#d6f5d6;--not:#ffd9d6;--dim:#666;"
	"--rule:#ccc;--old:#f2f2f2;"
	"--good:#2da44e;--bad:#cf222e}\n"
	"@media(prefers-color-scheme:dark){:root{--run:#12401c;--not:#5c1a1a;"
	"--dim:#aaa;--rule:#444;--old:#262626;--good:#2ea043;--bad:#f85149}}\n"
	"body{font:16px/1.45 system-ui,sans-serif;max-width:70em;"
	"margin:0 auto;padding:.5em;overflow-wrap:anywhere}\n"
	"h1{font-size:1.3em}h2{font-size:1.05em}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{padding:.3em .4em;border-bottom:1px solid var(--rule);"
	"text-align:right;vertical-align:top;white-space:nowrap}\n"
	"th:nth-child(2),td:nth-child(2){text-align:left;width:99%;"
	"white-space:normal}\n"
	/* Two tables, of which the buttons above show one. */
	".choice{display:inline-block;margin-right:1em}"
	"#worst:checked~.in-order,#in-order:checked~.worst-first{display:none}"
	"\n"
	/* The bar of a patch: green for lines that ran, red for the others. */
	".bar{display:block;min-width:6em;height:.7em;margin-top:.4em;"
	"background:var(--bad)}.bar i{display:block;height:100%;"
	"background:var(--good)}.bar.none{background:var(--rule)}\n"
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
	"summary a{margin-left:auto;flex:none;font-size:12px;padding:0 .5em;"
	"white-space:nowrap}\n"
	/* The tests of a line: a panel at the bottom of the window. */
	".sets p{display:none}.sets p:target{display:block;position:fixed;"
	"left:0;right:0;bottom:0;max-height:45vh;overflow-y:auto;margin:0;"
	"padding:.7em 1em;background:Canvas;border-top:2px solid}"
	".sets .close{float:right;padding:0 0 .5em 1em}\n"
	".old{background:var(--old);color:var(--dim)}"
	".at{color:var(--dim);border-top:1px solid var(--rule)}\n"
	".l p,.why{margin:.2em .5em .4em 5em;font-size:.85em;"
	"overflow-wrap:anywhere}.why{display:block}\n"
	".key span{padding:0 .4em;margin-right:.5em}\n"
	"@media(max-width:40em){code{font-size:11px;tab-size:4}"
	"table{font-size:13px}th,td{padding:.3em .2em}"
	".l,summary{gap:.3em}.l b{flex-basis:3.3em;font-size:12px}"
	".l p,.why{margin-left:1em}"
	".bar{min-width:3em}}\n"
	"@media print{*{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}body{max-width:none;font-size:11px}"
	"code,.l b{font-size:9px}.sets,.choice,input,summary a{display:none}"
	".l{break-inside:avoid}}\n";

void html_text(GString *html, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *escaped = g_markup_escape_text(valid, -1);

	g_string_append(html, escaped);
}

void html_names(GString *html, GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++) {
		g_string_append(html, i ? ", " : "");
		html_text(html, names->pdata[i]);
	}
}

void html_percent(GString *html, guint part, guint all)
{
	g_autofree char *percent = format_percent(part, all, "\xe2\x80\x93");

	g_string_append(html, percent);
}

GString *html_begin(const char *up, const char *heading, GPtrArray *lost)
{
	GString *html = g_string_new(
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"UTF-8\">\n<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n<title>");

	html_text(html, heading);
	g_string_append_printf(
		html, "</title>\n<style>\n%s</style>\n</head>\n<body>\n%s<h1>",
		style, up);
	html_text(html, heading);
	g_string_append(html, "</h1>\n");
	if (!lost->len)
		return html;
	g_string_append(
		html,
		"<p class=\"lost\"><strong>The guest died before the data of "
		"these tests was written; what only they ran shows as not "
		"run:</strong> ");
	html_names(html, lost);
	g_string_append(html, "</p>\n");
	return html;
}

gboolean html_write(GString *html, const char *dir, const char *name,
		    GError **error)
{
	gboolean written;

	g_string_append(html, "</body>\n</html>\n");
	written = write_file(dir, name, html->str, error);
	g_string_free(html, TRUE);
	return written;
}
