// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include "commits.h"
#include "git.h"

#include <glob.h>
#include <string.h>

/* Without a series, and with nothing asked for. */
static const char drivers[] =
	"drivers/gpu/drm/drm_gem.c drivers/gpu/drm/drm_gem_shmem_helper.c "
	"drivers/gpu/drm/drm_prime.c include/drm/drm_gem.h "
	"include/drm/drm_gem_shmem_helper.h "
	"drivers/gpu/drm/lima drivers/gpu/drm/panfrost drivers/gpu/drm/virtio";

/* The files that the series touches, in git's order. */
static char **touched(const Series *series, GError **error)
{
	g_autofree char *list =
		git(error, series->repo, "diff", "--name-only", "--no-renames",
		    series->base, series->head, NULL);

	return list ? g_strsplit(g_strchomp(list), "\n", -1) : NULL;
}

static gboolean is_source(const char *tree, const char *name)
{
	g_autofree char *path = g_build_filename(tree, name, NULL);

	return (g_str_has_suffix(name, ".c") || g_str_has_suffix(name, ".h")) &&
	       g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* The files that @pattern means in @tree; a directory is all its *.[ch]. */
static gboolean add_pattern(GPtrArray *files, const char *tree,
			    const char *pattern, GError **error)
{
	g_autofree char *path = g_build_filename(tree, pattern, NULL);
	g_autofree char *inside = g_build_filename(path, "*.[ch]", NULL);
	gboolean dir = g_file_test(path, G_FILE_TEST_IS_DIR);
	glob_t found = {0};
	gboolean good = !glob(dir ? inside : path, 0, NULL, &found);

	for (gsize i = 0; good && i < found.gl_pathc; i++) {
		const char *name = found.gl_pathv[i] + strlen(tree);

		good = g_file_test(found.gl_pathv[i], G_FILE_TEST_IS_REGULAR);
		g_ptr_array_add(files, g_strdup(name + strspn(name, "/")));
	}
	globfree(&found);
	return good || fail(error,
			    "COV_FILES: there is no %s in the kernel's source; "
			    "names are relative to its top",
			    pattern);
}

GPtrArray *series_files(const char *tree, const char *wanted, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_auto(Series) series = {0};
	g_auto(GStrv) list = NULL, patterns = NULL;

	if (!series_find(&series, tree, error))
		return NULL;
	list = touched(&series, error);
	if (!list)
		return NULL;
	if (!*list && !*wanted)
		wanted = drivers;
	patterns = g_strsplit_set(wanted, " \t\n", -1);
	for (char **name = list; *name; name++)
		g_ptr_array_add(files, g_strdup(*name));
	for (char **pattern = patterns; *pattern; pattern++)
		if (**pattern && !add_pattern(files, tree, *pattern, error))
			return NULL;
	g_ptr_array_sort(files, by_text);
	for (guint i = files->len; i > 0; i--)
		if (!is_source(tree, files->pdata[i - 1]) ||
		    (i > 1 &&
		     !strcmp(files->pdata[i - 1], files->pdata[i - 2])))
			g_ptr_array_remove_index(files, i - 1);
	return g_steal_pointer(&files);
}

/* The number of the patch that a commit is; "edit" if it is none yet. */
static const char *number_of(const char *commit, GHashTable *numbers)
{
	if (strspn(commit, "0") == strlen(commit))
		return "edit";
	return g_hash_table_lookup(numbers, commit);
}

/* "COMMIT LINE-THEN LINE [LINES]", as it stands before what is said of a line. */
static gboolean is_head(char **words)
{
	return g_strv_length(words) >= 3 && strlen(words[0]) >= 40 &&
	       strspn(words[0], "0123456789abcdef") == strlen(words[0]) &&
	       g_ascii_isdigit(*words[1]);
}

void blame_rows(GString *rows, const char *porcelain, const char *file,
		GHashTable *numbers)
{
	g_auto(GStrv) lines = g_strsplit(porcelain, "\n", -1);
	g_autofree char *now = NULL, *then = NULL, *name = NULL;
	const char *patch = NULL;

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 4);

		if (**line == '\t') {
			if (patch)
				g_string_append_printf(
					rows, "%s\t%s\t%s\t%s\t%s\n", file, now,
					patch, name, then);
		} else if (is_head(words)) {
			g_free(then);
			g_free(now);
			patch = number_of(words[0], numbers);
			then = g_strdup(words[1]);
			now = g_strdup(words[2]);
		} else if (g_str_has_prefix(*line, "filename ")) {
			g_free(name);
			name = g_strdup(*line + strlen("filename "));
		}
	}
}

