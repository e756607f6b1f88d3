// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/race: hold points. An open file is one hold, which ends with it at the latest.
 * Written to it:
 *
 *   hold FUNCTION[+entry|+exit|+block N] [task NAME] [nth K] [reclaim]
 *	the first task (of this name) that gets there, for the Kth time (1), waits there;
 *	never the one that writes this
 *	With "reclaim", it then calls all shrinkers, as an allocation there might.
 *   wait until held
 *   release
 *
 * Reading returns one line: what the hold is doing, or what was wrong with the last
 * command. A file can be polled: it is readable unless the hold waits for a task.
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "race.h"

#define COMMAND_MAX 256

enum hold_state {
	HOLD_NONE,
	HOLD_ARMED,
	HOLD_HELD,
	HOLD_RELEASED,
	HOLD_ATOMIC,
};

/**
 * struct hold - a hold
 * @refs: the file, and the task that is held
 * @list: in holds while it is armed
 * @wait: for a task to be held, and for its release
 * @state: what it does
 * @where: the site in the words of the command
 * @site: where a task is held
 * @task: the name that it must have, or ""
 * @owner: the thread that wrote the command, which is never held
 * @nth: the visit that is held, counted from 1
 * @reclaim: the task calls all shrinkers when it goes on
 * @visits: those so far that could have been
 * @held: name of the task that is held
 * @pid: its number
 * @error: what was wrong with the last command, or ""
 */
struct hold {
	struct kref refs;
	struct list_head list;
	wait_queue_head_t wait;
	enum hold_state state;
	char where[COMMAND_MAX];
	struct race_site site;
	char task[TASK_COMM_LEN];
	pid_t owner;
	unsigned int nth;
	bool reclaim;
	unsigned int visits;
	char held[TASK_COMM_LEN];
	pid_t pid;
	char error[2 * COMMAND_MAX];
};

/* Guards holds, and the state of those in it. */
static DEFINE_RAW_SPINLOCK(holds_lock);
static LIST_HEAD(holds);

static void hold_free(struct kref *refs)
{
	kfree(container_of(refs, struct hold, refs));
}

static bool wants_current(const struct hold *hold)
{
	if (hold->task[0])
		return !strcmp(hold->task, current->comm);
	return hold->owner != current->pid;
}

static void set_state(struct hold *hold, enum hold_state state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&holds_lock, flags);
	if (state == HOLD_ARMED)
		list_add_tail(&hold->list, &holds);
	else
		list_del_init(&hold->list);
	hold->state = state;
	WRITE_ONCE(race_holds_armed, !list_empty(&holds));
	raw_spin_unlock_irqrestore(&holds_lock, flags);
	wake_up_all(&hold->wait);
}

/* The hold whose turn it is, with a reference. */
static struct hold *hold_at(unsigned long address, bool exit)
{
	struct hold *hold, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&holds_lock, flags);
	list_for_each_entry(hold, &holds, list) {
		if (hold->site.address != address || hold->site.exit != exit ||
		    !wants_current(hold) || ++hold->visits != hold->nth)
			continue;
		found = hold;
		kref_get(&hold->refs);
		break;
	}
	raw_spin_unlock_irqrestore(&holds_lock, flags);
	return found;
}

/* Call all shrinkers. For lockdep, an allocation does. */
static void reclaim_all(void)
{
	fs_reclaim_acquire(GFP_KERNEL);
	drop_slab();
	fs_reclaim_release(GFP_KERNEL);
}

void race_hold_visit(unsigned long address, bool exit)
{
	struct hold *hold = hold_at(address, exit);

	if (!hold)
		return;
	strscpy(hold->held, in_task() ? current->comm : "interrupt");
	hold->pid = in_task() ? current->pid : 0;
	if (race_may_sleep()) {
		set_state(hold, HOLD_HELD);
		/*
		 * A task that is about to sleep looks at its condition once more: for
		 * its loop, this was a spurious wake-up.
		 */
		__set_current_state(TASK_RUNNING);
		/* A task that is killed goes on. */
		wait_event_state(hold->wait,
				 READ_ONCE(hold->state) != HOLD_HELD,
				 TASK_KILLABLE);
		if (READ_ONCE(hold->reclaim))
			reclaim_all();
	} else {
		set_state(hold, HOLD_ATOMIC);
	}
	kref_put(&hold->refs, hold_free);
}

static __printf(2, 3) int refuse(struct hold *hold, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(hold->error, sizeof(hold->error), fmt, args);
	va_end(args);
	return -EINVAL;
}

static int refuse_site(struct hold *hold, enum race_error error,
		       const char *function)
{
	switch (error) {
	case RACE_NO_FUNCTION:
		return refuse(hold, "the kernel has no function %s", function);
	case RACE_NOT_INSTRUMENTED:
		return refuse(hold, "%s is not instrumented", function);
	case RACE_AMBIGUOUS:
		return refuse(hold, "there are several functions %s", function);
	default:
		return refuse(hold, "%s has fewer blocks", function);
	}
}

/* The next word, or "". */
static char *next_word(char **rest)
{
	char *word;

	do {
		word = strsep(rest, "\n ");
	} while (word && !*word);
	return word ?: "";
}

