// SPDX-License-Identifier: GPL-2.0-or-later
/* Recorded consoles, and the verdicts that must follow. */
#include <string.h>

#include <glib/gstdio.h>

#include "../report.h"
#include "../verdict.h"

#define TOKEN "0123456789abcdef"
#define NOW g_get_monotonic_time()
#define T "[    0.120000] "
#define SB T "sb:" TOKEN " "

/* The verdict as "name kind reason". */
static void on_verdict(Verdict *verdict, gpointer data)
{
	static const char *const kinds[] = {"pass", "skip", "FAIL"};
	GString *out = data;

	g_string_append_printf(out, "%s %s", verdict->name,
			       kinds[verdict->kind]);
	for (guint i = 0; i < verdict->reasons->len; i++)
		g_string_append_printf(out, "%s%s", i ? "; " : ": ",
				       (char *)verdict->reasons->pdata[i]);
	g_string_append_c(out, '\n');
	g_assert_cmpint(verdict->usec, >=, 0);
	if (verdict->kind == VERDICT_FAIL)
		g_assert_cmpuint(verdict->reasons->len, >, 0);
	verdict_free(verdict);
}

static GPtrArray *plan(const char *expect, const char *known)
{
	g_autofree char *list =
		g_strdup_printf("a/one\tx\t128\t0\t30\t-\t%s\t-\t%s\t-\n"
				"a/two\tx\t128\t0\t30\t-\t-\t-\t-\t-\n",
				expect ?: "-", known ?: "-");
	g_autoptr(GError) error = NULL;
	GPtrArray *tests = test_list_parse(list, &error);

	g_assert_no_error(error);
	return tests;
}

static Parser *feed_known(const char *console, const char *expect,
			  const char *known, const char *source, GString *out)
{
	g_autoptr(GPtrArray) tests = plan(expect, known);
	g_auto(GStrv) lines = g_strsplit(console, "\n", 0);
	Parser *parser = parser_new(TOKEN, tests, source, on_verdict, out);

	for (char **line = lines; *line; line++)
		if (**line)
			parser_line(parser, *line, NOW);
	return parser;
}

static Parser *feed(const char *console, const char *expect, GString *out)
{
	return feed_known(console, expect, NULL, NULL, out);
}

typedef struct {
	const char *name;
	const char *console;
	const char *how; /* the guest ended */
	const char *violations;
	const char *expect; /* test a/one's */
	const char *want;
} Case;

#define ONE_OK SB "begin 0 a/one\n" SB "end 0 ok\n"
#define TWO_OK SB "begin 1 a/two\n" SB "end 1 ok\n"
#define BOOT T "Linux version 6.12\n" SB "ready\n"
#define DONE SB "done\n" T "reboot: Power down\n"

