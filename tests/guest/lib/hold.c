// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/hold.h"
#include "lib/test.h"

#define HOLD_NODE "/dev/race"
#define TEXT_MAX 1024
#define TICK_MS 10

/* What the hold does, without the end of the line; static. */
static const char *state(int hold)
{
	static char text[TEXT_MAX];
	ssize_t len = CHECK_SYS(pread(hold, text, sizeof(text) - 1, 0));

	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void command(int hold, const char *text)
{
	if (write(hold, text, strlen(text)) < 0)
		FAIL("%s: %s", text, state(hold));
}

int hold_at(const char *fmt, ...)
{
	int hold = CHECK_SYS(open(HOLD_NODE, O_RDWR | O_CLOEXEC));
	char where[256], text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(where, sizeof(where), fmt, args);
	va_end(args);
	snprintf(text, sizeof(text), "hold %s", where);
	command(hold, text);
	return hold;
}

bool hold_holds(int hold)
{
	return !strncmp(state(hold), "held:", 5);
}

void hold_wait(int hold)
{
	struct pollfd fd = {.fd = hold, .events = POLLIN};

	if (!CHECK_SYS(poll(&fd, 1, (int)test_ticks() * TICK_MS)))
		FAIL("no task was held: %s", state(hold));
	if (!hold_holds(hold))
		FAIL("%s", state(hold));
}

void hold_release(int hold)
{
	if (!hold_holds(hold))
		FAIL("no task to release: %s", state(hold));
	command(hold, "release");
}
