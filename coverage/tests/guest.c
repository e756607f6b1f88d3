// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest of check.sh: calls f(), which is instrumented, COUNT times. With a second
 * argument, h() leaves f() early by longjmp().
 */
#include <setjmp.h>
#include <stdlib.h>

int f(void);
void g(int i);
void h(int i);

static jmp_buf out;
static int jumps;

void g(int i)
{
	(void)i;
}

void h(int i)
{
	if (i && jumps)
		longjmp(out, 1);
}

int main(int argc, char **argv)
{
	jumps = argc > 2;
	for (volatile int n = argc > 1 ? atoi(argv[1]) : 0; n > 0; n--)
		if (!setjmp(out))
			f();
	return 0;
}
