/* What a viewer says: its request, what it wants, and that it has seen a frame. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>
#include <stdint.h>

#define MAX_REQUEST 1024

/* Each writes into `to`, MAX_REQUEST bytes, and returns how many it wrote. */
size_t write_request(char *to, int kind, const char *path);
size_t write_wish(char *to, int kind, unsigned camera);
size_t write_ack(char *to, unsigned camera, uint64_t sequence);
/* size: at most 125 */
size_t write_websocket(char *to, int opcode, const void *data, size_t size);

#endif
