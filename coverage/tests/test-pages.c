// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "pages.h"

#include <string.h>

/* A page of the report on @dir. */
static char *page(const char *dir, const char *name)
{
	g_autoptr(Data) data = load(dir);
	const char *out = fixture_dir();
	g_autoptr(GError) error = NULL;
	char *text;

	pages_write(data, out, "A <b> title", &error);
	g_assert_no_error(error);
	text = read_text(out, name, &error);
	g_assert_no_error(error);
	return text;
}

static void test_index(void)
{
	g_autofree char *html = page(fixture_data(), "series.html");

	assert_has(html, "<p>4 of 6 added lines run (66.6%), 1 of 2 branches");
	assert_has(html, "<td><a href=\"series/0004.html\">three</a></td><td>"
			 "<span class=\"bar\"><i style=\"width:66.7%\"></i>"
			 "</span></td>"
			 "<td>3</td><td>2</td><td class=\"bad never\">66.6%");
	assert_has(html, "<td>2</td><td>2</td><td class=\"run\">100.0%");
	assert_has(html, "<title>A &lt;b&gt; title</title>");
	g_assert_null(strstr(html, "<script"));
}

/* Both orders are there; the style shows one of them. */
static void test_worst(void)
{
	g_autofree char *html = page(fixture_data(), "series.html");
	char *in_order = strstr(html, "<table class=\"in-order\">");
	char *worst = strstr(html, "<table class=\"worst-first\">");
	const char *first, *second;

	assert_has(html, "<label class=\"choice\" for=\"worst\">");
	assert_has(html, "#worst:checked~.in-order,"
			 "#in-order:checked~.worst-first{display:none}");
	g_assert_nonnull(worst);
	g_assert_true(in_order && in_order < worst);
	/* 0001: all of 2, 0002: none of 1, 0004: 2 of 3. */
	first = strstr(worst, "series/0002.html");
	second = first ? strstr(first, "series/0004.html") : NULL;
	g_assert_nonnull(second);
	g_assert_nonnull(strstr(second, "series/0001.html"));
	g_assert_true(strstr(in_order, "series/0001.html") <
		      strstr(in_order, "series/0002.html"));
}

static void test_never_entered(void)
{
	const char *dir = fixture_data();
	g_autofree char *html = NULL;

	put(dir, "all.lines", "d/a.c|4|0|f\n");
	html = page(dir, "series.html");
	assert_has(html, "<li><code>f()</code> d/a.c</li>");
}

static void test_lines(void)
{
	const char *dir = fixture_data();
	g_autofree char *html = NULL;

	put(dir, "reasons", "d/a.c|8|Nobody <calls> it.\n");
	html = page(dir, "series/0004.html");
	assert_has(html, "<summary><b>3</b><code>+\treturn i &lt; 2;</code>"
			 "<a href=\"#t2\">1 test</a>"
			 "</summary><p>1 test: x/one\xc2\xa0\xc3\x97"
			 "3</p></details>");
	assert_has(html, "<div class=\"l never\"><b>never</b><code>+\t\th(i);"
			 "</code></div>\n<span class=\"why never\">"
			 "Nobody &lt;calls&gt; it.</span>");
	assert_has(html, "if (i) <span class=\"dim\">[1 of 2 branches]");
	assert_has(html, "<div class=\"l old\"><b></b><code>-\treturn 0;");
	assert_has(html, "<div class=\"l at\"><b></b><code>@@ -6,2 +6,4 @@");
	assert_has(html, "<h2>d/not-built.c</h2>\n<p class=\"dim\">Nothing "
			 "here is compiled");
	assert_has(html, "<p id=\"t2\"><a class=\"close\" href=\"#_\">close</a>"
			 "<strong>1 test:</strong> x/one</p>");
}

/* Lines that moved are where they are now. */
static void test_later(void)
{
	const char *dir = fixture_data();
	g_autofree char *first = page(dir, "series/0001.html");
	g_autofree char *second = page(dir, "series/0002.html");

	assert_has(first, "<div class=\"l old\"><b>later</b><code>+\tg(i);");
	assert_has(first, "<b>3</b><code>+\th(i);");
	assert_has(second, "<div class=\"l never\"><b>never</b><code>+\tg(i);");
}

