#include "request.h"
#include "stream.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = 1, BINARY = 2 };

size_t write_request(char *to, int kind, const char *path) {
    const char *upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    return (size_t)snprintf(to, MAX_REQUEST, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s\r\n", path,
                            kind == SOCKET || kind == LIVE ? upgrade : "",
                            kind == LIVE ? "Sec-WebSocket-Protocol: camserve.live.v1\r\n" : "");
}

/* Frames of a client have to be masked; a mask of zeros leaves them as they are. */
size_t write_websocket(char *to, int opcode, const void *data, size_t size) {
    memset(to, 0, 6);
    to[0] = (char)(0x80 | opcode);
    to[1] = (char)(0x80 | size);
    memcpy(to + 6, data, size);
    return size + 6;
}

size_t write_wish(char *to, int kind, unsigned camera) {
    char wish[100] = {0};
    if (kind == LIVE) {
        int size = snprintf(wish, sizeof wish, "{\"op\": \"watch\", \"camera\": %u}", camera);
        return write_websocket(to, TEXT, wish, (size_t)size);
    }
    int size = snprintf(wish + 4, sizeof wish - 4, "{\"token\": \"\", \"cameraId\": %u}", camera);
    wish[0] = (char)size; /* int32, little-endian */
    return write_websocket(to, BINARY, wish, (size_t)size + 4);
}

size_t write_ack(char *to, unsigned camera, uint64_t sequence) {
    char ack[100];
    int size = snprintf(ack, sizeof ack, "{\"op\": \"ack\", \"camera\": %u, \"seq\": %llu}", camera,
                        (unsigned long long)sequence);
    return write_websocket(to, TEXT, ack, (size_t)size);
}
