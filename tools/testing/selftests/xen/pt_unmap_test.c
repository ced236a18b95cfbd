// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables under munmap, MADV_DONTNEED and truncation: entries that the
 * kernel takes away with instructions of its own.  In a PV domain these trap:
 * the hypervisor emulates them, or the kernel takes the fault.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "privcmd.h"
#include "xentest.h"

#define RW	(PROT_READ | PROT_WRITE)
#define HUGE	(2UL << 20)
#define TABLE	(HUGE / XT_PAGE)	/* pages of one table */

static __thread sigjmp_buf env;
static __thread volatile sig_atomic_t armed;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	if (!armed)
		_exit(99);
	siglongjmp(env, 1);
}

static void catch_faults(void)
{
	struct sigaction act = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
}

static bool can_read(volatile char *p)
{
	bool ok = false;

	armed = 1;
	if (!sigsetjmp(env, 0)) {
		*p;
		ok = true;
	}
	armed = 0;
	return ok;
}

/* Room for @tables tables, at an address where one begins. */
static char *room(size_t tables, int prot)
{
	char *p = mmap(NULL, (tables + 1) * HUGE, prot,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	p = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
	madvise(p, tables * HUGE, MADV_NOHUGEPAGE);
	return p;
}

/* Each page says which one it is. */
static void mark(char *mem, size_t pages, uint64_t seed)
{
	for (size_t i = 0; i < pages; i++)
		*(uint64_t *)(mem + i * XT_PAGE) = seed + i;
}

/* How many pages from the first one on are as they were marked. */
static size_t marked(const char *mem, size_t pages, uint64_t seed)
{
	size_t i = 0;

	while (i < pages && *(volatile uint64_t *)(mem + i * XT_PAGE) == seed + i)
		i++;
	return i;
}

static size_t zeroes(const char *mem, size_t pages)
{
	size_t i = 0;

	while (i < pages && !*(volatile uint64_t *)(mem + i * XT_PAGE))
		i++;
	return i;
}

/* Nearly all of a table, the middle of it, its ends, and more than one. */
TEST(dense_tables)
{
	static const struct {
		size_t from, to;
	} hole[] = {
		{ 0, TABLE }, { 1, TABLE }, { 100, 400 }, { 0, 300 },
		{ 300, TABLE + 300 }, { 5, 2 * TABLE - 5 },
	};
	char *mem = room(2, RW);

	ASSERT_NE(NULL, mem);
	catch_faults();
	for (size_t i = 0; i < 3 * ARRAY_SIZE(hole); i++) {
		size_t from = hole[i % ARRAY_SIZE(hole)].from;
		size_t to = hole[i % ARRAY_SIZE(hole)].to;
		char *gone = mem + from * XT_PAGE;
		size_t size = (to - from) * XT_PAGE;

		mark(mem, 2 * TABLE, i);
		if (i & 1) {
			ASSERT_EQ(0, madvise(gone, size, MADV_DONTNEED));
			ASSERT_EQ(to - from, zeroes(gone, to - from));
		} else {
			ASSERT_EQ(0, munmap(gone, size));
			ASSERT_FALSE(can_read(gone));
			ASSERT_FALSE(can_read(gone + size - XT_PAGE));
			ASSERT_EQ(gone, mmap(gone, size, RW, MAP_PRIVATE | MAP_FIXED |
					     MAP_ANONYMOUS, -1, 0));
			madvise(gone, size, MADV_NOHUGEPAGE);
		}
		ASSERT_EQ(from, marked(mem, from, i));
		ASSERT_EQ(2 * TABLE - to, marked(mem + to * XT_PAGE, 2 * TABLE - to, i + to));
	}
}

/* Many entries, of which one goes at a time. */
TEST(page_by_page)
{
	char *mem = room(1, RW);
	bool gone[TABLE] = { };
	uint64_t seed = 5;

	ASSERT_NE(NULL, mem);
	mark(mem, TABLE, 77);
	for (int round = 0; round < 200; round++) {
		size_t i = xt_random(&seed) % TABLE;

		ASSERT_EQ(0, madvise(mem + i * XT_PAGE, XT_PAGE, MADV_DONTNEED));
		gone[i] = true;
	}
	for (size_t i = 0; i < TABLE; i++)
		ASSERT_EQ(gone[i] ? 0 : 77 + i, *(uint64_t *)(mem + i * XT_PAGE));
}

/* Copying on write changes single entries with an instruction, all in between. */
TEST(between_copies)
{
	size_t pages = 200;
	char *mem = room(1, RW);
	int status;
	pid_t pid;

	ASSERT_NE(NULL, mem);
	for (int round = 0; round < 8; round++) {
		mark(mem, pages, round);
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			char *own = room(1, RW);

			mark(own, pages, 1000);
			mark(mem, pages, 2000);
			munmap(own, pages * XT_PAGE);
			mark(mem, pages, 3000);
			_exit(marked(mem, pages, 3000) != pages);
		}
		mark(mem, pages / 2, 100);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
		ASSERT_EQ(pages / 2, marked(mem, pages / 2, 100));
		ASSERT_EQ(pages / 2, marked(mem + pages / 2 * XT_PAGE, pages / 2,
					    round + pages / 2));
	}
}

