/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the random test. They have no state: each makes the calls that
 * it is told to make, one at a time, and reports the result. The master judges it
 * (model.h).
 */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Two processes share a pair of open device files: one is a fork of the other.
 * Process N has file N / 2.
 */
#define FUZZ_FILES 3
#define FUZZ_PROCESSES (2 * FUZZ_FILES)
#define FUZZ_PAGES 64 /* of the largest BO */

enum fuzz_device { FUZZ_VIRTIO, FUZZ_PANFROST };

enum fuzz_kind {
	FUZZ_BUFFER, /* virtio-gpu */
	FUZZ_TEXTURE,
	FUZZ_DUMB,
	FUZZ_BLOB,
	FUZZ_NORMAL, /* panfrost */
	FUZZ_HEAP,
};

/* What a page holds: a stamp, or zeroes if @bo is 0. */
struct fuzz_page {
	uint32_t bo;
	uint32_t page;
	uint32_t generation;
};

/* The calls, with their arguments (a[]); results besides an errno (v[]). */
enum fuzz_call {
	CALL_CREATE, /* kind, pages, wait; handle, resource or GPU address */
	CALL_CLOSE, /* device, handle */
	CALL_MAP, /* device, handle, pages; address */
	CALL_MAP_DMABUF, /* fd, pages; address */
	CALL_UNMAP, /* address, pages */
	CALL_WRITE, /* address, first page, pages; the stamps are page[] */
	CALL_READ, /* address, first page, pages; bits of pages with SIGBUS */
	CALL_MADVISE, /* device, handle, advice; retained */
	CALL_BUSY, /* device, handle; EBUSY if it is */
	CALL_TRANSFER, /* handle, kind, first page, pages, from host?, wait? */
	CALL_EXEC, /* both handles, both resources, flags, both pages,
		    * pages, wait?
		    */
	CALL_EXEC_NOP, /* handle */
	CALL_JOB, /* both handles, both addresses, pages, fd of the fence to
		   * wait for or -1; number of the job, its fence's status
		   */
	CALL_JOB_READ, /* handle, address, first page, pages */
	CALL_JOB_END, /* number of the job */
	CALL_EXPORT, /* device, handle; fd */
	CALL_IMPORT, /* device, process, fd; handle, GPU address */
	CALL_CLOSE_FD, /* fd */
	CALL_FORK, /* number of the new process; its PID */
	CALL_EXIT, /* no answer */
};

struct fuzz_request {
	enum fuzz_call call;
	int64_t a[10];
	struct fuzz_page page[FUZZ_PAGES];
};

/* @text: an error that no errno can express, or empty. */
struct fuzz_answer {
	int err;
	uint64_t v[2];
	char text[160];
};

/**
 * struct fuzz_process - a worker, as the master sees it
 * @pid: 0 if there is none
 * @request: pipe to it, both ends
 * @answer: pipe from it, both ends
 */
struct fuzz_process {
	pid_t pid;
	int request[2];
	int answer[2];
};

/* All workers; inherited by each of them. */
extern struct fuzz_process fuzz_processes[FUZZ_PROCESSES];

/* Start process @number with files of its own. */
void fuzz_start(unsigned int number);
/*
 * Send @request to a worker; returns its answer. Fails the test if it dies or
 * hangs.
 */
struct fuzz_answer fuzz_tell(unsigned int number,
			     const struct fuzz_request *request);
/* Let it exit, and wait for the exit. */
void fuzz_exit(unsigned int number);

/*
 * Compare one page with what it must hold. If it differs, returns false and the
 * difference in @text (160 bytes).
 */
bool fuzz_page_is(const void *at, const struct fuzz_page *want,
		  unsigned int number, char *text);

#endif
