/* The floor: what must be paid for each delivered frame, whatever the server is written in.
 *
 * Frames come on standard input, each as int32 little-endian length and JPEG. Viewers come on a
 * port that is printed first. Each frame goes to each viewer with one writev of a part's head and
 * the shared JPEG, without blocking; who does not take it whole gets the rest when it is ready, and
 * then the newest frame. There is nothing else: no parser, no registry, no bookkeeping.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME 900 /* seconds; nobody is left behind, whatever happens */
#define MAX_VIEWERS 65536

struct part {
    int users;
    uint64_t number; /* from 1 */
    size_t head_size, body_size;
    char head[160];
    char body[]; /* the JPEG and CR LF */
};

struct viewer {
    bool watching;
    bool polled;       /* EPOLLOUT is asked for */
    struct part *part; /* half sent; NULL: ready for the next frame */
    size_t sent;
    uint64_t last; /* number of the frame that was begun last */
};

static struct viewer viewers[MAX_VIEWERS]; /* by file descriptor */
static int highest, poller;
static struct part *newest;

static void release(struct part *part) {
    if (part && !--part->users) free(part);
}

static void poll_for(int fd, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(poller, operation, fd, &event)) perror("epoll_ctl"), exit(1);
}

static void leave(int fd) {
    release(viewers[fd].part);
    memset(&viewers[fd], 0, sizeof viewers[fd]);
    close(fd);
}

/* Sends what is left of its frame, and then the newest if it is another. */
static void serve(int fd) {
    struct viewer *viewer = &viewers[fd];
    while (viewer->watching) {
        if (!viewer->part) {
            if (!newest || viewer->last == newest->number) break;
            viewer->part = newest;
            viewer->last = newest->number;
            newest->users++;
            viewer->sent = 0;
        }
        struct part *part = viewer->part;
        size_t head = viewer->sent < part->head_size ? viewer->sent : part->head_size;
        size_t body = viewer->sent - head;
        struct iovec pieces[2] = {{part->head + head, part->head_size - head},
                                  {part->body + body, part->body_size - body}};
        ssize_t sent = writev(fd, pieces, 2);
        if (sent < 0 && errno != EAGAIN) {
            leave(fd);
            return;
        }
        viewer->sent += sent > 0 ? (size_t)sent : 0;
        if (viewer->sent < part->head_size + part->body_size) {
            if (!viewer->polled) poll_for(fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            viewer->polled = true;
            return;
        }
        release(part);
        viewer->part = NULL;
    }
    if (viewer->polled) poll_for(fd, EPOLLIN, EPOLL_CTL_MOD);
    viewer->polled = false;
}

static void publish(const unsigned char *jpeg, size_t size) {
    struct part *part = malloc(sizeof *part + size + 2);
    struct timespec time;
    if (!part) abort();
    clock_gettime(CLOCK_REALTIME, &time);
    part->users = 1;
    part->number = newest ? newest->number + 1 : 1;
    part->head_size = (size_t)snprintf(
        part->head, sizeof part->head,
        "--camserveframe\r\nContent-Type: image/jpeg\r\nContent-Length: %zu\r\n"
        "X-Timestamp: %lld.%06ld\r\n\r\n",
        size, (long long)time.tv_sec, time.tv_nsec / 1000);
    memcpy(part->body, jpeg, size);
    memcpy(part->body + size, "\r\n", 2);
    part->body_size = size + 2;
    release(newest);
    newest = part;
    for (int fd = 0; fd <= highest; fd++)
        if (viewers[fd].watching && !viewers[fd].part) serve(fd);
}

static void read_frames(void) {
    static unsigned char data[1 << 20];
    static size_t filled;
    ssize_t got = read(0, data + filled, sizeof data - filled);
    if (got <= 0) exit(0);
    filled += (size_t)got;
    while (filled >= 4) {
        size_t size = data[0] | data[1] << 8 | data[2] << 16 | (size_t)data[3] << 24;
        if (size > sizeof data - 4) fprintf(stderr, "frame too large\n"), exit(1);
        if (filled < size + 4) return;
        publish(data + 4, size);
        filled -= size + 4;
        memmove(data, data + size + 4, filled);
    }
}

static void greet(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0 || fd >= MAX_VIEWERS) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){16384}, sizeof(int));
    if (fd > highest) highest = fd;
    poll_for(fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void hear(int fd) {
    static const char head[] = "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: "
                               "multipart/x-mixed-replace; boundary=camserveframe\r\n\r\n";
    char request[4096];
    ssize_t size = read(fd, request, sizeof request);
    if (size <= 0 && !(size < 0 && errno == EAGAIN)) {
        leave(fd);
    } else if (size > 0 && !viewers[fd].watching) {
        /* Our own viewers ask in one piece. */
        if (write(fd, head, sizeof head - 1) < 0) leave(fd);
        else viewers[fd].watching = true, serve(fd);
    }
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    alarm(LIFETIME);
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        return perror("listen"), 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    poll_for(listener, EPOLLIN, EPOLL_CTL_ADD);
    poll_for(0, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == 0) read_frames();
            else if (fd == listener) greet(listener);
            else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) hear(fd);
            else if (events[i].events & EPOLLOUT) serve(fd);
        }
    }
}
