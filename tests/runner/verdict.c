// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "report.h"

#define EXCERPT_LINES 40 /* of a kernel report */
#define TAIL_LINES 15 /* of the log before any other failure */
#define LINE_CHARS 160
#define REASONS_MAX 8
#define REFUSED_MAX 8

/*
 * What kernel_power_off() prints after it has shut down all devices. A timer signal
 * sometimes crashes UML after that, because of the stack that it uses then. This
 * does not count: nothing that is under test runs any more.
 */
#define LAST_WORDS "reboot: Power down"

/* What current lines of the console belong to: boot, a test, or the sweep. */
typedef struct {
	char *name;
	const TestInfo *test;
	gint64 begin_us;
	gint64 end_us;
	const char *end; /* "ok", "fail", "skip"; NULL: has not ended */
	gboolean expected_seen;
	gboolean expected_last; /* the line before began that report */
	gboolean reported;
	gboolean in_report;
	GPtrArray *reports; /* reasons, from the kernel's reports */
	GPtrArray *complaints; /* reasons, from host, test and init */
	char *said; /* what the test said of its failure or skip */
	GPtrArray *refused; /* lines: what the devices refused */
	GPtrArray *report; /* lines of the first report */
	GQueue tail; /* last lines of other text */
} Subject;

struct Parser {
	char *mark; /* "sb:TOKEN " */
	char *source; /* of the kernel, or NULL */
	GPtrArray *tests;
	VerdictFunc func;
	gpointer data;
	Phase phase;
	Subject *subject;
	int current; /* last test that began, -1 before the first */
	guint concluded;
	gboolean booted;
	gboolean over;
	gboolean goes_on;
};

static Subject *subject_new(const char *name, const TestInfo *test,
			    gint64 now_us)
{
	Subject *subject = g_new0(Subject, 1);

	subject->name = g_strdup(name);
	subject->test = test;
	subject->begin_us = now_us;
	subject->reports = g_ptr_array_new_with_free_func(g_free);
	subject->complaints = g_ptr_array_new_with_free_func(g_free);
	subject->refused = g_ptr_array_new_with_free_func(g_free);
	subject->report = g_ptr_array_new_with_free_func(g_free);
	g_queue_init(&subject->tail);
	return subject;
}

static void subject_free(Subject *subject)
{
	if (!subject)
		return;
	g_free(subject->name);
	g_free(subject->said);
	g_ptr_array_unref(subject->reports);
	g_ptr_array_unref(subject->complaints);
	g_ptr_array_unref(subject->refused);
	g_ptr_array_unref(subject->report);
	g_queue_clear_full(&subject->tail, g_free);
	g_free(subject);
}

void verdict_free(Verdict *verdict)
{
	g_free(verdict->name);
	g_ptr_array_unref(verdict->reasons);
	g_free(verdict->excerpt);
	g_free(verdict);
}

/* Cut between characters; the log has the whole line. */
static char *shortened(const char *line)
{
	const char *end;

	if (g_utf8_strlen(line, -1) <= LINE_CHARS)
		return g_strdup(line);
	end = g_utf8_offset_to_pointer(line, LINE_CHARS);
	return g_strdup_printf("%.*s ...", (int)(end - line), line);
}

static void add_reason(GPtrArray *reasons, const char *text)
{
	if (reasons->len == REASONS_MAX)
		g_ptr_array_add(reasons, g_strdup("and more; see the log"));
	else if (reasons->len < REASONS_MAX)
		g_ptr_array_add(reasons, shortened(text));
}

static gboolean is_test_failed(const Subject *subject)
{
	return subject->end && !strcmp(subject->end, "fail");
}

/* The kernel's reports first, then what the test said, then the rest. */
static GPtrArray *all_reasons(const Subject *subject)
{
	GPtrArray *reasons = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < subject->reports->len; i++)
		add_reason(reasons, subject->reports->pdata[i]);
	if (subject->said && (reasons->len || subject->complaints->len ||
			      is_test_failed(subject)))
		add_reason(reasons, subject->said);
	for (guint i = 0; i < subject->complaints->len; i++) {
		const char *text = subject->complaints->pdata[i];

		/* This adds nothing to what the test said. */
		if (subject->said && !strcmp(text, "exit status 1"))
			continue;
		add_reason(reasons, text);
	}
	if (subject->test && subject->test->expect && !subject->expected_seen &&
	    !g_strcmp0(subject->end, "ok")) {
		g_autofree char *text =
			g_strdup_printf("the expected kernel report \"%s\" "
					"did not come",
					subject->test->expect);
		add_reason(reasons, text);
	}
	if (!reasons->len && subject->test && !subject->end)
		add_reason(reasons, "no result");
	if (!reasons->len && is_test_failed(subject))
		add_reason(reasons, "failed, without saying why");
	return reasons;
}

