// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables under mprotect, mremap, munmap and huge-page hints; and what one
 * CPU does to them as another CPU must see it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define RW	(PROT_READ | PROT_WRITE)
#define HUGE	(2UL << 20)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static __thread sigjmp_buf env;
static __thread volatile sig_atomic_t armed;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	if (!armed)
		_exit(99);
	siglongjmp(env, 1);
}

static void catch_segv(void)
{
	struct sigaction act = {
		.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGSEGV, &act, NULL);
}

static bool survives(volatile char *p, bool write)
{
	bool ok = false;

	armed = 1;
	if (!sigsetjmp(env, 0)) {
		char value = *p;

		if (write)
			*p = value;
		ok = true;
	}
	armed = 0;
	return ok;
}

static bool can_read(volatile char *p)
{
	return survives(p, false);
}

static bool can_write(volatile char *p)
{
	return survives(p, true);
}

static char *anon(size_t size, int prot)
{
	char *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Every page with a protection of its own, changed at random. */
TEST(each_page_its_own)
{
	enum { NR = 128 };
	static const int prots[] = { PROT_NONE, PROT_READ, RW };
	char *mem = anon(NR * XT_PAGE, RW);
	int prot[NR];
	uint64_t seed = 1;

	catch_segv();
	xt_fill(mem, NR * XT_PAGE, 7);
	for (int i = 0; i < NR; i++)
		prot[i] = RW;
	for (int round = 0; round < 30; round++) {
		int first = xt_random(&seed) % NR;
		int count = 1 + xt_random(&seed) % (NR - first);
		int want = prots[xt_random(&seed) % 3];

		ASSERT_EQ(0, mprotect(mem + first * XT_PAGE, count * XT_PAGE,
				      want));
		for (int i = first; i < first + count; i++)
			prot[i] = want;
		for (int i = 0; i < NR; i += 1 + xt_random(&seed) % 5) {
			ASSERT_EQ(prot[i] != PROT_NONE,
				  can_read(mem + i * XT_PAGE));
			ASSERT_EQ(prot[i] == RW, can_write(mem + i * XT_PAGE));
		}
	}
	ASSERT_EQ(0, mprotect(mem, NR * XT_PAGE, RW));
	EXPECT_TRUE(xt_filled(mem, NR * XT_PAGE, 7));
}

/* Pages without access are still pages, in this process and its child. */
TEST(no_access_keeps_data)
{
	size_t size = 64 * XT_PAGE;
	char *mem = anon(size, RW);
	int status;
	pid_t pid;

	xt_fill(mem, size, 8);
	ASSERT_EQ(0, mprotect(mem, size, PROT_NONE));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (mprotect(mem, size, RW))
			_exit(1);
		_exit(!xt_filled(mem, size, 8));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, mprotect(mem, size, PROT_READ));
	EXPECT_TRUE(xt_filled(mem, size, 8));
}

TEST(no_execute)
{
	/* mov $42, %eax; ret */
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *mem = anon(XT_PAGE, RW);
	volatile int got = 0;

	catch_segv();
	memcpy(mem, code, sizeof(code));
	armed = 1;
	if (!sigsetjmp(env, 0))
		got = ((int (*)(void))mem)();
	EXPECT_EQ(0, got);
	ASSERT_EQ(0, mprotect(mem, XT_PAGE, PROT_READ | PROT_EXEC));
	if (!sigsetjmp(env, 0))
		got = ((int (*)(void))mem)();
	EXPECT_EQ(42, got);
	EXPECT_FALSE(can_write(mem));
}

TEST(remap_grows_and_shrinks)
{
	size_t size = 16 * XT_PAGE;
	char *mem = anon(size, RW), *p;

	xt_fill(mem, size, 9);
	for (int i = 0; i < 20; i++) {
		size_t bigger = size * (2 + i);

		p = mremap(mem, size, bigger, MREMAP_MAYMOVE);
		ASSERT_NE(MAP_FAILED, p);
		ASSERT_TRUE(xt_filled(p, size, 9));
		ASSERT_EQ(0, p[bigger - 1]);
		p[bigger - 1] = 1;
		mem = mremap(p, bigger, size, 0);
		ASSERT_EQ(p, mem);
		ASSERT_TRUE(xt_filled(mem, size, 9));
	}
}

