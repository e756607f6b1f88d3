// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's arch/x86/um/os-Linux/mcontext.c (MCONTEXT_C, with the fixup seccomp) with
 * frames of signals as hosts with XSAVE areas of different sizes write them, and with
 * frames that a process has spoilt. This program provides what the file needs of the kernel.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

/* arch/x86/um: as-layout.h, sysdep/ptrace.h, sysdep/faultinfo.h */
#define UM_KERN_PAGE_SIZE 4096ul
#define STUB_DATA 0x7fff12340000ul
#define SAVED 2696
#define HOST_FS_BASE 21
#define HOST_GS_BASE 22
struct uml_pt_regs {
	unsigned long gp[27];
	unsigned long fp[SAVED / sizeof(unsigned long)];
	struct {
		int error_code, trap_no;
		unsigned long cr2;
	} faultinfo;
};

/* stub-data.h: what the file uses */
struct stub_data {
	int signal, set_bases, known_bases;
	unsigned long info, context, fs_base, gs_base;
	unsigned char sigstack[UM_KERN_PAGE_SIZE]
		__attribute__((aligned(UM_KERN_PAGE_SIZE)));
};

/* registers.c: all but a feature past what uml_pt_regs saves */
#define SAVED_FEATURES 0x2e7ull
static unsigned long long saved_features = SAVED_FEATURES;

#include MCONTEXT_C

static unsigned int failures;

static void check(bool holds, size_t size, const char *what)
{
	printf("%s - %zu bytes: %s\n", holds ? "ok" : "not ok", size, what);
	failures += !holds;
}

static unsigned long in_stub(const struct stub_data *data, const void *at)
{
	return STUB_DATA + ((const char *)at - (const char *)data);
}

/* The frame: the context, the signal's description, then an XSAVE area of @size bytes. */
static struct stub_data *new_frame(size_t size, ucontext_t **uc,
				   siginfo_t **info, char **fp)
{
	struct stub_data *data =
		aligned_alloc(UM_KERN_PAGE_SIZE, sizeof(*data));
	struct _fpx_sw_bytes *sw;

	assert(data);
	memset(data, 0x5a, sizeof(*data));
	*fp = (char *)data->sigstack +
	      ((sizeof(data->sigstack) - size - 4) & -64ul);
	*info = (siginfo_t *)(*fp - 192);
	*uc = (ucontext_t *)((char *)*info - CONTEXT_SIZE);
	for (size_t i = 0; i < size; i++)
		(*fp)[i] = i * 7 + (i >> 8);
	*(unsigned long long *)(*fp + XSTATE_BV) = SAVED_FEATURES | 1 << 17;
	sw = (struct _fpx_sw_bytes *)(*fp + FP_SW);
	*sw = (struct _fpx_sw_bytes){.magic1 = FP_XSTATE_MAGIC1,
				     .extended_size = size + 4,
				     .xstate_size = size};
	memset(*info, 0, sizeof(**info));
	(*info)->si_syscall = 39;
	for (int i = 0; i < NGREG; i++)
		(*uc)->uc_mcontext.gregs[i] = 1000 + i;
	(*uc)->uc_mcontext.gregs[REG_CSGSFS] = 0x2b000000000033;
	(*uc)->uc_mcontext.gregs[REG_EFL] = 0x346;
	(*uc)->uc_mcontext.fpregs = (void *)in_stub(data, *fp);
	data->signal = SIGSYS;
	data->context = in_stub(data, *uc);
	data->info = in_stub(data, *info);
	data->known_bases = 0;
	return data;
}