struct neighbour {
	pthread_t thread;
	char *mem;
	size_t pages;
	volatile bool stop;
	volatile uint64_t rounds;
	bool broken;
};

/* Reads and writes its pages all the time, and has the kernel do so. */
static void *stay(void *arg)
{
	struct neighbour *n = arg;
	int fd[2];

	if (pipe(fd))
		n->broken = true;
	for (uint64_t round = 0; !n->stop && !n->broken; round++) {
		char *page = n->mem + round % n->pages * XT_PAGE;
		uint64_t got;

		if (n->rounds && marked(n->mem, n->pages, round - 1) != n->pages)
			n->broken = true;
		mark(n->mem, n->pages, round);
		if (write(fd[1], page, sizeof(got)) != sizeof(got) ||
		    read(fd[0], page + 8, sizeof(got)) != sizeof(got) ||
		    *(uint64_t *)(page + 8) != *(uint64_t *)page)
			n->broken = true;
		n->rounds++;
	}
	close(fd[0]);
	close(fd[1]);
	return NULL;
}

/*
 * While a table is being emptied, others use the rest of it. Two emulated CPUs
 * that have to tell each other of each change may take a second for a round.
 */
TEST(neighbours_in_the_table)
{
	struct neighbour n = { .pages = 40 };
	uint64_t end = xt_now() + 5 * XT_SEC;
	char *mem = room(1, RW);

	ASSERT_NE(NULL, mem);
	n.mem = mem + 300 * XT_PAGE;
	mark(n.mem, n.pages, 0);
	ASSERT_EQ(0, pthread_create(&n.thread, NULL, stay, &n));
	for (int round = 0; round < 25 && !n.broken; round++) {
		if (round > 2 && xt_now() > end)
			break;
		mark(mem, 300, round);
		ASSERT_EQ(300, marked(mem, 300, round));
		ASSERT_EQ(0, madvise(mem, 300 * XT_PAGE, MADV_DONTNEED));
		ASSERT_EQ(300, zeroes(mem, 300));
		ASSERT_EQ(0, mprotect(mem, 300 * XT_PAGE, PROT_READ));
		ASSERT_EQ(0, mprotect(mem, 300 * XT_PAGE, RW));
	}
	n.stop = true;
	pthread_join(n.thread, NULL);
	EXPECT_FALSE(n.broken);
	EXPECT_GT(n.rounds, 1);
}

/* A file is cut short by who has not mapped it; its pages leave all tables. */
TEST(truncated_by_another)
{
	size_t size = HUGE, half = size / 2;
	int fd = memfd_create("unmap", 0), status;
	char *mem = room(1, PROT_NONE);
	pid_t pid;

	ASSERT_GE(fd, 0);
	ASSERT_NE(NULL, mem);
	catch_faults();
	ASSERT_EQ(0, ftruncate(fd, size));
	ASSERT_EQ(mem, mmap(mem, size, RW, MAP_SHARED | MAP_FIXED, fd, 0));
	for (int round = 0; round < 5; round++) {
		mark(mem, TABLE, round);
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			munmap(mem, size);
			_exit(ftruncate(fd, half) || ftruncate(fd, size));
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
		ASSERT_EQ(TABLE / 2, marked(mem, TABLE / 2, round));
		ASSERT_EQ(TABLE / 2, zeroes(mem + half, TABLE / 2));
	}
	ASSERT_EQ(0, ftruncate(fd, half));
	EXPECT_TRUE(can_read(mem));
	EXPECT_FALSE(can_read(mem + half));
	close(fd);
}

/* Writes to a file that is cut short all the time, until it is killed. */
static void map_until_killed(int fd)
{
	char *mem = room(1, PROT_NONE);

	catch_faults();
	mmap(mem, HUGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	for (;;) {
		armed = 1;
		if (!sigsetjmp(env, 0))
			mark(mem, TABLE, 1);
	}
}

/* A file is cut short while a process goes that has mapped it. */
TEST(truncated_while_mappers_die)
{
	int fd = memfd_create("unmap", 0), status;
	uint64_t end = xt_now() + 6 * XT_SEC, seed = 3;
	pid_t cutter, pid;

	ASSERT_GE(fd, 0);
	cutter = fork();
	ASSERT_GE(cutter, 0);
	while (!cutter)
		if (ftruncate(fd, HUGE) || usleep(500) || ftruncate(fd, 0))
			_exit(1);
	for (int round = 0; round < 60 && xt_now() < end; round++) {
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid)
			map_until_killed(fd);
		usleep(2000 + xt_random(&seed) % 20000);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(SIGKILL, status);
	}
	EXPECT_EQ(0, waitpid(cutter, &status, WNOHANG));
	kill(cutter, SIGKILL);
	waitpid(cutter, &status, 0);
	close(fd);
}

