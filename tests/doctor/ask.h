/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks programs and the environment. */
#ifndef DOCTOR_ASK_H
#define DOCTOR_ASK_H

#include <glib.h>

/*
 * ask() - runs a program with its arguments, which end with NULL. Returns whether its status
 * is 0. *@text: what it said, without "error: " and the last newline; owned. May be NULL.
 */
gboolean ask(char **text, const char *program, ...) G_GNUC_NULL_TERMINATED;

/* has_program() - is it in PATH? */
gboolean has_program(const char *name);

/* The variable @name, which is for tests; or what is usual. */
const char *place(const char *name, const char *usual);

#endif