static int arm(struct hold *hold, char *rest)
{
	char *function, *point, *word;
	unsigned int block = 0;
	enum race_error error;
	bool exit = false;

	if (hold->state == HOLD_ARMED || hold->state == HOLD_HELD)
		return refuse(hold,
			      "this file holds already; release it first");
	strscpy(hold->where, rest);
	strim(hold->where);
	function = next_word(&rest);
	point = function;
	strsep(&point, "+");
	if (point && !strcmp(point, "block")) {
		if (kstrtouint(next_word(&rest), 10, &block))
			return refuse(hold, "after +block comes its number");
	} else if (point && !strcmp(point, "exit")) {
		exit = true;
	} else if (point && strcmp(point, "entry")) {
		return refuse(hold, "+%s is none of +entry, +exit, +block N",
			      point);
	}
	hold->task[0] = '\0';
	hold->nth = 1;
	hold->reclaim = false;
	while (*(word = next_word(&rest))) {
		if (!strcmp(word, "task")) {
			word = next_word(&rest);
			if (!*word || strscpy(hold->task, word) < 0)
				return refuse(hold, "task \"%s\" is not a name",
					      word);
		} else if (!strcmp(word, "nth")) {
			word = next_word(&rest);
			if (kstrtouint(word, 10, &hold->nth) || !hold->nth)
				return refuse(hold,
					      "nth \"%s\" is not 1, 2, ...",
					      word);
		} else if (!strcmp(word, "reclaim")) {
			hold->reclaim = true;
		} else {
			return refuse(hold,
				      "\"%s\": none of task NAME, nth K, ...",
				      word);
		}
	}
	error = race_find(function, exit, block, &hold->site);
	if (error)
		return refuse_site(hold, error, function);
	hold->visits = 0;
	hold->owner = current->pid;
	set_state(hold, HOLD_ARMED);
	return 0;
}

static int wait_until_held(struct hold *hold)
{
	int err = wait_event_interruptible(hold->wait, READ_ONCE(hold->state) !=
							       HOLD_ARMED);

	if (err)
		return err;
	return hold->state == HOLD_HELD ? 0 : refuse(hold, "no task is held");
}

static int obey(struct hold *hold, char *text)
{
	char *rest = text;
	char *verb;

	hold->error[0] = '\0';
	strim(text);
	if (!strcmp(text, "wait until held"))
		return wait_until_held(hold);
	if (!strcmp(text, "release")) {
		set_state(hold, HOLD_RELEASED);
		return 0;
	}
	verb = next_word(&rest);
	if (strcmp(verb, "hold") || !rest)
		return refuse(hold, "\"%s\" is none of hold, wait, release",
			      verb);
	return arm(hold, rest);
}

static int hold_open(struct inode *inode, struct file *file)
{
	struct hold *hold = kzalloc(sizeof(*hold), GFP_KERNEL);

	if (!hold)
		return -ENOMEM;
	kref_init(&hold->refs);
	INIT_LIST_HEAD(&hold->list);
	init_waitqueue_head(&hold->wait);
	file->private_data = hold;
	return 0;
}

static int hold_release(struct inode *inode, struct file *file)
{
	struct hold *hold = file->private_data;

	set_state(hold, HOLD_RELEASED);
	kref_put(&hold->refs, hold_free);
	return 0;
}

static ssize_t hold_write(struct file *file, const char __user *from,
			  size_t len, loff_t *pos)
{
	char *text;
	int err;

	if (len >= COMMAND_MAX)
		return -EINVAL;
	text = memdup_user_nul(from, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = obey(file->private_data, text);
	kfree(text);
	return err ?: len;
}

static int describe(const struct hold *hold, char *text, size_t size)
{
	if (hold->error[0])
		return scnprintf(text, size, "error: %s\n", hold->error);
	switch (hold->state) {
	case HOLD_NONE:
		return scnprintf(text, size, "none\n");
	case HOLD_ARMED:
		return scnprintf(text, size, "armed: %s: %u visits so far\n",
				 hold->where, hold->visits);
	case HOLD_HELD:
		return scnprintf(text, size, "held: %s: task %s, %d\n",
				 hold->where, hold->held, hold->pid);
	case HOLD_ATOMIC:
		return scnprintf(text, size,
				 "error: %s: %s may not sleep there\n",
				 hold->where, hold->held);
	default:
		return scnprintf(text, size, "released\n");
	}
}

static ssize_t hold_read(struct file *file, char __user *to, size_t len,
			 loff_t *pos)
{
	size_t size = 4 * COMMAND_MAX;
	char *text = kmalloc(size, GFP_KERNEL);
	ssize_t ret;

	if (!text)
		return -ENOMEM;
	ret = simple_read_from_buffer(to, len, pos, text,
				      describe(file->private_data, text, size));
	kfree(text);
	return ret;
}

static __poll_t hold_poll(struct file *file, poll_table *table)
{
	struct hold *hold = file->private_data;

	poll_wait(file, &hold->wait, table);
	return READ_ONCE(hold->state) == HOLD_ARMED ? 0 : EPOLLIN | EPOLLRDNORM;
}

static const struct file_operations hold_fops = {
	.owner = THIS_MODULE,
	.open = hold_open,
	.release = hold_release,
	.read = hold_read,
	.write = hold_write,
	.poll = hold_poll,
	.llseek = default_llseek,
};

static struct miscdevice hold_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "race",
	.fops = &hold_fops,
	.mode = 0666,
};

static int __init hold_init(void)
{
	return misc_register(&hold_device);
}
device_initcall(hold_init);
