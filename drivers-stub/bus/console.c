// SPDX-License-Identifier: GPL-2.0-only
/*
 * A console for printk on descriptor 2, with shrinkbench.console=1. UML's own
 * stderr console is unregistered during boot, just before drivers probe; this
 * one works up to the last line of a panic.
 */

#include <linux/console.h>
#include <linux/init.h>
#include <linux/module.h>

#include <os.h>

static bool console;
module_param(console, bool, 0444);
MODULE_PARM_DESC(console, "write the kernel log to standard error");

static void sb_console_write(struct console *con, const char *text,
			     unsigned int len)
{
	int n;

	while (len) {
		n = os_write_file(2, text, len);
		if (n <= 0)
			return;
		text += n;
		len -= n;
	}
}

/* Enabled regardless of the consoles on the command line. */
static struct console sb_console = {
	.name = "shrinkbench",
	.write = sb_console_write,
	.flags = CON_PRINTBUFFER | CON_ENABLED,
	.index = -1,
};

static int __init sb_console_init(void)
{
	if (console)
		register_console(&sb_console);
	return 0;
}
console_initcall(sb_console_init);
