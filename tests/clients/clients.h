/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Foreign programs that run in guests, and what they are expected to do. They are declared
 * in the file "list": a line for each word of a declaration, "#" begins a comment.
 *
 *   client NAME              begins a client; the other lines are about it
 *   run PROGRAM ARG...       how it is started, in the root of the clients
 *   sh COMMAND               the same, for /bin/sh there
 *   igt                      an IGT test: it is started once for each subtest
 *   env NAME=VALUE           more of its environment; may be repeated
 *   ram MIB, swap MIB        as .ram_mib and .swap_mib of struct test
 *   seconds N                its time limit, for each subtest
 *   args ARG...              parameters for the guest's kernel
 *   alone                    a guest of its own
 *   virtual                  in virtual time: its own time limits do not depend on the host
 *   pressure MIB             beside it, a process takes that much RAM again and again, and
 *                            has the kernel drop its caches
 *   quiet                    the kernel prints no error meanwhile: no hang, no reset
 *   needs PATH: WHY          without this file of the root, it is skipped
 *   pass SUBTEST...          what is expected of each subtest; of the whole program
 *   skip SUBTEST...: WHY     if it has none
 *   fail SUBTEST...: WHY
 *   omit SUBTEST...: WHY     it is not run: nothing could be said of it, or it takes too long
 *   programs NAME DIR        a test NAME: each program in DIR is a client or left out
 *   left-out PATTERN...: WHY programs below DIR that are no clients, as shell patterns
 */
#ifndef CLIENTS_CLIENTS_H
#define CLIENTS_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>

enum outcome { OUTCOME_PASS, OUTCOME_SKIP, OUTCOME_FAIL, OUTCOME_OMIT };

struct expectation {
	char *subtest; /* NULL: the program as a whole */
	enum outcome want;
	char *why; /* NULL if it is to pass */
};

#define CLIENT_WORDS 16

struct client {
	char *name;
	char *run[CLIENT_WORDS + 1]; /* ends with NULL */
	char *env[CLIENT_WORDS + 1]; /* ends with NULL */
	char *args; /* NULL: none */
	unsigned int ram_mib; /* 0: the usual */
	unsigned int swap_mib;
	unsigned int seconds; /* 0: the usual */
	unsigned int pressure_mib; /* 0: none */
	char *needs; /* NULL: nothing */
	char *needs_why;
	bool quiet;
	bool alone;
	bool virtual;
	bool igt;
	struct expectation *expectations;
	size_t count; /* of expectations */
};

struct left_out {
	char *pattern;
	char *why;
};

struct clients {
	struct client *clients;
	size_t count;
	char *programs; /* name of the test of them, or NULL */
	char *programs_dir;
	struct left_out *left_out;
	size_t left_out_count;
};

/*
 * Parse @text, which is changed, and which the result points into. Returns NULL, or what
 * is wrong with it, static; then *@line is where.
 */
const char *clients_parse(char *text, struct clients *clients,
			  unsigned int *line);

/* Free what clients_parse() allocated, even if it failed. */
void clients_free(struct clients *clients);

/*
 * The test of that name: "CLIENT", "CLIENT/SUBTEST", or "CLIENT/subtests", which compares the
 * subtests that there are with those that are expected. *@expectation is NULL for the
 * last. NULL if there is none.
 */
const struct client *clients_find(const struct clients *clients,
				  const char *name,
				  const struct expectation **expectation);

/* Print the tests as the runner reads them (runner/test-list.h). */
void clients_print(const struct clients *clients);

#define CLIENT_SUBTESTS "subtests"

#endif
