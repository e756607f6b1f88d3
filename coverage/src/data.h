/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of a run, in build/coverage/data. Its files have fields separated by
 * tabs:
 *
 *   files		FILE: the files that the report covers
 *   source/FILE	the source as it was compiled
 *   all.lines		FILE LINE COUNT FUNCTION: each line that can run
 *   tests.lines	TEST FILE LINES: "12:3 15-17:1" is line 12, three times, and
 *			lines 15 to 17, once each
 *   patches		NUMBER COMMIT SUBJECT
 *   diff.NUMBER	the patch
 *   blame		FILE LINE NUMBER FILE-THEN LINE-THEN: the patch that last
 *			changed a line, and its place there; "edit": no patch
 *   branches		FILE LINE TAKEN ALL
 *   reasons		FILE LINE REASON: why a line, or some branch of it, does not run
 *   lost.txt		tests whose data is lost
 *   unsure		tests whose data may be incomplete: lost, skipped or failed
 *   release, prefix	of the kernel; where the sources of coverage.info are
 *   trouble, run	what libgcov complained of; which run it was
 *
 * In memory it is a struct Data, which owns the strings of its structs.
 */
#ifndef COVERAGE_DATA_H
#define COVERAGE_DATA_H

#include "io.h"

typedef struct {
	char *number, *commit, *subject;
} Patch;

/* A test that ran a line. */
typedef struct {
	guint test; /* index in Data.tests */
	guint64 count;
} Run;

/* A line that can run. */
typedef struct {
	guint line;
	guint64 count;
	const char *function; /* "-": none */
	const Patch *patch; /* that last changed it; NULL: none */
	gboolean edited; /* since the last patch */
	guint branches, taken;
	guint reasoned; /* branches not taken for which there is a reason */
	char *reason; /* why it, or some branch of it, does not run; or NULL */
	GArray *runs; /* of Run, in the order of their tests; NULL: none */
} Line;

typedef struct {
	char *name; /* in the kernel's source */
	GPtrArray *lines; /* of Line, in their order */
	GHashTable *by_line; /* line number -> Line */
	char **text; /* its source, see file_text() */
	guint text_lines;
} File;

/* A line of the source that a patch left, whether it can run or not. */
typedef struct {
	File *file;
	guint line;
	const Patch *patch; /* NULL: it was edited */
	char *file_then;
	guint line_then;
} Blame;

typedef struct {
	char *dir;
	GPtrArray *files; /* of File, in the order of their names */
	GHashTable *by_name; /* name -> File */
	GPtrArray *patches; /* of Patch, the first one first */
	GPtrArray *blames; /* of Blame */
	GPtrArray *tests; /* names */
	GHashTable *test_numbers; /* name -> index in tests */
	GPtrArray *lost, *unsure; /* names of tests */
} Data;

/* data_new() - data with only the names in @dir/files. */
Data *data_new(const char *dir, GError **error);

/*
 * data_open() - reads the data in @dir. "branches" and "reasons" may be missing,
 * because they are written last. Returns NULL and sets @error if it is not valid.
 */
Data *data_open(const char *dir, GError **error);

void data_free(Data *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Data, data_free)

File *data_file(const Data *data, const char *name);
Line *file_line(const File *file, guint line);
Line *data_line(const Data *data, const char *name, guint line);

/* data_add_line() - adds a line that can run. It must not exist yet. */
Line *data_add_line(File *file, guint line, const char *function);

/* data_test() - the number of test @name; adds the test if it is new. */
guint data_test(Data *data, const char *name);

/* line_add_run() - adds @count runs by @test. */
void line_add_run(Line *line, guint test, guint64 count);

/* file_text() - a line of the source as it was compiled; NULL past the end. */
const char *file_text(const Data *data, File *file, guint line);

/* patch_number() - the patch of that number, or NULL. */
const Patch *patch_number(const Data *data, const char *number);

/* Writes all.lines and tests.lines. */
gboolean data_write_lines(const Data *data, GError **error);
gboolean data_write_tests(const Data *data, GError **error);

#endif