static const Case CASES[] = {
	{"all-pass", BOOT ONE_OK TWO_OK DONE, NULL, NULL, NULL,
	 "a/one pass\na/two pass\n"},
	{"all-pass-empty-violations", BOOT ONE_OK TWO_OK DONE, NULL, "", NULL,
	 "a/one pass\na/two pass\n"},
	{"nothing", "", NULL, NULL, NULL,
	 "boot FAIL: the guest ended before its first test: power off\n"},
	{"boot-killed", T "Linux version\n", "killed by signal 9 (Killed)",
	 NULL, NULL,
	 "boot FAIL: the guest ended before its first test: killed by signal "
	 "9 (Killed)\n"},
	{"ready-only", BOOT DONE, NULL, NULL, NULL,
	 "boot FAIL: init powered the guest off before the next test\n"},
	{"boot-warning", T "WARNING: CPU: 0 at x.c:1\n" BOOT ONE_OK TWO_OK DONE,
	 NULL, NULL, NULL,
	 "boot FAIL: WARNING: CPU: 0 at x.c:1\na/one pass\n"
	 "a/two pass\n"},
	{"boot-problem",
	 SB "problem - debug_locks: 0\n" BOOT ONE_OK TWO_OK DONE, NULL, NULL,
	 NULL, "boot FAIL: debug_locks: 0\na/one pass\na/two pass\n"},
	{"skip",
	 BOOT SB "begin 0 a/one\n" T "SKIP no such thing\n" SB
		 "end 0 skip\n" TWO_OK DONE,
	 NULL, NULL, NULL, "a/one skip: no such thing\na/two pass\n"},
	{"said-fail",
	 BOOT SB "begin 0 a/one\n" T "FAIL x.c:3: 1 is 2\n" SB
		 "problem 0 exit status 1\n" SB "end 0 fail\n" DONE,
	 NULL, NULL, NULL, "a/one FAIL: x.c:3: 1 is 2\n"},
	{"said-fail-but-passed",
	 BOOT SB "begin 0 a/one\n" T "FAIL only talk\n" SB
		 "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, NULL, "a/one pass\na/two pass\n"},
	{"status",
	 BOOT SB "begin 0 a/one\n" SB "problem 0 exit status 42\n" SB
		 "end 0 fail\n" DONE,
	 NULL, NULL, NULL, "a/one FAIL: exit status 42\n"},
	{"fail-without-reason",
	 BOOT SB "begin 0 a/one\n" SB "end 0 fail\n" DONE, NULL, NULL, NULL,
	 "a/one FAIL: failed, without saying why\n"},
	/* Right or wrong, a problem is one. */
	{"problem-but-ok",
	 BOOT SB "begin 0 a/one\n" SB "problem 0 left behind: resource 3\n" SB
		 "end 0 ok\n" SB "begin 1 a/two\n",
	 "exit status 1", NULL, NULL, "a/one FAIL: left behind: resource 3\n"},
	{"report-during",
	 BOOT SB "begin 0 a/one\n" T "BUG: sleeping function called\n" SB
		 "end 0 ok\n" DONE,
	 NULL, NULL, NULL, "a/one FAIL: BUG: sleeping function called\n"},
	{"report-between",
	 BOOT ONE_OK T "list_del corruption. prev->next\n" TWO_OK DONE, NULL,
	 NULL, NULL, "a/one FAIL: list_del corruption. prev->next\n"},
	{"report-after-last",
	 BOOT ONE_OK TWO_OK T "refcount_t: underflow; use-after-free.\n" DONE,
	 NULL, NULL, NULL,
	 "a/one pass\na/two FAIL: refcount_t: underflow; use-after-free.\n"},
	{"said-by-a-program",
	 BOOT SB "begin 0 a/one\n" T "> WARNING: x\n" SB
		 "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, NULL, "a/one pass\na/two pass\n"},
	{"report-at-power-off",
	 BOOT ONE_OK TWO_OK SB "done\n" T "Kernel panic - not syncing: x\n",
	 "killed by signal 6 (Aborted)", NULL, NULL,
	 "a/one pass\na/two FAIL: Kernel panic - not syncing: x; the guest "
	 "ended badly: killed by signal 6 (Aborted)\n"},
	{"report-after-skip",
	 BOOT SB "begin 0 a/one\n" SB "end 0 skip\n" T
		 "UBSAN: shift\n" TWO_OK DONE,
	 NULL, NULL, NULL, "a/one FAIL: UBSAN: shift\n"},
	{"panic", BOOT SB "begin 0 a/one\n" T "Kernel panic - not syncing: x\n",
	 "killed by signal 6 (Aborted)", NULL, NULL,
	 "a/one FAIL: Kernel panic - not syncing: x; the guest ended while "
	 "the test ran: killed by signal 6 (Aborted)\n"},
	{"early-exit",
	 BOOT ONE_OK SB "begin 1 a/two\n" T "reboot: Power down\n", NULL, NULL,
	 NULL,
	 "a/one pass\n"
	 "a/two FAIL: the guest ended while the test ran: power off\n"},
	{"no-done", BOOT ONE_OK TWO_OK, NULL, NULL, NULL,
	 "a/one pass\n"
	 "a/two FAIL: the guest ended after the test: power off\n"},
	{"cut-short", BOOT ONE_OK DONE, NULL, NULL, NULL,
	 "a/one FAIL: init powered the guest off before the next test\n"},
	{"cut-short-after-sweep", BOOT ONE_OK SB "sweep\n" DONE, NULL, NULL,
	 NULL,
	 "a/one pass\nlost-memory FAIL: init powered the guest off "
	 "before the next test\n"},
	{"bad-exit-status", BOOT ONE_OK TWO_OK SB "done\n", "exit status 1",
	 NULL, NULL,
	 "a/one pass\na/two FAIL: the guest ended badly: exit status 1\n"},
	/* A known crash of UML that is no test's fault. */
	{"crash-after-power-down",
	 BOOT ONE_OK TWO_OK DONE T "Kernel panic - not syncing: x\n",
	 "killed by signal 6 (Aborted)", NULL, NULL,
	 "a/one pass\na/two pass\n"},
	{"violation-after-power-down", BOOT ONE_OK TWO_OK DONE T "BUG: x\n",
	 "exit status 1", "3 x", NULL,
	 "a/one pass\na/two FAIL: violation: 3 x\n"},
	{"power-down-too-early",
	 BOOT ONE_OK SB "begin 1 a/two\n" T "reboot: Power down\n" T "BUG: x\n",
	 NULL, NULL, NULL,
	 "a/one pass\na/two FAIL: BUG: x; the guest ended while the test ran: "
	 "power off\n"},
	{"violation", BOOT ONE_OK TWO_OK DONE, NULL, "7 unref of 3\n", NULL,
	 "a/one pass\na/two FAIL: violation: 7 unref of 3\n"},
	{"sweep-clean", BOOT ONE_OK TWO_OK SB "sweep\n" DONE, NULL, NULL, NULL,
	 "a/one pass\na/two pass\n"},
	{"sweep-leak",
	 BOOT ONE_OK TWO_OK SB "sweep\n" T
			       "unreferenced object 0x61 (size 64):\n" DONE,
	 NULL, NULL, NULL,
	 "a/one pass\na/two pass\n"
	 "lost-memory FAIL: unreferenced object 0x61 (size 64):\n"},
	{"no-time-stamps",
	 "sb:" TOKEN " ready\nsb:" TOKEN " begin 0 a/one\nsb:" TOKEN
	 " end 0 ok\nsb:" TOKEN " begin 1 a/two\nsb:" TOKEN
	 " end 1 ok\nsb:" TOKEN " done\n",
	 NULL, NULL, NULL, "a/one pass\na/two pass\n"},
	{"carriage-returns",
	 SB "ready\r\n" SB "begin 0 a/one\r\n" SB "end 0 ok\r\n" SB
	    "begin 1 a/two\r\n" SB "end 1 ok\r\n" SB "done\r\n",
	 NULL, NULL, NULL, "a/one pass\na/two pass\n"},
	/* Forgeries */
	{"wrong-token",
	 BOOT SB "begin 0 a/one\n" T "sb:fedcba9876543210 end 0 ok\n", NULL,
	 NULL, NULL,
	 "a/one FAIL: the guest ended while the test ran: power off\n"},
	{"token-not-in-front",
	 BOOT SB "begin 0 a/one\n" T "> sb:" TOKEN " end 0 ok\n", NULL, NULL,
	 NULL, "a/one FAIL: the guest ended while the test ran: power off\n"},
	{"tap-and-summary",
	 BOOT SB "begin 0 a/one\n" T "ok 1 - a/one\n" T "2 passed, 0 failed\n",
	 NULL, NULL, NULL,
	 "a/one FAIL: the guest ended while the test ran: power off\n"},
	{"end-of-another",
	 BOOT SB "begin 0 a/one\n" SB "end 1 ok\n" SB "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, NULL,
	 "a/one FAIL: init spoke out of turn: \"end 1 ok\" (has the guest "
	 "restarted?)\n"},
	{"end-twice", BOOT ONE_OK SB "end 0 ok\n" TWO_OK DONE, NULL, NULL, NULL,
	 "a/one FAIL: init spoke out of turn: \"end 0 ok\" (has the "
	 "guest restarted?)\n"},
	{"end-with-more", BOOT SB "begin 0 a/one\n" SB "end 0 okay\n", NULL,
	 NULL, NULL,
	 "a/one FAIL: init spoke out of turn: \"end 0 okay\" (has "
	 "the guest restarted?)\n"},
	{"test-left-out", BOOT TWO_OK DONE, NULL, NULL, NULL,
	 "boot FAIL: init spoke out of turn: \"begin 1 a/two\" (has the guest "
	 "restarted?)\n"},
	{"begin-without-end",
	 BOOT SB "begin 0 a/one\n" SB "begin 1 a/two\n" SB "end 1 ok\n" DONE,
	 NULL, NULL, NULL,
	 "a/one FAIL: init spoke out of turn: \"begin 1 a/two\" (has the guest "
	 "restarted?)\n"},
	{"done-while-running", BOOT SB "begin 0 a/one\n" DONE, NULL, NULL, NULL,
	 "a/one FAIL: init spoke out of turn: \"done\" (has the guest "
	 "restarted?)\n"},
	{"restart", BOOT SB "begin 0 a/one\n" BOOT ONE_OK TWO_OK DONE, NULL,
	 NULL, NULL,
	 "a/one FAIL: init spoke out of turn: \"ready\" (has the "
	 "guest restarted?)\n"},
	/* Expected reports */
	{"expected",
	 BOOT SB "begin 0 a/one\n" T "WARNING: at f.c:1 frob_it\n" SB
		 "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, "frob_it", "a/one pass\na/two pass\n"},
	{"expected-message",
	 BOOT SB "begin 0 a/one\n" T "WARNING: at f.c:1 frob_it\n" T
		 "refcount_t: underflow; use-after-free.\n" SB
		 "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, "frob_it", "a/one pass\na/two pass\n"},
	{"expected-message-of-another",
	 BOOT SB "begin 0 a/one\n" T "WARNING: at f.c:1 frob_it\n" T
		 "Call Trace:\n" T "refcount_t: underflow; use-after-free.\n" SB
		 "end 0 ok\n" DONE,
	 NULL, NULL, "frob_it",
	 "a/one FAIL: refcount_t: underflow; use-after-free.\n"},
	{"expected-and-another",
	 BOOT SB "begin 0 a/one\n" T "WARNING: at f.c:1 frob_it\n" T
		 "BUG: other\n" SB "end 0 ok\n" DONE,
	 NULL, NULL, "frob_it", "a/one FAIL: BUG: other\n"},
	{"expected-either",
	 BOOT SB "begin 0 a/one\n" T "WARNING: at f.c:1 frob_it\n" T
		 "WARNING: at f.c:2 frob_that\n" SB "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, "frob_that|frob_it", "a/one pass\na/two pass\n"},
	{"expected-neither",
	 BOOT SB "begin 0 a/one\n" T "WARNING: at f.c:1 frob_it\n" T
		 "WARNING: possible circular locking\n" SB "end 0 ok\n" DONE,
	 NULL, NULL, "frob_that|frob_it",
	 "a/one FAIL: WARNING: possible circular locking\n"},
	{"expected-missing", BOOT ONE_OK TWO_OK DONE, NULL, NULL, "frob_it",
	 "a/one FAIL: the expected kernel report \"frob_it\" did not come\n"},
	{"expected-only-talk",
	 BOOT SB "begin 0 a/one\n" T "frob_it\n" SB "end 0 ok\n" TWO_OK DONE,
	 NULL, NULL, "frob_it",
	 "a/one FAIL: the expected kernel report \"frob_it\" did not come\n"},
	/* Bytes that are not text */
	{"garbage",
	 BOOT SB "begin 0 a/one\n" T "\xff\xfe\x80 BUG: \xc3\n" SB
		 "end 0 ok\n" DONE,
	 NULL, NULL, NULL,
	 "a/one FAIL: \357\277\275\357\277\275\357\277\275 BUG: \357\277\275"
	 "\n"},
};

static void test_case(gconstpointer data)
{
	const Case *c = data;
	g_autoptr(GString) out = g_string_new(NULL);
	Parser *parser = feed(c->console, c->expect, out);

	parser_finish(parser, c->how, c->violations, NOW);
	g_assert_cmpstr(out->str, ==, c->want);
	g_assert_true(parser_is_over(parser));
	parser_free(parser);
}

static void on_excerpt(Verdict *verdict, gpointer data)
{
	if (verdict->excerpt)
		g_string_append(data, verdict->excerpt);
	on_verdict(verdict, data);
}

/* Verdicts and excerpts of a guest whose devices refused @left after its last test. */
static char *with_refused(const char *console, const char *left)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GPtrArray) tests = plan(NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(console, "\n", 0);
	Parser *parser = parser_new(TOKEN, tests, NULL, on_excerpt, out);

	for (char **line = lines; *line; line++)
		if (**line)
			parser_line(parser, *line, NOW);
	parser_refused(parser, left);
	parser_finish(parser, NULL, NULL, NOW);
	parser_free(parser);
	return g_string_free(out, FALSE);
}

/* What the devices refused fails no test, and is shown with one that fails. */
static void test_refused(void)
{
	g_autofree char *good = with_refused(BOOT SB "begin 0 a/one\n" SB
						     "refused 0 1 wide\n" SB
						     "end 0 ok\n" TWO_OK DONE,
					     "2 long\n");
	g_autofree char *bad = with_refused(
		BOOT SB "begin 0 a/one\n" SB "refused 0 1 wide\n" SB
			"problem 0 left behind: x\n" SB "end 0 ok\n" DONE,
		"2 long\n\n3 far\n");
	g_autofree char *other = with_refused(
		BOOT SB "begin 0 a/one\n" SB "refused 1 1 wide\n", NULL);

	g_assert_cmpstr(good, ==, "a/one pass\na/two pass\n");
	g_assert_cmpstr(bad, ==,
			"refused: 1 wide\nrefused: 2 long\nrefused: 3 far\n"
			"a/one FAIL: left behind: x\n");
	g_assert_nonnull(strstr(other, "init spoke out of turn"));
}

/* Known warnings of the plain kernel are recognised by function and condition. */
static void test_known(void)
{
	static const char known[] = "frob WARN_ON(b); frob_it WARN_ON(!a)";
	static const struct {
		const char *report;
		gboolean known;
	} cases[] = {
		{"WARNING: CPU: 0 PID: 9 at d/f.c:2 frob_it+0x1/0x2", TRUE},
		{"WARNING: CPU: 0 PID: 9 at d/f.c:2 frob_it.isra.0+0x1/0x2",
		 TRUE},
		{"WARNING: CPU: 0 PID: 9 at d/f.c:3 frob+0x1/0x2", TRUE},
		/* Another condition, function, line or file. */
		{"WARNING: CPU: 0 PID: 9 at d/f.c:3 frob_it+0x1/0x2", FALSE},
		{"WARNING: CPU: 0 PID: 9 at d/f.c:2 frob+0x1/0x2", FALSE},
		{"WARNING: CPU: 0 PID: 9 at d/f.c:2 frob_it_too+0x1/0x2",
		 FALSE},
		{"WARNING: CPU: 0 PID: 9 at d/f.c:1 frob_it+0x1/0x2", FALSE},
		{"WARNING: CPU: 0 PID: 9 at d/f.c:99 frob_it+0x1/0x2", FALSE},
		{"WARNING: CPU: 0 PID: 9 at d/g.c:2 frob_it+0x1/0x2", FALSE},
		{"WARNING: CPU: 0 PID: 9 at frob_it+0x1/0x2", FALSE},
		/* The form of 7.3. */
		{"WARNING: d/f.c:2 at frob_it+0x1/0x2, CPU#0: x/9", TRUE},
		{"WARNING: d/f.c:2 at frob_it.isra.0+0x1/0x2, CPU#0: x/9",
		 TRUE},
		{"WARNING: d/f.c:3 at frob_it+0x1/0x2, CPU#0: x/9", FALSE},
		{"WARNING: d/f.c:2 at frob+0x1/0x2, CPU#0: x/9", FALSE},
		{"WARNING: d/g.c:2 at frob_it+0x1/0x2, CPU#0: x/9", FALSE},
		{"WARNING: d/f.c:2 frob_it+0x1/0x2", FALSE},
		{"WARNING: at frob_it+0x1/0x2, CPU#0: x/9", FALSE},
		{"BUG: KASAN: d/f.c:2 frob_it+0x1/0x2", FALSE},
	};
	g_autofree char *source = g_dir_make_tmp("known-XXXXXX", NULL);
	g_autofree char *dir = g_build_filename(source, "d", NULL);
	g_autofree char *file = g_build_filename(dir, "f.c", NULL);

	g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
	g_assert_true(g_file_set_contents(
		file, "{\n\tWARN_ON(!a);\n\tif (WARN_ON(b))\n\t\tc();\n", -1,
		NULL));
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *console =
			g_strdup_printf(BOOT SB "begin 0 a/one\n" T "%s\n" SB
						"end 0 ok\n" TWO_OK DONE,
					cases[i].report);
		/* Nothing is known of a kernel without source. */
		for (int with = 0; with < 2; with++) {
			g_autoptr(GString) out = g_string_new(NULL);
			Parser *parser = feed_known(console, NULL, known,
						    with ? source : NULL, out);

			parser_finish(parser, NULL, NULL, NOW);
			g_assert_true(
				g_str_has_prefix(out->str, "a/one pass") ==
				(with && cases[i].known));
			parser_free(parser);
		}
	}
	g_assert_cmpint(g_unlink(file), ==, 0);
	g_assert_cmpint(g_rmdir(dir), ==, 0);
	g_assert_cmpint(g_rmdir(source), ==, 0);
}

/*
 * Wherever a console is cut off, no test passes without its own end and the next
 * mark.
 */
static void test_truncated(void)
{
	static const char console[] = BOOT ONE_OK TWO_OK DONE;

	for (size_t len = 0; len + 1 < sizeof(console); len++) {
		g_autofree char *part = g_strndup(console, len);
		g_autoptr(GString) out = g_string_new(NULL);
		Parser *parser = feed(part, NULL, out);
		gboolean whole = strstr(part, SB "done") != NULL;

		parser_finish(parser, NULL, NULL, NOW);
		g_assert_true(whole == !strstr(out->str, "FAIL"));
		parser_free(parser);
	}
}

static void test_host_fail(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	Parser *parser =
		feed(BOOT SB "begin 0 a/one\n" T "BUG: x\n", NULL, out);

	g_assert_true(parser_has_report(parser));
	parser_fail(parser, "time limit", NOW);
	parser_fail(parser, "another reason", NOW);
	parser_line(parser, SB "end 0 ok", NOW);
	parser_finish(parser, "killed", "violation", NOW);
	g_assert_cmpstr(out->str, ==, "a/one FAIL: BUG: x; time limit\n");
	g_assert_cmpuint(parser_concluded(parser), ==, 1);
	parser_free(parser);
}

static void test_goes_on(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	Parser *parser = feed(BOOT ONE_OK T "BUG: x\n", NULL, out);

	g_assert_false(parser_is_over(parser));
	parser_line(parser, SB "begin 1 a/two", NOW);
	g_assert_true(parser_is_over(parser));
	g_assert_true(parser_goes_on(parser));
	parser_line(parser, SB "end 1 ok", NOW);
	parser_line(parser, SB "done", NOW);
	parser_finish(parser, NULL, NULL, NOW);
	g_assert_cmpstr(out->str, ==, "a/one FAIL: BUG: x\n");
	g_assert_cmpuint(parser_concluded(parser), ==, 1);
	parser_free(parser);
}

static void test_reports(void)
{
	/* As 6.12 prints them, or 7.3. */
	static const char *const reports[] = {
		"WARNING: CPU: 0 PID: 22 at drivers/gpu/drm/drm_gem.c:11 f+0x1",
		"WARNING: drivers/gpu/drm/drm_gem.c:11 at f+0x1/0x2, CPU#0: "
		"x/9",
		"WARNING: possible circular locking dependency detected",
		"WARNING: suspicious RCU usage",
		"WARNING: lock held when returning to user space!",
		"[ BUG: Invalid wait context ]",
		"BUG: sleeping function called from invalid context at x.c:1",
		"BUG: KASAN: slab-use-after-free in drm_gem_shmem_free+0x1/0x2",
		"BUG: failure at lib/x.c:3/f()!",
		"kernel BUG at mm/slub.c:1!",
		"BUG kmalloc-64 (Not tainted): Right Redzone overwritten",
		"BUG: Bad page state in process guest-tests  pfn:01234",
		"BUG: Bad rss-counter state mm:0 type:MM_ANONPAGES val:1",
		"Oops: general protection fault, probably for non-canonical",
		"Kernel panic - not syncing: Kernel mode fault at addr 0x0, ip",
		"UBSAN: array-index-out-of-bounds in drivers/gpu/x.c:1:2",
		"kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug",
		"unreferenced object 0x0000000061a2b3c4 (size 64):",
		"DMA-API: panfrost 1.gpu: device driver frees DMA memory with",
		"DMA-API: device driver has pending DMA allocations while",
		"refcount_t: underflow; use-after-free.",
		"list_add corruption. next->prev should be prev (1), but was "
		"2.",
		"list_del corruption, 1->next is LIST_POISON1 (2)",
		"INFO: task kworker/0:1:12 blocked for more than 10 seconds.",
		"INFO: trying to register non-static key.",
		"rcu: INFO: rcu_sched self-detected stall on CPU",
		"watchdog: BUG: soft lockup - CPU#0 stuck for 22s!",
		"irq 5: nobody cared (try booting with the \"irqpoll\" option)",
		"pagealloc: memory corruption",
		"guest-tests[22]: segfault at 10 ip 0000 sp 0000 error 6 in x",
		"shrinkbench: device error: /run/gpu/panfrost/regs: read at "
		"0x0",
		"DEBUG_LOCKS_WARN_ON(lock->magic != lock)",
	};
	static const char *const harmless[] = {
		"DMA-API: preallocated 65536 debug entries",
		"DMA-API: debugging enabled by kernel config",
		"kmemleak: Kernel memory leak detector initialized (mem pool",
		"Warning: unable to open an initial console.",
		"# DEBUG: the test says so",
		"a bug, but a small one",
		"lkdtm: Performing direct entry BUG",
		"[drm] *ERROR* response 0x1203 (command 0x105)",
		"panfrost 1.gpu: Unhandled Page fault in AS0 at VA 0x1000",
		"Lock dependency validator: Copyright (c) 2006 Red Hat, Inc.",
		"guest-tests (22): drop_caches: 3",
		"SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=1, Nodes=1",
		"ok 1 drm_gem_shmem_test_obj_create",
		"sb:0123 end 0 ok",
		"",
	};

	for (guint i = 0; i < G_N_ELEMENTS(reports); i++) {
		g_test_message("%s", reports[i]);
		g_assert_true(report_begins(reports[i]));
		g_assert_false(report_is_noise(reports[i]));
	}
	for (guint i = 0; i < G_N_ELEMENTS(harmless); i++) {
		g_test_message("%s", harmless[i]);
		g_assert_false(report_begins(harmless[i]));
	}
}

static void test_strip_time(void)
{
	static const char *const lines[][2] = {
		{"[    0.123456] x", "x"},
		{"[12345.123456] [ x", "[ x"},
		{"[    0.123456][   T12] x", "x"},
		{"[    0.123456]", "[    0.123456]"},
		{"[drm] x", "[drm] x"},
		{"[ BUG: x ]", "[ BUG: x ]"},
		{"[    0.1] [drm] x", "[drm] x"},
		{"[", "["},
		{"", ""},
		{"x [    0.1] y", "x [    0.1] y"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		g_assert_cmpstr(report_strip_time(lines[i][0]), ==,
				lines[i][1]);
}

/* Any bytes in any order: no crash, and never a pass without its marks. */
static void test_random(void)
{
	static const char *const words[] = {
		SB,	 "ready",    "begin ", "end ", "0 ",   "1 ",
		"a/one", "a/two",    "ok",     "fail", "skip", "done",
		"sweep", "problem ", "- ",     "\n",   "\n",   "BUG: ",
		T,	 "SKIP ",    "FAIL ",  "\xff", "[",    "]",
	};

	for (guint round = 0; round < 2000; round++) {
		g_autoptr(GString) text = g_string_new(NULL);
		g_autoptr(GString) out = g_string_new(NULL);
		guint n = g_test_rand_int_range(0, 120);
		Parser *parser;

		for (guint i = 0; i < n; i++)
			g_string_append(text, words[g_test_rand_int_range(
						      0, G_N_ELEMENTS(words))]);
		parser = feed(text->str, NULL, out);
		parser_finish(parser, NULL, NULL, NOW);
		if (strstr(out->str, "a/one pass"))
			g_assert_nonnull(strstr(text->str, SB "end 0 ok\n"));
		g_assert_cmpuint(parser_concluded(parser), <=, 2);
		parser_free(parser);
	}
}

/* The last test of a guest is concluded after the guest has ended. */
static void test_has_failed(void)
{
	static const struct {
		const char *console;
		gboolean failed;
	} cases[] = {
		{BOOT ONE_OK TWO_OK DONE, FALSE},
		{BOOT ONE_OK SB "begin 1 a/two\n" T "SKIP no\n" SB
				"end 1 skip\n" DONE,
		 FALSE},
		{BOOT ONE_OK SB "begin 1 a/two\n" SB "end 1 fail\n" DONE, TRUE},
		{BOOT SB "begin 0 a/one\n" SB "problem 0 bad\n", TRUE},
		{BOOT SB "problem - bad\n", TRUE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		Parser *parser = feed(cases[i].console, NULL, out);

		g_assert_cmpint(parser_has_failed(parser), ==, cases[i].failed);
		parser_free(parser);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(CASES); i++) {
		g_autofree char *path =
			g_strconcat("/verdict/", CASES[i].name, NULL);

		g_test_add_data_func(path, &CASES[i], test_case);
	}
	g_test_add_func("/verdict/refused", test_refused);
	g_test_add_func("/verdict/has-failed", test_has_failed);
	g_test_add_func("/verdict/known", test_known);
	g_test_add_func("/verdict/truncated", test_truncated);
	g_test_add_func("/verdict/host-fail", test_host_fail);
	g_test_add_func("/verdict/goes-on", test_goes_on);
	g_test_add_func("/verdict/random", test_random);
	g_test_add_func("/report/begins", test_reports);
	g_test_add_func("/report/strip-time", test_strip_time);
	return g_test_run();
}
