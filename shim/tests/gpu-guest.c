// SPDX-License-Identifier: GPL-2.0-or-later
#include "gpu-guest.h"

#include "core/registry.h"

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <stdlib.h>
#include <string.h>

enum {
	QUEUE_SIZE = GUEST_SLOTS,
	QUEUES_AT = 0x1000, /* three pages each */
	TABLES_AT = 0x10000, /* indirect: one page a slot */
	REQUESTS_AT = 0x100000, /* four pages a slot, both queues share */
	REQUEST_MAX = 0x4000,
	RESPONSES_AT = 0x200000,
	PAGES_AT = 0x400000,
};

uint64_t guest_page(unsigned int index)
{
	g_assert_cmpuint(index, <, GUEST_PAGES);
	return PAGES_AT + (uint64_t)index * RAM_PAGE_SIZE;
}

uint8_t *guest_page_at(Guest *guest, unsigned int index)
{
	return guest->mem + guest_page(index);
}

uint32_t guest_read(Guest *guest, uint64_t reg)
{
	uint32_t value;

	g_assert_cmpint(
		guest->device->model->read(guest->device, reg, &value, 4), ==,
		0);
	return value;
}

void guest_write(Guest *guest, uint64_t reg, uint32_t value)
{
	g_assert_cmpint(
		guest->device->model->write(guest->device, reg, &value, 4), ==,
		0);
}

void guest_notify(Guest *guest, unsigned int queue)
{
	guest_write(guest, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

static uint64_t ring_at(unsigned int queue, unsigned int part)
{
	return QUEUES_AT + (queue * 3 + part) * RAM_PAGE_SIZE;
}

struct vring_desc *guest_desc(Guest *guest, unsigned int queue)
{
	return (void *)(guest->mem + ring_at(queue, 0));
}

struct vring_avail *guest_avail(Guest *guest, unsigned int queue)
{
	return (void *)(guest->mem + ring_at(queue, 1));
}

struct vring_used *guest_used(Guest *guest, unsigned int queue)
{
	return (void *)(guest->mem + ring_at(queue, 2));
}

Guest *guest_new(void)
{
	Guest *guest = g_new0(Guest, 1);

	guest->mem = aligned_alloc(RAM_PAGE_SIZE, GUEST_RAM);
	memset(guest->mem, 0, GUEST_RAM);
	guest->ram = ram_new();
	ram_set(guest->ram, guest->mem, GUEST_RAM);
	guest->journal = journal_new();
	guest->faults = faults_new();
	guest->stamps = stamps_new(guest->journal);
	guest->device =
		device_new(models_find("virtio-gpu"), guest->ram,
			   guest->journal, guest->faults, guest->stamps);
	guest->device->now_ns = 1000000;
	guest->indirect = true;
	return guest;
}

void guest_free(Guest *guest)
{
	guest_no_violation(guest);
	device_free(guest->device);
	stamps_free(guest->stamps);
	faults_free(guest->faults);
	journal_free(guest->journal);
	ram_free(guest->ram);
	free(guest->mem);
	g_free(guest);
}

static void start_queue(Guest *guest, unsigned int queue)
{
	uint32_t max;

	guest_write(guest, VIRTIO_MMIO_QUEUE_SEL, queue);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_QUEUE_READY), ==, 0);
	max = guest_read(guest, VIRTIO_MMIO_QUEUE_NUM_MAX);
	g_assert_cmpuint(max, >, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_NUM, MIN(max, QUEUE_SIZE));
	guest_write(guest, VIRTIO_MMIO_QUEUE_DESC_LOW, ring_at(queue, 0));
	guest_write(guest, VIRTIO_MMIO_QUEUE_DESC_HIGH, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_AVAIL_LOW, ring_at(queue, 1));
	guest_write(guest, VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_USED_LOW, ring_at(queue, 2));
	guest_write(guest, VIRTIO_MMIO_QUEUE_USED_HIGH, 0);
	guest_write(guest, VIRTIO_MMIO_QUEUE_READY, 1);
}

