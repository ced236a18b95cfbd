// SPDX-License-Identifier: GPL-2.0
/* What drivers/xen offers user space: event channels, grants, xenstore, hypercalls. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* The exported headers leave these to their user. */
typedef uint16_t domid_t;
typedef uint32_t grant_ref_t;
#include <xen/evtchn.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

/* <xen/privcmd.h> wants the hypervisor's headers; of it only this is needed. */
struct privcmd_hypercall {
	uint64_t op;
	uint64_t arg[5];
};

#define IOCTL_PRIVCMD_HYPERCALL	_IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

struct privcmd_mmapbatch_v2 {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const uint64_t *arr;
	int *err;
};

#define IOCTL_PRIVCMD_MMAPBATCH_V2 _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch_v2))

#define DOMID_SELF	0x7ff0
#define DOMID_IO	0x7ff1
#define PAGE		4096

static int dev_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		perror(path);
	return fd;
}

/* A pair of ports of this domain, bound to each other: end 0 and 1, each with its descriptor. */
static int ev_fd[2];
static uint32_t ev_port[2];
static pid_t ev_child;

static void ev_notify(int end)
{
	struct ioctl_evtchn_notify notify = { .port = ev_port[end] };

	if (ioctl(ev_fd[end], IOCTL_EVTCHN_NOTIFY, &notify))
		die("notify");
}

/* Takes one event and unmasks its port. */
static void ev_take(int end)
{
	uint32_t port;

	if (read(ev_fd[end], &port, sizeof(port)) != sizeof(port) ||
	    write(ev_fd[end], &port, sizeof(port)) != sizeof(port))
		die("event");
}

static int ev_setup(int separate)
{
	struct ioctl_evtchn_bind_unbound_port unbound = { .remote_domain = DOMID_SELF };
	struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = DOMID_SELF };
	struct pollfd first = { .events = POLLIN };
	int port;

	ev_child = 0;
	ev_fd[0] = dev_open("/dev/xen/evtchn");
	ev_fd[1] = separate ? dev_open("/dev/xen/evtchn") : ev_fd[0];
	if (ev_fd[0] < 0 || ev_fd[1] < 0)
		return -1;
	port = ioctl(ev_fd[0], IOCTL_EVTCHN_BIND_UNBOUND_PORT, &unbound);
	if (port < 0) {
		perror("bind unbound port");
		return -1;
	}
	ev_port[0] = port;
	bind.remote_port = port;
	first.fd = ev_fd[1];
	port = ioctl(ev_fd[1], IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
	if (port < 0) {
		perror("bind interdomain");
		return -1;
	}
	ev_port[1] = port;
	/* The hypervisor sends the end that binds one event, for what it may have missed. */
	if (poll(&first, 1, 100) == 1)
		ev_take(1);
	return 0;
}

static void ev_teardown(void)
{
	if (ev_child) {
		kill(ev_child, SIGKILL);
		waitpid(ev_child, NULL, 0);
	}
	close(ev_fd[0]);
	close(ev_fd[1]);
}

static int ev_self_setup(void)
{
	return ev_setup(0);
}

static void ev_self_run(long n)
{
	while (n--) {
		ev_notify(1);
		ev_take(0);
	}
}

static int ev_pair_setup(void)
{
	if (ev_setup(1))
		return -1;
	ev_child = fork();
	if (ev_child < 0)
		die("fork");
	if (!ev_child) {
		pin_to(1);
		for (;;) {
			ev_take(1);
			ev_notify(1);
		}
	}
	return 0;
}

static void ev_pair_run(long n)
{
	while (n--) {
		ev_notify(0);
		ev_take(0);
	}
}

static int bind_setup(void)
{
	ev_child = 0;
	ev_fd[0] = dev_open("/dev/xen/evtchn");
	ev_fd[1] = -1;
	return ev_fd[0] < 0 ? -1 : 0;
}

static void bind_run(long n)
{
	struct ioctl_evtchn_bind_unbound_port bind = { .remote_domain = DOMID_SELF };

	while (n--) {
		struct ioctl_evtchn_unbind unbind = { };
		int port = ioctl(ev_fd[0], IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);

		unbind.port = port;
		if (port < 0 || ioctl(ev_fd[0], IOCTL_EVTCHN_UNBIND, &unbind))
			die("bind and unbind");
	}
}

static int ga_fd;

static int ga_setup(void)
{
	ga_fd = dev_open("/dev/xen/gntalloc");
	return ga_fd < 0 ? -1 : 0;
}

static void ga_teardown(void)
{
	close(ga_fd);
}

static void ga_get(struct ioctl_gntalloc_alloc_gref *alloc)
{
	alloc->domid = 0;
	alloc->flags = GNTALLOC_FLAG_WRITABLE;
	alloc->count = 1;
	if (ioctl(ga_fd, IOCTL_GNTALLOC_ALLOC_GREF, alloc))
		die("gntalloc");
}

static void ga_put(const struct ioctl_gntalloc_alloc_gref *alloc)
{
	struct ioctl_gntalloc_dealloc_gref free_it = { .index = alloc->index, .count = 1 };

	if (ioctl(ga_fd, IOCTL_GNTALLOC_DEALLOC_GREF, &free_it))
		die("gntalloc free");
}

