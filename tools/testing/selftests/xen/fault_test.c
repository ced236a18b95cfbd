// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions in user space: each must arrive as the right signal, with the
 * right code, address, trap number and error code, and where it happened.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

/* Vectors and page-fault error bits, by the processor's manual. */
#define VEC_DIVIDE	0
#define VEC_BREAKPOINT	3
#define VEC_INVALID	6
#define VEC_STACK	12
#define VEC_PROTECTION	13
#define VEC_PAGE	14
#define VEC_X87		16
#define VEC_SIMD	19
#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_USER		4
#define PF_FETCH	16

static struct {
	int sig, code;
	uint64_t addr, rip, trapno, error, cr2;
} seen;

static sigjmp_buf env;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	seen.sig = sig;
	seen.code = info->si_code;
	seen.addr = (uintptr_t)info->si_addr;
	seen.rip = regs[REG_RIP];
	seen.trapno = regs[REG_TRAPNO];
	seen.error = regs[REG_ERR];
	seen.cr2 = regs[REG_CR2];
	siglongjmp(env, 1);
}

FIXTURE(fault) {
	char *page;
};

FIXTURE_SETUP(fault)
{
	static const int signals[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
	};
	struct sigaction act = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &act, NULL);
	self->page = mmap(NULL, 2 * XT_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
}

FIXTURE_TEARDOWN(fault)
{
}

/* Runs one statement that must raise a signal; false when it does not. */
#define RAISES(...)							\
	({								\
		memset(&seen, 0, sizeof(seen));				\
		if (!sigsetjmp(env, 1)) {				\
			__VA_ARGS__;					\
		}							\
		seen.sig;						\
	})

static void read_at(uint64_t addr)
{
	asm volatile("movb (%0), %%al" :: "r" (addr) : "rax", "memory");
}

static void read_word_at(uint64_t addr)
{
	asm volatile("movq (%0), %%rax" :: "r" (addr) : "rax", "memory");
}

/* With rbp as its base, an access is to the stack segment. */
static void read_stack_at(uint64_t addr)
{
	asm volatile("movq %%rbp, %%rbx\n\tmovq %0, %%rbp\n\t"
		     "movq (%%rbp), %%rax\n\tmovq %%rbx, %%rbp" ::
		     "r" (addr) : "rax", "rbx", "memory");
}

static void write_at(uint64_t addr)
{
	asm volatile("movb $1, (%0)" :: "r" (addr) : "memory");
}

static void jump_to(uint64_t addr)
{
	asm volatile("call *%0" :: "r" (addr) : "memory", "rax", "rcx", "rdx",
		     "rsi", "rdi", "r8", "r9", "r10", "r11", "cc");
}

TEST_F(fault, unmapped_addresses)
{
	uint64_t near = (uintptr_t)self->page + 123;
	uint64_t at[] = { 0, 1, 0xfff, near, 0x200000000123 };

	munmap(self->page, 2 * XT_PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		ASSERT_EQ(SIGSEGV, RAISES(read_at(at[i])));
		EXPECT_EQ(at[i], seen.addr);
		EXPECT_EQ(at[i], seen.cr2);
		EXPECT_EQ(SEGV_MAPERR, seen.code);
		EXPECT_EQ(VEC_PAGE, seen.trapno);
		EXPECT_EQ(PF_USER, seen.error);
		ASSERT_EQ(SIGSEGV, RAISES(write_at(at[i])));
		EXPECT_EQ(PF_USER | PF_WRITE, seen.error);
	}
}

/* Kernel and hypervisor addresses: refused alike, with the address told. */
TEST_F(fault, addresses_that_are_not_ours)
{
	static const uint64_t at[] = {
		0xffff800000000000, 0xffff820000001000, 0xffff830000000010,
		0xffff880000000000, 0xffffc90000000000, 0xffffffff81000000,
		0xfffffffffffff000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		ASSERT_EQ(SIGSEGV, RAISES(read_at(at[i])))
			TH_LOG("%llx", (unsigned long long)at[i]);
		EXPECT_EQ(at[i], seen.addr);
		EXPECT_EQ(VEC_PAGE, seen.trapno);
		EXPECT_EQ(PF_USER, seen.error & PF_USER);
		ASSERT_EQ(SIGSEGV, RAISES(write_at(at[i])));
		EXPECT_EQ(at[i], seen.addr);
		ASSERT_EQ(SIGSEGV, RAISES(jump_to(at[i])));
		EXPECT_EQ(at[i], seen.addr);
		EXPECT_EQ(at[i], seen.rip);
	}
}

