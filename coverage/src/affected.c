// SPDX-License-Identifier: GPL-2.0-or-later
#include "affected.h"

#include "commits.h"
#include "diff.h"
#include "git.h"

#include <string.h>

typedef struct {
	Data *data;
	char *reason; /* why all tests are wanted, or NULL */
	GHashTable *hits; /* of Line: they ran, and the change touches them */
} Search;

/* Lines of one side of a hunk, without the leading character. */
typedef struct {
	const char **text;
	guint count;
} Block;

/* Only the first reason is reported. */
static void want_all(Search *search, const char *format, ...)
	G_GNUC_PRINTF(2, 3);
static void want_all(Search *search, const char *format, ...)
{
	va_list args;

	if (search->reason)
		return;
	va_start(args, format);
	search->reason = g_strdup_vprintf(format, args);
	va_end(args);
}

/* Is @block at line @at of @file? */
static gboolean is_there(const Data *data, File *file, const Block *block,
			 guint at)
{
	for (guint i = 0; i < block->count; i++) {
		const char *text = at ? file_text(data, file, at + i) : NULL;

		if (!text || strcmp(text, block->text[i]))
			return FALSE;
	}
	return block->count > 0;
}

/* The line at which it is, if there is only one such place; or 0. */
static guint find_place(const Data *data, File *file, const Block *block)
{
	guint found = 0;

	for (guint at = 1; file_text(data, file, at); at++) {
		if (!is_there(data, file, block, at))
			continue;
		if (found)
			return 0;
		found = at;
	}
	return found;
}

static gboolean hit(Search *search, Line *line)
{
	if (!line || !line->count)
		return FALSE;
	g_hash_table_add(search->hits, line);
	return TRUE;
}

/* The last line with code up to @line, or the first one after it. */
static Line *code_before(const File *file, guint line)
{
	for (; line > 0; line--)
		if (file_line(file, line))
			return file_line(file, line);
	return NULL;
}

static Line *code_after(const File *file, guint line)
{
	for (guint i = 0; i < file->lines->len; i++) {
		Line *this = file->lines->pdata[i];

		if (this->line >= line)
			return this;
	}
	return NULL;
}

/*
 * Counts what ran in the function that contains @line, from its first to its last
 * line; lines in between may belong to another function.
 */
static gboolean hit_around(Search *search, const File *file, guint line)
{
	const Line *before = code_before(file, line);
	guint first = 0, last = 0;
	gboolean any = FALSE;

	for (guint i = 0; before && i < file->lines->len; i++) {
		const Line *this = file->lines->pdata[i];

		if (this->function != before->function)
			continue;
		first = first ? first : this->line;
		last = this->line;
	}
	for (guint i = first; last >= line && i <= last; i++)
		any |= hit(search, file_line(file, i));
	return any;
}

/* Text is inserted between the lines @before and @after. */
static void touch_between(Search *search, File *file, guint before, guint after)
{
	Line *left = file_line(file, before), *right = file_line(file, after);
	const Line *above = code_before(file, before);
	const Line *below = code_after(file, after);
	gboolean both = FALSE;

	if (!above || !below || above->function != below->function) {
		want_all(search, "%s:%u: something between functions",
			 file->name, before);
		return;
	}
	if (left && right) {
		both = hit(search, left);
		both &= hit(search, right);
	}
	if (!both && !hit_around(search, file, before) &&
	    !hit_around(search, file, after))
		want_all(search, "%s:%u: nothing known runs around it",
			 file->name, before);
}

static gboolean is_blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

/* Comments begin a line, outside of functions. */
static gboolean is_comment(const char *text)
{
	return g_str_has_prefix(text, " *") || g_str_has_prefix(text, "/*");
}

/* The lines @from..@to are changed. */
static void touch_lines(Search *search, File *file, guint from, guint to)
{
	gboolean code = FALSE;

	for (guint i = from; i <= to; i++) {
		const char *text = file_text(search->data, file, i);

		if (!text || is_blank(text))
			continue;
		code = TRUE;
		if (!hit(search, file_line(file, i)) &&
		    !hit_around(search, file, i) && !is_comment(text))
			want_all(search, "%s:%u: nothing known runs it",
				 file->name, i);
	}
	if (!code && !hit_around(search, file, from))
		want_all(search, "%s:%u: nothing known runs around it",
			 file->name, from);
}

