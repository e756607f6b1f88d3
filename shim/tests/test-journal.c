// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "core/journal.h"
#include "core/text.h"
#include "util.h"

static void test_lines(void)
{
	Journal *journal = journal_new();

	assert_text(journal_trace_text(journal), "");
	assert_text(journal_violations_text(journal), "");
	journal_trace(journal, "bus", "hello %d", 1);
	journal_set_time(journal, 1234567890123);
	journal_violation(journal, "panfrost", "AS %u: bad", 3);
	journal_trace(journal, "virtio-gpu", "%s", "more");
	assert_text(journal_trace_text(journal),
		    "0 0.000000000 bus hello 1\n"
		    "1 1234.567890123 panfrost VIOLATION: AS 3: bad\n"
		    "2 1234.567890123 virtio-gpu more\n");
	assert_text(journal_violations_text(journal),
		    "1 1234.567890123 panfrost AS 3: bad\n");
	g_assert_cmpuint(journal_violation_count(journal), ==, 1);

	journal_clear_trace(journal);
	assert_text(journal_trace_text(journal), "");
	g_assert_cmpuint(journal_violation_count(journal), ==, 1);
	journal_clear_violations(journal);
	assert_text(journal_violations_text(journal), "");
	g_assert_cmpuint(journal_violation_count(journal), ==, 0);
	/* The numbers go on, so that two readings can be put together. */
	journal_trace(journal, "bus", "x");
	g_assert_true(contains_text(journal_trace_text(journal), "3 1234."));
	journal_free(journal);
}

static void test_clean(void)
{
	Journal *journal = journal_new();

	journal_violation(journal, "bus", "a\nb\tc\x1b[1m\xc3\xa4");
	assert_text(journal_violations_text(journal),
		    "0 0.000000000 bus a?b?c?[1m??\n");
	assert_text(journal_trace_text(journal),
		    "0 0.000000000 bus VIOLATION: a?b?c?[1m??\n");
	journal_free(journal);
}

static void test_long(void)
{
	g_autofree char *message = g_strnfill(5000, 'm');
	g_autofree char *line =
		g_strdup_printf("0 0.000000000 bus %s\n", message);
	Journal *journal = journal_new();

	journal_trace(journal, "bus", "%s", message);
	assert_text(journal_trace_text(journal), line);
	/* Around the size that is kept in place. */
	for (guint len = 80; len < 100; len++) {
		message[len] = '\0';
		journal_clear_trace(journal);
		journal_trace(journal, "bus", "%s", message);
		g_assert_true(
			contains_text(journal_trace_text(journal), message));
		message[len] = 'm';
	}
	journal_free(journal);
}

/* Checks at one moment are one line, whatever comes between them. */
static void test_checked(void)
{
	Journal *journal = journal_new();
	uint64_t one = 0, other = 0;

	journal_set_time(journal, 1000000000);
	journal_checked(journal, "panfrost", "address", 0x2000, &one);
	journal_checked(journal, "virtio-gpu", "resource", 3, &other);
	journal_checked(journal, "panfrost", "address", 0x2000, &one);
	journal_set_time(journal, 2000000000);
	journal_checked(journal, "panfrost", "address", 0x2000, &one);
	assert_text(
		journal_trace_text(journal),
		"0 1.000000000 panfrost stamps: address 0x2000: 2 checked\n"
		"1 1.000000000 virtio-gpu stamps: resource 0x3: 1 checked\n"
		"2 2.000000000 panfrost stamps: address 0x2000: 1 checked\n");
	journal_clear_trace(journal);
	journal_checked(journal, "panfrost", "address", 0x2000, &one);
	assert_text(
		journal_trace_text(journal),
		"3 2.000000000 panfrost stamps: address 0x2000: 1 checked\n");
	/* Its line is not in the ring any more. */
	for (int i = 0; i < 65536; i++)
		journal_trace(journal, "bus", "x");
	journal_checked(journal, "panfrost", "address", 0x2000, &one);
	g_assert_true(contains_text(journal_trace_text(journal), "65540 2."));
	journal_free(journal);
}

/* What is refused has a list of its own, and a mark of its own in the trace. */
static void test_refused(void)
{
	Journal *journal = journal_new();

	journal_set_time(journal, 2);
	journal_refused(journal, "virtio-gpu", "a %s", "b\n");
	journal_violation(journal, "virtio-gpu", "c");
	g_assert_cmpuint(journal_refused_count(journal), ==, 1);
	g_assert_cmpuint(journal_violation_count(journal), ==, 1);
	assert_text(journal_refused_text(journal),
		    "0 0.000000002 virtio-gpu a b?\n");
	assert_text(journal_violations_text(journal),
		    "1 0.000000002 virtio-gpu c\n");
	assert_text(journal_trace_text(journal),
		    "0 0.000000002 virtio-gpu REFUSED: a b?\n"
		    "1 0.000000002 virtio-gpu VIOLATION: c\n");
	journal_clear_violations(journal);
	g_assert_cmpuint(journal_refused_count(journal), ==, 1);
	journal_clear_refused(journal);
	g_assert_cmpuint(journal_refused_count(journal), ==, 0);
	assert_text(journal_refused_text(journal), "");
	journal_free(journal);
}