/* What git has is not what is compiled, if somebody edited that. */
static gboolean blame_file(const Series *series, const char *tree,
			   const char *file, GHashTable *numbers, GString *rows,
			   GError **error)
{
	g_autofree char *path = g_build_filename(tree, file, NULL);
	g_autofree char *before = g_strconcat("^", series->base, NULL);
	g_autofree char *text =
		git(error, series->repo, "blame", "--line-porcelain",
		    "--contents", path, before, "--", file, NULL);

	if (!text) {
		g_prefix_error(error, "%s: ", file);
		return FALSE;
	}
	blame_rows(rows, text, file, numbers);
	return TRUE;
}

static gboolean write_blame(const Series *series, const char *tree,
			    char **files, GHashTable *numbers, const char *out,
			    GError **error)
{
	g_auto(GStrv) changed = touched(series, error);
	g_autoptr(GString) rows = g_string_new(NULL);

	if (!changed)
		return FALSE;
	for (char **file = files; *file; file++)
		if (g_strv_contains((const char *const *)changed, *file) &&
		    !blame_file(series, tree, *file, numbers, rows, error))
			return FALSE;
	return write_file(out, "blame", rows->str, error);
}

/* Of a merge, what it brings to the branch that it is on. */
static gboolean write_diff(const Series *series, const char *number,
			   const char *commit, const char *out, GError **error)
{
	g_autofree char *name = g_strconcat("diff.", number, NULL);
	g_autofree char *text =
		git(error, series->repo, "diff-tree", "-p", "-r", "--root",
		    "-m", "--first-parent", "--no-ext-diff", "--no-textconv",
		    "-M", "--no-color", "--format=", commit, NULL);

	return text && write_file(out, name, text, error);
}

/* Slots without a patch have no number. */
static char *number_at(const Series *series, char **slots, guint i)
{
	if (series->slots)
		return g_strdup(slots[i] ? slots[i] : "");
	return g_strdup_printf("%04u", i + 1);
}

/* "COMMIT SUBJECT" of each patch; @numbers gets them. */
static gboolean write_patches(const Series *series, const char *tree,
			      char **commits, GHashTable *numbers,
			      const char *out, GError **error)
{
	g_auto(GStrv) slots = series_slots(tree);
	g_autoptr(GString) rows = g_string_new(NULL);

	for (guint i = 0; commits[i] && *commits[i]; i++) {
		g_auto(GStrv) words = g_strsplit(commits[i], " ", 2);
		char *number = number_at(series, slots, i);

		g_hash_table_insert(numbers, g_strdup(words[0]), number);
		g_strdelimit(words[1], "\t", ' ');
		g_string_append_printf(rows, "%s\t%s\t%s\n", number, words[0],
				       words[1]);
		if (!write_diff(series, number, words[0], out, error))
			return FALSE;
	}
	return write_file(out, "patches", rows->str, error);
}

gboolean series_write(const char *tree, char **files, const char *out,
		      GError **error)
{
	g_autoptr(GHashTable) numbers =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(Series) series = {0};
	g_autofree char *range = NULL, *list = NULL;
	g_auto(GStrv) commits = NULL;

	if (!series_find(&series, tree, error))
		return FALSE;
	range = g_strconcat(series.base, "..", series.head, NULL);
	list = git(error, series.repo, "log", "--reverse", "--topo-order",
		   "--no-show-signature", "--no-color", "--format=%H %s", range,
		   NULL);
	if (!list)
		return FALSE;
	commits = g_strsplit(g_strchomp(list), "\n", -1);
	return write_patches(&series, tree, commits, numbers, out, error) &&
	       write_blame(&series, tree, files, numbers, out, error);
}
