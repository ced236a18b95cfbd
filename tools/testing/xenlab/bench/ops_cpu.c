// SPDX-License-Identifier: GPL-2.0
/* System calls, processes, signals and switching between tasks. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static void getpid_run(long n)
{
	while (n--)
		syscall(SYS_getpid);
}

static void clock_gettime_run(long n)
{
	struct timespec ts;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &ts);
}

static void reap(pid_t pid)
{
	if (pid < 0)
		die("fork");
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid");
}

static void fork_run(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		reap(pid);
	}
}

static void exec_nop(void)
{
	static char *const args[] = { "xenbench", "nop", NULL };
	static char *const env[] = { NULL };

	execve("/proc/self/exe", args, env);
	_exit(127);
}

static void fork_exec_run(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (!pid)
			exec_nop();
		reap(pid);
	}
}

static void vfork_exec_run(long n)
{
	while (n--) {
		pid_t pid = vfork();

		if (!pid)
			exec_nop();
		reap(pid);
	}
}

static void on_signal(int sig)
{
	(void)sig;
}

static int signal_setup(void)
{
	signal(SIGUSR1, on_signal);
	return 0;
}

static void signal_run(long n)
{
	pid_t me = getpid();

	while (n--)
		kill(me, SIGUSR1);
}

static void *thread_body(void *arg)
{
	return arg;
}

static void thread_run(long n)
{
	pthread_t thread;

	while (n--) {
		if (pthread_create(&thread, NULL, thread_body, NULL))
			die("pthread_create");
		pthread_join(thread, NULL);
	}
}

/*
 * A ring of processes hands one byte round: process i reads from pipe i and writes to pipe i + 1.
 * The caller is process 0.  ring_cpu() places them.
 */
#define RING_MAX	64
static int ring_pipes[RING_MAX][2];
static pid_t ring_pids[RING_MAX];
static int ring_size;

static void ring_pass(int i)
{
	char byte;

	if (read(ring_pipes[i][0], &byte, 1) != 1)
		_exit(0);
	if (write(ring_pipes[(i + 1) % ring_size][1], &byte, 1) != 1)
		_exit(0);
}

static int ring_setup(int size, int second_cpu)
{
	int i;

	ring_size = size;
	for (i = 0; i < size; i++)
		if (pipe(ring_pipes[i]))
			die("pipe");
	for (i = 1; i < size; i++) {
		ring_pids[i] = fork();
		if (ring_pids[i] < 0)
			die("fork");
		if (!ring_pids[i]) {
			pin_to(second_cpu);
			for (;;)
				ring_pass(i);
		}
	}
	return 0;
}

static void ring_run(long n)
{
	char byte = 0;

	while (n--) {
		if (write(ring_pipes[1][1], &byte, 1) != 1 ||
		    read(ring_pipes[0][0], &byte, 1) != 1)
			die("ring");
	}
}

static void ring_teardown(void)
{
	int i;

	for (i = 1; i < ring_size; i++) {
		kill(ring_pids[i], SIGKILL);
		waitpid(ring_pids[i], NULL, 0);
	}
	for (i = 0; i < ring_size; i++) {
		close(ring_pipes[i][0]);
		close(ring_pipes[i][1]);
	}
}

static int pipe1_setup(void)
{
	return ring_setup(2, 0);
}

static int pipe2_setup(void)
{
	return ring_setup(2, 1);
}

static int switch_setup(void)
{
	return ring_setup(RING_MAX, 0);
}

#define CALL(name, count)	{ .key = #name, .run = name##_run, .n = count }
#define RING			.run = ring_run, .teardown = ring_teardown

const struct op cpu_ops[] = {
	CALL(getpid, 20000),
	CALL(clock_gettime, 20000),
	CALL(fork, 40),
	CALL(fork_exec, 20),
	CALL(vfork_exec, 20),
	{ .key = "signal", .setup = signal_setup, .run = signal_run, .n = 2000 },
	{ .key = "pipe_1cpu", RING, .setup = pipe1_setup, .n = 1000 },
	{ .key = "pipe_2cpu", RING, .setup = pipe2_setup, .n = 1000, .cpus = 2 },
	{ .key = "switch_64", RING, .setup = switch_setup, .n = 20, .per = RING_MAX },
	CALL(thread, 1000),
	{ }
};
