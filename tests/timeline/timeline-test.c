// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../host/io.h"
#include "draw.h"
#include "find.h"
#include "page.h"

#define LOG                                                                    \
	"[    0.000000] Linux version 6.12.117 (x@y) (gcc) #1\n"               \
	"[    0.100000] sb:ab begin 0 area/before\n"                           \
	"[    0.100000] # not ours\n"                                          \
	"[    0.110000] sb:ab end 0 ok\n"                                      \
	"[    0.200000] sb:ab begin 1 area/test\n"                             \
	"[    0.210000] # a <note>\n"                                          \
	"[    0.220000] WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2\n"        \
	"[    0.220000] Call Trace: <g>\n"                                     \
	"[    0.220000] ---[ end trace 0 ]---\n"                               \
	"[    0.220000] something else\n"                                      \
	"[    0.230000] FAIL area/test.c:5: 1 == 2\n"                          \
	"[    0.240000] sb:ab problem 1 exit status 1\n"                       \
	"[    0.250000] sb:ab end 1 fail\n"                                    \
	"[    0.260000] # too late\n"

#define SAMPLES                                                                \
	"190000000 mem 5000 0 0\n"                                             \
	"190000000 shrinker 0 drm-shmem:virtio-mmio\n"                         \
	"190000000 shrinker 0 never-used\n"                                    \
	"200000123 log [    0.200000] sb:ab begin 1 area/test\n"               \
	"205000000 bo 1 virtio-mmio 8192 0x2 no-pages idle needed\n"           \
	"210000000 bo 1 virtio-mmio 8192 0x2 evictable busy needed\n"          \
	"210000000 shrinker 2 drm-shmem:virtio-mmio\n"                         \
	"212000000 bo 2 panfrost 4096 0x2000000 pinned idle unneeded\n"        \
	"213000000 log [    0.210000] # a <note>\n"                            \
	"214000000 log [    0.210000] Out of memory: Killed process 7 (x) "    \
	"total-vm:9kB\n"                                                       \
	"215000000 mem 4000 1000 500\n"                                        \
	"220000000 bo 1 virtio-mmio 8192 0x2 evicted idle needed\n"            \
	"230000000 gone 1\n"                                                   \
	"235000000 bo 3 virtio-mmio 8192 0x2 no-pages idle needed\n"           \
	"250000000 log [    0.250000] sb:ab end 1 ok\n"                        \
	"260000000 mem 9000 0 0\n"

#define TRACE                                                                  \
	"(7 older lines dropped)\n"                                            \
	"7 0.150000000 virtio-gpu #1 RESOURCE_CREATE_2D res 1 -> OK_NODATA\n"  \
	"8 0.204000000 virtio-gpu #2 RESOURCE_CREATE_3D res 2 fence 1 -> "     \
	"OK_NODATA\n"                                                          \
	"9 0.209000000 virtio-gpu #3 RESOURCE_ATTACH_BACKING res 2 -> "        \
	"OK_NODATA\n"                                                          \
	"10 0.209500000 virtio-gpu write32 0x50 = 0x0\n"                       \
	"11 0.210000000 virtio-gpu stamps: resource 0x2: 2 checked\n"          \
	"12 0.211000000 virtio-gpu #4 SUBMIT_3D ctx 1 fence 2 -> ERR_UNSPEC\n" \
	"13 0.213000000 panfrost slot 1: chain 0x2000040 on AS 0 done, "       \
	"status "                                                              \
	"0x1 DONE, 1 jobs\n"                                                   \
	"14 0.214000000 panfrost AS 0: fault 0xc1 at 0x9000000, read\n"        \
	"15 0.215000000 panfrost AS 0: FLUSH_PT transtab 0x17 lock "           \
	"0x200000b\n"                                                          \
	"16 0.219000000 virtio-gpu #5 RESOURCE_DETACH_BACKING res 2 -> "       \
	"OK_NODATA\n"                                                          \
	"17 0.229000000 virtio-gpu #6 RESOURCE_UNREF res 2 -> OK_NODATA\n"     \
	"18 0.234000000 virtio-gpu #7 RESOURCE_CREATE_3D res 2 -> OK_NODATA\n" \
	"19 0.236000000 virtio-gpu VIOLATION: stamp: resource 2 page 0: bad\n" \
	"20 0.237000000 virtio-gpu #8 SUBMIT_3D ctx 1 uses 2 77 fence 3 -> "   \
	"OK_NODATA\n"                                                          \
	"21 0.290000000 virtio-gpu #9 RESOURCE_CREATE_3D res 9 -> OK_NODATA\n"

