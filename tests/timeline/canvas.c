// SPDX-License-Identifier: GPL-2.0-or-later
#include "canvas.h"

/* Colours that colour-blind people can tell apart, too. */
static const char style[] =
	"<style>"
	".tl{--ink:#1b1f24;--soft:#59636e;--rule:#d1d9e0;--ground:#fff;"
	"--c0:#0969da;--c1:#bc4c00;--c2:#8250df;--c3:#1a7f37;--c4:#bf3989;"
	"--c5:#59636e;--s0:#e6eaef;--s1:#8c959f;--s2:#2da44e;--s3:#fb8f44;"
	"--s4:#cf222e;--s5:#a475f9;--s6:#54aeff;--busy:#1b1f24}"
	"@media (prefers-color-scheme:dark){.tl{--ink:#f0f6fc;--soft:#9198a1;"
	"--rule:#3d444d;--ground:#0d1117;--c0:#4493f8;--c1:#f0883e;--c2:#"
	"ab7df8;"
	"--c3:#3fb950;--c4:#db61a2;--c5:#9198a1;--s0:#21262d;--s1:#6e7681;"
	"--s2:#238636;--s3:#db6d28;--s4:#f85149;--s5:#8957e5;--s6:#1f6feb;"
	"--busy:#f0f6fc}}"
	"@media print{.tl{--ink:#000;--soft:#444;--rule:#bbb;--ground:#fff;"
	"--busy:#000}}"
	".tl{background:var(--ground);print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}"
	".tl text{font:11px system-ui,sans-serif;fill:var(--soft)}"
	".tl .t{font-weight:600;font-size:14px;fill:var(--ink)}"
	".tl .n{fill:var(--ink)}.tl .w{font-weight:600;fill:var(--s4)}"
	".tl .r{stroke:var(--rule);stroke-width:1;fill:none}"
	".tl .m{stroke:var(--soft);stroke-dasharray:2 3}"
	".tl .f{stroke:var(--s4)}"
	".tl .c{fill:none;stroke-width:1.5}"
	".tl .c0{stroke:var(--c0)}.tl .c1{stroke:var(--c1)}"
	".tl .c2{stroke:var(--c2)}.tl .c3{stroke:var(--c3)}"
	".tl .c4{stroke:var(--c4)}.tl .c5{stroke:var(--c5)}"
	".tl .s0{fill:var(--s0)}.tl .s1{fill:var(--s1)}.tl .s2{fill:var(--s2)}"
	".tl .s3{fill:var(--s3)}.tl .s4{fill:var(--s4)}.tl .s5{fill:var(--s5)}"
	".tl .s6{fill:var(--s6)}.tl .b{fill:var(--busy)}"
	".tl .u{fill:none;stroke:var(--ink);stroke-dasharray:3 2}"
	".tl .e{stroke:var(--ink);stroke-width:1.2;fill:var(--ground)}"
	".tl .x{stroke:var(--s4);stroke-width:2;fill:none}"
	"</style>";

double x_of(const Canvas *canvas, guint64 time)
{
	return canvas->left +
	       (double)(time - canvas->timeline->begin) * canvas->scale;
}

void add(GString *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(out, format, args);
	va_end(args);
}

void add_text(GString *out, double x, double y, const char *class,
	      const char *anchor, const char *text)
{
	g_autofree char *safe = g_markup_escape_text(text, -1);

	add(out,
	    "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
	    "text-anchor=\"%s\">%s</text>",
	    class, x, y, anchor, safe);
}

void add_title(Canvas *canvas, const char *text, guint more)
{
	g_autofree char *safe = g_markup_escape_text(text, -1);

	if (canvas->options->small)
		return;
	add(canvas->out, "<title>%s", safe);
	if (more)
		add(canvas->out, " and %u more", more);
	add(canvas->out, "</title>");
}

char *wrap(guint width, double height, const char *label, GString *inner)
{
	g_autofree char *safe = g_markup_escape_text(label, -1);
	char *svg = g_strdup_printf(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" "
		"viewBox=\"0 0 %u %.0f\" width=\"%u\" role=\"img\" "
		"aria-label=\"%s\">%s\n%s</svg>\n",
		width, height, width, safe, style, inner->str);

	g_string_free(inner, TRUE);
	return svg;
}
