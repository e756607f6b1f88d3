/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */
/*
 * The interface between guest and host: what drivers-stub/ sends to the FUSE
 * daemon in shim/, and the formats that test programs share with the device
 * models. The three have nothing else in common.
 *
 * A device is one file of the FUSE tree. An access to the file at offset N <
 * SB_CTL_BASE is an access to the device's register N, of 1, 2, 4 or 8 bytes,
 * little-endian; offsets above SB_CTL_BASE belong to the bus. Every access is
 * synchronous: when it returns, the device has done all that it does
 * immediately, including changes of guest RAM and the event page. All integers
 * are little-endian (guest and host are x86-64).
 */
#ifndef SHRINKBENCH_PROTOCOL_H
#define SHRINKBENCH_PROTOCOL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SB_MAGIC 0x4b4e4253u /* "SBNK" */
#define SB_VERSION 1u

/* Offsets in a device file that belong to the bus. */
#define SB_CTL_BASE 0x1000000u
#define SB_CTL_HELLO (SB_CTL_BASE + 0x00) /* write: struct sb_hello */
#define SB_CTL_TICK (SB_CTL_BASE + 0x100) /* write: __u32, ignored */
#define SB_CTL_PING (SB_CTL_BASE + 0x200) /* read: __u32 SB_MAGIC */

/* The files that are devices, below the root of the FUSE tree. */
#define SB_FILE_VIRTIO_GPU "virtio-gpu/ctrl"
#define SB_FILE_PANFROST "panfrost/regs"
#define SB_FILE_LIMA "lima/regs"
#define SB_FILE_V3D "v3d/regs"
#define SB_FILE_HELPER "helper.%u/regs" /* 0 .. SB_HELPERS - 1 */
#define SB_HELPERS 2

/**
 * struct sb_hello - first write to a device file, from the guest
 * @magic: SB_MAGIC
 * @version: SB_VERSION
 * @pid: process ID of the guest's kernel process, as the host sees it
 * @ram_fd: that process's file descriptor of the guest's RAM; the byte at
 *	guest-physical address A is the byte at offset A of the file
 * @event_page: guest-physical address of a struct sb_event_page,
 *	page-aligned, owned by the guest, valid until the device file is closed
 *
 * The device opens /proc/@pid/fd/@ram_fd and maps it. The write fails with
 * EPROTO when magic, version or size are not these, EBUSY when the device
 * already has a guest, EFAULT when the RAM cannot be mapped or the event page
 * is outside it. Closing the file resets the device.
 */
struct sb_hello {
	__u32 magic;
	__u32 version;
	__u32 pid;
	__u32 ram_fd;
	__u64 event_page;
};

#define SB_NO_REG 0xffffffffu

/**
 * struct sb_event_page - one per device, in guest RAM
 * @magic: SB_MAGIC, written by the device when it has accepted the hello
 * @version: SB_VERSION, likewise
 * @now_ns: guest to device: guest time (CLOCK_MONOTONIC, ns) at the start of
 *	the current access. A device has no other clock.
 * @deadline_ns: device to guest: guest time at which the device wants a write
 *	to SB_CTL_TICK; 0 for never
 * @irq_raise: device to guest: bit N set means that interrupt line N shall be
 *	raised now. The guest takes the bits with an atomic exchange after each
 *	access and whenever it ticks.
 * @isr: status word that the bus answers itself, to save the round trip: a
 *	read of register @isr_reg gives it, a write of V to register @ack_reg
 *	clears the bits of V in it. Both sides change it atomically.
 * @isr_reg: see @isr; SB_NO_REG when unused. Set by the device at hello.
 * @ack_reg: see @isr; SB_NO_REG when unused. Set by the device at hello.
 * @error: device to guest: an errno > 0 once the device has failed for good;
 *	every later access fails
 */
struct sb_event_page {
	__u32 magic;
	__u32 version;
	__u64 now_ns;
	__u64 deadline_ns;
	__u32 irq_raise;
	__u32 isr;
	__u32 isr_reg;
	__u32 ack_reg;
	__u32 error;
};

/* Interrupt lines. */
#define SB_IRQ_VIRTIO 0
#define SB_IRQ_PANFROST_GPU 0
#define SB_IRQ_PANFROST_JOB 1
#define SB_IRQ_PANFROST_MMU 2
#define SB_IRQ_LIMA_GP 0
#define SB_IRQ_LIMA_GPMMU 1
#define SB_IRQ_LIMA_PP0 2
#define SB_IRQ_LIMA_PPMMU0 3
#define SB_IRQ_LIMA_PMU 4
#define SB_IRQ_V3D 0
#define SB_IRQ_HELPER 0

