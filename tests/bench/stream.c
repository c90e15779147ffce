#define _GNU_SOURCE
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD, PLAIN, CHUNK_SIZE, CHUNK, CHUNK_END, WS_HEAD, WS_DATA, WS_CONTROL };
enum { LINE, STAMP, PICTURE, TAIL };

#define WITHOUT_END UINT64_MAX

static const char EVENT_PREFIX[] = "data: data:image/jpg;base64,";

void stream_begin(struct stream *s, enum kind kind) {
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->stage = HEAD;
    s->length = -1;
    s->part = kind == MJPEG || kind == EVENTS ? LINE : STAMP;
    s->tail = kind == MJPEG ? "\r\n" : kind == EVENTS ? "\n\n" : "";
}

static uint64_t little_endian(const unsigned char *p, int bytes) {
    uint64_t value = 0;
    while (bytes--) value = value << 8 | p[bytes];
    return value;
}

static int base64_digit(unsigned char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : 0;
}

static void decode_base64(const unsigned char *from, unsigned char *to, size_t size) {
    for (size_t i = 0; i < size; i += 4, to += 3) {
        uint32_t bits = 0;
        for (int k = 0; k < 4; k++) bits = bits << 6 | (uint32_t)base64_digit(from[i + k]);
        to[0] = bits >> 16, to[1] = bits >> 8 & 255, to[2] = bits & 255;
    }
}

/* What the stamp says is kept in `collect` until the picture has ended. */
static void read_stamp(struct stream *s) {
    unsigned char decoded[STAMP_BYTES];
    unsigned char *stamp = s->collect + (s->kind == LIVE ? 20 : 0);
    if (s->kind == EVENTS) {
        decode_base64(s->collect, decoded, STAMP_BASE64);
        memcpy(s->collect, decoded, STAMP_BYTES);
    }
    uint64_t size = little_endian(stamp + 26, 4);
    s->broken |= memcmp(stamp, "\xff\xd8\xff\xfe\x00\x20" "cambench", 14) != 0 ||
                 size < STAMP_BYTES || (s->kind == MJPEG && (uint64_t)s->length != size);
    s->skip = s->kind == EVENTS ? (size + 2) / 3 * 4 - STAMP_BASE64 : size - STAMP_BYTES;
    s->part = PICTURE;
    s->length = -1;
}

static void complete(struct stream *s, struct frame *f) {
    const unsigned char *stamp = s->collect + (s->kind == LIVE ? 20 : 0);
    f->complete = true;
    f->sent_at = little_endian(stamp + 14, 8);
    f->sequence = (uint32_t)little_endian(stamp + 22, 4);
    f->size = (uint32_t)little_endian(stamp + 26, 4);
    f->live_sequence = little_endian(s->collect + 4, 8);
    s->collected = s->filled = 0;
    s->part = s->kind == MJPEG || s->kind == EVENTS ? LINE : STAMP;
}

static void end_of_line(struct stream *s) {
    s->line[s->filled] = 0;
    if (s->kind == MJPEG) {
        if (!strncasecmp((char *)s->line, "Content-Length:", 15))
            s->length = atoll((char *)s->line + 15);
        else if (s->length >= 0 && !strcmp((char *)s->line, "\r"))
            s->part = STAMP;
    }
    s->filled = 0;
}

static void line_byte(struct stream *s, unsigned char byte) {
    if (byte == '\n') {
        end_of_line(s);
        return;
    }
    /* A longer line (the JSON of a status) is nothing that we read. */
    if (s->filled < sizeof s->line - 1) s->line[s->filled++] = byte;
    if (s->kind == EVENTS && s->filled == sizeof EVENT_PREFIX - 1 &&
        !memcmp(s->line, EVENT_PREFIX, sizeof EVENT_PREFIX - 1))
        s->part = STAMP;
}

/* Reads content, up to the end of a frame. */
static size_t take_content(struct stream *s, const unsigned char *data, size_t size,
                           struct frame *f) {
    size_t wanted = s->kind == EVENTS ? STAMP_BASE64 : STAMP_BYTES + (s->kind == LIVE ? 20 : 0);
    size_t at = 0;
    while (at < size && !f->complete && !s->broken) {
        if (s->part == LINE) {
            line_byte(s, data[at++]);
        } else if (s->part == STAMP) {
            s->collect[s->collected++] = data[at++];
            if (s->collected == wanted) read_stamp(s);
        } else if (s->part == PICTURE && s->skip) {
            size_t step = s->skip < size - at ? (size_t)s->skip : size - at;
            s->skip -= step, at += step;
        } else if (s->part == TAIL) {
            s->broken |= data[at++] != (unsigned char)s->tail[s->filled++];
        }
        if (s->part == PICTURE && !s->skip) s->part = TAIL, s->filled = 0;
        if (s->part == TAIL && !s->tail[s->filled]) complete(s, f);
    }
    return at;
}

