/* A stream of pictures as a viewer gets it, read without I/O: which bytes end a frame, which frame
 * it was, and how many of the next bytes need not be seen at all. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind { MJPEG, EVENTS, SOCKET, LIVE };

/* The first bytes of each picture: SOI and a comment segment; see stamp.py. */
#define STAMP_BYTES 36
#define STAMP_BASE64 48

struct stream {
    enum kind kind;
    /* Transport: head of the response, then chunks, WebSocket frames, or simply bytes. */
    int stage;
    int status; /* of the response; 0 until its head is complete */
    bool chunked;
    uint64_t run;    /* bytes left of this chunk or WebSocket frame */
    int opcode;      /* of the WebSocket frame */
    bool text;       /* the message is text: nothing for us */
    bool broken;     /* these are not the bytes that were agreed on, or the server closed */
    /* Content. */
    int part;
    uint64_t skip;   /* bytes left of the picture */
    int64_t length;  /* Content-Length of the multipart part, -1: none seen */
    const char *tail; /* bytes that have to follow the picture */
    size_t filled;
    unsigned char line[512];
    size_t collected;
    unsigned char collect[64]; /* the stamp, with what stands before it on a live socket */
    size_t head_filled, control_filled;
    unsigned char head[10], control[125];
};

struct frame {
    bool complete;
    uint64_t sent_at; /* CLOCK_MONOTONIC, ns */
    uint32_t sequence, size;
    uint64_t live_sequence; /* the server's own number, for the acknowledgement */
    bool ping;
    size_t ping_bytes;
    unsigned char ping_data[125];
};

void stream_begin(struct stream *s, enum kind kind);

/* Reads on; stops behind a frame or a ping. Returns how many bytes it took. */
size_t stream_take(struct stream *s, const unsigned char *data, size_t size, struct frame *f);

/* How many of the next bytes are the inside of a picture. They may be thrown away unseen. */
size_t stream_opaque(const struct stream *s);
void stream_skipped(struct stream *s, size_t size);

#endif