TEST_F(fault, protected_pages)
{
	uint64_t at = (uintptr_t)self->page + 5;

	*(volatile char *)at = 1;
	mprotect(self->page, XT_PAGE, PROT_READ);
	EXPECT_EQ(0, RAISES(read_at(at)));
	ASSERT_EQ(SIGSEGV, RAISES(write_at(at)));
	EXPECT_EQ(at, seen.addr);
	EXPECT_EQ(SEGV_ACCERR, seen.code);
	EXPECT_EQ(PF_USER | PF_WRITE | PF_PRESENT, seen.error);
	ASSERT_EQ(SIGSEGV, RAISES(jump_to(at)));
	EXPECT_EQ(SEGV_ACCERR, seen.code);
	EXPECT_EQ(at, seen.addr);
	EXPECT_EQ(at, seen.rip);
	EXPECT_EQ(PF_USER | PF_FETCH | PF_PRESENT, seen.error);
	mprotect(self->page, XT_PAGE, PROT_NONE);
	ASSERT_EQ(SIGSEGV, RAISES(read_at(at)));
	EXPECT_EQ(SEGV_ACCERR, seen.code);
	EXPECT_EQ(at, seen.addr);
}

/* An access that crosses into the bad page names the byte that was missing. */
TEST_F(fault, crossing_a_page)
{
	uint64_t edge = (uintptr_t)self->page + XT_PAGE;

	munmap(self->page + XT_PAGE, XT_PAGE);
	ASSERT_EQ(SIGSEGV, RAISES(read_word_at(edge - 3)));
	EXPECT_EQ(edge, seen.addr);
}

TEST_F(fault, non_canonical)
{
	ASSERT_EQ(SIGSEGV, RAISES(read_at(0x8000000000000000)));
	EXPECT_EQ(VEC_PROTECTION, seen.trapno);
	EXPECT_EQ(0, seen.addr);
	EXPECT_EQ(SI_KERNEL, seen.code);
	EXPECT_EQ(0, seen.error);
}

TEST_F(fault, stack_segment)
{
	int sig = RAISES(read_stack_at(0x8000000000000000));

	/* Emulators are known to raise the general exception instead. */
	if (sig == SIGSEGV) {
		EXPECT_EQ(VEC_PROTECTION, seen.trapno);
		return;
	}
	ASSERT_EQ(SIGBUS, sig);
	EXPECT_EQ(VEC_STACK, seen.trapno);
}

/* The address of the instruction itself, taken by its label. */
#define INSTRUCTION(text, clobber...)					\
	({								\
		uint64_t at_;						\
									\
		asm volatile("leaq 1f(%%rip), %0\n\t"			\
			     "movq %0, %1\n\t"				\
			     "1: " text					\
			     : "=&r" (at_), "=m" (insn_rip)		\
			     :: "memory", "cc", ##clobber);		\
	})

static uint64_t insn_rip;

TEST_F(fault, invalid_opcode)
{
	ASSERT_EQ(SIGILL, RAISES(INSTRUCTION("ud2")));
	EXPECT_EQ(ILL_ILLOPN, seen.code);
	EXPECT_EQ(VEC_INVALID, seen.trapno);
	EXPECT_EQ(insn_rip, seen.rip);
	EXPECT_EQ(insn_rip, seen.addr);
}

TEST_F(fault, breakpoint)
{
	ASSERT_EQ(SIGTRAP, RAISES(INSTRUCTION("int3")));
	EXPECT_EQ(VEC_BREAKPOINT, seen.trapno);
	EXPECT_EQ(insn_rip + 1, seen.rip);
	ASSERT_EQ(SIGTRAP, RAISES(INSTRUCTION(".byte 0xcd, 3")));
	EXPECT_EQ(insn_rip + 2, seen.rip);
}

static void divide_by_zero(void)
{
	INSTRUCTION("xorl %%ecx, %%ecx\n\tdivl %%ecx", "rax", "rcx", "rdx");
}

TEST_F(fault, divide)
{
	ASSERT_EQ(SIGFPE, RAISES(divide_by_zero()));
	EXPECT_EQ(FPE_INTDIV, seen.code);
	EXPECT_EQ(VEC_DIVIDE, seen.trapno);
	EXPECT_EQ(insn_rip + 2, seen.rip);
	EXPECT_EQ(insn_rip + 2, seen.addr);
}

/* What only the kernel may do. */
TEST_F(fault, privileged_instructions)
{
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("hlt")));
	EXPECT_EQ(VEC_PROTECTION, seen.trapno);
	EXPECT_EQ(insn_rip, seen.rip);
	EXPECT_EQ(SI_KERNEL, seen.code);
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("cli")));
	EXPECT_EQ(insn_rip, seen.rip);
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("inb $0x80, %%al", "rax")));
	EXPECT_EQ(insn_rip, seen.rip);
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("outb %%al, $0x80")));
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("movq %%cr0, %%rax", "rax")));
	EXPECT_EQ(insn_rip, seen.rip);
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("movq %%dr7, %%rax", "rax")));
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("xorl %%ecx, %%ecx\n\trdmsr",
					      "rax", "rcx", "rdx")));
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("wbinvd")));
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("swapgs")));
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("lidt (%%rsp)")));
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("invlpg (%%rsp)")));
}

