// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <string.h>

#include "../host/child.h"
#include "../host/io.h"

/* The tests that measure what reclaim costs, and at least so many runs of them. */
static const char *const costs[] = {"pressure/virtio-cost",
				    "pressure/panfrost-cost", NULL};
#define COST_RUNS 3

/* Prefix of what is not a path, but a package. */
#define DEBIAN "debian:"

/* Lines of a log that are shown if a step failed, at most. */
#define MOST_LINES 20

static gboolean has_patches(const char *dir)
{
	g_autoptr(GDir) list = g_dir_open(dir, 0, NULL);
	const char *name;

	while (list && (name = g_dir_read_name(list)))
		if (g_str_has_suffix(name, ".patch"))
			return TRUE;
	return FALSE;
}

static gboolean is_tarball(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	return g_str_has_suffix(name, ".tar") || strstr(name, ".tar.") ||
	       g_str_has_suffix(name, ".tgz");
}

/* The variable that says to scripts what @path is, or NULL: the results of a run. */
static const char *variable_of(const char *path)
{
	if (!strcmp(path, "none"))
		return "SERIES";
	if (g_str_has_prefix(path, DEBIAN) || exists(path, "Kbuild"))
		return "KERNEL";
	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		return has_patches(path) ? "SERIES" : NULL;
	if (is_tarball(path))
		return "KERNEL";
	return g_str_has_suffix(path, ".xml") ? NULL : "SERIES";
}

static gboolean find_side(Side *side, const char *name, const char *results,
			  GError **error)
{
	const char *path = setting(name), *variable;

	if (!*path)
		return fail(error, "say A= and B=: each a series, a kernel, or "
				   "the results of a run");
	side->name = g_strdup_printf("%s=%s", name, path);
	side->path = g_strdup(path);
	if (strcmp(path, "none") && !g_str_has_prefix(path, DEBIAN) &&
	    !g_file_test(path, G_FILE_TEST_EXISTS))
		return fail(error, "%s does not exist", side->name);
	variable = variable_of(path);
	side->set = variable ? g_strdup_printf("%s=%s", variable, path) : NULL;
	side->results = g_strdup(variable ? results : path);
	return TRUE;
}

gboolean session_sides(Session *session, GError **error)
{
	g_autofree char *a = g_build_filename(session->build, "new/a", NULL);
	g_autofree char *b = g_build_filename(session->build, "new/b", NULL);

	return find_side(&session->sides[0], "A", a, error) &&
	       find_side(&session->sides[1], "B", b, error);
}

/* The file of a kernel; @end: "", ".gives" or ".source". Owned. */
static char *kernel_of(const Session *session, const Side *side,
		       const char *variant, const char *end)
{
	return g_strdup_printf("%s/kernels/%s-%s%s", session->build,
			       side == session->sides ? "a" : "b", variant,
			       end);
}

/* Where the guests of a side are. */
static char *guests_of(const Session *session, const Side *side)
{
	return g_build_filename(session->build, "run",
				side == session->sides ? "a" : "b", NULL);
}

static gboolean build(const Session *session, const Side *side,
		      const char *variant, GError **error)
{
	g_autofree char *program =
		g_build_filename(session->scripts, "keep.sh", NULL);
	g_autofree char *kernel = kernel_of(session, side, variant, "");
	const char *const more[] = {side->set, NULL};
	g_auto(GStrv) env = child_env(more);
	char *argv[] = {program, (char *)variant, kernel, NULL};
	const ChildArgs args = {.argv = argv, .env = env, .out = CHILD_STDERR};
	int status;

	if (child_run(&args, &status, error) != CHILD_ENDED)
		return FALSE;
	return !status ||
	       fail(error, "there is no kernel of %s to run tests with",
		    side->name);
}

/* The programs, with the headers of the kernel of @side. */
static gboolean build_programs(const Session *session, const Side *side,
			       GError **error)
{
	static const char *const parts[] = {"shim", "tests"};
	const char *make = *setting("MAKE") ? setting("MAKE") : "make";
	const char *jobs = *setting("J") ? setting("J") : "1";
	g_autofree char *prepare =
		g_build_filename(session->scripts, "prepare.sh", NULL);
	const char *const more[] = {side->set, NULL};
	g_auto(GStrv) env = child_env(more);
	char *ask[] = {prepare, NULL};
	g_autofree char *tree = child_ask(
		(ChildArgs){.argv = ask, .env = env, .errors = CHILD_STDERR},
		error);
	g_autofree char *uapi = g_strdup_printf("UAPI=%s/include/uapi", tree);
	g_autofree char *where = g_strdup_printf("BUILD=%s", session->build);
	g_autofree char *count = g_strdup_printf("-j%s", jobs);
	const char *const set[] = {"MAKEFLAGS=", uapi, NULL};
	g_auto(GStrv) make_env = child_env(set);

	for (guint i = 0; tree && i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *dir = g_build_filename(session->scripts, "..",
							parts[i], NULL);
		char *argv[] = {"nice", (char *)make, "--no-print-directory",
				"-C",	dir,	      where,
				count,	"all",	      NULL};
		const ChildArgs args = {
			.argv = argv, .env = make_env, .out = CHILD_STDERR};
		int status;

		if (child_run(&args, &status, error) != CHILD_ENDED)
			return FALSE;
		if (status)
			return fail(error, "the programs cannot be built");
	}
	return tree != NULL;
}

