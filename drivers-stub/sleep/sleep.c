// SPDX-License-Identifier: GPL-2.0-only
/*
 * System sleep, as far as devices take part: processes are frozen, all devices go to
 * sleep and wake, and processes go on. What is written to the parameter
 * shrinkbench.sleep says how: "suspend", as kernel/power/suspend.c does it, or
 * "hibernate", as kernel/power/hibernate.c does it for the image and after the image
 * was read: all devices have lost their state. The write ends when that is over. Its
 * error is that of the first device that refuses, after which the others wake.
 */

#include <linux/freezer.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/pm.h>
#include <linux/suspend.h>
#include <linux/sysfs.h>

/* Its notifiers have no other interface. */
#include <../kernel/power/power.h>

/**
 * struct sleep_kind - a kind of system sleep
 * @name: what userspace writes
 * @prepare: event before it
 * @done: event after it
 * @down: message to devices that are to sleep
 * @up: message to devices that are to wake
 */
struct sleep_kind {
	const char *name;
	unsigned long prepare, done;
	pm_message_t down, up;
};

static const struct sleep_kind sleep_kinds[] = {
	{ "suspend",
	  PM_SUSPEND_PREPARE,
	  PM_POST_SUSPEND,
	  { PM_EVENT_SUSPEND },
	  { PM_EVENT_RESUME } },
	{ "hibernate",
	  PM_HIBERNATION_PREPARE,
	  PM_POST_HIBERNATION,
	  { PM_EVENT_FREEZE },
	  { PM_EVENT_RESTORE } },
};

static int sleep_devices(const struct sleep_kind *kind)
{
	int error;

	pm_restrict_gfp_mask();
	error = dpm_suspend_start(kind->down);
	if (!error) {
		error = dpm_suspend_end(kind->down);
		if (!error)
			dpm_resume_start(kind->up);
	}
	dpm_resume_end(kind->up);
	pm_restore_gfp_mask();
	return error;
}

static int sleep_run(const struct sleep_kind *kind)
{
	unsigned int flags;
	int error;

	/* On the kernel's command line. */
	if (system_state != SYSTEM_RUNNING)
		return -EBUSY;
	flags = lock_system_sleep();
	error = pm_notifier_call_chain_robust(kind->prepare, kind->done);
	if (!error) {
		error = freeze_processes();
		if (!error) {
			error = sleep_devices(kind);
			thaw_processes();
		}
		pm_notifier_call_chain(kind->done);
	}
	unlock_system_sleep(flags);
	return error;
}

static int sleep_set(const char *text, const struct kernel_param *param)
{
	for (size_t i = 0; i < ARRAY_SIZE(sleep_kinds); i++)
		if (sysfs_streq(text, sleep_kinds[i].name))
			return sleep_run(&sleep_kinds[i]);
	return -EINVAL;
}

static const struct kernel_param_ops sleep_ops = {
	.set = sleep_set,
};

module_param_cb(sleep, &sleep_ops, NULL, 0200);
MODULE_PARM_DESC(sleep, "suspend or hibernate: let all devices sleep and wake");
