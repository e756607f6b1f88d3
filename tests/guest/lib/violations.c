// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "lib/test.h"
#include "lib/violations.h"

static unsigned int count_lines(const char *file)
{
	char *text = device_read(file);
	unsigned int count = 0;

	CHECK(text);
	for (char *at = text; (at = strchr(at, '\n')); at++)
		count++;
	free(text);
	return count;
}

/* Clear @file, of which each line must have @want. Returns their number. */
static unsigned int take_lines(const char *file, const char *want)
{
	char *text = device_read(file);
	unsigned int found = 0;
	char *save;

	CHECK(text);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		found++;
		if (!strstr(line, want))
			FAIL("unexpected line of %s (want '%s'): %s", file,
			     want, line);
	}
	free(text);
	device_write(file, "clear\n");
	return found;
}

unsigned int violations_count(void)
{
	return count_lines("violations");
}

unsigned int violations_take(const char *want)
{
	return take_lines("violations", want);
}

unsigned int refused_count(void)
{
	return count_lines("refused");
}

unsigned int refused_take(const char *want)
{
	return take_lines("refused", want);
}
