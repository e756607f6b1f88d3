// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/device.h"

#include "protocol.h"

Device *device_new(const DeviceId *id, Ram *ram, Journal *journal,
		   Faults *faults, Stamps *stamps)
{
	Device *device = g_malloc0(id->model->size);

	device->model = id->model;
	device->name = id->name;
	device->index = id->index;
	device->ram = ram;
	device->journal = journal;
	device->faults = faults;
	device->stamps = stamps;
	device->isr = &device->no_isr;
	device->isr_reg = SB_NO_REG;
	device->ack_reg = SB_NO_REG;
	device->model->init(device);
	return device;
}

void device_free(Device *device)
{
	device->model->fini(device);
	g_free(device);
}

bool device_has(const Device *device, uint64_t offset)
{
	const DeviceWindow *window;

	for (window = device->model->windows; window->size; window++)
		if (offset - window->base < window->size)
			return true;
	return false;
}

void device_raise(Device *device, unsigned int line)
{
	g_assert(line < device->model->irqs);
	if (!faults_lose_irq(device->faults, device->name, line))
		device->irq_raise |= 1u << line;
	else
		journal_trace(device->journal, device->name,
			      "interrupt line %u lost (fault)", line);
}

bool device_changes(Device *device, const char *kind)
{
	return faults_change(device->faults, device->name, kind);
}

uint64_t device_lacks(const Device *device)
{
	const DeviceFeature *feature = device->model->features;
	uint64_t bits = 0;

	for (; feature && feature->name; feature++)
		if (faults_lacks(device->faults, device->name, feature->name))
			bits |= feature->bits;
	return bits;
}
