#include "CModelImage.h"
