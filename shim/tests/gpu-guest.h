/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small guest: a virtio-mmio driver in a block of memory, for the tests of the
 * VirtIO-GPU model. Whatever it finds wrong fails the test.
 */
#ifndef SHIM_TESTS_GPU_GUEST_H
#define SHIM_TESTS_GPU_GUEST_H

#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>

#include "core/device.h"
#include "protocol.h"

#define GUEST_RAM (8u << 20)
#define GUEST_SLOTS 64u /* commands that can be under way */
#define GUEST_SPACE 4096u /* bytes of a response, at most */
/* Pages for backing: guest_page(0) and on. */
#define GUEST_PAGES 1024u

/* All that the model offers. */
#define GUEST_FEATURES                                                         \
	(1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_EDID |              \
	 1ull << VIRTIO_GPU_F_RESOURCE_UUID |                                  \
	 1ull << VIRTIO_GPU_F_RESOURCE_BLOB |                                  \
	 1ull << VIRTIO_GPU_F_CONTEXT_INIT | 1ull << 28 | 1ull << 32 |         \
	 1ull << 33)

typedef struct {
	Ram *ram;
	Journal *journal;
	Faults *faults;
	Stamps *stamps;
	Device *device;
	uint8_t *mem;
	bool indirect; /* how chains are laid out */
	uint16_t next_avail[2];
	uint16_t next_used[2];
	bool busy[2][GUEST_SLOTS];
	bool done[2][GUEST_SLOTS];
	uint32_t written[2][GUEST_SLOTS];
} Guest;

/* A device without a driver; guest_start() is the driver's probe. */
Guest *guest_new(void);
void guest_start(Guest *guest, uint64_t features);
/* guest_new() and guest_start(). */
Guest *guest_running(void);
/* Fails the test when violations, or what was refused, are left. */
void guest_free(Guest *guest);

uint32_t guest_read(Guest *guest, uint64_t reg);
void guest_write(Guest *guest, uint64_t reg, uint32_t value);
void guest_notify(Guest *guest, unsigned int queue);

struct vring_desc *guest_desc(Guest *guest, unsigned int queue);
struct vring_avail *guest_avail(Guest *guest, unsigned int queue);
struct vring_used *guest_used(Guest *guest, unsigned int queue);
/* Make descriptor @head available, without a notification. */
void guest_offer(Guest *guest, unsigned int queue, uint16_t head);

/*
 * Send @len bytes, followed by @more bytes of @tail, with @space bytes for the
 * response. Returns a slot.
 */
unsigned int guest_send(Guest *guest, unsigned int queue, const void *request,
			size_t len, const void *tail, size_t more,
			size_t space);
/* The response in @slot of the control queue, NULL if there is none yet. */
const struct virtio_gpu_ctrl_hdr *guest_response(Guest *guest,
						 unsigned int slot);
/* Send, and return the type of the response, which must be there at once. */
uint32_t guest_do(Guest *guest, const void *request, size_t len,
		  const void *tail, size_t more);

/* As guest_do(); the violation must contain @violation (NULL: there is none). */
void guest_expect(Guest *guest, uint32_t type, const char *violation,
		  const void *request, size_t len, const void *tail,
		  size_t more);
#define EXPECT(guest, type, violation, request)                                \
	guest_expect(guest, type, violation, request, sizeof(*(request)),      \
		     NULL, 0)
/* Likewise, but it is refused with @refusal, which is no violation. */
void guest_expect_refused(Guest *guest, uint32_t type, const char *refusal,
			  const void *request, size_t len, const void *tail,
			  size_t more);
#define EXPECT_REFUSED(guest, type, refusal, request)                          \
	guest_expect_refused(guest, type, refusal, request,                    \
			     sizeof(*(request)), NULL, 0)
#define EXPECT_OK(guest, request)                                              \
	EXPECT(guest, VIRTIO_GPU_RESP_OK_NODATA, NULL, request)

/* There must be one violation, which contains @text; clears it. */
void guest_violation(Guest *guest, const char *text);
void guest_refusal(Guest *guest, const char *text);
/* Nor was anything refused. */
void guest_no_violation(Guest *guest);

void guest_fault(Guest *guest, const char *text);
/* Advance guest time by @ns; the device ticks if it has asked to. */
void guest_wait(Guest *guest, uint64_t ns);
/* Take the interrupt: was there one? */
bool guest_irq(Guest *guest);
/* Content of a file of the device as text, owned; NULL: no such file. */
char *guest_show(Guest *guest, const char *path);
char *guest_leaks(Guest *guest);

uint64_t guest_page(unsigned int index);
uint8_t *guest_page_at(Guest *guest, unsigned int index);

/* Commands at the start of most tests; they must succeed. */
void guest_create_2d(Guest *guest, uint32_t id, uint32_t w, uint32_t h);
void guest_create_buffer(Guest *guest, uint32_t id, uint32_t bytes);
/* @pages pages from guest_page(first) on, one entry each, backwards. */
void guest_attach(Guest *guest, uint32_t id, unsigned int first,
		  unsigned int pages);
uint32_t guest_do_attach(Guest *guest, uint32_t id, unsigned int first,
			 unsigned int pages);
void guest_unref(Guest *guest, uint32_t id);
void guest_context(Guest *guest, uint32_t ctx);
void guest_bind(Guest *guest, uint32_t ctx, uint32_t id);

#endif