/* A directory as a guest leaves it; what is NULL is not there. */
static char *guest_dir(const char *log, const char *samples, const char *trace)
{
	char *dir = g_dir_make_tmp("timeline-XXXXXX", NULL);

	g_assert_nonnull(dir);
	g_assert_true(write_file(dir, "log", log, NULL));
	g_assert_true(!samples || write_file(dir, "samples", samples, NULL));
	g_assert_true(!trace || write_file(dir, "trace", trace, NULL));
	return dir;
}

static Timeline *read_guest(const char *log, const char *samples,
			    const char *trace, GError **error)
{
	g_autofree char *dir = guest_dir(log, samples, trace);
	Timeline *timeline = timeline_read(dir, "area/test", error);

	remove_tree(dir);
	return timeline;
}

static Timeline *sampled(void)
{
	Timeline *timeline = read_guest(LOG, SAMPLES, TRACE, NULL);

	g_assert_nonnull(timeline);
	return timeline;
}

static const Lane *lane_at(const Timeline *timeline, guint i, const char *name)
{
	g_autofree char *found = NULL;

	g_assert_cmpuint(i, <, timeline->lanes->len);
	found = lane_name(timeline->lanes->pdata[i]);
	g_assert_cmpstr(found, ==, name);
	return timeline->lanes->pdata[i];
}

static void assert_span(const Lane *lane, guint i, guint64 from, guint64 to,
			BoState state)
{
	const Span *span = &g_array_index(lane->spans, Span, i);

	g_assert_cmpuint(i, <, lane->spans->len);
	g_assert_cmpuint(span->from, ==, from);
	g_assert_cmpuint(span->to, ==, to);
	g_assert_cmpint(span->state, ==, state);
}

static void assert_event(const Lane *lane, guint i, EventKind kind)
{
	g_assert_cmpuint(i, <, lane->events->len);
	g_assert_cmpint(g_array_index(lane->events, Event, i).kind, ==, kind);
}

static void assert_mark(const Timeline *timeline, guint i, MarkKind kind,
			guint64 time, const char *text)
{
	const Mark *mark = &g_array_index(timeline->marks, Mark, i);

	g_assert_cmpuint(i, <, timeline->marks->len);
	g_assert_cmpint(mark->kind, ==, kind);
	g_assert_cmpuint(mark->time, ==, time);
	g_assert_cmpstr(mark->text, ==, text);
}

static void test_log(void)
{
	g_autoptr(Timeline) timeline = timeline_new("area/test");

	g_assert_true(timeline_read_log(timeline, LOG));
	g_assert_cmpuint(timeline->begin, ==, 200000000);
	g_assert_cmpuint(timeline->end, ==, 250000000);
	g_assert_cmpint(timeline->result, ==, TIMELINE_FAIL);
	g_assert_cmpstr(timeline->kernel, ==, "6.12.117");
	g_assert_cmpuint(timeline->marks->len, ==, 4);
	assert_mark(timeline, 0, MARK_NOTE, 210000000, "a <note>");
	assert_mark(timeline, 1, MARK_REPORT, 220000000,
		    "WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2");
	g_assert_cmpstr(g_array_index(timeline->marks, Mark, 1).report->str, ==,
			"Call Trace: <g>\n---[ end trace 0 ]---\n");
	g_assert_null(g_array_index(timeline->marks, Mark, 0).report);
	assert_mark(timeline, 2, MARK_FAILED, 230000000,
		    "FAIL area/test.c:5: 1 == 2");
	assert_mark(timeline, 3, MARK_FAILED, 240000000, "exit status 1");
}

/* A guest that died: the test lasts as long as the log. */
static void test_died(void)
{
	g_autoptr(Timeline) timeline = timeline_new("area/test");

	g_assert_true(timeline_read_log(
		timeline, "[    0.200000] sb:ab begin 1 area/test\n"
			  "[    0.300000] Kernel panic - not syncing: x\n"));
	g_assert_cmpuint(timeline->end, ==, 300000000);
	g_assert_cmpint(timeline->result, ==, TIMELINE_UNKNOWN);
	assert_mark(timeline, 0, MARK_REPORT, 300000000,
		    "Kernel panic - not syncing: x");
}