static void head_line(struct stream *s) {
    char *line = (char *)s->line;
    line[s->filled] = 0;
    if (!s->status) {
        const char *code = strchr(line, ' ');
        s->status = code ? -atoi(code) : -1; /* negative: the head goes on */
    } else if (!strncasecmp(line, "transfer-encoding:", 18)) {
        s->chunked = strcasestr(line, "chunked") != NULL;
    } else if (!strcmp(line, "\r")) {
        s->status = -s->status;
        s->stage = s->kind == SOCKET || s->kind == LIVE ? WS_HEAD : s->chunked ? CHUNK_SIZE : PLAIN;
        s->run = s->stage == PLAIN ? WITHOUT_END : 0;
        s->broken |= s->status != (s->stage == WS_HEAD ? 101 : 200);
    }
    s->filled = 0;
}

static void chunk_size_byte(struct stream *s, unsigned char byte) {
    int digit = byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10;
    if (byte == '\n') {
        s->broken |= s->run == 0; /* the stream has ended */
        s->stage = CHUNK;
    } else if (byte != '\r') {
        s->broken |= digit < 0 || digit > 15;
        s->run = s->run * 16 + (uint64_t)digit;
    }
}

static uint64_t big_endian(const unsigned char *p, int bytes) {
    uint64_t value = 0;
    while (bytes--) value = value << 8 | *p++;
    return value;
}

/* RFC 6455, section 5.2; the server's frames are not masked. */
static void websocket_head_byte(struct stream *s, unsigned char byte) {
    s->head[s->head_filled++] = byte;
    if (s->head_filled < 2) return;
    size_t size = s->head[1];
    size_t needed = size == 126 ? 4 : size == 127 ? 10 : 2;
    s->broken |= size > 127;
    if (s->head_filled < needed) return;
    s->run = needed == 2 ? size : big_endian(s->head + 2, (int)needed - 2);
    s->opcode = s->head[0] & 15;
    s->head_filled = 0;
    if (s->opcode == 1 || s->opcode == 2) s->text = s->opcode == 1;
    s->broken |= s->opcode == 8;
    s->stage = s->opcode >= 8 ? WS_CONTROL : s->run ? WS_DATA : WS_HEAD;
    if (s->stage == WS_CONTROL && s->run > sizeof s->control) s->broken = true;
}

static void control_end(struct stream *s, struct frame *f) {
    f->ping = s->opcode == 9;
    f->ping_bytes = s->control_filled;
    memcpy(f->ping_data, s->control, s->control_filled);
    s->control_filled = 0;
    s->stage = WS_HEAD;
}

/* Reads content that lies in one piece in the transport. */
static size_t take_run(struct stream *s, const unsigned char *data, size_t size, struct frame *f) {
    size_t step = s->run < size ? (size_t)s->run : size;
    if (s->stage != WS_DATA || !s->text) step = take_content(s, data, step, f);
    s->run -= s->run == WITHOUT_END ? 0 : step;
    if (!s->run) s->stage = s->stage == CHUNK ? CHUNK_END : WS_HEAD;
    return step;
}

size_t stream_take(struct stream *s, const unsigned char *data, size_t size, struct frame *f) {
    size_t at = 0;
    f->complete = f->ping = false;
    while (at < size && !f->complete && !f->ping && !s->broken) {
        if (s->stage == PLAIN || s->stage == CHUNK || s->stage == WS_DATA) {
            at += take_run(s, data + at, size - at, f);
            continue;
        }
        unsigned char byte = data[at];
        at++;
        if (s->stage == HEAD) {
            if (byte == '\n') head_line(s);
            else if (s->filled < sizeof s->line - 1) s->line[s->filled++] = byte;
        } else if (s->stage == CHUNK_SIZE) {
            chunk_size_byte(s, byte);
        } else if (s->stage == CHUNK_END) {
            if (byte == '\n') s->stage = CHUNK_SIZE;
        } else if (s->stage == WS_HEAD) {
            websocket_head_byte(s, byte);
        } else if (s->stage == WS_CONTROL) {
            s->control[s->control_filled++] = byte;
            s->run--;
        }
        if (s->stage == WS_CONTROL && !s->run) control_end(s, f);
    }
    return at;
}

size_t stream_opaque(const struct stream *s) {
    bool content = s->stage == PLAIN || s->stage == CHUNK || (s->stage == WS_DATA && !s->text);
    if (!content || s->part != PICTURE) return 0;
    /* One byte is left to be seen: with it the frame ends. */
    uint64_t inside = s->skip ? s->skip - 1 : 0;
    return (size_t)(inside < s->run ? inside : s->run - 1);
}

void stream_skipped(struct stream *s, size_t size) {
    s->skip -= size;
    if (s->run != WITHOUT_END) s->run -= size;
}
