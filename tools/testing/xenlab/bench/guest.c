// SPDX-License-Identifier: GPL-2.0
/*
 * First process of every machine of the bench, and the way in which dom0 gives orders to guests.
 *
 * The kernel command line says what this machine is: bench.role=bare|guest|dom0, and for guests
 * bench.ip=ADDRESS/BITS.  Orders and answers go through xenstore below the guest's own "data":
 * dom0 writes "NUMBER COMMAND" to data/order, the agent writes "NUMBER OUTPUT" to data/answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define ANSWER_MAX	3500
#define WHITE		"\n\t "
#define WORDS_MAX	32

/* NAME=value of the kernel's command line, or NULL. */
static char *boot_option(const char *name)
{
	static char line[4096];
	size_t len = strlen(name);
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	char *word;

	close(fd);
	line[got > 0 ? got : 0] = 0;
	for (word = strtok(line, WHITE); word; word = strtok(NULL, WHITE))
		if (!strncmp(word, name, len) && word[len] == '=')
			return word + len + 1;
	return NULL;
}

static void need_mount(const char *what, const char *where, const char *type, unsigned long flags)
{
	mkdir(where, 0755);
	if (mount(what, where, type, flags, NULL) && errno != EBUSY)
		fprintf(stderr, "xenbench: mount %s: %s\n", where, strerror(errno));
}

/* Address and link state of one interface; it may take a moment to appear. */
static void interface_up(const char *name, const char *address, int bits)
{
	struct ifreq req = { };
	struct sockaddr_in *in = (struct sockaddr_in *)&req.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), tries = 100;

	snprintf(req.ifr_name, IFNAMSIZ, "%s", name);
	while (ioctl(fd, SIOCGIFFLAGS, &req) && tries--)
		usleep(50000);
	in->sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &in->sin_addr) != 1 || ioctl(fd, SIOCSIFADDR, &req))
		fprintf(stderr, "xenbench: address of %s: %s\n", name, strerror(errno));
	in->sin_addr.s_addr = htonl(~0U << (32 - bits));
	ioctl(fd, SIOCSIFNETMASK, &req);
	if (ioctl(fd, SIOCGIFFLAGS, &req))
		fprintf(stderr, "xenbench: no interface %s\n", name);
	req.ifr_flags |= IFF_UP | IFF_RUNNING;
	ioctl(fd, SIOCSIFFLAGS, &req);
	close(fd);
}

