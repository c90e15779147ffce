/* Viewers by the hundred: load PORT KIND:VIEWERS:RATE:RCVBUF:CAMERA:PATH ...
 *
 * RATE: bytes per second that each viewer reads, 0: all it can get, -1: nothing after its first
 * frame. RCVBUF: SO_RCVBUF, 0: the kernel's choice.
 * Prints `ready` when every viewer has had a frame. Then on its standard input: `start` begins to
 * count (answered by `started`), `report` prints what was counted since as one line of JSON, `ages`
 * all ages by group, and the end of the input ends the program. What goes wrong is one line on
 * standard error, with status 1.
 *
 * A viewer must cost little, or it would slow what is measured: pictures are counted, timed and
 * then thrown away by the kernel (MSG_TRUNC, see tcp(7)), without being copied.
 */
#define _GNU_SOURCE
#include "request.h"
#include "statistics.h"
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFETIME 900        /* seconds; nobody is left behind, whatever happens */
#define TICK 5              /* milliseconds between two reads of a slow viewer */
#define BURST 0.05          /* seconds of its rate that a slow viewer may save up */
#define ETHERNET_MSS 1448   /* loopback's 64 kB would be coarser than any slow link */
#define PONG 10
#define READ_AHEAD 512      /* bytes; the heads before a picture and its stamp */

struct viewer {
    int fd;
    struct stream stream;
    struct group *group;
    double credit; /* bytes that a slow viewer may read now */
    struct viewer_figures figures;
};

static struct group *groups;
static struct viewer *viewers;
static int group_count, viewer_count, waiting;
static int poller;

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static struct group parse_group(char *words) {
    static const char *const names[] = {"mjpeg", "events", "socket", "live"};
    struct group group = {.kind = -1};
    char kind[16];
    int path = 0;
    sscanf(words, "%15[^:]:%d:%lf:%d:%u:%n", kind, &group.viewers, &group.rate, &group.rcvbuf,
           &group.camera, &path);
    for (int i = 0; i < 4; i++)
        if (!strcmp(kind, names[i])) group.kind = i;
    if (!path || group.kind < 0) fprintf(stderr, "bad group %s\n", words), exit(2);
    group.path = words + path;
    return group;
}

static void say(struct viewer *viewer, const char *words, size_t size) {
    /* Whoever takes nothing more is lost; reading will show it. */
    send(viewer->fd, words, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void watch(struct viewer *viewer, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct group *group = viewer->group;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    viewer->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (viewer->fd < 0) fail("socket");
    if (group->rcvbuf) {
        int mss = ETHERNET_MSS;
        setsockopt(viewer->fd, SOL_SOCKET, SO_RCVBUF, &group->rcvbuf, sizeof(int));
        setsockopt(viewer->fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof mss);
    }
    setsockopt(viewer->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(viewer->fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    stream_begin(&viewer->stream, (enum kind)group->kind);
    char request[MAX_REQUEST];
    say(viewer, request, write_request(request, group->kind, group->path));
    if (group->rate <= 0) { /* slow ones are read at each tick instead */
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = viewer};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, viewer->fd, &event)) fail("epoll_ctl");
    }
}

static void frame_came(struct viewer *viewer, const struct frame *frame) {
    struct group *group = viewer->group;
    if (!viewer->figures.begun && !--waiting) printf("ready\n");
    count_frame(group, &viewer->figures, frame);
    if (group->kind == LIVE) {
        char ack[MAX_REQUEST];
        say(viewer, ack, write_ack(ack, group->camera, frame->live_sequence));
    }
    if (group->rate < 0) epoll_ctl(poller, EPOLL_CTL_DEL, viewer->fd, NULL);
}

static void lost(struct viewer *viewer) {
    struct group *group = viewer->group;
    if (!viewer->figures.begun) {
        fprintf(stderr, "%s: refused with status %d\n", group->path, viewer->stream.status);
        exit(1);
    }
    close(viewer->fd);
    viewer->fd = -1;
    group->lost++;
}

static void take(struct viewer *viewer, const unsigned char *data, size_t size,
                 struct frame *frame) {
    struct stream *stream = &viewer->stream;
    char words[MAX_REQUEST];
    for (size_t at = 0; at < size && !stream->broken;) {
        bool asked = stream->status > 0;
        at += stream_take(stream, data + at, size - at, frame);
        if (!asked && stream->status == 101)
            say(viewer, words, write_wish(words, viewer->group->kind, viewer->group->camera));
        if (frame->complete) frame_came(viewer, frame);
        if (frame->ping)
            say(viewer, words, write_websocket(words, PONG, frame->ping_data, frame->ping_bytes));
    }
}

/* Reads at most `limit` bytes, and not much behind a frame; returns how many it read. */
static size_t read_some(struct viewer *viewer, size_t limit) {
    unsigned char data[READ_AHEAD];
    struct stream *stream = &viewer->stream;
    size_t total = 0;
    struct frame frame = {0};
    while (total < limit && !frame.complete) {
        size_t opaque = stream_opaque(stream);
        size_t wanted = opaque ? opaque : sizeof data;
        if (wanted > limit - total) wanted = limit - total;
        ssize_t got = recv(viewer->fd, data, wanted, MSG_DONTWAIT | (opaque ? MSG_TRUNC : 0));
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got <= 0) {
            lost(viewer);
            return total;
        }
        total += (size_t)got;
        viewer->group->bytes += (uint64_t)got;
        if (opaque) {
            stream_skipped(stream, (size_t)got);
            continue;
        }
        take(viewer, data, (size_t)got, &frame);
        if (stream->broken) {
            lost(viewer);
            return total;
        }
        if ((size_t)got < wanted) break;
    }
    return total;
}