static void test_exchange(size_t size)
{
	struct uml_pt_regs *regs = calloc(1, sizeof(*regs));
	const size_t saved = size < SAVED ? size : SAVED;
	char want[UM_KERN_PAGE_SIZE];
	struct stub_data *data;
	siginfo_t *info, si;
	ucontext_t *uc;
	char *fp;

	data = new_frame(size, &uc, &info, &fp);
	check(!get_stub_state(regs, data, &si), size, "registers are read");
	check(si.si_syscall == 39 && regs->gp[REG(ORIG_RAX)] == 39, size,
	      "the system call");
	check(regs->gp[REG(RIP)] == 1000 + REG_RIP &&
		      regs->gp[REG(RDI)] == 1000 + REG_RDI,
	      size, "general registers");
	check(regs->gp[REG(CS)] == 0x33 && regs->gp[REG(SS)] == 0x2b, size,
	      "segments");
	check(regs->gp[REG(EFLAGS)] == 0x246, size, "flags without the step's");
	check(!memcmp(regs->fp, fp, FP_SW) &&
		      !memcmp((char *)regs->fp + XSTATE_BV, fp + XSTATE_BV,
			      saved - XSTATE_BV),
	      size, "floating-point registers");

	memcpy(want, fp, size);
	memset(want, 0x33, FP_SW);
	memset(want + XSTATE_BV, 0x33, saved - XSTATE_BV);
	*(unsigned long long *)(want + XSTATE_BV) =
		SAVED_FEATURES & 0x3333333333333333;
	memset(regs, 0x33, sizeof(*regs));
	check(!set_stub_state(regs, data, 1), size, "registers are written");
	check(uc->uc_mcontext.gregs[REG_R15] == 0x3333333333333333 &&
		      uc->uc_mcontext.gregs[REG_EFL] == 0x3333333333333333,
	      size, "what they hold");
	check(!memcmp(fp, want, size), size,
	      "floating-point registers; what the host says of them, and the "
	      "rest, stays");
	check(data->set_bases && data->fs_base == regs->gp[HOST_FS_BASE], size,
	      "first bases");
	set_stub_state(regs, data, 0);
	check(!data->set_bases, size, "bases that have not changed");
	regs->gp[HOST_GS_BASE]++;
	set_stub_state(regs, data, 0);
	check(data->set_bases, size, "bases that have changed");

	data->signal = SIGSEGV;
	regs->gp[REG(ORIG_RAX)] = 0;
	check(!get_stub_state(regs, data, &si) &&
		      regs->gp[REG(ORIG_RAX)] == -1ul &&
		      regs->faultinfo.cr2 == 1000 + REG_CR2,
	      size, "a page fault");
	free(data);
	free(regs);
}

/* What a process can do to a frame that lies in its memory, by @spoil. */
static void test_spoilt(size_t size, int spoil)
{
	struct uml_pt_regs *regs = calloc(1, sizeof(*regs));
	struct stub_data *data;
	siginfo_t *info, si;
	ucontext_t *uc;
	char *fp;

	data = new_frame(size, &uc, &info, &fp);
	if (spoil == 0)
		data->context = STUB_DATA - 8;
	else if (spoil == 1)
		data->context = in_stub(data, data + 1) - 8;
	else if (spoil == 2)
		uc->uc_mcontext.fpregs = NULL;
	else if (spoil == 3)
		uc->uc_mcontext.fpregs =
			(void *)(in_stub(data, data + 1) - 512);
	else if (spoil == 4)
		((struct _fpx_sw_bytes *)(fp + FP_SW))->xstate_size =
			size + 4096;
	else
		((struct _fpx_sw_bytes *)(fp + FP_SW))->xstate_size = 511;
	check(get_stub_state(regs, data, &si) == -EINVAL &&
		      set_stub_state(regs, data, 0) == -EINVAL,
	      size, "a spoilt frame is refused");
	free(data);
	free(regs);
}

static void test_fits(size_t size, bool want)
{
	char *host = calloc(1, sizeof(ucontext_t) + 192 + size + 4);
	ucontext_t *uc = (ucontext_t *)host;
	char *fp = host + CONTEXT_SIZE + 192;
	struct _fpx_sw_bytes *sw = (struct _fpx_sw_bytes *)(fp + FP_SW);

	uc->uc_mcontext.fpregs = (void *)fp;
	sw->extended_size = size + 4;
	sw->xstate_size = size;
	check(!fits_stub_state(uc), size,
	      "a host without XSAVE is left to ptrace");
	sw->magic1 = FP_XSTATE_MAGIC1;
	check(fits_stub_state(uc) == want, size,
	      want ? "it fits" : "it does not fit");
	free(host);
}

int main(void)
{
	/* AVX; AVX-512; with the configuration of AMX */
	static const size_t sizes[] = {832, SAVED, 2816};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		test_exchange(sizes[i]);
		for (int spoil = 0; spoil < 6; spoil++)
			test_spoilt(sizes[i], spoil);
		test_fits(sizes[i], true);
	}
	/* With the tiles of AMX */
	test_fits(11008, false);
	return failures ? 1 : 0;
}