/* Moves of whole tables and of parts of them, back and forth. */
TEST(remap_moves)
{
	char *area = anon(12 * HUGE, PROT_NONE);
	char *base = (char *)(((uintptr_t)area + HUGE) & ~(HUGE - 1));
	static const size_t offsets[] = { 0, XT_PAGE, HUGE / 2 + 3 * XT_PAGE };
	size_t size = HUGE + 8 * XT_PAGE;

	catch_segv();
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		char *from = base + offsets[i];
		char *to = base + 4 * HUGE + offsets[(i + 1) % 3];

		ASSERT_EQ(from, mmap(from, size, RW, MAP_PRIVATE |
				     MAP_ANONYMOUS | MAP_FIXED, -1, 0));
		for (size_t at = 0; at < size; at += 16 * XT_PAGE)
			xt_fill(from + at, 64, at);
		ASSERT_EQ(to, mremap(from, size, size,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
		EXPECT_FALSE(can_read(from));
		for (size_t at = 0; at < size; at += 16 * XT_PAGE)
			ASSERT_TRUE(xt_filled(to + at, 64, at));
		ASSERT_EQ(from, mremap(to, size, size,
				       MREMAP_MAYMOVE | MREMAP_FIXED, from));
		for (size_t at = 0; at < size; at += 16 * XT_PAGE)
			ASSERT_TRUE(xt_filled(from + at, 64, at));
		EXPECT_FALSE(can_read(to));
	}
}

/* Where huge pages exist they are made and split; elsewhere it is the same. */
TEST(huge_hints_split_and_merge)
{
	char *area = anon(4 * HUGE, RW);
	char *mem = (char *)(((uintptr_t)area + HUGE) & ~(HUGE - 1));
	uint64_t sum;

	catch_segv();
	madvise(mem, 2 * HUGE, MADV_HUGEPAGE);
	xt_fill(mem, 2 * HUGE, 11);
	ASSERT_EQ(0, mprotect(mem + 5 * XT_PAGE, XT_PAGE, PROT_READ));
	EXPECT_FALSE(can_write(mem + 5 * XT_PAGE));
	EXPECT_TRUE(can_write(mem + 4 * XT_PAGE));
	EXPECT_TRUE(can_write(mem + 6 * XT_PAGE));
	ASSERT_EQ(0, mprotect(mem + 5 * XT_PAGE, XT_PAGE, RW));
	EXPECT_TRUE(xt_filled(mem, 2 * HUGE, 11));
	ASSERT_EQ(0, munmap(mem + HUGE, XT_PAGE));
	EXPECT_FALSE(can_read(mem + HUGE));
	EXPECT_TRUE(can_read(mem + HUGE + XT_PAGE));
	EXPECT_TRUE(xt_filled(mem, HUGE, 11));
	ASSERT_EQ(0, madvise(mem + 9 * XT_PAGE, XT_PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, mem[9 * XT_PAGE]);
	sum = xt_sum(mem, 9 * XT_PAGE);
	/* Ask for it to be one again; it may say no, the data stays. */
	madvise(mem, HUGE, MADV_COLLAPSE);
	EXPECT_EQ(0, mem[9 * XT_PAGE + 77]);
	EXPECT_EQ(sum, xt_sum(mem, 9 * XT_PAGE));
}

struct writer {
	pthread_t thread;
	volatile uint64_t *word;
	volatile bool stop;
	volatile uint64_t faults;
	int cpu;
};

static void *write_on(void *arg)
{
	struct writer *w = arg;

	xt_pin(w->cpu);
	while (!w->stop) {
		armed = 1;
		if (!sigsetjmp(env, 0)) {
			while (!w->stop)
				++*w->word;
		} else {
			w->faults++;
			sched_yield();
		}
		armed = 0;
	}
	return NULL;
}

/*
 * When mprotect() has returned, no CPU may write any more: a stale entry in
 * the other CPU's TLB would let it.
 */
TEST(other_cpu_sees_protection)
{
	struct writer w = { 0 };
	uint64_t one, two;
	char *mem = anon(XT_PAGE, RW);

	XT_NEED_CPUS(2);
	catch_segv();
	w.word = (uint64_t *)mem;
	w.cpu = xt_nth_cpu(1);
	xt_pin(xt_nth_cpu(0));
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, write_on, &w));
	for (int round = 0; round < 30; round++) {
		uint64_t until = xt_now() + 5 * XT_SEC;

		ASSERT_EQ(0, mprotect(mem, XT_PAGE, PROT_READ));
		one = *w.word;
		usleep(500);
		two = *w.word;
		ASSERT_EQ(one, two)
			TH_LOG("written after it was protected, round %d", round);
		ASSERT_EQ(0, mprotect(mem, XT_PAGE, RW));
		while (*w.word == two && xt_now() < until)
			sched_yield();
		ASSERT_NE(*w.word, two);
	}
	w.stop = true;
	pthread_join(w.thread, NULL);
	EXPECT_GT(w.faults, 0);
}

