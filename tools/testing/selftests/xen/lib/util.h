/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers that every test uses: time, files, CPUs, checksums, kernel health.
 * Functions return a value >= 0, or -errno.
 */
#ifndef SELFTEST_XEN_UTIL_H
#define SELFTEST_XEN_UTIL_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define XT_PAGE		4096UL
#define XT_MS		1000000ULL
#define XT_SEC		1000000000ULL

uint64_t xt_clock_ns(clockid_t clock);
uint64_t xt_now(void);
void xt_sleep_ms(unsigned int ms);
/* Waits for input on fd; 1 when there is some, 0 when ms have passed. */
int xt_poll_in(int fd, int ms);

/* Reads a short text file, cuts the newline; returns its length. */
int xt_read_text(const char *path, char *buf, size_t size);
int xt_write_text(const char *path, const char *text);
int xt_read_ulong(const char *path, unsigned long *value);
int xt_write_ulong(const char *path, unsigned long value);
/* Counts the lines of path in which word occurs. */
int xt_count_lines(const char *path, const char *word);

int xt_nr_online(void);
/* The n-th online CPU, counted from 0. */
int xt_nth_cpu(int n);
int xt_pin(int cpu);
int xt_unpin(void);

/* The number of the interrupt whose line has name in it; -1 if none has. */
int xt_irq_of(const char *name);

/* The signal that a traced child stopped with; below 0 if it did not. */
int xt_wait_stop(pid_t pid);

uint64_t xt_random(uint64_t *state);
uint64_t xt_sum(const void *data, size_t len);
/* Fills with a stream that seed alone determines. */
void xt_fill(void *data, size_t len, uint64_t seed);
bool xt_filled(const void *data, size_t len, uint64_t seed);

/*
 * WARNs and oopses since boot, as sysfs counts them.  A difference between
 * the start of a test program and its end is a kernel defect.
 */
unsigned long xt_complaints(void);
unsigned long xt_complaints_at_start(void);

/* A user address where nothing can be; the compiler must not know it. */
void *xt_bad_pointer(void);

#endif
