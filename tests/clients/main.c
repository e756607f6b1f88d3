// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that runs clients, foreign programs, as tests of a guest.
 *
 *   client-tests --list     lists the tests
 *   client-tests run NAME   runs one; SB_ROOT names the clients' root on the host
 */
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../guest/lib/test.h"
#include "../guest/said.h"
#include "clients.h"
#include "errors.h"
#include "judge.h"
#include "pressure.h"
#include "root.h"
#include "text.h"

static struct clients clients;

/* A record of the log is one write(). */
static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char line[900];
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	len = strlen(line);
	line[len++] = '\n';
	if (write(STDOUT_FILENO, line, len) < 0)
		_exit(TEST_FAIL);
}

static void on_line(const char *line, void *data)
{
	judge_line(data, line);
	say(SAID "%s", line);
}

/* Run it, under memory pressure if it wants that. -1 with a line that says why. */
static int run_program(const struct client *client, char *const *argv,
		       struct said *said)
{
	const char *bad = NULL;
	pid_t pressure = 0;
	int status;

	if (client->pressure_mib)
		pressure = pressure_start(client->pressure_mib);
	status = root_run(argv, client->env, on_line, said);
	if (status < 0)
		say("FAIL cannot run %s: %s", argv[0], strerror(errno));
	if (client->pressure_mib)
		bad = pressure_stop(pressure);
	/* A failed client says more. */
	if (status || !bad)
		return status;
	say("FAIL memory pressure: %s", bad);
	return -1;
}

static int run_client(const struct client *client,
		      const struct expectation *expectation)
{
	static const char *const words[] = {"PASS", "FAIL", "SKIP"};
	char *argv[CLIENT_WORDS + 3];
	struct said said = {0};
	char why[600];
	size_t count = 0;
	int status, result, errors;

	if (expectation->want == OUTCOME_OMIT) {
		say("SKIP not run: %s", expectation->why);
		return TEST_SKIP;
	}
	while (client->run[count]) {
		argv[count] = client->run[count];
		count++;
	}
	if (expectation->subtest) {
		argv[count++] = "--run-subtest";
		argv[count++] = expectation->subtest;
	}
	argv[count] = NULL;
	errors = errors_begin();
	status = run_program(client, argv, &said);
	if (status < 0)
		return TEST_FAIL;
	result = judge_status(expectation, &said, status, why, sizeof(why));
	if (result == TEST_PASS && client->quiet &&
	    errors_any(errors, why, sizeof(why)))
		result = TEST_FAIL;
	if (result != TEST_PASS)
		say("%s %s", words[result == TEST_SKIP ? 2 : 1], why);
	return result;
}

struct listed {
	const struct client *client;
	bool *seen; /* of each expectation */
	unsigned int bad;
};

static void on_subtest(const char *line, void *data)
{
	struct listed *listed = data;

	for (size_t i = 0; i < listed->client->count; i++) {
		if (strcmp(listed->client->expectations[i].subtest, line))
			continue;
		listed->seen[i] = true;
		return;
	}
	if (!listed->bad++)
		say("FAIL nothing is expected of the subtest \"%s\"", line);
}

static int check_subtests(const struct client *client)
{
	char *argv[] = {client->run[0], "--list-subtests", NULL};
	struct listed listed = {.client = client,
				.seen = calloc(client->count, sizeof(bool))};
	int status = root_run(argv, client->env, on_subtest, &listed);

	if (status && !listed.bad++)
		say("FAIL %s does not list its subtests: %#x", argv[0], status);
	for (size_t i = 0; i < client->count && !listed.bad; i++)
		if (!listed.seen[i] && !listed.bad++)
			say("FAIL there is no subtest \"%s\"",
			    client->expectations[i].subtest);
	free(listed.seen);
	return listed.bad ? TEST_FAIL : TEST_PASS;
}

static unsigned int programs_bad;
static size_t programs_found;
static bool *left_out_used;

static bool is_client(const char *path)
{
	for (size_t i = 0; i < clients.count; i++)
		if (!strcmp(clients.clients[i].run[0], path))
			return true;
	return false;
}

static bool is_left_out(const char *name)
{
	bool is = false;

	for (size_t i = 0; i < clients.left_out_count; i++) {
		if (fnmatch(clients.left_out[i].pattern, name, 0))
			continue;
		left_out_used[i] = true;
		is = true;
	}
	return is;
}

static int on_program(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	const char *inside = path + strlen(root_path("/")) - 1;
	const char *name = inside + strlen(clients.programs_dir) + 1;
	bool out;

	(void)ftw;
	if (type != FTW_F || !(st->st_mode & 0111))
		return 0;
	programs_found++;
	out = is_left_out(name);
	if (out == is_client(inside) && !programs_bad++)
		say(out ? "FAIL %s is a client, and left out"
			: "FAIL %s is no client, and is not left out",
		    name);
	return 0;
}

static int check_programs(void)
{
	left_out_used = calloc(clients.left_out_count, sizeof(bool));
	if (nftw(root_path(clients.programs_dir), on_program, 8, FTW_PHYS) ||
	    !programs_found) {
		say("FAIL no programs in %s", clients.programs_dir);
		return TEST_FAIL;
	}
	for (size_t i = 0; i < clients.left_out_count && !programs_bad; i++)
		if (!left_out_used[i] && !programs_bad++)
			say("FAIL no program matches the pattern \"%s\"",
			    clients.left_out[i].pattern);
	return programs_bad ? TEST_FAIL : TEST_PASS;
}

static int run(const char *name)
{
	const struct expectation *expectation;
	const struct client *client;
	const char *root = getenv("SB_ROOT");
	const char *failed = root && *root ? root_mount(root) : "no --root";

	if (failed) {
		say("FAIL the clients' root: %s: %s", failed, strerror(errno));
		return TEST_FAIL;
	}
	if (clients.programs && !strcmp(clients.programs, name))
		return check_programs();
	client = clients_find(&clients, name, &expectation);
	if (!client) {
		say("FAIL there is no test \"%s\"", name);
		return TEST_FAIL;
	}
	if (client->needs && access(root_path(client->needs), F_OK)) {
		say("SKIP %s", client->needs_why);
		return TEST_SKIP;
	}
	return expectation ? run_client(client, expectation)
			   : check_subtests(client);
}

int main(int argc, char **argv)
{
	unsigned int line;
	const char *bad = clients_parse(clients_text, &clients, &line);

	if (bad) {
		fprintf(stderr, "tests/clients/list:%u: %s\n", line, bad);
		return TEST_FAIL;
	}
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		clients_print(&clients);
		return TEST_PASS;
	}
	if (argc == 3 && !strcmp(argv[1], "run"))
		return run(argv[2]);
	fprintf(stderr, "usage: client-tests --list | run NAME\n");
	return TEST_FAIL;
}
