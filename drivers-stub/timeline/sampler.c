// SPDX-License-Identifier: GPL-2.0-only
/*
 * With shrinkbench.samples=FILE on the kernel command line, a thread writes to this
 * file of the host how memory and the BOs are, each time that something has
 * changed. Lines begin with the guest's time in ns:
 *
 *   TIME mem FREE SHMEM SWAP		free, in shmem, in swap space; KiB
 *   TIME shrinker COUNT NAME		what a shrinker counts
 *   TIME bo KEY DEVICE SIZE ID STATE busy|idle needed|unneeded
 *   TIME gone KEY			no handle of the BO is left
 *   TIME log TEXT			the kernel log, with a better time than its own
 *
 * The thread allocates nothing after boot and writes to the host directly, so that
 * a shortage of memory does not stop it. It runs before all others, but on kernels
 * without preemption not within a system call.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/console.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stdarg.h>
#include <linux/timekeeping.h>

#include <os.h>

#include "timeline.h"

/* While something changes, and while nothing does. */
#define SB_SAMPLE_MIN_NS NSEC_PER_MSEC
#define SB_SAMPLE_MAX_NS (64 * NSEC_PER_MSEC)

static char *samples;
module_param(samples, charp, 0444);
MODULE_PARM_DESC(samples, "file of the host for samples of memory and BOs");

struct task_struct *sb_sampler;

static int fd = -1;
/* Of the current sample. */
static char buf[4096];
static unsigned int len;
static u64 now_ns;
static bool changed;

static void write_all(const char *text, unsigned int size)
{
	int n;

	while (size) {
		n = os_write_file(fd, text, size);
		if (n <= 0)
			return;
		text += n;
		size -= n;
	}
}

static void flush(void)
{
	write_all(buf, len);
	len = 0;
}

/**
 * sb_sample_line - add a line to the current sample
 * @fmt: without time and newline; at most 160 characters
 *
 * Context: the sampler only.
 */
void sb_sample_line(const char *fmt, ...)
{
	va_list args;

	if (len > sizeof(buf) - 200)
		flush();
	len += scnprintf(buf + len, sizeof(buf) - len, "%llu ", now_ns);
	va_start(args, fmt);
	len += vscnprintf(buf + len, sizeof(buf) - len - 1, fmt, args);
	va_end(args);
	buf[len++] = '\n';
	changed = true;
}

static void take_sample(void)
{
	now_ns = ktime_get_ns();
	changed = false;
	sb_sample_memory();
	sb_sample_bos();
	flush();
}

static int sampler_run(void *unused)
{
	u64 wait_ns = SB_SAMPLE_MIN_NS;
	ktime_t timeout;

	for (;;) {
		take_sample();
		wait_ns = changed ? SB_SAMPLE_MIN_NS :
				    min(2 * wait_ns, (u64)SB_SAMPLE_MAX_NS);
		timeout = ns_to_ktime(wait_ns);
		set_current_state(TASK_IDLE);
		if (schedule_hrtimeout(&timeout, HRTIMER_MODE_REL))
			wait_ns = SB_SAMPLE_MIN_NS;
	}
	return 0;
}

/* Any context: the kernel log may be written while the clock's lock is held. */
static void log_write(struct console *con, const char *text, unsigned int size)
{
	char time[32];
	int n = scnprintf(time, sizeof(time), "%llu log ",
			  ktime_get_mono_fast_ns());

	write_all(time, n);
	write_all(text, size);
}

static struct console log_console = {
	.name = "samples",
	.write = log_write,
	.flags = CON_ENABLED,
	.index = -1,
};

static int __init sampler_init(void)
{
	struct openflags flags = of_create(of_write(OPENFLAGS()));
	struct task_struct *task;
	int ret;

	if (!samples || !*samples)
		return 0;
	ret = sb_sample_memory_init() ?: sb_sample_bos_init();
	if (ret)
		goto err;
	fd = os_open_file(samples, of_cloexec(flags), 0644);
	if (fd < 0) {
		ret = fd;
		goto err;
	}
	task = kthread_run(sampler_run, NULL, "sampler");
	if (IS_ERR(task)) {
		ret = PTR_ERR(task);
		goto err;
	}
	sched_set_fifo(task);
	register_console(&log_console);
	sb_sampler = task;
	return 0;
err:
	pr_err("no samples: %s: %d\n", samples, ret);
	return ret;
}
late_initcall(sampler_init);