/*
 * The kernel's report if there is one. At boot, the cause may stand before the
 * report, so print the last lines instead. Then what the devices refused.
 */
static char *excerpt(const Subject *subject, gboolean booted)
{
	GString *text = g_string_new(NULL);

	if (subject->report->len && booted) {
		for (guint i = 0; i < subject->report->len; i++)
			g_string_append_printf(
				text, "%s\n",
				(char *)subject->report->pdata[i]);
	} else {
		for (GList *l = subject->tail.head; l; l = l->next)
			g_string_append_printf(text, "%s\n", (char *)l->data);
	}
	for (guint i = 0; i < subject->refused->len; i++)
		g_string_append_printf(text, "refused: %s\n",
				       (char *)subject->refused->pdata[i]);
	return g_string_free(text, !text->len);
}

/* Make the verdict of the current subject final, and report it. */
static void conclude(Parser *parser, gint64 now_us)
{
	Subject *subject = g_steal_pointer(&parser->subject);
	Verdict *verdict;

	if (!subject)
		return;
	verdict = g_new0(Verdict, 1);
	verdict->name = g_strdup(subject->name);
	verdict->test = subject->test;
	verdict->reasons = all_reasons(subject);
	verdict->usec =
		(subject->end ? subject->end_us : now_us) - subject->begin_us;
	if (verdict->reasons->len) {
		verdict->kind = VERDICT_FAIL;
		verdict->excerpt = excerpt(subject, parser->booted);
	} else if (subject->end && !strcmp(subject->end, "skip")) {
		verdict->kind = VERDICT_SKIP;
		g_ptr_array_add(verdict->reasons,
				g_strdup(subject->said ?: "no reason given"));
	} else {
		verdict->kind = VERDICT_PASS;
	}

	if (!strcmp(verdict->name, VERDICT_BOOT) && parser->over)
		verdict->cost = parser->tests->len;
	if (subject->test) {
		parser->concluded++;
		if (verdict->kind == VERDICT_FAIL)
			parser->over = TRUE;
	}
	if (subject->test || verdict->kind == VERDICT_FAIL)
		parser->func(verdict, parser->data);
	else
		verdict_free(verdict);
	subject_free(subject);
}

Parser *parser_new(const char *token, GPtrArray *tests, const char *source,
		   VerdictFunc func, gpointer data)
{
	Parser *parser = g_new0(Parser, 1);

	parser->mark = g_strdup_printf("sb:%s ", token);
	parser->tests = g_ptr_array_ref(tests);
	parser->source = g_strdup(source);
	parser->func = func;
	parser->data = data;
	parser->phase = PHASE_BOOT;
	parser->current = -1;
	parser->subject =
		subject_new(VERDICT_BOOT, NULL, g_get_monotonic_time());
	return parser;
}

void parser_free(Parser *parser)
{
	subject_free(parser->subject);
	g_ptr_array_unref(parser->tests);
	g_free(parser->mark);
	g_free(parser->source);
	g_free(parser);
}

static gboolean begin(Parser *parser, const char *args, gint64 now_us)
{
	guint next = parser->current + 1;
	const TestInfo *test;
	g_autofree char *want = NULL;

	if (parser->phase != PHASE_IDLE || next >= parser->tests->len)
		return FALSE;
	test = parser->tests->pdata[next];
	want = g_strdup_printf("%u %s", next, test->name);
	if (strcmp(args, want))
		return FALSE;
	conclude(parser, now_us);
	if (parser->over) {
		parser->goes_on = TRUE;
		return TRUE;
	}
	parser->current = next;
	parser->phase = PHASE_RUNNING;
	parser->subject = subject_new(test->name, test, now_us);
	return TRUE;
}

/* The text after the number of the current test, NULL if it is another's. */
static const char *of_current(const Parser *parser, const char *args)
{
	g_autofree char *number = g_strdup_printf("%d ", parser->current);

	if (parser->phase != PHASE_RUNNING || !g_str_has_prefix(args, number))
		return NULL;
	return args + strlen(number);
}

