// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm/drm_mode.h>

#include "lib/panfrost-chain.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-gpu.h"

/* One line of a BO with lines is a page. */
#define PIXELS (PAGE / 4)

/* Longer than any call takes. */
#define ANSWER_MS 20000
#define JOBS 64
#define LONG_MS 15000

struct fuzz_process fuzz_processes[FUZZ_PROCESSES];

static int gpu = -1, pan = -1;
static struct chain jobs[JOBS];
static uint32_t job_done[JOBS];

static int file(int64_t device)
{
	return device == FUZZ_VIRTIO ? gpu : pan;
}

static int try_ioctl(int fd, unsigned long request, void *arg)
{
	return drm_ioctl(fd, request, arg) == -1 ? errno : 0;
}

bool fuzz_page_is(const void *at, const struct fuzz_page *want,
		  unsigned int number, char *text)
{
	static _Alignas(PAGE) unsigned char page[PAGE];
	const unsigned char *got = at;
	struct sb_stamp stamp;
	size_t i = 0;

	if (want->bo)
		stamp_fill_pages(page, PAGE, want->bo, want->generation,
				 want->page);
	else
		memset(page, 0, PAGE);
	if (!memcmp(got, page, PAGE))
		return true;
	while (got[i] == page[i])
		i++;
	memcpy(&stamp, got, sizeof(stamp));
	if (stamp.magic == SB_STAMP_MAGIC)
		snprintf(text, 160,
			 "page %u differs at byte %zu: it must be %u/%u/%u "
			 "(BO, page, generation), the stamp says %u/%u/%u",
			 number, i, want->bo, want->page, want->generation,
			 stamp.bo, stamp.page, stamp.generation);
	else
		snprintf(text, 160,
			 "page %u differs at byte %zu: it must be %u/%u/%u "
			 "(BO, page, generation), there is %#x, no stamp",
			 number, i, want->bo, want->page, want->generation,
			 got[i]);
	return false;
}

static int wait_virtio(uint32_t handle, uint32_t flags)
{
	struct drm_virtgpu_3d_wait arg = {.handle = handle, .flags = flags};

	return try_ioctl(gpu, DRM_IOCTL_VIRTGPU_WAIT, &arg);
}

static int create_3d(const struct fuzz_request *r, struct fuzz_answer *a)
{
	bool lines = r->a[0] == FUZZ_TEXTURE;
	uint32_t size = (uint32_t)r->a[1] * PAGE;
	struct drm_virtgpu_resource_create arg = {
		.target = lines ? TARGET_2D : TARGET_BUFFER,
		.format = lines ? FORMAT_B8G8R8A8 : FORMAT_R8,
		.bind = lines ? BIND_RENDER_TARGET : BIND_VERTEX_BUFFER,
		.width = lines ? PIXELS : size,
		.height = lines ? (uint32_t)r->a[1] : 1,
		.depth = 1,
		.array_size = 1,
		.size = size,
	};
	int err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg);

	a->v[0] = arg.bo_handle;
	a->v[1] = arg.res_handle;
	/* Otherwise its fence could still be there at the next operation. */
	return err || !r->a[2] ? err : wait_virtio(arg.bo_handle, 0);
}

static int create_blob(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
			      VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = (uint64_t)r->a[1] * PAGE,
	};
	int err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg);

	a->v[0] = arg.bo_handle;
	a->v[1] = arg.res_handle;
	return err;
}

static int create_dumb(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_mode_create_dumb arg = {
		.width = PIXELS,
		.height = (uint32_t)r->a[1],
		.bpp = 32,
	};
	int err = try_ioctl(gpu, DRM_IOCTL_MODE_CREATE_DUMB, &arg);

	a->v[0] = arg.handle;
	if (!err)
		a->v[1] = bo_of_handle(gpu, arg.handle).res;
	return err;
}

static int create_panfrost(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_panfrost_create_bo arg = {
		.size = (uint32_t)r->a[1] * PAGE,
		.flags = PANFROST_BO_NOEXEC |
			 (r->a[0] == FUZZ_HEAP ? PANFROST_BO_HEAP : 0),
	};
	int err = try_ioctl(pan, DRM_IOCTL_PANFROST_CREATE_BO, &arg);

	a->v[0] = arg.handle;
	a->v[1] = arg.offset;
	return err;
}