static pid_t start(char *const *argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void start_server(void)
{
	char *const argv[] = { "xenbench", "serve", NULL };

	start(argv);
}

/* Turns this process into the command in @line. */
static void become(char *line)
{
	char *argv[WORDS_MAX + 2] = { "xenbench" }, *word;
	int argc = 1;

	for (word = strtok(line, WHITE); word && argc <= WORDS_MAX; word = strtok(NULL, WHITE))
		argv[argc++] = word;
	execv("/proc/self/exe", argv);
	_exit(127);
}

/* A machine without a shell: one command on each line of the file @path. */
static void run_list(const char *path)
{
	FILE *list = fopen(path, "r");
	int status, failed = !list;
	char line[1024];
	pid_t pid;

	while (list && fgets(line, sizeof(line), list)) {
		pid = fork();
		if (!pid)
			become(line);
		if (waitpid(pid, &status, 0) != pid || status)
			failed++;
	}
	printf("BENCHEXIT %d\n", failed);
	fflush(stdout);
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void run_script(const char *path)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		execl(path, path, NULL);
		fprintf(stderr, "xenbench: %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	waitpid(pid, &status, 0);
	printf("BENCHEXIT %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	fflush(stdout);
}

/*
 * dom0: the root file system is on a disk; what the bench needs stays in the first root, in
 * memory, and is visible at /mnt of the new one.
 */
static void enter_root(void)
{
	static const char *const moved[] = { "/proc", "/sys", "/dev" };
	char to[32];
	size_t i;
	int tries = 100;

	mkdir("/root", 0755);
	/* What was read is not to be written back, at a time of the host's choosing, below a row. */
	while (mount("/dev/vda", "/root", "ext4", MS_NOATIME, NULL) && tries--)
		usleep(50000);
	if (mount("/bench", "/root/mnt", NULL, MS_BIND, NULL))
		die("/dev/vda as root file system");
	for (i = 0; i < ARRAY_SIZE(moved); i++) {
		snprintf(to, sizeof(to), "/root%s", moved[i]);
		mount(moved[i], to, NULL, MS_MOVE, NULL);
	}
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("new root");
	need_mount("tmpfs", "/run", "tmpfs", 0);
	need_mount("tmpfs", "/tmp", "tmpfs", 0);
}

/*
 * How long the first CPU had nothing to do so far: the machine waits for its emulated disks, and
 * how long that takes in guest time is a matter of the host.
 */
static long long first_cpu_idle(void)
{
	FILE *f = fopen("/proc/timer_list", "re");
	long long idle = 0, ns;
	char line[256];
	int found = 0;

	while (f && found < 2 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " .idle_sleeptime : %lld", &ns) == 1 ||
		    sscanf(line, " .iowait_sleeptime : %lld", &ns) == 1) {
			idle += ns;
			found++;
		}
	}
	if (f)
		fclose(f);
	return idle;
}

/* A guest's wait for its back ends is work of dom0's, and counts. */
static void note_boot_time(int guest)
{
	struct timespec ts;
	char text[32];

	clock_gettime(CLOCK_BOOTTIME, &ts);
	snprintf(text, sizeof(text), "%lld",
		 ts.tv_sec * 1000000000LL + ts.tv_nsec - (guest ? 0 : first_cpu_idle()));
	setenv("BENCH_BOOT", text, 1);
}

int boot_main(int argc, char **argv)
{
	const char *text = getenv("BENCH_BOOT");

	if (argc != 2 || !text) {
		fprintf(stderr, "xenbench boot KEY, below init\n");
		return 2;
	}
	printf("BENCH %s %s %s %s 1\n", argv[1], text, text, text);
	return 0;
}

static void be_guest(void)
{
	char *ip = boot_option("bench.ip");
	char *const argv[] = { "xenbench", "agent", NULL };
	char *bits = ip ? strchr(ip, '/') : NULL;

	if (bits) {
		*bits++ = 0;
		interface_up("eth0", ip, (int)number(bits, 1, 30, "bench.ip's length"));
	}
	start_server();
	waitpid(start(argv), NULL, 0);
}

int init_main(int argc, char **argv)
{
	const char *role;

	(void)argc;
	(void)argv;
	need_mount("proc", "/proc", "proc", 0);
	need_mount("sys", "/sys", "sysfs", 0);
	need_mount("dev", "/dev", "devtmpfs", 0);
	setenv("PATH", "/mnt:/bench:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	role = boot_option("bench.role");
	note_boot_time(role && !strcmp(role, "guest"));
	if (role && !strcmp(role, "dom0")) {
		enter_root();
		run_script("/mnt/dom0.sh");
	} else if (role && !strcmp(role, "guest")) {
		interface_up("lo", "127.0.0.1", 8);
		be_guest();
	} else {
		interface_up("lo", "127.0.0.1", 8);
		start_server();
		run_list("/bench/bare.list");
	}
	power_off();
	return 1;
}

/* Runs one order; its output, errors included, goes to @answer. */
static void execute(char *order, char *answer, size_t size)
{
	int ends[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	if (pipe(ends))
		die("pipe");
	pid = fork();
	if (!pid) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		become(order);
	}
	close(ends[1]);
	while ((got = read(ends[0], answer + used, size - 1 - used)) > 0)
		used += got;
	close(ends[0]);
	answer[used] = 0;
	if (waitpid(pid, &status, 0) == pid && status)
		snprintf(answer + used, size - used, "FAILED %d\n", status);
}

int agent_main(int argc, char **argv)
{
	char answer[ANSWER_MAX + 64], order[1024];
	long number_done = 0, this_number;
	int fd = store_open(), used;
	char *text;

	(void)argc;
	(void)argv;
	/* The first answer says that orders are read: one that came before would be overwritten here. */
	if (fd < 0 || store_write(fd, "data/order", "0") || store_watch(fd, "data/order", "order") ||
	    store_write(fd, "data/answer", "0"))
		die("xenstore");
	for (;;) {
		store_wait(fd);
		text = store_read(fd, "data/order");
		if (!text || sscanf(text, "%ld %n", &this_number, &used) != 1 ||
		    this_number <= number_done)
			continue;
		snprintf(order, sizeof(order), "%s", text + used);
		used = snprintf(answer, 64, "%ld ", this_number);
		execute(order, answer + used, ANSWER_MAX);
		number_done = this_number;
		if (store_write(fd, "data/answer", answer))
			die("answer");
	}
}

/* Waits until @path holds "NUMBER ..." with the number @from or a later one; returns the rest. */
static char *wait_for(int fd, const char *path, long from, long *found)
{
	char *text;
	int used;

	for (;;) {
		text = store_read(fd, path);
		if (text && sscanf(text, "%ld %n", found, &used) == 1 && *found >= from)
			return text + used;
		store_wait(fd);
	}
}

int call_main(int argc, char **argv)
{
	char path[64], order[1024];
	long domid, last, seen;
	int fd, i, used;
	char *text;

	if (argc < 3) {
		fprintf(stderr, "xenbench call DOMID COMMAND...\n");
		return 2;
	}
	domid = number(argv[1], 1, 32751, "DOMID");
	fd = store_open();
	snprintf(path, sizeof(path), "/local/domain/%ld/data/answer", domid);
	if (fd < 0 || store_watch(fd, path, "answer"))
		die("xenstore");
	wait_for(fd, path, 0, &last);
	used = snprintf(order, sizeof(order), "%ld", last + 1);
	for (i = 2; i < argc && used < (int)sizeof(order); i++)
		used += snprintf(order + used, sizeof(order) - used, " %s", argv[i]);
	snprintf(path, sizeof(path), "/local/domain/%ld/data/order", domid);
	if (used >= (int)sizeof(order) || store_write(fd, path, order))
		die("order");
	snprintf(path, sizeof(path), "/local/domain/%ld/data/answer", domid);
	text = wait_for(fd, path, last + 1, &seen);
	fputs(text, stdout);
	return strstr(text, "FAILED ") ? 1 : 0;
}
