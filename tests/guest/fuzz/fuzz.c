// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The random test: operations on BOs of both drivers, by several processes and
 * under memory pressure, against the model of what must come of them.
 *
 * What is done follows from the seed alone. One process, the master, draws the
 * operations and has the others carry them out in turn; what the kernel does by
 * itself meanwhile it does in virtual time always alike, in real time almost.
 *
 * Parameters of the kernel: SB_FUZZ_SEED=N, the (first) seed; SB_FUZZ_SEEDS=N,
 * how many; SB_FUZZ_LENGTH=N, operations of each; SB_FUZZ_KEEP=0-3,7, of these
 * only those, and say each; SB_FUZZ_WITHOUT=0-1:3-3, all of that once without
 * the first of these ranges, once without the second, and say only which;
 * SB_FUZZ_TRIES=N, each of these so many times.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/test.h"
#include "ops.h"

#define LENGTH 400

/* What is part of every run is done in about a second. */
#define FIXED_LENGTH 250

#define FUZZ                                                                   \
	.needs = "virtio-shrinker panfrost-shrinker", .swap_mib = 32,          \
	.seconds = 300

/* A parameter of the kernel, owned; NULL if it is not given. */
static char *parameter(const char *name)
{
	char *text = file_read("/proc/cmdline"), *save, *value = NULL;
	size_t len = strlen(name);

	for (char *word = strtok_r(text, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, name, len) && word[len] == '=')
			value = word + len + 1;
	value = value ? strdup(value) : NULL;
	free(text);
	return value;
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	char *text = parameter(name);
	uint64_t value = text ? strtoull(text, NULL, 0) : otherwise;

	free(text);
	return value;
}

/* Is @index in a list such as "0-3,7"? */
static bool listed(const char *list, unsigned int index)
{
	while (*list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (index >= first && index <= last)
			return true;
		list = *end ? end + 1 : end;
	}
	return false;
}

/* How many operations applied. */
static unsigned int run_seed(uint64_t seed, unsigned int length,
			     const char *keep, const char *without)
{
	static struct fuzz fuzz;
	unsigned int done = 0;

	if (!without)
		test_note("seed %llu", (unsigned long long)seed);
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.seed = seed;
	fuzz.verbose = keep && !without;
	fuzz_begin(&fuzz);
	for (fuzz.index = 0; fuzz.index < length; fuzz.index++) {
		struct fuzz_op op = fuzz_op(seed, fuzz.index);

		if ((!keep || listed(keep, fuzz.index)) &&
		    (!without || !listed(without, fuzz.index)))
			done += fuzz_do(&fuzz, &op);
	}
	fuzz_end(&fuzz);
	return done;
}

static void run_without(uint64_t seed, unsigned int length, const char *keep,
			char *without)
{
	uint64_t tries = number("SB_FUZZ_TRIES", 1);
	char *save;

	for (char *range = strtok_r(without, ":", &save); range;
	     range = strtok_r(NULL, ":", &save)) {
		test_note("without %s", range);
		for (uint64_t i = 0; i < tries; i++)
			run_seed(seed, length, keep, range);
	}
}

static void run_seeds(void)
{
	uint64_t seed = number("SB_FUZZ_SEED", 1);
	uint64_t seeds = number("SB_FUZZ_SEEDS", 1);
	unsigned int length = (unsigned int)number("SB_FUZZ_LENGTH", LENGTH);
	char *keep = parameter("SB_FUZZ_KEEP");
	char *without = parameter("SB_FUZZ_WITHOUT");
	unsigned long done = 0;
	struct timespec start, end;

	if (without) {
		run_without(seed, length, keep, without);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint64_t i = 0; i < seeds; i++)
		done += run_seed(seed + i, length, keep, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	test_note("%lu operations of %llu seeds in %ld ms", done,
		  (unsigned long long)seeds,
		  (end.tv_sec - start.tv_sec) * 1000 +
			  (end.tv_nsec - start.tv_nsec) / 1000000);
	free(keep);
}

TEST(real, .name = "fuzz/seeds", .hidden = true, FUZZ,
     .about = "the operations of seeds of one's choice")
{
	run_seeds();
}

TEST(virtual, .name = "fuzz/seeds-virtual", .hidden = true, FUZZ,
     .about = "the operations of seeds of one's choice, in virtual time",
     .virtual_time = true)
{
	run_seeds();
}

/* In virtual time: what they do is the same on every machine, however busy. */
#define FIXED(seed)                                                            \
	TEST(fixed_##seed, .name = "fuzz/seed-" #seed, FUZZ,                   \
	     .about = "what random seed " #seed " does ends as it must",       \
	     .virtual_time = true)                                             \
	{                                                                      \
		run_seed(seed, FIXED_LENGTH, NULL, NULL);                      \
	}

FIXED(1)
FIXED(2)
FIXED(3)
FIXED(4)
FIXED(5)