/* Whether hypercalls find a buffer while @pid runs. */
static bool buffer_stays(int fd, void *buffer, pid_t pid)
{
	bool ok = true;
	int status;

	do {
		if (xt_hypercall(fd, XT_HYP_XEN_VERSION, XT_XENVER_EXTRAVERSION,
				 (uintptr_t)buffer, 0) < 0)
			ok = false;
	} while (!waitpid(pid, &status, WNOHANG));
	return ok && !status;
}

/* The hypervisor looks at a table while another process empties it. */
TEST(truncated_under_hypercalls)
{
	int fd = memfd_create("unmap", 0), privcmd = xt_privcmd_open();
	size_t size = HUGE - 16 * XT_PAGE;
	char *mem = room(1, RW);
	pid_t pid;

	if (privcmd < 0 || xt_hypercall(privcmd, XT_HYP_XEN_VERSION, XT_XENVER_VERSION, 0, 0) < 0)
		SKIP(return, "no hypercalls");
	ASSERT_GE(fd, 0);
	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, ftruncate(fd, size));
	ASSERT_EQ(mem, mmap(mem, size, RW, MAP_SHARED | MAP_FIXED, fd, 0));
	mark(mem + size, 16, 7);
	/* Copying on write is nothing that the hypervisor does. */
	ASSERT_EQ(0, madvise(mem + size, 16 * XT_PAGE, MADV_DONTFORK));
	for (int round = 0; round < 8; round++) {
		mark(mem, size / XT_PAGE, round);
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid)
			_exit(ftruncate(fd, 0) || ftruncate(fd, size));
		EXPECT_TRUE(buffer_stays(privcmd, mem + size, pid));
		EXPECT_EQ(size / XT_PAGE, zeroes(mem, size / XT_PAGE));
	}
	EXPECT_EQ(15, marked(mem + size + XT_PAGE, 15, 8));
	close(privcmd);
	close(fd);
}

struct mixer {
	pthread_t thread;
	uint64_t seed;
	int rounds;
	bool broken;
};

/* A child looks at the pages, writes to half of them, and goes. */
static bool child_agrees(char *mem, size_t pages, uint64_t seed)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (marked(mem, pages, seed) != pages)
			_exit(1);
		mark(mem, pages / 2, 9);
		munmap(mem + pages / 2 * XT_PAGE, (pages - pages / 2) * XT_PAGE);
		_exit(marked(mem, pages / 2, 9) != pages / 2);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static bool mix_once(uint64_t *seed, uint64_t tag)
{
	size_t pages = 1 + xt_random(seed) % 400, cut = xt_random(seed) % pages;
	char *mem = room(1, RW), *rest = mem + cut * XT_PAGE;
	bool ok;

	if (!mem)
		return false;
	mark(mem, pages, tag);
	mprotect(mem, pages * XT_PAGE, PROT_READ);
	ok = marked(mem, pages, tag) == pages;
	mprotect(mem, pages * XT_PAGE, RW);
	if (xt_random(seed) % 4 == 0)
		ok = ok && child_agrees(mem, pages, tag);
	if (cut) {
		ok = ok && !madvise(mem, cut * XT_PAGE, MADV_DONTNEED);
		ok = ok && zeroes(mem, cut) == cut;
	}
	ok = ok && marked(rest, pages - cut, tag + cut) == pages - cut;
	munmap(mem, HUGE);
	return ok;
}

static void *mix(void *arg)
{
	struct mixer *m = arg;

	for (int i = 0; i < m->rounds && !m->broken; i++)
		if (!mix_once(&m->seed, m->seed))
			m->broken = true;
	return NULL;
}

static bool mix_threads(int threads, int rounds, uint64_t seed)
{
	struct mixer m[4] = { };
	bool ok = true;

	for (int i = 0; i < threads; i++) {
		m[i].seed = seed + i;
		m[i].rounds = rounds;
		if (pthread_create(&m[i].thread, NULL, mix, &m[i]))
			_exit(98);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(m[i].thread, NULL);
		ok = ok && !m[i].broken;
	}
	return ok;
}

/* Threads of several processes map, protect, fork and unmap at the same time. */
TEST(all_at_once)
{
	pid_t pid[3];
	int status;

	for (int i = 0; i < ARRAY_SIZE(pid); i++) {
		pid[i] = fork();
		ASSERT_GE(pid[i], 0);
		if (!pid[i])
			_exit(!mix_threads(2, 12, 100 * i + 1));
	}
	EXPECT_TRUE(mix_threads(4, 8, 1000));
	for (int i = 0; i < ARRAY_SIZE(pid); i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
