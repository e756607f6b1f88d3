// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/register.h"

#include <glib.h>
#include <string.h>

static uint32_t words_of(const Register *reg)
{
	return reg->words ?: 1;
}

/* The register at @offset, or NULL; *word is the number of the word in it. */
static const Register *find(const RegisterTable *table, uint64_t offset,
			    uint32_t *word)
{
	if (offset % 4)
		return NULL;
	for (size_t i = 0; i < table->count; i++) {
		const Register *reg = &table->registers[i];

		/* below reg->offset this is large */
		if ((offset - reg->offset) / 4 < words_of(reg)) {
			*word = (uint32_t)(offset - reg->offset) / 4;
			return reg;
		}
	}
	return NULL;
}

static void *field_of(const Register *reg, void *block, uint32_t word)
{
	return (uint8_t *)block + reg->field - 1 + word * sizeof(uint32_t);
}

RegisterResult register_read(const RegisterTable *table, void *block,
			     uint64_t offset, uint32_t *value)
{
	uint32_t word;
	const Register *reg = find(table, offset, &word);

	if (!reg)
		return REGISTER_UNKNOWN;
	*value = reg->reset;
	if (reg->read)
		*value = reg->read(block, word);
	else if (reg->field)
		memcpy(value, field_of(reg, block, word), sizeof(*value));
	return REGISTER_OK;
}

RegisterResult register_write(const RegisterTable *table, void *block,
			      uint64_t offset, uint32_t value)
{
	uint32_t word, now;
	const Register *reg = find(table, offset, &word);

	if (!reg)
		return REGISTER_UNKNOWN;
	if (!reg->writable && !reg->clears && !reg->write)
		return REGISTER_READ_ONLY;
	if (reg->field) {
		memcpy(&now, field_of(reg, block, word), sizeof(now));
		now = (now & ~reg->writable) | (value & reg->writable);
		now &= ~(value & reg->clears);
		memcpy(field_of(reg, block, word), &now, sizeof(now));
	}
	if (reg->write)
		reg->write(block, word, value);
	return REGISTER_OK;
}

void register_reset(const RegisterTable *table, void *block)
{
	for (size_t i = 0; i < table->count; i++) {
		const Register *reg = &table->registers[i];

		for (uint32_t w = 0; reg->field && w < words_of(reg); w++)
			memcpy(field_of(reg, block, w), &reg->reset,
			       sizeof(reg->reset));
	}
}

uint32_t register_zero(void *block G_GNUC_UNUSED, uint32_t word G_GNUC_UNUSED)
{
	return 0;
}