static void ga_run(long n)
{
	struct ioctl_gntalloc_alloc_gref alloc;

	while (n--) {
		ga_get(&alloc);
		ga_put(&alloc);
	}
}

/* The same from every CPU at once: n on each of two, counted together. */
static void ga_all_run(long n)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		pin_to(1);
	ga_run(n);
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

/* A grant of our own, mapped and unmapped through gntdev. */
static int gm_fd;
static struct ioctl_gntalloc_alloc_gref gm_grant;

static int gm_setup(void)
{
	gm_fd = dev_open("/dev/xen/gntdev");
	if (ga_setup() || gm_fd < 0)
		return -1;
	ga_get(&gm_grant);
	return 0;
}

static void gm_teardown(void)
{
	close(gm_fd);
	close(ga_fd);
}

static void gm_run(long n)
{
	struct ioctl_gntdev_map_grant_ref map = { .count = 1 };
	struct ioctl_gntdev_unmap_grant_ref unmap = { .count = 1 };

	map.refs[0].domid = 0;
	map.refs[0].ref = gm_grant.gref_ids[0];
	while (n--) {
		char *p;

		if (ioctl(gm_fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map))
			die("map grant");
		p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gm_fd, map.index);
		if (p == MAP_FAILED)
			die("mmap grant");
		poke(p);
		munmap(p, PAGE);
		unmap.index = map.index;
		if (ioctl(gm_fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap))
			die("unmap grant");
	}
}

static int xs_fd;

static int xs_setup(void)
{
	xs_fd = store_open();
	if (xs_fd < 0) {
		perror("xenstore");
		return -1;
	}
	return store_write(xs_fd, "/tool/xenbench", "1");
}

static void xs_teardown(void)
{
	close(xs_fd);
}

static void xs_run(long n)
{
	while (n--)
		if (!store_read(xs_fd, "/tool/xenbench"))
			die("xenstore read");
}

static int hc_fd;

static int hc_setup(void)
{
	hc_fd = dev_open("/dev/xen/privcmd");
	return hc_fd < 0 ? -1 : 0;
}

static void hc_run(long n)
{
	/* xen_version, XENVER_version: nothing but the way there and back. */
	struct privcmd_hypercall call = { .op = 17 };

	while (n--)
		if (ioctl(hc_fd, IOCTL_PRIVCMD_HYPERCALL, &call) < 0)
			die("hypercall");
}

static void hc_teardown(void)
{
	close(hc_fd);
}

/* Frames that are not this domain's: the machine's ROMs, over and over. */
#define ROM_FIRST	0xc0
#define ROM_FRAMES	0x40
#define MAP_FRAMES	1024

static uint64_t map_frames[MAP_FRAMES];
static int map_errors[MAP_FRAMES];

static void map_run(long n)
{
	struct privcmd_mmapbatch_v2 op = {
		.num = MAP_FRAMES, .dom = DOMID_IO, .arr = map_frames, .err = map_errors,
	};

	while (n--) {
		void *p = mmap(NULL, MAP_FRAMES * PAGE, PROT_READ, MAP_SHARED, hc_fd, 0);

		op.addr = (uintptr_t)p;
		if (p == MAP_FAILED || ioctl(hc_fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &op) ||
		    map_errors[0] || map_errors[MAP_FRAMES - 1] || munmap(p, MAP_FRAMES * PAGE))
			die("foreign mapping");
	}
}

static int map_setup(void)
{
	int i;

	for (i = 0; i < MAP_FRAMES; i++)
		map_frames[i] = ROM_FIRST + i % ROM_FRAMES;
	return hc_setup();
}

const struct op xen_ops[] = {
	{ .key = "event_1cpu", .setup = ev_self_setup, .run = ev_self_run,
	  .teardown = ev_teardown, .n = 1000 },
	{ .key = "event_2cpu", .setup = ev_pair_setup, .run = ev_pair_run,
	  .teardown = ev_teardown, .n = 500, .cpus = 2 },
	{ .key = "event_bind", .setup = bind_setup, .run = bind_run,
	  .teardown = ev_teardown, .n = 6000 },
	{ .key = "grant_alloc", .setup = ga_setup, .run = ga_run, .teardown = ga_teardown,
	  .n = 30000 },
	{ .key = "grant_alloc_all", .setup = ga_setup, .run = ga_all_run,
	  .teardown = ga_teardown, .n = 3000, .per = 2, .cpus = 2 },
	{ .key = "grant_map", .setup = gm_setup, .run = gm_run, .teardown = gm_teardown,
	  .n = 6000 },
	{ .key = "xenstore", .setup = xs_setup, .run = xs_run, .teardown = xs_teardown,
	  .n = 800 },
	{ .key = "privcmd", .setup = hc_setup, .run = hc_run, .teardown = hc_teardown,
	  .n = 2000 },
	{ .key = "foreign_map", .setup = map_setup, .run = map_run, .teardown = hc_teardown,
	  .n = 10, .per = MAP_FRAMES },
	{ }
};
