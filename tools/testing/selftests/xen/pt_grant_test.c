// SPDX-License-Identifier: GPL-2.0
/*
 * Entries that the hypervisor writes, in a table of which another process takes
 * the kernel's entries: a file's pages leave all tables when it is cut short.
 * In a PV domain the kernel may want such a table for itself meanwhile.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "own_grants.h"
#include "xentest.h"

#define RW	(PROT_READ | PROT_WRITE)
#define TABLE	512UL				/* pages of one table */
#define NR	XT_GRANT_MAX			/* half of them */
#define FILE_PAGES	(TABLE - NR)
#define FILE_SIZE	(FILE_PAGES * XT_PAGE)

struct file {
	char *mem;			/* its pages, and room for the grants */
	int fd, filled[2], cut[2];
	unsigned int cuts;
	bool stop;
};

FIXTURE(table) {
	XT_OWN_GRANTS;
	struct file file;
};

FIXTURE_SETUP(table)
{
	struct file *file = &self->file;
	char *p;

	XT_NEED_PV();
	XT_GRANT_TO_SELF(NR);
	ASSERT_EQ(0, pipe(file->filled));
	ASSERT_EQ(0, pipe(file->cut));
	file->fd = memfd_create("table", 0);
	ASSERT_GE(file->fd, 0);
	ASSERT_EQ(0, ftruncate(file->fd, FILE_SIZE));
	p = mmap(NULL, 2 * TABLE * XT_PAGE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	p = (char *)(((uintptr_t)p + TABLE * XT_PAGE - 1) & -(TABLE * XT_PAGE));
	ASSERT_EQ(p, mmap(p, FILE_SIZE, RW, MAP_SHARED | MAP_FIXED, file->fd, 0));
	file->mem = p;
}

FIXTURE_TEARDOWN(table)
{
	close(self->file.fd);
	close(self->dev);
	close(self->alloc);
}

/* Takes the file's pages from everyone, each time when it is told that they are there. */
static pid_t start_cutting(struct file *file)
{
	pid_t pid = fork();
	char c;

	if (pid)
		return pid;
	close(file->filled[1]);
	close(file->cut[0]);
	while (read(file->filled[0], &c, 1) == 1)
		if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			      FILE_SIZE) || write(file->cut[1], &c, 1) != 1)
			_exit(1);
	_exit(0);
}

/* And this brings them back. */
static void *fill(void *arg)
{
	struct file *file = arg;
	char c = 1;

	while (!__atomic_load_n(&file->stop, __ATOMIC_RELAXED)) {
		for (size_t i = 0; i < FILE_PAGES; i++)
			file->mem[i * XT_PAGE] = c;
		if (write(file->filled[1], &c, 1) != 1 || read(file->cut[0], &c, 1) != 1)
			break;
		file->cuts++;
	}
	close(file->filled[1]);
	return NULL;
}

TEST_F(table, cut_while_grants_are_mapped)
{
	uint64_t end = xt_now() + 8 * XT_SEC, index;
	struct file *file = &self->file;
	pthread_t filler;
	int status, round;
	pid_t cutter;

	cutter = start_cutting(file);
	ASSERT_GT(cutter, 0);
	close(file->filled[0]);
	close(file->cut[1]);
	ASSERT_EQ(0, pthread_create(&filler, NULL, fill, file));
	for (round = 0; round < 4 || xt_now() < end; round++) {
		char *p;

		ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, self->g.ref, NR, &index));
		p = mmap(file->mem + FILE_SIZE, NR * XT_PAGE, RW, MAP_SHARED | MAP_FIXED,
			 self->dev, index);
		EXPECT_EQ(file->mem + FILE_SIZE, p)
			TH_LOG("round %d: errno %d", round, errno);
		if (p == MAP_FAILED)
			break;
		for (int i = 0; i < NR; i++)
			p[i * XT_PAGE] = round;
		EXPECT_EQ(0, munmap(p, NR * XT_PAGE));
		EXPECT_EQ(0, xt_gntdev_unmap(self->dev, index, NR));
	}
	__atomic_store_n(&file->stop, true, __ATOMIC_RELAXED);
	pthread_join(filler, NULL);
	TH_LOG("%d rounds, %u cuts", round, file->cuts);
	EXPECT_GT(file->cuts, 0);
	ASSERT_EQ(cutter, waitpid(cutter, &status, 0));
	EXPECT_EQ(0, status);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
