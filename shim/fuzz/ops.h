/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the records of fuzz-devices mean, and the seeds made of them. */
#ifndef SHIM_FUZZ_OPS_H
#define SHIM_FUZZ_OPS_H

#include <glib.h>
#include <stdint.h>

#include "core/bus.h"

#define OPS_RAM_SIZE (512u * 1024)
#define OPS_DEVICES 5u
#define OPS_VIRTIO_GPU 0u
#define OPS_PANFROST 1u
#define OPS_HELPER 2u
#define OPS_LIMA 3u
#define OPS_V3D 4u
#define OPS_EVENT_PAGE(device) ((device)*4096u)
/* Seeds can use the RAM above the event pages. */
#define OPS_FREE OPS_EVENT_PAGE(OPS_DEVICES)

enum {
	OP_WRITE, /* OpRegister */
	OP_READ, /* OpRegister */
	OP_RAM, /* OpRam, then the bytes to put there */
	OP_TICK, /* OpTick */
	OP_FAULTS, /* text */
	OP_STAMPS, /* text */
	OP_SHOW, /* read all files; not in every input, as it takes long */
	OP_RECONNECT, /* a byte: device */
};

typedef struct {
	uint64_t value;
	uint32_t offset;
	uint8_t device;
	uint8_t len;
	uint16_t pad;
} OpRegister;

typedef struct {
	uint64_t ns;
	uint8_t device;
	uint8_t pad[7];
} OpTick;

typedef struct {
	uint32_t addr;
} OpRam;

/* Writers of records, for seeds. */
void ops_write(GByteArray *input, guint device, uint32_t reg, uint32_t value);
void ops_write64(GByteArray *input, guint device, uint32_t reg, uint64_t value);
void ops_read(GByteArray *input, guint device, uint32_t reg);
void ops_ram(GByteArray *input, uint64_t addr, const void *bytes, size_t len);
void ops_tick(GByteArray *input, guint device, uint64_t ns);
void ops_text(GByteArray *input, uint8_t op, const char *text);

/**
 * OpsSeed - an input that a well-behaved driver could produce
 *
 * check: did it get where it should? NULL, or what is wrong (static text).
 */
typedef struct {
	const char *name;
	void (*make)(GByteArray *input);
	const char *(*check)(Bus *bus, const uint8_t *memory);
} OpsSeed;

/* Ends with make == NULL. */
extern const OpsSeed ops_seeds[];

/* In the files seeds-*.c */
void seed_2d(GByteArray *input);
void seed_3d(GByteArray *input);
void seed_virgl(GByteArray *input);
void seed_blob(GByteArray *input);
void seed_held(GByteArray *input);
const char *check_2d(Bus *bus, const uint8_t *memory);
const char *check_3d(Bus *bus, const uint8_t *memory);
const char *check_virgl(Bus *bus, const uint8_t *memory);
const char *check_blob(Bus *bus, const uint8_t *memory);
const char *check_held(Bus *bus, const uint8_t *memory);
void seed_jobs(GByteArray *input);
void seed_frame(GByteArray *input);
void seed_fault(GByteArray *input);
void seed_gpu(GByteArray *input);
const char *check_jobs(Bus *bus, const uint8_t *memory);
const char *check_frame(Bus *bus, const uint8_t *memory);
const char *check_fault(Bus *bus, const uint8_t *memory);
const char *check_gpu(Bus *bus, const uint8_t *memory);
void seed_helper(GByteArray *input);
void seed_helper_faults(GByteArray *input);
const char *check_helper(Bus *bus, const uint8_t *memory);
const char *check_helper_faults(Bus *bus, const uint8_t *memory);
void seed_lima_frames(GByteArray *input);
void seed_lima_jobs(GByteArray *input);
void seed_lima_faults(GByteArray *input);
const char *check_lima_frames(Bus *bus, const uint8_t *memory);
const char *check_lima_jobs(Bus *bus, const uint8_t *memory);
const char *check_lima_faults(Bus *bus, const uint8_t *memory);
void seed_v3d_jobs(GByteArray *input);
void seed_v3d_frames(GByteArray *input);
void seed_v3d_faults(GByteArray *input);
const char *check_v3d_jobs(Bus *bus, const uint8_t *memory);
const char *check_v3d_frames(Bus *bus, const uint8_t *memory);
const char *check_v3d_faults(Bus *bus, const uint8_t *memory);

/* A line of the file "counters" of @device; G_MAXUINT64 if there is none. */
guint64 fuzz_counter(Device *device, const char *name);

#endif
