// The local cloud's own libraries, loaded when it uses them first: see CLate.h. There is nothing here to call by name.
#pragma once
