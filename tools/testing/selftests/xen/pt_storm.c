// SPDX-License-Identifier: GPL-2.0
/*
 * Storms on page tables, one process each, side by side for as many seconds as the argument says.
 * Every page carries data that tells whose it is and how often it was renewed; after each change
 * of the page tables some of it is looked at, and at the end all of it.
 *
 * No test by itself: "make stress" runs it, with swap and KSM at work.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define TABLE		512UL		/* pages below one table of the last level */
#define PAGES		(2 * TABLE)
#define RESERVED	(2UL << 30)	/* of the mmap storm: two tables of the level above */
#define CHILD		"XT_STORM_CHILD"

struct area {
	char *at;
	uint64_t random;
	uint32_t turn[PAGES];		/* how often each page was renewed */
};

/* A stretch of pages. */
struct row {
	size_t first, n;
};

static size_t below(struct area *a, size_t n)
{
	return xt_random(&a->random) % n;
}

/* Short ones and long ones: what is done to a whole table may differ. */
static struct row some_row(struct area *a)
{
	struct row r = { .first = below(a, PAGES) };
	size_t most = PAGES - r.first;

	r.n = 1 + below(a, below(a, 2) && most > 16 ? 16 : most);
	return r;
}

static char *page(const struct area *a, size_t i)
{
	return a->at + i * XT_PAGE;
}

static void renew(struct area *a, size_t i)
{
	a->turn[i]++;
	xt_fill(page(a, i), XT_PAGE, (uint64_t)a->turn[i] << 32 | i);
}

static bool right(const struct area *a, size_t i)
{
	return xt_filled(page(a, i), XT_PAGE, (uint64_t)a->turn[i] << 32 | i);
}

/* Looks at both ends of a row and at some pages in between. */
static bool row_right(struct area *a, struct row r)
{
	for (size_t i = 0; i < r.n; i += 1 + below(a, 32))
		if (!right(a, r.first + i))
			return false;
	return right(a, r.first + r.n - 1);
}

static void renew_some(struct area *a, struct row r)
{
	for (size_t i = below(a, 8); i < r.n; i += 1 + below(a, 64))
		renew(a, r.first + i);
}

static bool all_right(const struct area *a)
{
	for (size_t i = 0; i < PAGES; i++)
		if (!right(a, i))
			return false;
	return true;
}

