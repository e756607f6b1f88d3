// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/panfrost-device.h"
#include "lib/panfrost-shrink.h"

#define OWN "drm-panfrost"
#define GENERIC "drm-shmem:"

static const char *generic_name(void)
{
	static char name[NAME_MAX + sizeof(GENERIC)];

	snprintf(name, sizeof(name), GENERIC "%s", device_name());
	return name;
}

bool shrink_is_generic(void)
{
	return shrinker_exists(generic_name());
}

const char *shrink_name(void)
{
	return shrink_is_generic() ? generic_name() : OWN;
}

unsigned long shrink_count(void)
{
	return shrinker_count(shrink_name());
}

void shrink_scan(unsigned long pages)
{
	shrinker_scan(shrink_name(), pages);
}

unsigned long shrink_pages(unsigned long needed, unsigned long not_needed)
{
	return shrink_is_generic() ? needed + not_needed : not_needed;
}

void shrink_all(unsigned long needed)
{
	unsigned int tries = 3000;

	while (shrink_count() > shrink_pages(needed, 0) && tries--) {
		shrink_scan(100000);
		mem_millisecond();
	}
	CHECK_EQ(shrink_count(), shrink_pages(needed, 0));
}

void shrink_settle(void)
{
	WAIT_UNTIL(!shrink_count());
	mem_settle();
}
