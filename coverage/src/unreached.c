// SPDX-License-Identifier: GPL-2.0-or-later
#include "unreached.h"

#include "not-built.h"

#include <stdio.h>
#include <string.h>

/* In the place of the function: the whole file is not built. */
#define NOT_BUILT "not_built"

/* One line of the list. */
typedef struct {
	char *head; /* "FILE FUNCTION" */
	char *text;
	guint taken, all; /* branches; 0 of 0: the line does not run */
	const char *reason; /* interned */
	gboolean used;
} Entry;

typedef struct {
	const char *path;
	const char *release; /* of the kernel, as "6.12.1" */
	GPtrArray *entries; /* of Entry */
	GPtrArray *wrong;
	/* The current paragraph: */
	char *head;
	GString *reason;
	guint first; /* its first entry */
	gboolean other; /* it is about another kernel */
} List;

static void free_entry(gpointer pointer)
{
	Entry *entry = pointer;

	g_free(entry->head);
	g_free(entry->text);
	g_free(entry);
}

static void complain(GPtrArray *wrong, const char *format, ...)
	G_GNUC_PRINTF(2, 3);
static void complain(GPtrArray *wrong, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(wrong, g_strdup_vprintf(format, args));
	va_end(args);
}

/* Makes runs of blanks one space; removes those at both ends. */
static char *squeeze(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++) {
		gboolean blank = *text == ' ' || *text == '\t';

		if (!blank)
			g_string_append_c(out, *text);
		else if (out->len && out->str[out->len - 1] != ' ')
			g_string_append_c(out, ' ');
	}
	return g_strchomp(g_string_free(out, FALSE));
}

static Entry *add_entry(List *list, const char *text)
{
	Entry *entry = g_new0(Entry, 1);

	entry->head = g_strdup(list->head);
	entry->text = g_strdup(text + strspn(text, " "));
	g_ptr_array_add(list->entries, entry);
	return entry;
}

/* Takes "1 of 2 | text". */
static gboolean take_branches(List *list, const char *line)
{
	guint taken, all;
	int end = 0;
	Entry *entry;

	if (!g_ascii_isdigit(*line) ||
	    sscanf(line, "%u of %u |%n", &taken, &all, &end) < 2 || !end)
		return FALSE;
	if (taken >= all)
		complain(list->wrong, "%s: %s: no branch is left: %s",
			 list->path, list->head, line);
	entry = add_entry(list, line + end);
	entry->taken = taken;
	entry->all = all;
	return TRUE;
}

static gboolean is_not_built(const char *head)
{
	return g_str_has_suffix(head, " " NOT_BUILT);
}

static void end_paragraph(List *list)
{
	const char *reason = g_intern_string(list->reason->str);

	if (!list->head)
		return;
	if (list->first == list->entries->len && is_not_built(list->head))
		add_entry(list, "");
	if (list->first == list->entries->len)
		complain(list->wrong, "%s: no line of code is listed for %s",
			 list->path, list->head);
	if (!*reason)
		complain(list->wrong, "%s: no reason is given for %s",
			 list->path, list->head);
	for (guint i = list->first; i < list->entries->len; i++)
		((Entry *)list->entries->pdata[i])->reason = reason;
	if (list->other)
		g_ptr_array_set_size(list->entries, list->first);
	list->first = list->entries->len;
	g_string_truncate(list->reason, 0);
	g_clear_pointer(&list->head, g_free);
}

static gboolean is_head(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	if (g_strv_length(words) != 2 || strchr(words[0], '|') || !*words[1])
		return FALSE;
	for (const char *c = words[1]; *c; c++)
		if (!g_ascii_isalnum(*c) && *c != '_')
			return FALSE;
	return TRUE;
}

/* "FILE FUNCTION" or "FILE FUNCTION VERSION" begins a paragraph. */
static void begin_paragraph(List *list, const char *line)
{
	const char *version = strrchr(line, ' ');

	list->other = FALSE;
	if (version && g_ascii_isdigit(version[1])) {
		g_autofree char *prefix = g_strconcat(version + 1, ".", NULL);

		list->other = !g_str_has_prefix(list->release, prefix);
		list->head = g_strndup(line, version - line);
	} else {
		list->head = g_strdup(line);
	}
	if (!is_head(list->head))
		complain(list->wrong, "%s: not FILE FUNCTION: %s", list->path,
			 line);
}

static void take_line(List *list, const char *line)
{
	if (!*line) {
		end_paragraph(list);
	} else if (!list->head) {
		begin_paragraph(list, line);
	} else if (*line == '|') {
		add_entry(list, line + 1);
	} else if (!take_branches(list, line)) {
		g_string_append_printf(list->reason, "%s%s",
				       list->reason->len ? " " : "", line);
	}
}

static void read_list(List *list)
{
	g_auto(GStrv) lines = read_lines("", list->path, NULL);

	if (!lines)
		complain(list->wrong, "cannot read %s", list->path);
	for (char **line = lines; line && *line; line++) {
		g_autofree char *text = squeeze(*line);

		if (**line != '#')
			take_line(list, text);
	}
	end_paragraph(list);
}