static int do_create(const struct fuzz_request *r, struct fuzz_answer *a)
{
	switch ((enum fuzz_kind)r->a[0]) {
	case FUZZ_BUFFER:
	case FUZZ_TEXTURE:
		return create_3d(r, a);
	case FUZZ_BLOB:
		return create_blob(r, a);
	case FUZZ_DUMB:
		return create_dumb(r, a);
	case FUZZ_NORMAL:
	case FUZZ_HEAP:
		return create_panfrost(r, a);
	}
	return EINVAL;
}

static int do_close(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_gem_close arg = {.handle = (uint32_t)r->a[1]};

	(void)a;
	return try_ioctl(file(r->a[0]), DRM_IOCTL_GEM_CLOSE, &arg);
}

static int map_at(int fd, uint64_t offset, int64_t pages, struct fuzz_answer *a)
{
	void *map = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, (off_t)offset);

	if (map == MAP_FAILED)
		return errno;
	a->v[0] = (uintptr_t)map;
	return 0;
}

static int do_map(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_virtgpu_map virtio = {.handle = (uint32_t)r->a[1]};
	struct drm_panfrost_mmap_bo panfrost = {.handle = (uint32_t)r->a[1]};
	int err;

	if (r->a[0] == FUZZ_VIRTIO)
		err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_MAP, &virtio);
	else
		err = try_ioctl(pan, DRM_IOCTL_PANFROST_MMAP_BO, &panfrost);
	if (err)
		return err;
	return map_at(file(r->a[0]),
		      r->a[0] == FUZZ_VIRTIO ? virtio.offset : panfrost.offset,
		      r->a[2], a);
}

static int do_map_dmabuf(const struct fuzz_request *r, struct fuzz_answer *a)
{
	return map_at((int)r->a[0], 0, r->a[1], a);
}

static int do_unmap(const struct fuzz_request *r, struct fuzz_answer *a)
{
	(void)a;
	return munmap((void *)(uintptr_t)r->a[0], (size_t)r->a[1] * PAGE)
		       ? errno
		       : 0;
}

static sigjmp_buf bus_error;

static void on_bus_error(int signal)
{
	siglongjmp(bus_error, signal);
}

/*
 * Handle SIGSEGV as well, although it would be an error: UML logs a fault of a
 * process that does not handle it (lib/mem.c).
 */
static void catch_bus_errors(void)
{
	const struct sigaction action = {.sa_handler = on_bus_error};

	CHECK_SYS(sigaction(SIGBUS, &action, NULL));
	CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
}

/* Write or read one page. Returns the signal that it raised, or 0. */
static int access_page(char *at, const struct fuzz_page *page,
		       unsigned int number, bool write, char *text)
{
	int signal = sigsetjmp(bus_error, 1);

	if (signal)
		return signal;
	if (write)
		stamp_fill_pages(at, PAGE, page->bo, page->generation,
				 page->page);
	else
		fuzz_page_is(at, page, number, text);
	return 0;
}

static void access_pages(const struct fuzz_request *r, struct fuzz_answer *a,
			 bool write)
{
	char *map = (char *)(uintptr_t)r->a[0];

	for (int64_t i = r->a[1]; i < r->a[1] + r->a[2] && !*a->text; i++) {
		int signal = access_page(map + i * PAGE, &r->page[i],
					 (unsigned int)i, write, a->text);

		if (signal == SIGBUS)
			a->v[0] |= 1ull << i;
		else if (signal)
			snprintf(a->text, sizeof(a->text), "page %u: signal %d",
				 (unsigned int)i, signal);
	}
}

static int do_write(const struct fuzz_request *r, struct fuzz_answer *a)
{
	access_pages(r, a, true);
	return 0;
}

static int do_read(const struct fuzz_request *r, struct fuzz_answer *a)
{
	access_pages(r, a, false);
	return 0;
}