/* Room that begins where a table does. */
static char *room(size_t pages, int prot)
{
	char *p = mmap(NULL, (pages + TABLE) * XT_PAGE, prot, ANON | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	return p + (-(uintptr_t)p & (TABLE * XT_PAGE - 1));
}

/* True if the child says so. */
static bool child_content(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* Children see the state of the fork, whatever parent and siblings write, and may fork in turn. */
static bool fork_turn(struct area *a)
{
	struct row r = some_row(a), other = some_row(a);
	pid_t pid = fork();

	if (!pid) {
		bool ok = row_right(a, r);

		a->random ^= getpid();
		renew_some(a, r);
		if (!below(a, 4))
			ok &= fork_turn(a);
		_exit(!(ok && row_right(a, r) && row_right(a, other)));
	}
	renew_some(a, other);
	return child_content(pid) && row_right(a, r);
}

static void check_argument(int argc, char **argv, const char *sum)
{
	static uint64_t fresh[4096];
	bool ok = argc == 2 && xt_sum(argv[1], strlen(argv[1])) == strtoull(sum, NULL, 16);

	for (size_t i = 0; i < sizeof(fresh) / sizeof(*fresh); i++)
		ok &= !fresh[i];
	_exit(!ok);
}

/* A new program gets what it was given, and a bss that nobody has used. */
static bool exec_turn(struct area *a)
{
	static char text[100000];
	size_t n = 1 + below(a, sizeof(text) - 1);
	char sum[64], name[] = "storm";
	char *const argv[] = { name, text, NULL }, *const envp[] = { sum, NULL };
	pid_t pid;

	for (size_t i = 0; i < n; i++)
		text[i] = 'a' + (xt_random(&a->random) & 15);
	text[n] = 0;
	snprintf(sum, sizeof(sum), CHILD "=%llx", (unsigned long long)xt_sum(text, n));
	pid = below(a, 2) ? vfork() : fork();
	if (!pid) {
		execve("/proc/self/exe", argv, envp);
		_exit(20);
	}
	return child_content(pid);
}

/* Mappings come and go anywhere; what is given up is gone, the rest stays. */
static bool mmap_turn(struct area *a)
{
	static char *reserved;
	size_t n = 3 + below(a, 600), at, cut;
	char *p;

	if (!reserved)
		reserved = mmap(NULL, RESERVED, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	at = below(a, RESERVED / XT_PAGE - n);
	p = mmap(reserved + at * XT_PAGE, n * XT_PAGE, RW, ANON | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		return false;
	cut = 1 + below(a, n - 2);
	for (size_t i = 0; i < n; i += 1 + (i > 8) * below(a, 8))
		memset(p + i * XT_PAGE, i, XT_PAGE);
	for (size_t i = 0; i < cut && i <= 8; i++)
		if (p[i * XT_PAGE] != (char)i)
			return false;
	if (madvise(p + cut * XT_PAGE, (n - cut) * XT_PAGE, MADV_DONTNEED) ||
	    p[cut * XT_PAGE] || p[(n - 1) * XT_PAGE])
		return false;
	if (munmap(p + cut * XT_PAGE, XT_PAGE) || p[0])
		return false;
	return mmap(p, n * XT_PAGE, PROT_NONE, ANON | MAP_NORESERVE | MAP_FIXED, -1, 0) == p;
}

/* The kernel's own accesses tell what may be done with a page, without signals. */
static bool may(int pipes[2], char *p, bool write_it)
{
	char c = *"x";

	if (!write_it)
		return write(pipes[1], p, 1) == 1 && read(pipes[0], &c, 1) == 1;
	if (write(pipes[1], &c, 1) != 1)
		return false;
	if (read(pipes[0], p, 1) == 1)
		return true;
	return read(pipes[0], &c, 1) != 1;	/* wrong in any case: it must be there still */
}

static bool kernel_sees(struct area *a, int pipes[2], struct row r, int prot)
{
	bool readable = prot != PROT_NONE, writable = prot == RW;
	char *p = page(a, r.first + below(a, r.n)), keep;

	if (may(pipes, p, false) != readable)
		return false;
	keep = readable ? *p : 0;
	if (may(pipes, p, true) != writable)
		return false;
	if (writable)
		*p = keep;
	return true;
}

/* Reads its page all the time, in the same table as the pages whose protection changes. */
static void *reader(void *data)
{
	const struct area *a = data;

	while (right(a, 0))
		;
	fprintf(stderr, "mprotect: the neighbour lost its data\n");
	_exit(1);
}

static bool mprotect_turn(struct area *a)
{
	static const int prots[] = { PROT_NONE, PROT_READ, RW };
	static pthread_t thread;
	static int pipes[2];
	struct row r = some_row(a);
	int prot = prots[below(a, 3)];

	if (!thread && (pipe2(pipes, O_NONBLOCK) || pthread_create(&thread, NULL, reader, a)))
		return false;
	r.first += !r.first;
	r.n -= r.first + r.n > PAGES;
	if (!r.n)
		return true;
	if (mprotect(page(a, r.first), r.n * XT_PAGE, prot) || !kernel_sees(a, pipes, r, prot))
		return false;
	if (mprotect(page(a, r.first), r.n * XT_PAGE, RW) || !row_right(a, r))
		return false;
	renew_some(a, r);
	return true;
}

/*
 * A row moves away, is renewed there, and moves back.  Where both places have the whole table, the
 * kernel moves that.
 */
static bool mremap_turn(struct area *a)
{
	static char *other;
	struct row r = some_row(a);
	size_t shift = below(a, PAGES) * XT_PAGE, size;
	struct area there = *a;
	char *home;

	if (below(a, 2)) {
		r = (struct row){ .first = below(a, 2) * TABLE, .n = TABLE };
		shift = below(a, 2) * TABLE * XT_PAGE;
	}
	size = r.n * XT_PAGE;
	home = page(a, r.first);
	if (!other)
		other = room(2 * PAGES, PROT_NONE);
	if (mremap(home, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other + shift) !=
	    other + shift)
		return false;
	there.at = other + shift - r.first * XT_PAGE;
	if (!row_right(&there, r))
		return false;
	renew_some(&there, r);
	memcpy(a->turn, there.turn, sizeof(a->turn));
	if (mremap(other + shift, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, home) != home)
		return false;
	if (mmap(other + shift, size, PROT_NONE, ANON | MAP_NORESERVE | MAP_FIXED, -1, 0) !=
	    other + shift)
		return false;
	return row_right(a, r);
}

/* Pages are sent to swap, and come back by being looked at, in the process or its child. */
static bool swap_turn(struct area *a)
{
	struct row r = some_row(a);
	pid_t pid;

	if (madvise(page(a, r.first), r.n * XT_PAGE, MADV_PAGEOUT))
		return false;
	if (!below(a, 4)) {
		pid = fork();
		if (!pid)
			_exit(!row_right(a, r));
		renew_some(a, r);
		return child_content(pid) && row_right(a, r);
	}
	renew_some(a, r);
	return row_right(a, r);
}

/* Pages of few contents get merged; writing to one parts it from the others. */
static bool merge_turn(struct area *a)
{
	static unsigned char content[PAGES];
	struct row r = some_row(a);

	if (!content[0]) {
		if (madvise(a->at, PAGES * XT_PAGE, MADV_MERGEABLE))
			return false;
		for (size_t i = 0; i < PAGES; i++)
			memset(page(a, i), content[i] = 1 + i % 4, XT_PAGE);
	}
	xt_sleep_ms(20);
	for (size_t i = r.first; i < r.first + r.n; i++) {
		const char *p = page(a, i);

		if (p[0] != content[i] || memcmp(p, p + 1, XT_PAGE - 1))
			return false;
		if (!below(a, 8))
			memset(page(a, i), content[i] = 1 + below(a, 4), XT_PAGE);
	}
	return true;
}

static const struct storm {
	const char *name;
	bool (*turn)(struct area *a);
	bool own_content;
} storms[] = {
	{ "fork", fork_turn },
	{ "exec", exec_turn },
	{ "mmap", mmap_turn },
	{ "mprotect", mprotect_turn },
	{ "mremap", mremap_turn },
	{ "swap", swap_turn },
	{ "merge", merge_turn, .own_content = true },
};

#define STORMS	(sizeof(storms) / sizeof(*storms))

static int blow(const struct storm *s, uint64_t until)
{
	struct area a = { .random = xt_now() ^ getpid() };
	uint64_t began = a.random;
	unsigned long turns = 0;

	a.at = room(PAGES, RW);
	if (!a.at)
		return 1;
	for (size_t i = 0; i < PAGES; i++)
		renew(&a, i);
	while (xt_now() < until) {
		errno = 0;
		if (!s->turn(&a)) {
			printf("%s: turn %lu went wrong (errno %d, begun with %llx)\n", s->name,
			       turns, errno, (unsigned long long)began);
			return 1;
		}
		turns++;
	}
	if (!s->own_content && !all_right(&a)) {
		printf("%s: wrong data after %lu turns\n", s->name, turns);
		return 1;
	}
	printf("%s: %lu turns\n", s->name, turns);
	return !turns;
}

int main(int argc, char **argv)
{
	const char *sum = getenv(CHILD);
	uint64_t until;
	pid_t pid[STORMS];
	int bad = 0;

	if (sum)
		check_argument(argc, argv, sum);
	if (argc != 2 || atoi(argv[1]) < 1) {
		fprintf(stderr, "usage: %s SECONDS\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	until = xt_now() + atoi(argv[1]) * XT_SEC;
	for (size_t i = 0; i < STORMS; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(blow(&storms[i], until));
	}
	for (size_t i = 0; i < STORMS; i++) {
		if (child_content(pid[i]))
			continue;
		printf("%s failed\n", storms[i].name);
		bad++;
	}
	return bad;
}