static gboolean problem(Parser *parser, const char *args)
{
	const char *text = g_str_has_prefix(args, "- ")
				   ? args + 2
				   : of_current(parser, args);

	if (text)
		add_reason(parser->subject->complaints, text);
	return text != NULL;
}

static void add_refused(Subject *subject, const char *text)
{
	if (subject->refused->len < REFUSED_MAX)
		g_ptr_array_add(subject->refused, shortened(text));
}

static gboolean refused(Parser *parser, const char *args)
{
	const char *text = of_current(parser, args);

	if (text)
		add_refused(parser->subject, text);
	return text != NULL;
}

static gboolean end(Parser *parser, const char *args, gint64 now_us)
{
	static const char *const results[] = {"ok", "fail", "skip"};
	const char *text = of_current(parser, args);

	for (guint i = 0; text && i < G_N_ELEMENTS(results); i++) {
		if (strcmp(text, results[i]))
			continue;
		parser->subject->end = results[i];
		parser->subject->end_us = now_us;
		parser->phase = PHASE_IDLE;
		return TRUE;
	}
	return FALSE;
}

static gboolean sweep(Parser *parser, gint64 now_us)
{
	if (parser->phase != PHASE_IDLE || parser->current < 0)
		return FALSE;
	conclude(parser, now_us);
	parser->phase = PHASE_SWEEP;
	if (!parser->over)
		parser->subject = subject_new(VERDICT_SWEEP, NULL, now_us);
	return TRUE;
}

/* False if the line is not valid in this phase. */
static gboolean marker(Parser *parser, const char *text, gint64 now_us)
{
	if (g_str_has_prefix(text, "begin "))
		return begin(parser, text + 6, now_us);
	if (g_str_has_prefix(text, "problem "))
		return problem(parser, text + 8);
	if (g_str_has_prefix(text, "refused "))
		return refused(parser, text + 8);
	if (g_str_has_prefix(text, "end "))
		return end(parser, text + 4, now_us);
	if (!strcmp(text, "sweep"))
		return sweep(parser, now_us);
	if (!strcmp(text, "ready") && parser->phase == PHASE_BOOT) {
		parser->phase = PHASE_IDLE;
		parser->booted = TRUE;
		return TRUE;
	}
	if (!strcmp(text, "done") &&
	    (parser->phase == PHASE_IDLE || parser->phase == PHASE_SWEEP)) {
		parser->phase = PHASE_DONE;
		return TRUE;
	}
	return FALSE;
}

/* Has the line one of the texts of @expect, which have "|" between them? */
static gboolean is_expected(const char *line, const char *expect)
{
	g_auto(GStrv) texts = g_strsplit(expect ?: "", "|", 0);

	for (char **text = texts; *text; text++)
		if (strstr(line, *text))
			return TRUE;
	return FALSE;
}

static void add_report(Subject *subject, const char *line, const char *source)
{
	if (subject->test && is_expected(line, subject->test->expect)) {
		subject->expected_seen = TRUE;
		subject->expected_last = TRUE;
		return;
	}
	if (subject->test && known_report(line, subject->test->known, source)) {
		subject->expected_last = TRUE;
		return;
	}
	add_reason(subject->reports, line);
	if (!subject->reported)
		subject->in_report = TRUE;
	subject->reported = TRUE;
}

static void add_text(Subject *subject, const char *line, const char *source)
{
	gboolean is_message = subject->expected_last;

	/* A warning's second line may look like a report of its own. */
	subject->expected_last = FALSE;
	if (report_begins(line) && !(is_message && report_is_message(line)))
		add_report(subject, line, source);
	else if (g_str_has_prefix(line, "FAIL ") ||
		 g_str_has_prefix(line, "SKIP ")) {
		g_free(subject->said);
		subject->said = g_strdup(line + 5);
	}

	if (subject->in_report) {
		if (!report_is_noise(line))
			g_ptr_array_add(subject->report, shortened(line));
		if (report_ends(line) || subject->report->len >= EXCERPT_LINES)
			subject->in_report = FALSE;
	}
	/* Once the test has ended, only reports are of interest. */
	if (report_is_noise(line) || subject->end)
		return;
	g_queue_push_tail(&subject->tail, shortened(line));
	if (subject->tail.length > TAIL_LINES)
		g_free(g_queue_pop_head(&subject->tail));
}

