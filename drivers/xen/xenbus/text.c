// SPDX-License-Identifier: GPL-2.0
/*
 * Messages, paths and states as text. Everything that comes from a user, from the store or from a
 * peer's directory and is more than a number is judged here. Pure; tested in xen-unit/xenbus.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/string.h>
#include "text.h"

#define ERRORS	(sizeof(xsd_errors) / sizeof(*xsd_errors))

/**
 * xs_message_wants() - how many bytes a user's message still lacks
 * @msg: the message so far
 * @want: bytes up to the next thing to decide, 0 if the message is whole
 *
 * Return: 0; -E2BIG if the header announces more payload than the protocol allows.
 */
int xs_message_wants(const struct xs_message *msg, u32 *want)
{
	u32 whole;

	*want = 0;
	if (msg->have < sizeof(msg->hdr)) {
		*want = sizeof(msg->hdr) - msg->have;
		return 0;
	}
	if (msg->hdr.len > XENSTORE_PAYLOAD_MAX)
		return -E2BIG;
	whole = sizeof(msg->hdr) + msg->hdr.len;
	*want = whole - msg->have;
	return 0;
}

/* Where the next bytes of the message go; there is room for what xs_message_wants() says. */
void *xs_message_room(struct xs_message *msg)
{
	if (msg->have < sizeof(msg->hdr))
		return (char *)&msg->hdr + msg->have;
	return msg->body + (msg->have - sizeof(msg->hdr));
}

/* The end of the text at @from within @len bytes, or NULL if nothing ends it there. */
static const char *text_end(const char *from, u32 len)
{
	return len ? memchr(from, 0, len) : NULL;
}

/**
 * xs_text_watch() - take the payload of XS_WATCH or XS_UNWATCH apart
 * @body: the payload
 * @len: its length
 * @out: set on success, pointing into @body
 *
 * Return: 0; -EINVAL if there are not two or three texts, each with its NUL, and nothing else.
 */
int xs_text_watch(const char *body, u32 len, struct xs_watch_text *out)
{
	const char *text[3] = { NULL, NULL, NULL }, *end, *at = body;
	unsigned int n;

	for (n = 0; at < body + len; n++) {
		end = text_end(at, body + len - at);
		if (!end || n == 3)
			return -EINVAL;
		text[n] = at;
		at = end + 1;
	}
	if (n < 2)
		return -EINVAL;
	out->path = text[0];
	out->token = text[1];
	out->depth = text[2];
	return 0;
}

/* "T" commits, "F" gives up, each with its NUL; anything else is -EINVAL. */
int xs_text_end_of_transaction(const char *body, u32 len, bool *commit)
{
	if (len != 2 || body[1] || (body[0] != 'T' && body[0] != 'F'))
		return -EINVAL;
	*commit = body[0] == 'T';
	return 0;
}

/* Count the texts in @len bytes; -EIO if the last one has no NUL. */
int xs_text_count(const char *text, u32 len, unsigned int *count)
{
	u32 i;

	*count = 0;
	if (len && text[len - 1])
		return -EIO;
	for (i = 0; i < len; i++)
		*count += !text[i];
	return 0;
}

/* The errno, negative, that the store means by a name; an unknown name is -EINVAL. */
int xs_text_error(const char *text, u32 len)
{
	size_t i;

	for (i = 0; i < ERRORS; i++)
		if (strnlen(text, len) == strlen(xsd_errors[i].errstring) &&
		    !strncmp(text, xsd_errors[i].errstring, len))
			return -xsd_errors[i].errnum;
	return -EINVAL;
}

/* Bytes in a ring; more than XENSTORE_RING_SIZE if its indices make no sense. */
u32 xs_ring_filled(XENSTORE_RING_IDX prod, XENSTORE_RING_IDX cons)
{
	return prod - cons;
}

/* How many of @len bytes at index @at come before the ring's end. */
u32 xs_ring_piece(XENSTORE_RING_IDX at, u32 len)
{
	u32 left = XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(at);

	if (len > left)
		len = left;
	return len;
}

/* A state's name for logs and sysfs. */
const char *xs_state_name(unsigned int state)
{
	switch (state) {
	case XenbusStateUnknown:
		return "Unknown";
	case XenbusStateInitialising:
		return "Initialising";
	case XenbusStateInitWait:
		return "InitWait";
	case XenbusStateInitialised:
		return "Initialised";
	case XenbusStateConnected:
		return "Connected";
	case XenbusStateClosing:
		return "Closing";
	case XenbusStateClosed:
		return "Closed";
	case XenbusStateReconfiguring:
		return "Reconfiguring";
	case XenbusStateReconfigured:
		return "Reconfigured";
	}
	return "INVALID";
}

/* The type in root/type/...; -EINVAL if there is none or it is longer than a device's name. */
int xs_path_type(const char *path, char type[XEN_BUS_ID_SIZE])
{
	const char *from = strchr(path, '/');
	size_t len;

	if (!from)
		return -EINVAL;
	from++;
	len = strcspn(from, "/");
	if (!len || len >= XEN_BUS_ID_SIZE)
		return -EINVAL;
	memcpy(type, from, len);
	type[len] = 0;
	return 0;
}

/*
 * Length of that part of @path that names a device: the root and @levels names below it.
 * -ENOENT if the path ends before.
 */
int xs_path_device(const char *path, unsigned int levels)
{
	const char *at = path;

	while (levels--) {
		at = strchr(at, '/');
		if (!at || !*++at)
			return -ENOENT;
	}
	return at - path + strcspn(at, "/");
}

/**
 * xs_path_frontend_id() - the name in sysfs of a frontend's directory in the store
 * @nodename: "device/<type>/<id>"
 * @id: for "<type>-<id>"
 *
 * Return: 0, or -EINVAL if it has another shape or is too long.
 */
int xs_path_frontend_id(const char *nodename, char id[XEN_BUS_ID_SIZE])
{
	const char *type = strchr(nodename, '/');
	char *slash;

	if (!type || !type[1] || strlen(type + 1) >= XEN_BUS_ID_SIZE)
		return -EINVAL;
	memcpy(id, type + 1, strlen(type + 1) + 1);
	slash = strchr(id, '/');
	if (!slash || slash == id || !slash[1])
		return -EINVAL;
	*slash = '-';
	return 0;
}
EXPORT_SYMBOL_GPL(xs_path_frontend_id);

/* Is @path @top, or below it? */
bool xs_path_within(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}
