// SPDX-License-Identifier: GPL-2.0-or-later
#include "gcov.h"

#include "io.h"

#include <string.h>

#define DEPTH_MAX 64

typedef struct {
	const char *at, *end;
	const char *why; /* it failed; then at == end */
	char *tree; /* ends with a slash */
	GArray *out; /* of GcovLine */
	GString *text; /* the last string */
} Reader;

/* A source, which is known to be below the tree only when all of it is read. */
typedef struct {
	char *name;
	GArray *lines; /* of GcovLine */
} Source;

/* Ends all loops, for nothing is left to be read. */
static void give_up(Reader *reader, const char *why)
{
	if (!reader->why)
		reader->why = why;
	reader->at = reader->end;
}

/* The next character, or -1 at the end. */
static int peek(const Reader *reader)
{
	return reader->at < reader->end ? (unsigned char)*reader->at : -1;
}

static void skip_blanks(Reader *reader)
{
	while (peek(reader) > 0 && strchr(" \n\t\r", peek(reader)))
		reader->at++;
}

static void expect(Reader *reader, int c)
{
	skip_blanks(reader);
	if (peek(reader) == c)
		reader->at++;
	else
		give_up(reader, peek(reader) < 0 ? "it ends too early"
						 : "this is not JSON");
}

static void read_code(Reader *reader)
{
	gunichar code = 0;

	for (int i = 0; i < 4; i++) {
		reader->at++;
		if (peek(reader) < 0 || !g_ascii_isxdigit(peek(reader))) {
			give_up(reader, "this is not JSON");
			return;
		}
		code = code * 16 + g_ascii_xdigit_value(peek(reader));
	}
	reader->at++;
	g_string_append_unichar(reader->text, code ? code : '?');
}

static void read_escape(Reader *reader)
{
	switch (peek(reader)) {
	case -1:
		give_up(reader, "it ends too early");
		return;
	case 'u':
		read_code(reader);
		return;
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		g_string_append_c(reader->text, ' ');
		break;
	default:
		g_string_append_c(reader->text, peek(reader));
	}
	reader->at++;
}

static const char *read_string(Reader *reader)
{
	g_string_truncate(reader->text, 0);
	expect(reader, '"');
	while (peek(reader) >= 0 && peek(reader) != '"') {
		if (*reader->at++ == '\\')
			read_escape(reader);
		else
			g_string_append_c(reader->text, reader->at[-1]);
	}
	expect(reader, '"');
	return reader->text->str;
}

/* Counts that gcov could not make sense of are negative. */
static guint64 read_count(Reader *reader)
{
	gboolean negative = FALSE;
	guint64 n = 0;

	skip_blanks(reader);
	if (peek(reader) == '-') {
		negative = TRUE;
		reader->at++;
	}
	if (peek(reader) < 0 || !g_ascii_isdigit(peek(reader)))
		give_up(reader, "a number was expected");
	for (; peek(reader) >= 0 && g_ascii_isdigit(peek(reader)); reader->at++)
		n = n * 10 + g_ascii_digit_value(peek(reader));
	return negative ? 0 : n;
}

/* more() - is there one more member or element before @close? */
static gboolean more(Reader *reader, gboolean *first, int close)
{
	skip_blanks(reader);
	if (peek(reader) == close) {
		reader->at++;
		return FALSE;
	}
	if (!*first)
		expect(reader, ',');
	*first = FALSE;
	if (peek(reader) < 0)
		give_up(reader, "it ends too early");
	return !reader->why;
}

static const char *read_key(Reader *reader)
{
	read_string(reader);
	expect(reader, ':');
	return reader->text->str;
}

static void skip_value(Reader *reader, guint depth);

static void skip_members(Reader *reader, int close, guint depth)
{
	gboolean first = TRUE;

	reader->at++;
	while (more(reader, &first, close)) {
		if (close == '}')
			read_key(reader);
		skip_value(reader, depth + 1);
	}
}

static void skip_value(Reader *reader, guint depth)
{
	skip_blanks(reader);
	if (depth > DEPTH_MAX) {
		give_up(reader, "it is nested too deeply");
	} else if (peek(reader) == '{') {
		skip_members(reader, '}', depth);
	} else if (peek(reader) == '[') {
		skip_members(reader, ']', depth);
	} else if (peek(reader) == '"') {
		read_string(reader);
	} else {
		/* A number, true, false or null. */
		const char *begin = reader->at;

		while (peek(reader) > 0 && (g_ascii_isalnum(peek(reader)) ||
					    strchr("+-.", peek(reader))))
			reader->at++;
		if (reader->at == begin)
			give_up(reader, "this is not JSON");
	}
}

