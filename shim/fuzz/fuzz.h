/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by driver, seeds and targets. An input is a sequence of records, so that
 * the driver can change one action of a guest without garbling the rest: a byte
 * that says what to do, two bytes of length (little-endian), and that many bytes of
 * payload.
 */
#ifndef SHIM_FUZZ_H
#define SHIM_FUZZ_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_HEAD 3u
#define FUZZ_INPUT_MAX (256u * 1024)

typedef struct {
	uint8_t op;
	uint16_t len; /* shortened to what is there */
	const uint8_t *payload;
} FuzzRecord;

/* Take the first record off *data; false if there is none left. */
static inline bool fuzz_next(const uint8_t **data, size_t *size,
			     FuzzRecord *record)
{
	if (*size < FUZZ_HEAD)
		return false;
	record->op = (*data)[0];
	record->len = (uint16_t)((*data)[1] | (*data)[2] << 8);
	record->payload = *data + FUZZ_HEAD;
	if (record->len > *size - FUZZ_HEAD)
		record->len = (uint16_t)(*size - FUZZ_HEAD);
	*data += FUZZ_HEAD + record->len;
	*size -= FUZZ_HEAD + record->len;
	return true;
}

static inline void fuzz_add(GByteArray *input, uint8_t op, const void *payload,
			    size_t len)
{
	uint8_t head[FUZZ_HEAD] = {op, (uint8_t)len, (uint8_t)(len >> 8)};

	g_assert(len <= G_MAXUINT16);
	g_byte_array_append(input, head, sizeof(head));
	g_byte_array_append(input, payload, (guint)len);
}

/* What a target provides. */

/* Valid inputs that reach deep, of GByteArray, owned. */
GPtrArray *fuzz_seeds(void);
/*
 * Runs the seeds, and aborts if one does not get where it should: without good
 * seeds, a fuzzer finds nothing.
 */
void fuzz_self_test(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