struct reader {
	pthread_t thread;
	volatile uint64_t *word;
	volatile uint64_t epoch;	/* odd: old page; even: new one */
	volatile bool stop;
	volatile bool stale;
	volatile uint64_t reads;
	int cpu;
};

static void *read_on(void *arg)
{
	struct reader *r = arg;

	xt_pin(r->cpu);
	while (!r->stop) {
		uint64_t before = r->epoch, value = *r->word;

		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		r->reads++;
		/* Only what was read wholly within one epoch counts. */
		if (before == r->epoch && !(before & 1) && value != before)
			r->stale = true;
	}
	return NULL;
}

/* A page is replaced: the old one must not be seen once mmap() has returned. */
TEST(other_cpu_sees_replacement)
{
	struct reader r = { 0 };
	char *mem = anon(XT_PAGE, RW);

	XT_NEED_CPUS(2);
	r.word = (uint64_t *)mem;
	r.cpu = xt_nth_cpu(1);
	xt_pin(xt_nth_cpu(0));
	ASSERT_EQ(0, pthread_create(&r.thread, NULL, read_on, &r));
	for (uint64_t epoch = 2; epoch < 80; epoch += 2) {
		uint64_t seen = r.reads, until = xt_now() + 5 * XT_SEC;

		r.epoch = epoch - 1;
		ASSERT_EQ(mem, mmap(mem, XT_PAGE, RW, MAP_PRIVATE |
				    MAP_ANONYMOUS | MAP_FIXED, -1, 0));
		*r.word = epoch;
		r.epoch = epoch;
		while (r.reads < seen + 20 && xt_now() < until)
			sched_yield();
	}
	r.stop = true;
	pthread_join(r.thread, NULL);
	EXPECT_FALSE(r.stale);
}

struct mapper {
	pthread_t thread;
	int id;
	bool broken;
};

static void *map_on(void *arg)
{
	struct mapper *m = arg;
	uint64_t seed = m->id;

	for (int i = 0; i < 40 && !m->broken; i++) {
		size_t size = (1 + xt_random(&seed) % 40) * XT_PAGE;
		char *p = anon(size, RW);

		if (!p) {
			m->broken = true;
			break;
		}
		for (size_t at = 0; at < size; at += XT_PAGE)
			xt_fill(p + at, 64, at + m->id);
		mprotect(p, size / 2, PROT_READ);
		for (size_t at = 0; at < size; at += XT_PAGE)
			if (!xt_filled(p + at, 64, at + m->id))
				m->broken = true;
		munmap(p, size);
	}
	return NULL;
}

/* Threads of one process map and unmap at the same time. */
TEST(threads_share_tables)
{
	struct mapper m[4] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		m[i].id = i;
		ASSERT_EQ(0, pthread_create(&m[i].thread, NULL, map_on, &m[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		pthread_join(m[i].thread, NULL);
		EXPECT_FALSE(m[i].broken);
	}
}

TEST(locked_and_populated)
{
	size_t size = 128 * XT_PAGE;
	char *p = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS |
		       MAP_POPULATE | MAP_LOCKED, -1, 0);
	unsigned char core[128];

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, mincore(p, size, core));
	for (int i = 0; i < 128; i++)
		EXPECT_EQ(1, core[i] & 1);
	xt_fill(p, size, 12);
	ASSERT_EQ(0, munlock(p, size));
	EXPECT_TRUE(xt_filled(p, size, 12));
	ASSERT_EQ(0, madvise(p, size, MADV_DONTNEED));
	EXPECT_EQ(0, p[5]);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