/*
 * /dev/shrinkbench: access of a guest program to the other files of the FUSE
 * tree. SB_IOC_OPEN binds the open file to one of them, named relative to the
 * root of the tree (no leading slash, no ".."); after that read, write, pread
 * and pwrite go to it, at most SB_HOST_MAX bytes each. ENOENT: no such file.
 */
#define SB_DEV_NODE "/dev/shrinkbench"
#define SB_HOST_MAX 65536

struct sb_host_open {
	char path[128];
};

#define SB_IOC_OPEN _IOW('S', 1, struct sb_host_open)

/**
 * struct sb_stamp - first bytes of each page of a stamped test BO
 * @magic: SB_STAMP_MAGIC
 * @bo: number that the test gave the BO
 * @page: page number within the BO
 * @generation: incremented by the test each time it writes the whole BO
 * @check: ~(@bo ^ @page ^ @generation)
 */
struct sb_stamp {
	__u64 magic;
	__u32 bo;
	__u32 page;
	__u32 generation;
	__u32 check;
};

#define SB_STAMP_MAGIC 0x706d617473626d73ull /* "smbstamp" */

/*
 * Commands of tests in the stream of VIRTIO_GPU_CMD_SUBMIT_3D, beside those of virgl:
 * struct sb_exec, whose first word is a header of virgl. Offsets and lengths are in
 * bytes. They refer to the host storage of a resource, or with
 * SB_EXEC_SRC_GUEST/SB_EXEC_DST_GUEST to its guest backing (a guest blob has
 * nothing else). SB_EXEC_CHECKSUM writes the 64-bit FNV-1a hash of the source
 * to @dst.
 */
enum sb_exec_op {
	SB_EXEC_NOP = 0xf0, /* virgl has no commands of such numbers */
	SB_EXEC_COPY, /* src -> dst, @len bytes */
	SB_EXEC_FILL, /* @pattern repeated over @len bytes of dst */
	SB_EXEC_CHECKSUM, /* FNV-1a of @len bytes of src -> 8 bytes of dst */
};

#define SB_EXEC_SRC_GUEST 0x1u
#define SB_EXEC_DST_GUEST 0x2u

struct sb_exec {
	__u16 op;
	__u16 words; /* SB_EXEC_WORDS */
	__u32 flags;
	__u32 src_res;
	__u32 dst_res;
	__u64 src_off;
	__u64 dst_off;
	__u64 len;
	__u32 pattern;
	__u32 pad;
};

/* 32-bit words of it that follow the first. */
#define SB_EXEC_WORDS (sizeof(struct sb_exec) / 4 - 1)

/*
 * A Mali job type of the stub: a job header (32 bytes, Job Header of the Mali
 * job chain format, with this type) followed by struct sb_panfrost_job. GPU
 * virtual addresses, lengths in bytes.
 */
#define SB_PANFROST_JOB_TYPE 0x7f

enum sb_panfrost_op {
	SB_PANFROST_COPY = 1, /* @len bytes from @src to @dst */
	SB_PANFROST_CHECKSUM, /* FNV-1a of @len bytes of @src -> 8 bytes at @dst */
	/*
	 * @src is page-aligned; each page has its stamp: @bo, @first_page + i,
	 * @generation. The number of good pages goes to 8 bytes at @dst.
	 */
	SB_PANFROST_CHECK_STAMPS,
};

struct sb_panfrost_job {
	__u32 op;
	__u32 bo;
	__u32 first_page;
	__u32 generation;
	__u64 src;
	__u64 dst;
	__u64 len;
};

/*
 * A command list of the stub, for devices that have no descriptors of their own for what
 * tests need: struct sb_command, one after another, up to the end address that the
 * device was given, or to SB_COMMAND_END. A list that does not begin with
 * SB_COMMAND_MAGIC completes without being executed. GPU addresses, lengths in bytes.
 *
 * Mali-400: VS and PLBU lists have an end address. A PP list has none; it begins where
 * PLBU_ARRAY_ADDRESS points. SB_COMMAND_ALLOC takes from the heap of the PLBU.
 *
 * V3D: lists for binning and rendering end where the submit says. That of a TFU job
 * begins at its input address (iia), that of a compute dispatch at its uniforms (cfg[6]);
 * they have no end address, and address 0 is no list. SB_COMMAND_ALLOC takes from the
 * memory of the binner.
 */