/* The samples know better when it died. */
static void test_died_sampled(void)
{
	g_autoptr(Timeline) timeline = read_guest(
		"[    0.200000] sb:ab begin 1 area/test\n"
		"[    0.200000] BUG: failure at x.c:1/f()!\n",
		"200000123 log [    0.200000] sb:ab begin 1 area/test\n"
		"205000000 log [    0.200000] BUG: failure at x.c:1/f()!\n",
		NULL, NULL);

	g_assert_cmpuint(timeline->end, ==, 205000000);
	assert_mark(timeline, 0, MARK_REPORT, 205000000,
		    "BUG: failure at x.c:1/f()!");
}

static void test_memory(void)
{
	g_autoptr(Timeline) timeline = sampled();
	const Curve *mem = timeline->memory->pdata[0];
	const Curve *count = timeline->shrinkers->pdata[0];
	const Point *points = (const Point *)(void *)mem->points->data;

	/* What was before becomes the beginning; what is after the end is gone. */
	g_assert_cmpuint(timeline->begin, ==, 200000123);
	g_assert_cmpint(timeline->result, ==, TIMELINE_OK);
	g_assert_cmpuint(timeline->memory->len, ==, 3);
	g_assert_cmpstr(mem->name, ==, "free");
	g_assert_cmpuint(mem->points->len, ==, 2);
	g_assert_cmpuint(points[0].time, ==, timeline->begin);
	g_assert_cmpuint(points[0].value, ==, 5000);
	g_assert_cmpuint(points[1].value, ==, 4000);
	/* A shrinker that never counted anything is none of interest. */
	g_assert_cmpuint(timeline->shrinkers->len, ==, 1);
	g_assert_cmpuint(curve_most(count), ==, 2);
	assert_mark(timeline, 1, MARK_REPORT, 214000000,
		    "Out of memory: Killed process 7 (x)");
}

static void test_bos(void)
{
	g_autoptr(Timeline) timeline = sampled();
	const Lane *device, *bo;

	g_assert_cmpuint(timeline->dropped, ==, 7);
	g_assert_cmpuint(timeline->lanes->len, ==, 5);
	/* The fault is at no BO's address. */
	device = lane_at(timeline, 0, "panfrost");
	g_assert_cmpuint(device->events->len, ==, 1);
	assert_event(device, 0, EVENT_FAULT);

	bo = lane_at(timeline, 1, "panfrost 0x2000000");
	assert_span(bo, 0, 212000000, 250000000, BO_PINNED);
	g_assert_true(g_array_index(bo->spans, Span, 0).unneeded);
	assert_event(bo, 0, EVENT_JOB);
	assert_event(bo, 1, EVENT_MAP);

	/* A job that names no resource. */
	device = lane_at(timeline, 2, "virtio-gpu");
	g_assert_cmpuint(device->events->len, ==, 1);
	assert_event(device, 0, EVENT_FAULT);

	bo = lane_at(timeline, 3, "virtio-gpu 2");
	g_assert_cmpuint(bo->spans->len, ==, 3);
	assert_span(bo, 0, 205000000, 210000000, BO_NO_PAGES);
	assert_span(bo, 1, 210000000, 220000000, BO_EVICTABLE);
	assert_span(bo, 2, 220000000, 230000000, BO_EVICTED);
	g_assert_true(g_array_index(bo->spans, Span, 1).busy);
	g_assert_cmpuint(bo->events->len, ==, 5);
	assert_event(bo, 0, EVENT_CREATE);
	assert_event(bo, 1, EVENT_ATTACH);
	assert_event(bo, 2, EVENT_CHECK);
	assert_event(bo, 3, EVENT_DETACH);
	assert_event(bo, 4, EVENT_CLOSE);

	/* The number was used again. */
	bo = lane_at(timeline, 4, "virtio-gpu 2");
	g_assert_cmpuint(bo->events->len, ==, 3);
	assert_event(bo, 0, EVENT_CREATE);
	assert_event(bo, 1, EVENT_VIOLATION);
	/* Resource 77 was never seen. */
	assert_event(bo, 2, EVENT_JOB);
}

