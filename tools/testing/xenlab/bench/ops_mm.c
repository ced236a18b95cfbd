// SPDX-License-Identifier: GPL-2.0
/* Address spaces: mapping, faulting, protecting, copying on write. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PAGE		4096UL
#define MIB		1048576UL

static char *area;
static size_t area_size;

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	/* Huge pages do not exist under PV: without this the columns would differ in kind. */
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(char *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += PAGE)
		poke(p + i);
}

static int area_setup(size_t size)
{
	area_size = size;
	area = map(size);
	touch(area, size);
	return 0;
}

static void area_teardown(void)
{
	munmap(area, area_size);
}

static int area_1m_setup(void)
{
	return area_setup(MIB);
}

static int area_8m_setup(void)
{
	return area_setup(8 * MIB);
}

static int area_32m_setup(void)
{
	return area_setup(32 * MIB);
}

static void map_run(long n)
{
	while (n--) {
		char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			die("mmap");
		munmap(p, PAGE);
	}
}

/* Pages beside pages that stay: the middle of the area goes and comes back. */
static void unmap_run(long n, size_t size)
{
	char *p = area + area_size / 2;

	while (n--) {
		if (madvise(p, size, MADV_DONTNEED))
			die("madvise");
		touch(p, size);
	}
}

static void unmap_4k_run(long n)
{
	unmap_run(n, PAGE);
}

static void unmap_64k_run(long n)
{
	unmap_run(n, 16 * PAGE);
}

static void faults_run(long n)
{
	while (n--) {
		char *p = map(MIB);

		touch(p, MIB);
		munmap(p, MIB);
	}
}

static void mprotect_run(long n)
{
	while (n--) {
		if (mprotect(area, area_size, PROT_READ) ||
		    mprotect(area, area_size, PROT_READ | PROT_WRITE))
			die("mprotect");
	}
}

static void fork_once(int child_writes)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		if (child_writes)
			touch(area, area_size);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* fork() write-protects every page; the parent takes them back, none is copied. */
static void fork_rewrite_run(long n)
{
	while (n--) {
		fork_once(0);
		touch(area, area_size);
	}
}

/* Each page is copied when the child writes to it. */
static void fork_copy_run(long n)
{
	while (n--)
		fork_once(1);
}

static void mremap_run(long n)
{
	while (n--) {
		char *to = mmap(NULL, area_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (to == MAP_FAILED)
			die("mmap");
		/* Moves the 256 entries to another place. */
		area = mremap(area, area_size, area_size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
		if (area == MAP_FAILED)
			die("mremap");
	}
}

const struct op mm_ops[] = {
	{ .key = "fork_32m", .setup = area_32m_setup, .run = fork_rewrite_run,
	  .teardown = area_teardown, .n = 2 },
	{ .key = "copy_8m", .setup = area_8m_setup, .run = fork_copy_run,
	  .teardown = area_teardown, .n = 2 },
	{ .key = "mmap", .run = map_run, .n = 12000 },
	{ .key = "unmap_4k", .setup = area_1m_setup, .run = unmap_4k_run,
	  .teardown = area_teardown, .n = 400 },
	{ .key = "unmap_64k", .setup = area_1m_setup, .run = unmap_64k_run,
	  .teardown = area_teardown, .n = 40 },
	{ .key = "faults_256", .run = faults_run, .n = 10 },
	{ .key = "mprotect", .setup = area_1m_setup, .run = mprotect_run,
	  .teardown = area_teardown, .n = 20 },
	{ .key = "mremap", .setup = area_1m_setup, .run = mremap_run,
	  .teardown = area_teardown, .n = 20 },
	{ }
};
