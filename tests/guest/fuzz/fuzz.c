// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The random test: several processes make random operations on BOs of virtio-gpu and panfrost,
 * or one on those of lima or v3d, under memory pressure, and the results are compared with a
 * model.
 *
 * The seed alone determines the operations. One process, the master, draws them and
 * tells the others in turn to make them. What the kernel does asynchronously is always
 * the same in virtual time, and nearly the same in real time.
 *
 * Parameters of the kernel: SB_FUZZ_SEED=N: the (first) seed. SB_FUZZ_SEEDS=N: number
 * of seeds. SB_FUZZ_LENGTH=N: operations for each. SB_FUZZ_KEEP=0-3,7: make only these
 * operations, and print each. SB_FUZZ_WITHOUT=0-1:3-3: make one run without the first
 * of these ranges, one without the second, and so on, and print only which.
 * SB_FUZZ_TRIES=N: repeat each run so many times.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/test.h"
#include "ops.h"
#include "render.h"

#define LENGTH 400

/* The seeds that are part of every run take about a second. */
#define FIXED_LENGTH 250

/* A parameter of the kernel, owned; NULL if it is not set. */
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

/**
 * struct target - drivers that are tested together
 * @begin: begins a run; @verbose: print each operation
 * @step: makes an operation; false if it had nothing to act on
 * @end: ends the run; nothing may be left
 */
struct target {
	void (*begin)(uint64_t seed, bool verbose);
	bool (*step)(unsigned int index);
	void (*end)(void);
};

static struct fuzz fuzz;

static void begin_shrinkers(uint64_t seed, bool verbose)
{
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.seed = seed;
	fuzz.verbose = verbose;
	fuzz_begin(&fuzz);
}

static bool step_shrinkers(unsigned int index)
{
	struct fuzz_op op = fuzz_op(fuzz.seed, index);

	fuzz.index = index;
	return fuzz_do(&fuzz, &op);
}

static void end_shrinkers(void)
{
	fuzz_end(&fuzz);
}

/* virtio-gpu and panfrost, whose BOs are reclaimed. */
static const struct target shrinkers = {begin_shrinkers, step_shrinkers,
					end_shrinkers};

static void begin_lima(uint64_t seed, bool verbose)
{
	render_begin(&render_lima, seed, verbose);
}

static const struct target lima = {begin_lima, render_do, render_end};

static void begin_v3d(uint64_t seed, bool verbose)
{
	render_begin(&render_v3d, seed, verbose);
}

static const struct target v3d = {begin_v3d, render_do, render_end};

/* Run one seed. Returns how many operations had something to act on. */
static unsigned int run_seed(const struct target *target, uint64_t seed,
			     unsigned int length, const char *keep,
			     const char *without)
{
	unsigned int done = 0;

	if (!without)
		test_note("seed %llu", (unsigned long long)seed);
	target->begin(seed, keep && !without);
	for (unsigned int i = 0; i < length; i++)
		if ((!keep || listed(keep, i)) &&
		    (!without || !listed(without, i)))
			done += target->step(i);
	target->end();
	return done;
}

static void run_without(const struct target *target, uint64_t seed,
			unsigned int length, const char *keep, char *without)
{
	uint64_t tries = number("SB_FUZZ_TRIES", 1);
	char *save;

	for (char *range = strtok_r(without, ":", &save); range;
	     range = strtok_r(NULL, ":", &save)) {
		test_note("without %s", range);
		for (uint64_t i = 0; i < tries; i++)
			run_seed(target, seed, length, keep, range);
	}
}

static void run_seeds(const struct target *target)
{
	uint64_t seed = number("SB_FUZZ_SEED", 1);
	uint64_t seeds = number("SB_FUZZ_SEEDS", 1);
	unsigned int length = (unsigned int)number("SB_FUZZ_LENGTH", LENGTH);
	char *keep = parameter("SB_FUZZ_KEEP");
	char *without = parameter("SB_FUZZ_WITHOUT");
	unsigned long done = 0;
	struct timespec start, end;

	if (without) {
		run_without(target, seed, length, keep, without);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint64_t i = 0; i < seeds; i++)
		done += run_seed(target, seed + i, length, keep, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	test_note("%lu operations of %llu seeds in %ld ms", done,
		  (unsigned long long)seeds,
		  (end.tv_sec - start.tv_sec) * 1000 +
			  (end.tv_nsec - start.tv_nsec) / 1000000);
	free(keep);
}

#define SHRINKERS .needs = "virtio-shrinker panfrost-shrinker"

/*
 * The seeds that are given, in real and in virtual time; and three that are part of every
 * run (five for the shrinkers), in virtual time, so that they do the same on every machine,
 * however busy.
 */
#define FUZZ(target, prefix, ...)                                              \
	TEST(target##_real, .name = "fuzz/" prefix "seeds", .hidden = true,    \
	     .swap_mib = 32, .seconds = 300, __VA_ARGS__,                      \
	     .about = "the operations of the seeds that are given")            \
	{                                                                      \
		run_seeds(&target);                                            \
	}                                                                      \
	TEST(target##_virtual, .name = "fuzz/" prefix "seeds-virtual",         \
	     .hidden = true, .swap_mib = 32, .seconds = 300,                   \
	     .virtual_time = true, __VA_ARGS__,                                \
	     .about = "the operations of the seeds that are given, in "        \
		      "virtual time")                                          \
	{                                                                      \
		run_seeds(&target);                                            \
	}                                                                      \
	FIXED(target, prefix, 1, __VA_ARGS__)                                  \
	FIXED(target, prefix, 2, __VA_ARGS__)                                  \
	FIXED(target, prefix, 3, __VA_ARGS__)

#define FIXED(target, prefix, seed, ...)                                       \
	TEST(target##_##seed, .name = "fuzz/" prefix "seed-" #seed,            \
	     .swap_mib = 32, .seconds = 300, .virtual_time = true,             \
	     __VA_ARGS__,                                                      \
	     .about = "random seed " #seed " ends as the model says")          \
	{                                                                      \
		run_seed(&target, seed, FIXED_LENGTH, NULL, NULL);             \
	}

FUZZ(shrinkers, "", SHRINKERS)
FIXED(shrinkers, "", 4, SHRINKERS)
FIXED(shrinkers, "", 5, SHRINKERS)
FUZZ(lima, "lima-", LIMA)
FUZZ(v3d, "v3d-", V3D)
