// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libclang tells what each piece of the text is. Where macros hide the ends of a piece,
 * as in "if (WARN_ON(x))", the text tells them.
 */
#include "places.h"

#include <clang-c/Index.h>
#include <string.h>

#include "../host/io.h"

typedef struct {
	CXFile file;
	const char *text;
	gsize size;
	GArray *places;
	GStringChunk *names;
	const char *function;
} Finder;

/* A statement or expression: its bytes in the text, and its children. */
typedef struct {
	gsize begin, end;
} Range;

static gsize skip_blanks(const Finder *finder, gsize at)
{
	while (at < finder->size && g_ascii_isspace(finder->text[at]))
		at++;
	return at;
}

/* The last byte before @at that is neither blank nor part of a comment, or 0. */
static char byte_before(const Finder *finder, gsize at)
{
	while (at > 0) {
		const char *here = finder->text + at;

		if (g_ascii_isspace(here[-1])) {
			at--;
		} else if (at >= 4 && !strncmp(here - 2, "*/", 2)) {
			char *begin = g_strrstr_len(finder->text, at - 2, "/*");

			if (!begin)
				return 0;
			at = begin - finder->text;
		} else {
			return here[-1];
		}
	}
	return 0;
}

/* The end of the string or character constant that begins at @at. */
static gsize skip_quoted(const Finder *finder, gsize at)
{
	char quote = finder->text[at++];

	while (at < finder->size && finder->text[at] != quote)
		at += finder->text[at] == '\\' ? 2 : 1;
	return at;
}

/* The index of the parenthesis that closes the one at @at, or 0. */
static gsize closing(const Finder *finder, gsize at)
{
	guint depth = 0;

	for (; at < finder->size; at++) {
		switch (finder->text[at]) {
		case '(':
			depth++;
			break;
		case ')':
			if (!--depth)
				return at;
			break;
		case '"':
		case '\'':
			at = skip_quoted(finder, at);
			break;
		}
	}
	return 0;
}

/* Is there a range in the file itself, and where? */
static gboolean range_of(const Finder *finder, CXCursor cursor, Range *range)
{
	CXSourceRange extent = clang_getCursorExtent(cursor);
	CXFile begin_file, end_file;
	unsigned int begin, end;

	clang_getFileLocation(clang_getRangeStart(extent), &begin_file, NULL,
			      NULL, &begin);
	clang_getFileLocation(clang_getRangeEnd(extent), &end_file, NULL, NULL,
			      &end);
	if (!begin_file || !end_file ||
	    !clang_File_isEqual(begin_file, finder->file) ||
	    !clang_File_isEqual(end_file, finder->file) || begin >= end ||
	    end > finder->size)
		return FALSE;
	range->begin = begin;
	range->end = end;
	return TRUE;
}

static void add(Finder *finder, PlaceKind kind, gsize begin, gsize end)
{
	Place place = {kind, begin, end, finder->function};

	if (begin >= end)
		return;
	/* A macro may lead to the same piece of the text twice. */
	for (guint i = 0; i < finder->places->len; i++) {
		const Place *old = &g_array_index(finder->places, Place, i);

		if (old->kind == kind && old->begin == begin && old->end == end)
			return;
	}
	g_array_append_val(finder->places, place);
}

static enum CXChildVisitResult collect(CXCursor cursor, CXCursor parent,
				       CXClientData data)
{
	(void)parent;
	g_array_append_val((GArray *)data, cursor);
	return CXChildVisit_Continue;
}

static GArray *children_of(CXCursor cursor)
{
	GArray *children = g_array_new(FALSE, FALSE, sizeof(CXCursor));

	clang_visitChildren(cursor, collect, children);
	return children;
}

static CXCursor child(const GArray *children, guint i)
{
	return i < children->len ? g_array_index(children, CXCursor, i)
				 : clang_getNullCursor();
}

/* Does a branch end with goto or return? */
static gboolean leaves(CXCursor branch)
{
	enum CXCursorKind kind = clang_getCursorKind(branch);

	if (kind == CXCursor_CompoundStmt) {
		g_autoptr(GArray) statements = children_of(branch);

		return statements->len &&
		       leaves(child(statements, statements->len - 1));
	}
	return kind == CXCursor_GotoStmt || kind == CXCursor_ReturnStmt;
}

static gboolean word_at(const Finder *finder, gsize at, const char *word)
{
	gsize len = strlen(word);

	return at + len < finder->size &&
	       !strncmp(finder->text + at, word, len) &&
	       !g_ascii_isalnum(finder->text[at + len]) &&
	       finder->text[at + len] != '_';
}