/*
 * Interrupt gates that are not for user space; the error code says which, by
 * its number times 8, or 16 as some emulators have it.
 */
TEST_F(fault, forbidden_gates)
{
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("int $0x20")));
	EXPECT_EQ(VEC_PROTECTION, seen.trapno);
	EXPECT_TRUE(seen.error == 0x20 * 8 + 2 || seen.error == 0x20 * 16 + 2);
	EXPECT_EQ(insn_rip, seen.rip);
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("int $14")));
	EXPECT_TRUE(seen.error == 14 * 8 + 2 || seen.error == 14 * 16 + 2);
	/* The way into the hypervisor of 32-bit guests is not open either. */
	ASSERT_EQ(SIGSEGV, RAISES(INSTRUCTION("int $0x82")));
}

#define LOAD_SELECTOR(reg, sel)						\
	RAISES(asm volatile("movw %w0, %%" reg :: "r" (sel)))

TEST_F(fault, bad_selectors)
{
	ASSERT_EQ(SIGSEGV, LOAD_SELECTOR("ds", 0xfff3));
	EXPECT_EQ(VEC_PROTECTION, seen.trapno);
	EXPECT_EQ(0xfff0, seen.error);
	ASSERT_EQ(SIGSEGV, LOAD_SELECTOR("gs", 0xfff3));
	/* Empty selectors are fine everywhere but in ss. */
	EXPECT_EQ(0, LOAD_SELECTOR("es", 0));
	ASSERT_EQ(SIGSEGV, LOAD_SELECTOR("ss", 0));
}

static void divide_x87(uint16_t control)
{
	asm volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait"
		     :: "m" (control));
}

TEST_F(fault, x87_exception)
{
	ASSERT_EQ(SIGFPE, RAISES(divide_x87(0x37f & ~4)));
	EXPECT_EQ(VEC_X87, seen.trapno);
	EXPECT_EQ(FPE_FLTDIV, seen.code);
	asm volatile("fninit");
}

static void divide_simd(uint32_t control)
{
	asm volatile("ldmxcsr %0\n\txorps %%xmm0, %%xmm0\n\t"
		     "movl $1, %%eax\n\tcvtsi2ss %%eax, %%xmm1\n\t"
		     "divss %%xmm0, %%xmm1" :: "m" (control)
		     : "xmm0", "xmm1", "rax");
}

TEST_F(fault, simd_exception)
{
	uint32_t plain = 0x1f80;
	int sig = RAISES(divide_simd(plain & ~0x200));

	asm volatile("ldmxcsr %0" :: "m" (plain));
	if (!sig)
		SKIP(return, "this (emulated) processor never raises it");
	ASSERT_EQ(SIGFPE, sig);
	EXPECT_EQ(VEC_SIMD, seen.trapno);
	EXPECT_EQ(FPE_FLTDIV, seen.code);
}

/* The forced-emulation prefix is an opcode for PV only. */
TEST_F(fault, hypervisor_prefix)
{
	struct xt_cpuid id;

	EXPECT_EQ(xt_role_is_pv(xt_role()), xt_cpuid_forced(0, 0, &id));
}

static volatile long call_result;

/* Number 17 is xen_version, harmless if it should get through. */
static void vmcall(void)
{
	long ret = 17;

	asm volatile("vmcall" : "+a" (ret) : "D" (0L), "S" (0L) : "memory");
	call_result = ret;
}

static void vmmcall(void)
{
	long ret = 17;

	asm volatile("vmmcall" : "+a" (ret) : "D" (0L), "S" (0L) : "memory");
	call_result = ret;
}

/*
 * A hypercall from user space must not be one: either the instruction raises
 * an exception (which one depends on the maker) or the hypervisor refuses.
 */
TEST_F(fault, hypercall_instructions)
{
	long ret = 0;
	int sig;

	call_result = 0;
	sig = RAISES(vmcall());
	EXPECT_TRUE(sig || call_result < 0)
		TH_LOG("vmcall: signal %d, result %ld", sig, call_result);
	call_result = 0;
	sig = RAISES(vmmcall());
	EXPECT_TRUE(sig || call_result < 0)
		TH_LOG("vmmcall: signal %d, result %ld", sig, call_result);
	/* SYSCALL with a hypercall's number is a system call of that number. */
	asm volatile("syscall" : "=a" (ret) : "0" (39L) : "rcx", "r11");
	EXPECT_EQ(getpid(), ret);
}

TEST_F(fault, storm)
{
	uint64_t at = (uintptr_t)self->page;

	mprotect(self->page, XT_PAGE, PROT_NONE);
	for (int i = 0; i < 1000; i++) {
		uint64_t where = at + i % XT_PAGE;

		ASSERT_EQ(SIGSEGV, RAISES(write_at(where)));
		ASSERT_EQ(where, seen.addr);
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
