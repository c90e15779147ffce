/* What viewers saw: frames, their ages, and what was missed. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include "stream.h"

struct viewer_figures {
    bool begun;              /* it has had a frame */
    uint32_t last_sequence;
    uint32_t frames;         /* since counting began */
};

struct group {
    int kind, viewers, rcvbuf;
    unsigned camera;
    double rate;
    const char *path;
    uint64_t bytes, frames, repeats, missed, backward;
    unsigned lost;           /* connections that ended */
    uint32_t least, most;    /* frames of one viewer */
    uint32_t *ages;          /* microseconds */
    size_t ages_size;
};

uint64_t now(void); /* CLOCK_MONOTONIC, ns */
void begin_counting(struct group *group);
void count_frame(struct group *group, struct viewer_figures *viewer, const struct frame *frame);
void compare(struct group *group, const struct viewer_figures *viewer); /* before a report */
void report_ages(const struct group *groups, int count);
void report(struct group *groups, int count);

#endif
