#include "statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void forget_viewers(struct group *group) {
    group->least = UINT32_MAX;
    group->most = 0;
}

void begin_counting(struct group *group) {
    group->bytes = group->frames = group->repeats = group->missed = group->backward = 0;
    forget_viewers(group);
}

static void keep_age(struct group *group, uint64_t age) {
    if (group->frames == group->ages_size) {
        group->ages_size = group->ages_size ? group->ages_size * 2 : 1024;
        group->ages = realloc(group->ages, group->ages_size * sizeof *group->ages);
        if (!group->ages) abort();
    }
    group->ages[group->frames] = age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
}

void count_frame(struct group *group, struct viewer_figures *viewer, const struct frame *frame) {
    int32_t step = (int32_t)(frame->sequence - viewer->last_sequence);
    if (viewer->begun && step <= 0) {
        /* A repeated part of a silent camera is fine, an older frame never is. */
        if (step) group->backward++;
        else group->repeats++;
        return;
    }
    if (viewer->begun) group->missed += (uint64_t)(step - 1);
    viewer->begun = true;
    viewer->last_sequence = frame->sequence;
    keep_age(group, (now() - frame->sent_at) / 1000);
    group->frames++;
    viewer->frames++;
}

void compare(struct group *group, const struct viewer_figures *viewer) {
    if (viewer->frames < group->least) group->least = viewer->frames;
    if (viewer->frames > group->most) group->most = viewer->frames;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const struct group *group, double share) {
    size_t last = group->frames ? group->frames - 1 : 0;
    return group->frames ? group->ages[(size_t)(share * (double)last + 0.5)] / 1e6 : 0;
}

void report_ages(const struct group *groups, int count) {
    for (int i = 0; i < count; i++) {
        printf("%s[", i ? ", " : "[");
        for (uint64_t k = 0; k < groups[i].frames; k++)
            printf("%s%.6f", k ? ", " : "", groups[i].ages[k] / 1e6);
        printf("]");
    }
    printf("]\n");
}

/* Prints all groups as one line of JSON; ages in seconds. */
void report(struct group *groups, int count) {
    printf("[");
    for (int i = 0; i < count; i++) {
        struct group *g = &groups[i];
        uint64_t quick = 0;
        qsort(g->ages, g->frames, sizeof *g->ages, by_size);
        while (quick < g->frames && g->ages[quick] <= 20000) quick++;
        printf("%s{\"viewers\": %d, \"frames\": %llu, \"bytes\": %llu, \"repeats\": %llu, "
               "\"missed\": %llu, \"backward\": %llu, \"lost\": %u, \"least\": %u, \"most\": %u, "
               "\"p50\": %.6f, \"p99\": %.6f, \"oldest\": %.6f, \"within_20ms\": %.6f}",
               i ? ", " : "", g->viewers, (unsigned long long)g->frames,
               (unsigned long long)g->bytes, (unsigned long long)g->repeats,
               (unsigned long long)g->missed, (unsigned long long)g->backward, g->lost, g->least,
               g->most, percentile(g, 0.5), percentile(g, 0.99), percentile(g, 1),
               g->frames ? (double)quick / (double)g->frames : 0.0);
        forget_viewers(g);
    }
    printf("]\n");
}
