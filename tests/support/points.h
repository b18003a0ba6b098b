/* A small data set for trainers: points around two or more centres, with their class. */
#ifndef SUPPORT_POINTS_H
#define SUPPORT_POINTS_H

#include <support.h>

/* n points of four numbers (field "images", f32) in `classes` classes (field "labels", i32). */
genrep_dataset *support_points(genrep_ctx *ctx, int64_t n, int32_t classes);

/* Point i and its class. */
int32_t support_point(int64_t i, int32_t classes, float point[4]);

#endif
