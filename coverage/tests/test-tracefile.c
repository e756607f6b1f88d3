// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "tracefile.h"

static const char version_1[] =
	"TN:\nSF:/t/d/a.c\nFN:2,f\nFN:9,g\nFNDA:7,f\nFNDA:0,g\nFNF:2\nFNH:1\n"
	"BRDA:4,0,0,1\nBRDA:4,0,1,-\nBRDA:3,0,0,0\nBRF:3\nBRH:1\n"
	"DA:2,7\nDA:4,0\nDA:9,0\nDA:11,0\nLF:4\nLH:1\nend_of_record\n"
	"SF:/t/d/b.c\nLF:0\nLH:0\nend_of_record\n";

static GPtrArray *traces_of(const char *text)
{
	const char *dir = fixture_dir();
	g_autoptr(GError) error = NULL;
	GPtrArray *traces;

	put(dir, "info", text);
	traces = trace_read(dir, "info", &error);
	g_assert_no_error(error);
	return traces;
}

static void test_read(void)
{
	g_autoptr(GPtrArray) traces = traces_of(version_1);
	const Trace *trace = traces->pdata[0];
	const TraceBranches *branches =
		&g_array_index(trace->branches, TraceBranches, 1);

	g_assert_cmpuint(traces->len, ==, 2);
	g_assert_cmpstr(trace->file, ==, "/t/d/a.c");
	g_assert_cmpuint(trace->lines_found, ==, 4);
	g_assert_cmpuint(trace->lines_hit, ==, 1);
	g_assert_cmpuint(trace->functions_found, ==, 2);
	g_assert_cmpuint(trace->functions_hit, ==, 1);
	g_assert_cmpuint(trace->branches->len, ==, 2);
	g_assert_cmpuint(branches->line, ==, 4);
	g_assert_cmpuint(branches->taken, ==, 1);
	g_assert_cmpuint(branches->all, ==, 2);
}

static void test_name(void)
{
	g_autoptr(GPtrArray) traces = traces_of(version_1);

	g_assert_cmpstr(trace_name(traces->pdata[0], "/t"), ==, "d/a.c");
	g_assert_cmpstr(trace_name(traces->pdata[0], "/t/"), ==, "/t/d/a.c");
	g_assert_cmpstr(trace_name(traces->pdata[0], "/"), ==, "/t/d/a.c");
	g_assert_cmpstr(trace_name(traces->pdata[0], "/t/d/a"), ==, "/t/d/a.c");
}

static void function(const char *text, const char *name, const char *expected)
{
	g_autoptr(GPtrArray) traces = traces_of(text);
	g_autofree char *is = trace_function(traces, name);

	g_assert_cmpstr(is, ==, expected);
}

static void test_function(void)
{
	function(version_1, "f", "7 calls, 1 of 2 lines run");
	function(version_1, "g", "0 calls, 0 of 2 lines run");
	function(version_1, "h", NULL);
}

/* LCOV 2 says where functions begin, and then their names. */
static void test_version_2(void)
{
	static const char text[] =
		"SF:/t/d/a.c\nFNL:0,2,8\nFNA:0,7,f\nFNL:1,9,12\nFNA:1,0,g\n"
		"DA:2,7\nDA:4,1\nDA:9,0\nend_of_record\n";

	function(text, "f", "7 calls, 2 of 2 lines run");
	function(text, "g", "0 calls, 0 of 1 lines run");
}

static void test_move(void)
{
	const char *dir = fixture_dir();
	g_autofree char *from = g_build_filename(dir, "from", NULL);
	g_autofree char *to = g_build_filename(dir, "to", NULL);
	g_autoptr(GError) error = NULL;

	put(dir, "from", "SF:/t/d/a.c\nDA:1,1\nSF:/tt/d/a.c\n");
	trace_move(from, to, "/t", "/new/t", &error);
	g_assert_no_error(error);
	assert_file(dir, "to", "SF:/new/t/d/a.c\nDA:1,1\nSF:/tt/d/a.c\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tracefile/read", test_read);
	g_test_add_func("/tracefile/name", test_name);
	g_test_add_func("/tracefile/function", test_function);
	g_test_add_func("/tracefile/version-2", test_version_2);
	g_test_add_func("/tracefile/move", test_move);
	return fixture_run();
}
