// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake.h"

#include <errno.h>
#include <string.h>

typedef struct {
	Device device;
	uint32_t value, ticks, releases, resets;
} Fake;

static int fake_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Fake *fake = (Fake *)device;
	uint32_t value;

	if (offset == FAKE_NOW && len == 8) {
		memcpy(buf, &device->now_ns, len);
		return 0;
	}
	if (len != 4)
		return -EINVAL;
	switch (offset) {
	case FAKE_VALUE:
		value = fake->value;
		break;
	case FAKE_TICKS:
		value = fake->ticks;
		break;
	case FAKE_RELEASES:
		value = fake->releases;
		break;
	case FAKE_RESETS:
		value = fake->resets;
		break;
	default:
		return -EINVAL;
	}
	memcpy(buf, &value, len);
	return 0;
}

static int fake_write(Device *device, uint64_t offset, const void *buf,
		      size_t len)
{
	Fake *fake = (Fake *)device;
	uint32_t value;

	if (len != 4)
		return -EINVAL;
	memcpy(&value, buf, len);
	switch (offset) {
	case FAKE_VALUE:
		fake->value = value;
		return 0;
	case FAKE_RAISE:
		device_raise(device, value & 31);
		__atomic_fetch_or(device->isr, 1u << (value & 31),
				  __ATOMIC_SEQ_CST);
		return 0;
	case FAKE_DEADLINE:
		device->deadline_ns = device->now_ns + value;
		return 0;
	}
	return -EINVAL;
}

static void fake_tick(Device *device)
{
	((Fake *)device)->ticks++;
	if (device->deadline_ns && device->now_ns >= device->deadline_ns) {
		device->deadline_ns = 0;
		device_raise(device, 7);
	}
}

static void fake_release(Device *device)
{
	((Fake *)device)->releases++;
	device_raise(device, 9);
}

static void fake_reset(Device *device)
{
	Fake *fake = (Fake *)device;

	fake->resets++;
	fake->value = 0;
	device->deadline_ns = 0;
}

static void fake_leaks(Device *device, GString *out)
{
	if (((Fake *)device)->value)
		g_string_append(out, "value 1\nvalue 2\n");
}

static void show_value(Device *device, uint32_t n G_GNUC_UNUSED, GString *out)
{
	g_string_append_printf(out, "%u\n", ((Fake *)device)->value);
}

static void show_big(Device *device G_GNUC_UNUSED, uint32_t n G_GNUC_UNUSED,
		     GString *out)
{
	g_string_set_size(out, 200000);
	memset(out->str, 'x', out->len);
}

static void list_value(Device *device, GArray *numbers)
{
	const uint32_t number = 42;

	if (((Fake *)device)->value)
		g_array_append_val(numbers, number);
}

static const Node nodes[] = {
	{.path = "value", .show = show_value},
	{.path = "dir/value", .show = show_value},
	{.path = "big", .show = show_big},
	{.path = "%u", .show = show_value, .list = list_value},
	{.path = NULL},
};

static void fake_init(Device *device)
{
	device->isr_reg = FAKE_ISR_REG;
	device->ack_reg = FAKE_ACK_REG;
}

static void fake_fini(Device *device G_GNUC_UNUSED)
{
}

static const DeviceWindow windows[] = {{0, FAKE_WINDOW}, {0, 0}};
static const DeviceKind kinds[] = {{.name = NULL}};

static const DeviceModel model = {
	.name = "fake",
	.reg_file = "regs",
	.windows = windows,
	.irqs = 32,
	.kinds = kinds,
	.size = sizeof(Fake),
	.init = fake_init,
	.fini = fake_fini,
	.read = fake_read,
	.write = fake_write,
	.tick = fake_tick,
	.release = fake_release,
	.reset = fake_reset,
	.leaks = fake_leaks,
	.nodes = nodes,
};

const DeviceId fake_gpu = {.name = "virtio-gpu", .model = &model};
const DeviceId fake_panfrost = {.name = "panfrost", .model = &model};
