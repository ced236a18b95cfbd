// SPDX-License-Identifier: GPL-2.0
/* Timer interrupts, and what one CPU asks of another. */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench.h"

/*
 * A timer that is armed, fires and is taken, against the same loop with a timer too far away to
 * fire.  The loop is counted, not timed, so that both variants execute the same instructions of
 * user space; timer_run() reports through its own difference.
 */
#define TIMER_NS	20000
#define SPIN_LOOPS	50000

static int timer_fd;

static int timer_setup(void)
{
	timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	return timer_fd < 0 ? -1 : 0;
}

static void timer_teardown(void)
{
	close(timer_fd);
}

static void spin(void)
{
	long left = SPIN_LOOPS;

	__asm__ volatile("1: dec %0; jnz 1b" : "+r" (left) : : "cc");
}

static void timer_loop(long n, long ns, int fires)
{
	struct itimerspec spec = {
		.it_value = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 },
	};
	uint64_t count;

	while (n--) {
		if (timerfd_settime(timer_fd, 0, &spec, NULL))
			die("timerfd_settime");
		spin();
		if ((read(timer_fd, &count, sizeof(count)) == sizeof(count)) != fires) {
			fprintf(stderr, "xenbench: timer of %ld ns %s\n", ns,
				fires ? "did not fire" : "fired");
			exit(1);
		}
	}
}

static void timer_run(long n)
{
	timer_loop(n, TIMER_NS, 1);
}

static void timer_idle_run(long n)
{
	timer_loop(n, 3000000000L, 0);
}

/* A second thread of this process stays in user space on CPU 1 while the caller interrupts it. */
static pthread_t other;
static int other_state;

static void *other_body(void *arg)
{
	pin_to(1);
	__atomic_store_n(&other_state, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&other_state, __ATOMIC_SEQ_CST) != 2)
		__builtin_ia32_pause();
	return arg;
}

static int other_setup(void)
{
	other_state = 0;
	if (pthread_create(&other, NULL, other_body, NULL))
		die("pthread_create");
	while (!__atomic_load_n(&other_state, __ATOMIC_SEQ_CST))
		__builtin_ia32_pause();
	return 0;
}

static void other_teardown(void)
{
	__atomic_store_n(&other_state, 2, __ATOMIC_SEQ_CST);
	pthread_join(other, NULL);
}

static int ipi_setup(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0)) {
		fprintf(stderr, "xenbench: ipi: this kernel has no membarrier\n");
		other_setup();
		return -1;
	}
	return other_setup();
}

static void ipi_run(long n)
{
	while (n--)
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
			die("membarrier");
}

/* Taking a page away from an address space that runs on two CPUs. */
static char *shot;

static int shootdown_setup(void)
{
	shot = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (shot == MAP_FAILED)
		die("mmap");
	return other_setup();
}

static void shootdown_run(long n)
{
	while (n--) {
		poke(shot);
		madvise(shot, 4096, MADV_DONTNEED);
	}
}

static void shootdown_teardown(void)
{
	other_teardown();
	munmap(shot, 4096);
}

const struct op smp_ops[] = {
	{ .key = "timer_fired", .setup = timer_setup, .run = timer_run,
	  .teardown = timer_teardown, .n = 1000 },
	{ .key = "timer_armed", .setup = timer_setup, .run = timer_idle_run,
	  .teardown = timer_teardown, .n = 1000 },
	{ .key = "ipi", .setup = ipi_setup, .run = ipi_run,
	  .teardown = other_teardown, .n = 1000, .cpus = 2 },
	{ .key = "shootdown", .setup = shootdown_setup, .run = shootdown_run,
	  .teardown = shootdown_teardown, .n = 1000, .cpus = 2 },
	{ }
};