static void read_slowly(double seconds) {
    for (int i = 0; i < viewer_count; i++) {
        struct viewer *viewer = &viewers[i];
        double rate = viewer->group->rate;
        if (viewer->fd < 0 || rate <= 0) continue;
        viewer->credit += rate * seconds;
        if (viewer->credit > rate * BURST) viewer->credit = rate * BURST;
        for (size_t got = 1; got && viewer->fd >= 0 && viewer->credit >= 1;) {
            got = read_some(viewer, (size_t)viewer->credit);
            viewer->credit -= (double)got;
        }
    }
}

static void obey(void) {
    char words[256];
    ssize_t size = read(0, words, sizeof words - 1);
    if (size <= 0) exit(0);
    words[size] = 0;
    if (!strncmp(words, "start", 5)) {
        for (int i = 0; i < group_count; i++) begin_counting(&groups[i]);
        for (int i = 0; i < viewer_count; i++) viewers[i].figures.frames = 0;
        printf("started\n");
    } else if (!strncmp(words, "ages", 4)) {
        report_ages(groups, group_count);
    } else if (!strncmp(words, "report", 6)) {
        for (int i = 0; i < viewer_count; i++)
            compare(viewers[i].group, &viewers[i].figures);
        report(groups, group_count);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    bool slow = false;
    alarm(LIFETIME);
    setvbuf(stdout, NULL, _IOLBF, 0);
    poller = epoll_create1(0);
    group_count = argc - 2;
    groups = calloc((size_t)group_count, sizeof *groups);
    for (int i = 0; i < group_count; i++) {
        groups[i] = parse_group(argv[i + 2]);
        viewer_count += groups[i].viewers;
        slow |= groups[i].rate > 0;
    }
    viewers = calloc((size_t)viewer_count, sizeof *viewers);
    waiting = viewer_count;
    struct epoll_event commands = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, 0, &commands)) fail("standard input");
    for (int i = 0, n = 0; i < group_count; i++)
        for (int k = 0; k < groups[i].viewers; k++, n++) {
            viewers[n].group = &groups[i];
            watch(&viewers[n], atoi(argv[1]));
        }
    for (uint64_t before = now();;) {
        struct epoll_event events[256];
        int count = epoll_wait(poller, events, 256, slow ? TICK : -1);
        for (int i = 0; i < count; i++) {
            struct viewer *viewer = events[i].data.ptr;
            if (!viewer) obey();
            else if (viewer->fd >= 0) read_some(viewer, SIZE_MAX);
        }
        if (slow && now() - before >= TICK * 1000000ull) {
            uint64_t at = now();
            read_slowly((double)(at - before) / 1e9);
            before = at;
        }
    }
}
