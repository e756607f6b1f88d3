// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gcov-lines TREE <JSON: what "gcov --stdout --json-format" prints, as lines of
 * text:
 *
 *   D	DATA			of the data file follows
 *   F	FILE			of this source, relative to TREE
 *   LINE	COUNT	FUNCTION	one that can run
 *
 * Sources outside TREE are left out. JSON has no order among the members of an
 * object, and gcc changed it, hence a parser; members not known here are
 * skipped: later compilers have more.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

typedef struct {
	guint line;
	guint64 count;
	const char *function; /* in a string chunk; "" if none */
} Line;

typedef struct {
	char *name;
	GArray *lines;
} Source;

static int next; /* the character that comes */
static char *tree;
static GStringChunk *functions;

G_GNUC_NORETURN static void die(const char *why)
{
	fprintf(stderr, "error: gcov's output: %s\n", why);
	exit(1);
}

static void advance(void)
{
	next = getchar_unlocked();
}

static void skip_blanks(void)
{
	while (next == ' ' || next == '\n' || next == '\t' || next == '\r')
		advance();
}

static void expect(int c)
{
	skip_blanks();
	if (next != c)
		die(next == EOF ? "it ends too early" : "this is not JSON");
	advance();
}

static void read_escape(GString *text)
{
	gunichar code = 0;

	switch (next) {
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		g_string_append_c(text, ' ');
		break;
	case 'u':
		for (int i = 0; i < 4; i++) {
			advance();
			if (!g_ascii_isxdigit(next))
				die("this is not JSON");
			code = code * 16 + g_ascii_xdigit_value(next);
		}
		g_string_append_unichar(text, code ? code : '?');
		break;
	default:
		g_string_append_c(text, next);
	}
	advance();
}

static void read_string(GString *text)
{
	g_string_truncate(text, 0);
	expect('"');
	while (next != '"') {
		if (next == EOF)
			die("it ends too early");
		if (next == '\\') {
			advance();
			read_escape(text);
			continue;
		}
		g_string_append_c(text, next);
		advance();
	}
	advance();
}

/* Counts that gcov could not make sense of are negative. */
static guint64 read_count(void)
{
	gboolean negative = FALSE;
	guint64 n = 0;

	skip_blanks();
	if (next == '-') {
		negative = TRUE;
		advance();
	}
	if (!g_ascii_isdigit(next))
		die("a number was expected");
	for (; g_ascii_isdigit(next); advance())
		n = n * 10 + g_ascii_digit_value(next);
	return negative ? 0 : n;
}

/*
 * more(&first, close) - is there one more member or element before @close?
 */
static gboolean more(gboolean *first, int close)
{
	skip_blanks();
	if (next == close) {
		advance();
		return FALSE;
	}
	if (!*first)
		expect(',');
	*first = FALSE;
	return TRUE;
}

static void read_key(GString *key)
{
	read_string(key);
	expect(':');
}

static void skip_value(guint depth)
{
	g_autoptr(GString) text = NULL;
	gboolean first = TRUE;
	int open;

	skip_blanks();
	if (depth > DEPTH_MAX)
		die("it is nested too deeply");
	if (next == '{' || next == '[') {
		open = next;
		advance();
		if (open == '{')
			text = g_string_new(NULL);
		while (more(&first, open == '{' ? '}' : ']')) {
			if (open == '{')
				read_key(text);
			skip_value(depth + 1);
		}
	} else if (next == '"') {
		text = g_string_new(NULL);
		read_string(text);
	} else {
		/* A number, true, false or null. */
		if (!g_ascii_isalnum(next) && next != '-')
			die("this is not JSON");
		while (g_ascii_isalnum(next) || (next && strchr("+-.", next)))
			advance();
	}
}

static void read_line(GArray *lines, GString *text)
{
	Line line = {.function = ""};
	gboolean first = TRUE;

	expect('{');
	while (more(&first, '}')) {
		read_key(text);
		if (!strcmp(text->str, "line_number")) {
			line.line = read_count();
		} else if (!strcmp(text->str, "count")) {
			line.count = read_count();
		} else if (!strcmp(text->str, "function_name")) {
			read_string(text);
			line.function = g_string_chunk_insert_const(functions,
								    text->str);
		} else {
			skip_value(0);
		}
	}
	g_array_append_val(lines, line);
}

static void read_source(GArray *sources, GString *text)
{
	Source source = {.lines = g_array_new(FALSE, FALSE, sizeof(Line))};
	gboolean first = TRUE, inner;

	expect('{');
	while (more(&first, '}')) {
		read_key(text);
		if (!strcmp(text->str, "file")) {
			read_string(text);
			g_free(source.name);
			source.name = g_strdup(text->str);
		} else if (!strcmp(text->str, "lines")) {
			inner = TRUE;
			expect('[');
			while (more(&inner, ']'))
				read_line(source.lines, text);
		} else {
			skip_value(0);
		}
	}
	if (!source.name)
		die("a source without a name");
	g_array_append_val(sources, source);
}

static int by_line(gconstpointer a, gconstpointer b)
{
	const Line *left = a, *right = b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	return strcmp(left->function, right->function);
}

/* A line that several functions share counts for all of them. */
static void print_source(Source *source, const char *dir)
{
	g_autofree char *path = g_canonicalize_filename(source->name, dir);
	const Line *line;
	guint64 count = 0;

	if (!g_str_has_prefix(path, tree))
		return;
	printf("F\t%s\n", path + strlen(tree));
	g_array_sort(source->lines, by_line);
	for (guint i = 0; i < source->lines->len; i++) {
		line = &g_array_index(source->lines, Line, i);
		count += line->count;
		if (i + 1 < source->lines->len && line[1].line == line->line)
			continue;
		printf("%u\t%" G_GUINT64_FORMAT "\t%s\n", line->line, count,
		       *line->function ? line->function : "-");
		count = 0;
	}
}

static void clear_source(gpointer data)
{
	Source *source = data;

	g_free(source->name);
	g_array_unref(source->lines);
}

/* One data file. */
static void read_document(void)
{
	g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(Source));
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *data = NULL, *dir = NULL;
	gboolean first = TRUE, inner;

	g_array_set_clear_func(sources, clear_source);
	functions = g_string_chunk_new(4096);
	expect('{');
	while (more(&first, '}')) {
		read_key(text);
		if (!strcmp(text->str, "data_file")) {
			read_string(text);
			g_free(data);
			data = g_strdup(text->str);
		} else if (!strcmp(text->str, "current_working_directory")) {
			read_string(text);
			g_free(dir);
			dir = g_strdup(text->str);
		} else if (!strcmp(text->str, "files")) {
			inner = TRUE;
			expect('[');
			while (more(&inner, ']'))
				read_source(sources, text);
		} else {
			skip_value(0);
		}
	}
	if (!data)
		die("it does not say which data file it is about");
	printf("D\t%s\n", data);
	for (guint i = 0; i < sources->len; i++)
		print_source(&g_array_index(sources, Source, i),
			     dir && g_path_is_absolute(dir) ? dir : "/");
	g_string_chunk_free(functions);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: gcov-lines TREE <JSON\n");
		return 2;
	}
	tree = g_str_has_suffix(argv[1], "/") ? g_strdup(argv[1])
					      : g_strconcat(argv[1], "/", NULL);
	advance();
	for (skip_blanks(); next != EOF; skip_blanks())
		read_document();
	g_free(tree);
	if (fflush(stdout) || ferror(stdout)) {
		perror("error: gcov-lines");
		return 1;
	}
	return 0;
}
