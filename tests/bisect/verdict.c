// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* The reason of a test whose guest did not come up. */
#define NO_BOOT "not run: its guest did not boot"

static void failure_free(gpointer data)
{
	Failure *failure = data;

	g_free(failure->test);
	g_free(failure->known_by);
	g_free(failure->reason);
	g_free(failure);
}

/* @text without numbers but the line number of a failed check. */
static char *known_by(const char *text)
{
	g_autoptr(GRegex) check =
		g_regex_new("guest/[^ ]*:[0-9]+: ", G_REGEX_RAW, 0, NULL);
	g_autoptr(GRegex) number =
		g_regex_new("0x[0-9a-f]+|[0-9]+", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *rest = NULL;
	int end = 0;

	if (g_regex_match(check, text, 0, &match))
		g_match_info_fetch_pos(match, 0, NULL, &end);
	rest = g_regex_replace_literal(number, text + end, -1, 0, "N", 0, NULL);
	return g_strdup_printf("%.*s%s", end, text, rest);
}

GPtrArray *signature_new(void)
{
	return g_ptr_array_new_with_free_func(failure_free);
}

static gboolean in_signature(GPtrArray *signature, const TapTest *test)
{
	g_autofree char *known = known_by(test->first);

	for (guint i = 0; i < signature->len; i++) {
		const Failure *failure = signature->pdata[i];

		if (!strcmp(failure->test, test->name) &&
		    !strcmp(failure->known_by, known))
			return TRUE;
	}
	return FALSE;
}

void signature_add(GPtrArray *signature, const Tap *tap)
{
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];
		Failure *failure;

		if (test->result != TAP_FAIL || in_signature(signature, test))
			continue;
		failure = g_new0(Failure, 1);
		failure->test = g_strdup(test->name);
		failure->known_by = known_by(test->first);
		failure->reason = g_strdup(test->first);
		g_ptr_array_add(signature, failure);
	}
}

static gboolean has_name(GPtrArray *names, const char *name)
{
	return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

GPtrArray *signature_tests(GPtrArray *signature)
{
	GPtrArray *tests = g_ptr_array_new();

	for (guint i = 0; i < signature->len; i++) {
		const Failure *failure = signature->pdata[i];

		if (!has_name(tests, failure->test))
			g_ptr_array_add(tests, failure->test);
	}
	return tests;
}

void signature_keep(GPtrArray *signature, GPtrArray *tests)
{
	for (guint i = signature->len; i > 0; i--) {
		const Failure *failure = signature->pdata[i - 1];

		if (!has_name(tests, failure->test))
			g_ptr_array_remove_index(signature, i - 1);
	}
}

gboolean did_not_boot(const Tap *tap)
{
	if (tap->bailed_out)
		return TRUE;
	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result == TAP_FAIL &&
		    g_str_has_prefix(test->first, NO_BOOT))
			return TRUE;
	}
	return FALSE;
}

/* What the tests that are looked for did, if none failed as at BAD. */
static Verdict judge_tests(const Tap *tap, GPtrArray *signature, GString *note)
{
	g_autoptr(GPtrArray) names = signature_tests(signature);
	const TapTest *skipped = NULL;

	for (guint i = 0; i < names->len; i++) {
		const TapTest *test = tap_find(tap, names->pdata[i]);

		if (test && test->result == TAP_PASS)
			continue;
		if (test && test->result == TAP_SKIP) {
			skipped = test;
			continue;
		}
		g_string_printf(note, "another failure, %s: %s",
				(char *)names->pdata[i],
				test ? test->first : "it was not run");
		return UNTESTABLE;
	}
	if (!skipped)
		return GOOD;
	g_string_printf(note, "the test does not apply: %s",
			skipped->skip_reason);
	return ABSENT;
}

Verdict judge_run(const Tap *tap, GPtrArray *signature, gboolean any,
		  GString *note)
{
	gboolean failed = FALSE;

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result != TAP_FAIL)
			continue;
		if (in_signature(signature, test))
			return BAD;
		failed = TRUE;
	}
	if (did_not_boot(tap)) {
		g_string_assign(note, "it does not boot");
		return UNTESTABLE;
	}
	if (any && failed)
		return BAD;
	return judge_tests(tap, signature, note);
}

Verdict judge_runs(GPtrArray *runs, guint wanted, GPtrArray *signature,
		   gboolean any, GString *note)
{
	Verdict verdict = runs->len < wanted ? UNTRIED : GOOD;

	for (guint i = 0; i < runs->len; i++) {
		switch (judge_run(runs->pdata[i], signature, any, note)) {
		case BAD:
			g_string_truncate(note, 0);
			return BAD;
		/* Another run would say the same. */
		case ABSENT:
			verdict = ABSENT;
			break;
		case UNTESTABLE:
			if (verdict != UNTRIED || did_not_boot(runs->pdata[i]))
				verdict = UNTESTABLE;
			break;
		default:
			break;
		}
	}
	return verdict;
}

double chance_missed(double share, guint runs)
{
	return pow(1 - share, runs);
}

double chance_wrong(double share, guint runs, guint kernels)
{
	return 1 - pow(1 - chance_missed(share, runs), kernels);
}

guint runs_needed(double share)
{
	if (share >= 1)
		return 1;
	return (guint)ceil(log(0.01) / log(1 - share));
}
