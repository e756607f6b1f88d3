// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

#define INDENT "      "

struct Output {
	gboolean tap;
	gboolean colour;
	int width; /* of the longest name */
	guint count[3]; /* by VerdictKind */
	guint lines; /* verdicts so far */
	guint tests, run; /* those that there are, and were run so far */
	gint64 begun;
	Shard shard;
	const char *
		variant; /* of the kernel, or NULL: make did not start the run */
};

static const char *const WORD[] = {"ok  ", "skip", "FAIL"};
static const char *const COLOUR[] = {"\033[32m", "\033[33m", "\033[31m"};

char *output_path(const char *path)
{
	g_autofree char *cwd = g_get_current_dir();
	size_t len = strlen(cwd);

	if (!strncmp(path, cwd, len) && path[len] == '/' && path[len + 1])
		return g_strdup(path + len + 1);
	return g_strdup(path);
}

static char *progress_text(gpointer data)
{
	const Output *output = data;
	double seconds = (g_get_monotonic_time() - output->begun) / 1e6;
	GString *text = g_string_new(NULL);
	guint left;

	g_string_printf(text, "%u of %u tests run, %u failed", output->run,
			output->tests, output->count[VERDICT_FAIL]);
	if (output->run && output->run < output->tests) {
		left = seconds * (output->tests - output->run) / output->run;
		g_string_append_printf(text, ", about %u s left", left + 1);
	}
	return g_string_free(text, FALSE);
}

static void print_header(const Config *config, guint tests)
{
	printf("Linux %s%s%s: %u", config->release,
	       config->variant ? ", variant " : "", config->variant ?: "",
	       tests);
	if (config->shard.count)
		printf(" of %u", config->of_tests);
	printf(" test%s", tests == 1 && !config->shard.count ? "" : "s");
	if (config->shard.count)
		printf(" (shard %u/%u)", config->shard.number,
		       config->shard.count);
	printf(", %d guest%s at a time%s\n", config->jobs,
	       config->jobs == 1 ? "" : "s",
	       config->shim ? "" : ", no stub devices");
}

Output *output_new(const Config *config, GPtrArray *tests)
{
	Output *output = g_new0(Output, 1);

	output->tap = config->tap;
	output->tests = tests->len;
	output->shard = config->shard;
	output->variant = config->variant;
	output->begun = g_get_monotonic_time();
	output->colour = !config->tap && isatty(STDOUT_FILENO) &&
			 g_strcmp0(g_getenv("TERM"), "dumb") &&
			 !g_getenv("NO_COLOR");
	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		output->width = MAX(output->width, (int)strlen(test->name));
	}
	if (output->tap)
		printf("TAP version 13\n# ");
	print_header(config, tests->len);
	fflush(stdout);
	if (!output->tap)
		progress_begin(progress_text, output);
	return output;
}

void output_free(Output *output)
{
	progress_end();
	g_free(output);
}

static void print_lines(const char *prefix, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	for (char **line = lines; *line; line++)
		if (**line || line[1])
			printf("%s%s\n", prefix, *line);
}

static void print_details(const Verdict *verdict, const char *log,
			  const char *prefix)
{
	for (guint i = 1; i < verdict->reasons->len; i++)
		printf("%s%s\n", prefix, (char *)verdict->reasons->pdata[i]);
	if (verdict->excerpt) {
		g_autofree char *bar = g_strconcat(prefix, "| ", NULL);

		print_lines(bar, verdict->excerpt);
	}
	if (log) {
		g_autofree char *path = output_path(log);

		printf("%slog: %s\n", prefix, path);
	}
}

static void print_tap(Output *output, const Verdict *verdict, const char *log)
{
	gboolean failed = verdict->kind == VERDICT_FAIL;
	const char *reason =
		verdict->reasons->len ? verdict->reasons->pdata[0] : NULL;

	printf("%sok %u - %s", failed ? "not " : "", output->lines,
	       verdict->name);
	if (verdict->kind == VERDICT_SKIP)
		printf(" # SKIP %s", reason);
	printf("\n");
	if (failed) {
		printf("# %s\n", reason);
		print_details(verdict, log, "# ");
	}
}

static void print_line(Output *output, const Verdict *verdict, const char *log)
{
	const char *reason =
		verdict->reasons->len ? verdict->reasons->pdata[0] : NULL;
	gboolean is_default = !g_strcmp0(output->variant, "debug");

	printf("%s%s%s  %-*s  %6.2fs%s%s\n",
	       output->colour ? COLOUR[verdict->kind] : "", WORD[verdict->kind],
	       output->colour ? "\033[0m" : "", output->width, verdict->name,
	       verdict->usec / 1e6, reason ? "  " : "", reason ?: "");
	if (verdict->kind != VERDICT_FAIL)
		return;
	print_details(verdict, log, INDENT);
	if (verdict->test && output->variant)
		printf(INDENT "picture: make timeline T=%s%s%s\n",
		       verdict->name, is_default ? "" : " VARIANT=",
		       is_default ? "" : output->variant);
}

static void count(Output *output, const Verdict *verdict)
{
	output->count[verdict->kind]++;
	if (verdict->test)
		output->run++;
}

void output_verdict(Output *output, const Verdict *verdict, const char *log)
{
	count(output, verdict);
	output->lines++;
	progress_hide();
	if (output->tap)
		print_tap(output, verdict, log);
	else
		print_line(output, verdict, log);
	progress_show();
}

void output_not_run(Output *output, const Verdict *verdict)
{
	if (output->tap)
		output_verdict(output, verdict, NULL);
	else
		count(output, verdict);
}

void output_bail_out(Output *output, const char *block, const char *why)
{
	progress_end();
	if (output->tap) {
		printf("Bail out! %s\n", why);
		print_lines("# ", block);
	} else {
		fputs(block, stdout);
	}
	fflush(stdout);
}

void output_console(Output *output, guint guest, const char *line)
{
	progress_hide();
	printf("%s%u| %s\n", output->tap ? "# " : "", guest, line);
	progress_show();
}

static gboolean is_empty_shard(const Output *output)
{
	return output->shard.count && !output->tests;
}

void output_end(Output *output, const char *cut_short)
{
	progress_end();
	if (output->tap)
		printf("1..%u\n# ", output->lines);
	if (is_empty_shard(output))
		printf("no test is in shard %u/%u%s", output->shard.number,
		       output->shard.count, output->tap ? "\n# " : "\n");
	if (cut_short)
		printf("%s; so far: ", cut_short);
	printf("%u passed, %u failed", output->count[VERDICT_PASS],
	       output->count[VERDICT_FAIL]);
	if (output->count[VERDICT_SKIP])
		printf(", %u skipped", output->count[VERDICT_SKIP]);
	printf("\n");
	fflush(stdout);
}

gboolean output_all_passed(const Output *output)
{
	return (output->count[VERDICT_PASS] || is_empty_shard(output)) &&
	       !output->count[VERDICT_FAIL];
}

gboolean output_is_broken(void)
{
	return ferror(stdout);
}
