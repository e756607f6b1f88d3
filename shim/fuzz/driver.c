// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A small fuzzer for hosts without libFuzzer. It mutates seeds and their descendants, and
 * keeps inputs that reach code (counted by the compiler,
 * -fsanitize-coverage=trace-pc) that no input before has reached, or not as often.
 * Everything is determined by --seed, except how far it gets within --time.
 *
 *   TARGET [--time=SECONDS] [--runs=N] [--seed=N]
 *   TARGET FILE...   runs these inputs and nothing else
 *   TARGET --seeds=DIR   writes the seeds there, as libFuzzer's first corpus
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* An input that takes longer is a hang. */
#define HANG_SECONDS 30

static uint8_t hits[65536];
static uint8_t seen[G_N_ELEMENTS(hits)];

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);
	uint8_t *hit = &hits[(pc ^ pc >> 16) % G_N_ELEMENTS(hits)];

	*hit += *hit < 255;
}

/* Rough count: one bit each for 1, 2, 3, 4-7, 8-15, 16-31, 32-127. */
static uint8_t bucket(uint8_t count)
{
	if (count <= 3)
		return (uint8_t)(1u << count >> 1);
	return count < 8     ? 8
	       : count < 16  ? 16
	       : count < 32  ? 32
	       : count < 128 ? 64
			     : 128;
}

static guint covered;

/* Has the last run reached anything new? */
static bool take_coverage(void)
{
	bool fresh = false;

	for (size_t i = 0; i < G_N_ELEMENTS(hits); i++) {
		uint8_t b;

		if (!hits[i])
			continue;
		b = bucket(hits[i]);
		if (seen[i] & b)
			continue;
		covered += !seen[i];
		seen[i] |= b;
		fresh = true;
	}
	return fresh;
}

/* The current input, in a file, so that it survives a crash. */
static struct {
	char *path;
	uint8_t *map;
	int fd;
} last;

