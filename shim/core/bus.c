// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "protocol.h"

static const char bus_name[] = "bus";

typedef struct {
	Device *device;
	const void *guest; /* the opener that said hello, NULL when none did */
	struct sb_event_page *page; /* in guest RAM; NULL without a guest */
} Port;

struct Bus {
	Ram *ram;
	Journal *journal;
	Faults *faults;
	Stamps *stamps;
	GPtrArray *ports; /* of Port, owned */
	dev_t own_fs; /* 0: none */
};

static void free_port(gpointer data)
{
	Port *port = data;

	device_free(port->device);
	g_free(port);
}

static Port *port_at(const Bus *bus, guint index)
{
	return bus->ports->pdata[index];
}

Bus *bus_new(void)
{
	Bus *bus = g_new0(Bus, 1);

	bus->ram = ram_new();
	bus->journal = journal_new();
	bus->faults = faults_new();
	bus->stamps = stamps_new(bus->journal);
	bus->ports = g_ptr_array_new_with_free_func(free_port);
	return bus;
}

void bus_free(Bus *bus)
{
	if (!bus)
		return;
	for (guint i = 0; i < bus_count(bus); i++)
		bus_close(bus, i, port_at(bus, i)->guest);
	g_ptr_array_unref(bus->ports);
	stamps_free(bus->stamps);
	faults_free(bus->faults);
	journal_free(bus->journal);
	ram_free(bus->ram);
	g_free(bus);
}

Ram *bus_ram(Bus *bus)
{
	return bus->ram;
}

Journal *bus_journal(Bus *bus)
{
	return bus->journal;
}

Faults *bus_faults(Bus *bus)
{
	return bus->faults;
}

Stamps *bus_stamps(Bus *bus)
{
	return bus->stamps;
}

Device *bus_add(Bus *bus, const DeviceId *id)
{
	Port *port = g_new0(Port, 1);

	port->device = device_new(id, bus->ram, bus->journal, bus->faults,
				  bus->stamps);
	g_ptr_array_add(bus->ports, port);
	return port->device;
}

guint bus_count(const Bus *bus)
{
	return bus->ports->len;
}

Device *bus_device(const Bus *bus, guint index)
{
	return port_at(bus, index)->device;
}

void bus_set_own_fs(Bus *bus, dev_t dev)
{
	bus->own_fs = dev;
}

/*
 * Set guest time for an access. The guest's value is bounded, so that models can
 * add delays without overflow, and never goes backwards.
 */
static void begin(Bus *bus, Port *port)
{
	Device *device = port->device;
	uint64_t now;

	if (!port->page)
		return;
	now = __atomic_load_n(&port->page->now_ns, __ATOMIC_RELAXED);
	now = MIN(now, (uint64_t)G_MAXINT64);
	device->now_ns = MAX(device->now_ns, now);
	journal_set_time(bus->journal, device->now_ns);
}

/*
 * After any access, a device may have changed its deadline or interrupts: pass them
 * to the guests.
 */
static void settle(Bus *bus)
{
	for (guint i = 0; i < bus_count(bus); i++) {
		Port *port = port_at(bus, i);
		Device *device = port->device;

		if (port->page) {
			port->page->deadline_ns = device->deadline_ns;
			if (device->irq_raise)
				__atomic_fetch_or(&port->page->irq_raise,
						  device->irq_raise,
						  __ATOMIC_SEQ_CST);
		}
		device->irq_raise = 0;
	}
}

/* Complete what is due before the guest's new access. */
static void tick_if_due(Device *device)
{
	if (device->deadline_ns && device->now_ns >= device->deadline_ns)
		device->model->tick(device);
}

static int no_such_register(const Device *device, const char *what,
			    uint64_t offset, size_t len)
{
	journal_violation(device->journal, device->name,
			  "%s of %zu bytes at 0x%" PRIx64 ": no such register",
			  what, len, offset);
	return -EINVAL;
}

static bool is_register_access(uint64_t offset, size_t len)
{
	return (len == 1 || len == 2 || len == 4 || len == 8) &&
	       offset < SB_CTL_BASE && !(offset % len);
}

static uint64_t value_of(const void *buf, size_t len)
{
	uint64_t value = 0;

	memcpy(&value, buf, len);
	return value;
}

int bus_read(Bus *bus, guint index, uint64_t offset, void *buf, size_t len)
{
	Port *port = port_at(bus, index);
	Device *device = port->device;
	int ret;

	if (offset == SB_CTL_PING && len == sizeof(uint32_t)) {
		memcpy(buf, &(uint32_t){SB_MAGIC}, len);
		return 0;
	}
	if (!is_register_access(offset, len))
		return -EINVAL;
	begin(bus, port);
	tick_if_due(device);
	memset(buf, 0, len);
	ret = device_has(device, offset)
		      ? device->model->read(device, offset, buf, len)
		      : no_such_register(device, "read", offset, len);
	journal_register(bus->journal, device->name, false, offset,
			 value_of(buf, len), len, ret);
	settle(bus);
	return ret;
}

/*
 * Open the RAM of process @pid. The file is first opened with O_PATH to check that
 * it is a regular file: opening a FIFO or a device may block or have side effects,
 * and asking for attributes of a file in this daemon's own tree would deadlock.
 */
