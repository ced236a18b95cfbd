// SPDX-License-Identifier: GPL-2.0
/*
 * What device models ask of /dev/xen/privcmd: operations, irqfds and
 * ioeventfds, for a domain that never runs.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define RW		(PROT_READ | PROT_WRITE)
/* What one page table maps. */
#define PMD_SIZE	(2UL << 20)

/* From the hypervisor's public headers: hvm/dm_op.h and hvm/ioreq.h. */
#define CREATE_SERVER	1
#define SERVER_INFO	2
#define DESTROY_SERVER	6
#define SET_INTX	8
#define SET_ISA_IRQ	9
#define MODIFIED_MEMORY	11
#define INJECT_MSI	14
#define SET_IRQ		19

struct dm_op {
	uint32_t op, pad;
	union {
		struct {
			uint8_t bufioreq, pad[3];
			uint16_t id;
		} create;
		struct {
			uint16_t id, flags;
			uint32_t port;
			uint64_t frame, buf_frame;
		} info;
		struct {
			uint16_t id, pad;
		} destroy;
		struct {
			uint32_t nr, opaque;
		} modified;
		struct {
			uint16_t domain;
			uint8_t bus, device, pin, level;
		} pin;
		uint8_t all[64];
	};
};

struct request {
	uint64_t addr, data;
	uint32_t count, size, port;
	uint16_t pad;
	uint8_t state, type;
};

#define REQUEST_READY	1
#define REQUEST_DONE	3
#define REQUEST_MMIO	1
#define DIR_READ	0x20
#define NOTIFY_REG	0x50
#define DEVICE		0xfe000000ULL

FIXTURE(dm) {
	int fd, dom, server;
};

static int do_op(int fd, int dom, struct dm_op *op)
{
	struct privcmd_dm_op_buf buf = { op, sizeof(*op) };

	return xt_dm_op(fd, dom, &buf, 1);
}

static int make_server(int fd, int dom)
{
	struct dm_op op = { .op = CREATE_SERVER };
	int ret = do_op(fd, dom, &op);

	return ret ?: op.create.id;
}

static int has_server(int fd, int dom, int id)
{
	struct dm_op op = { .op = SERVER_INFO };

	op.info.id = id;
	op.info.flags = 1;
	return do_op(fd, dom, &op);
}

FIXTURE_SETUP(dm)
{
	XT_NEED_DOM0();
	self->fd = xt_privcmd_open();
	ASSERT_GE(self->fd, 0);
	self->dom = xt_domain_create(self->fd);
	ASSERT_GT(self->dom, 0);
	self->server = make_server(self->fd, self->dom);
	ASSERT_GE(self->server, 0);
}

/* By then the test's process is gone, and has to hold nothing of the domain. */
FIXTURE_TEARDOWN_PARENT(dm)
{
	int fd = xt_privcmd_open();

	EXPECT_GE(fd, 0);
	EXPECT_EQ(0, xt_domain_destroy(fd, self->dom));
	close(fd);
}

TEST_F(dm, operations)
{
	struct dm_op op = { .op = DESTROY_SERVER };

	EXPECT_EQ(0, has_server(self->fd, self->dom, self->server));
	EXPECT_EQ(-ENOENT, has_server(self->fd, self->dom, self->server + 1));
	op.destroy.id = self->server;
	EXPECT_EQ(0, do_op(self->fd, self->dom, &op));
	EXPECT_EQ(-ENOENT, has_server(self->fd, self->dom, self->server));
	op.op = 0x7fff;
	EXPECT_GT(0, do_op(self->fd, self->dom, &op));
}

