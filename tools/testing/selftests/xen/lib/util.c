// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

uint64_t xt_clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * XT_SEC + ts.tv_nsec;
}

uint64_t xt_now(void)
{
	return xt_clock_ns(CLOCK_MONOTONIC);
}

void xt_sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * XT_MS };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

int xt_poll_in(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int ret = poll(&p, 1, ms);

	if (ret < 0)
		return -errno;
	return ret && (p.revents & POLLIN);
}

int xt_read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, buf, size - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	if (len < 0)
		return len;
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = 0;
	return len;
}

int xt_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = write(fd, text, strlen(text));
	if (len < 0)
		len = -errno;
	close(fd);
	return len < 0 ? len : 0;
}

int xt_read_ulong(const char *path, unsigned long *value)
{
	char buf[64], *end;
	int ret = xt_read_text(path, buf, sizeof(buf));

	if (ret < 0)
		return ret;
	*value = strtoul(buf, &end, 0);
	return end == buf || *end ? -EINVAL : 0;
}

int xt_write_ulong(const char *path, unsigned long value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%lu", value);
	return xt_write_text(path, buf);
}

int xt_count_lines(const char *path, const char *word)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int count = 0;

	if (!f)
		return -errno;
	while (getline(&line, &size, f) >= 0)
		count += !!strstr(line, word);
	free(line);
	fclose(f);
	return count;
}

/* sched_getaffinity() would say what this task may use, not what is online. */
static void online_cpus(cpu_set_t *set)
{
	char buf[1024], *p = buf;

	CPU_ZERO(set);
	if (xt_read_text("/sys/devices/system/cpu/online", buf, sizeof(buf)) < 0)
		snprintf(buf, sizeof(buf), "0");
	while (*p) {
		long first = strtol(p, &p, 10), last = first;

		if (*p == '-')
			last = strtol(p + 1, &p, 10);
		while (first <= last)
			CPU_SET(first++, set);
		p += *p == ',';
	}
}

int xt_nr_online(void)
{
	cpu_set_t set;

	online_cpus(&set);
	return CPU_COUNT(&set);
}

int xt_nth_cpu(int n)
{
	cpu_set_t set;

	online_cpus(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && !n--)
			return cpu;
	return -ENOENT;
}

int xt_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int xt_unpin(void)
{
	cpu_set_t set;

	online_cpus(&set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int xt_irq_of(const char *name)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[2048];
	int irq = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, name))
			irq = atoi(line);
	if (f)
		fclose(f);
	return irq;
}

int xt_wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -status - 2;
}

/* splitmix64: any state is a good one. */
uint64_t xt_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* FNV-1a, by words where it can: cheap under emulation. */
uint64_t xt_sum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t sum = 0xcbf29ce484222325ULL, word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3ULL;
		sum ^= sum >> 29;
	}
	while (len--)
		sum = (sum ^ *p++) * 0x100000001b3ULL;
	return sum;
}

void xt_fill(void *data, size_t len, uint64_t seed)
{
	unsigned char *p = data;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		word = xt_random(&seed);
		memcpy(p, &word, sizeof(word));
	}
	word = xt_random(&seed);
	memcpy(p, &word, len);
}

bool xt_filled(const void *data, size_t len, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		word = xt_random(&seed);
		if (memcmp(p, &word, sizeof(word)))
			return false;
	}
	word = xt_random(&seed);
	return !memcmp(p, &word, len);
}

void *xt_bad_pointer(void)
{
	return (void *)8;
}

unsigned long xt_complaints(void)
{
	unsigned long warns = 0, oopses = 0;

	xt_read_ulong("/sys/kernel/warn_count", &warns);
	xt_read_ulong("/sys/kernel/oops_count", &oopses);
	return warns + oopses;
}

static unsigned long complaints_at_start;

__attribute__((constructor)) static void remember_complaints(void)
{
	complaints_at_start = xt_complaints();
}

unsigned long xt_complaints_at_start(void)
{
	return complaints_at_start;
}
