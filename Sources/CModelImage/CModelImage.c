#include "CModelImage.h"

_Alignas(8) static const unsigned char image[] = {
#embed "models.image"
};

const void *awscicd_model_image(void) { return image; }
size_t awscicd_model_image_size(void) { return sizeof image; }
