// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A complete device model, to start a new one from: it adds up the bytes of a page
 * of guest RAM and raises an interrupt. README.md, "Adding a device", explains it;
 * test-toy.c is its guest.
 */
#include <errno.h>
#include <string.h>

#include "core/hold.h"

#define TOY_PAGE 0x0 /* write: physical address of a page; starts */
#define TOY_SUM 0x8 /* read: the sum of the last one; all ones if it failed */
#define TOY_NS 1000 /* guest time that it takes */

typedef struct {
	Device dev; /* first */
	Hold hold;
	bool fails;
	uint64_t page, sum;
} Toy;

/* Complete what is due, and set the next deadline. */
static void toy_tick(Device *device)
{
	Toy *toy = (Toy *)device;
	const uint8_t *bytes = ram_at(device->ram, toy->page, RAM_PAGE_SIZE);

	if (hold_due(device, &toy->hold)) {
		toy->hold.active = false;
		stamps_check_resource(device->stamps, device->name, 1, 0,
				      bytes);
		toy->sum = toy->fails ? ~0ull : 0;
		for (guint i = 0; bytes && !toy->fails && i < RAM_PAGE_SIZE;
		     i++)
			toy->sum += bytes[i];
		device_raise(device, 0);
	}
	device->deadline_ns = 0;
	hold_want_tick(device, &toy->hold);
}

static int toy_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	const Toy *toy = (const Toy *)device;

	if (len != 8)
		return -EINVAL;
	memcpy(buf, offset == TOY_SUM ? &toy->sum : &toy->page, len);
	return 0;
}

static int toy_write(Device *device, uint64_t offset, const void *buf,
		     size_t len)
{
	Toy *toy = (Toy *)device;

	if (len != 8 || offset != TOY_PAGE)
		return -EINVAL;
	if (toy->hold.active)
		journal_violation(device->journal, device->name,
				  "started while it is running");
	memcpy(&toy->page, buf, len);
	toy->fails = hold_begin(device, &toy->hold, "SUM", TOY_NS).kind ==
		     FAULT_FAIL;
	toy_tick(device);
	return 0;
}

static void toy_reset(Device *device)
{
	Toy *toy = (Toy *)device;

	memset((char *)toy + sizeof(Device), 0, sizeof(*toy) - sizeof(Device));
	device->deadline_ns = 0;
}

static void toy_leaks(Device *device, GString *out)
{
	if (((Toy *)device)->hold.active)
		g_string_append(out, "a sum is under way\n");
}

static void toy_fini(Device *device G_GNUC_UNUSED)
{
}

static void show_page(Device *device, uint32_t n, GString *out)
{
	g_string_append_printf(out, "page %u at 0x%" G_GINT64_MODIFIER "x\n", n,
			       ((Toy *)device)->page);
}

static const DeviceWindow windows[] = {{TOY_PAGE, TOY_SUM + 8}, {0, 0}};
static const DeviceKind kinds[] = {{.name = "SUM"}, {.name = NULL}};
static const Node nodes[] = {
	{.path = "pages/%u", .show = show_page, .count = 1},
	{.path = NULL},
};

DEVICE_MODEL(toy_model, .name = "toy", .reg_file = "regs", .windows = windows,
	     .irqs = 1, .kinds = kinds, .stamps = STAMPS_BY_RESOURCE,
	     .nodes = nodes, .size = sizeof(Toy), .init = toy_reset,
	     .fini = toy_fini, .read = toy_read, .write = toy_write,
	     .tick = toy_tick, .release = toy_tick, .reset = toy_reset,
	     .leaks = toy_leaks);
