// SPDX-License-Identifier: GPL-2.0-or-later
#include "ops.h"

#include <string.h>

#include "fuzz.h"

static void add_register(GByteArray *input, uint8_t op, guint device,
			 uint32_t reg, uint32_t value)
{
	OpRegister record = {.value = value,
			     .offset = reg,
			     .device = (uint8_t)device,
			     .len = 4};

	fuzz_add(input, op, &record, sizeof(record));
}

void ops_write(GByteArray *input, guint device, uint32_t reg, uint32_t value)
{
	add_register(input, OP_WRITE, device, reg, value);
}

void ops_write64(GByteArray *input, guint device, uint32_t reg, uint64_t value)
{
	ops_write(input, device, reg, (uint32_t)value);
	ops_write(input, device, reg + 4, (uint32_t)(value >> 32));
}

void ops_read(GByteArray *input, guint device, uint32_t reg)
{
	add_register(input, OP_READ, device, reg, 0);
}

void ops_ram(GByteArray *input, uint64_t addr, const void *bytes, size_t len)
{
	g_autofree uint8_t *payload = g_malloc(sizeof(OpRam) + len);
	OpRam ram = {.addr = (uint32_t)addr};

	memcpy(payload, &ram, sizeof(ram));
	memcpy(payload + sizeof(ram), bytes, len);
	fuzz_add(input, OP_RAM, payload, sizeof(ram) + len);
}

void ops_tick(GByteArray *input, guint device, uint64_t ns)
{
	OpTick tick = {.ns = ns, .device = (uint8_t)device};

	fuzz_add(input, OP_TICK, &tick, sizeof(tick));
}

void ops_text(GByteArray *input, uint8_t op, const char *text)
{
	fuzz_add(input, op, text, strlen(text));
}

guint64 fuzz_counter(Device *device, const char *name)
{
	g_autoptr(GBytes) bytes = node_show(device, "counters");
	g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL),
					  g_bytes_get_size(bytes));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], name) &&
		    lines[i][strlen(name)] == ' ')
			return g_ascii_strtoull(lines[i] + strlen(name), NULL,
						10);
	return G_MAXUINT64;
}

const OpsSeed ops_seeds[] = {
	{"2D commands", seed_2d, check_2d},
	{"3D commands", seed_3d, check_3d},
	{"virgl stream", seed_virgl, check_virgl},
	{"blob commands", seed_blob, check_blob},
	{"held commands", seed_held, check_held},
	{"panfrost jobs", seed_jobs, check_jobs},
	{"panfrost frames", seed_frame, check_frame},
	{"panfrost page fault", seed_fault, check_fault},
	{"Mali GPU control", seed_gpu, check_gpu},
	{"helper BOs", seed_helper, check_helper},
	{"helper faults", seed_helper_faults, check_helper_faults},
	{"lima frames", seed_lima_frames, check_lima_frames},
	{"lima jobs", seed_lima_jobs, check_lima_jobs},
	{"lima faults", seed_lima_faults, check_lima_faults},
	{"v3d jobs", seed_v3d_jobs, check_v3d_jobs},
	{"v3d frames", seed_v3d_frames, check_v3d_frames},
	{"v3d faults", seed_v3d_faults, check_v3d_faults},
	{NULL, NULL, NULL},
};