static int do_madvise(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_virtgpu_madvise virtio = {
		.bo_handle = (uint32_t)r->a[1],
		.retained = 12345,
		.madv = (uint32_t)r->a[2],
	};
	struct drm_panfrost_madvise panfrost = {
		.handle = (uint32_t)r->a[1],
		.retained = 12345,
		.madv = (uint32_t)r->a[2],
	};
	int err;

	if (r->a[0] == FUZZ_VIRTIO)
		err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_MADVISE, &virtio);
	else
		err = try_ioctl(pan, DRM_IOCTL_PANFROST_MADVISE, &panfrost);
	a->v[0] = r->a[0] == FUZZ_VIRTIO ? virtio.retained : panfrost.retained;
	return err;
}

static int do_busy(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct pan_bo bo = {.fd = pan, .handle = (uint32_t)r->a[1]};
	int err;

	(void)a;
	if (r->a[0] == FUZZ_VIRTIO)
		return wait_virtio((uint32_t)r->a[1], VIRTGPU_WAIT_NOWAIT);
	err = pan_bo_try_wait(&bo, 0);
	return err == ETIMEDOUT ? EBUSY : err;
}

static int do_transfer(const struct fuzz_request *r, struct fuzz_answer *a)
{
	uint32_t first = (uint32_t)r->a[2], count = (uint32_t)r->a[3];
	struct drm_virtgpu_3d_box lines = {
		.y = first,
		.w = PIXELS,
		.h = count,
		.d = 1,
	};
	struct drm_virtgpu_3d_box bytes = {
		.x = first * PAGE,
		.w = count * PAGE,
		.h = 1,
		.d = 1,
	};
	bool has_lines = r->a[1] == FUZZ_TEXTURE || r->a[1] == FUZZ_DUMB;
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = (uint32_t)r->a[0],
		.box = has_lines ? lines : bytes,
		.offset = first * PAGE,
	};
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = to.bo_handle,
		.box = to.box,
		.offset = to.offset,
	};
	int err;

	(void)a;
	if (r->a[4])
		err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST,
				&from);
	else
		err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
	return err || !r->a[5] ? err : wait_virtio(to.bo_handle, 0);
}

static int submit(struct sb_exec *exec, const uint32_t handles[2], bool wait)
{
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(*exec),
		.command = (uintptr_t)exec,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = handles[0] == handles[1] ? 1 : 2,
	};
	int err = try_ioctl(gpu, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg);

	return err || !wait ? err : wait_virtio(handles[0], 0);
}

static int do_exec(const struct fuzz_request *r, struct fuzz_answer *a)
{
	const uint32_t handles[2] = {(uint32_t)r->a[0], (uint32_t)r->a[1]};
	struct sb_exec exec = {
		.op = SB_EXEC_COPY,
		.words = SB_EXEC_WORDS,
		.flags = (uint32_t)r->a[4],
		.src_res = (uint32_t)r->a[2],
		.dst_res = (uint32_t)r->a[3],
		.src_off = (uint64_t)r->a[5] * PAGE,
		.dst_off = (uint64_t)r->a[6] * PAGE,
		.len = (uint64_t)r->a[7] * PAGE,
	};

	(void)a;
	return submit(&exec, handles, r->a[8]);
}

static int do_exec_nop(const struct fuzz_request *r, struct fuzz_answer *a)
{
	const uint32_t handles[2] = {(uint32_t)r->a[0], (uint32_t)r->a[0]};
	struct sb_exec exec = exec_nop();

	(void)a;
	return submit(&exec, handles, true);
}

/* Duplicate a descriptor of another process. */
static int fetch_fd(pid_t pid, int fd)
{
	int pidfd = CHECK_SYS((int)syscall(SYS_pidfd_open, pid, 0));
	int own = CHECK_SYS((int)syscall(SYS_pidfd_getfd, pidfd, fd, 0));

	CHECK_SYS(close(pidfd));
	return own;
}

/* A syncobj with the fence of sync file @fd of the master. */
static uint32_t syncobj_of(int fd)
{
	uint32_t syncobj = syncobj_new(pan);
	struct drm_syncobj_handle arg = {
		.handle = syncobj,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
		.fd = fetch_fd(getppid(), fd),
	};

	CHECK_SYS(drm_ioctl(pan, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &arg));
	CHECK_SYS(close(arg.fd));
	return syncobj;
}

static void end_job(unsigned int number)
{
	chain_free(&jobs[number]);
	syncobj_free(pan, job_done[number]);
	job_done[number] = 0;
}

