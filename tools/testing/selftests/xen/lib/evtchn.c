// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "evtchn.h"
#include "util.h"

static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

int xt_evtchn_open(void)
{
	return result(open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC));
}

int xt_evtchn_bind_unbound(int fd, unsigned int remote_domid)
{
	struct ioctl_evtchn_bind_unbound_port op = { remote_domid };

	return result(ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &op));
}

int xt_evtchn_bind_peer(int fd, unsigned int domid, unsigned int port)
{
	struct ioctl_evtchn_bind_interdomain op = { domid, port };

	return result(ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &op));
}

int xt_evtchn_bind_static(int fd, unsigned int port)
{
	struct ioctl_evtchn_bind op = { port };

	return result(ioctl(fd, IOCTL_EVTCHN_BIND_STATIC, &op));
}

int xt_evtchn_unbind(int fd, unsigned int port)
{
	struct ioctl_evtchn_unbind op = { port };

	return result(ioctl(fd, IOCTL_EVTCHN_UNBIND, &op));
}

int xt_evtchn_notify(int fd, unsigned int port)
{
	struct ioctl_evtchn_notify op = { port };

	return result(ioctl(fd, IOCTL_EVTCHN_NOTIFY, &op));
}

int xt_evtchn_restrict(int fd, unsigned int domid)
{
	struct ioctl_evtchn_restrict_domid op = { domid };

	return result(ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &op));
}

int xt_evtchn_unmask(int fd, unsigned int port)
{
	uint32_t word = port;
	ssize_t done = write(fd, &word, sizeof(word));

	if (done < 0)
		return -errno;
	return done == sizeof(word) ? 0 : -EIO;
}

int xt_evtchn_next(int fd, int ms)
{
	uint32_t port;
	int ready = xt_poll_in(fd, ms);
	ssize_t got;

	if (ready <= 0)
		return ready ?: -ETIMEDOUT;
	got = read(fd, &port, sizeof(port));
	if (got < 0)
		return -errno;
	return got == sizeof(port) ? (int)port : -EIO;
}

int xt_evtchn_loop(int fd0, int fd1, struct xt_evtchn_pair *pair)
{
	int ret = xt_evtchn_bind_unbound(fd0, DOMID_SELF);

	if (ret < 0)
		return ret;
	pair->port[0] = ret;
	ret = xt_evtchn_bind_peer(fd1, DOMID_SELF, pair->port[0]);
	if (ret < 0) {
		xt_evtchn_unbind(fd0, pair->port[0]);
		return ret;
	}
	pair->port[1] = ret;
	return 0;
}
