/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library of the tests of commands: of scripts, and of programs as a user calls them.
 *
 * A group of checks is a GLib test (-p /each/shards runs only that group). Each check prints
 * a line "ok - NAME" or "not ok - NAME", the latter with the last command, its output and why
 * that is wrong. A failed check does not end its group. The last line is "N passed, N failed".
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
 * A text describes what a command must have printed:
 *
 *	TEXT	its output or its errors contain TEXT
 *	^REGEX	a line of its output begins with a match
 *	=REGEX	the last line of its output matches
 *	!...	the rest, any of these, does not hold
 *
 * NULL always holds.
 */

/* Checks that run @command. ok(): its status is 0. fails(): it is 1 to 124, an error. */
void ok(const char *name, const char *command);
void fails(const char *name, const char *command);
/* good() is ok() with a text, bad() is fails() with one. refused(): bad(), in a single line. */
void good(const char *name, const char *text, const char *command);
void bad(const char *name, const char *text, const char *command);
void refused(const char *name, const char *text, const char *command);

/* Checks what the last of these commands printed. */
void says(const char *name, const char *text);
/* The status of @command is 0; says() is still about the command before. */
void holds(const char *name, const char *command);
/* The content of the file @path is @text. */
void is(const char *name, const char *path, const char *text);
/* Any other check. */
void check(const char *name, gboolean passed);

/* run() - runs @command, as the checks do. Returns its status; 128 + N: signal N; -1: timeout. */
int run(const char *command);

/*
 * interrupted() - starts @command, sends it @signal when a line of its output contains @line,
 * and returns its status as run(). With @line NULL, it is sent when a program that @command has
 * started runs "echo $$ >$TMP/fifo"; that program must then end, too. -1: there was no such line
 * or PID, a timeout, or that program goes on.
 */
int interrupted(int signal, const char *line, const char *command);

/* Does @text hold for the last command? How many lines of its output begin with a match? */
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

/* Does the file exist? Do two files have the same content? */
gboolean there(const char *path);
gboolean same_file(const char *a, const char *b);

#endif
