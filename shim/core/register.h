/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of 32-bit registers as tables: which bits can be written, which are
 * cleared by writing 1, what they read as after a reset, and what else happens
 * at an access (as in QEMU's hw/core/register).
 *
 * The values of a block are in a struct of the model, which the functions
 * below get as @block.
 */
#ifndef SHIM_REGISTER_H
#define SHIM_REGISTER_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
	REGISTER_OK,
	REGISTER_UNKNOWN, /* there is no such register */
	REGISTER_READ_ONLY, /* the write was dropped */
} RegisterResult;

/* Register.field: member @member of @type; 32 bits for each word. */
#define REGISTER_FIELD(type, member) (offsetof(type, member) + 1)
/* Register.writable: all bits */
#define REGISTER_RW 0xffffffffu

/**
 * Register - a register, or several like it that follow each other
 *
 * @offset: bytes from the start of the block, a multiple of 4
 * @words: how many registers; 0 is 1. Two are a 64-bit register, low word first.
 * @reset: value after a reset; without @field and @read, it always reads so
 * @writable: bits that a write changes
 * @clears: bits of the value that a write of 1 clears
 * @field: REGISTER_FIELD(), where the value is kept; 0: nowhere
 * @read: gives what it reads as, instead of the value. @word counts from 0.
 * @write: called after the value has been changed, with what was written
 *
 * A register that has neither @writable nor @clears nor @write is read-only.
 */
typedef struct {
	uint32_t offset;
	uint32_t words;
	uint32_t reset;
	uint32_t writable;
	uint32_t clears;
	size_t field;
	uint32_t (*read)(void *block, uint32_t word);
	void (*write)(void *block, uint32_t word, uint32_t value);
} Register;

typedef struct {
	const Register *registers;
	size_t count;
} RegisterTable;

#define REGISTER_TABLE(array)                                                  \
	{                                                                      \
		array, sizeof(array) / sizeof((array)[0])                      \
	}

/* @offset of any value; one that is no multiple of 4 is unknown. */
RegisterResult register_read(const RegisterTable *table, void *block,
			     uint64_t offset, uint32_t *value);
RegisterResult register_write(const RegisterTable *table, void *block,
			      uint64_t offset, uint32_t value);
/* Give every field its reset value; calls nothing. */
void register_reset(const RegisterTable *table, void *block);

/* Register.read of a write-only register */
uint32_t register_zero(void *block, uint32_t word);

#endif