/* Blank, or a line of a comment, by its looks: " * text", or one of its own. */
static gboolean no_code(const char *text)
{
	const char *star = text + strspn(text, " \t");

	if (!*star)
		return TRUE;
	if (g_str_has_prefix(star, "/*")) {
		const char *end = strchr(star + 2, '*');

		return !end || (end[1] == '/' && is_blank(end + 2));
	}
	return *star == '*' && star > text && star[-1] == ' ' &&
	       (!star[1] || star[1] == ' ' || star[1] == '/');
}

static Block block_of(const Hunk *hunk, char other)
{
	Block block = {.text = g_new0(const char *, hunk->lines->len)};

	for (guint i = 0; i < hunk->lines->len; i++) {
		const char *line = hunk->lines->pdata[i];

		if (*line != other)
			block.text[block.count++] = line + 1;
	}
	return block;
}

/* Where the hunk is, and in @sign, which side of it is there. 0: not clear where. */
static guint find_hunk(const Data *data, File *file, const Hunk *hunk,
		       char *sign)
{
	Block old = block_of(hunk, '+'), new = block_of(hunk, '-');
	guint at = 0;

	*sign = '-';
	if (is_there(data, file, &old, hunk->old_at))
		at = hunk->old_at;
	if (!at && is_there(data, file, &new, hunk->new_at)) {
		*sign = '+';
		at = hunk->new_at;
	}
	if (!at)
		at = find_place(data, file, &old);
	if (!at) {
		*sign = '+';
		at = find_place(data, file, &new);
	}
	g_free(old.text);
	g_free(new.text);
	return at;
}

/* Changed lines, with none between them that stays. */
typedef struct {
	guint begin; /* 0: none yet */
	gboolean code;
} Change;

static void end_change(Search *search, File *file, Change *change, guint at)
{
	if (!change->begin)
		return;
	if (change->begin < at)
		touch_lines(search, file, change->begin, at - 1);
	else if (change->code)
		touch_between(search, file, at - 1, change->begin);
	change->begin = 0;
	change->code = FALSE;
}

/* Lines of the side that is not found take no place. */
static void touch_hunk(Search *search, File *file, const Hunk *hunk)
{
	Change change = {0};
	char sign;
	guint at = find_hunk(search->data, file, hunk, &sign);

	if (!at) {
		want_all(search,
			 "%s: where the code around line %u was is not clear",
			 file->name, hunk->old_at);
		return;
	}
	for (guint i = 0; i < hunk->lines->len; i++) {
		const char *line = hunk->lines->pdata[i];

		if (*line == ' ') {
			end_change(search, file, &change, at);
			at++;
			continue;
		}
		change.code |= !no_code(line + 1);
		if (!change.begin)
			change.begin = at;
		at += *line == sign;
	}
	end_change(search, file, &change, at);
}

static void take_hunk(Search *search, const Hunk *hunk)
{
	const char *name = hunk->file ? hunk->file : "";
	File *file = data_file(search->data, name);

	if (!file)
		want_all(search, "%s has no coverage data", name);
	else if (g_str_has_suffix(name, ".h"))
		want_all(search, "%s: not all that includes it is measured",
			 name);
	else
		touch_hunk(search, file, hunk);
}

/*
 * For example "Binary files differ"; of new and deleted files, the lines are there.
 */
static gboolean is_more(const char *note)
{
	return g_str_has_prefix(note, "Binary ") ||
	       g_str_has_prefix(note, "GIT binary ") ||
	       g_str_has_prefix(note, "rename ");
}

static gboolean take_diff(Search *search, const char *diff)
{
	g_autoptr(GPtrArray) files = diff_parse(diff);
	gboolean any = FALSE;

	for (guint i = 0; i < files->len; i++) {
		const DiffFile *file = files->pdata[i];

		for (guint k = 0; k < file->notes->len; k++) {
			if (!is_more(file->notes->pdata[k]))
				continue;
			want_all(search, "it is more than changes of lines");
			any = TRUE;
		}
		for (guint k = 0; k < file->hunks->len; k++) {
			take_hunk(search, file->hunks->pdata[k]);
			any = TRUE;
		}
	}
	return any;
}

