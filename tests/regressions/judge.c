// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict on a planted bug, see judge.h. */
#include "judge.h"

#include <regex.h>
#include <string.h>

#include "../tap/tap.h"

/* Of a list, so many lines explain a verdict. */
#define EXPLAINED 10

/* What a test may do because of the bug. */
enum expected { NO, MAY_FAIL, CATCHES };

/* A word at Caught-by: or Also:. */
struct pattern {
	char *text;
	GPatternSpec *spec;
	enum expected expected;
};

struct judge {
	GPtrArray *patterns; /* struct pattern */
	regex_t reason;
	Tap *tap;
	GPtrArray *failures; /* TapTest, of tap */
	GString *problems;
};

/* Kinds of failures, by the line with the reason; the first that matches. */
static const struct {
	const char *kind, *regex;
} kinds[] = {
	{"KASAN", "KASAN"},
	{"refcount", "refcount_t"},
	{"list", "list_(add|del)[ _]"},
	{"DMA-API", "DMA-API"},
	{"leak", "unreferenced|memory leak|leaked|lost memory"},
	{"lockdep", "possible |[Ll]ock held|held lock|lock balance|DEBUG_LOCKS|"
		    "lockdep|drm_gem_shmem_resv_assert"},
	{"stamp", "stamp"},
	{"violation", "^violation"},
	{"hang", "within [0-9]+ s|blocked for more|lockup|stall"},
	{"warning", "^WARNING"},
	{"oops", "^(BUG|kernel BUG|Oops|Kernel|Unable|general)|segfault|ended"},
	{"assertion", ""},
};

static gboolean matches(const char *regex, const char *text)
{
	regex_t compiled;
	int ret;

	g_assert_cmpint(regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB), ==,
			0);
	ret = regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	return ret == 0;
}

/* Its index in kinds. */
static guint kind_of(const char *line)
{
	guint i = 0;

	while (!matches(kinds[i].regex, line))
		i++;
	return i;
}

/* The line of @text in which the reason begins; NULL if it is not there. */
static char *line_with_reason(struct judge *j, const char *text)
{
	const char *begin, *end;
	regmatch_t match;

	if (regexec(&j->reason, text, 1, &match, 0))
		return NULL;
	begin = text + match.rm_so;
	end = begin + strcspn(begin, "\n");
	while (begin > text && begin[-1] != '\n')
		begin--;
	return g_strndup(begin, end - begin);
}

static enum expected expected(struct judge *j, const char *name)
{
	for (guint i = 0; i < j->patterns->len; i++) {
		struct pattern *pattern = j->patterns->pdata[i];

		if (g_pattern_spec_match_string(pattern->spec, name))
			return pattern->expected;
	}
	return NO;
}

/* Is there such a test, or is it what a guest does before or after them? */
static gboolean exists(struct judge *j, struct pattern *pattern)
{
	if (g_pattern_spec_match_string(pattern->spec, "boot") ||
	    g_pattern_spec_match_string(pattern->spec, "lost-memory"))
		return TRUE;
	for (guint i = 0; i < j->tap->tests->len; i++) {
		TapTest *test = j->tap->tests->pdata[i];

		if (g_pattern_spec_match_string(pattern->spec, test->name))
			return TRUE;
	}
	return FALSE;
}

static void pattern_free(gpointer data)
{
	struct pattern *pattern = data;

	g_pattern_spec_free(pattern->spec);
	g_free(pattern->text);
	g_free(pattern);
}

static void add_patterns(struct judge *j, const char *words, enum expected what)
{
	g_auto(GStrv) list = g_strsplit_set(words, " \t", -1);

	for (guint i = 0; list[i]; i++) {
		struct pattern *pattern;

		if (!*list[i])
			continue;
		pattern = g_new0(struct pattern, 1);
		pattern->text = g_strdup(list[i]);
		pattern->spec = g_pattern_spec_new(list[i]);
		pattern->expected = what;
		g_ptr_array_add(j->patterns, pattern);
	}
}

