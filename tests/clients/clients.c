// SPDX-License-Identifier: GPL-2.0-or-later
#include "clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/ram.h"

#define DEFAULT_SECONDS 30

/* A further element of an array that belongs to @array, zeroed. */
static void *grow(void **array, size_t *count, size_t size)
{
	char *more = realloc(*array, (*count + 1) * size);

	if (!more)
		abort();
	*array = more;
	return memset(more + (*count)++ * size, 0, size);
}

#define GROW(array, count) grow((void **)&(array), &(count), sizeof(*(array)))

/* The next word of *@rest, which is moved on; NULL at the end. */
static char *word(char **rest)
{
	char *begin = *rest + strspn(*rest, " \t");

	*rest = begin + strcspn(begin, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return *begin ? begin : NULL;
}

static const char *add_words(char **words, char *rest)
{
	size_t count = 0;
	char *next;

	while (words[count])
		count++;
	while ((next = word(&rest))) {
		if (count == CLIENT_WORDS)
			return "too many words";
		words[count++] = next;
	}
	return count ? NULL : "says nothing";
}

static const char *number(unsigned int *value, const char *text)
{
	char *end;

	*value = strtoul(text, &end, 10);
	return *end || !*value ? "is no number" : NULL;
}

/* "NAME...: WHY": ends the names, and returns the reason, or NULL. */
static char *reason(char *rest)
{
	char *colon = strstr(rest, ": ");

	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 2 + strspn(colon + 2, " ");
}

static bool is_expected(const struct client *client, const char *subtest)
{
	for (size_t i = 0; i < client->count; i++) {
		const char *other = client->expectations[i].subtest;

		if (!other || !subtest || !strcmp(other, subtest))
			return true;
	}
	return false;
}

/* @rest: "SUBTEST...", or "SUBTEST...: WHY"; only the reason if it is about the @whole program. */
static const char *expect(struct client *client, enum outcome want, bool whole,
			  char *rest)
{
	char *why = NULL, *subtest;

	if (want != OUTCOME_PASS)
		why = whole ? rest : reason(rest);
	subtest = whole ? NULL : word(&rest);

	if (want != OUTCOME_PASS && (!why || !*why))
		return "gives no reason: \": WHY\"";
	if (client->igt == !subtest)
		return client->igt
			       ? "names no subtest"
			       : "names a subtest, but there is no line igt";
	do {
		struct expectation *expectation;

		if (is_expected(client, subtest))
			return "a subtest has two expectations";
		expectation = GROW(client->expectations, client->count);
		*expectation = (struct expectation){subtest, want, why};
	} while (!whole && (subtest = word(&rest)));
	return NULL;
}

static const char *leave_out(struct clients *clients, char *rest)
{
	char *why = reason(rest), *pattern;

	if (!why || !*why)
		return "gives no reason: \": WHY\"";
	while ((pattern = word(&rest))) {
		struct left_out *left =
			GROW(clients->left_out, clients->left_out_count);

		*left = (struct left_out){pattern, why};
	}
	return NULL;
}

/* Is the client that the list has just ended complete? */
static const char *check_last(const struct clients *clients)
{
	const struct client *last;

	if (!clients->count)
		return NULL;
	last = clients->clients + clients->count - 1;
	if (!last->run[0])
		return "the client before has no line run";
	if (!last->count)
		return "of the client before, nothing is expected";
	return NULL;
}

static const char *begin_client(struct clients *clients, char *name)
{
	const char *bad = check_last(clients);
	struct client *client;

	if (bad)
		return bad;
	if (!name || !strchr(name, '/'))
		return "is to have a name, AREA/NAME";
	for (size_t i = 0; i < clients->count; i++)
		if (!strcmp(clients->clients[i].name, name))
			return "name is taken";
	client = GROW(clients->clients, clients->count);
	client->name = name;
	return NULL;
}

/* Words without more to them; NULL: it is none. */
static bool *flag_of(struct client *client, const char *key)
{
	if (!strcmp(key, "alone"))
		return &client->alone;
	if (!strcmp(key, "virtual"))
		return &client->virtual;
	if (!strcmp(key, "quiet"))
		return &client->quiet;
	return strcmp(key, "igt") ? NULL : &client->igt;
}

static const char *client_line(struct client *client, const char *key,
			       char *rest)
{
	static const char *const outcomes[] = {"pass", "skip", "fail", "omit"};
	bool *flag = flag_of(client, key);

	if (flag) {
		*flag = true;
		return NULL;
	}
	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(outcomes[i]);
		bool whole = !strncmp(key, outcomes[i], len) &&
			     !strcmp(key + len, ":");

		if (whole || !strcmp(key, outcomes[i]))
			return expect(client, i, whole, rest);
	}
	if (!strcmp(key, "run"))
		return add_words(client->run, rest);
	if (!strcmp(key, "sh")) {
		client->run[0] = "/bin/sh";
		client->run[1] = "-ec";
		client->run[2] = rest;
		return NULL;
	}
	if (!strcmp(key, "env"))
		return add_words(client->env, rest);
	if (!strcmp(key, "ram"))
		return number(&client->ram_mib, rest);
	if (!strcmp(key, "swap"))
		return number(&client->swap_mib, rest);
	if (!strcmp(key, "seconds"))
		return number(&client->seconds, rest);
	if (!strcmp(key, "pressure"))
		return number(&client->pressure_mib, rest);
	if (!strcmp(key, "needs")) {
		client->needs_why = reason(rest);
		client->needs = word(&rest);
		return client->needs && client->needs_why
			       ? NULL
			       : "gives no reason: \": WHY\"";
	}
	if (!strcmp(key, "args")) {
		client->args = rest;
		return NULL;
	}
	return "is no word of this list";
}

