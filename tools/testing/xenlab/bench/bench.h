/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of xenbench share.
 *
 * xenbench is one static program for every machine of `make bench`: it is init of the bare
 * machine and of the guests, the agent that dom0 gives orders to, and the load itself.
 * Under QEMU's -icount shift=0 the time stamp counter advances by one per executed guest
 * instruction, of whichever CPU, hypervisor included: a difference of two ticks() is the number
 * of instructions that the whole machine executed in between.
 */
#ifndef XENBENCH_H
#define XENBENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX_REPEAT	101

/**
 * struct op - one operation that is measured by repeating it
 * @key: name in the output; the driver on the host knows title and unit
 * @setup: prepares, or NULL; returns 0, or -1 to leave the operation out (reason on stderr)
 * @run: executes the operation @n times
 * @teardown: undoes @setup, or NULL; also called after a failed @setup
 * @n: operations per repetition
 * @per: what one call counts for, 0 means 1
 * @cpus: CPUs it needs
 */
struct op {
	const char *key;
	int (*setup)(void);
	void (*run)(long n);
	void (*teardown)(void);
	long n;
	long per;
	int cpus;
};

/**
 * struct series - the repetitions of one measurement
 * @values: instructions per operation, one for each repetition
 * @count: repetitions so far
 * @ops: operations in each
 * @first: ticks at their beginnings
 * @last: ticks at their ends
 */
struct series {
	double values[MAX_REPEAT];
	int count;
	long ops[MAX_REPEAT];
	uint64_t first[MAX_REPEAT];
	uint64_t last[MAX_REPEAT];
};

extern const struct op cpu_ops[];
extern const struct op mm_ops[];
extern const struct op smp_ops[];
extern const struct op xen_ops[];

static inline uint64_t ticks(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* A store that the compiler keeps. */
static inline void poke(char *p)
{
	__asm__ volatile("movb $1, %0" : "=m" (*p));
}

/* main.c */
extern int repeat;
noreturn void die(const char *what);
void pin_to(int cpu);
int cpus_online(void);
void series_begin(struct series *s);
void series_end(struct series *s, long ops);
void report(const char *key, struct series *s);
long number(const char *text, long low, long high, const char *what);

/* Loads: each is a subcommand with main's conventions. */
int blk_main(int argc, char **argv);
int net_main(int argc, char **argv);
int serve_main(int argc, char **argv);

/* guest.c */
int init_main(int argc, char **argv);
int agent_main(int argc, char **argv);
int call_main(int argc, char **argv);
int boot_main(int argc, char **argv);

/* store.c */
int store_open(void);
int store_watch(int fd, const char *path, const char *token);
int store_wait(int fd);
char *store_read(int fd, const char *path);
int store_write(int fd, const char *path, const char *value);

#endif