static int do_job(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct pan_bo from = {.handle = (uint32_t)r->a[0]};
	struct pan_bo to = {.handle = (uint32_t)r->a[1]};
	bool waits = r->a[5] != -1;
	uint32_t before = waits ? syncobj_of((int)r->a[5]) : 0;
	unsigned int i = 0;
	int err;

	while (job_done[i])
		i++;
	CHECK_CMP(i, <, JOBS);
	a->v[0] = i;
	jobs[i] = chain_new(pan);
	job_done[i] = syncobj_new(pan);
	chain_use(&jobs[i], &from);
	chain_use(&jobs[i], &to);
	chain_copy(&jobs[i], (uint64_t)r->a[3], (uint64_t)r->a[2],
		   (uint64_t)r->a[4] * PAGE);
	err = chain_try_submit(&jobs[i], .out_sync = job_done[i],
			       .in_syncs = &before, .in_sync_count = waits);
	if (waits)
		syncobj_free(pan, before);
	if (!err && waits)
		return 0;
	if (!err) {
		CHECK(syncobj_wait(pan, job_done[i], LONG_MS));
		a->v[1] = (uint64_t)syncobj_status(pan, job_done[i]);
	}
	end_job(i);
	return err;
}

static int do_job_read(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct pan_bo from = {.handle = (uint32_t)r->a[0]};
	size_t size = (size_t)r->a[3] * PAGE;
	struct pan_bo out = pan_bo_mapped(pan, size, PANFROST_BO_NOEXEC);
	struct chain chain = chain_new(pan);
	int err, status;
	uint32_t done = syncobj_new(pan);

	chain_use(&chain, &from);
	chain_use(&chain, &out);
	chain_copy(&chain, out.va, (uint64_t)(r->a[1] + r->a[2] * PAGE), size);
	err = chain_try_submit(&chain, .out_sync = done);
	if (!err) {
		CHECK(syncobj_wait(pan, done, LONG_MS));
		status = syncobj_status(pan, done);
		if (status != 1)
			snprintf(a->text, sizeof(a->text),
				 "the job ended with %d", status);
		for (int64_t i = 0; i < r->a[3] && !*a->text; i++)
			fuzz_page_is((char *)out.map + i * PAGE,
				     &r->page[r->a[2] + i],
				     (unsigned int)(r->a[2] + i), a->text);
	}
	syncobj_free(pan, done);
	chain_free(&chain);
	pan_bo_free(&out);
	return err;
}

static int do_job_end(const struct fuzz_request *r, struct fuzz_answer *a)
{
	unsigned int i = (unsigned int)r->a[0];

	CHECK(syncobj_wait(pan, job_done[i], LONG_MS));
	a->v[1] = (uint64_t)syncobj_status(pan, job_done[i]);
	end_job(i);
	return 0;
}

static int do_export(const struct fuzz_request *r, struct fuzz_answer *a)
{
	struct drm_prime_handle arg = {
		.handle = (uint32_t)r->a[1],
		.flags = DRM_RDWR | DRM_CLOEXEC,
	};
	int err = try_ioctl(file(r->a[0]), DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg);

	a->v[0] = (uint64_t)arg.fd;
	return err;
}

static int do_import(const struct fuzz_request *r, struct fuzz_answer *a)
{
	int dmabuf = fetch_fd((pid_t)r->a[1], (int)r->a[2]);
	struct drm_panfrost_get_bo_offset where = {0};
	int err = drm_try_import(file(r->a[0]), dmabuf, &where.handle);

	CHECK_SYS(close(dmabuf));
	if (!err && r->a[0] == FUZZ_PANFROST)
		CHECK_SYS(drm_ioctl(pan, DRM_IOCTL_PANFROST_GET_BO_OFFSET,
				    &where));
	a->v[0] = where.handle;
	a->v[1] = where.offset;
	return err;
}

static int do_close_fd(const struct fuzz_request *r, struct fuzz_answer *a)
{
	(void)a;
	return close((int)r->a[0]) ? errno : 0;
}

static void serve(unsigned int number) __attribute__((noreturn));