static void open_last(const char *program)
{
	last.path = g_strconcat(program, ".input", NULL);
	last.fd = open(last.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (last.fd < 0 || ftruncate(last.fd, FUZZ_INPUT_MAX) < 0) {
		g_printerr("%s: %s\n", last.path, g_strerror(errno));
		exit(1);
	}
	last.map = mmap(NULL, FUZZ_INPUT_MAX, PROT_READ | PROT_WRITE,
			MAP_SHARED, last.fd, 0);
	g_assert(last.map != MAP_FAILED);
}

static void on_hang(int sig G_GNUC_UNUSED)
{
	static const char text[] = "hang: one input takes too long\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) > 0)
		abort();
}

static bool run(const GByteArray *input)
{
	memcpy(last.map, input->data, input->len);
	/*
	 * Then a record of length 0, which separates leftovers if the file is run.
	 */
	memset(last.map + input->len, 0,
	       MIN(FUZZ_HEAD, FUZZ_INPUT_MAX - input->len));
	memset(hits, 0, sizeof(hits));
	alarm(HANG_SECONDS);
	LLVMFuzzerTestOneInput(input->data, input->len);
	alarm(0);
	return take_coverage();
}

/* Mutations */

typedef struct {
	guint offset, len; /* including its header */
} Span;

static GArray *spans_of(const GByteArray *input)
{
	GArray *spans = g_array_new(FALSE, FALSE, sizeof(Span));
	const uint8_t *data = input->data;
	size_t size = input->len;
	FuzzRecord record;

	for (;;) {
		Span span = {.offset = (guint)(input->len - size)};

		if (!fuzz_next(&data, &size, &record))
			break;
		span.len = record.len + FUZZ_HEAD;
		g_array_append_val(spans, span);
	}
	return spans;
}

static guint below(GRand *rand, guint end)
{
	return end > 1 ? g_rand_int(rand) % end : 0;
}

static Span pick_span(GRand *rand, const GByteArray *input)
{
	g_autoptr(GArray) spans = spans_of(input);

	if (!spans->len)
		return (Span){0, 0};
	return g_array_index(spans, Span, below(rand, spans->len));
}

static void insert(GByteArray *input, guint at, const uint8_t *bytes, guint len)
{
	g_autofree uint8_t *copy = g_memdup2(bytes, len);
	guint old = input->len;

	if (!len || old + len > FUZZ_INPUT_MAX)
		return;
	g_byte_array_set_size(input, old + len);
	memmove(input->data + at + len, input->data + at, old - at);
	memcpy(input->data + at, copy, len);
}

static void change_value(GRand *rand, uint8_t *bytes, guint len)
{
	static const uint64_t odd[] = {
		0,	    1,		2,	     3,		 4,
		7,	    8,		0xf,	     0x10,	 0x20,
		0x7f,	    0x80,	0xff,	     0x100,	 0xfff,
		0x1000,	    0x1001,	0x7fff,	     0x8000,	 0xffff,
		0x10000,    0xfffff,	0x100000,    0x7fffffff, 0x80000000,
		0xfffffffc, 0xffffffff, 0x100000000, 1ull << 39, 1ull << 40,
		1ull << 47, 1ull << 63, ~0ull,	     ~0ull - 7,	 ~0xfffull,
	};
	guint width = 1u << below(rand, 4);
	uint64_t value = 0;
	guint at;

	while (width > len)
		width /= 2;
	if (!width)
		return;
	/* Most fields are aligned. */
	at = below(rand, len - width + 1);
	if (below(rand, 4))
		at -= at % width;
	memcpy(&value, bytes + at, width);
	switch (below(rand, 6)) {
	case 0:
		value ^= 1ull << below(rand, width * 8);
		break;
	case 1:
		value = odd[below(rand, G_N_ELEMENTS(odd))];
		break;
	case 2:
		value += below(rand, 33) - 16;
		break;
	case 3:
		value += (uint64_t)(below(rand, 9) - 4) * 4096;
		break;
	case 4:
		value = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
		break;
	case 5:
		/*
		 * Copy a number from elsewhere in the record, or a value near it.
		 */
		memcpy(&value, bytes + below(rand, len - width + 1), width);
		value += below(rand, 3) - 1;
		break;
	}
	memcpy(bytes + at, &value, width);
}

/* Make the payload of a record longer or shorter somewhere. */
static void change_length(GRand *rand, GByteArray *input, Span span)
{
	guint payload = span.len - FUZZ_HEAD;
	guint at = span.offset + FUZZ_HEAD + below(rand, payload + 1);
	guint end = span.offset + span.len, n;

	if (below(rand, 2)) {
		uint8_t noise[8];

		n = 1 + below(rand, sizeof(noise));
		for (guint i = 0; i < n; i++)
			noise[i] = (uint8_t)g_rand_int(rand);
		if (payload + n > G_MAXUINT16 ||
		    input->len + n > FUZZ_INPUT_MAX)
			return;
		insert(input, at, noise, n);
		payload += n;
	} else {
		n = 1 + below(rand, 8);
		n = MIN(n, end - at);
		if (!n)
			return;
		g_byte_array_remove_range(input, at, n);
		payload -= n;
	}
	input->data[span.offset + 1] = (uint8_t)payload;
	input->data[span.offset + 2] = (uint8_t)(payload >> 8);
}

static void mutate(GRand *rand, GByteArray *input, const GByteArray *other)
{
	guint rounds = 1u << below(rand, 4);

	while (rounds--) {
		Span span = pick_span(rand, input);
		Span to = pick_span(rand, input), from;

		if (!span.len)
			return;
		switch (below(rand, 16)) {
		case 0:
			g_byte_array_remove_range(input, span.offset, span.len);
			break;
		case 1:
			insert(input, to.offset, input->data + span.offset,
			       span.len);
			break;
		case 2:
			from = pick_span(rand, other);
			insert(input, to.offset, other->data + from.offset,
			       from.len);
			break;
		case 3:
			/* The rest of the other input, from some record on. */
			from = pick_span(rand, other);
			if (below(rand, 4) == 0)
				insert(input, to.offset,
				       other->data + from.offset,
				       other->len - from.offset);
			break;
		case 4:
			change_length(rand, input, span);
			break;
		case 5:
			input->data[span.offset] = (uint8_t)below(rand, 16);
			break;
		default:
			change_value(rand,
				     input->data + span.offset + FUZZ_HEAD,
				     span.len - FUZZ_HEAD);
		}
	}
}

static int run_files(int count, char **paths)
{
	for (int i = 0; i < count; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *data = NULL;
		gsize len;

		if (!g_file_get_contents(paths[i], &data, &len, &error)) {
			g_printerr("%s\n", error->message);
			return 1;
		}
		LLVMFuzzerTestOneInput((uint8_t *)data, len);
		g_print("%s: no crash\n", paths[i]);
	}
	return 0;
}

static int write_seeds(const char *dir)
{
	g_autoptr(GPtrArray) seeds = fuzz_seeds();

	for (guint i = 0; i < seeds->len; i++) {
		const GByteArray *seed = seeds->pdata[i];
		g_autofree char *path = g_strdup_printf("%s/seed-%u", dir, i);
		g_autoptr(GError) error = NULL;

		if (!g_file_set_contents(path, (const char *)seed->data,
					 seed->len, &error)) {
			g_printerr("%s\n", error->message);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	g_autofree char *seeds_dir = NULL;
	gint seconds = 10, runs = 0, seed = 1;
	const GOptionEntry entries[] = {
		{"time", 0, 0, G_OPTION_ARG_INT, &seconds, "Seconds to run",
		 "N"},
		{"runs", 0, 0, G_OPTION_ARG_INT, &runs,
		 "Inputs to run, however long it takes", "N"},
		{"seed", 0, 0, G_OPTION_ARG_INT, &seed,
		 "Seed of all random numbers", "N"},
		{"seeds", 0, 0, G_OPTION_ARG_FILENAME, &seeds_dir,
		 "Write the seeds there and exit", "DIR"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) options = g_option_context_new("[FILE...]");
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) corpus = NULL;
	g_autofree char *name = g_path_get_basename(argv[0]);
	gint64 end;
	GRand *rand;
	gint done = 0;

	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error)) {
		g_printerr("%s: %s\n", name, error->message);
		return 2;
	}
	if (seeds_dir)
		return write_seeds(seeds_dir);
	if (argc > 1)
		return run_files(argc - 1, argv + 1);

	g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
	signal(SIGALRM, on_hang);
	open_last(argv[0]);
	g_print("%s: seed %d; after a crash run: %s %s\n", name, seed, argv[0],
		last.path);
	fuzz_self_test();
	corpus = fuzz_seeds();
	rand = g_rand_new_with_seed((guint32)seed);
	for (guint i = 0; i < corpus->len; i++)
		run(corpus->pdata[i]);
	g_print("%s: %u seeds reach %u places\n", name, corpus->len, covered);

	end = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
	while (runs ? done < runs : g_get_monotonic_time() < end) {
		const GByteArray *base =
			corpus->pdata[below(rand, corpus->len)];
		const GByteArray *other =
			corpus->pdata[below(rand, corpus->len)];
		GByteArray *input = g_byte_array_sized_new(base->len);

		g_byte_array_append(input, base->data, base->len);
		mutate(rand, input, other);
		if (run(input))
			g_ptr_array_add(corpus, input);
		else
			g_byte_array_unref(input);
		done++;
	}
	g_rand_free(rand);
	g_print("%s: %d runs, %u inputs kept, %u places reached, no crash\n",
		name, done, corpus->len, covered);
	unlink(last.path);
	return 0;
}