/* Of a failed test of an ordinary run, there is a trace only. */
static void test_not_sampled(void)
{
	g_autoptr(Timeline) timeline = read_guest(LOG, NULL, TRACE, NULL);
	const Lane *bo;

	g_assert_false(timeline->sampled);
	g_assert_cmpuint(timeline->memory->len, ==, 0);
	/* Made before the test, and still there. */
	bo = lane_at(timeline, 2, "virtio-gpu 1");
	assert_span(bo, 0, 200000000, 260000000, BO_NO_PAGES);
	bo = lane_at(timeline, 3, "virtio-gpu 2");
	assert_span(bo, 0, 204000000, 209000000, BO_NO_PAGES);
	assert_span(bo, 1, 209000000, 219000000, BO_ATTACHED);
	assert_span(bo, 2, 219000000, 229000000, BO_NO_PAGES);
	/* Its end is not known: it is there until the log's last moment. */
	bo = lane_at(timeline, 4, "virtio-gpu 2");
	assert_span(bo, 0, 234000000, 260000000, BO_NO_PAGES);
}

static void assert_fails(const char *log, const char *samples,
			 const char *trace, const char *message)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Timeline) timeline = read_guest(log, samples, trace, &error);

	g_assert_null(timeline);
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, message));
	g_assert_null(strchr(error->message, '\n'));
}

static void test_errors(void)
{
	g_autoptr(GError) error = NULL;
	static const char *const places[] = {"/nonexistent", NULL};

	assert_fails("nothing\n", NULL, TRACE, "did not begin");
	assert_fails(LOG, NULL, NULL, "left no trace");
	assert_fails("sb:ab begin 0 area/test\n", NULL, TRACE, "did not begin");
	assert_fails("[    0.1] sb:ab begin 0 area/test\n"
		     "[    0.2] sb:ab end 0 skip\n",
		     NULL, TRACE, "was skipped");
	assert_fails(LOG, "5 mem 1 2\n6 mem 1 2 3\n", NULL,
		     "line 1: not a sample");
	assert_fails(LOG, "5 bo 1 x 4096 0x0 lost idle needed\n6 gone 1\n",
		     NULL, "line 1: not a sample");
	assert_fails(LOG, "5 what 1\n6 mem 1 2 3\n", NULL,
		     "line 1: not a sample");
	assert_fails(LOG, "5 gone 7\n6 mem 1 2 3\n", NULL,
		     "line 1: not a sample");
	g_assert_null(find_guest(places, "area/test", &error));
	g_assert_cmpstr(error->message, ==,
			"area/test was never run here: "
			"make timeline T=area/test runs it");
}

/* The guest was killed while it wrote. */
static void test_cut_short(void)
{
	g_autoptr(Timeline) timeline =
		read_guest(LOG, SAMPLES "270000000 bo 4 virt", TRACE, NULL);

	g_assert_nonnull(timeline);
}

static void test_find(void)
{
	g_autofree char *top = g_dir_make_tmp("timeline-XXXXXX", NULL);
	const char *const places[] = {top, NULL};
	static const char *const guests[] = {"a/guest-1", "a/guest-2",
					     "b/guest-1"};
	static const char *const tests[] = {"area/test", "area/test",
					    "area/test-long"};
	g_autofree char *found = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
		g_autofree char *dir = g_build_filename(top, guests[i], NULL);
		g_autofree char *log =
			g_strdup_printf("sb:ab begin 0 %s\n", tests[i]);
		g_autofree char *path = g_build_filename(dir, "log", NULL);
		struct timespec times[2] = {{0}};

		g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
		g_assert_true(write_file(dir, "log", log, NULL));
		times[0].tv_sec = times[1].tv_sec = 1000 + i;
		g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
	}
	found = find_guest(places, "area/test", NULL);
	g_assert_true(g_str_has_suffix(found, "a/guest-2"));
	remove_tree(top);
}

static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		g_error("\"%s\" is not in:\n%s", part, text);
}

/* Every element that is opened is closed. */
static void parse_svg(const char *text)
{
	static const GMarkupParser nothing;
	GMarkupParseContext *context =
		g_markup_parse_context_new(&nothing, 0, NULL, NULL);
	g_autoptr(GError) error = NULL;

	g_markup_parse_context_parse(context, text, -1, &error);
	g_assert_no_error(error);
	g_markup_parse_context_end_parse(context, &error);
	g_assert_no_error(error);
	g_markup_parse_context_free(context);
}

