/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library of the tests of commands: of scripts, and of programs as a user calls them.
 *
 * A group of checks is a test of GLib's (-p /each/shards runs only that group). Each check is
 * a line "ok - NAME" or "not ok - NAME", with the last command, what it said and why that is
 * wrong; a failed check does not end its group. The last line is "N passed, N failed".
 *
 * Each group starts in an empty scratch directory: the working directory of all commands, $TMP
 * to them. $ROOT is the clone, $BIN the directory of the programs of tests/, $SB_BUILD is
 * build/ in $TMP, and $TMP/bin comes first in PATH. The variables of this project and of make
 * that the caller has set are not passed on. Commands are lines for sh; their input is empty.
 * The directory is removed at the end, also after SIGINT, SIGTERM or SIGHUP, which end the
 * command that runs.
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include <glib.h>

/* In main(): commands_init(), commands_add() for each group, and return commands_run(). */
void commands_init(int argc, char **argv);
void commands_add(const char *path, void (*group)(void));
int commands_run(void);

/* The time limit of a command: 600 s unless changed. */
extern guint command_seconds;

/*
 * What a command said is described by a text:
 *
 *	TEXT	its output or its errors contain TEXT
 *	^REGEX	a line of its output begins like this
 *	=REGEX	the last line of its output is this
 *	!...	the rest, any of these, is not so
 *
 * NULL is always so.
 */

/* Checks that run @command. ok(): its status is 0. fails(): it is 1 to 124: of an error. */
void ok(const char *name, const char *command);
void fails(const char *name, const char *command);
/* The same, and it says so; refused(): in one line, and says nothing else. */
void good(const char *name, const char *text, const char *command);
void bad(const char *name, const char *text, const char *command);
void refused(const char *name, const char *text, const char *command);

/* A check of what the last of these commands said. */
void says(const char *name, const char *text);
/* A check by a command, which is not the last one for says(). */
void holds(const char *name, const char *command);
/* A check of the content of a file. */
void is(const char *name, const char *path, const char *text);
/* Any other. */
void check(const char *name, gboolean passed);

/* run() - runs @command, as the checks do. Returns its status; 128 and the signal; -1: too long. */
int run(const char *command);

/*
 * interrupted() - starts @command, sends it @signal when a line of its output contains @line,
 * and returns its status as run(). With @line NULL, a program that it started says when, and is
 * then checked to be gone: by "echo $$ >$TMP/fifo". -1: it did not come so far, took too long, or
 * left that program running.
 */
int interrupted(int signal, const char *line, const char *command);

/* Of the last command: does it say so? How many lines of its output begin like this? */
gboolean said(const char *text);
guint count(const char *regex);
/* How many lines are its output and its errors together? */
guint said_lines(void);
/* Its output, and its errors; valid until the next command. */
const char *command_out(void);
const char *command_errors(void);
/* Its output without the last newline, as a word of commands; it lives as f(). */
const char *answer(void);

/* f() - printf to a string that lives until the end of the group. */
const char *f(const char *format, ...) G_GNUC_PRINTF(1, 2);

/*
 * Set-up. If any of this fails, the test program ends with an error. Paths are relative to $TMP.
 *
 * sh()		runs @command with sh -e; its output is not for says()
 * ask()	the same; returns its output without the last newline, which lives as f()
 * put()	writes a file; its directory is made
 * stub()	makes a program of shell commands
 * unpack()	writes the files of the archive @name beside this file to the directory @dir.
 *		Each begins with a line "-- PATH --"; those that begin with #! are programs
 */
void sh(const char *command);
const char *ask(const char *command);
void put(const char *path, const char *text);
void stub(const char *path, const char *commands);
void unpack(const char *name, const char *dir);

/* The path of a file in $TMP, which lives as f(): for variables of the environment. */
const char *scratch_path(const char *name);

/* Is there such a file? Have these the same content? */
gboolean there(const char *path);
gboolean same_file(const char *a, const char *b);

#endif