/* The tests that ran a line that the change touches, as a set of their numbers. */
static GHashTable *tests_of_hits(const Search *search)
{
	GHashTable *tests = g_hash_table_new(NULL, NULL);
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, search->hits);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		const Line *line = key;

		for (guint i = 0; line->runs && i < line->runs->len; i++)
			g_hash_table_add(
				tests, GUINT_TO_POINTER(
					       g_array_index(line->runs, Run, i)
						       .test));
	}
	return tests;
}

static gboolean contains(GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (!strcmp(names->pdata[i], name))
			return TRUE;
	return FALSE;
}

/* Does the test certainly run what it ran then? */
static gboolean is_sure(const Data *data, const char *test)
{
	return g_hash_table_contains(data->test_numbers, test) &&
	       !contains(data->unsure, test);
}

static gboolean is_hit(const Data *data, GHashTable *hit_tests,
		       const char *test)
{
	gpointer number;

	return g_hash_table_lookup_extended(data->test_numbers, test, NULL,
					    &number) &&
	       g_hash_table_contains(hit_tests, number);
}

/* Those that are affected; @hit of them are known to run it. */
static GPtrArray *choose(Search *search, char **tests, guint *hit)
{
	g_autoptr(GHashTable) hit_tests = tests_of_hits(search);
	GPtrArray *chosen = g_ptr_array_new();

	*hit = 0;
	if (is_hit(search->data, hit_tests, "boot"))
		want_all(search, "it is run at boot");
	if (!g_hash_table_size(search->hits))
		want_all(search, "nothing known runs it");
	for (char **test = tests; *test; test++) {
		gboolean sure = is_sure(search->data, *test);
		gboolean runs = sure && is_hit(search->data, hit_tests, *test);

		if (!search->reason && sure && !runs)
			continue;
		g_ptr_array_add(chosen, *test);
		*hit += runs;
	}
	return chosen;
}

GPtrArray *affected(Data *data, const char *diff, char **tests, char **why,
		    GError **error)
{
	g_autoptr(GHashTable) hits = g_hash_table_new(NULL, NULL);
	Search search = {.data = data, .hits = hits};
	GPtrArray *chosen;
	guint hit;

	if (!take_diff(&search, diff)) {
		g_free(search.reason);
		fail(error, "there is no change in it");
		return NULL;
	}
	chosen = choose(&search, tests, &hit);
	if (!search.reason)
		search.reason = g_strdup_printf(
			"%u run the %u lines, %u without data", hit,
			g_hash_table_size(hits), chosen->len - hit);
	*why = g_strdup_printf("affected: %u of %u tests: %s", chosen->len,
			       g_strv_length(tests), search.reason);
	g_free(search.reason);
	return chosen;
}

static gboolean has_git(const char *dir)
{
	return *dir && exists(dir, ".git");
}

char *change_read(const char *change, const char *tree, GError **error)
{
	const char *repo =
		has_git(setting("KERNEL")) ? setting("KERNEL") : tree;
	gboolean range = strstr(change, "..") != NULL;
	g_autofree char *commit = g_strconcat(change, "^{commit}", NULL);
	char *diff = NULL;

	if (g_file_test(change, G_FILE_TEST_IS_REGULAR))
		return read_text("", change, error);
	if (*change != '-' && range)
		diff = git(NULL, repo, "diff", "-p", "--no-ext-diff",
			   "--no-textconv", "--no-color", "--no-renames",
			   change, "--", NULL);
	else if (*change != '-')
		diff = git(NULL, repo, "diff-tree", "-p", "-r", "--no-ext-diff",
			   "--no-textconv", "--no-color", "--no-renames",
			   "--root", "-m", "--first-parent",
			   "--format=", commit, "--", NULL);
	if (!diff)
		fail(error,
		     "AFFECTED=%s is neither a patch file nor a commit of %s",
		     change, repo);
	return diff;
}