/* Two buffers, of which one crosses pages; what is not there is an error. */
TEST_F(dm, buffers)
{
	struct extent {
		uint64_t first;
		uint32_t nr, pad;
	} *extent;
	struct dm_op op = { .op = MODIFIED_MEMORY };
	struct privcmd_dm_op_buf bufs[2] = { { &op, sizeof(op) } };
	char *p = mmap(NULL, 2 * XT_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, p);
	extent = (void *)(p + XT_PAGE - 40);
	for (int i = 0; i < 5; i++)
		extent[i] = (struct extent) { XT_DOMAIN_FIRST + i, 1, 0 };
	op.modified.nr = 5;
	bufs[1] = (struct privcmd_dm_op_buf) { extent, 5 * sizeof(*extent) };
	EXPECT_EQ(0, xt_dm_op(self->fd, self->dom, bufs, 2));
	bufs[1].uptr = xt_bad_pointer();
	EXPECT_EQ(-EFAULT, xt_dm_op(self->fd, self->dom, bufs, 2));
	ASSERT_EQ(0, munmap(p + XT_PAGE, XT_PAGE));
	bufs[1].uptr = extent;
	EXPECT_EQ(-EFAULT, xt_dm_op(self->fd, self->dom, bufs, 2));
	ASSERT_EQ(0, mprotect(p, XT_PAGE, PROT_READ));
	bufs[1].uptr = p;
	EXPECT_EQ(-EFAULT, xt_dm_op(self->fd, self->dom, bufs, 2));
}

/* The limits are the administrator's, at any time. */
TEST_F(dm, limits)
{
	static const char path[] =
		"/sys/module/xen_privcmd/parameters/dm_op_max_nr_bufs";
	struct dm_op op = { .op = SERVER_INFO };
	struct privcmd_dm_op_buf bufs[2] = {
		{ &op, sizeof(op) }, { &op, sizeof(op) },
	};
	unsigned long before;

	op.info.id = self->server;
	op.info.flags = 1;
	ASSERT_EQ(0, xt_read_ulong(path, &before));
	EXPECT_EQ(16, before);
	EXPECT_EQ(0, xt_dm_op(self->fd, self->dom, bufs, 2));
	ASSERT_EQ(0, xt_write_ulong(path, 1));
	EXPECT_EQ(-E2BIG, xt_dm_op(self->fd, self->dom, bufs, 2));
	EXPECT_EQ(0, xt_dm_op(self->fd, self->dom, bufs, 1));
	ASSERT_EQ(0, xt_write_ulong(path, before));
}

/* The page of requests is the domain's as long as it is mapped. */
TEST_F(dm, domain_ends_first)
{
	struct request *p = mmap(NULL, XT_PAGE, RW, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_IOREQ,
				     self->server, 1, 1, p));
	for (size_t i = 0; i < XT_PAGE / sizeof(*p); i++)
		EXPECT_EQ(0, p[i].state);
	xt_domain_destroy(self->fd, self->dom);
	EXPECT_EQ(0, xt_touch(p));
	EXPECT_EQ(0, munmap(p, XT_PAGE));
	EXPECT_EQ(0, xt_domain_destroy(self->fd, self->dom));
}

static int irqfd(int fd, int dom, int event, const struct dm_op *op, int flags)
{
	struct privcmd_irqfd arg = {
		.dm_op = (uintptr_t)op, .size = sizeof(*op), .fd = event,
		.flags = flags, .dom = dom,
	};

	return ioctl(fd, IOCTL_PRIVCMD_IRQFD, &arg) ? -errno : 0;
}

#define PCI_DEVICE	3
#define PCI_PIN		1

static struct dm_op pin_op(int level)
{
	return (struct dm_op) {
		.op = SET_INTX,
		.pin = { .device = PCI_DEVICE, .pin = PCI_PIN, .level = level },
	};
}

/* Tells the level, and lowers it. */
static int pin_was(int fd, int dom)
{
	int level = xt_domain_intx(fd, dom, PCI_DEVICE, PCI_PIN);
	struct dm_op op = pin_op(0);
	int ret = do_op(fd, dom, &op);

	return ret ?: level;
}

static int signal_once(int event)
{
	uint64_t n = 1;

	return write(event, &n, 8) == 8 ? 0 : -errno;
}

