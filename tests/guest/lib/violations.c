// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "lib/test.h"
#include "lib/violations.h"

unsigned int violations_count(void)
{
	char *text = device_read("violations");
	unsigned int count = 0;

	CHECK(text);
	for (char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	free(text);
	return count;
}

unsigned int violations_take(const char *want)
{
	char *text = device_read("violations");
	unsigned int found = 0;
	char *save;

	CHECK(text);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		found++;
		if (!strstr(line, want))
			FAIL("unexpected violation (want '%s'): %s", want,
			     line);
	}
	free(text);
	device_write("violations", "clear\n");
	return found;
}