static int open_ram(const Bus *bus, uint32_t pid, uint32_t ram_fd)
{
	char path[64];
	struct statx stx;
	int fd, found;

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", pid, ram_fd);
	found = open(path, O_PATH | O_CLOEXEC);
	if (found < 0)
		return -errno;
	if (statx(found, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
		  &stx) < 0) {
		fd = -errno;
	} else if (!S_ISREG(stx.stx_mode) ||
		   (bus->own_fs && makedev(stx.stx_dev_major,
					   stx.stx_dev_minor) == bus->own_fs)) {
		fd = -EINVAL;
	} else {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
		fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			fd = -errno;
	}
	close(found);
	return fd;
}

int bus_attach(Bus *bus, guint index, const void *opener, uint64_t event_page)
{
	Port *port = port_at(bus, index);
	Device *device = port->device;
	struct sb_event_page *page;

	if (port->guest)
		return -EBUSY;
	if (event_page % RAM_PAGE_SIZE)
		return -EFAULT;
	page = ram_at(bus->ram, event_page, RAM_PAGE_SIZE);
	if (!page)
		return -EFAULT;

	device->now_ns = 0;
	device->model->reset(device);
	port->guest = opener;
	port->page = page;
	device->isr = &page->isr;
	begin(bus, port);
	page->deadline_ns = 0;
	page->irq_raise = 0;
	page->isr = 0;
	page->isr_reg = device->isr_reg;
	page->ack_reg = device->ack_reg;
	page->error = 0;
	page->version = SB_VERSION;
	page->magic = SB_MAGIC;
	return 0;
}

static int hello(Bus *bus, guint index, const void *opener, const void *buf,
		 size_t len)
{
	struct sb_hello hello;
	int fd, ret;

	if (len != sizeof(hello))
		return -EPROTO;
	memcpy(&hello, buf, sizeof(hello));
	if (hello.magic != SB_MAGIC || hello.version != SB_VERSION)
		return -EPROTO;
	if (port_at(bus, index)->guest)
		return -EBUSY;

	fd = open_ram(bus, hello.pid, hello.ram_fd);
	if (fd < 0)
		return -EFAULT;
	ret = ram_map(bus->ram, fd);
	close(fd);
	if (ret < 0)
		return -EFAULT;
	ret = bus_attach(bus, index, opener, hello.event_page);
	if (ret < 0)
		ram_unmap(bus->ram);
	return ret;
}

int bus_write(Bus *bus, guint index, const void *opener, uint64_t offset,
	      const void *buf, size_t len)
{
	Port *port = port_at(bus, index);
	Device *device = port->device;
	int ret;

	if (offset == SB_CTL_HELLO) {
		ret = hello(bus, index, opener, buf, len);
		journal_trace(bus->journal, bus_name, "%s: hello: %s",
			      device->name,
			      ret ? g_strerror(-ret) : "guest connected");
		settle(bus);
		return ret;
	}
	if (offset == SB_CTL_TICK && len == sizeof(uint32_t)) {
		if (!port->guest || port->guest != opener)
			return -EPERM;
		begin(bus, port);
		device->model->tick(device);
		settle(bus);
		return 0;
	}
	if (!is_register_access(offset, len))
		return -EINVAL;
	if (!port->guest || port->guest != opener)
		return -EPERM;
	begin(bus, port);
	tick_if_due(device);
	/* Trace it before its effects, which are traced too. */
	journal_register(bus->journal, device->name, true, offset,
			 value_of(buf, len), len, 0);
	ret = device_has(device, offset)
		      ? device->model->write(device, offset, buf, len)
		      : no_such_register(device, "write", offset, len);
	if (ret)
		journal_trace(bus->journal, device->name, "write failed: %s",
			      g_strerror(-ret));
	settle(bus);
	return ret;
}

void bus_close(Bus *bus, guint index, const void *opener)
{
	Port *port = port_at(bus, index);
	Device *device = port->device;

	if (!port->guest || port->guest != opener)
		return;
	/*
	 * Release the event page first: its memory may already have another owner.
	 */
	port->guest = NULL;
	port->page = NULL;
	device->isr = &device->no_isr;
	device->model->reset(device);
	device->deadline_ns = 0;
	ram_unmap(bus->ram);
	journal_trace(bus->journal, bus_name, "%s: guest gone", device->name);
	settle(bus);
}

int bus_faults_command(Bus *bus, const char *text, size_t len)
{
	bool released;
	int ret = faults_command(bus->faults, text, len, &released);

	if (ret)
		return ret;
	for (guint i = 0; released && i < bus_count(bus); i++) {
		Device *device = port_at(bus, i)->device;

		begin(bus, port_at(bus, i));
		device->model->release(device);
	}
	settle(bus);
	return 0;
}

int bus_stamps_command(Bus *bus, const char *text, size_t len)
{
	return stamps_command(bus->stamps, text, len);
}

GBytes *bus_leaks_text(Bus *bus)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < bus_count(bus); i++) {
		Device *device = port_at(bus, i)->device;
		g_autoptr(GString) leaks = g_string_new(NULL);
		g_auto(GStrv) lines = NULL;

		device->model->leaks(device, leaks);
		lines = g_strsplit(leaks->str, "\n", -1);
		for (guint l = 0; lines[l]; l++)
			if (*lines[l])
				g_string_append_printf(out, "%s %s\n",
						       device->name, lines[l]);
	}
	return g_string_free_to_bytes(out);
}