/* Fork a sibling with all that this process has, for which the master can wait. */
static int do_fork(const struct fuzz_request *r, struct fuzz_answer *a)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL,
				   NULL, NULL, 0);

	if (!pid) {
		/* Only the process that submitted a job ends it. */
		memset(job_done, 0, sizeof(job_done));
		serve((unsigned int)r->a[0]);
	}
	a->v[0] = (uint64_t)pid;
	return pid == -1 ? errno : 0;
}

static int (*const calls[])(const struct fuzz_request *r,
			    struct fuzz_answer *a) = {
	[CALL_CREATE] = do_create,   [CALL_CLOSE] = do_close,
	[CALL_MAP] = do_map,	     [CALL_MAP_DMABUF] = do_map_dmabuf,
	[CALL_UNMAP] = do_unmap,     [CALL_WRITE] = do_write,
	[CALL_READ] = do_read,	     [CALL_MADVISE] = do_madvise,
	[CALL_BUSY] = do_busy,	     [CALL_TRANSFER] = do_transfer,
	[CALL_EXEC] = do_exec,	     [CALL_EXEC_NOP] = do_exec_nop,
	[CALL_JOB] = do_job,	     [CALL_JOB_READ] = do_job_read,
	[CALL_JOB_END] = do_job_end, [CALL_EXPORT] = do_export,
	[CALL_IMPORT] = do_import,   [CALL_CLOSE_FD] = do_close_fd,
	[CALL_FORK] = do_fork,
};

static void serve(unsigned int number)
{
	const struct fuzz_process *self = &fuzz_processes[number];
	struct fuzz_request request;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	catch_bus_errors();
	while (read(self->request[0], &request, sizeof(request)) ==
	       sizeof(request)) {
		struct fuzz_answer answer = {0};

		if (request.call == CALL_EXIT)
			_exit(TEST_PASS);
		answer.err = calls[request.call](&request, &answer);
		if (write(self->answer[1], &answer, sizeof(answer)) !=
		    sizeof(answer))
			break;
	}
	_exit(TEST_FAIL);
}

void fuzz_start(unsigned int number)
{
	struct fuzz_process *process = &fuzz_processes[number];
	struct sb_exec exec = exec_nop();

	/*
	 * Open the pipes of all before the first fork, since any process may be
	 * forked.
	 */
	for (unsigned int i = 0; i < FUZZ_PROCESSES; i++) {
		if (fuzz_processes[i].request[1])
			continue;
		CHECK_SYS(pipe(fuzz_processes[i].request));
		CHECK_SYS(pipe(fuzz_processes[i].answer));
	}
	process->pid = CHECK_SYS(fork());
	if (process->pid)
		return;
	gpu = gpu_card();
	pan = pan_open();
	/* Creates the context, which resources are attached to. */
	CHECK_SYS(close(gpu_exec_fence(gpu, &exec, 1, NULL, 0, -1)));
	serve(number);
}

struct fuzz_answer fuzz_tell(unsigned int number,
			     const struct fuzz_request *request)
{
	struct fuzz_process *process = &fuzz_processes[number];
	struct pollfd fd = {.fd = process->answer[0], .events = POLLIN};
	struct fuzz_answer answer;
	int status, ready;

	CHECK_EQ(CHECK_SYS(
			 write(process->request[1], request, sizeof(*request))),
		 sizeof(*request));
	for (int ms = 0; ms < ANSWER_MS; ms += 100) {
		ready = poll(&fd, 1, 100);
		if (ready == 1) {
			CHECK_EQ(
				CHECK_SYS(read(fd.fd, &answer, sizeof(answer))),
				sizeof(answer));
			return answer;
		}
		if (waitpid(process->pid, &status, WNOHANG) == process->pid)
			FAIL("process %u has died, status %#x", number, status);
	}
	FAIL("process %u has not answered for %d s", number, ANSWER_MS / 1000);
}

void fuzz_exit(unsigned int number)
{
	struct fuzz_process *process = &fuzz_processes[number];
	struct fuzz_request request = {.call = CALL_EXIT};
	int status;

	CHECK_EQ(CHECK_SYS(
			 write(process->request[1], &request, sizeof(request))),
		 sizeof(request));
	CHECK_EQ(CHECK_SYS(waitpid(process->pid, &status, 0)), process->pid);
	CHECK_EQ(status, TEST_PASS);
	process->pid = 0;
}
