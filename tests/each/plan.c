// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <string.h>

#include "../host/child.h"
#include "../host/git.h"
#include "../host/io.h"

static void step_free(gpointer data)
{
	Step *step = data;

	g_free(step->slot);
	g_free(step->series);
	g_free(step->patch);
	g_free(step->subject);
	g_strfreev(step->excepted);
	g_free(step);
}

/* The file of patches/@slot-*, or NULL; owned. */
static char *patch_of(const char *patches, const char *slot)
{
	g_autofree char *prefix = g_strconcat(slot, "-", NULL);
	g_autoptr(GDir) dir = g_dir_open(patches, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, prefix))
			return g_build_filename(patches, name, NULL);
	return NULL;
}

static char *subject_of(const char *patch)
{
	static const char *const words[] = {"mailinfo", "/dev/null",
					    "/dev/null", NULL};
	g_autofree char *text = NULL, *info = NULL;
	g_auto(GStrv) lines = NULL;

	if (g_file_get_contents(patch, &text, NULL, NULL))
		info = git_words("/", text, words, NULL);
	lines = g_strsplit(info ? info : "", "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "Subject: "))
			return g_strdup(*line + strlen("Subject: "));
	return g_path_get_basename(patch);
}

static Step *step_new(const char *series, const char *slot)
{
	g_autofree char *patches = g_build_filename(series, "all", NULL);
	Step *step = g_new0(Step, 1);

	step->slot = g_strdup(slot);
	step->series = g_build_filename(series, slot, NULL);
	if (!g_file_test(step->series, G_FILE_TEST_IS_DIR)) {
		g_free(step->series);
		step->series = g_strdup("none");
	}
	step->patch = patch_of(patches, slot);
	step->subject = step->patch ? subject_of(step->patch) : g_strdup("");
	step->excepted = g_new0(char *, 1);
	return step;
}

static void add_exception(Step *step, const char *rest)
{
	guint count = g_strv_length(step->excepted);

	step->excepted = g_renew(char *, step->excepted, count + 2);
	step->excepted[count] = g_strndup(rest, strcspn(rest, " \t"));
	step->excepted[count + 1] = NULL;
}

/* Lines "SLOT patch FILE", "SLOT empty REASON" and "SLOT except TYPE ...". */
static void read_plan(Plan *plan, const char *series, char **lines)
{
	Step *step = step_new(series, "0000");

	g_ptr_array_add(plan->steps, step);
	for (; *lines; lines++) {
		g_auto(GStrv) words = g_strsplit(*lines, " ", 3);

		if (g_strv_length(words) < 3)
			continue;
		if (strcmp(words[0], step->slot)) {
			step = step_new(series, words[0]);
			g_ptr_array_add(plan->steps, step);
		}
		if (!strcmp(words[1], "except"))
			add_exception(step, words[2]);
		if (!strcmp(words[1], "empty")) {
			g_free(step->subject);
			step->subject =
				g_strdup_printf("(empty: %s)", words[2]);
		}
	}
}

Plan *plan_make(const char *scripts, const char *build, GError **error)
{
	g_autofree char *program = g_build_filename(scripts, "steps.sh", NULL);
	g_autofree char *series = g_build_filename(build, "series", NULL);
	g_autofree char *said = NULL;
	g_auto(GStrv) answer = NULL, lines = NULL;
	char *argv[] = {program, NULL};
	g_autoptr(Plan) plan = g_new0(Plan, 1);

	plan->steps = g_ptr_array_new_with_free_func(step_free);
	said = child_ask((ChildArgs){.argv = argv, .errors = CHILD_STDERR},
			 error);
	if (!said)
		return NULL;
	answer = g_strsplit(said, "\n", -1);
	if (g_strv_length(answer) != 2) {
		fail(error, "%s did not say what it made", program);
		return NULL;
	}
	plan->tree = g_strdup(answer[0]);
	plan->key = g_strdup(answer[1]);
	lines = read_lines(build, "plan", error);
	if (!lines)
		return NULL;
	read_plan(plan, series, lines);
	return g_steal_pointer(&plan);
}

void plan_free(Plan *plan)
{
	g_free(plan->tree);
	g_free(plan->key);
	g_ptr_array_unref(plan->steps);
	g_free(plan);
}

const Step *plan_before(const Plan *plan, const Step *step)
{
	const Step *before = plan->steps->pdata[0];

	for (guint i = 0; plan->steps->pdata[i] != step; i++) {
		const Step *other = plan->steps->pdata[i];

		before = other->patch ? other : before;
	}
	return before;
}

char *plan_key(const Plan *plan, const Step *step)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(GPtrArray) files = list_tree(step->series);

	g_checksum_update(sum, (const guchar *)plan->key, -1);
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *text =
			read_text(step->series, files->pdata[i], NULL);

		g_checksum_update(sum, (const guchar *)(text ? text : ""), -1);
	}
	return g_strndup(g_checksum_get_string(sum), 12);
}