static void read_line(Reader *reader, GArray *lines)
{
	GcovLine line = {.function = ""};
	gboolean first = TRUE;

	expect(reader, '{');
	while (more(reader, &first, '}')) {
		const char *key = read_key(reader);

		if (!strcmp(key, "line_number"))
			line.line = read_count(reader);
		else if (!strcmp(key, "count"))
			line.count = read_count(reader);
		else if (!strcmp(key, "function_name"))
			line.function = g_intern_string(read_string(reader));
		else
			skip_value(reader, 0);
	}
	g_array_append_val(lines, line);
}

static void read_lines_of(Reader *reader, GArray *lines)
{
	gboolean first = TRUE;

	expect(reader, '[');
	while (more(reader, &first, ']'))
		read_line(reader, lines);
}

static void read_source(Reader *reader, GArray *sources)
{
	Source source = {.lines = g_array_new(FALSE, FALSE, sizeof(GcovLine))};
	gboolean first = TRUE;

	expect(reader, '{');
	while (more(reader, &first, '}')) {
		const char *key = read_key(reader);

		if (!strcmp(key, "file")) {
			g_free(source.name);
			source.name = g_strdup(read_string(reader));
		} else if (!strcmp(key, "lines")) {
			read_lines_of(reader, source.lines);
		} else {
			skip_value(reader, 0);
		}
	}
	if (!source.name)
		give_up(reader, "a source without a name");
	g_array_append_val(sources, source);
}

static int by_line(gconstpointer a, gconstpointer b)
{
	const GcovLine *left = a, *right = b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	return strcmp(left->function, right->function);
}

/* A line that several functions share counts for all of them. */
static void add_source(Reader *reader, Source *source, const char *dir,
		       const char *data_file)
{
	g_autofree char *path = g_canonicalize_filename(source->name, dir);
	const char *name;
	guint64 count = 0;

	if (!g_str_has_prefix(path, reader->tree))
		return;
	name = g_intern_string(path + strlen(reader->tree));
	g_array_sort(source->lines, by_line);
	for (guint i = 0; i < source->lines->len; i++) {
		GcovLine line = g_array_index(source->lines, GcovLine, i);

		count += line.count;
		if (i + 1 < source->lines->len &&
		    g_array_index(source->lines, GcovLine, i + 1).line ==
			    line.line)
			continue;
		line.data_file = data_file;
		line.source = name;
		line.count = count;
		if (!*line.function)
			line.function = g_intern_string("-");
		g_array_append_val(reader->out, line);
		count = 0;
	}
}

static void clear_source(gpointer pointer)
{
	Source *source = pointer;

	g_free(source->name);
	g_array_unref(source->lines);
}

static void read_sources(Reader *reader, GArray *sources)
{
	gboolean first = TRUE;

	expect(reader, '[');
	while (more(reader, &first, ']'))
		read_source(reader, sources);
}

/* One data file. */
static void read_document(Reader *reader)
{
	g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(Source));
	g_autofree char *dir = g_strdup("/");
	const char *data_file = NULL;
	gboolean first = TRUE;

	g_array_set_clear_func(sources, clear_source);
	expect(reader, '{');
	while (more(reader, &first, '}')) {
		const char *key = read_key(reader);

		if (!strcmp(key, "data_file")) {
			data_file = g_intern_string(read_string(reader));
		} else if (!strcmp(key, "current_working_directory")) {
			g_free(dir);
			dir = g_strdup(read_string(reader));
		} else if (!strcmp(key, "files")) {
			read_sources(reader, sources);
		} else {
			skip_value(reader, 0);
		}
	}
	if (!data_file)
		give_up(reader, "it does not say which data file it is about");
	for (guint i = 0; !reader->why && i < sources->len; i++)
		add_source(reader, &g_array_index(sources, Source, i),
			   g_path_is_absolute(dir) ? dir : "/", data_file);
}

GArray *gcov_parse(const char *json, gsize size, const char *tree,
		   GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *slash =
		g_strconcat(tree, g_str_has_suffix(tree, "/") ? "" : "/", NULL);
	Reader reader = {
		.at = json,
		.end = json + size,
		.tree = slash,
		.text = text,
		.out = g_array_new(FALSE, FALSE, sizeof(GcovLine)),
	};

	for (skip_blanks(&reader); peek(&reader) >= 0; skip_blanks(&reader))
		read_document(&reader);
	if (reader.why) {
		fail(error, "gcov's output: %s", reader.why);
		g_clear_pointer(&reader.out, g_array_unref);
	}
	return reader.out;
}