void parser_line(Parser *parser, const char *line, gint64 now_us)
{
	const char *text = report_strip_time(line);
	g_autofree char *clean = NULL;

	if (parser->over) {
		if (g_str_has_prefix(text, parser->mark) &&
		    strstr(text, " begin "))
			parser->goes_on = TRUE;
		return;
	}
	if (parser->phase == PHASE_OFF)
		return;
	clean = g_strchomp(g_utf8_make_valid(text, -1));
	if (parser->phase == PHASE_DONE && !strcmp(clean, LAST_WORDS)) {
		parser->phase = PHASE_OFF;
		return;
	}
	if (!g_str_has_prefix(clean, parser->mark)) {
		add_text(parser->subject, clean, parser->source);
		return;
	}
	parser->subject->in_report = FALSE;
	if (!marker(parser, clean + strlen(parser->mark), now_us)) {
		g_autofree char *reason = g_strdup_printf(
			"init spoke out of turn: \"%s\" (has the guest "
			"restarted?)",
			clean + strlen(parser->mark));

		parser_fail(parser, reason, now_us);
	}
}

void parser_fail(Parser *parser, const char *reason, gint64 now_us)
{
	if (parser->over || !parser->subject)
		return;
	/* The host's reason comes first, since it is the cause of the others. */
	g_ptr_array_insert(parser->subject->complaints, 0, g_strdup(reason));
	parser->over = TRUE;
	conclude(parser, now_us);
}

static const char *when(const Parser *parser)
{
	switch (parser->phase) {
	case PHASE_BOOT:
		return "before its first test";
	case PHASE_RUNNING:
		return "while the test ran";
	default:
		return "after the test";
	}
}

void parser_refused(Parser *parser, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text ?: "", "\n", 0);

	for (char **line = lines; *line && parser->subject; line++)
		if (**line)
			add_refused(parser->subject, *line);
}

void parser_finish(Parser *parser, const char *how, const char *violations,
		   gint64 now_us)
{
	g_autofree char *reason = NULL;

	if (parser->over || !parser->subject)
		return;
	if (violations && *violations) {
		g_auto(GStrv) lines = g_strsplit(violations, "\n", 0);

		for (char **line = lines; *line; line++) {
			g_autofree char *text = NULL;

			if (!**line)
				continue;
			text = g_strdup_printf("violation: %s", *line);
			add_reason(parser->subject->complaints, text);
		}
	}
	if (parser->phase < PHASE_DONE)
		reason = g_strdup_printf("the guest ended %s: %s", when(parser),
					 how ?: "power off");
	else if (how && parser->phase == PHASE_DONE)
		reason = g_strdup_printf("the guest ended badly: %s", how);
	/*
	 * Not all tests ran although nothing failed: an error of init.
	 * (After a failure there is no more to run, and the subject is that.)
	 */
	else if (!parser->subject->reports->len &&
		 !parser->subject->complaints->len &&
		 !is_test_failed(parser->subject) &&
		 (guint)(parser->current + 1) < parser->tests->len)
		reason = g_strdup("init powered the guest off before the next "
				  "test");
	if (reason)
		add_reason(parser->subject->complaints, reason);
	parser->over = TRUE;
	conclude(parser, now_us);
}

Phase parser_phase(const Parser *parser)
{
	return parser->phase;
}

const TestInfo *parser_running(const Parser *parser)
{
	return parser->phase == PHASE_RUNNING && parser->subject
		       ? parser->subject->test
		       : NULL;
}

gboolean parser_has_report(const Parser *parser)
{
	return parser->subject && parser->subject->reported;
}

gboolean parser_is_over(const Parser *parser)
{
	return parser->over;
}

gboolean parser_has_failed(const Parser *parser)
{
	g_autoptr(GPtrArray) reasons = NULL;

	if (parser->over || !parser->subject)
		return parser->over;
	reasons = all_reasons(parser->subject);
	return reasons->len > 0;
}

gboolean parser_goes_on(const Parser *parser)
{
	return parser->goes_on;
}

gboolean parser_has_booted(const Parser *parser)
{
	return parser->booted;
}

guint parser_concluded(const Parser *parser)
{
	return parser->concluded;
}
