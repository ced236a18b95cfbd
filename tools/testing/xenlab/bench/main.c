// SPDX-License-Identifier: GPL-2.0
/* xenbench: subcommands, and the loop that warms up, repeats and takes the median. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

int repeat = 5;
static const char *prefix = "";

void die(const char *what)
{
	fprintf(stderr, "xenbench: %s: %s\n", what, strerror(errno));
	exit(1);
}

void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

int cpus_online(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

long number(const char *text, long low, long high, const char *what)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < low || value > high) {
		fprintf(stderr, "xenbench: %s must be %ld to %ld, not '%s'\n",
			what, low, high, text);
		exit(2);
	}
	return value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void series_begin(struct series *s)
{
	s->first[s->count] = ticks();
}

void series_end(struct series *s, long ops)
{
	uint64_t now = ticks();

	s->values[s->count] = (double)(now - s->first[s->count]) / ops;
	s->last[s->count] = now;
	s->ops[s->count++] = ops;
}

/* Median, minimum and maximum; then a line for each repetition: the window in which a trace counts for it. */
void report(const char *key, struct series *s)
{
	int n = s->count, i;
	double median;

	qsort(s->values, n, sizeof(*s->values), by_value);
	median = s->values[n / 2];
	if (n % 2 == 0)
		median = (median + s->values[n / 2 - 1]) / 2;
	printf("BENCH %s%s %.2f %.2f %.2f %d\n", prefix, key, median, s->values[0],
	       s->values[n - 1], n);
	for (i = 0; i < n; i++)
		printf("WINDOW %s%s %llu %llu %ld\n", prefix, key, (unsigned long long)s->first[i],
		       (unsigned long long)s->last[i], s->ops[i]);
	fflush(stdout);
}

/* 0, or 1 if the operation cannot be measured here. */
static int measure(const struct op *op)
{
	struct series series = { };
	int i;

	if (op->cpus > cpus_online()) {
		fprintf(stderr, "xenbench: %s needs %d CPUs\n", op->key, op->cpus);
		return 1;
	}
	pin_to(0);
	if (!op->setup || !op->setup()) {
		op->run(op->n / 4 + 1);
		for (i = 0; i < repeat; i++) {
			series_begin(&series);
			op->run(op->n);
			series_end(&series, op->n * (op->per ? op->per : 1));
		}
		report(op->key, &series);
	}
	if (op->teardown)
		op->teardown();
	return !series.count;
}

static int wanted(const char *key, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(*names, key))
			return 1;
	return 0;
}

static int measure_all(const struct op *op, char **names)
{
	int failed = 0;

	for (; op->key; op++)
		if (wanted(op->key, names))
			failed |= measure(op);
	return failed;
}

static int ops_main(int argc, char **argv)
{
	int failed;

	(void)argc;
	failed = measure_all(cpu_ops, argv + 1);
	failed |= measure_all(mm_ops, argv + 1);
	failed |= measure_all(smp_ops, argv + 1);
	return failed;
}

static int xen_main(int argc, char **argv)
{
	(void)argc;
	return measure_all(xen_ops, argv + 1);
}

static int nop_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	_exit(0);
}

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "nop", nop_main, "" },
	{ "ops", ops_main, "[KEY...]          CPU and memory operations" },
	{ "xen", xen_main, "[KEY...]          event channels, grants, xenstore" },
	{ "blk", blk_main, "KEY DEV read|write rand|seq SIZE DEPTH COUNT" },
	{ "net", net_main, "KEY tcp|udp ADDRESS COUNT" },
	{ "serve", serve_main, "                other end of net" },
	{ "boot", boot_main, "                 time from power-on to init" },
	{ "init", init_main, "                 first process of a machine" },
	{ "agent", agent_main, "                executes what `call` orders through xenstore" },
	{ "call", call_main, "DOMID COMMAND...   order to an agent; prints its output" },
};

int main(int argc, char **argv)
{
	const char *text;
	size_t i;

	if (getpid() == 1)
		return init_main(argc, argv);
	for (; argc > 1 && strchr(argv[1], '='); argc--, argv++)
		putenv(argv[1]);
	text = getenv("REPEAT");
	if (text && *text)
		repeat = (int)number(text, 1, MAX_REPEAT, "REPEAT");
	prefix = getenv("PREFIX") ?: "";
	for (i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stderr, "xenbench [NAME=VALUE...] %s %s\n", commands[i].name,
			commands[i].usage);
	return 2;
}