/* What is in the parentheses behind @word, which begins at @at. */
static gboolean parenthesised(const Finder *finder, gsize at, const char *word,
			      Range *range)
{
	gsize open, close;

	if (!word_at(finder, at, word))
		return FALSE;
	open = skip_blanks(finder, at + strlen(word));
	close = finder->text[open] == '(' ? closing(finder, open) : 0;
	range->begin = open + 1;
	range->end = close;
	return close;
}

static void look_at_if(Finder *finder, CXCursor cursor, Range range)
{
	g_autoptr(GArray) children = children_of(cursor);
	Range condition;

	if (!parenthesised(finder, range.begin, "if", &condition))
		return;
	add(finder, PLACE_IF, condition.begin, condition.end);
	add(finder,
	    leaves(child(children, 1)) ? PLACE_LEAVING_IF : PLACE_STAYING_IF,
	    condition.begin, condition.end);
}

static void look_at_while(Finder *finder, Range range)
{
	Range condition;

	if (parenthesised(finder, range.begin, "while", &condition))
		add(finder, PLACE_LOOP, condition.begin, condition.end);
}

static void look_at_for(Finder *finder, Range range)
{
	Range head;
	gsize at, first = 0;

	if (!parenthesised(finder, range.begin, "for", &head))
		return;
	for (at = head.begin; at < head.end; at++) {
		if (finder->text[at] == '(') {
			at = closing(finder, at);
		} else if (finder->text[at] == ';') {
			if (first)
				break;
			first = skip_blanks(finder, at + 1);
		}
	}
	if (first && at < head.end)
		add(finder, PLACE_LOOP, first, at);
}

static void look_at_choice(Finder *finder, CXCursor cursor)
{
	g_autoptr(GArray) children = children_of(cursor);
	Range condition;
	gsize after;

	if (!range_of(finder, child(children, 0), &condition))
		return;
	after = skip_blanks(finder, condition.end);
	if (finder->text[after] == '?')
		add(finder, PLACE_CHOICE, condition.begin, condition.end);
}

static void look_at_binary(Finder *finder, CXCursor cursor)
{
	g_autoptr(GArray) children = children_of(cursor);
	Range left, right;
	gsize at, end;
	const char *text = finder->text;

	if (children->len != 2 ||
	    !range_of(finder, child(children, 0), &left) ||
	    !range_of(finder, child(children, 1), &right) ||
	    left.end > right.begin)
		return;
	at = skip_blanks(finder, left.end);
	for (end = at; end < right.begin && strchr("<>=!&|", text[end]); end++)
		;
	if (end - at == 2 &&
	    (!strncmp(text + at, "&&", 2) || !strncmp(text + at, "||", 2))) {
		add(finder, PLACE_OPERAND, left.begin, right.begin);
		add(finder, PLACE_OPERAND, left.end, right.end);
	} else if ((text[at] == '<' || text[at] == '>') &&
		   (end - at == 1 || (end - at == 2 && text[at + 1] == '='))) {
		add(finder, PLACE_COMPARISON, at, end);
	}
}

/* "name(...)", and nothing behind the closing parenthesis. */
static gboolean is_call(const Finder *finder, Range range)
{
	gsize at = range.begin;
	const char *text = finder->text;

	while (at < range.end &&
	       (g_ascii_isalnum(text[at]) || strchr("_->.", text[at])))
		at++;
	return at > range.begin && text[at] == '(' &&
	       closing(finder, at) + 1 == range.end;
}

static gboolean is_assignment(enum CXCursorKind kind, const Finder *finder,
			      Range range)
{
	if (kind == CXCursor_CompoundAssignOperator)
		return TRUE;
	if (kind == CXCursor_UnaryOperator)
		return g_strstr_len(finder->text + range.begin,
				    range.end - range.begin, "++") ||
		       g_strstr_len(finder->text + range.begin,
				    range.end - range.begin, "--");
	return kind == CXCursor_BinaryOperator &&
	       finder->text[range.begin] != '(';
}

/* A statement of its own, which an empty one can replace? */
static gboolean is_statement(const Finder *finder, CXCursor parent, Range range)
{
	enum CXCursorKind kind = clang_getCursorKind(parent);

	if (finder->text[skip_blanks(finder, range.end)] != ';')
		return FALSE;
	switch (kind) {
	case CXCursor_CompoundStmt:
	case CXCursor_LabelStmt:
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
	case CXCursor_DoStmt:
		return strchr("{};:)/", byte_before(finder, range.begin)) !=
		       NULL;
	case CXCursor_IfStmt:
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
		/* (")": a condition; "e": else.) */
		return strchr(")e", byte_before(finder, range.begin)) != NULL;
	default:
		return FALSE;
	}
}

