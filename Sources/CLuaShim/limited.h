// Functions of Lua's libraries as a sandbox has them: with a bound on what one call takes.
#pragma once
#include "internal.h"

// Each replaces fields of the table on top, which holds Lua's own functions.
void limited_base(lua_State *L);
void limited_string(lua_State *L);
void limited_table(lua_State *L);
void limited_utf8(lua_State *L);
