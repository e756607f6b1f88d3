/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers for files and error messages. */
#ifndef HOST_IO_H
#define HOST_IO_H

#include <glib.h>

/* fail() - sets @error to a message of one line. Always returns FALSE. */
gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Handles one row of a table, whose fields are separated by tabs. each_row() owns
 * @fields. Returns FALSE if it set @error.
 */
typedef gboolean (*RowFunc)(char **fields, gpointer user, GError **error);

/*
 * each_row() - calls @func for each line of @dir/@name, which must have @count
 * fields; the last one gets the rest of the line, including tabs.
 */
gboolean each_row(const char *dir, const char *name, guint count, RowFunc func,
		  gpointer user, GError **error);

/*
 * read_lines() - the lines of the file @dir/@name, without their ends. NULL with
 * @error set if it cannot be read. Free with g_strfreev().
 */
char **read_lines(const char *dir, const char *name, GError **error);

/* read_text() - all of @dir/@name; NULL with @error set if it cannot be read. */
char *read_text(const char *dir, const char *name, GError **error);

/* read_word() - the first line of @dir/@name, or "" if there is none. */
char *read_word(const char *dir, const char *name);

/* line_after() - what follows @start in the first line of @dir/@name that begins so, or NULL. */
char *line_after(const char *dir, const char *name, const char *start);

/* write_file() - writes @text to @dir/@name. */
gboolean write_file(const char *dir, const char *name, const char *text,
		    GError **error);

/* write_sorted() - writes the strings of @list to @dir/@name, sorted, each once. */
gboolean write_sorted(const char *dir, const char *name, GPtrArray *list,
		      GError **error);

gboolean exists(const char *dir, const char *name);

/*
 * list_tree() - the files below @dir, as sorted names relative to @dir. A directory
 * that does not exist or cannot be read counts as empty. Links are not followed.
 */
GPtrArray *list_tree(const char *dir);

/* copy_tree() - copies the file or directory @from/@name to @to/@name. */
gboolean copy_tree(const char *from, const char *to, const char *name,
		   GError **error);

/* same_tree() - are the files below @a/@name and @b/@name the same? */
gboolean same_tree(const char *a, const char *b, const char *name);

/* remove_tree() - removes @path and all below it, as far as that can be done. */
void remove_tree(const char *path);

/* by_text() - compares strings of a GPtrArray, byte by byte. */
int by_text(gconstpointer a, gconstpointer b);

/* setting() - the variable @name of the environment, or "". */
const char *setting(const char *name);

/* to_number() - parses @text as a number. If it is none, the error names @what. */
gboolean to_number(const char *text, const char *what, guint64 *number,
		   GError **error);

#endif