static void look_at_statement(Finder *finder, CXCursor cursor, CXCursor parent,
			      Range range)
{
	enum CXCursorKind kind = clang_getCursorKind(cursor);

	if (!is_statement(finder, parent, range))
		return;
	if (is_call(finder, range))
		add(finder, PLACE_CALL, range.begin, range.end);
	else if (is_assignment(kind, finder, range))
		add(finder, PLACE_ASSIGNMENT, range.begin, range.end);
}

static void look_at_return(Finder *finder, Range range)
{
	gsize at = range.begin + strlen("return");

	if (word_at(finder, range.begin, "return"))
		add(finder, PLACE_RETURNED, skip_blanks(finder, at), range.end);
}

/* Only what is written as a number: not 0 from NULL or GFP_KERNEL. */
static void look_at_number(Finder *finder, CXCursor parent, Range range)
{
	if (clang_getCursorKind(parent) != CXCursor_ReturnStmt &&
	    g_ascii_isdigit(finder->text[range.begin]))
		add(finder, PLACE_NUMBER, range.begin, range.end);
}

static void look_at_errno(Finder *finder, Range range)
{
	const char *text = finder->text + range.begin;
	gsize len = range.end - range.begin;

	if (len < 3 || text[0] != '-' || text[1] != 'E')
		return;
	for (gsize i = 1; i < len; i++)
		if (!g_ascii_isupper(text[i]) && !g_ascii_isdigit(text[i]))
			return;
	add(finder, PLACE_ERRNO, range.begin, range.end);
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent,
				     CXClientData data)
{
	Finder *finder = data;
	Range range;

	if (!range_of(finder, cursor, &range))
		return CXChildVisit_Recurse;
	switch (clang_getCursorKind(cursor)) {
	case CXCursor_IfStmt:
		look_at_if(finder, cursor, range);
		break;
	case CXCursor_WhileStmt:
		look_at_while(finder, range);
		break;
	case CXCursor_ForStmt:
		look_at_for(finder, range);
		break;
	case CXCursor_ConditionalOperator:
		look_at_choice(finder, cursor);
		break;
	case CXCursor_BinaryOperator:
		look_at_binary(finder, cursor);
		break;
	case CXCursor_ReturnStmt:
		look_at_return(finder, range);
		break;
	case CXCursor_IntegerLiteral:
		look_at_number(finder, parent, range);
		break;
	case CXCursor_UnaryOperator:
		look_at_errno(finder, range);
		break;
	default:
		break;
	}
	look_at_statement(finder, cursor, parent, range);
	return CXChildVisit_Recurse;
}

static enum CXChildVisitResult visit_top(CXCursor cursor, CXCursor parent,
					 CXClientData data)
{
	Finder *finder = data;
	CXString name;
	Range range;

	(void)parent;
	if (clang_getCursorKind(cursor) != CXCursor_FunctionDecl ||
	    !clang_isCursorDefinition(cursor) ||
	    !range_of(finder, cursor, &range))
		return CXChildVisit_Continue;
	name = clang_getCursorSpelling(cursor);
	finder->function = g_string_chunk_insert_const(finder->names,
						       clang_getCString(name));
	clang_disposeString(name);
	clang_visitChildren(cursor, visit, finder);
	return CXChildVisit_Continue;
}

static int by_place(gconstpointer a, gconstpointer b)
{
	const Place *one = a, *two = b;

	if (one->begin != two->begin)
		return one->begin < two->begin ? -1 : 1;
	if (one->kind != two->kind)
		return one->kind < two->kind ? -1 : 1;
	return (one->end > two->end) - (one->end < two->end);
}

GArray *places_find(const char *path, const char *text, const char *source,
		    char **args, GStringChunk *names, GError **error)
{
	CXIndex index = clang_createIndex(0, 0);
	CXTranslationUnit unit = NULL;
	Finder finder = {.text = text, .size = strlen(text), .names = names};

	finder.places = g_array_new(FALSE, FALSE, sizeof(Place));
	if (clang_parseTranslationUnit2(
		    index, source, (const char *const *)args,
		    g_strv_length(args), NULL, 0, CXTranslationUnit_KeepGoing,
		    &unit) == CXError_Success)
		finder.file = clang_getFile(unit, path);
	if (finder.file)
		clang_visitChildren(clang_getTranslationUnitCursor(unit),
				    visit_top, &finder);
	else
		fail(error, "libclang cannot read %s in %s", path, source);
	if (unit)
		clang_disposeTranslationUnit(unit);
	clang_disposeIndex(index);
	if (!finder.file) {
		g_array_unref(finder.places);
		return NULL;
	}
	g_array_sort(finder.places, by_place);
	return finder.places;
}
