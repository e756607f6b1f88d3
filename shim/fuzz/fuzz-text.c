// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of `faults` and `stamps`, hellos, and register accesses at any
 * offset and of any length. The RAM of a hello is one of a few files of the fuzzer:
 * any other file would be mapped and written to.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/bus.h"
#include "core/registry.h"
#include "fuzz.h"
#include "protocol.h"

enum { OP_FAULTS, OP_STAMPS, OP_HELLO, OP_CLOSE, OP_READ, OP_WRITE, OP_ASK };

#define RAM_SIZE 65536

typedef struct {
	uint64_t offset;
	uint8_t device;
	uint8_t opener;
	uint8_t len;
	uint8_t bytes[37];
} Access;

static int ram_fds[4];

static void open_files(void)
{
	ram_fds[0] = memfd_create("ram", MFD_CLOEXEC);
	ram_fds[1] = memfd_create("small", MFD_CLOEXEC);
	ram_fds[2] = open("/dev/null", O_RDWR | O_CLOEXEC);
	ram_fds[3] = 0x7ffffff0;
	if (ram_fds[0] < 0 || ram_fds[1] < 0 || ram_fds[2] < 0 ||
	    ftruncate(ram_fds[0], RAM_SIZE) < 0 ||
	    ftruncate(ram_fds[1], 100) < 0)
		g_error("cannot make the files for RAM");
}

static void do_access(Bus *bus, const FuzzRecord *record)
{
	static const char openers[4];
	const void *opener;
	uint8_t buf[sizeof(((Access *)0)->bytes)];
	struct sb_hello hello;
	Access access = {0};
	guint dev;

	memcpy(&access, record->payload, MIN(sizeof(access), record->len));
	dev = access.device % bus_count(bus);
	opener = &openers[access.opener % G_N_ELEMENTS(openers)];
	switch (record->op) {
	case OP_CLOSE:
		bus_close(bus, dev, opener);
		break;
	case OP_HELLO:
		memcpy(&hello, access.bytes, sizeof(hello));
		hello.pid = hello.pid % 4 ? (uint32_t)getpid() : 0x7fffffff;
		hello.ram_fd = (uint32_t)ram_fds[hello.ram_fd % 4];
		bus_write(bus, dev, opener, SB_CTL_HELLO, &hello,
			  access.len ? MIN(access.len, sizeof(hello))
				     : sizeof(hello));
		break;
	case OP_READ:
		bus_read(bus, dev, access.offset, buf,
			 access.len % (sizeof(buf) + 1));
		break;
	case OP_WRITE:
		/* Only hellos whose file is known to be harmless. */
		if (access.offset == SB_CTL_HELLO)
			break;
		bus_write(bus, dev, opener, access.offset, access.bytes,
			  access.len % (sizeof(access.bytes) + 1));
		break;
	}
}

/* A text that was accepted can be read back, and faults can be written again. */
static void check_text(Bus *bus)
{
	GBytes *text = faults_text(bus_faults(bus));
	gsize len;
	const char *data = g_bytes_get_data(text, &len);

	if (len) {
		Faults *again = faults_new();
		GBytes *second;
		bool released;

		g_assert(!faults_command(again, data, len, &released));
		second = faults_text(again);
		g_assert(g_bytes_equal(text, second));
		g_bytes_unref(second);
		faults_free(again);
	}
	g_bytes_unref(text);
	g_bytes_unref(stamps_text(bus_stamps(bus)));
}

static void ask(Bus *bus, const FuzzRecord *record)
{
	static const char *const kinds[] = {"JOB", "RESET", "SUBMIT_3D",
					    "RESOURCE_UNREF"};
	guint n = record->len ? record->payload[0] : 0;
	const char *device = n & 1 ? "panfrost" : "virtio-gpu";
	guint8 page[4096] = {0};

	faults_next(bus_faults(bus), device, kinds[n >> 1 & 3]);
	faults_held(bus_faults(bus), device, kinds[n >> 1 & 3]);
	faults_lose_irq(bus_faults(bus), device, n >> 3 & 3);
	memcpy(page, record->payload, MIN(record->len, sizeof(page)));
	stamps_set_root(bus_stamps(bus), "panfrost", n & 7, 0x1000);
	stamps_check_resource(bus_stamps(bus),
			      n & 4 ? "helper.1" : "virtio-gpu", n & 3, n >> 2,
			      page);
	stamps_check_address(bus_stamps(bus), "panfrost", n & 7, 0x1000,
			     (guint64)n << 12, n & 1 ? page : NULL);
}

