/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict parsing of the commands that people and tests write to files. */
#ifndef SHIM_TEXT_H
#define SHIM_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More words in one line than any command has. */
#define TEXT_WORDS_MAX 8

/**
 * TextLine - one line of a command text: its words, then NULL
 */
typedef struct {
	guint count;
	char *words[TEXT_WORDS_MAX + 1];
} TextLine;

/**
 * text_lines - split a text into lines of words, without blank lines
 * @copy: receives the owned memory that the words point into
 *
 * Return: owned array of TextLine. NULL if the text has no words, a line with too
 * many words, or a byte other than printable ASCII, blank, tab or newline; then *@copy
 * is unchanged.
 */
GArray *text_lines(const char *text, size_t len, char **copy);

/**
 * text_number - parse a number, decimal or with 0x, without a sign
 *
 * Return: false if @word (which may be NULL) is not a number in @min..@max; then *@out
 * is unchanged.
 */
bool text_number(const char *word, uint64_t min, uint64_t max, uint64_t *out);

/* Likewise, hexadecimal with or without 0x. */
bool text_hex(const char *word, uint64_t max, uint64_t *out);

#endif
