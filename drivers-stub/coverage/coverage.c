// SPDX-License-Identifier: GPL-2.0-only
/*
 * When and where coverage data is written: the counts of a test go to a directory of the
 * host that has the test's name.
 *
 *   coverage.dir=DIR	directory of the host; without it nothing is written
 *   coverage.test=NAME	name from here on, until a program in the guest writes
 *			another to /sys/module/coverage/parameters/test
 *
 * The compiler's own destructors cannot do it: UML's linker script does not place
 * them, and they would use one name only.
 */

#define pr_fmt(fmt) "coverage: " fmt

#include <linux/ctype.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/panic_notifier.h>
#include <linux/string.h>

#include <init.h>
#include <kern_util.h>

#include "coverage.h"

static char *dir;
module_param(dir, charp, 0444);
MODULE_PARM_DESC(dir, "directory of the host for coverage data");

static char name[COVERAGE_NAME_MAX] = "boot";
/* The command line has been parsed, and the host can be written to. */
static bool ready;
/* There are counts of @name that are not written yet. */
static bool started;

/* Runs on the stack of the host process: libgcov needs more than a task has. */
static void dump_here(void *reset)
{
	coverage_write(dir, name, reset);
}

static void dump(bool reset)
{
	unsigned long flags;

	if (!started)
		return;
	local_irq_save(flags);
	coverage_block();
	initial_thread_cb(dump_here, reset ? name : NULL);
	coverage_unblock();
	local_irq_restore(flags);
}

static void begin(void)
{
	int err = coverage_begin(dir, name);

	if (err)
		pr_err("cannot write to %s/%s: error %d, this data is lost\n",
		       dir, name, err);
	started = !err;
}

/* It becomes a path below @dir: area/test. */
static bool good_name(const char *s)
{
	char last = '/';

	for (; *s; last = *s++) {
		if (isalnum(*s) || *s == '_' || *s == '-')
			continue;
		if ((*s != '/' && *s != '.') || last == '/' || last == '.')
			return false;
	}
	return isalnum(last) || last == '_' || last == '-';
}

static int set_test(const char *val, const struct kernel_param *kp)
{
	char next[COVERAGE_NAME_MAX];
	size_t len;

	if (strscpy(next, val, sizeof(next)) < 0)
		return -ENAMETOOLONG;
	len = strlen(next);
	if (len && next[len - 1] == '\n')
		next[len - 1] = '\0';
	if (!good_name(next))
		return -EINVAL;
	dump(true);
	strscpy(name, next, sizeof(name));
	/* On the command line, it may come before coverage.dir. */
	if (ready)
		begin();
	return 0;
}

static int get_test(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", name);
}

static const struct kernel_param_ops test_ops = {
	.set = set_test,
	.get = get_test,
};
module_param_cb(test, &test_ops, NULL, 0644);
MODULE_PARM_DESC(test, "name under which coverage data is written");

/* Called at power-off, reboot, and SIGTERM or SIGINT from the host. */
static void coverage_exit(void)
{
	dump(false);
	started = false;
}

__uml_exitcall(coverage_exit);

static int coverage_panic(struct notifier_block *self, unsigned long action,
			  void *data)
{
	coverage_exit();
	return NOTIFY_DONE;
}

/* Before UML's own notifier, which does not return. */
static struct notifier_block panic_block = {
	.notifier_call = coverage_panic,
	.priority = INT_MAX,
};

static int __init coverage_init(void)
{
	if (dir && *dir) {
		atomic_notifier_chain_register(&panic_notifier_list,
					       &panic_block);
		ready = true;
		begin();
	}
	return 0;
}
early_initcall(coverage_init);