static void test_links(void)
{
	const char *dir = fixture_data();
	g_autofree char *first = page(dir, "series/0001.html");
	g_autofree char *second = page(dir, "series/0002.html");

	assert_has(first, "the series</a> \xc2\xb7 <a href=\"0002.html\">next");
	assert_has(second, "<a href=\"0001.html\">before</a> \xc2\xb7 "
			   "<a href=\"0004.html\">next");
	g_assert_null(strstr(first, "before"));
}

static void test_elsewhere(void)
{
	static const char *const names[] = {"series.html", "series/0001.html",
					    "series/0004.html"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *html = page(fixture_data(), names[i]);

		g_assert_null(strstr(html, "http"));
		g_assert_null(strstr(html, "<link"));
		g_assert_null(strstr(html, "src="));
		g_assert_true(g_str_has_suffix(html, "</html>\n"));
	}
}

static void test_many_tests(void)
{
	const char *dir = fixture_data();
	g_autofree char *html = NULL;

	put(dir, "tests.lines",
	    "x/one|d/a.c|9:3\ny/1|d/a.c|9:1\ny/2|d/a.c|9:1\ny/3|d/a.c|9:1\n"
	    "y/4|d/a.c|9:1\ny/5|d/a.c|9:1\ny/6|d/a.c|9:1\ny/7|d/a.c|9:1\n"
	    "y/8|d/a.c|9:1\ny/9|d/a.c|9:1\n");
	html = page(dir, "series/0004.html");
	assert_has(html, "y/7\xc2\xa0\xc3\x97"
			 "1 and 2 more</p>");
	assert_has(html, "<strong>10 tests:</strong> x/one, y/1,");
}

static void test_lost(void)
{
	const char *dir = fixture_data();
	g_autofree char *index = NULL, *patch = NULL, *lcov = NULL;
	g_autoptr(Data) data = NULL;

	put(dir, "lost.txt", "x/<lost>\nx/other\n");
	index = page(dir, "series.html");
	patch = page(dir, "series/0001.html");
	data = load(dir);
	lcov = prolog(data);
	assert_has(index, "run:</strong> x/&lt;lost&gt;, x/other</p>");
	assert_has(patch, "run:</strong> x/&lt;lost&gt;, x/other</p>");
	assert_has(lcov, "not run: x/&lt;lost&gt;, x/other</p>");
}

static void test_prolog(void)
{
	const char *dir = fixture_data();
	g_autoptr(Data) data = load(dir);
	g_autofree char *html = prolog(data);

	assert_has(html, "<title>@pagetitle@</title>");
	assert_has(html, "<a href=\"@basedir@series.html\">");
	g_assert_null(strstr(html, "guest died"));
	assert_has(html, "prefers-color-scheme:dark");
}

/* All files of a report, from a tracefile. */
static void test_report(void)
{
	const char *top = fixture_dir(), *data = fixture_data();
	g_autofree char *inside = g_build_filename(top, "data", NULL);
	g_autofree char *list = g_build_filename(top, "list", NULL);
	g_autoptr(GError) error = NULL;

	copy_tree(data, inside, ".", &error);
	g_assert_no_error(error);
	write_file(top, "list", "d/a.c f\n| g(i);\nWhy.\n", NULL);
	put(top, "coverage.info",
	    "SF:/tree/d/a.c\nBRDA:9,0,0,1\nBRDA:9,0,1,0\nBRDA:2,0,0,-\n"
	    "BRDA:9,1,0,7\nend_of_record\n");
	report_write(top, "/tree", list, &error);
	g_assert_no_error(error);
	assert_file(inside, "branches", "d/a.c|2|0|1\nd/a.c|9|2|3\n");
	assert_file(inside, "reasons", "d/a.c|6|Why.\n");
	assert_file(
		top, "branches.txt",
		"d/a.c:7: 1 of 2: if (i)\nd/a.c:9: 2 of 3: return i < 2;\n");
	g_assert_true(exists(top, "series/0004.html"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pages/index", test_index);
	g_test_add_func("/pages/worst", test_worst);
	g_test_add_func("/pages/never-entered", test_never_entered);
	g_test_add_func("/pages/lines", test_lines);
	g_test_add_func("/pages/later", test_later);
	g_test_add_func("/pages/links", test_links);
	g_test_add_func("/pages/elsewhere", test_elsewhere);
	g_test_add_func("/pages/many-tests", test_many_tests);
	g_test_add_func("/pages/lost", test_lost);
	g_test_add_func("/pages/prolog", test_prolog);
	g_test_add_func("/pages/report", test_report);
	return fixture_run();
}