/* A pin that is asserted shows that the operation was performed. */
TEST_F(dm, irqfd)
{
	struct dm_op op = pin_op(1);
	int event = eventfd(0, EFD_NONBLOCK);
	uint64_t n;

	ASSERT_GE(event, 0);
	ASSERT_EQ(0, xt_domain_vcpu(self->fd, self->dom));
	ASSERT_EQ(0, irqfd(self->fd, self->dom, event, &op, 0));
	EXPECT_EQ(-EBUSY, irqfd(self->fd, self->dom, event, &op, 0));
	/* What was copied then is performed now. */
	op.pin.level = 0;
	EXPECT_EQ(0, pin_was(self->fd, self->dom));
	ASSERT_EQ(0, signal_once(event));
	EXPECT_EQ(1, pin_was(self->fd, self->dom));
	EXPECT_EQ(0, pin_was(self->fd, self->dom));
	/* The signal is used up. */
	EXPECT_EQ(-1, read(event, &n, 8));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, signal_once(event));
	EXPECT_EQ(1, pin_was(self->fd, self->dom));
	/* No more of it. */
	ASSERT_EQ(0, irqfd(self->fd, self->dom, event, &op,
			   PRIVCMD_IRQFD_FLAG_DEASSIGN));
	ASSERT_EQ(0, signal_once(event));
	EXPECT_EQ(0, pin_was(self->fd, self->dom));
	EXPECT_EQ(8, read(event, &n, 8));
	EXPECT_EQ(0, irqfd(self->fd, self->dom, event, &op,
			   PRIVCMD_IRQFD_FLAG_DEASSIGN));
	close(event);
}

static int eventfd_id(int event)
{
	char path[64], line[64];
	int id = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", event);
	f = fopen(path, "r");
	if (!f)
		return -errno;
	while (id < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "eventfd-id: %d", &id) != 1)
			id = -1;
	fclose(f);
	return id;
}

#define EVENTFDS	16

/* How many numbers of eventfds are free, which are given out from the lowest on. */
static int free_again(const int *ids)
{
	int events[EVENTFDS], n = 0;

	for (int i = 0; i < EVENTFDS; i++) {
		int id;

		events[i] = eventfd(0, 0);
		id = eventfd_id(events[i]);
		for (int j = 0; j < EVENTFDS; j++)
			n += ids[j] == id;
	}
	for (int i = 0; i < EVENTFDS; i++)
		close(events[i]);
	return n;
}

/*
 * An irqfd keeps its eventfd's number from others.  Few processes have any, so
 * most must come back once the last file is closed, and the irqfd with it.
 */
TEST_F(dm, irqfds_end_with_the_last_file)
{
	uint64_t until = xt_now() + 5 * XT_SEC;
	struct dm_op op = pin_op(1);
	int events[EVENTFDS], again[EVENTFDS], ids[EVENTFDS], n;

	ASSERT_EQ(0, xt_domain_vcpu(self->fd, self->dom));
	for (int i = 0; i < EVENTFDS; i++) {
		events[i] = eventfd(0, EFD_NONBLOCK);
		ASSERT_GE(events[i], 0);
		ids[i] = eventfd_id(events[i]);
		ASSERT_GE(ids[i], 0);
		ASSERT_EQ(0, irqfd(self->fd, self->dom, events[i], &op, 0));
		again[i] = dup(events[i]);
		close(events[i]);
	}
	/* One of two that are closed is not the end. */
	EXPECT_EQ(0, free_again(ids));
	for (int i = 0; i < EVENTFDS; i++) {
		ASSERT_EQ(0, signal_once(again[i]));
		EXPECT_EQ(1, pin_was(self->fd, self->dom));
		close(again[i]);
	}
	do {
		n = free_again(ids);
		if (n < EVENTFDS)
			xt_sleep_ms(10);
	} while (n < EVENTFDS && xt_now() < until);
	EXPECT_GT(n, EVENTFDS / 2);
}

/* What is signalled already is done at once. */
TEST_F(dm, irqfd_of_a_signalled_eventfd)
{
	struct dm_op op = pin_op(1);
	int event = eventfd(3, EFD_NONBLOCK);

	ASSERT_GE(event, 0);
	ASSERT_EQ(0, xt_domain_vcpu(self->fd, self->dom));
	ASSERT_EQ(0, irqfd(self->fd, self->dom, event, &op, 0));
	EXPECT_EQ(1, pin_was(self->fd, self->dom));
	close(event);
}

