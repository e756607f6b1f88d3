/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Derives a verdict for each test from the console of its guest. The rule: a test
 * has passed only if init said so, in time and in its turn, and nothing else was
 * wrong until the next test began. A kernel report between two tests counts against
 * the first one.
 *
 * guest/init.c describes the grammar of init's lines. Only lines with the guest's
 * token count as init's; all others are text.
 */
#ifndef RUNNER_VERDICT_H
#define RUNNER_VERDICT_H

#include <glib.h>

#include "test-list.h"

typedef enum { VERDICT_PASS, VERDICT_SKIP, VERDICT_FAIL } VerdictKind;

/* Names of verdicts that belong to no test. */
#define VERDICT_BOOT "boot"
#define VERDICT_SWEEP "lost-memory"

typedef struct {
	char *name;
	VerdictKind kind;
	GPtrArray *reasons; /* of char *; the first is what matters most */
	char *excerpt; /* lines of the console that show it, or NULL */
	gint64 usec; /* how long it ran, host time */
	guint cost; /* of a boot: tests that could not be run because of it */
	const TestInfo *test; /* NULL for boot and such */
} Verdict;

void verdict_free(Verdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Verdict, verdict_free)

typedef enum {
	PHASE_BOOT, /* nothing heard of init yet */
	PHASE_RUNNING, /* a test runs */
	PHASE_IDLE, /* between two tests, or before the first */
	PHASE_SWEEP, /* init looks for lost memory */
	PHASE_DONE, /* the guest is about to power off */
	PHASE_OFF, /* and all that was to be shut down has been */
} Phase;

typedef struct Parser Parser;

/* A verdict is final. Takes @verdict. */
typedef void (*VerdictFunc)(Verdict *verdict, gpointer data);

/*
 * @tests: the tests that the guest runs, of TestInfo, in order; kept by reference.
 * @source: directory of the kernel's source, or NULL.
 */
Parser *parser_new(const char *token, GPtrArray *tests, const char *source,
		   VerdictFunc func, gpointer data);
void parser_free(Parser *parser);

/* The next line of the console, without newline; @now_us: host time. */
void parser_line(Parser *parser, const char *line, gint64 now_us);

/*
 * Fail the running or last test for @reason, which the host knows. The guest is
 * over then.
 */
void parser_fail(Parser *parser, const char *reason, gint64 now_us);

/*
 * What the devices have refused, a line each, or NULL: content of that file, read by the
 * host after the guest's end. It is no reason to fail, but is shown with a failure.
 */
void parser_refused(Parser *parser, const char *refused);

/*
 * The guest's process has ended, @how ("exit status 1"; NULL if it was
 * status 0), and all of its output has been given to parser_line().
 * @violations: content of that file, read by the host after the end, or NULL.
 */
void parser_finish(Parser *parser, const char *how, const char *violations,
		   gint64 now_us);

Phase parser_phase(const Parser *parser);
/* The test that runs; NULL if none does. */
const TestInfo *parser_running(const Parser *parser);
/* Has the kernel reported something since the test began? */
gboolean parser_has_report(const Parser *parser);
/* Something failed: nothing that this guest does from now on counts. */
gboolean parser_is_over(const Parser *parser);
/* The same, or what the guest did last will fail when it is concluded. */
gboolean parser_has_failed(const Parser *parser);
/* Has init begun another test although the guest is over? */
gboolean parser_goes_on(const Parser *parser);
/* Has init got as far as the first test? */
gboolean parser_has_booted(const Parser *parser);
/* Number of tests that have their final verdict. */
guint parser_concluded(const Parser *parser);

#endif
