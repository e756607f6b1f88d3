// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seeded schedules, as probabilistic concurrency testing makes them: each task of a test gets
 * a random priority, and the one with the highest that can run does. At a few steps the
 * current task is preempted: its priority falls below those of all others. With time that
 * only passes when all tasks sleep (time-travel=inf-cpu), the same schedule is the same
 * interleaving.
 *
 *   race.schedule=SEED[,STEP...]	seed of the priorities; 0 gives all tasks the same one.
 *					Preempt at these steps, in ascending order.
 *   /sys/module/race/parameters/mark	1: the writer and its descendants are tasks of the
 *					test; 0: the test is over
 *
 * A step is a visit of an instrumented block by a task of the test, or by a kernel thread,
 * where it may be preempted. The priorities are those of SCHED_FIFO.
 */
#define pr_fmt(fmt) "race: " fmt

#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/sched/task.h>
#include <uapi/linux/sched/types.h>

#include "race.h"

#define POINTS_MAX 32
#define TASKS_MAX 256

/* Priorities: preempted tasks have POINTS_MAX to 1, the later the lower. */
#define PRIO_FIRST (POINTS_MAX + 1)
#define PRIO_COUNT (MAX_RT_PRIO - 1 - PRIO_FIRST)

/* The schedule: the seed, and then the steps. */
static unsigned long plan[1 + POINTS_MAX];
static unsigned int plan_len;
module_param_array_named(schedule, plan, ulong, &plan_len, 0444);
MODULE_PARM_DESC(schedule,
		 "seed of the priorities, and the steps at which to preempt");

static struct task_struct *tasks[TASKS_MAX];
static unsigned int nr_tasks;
static struct rnd_state rnd;
static unsigned long step;
/* Index in plan of the next preemption. */
static unsigned int next_point;
/* The task of the last step, and where that was. */
static struct task_struct *last;
static unsigned long last_ip;
/* The task that was preempted last, until it runs again. */
static struct task_struct *preempted;

static void set_priority(struct task_struct *task, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler_nocheck(task, SCHED_FIFO, &param))
		pr_err("the priority of %s cannot be set\n", task->comm);
}

static void add_current(void)
{
	unsigned int priority = PRIO_FIRST;

	if (plan[0])
		priority += prandom_u32_state(&rnd) % PRIO_COUNT;
	tasks[nr_tasks++] = get_task_struct(current);
	set_priority(current, priority);
}

/* Children have the policy of their parent. */
static bool is_marked(void)
{
	unsigned int i;

	for (i = 0; i < nr_tasks; i++)
		if (tasks[i] == current)
			return true;
	if (nr_tasks == TASKS_MAX ||
	    !(current->flags & PF_KTHREAD || rt_task(current)))
		return false;
	add_current();
	return true;
}

static void note_switch(unsigned long ip)
{
	if (current == preempted) {
		pr_info("%s:%d ran to %#lx %pS, then %s:%d goes on\n",
			last->comm, last->pid, last_ip, (void *)last_ip,
			current->comm, current->pid);
		preempted = NULL;
	} else {
		pr_info("then %s:%d runs from %#lx %pS\n", current->comm,
			current->pid, ip, (void *)ip);
	}
}

static void preempt_here(unsigned long ip, unsigned long caller)
{
	pr_info("step %lu: %s:%d is preempted in %#lx %pS\n", step,
		current->comm, current->pid, ip, (void *)ip);
	pr_info("called from %#lx %pS\n", caller, (void *)caller);
	preempted = current;
	set_priority(current, POINTS_MAX + 1 - next_point);
	next_point++;
}

void race_schedule_visit(unsigned long ip, unsigned long caller)
{
	if (!race_may_sleep() || !is_marked())
		return;
	step++;
	if (preempted && current != last)
		note_switch(ip);
	last = current;
	last_ip = ip;
	if (next_point < plan_len && step >= plan[next_point])
		preempt_here(ip, caller);
	if (!need_resched())
		return;
	/* Unlike schedule(), it leaves a task alone that is about to sleep. */
	local_irq_disable();
	preempt_schedule_irq();
	local_irq_enable();
}

static void end(void)
{
	unsigned int i;

	if (!race_schedule_on)
		return;
	race_schedule_on = false;
	pr_info("%lu steps, %u tasks\n", step, nr_tasks);
	for (i = 0; i < nr_tasks; i++) {
		sched_set_normal(tasks[i], 0);
		put_task_struct(tasks[i]);
	}
	nr_tasks = 0;
	preempted = NULL;
}

static void begin(void)
{
	end();
	if (!plan_len)
		return;
	prandom_seed_state(&rnd, plan[0]);
	step = 0;
	next_point = 1;
	last = current;
	last_ip = 0;
	add_current();
	race_schedule_on = true;
}

static int set_mark(const char *val, const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(val, &on);

	if (err)
		return err;
	if (on)
		begin();
	else
		end();
	return 0;
}

static const struct kernel_param_ops mark_ops = {
	.set = set_mark,
};
module_param_cb(mark, &mark_ops, NULL, 0200);
MODULE_PARM_DESC(mark, "1: for this task and its children; 0: over");