/* Does what drivers/virtio/ does from reset to DRIVER_OK. */
void guest_start(Guest *guest, uint64_t features)
{
	const uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE |
				VIRTIO_CONFIG_S_DRIVER |
				VIRTIO_CONFIG_S_FEATURES_OK;

	guest_write(guest, VIRTIO_MMIO_STATUS, 0);
	guest_write(guest, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	guest_write(guest, VIRTIO_MMIO_STATUS,
		    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES, features >> 32);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	guest_write(guest, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
	guest_write(guest, VIRTIO_MMIO_STATUS, status);
	g_assert_cmpuint(guest_read(guest, VIRTIO_MMIO_STATUS), ==, status);
	memset(guest->mem + QUEUES_AT, 0, 6 * RAM_PAGE_SIZE);
	memset(guest->next_avail, 0, sizeof(guest->next_avail));
	memset(guest->next_used, 0, sizeof(guest->next_used));
	memset(guest->busy, 0, sizeof(guest->busy));
	start_queue(guest, 0);
	start_queue(guest, 1);
	guest_write(guest, VIRTIO_MMIO_STATUS,
		    status | VIRTIO_CONFIG_S_DRIVER_OK);
}

Guest *guest_running(void)
{
	Guest *guest = guest_new();

	guest_start(guest, GUEST_FEATURES);
	return guest;
}

static unsigned int queue_size(unsigned int queue)
{
	return queue ? 16 : QUEUE_SIZE;
}

void guest_offer(Guest *guest, unsigned int queue, uint16_t head)
{
	struct vring_avail *avail = guest_avail(guest, queue);

	avail->ring[guest->next_avail[queue]++ % queue_size(queue)] = head;
	avail->idx = guest->next_avail[queue];
}

static void take_used(Guest *guest, unsigned int queue)
{
	struct vring_used *used = guest_used(guest, queue);

	while (guest->next_used[queue] != used->idx) {
		vring_used_elem_t *elem =
			&used->ring[guest->next_used[queue]++ %
				    queue_size(queue)];
		unsigned int slot = guest->indirect ? elem->id : elem->id / 3;

		g_assert_cmpuint(slot, <, queue_size(queue));
		g_assert_true(guest->busy[queue][slot]);
		guest->busy[queue][slot] = false;
		guest->done[queue][slot] = true;
		guest->written[queue][slot] = elem->len;
	}
}

/*
 * A chain of up to three descriptors: two for the request, as in the kernel, one
 * for the response.
 */
static unsigned int fill(struct vring_desc *desc, unsigned int first,
			 uint64_t request, size_t len, size_t more,
			 uint64_t response, size_t space)
{
	unsigned int n = 0;

	desc[first + n++] = (struct vring_desc){.addr = request, .len = len};
	if (more)
		desc[first + n++] =
			(struct vring_desc){.addr = request + len, .len = more};
	if (space)
		desc[first + n++] =
			(struct vring_desc){.addr = response,
					    .len = space,
					    .flags = VRING_DESC_F_WRITE};
	for (unsigned int i = 0; i + 1 < n; i++) {
		desc[first + i].flags |= VRING_DESC_F_NEXT;
		desc[first + i].next = first + i + 1;
	}
	return n;
}

unsigned int guest_send(Guest *guest, unsigned int queue, const void *request,
			size_t len, const void *tail, size_t more, size_t space)
{
	unsigned int slots = queue_size(queue) / (guest->indirect ? 1 : 3);
	unsigned int slot = 0, n, head;
	uint64_t req, resp, table;

	take_used(guest, queue);
	while (slot < slots && guest->busy[queue][slot])
		slot++;
	g_assert_cmpuint(slot, <, slots);
	g_assert_cmpuint(len + more, <=, REQUEST_MAX);
	g_assert_cmpuint(space, <=, GUEST_SPACE);
	req = REQUESTS_AT + slot * REQUEST_MAX;
	resp = RESPONSES_AT + (queue * GUEST_SLOTS + slot) * GUEST_SPACE;
	table = TABLES_AT + (queue * GUEST_SLOTS + slot) * RAM_PAGE_SIZE;
	memcpy(guest->mem + req, request, len);
	if (more)
		memcpy(guest->mem + req + len, tail, more);
	memset(guest->mem + resp, 0xee, GUEST_SPACE);
	guest->busy[queue][slot] = true;
	guest->done[queue][slot] = false;
	if (guest->indirect) {
		head = slot;
		n = fill((void *)(guest->mem + table), 0, req, len, more, resp,
			 space);
		guest_desc(guest, queue)[head] = (struct vring_desc){
			.addr = table,
			.len = n * sizeof(struct vring_desc),
			.flags = VRING_DESC_F_INDIRECT,
		};
	} else {
		head = slot * 3;
		fill(guest_desc(guest, queue), head, req, len, more, resp,
		     space);
	}
	guest_offer(guest, queue, head);
	guest_notify(guest, queue);
	take_used(guest, queue);
	return slot;
}

const struct virtio_gpu_ctrl_hdr *guest_response(Guest *guest,
						 unsigned int slot)
{
	take_used(guest, 0);
	if (!guest->done[0][slot])
		return NULL;
	return (const void *)(guest->mem + RESPONSES_AT + slot * GUEST_SPACE);
}

uint32_t guest_do(Guest *guest, const void *request, size_t len,
		  const void *tail, size_t more)
{
	unsigned int slot =
		guest_send(guest, 0, request, len, tail, more, GUEST_SPACE);
	const struct virtio_gpu_ctrl_hdr *hdr = guest_response(guest, slot);

	g_assert_nonnull(hdr);
	g_assert_cmpuint(guest->written[0][slot], >=, sizeof(*hdr));
	return hdr->type;
}

void guest_expect(Guest *guest, uint32_t type, const char *violation,
		  const void *request, size_t len, const void *tail,
		  size_t more)
{
	uint32_t got = guest_do(guest, request, len, tail, more);

	if (violation)
		guest_violation(guest, violation);
	else
		guest_no_violation(guest);
	g_assert_cmphex(got, ==, type);
}

void guest_expect_refused(Guest *guest, uint32_t type, const char *refusal,
			  const void *request, size_t len, const void *tail,
			  size_t more)
{
	uint32_t got = guest_do(guest, request, len, tail, more);

	guest_refusal(guest, refusal);
	g_assert_cmphex(got, ==, type);
}

static char *owned_text(GBytes *bytes)
{
	char *text = g_strndup(g_bytes_get_data(bytes, NULL),
			       g_bytes_get_size(bytes));

	g_bytes_unref(bytes);
	return text;
}

static char *violations(Guest *guest)
{
	return owned_text(journal_violations_text(guest->journal));
}

static char *refusals(Guest *guest)
{
	return owned_text(journal_refused_text(guest->journal));
}

void guest_violation(Guest *guest, const char *text)
{
	g_autofree char *all = violations(guest);

	if (!strstr(all, text))
		g_error("no violation \"%s\" in:\n%s", text, all);
	if (journal_violation_count(guest->journal) != 1)
		g_error("more than \"%s\":\n%s", text, all);
	journal_clear_violations(guest->journal);
}

void guest_refusal(Guest *guest, const char *text)
{
	g_autofree char *all = refusals(guest);

	if (!strstr(all, text))
		g_error("nothing refused with \"%s\":\n%s", text, all);
	if (journal_refused_count(guest->journal) != 1)
		g_error("refused more than \"%s\":\n%s", text, all);
	journal_clear_refused(guest->journal);
	guest_no_violation(guest);
}

void guest_no_violation(Guest *guest)
{
	g_autofree char *all = violations(guest), *also = refusals(guest);

	if (*all || *also)
		g_error("violations:\n%srefused:\n%s", all, also);
}

void guest_fault(Guest *guest, const char *text)
{
	bool released;

	g_assert_cmpint(
		faults_command(guest->faults, text, strlen(text), &released),
		==, 0);
	if (released)
		guest->device->model->release(guest->device);
}

void guest_wait(Guest *guest, uint64_t ns)
{
	guest->device->now_ns += ns;
	if (guest->device->deadline_ns &&
	    guest->device->now_ns >= guest->device->deadline_ns)
		guest->device->model->tick(guest->device);
}

bool guest_irq(Guest *guest)
{
	uint32_t status = guest_read(guest, VIRTIO_MMIO_INTERRUPT_STATUS);
	bool raised = guest->device->irq_raise;

	g_assert_cmphex(status & ~3u, ==, 0);
	guest_write(guest, VIRTIO_MMIO_INTERRUPT_ACK, status);
	g_assert_cmphex(guest_read(guest, VIRTIO_MMIO_INTERRUPT_STATUS), ==, 0);
	guest->device->irq_raise = 0;
	return raised;
}

char *guest_show(Guest *guest, const char *path)
{
	GBytes *bytes = node_show(guest->device, path);
	char *text;

	if (!bytes)
		return NULL;
	text = g_strndup(g_bytes_get_data(bytes, NULL),
			 g_bytes_get_size(bytes));
	g_bytes_unref(bytes);
	return text;
}

char *guest_leaks(Guest *guest)
{
	GString *out = g_string_new(NULL);

	guest->device->model->leaks(guest->device, out);
	return g_string_free(out, FALSE);
}

void guest_create_2d(Guest *guest, uint32_t id, uint32_t w, uint32_t h)
{
	struct virtio_gpu_resource_create_2d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = id,
		.format = VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
		.width = w,
		.height = h,
	};

	EXPECT_OK(guest, &cmd);
}

void guest_create_buffer(Guest *guest, uint32_t id, uint32_t bytes)
{
	struct virtio_gpu_resource_create_3d cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = id,
		.format = 64,
		.width = bytes,
		.height = 1,
		.depth = 1,
		.array_size = 1,
	};

	EXPECT_OK(guest, &cmd);
}

