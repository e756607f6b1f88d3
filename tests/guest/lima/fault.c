// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks that fail or hang: page faults, errors, timeouts, resets, and what comes after. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/lima.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"

/* The GPU has nothing there. */
#define NOWHERE 0x70000000u

/* GP and PP execute new tasks, of this file and of others. */
static void still_works(int fd)
{
	LIMA_FILE(other);
	int fds[] = {fd, other};

	for (int i = 0; i < 4; i++) {
		GPU_BO(out, lima_bo_mapped(fds[i / 2], PAGE));
		LIMA_TASK(task, lima_task(fds[i / 2], i & 1));

		lima_use(&task, &out, LIMA_SUBMIT_BO_WRITE);
		commands_fill(&task.commands, out.va, PAGE, 100 + i);
		lima_run(&task);
		CHECK_EQ(*(uint32_t *)out.map, 100 + i);
	}
}

static void fails(int fd, uint32_t pipe, uint32_t va)
{
	LIMA_TASK(task, lima_task(fd, pipe));

	commands_fill(&task.commands, va, 4, 1);
	CHECK_EQ(lima_result(&task), -ECANCELED);
}

TEST(page_fault, .name = "lima/fault-page", LIMA, .virtual_time = true,
     .about = "a page fault fails the task, and the next ones work")
{
	uint64_t faults = lima_counter("page-faults");
	LIMA_FILE(fd);

	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		uint64_t resets = lima_counter("hard-resets");

		fails(fd, pipe, NOWHERE);
		CHECK_EQ(lima_counter("hard-resets"), resets + 1);
		still_works(fd);
	}
	CHECK_EQ(lima_counter("page-faults"), faults + 2);
}

TEST(freed, .name = "lima/fault-freed-bo", LIMA, .virtual_time = true,
     .about = "the GPU does not reach a BO any more once it is closed")
{
	LIMA_FILE(fd);
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	struct gpu_bo bo = lima_bo(fd, 4 * PAGE, 0);

	commands_fill(&task.commands, bo.va, bo.size, 1);
	lima_run(&task);
	gpu_bo_free(&bo);
	CHECK_EQ(lima_result(&task), -ECANCELED);
	still_works(fd);
}

TEST(invalid, .name = "lima/fault-invalid-list", LIMA, .virtual_time = true,
     .about = "an error of the processor fails the task, and the next ones "
	      "work")
{
	LIMA_FILE(fd);

	for (uint32_t pipe = LIMA_PIPE_GP; pipe <= LIMA_PIPE_PP; pipe++) {
		LIMA_TASK(task, lima_task(fd, pipe));

		commands_add(&task.commands, 1234);
		CHECK_EQ(lima_result(&task), -ECANCELED);
		still_works(fd);
	}
}

TEST(injected, .name = "lima/fault-injected", LIMA, .virtual_time = true,
     .about = "failures and nonsense of the hardware end the task, and the "
	      "next ones work")
{
	static const char *const rules[] = {
		"fail lima GP 1",
		"fail lima PP 1",
		"fail lima GP 1 0x2040",
		"garbage lima GP 1",
		"garbage lima PP 1",
		"lose-irq lima 1 0",
		"lose-irq lima 1 2",
		"delay lima GP 20000000000",
		"delay lima PP 20000000000",
	};
	LIMA_FILE(fd);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		bool pp = strstr(rules[i], "PP") || strstr(rules[i], "1 2");
		LIMA_TASK(task, lima_task(fd, pp));
		int status;

		test_note("%s", rules[i]);
		commands_add(&task.commands, SB_COMMAND_FILL);
		device_write("faults", "%s", rules[i]);
		status = lima_result(&task);
		/* Nonsense may look like success. */
		if (!strstr(rules[i], "garbage") || status != 1)
			CHECK_EQ(status, -ECANCELED);
		device_write("faults", "clear");
		still_works(fd);
	}
}

/*
 * @stops: the processor can be stopped. If not, lima leaves its interrupts masked, and
 * the next task times out, too (tests/KERNEL-BUGS.md).
 */
static void times_out(const char *rule, uint32_t pipe, bool stops)
{
	LIMA_FILE(fd);
	LIMA_FILE(other);
	GPU_BO(out, lima_bo_mapped(other, PAGE));
	LIMA_TASK(task, lima_task(fd, pipe));
	LIMA_TASK(same, lima_task(fd, pipe));
	LIMA_TASK(behind, lima_task(other, pipe));
	uint32_t failed = syncobj_new(fd), too = syncobj_new(fd);
	uint32_t works = syncobj_new(other);

	commands_add(&task.commands, SB_COMMAND_FILL);
	commands_add(&same.commands, SB_COMMAND_FILL);
	lima_use(&behind, &out, LIMA_SUBMIT_BO_WRITE);
	commands_fill(&behind.commands, out.va, 4, 9);
	device_write("faults", "%s", rule);
	lima_submit(&task, .out = failed);
	WAIT_UNTIL(lima_runs(pipe));
	lima_submit(&same, .out = too);
	lima_submit(&behind, .out = works);
	CHECK(!syncobj_wait(fd, failed, 9000));
	CHECK(syncobj_wait(fd, failed, 30000));
	CHECK_EQ(syncobj_status(fd, failed), -ECANCELED);
	device_write("faults", "clear");
	CHECK(syncobj_wait(fd, too, 30000));
	CHECK(syncobj_wait(other, works, 30000));
	if (stops)
		CHECK_EQ(syncobj_status(fd, too), 1);
	else
		test_note("the next task: %d", syncobj_status(fd, too));
	CHECK_EQ(syncobj_status(other, works), 1);
	CHECK_EQ(*(uint32_t *)out.map, 9);
	still_works(fd);
}