static void test_draw(void)
{
	g_autoptr(Timeline) timeline = sampled();
	DrawOptions big = {.width = 1000, .label = 200, .lane = 15};
	DrawOptions small = {
		.width = 500, .lane = 4, .title = "a & b", .small = TRUE};
	g_autofree char *picture = draw(timeline, &big);
	g_autofree char *figure = draw(timeline, &small);

	parse_svg(picture);
	parse_svg(figure);
	/* From 205 to 210 of 200 to 250 ms, on 784 pixels. */
	assert_contains(picture, "<rect class=\"s0\" x=\"278.4\"");
	assert_contains(picture, "width=\"78.4\"");
	assert_contains(picture, "<title>evictable, busy, 10.000 ms</title>");
	assert_contains(picture,
			"RESOURCE_ATTACH_BACKING res 2 -&gt; OK_NODATA");
	assert_contains(picture, "a &lt;note&gt;");
	assert_contains(picture, "prefers-color-scheme:dark");
	assert_contains(picture, "@media print");
	assert_contains(figure, "a &amp; b");
	g_assert_null(strstr(figure, "<title>pinned"));
	g_assert_null(strstr(figure, "href"));
}

static void test_page(void)
{
	g_autoptr(Timeline) timeline = sampled();
	g_autofree char *page = page_html(timeline);

	assert_contains(page, "<h1>area/test</h1>");
	assert_contains(page, "passed</span> after 50.0 ms");
	assert_contains(page, "The first 7 lines");
	assert_contains(page, "12 events of the devices");
	assert_contains(page, "<li>a &lt;note&gt;");
	/* It loads nothing and runs nothing. */
	g_assert_null(strstr(page, "<script"));
	g_assert_null(strstr(page, "src="));
	g_assert_null(strstr(page, "href="));
	g_assert_null(strstr(page, "url("));
}

static void test_report(void)
{
	g_autoptr(Timeline) timeline = read_guest(LOG, NULL, TRACE, NULL);
	g_autofree char *page = page_html(timeline);

	assert_contains(page, "<details><summary>WARNING: CPU: 0");
	assert_contains(page, "<pre>Call Trace: &lt;g&gt;\n---[ end");
	g_assert_null(strstr(page, "something else"));
}

static void test_json(void)
{
	g_autoptr(Timeline) timeline = sampled();
	g_autofree char *json = NULL;

	timeline_mark(timeline, 240000000, MARK_NOTE, "\"quoted\\ \x01");
	json = chrome_json(timeline);
	assert_contains(json, "{\"ph\":\"X\",\"name\":\"evicted\",\"pid\":3,"
			      "\"tid\":4,\"ts\":19999.877,\"dur\":10000.000,"
			      "\"args\":{\"busy\":false,\"needed\":true}}");
	assert_contains(json,
			"{\"ph\":\"C\",\"name\":\"free\",\"pid\":1,"
			"\"tid\":0,\"ts\":0.000,\"args\":{\"KiB\":5000}}");
	assert_contains(json, "\"args\":{\"name\":\"virtio-gpu 2\"}}");
	assert_contains(json, "\"name\":\"\\\"quoted\\\\ \\u0001\"");
	g_assert_true(g_str_has_prefix(json, "{\"displayTimeUnit\":\"ms\","
					     "\"traceEvents\":[\n{"));
	g_assert_true(g_str_has_suffix(json, "}\n]}\n"));
	g_assert_null(strstr(json, "}\n{"));
	g_assert_null(strstr(json, ",,"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/timeline/log", test_log);
	g_test_add_func("/timeline/died", test_died);
	g_test_add_func("/timeline/died-sampled", test_died_sampled);
	g_test_add_func("/timeline/memory", test_memory);
	g_test_add_func("/timeline/bos", test_bos);
	g_test_add_func("/timeline/not-sampled", test_not_sampled);
	g_test_add_func("/timeline/errors", test_errors);
	g_test_add_func("/timeline/cut-short", test_cut_short);
	g_test_add_func("/timeline/find", test_find);
	g_test_add_func("/timeline/draw", test_draw);
	g_test_add_func("/timeline/page", test_page);
	g_test_add_func("/timeline/report", test_report);
	g_test_add_func("/timeline/json", test_json);
	return g_test_run();
}