/* Run the command with a kernel; *@status is the runner's. */
static gboolean run(const Session *session, const Side *side,
		    const char *variant, const char *log, const char *junit,
		    const char *const *patterns, int *status, GError **error)
{
	g_autofree char *fill_in =
		g_build_filename(session->scripts, "fill-in.sh", NULL);
	g_autofree char *kernel = kernel_of(session, side, variant, "");
	g_autofree char *source = kernel_of(session, side, variant, ".source");
	g_autofree char *list = kernel_of(session, side, variant, ".gives");
	g_autofree char *gives = read_word("/", list);
	g_autofree char *guests = guests_of(session, side);
	char *const first[] = {fill_in,		"KERNEL", kernel, "SOURCE",
			       source,		"GIVES",  gives,  "VARIANT",
			       (char *)variant, "RUN",	  guests, "--"};
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	ChildArgs args = {.out = log};

	for (guint i = 0; i < G_N_ELEMENTS(first); i++)
		g_ptr_array_add(words, first[i]);
	for (guint i = 0; session->command[i]; i++)
		g_ptr_array_add(words, session->command[i]);
	if (junit)
		g_ptr_array_add(words, (gpointer)junit);
	for (; *patterns; patterns++)
		if (**patterns)
			g_ptr_array_add(words, (gpointer)*patterns);
	g_ptr_array_add(words, NULL);
	args.argv = (char **)words->pdata;
	return child_run(&args, status, error) == CHILD_ENDED;
}

/* The lines of a log. Free with g_strfreev(). */
static char **lines_of(const char *log)
{
	g_autofree char *text = read_text("/", log, NULL);

	return g_strsplit(text ? g_strchomp(text) : "", "\n", -1);
}

static void show_end(const char *log)
{
	g_auto(GStrv) lines = lines_of(log);
	guint count = g_strv_length(lines);

	for (guint i = count - MIN(count, MOST_LINES); i < count; i++)
		g_printerr("%s\n", lines[i]);
}

/* The tests with @side, for the @turn-th time. */
static gboolean suite(const Session *session, const Side *side, guint turn,
		      GError **error)
{
	g_autofree char *log =
		g_strdup_printf("%s/%u.log", side->results, turn);
	g_autofree char *junit =
		g_strdup_printf("--junit=%s/%u.xml", side->results, turn);
	g_auto(GStrv) patterns = g_strsplit_set(setting("T"), " \t\n", -1);
	g_auto(GStrv) lines = NULL;
	int status;

	if (!run(session, side, session->variant, log, junit,
		 (const char *const *)patterns, &status, error))
		return FALSE;
	if (!g_file_test(strchr(junit, '=') + 1, G_FILE_TEST_EXISTS)) {
		show_end(log);
		return fail(error, "no test was run with %s", side->name);
	}
	lines = lines_of(log);
	g_print("%s, run %u of %u: %s\n", side->name, turn, session->runs,
		*lines ? lines[g_strv_length(lines) - 1] : "");
	return TRUE;
}

/* The lines "cost: NAME UNIT VALUE" of the guests' logs. */
static gboolean save_costs(const char *guests, const char *path, GError **error)
{
	g_autofree char *last = g_build_filename(guests, "last/", NULL);
	g_autoptr(GPtrArray) files = list_tree(last);
	g_autoptr(GRegex) regex =
		g_regex_new("cost: ([^ ]* [^ ]* [^ ]*)$", 0, 0, NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < files->len; i++) {
		g_autofree char *log =
			g_build_filename(last, files->pdata[i], NULL);
		g_auto(GStrv) lines = NULL;

		if (!g_str_has_suffix(log, "/log"))
			continue;
		lines = lines_of(log);
		for (char **line = lines; *line; line++) {
			g_autoptr(GMatchInfo) match = NULL;
			g_autofree char *cost = NULL;

			if (!g_regex_match(regex, *line, 0, &match))
				continue;
			cost = g_match_info_fetch(match, 1);
			g_string_append_printf(text, "%s\n", cost);
		}
	}
	return write_file("/", path, text->str, error);
}

static gboolean measure(const Session *session, const Side *side, guint turn,
			GError **error)
{
	g_autofree char *log =
		g_strdup_printf("%s/%u.cost.log", side->results, turn);
	g_autofree char *path =
		g_strdup_printf("%s/%u.cost", side->results, turn);
	g_autofree char *guests = guests_of(session, side);
	int status;

	if (!run(session, side, "cost", log, NULL, costs, &status, error))
		return FALSE;
	if (status) {
		show_end(log);
		return fail(error,
			    "the cost of reclaim was not measured with %s",
			    side->name);
	}
	return save_costs(guests, path, error);
}

typedef gboolean (*TurnFunc)(const Session *session, const Side *side,
			     guint turn, GError **error);

/* Both sides in turn. */
static gboolean take_turns(const Session *session, guint turns, TurnFunc func,
			   GError **error)
{
	for (guint i = 0; i < turns * G_N_ELEMENTS(session->sides); i++) {
		const Side *side =
			&session->sides[i % G_N_ELEMENTS(session->sides)];

		if (side->set &&
		    !func(session, side, i / G_N_ELEMENTS(session->sides) + 1,
			  error))
			return FALSE;
	}
	return TRUE;
}

static gboolean build_side(const Session *session, const Side *side, guint turn,
			   GError **error)
{
	(void)turn;
	g_mkdir_with_parents(side->results, 0777);
	return build(session, side, session->variant, error) &&
	       (!session->cost || build(session, side, "cost", error));
}

gboolean session_run(Session *session, GError **error)
{
	const Side *last =
		session->sides[1].set ? &session->sides[1] : &session->sides[0];
	g_autofree char *kernels =
		g_build_filename(session->build, "kernels", NULL);

	if (!last->set)
		return TRUE;
	g_mkdir_with_parents(kernels, 0777);
	return take_turns(session, 1, build_side, error) &&
	       build_programs(session, last, error) &&
	       take_turns(session, session->runs, suite, error) &&
	       (!session->cost ||
		take_turns(session, MAX(session->runs, COST_RUNS), measure,
			   error));
}