static gboolean read_header(struct judge *j, char **lines, GError **error)
{
	const char *reason = NULL;

	for (; *lines && !g_str_has_prefix(*lines, "diff --git "); lines++) {
		if (g_str_has_prefix(*lines, "Caught-by: "))
			add_patterns(j, *lines + strlen("Caught-by: "),
				     CATCHES);
		else if (g_str_has_prefix(*lines, "Also: "))
			add_patterns(j, *lines + strlen("Also: "), MAY_FAIL);
		else if (g_str_has_prefix(*lines, "Reason:"))
			reason = g_strchug(*lines + strlen("Reason:"));
	}
	if (!reason || regcomp(&j->reason, reason, REG_EXTENDED)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "the patch needs a Reason:, which is an extended "
			    "regular expression");
		return FALSE;
	}
	return TRUE;
}

static void find_failures(struct judge *j)
{
	for (guint i = 0; i < j->tap->tests->len; i++) {
		TapTest *test = j->tap->tests->pdata[i];

		if (test->result == TAP_FAIL)
			g_ptr_array_add(j->failures, test);
	}
}

/* The failures of which as much is expected, as far as they explain it. */
static void explain(struct judge *j, const char *problem, enum expected what)
{
	guint explained = 0;

	g_string_append_printf(j->problems, "%s\n", problem);
	for (guint i = 0; i < j->failures->len && explained < EXPLAINED; i++) {
		TapTest *failure = j->failures->pdata[i];

		if (expected(j, failure->name) != what)
			continue;
		g_string_append_printf(j->problems, "\t%s: %s\n", failure->name,
				       failure->first);
		explained++;
	}
}

/* Append how it was caught. Return: it was; @others: failed without leave. */
static gboolean say_how(struct judge *j, GString *out, guint *others)
{
	GString *tests[G_N_ELEMENTS(kinds)] = {NULL};
	guint order[G_N_ELEMENTS(kinds)];
	guint caught = 0, more = 0;

	*others = 0;
	for (guint i = 0; i < j->failures->len; i++) {
		TapTest *failure = j->failures->pdata[i];
		enum expected what = expected(j, failure->name);
		g_autofree char *line = NULL;
		guint kind;

		if (what == CATCHES)
			line = line_with_reason(j, failure->said->str);
		if (!line) {
			*(what == NO ? others : &more) += 1;
			continue;
		}
		kind = kind_of(line);
		if (!tests[kind]) {
			tests[kind] = g_string_new(NULL);
			order[caught++] = kind;
		}
		g_string_append_printf(tests[kind], " %s", failure->name);
	}
	for (guint i = 0; i < caught; i++) {
		g_string_append_printf(out, "%s%s:%s", i ? "; " : "",
				       kinds[order[i]].kind,
				       tests[order[i]]->str);
		g_string_free(tests[order[i]], TRUE);
	}
	if (!caught)
		g_string_append(out, "not caught");
	else if (more)
		g_string_append_printf(out, "; %u more fail", more);
	g_string_append_c(out, '\n');
	return caught;
}

static gboolean decide(struct judge *j, GString *out)
{
	guint others;
	gboolean caught = say_how(j, out, &others);

	if (!j->tap->whole)
		g_string_append(j->problems,
				"the tests did not come to their end\n");
	for (guint i = 0; j->tap->whole && i < j->patterns->len; i++) {
		struct pattern *pattern = j->patterns->pdata[i];

		if (pattern->expected == CATCHES && !exists(j, pattern))
			g_string_append_printf(j->problems,
					       "no test is called like %s\n",
					       pattern->text);
	}
	if (!j->failures->len)
		g_string_append(j->problems, "no test failed\n");
	else if (!caught)
		explain(j, "no test of Caught-by failed for the Reason",
			CATCHES);
	if (others)
		explain(j, "tests failed that are not in Caught-by or Also",
			NO);
	g_string_append(out, j->problems->str);
	return !j->problems->len;
}

gboolean judge(const char *patch, const char *tap, GString *out, GError **error)
{
	g_auto(GStrv) header = g_strsplit(patch, "\n", -1);
	g_autoptr(Tap) read = tap_read(tap);
	g_autoptr(GPtrArray) patterns =
		g_ptr_array_new_with_free_func(pattern_free);
	g_autoptr(GPtrArray) failures = g_ptr_array_new();
	g_autoptr(GString) problems = g_string_new(NULL);
	struct judge j = {
		.patterns = patterns,
		.tap = read,
		.failures = failures,
		.problems = problems,
	};
	gboolean caught;

	if (!read_header(&j, header, error))
		return FALSE;
	find_failures(&j);
	caught = decide(&j, out);
	regfree(&j.reason);
	return caught;
}
