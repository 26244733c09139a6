#pragma once
#include <stddef.h>

/// The image of all API models, compiled by awscicd-model (see Sources/AWSModel/Image/ImageFormat.swift).
const void *_Nonnull awscicd_model_image(void);
size_t awscicd_model_image_size(void);
