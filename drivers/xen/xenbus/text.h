/* SPDX-License-Identifier: GPL-2.0 */
/* What xenbus reads out of bytes and paths. Pure: no allocation, no locks, no kernel state. */
#ifndef _XEN_XENBUS_TEXT_H
#define _XEN_XENBUS_TEXT_H

#include <linux/types.h>
#include <xen/interface/io/xenbus.h>
#include <xen/interface/io/xs_wire.h>

/* A device's name in sysfs, with its NUL. */
#define XEN_BUS_ID_SIZE		20

/**
 * struct xs_message - a request as a user writes it, piece by piece
 * @have: bytes that are here
 * @hdr: the header, valid once @have covers it
 * @body: payload; one byte more than the protocol allows, so that it can always be ended by a NUL
 */
struct xs_message {
	u32 have;
	struct xsd_sockmsg hdr;
	char body[XENSTORE_PAYLOAD_MAX + 1];
};

/**
 * struct xs_watch_text - the payload of a request to watch or to stop watching
 * @path: what to watch
 * @token: the user's own name for it
 * @depth: levels below @path, as the user wrote it, or NULL
 */
struct xs_watch_text {
	const char *path, *token, *depth;
};

int xs_message_wants(const struct xs_message *msg, u32 *want);
void *xs_message_room(struct xs_message *msg);
int xs_text_watch(const char *body, u32 len, struct xs_watch_text *out);
int xs_text_end_of_transaction(const char *body, u32 len, bool *commit);
int xs_text_count(const char *text, u32 len, unsigned int *count);
int xs_text_error(const char *text, u32 len);
u32 xs_ring_filled(XENSTORE_RING_IDX prod, XENSTORE_RING_IDX cons);
u32 xs_ring_piece(XENSTORE_RING_IDX at, u32 len);
const char *xs_state_name(unsigned int state);
int xs_path_type(const char *path, char type[XEN_BUS_ID_SIZE]);
int xs_path_device(const char *path, unsigned int levels);
int xs_path_frontend_id(const char *nodename, char id[XEN_BUS_ID_SIZE]);
bool xs_path_within(const char *path, const char *top);

#endif
