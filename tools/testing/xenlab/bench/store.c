// SPDX-License-Identifier: GPL-2.0
/* A xenstore client of the four requests that the bench needs, on the kernel's own device. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* Wire format: the hypervisor's public/io/xs_wire.h. */
enum { XS_READ = 2, XS_WATCH = 4, XS_WRITE = 11, XS_WATCH_EVENT = 15, XS_ERROR = 16 };
#define XS_PAYLOAD	4096

struct xs_head {
	uint32_t type, req_id, tx_id, len;
};

int store_open(void)
{
	int fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);

	return fd >= 0 ? fd : open("/proc/xen/xenbus", O_RDWR | O_CLOEXEC);
}

static int get_all(int fd, void *data, size_t size)
{
	while (size) {
		ssize_t got = read(fd, data, size);

		if (got <= 0)
			return -1;
		data = (char *)data + got;
		size -= got;
	}
	return 0;
}

/* One message into @text, which holds XS_PAYLOAD + 1 bytes; returns its type. */
static int get_message(int fd, char *text)
{
	struct xs_head head;

	if (get_all(fd, &head, sizeof(head)) || head.len > XS_PAYLOAD ||
	    get_all(fd, text, head.len))
		die("xenstore");
	text[head.len] = 0;
	return (int)head.type;
}

/* Sends path, NUL and value and returns the answer; watch events in between are dropped. */
static char *ask(int fd, uint32_t type, const char *path, const char *value, int value_len)
{
	static char text[XS_PAYLOAD + 1];
	char message[sizeof(struct xs_head) + XS_PAYLOAD];
	struct xs_head head = { .type = type };
	size_t path_len = strlen(path) + 1;
	int got;

	head.len = path_len + value_len;
	if (head.len > XS_PAYLOAD) {
		errno = E2BIG;
		return NULL;
	}
	memcpy(message, &head, sizeof(head));
	memcpy(message + sizeof(head), path, path_len);
	memcpy(message + sizeof(head) + path_len, value, value_len);
	if (write(fd, message, sizeof(head) + head.len) < 0)
		return NULL;
	do
		got = get_message(fd, text);
	while (got == XS_WATCH_EVENT);
	if (got == XS_ERROR) {
		errno = strcmp(text, "ENOENT") ? EIO : ENOENT;
		return NULL;
	}
	return text;
}

int store_watch(int fd, const char *path, const char *token)
{
	return ask(fd, XS_WATCH, path, token, strlen(token) + 1) ? 0 : -1;
}

/* Sleeps until a watch of @fd fires. */
int store_wait(int fd)
{
	char text[XS_PAYLOAD + 1];

	while (get_message(fd, text) != XS_WATCH_EVENT)
		;
	return 0;
}

/* The value at @path, valid until the next request, or NULL. */
char *store_read(int fd, const char *path)
{
	return ask(fd, XS_READ, path, "", 0);
}

int store_write(int fd, const char *path, const char *value)
{
	return ask(fd, XS_WRITE, path, value, strlen(value)) ? 0 : -1;
}