/* All else may take long, and is refused before it was ever performed. */
TEST_F(dm, irqfds_raise_interrupts)
{
	static const int raise[] = { SET_INTX, SET_ISA_IRQ, INJECT_MSI };
	int event = eventfd(3, EFD_NONBLOCK);
	struct dm_op op = { .op = DESTROY_SERVER };

	if (xt_privcmd_is_bases())
		SKIP(return, "the base takes any operation");
	ASSERT_GE(event, 0);
	op.destroy.id = self->server;
	EXPECT_EQ(-EINVAL, irqfd(self->fd, self->dom, event, &op, 0));
	EXPECT_EQ(0, has_server(self->fd, self->dom, self->server));
	for (int i = 0; i < 40; i++) {
		bool takes = i == SET_IRQ;

		for (size_t n = 0; n < ARRAY_SIZE(raise); n++)
			takes |= raise[n] == i;
		memset(&op, 0, sizeof(op));
		op.op = i;
		event = eventfd(0, EFD_NONBLOCK);
		ASSERT_GE(event, 0);
		EXPECT_EQ(takes ? 0 : -EINVAL,
			  irqfd(self->fd, self->dom, event, &op, 0))
			TH_LOG("operation %d", i);
		close(event);
	}
}

TEST_F(dm, bad_irqfds)
{
	struct dm_op op = pin_op(1);
	struct privcmd_irqfd arg = {
		.dm_op = (uintptr_t)&op, .size = 1 << 20, .dom = self->dom,
	};
	int event = eventfd(0, EFD_NONBLOCK);

	ASSERT_GE(event, 0);
	EXPECT_EQ(-EINVAL, irqfd(self->fd, self->dom, event, &op, 2));
	EXPECT_EQ(-EBADF, irqfd(self->fd, self->dom, -1, &op, 0));
	EXPECT_EQ(-EBADF, irqfd(self->fd, self->dom, -1, &op,
				PRIVCMD_IRQFD_FLAG_DEASSIGN));
	EXPECT_EQ(-EINVAL, irqfd(self->fd, self->dom, self->fd, &op, 0));
	EXPECT_EQ(-EFAULT, irqfd(self->fd, self->dom, event, xt_bad_pointer(),
				 0));
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_IRQFD, xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
	/* None of these has left anything. */
	EXPECT_EQ(0, irqfd(self->fd, self->dom, event, &op, 0));
	close(event);
	event = eventfd(0, EFD_NONBLOCK);
	arg.fd = event;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_IRQFD, &arg));
	for (arg.size = 0; arg.size < 4; arg.size++)
		EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_IRQFD, &arg))
			TH_LOG("an operation of %u bytes", (int)arg.size);
	close(event);
}

/* Signals and ends at the same time, over and over. */
TEST_F(dm, irqfds_come_and_go)
{
	struct dm_op op = pin_op(0);

	for (int round = 0; round < 300; round++) {
		int event = eventfd(0, EFD_NONBLOCK);
		pid_t pid;

		ASSERT_GE(event, 0);
		ASSERT_EQ(0, irqfd(self->fd, self->dom, event, &op, 0));
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid) {
			for (int i = 0; i < 20; i++)
				if (signal_once(event))
					_exit(1);
			_exit(0);
		}
		if (round % 2)
			ASSERT_EQ(0, irqfd(self->fd, self->dom, event, &op,
					   PRIVCMD_IRQFD_FLAG_DEASSIGN));
		close(event);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	}
}

FIXTURE(kick) {
	int fd, dom, server, evtchn[2], event;
	struct xt_evtchn_pair pair;
	struct request *page;
	uint32_t ports[1];
	struct privcmd_ioeventfd arg;
};