uint32_t guest_do_attach(Guest *guest, uint32_t id, unsigned int first,
			 unsigned int pages)
{
	struct virtio_gpu_resource_attach_backing cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = id,
		.nr_entries = pages,
	};
	struct virtio_gpu_mem_entry entries[GUEST_PAGES];

	memset(entries, 0, sizeof(entries));
	for (unsigned int i = 0; i < pages; i++) {
		entries[i].addr = guest_page(first + pages - 1 - i);
		entries[i].length = RAM_PAGE_SIZE;
	}
	return guest_do(guest, &cmd, sizeof(cmd), entries,
			pages * sizeof(*entries));
}

void guest_attach(Guest *guest, uint32_t id, unsigned int first,
		  unsigned int pages)
{
	g_assert_cmphex(guest_do_attach(guest, id, first, pages), ==,
			VIRTIO_GPU_RESP_OK_NODATA);
	guest_no_violation(guest);
}

void guest_unref(Guest *guest, uint32_t id)
{
	struct virtio_gpu_resource_unref cmd = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = id,
	};

	EXPECT_OK(guest, &cmd);
}

void guest_context(Guest *guest, uint32_t ctx)
{
	struct virtio_gpu_ctx_create cmd = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_CREATE,
		.hdr.ctx_id = ctx,
		.nlen = 4,
		.debug_name = "test",
	};

	EXPECT_OK(guest, &cmd);
}

void guest_bind(Guest *guest, uint32_t ctx, uint32_t id)
{
	struct virtio_gpu_ctx_resource cmd = {
		.hdr.type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
		.hdr.ctx_id = ctx,
		.resource_id = id,
	};

	EXPECT_OK(guest, &cmd);
}
