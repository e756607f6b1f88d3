// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's arch/x86/um/os-Linux/registers.c (REGISTERS_C, with the fixup
 * fp-host-xstate) against hosts whose XSAVE area has different sizes. This program
 * provides ptrace() and cpuid of such a host, and what the file needs of the kernel.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/* arch/x86/um/user-offsets.c */
#define SAVED 2696
#define FP_SIZE (SAVED / sizeof(unsigned long))

#define HEADER 512 /* Intel SDM, volume 1, section 13.4.2: XSTATE_BV */
#define AREA_MAX 16000

/* Features beside x87 and SSE, in the format that ptrace() uses. */
static const struct {
	unsigned int bit, offset, size;
} FEATURES[] = {
	{2, 576, 256}, /* AVX */
	{5, 1088, 64}, /* AVX-512: masks */
	{6, 1152, 512}, /* ... upper halves */
	{7, 1664, 1024}, /* ... more registers */
	{9, 2688, 8}, /* PKRU */
	{17, 2752, 64}, /* AMX: configuration */
	{18, 2816, 8192}, /* ... tiles */
	{20, 11008, 4992}, /* one that is not known yet */
};

#define N_FEATURES (sizeof(FEATURES) / sizeof(*FEATURES))

static struct {
	size_t size; /* of the XSAVE area */
	unsigned char area[AREA_MAX]; /* of the process */
	bool signals, signals_during_set;
} host;

static bool has_feature(unsigned int i, size_t size)
{
	return FEATURES[i].offset + FEATURES[i].size <= size;
}

/* All features whose state lies within @size bytes. */
static unsigned long long features(size_t size)
{
	unsigned long long mask = 3;

	for (unsigned int i = 0; i < N_FEATURES; i++)
		if (has_feature(i, size))
			mask |= 1ull << FEATURES[i].bit;
	return mask;
}

/* Unused, like um_set_signals(), by the file without the fixup. */
static void __attribute__((unused))
test_cpuid(unsigned int leaf, unsigned int index, unsigned int *eax,
	   unsigned int *ebx, unsigned int *edx)
{
	assert(leaf == 0xd);
	*eax = *ebx = *edx = 0;
	if (!index) {
		*eax = features(host.size);
		*ebx = host.size;
		return;
	}
	for (unsigned int i = 0; i < N_FEATURES; i++)
		if (FEATURES[i].bit == index && has_feature(i, host.size)) {
			*eax = FEATURES[i].size;
			*ebx = FEATURES[i].offset;
		}
}

#define __cpuid_count(leaf, index, a, b, c, d)                                 \
	do {                                                                   \
		test_cpuid(leaf, index, &(a), &(b), &(d));                     \
		(void)(c);                                                     \
	} while (0)

/* kernel/ptrace.c, ptrace_regset(); arch/x86/kernel/fpu/regset.c */
static long test_ptrace(int request, int pid, long type, struct iovec *iov)
{
	unsigned long long in_use;

	(void)pid;
	(void)type;
	if (iov->iov_len > host.size)
		iov->iov_len = host.size;
	if (request == PTRACE_GETREGSET) {
		memcpy(iov->iov_base, host.area, iov->iov_len);
		return 0;
	}
	assert(request == PTRACE_SETREGSET);
	host.signals_during_set = host.signals;
	if (iov->iov_len != host.size) {
		errno = EFAULT;
		return -1;
	}
	memcpy(&in_use, (char *)iov->iov_base + HEADER, sizeof(in_use));
	if (in_use & ~features(host.size)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(host.area, iov->iov_base, host.size);
	return 0;
}

static int __attribute__((unused)) um_set_signals(int enable)
{
	int before = host.signals;

	host.signals = enable;
	return before;
}

#define ptrace(request, pid, address, data)                                    \
	test_ptrace(request, pid, (long)(address), (void *)(data))
#define printk printf
#define UM_KERN_ERR ""
#define HOST_IP 0
#define HOST_SP 1
#define HOST_BP 2
typedef struct {
	unsigned long __rip, __rsp, __rbp;
} jmp_buf[1];

#include REGISTERS_C

static void fill(unsigned int salt)
{
	unsigned long long in_use = features(host.size);

	for (size_t i = 0; i < host.size; i++)
		host.area[i] = salt + i * 7 + (i >> 8);
	memcpy(host.area + HEADER, &in_use, sizeof(in_use));
}

static unsigned int failures;

static void check(bool holds, const char *what)
{
	printf("%s - %zu bytes: %s\n", holds ? "ok" : "not ok", host.size,
	       what);
	failures += !holds;
}

static void test_host(size_t size)
{
	size_t saved = size < SAVED ? size : SAVED;
	/* As large as in uml_pt_regs, so that ASan sees accesses past its end. */
	unsigned long *regs = calloc(FP_SIZE, sizeof(*regs));
	unsigned char want[AREA_MAX] = {0};
	unsigned long long in_use = features(saved);

	host.size = size;
	host.signals = true;
	fill(1);
	memcpy(want, host.area, saved);
	memcpy(want + HEADER, &in_use, sizeof(in_use));
	arch_init_registers(1);
	check(!save_fp_registers(1, regs), "registers are saved");
	fill(2);
	check(!restore_fp_registers(1, regs), "registers are restored");
	check(!memcmp(host.area, want, size),
	      "what was saved is restored; the rest has its initial state");
	check(size <= SAVED || !host.signals_during_set,
	      "no signal, so no task switch, comes in between");
	check(host.signals, "signals are enabled again");
	free(regs);
}

int main(int argc, char **argv)
{
	assert(argc == 2);
	test_host(strtoul(argv[1], NULL, 10));
	return failures ? 1 : 0;
}