static const char *parse_line(struct clients *clients, char *line)
{
	char *key = word(&line);

	if (!key || *key == '#')
		return NULL;
	line += strspn(line, " \t");
	if (!strcmp(key, "client"))
		return begin_client(clients, word(&line));
	if (!strcmp(key, "programs")) {
		clients->programs = word(&line);
		clients->programs_dir = word(&line);
		return clients->programs_dir ? NULL
					     : "is to have a name and a place";
	}
	if (!strcmp(key, "left-out"))
		return leave_out(clients, line);
	if (!clients->count)
		return "is before any client";
	return client_line(clients->clients + clients->count - 1, key, line);
}

const char *clients_parse(char *text, struct clients *clients,
			  unsigned int *line)
{
	char *rest;

	*clients = (struct clients){0};
	*line = 0;
	for (; *text; text = rest) {
		const char *bad;

		rest = strchrnul(text, '\n');
		if (*rest)
			*rest++ = '\0';
		++*line;
		bad = parse_line(clients, text);
		if (bad)
			return bad;
	}
	return check_last(clients);
}

void clients_free(struct clients *clients)
{
	for (size_t i = 0; i < clients->count; i++)
		free(clients->clients[i].expectations);
	free(clients->clients);
	free(clients->left_out);
	*clients = (struct clients){0};
}

const struct client *clients_find(const struct clients *clients,
				  const char *name,
				  const struct expectation **expectation)
{
	for (size_t i = 0; i < clients->count; i++) {
		const struct client *client = clients->clients + i;
		size_t len = strlen(client->name);
		const char *subtest = name + len + 1;

		*expectation = NULL;
		if (strncmp(client->name, name, len))
			continue;
		if (!client->igt && !name[len]) {
			*expectation = client->expectations;
			return client;
		}
		if (!client->igt || name[len] != '/')
			continue;
		if (!strcmp(subtest, CLIENT_SUBTESTS))
			return client;
		for (size_t k = 0; k < client->count; k++) {
			*expectation = client->expectations + k;
			if (!strcmp((*expectation)->subtest, subtest))
				return client;
		}
	}
	return NULL;
}

static void print_test(const struct client *client, const char *subtest,
		       const char *about, const char *why, const char *tag)
{
	static const char *const flags[2][2] = {{"-", "virtual"},
						{"alone", "alone,virtual"}};

	printf("%s%s%s\t%s%s%s\t%u\t%u\t%u\t%s\t-\t%s\t-\t%s\n", client->name,
	       subtest ? "/" : "", subtest ?: "", about, why ? ": " : "",
	       why ?: "", client->ram_mib ?: GUEST_RAM_MIB, client->swap_mib,
	       client->seconds ?: DEFAULT_SECONDS,
	       flags[client->alone][client->virtual], client->args ?: "-", tag);
}

void clients_print(const struct clients *clients)
{
	static const char *const abouts[] = {"passes", "is skipped", "fails",
					     "is not run"};
	static const char *const tags[] = {"-", "to-skip", "to-fail",
					   "omitted"};

	if (clients->programs)
		print_test(&(struct client){.name = clients->programs}, NULL,
			   "each program is a client, or left out", NULL, "-");
	for (size_t i = 0; i < clients->count; i++) {
		const struct client *client = clients->clients + i;

		if (client->igt)
			print_test(client, CLIENT_SUBTESTS,
				   "something is expected of each subtest",
				   NULL, "-");
		for (size_t k = 0; k < client->count; k++) {
			const struct expectation *e = client->expectations + k;

			print_test(client, e->subtest, abouts[e->want], e->why,
				   tags[e->want]);
		}
	}
}