FIXTURE_SETUP(kick)
{
	XT_NEED_DOM0();
	if (xt_role_is_pv(xt_role()) && xt_privcmd_is_bases())
		SKIP(return, "the base's own code does not survive it");
	self->fd = xt_privcmd_open();
	ASSERT_GE(self->fd, 0);
	self->dom = xt_domain_create(self->fd);
	ASSERT_GT(self->dom, 0);
	self->server = make_server(self->fd, self->dom);
	ASSERT_GE(self->server, 0);
	self->page = mmap(NULL, XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_IOREQ,
				     self->server, 1, 1, self->page));
	for (int i = 0; i < 2; i++) {
		self->evtchn[i] = xt_evtchn_open();
		ASSERT_GE(self->evtchn[i], 0);
	}
	ASSERT_EQ(0, xt_evtchn_loop(self->evtchn[0], self->evtchn[1],
				    &self->pair));
	self->event = eventfd(0, EFD_NONBLOCK);
	ASSERT_GE(self->event, 0);
	self->ports[0] = self->pair.port[1];
	self->arg = (struct privcmd_ioeventfd) {
		.ioreq = (uintptr_t)self->page, .ports = (uintptr_t)self->ports,
		.addr = DEVICE, .addr_len = 4, .event_fd = self->event,
		.vcpus = 1, .vq = 3, .dom = self->dom,
	};
}

/* By then the test's process is gone, and has to hold nothing of the domain. */
FIXTURE_TEARDOWN_PARENT(kick)
{
	int fd = xt_privcmd_open();

	EXPECT_GE(fd, 0);
	EXPECT_EQ(0, xt_domain_destroy(fd, self->dom));
	close(fd);
}

static int ioeventfd(int fd, const struct privcmd_ioeventfd *arg, int flags)
{
	struct privcmd_ioeventfd op = *arg;

	op.flags = flags;
	return ioctl(fd, IOCTL_PRIVCMD_IOEVENTFD, &op) ? -errno : 0;
}

/* Plays the guest and the hypervisor; whether the request was answered. */
static bool request(int from, int port, struct request *page, uint64_t addr,
		    uint64_t data, uint8_t flags)
{
	uint64_t until = xt_now() + XT_SEC / 2;
	uint8_t state;

	*page = (struct request) {
		.addr = addr, .data = data, .count = 1, .size = 4,
		.type = REQUEST_MMIO,
	};
	__atomic_store_n(&page->state, REQUEST_READY | flags, __ATOMIC_RELEASE);
	xt_evtchn_notify(from, port);
	do {
		xt_sleep_ms(1);
		state = __atomic_load_n(&page->state, __ATOMIC_ACQUIRE);
	} while (state != REQUEST_DONE && xt_now() < until);
	return state == REQUEST_DONE;
}

static void serve(int fd)
{
	int port;

	while ((port = xt_evtchn_next(fd, 0)) >= 0)
		xt_evtchn_unmask(fd, port);
}

