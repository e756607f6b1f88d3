// SPDX-License-Identifier: GPL-2.0-or-later
#include "random.h"

uint64_t fuzz_mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

struct fuzz_op fuzz_draw(uint64_t seed, unsigned int index,
			 const unsigned int *weights, unsigned int kinds)
{
	uint64_t state = seed * 0xd1342543de82ef95ull + index;
	unsigned int total = 0, at;
	struct fuzz_op op = {0};

	/* So that consecutive operations differ. */
	state = fuzz_mix(&state);
	for (unsigned int i = 0; i < kinds; i++)
		total += weights[i];
	at = (unsigned int)(fuzz_mix(&state) % total);
	while (at >= weights[op.kind])
		at -= weights[op.kind++];
	op.bo = (uint32_t)(fuzz_mix(&state) >> 32);
	op.other = (uint32_t)(fuzz_mix(&state) >> 32);
	op.process = (uint32_t)(fuzz_mix(&state) >> 32);
	op.x = (uint32_t)(fuzz_mix(&state) >> 32);
	op.y = (uint32_t)(fuzz_mix(&state) >> 32);
	return op;
}