#define SB_COMMAND_MAGIC 0x646d6373u /* "scmd" */

/**
 * enum sb_command_op - commands
 * @SB_COMMAND_END: the list ends here
 * @SB_COMMAND_FILL: @len bytes at @dst are @value; both multiples of 4
 * @SB_COMMAND_COPY: @len bytes from @src to @dst
 * @SB_COMMAND_CHECKSUM: FNV-1a of @len bytes of @src -> 8 bytes at @dst
 * @SB_COMMAND_CHECK_STAMPS: @src is page-aligned; each page has its stamp: BO @value,
 *	page @first_page + i, @generation. The number of good pages goes to 8 bytes at
 *	@dst.
 * @SB_COMMAND_ALLOC: takes @len bytes, whole pages, one page after another, and fills
 *	page i with @value + i. The address after that goes to 4 bytes at @dst. Only for
 *	lists that have memory for it.
 */
enum sb_command_op {
	SB_COMMAND_END,
	SB_COMMAND_FILL,
	SB_COMMAND_COPY,
	SB_COMMAND_CHECKSUM,
	SB_COMMAND_CHECK_STAMPS,
	SB_COMMAND_ALLOC,
};

struct sb_command {
	__u32 magic;
	__u32 op;
	__u32 src;
	__u32 dst;
	__u32 len;
	__u32 value;
	__u32 first_page;
	__u32 generation;
};

/*
 * The device of the helper-level driver: it has the pages of BOs, identified by
 * a number, and reads and writes them. Registers have 8 bytes.
 */
#define SB_HELPER_REG_ID 0x00 /* read: SB_HELPER_ID */
#define SB_HELPER_REG_COMMAND 0x08 /* write: address of a command, see below */
#define SB_HELPER_REG_ENDED 0x10 /* read: see SB_HELPER_CMD_JOB */
#define SB_HELPER_ID 0x6275747362737473ull /* "stsbstub" */

/**
 * enum sb_helper_command_op - commands of the device
 * @SB_HELPER_CMD_ATTACH: @count runs (struct sb_helper_run at @data) of whole pages
 *	are the BO's bytes from @offset on. @offset 0 begins; until @len bytes are
 *	attached, the next command must continue where this one ended.
 * @SB_HELPER_CMD_DETACH: the device gives up the pages, after a last check of their
 *	stamps.
 * @SB_HELPER_CMD_READ: @len bytes at @offset of the BO, to @data
 * @SB_HELPER_CMD_WRITE: likewise, from @data
 * @SB_HELPER_CMD_JOB: job number @count, which uses the whole BO and every BO that is
 *	kept. When it has ended, SB_IRQ_HELPER is raised, and SB_HELPER_REG_ENDED
 *	reads as its number, and its errno in the upper half (<< 32), until the
 *	number is written there; then as that of the next job, or 0.
 * @SB_HELPER_CMD_STOP: end all jobs at once, without an interrupt
 * @SB_HELPER_CMD_BYE: the driver is unbound; nothing may be attached or run any more
 */
enum sb_helper_command_op {
	SB_HELPER_CMD_ATTACH = 1,
	SB_HELPER_CMD_DETACH,
	SB_HELPER_CMD_READ,
	SB_HELPER_CMD_WRITE,
	SB_HELPER_CMD_JOB,
	SB_HELPER_CMD_STOP,
	SB_HELPER_CMD_BYE,
};

/*
 * ATTACH: until it is detached every job may use it, as if it were in a page
 * table.
 */
#define SB_HELPER_CMD_KEPT 0x1u

/**
 * struct sb_helper_command - in guest RAM, carried out while its address is
 *	written to SB_HELPER_REG_COMMAND
 * @op: enum sb_helper_command_op
 * @status: out: 0 or an errno
 * @bo: number of the BO, not 0
 * @flags: SB_HELPER_CMD_KEPT
 * @offset: bytes
 * @len: bytes
 * @data: address
 * @count: see enum sb_helper_command_op
 * @pad: zero
 */
struct sb_helper_command {
	__u32 op;
	__u32 status;
	__u32 bo;
	__u32 flags;
	__u64 offset;
	__u64 len;
	__u64 data;
	__u32 count;
	__u32 pad;
};

struct sb_helper_run {
	__u64 addr;
	__u64 len;
};

#define SB_FNV_OFFSET 0xcbf29ce484222325ull
#define SB_FNV_PRIME 0x100000001b3ull

#endif