TEST_F(kick, signals)
{
	struct request *page = self->page;
	int from = self->evtchn[0], port = self->pair.port[0];
	uint64_t n;

	if (xt_role_is_pv(xt_role())) {
		EXPECT_EQ(-EOPNOTSUPP, ioeventfd(self->fd, &self->arg, 0));
		return;
	}
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg, 0));
	EXPECT_EQ(-EBUSY, ioeventfd(self->fd, &self->arg, 0));
	serve(self->evtchn[1]);
	EXPECT_TRUE(request(from, port, page, DEVICE + NOTIFY_REG, 3, 0));
	EXPECT_EQ(8, read(self->event, &n, 8));
	EXPECT_EQ(1, n);
	serve(self->evtchn[1]);
	/* Another queue, another register, a read: the device model's. */
	EXPECT_FALSE(request(from, port, page, DEVICE + NOTIFY_REG, 2, 0));
	serve(self->evtchn[1]);
	EXPECT_FALSE(request(from, port, page, DEVICE, 3, 0));
	serve(self->evtchn[1]);
	EXPECT_FALSE(request(from, port, page, DEVICE + NOTIFY_REG, 3, DIR_READ));
	serve(self->evtchn[1]);
	EXPECT_EQ(-1, read(self->event, &n, 8));
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg,
			       PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
	EXPECT_EQ(-ENODEV, ioeventfd(self->fd, &self->arg,
				     PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
	EXPECT_FALSE(request(from, port, page, DEVICE + NOTIFY_REG, 3, 0));
}

TEST_F(kick, bad_ones)
{
	struct privcmd_ioeventfd arg = self->arg;
	void *empty;

	if (xt_privcmd_is_bases())
		SKIP(return, "the base's own code does not survive it");
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 2));
	arg.addr_len = 3;
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	arg = self->arg;
	arg.vcpus = 0;
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	arg = self->arg;
	arg.addr = ~0ULL;
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	arg = self->arg;
	arg.event_fd = -1;
	EXPECT_EQ(-EBADF, ioeventfd(self->fd, &arg, 0));
	arg.event_fd = self->fd;
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	/* Not a page of requests, not mapped, not in a page. */
	arg = self->arg;
	arg.ioreq = (uintptr_t)&arg & ~(XT_PAGE - 1);
	EXPECT_EQ(-EFAULT, ioeventfd(self->fd, &arg, 0));
	arg.ioreq = 0;
	EXPECT_EQ(-EFAULT, ioeventfd(self->fd, &arg, 0));
	EXPECT_EQ(-ENODEV, ioeventfd(self->fd, &arg,
				     PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
	arg.ioreq = (uintptr_t)self->page + 8;
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	EXPECT_EQ(-ENODEV, ioeventfd(self->fd, &arg,
				     PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
	/* In the last page of a page table, where nothing is mapped yet. */
	empty = mmap(NULL, 4 * PMD_SIZE, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, empty);
	for (int i = 8; i < XT_PAGE; i *= 2) {
		arg.ioreq = ((uintptr_t)empty & ~(PMD_SIZE - 1)) +
			    2 * PMD_SIZE - XT_PAGE + i;
		EXPECT_EQ(-ENODEV, ioeventfd(self->fd, &arg,
					     PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
		EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	}
	if (xt_role_is_pv(xt_role()))
		return;
	/* More vCPUs than the page has requests. */
	arg = self->arg;
	arg.vcpus = 4096;
	arg.ports = (uintptr_t)mmap(NULL, 4 * XT_PAGE, RW,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
	arg = self->arg;
	arg.ports = (uintptr_t)xt_bad_pointer();
	EXPECT_EQ(-EFAULT, ioeventfd(self->fd, &arg, 0));
	arg = self->arg;
	arg.dom = 1;
	EXPECT_EQ(-EINVAL, ioeventfd(self->fd, &arg, 0));
}

/* Asks for one, and takes it back if it was to be had. */
static int try_port(int fd, struct privcmd_ioeventfd *arg, uint32_t port)
{
	int ret;

	arg->ports = (uintptr_t)&port;
	ret = ioeventfd(fd, arg, 0);
	if (!ret)
		ioeventfd(fd, arg, PRIVCMD_IOEVENTFD_FLAG_DEASSIGN);
	return ret;
}

/* Why there can be no ioeventfd, if so. */
static const char *without_kicks(void)
{
	if (xt_role_is_pv(xt_role()))
		return "only where the kernel has an address for the page";
	if (xt_privcmd_is_bases())
		return "the base's own code does not survive it";
	return NULL;
}

/* Whose a port is does not depend on who knows its number. */
TEST_F(kick, others_ports)
{
	domid_t dom = self->dom;
	int fd, port, ret;

	if (without_kicks())
		SKIP(return, "%s", without_kicks());
	EXPECT_EQ(0, try_port(self->fd, &self->arg, self->pair.port[1]));
	/* Nobody's, and one that waits for the other end. */
	for (port = 0; port < 1024; port++) {
		ret = try_port(self->fd, &self->arg, port);
		ASSERT_TRUE(!ret || ret == -EINVAL)
			TH_LOG("port %d: %d", port, ret);
	}
	EXPECT_EQ(-EINVAL, try_port(self->fd, &self->arg, 1U << 31));
	port = xt_evtchn_bind_unbound(self->evtchn[0], self->dom);
	ASSERT_GT(port, 0);
	EXPECT_EQ(-EINVAL, try_port(self->fd, &self->arg, port));
	ASSERT_EQ(0, xt_evtchn_unbind(self->evtchn[0], port));
	EXPECT_EQ(-EINVAL, try_port(self->fd, &self->arg, port));
	/* For a file that may name the domain alone, its channels alone. */
	fd = xt_privcmd_open();
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ioctl(fd, IOCTL_PRIVCMD_RESTRICT, &dom));
	EXPECT_EQ(-EPERM, try_port(fd, &self->arg, self->pair.port[1]));
	for (port = 0; port < 1024; port++) {
		ASSERT_NE(0, try_port(fd, &self->arg, port))
			TH_LOG("port %d", port);
	}
	port = xt_domain_evtchn(self->fd, self->dom);
	ASSERT_GT(port, 0);
	port = xt_evtchn_bind_peer(self->evtchn[1], self->dom, port);
	ASSERT_GT(port, 0);
	EXPECT_EQ(0, try_port(fd, &self->arg, port));
	EXPECT_EQ(0, try_port(self->fd, &self->arg, port));
	close(fd);
}

/* It is bound once, whatever is asked for, and until that ends. */
TEST_F(kick, a_port_serves_once)
{
	uint32_t twice[2] = { self->pair.port[1], self->pair.port[1] };
	struct privcmd_ioeventfd arg = self->arg;
	struct request *other;

	if (without_kicks())
		SKIP(return, "%s", without_kicks());
	arg.ports = (uintptr_t)twice;
	arg.vcpus = 2;
	EXPECT_EQ(-EBUSY, ioeventfd(self->fd, &arg, 0));
	/* Nothing of it is left. */
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg, 0));
	other = mmap(NULL, XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_IOREQ,
				     self->server, 1, 1, other));
	arg = self->arg;
	arg.ioreq = (uintptr_t)other;
	EXPECT_EQ(-EBUSY, ioeventfd(self->fd, &arg, 0));
	serve(self->evtchn[1]);
	EXPECT_TRUE(request(self->evtchn[0], self->pair.port[0], self->page,
			    DEVICE + NOTIFY_REG, 3, 0));
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg,
			       PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
	EXPECT_EQ(0, ioeventfd(self->fd, &arg, 0));
}

/* It outlives the file that bound it, and is closed behind the last user. */
TEST_F(kick, keeps_its_port)
{
	int port = self->pair.port[1], from = self->evtchn[0];

	if (without_kicks())
		SKIP(return, "%s", without_kicks());
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg, 0));
	ASSERT_EQ(0, xt_evtchn_unbind(self->evtchn[1], port));
	EXPECT_EQ(0, xt_evtchn_bind_static(self->evtchn[1], port));
	ASSERT_EQ(0, xt_evtchn_unbind(self->evtchn[1], port));
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg,
			       PRIVCMD_IOEVENTFD_FLAG_DEASSIGN));
	EXPECT_GT(0, xt_evtchn_bind_static(self->evtchn[1], port));
	EXPECT_EQ(0, xt_evtchn_unbind(from, self->pair.port[0]));
}

/* Unmapping the page ends what waits there, and nothing of it is left. */
TEST_F(kick, ends_with_the_page)
{
	struct request *other;

	if (without_kicks())
		SKIP(return, "%s", without_kicks());
	other = mmap(NULL, XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_IOREQ,
				     self->server, 1, 1, other));
	ASSERT_EQ(0, ioeventfd(self->fd, &self->arg, 0));
	serve(self->evtchn[1]);
	EXPECT_TRUE(request(self->evtchn[0], self->pair.port[0], other,
			    DEVICE + NOTIFY_REG, 3, 0));
	serve(self->evtchn[1]);
	ASSERT_EQ(0, munmap(self->page, XT_PAGE));
	EXPECT_FALSE(request(self->evtchn[0], self->pair.port[0], other,
			     DEVICE + NOTIFY_REG, 3, 0));
	serve(self->evtchn[1]);
	self->arg.ioreq = (uintptr_t)other;
	EXPECT_EQ(0, ioeventfd(self->fd, &self->arg, 0));
	EXPECT_TRUE(request(self->evtchn[0], self->pair.port[0], other,
			    DEVICE + NOTIFY_REG, 3, 0));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