static void test_registers(void)
{
	Journal *journal = journal_new();

	journal_register(journal, "panfrost", false, 0x1000, 5, 4, 0);
	journal_register(journal, "panfrost", false, 0x1000, 5, 4, 0);
	journal_register(journal, "panfrost", false, 0x1000, 5, 4, 0);
	journal_register(journal, "panfrost", false, 0x1000, 6, 4, 0);
	journal_register(journal, "panfrost", true, 0x1000, 6, 4, 0);
	journal_register(journal, "panfrost", true, 0x1000, 6, 8, 0);
	journal_register(journal, "panfrost", false, 0x20, 0, 1, -EINVAL);
	assert_text(journal_trace_text(journal),
		    "0 0.000000000 panfrost read32 0x1000 = 0x5 (and 2 more)\n"
		    "1 0.000000000 panfrost read32 0x1000 = 0x6\n"
		    "2 0.000000000 panfrost write32 0x1000 = 0x6\n"
		    "3 0.000000000 panfrost write64 0x1000 = 0x6\n"
		    "4 0.000000000 panfrost read8 0x20 failed\n");
	journal_free(journal);
}

static void test_limits(void)
{
	Journal *journal = journal_new();

	for (guint i = 0; i < 65536 + 10; i++)
		journal_trace(journal, "bus", "line %u", i);
	g_assert_true(contains_text(journal_trace_text(journal),
				    "(10 older lines dropped)\n10 "));
	g_assert_true(
		contains_text(journal_trace_text(journal), " line 65545\n"));
	journal_clear_trace(journal);

	for (guint i = 0; i < 1003; i++)
		journal_violation(journal, "bus", "line %u", i);
	g_assert_cmpuint(journal_violation_count(journal), ==, 1003);
	g_assert_true(contains_text(journal_violations_text(journal),
				    " line 999\n(and 3 more, not kept)\n"));
	journal_free(journal);
}

static void test_text(void)
{
	g_autofree char *copy = NULL;
	g_autoptr(GArray) lines = text_lines("\n a  b\tc\n\nd", 11, &copy);
	const TextLine *line;
	uint64_t n = 1;

	g_assert_nonnull(lines);
	g_assert_cmpuint(lines->len, ==, 2);
	line = &g_array_index(lines, TextLine, 0);
	g_assert_cmpuint(line->count, ==, 3);
	g_assert_cmpstr(line->words[2], ==, "c");
	g_assert_null(line->words[3]);

	g_assert_null(text_lines("", 0, &copy));
	g_assert_null(text_lines("\n \n", 3, &copy));
	g_assert_null(text_lines("a\0b", 3, &copy));
	g_assert_null(text_lines("a\rb", 3, &copy));
	g_assert_null(text_lines("1 2 3 4 5 6 7 8 9", 17, &copy));

	g_assert_false(text_number(NULL, 0, 9, &n));
	g_assert_false(text_number("", 0, 9, &n));
	g_assert_false(text_number("+1", 0, 9, &n));
	g_assert_false(text_number("-1", 0, 9, &n));
	g_assert_false(text_number("1x", 0, 9, &n));
	g_assert_false(text_number("10", 0, 9, &n));
	g_assert_false(text_number("0x", 0, 9, &n));
	g_assert_false(text_number("0x0x1", 0, 9, &n));
	g_assert_false(text_number("a", 0, 99, &n));
	g_assert_false(text_number("18446744073709551616", 0, G_MAXUINT64, &n));
	g_assert_false(text_hex("0x-1", 9, &n));
	g_assert_false(text_hex("g", 9, &n));
	g_assert_cmpuint(n, ==, 1);
	g_assert_true(text_number("18446744073709551615", 0, G_MAXUINT64, &n));
	g_assert_cmpuint(n, ==, G_MAXUINT64);
	g_assert_true(text_number("0xfF", 0, 255, &n));
	g_assert_cmpuint(n, ==, 255);
	g_assert_true(text_hex("10", 16, &n));
	g_assert_cmpuint(n, ==, 16);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/journal/checked", test_checked);
	g_test_add_func("/journal/lines", test_lines);
	g_test_add_func("/journal/clean", test_clean);
	g_test_add_func("/journal/long", test_long);
	g_test_add_func("/journal/refused", test_refused);
	g_test_add_func("/journal/registers", test_registers);
	g_test_add_func("/journal/limits", test_limits);
	g_test_add_func("/text/parse", test_text);
	return g_test_run();
}
