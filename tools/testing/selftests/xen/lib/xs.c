// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"
#include "xs.h"

static const struct {
	const char *name;
	int number;
} error_names[] = {
	{ "EINVAL", EINVAL }, { "EACCES", EACCES }, { "EEXIST", EEXIST },
	{ "EISDIR", EISDIR }, { "ENOENT", ENOENT }, { "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC }, { "EIO", EIO }, { "ENOTEMPTY", ENOTEMPTY },
	{ "ENOSYS", ENOSYS }, { "EROFS", EROFS }, { "EBUSY", EBUSY },
	{ "EAGAIN", EAGAIN }, { "EISCONN", EISCONN }, { "E2BIG", E2BIG },
	{ "EPERM", EPERM },
};

int xt_xs_open(struct xt_xs *xs)
{
	memset(xs, 0, sizeof(*xs));
	xs->fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	if (xs->fd < 0)
		return -errno;
	xs->next_id = 1;
	return 0;
}

void xt_xs_close(struct xt_xs *xs)
{
	if (xs->fd >= 0)
		close(xs->fd);
	xs->fd = -1;
}

int xt_xs_send(struct xt_xs *xs, const struct xt_xs_hdr *hdr, const void *body)
{
	char buf[sizeof(*hdr) + XT_XS_PAYLOAD_MAX];
	ssize_t done;

	if (hdr->len > XT_XS_PAYLOAD_MAX)
		return -E2BIG;
	memcpy(buf, hdr, sizeof(*hdr));
	if (hdr->len)
		memcpy(buf + sizeof(*hdr), body, hdr->len);
	done = write(xs->fd, buf, sizeof(*hdr) + hdr->len);
	if (done < 0)
		return -errno;
	return done == (ssize_t)(sizeof(*hdr) + hdr->len) ? 0 : -EIO;
}

static int read_all(int fd, void *buf, size_t len, uint64_t until)
{
	char *p = buf;

	while (len) {
		int64_t left = (int64_t)(until - xt_now()) / (int64_t)XT_MS;
		int ready = xt_poll_in(fd, left > 0 ? left : 0);
		ssize_t got;

		if (ready < 0)
			return ready;
		if (!ready)
			return -ETIMEDOUT;
		got = read(fd, p, len);
		if (got < 0)
			return -errno;
		if (!got)
			return -EPIPE;
		p += got;
		len -= got;
	}
	return 0;
}

int xt_xs_recv(struct xt_xs *xs, struct xt_xs_msg *msg, int ms)
{
	uint64_t until = xt_now() + ms * XT_MS;
	int ret = read_all(xs->fd, &msg->hdr, sizeof(msg->hdr), until);

	if (ret)
		return ret;
	if (msg->hdr.len > XT_XS_PAYLOAD_MAX)
		return -EPROTO;
	msg->body[msg->hdr.len] = 0;
	/* The rest of a message that has begun is due at once. */
	return read_all(xs->fd, msg->body, msg->hdr.len,
			xt_now() + XT_XS_WAIT_MS * XT_MS);
}

int xt_xs_status(const struct xt_xs_msg *msg, uint32_t type)
{
	if (msg->hdr.type == type)
		return 0;
	if (msg->hdr.type != XT_XS_ERROR)
		return -EPROTO;
	for (size_t i = 0; i < sizeof(error_names) / sizeof(*error_names); i++)
		if (!strcmp(msg->body, error_names[i].name))
			return -error_names[i].number;
	return -EPROTO;
}

static int to_event(const struct xt_xs_msg *msg, struct xt_xs_event *event)
{
	size_t path = strlen(msg->body) + 1;

	if (path >= msg->hdr.len || msg->body[msg->hdr.len - 1])
		return -EPROTO;
	if (path > sizeof(event->path) ||
	    msg->hdr.len - path > sizeof(event->token))
		return -ENAMETOOLONG;
	memcpy(event->path, msg->body, path);
	memcpy(event->token, msg->body + path, msg->hdr.len - path);
	return 0;
}

int xt_xs_call(struct xt_xs *xs, uint32_t type, uint32_t tx, const void *body,
	       size_t len, struct xt_xs_msg *msg)
{
	struct xt_xs_hdr hdr = { type, xs->next_id++, tx, len };
	struct xt_xs_msg own;
	int ret;

	msg = msg ?: &own;
	ret = xt_xs_send(xs, &hdr, body);
	if (ret)
		return ret;
	for (;;) {
		ret = xt_xs_recv(xs, msg, XT_XS_WAIT_MS);
		if (ret)
			return ret;
		if (msg->hdr.type != XT_XS_WATCH_EVENT)
			break;
		if (xs->nr_events == XT_XS_EVENTS)
			return -ENOBUFS;
		ret = to_event(msg, &xs->events[xs->nr_events]);
		if (ret)
			return ret;
		xs->nr_events++;
	}
	return msg->hdr.req_id == hdr.req_id ? xt_xs_status(msg, type) : -EPROTO;
}

int xt_xs_path_call(struct xt_xs *xs, uint32_t type, uint32_t tx,
		    const char *path)
{
	return xt_xs_call(xs, type, tx, path, strlen(path) + 1, NULL);
}

int xt_xs_read(struct xt_xs *xs, uint32_t tx, const char *path,
	       struct xt_xs_msg *msg)
{
	return xt_xs_call(xs, XT_XS_READ, tx, path, strlen(path) + 1, msg);
}

int xt_xs_read_text(struct xt_xs *xs, uint32_t tx, const char *path,
		    char *buf, size_t size)
{
	struct xt_xs_msg msg;
	int ret = xt_xs_read(xs, tx, path, &msg);

	if (ret)
		return ret;
	if (msg.hdr.len >= size)
		return -E2BIG;
	memcpy(buf, msg.body, msg.hdr.len + 1);
	return msg.hdr.len;
}

int xt_xs_write(struct xt_xs *xs, uint32_t tx, const char *path,
		const void *data, size_t len)
{
	char body[XT_XS_PAYLOAD_MAX];
	size_t head = strlen(path) + 1;

	if (head + len > sizeof(body))
		return -E2BIG;
	memcpy(body, path, head);
	memcpy(body + head, data, len);
	return xt_xs_call(xs, XT_XS_WRITE, tx, body, head + len, NULL);
}

int xt_xs_write_text(struct xt_xs *xs, uint32_t tx, const char *path,
		     const char *text)
{
	return xt_xs_write(xs, tx, path, text, strlen(text));
}

int xt_xs_begin(struct xt_xs *xs, uint32_t *tx)
{
	struct xt_xs_msg msg;
	int ret = xt_xs_call(xs, XT_XS_TRANSACTION_START, 0, "", 1, &msg);

	if (ret)
		return ret;
	*tx = strtoul(msg.body, NULL, 10);
	return *tx ? 0 : -EPROTO;
}

int xt_xs_end(struct xt_xs *xs, uint32_t tx, bool commit)
{
	return xt_xs_call(xs, XT_XS_TRANSACTION_END, tx, commit ? "T" : "F", 2,
			  NULL);
}

int xt_xs_watch(struct xt_xs *xs, uint32_t type, const char *path,
		const char *token)
{
	char body[512];
	int len = snprintf(body, sizeof(body), "%s%c%s", path, 0, token);

	return xt_xs_call(xs, type, 0, body, len + 1, NULL);
}

int xt_xs_event(struct xt_xs *xs, struct xt_xs_event *event, int ms)
{
	struct xt_xs_msg msg;
	int ret;

	if (xs->nr_events) {
		*event = xs->events[0];
		xs->nr_events--;
		memmove(xs->events, xs->events + 1,
			xs->nr_events * sizeof(*event));
		return 0;
	}
	ret = xt_xs_recv(xs, &msg, ms);
	if (ret)
		return ret;
	return msg.hdr.type == XT_XS_WATCH_EVENT ? to_event(&msg, event) : -EPROTO;
}

bool xt_xs_answers(void)
{
	struct xt_xs xs;
	int ret;

	if (xt_xs_open(&xs))
		return false;
	ret = xt_xs_path_call(&xs, XT_XS_DIRECTORY, 0, "data");
	xt_xs_close(&xs);
	return ret != -ETIMEDOUT && ret != -EPROTO;
}

bool xt_xs_daemon_here(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], name[64];
	bool found = false;

	if (!proc)
		return false;
	while (!found && (entry = readdir(proc))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (xt_read_text(path, name, sizeof(name)) < 0)
			continue;
		found = !strcmp(name, "oxenstored") || !strcmp(name, "xenstored");
	}
	closedir(proc);
	return found;
}
