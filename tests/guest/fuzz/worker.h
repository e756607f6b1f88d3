/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the random test. They know nothing: each does what it is
 * told, one call at a time, and tells what came of it. What should have come of
 * it is for the one that told it to judge (model.h).
 */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Two processes share a pair of open device files: one is the other's fork, or
 * a fork of its fork. Process N has file N / 2.
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

/* With what they take (a[]), and what they give besides an errno (v[]). */
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

/* @text: what is wrong that no errno can tell, or empty. */
struct fuzz_answer {
	int err;
	uint64_t v[2];
	char text[160];
};

/**
 * struct fuzz_process - a worker, as its master sees it
 * @pid: 0 when there is none
 * @request: pipe to it, both ends
 * @answer: pipe from it, both ends
 */
struct fuzz_process {
	pid_t pid;
	int request[2];
	int answer[2];
};

/* All of them, for the master and for those that it makes. */
extern struct fuzz_process fuzz_processes[FUZZ_PROCESSES];

/* Start process @number afresh, with files of its own. */
void fuzz_start(unsigned int number);
/* Have it do @request; its answer. Fails the test when it dies or hangs. */
struct fuzz_answer fuzz_tell(unsigned int number,
			     const struct fuzz_request *request);
/* Have it exit, and wait until it has. */
void fuzz_exit(unsigned int number);

/*
 * Compare one page with what it must hold; false with the difference in @text
 * (of 160 bytes) if it does not.
 */
bool fuzz_page_is(const void *at, const struct fuzz_page *want,
		  unsigned int number, char *text);

#endif