static Bus *run(const uint8_t *data, size_t size)
{
	Bus *bus = bus_new();
	FuzzRecord record;

	if (!ram_fds[0])
		open_files();
	bus_add(bus, models_find("virtio-gpu"));
	bus_add(bus, models_find("panfrost"));
	while (fuzz_next(&data, &size, &record)) {
		const char *text = (const char *)record.payload;

		if (record.op == OP_FAULTS)
			bus_faults_command(bus, text, record.len);
		else if (record.op == OP_STAMPS)
			bus_stamps_command(bus, text, record.len);
		else if (record.op == OP_ASK)
			ask(bus, &record);
		else
			do_access(bus, &record);
	}
	return bus;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Bus *bus = run(data, size);

	check_text(bus);
	bus_free(bus);
	return 0;
}

static void add_access(GByteArray *input, uint8_t op, uint8_t device,
		       uint64_t offset, uint8_t len)
{
	Access access = {.offset = offset, .device = device, .len = len};
	const struct sb_hello hello = {.magic = SB_MAGIC,
				       .version = SB_VERSION,
				       .pid = 1,
				       .event_page = device * 4096u};

	if (op == OP_HELLO)
		memcpy(access.bytes, &hello, sizeof(hello));
	fuzz_add(input, op, &access, sizeof(access));
}

static void add_text(GByteArray *input, uint8_t op, const char *text)
{
	fuzz_add(input, op, text, strlen(text));
}

static GByteArray *make_seed(void)
{
	GByteArray *input = g_byte_array_new();

	add_access(input, OP_HELLO, 0, 0, 0);
	add_access(input, OP_HELLO, 1, 0, 0);
	add_access(input, OP_READ, 0, 0, 4);
	add_access(input, OP_READ, 1, 0x1000, 4);
	add_access(input, OP_WRITE, 0, 0x70, 4);
	add_access(input, OP_WRITE, 1, 0x1008, 4);
	add_access(input, OP_WRITE, 1, SB_CTL_TICK, 4);
	add_access(input, OP_READ, 1, SB_CTL_PING, 4);
	add_text(input, OP_FAULTS, "hold virtio-gpu SUBMIT_3D\n");
	add_text(input, OP_FAULTS, "hang panfrost JOB\ndelay panfrost * 500\n");
	add_text(input, OP_FAULTS,
		 "fail virtio-gpu RESOURCE_UNREF 3 0x1202\n"
		 "garbage panfrost RESET 1\nlose-irq panfrost 1 2\n"
		 "lose-irq virtio-gpu 2\nlack virtio-gpu EDID\n");
	add_text(input, OP_STAMPS,
		 "expect virtio-gpu 1 2 3\nexpect virtio-gpu 2 2 3 64\n");
	add_text(input, OP_STAMPS, "expect helper.1 1 2 3\n");
	add_text(input, OP_FAULTS,
		 "hold helper.0 JOB\nfail helper.1 DETACH 2 16\n");
	add_text(input, OP_ASK, "\1");
	add_text(input, OP_ASK, "\5");
	add_text(
		input, OP_STAMPS,
		"expect panfrost * 0x1000 4 7 1\nexpect panfrost 1 2000 1 2 3");
	add_text(input, OP_ASK, "\3");
	add_text(input, OP_ASK, "\12");
	add_text(input, OP_FAULTS, "release virtio-gpu SUBMIT_3D");
	add_text(input, OP_STAMPS, "forget virtio-gpu 1\nforget panfrost 1000");
	add_access(input, OP_CLOSE, 0, 0, 0);
	return input;
}

void fuzz_self_test(void)
{
	g_autoptr(GByteArray) input = make_seed();
	Bus *bus = run(input->data, input->len);
	GBytes *trace = journal_trace_text(bus_journal(bus));
	GBytes *faults = faults_text(bus_faults(bus));
	gsize len;
	const char *text = g_bytes_get_data(trace, &len);

	if (!memmem(text, len, "panfrost: hello: guest connected", 32) ||
	    !memmem(text, len, "virtio-gpu: guest gone", 22) ||
	    !memmem(text, len, "stamp: ", 7) || !g_bytes_get_size(faults)) {
		g_printerr("the seed does not get where it should:\n%.*s",
			   (int)len, text);
		_exit(1);
	}
	g_bytes_unref(trace);
	g_bytes_unref(faults);
	bus_free(bus);
}

GPtrArray *fuzz_seeds(void)
{
	GPtrArray *seeds = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_byte_array_unref);

	g_ptr_array_add(seeds, make_seed());
	return seeds;
}
