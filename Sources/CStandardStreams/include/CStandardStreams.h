// Nothing to call: linking this target into a program is all. See CStandardStreams.c.
#pragma once