/* The first unused entry with this head and text, and @branches in all. */
static Entry *find_entry(const List *list, const char *head, const char *text,
			 guint branches)
{
	for (guint i = 0; i < list->entries->len; i++) {
		Entry *entry = list->entries->pdata[i];

		if (!entry->used && entry->all == branches &&
		    !strcmp(entry->head, head) && !strcmp(entry->text, text))
			return entry;
	}
	return NULL;
}

static char *text_of(const Data *data, const Blame *blame)
{
	const char *text = file_text(data, blame->file, blame->line);

	return squeeze(text ? text : "");
}

/* @line was added, can run, and did not: is it listed? */
static void check_line(const Data *data, const Blame *blame, Line *line,
		       List *list, gboolean all)
{
	g_autofree char *text = text_of(data, blame);
	g_autofree char *head =
		g_strconcat(blame->file->name, " ", line->function, NULL);
	Entry *entry = find_entry(list, head, text, 0);

	if (entry) {
		entry->used = TRUE;
		g_free(line->reason);
		line->reason = g_strdup(entry->reason);
	} else if (all) {
		complain(list->wrong,
			 "%s:%u: does not run and is not listed in %s: %s",
			 blame->file->name, line->line, list->path, text);
	}
}

/* @line ran, but not all branches were taken: are the others listed? */
static void check_branches(const Data *data, const Blame *blame, Line *line,
			   List *list)
{
	g_autofree char *text = text_of(data, blame);
	g_autofree char *head =
		g_strconcat(blame->file->name, " ", line->function, NULL);
	Entry *entry = find_entry(list, head, text, line->branches);

	if (!entry)
		return;
	entry->used = TRUE;
	if (line->taken > entry->taken)
		complain(list->wrong,
			 "%s: %s: %u of %u listed, but %u branches are taken: "
			 "%s",
			 list->path, head, entry->taken, entry->all,
			 line->taken, text);
	line->reasoned = line->branches - MAX(line->taken, entry->taken);
	g_free(line->reason);
	line->reason = g_strdup(entry->reason);
}

/* @file has added lines and is not built: is it listed? */
static void check_file(NotBuilt *file, List *list, gboolean all)
{
	g_autofree char *head =
		g_strconcat(file->file->name, " " NOT_BUILT, NULL);
	Entry *entry = find_entry(list, head, "", 0);

	if (entry) {
		entry->used = TRUE;
		file->reason = entry->reason;
	} else if (all) {
		complain(
			list->wrong,
			"%s: is not built and not listed in %s: %u added lines",
			file->file->name, list->path, file->lines);
	}
}

static gboolean is_entry(const Data *data, const Blame *blame,
			 const Entry *entry)
{
	g_autofree char *text = text_of(data, blame);

	return g_str_has_prefix(entry->head, blame->file->name) &&
	       entry->head[strlen(blame->file->name)] == ' ' &&
	       !strcmp(entry->text, text);
}

/* Why @entry, which is about @line, is wrong: see why_unused(). */
static const char *why_line_unused(const Line *line, const Entry *entry)
{
	if (!entry->all)
		return "listed, but it runs";
	/* Not all tests were run, or this compiler makes other branches of it. */
	if (!line->count || line->branches != entry->all)
		return NULL;
	return "listed, but all its branches are taken";
}

/* The reason why @entry is wrong: no line used it. NULL if it is right. */
static const char *why_unused(const Data *data, const Entry *entry)
{
	const char *why = "there is no such added line";

	if (is_not_built(entry->head))
		return "the file is built, or the series adds no code to it";
	for (guint i = 0; i < data->blames->len; i++) {
		const Blame *blame = data->blames->pdata[i];
		const Line *line = file_line(blame->file, blame->line);

		if (!blame->patch || !is_entry(data, blame, entry))
			continue;
		if (!line) /* this compiler generates no code for it */
			return NULL;
		if (!strcmp(line->function, strchr(entry->head, ' ') + 1))
			why = why_line_unused(line, entry);
	}
	return why;
}

static void check_entry(const Data *data, const Entry *entry, List *list)
{
	const char *why;

	if (entry->used || !is_head(entry->head))
		return;
	why = why_unused(data, entry);
	if (why)
		complain(list->wrong, "%s: %s: %s: %s", list->path, entry->head,
			 why, entry->text);
}

void unreached_check(Data *data, GPtrArray *not_built, const char *path,
		     gboolean all, GPtrArray *wrong)
{
	g_autoptr(GPtrArray) entries =
		g_ptr_array_new_with_free_func(free_entry);
	g_autofree char *release = read_word(data->dir, "release");
	List list = {
		.path = path,
		.release = release,
		.entries = entries,
		.wrong = wrong,
		.reason = g_string_new(NULL),
	};

	read_list(&list);
	for (guint i = 0; i < data->blames->len; i++) {
		const Blame *blame = data->blames->pdata[i];
		Line *line = file_line(blame->file, blame->line);

		if (!blame->patch || !line)
			continue;
		if (!line->count)
			check_line(data, blame, line, &list, all);
		else if (line->taken < line->branches)
			check_branches(data, blame, line, &list);
	}
	for (guint i = 0; i < not_built->len; i++)
		check_file(not_built->pdata[i], &list, all);
	for (guint i = 0; i < entries->len; i++)
		check_entry(data, entries->pdata[i], &list);
	g_string_free(list.reason, TRUE);
}
