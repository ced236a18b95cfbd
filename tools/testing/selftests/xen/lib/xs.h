/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of the store's wire protocol through /dev/xen/xenbus.
 *
 * Every wait has a limit (XT_XS_WAIT_MS), after which -ETIMEDOUT is returned:
 * a lost reply fails a test, it does not hang it.  Errors that the store sends
 * by name come back as -errno.
 */
#ifndef SELFTEST_XEN_XS_H
#define SELFTEST_XEN_XS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XT_XS_WAIT_MS		10000
#define XT_XS_PAYLOAD_MAX	4096
/* Where a domain may write in its own home. */
#define XT_XS_HOME		"data/xen-selftest"

/* Message types that the tests send; docs/misc/xenstore.txt has them all. */
enum xt_xs_type {
	XT_XS_DIRECTORY		= 1,
	XT_XS_READ		= 2,
	XT_XS_GET_PERMS		= 3,
	XT_XS_WATCH		= 4,
	XT_XS_UNWATCH		= 5,
	XT_XS_TRANSACTION_START	= 6,
	XT_XS_TRANSACTION_END	= 7,
	XT_XS_GET_DOMAIN_PATH	= 10,
	XT_XS_WRITE		= 11,
	XT_XS_MKDIR		= 12,
	XT_XS_RM		= 13,
	XT_XS_SET_PERMS		= 14,
	XT_XS_WATCH_EVENT	= 15,
	XT_XS_ERROR		= 16,
};

struct xt_xs_hdr {
	uint32_t type;
	uint32_t req_id;
	uint32_t tx_id;
	uint32_t len;
};

struct xt_xs_msg {
	struct xt_xs_hdr hdr;
	char body[XT_XS_PAYLOAD_MAX + 1];	/* always ends in NUL */
};

#define XT_XS_EVENTS	32

struct xt_xs_event {
	char path[256];
	char token[64];
};

struct xt_xs {
	int fd;
	uint32_t next_id;
	/* Watch events that came in while a reply was waited for. */
	struct xt_xs_event events[XT_XS_EVENTS];
	unsigned int nr_events;
};

int xt_xs_open(struct xt_xs *xs);
void xt_xs_close(struct xt_xs *xs);

/* Raw halves, for tests of the protocol itself. */
int xt_xs_send(struct xt_xs *xs, const struct xt_xs_hdr *hdr, const void *body);
int xt_xs_recv(struct xt_xs *xs, struct xt_xs_msg *msg, int ms);
/* -errno for a reply of type ERROR, -EPROTO for one of another type. */
int xt_xs_status(const struct xt_xs_msg *msg, uint32_t type);

/*
 * One request, its reply in @msg (may be NULL).  Events that arrive first are
 * kept.  The reply must carry the request's id, else -EPROTO.
 */
int xt_xs_call(struct xt_xs *xs, uint32_t type, uint32_t tx, const void *body,
	       size_t len, struct xt_xs_msg *msg);

int xt_xs_read(struct xt_xs *xs, uint32_t tx, const char *path,
	       struct xt_xs_msg *msg);
/* Returns the text's length. */
int xt_xs_read_text(struct xt_xs *xs, uint32_t tx, const char *path,
		    char *buf, size_t size);
int xt_xs_write(struct xt_xs *xs, uint32_t tx, const char *path,
		const void *data, size_t len);
int xt_xs_write_text(struct xt_xs *xs, uint32_t tx, const char *path,
		     const char *text);
int xt_xs_path_call(struct xt_xs *xs, uint32_t type, uint32_t tx,
		    const char *path);
int xt_xs_begin(struct xt_xs *xs, uint32_t *tx);
int xt_xs_end(struct xt_xs *xs, uint32_t tx, bool commit);
int xt_xs_watch(struct xt_xs *xs, uint32_t type, const char *path,
		const char *token);
/* Next watch event; -ETIMEDOUT when none comes in ms. */
int xt_xs_event(struct xt_xs *xs, struct xt_xs_event *event, int ms);

/* True when a reply to a harmless read comes back. */
bool xt_xs_answers(void);
/* True when a store daemon is running here (dom0 only knows this). */
bool xt_xs_daemon_here(void);

/*
 * For FIXTURE_SETUP(): a role with a store must reach it.  In dom0 a missing
 * daemon is not the kernel's fault, a silent one may be.
 */
#define XT_NEED_STORE()							\
	do {								\
		XT_NEED_XEN();						\
		if (xt_role_is_dom0(xt_role()) && !xt_xs_daemon_here())	\
			SKIP(return, "role %s: no store daemon runs",	\
			     xt_role_name(xt_role()));			\
	} while (0)

#endif