TEST(timeout_gp, .name = "lima/timeout-gp", LIMA, .virtual_time = true,
     .about = "a task that does not end is cancelled after ten seconds; those "
	      "behind it run")
{
	times_out("hold lima GP", LIMA_PIPE_GP, true);
}

TEST(timeout_pp, .name = "lima/timeout-pp", LIMA, .virtual_time = true,
     .about = "a task of the pixel processor that does not end is cancelled, "
	      "too")
{
	times_out("hold lima PP", LIMA_PIPE_PP, true);
}

TEST(hang, .name = "lima/timeout-hang", LIMA, .virtual_time = true,
     .about = "after a task that cannot be stopped, those of other files run")
{
	times_out("hang lima GP", LIMA_PIPE_GP, false);
	times_out("hang lima PP", LIMA_PIPE_PP, false);
}

TEST(reset_fails, .name = "lima/fault-reset", LIMA, .virtual_time = true,
     .about = "resets and commands that fail are noticed; after the next reset "
	      "all is well")
{
	static const char *const rules[] = {
		"fail lima RESET 1",
		"delay lima RESET 1000000000",
		"fail lima MMU_COMMAND 1",
		"fail lima MMU_COMMAND 3",
	};
	LIMA_FILE(fd);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		LIMA_TASK(task, lima_task(fd, i & 1));

		test_note("%s", rules[i]);
		commands_add(&task.commands, SB_COMMAND_FILL);
		lima_run(&task);
		device_write("faults", "%s", rules[i]);
		lima_result(&task);
		device_write("faults", "clear");
		lima_result(&task);
		still_works(fd);
	}
}

TEST(storm, .name = "lima/fault-storm", LIMA, .virtual_time = true,
     .about = "fault after fault of several files on both processors harms no "
	      "other")
{
	enum { FILES = 4 };
	LIMA_FILE(good);
	int fd[FILES];
	struct lima_task bad[FILES];

	for (int i = 0; i < FILES; i++) {
		fd[i] = lima_open();
		bad[i] = lima_task(fd[i], i & 1);
		commands_fill(&bad[i].commands, NOWHERE + i * PAGE, 4, 1);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < FILES; i++)
			lima_submit(&bad[i]);
		still_works(good);
	}
	for (int i = 0; i < FILES; i++) {
		lima_task_free(&bad[i]);
		still_works(fd[i]);
		close(fd[i]);
	}
}

#define ERROR_STATE "/sys/bus/platform/drivers/lima/lima/error"
#define MAX_ERRORS "/sys/module/lima/parameters/max_error_tasks"
#define DUMP_SIZE (64 * PAGE)

/* Read the saved tasks; returns the size. */
static size_t read_dump(char *dump)
{
	FD(file, CHECK_SYS(open(ERROR_STATE, O_RDONLY)));
	size_t size = 0;
	ssize_t n;

	while ((n = CHECK_SYS(
			pread(file, dump + size, DUMP_SIZE - size, size))))
		size += n;
	return size;
}

/* Does the dump have the pages of @size bytes at @map one after another? */
static bool has_content(const char *dump, size_t size, const void *content,
			size_t len)
{
	return memmem(dump, size, content, len);
}

TEST(error_state, .name = "lima/fault-dump", LIMA, .virtual_time = true,
     .hidden = true,
     .about = "the state that is saved of a failed task has the content of its "
	      "BOs, heaps as well")
{
	static char dump[DUMP_SIZE];
	LIMA_FILE(fd);
	GPU_BO(bo, lima_bo_mapped(fd, 4 * PAGE));
	GPU_BO(heap, lima_bo(fd, 16 * PAGE, LIMA_BO_FLAG_HEAP));
	LIMA_TASK(task, lima_task(fd, LIMA_PIPE_GP));
	static uint32_t page[PAGE / 4];
	size_t size, empty = read_dump(dump);

	stamp_fill(bo.map, bo.size, 5, 1);
	for (size_t i = 0; i < PAGE / 4; i++)
		page[i] = 0x777;
	lima_use(&task, &bo, LIMA_SUBMIT_BO_READ);
	lima_use_heap(&task, &heap);
	commands_alloc(&task.commands,
		       task.list.va + LIMA_TASK_PAGES * PAGE - 4, 12, 0x770);
	commands_add(&task.commands, 1234);
	file_write(MAX_ERRORS, "1");
	CHECK_EQ(lima_result(&task), -ECANCELED);
	WAIT_UNTIL((size = read_dump(dump)) > empty);
	CHECK(has_content(dump, size, bo.map, bo.size));
	CHECK(has_content(dump, size, task.list.map, task.list.size));
	CHECK(has_content(dump, size, page, sizeof(page)));
	/* The list is full. */
	CHECK_EQ(lima_result(&task), -ECANCELED);
	CHECK_EQ(read_dump(dump), size);
	file_write(MAX_ERRORS, "0");
	file_write(ERROR_STATE, "0");
	CHECK_EQ(read_dump(dump), empty);
	still_works(fd);
}
