// SPDX-License-Identifier: GPL-2.0-or-later
#include "operators.h"

/* Calls that take or release a lock. */
#define LOCK "^\\w*(lock|lock_\\w+|down|up|acquire_fini)\\s*\\("
/* Messages and assertions: where the code is right, dropping one changes nothing. */
#define SILENT                                                                 \
	"^(pr_|dev_|drm_dbg|drm_err|drm_info|drm_warn|DRM_|(drm_)?WARN|BUG|"   \
	"trace_|lockdep_|might_|\\w*assert|dma_resv_assert)"
/* Text with side effects. */
#define ACTS "\\w\\s*\\(|[^=!<>]=[^=]|\\+\\+|--"

/* An operator may have several rows. Conditions with side effects are still evaluated. */
const Operator operators[] = {
	{"negate-condition", PLACE_IF, NULL, NULL, "!(@)"},
	{"negate-condition", PLACE_LOOP, NULL, NULL, "!(@)"},
	{"negate-condition", PLACE_CHOICE, NULL, NULL, "!(@)"},
	{"drop-condition", PLACE_IF, NULL, ACTS, "true"},
	{"drop-condition", PLACE_IF, ACTS, NULL, "((void)(@), true)"},
	{"drop-operand", PLACE_OPERAND, NULL, NULL, ""},
	{"skip-error", PLACE_LEAVING_IF, NULL, ACTS, "false"},
	{"skip-error", PLACE_LEAVING_IF, ACTS, NULL, "((void)(@), false)"},
	{"skip-branch", PLACE_STAYING_IF, NULL, ACTS, "false"},
	{"skip-branch", PLACE_STAYING_IF, ACTS, NULL, "((void)(@), false)"},
	{"lose-error", PLACE_RETURNED, "^(err|error|ret|rc|r)$", NULL, "0"},
	{"change-errno", PLACE_ERRNO, NULL, "EIO", "-EIO"},
	{"change-errno", PLACE_ERRNO, "EIO", NULL, "-EINVAL"},
	{"drop-call", PLACE_CALL, NULL, LOCK "|" SILENT, ""},
	{"drop-lock", PLACE_CALL, LOCK, SILENT, ""},
	{"drop-assignment", PLACE_ASSIGNMENT, NULL, NULL, ""},
	{"off-by-one", PLACE_COMPARISON, "^<$", NULL, "<="},
	{"off-by-one", PLACE_COMPARISON, "^<=$", NULL, "<"},
	{"off-by-one", PLACE_COMPARISON, "^>$", NULL, ">="},
	{"off-by-one", PLACE_COMPARISON, "^>=$", NULL, ">"},
	{"off-by-one", PLACE_NUMBER, NULL, NULL, "(@ + 1)"},
};
const guint operators_count = G_N_ELEMENTS(operators);

static gboolean matches(const char *regex, const char *text)
{
	return g_regex_match_simple(regex, text, G_REGEX_RAW, 0);
}

static guint newlines(const char *text)
{
	guint count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

char *operator_edit(const Operator *operator, const char * text)
{
	g_auto(GStrv) parts = NULL;
	g_autofree char *edit = NULL;
	GString *new;

	if ((operator->only && !matches(operator->only, text)) ||
	    (operator->except && matches(operator->except, text)))
		return NULL;
	parts = g_strsplit(operator->edit, "@", -1);
	edit = g_strjoinv(text, parts);
	new = g_string_new(edit);
	for (guint i = newlines(edit); i < newlines(text); i++)
		g_string_append_c(new, '\n');
	return g_string_free(new, FALSE);
}
