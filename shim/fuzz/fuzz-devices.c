// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything a guest can do to the devices: registers, RAM (rings,
 * commands, page tables, jobs), time, faults, stamps, and reading the files.
 */
#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/registry.h"
#include "fuzz.h"
#include "ops.h"
#include "protocol.h"

static uint8_t *memory;

/* If the payload is too short for an operation, the rest is zero. */
static void take(const FuzzRecord *record, void *out, size_t size)
{
	memset(out, 0, size);
	memcpy(out, record->payload, MIN(size, record->len));
}

static void show_all(Device *device, const char *path, guint depth)
{
	g_auto(GStrv) names = node_list(device, path);

	for (guint i = 0; names && names[i]; i++) {
		g_autofree char *full =
			*path ? g_strconcat(path, "/", names[i], NULL)
			      : g_strdup(names[i]);
		size_t len = strlen(full);

		if (g_str_has_suffix(full, "/")) {
			full[len - 1] = '\0';
			if (depth)
				show_all(device, full, depth - 1);
		} else if (strcmp(full, device->model->reg_file) != 0) {
			GBytes *bytes = node_show(device, full);

			/* Every listed file can be read. */
			g_assert(bytes);
			g_bytes_unref(bytes);
		}
	}
}

static void attach(Bus *bus, guint index)
{
	bus_attach(bus, index, &memory + index, OPS_EVENT_PAGE(index));
}

static void set_time(guint index, uint64_t ns)
{
	struct sb_event_page *page =
		(struct sb_event_page *)(memory + OPS_EVENT_PAGE(index));

	page->now_ns += ns;
}

static void do_op(Bus *bus, const FuzzRecord *record)
{
	const char *text = (const char *)record->payload;
	OpRegister reg;
	OpTick tick;
	OpRam ram;
	uint32_t zero = 0;
	uint64_t value;
	guint dev;

	switch (record->op) {
	case OP_WRITE:
	case OP_READ:
		take(record, &reg, sizeof(reg));
		dev = reg.device % OPS_DEVICES;
		if (record->op == OP_READ)
			bus_read(bus, dev, reg.offset, &value,
				 reg.len % (sizeof(value) + 1));
		else
			bus_write(bus, dev, &memory + dev, reg.offset,
				  &reg.value,
				  reg.len % (sizeof(reg.value) + 1));
		break;
	case OP_RAM:
		if (record->len <= sizeof(ram))
			break;
		memcpy(&ram, record->payload, sizeof(ram));
		ram_write(bus_ram(bus), ram.addr, record->payload + sizeof(ram),
			  record->len - sizeof(ram));
		break;
	case OP_TICK:
		take(record, &tick, sizeof(tick));
		dev = tick.device % OPS_DEVICES;
		for (guint i = 0; i < OPS_DEVICES; i++)
			set_time(i, tick.ns);
		bus_write(bus, dev, &memory + dev, SB_CTL_TICK, &zero,
			  sizeof(zero));
		break;
	case OP_FAULTS:
		bus_faults_command(bus, text, record->len);
		break;
	case OP_STAMPS:
		bus_stamps_command(bus, text, record->len);
		break;
	case OP_SHOW:
		for (dev = 0; dev < OPS_DEVICES; dev++)
			show_all(bus_device(bus, dev), "", 8);
		g_bytes_unref(bus_leaks_text(bus));
		g_bytes_unref(journal_trace_text(bus_journal(bus)));
		g_bytes_unref(journal_violations_text(bus_journal(bus)));
		break;
	case OP_RECONNECT:
		dev = record->len ? record->payload[0] % OPS_DEVICES : 0;
		bus_close(bus, dev, &memory + dev);
		attach(bus, dev);
		break;
	}
}

static Bus *run(const uint8_t *data, size_t size)
{
	Bus *bus = bus_new();
	FuzzRecord record;

	if (!memory)
		memory = malloc(OPS_RAM_SIZE);
	g_assert(memory);
	memset(memory, 0, OPS_RAM_SIZE);
	ram_set(bus_ram(bus), memory, OPS_RAM_SIZE);
	bus_add(bus, models_find("virtio-gpu"));
	bus_add(bus, models_find("panfrost"));
	bus_add(bus, models_find("helper.0"));
	bus_add(bus, models_find("lima"));
	bus_add(bus, models_find("v3d"));
	for (guint i = 0; i < OPS_DEVICES; i++)
		attach(bus, i);
	while (fuzz_next(&data, &size, &record))
		do_op(bus, &record);
	return bus;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bus_free(run(data, size));
	return 0;
}

static void print(GBytes *bytes)
{
	gsize len;
	const char *text = g_bytes_get_data(bytes, &len);

	g_printerr("%.*s", (int)len, text ?: "");
	g_bytes_unref(bytes);
}

void fuzz_self_test(void)
{
	for (guint i = 0; ops_seeds[i].make; i++) {
		g_autoptr(GByteArray) input = g_byte_array_new();
		Bus *bus;
		const char *why;

		ops_seeds[i].make(input);
		bus = run(input->data, input->len);
		why = ops_seeds[i].check(bus, memory);
		if (why) {
			g_printerr("seed \"%s\": %s\ntrace:\n",
				   ops_seeds[i].name, why);
			print(journal_trace_text(bus_journal(bus)));
			exit(1);
		}
		bus_free(bus);
	}
}

GPtrArray *fuzz_seeds(void)
{
	GPtrArray *seeds = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_byte_array_unref);

	for (guint i = 0; ops_seeds[i].make; i++) {
		GByteArray *input = g_byte_array_new();

		ops_seeds[i].make(input);
		g_ptr_array_add(seeds, input);
	}
	return seeds;
}
