/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/evtchn.  Functions return a value >= 0, or -errno.
 */
#ifndef SELFTEST_XEN_EVTCHN_H
#define SELFTEST_XEN_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <xen/interface/xen.h>
#include <xen/evtchn.h>

#define XT_EVTCHN_WAIT_MS	5000

int xt_evtchn_open(void);
/* These two return the new local port. */
int xt_evtchn_bind_unbound(int fd, unsigned int remote_domid);
int xt_evtchn_bind_peer(int fd, unsigned int domid, unsigned int port);
/* Binds a port that is open; returns 0. */
int xt_evtchn_bind_static(int fd, unsigned int port);
int xt_evtchn_unbind(int fd, unsigned int port);
int xt_evtchn_notify(int fd, unsigned int port);
int xt_evtchn_restrict(int fd, unsigned int domid);
/* Lets the port speak again. */
int xt_evtchn_unmask(int fd, unsigned int port);
/* Next port that spoke; -ETIMEDOUT when none does in ms. */
int xt_evtchn_next(int fd, int ms);

/* Two ends of one channel inside this domain. */
struct xt_evtchn_pair {
	int port[2];
};

int xt_evtchn_loop(int fd0, int fd1, struct xt_evtchn_pair *pair);

#endif
