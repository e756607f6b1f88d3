// SPDX-License-Identifier: GPL-2.0-or-later
#include "planted.h"

#include <regex.h>
#include <string.h>

#define DIFF "diff --git "

/* A word at Caught-by: or Also:. */
typedef struct {
	GPatternSpec *spec;
	Expected expected;
} Pattern;

struct PlantedInside {
	GPtrArray *patterns; /* Pattern */
	regex_t reason;
	gboolean has_reason;
};

static void pattern_free(gpointer data)
{
	Pattern *pattern = data;

	g_pattern_spec_free(pattern->spec);
	g_free(pattern);
}

void planted_free(Planted *planted)
{
	if (!planted)
		return;
	if (planted->inside->has_reason)
		regfree(&planted->inside->reason);
	g_ptr_array_unref(planted->inside->patterns);
	g_free(planted->inside);
	g_free(planted->name);
	g_free(planted->path);
	g_free(planted->variant);
	g_free(planted->step);
	g_strfreev(planted->caught_by);
	g_strfreev(planted->first);
	g_free(planted);
}

/* What all lines "NAME: ..." of @header say, joined by blanks; owned. */
static char *field(char **header, const char *name)
{
	g_autofree char *begin = g_strdup_printf("%s:", name);
	GString *text = g_string_new(NULL);

	for (; *header && !g_str_has_prefix(*header, DIFF); header++) {
		if (!g_str_has_prefix(*header, begin))
			continue;
		if (text->len)
			g_string_append_c(text, ' ');
		g_string_append(text, *header + strlen(begin));
	}
	return g_strstrip(g_string_free(text, FALSE));
}

/* The words of such lines; owned. */
static char **words(char **header, const char *name)
{
	g_autofree char *text = field(header, name);
	g_auto(GStrv) list = g_strsplit_set(text, " \t", -1);
	GStrvBuilder *builder = g_strv_builder_new();
	char **result;

	for (char **word = list; *word; word++)
		if (**word)
			g_strv_builder_add(builder, *word);
	result = g_strv_builder_end(builder);
	g_strv_builder_unref(builder);
	return result;
}

static void add_patterns(Planted *planted, char **list, Expected expected)
{
	for (; *list; list++) {
		Pattern *pattern = g_new0(Pattern, 1);

		pattern->spec = g_pattern_spec_new(*list);
		pattern->expected = expected;
		g_ptr_array_add(planted->inside->patterns, pattern);
	}
}

static void fill_in(Planted *planted, const char *path, char **header)
{
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *variant = field(header, "Variant");
	g_autofree char *step = field(header, "Step");
	g_auto(GStrv) also = words(header, "Also");

	planted->path = g_strdup(path);
	planted->name = g_strdup(base);
	if (g_str_has_suffix(base, ".patch"))
		planted->name[strlen(base) - strlen(".patch")] = '\0';
	planted->variant = g_strdup(*variant ? variant : "debug");
	planted->step = *step ? g_strdup(step) : NULL;
	planted->caught_by = words(header, "Caught-by");
	planted->first = words(header, "Try-first");
	add_patterns(planted, planted->caught_by, CATCHES);
	add_patterns(planted, also, MAY_FAIL);
}

Planted *planted_parse(const char *path, const char *text, gboolean complete,
		       GError **error)
{
	g_auto(GStrv) header = g_strsplit(text, "\n", -1);
	g_autofree char *reason = field(header, "Reason");
	g_autoptr(Planted) planted = g_new0(Planted, 1);
	struct PlantedInside *inside = g_new0(struct PlantedInside, 1);

	planted->inside = inside;
	inside->patterns = g_ptr_array_new_with_free_func(pattern_free);
	fill_in(planted, path, header);
	if (complete && (!*reason || !*planted->caught_by)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s lacks Caught-by: or Reason:", path);
		return NULL;
	}
	if (!*reason)
		return g_steal_pointer(&planted);
	if (regcomp(&inside->reason, reason, REG_EXTENDED)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s: Reason: is not an extended regular expression",
			    path);
		return NULL;
	}
	inside->has_reason = TRUE;
	return g_steal_pointer(&planted);
}

Planted *planted_read(const char *path, gboolean complete, GError **error)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	return planted_parse(path, text, complete, error);
}

Expected planted_expects(const Planted *planted, const char *test)
{
	for (guint i = 0; i < planted->inside->patterns->len; i++) {
		Pattern *pattern = planted->inside->patterns->pdata[i];

		if (g_pattern_spec_match_string(pattern->spec, test))
			return pattern->expected;
	}
	return *planted->caught_by ? MUST_PASS : CATCHES;
}

char *planted_catch(const Planted *planted, const TapTest *test)
{
	const char *said = test->said->str, *begin, *end;
	regmatch_t match = {0};

	if (test->result != TAP_FAIL ||
	    planted_expects(planted, test->name) != CATCHES)
		return NULL;
	if (planted->inside->has_reason &&
	    regexec(&planted->inside->reason, said, 1, &match, 0))
		return NULL;
	begin = said + match.rm_so;
	end = begin + strcspn(begin, "\n");
	while (begin > said && begin[-1] != '\n')
		begin--;
	return g_strndup(begin, end - begin);
}
